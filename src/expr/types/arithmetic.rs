//! What arithmetic, bit operators and functions give.

use super::common::{common_type, exact_type, scalar_type};
use super::{Numbers, Side, cast_nodata, is_single, type_range};
use crate::error::Result;
use crate::expr::{Arithmetic, Bits, Function, Part};
use crate::sample::{DataType, Scalar};

type Range = Option<(i128, i128)>;

/// The type, nodata and range of a part or a measure of complex numbers.
pub(in crate::expr) fn part(part: Part, of: Numbers) -> Numbers {
    let data_type = match part {
        Part::Real | Part::Imag => of.data_type.part(),
        _ if is_single(of.data_type) => DataType::F32,
        _ => DataType::F64,
    };
    let nodata = match part {
        Part::Real => of.nodata,
        _ => of.nodata.map(|_| arithmetic_nodata(data_type)),
    };
    Numbers::new(data_type, nodata)
}

/// The type, nodata and range of `left operator right`.
pub(in crate::expr) fn arithmetic(
    operator: Arithmetic,
    left: Side,
    right: Side,
) -> Result<Numbers> {
    let data_type = arithmetic_type(operator, left, right)?;
    let invalid = left.nodata().or(right.nodata());
    let nodata = match operator {
        Arithmetic::Minimum | Arithmetic::Maximum => {
            invalid.map(|nodata| cast_nodata(nodata, data_type))
        }
        _ if divides_by_zero(operator, data_type, right) => Some(arithmetic_nodata(data_type)),
        _ => invalid.map(|_| arithmetic_nodata(data_type)),
    };
    Ok(Numbers {
        data_type,
        nodata,
        range: arithmetic_range(operator, left, right, data_type),
    })
}

/// True where whole numbers may be divided by 0, which has no result.
fn divides_by_zero(operator: Arithmetic, data_type: DataType, right: Side) -> bool {
    let divides = matches!(operator, Arithmetic::Rem | Arithmetic::FloorDiv);
    let zero = match right {
        Side::Scalar(scalar) => scalar == Scalar::Int(0),
        Side::Numbers(_) => true,
    };
    divides && zero && data_type.is_integer()
}

fn arithmetic_type(operator: Arithmetic, left: Side, right: Side) -> Result<DataType> {
    let small = left.is_small() && right.is_small();
    let float = if small { DataType::F32 } else { DataType::F64 };
    if left.is_complex() || right.is_complex() {
        return Ok(if small {
            DataType::CF32
        } else {
            DataType::CF64
        });
    }
    match operator {
        Arithmetic::Negate => return negated_type(right),
        Arithmetic::Minimum | Arithmetic::Maximum => return common_type(left, right),
        Arithmetic::Div | Arithmetic::Atan2 => return Ok(float),
        _ if left.is_float() || right.is_float() => return Ok(float),
        Arithmetic::Rem | Arithmetic::FloorDiv => return common_type(left, right),
        Arithmetic::Pow => return Ok(power_type(left, right)?.unwrap_or(float)),
        _ => {}
    }
    let bits = |side: Side| side.own_type().map(|data_type| data_type.bytes() * 8);
    let (a, b) = (bits(left)?, bits(right)?);
    let unsigned = left.is_unsigned() && right.is_unsigned();
    Ok(match (operator, a.max(b)) {
        (Arithmetic::Mul, _) => product_type(a + b, unsigned),
        (_, 8) => DataType::I16,
        (_, 16) => DataType::I32,
        (Arithmetic::Add, 64) if unsigned => DataType::U64,
        _ => DataType::I64,
    })
}

/// The type of a product by the bits of all factors.
fn product_type(bits: usize, unsigned: bool) -> DataType {
    match bits {
        ..=24 => DataType::I32,
        25..=48 => DataType::I64,
        _ if unsigned => DataType::U64,
        _ => DataType::I64,
    }
}

/// The type of a power of whole numbers; none if the exponent may be negative.
fn power_type(left: Side, right: Side) -> Result<Option<DataType>> {
    let bits = left.own_type()?.bytes() * 8;
    let factors = match right {
        Side::Scalar(scalar) => scalar.to_int().and_then(|int| usize::try_from(int).ok()),
        Side::Numbers(_) if right.is_unsigned() => Some(usize::MAX),
        Side::Numbers(_) => None,
    };
    let unsigned = left.is_unsigned();
    Ok(factors.map(|factors| product_type(bits.saturating_mul(factors), unsigned)))
}

fn negated_type(side: Side) -> Result<DataType> {
    Ok(match side.own_type()? {
        DataType::U8 => DataType::I16,
        DataType::U16 => DataType::I32,
        DataType::U32 | DataType::U64 => DataType::I64,
        signed => signed,
    })
}

/// The nodata value of what is computed: one that is rarely a result.
pub(super) fn arithmetic_nodata(data_type: DataType) -> Scalar {
    match type_range(data_type) {
        Some((0, high)) => Scalar::Int(high),
        Some((low, _)) => Scalar::Int(low),
        None => Scalar::Float(f64::NAN),
    }
}

