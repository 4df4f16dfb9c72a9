//! Conditions come first, and what they spare.

use cogwork::expr::{Bound, Constancy, Expr, Role};
use cogwork::grid::Size;
use cogwork::sample::Scalar;

use cogwork::sample::DataType::{U8, U16};

use crate::support::*;

#[test]
fn conditions_come_first() {
    let (image, class) = (Expr::input(2), Expr::input(0));
    let clear = image.mask(&class.is_in([8, 9]), None);
    let operands = [
        operand(1, U8, None),
        operand(1, U8, None),
        operand(1, U16, Some(Scalar::Int(0))),
    ];
    let bound = Bound::new(&clear, &operands).expect("a sound expression");
    let roles: Vec<_> = bound
        .inputs()
        .iter()
        .map(|found| (found.input, found.role))
        .collect();
    assert_eq!(roles, [(0, Role::Condition), (2, Role::Image)]);
    assert_eq!(bound.untouched(), Some(2));
    let pixels = [Scalar::Int(5), Scalar::Int(6)];
    for (classes, constancy, want) in [
        ([8, 9], Constancy::AllTrue, [0, 0]),
        ([1, 2], Constancy::AllFalse, [5, 6]),
        ([8, 1], Constancy::Mixed, [0, 6]),
    ] {
        let classes = block(1, U8, &classes.map(Scalar::Int));
        let begun = bound
            .begin(vec![Some(classes)], Size::new(2, 1))
            .expect("a condition");
        assert_eq!(begun.constancy(), constancy);
        let image = match constancy {
            Constancy::AllTrue => vec![],
            _ => vec![None, None, Some(block(1, U16, &pixels))],
        };
        let out = begun.finish(image).expect("a block");
        assert_eq!(scalars(&out), want.map(Scalar::Int));
        assert_eq!(out.nodata(), Some(Scalar::Int(0)));
    }
    let bright = image.gt(5).and(&class.is_in([8, 9]).not());
    let bound = Bound::new(&bright, &operands).expect("a sound expression");
    assert!(!bound.is_masked());
    for (classes, constancy, want) in [
        ([8, 9], Constancy::AllTrue, [0, 0]),
        ([1, 2], Constancy::AllFalse, [0, 1]),
        ([1, 8], Constancy::Mixed, [0, 0]),
        ([8, 1], Constancy::Mixed, [0, 1]),
    ] {
        let classes = block(1, U8, &classes.map(Scalar::Int));
        let begun = bound.begin(vec![Some(classes)], Size::new(2, 1));
        let begun = begun.expect("a condition");
        assert_eq!(begun.constancy(), constancy);
        let image = match constancy {
            Constancy::AllTrue => vec![],
            _ => vec![None, None, Some(block(1, U16, &pixels))],
        };
        let out = begun.finish(image).expect("a block");
        assert_eq!(scalars(&out), want.map(Scalar::Int));
    }
    for (expr, input, role, untouched) in [
        (
            class.mask(&class.gt(8), Some(Scalar::Int(0))),
            0,
            Role::Both,
            Some(0),
        ),
        (
            clear.mask(&Expr::input(1).eq(0), None),
            1,
            Role::Condition,
            Some(2),
        ),
        (
            clear.mask(&Expr::input(1).eq(0), Some(Scalar::Int(9))),
            0,
            Role::Image,
            None,
        ),
        ((&clear + 1), 0, Role::Image, None),
        (bright, 0, Role::Condition, None),
        (
            class.is_in([8, 9]).not().and(&image.gt(5)),
            0,
            Role::Image,
            None,
        ),
        (image.clone(), 2, Role::Image, Some(2)),
    ] {
        let bound = Bound::new(&expr, &operands).expect("a sound expression");
        let found = bound
            .inputs()
            .iter()
            .find(|found| found.input == input)
            .expect("a use");
        assert_eq!(
            (found.role, bound.untouched()),
            (role, untouched),
            "{expr:?}"
        );
    }
}
