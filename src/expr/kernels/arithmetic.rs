//! Operators of two numbers: sums, products, quotients, powers, remainders, the lesser and the greater.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::float::Float;
use super::pieces::{Piece, Source, pieces};
use super::whole::Whole;
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
        DataType::U8 => job.whole::<u8, u8>(|value| value),
        DataType::I8 => job.whole::<i8, i8>(|value| value),
        DataType::U16 => job.whole::<u16, u16>(|value| value),
        DataType::I16 => job.whole::<i16, i16>(|value| value),
        DataType::U32 => job.whole::<u32, u32>(|value| value),
        DataType::I32 => job.whole::<i32, i32>(|value| value),
        DataType::I64 if beyond => job.whole::<i128, i64>(clamp),
        DataType::U64 => job.whole::<u64, u64>(|value| value),
        DataType::F32 => job.real::<f32>(),
        DataType::F64 => job.real::<f64>(),
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
            Arithmetic::Pow => self.run(|a: W, b| narrow(a.power(b))),
            Arithmetic::Rem => self.divide(|a: W, b| narrow(a.remainder(b))),
            Arithmetic::FloorDiv => self.divide(|a: W, b| narrow(a.floor_quotient(b))),
            Arithmetic::Minimum => self.run(|a: W, b| narrow(if b < a { b } else { a })),
            Arithmetic::Maximum => self.run(|a: W, b| narrow(if b > a { b } else { a })),
            // Quotients and angles are floats: the rules of types give no other type.
            Arithmetic::Negate | Arithmetic::Div | Arithmetic::Atan2 => {
                self.run(|_, b| narrow(W::default().minus(b)))
            }
        }
    }

    fn real<T: Sample + Work + Float>(&self) -> Result<Samples> {
        match self.operator {
            Arithmetic::Pow => self.run(|a: T, b: T| a.power(b)),
            Arithmetic::Rem => self.run(|a: T, b: T| a.remainder(b)),
            Arithmetic::FloorDiv => self.run(|a: T, b: T| a.floor_quotient(b)),
            Arithmetic::Minimum => self.run(|a: T, b: T| if a < b || a.is_nan() { a } else { b }),
            Arithmetic::Maximum => self.run(|a: T, b: T| if a > b || a.is_nan() { a } else { b }),
            Arithmetic::Atan2 => self.run(|a: T, b: T| a.angle(b)),
            _ => self.float::<T>(),
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
            // Binding has refused what complex numbers do not have.
            _ => self.run(|_: T, b: T| -b),
        }
    }

    /// As [`run`](Self::run) of whole numbers, with nodata where the divisor is 0.
    fn divide<W: Work, T: Sample + Work>(&self, compute: impl Fn(W, W) -> T) -> Result<Samples> {
        let mut out: Vec<T> = reserved(self.length)?;
        let nodata = self.stored.nodata.and_then(T::from_scalar);
        // Without a nodata value the divisor is a number other than 0.
        let fallback = nodata.unwrap_or_default();
        pieces(self.left, self.right, self.length, |piece: Piece<W>| {
            let sides = piece.left.iter().zip(piece.right);
            out.extend(sides.map(|(&a, &b)| match b == W::default() {
                true => fallback,
                false => nodata.map_or(compute(a, b), |nodata| compute(a, b).kept_off(nodata)),
            }));
            for (value, &invalid) in out[piece.range].iter_mut().zip(piece.invalid) {
                *value = if invalid != 0 { fallback } else { *value };
            }
        });
        Ok(T::into_samples(out))
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
pub(super) fn invalidate<T: Work>(values: &mut [T], invalid: &[u8], nodata: T) {
    for (value, &invalid) in values.iter_mut().zip(invalid) {
        let valid = value.kept_off(nodata);
        *value = if invalid != 0 { nodata } else { valid };
    }
}

fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