/// Interval arithmetic, clamped to the type as the samples are.
fn arithmetic_range(operator: Arithmetic, left: Side, right: Side, data_type: DataType) -> Range {
    let (least, most) = type_range(data_type)?;
    let (Some((a, b)), Some((c, d))) = (left.range(), right.range()) else {
        return Some((least, most));
    };
    // One more on either side, as a valid sample may be moved off the nodata value.
    let (low, high) = match operator {
        Arithmetic::Add => (a.saturating_add(c), b.saturating_add(d)),
        Arithmetic::Sub => (a.saturating_sub(d), b.saturating_sub(c)),
        Arithmetic::Negate => (-d, -c),
        Arithmetic::Mul => {
            let corners = [(a, c), (a, d), (b, c), (b, d)].map(|(x, y)| x.saturating_mul(y));
            let fold = |pick: fn(i128, i128) -> i128| corners.into_iter().reduce(pick);
            (fold(i128::min)?, fold(i128::max)?)
        }
        Arithmetic::Minimum => (a.min(c) - 1, b.min(d) + 1),
        Arithmetic::Maximum => (a.max(c) - 1, b.max(d) + 1),
        Arithmetic::Div
        | Arithmetic::Pow
        | Arithmetic::Rem
        | Arithmetic::FloorDiv
        | Arithmetic::Atan2 => (least, most),
    };
    Some((low.clamp(least, most), high.clamp(least, most)))
}

/// The type, nodata and range of a bit operator; none if no integer type holds both sides.
pub(in crate::expr) fn bits(operator: Bits, left: Side, right: Side) -> Result<Option<Numbers>> {
    let is_integer = |side: Side| match side {
        Side::Numbers(numbers) => numbers.data_type.is_integer(),
        Side::Scalar(scalar) => matches!(scalar, Scalar::Int(_)),
    };
    if !is_integer(left) || !is_integer(right) {
        return Ok(None);
    }
    let data_type = match (left, right) {
        (Side::Numbers(a), Side::Numbers(b)) => exact_type(a.data_type, b.data_type),
        (Side::Numbers(numbers), Side::Scalar(scalar))
        | (Side::Scalar(scalar), Side::Numbers(numbers)) => {
            match numbers.data_type.check(scalar).is_ok() {
                true => Some(numbers.data_type),
                false => exact_type(numbers.data_type, scalar_type(scalar)?),
            }
        }
        (Side::Scalar(_), Side::Scalar(_)) => None,
    };
    let invalid = left.nodata().or(right.nodata());
    Ok(data_type.map(|data_type| Numbers {
        range: match (operator, right) {
            (Bits::And, Side::Scalar(Scalar::Int(mask))) if mask >= 0 => Some((0, mask)),
            _ => type_range(data_type),
        },
        ..Numbers::new(data_type, invalid.map(|_| arithmetic_nodata(data_type)))
    }))
}

/// The type, nodata and range of the bits that an integer does not have; none for other numbers.
pub(in crate::expr) fn complement(of: Numbers) -> Option<Numbers> {
    let nodata = of.nodata.map(|_| arithmetic_nodata(of.data_type));
    let integer = of.data_type.is_integer();
    integer.then(|| Numbers::new(of.data_type, nodata))
}

/// The type, nodata and range of a function of real numbers; none if it changes nothing.
pub(in crate::expr) fn function(function: Function, of: Numbers) -> Option<Numbers> {
    let integer = of.data_type.is_integer();
    let data_type = match function {
        Function::Abs if !of.data_type.is_signed() => return None,
        Function::Floor | Function::Ceil | Function::Trunc | Function::Round if integer => {
            return None;
        }
        Function::Abs
        | Function::Sign
        | Function::Floor
        | Function::Ceil
        | Function::Trunc
        | Function::Round => of.data_type,
        _ => float_type(Side::Numbers(of)),
    };
    let nodata = of.nodata.map(|_| arithmetic_nodata(data_type));
    let range = match (function, of.range) {
        (Function::Sign, Some(_)) => Some((-1, 1)),
        (Function::Abs, Some((low, high))) => Some((0, high.max(low.saturating_neg()))),
        _ => None,
    };
    let range = range.zip(type_range(data_type));
    Some(Numbers {
        data_type,
        nodata,
        range: range.map(|((low, high), (least, most))| (low.max(least), high.min(most))),
    })
}

/// The type and nodata of sample * scale + offset.
pub(in crate::expr) fn measured(of: Numbers) -> Numbers {
    let data_type = float_type(Side::Numbers(of));
    Numbers::new(data_type, of.nodata.map(|_| arithmetic_nodata(data_type)))
}

/// The floating point type for this side.
fn float_type(side: Side) -> DataType {
    if side.is_small() {
        DataType::F32
    } else {
        DataType::F64
    }
}
