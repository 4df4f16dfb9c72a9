//! Casts of real numbers that do not clamp: checked, and wrapping as numpy's `astype`.

use super::cast::Cast;
use super::work::{Work, reserved};
use crate::error::Result;
use crate::expr::types::Numbers;
use crate::sample::{Real, Sample, Samples, Scalar, with_real, with_real_type};

/// A valid sample that the type of a checked cast does not have.
pub(in crate::expr) struct Misfit {
    /// Its place in the samples.
    pub at: usize,
    pub value: Scalar,
}

/// The samples clamped and rounded as a plain cast does, and the first that would not do.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn checked(
    samples: &Samples,
    from: Option<Scalar>,
    to: Numbers,
) -> Result<std::result::Result<Samples, Misfit>> {
    with_real!(samples, values => {
        with_real_type!(
            to.data_type,
            T => checked_to::<_, T>(values, from, to.nodata),
            else => Samples::zeroed(to.data_type, values.len()).map(Ok)
        )
    }, else => Samples::zeroed(to.data_type, samples.len()).map(Ok))
}

fn checked_to<S: Real + Cast<T>, T: Real + Work>(
    values: &[S],
    from: Option<Scalar>,
    nodata: Option<Scalar>,
) -> Result<std::result::Result<Samples, Misfit>> {
    let mut out: Vec<T> = reserved(values.len())?;
    let (from, nodata) = (
        from.and_then(S::from_scalar),
        nodata.and_then(T::from_scalar),
    );
    for (at, &value) in values.iter().enumerate() {
        let cast: T = value.cast();
        let invalid = from.is_some_and(|from| value.is_nodata(from));
        let clashes = nodata.is_some_and(|nodata| cast.is_nodata(nodata));
        if !invalid && (clashes || !fits(value, cast)) {
            let value = value.to_scalar();
            return Ok(Err(Misfit { at, value }));
        }
        out.push(if invalid {
            nodata.unwrap_or(cast)
        } else {
            cast
        });
    }
    Ok(Ok(T::into_samples(out)))
}

/// Whether the nearest number of a type is no further than rounding goes.
#[inline(always)]
fn fits<S: Real, T: Real>(value: S, cast: T) -> bool {
    match (value.to_scalar(), cast.to_scalar()) {
        (Scalar::Int(a), Scalar::Int(b)) => a == b,
        (Scalar::Int(_), Scalar::Float(_)) => true,
        (Scalar::Float(a), Scalar::Int(_)) => {
            // Saturates at 128 bits, beyond any type; 0 for NaN, which no type has.
            !a.is_nan() && Scalar::Int(a.round() as i128) == cast.to_scalar()
        }
        (Scalar::Float(a), Scalar::Float(b)) => a.is_finite() == b.is_finite(),
    }
}

/// The samples with fractions cut off and the low bits kept; NaN and infinity in integers give
/// nodata, or 0.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn wrapping(
    samples: &Samples,
    from: Option<Scalar>,
    to: Numbers,
) -> Result<Samples> {
    with_real!(samples, values => {
        with_real_type!(
            to.data_type,
            T => wrapped::<_, T>(values, from, to.nodata),
            else => Samples::zeroed(to.data_type, values.len())
        )
    }, else => Samples::zeroed(to.data_type, samples.len()))
}

fn wrapped<S: Real + Wrap<T>, T: Real + Work>(
    values: &[S],
    from: Option<Scalar>,
    nodata: Option<Scalar>,
) -> Result<Samples> {
    let mut out: Vec<T> = reserved(values.len())?;
    let integer = T::DATA_TYPE.is_integer();
    let unbounded = |value: S| integer && S::DATA_TYPE.is_float() && !value.to_f64().is_finite();
    let Some(nodata) = nodata.and_then(T::from_scalar) else {
        out.extend(values.iter().map(|&value| match unbounded(value) {
            true => T::default(),
            false => value.wrap(),
        }));
        return Ok(T::into_samples(out));
    };
    let from = from.and_then(S::from_scalar);
    out.extend(values.iter().map(|&value| {
        let invalid = from.is_some_and(|from| value.is_nodata(from)) || unbounded(value);
        if invalid {
            nodata
        } else {
            value.wrap().kept_off(nodata)
        }
    }));
    Ok(T::into_samples(out))
}

/// A scalar with its fraction cut off and the low bits kept; NaN and infinity in integers give 0.
pub(in crate::expr) fn wrapped_scalar(
    scalar: Scalar,
    data_type: crate::sample::DataType,
) -> Scalar {
    with_real_type!(data_type, T => match scalar {
        Scalar::Int(int) => wrap_int::<T>(int),
        Scalar::Float(float) if T::DATA_TYPE.is_float() => T::from_f64(float).to_scalar(),
        Scalar::Float(float) if !float.is_finite() => Scalar::Int(0),
        Scalar::Float(float) => wrap_int::<T>(whole(float)),
    }, else => scalar)
}

fn wrap_int<T: Real>(int: i128) -> Scalar
where
    i128: Wrap<T>,
{
    Wrap::<T>::wrap(int).to_scalar()
}

/// The number of another type that has the same low bits.
trait Wrap<T> {
    fn wrap(self) -> T;
}

macro_rules! wrap {
    ($($from:ident $via:ident: $($to:ident)*;)*) => {
        $($(impl Wrap<$to> for $from {
            #[inline(always)]
            fn wrap(self) -> $to {
                (self as $via) as $to
            }
        })*)*
    };
}
wrap! {
    u8 u8: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i8 i8: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    u16 u16: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i16 i16: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    u32 u32: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i32 i32: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    u64 u64: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i64 i64: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i128 i128: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    f32 f32: f32 f64;
    f64 f64: f32 f64;
}

/// The fraction cut off. From 2^127 on a float has no bits below 2^64, and no type has more.
#[inline(always)]
fn whole(value: f64) -> i128 {
    const BEYOND: f64 = (1u128 << 127) as f64;
    if value.abs() < BEYOND {
        value as i128
    } else {
        0
    }
}

macro_rules! wrap_float {
    ($($from:ident)*: $to:tt) => {
        $(wrap_float!(@ $from $to);)*
    };
    (@ $from:ident ($($to:ident)*)) => {
        $(impl Wrap<$to> for $from {
            #[inline(always)]
            fn wrap(self) -> $to {
                whole(f64::from(self)) as $to
            }
        })*
    };
}
wrap_float!(f32 f64: (u8 i8 u16 i16 u32 i32 u64 i64));
