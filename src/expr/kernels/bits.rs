//! Operators of bits.

use super::arithmetic::invalidate;
use super::function::run;
use super::pieces::{Piece, Source, pieces};
use super::work::{Work, reserved};
use crate::error::Result;
use crate::expr::Bits;
use crate::expr::types::Numbers;
use crate::sample::{DataType, Sample, Samples};

/// Runs `$body` with the type `$T` of integers; binding has refused other types.
macro_rules! with_integer {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $data_type {
            DataType::U8 => with_integer!(@ u8, $T => $body),
            DataType::I8 => with_integer!(@ i8, $T => $body),
            DataType::U16 => with_integer!(@ u16, $T => $body),
            DataType::I16 => with_integer!(@ i16, $T => $body),
            DataType::U32 => with_integer!(@ u32, $T => $body),
            DataType::I32 => with_integer!(@ i32, $T => $body),
            DataType::U64 => with_integer!(@ u64, $T => $body),
            _ => with_integer!(@ i64, $T => $body),
        }
    };
    (@ $type:ty, $T:ident => $body:expr) => {{
        type $T = $type;
        $body
    }};
}

/// `left operator right` as `stored`, which the rules of types have chosen.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn bits(
    operator: Bits,
    left: Source,
    right: Source,
    stored: Numbers,
    length: usize,
) -> Result<Samples> {
    let sides = (left, right);
    with_integer!(stored.data_type, T => match operator {
        Bits::And => both(sides, stored, length, |a: T, b| a & b),
        Bits::Or => both(sides, stored, length, |a: T, b| a | b),
        Bits::Xor => both(sides, stored, length, |a: T, b| a ^ b),
        Bits::Shl => both(sides, stored, length, |a: T, b| shift(b).map_or(0, |by| {
            a.checked_shl(by).unwrap_or(0)
        })),
        // Moved by all but one bit only the sign is left, and moved once more nothing changes.
        Bits::Shr => both(sides, stored, length, |a: T, b| {
            let by = shift(b).unwrap_or(T::BITS).min(T::BITS);
            (a >> by.min(T::BITS - 1)) >> u32::from(by == T::BITS)
        }),
    })
}

/// By how many bits to move; none if that is less than 0 or more than any width.
#[inline(always)]
fn shift<T: TryInto<u32>>(by: T) -> Option<u32> {
    by.try_into().ok()
}

/// The bits that integers do not have.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn complement(of: Source, stored: Numbers, length: usize) -> Result<Samples> {
    with_integer!(stored.data_type, T => run(of, stored, length, |value: T| !value))
}

fn both<T: Sample + Work>(
    (left, right): (Source, Source),
    stored: Numbers,
    length: usize,
    compute: impl Fn(T, T) -> T,
) -> Result<Samples> {
    let mut out: Vec<T> = reserved(length)?;
    let nodata = stored.nodata.and_then(T::from_scalar);
    pieces(left, right, length, |piece: Piece<T>| {
        let sides = piece.left.iter().zip(piece.right);
        out.extend(sides.map(|(&a, &b)| compute(a, b)));
        if let Some(nodata) = nodata {
            invalidate(&mut out[piece.range], piece.invalid, nodata);
        }
    });
    Ok(T::into_samples(out))
}
