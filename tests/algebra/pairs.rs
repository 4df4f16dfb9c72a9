//! Every pair of data types, at values where mistakes show.

use cogwork::block::Validity;
use cogwork::expr::{Expr, Kind};
use cogwork::sample::{DataType, Scalar};

use DataType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

use crate::support::*;

/// The naive rule of result types for `+ - * /`, as a table.
fn result_type(operator: char, a: DataType, b: DataType) -> DataType {
    let small = |t: DataType| matches!(t, U8 | I8 | U16 | I16 | F32);
    if operator == '/' || a.is_float() || b.is_float() {
        return if small(a) && small(b) { F32 } else { F64 };
    }
    let unsigned = !a.is_signed() && !b.is_signed();
    match (operator, a.bytes().max(b.bytes()), a.bytes() + b.bytes()) {
        ('*', _, 2 | 3) => I32,
        ('*', _, 4..=6) => I64,
        ('*', ..) => {
            if unsigned {
                U64
            } else {
                I64
            }
        }
        (_, 1, _) => I16,
        (_, 2, _) => I32,
        ('+', 8, _) if unsigned => U64,
        _ => I64,
    }
}

fn naive_arithmetic(operator: char, a: Scalar, b: Scalar, t: DataType, nodata: Sampled) -> Scalar {
    if !t.is_float() {
        let (a, b) = (int(a), int(b));
        let exact = match operator {
            '+' => a + b,
            '-' => a - b,
            _ => a.saturating_mul(b),
        };
        return stored(exact, t, nodata);
    }
    if t == F32 {
        let (a, b) = (float(a) as f32, float(b) as f32);
        return Scalar::Float(f64::from(match operator {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            _ => a / b,
        }));
    }
    let (a, b) = (float(a), float(b));
    Scalar::Float(match operator {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        _ => a / b,
    })
}

fn build(operator: char, a: &Expr, b: &Expr) -> Expr {
    match operator {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        _ => a / b,
    }
}

#[test]
fn arithmetic_of_every_pair_of_types() {
    for (a, b) in REALS.into_iter().flat_map(|a| REALS.map(|b| (a, b))) {
        let (left, right) = pairs(a, b);
        for operator in ['+', '-', '*', '/'] {
            for (na, nb) in nodatas(a)
                .into_iter()
                .zip(nodatas(b).into_iter().rev())
                .chain([(None, None)])
            {
                let expr = build(operator, &Expr::input(0), &Expr::input(1));
                let (bound, out) = eval(&expr, &[(a, na, &left), (b, nb, &right)]);
                let t = result_type(operator, a, b);
                let nodata = na.or(nb).map(|_| default_nodata(t));
                assert_eq!(
                    (bound.data_type(), bound.nodata()),
                    (t, nodata),
                    "{a} {operator} {b}"
                );
                for (i, found) in scalars(&out).into_iter().enumerate() {
                    let want = match (sampled(left[i], na), sampled(right[i], nb)) {
                        (Some(x), Some(y)) => naive_arithmetic(operator, x, y, t, nodata),
                        _ => nodata.expect("a side with nodata"),
                    };
                    assert_eq!(
                        found, want,
                        "{a} {operator} {b}: {} and {}",
                        left[i], right[i]
                    );
                }
            }
        }
    }
}

/// Exact, except that an integer scalar or sample and a float are compared by whole part first.
pub fn naive_compare(a: Scalar, b: Scalar) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Scalar::Int(a), Scalar::Int(b)) => Some(a.cmp(&b)),
        (Scalar::Float(a), Scalar::Float(b)) => a.partial_cmp(&b),
        (Scalar::Float(_), Scalar::Int(_)) => naive_compare(b, a).map(|order| order.reverse()),
        (Scalar::Int(a), Scalar::Float(b)) => {
            if b.is_nan() {
                return None;
            }
            // 2^100 is beyond all samples; below, floor and ceiling are exact.
            let b = b.clamp(-(2f64.powi(100)), 2f64.powi(100));
            Some(match () {
                () if a < b.ceil() as i128 => std::cmp::Ordering::Less,
                () if a > b.floor() as i128 => std::cmp::Ordering::Greater,
                () => std::cmp::Ordering::Equal,
            })
        }
    }
}

