//! The types that kernels compute in: the sample types, i128, and [`Exact`].

use std::cmp::Ordering;
use std::ops::Range;

use super::cast::Cast;
use crate::error::Result;
use crate::sample::{Complex, Samples, Scalar, with_real, with_samples};

/// A type to compute in.
pub(in crate::expr) trait Work: Copy + Default + PartialEq {
    /// The nearest number to a scalar: clamped, halves rounded away from 0, NaN in integers is 0.
    fn of(scalar: Scalar) -> Self;

    /// Converts a range of samples; exact wherever the rules of types choose this type.
    fn fill(samples: &Samples, range: Range<usize>, out: &mut [Self]);

    /// This value, or of integers a neighbour if this is the nodata value.
    fn kept_off(self, nodata: Self) -> Self;
}

/// An empty vector with room for `length` values.
///
/// # Errors
/// Out of memory.
pub(super) fn reserved<T>(length: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let room = values.try_reserve_exact(length);
    room.map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
    Ok(values)
}

/// Any number, compared exactly with any other. Slow: for 64-bit integers beside floats.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct Exact(Scalar);

macro_rules! work {
    ($type:ident, $scalar:ident => $of:expr, ($value:ident, $nodata:ident) => $kept:expr) => {
        impl Work for $type {
            fn of($scalar: Scalar) -> Self {
                $of
            }

            #[inline(always)]
            fn fill(samples: &Samples, range: Range<usize>, out: &mut [Self]) {
                // The rules of types choose a complex type where a side is complex.
                with_real!(samples, values => {
                    for (out, &value) in out.iter_mut().zip(&values[range]) {
                        *out = value as $type;
                    }
                }, else => ())
            }

            #[inline(always)]
            fn kept_off(self, $nodata: Self) -> Self {
                let $value = self;
                $kept
            }
        }
    };
    (int $($type:ident)*) => {
        $(work!($type, scalar => match scalar {
            Scalar::Int(int) => int.clamp($type::MIN as i128, $type::MAX as i128) as $type,
            Scalar::Float(float) => float.round() as $type,
        }, (value, nodata) => {
            // Depends on nodata alone: computed once for a loop.
            let moved = if nodata == $type::MAX { nodata - 1 } else { nodata + 1 };
            if value == nodata { moved } else { value }
        });)*
    };
    (float $($type:ident)*) => {
        $(work!($type, scalar => scalar.to_f64() as $type, (value, _nodata) => value);)*
    };
}
work!(int u8 i8 u16 i16 u32 i32 u64 i64 i128);
work!(float f32 f64);

macro_rules! complex {
    ($($part:ident)*) => {
        $(impl Work for Complex<$part> {
            fn of(scalar: Scalar) -> Self {
                Complex::new(Work::of(scalar), $part::default())
            }

            #[inline(always)]
            fn fill(samples: &Samples, range: Range<usize>, out: &mut [Self]) {
                with_samples!(samples, values => {
                    for (out, &value) in out.iter_mut().zip(&values[range]) {
                        *out = value.cast();
                    }
                })
            }

            /// The real part alone tells nodata.
            #[inline(always)]
            fn kept_off(self, nodata: Self) -> Self {
                Complex::new(self.re.kept_off(nodata.re), self.im)
            }
        })*
    };
}
complex!(i16 i32 f32 f64);

impl Work for Exact {
    fn of(scalar: Scalar) -> Self {
        Exact(scalar)
    }

    fn fill(samples: &Samples, range: Range<usize>, out: &mut [Self]) {
        with_real!(samples, values => {
            for (out, &value) in out.iter_mut().zip(&values[range]) {
                *out = Exact(value.into());
            }
        }, else => ())
    }

    fn kept_off(self, _: Self) -> Self {
        self
    }
}

impl Default for Exact {
    fn default() -> Self {
        Exact(Scalar::Int(0))
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.0, other.0) {
            (Scalar::Int(a), Scalar::Int(b)) => Some(a.cmp(&b)),
            (Scalar::Float(a), Scalar::Float(b)) => a.partial_cmp(&b),
            (Scalar::Int(a), Scalar::Float(b)) => compare(a, b),
            (Scalar::Float(a), Scalar::Int(b)) => compare(b, a).map(Ordering::reverse),
        }
    }
}

/// Compares a whole number with a float: the whole part of the float first, then its fraction.
fn compare(int: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // Saturates beyond i128, which no sample reaches.
    let whole = int.cmp(&(float.trunc() as i128));
    Some(whole.then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}
