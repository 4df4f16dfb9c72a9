//! What is refused, and how.

use cogwork::error::{ErrorKind, Expression, Usage};
use cogwork::expr::{Bound, Expr};
use cogwork::grid::Size;
use cogwork::sample::Scalar;

use cogwork::sample::DataType::{F32, U8, U16};

use crate::support::*;

#[test]
fn what_bind_refuses() {
    let (x, y, z) = (Expr::input(0), Expr::input(1), Expr::input(2));
    let operands = [
        operand(1, U8, None),
        operand(2, U8, None),
        operand(3, F32, None),
    ];
    let kind = |operator, expected| Refusal::Expression(Expression::Kind { operator, expected });
    let value = |value: &str, dtype| {
        Refusal::Usage(Usage::Value {
            value: value.into(),
            dtype,
        })
    };
    let mask = x.gt(1);
    for (expr, want) in [
        (&x + &mask, kind("add", "numbers")),
        (mask.lt(1), kind("lt", "numbers")),
        (mask.is_in([1]), kind("is_in", "numbers")),
        (-&mask, kind("neg", "numbers")),
        (x.and(&mask), kind("and", "a mask")),
        (mask.or(&x), kind("or", "a mask")),
        (x.not(), kind("not", "a mask")),
        (x.mask(&y, Some(Scalar::Int(0))), kind("mask", "a mask")),
        (x.select(&x, &y), kind("select", "a mask")),
        (
            mask.with_nodata(None),
            kind("with_nodata", "numbers of a raster"),
        ),
        (Expr::scalar(1).bands([0]), kind("bands", "a raster")),
        (
            &y + &z,
            Refusal::Expression(Expression::Bands { left: 2, right: 3 }),
        ),
        (
            z.mask(&y.gt(1), Some(Scalar::Int(0))),
            Refusal::Expression(Expression::Bands { left: 3, right: 2 }),
        ),
        (
            x.mask(&mask, None),
            Refusal::Expression(Expression::NoNodata),
        ),
        (
            Expr::scalar(1) + 2,
            Refusal::Expression(Expression::NoInput),
        ),
        (
            Expr::scalar(1).lt(2),
            Refusal::Expression(Expression::NoInput),
        ),
        (x.is_in([8, 300]), value("300", "uint8")),
        (x.is_in([0.5]), value("0.5", "uint8")),
        (x.is_in([-1]), value("-1", "uint8")),
        (x.mask(&mask, Some(Scalar::Int(256))), value("256", "uint8")),
        (
            x.with_nodata(Some(Scalar::Float(f64::NAN))),
            value("nan", "uint8"),
        ),
        (
            &x + Scalar::Int(1 << 70),
            value("1180591620717411303424", "int64"),
        ),
        (
            y.bands([0, 2]),
            Refusal::Usage(Usage::Band { band: 3, count: 2 }),
        ),
    ] {
        let error = Bound::new(&expr, &operands).expect_err("a refusal");
        let found = match error.kind() {
            ErrorKind::Usage(usage) => Refusal::Usage(usage.clone()),
            ErrorKind::Expression(expression) => Refusal::Expression(expression.clone()),
            other => panic!("{other}"),
        };
        assert_eq!(found, want, "{expr:?}");
    }
    for expr in [Expr::input(3), y.bands([])] {
        let error = Bound::new(&expr, &operands).expect_err("a refusal");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
            "{error}"
        );
    }
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Usage(Usage),
    Expression(Expression),
}

#[test]
fn what_eval_refuses() {
    let expr = Expr::input(0) + Expr::input(1);
    let bound = Bound::new(&expr, &[operand(1, U8, None), operand(1, U8, None)]).expect("sound");
    let one = |data_type| Some(block(1, data_type, &[Scalar::Int(1)]));
    let two = Some(block(2, U8, &[Scalar::Int(1), Scalar::Int(1)]));
    let size = Size::new(1, 1);
    for inputs in [
        vec![one(U8)],
        vec![one(U8), None],
        vec![one(U8), one(U16)],
        vec![one(U8), two],
    ] {
        let error = bound.eval(inputs, size).expect_err("a refusal");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
            "{error}"
        );
    }
    let error = bound
        .eval(vec![one(U8), one(U8)], Size::new(2, 1))
        .expect_err("a refusal");
    assert!(
        matches!(error.kind(), ErrorKind::Usage(Usage::BufferLength { .. })),
        "{error}"
    );
}
