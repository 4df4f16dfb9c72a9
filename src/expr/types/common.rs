//! Types that hold the values of several sides.

use super::{EXACT_F32, EXACT_F64, Side};
use crate::error::{Result, Usage};
use crate::sample::{DataType, Scalar};

/// The type in which a comparison is exact; `None` if only [`Scalar`] is. Complex numbers meet in
/// double precision.
pub(in crate::expr) fn comparison_type(left: Side, right: Side) -> Option<DataType> {
    if left.is_complex() || right.is_complex() {
        let single = comparison_type(left.parts(), right.parts()) == Some(DataType::F32);
        return Some(if single {
            DataType::CF32
        } else {
            DataType::CF64
        });
    }
    match (left, right) {
        (Side::Numbers(a), Side::Numbers(b)) => exact_type(a.data_type, b.data_type),
        (Side::Numbers(numbers), Side::Scalar(scalar))
        | (Side::Scalar(scalar), Side::Numbers(numbers)) => {
            scalar_comparison_type(numbers.data_type, scalar)
        }
        (Side::Scalar(_), Side::Scalar(_)) => None,
    }
}

fn scalar_comparison_type(data_type: DataType, scalar: Scalar) -> Option<DataType> {
    match scalar {
        Scalar::Int(int) if data_type.is_float() => {
            let fits = |most: i128| (-most..=most).contains(&int);
            let double = fits(EXACT_F64).then_some(DataType::F64);
            if fits(EXACT_F32) {
                Some(data_type)
            } else {
                double
            }
        }
        Scalar::Int(_) if data_type.check(scalar).is_ok() => Some(data_type),
        Scalar::Int(_) => exact_type(data_type, scalar_type(scalar).ok()?),
        Scalar::Float(_) if data_type == DataType::F32 => {
            let small = DataType::F32.check(scalar).is_ok();
            Some(if small { DataType::F32 } else { DataType::F64 })
        }
        Scalar::Float(_) => exact_type(data_type, DataType::F64),
    }
}

/// The type of a raster that holds both sides: exactly, where a type can.
pub(in crate::expr) fn common_type(left: Side, right: Side) -> Result<DataType> {
    if left.is_complex() || right.is_complex() {
        return Ok(complex_of(common_type(left.parts(), right.parts())?));
    }
    let lossy = |a: DataType, b: DataType| match a.is_float() || b.is_float() {
        true => DataType::F64,
        false => DataType::I64,
    };
    let both = |a, b| exact_type(a, b).unwrap_or_else(|| lossy(a, b));
    match (left, right) {
        (Side::Numbers(a), Side::Numbers(b)) => Ok(both(a.data_type, b.data_type)),
        (Side::Numbers(numbers), Side::Scalar(scalar))
        | (Side::Scalar(scalar), Side::Numbers(numbers)) => {
            let data_type = numbers.data_type;
            match data_type.check(scalar) {
                Ok(_) => Ok(data_type),
                Err(_) => Ok(both(data_type, scalar_type(scalar)?)),
            }
        }
        (Side::Scalar(a), Side::Scalar(b)) => Ok(both(scalar_type(a)?, scalar_type(b)?)),
    }
}

/// The smallest type that holds all values of both, if there is one.
pub(super) fn exact_type(a: DataType, b: DataType) -> Option<DataType> {
    if a == b {
        return Some(a);
    }
    let bytes = a.bytes().max(b.bytes());
    match (a.is_float(), b.is_float()) {
        (true, true) => Some(DataType::F64),
        (false, false) if a.is_signed() == b.is_signed() => {
            Some(if a.bytes() == bytes { a } else { b })
        }
        (false, false) => signed_type(a, b),
        (float, _) => {
            let (float, int) = if float { (a, b) } else { (b, a) };
            match int.bytes() {
                1 | 2 => Some(float),
                4 => Some(DataType::F64),
                _ => None,
            }
        }
    }
}

/// The smallest signed type that holds an unsigned and a signed one.
fn signed_type(a: DataType, b: DataType) -> Option<DataType> {
    let (signed, unsigned) = if a.is_signed() { (a, b) } else { (b, a) };
    match signed.bytes().max(unsigned.bytes() * 2) {
        2 => Some(DataType::I16),
        4 => Some(DataType::I32),
        8 => Some(DataType::I64),
        _ => None,
    }
}

/// The smallest type that holds a scalar.
///
/// # Errors
/// [`Usage::Value`] for whole numbers beyond 64 bits.
pub(in crate::expr) fn scalar_type(scalar: Scalar) -> Result<DataType> {
    let small = |data_type: &DataType| data_type.check(scalar).is_ok();
    let fit = match scalar {
        Scalar::Int(_) => DataType::ALL
            .into_iter()
            .filter(|t| t.is_integer())
            .find(small),
        Scalar::Float(_) => [DataType::F32, DataType::F64].into_iter().find(small),
    };
    fit.ok_or_else(|| out_of_range(scalar))
}

/// The error for a whole number beyond 64 bits.
pub(in crate::expr) fn out_of_range(scalar: impl ToString) -> crate::error::Error {
    let value = scalar.to_string();
    let dtype = DataType::I64.name();
    Usage::Value { value, dtype }.into()
}

/// The complex type with parts that hold a real type, or nearly so those of 64 bits.
fn complex_of(part: DataType) -> DataType {
    match part {
        DataType::U8 | DataType::I8 | DataType::I16 => DataType::CI16,
        DataType::U16 | DataType::I32 => DataType::CI32,
        DataType::F32 => DataType::CF32,
        _ => DataType::CF64,
    }
}
