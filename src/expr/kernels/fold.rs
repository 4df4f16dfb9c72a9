//! Operators on scalars alone.

use super::float::Float;
use super::function::of_double;
use super::whole::Whole;
use super::work::{Exact, Work};
use crate::error::Result;
use crate::expr::{Arithmetic, Bits, Comparison, Function};
use crate::sample::{DataType, Real, Scalar, with_real_type};

/// Whether `a comparison b` holds.
pub(in crate::expr) fn compare(comparison: Comparison, a: Scalar, b: Scalar) -> bool {
    let (a, b) = (Exact::of(a), Exact::of(b));
    match comparison {
        Comparison::Eq => a == b,
        Comparison::Ne => a != b,
        Comparison::Lt => a < b,
        Comparison::Le => a <= b,
        Comparison::Gt => a > b,
        Comparison::Ge => a >= b,
    }
}

/// The number; `None` where whole numbers overflow 128 bits.
pub(in crate::expr) fn arithmetic(operator: Arithmetic, a: Scalar, b: Scalar) -> Option<Scalar> {
    if let (Scalar::Int(a), Scalar::Int(b)) = (a, b) {
        let int = match operator {
            Arithmetic::Add => a.checked_add(b),
            Arithmetic::Sub => a.checked_sub(b),
            Arithmetic::Mul => a.checked_mul(b),
            Arithmetic::Negate => b.checked_neg(),
            Arithmetic::Minimum => Some(a.min(b)),
            Arithmetic::Maximum => Some(a.max(b)),
            Arithmetic::Rem if b != 0 => Some(a.remainder(b)),
            Arithmetic::FloorDiv if b != 0 => Some(a.floor_quotient(b)),
            Arithmetic::Pow if b >= 0 => a.checked_pow(u32::try_from(b).ok()?),
            Arithmetic::Rem | Arithmetic::FloorDiv => return Some(Scalar::Float(f64::NAN)),
            Arithmetic::Div => return Some(Scalar::Float(a as f64 / b as f64)),
            Arithmetic::Pow => return Some(Scalar::Float((a as f64).powf(b as f64))),
            Arithmetic::Atan2 => return Some(Scalar::Float((a as f64).atan2(b as f64))),
        };
        return int.map(Scalar::Int);
    }
    let (a, b) = (a.to_f64(), b.to_f64());
    Some(Scalar::Float(match operator {
        Arithmetic::Add => a + b,
        Arithmetic::Sub => a - b,
        Arithmetic::Mul => a * b,
        Arithmetic::Div => a / b,
        Arithmetic::Negate => -b,
        Arithmetic::Pow => a.powf(b),
        Arithmetic::Rem => a.remainder(b),
        Arithmetic::FloorDiv => a.floor_quotient(b),
        Arithmetic::Minimum if a < b || a.is_nan() => a,
        Arithmetic::Maximum if a > b || a.is_nan() => a,
        Arithmetic::Minimum | Arithmetic::Maximum => b,
        Arithmetic::Atan2 => a.atan2(b),
    }))
}

/// The number; `None` where bits are lost, or moved by less than 0.
pub(in crate::expr) fn bits(operator: Bits, a: i128, b: i128) -> Option<i128> {
    let by = u32::try_from(b).ok();
    match operator {
        Bits::And => Some(a & b),
        Bits::Or => Some(a | b),
        Bits::Xor => Some(a ^ b),
        Bits::Shl => by.and_then(|by| a.checked_mul(2i128.checked_pow(by)?)),
        Bits::Shr => by.map(|by| a >> by.min(i128::BITS - 1)),
    }
}

/// The number: whole of a whole one, where the function gives whole numbers.
pub(in crate::expr) fn function(function: Function, of: Scalar) -> Scalar {
    if let Scalar::Int(int) = of {
        match function {
            Function::Abs => return Scalar::Int(int.saturating_abs()),
            Function::Sign => return Scalar::Int(int.signum()),
            Function::Floor | Function::Ceil | Function::Trunc | Function::Round => return of,
            _ => {}
        }
    }
    Scalar::Float(of_double(function, of.to_f64()))
}

/// The nearest number of a type, which must not be further than rounding goes.
///
/// # Errors
/// [`Usage::Value`].
pub(in crate::expr) fn cast_checked(scalar: Scalar, data_type: DataType) -> Result<Scalar> {
    let rounded = match scalar {
        Scalar::Float(float) if data_type.is_integer() => Scalar::Float(float.round()),
        scalar => scalar,
    };
    data_type.check(rounded)?;
    Ok(cast(scalar, data_type))
}

/// The nearest number of a type; of a complex type, of its parts.
pub(in crate::expr) fn cast(scalar: Scalar, data_type: DataType) -> Scalar {
    with_real_type!(data_type.part(), T => T::of(scalar).to_scalar(), else => scalar)
}
