//! Sums, differences, products, quotients.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::pieces::{Piece, Source, pieces};
use super::work::{Work, reserved};
use crate::error::Result;
use crate::expr::Arithmetic;
use crate::expr::types::Numbers;
use crate::sample::{Complex, DataType, Sample, Samples};

/// `left operator right` as `stored`, which the rules of types have chosen.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn arithmetic(
    operator: Arithmetic,
    left: Source,
    right: Source,
    stored: Numbers,
    length: usize,
) -> Result<Samples> {
    let job = Job {
        operator,
        left,
        right,
        stored,
        length,
    };
    let beyond = left.side.is_u64() || right.side.is_u64();
    match stored.data_type {
        DataType::I8 => job.whole::<i8, i8>(|value| value),
        DataType::I16 => job.whole::<i16, i16>(|value| value),
        DataType::I32 => job.whole::<i32, i32>(|value| value),
        DataType::I64 if beyond => job.whole::<i128, i64>(clamp),
        DataType::U64 => job.whole::<u64, u64>(|value| value),
        DataType::F32 => job.float::<f32>(),
        DataType::F64 => job.float::<f64>(),
        DataType::CF32 => job.float::<Complex<f32>>(),
        DataType::CF64 => job.float::<Complex<f64>>(),
        _ => job.whole::<i64, i64>(|value| value),
    }
}

struct Job<'a> {
    operator: Arithmetic,
    left: Source<'a>,
    right: Source<'a>,
    stored: Numbers,
    length: usize,
}

impl Job<'_> {
    fn whole<W: Whole, T: Sample + Work>(&self, narrow: impl Fn(W) -> T) -> Result<Samples> {
        match self.operator {
            Arithmetic::Add => self.run(|a: W, b| narrow(a.plus(b))),
            Arithmetic::Sub => self.run(|a: W, b| narrow(a.minus(b))),
            Arithmetic::Mul => self.run(|a: W, b| narrow(a.times(b))),
            // Quotients are floats: the rules of types give no other type.
            Arithmetic::Negate | Arithmetic::Div => self.run(|_, b| narrow(W::default().minus(b))),
        }
    }

    fn float<T>(&self) -> Result<Samples>
    where
        T: Sample
            + Work
            + Add<Output = T>
            + Sub<Output = T>
            + Mul<Output = T>
            + Div<Output = T>
            + Neg<Output = T>,
    {
        match self.operator {
            Arithmetic::Add => self.run(|a: T, b: T| a + b),
            Arithmetic::Sub => self.run(|a: T, b: T| a - b),
            Arithmetic::Mul => self.run(|a: T, b: T| a * b),
            Arithmetic::Div => self.run(|a: T, b: T| a / b),
            Arithmetic::Negate => self.run(|_: T, b: T| -b),
        }
    }

    fn run<W: Work, T: Sample + Work>(&self, compute: impl Fn(W, W) -> T) -> Result<Samples> {
        let mut out: Vec<T> = reserved(self.length)?;
        let nodata = self.stored.nodata.and_then(T::from_scalar);
        pieces(self.left, self.right, self.length, |piece: Piece<W>| {
            let sides = piece.left.iter().zip(piece.right);
            out.extend(sides.map(|(&a, &b)| compute(a, b)));
            if let Some(nodata) = nodata {
                invalidate(&mut out[piece.range], piece.invalid, nodata);
            }
        });
        Ok(T::into_samples(out))
    }
}

/// Puts nodata where an operand is invalid, and moves other samples off it.
fn invalidate<T: Work>(values: &mut [T], invalid: &[u8], nodata: T) {
    for (value, &invalid) in values.iter_mut().zip(invalid) {
        let valid = value.kept_off(nodata);
        *value = if invalid != 0 { nodata } else { valid };
    }
}

fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Integers whose arithmetic saturates.
trait Whole: Work {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
}

macro_rules! whole {
    ($($type:ident)*) => {
        $(impl Whole for $type {
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.saturating_add(other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.saturating_sub(other)
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self.saturating_mul(other)
            }
        })*
    };
}
whole!(i8 i16 i32 i64 u64 i128);
