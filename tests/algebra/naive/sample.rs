//! What becomes of one sample.

use std::cmp::Ordering;

use cogwork::sample::DataType::{self, F32};
use cogwork::sample::Scalar;

use super::{Refused, Settled};
use crate::pairs::naive_compare;
use crate::support::{Sampled, float, int, range};

/// The nearest number of a type.
pub fn number(value: Scalar, data_type: DataType) -> Scalar {
    match (value, data_type) {
        (Scalar::Int(int), F32) => Scalar::Float(f64::from(int as f32)),
        (Scalar::Float(float), F32) => Scalar::Float(f64::from(float as f32)),
        (value, _) if data_type.is_float() => Scalar::Float(float(value)),
        (Scalar::Int(int), _) => {
            let (low, high) = range(data_type);
            Scalar::Int(int.clamp(low, high))
        }
        // A scalar like 1.0, which an integer type has.
        (Scalar::Float(float), _) => Scalar::Int(float as i128),
    }
}

/// The low bits of an integer in a type.
fn low_bits(value: i128, data_type: DataType) -> i128 {
    let bits = 8 * data_type.bytes();
    let low = value & ((1i128 << bits) - 1);
    match data_type.is_signed() && low >> (bits - 1) == 1 {
        true => low - (1i128 << bits),
        false => low,
    }
}

/// None where there is no result.
pub fn arithmetic(name: &str, a: Scalar, b: Scalar, data_type: DataType) -> Sampled {
    if data_type == F32 {
        let (a, b) = (float(a) as f32, float(b) as f32);
        return Some(Scalar::Float(f64::from(f32_arithmetic(name, a, b))));
    }
    if data_type.is_float() {
        return Some(Scalar::Float(f64_arithmetic(name, float(a), float(b))));
    }
    let (a, b) = (int(a), int(b));
    Some(Scalar::Int(match name {
        "add" => a + b,
        "sub" => a - b,
        "mul" => a.saturating_mul(b),
        "pow" => power(a, b),
        "rem" if b != 0 => a - b * quotient(a, b),
        "floor_div" if b != 0 => quotient(a, b),
        "rem" | "floor_div" => return None,
        "minimum" => a.min(b),
        "maximum" => a.max(b),
        other => panic!("{other}"),
    }))
}

/// Rounded down.
fn quotient(a: i128, b: i128) -> i128 {
    let cut = a / b;
    if a % b != 0 && (a < 0) != (b < 0) {
        cut - 1
    } else {
        cut
    }
}

fn power(base: i128, exponent: i128) -> i128 {
    match (base, u32::try_from(exponent)) {
        (_, Ok(exponent)) => base.saturating_pow(exponent),
        (0 | 1, _) => base,
        (-1, _) => 1 - 2 * (exponent % 2),
        (2.., _) => i128::MAX,
        (_, _) if exponent % 2 == 0 => i128::MAX,
        (_, _) => i128::MIN,
    }
}

macro_rules! floats {
    ($($type:ident $arithmetic:ident $function:ident;)*) => {
        $(fn $arithmetic(name: &str, a: $type, b: $type) -> $type {
            let rest = a % b;
            let turn = rest != 0.0 && (rest < 0.0) != (b < 0.0);
            match name {
                "add" => a + b,
                "sub" => a - b,
                "mul" => a * b,
                "div" => a / b,
                "pow" => a.powf(b),
                "atan2" => a.atan2(b),
                "minimum" | "maximum" if a.is_nan() || b.is_nan() => $type::NAN,
                "minimum" => if a < b { a } else { b },
                "maximum" => if a > b { a } else { b },
                "rem" if rest == 0.0 => (0.0 as $type).copysign(b),
                "rem" if turn && b != 0.0 => rest + b,
                "rem" => rest,
                "floor_div" if b == 0.0 => a / b,
                "floor_div" => {
                    let quotient = (a - rest) / b - if turn { 1.0 } else { 0.0 };
                    match quotient - quotient.floor() > 0.5 {
                        _ if quotient == 0.0 => (0.0 as $type).copysign(a / b),
                        true => quotient.floor() + 1.0,
                        false => quotient.floor(),
                    }
                }
                other => panic!("{other}"),
            }
        }

        fn $function(name: &str, a: $type) -> $type {
            match name {
                "abs" => a.abs(),
                "sign" if a > 0.0 => 1.0,
                "sign" if a < 0.0 => -1.0,
                "sign" if a == 0.0 => 0.0,
                "sign" => $type::NAN,
                "floor" => a.floor(),
                "ceil" => a.ceil(),
                "trunc" => a.trunc(),
                "round" => a.round_ties_even(),
                "sqrt" => a.sqrt(),
                "exp" => a.exp(),
                "ln" => a.ln(),
                "log2" => a.log2(),
                "log10" => a.log10(),
                "sin" => a.sin(),
                "cos" => a.cos(),
                "tan" => a.tan(),
                "asin" => a.asin(),
                "acos" => a.acos(),
                "atan" => a.atan(),
                other => panic!("{other}"),
            }
        })*
    };
}
floats!(f32 f32_arithmetic f32_function; f64 f64_arithmetic f64_function;);