/// A comparison, and what it wants of the order of its sides.
type Compared = (Expr, fn(std::cmp::Ordering) -> bool);

fn comparisons(a: &Expr, b: &Expr) -> [Compared; 6] {
    [
        (a.eq(b), |o| o.is_eq()),
        (a.ne(b), |o| o.is_ne()),
        (a.lt(b), |o| o.is_lt()),
        (a.le(b), |o| o.is_le()),
        (a.gt(b), |o| o.is_gt()),
        (a.ge(b), |o| o.is_ge()),
    ]
}

#[test]
fn comparisons_of_every_pair_of_types() {
    for (a, b) in REALS.into_iter().flat_map(|a| REALS.map(|b| (a, b))) {
        let (left, right) = pairs(a, b);
        for (na, nb) in [(None, None), (nodatas(a)[1], nodatas(b)[2])] {
            for (index, (expr, holds)) in comparisons(&Expr::input(0), &Expr::input(1))
                .into_iter()
                .enumerate()
            {
                let (bound, out) = eval(&expr, &[(a, na, &left), (b, nb, &right)]);
                assert_eq!((bound.kind(), out.validity()), (Kind::Mask, &Validity::All));
                for (i, found) in scalars(&out).into_iter().enumerate() {
                    let want = match (sampled(left[i], na), sampled(right[i], nb)) {
                        // `ne` of NaN holds, as IEEE 754 has it.
                        (Some(x), Some(y)) => naive_compare(x, y).map_or(index == 1, holds),
                        _ => false,
                    };
                    let text = format!("{a} {b} {index}: {} and {}", left[i], right[i]);
                    assert_eq!(found, Scalar::Int(want.into()), "{text}");
                }
            }
        }
    }
}

#[test]
fn comparisons_with_scalars() {
    for a in REALS {
        let values = edges(a);
        for b in REALS.into_iter().flat_map(edges) {
            // Beside float32 a fraction is first rounded to float32.
            let rounded = match b {
                Scalar::Float(float) if a == F32 && (float as f32).is_finite() => {
                    Scalar::Float(f64::from(float as f32))
                }
                b => b,
            };
            for (index, (expr, holds)) in comparisons(&Expr::input(0), &Expr::scalar(b))
                .into_iter()
                .enumerate()
            {
                let (_, out) = eval(&expr, &[(a, None, &values)]);
                for (value, found) in values.iter().zip(scalars(&out)) {
                    let want = naive_compare(*value, rounded).map_or(index == 1, holds);
                    assert_eq!(
                        found,
                        Scalar::Int(want.into()),
                        "{a} {index}: {value} and {b}"
                    );
                }
            }
        }
    }
}

fn naive_cast(value: Sampled, to: DataType, nodata: Sampled) -> Scalar {
    let Some(value) = value else {
        return nodata.expect("invalid samples need nodata");
    };
    match (to, value) {
        (F32, value) => Scalar::Float(f64::from(match value {
            Scalar::Int(int) => int as f32,
            Scalar::Float(float) => float as f32,
        })),
        (F64, value) => Scalar::Float(float(value)),
        (_, Scalar::Int(int)) => stored(int, to, nodata),
        (_, Scalar::Float(float)) if float.is_nan() => nodata.unwrap_or(Scalar::Int(0)),
        (_, Scalar::Float(float)) => {
            let whole = float.trunc();
            let away = if (float - whole).abs() >= 0.5 {
                float.signum()
            } else {
                0.0
            };
            stored((whole + away).clamp(-1e30, 1e30) as i128, to, nodata)
        }
    }
}

#[test]
fn casts_of_every_pair_of_types() {
    for (a, b) in REALS.into_iter().flat_map(|a| REALS.map(|b| (a, b))) {
        let values = edges(a);
        for nodata in nodatas(a) {
            let (bound, out) = eval(&Expr::input(0).cast(b), &[(a, nodata, &values)]);
            let default = if b.is_float() {
                Scalar::Float(f64::NAN)
            } else {
                Scalar::Int(range(b).0)
            };
            let want = nodata.map(|nodata| b.check(nodata).unwrap_or(default));
            assert_eq!((bound.data_type(), bound.nodata()), (b, want), "{a} to {b}");
            for (value, found) in values.iter().zip(scalars(&out)) {
                let want = match a == b {
                    true => *value,
                    false => naive_cast(sampled(*value, nodata), b, want),
                };
                assert_eq!(found, want, "{a} to {b}: {value}, nodata {nodata:?}");
            }
        }
    }
}

