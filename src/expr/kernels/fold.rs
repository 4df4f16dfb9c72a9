//! Operators on scalars alone.

use super::work::{Exact, Work};
use crate::expr::{Arithmetic, Comparison};
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
            Arithmetic::Div => return Some(Scalar::Float(a as f64 / b as f64)),
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
    }))
}

/// The nearest number of a type; of a complex type, of its parts.
pub(in crate::expr) fn cast(scalar: Scalar, data_type: DataType) -> Scalar {
    with_real_type!(data_type.part(), T => T::of(scalar).to_scalar(), else => scalar)
}