pub fn function(name: &str, a: Scalar, data_type: DataType) -> Scalar {
    match (name, a) {
        ("abs", Scalar::Int(a)) if data_type.is_integer() => Scalar::Int(a.abs()),
        ("sign", Scalar::Int(a)) if data_type.is_integer() => Scalar::Int(a.signum()),
        _ if data_type == F32 => Scalar::Float(f64::from(f32_function(name, float(a) as f32))),
        _ => Scalar::Float(f64_function(name, float(a))),
    }
}

pub fn negative(a: Scalar) -> Scalar {
    match a {
        Scalar::Int(a) => Scalar::Int(-a),
        Scalar::Float(a) => Scalar::Float(-a),
    }
}

pub fn bits(name: &str, a: i128, b: i128, data_type: DataType) -> i128 {
    let width = 8 * data_type.bytes() as i128;
    let inside = (0..width).contains(&b);
    match name {
        "bit_and" => a & b,
        "bit_or" => a | b,
        "bit_xor" => a ^ b,
        "bit_not" => low_bits(!a, data_type),
        "shl" if inside => low_bits(a << b, data_type),
        "shl" => 0,
        "shr" if inside => a >> b,
        "shr" if a < 0 => -1,
        "shr" => 0,
        other => panic!("{other}"),
    }
}

pub fn compare(name: &str, a: Scalar, b: Scalar) -> bool {
    let order = naive_compare(a, b);
    match name {
        "eq" => order == Some(Ordering::Equal),
        "ne" => order != Some(Ordering::Equal),
        "lt" => order == Some(Ordering::Less),
        "le" => order.is_some_and(Ordering::is_le),
        "gt" => order == Some(Ordering::Greater),
        "ge" => order.is_some_and(Ordering::is_ge),
        other => panic!("{other}"),
    }
}

/// Clamped and rounded to nearest; none for NaN in integers.
fn saturated(value: Scalar, data_type: DataType) -> Sampled {
    match value {
        Scalar::Float(value) if data_type.is_integer() => {
            let whole = value.trunc();
            let away = if (value - whole).abs() >= 0.5 {
                value.signum()
            } else {
                0.0
            };
            // Beyond all types, and exact in 128 bits.
            let whole = (whole + away).clamp(-(2f64.powi(100)), 2f64.powi(100));
            (!value.is_nan()).then(|| number(Scalar::Int(whole as i128), data_type))
        }
        value => Some(number(value, data_type)),
    }
}

/// Fractions cut off, then the low bits; none for NaN and infinity in integers.
fn wrapped(value: Scalar, data_type: DataType) -> Sampled {
    match value {
        _ if data_type.is_float() => Some(number(value, data_type)),
        Scalar::Int(value) => Some(Scalar::Int(low_bits(value, data_type))),
        Scalar::Float(value) if !value.is_finite() => None,
        // A multiple of a power of two beyond 64 bits.
        Scalar::Float(value) if value.abs() >= 2f64.powi(120) => Some(Scalar::Int(0)),
        Scalar::Float(value) => Some(Scalar::Int(low_bits(value as i128, data_type))),
    }
}

/// A valid sample in another type; none where it becomes nodata, or 0.
pub fn cast(name: &str, value: Scalar, data_type: DataType, nodata: Sampled) -> Settled<Sampled> {
    if name == "cast_wrapping" {
        return Ok(wrapped(value, data_type));
    }
    let found = saturated(value, data_type);
    if name == "cast" {
        return Ok(found);
    }
    let exact = match (value, found) {
        (Scalar::Int(a), Some(Scalar::Int(b))) => a == b,
        (Scalar::Float(a), Some(Scalar::Int(b))) => a.round() as i128 == b,
        (Scalar::Float(a), Some(Scalar::Float(b))) => a.is_finite() == b.is_finite(),
        (Scalar::Int(_), Some(Scalar::Float(_))) => true,
        (_, None) => false,
    };
    match exact && found != nodata {
        true => Ok(found),
        false => Err(Refused::Evaluated),
    }
}
