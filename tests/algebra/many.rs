//! Stacks, reductions, validity and casts: one rule at a time, by hand.

use cogwork::error::{ErrorKind, Expression};
use cogwork::expr::{Bound, Expr, Reduction};
use cogwork::grid::Size;
use cogwork::sample::DataType::{self, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
use cogwork::sample::Scalar;

use crate::support::*;

fn ints(values: &[i128]) -> Vec<Scalar> {
    values.iter().copied().map(Scalar::Int).collect()
}

fn floats(values: &[f64]) -> Vec<Scalar> {
    values.iter().copied().map(Scalar::Float).collect()
}

/// Type and nodata of an expression over inputs of one band.
fn facts(expr: &Expr, inputs: &[(DataType, Sampled)]) -> (DataType, Sampled) {
    let operands: Vec<_> = inputs.iter().map(|i| operand(1, i.0, i.1)).collect();
    let bound = Bound::new(expr, &operands).expect("a sound expression");
    (bound.data_type(), bound.nodata())
}

#[test]
fn a_stack_has_the_bands_of_all_and_the_first_nodata_value() {
    let (x, y, z) = (Expr::input(0), Expr::input(1), Expr::input(2));
    let operands = [
        operand(2, U8, None),
        operand(1, I16, Some(Scalar::Int(-9))),
        operand(1, U8, Some(Scalar::Int(0))),
    ];
    let blocks = || {
        vec![
            Some(block(2, U8, &ints(&[1, 2, 3, 4]))),
            Some(block(1, I16, &ints(&[-9, 300]))),
            Some(block(1, U8, &ints(&[0, 8]))),
        ]
    };
    let all = Expr::stack([x.clone(), y.clone(), z.clone()]);
    let bound = Bound::new(&all, &operands).expect("a sound expression");
    assert_eq!((bound.bands(), bound.data_type()), (4, I16));
    assert_eq!(bound.nodata(), Some(Scalar::Int(-9)));
    let out = bound.eval(blocks(), Size::new(2, 1)).expect("a block");
    assert_eq!(scalars(&out), ints(&[1, 2, 3, 4, -9, 300, -9, 8]));
    // Masks make a stack, too; a mask beside numbers does not.
    let masks = Expr::stack([x.gt(1), z.is_valid()]);
    let bound = Bound::new(&masks, &operands).expect("a sound expression");
    let out = bound.eval(blocks(), Size::new(2, 1)).expect("a block");
    assert_eq!(scalars(&out), ints(&[0, 1, 1, 1, 0, 1]));
    for wrong in [Expr::stack([x.gt(1), y.clone()]), Expr::stack([y, x.gt(1)])] {
        let error = Bound::new(&wrong, &operands).expect_err("a mask among numbers");
        let kind = ErrorKind::Expression(Expression::Kind {
            operator: "",
            expected: "",
        });
        assert_eq!(
            std::mem::discriminant(error.kind()),
            std::mem::discriminant(&kind)
        );
    }
}

/// What a selection leaves out is no input any more.
#[test]
fn bands_of_a_stack_need_their_parts_alone() {
    let inputs: Vec<Expr> = (0..3).map(Expr::input).collect();
    let operands = [
        operand(2, U8, None),
        operand(3, U8, None),
        operand(1, U8, None),
    ];
    let stack = Expr::stack(inputs.clone());
    let scaled = Expr::stack([
        inputs[0].scaled([(2.0, 0.0), (3.0, 1.0)]),
        inputs[1].scaled([(1.0, 0.0), (10.0, 0.0), (100.0, 5.0)]),
    ]);
    type Needed = Vec<(usize, Vec<usize>)>;
    let cases: Vec<(Expr, Needed, Vec<Scalar>)> = vec![
        (stack.bands([0]), vec![(0, vec![0])], ints(&[10])),
        (stack.bands([5]), vec![(2, vec![0])], ints(&[30])),
        (
            stack.bands([4, 1, 0]),
            vec![(0, vec![0, 1]), (1, vec![2])],
            ints(&[22, 11, 10]),
        ),
        (
            stack.bands([3, 4]).bands([1]),
            vec![(1, vec![2])],
            ints(&[22]),
        ),
        (
            (&stack + 1).bands([2, 2]),
            vec![(1, vec![0])],
            ints(&[21, 21]),
        ),
        (
            scaled.bands([1, 4]),
            vec![(0, vec![1]), (1, vec![2])],
            floats(&[34.0, 2205.0]),
        ),
        (
            inputs[1].reduce_bands(Reduction::Max).bands([0, 0]),
            vec![(1, vec![0, 1, 2])],
            ints(&[22, 22]),
        ),
        (
            Expr::reduce(Reduction::Sum, [stack.clone(), inputs[2].clone()]).bands([3]),
            vec![(1, vec![1]), (2, vec![0])],
            ints(&[51]),
        ),
    ];
    for (expr, needed, want) in cases {
        let bound = Bound::new(&expr, &operands).expect("a sound expression");
        let found: Needed = bound
            .inputs()
            .iter()
            .map(|i| (i.input, i.bands.clone()))
            .collect();
        assert_eq!(found, needed, "{expr:?}");
        let mut blocks = vec![None, None, None];
        for (input, bands) in needed {
            let values: Vec<i128> = bands
                .iter()
                .map(|&b| 10 * (input + 1) as i128 + b as i128)
                .collect();
            blocks[input] = Some(block(bands.len(), U8, &ints(&values)));
        }
        let out = bound.eval(blocks, Size::new(1, 1)).expect("a block");
        assert_eq!(scalars(&out), want, "{expr:?}");
    }
}

#[test]
fn types_of_reductions() {
    let of = |reduction, inputs: &[(DataType, Sampled)]| {
        let all: Vec<Expr> = (0..inputs.len()).map(Expr::input).collect();
        facts(&Expr::reduce(reduction, all), inputs)
    };
    let zero = Some(Scalar::Int(0));
    let nan = Some(Scalar::Float(f64::NAN));
    for (reduction, inputs, want) in [
        (Reduction::Min, vec![(U16, zero), (U16, zero)], (U16, zero)),
        (Reduction::First, vec![(U8, None), (I8, zero)], (I16, zero)),
        (Reduction::Median, vec![(U16, zero)], (F32, nan)),
        (
            Reduction::Median,
            vec![(U16, None), (U32, None)],
            (F64, None),
        ),
        (Reduction::Sum, vec![(U16, None)], (U64, None)),
        (
            Reduction::Sum,
            vec![(I8, zero)],
            (I64, Some(Scalar::Int(i64::MIN.into()))),
        ),
        (Reduction::Sum, vec![(F32, None)], (F64, None)),
        (Reduction::Count, vec![(F32, nan)], (U16, None)),
    ] {
        assert_eq!(of(reduction, &inputs), want, "{reduction:?} {inputs:?}");
    }
    let operands = [operand(65_536, U8, None)];
    let count = Expr::input(0).reduce_bands(Reduction::Count);
    let bound = Bound::new(&count, &operands).expect("a sound expression");
    assert_eq!((bound.data_type(), bound.bands()), (U32, 1));
}

/// 60 members of 5,003 pixels: more than a piece, a number that no lane divides.
#[test]
fn many_members_against_a_loop() {
    const PIXELS: usize = 5003;
    let value = |member: usize, pixel: usize| (member * 7919 + pixel * 104_729) % 1009;
    let members: Vec<Vec<Scalar>> = (0..60)
        .map(|member| {
            (0..PIXELS)
                .map(|pixel| Scalar::Int(value(member, pixel) as i128 % 500))
                .collect()
        })
        .collect();
    let inputs: Vec<_> = members
        .iter()
        .map(|m| (U16, Some(Scalar::Int(0)), &m[..]))
        .collect();
    let all: Vec<Expr> = (0..60).map(Expr::input).collect();
    let (_, out) = eval(&Expr::reduce(Reduction::Median, all.clone()), &inputs);
    let medians: &[f32] = out.as_slice().expect("float32");
    let (_, out) = eval(&Expr::reduce(Reduction::First, all), &inputs);
    let firsts: &[u16] = out.as_slice().expect("uint16");
    for pixel in 0..PIXELS {
        let column = members.iter().map(|member| int(member[pixel]));
        let valid: Vec<i128> = column.filter(|&value| value != 0).collect();
        let mut sorted = valid.clone();
        sorted.sort_unstable();
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        assert_eq!(
            f64::from(medians[pixel]),
            (low + high) as f64 / 2.0,
            "{pixel}"
        );
        assert_eq!(i128::from(firsts[pixel]), valid[0], "{pixel}");
    }
}

/// One band stands for many, as everywhere; NaN is skipped with and without a nodata value.
#[test]
fn members_broadcast_and_nan_is_skipped() {
    let expr = Expr::reduce(Reduction::Max, [Expr::input(0), Expr::input(1)]);
    let operands = [
        operand(2, F32, None),
        operand(1, F32, Some(Scalar::Float(-1.0))),
    ];
    let bound = Bound::new(&expr, &operands).expect("a sound expression");
    let nan = f64::NAN;
    let blocks = vec![
        Some(block(2, F32, &floats(&[nan, 2.0, nan, 9.0, 1.0, nan]))),
        Some(block(1, F32, &floats(&[3.0, 4.0, -1.0]))),
    ];
    let out = bound.eval(blocks, Size::new(3, 1)).expect("a block");
    assert_eq!(scalars(&out), floats(&[3.0, 4.0, -1.0, 9.0, 4.0, -1.0]));
    let sides: [(DataType, Sampled, &[Scalar]); 1] = [(F32, None, &floats(&[nan, 1.0]))];
    for (reduction, want) in [
        (Reduction::Min, floats(&[nan, 1.0])),
        (Reduction::Mean, floats(&[nan, 1.0])),
        (Reduction::Sum, floats(&[nan, 1.0])),
        (Reduction::Count, ints(&[0, 1])),
    ] {
        let (_, out) = eval(&Expr::input(0).reduce_bands(reduction), &sides);
        assert_eq!(scalars(&out), want, "{reduction:?}");
    }
}

#[test]
fn what_is_filled_has_no_nodata_value() {
    let (x, y) = (Expr::input(0), Expr::input(1));
    let (a, b) = (ints(&[0, 5, 7]), ints(&[1, 9, 200]));
    let zero = Some(Scalar::Int(0));
    for (expr, nb, t, nodata, want) in [
        (x.fill_nodata(3), None, U8, None, ints(&[3, 5, 7])),
        (x.fill_nodata(-1), None, I16, None, ints(&[-1, 5, 7])),
        (x.fill_nodata(&y), None, U8, None, ints(&[1, 5, 7])),
        (
            x.fill_nodata(&y),
            Some(Scalar::Int(1)),
            U8,
            zero,
            ints(&[0, 5, 7]),
        ),
        (x.is_nodata().cast(U8), None, U8, None, ints(&[1, 0, 0])),
        (x.is_valid().cast(U8), None, U8, None, ints(&[0, 1, 1])),
        (y.is_valid().cast(U8), None, U8, None, ints(&[1, 1, 1])),
    ] {
        let (bound, out) = eval(&expr, &[(U8, zero, &a), (U8, nb, &b)]);
        assert_eq!((bound.data_type(), bound.nodata()), (t, nodata), "{expr:?}");
        assert_eq!(scalars(&out), want, "{expr:?}");
    }
}

/// ```text
/// python3 -c "import numpy as np
/// print(np.array([1.9,-1.9,300.7,-129,2.0**40+7]).astype('i8').astype('u1'))"
/// ```
#[test]
fn wrapping_cuts_off() {
    let values = floats(&[
        1.9,
        -1.9,
        300.7,
        -129.0,
        1099511627783.0,
        f64::NAN,
        f64::INFINITY,
    ]);
    let expr = Expr::input(0).cast_wrapping(U8);
    let (_, out) = eval(&expr, &[(F64, None, &values)]);
    assert_eq!(scalars(&out), ints(&[1, 255, 44, 127, 7, 0, 0]));
    // 9 is the nodata value: NaN becomes it, a valid 9 is moved off it.
    let values = floats(&[9.0, 265.0, f64::NAN, 1.5]);
    let (_, out) = eval(&expr, &[(F64, Some(Scalar::Float(9.0)), &values)]);
    assert_eq!(scalars(&out), ints(&[9, 10, 9, 1]));
    let (_, out) = eval(
        &(Expr::input(0) + Expr::scalar(-1).cast_wrapping(U16)),
        &[(U8, None, &ints(&[0]))],
    );
    assert_eq!(scalars(&out), ints(&[65535]));
}

#[test]
fn a_checked_cast_names_what_does_not_fit() {
    let refused = |from: DataType, nodata: Sampled, to: DataType, values: &[Scalar]| {
        let expr = Expr::input(0).cast_checked(to);
        let bound = Bound::new(&expr, &[operand(2, from, nodata)]).expect("sound");
        let size = Size::new(u32::try_from(values.len() / 4).expect("small"), 2);
        let block = block(2, from, values).into_samples();
        let block = cogwork::Block::new(2, size, block, cogwork::block::Validity::All);
        match bound.eval(vec![Some(block.expect("the shape"))], size) {
            Ok(out) => Ok(scalars(&out)),
            Err(error) => match error.kind() {
                ErrorKind::Expression(Expression::Cast {
                    value,
                    dtype,
                    band,
                    row,
                    column,
                }) => Err((value.clone(), *dtype, *band, *row, *column)),
                other => panic!("{other}"),
            },
        }
    };
    let at = |value: &str, dtype, place: (usize, u64, u64)| {
        Err((value.to_owned(), dtype, place.0, place.1, place.2))
    };
    let fits = ints(&[0, 1, 2, 3, 4, 5, 6, 255]);
    assert_eq!(refused(U16, None, U8, &fits), Ok(fits.clone()));
    let mut more = fits.clone();
    more[6] = Scalar::Int(256);
    // The seventh of 2 bands of 2 rows of 2 columns.
    assert_eq!(refused(U16, None, U8, &more), at("256", "uint8", (2, 1, 0)));
    assert_eq!(
        refused(U16, Some(Scalar::Int(256)), U8, &more).map_err(|e| e.0),
        Err("0".to_owned()),
        "0 is the nodata value of the result"
    );
    let quarter = |value| floats(&[1.4, value, -0.4, 255.4]);
    assert_eq!(
        refused(F32, None, U8, &quarter(2.5)).expect("all fit"),
        ints(&[1, 3, 0, 255])
    );
    for (value, text) in [(255.5, "255.5"), (f64::NAN, "nan"), (-0.5, "-0.5")] {
        assert_eq!(
            refused(F64, None, U8, &quarter(value)),
            at(text, "uint8", (1, 1, 0))
        );
    }
    assert_eq!(
        refused(F64, None, F32, &quarter(1e300)),
        at("1e300", "float32", (1, 1, 0))
    );
    assert!(refused(F64, None, F32, &quarter(f64::INFINITY)).is_ok());
    assert!(refused(F64, Some(Scalar::Float(1e300)), F32, &quarter(1e300)).is_ok());
}

/// An error must not depend on how a raster is cut: a condition spares no checked cast.
#[test]
fn checked_casts_know_no_conditions() {
    let expr = Expr::input(0)
        .cast_checked(U8)
        .mask(&Expr::input(1).eq(1), Some(Scalar::Int(0)));
    let operands = [operand(1, U16, None), operand(1, U8, None)];
    let bound = Bound::new(&expr, &operands).expect("a sound expression");
    let blocks = vec![
        Some(block(1, U16, &ints(&[300, 300]))),
        Some(block(1, U8, &ints(&[1, 1]))),
    ];
    assert!(bound.eval(blocks, Size::new(2, 1)).is_err());
}

#[test]
fn shifts_and_bits_of_scalars() {
    let x = Expr::input(0);
    let values = ints(&[1, 255, 128]);
    for (expr, t, want) in [
        (&x & 0xF0, U8, ints(&[0, 240, 128])),
        (&x & 0x1F0, U16, ints(&[0, 240, 128])),
        (&x | -1, I16, ints(&[-1, -1, -1])),
        (&x << 1, U8, ints(&[2, 254, 0])),
        (&x << 8, U8, ints(&[0, 0, 0])),
        (&x >> 7, U8, ints(&[0, 1, 1])),
        (Expr::scalar(1) << &x.minimum(9), U8, ints(&[2, 0, 0])),
        (
            Expr::scalar(1) << 40 | &x,
            I64,
            ints(&[1 << 40 | 1, 1 << 40 | 255, 1 << 40 | 128]),
        ),
        (&x ^ &x, U8, ints(&[0, 0, 0])),
    ] {
        let expected = if t == I64 { U64 } else { t };
        let (bound, out) = eval(&expr, &[(U8, None, &values)]);
        assert_eq!(
            (bound.data_type(), scalars(&out)),
            (expected, want),
            "{expr:?}"
        );
    }
    for wrong in [
        &x & 1.5,
        &x & &Expr::input(1),
        Expr::input(1).bit_not(),
        &x & &x.gt(1),
    ] {
        let error = Bound::new(&wrong, &[operand(1, U8, None), operand(1, F32, None)]);
        assert!(error.expect_err("no bits").to_string().contains("needs"));
    }
    let error = Bound::new(
        &(&x & &Expr::input(1)),
        &[operand(1, U64, None), operand(1, I8, None)],
    );
    assert!(error.is_err(), "no integer type holds both");
}

/// Steps that change nothing are left out: the input passes as it is.
#[test]
fn what_changes_nothing_is_no_step() {
    let x = Expr::input(0);
    let untouched = |expr: &Expr, t: DataType, nodata: Sampled| {
        let bound = Bound::new(expr, &[operand(1, t, nodata)]).expect("a sound expression");
        bound.untouched().is_some()
    };
    let nan = Some(Scalar::Float(f64::NAN));
    for (expr, t, nodata, want) in [
        (&x * 1, F32, None, true),
        (&x / 1.0, F64, nan, true),
        (&x - 0, F32, nan, true),
        // -0.0 + 0 is 0.0.
        (&x + 0, F32, None, false),
        // The nodata value of a product is NaN.
        (&x * 1, F32, Some(Scalar::Int(0)), false),
        // A product of integers is wider.
        (&x * 1, U8, None, false),
        (x.floor(), I32, Some(Scalar::Int(0)), true),
        (x.abs(), U16, Some(Scalar::Int(0)), true),
        (x.cast(U8), U8, None, true),
        (Expr::stack([x.clone()]), U8, None, true),
    ] {
        assert_eq!(untouched(&expr, t, nodata), want, "{expr:?} of {t}");
    }
}