/// The type that holds both, as a table for one order of operands.
fn common(a: DataType, b: DataType) -> DataType {
    let bits = |t: DataType| t.bytes() * 8;
    match (a, b) {
        (a, b) if a == b => a,
        (F32, F64) | (F64, F32) => F64,
        (float @ (F32 | F64), int) | (int, float @ (F32 | F64)) => {
            if bits(int) <= 16 {
                float
            } else {
                F64
            }
        }
        (a, b) if a.is_signed() == b.is_signed() => {
            if bits(a) > bits(b) {
                a
            } else {
                b
            }
        }
        (a, b) => {
            let (signed, unsigned) = if a.is_signed() { (a, b) } else { (b, a) };
            match bits(signed).max(2 * bits(unsigned)) {
                16 => I16,
                32 => I32,
                _ => I64,
            }
        }
    }
}

#[test]
fn select_of_every_pair_of_types() {
    for (a, b) in REALS.into_iter().flat_map(|a| REALS.map(|b| (a, b))) {
        let (left, right) = pairs(a, b);
        let choice: Vec<Scalar> = (0..left.len())
            .map(|i| Scalar::Int((i % 3 == 0).into()))
            .collect();
        for (na, nb) in [
            (None, None),
            (nodatas(a)[1], None),
            (nodatas(a)[1], nodatas(b)[2]),
            (None, nodatas(b)[1]),
        ] {
            let expr = Expr::input(2).eq(1).select(Expr::input(0), Expr::input(1));
            let inputs: [(DataType, Sampled, &[Scalar]); 3] =
                [(a, na, &left), (b, nb, &right), (U8, None, &choice)];
            let (bound, out) = eval(&expr, &inputs);
            let t = common(a, b);
            let nodata = na.or(nb).map(|n| naive_cast(Some(n), t, None));
            assert_eq!(
                (bound.data_type(), bound.nodata()),
                (t, nodata),
                "{a} or {b}"
            );
            for (i, found) in scalars(&out).into_iter().enumerate() {
                let picked = if i % 3 == 0 {
                    sampled(left[i], na)
                } else {
                    sampled(right[i], nb)
                };
                let want = picked
                    .map_or_else(|| nodata.expect("nodata"), |v| naive_cast(Some(v), t, None));
                assert_eq!(found, want, "{a} or {b}: {} and {}", left[i], right[i]);
            }
        }
    }
}

#[test]
fn negation_and_masks_of_every_type() {
    for t in REALS {
        let values = edges(t);
        for nodata in nodatas(t) {
            let (bound, out) = eval(&-Expr::input(0), &[(t, nodata, &values)]);
            let want = match t {
                U8 => I16,
                U16 => I32,
                U32 | U64 => I64,
                t => t,
            };
            assert_eq!(bound.data_type(), want);
            for (value, found) in values.iter().zip(scalars(&out)) {
                let expected = match (sampled(*value, nodata), bound.nodata()) {
                    (None, code) => code.expect("nodata"),
                    (Some(Scalar::Int(int)), code) => stored(-int, want, code),
                    (Some(Scalar::Float(float)), _) => Scalar::Float(-float),
                };
                assert_eq!(found, expected, "-{value} of {t}");
            }
            let code = edges(t)[3];
            let masked = Expr::input(0).mask(&Expr::input(0).ge(1), Some(code));
            let (bound, out) = eval(&masked, &[(t, nodata, &values)]);
            assert_eq!((bound.data_type(), bound.nodata()), (t, Some(code)));
            for (value, found) in values.iter().zip(scalars(&out)) {
                let kept = sampled(*value, nodata).filter(|&v| float(v).is_nan() || float(v) < 1.0);
                assert_eq!(
                    found,
                    kept.unwrap_or(code),
                    "mask {value} of {t}, nodata {nodata:?}"
                );
            }
        }
    }
}
