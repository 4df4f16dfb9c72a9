//! Functions of one real number, and sample * scale + offset.

use super::arithmetic::invalidate;
use super::pieces::{Source, single};
use super::whole::Whole;
use super::work::{Work, reserved};
use crate::error::Result;
use crate::expr::Function;
use crate::expr::types::Numbers;
use crate::sample::{DataType, Real, Sample, Samples};

/// Runs `$body` with `$compute` bound to a function of floating point numbers, each on its own, so that
/// loops over it stay simple.
macro_rules! with_function {
    ($type:ident, $function:expr, $compute:ident => $body:expr) => {
        with_function!(@ $type, $function, $compute => $body;
            Abs abs, Floor floor, Ceil ceil, Trunc trunc, Round round_ties_even, Sqrt sqrt, Exp exp,
            Ln ln, Log2 log2, Log10 log10, Sin sin, Cos cos, Tan tan, Asin asin, Acos acos, Atan atan)
    };
    (@ $type:ident, $function:expr, $compute:ident => $body:expr; $($variant:ident $method:ident),*) => {
        match $function {
            $(Function::$variant => {
                let $compute = $type::$method;
                $body
            })*
            Function::Sign => {
                let $compute = |value: $type| {
                    let sign = (1.0 as $type).copysign(value);
                    if value == 0.0 || value.is_nan() { value.abs() } else { sign }
                };
                $body
            }
        }
    };
}

/// A function of numbers as `stored`, which the rules of types have chosen.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn function(
    function: Function,
    of: Source,
    stored: Numbers,
    length: usize,
) -> Result<Samples> {
    match stored.data_type {
        DataType::U8 => whole::<u8>(function, of, stored, length),
        DataType::I8 => whole::<i8>(function, of, stored, length),
        DataType::U16 => whole::<u16>(function, of, stored, length),
        DataType::I16 => whole::<i16>(function, of, stored, length),
        DataType::U32 => whole::<u32>(function, of, stored, length),
        DataType::I32 => whole::<i32>(function, of, stored, length),
        DataType::U64 => whole::<u64>(function, of, stored, length),
        DataType::I64 => whole::<i64>(function, of, stored, length),
        DataType::F32 => with_function!(f32, function, compute => run(of, stored, length, compute)),
        // Binding has refused complex numbers.
        _ => with_function!(f64, function, compute => run(of, stored, length, compute)),
    }
}

/// Only these two functions of whole numbers give whole numbers and change them.
fn whole<T: Whole + Sample>(
    function: Function,
    of: Source,
    stored: Numbers,
    length: usize,
) -> Result<Samples> {
    match function {
        Function::Sign => run(of, stored, length, T::sign),
        _ => run(of, stored, length, T::magnitude),
    }
}

/// A function of one number.
pub(super) fn of_double(function: Function, value: f64) -> f64 {
    with_function!(f64, function, compute => compute(value))
}

/// Sample * scale + offset by band, in double precision, then rounded.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn scaled(
    of: Source,
    factors: &[(f64, f64)],
    stored: Numbers,
    length: usize,
) -> Result<Samples> {
    match stored.data_type {
        DataType::F32 => linear::<f32>(of, factors, stored, length),
        _ => linear::<f64>(of, factors, stored, length),
    }
}

fn linear<T: Real + Work>(
    of: Source,
    factors: &[(f64, f64)],
    stored: Numbers,
    length: usize,
) -> Result<Samples> {
    let plane = (length / factors.len().max(1)).max(1);
    let mut out: Vec<T> = reserved(length)?;
    let nodata = stored.nodata.and_then(T::from_scalar);
    single(of, length, |range, values: &[f64], invalid| {
        let mut at = range.start;
        for values in by_band(values, at, plane) {
            let (scale, offset) = factors[at / plane];
            out.extend(
                values
                    .iter()
                    .map(|value| T::from_f64(value * scale + offset)),
            );
            at += values.len();
        }
        if let Some(nodata) = nodata {
            invalidate(&mut out[range], invalid, nodata);
        }
    });
    Ok(T::into_samples(out))
}

/// A piece that begins at `start`, cut where bands end.
fn by_band(values: &[f64], start: usize, plane: usize) -> impl Iterator<Item = &[f64]> {
    let first = (plane - start % plane).min(values.len());
    let (first, rest) = values.split_at(first);
    std::iter::once(first).chain(rest.chunks(plane))
}

/// What `compute` makes of every number; nodata of invalid ones.
///
/// # Errors
/// Out of memory.
pub(super) fn run<T: Sample + Work>(
    of: Source,
    stored: Numbers,
    length: usize,
    compute: impl Fn(T) -> T,
) -> Result<Samples> {
    let mut out: Vec<T> = reserved(length)?;
    let nodata = stored.nodata.and_then(T::from_scalar);
    single(of, length, |range, values: &[T], invalid| {
        out.extend(values.iter().map(|&value| compute(value)));
        if let Some(nodata) = nodata {
            invalidate(&mut out[range], invalid, nodata);
        }
    });
    Ok(T::into_samples(out))
}
