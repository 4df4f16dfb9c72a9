//! Comparisons: numbers to masks.

use super::pieces::{Piece, Source, pieces};
use super::work::{Exact, Work, reserved};
use crate::error::Result;
use crate::expr::Comparison;
use crate::expr::types::comparison_type;
use crate::sample::{Complex, DataType, Samples, with_real_type};

/// 1 where `left comparison right` holds and both are valid, else 0.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn compare(
    comparison: Comparison,
    left: Source,
    right: Source,
    length: usize,
) -> Result<Samples> {
    let sides = (left, right);
    match comparison_type(left.side, right.side) {
        Some(DataType::CF32) => equal::<Complex<f32>>(comparison, sides, length),
        Some(data_type) => with_real_type!(
            data_type,
            T => choose::<T>(comparison, sides, length),
            else => equal::<Complex<f64>>(comparison, sides, length)
        ),
        None => choose::<Exact>(comparison, sides, length),
    }
}

/// Complex numbers have no order: binding has refused all else.
fn equal<W: Work>(
    comparison: Comparison,
    sides: (Source, Source),
    length: usize,
) -> Result<Samples> {
    match comparison {
        Comparison::Ne => run(sides, length, |a: W, b| a != b),
        _ => run(sides, length, |a: W, b| a == b),
    }
}

fn choose<W: Work + PartialOrd>(
    comparison: Comparison,
    sides: (Source, Source),
    length: usize,
) -> Result<Samples> {
    match comparison {
        Comparison::Eq => run(sides, length, |a: W, b| a == b),
        Comparison::Ne => run(sides, length, |a: W, b| a != b),
        Comparison::Lt => run(sides, length, |a: W, b| a < b),
        Comparison::Le => run(sides, length, |a: W, b| a <= b),
        Comparison::Gt => run(sides, length, |a: W, b| a > b),
        Comparison::Ge => run(sides, length, |a: W, b| a >= b),
    }
}

fn run<W: Work>(
    (left, right): (Source, Source),
    length: usize,
    holds: impl Fn(W, W) -> bool,
) -> Result<Samples> {
    let mut out: Vec<u8> = reserved(length)?;
    pieces(left, right, length, |piece: Piece<W>| {
        let sides = piece.left.iter().zip(piece.right);
        out.extend(sides.map(|(&a, &b)| u8::from(holds(a, b))));
        for (out, &invalid) in out[piece.range].iter_mut().zip(piece.invalid) {
            *out &= u8::from(invalid == 0);
        }
    });
    Ok(Samples::U8(out))
}
