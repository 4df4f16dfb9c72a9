//! One rule at a time.

use cogwork::block::{Block, Validity};
use cogwork::expr::{Bound, Expr};
use cogwork::grid::Size;
use cogwork::sample::{Samples, Scalar};

use cogwork::sample::DataType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

use crate::support::*;

#[test]
fn is_in_of_every_type_and_size_of_set() {
    for t in REALS {
        let values = edges(t);
        for count in 0..=values.len() {
            let listed: Vec<Scalar> = values.iter().rev().copied().take(count).collect();
            let (_, out) = eval(
                &Expr::input(0).is_in(listed.clone()),
                &[(t, Some(values[0]), &values)],
            );
            for (value, found) in values.iter().zip(scalars(&out)) {
                assert_eq!(
                    found,
                    Scalar::Int(listed.contains(value).into()),
                    "{value} in {listed:?} of {t}"
                );
            }
        }
    }
}

#[test]
fn logic() {
    let a: Vec<Scalar> = [0, 0, 1, 1].map(Scalar::Int).to_vec();
    let b: Vec<Scalar> = [0, 1, 0, 1].map(Scalar::Int).to_vec();
    let (x, y) = (Expr::input(0).eq(1), Expr::input(1).eq(1));
    let yes = Expr::scalar(1).lt(2);
    for (expr, want) in [
        (x.and(&y), [0, 0, 0, 1]),
        (x.or(&y), [0, 1, 1, 1]),
        (x.not(), [1, 1, 0, 0]),
        (x.and(&y.not()), [0, 0, 1, 0]),
        (x.and(&x), [0, 0, 1, 1]),
        (x.and(&yes), [0, 0, 1, 1]),
        (yes.not().or(&x), [0, 0, 1, 1]),
    ] {
        let (_, out) = eval(&expr, &[(U8, None, &a), (I16, None, &b)]);
        assert_eq!(scalars(&out), want.map(Scalar::Int), "{expr:?}");
    }
}

/// A valid sample that rounds to the nodata value of its own side is valid in the other side's type.
#[test]
fn what_is_chosen_is_converted_once() {
    let nodata = Scalar::Int(i64::MIN.into());
    let close = Scalar::Int(i128::from(i64::MIN) + 1);
    let first = Expr::input(0).gt(1).select(Expr::input(1), Expr::input(2));
    let second = Expr::input(0).gt(1).select(Expr::input(2), Expr::input(1));
    let mask = [Scalar::Int(0), Scalar::Int(0), Scalar::Int(2)];
    let floats = [Scalar::Float(1.5), Scalar::Float(1.5), Scalar::Float(1.5)];
    let nan = Scalar::Float(f64::NAN);
    for (expr, mask) in [
        (first, mask),
        (
            second,
            mask.map(|m| if m == mask[0] { mask[2] } else { mask[0] }),
        ),
    ] {
        let (bound, out) = eval(
            &expr,
            &[
                (U8, None, &mask),
                (F64, Some(nan), &floats),
                (I64, Some(nodata), &[close, nodata, close]),
            ],
        );
        let values: &[f64] = out.as_slice().expect("float64");
        let own = bound.nodata().expect("one side has it");
        match own {
            Scalar::Float(own) if own.is_nan() => {
                assert_eq!(values[0], -9_223_372_036_854_775_808.0);
                assert!(values[1].is_nan());
            }
            own => assert_eq!(own, nodata),
        }
        assert_eq!(values[2], 1.5);
    }
}

/// ```text
/// python3 -c "import numpy as np
/// nir = np.array([0,1,3000,65535,65535,12345,1,0,4095,40000], 'u2').astype('f4')
/// red = np.array([0,0,1000,65534,1,54321,3,65535,4094,30001], 'u2').astype('f4')
/// print([hex(x) for x in ((nir - red) / (nir + red)).view('u4')])"
/// ```
#[test]
fn ndvi_has_the_bits_of_numpy() {
    let nir = [0, 1, 3000, 65535, 65535, 12345, 1, 0, 4095, 40000].map(Scalar::Int);
    let red = [0, 0, 1000, 65534, 1, 54321, 3, 65535, 4094, 30001].map(Scalar::Int);
    let numpy: [u32; 10] = [
        0xffc00000, 0x3f800000, 0x3f000000, 0x370000c0, 0x3f7ffe00, 0xbf213080, 0xbf000000,
        0xbf800000, 0x39000c01, 0x3e1244dd,
    ];
    let (a, b) = (Expr::input(0), Expr::input(1));
    let ndvi = (&a - &b) / (&a + &b);
    let (bound, out) = eval(&ndvi, &[(U16, None, &nir), (U16, None, &red)]);
    assert_eq!((bound.data_type(), bound.nodata()), (F32, None));
    let found: &[f32] = out.as_slice().expect("float32");
    for (found, want) in found.iter().zip(numpy.map(f32::from_bits)) {
        assert!(
            found.to_bits() == want.to_bits() || (found.is_nan() && want.is_nan()),
            "{found} {want}"
        );
    }
    let (bound, out) = eval(
        &ndvi,
        &[(U16, Some(Scalar::Int(0)), &nir), (U16, None, &red)],
    );
    assert!(bound.nodata().is_some_and(Scalar::is_nan));
    let found: &[f32] = out.as_slice().expect("float32");
    assert!(found[0].is_nan() && found[7].is_nan() && found[1] == 1.0);
}

#[test]
fn scalars_are_weak() {
    let x = Expr::input(0);
    let f = |value: f64| Expr::scalar(value);
    for (expr, t, want) in [
        (&x + 1, U8, I16),
        (&x + 300, U8, I32),
        (&x * 2, U16, I32),
        (&x * 70000, U16, I64),
        (&x * 0.1, U16, F32),
        (&x * 0.1, U32, F64),
        (&x * 0.1, F32, F32),
        (&x * 1e300, F32, F64),
        (&x + 100_000, F32, F32),
        (&x + 16_777_217, F32, F64),
        (&x / 3, U16, F32),
        (&x / 3, I32, F64),
        (&x + 5, U64, U64),
        (&x - 5, U64, I64),
        (&x + -5, U64, I64),
        (&x * (f(1.0) / 10000), I16, F32),
        (x.lt(3).select(0, &x), I8, I8),
        (x.lt(3).select(-1, &x), U8, I16),
        (x.lt(3).select(&x, 0.5), U8, F32),
        (x.lt(3).select(1, 300), U8, U16),
    ] {
        let bound = Bound::new(&expr, &[operand(1, t, None)]).expect("a sound expression");
        assert_eq!(bound.data_type(), want, "{expr:?} of {t}");
    }
    let values = [0, 1, 255].map(Scalar::Int);
    let (_, out) = eval(&(&x * 0.1), &[(U8, None, &values)]);
    assert_eq!(
        out.as_slice::<f32>(),
        Some(&[0.0, 1.0 * 0.1f32, 255.0 * 0.1f32][..])
    );
    let (_, out) = eval(&(Expr::scalar(10) - 3 + &x), &[(U8, None, &values)]);
    assert_eq!(out.as_slice::<i16>(), Some(&[7, 8, 262][..]));
}

#[test]
fn relabelling_changes_no_sample() {
    let values = [0, 1, 255].map(Scalar::Int);
    let x = Expr::input(0);
    for (nodata, want) in [
        (None, None),
        (Some(Scalar::Int(255)), Some(Scalar::Int(255))),
    ] {
        let (_, out) = eval(
            &x.with_nodata(nodata),
            &[(U8, Some(Scalar::Int(0)), &values)],
        );
        assert_eq!((out.nodata(), scalars(&out)), (want, values.to_vec()));
    }
    let (_, out) = eval(
        &x.with_nodata(None).eq(0),
        &[(U8, Some(Scalar::Int(0)), &values)],
    );
    assert_eq!(out.as_slice::<u8>(), Some(&[1, 0, 0][..]));
    // The old code counts as a possible value from there on.
    let sum = (&x + &x).with_nodata(None) / 1;
    let bound = Bound::new(&sum, &[operand(1, U16, Some(Scalar::Int(0)))]).expect("sound");
    assert_eq!(bound.data_type(), F64);
    let (_, out) = eval(&x.gt(0).cast(F32), &[(U8, None, &values)]);
    assert_eq!(out.as_slice::<f32>(), Some(&[0.0, 1.0, 1.0][..]));
}

#[test]
fn a_band_stands_for_many() {
    let pixels = 5000;
    let image: Vec<Scalar> = (0..3 * pixels).map(|i| Scalar::Int(i % 251)).collect();
    let class: Vec<Scalar> = (0..pixels).map(|i| Scalar::Int(i % 12)).collect();
    let (x, c) = (Expr::input(0), Expr::input(1));
    let operands = [operand(3, U8, Some(Scalar::Int(0))), operand(1, U8, None)];
    let at = |i: i128| (i % 251, i % pixels % 12);
    type Case = (Expr, fn(i128, i128) -> Option<i128>);
    let cases: [Case; 6] = [
        (x.mask(&c.is_in([8, 9]), None), |x, c| {
            (c != 8 && c != 9).then_some(x)
        }),
        (&x + &c, |x, c| Some(x + c)),
        (&c - &x, |x, c| Some(c - x)),
        (c.gt(5).select(&c, &x), |x, c| {
            Some(if c > 5 { c } else { x })
        }),
        (x.gt(100).select(&c, 7), |x, c| {
            (x != 0).then_some(if x > 100 { c } else { 7 })
        }),
        (
            c.with_nodata(Some(Scalar::Int(3)))
                .mask(&x.lt(50).and(&c.ne(4)), None),
            |x, c| (!(x < 50 && x != 0 && c != 4)).then_some(c),
        ),
    ];
    for (case, (expr, want)) in cases.into_iter().enumerate() {
        let bound = Bound::new(&expr, &operands).expect("a sound expression");
        let blocks = vec![Some(block(3, U8, &image)), Some(block(1, U8, &class))];
        let out = bound.eval(blocks, Size::new(5000, 1)).expect("a block");
        assert_eq!(out.bands(), 3);
        for (i, found) in (0i128..).zip(scalars(&out)) {
            let (x, c) = at(i);
            let invalid = bound.nodata() == Some(found);
            match want(x, c) {
                // Case 4 has no nodata of its own in its sides.
                Some(want) if case == 4 || (case != 5 && x != 0) || case == 5 && c != 3 => {
                    assert_eq!(found, Scalar::Int(want), "case {case}, sample {i}");
                }
                None if case == 4 => assert_eq!(found, Scalar::Int(7)),
                None => assert!(invalid, "case {case}, sample {i}"),
                Some(_) => {}
            }
        }
    }
}

#[test]
fn bands_are_read_only_if_needed() {
    let x = Expr::input(0);
    let operands = [operand(4, U8, None), operand(1, U8, None)];
    let values: Vec<Scalar> = (0..8).map(Scalar::Int).collect();
    let pick = |bands: &[usize]| -> Vec<Scalar> {
        bands
            .iter()
            .flat_map(|&band| [values[2 * band], values[2 * band + 1]])
            .collect()
    };
    let sum = &x + Expr::input(1);
    for (expr, needed, want) in [
        (x.bands([2]), vec![2], vec![4, 5]),
        (x.bands([3, 1]), vec![1, 3], vec![6, 7, 2, 3]),
        (x.bands([3, 1]).bands([1, 1]), vec![1], vec![2, 3, 2, 3]),
        (x.bands([0]) + x.bands([3]), vec![0, 3], vec![6, 8]),
        (sum.bands([1]), vec![1], vec![12, 13]),
        (sum.bands([0]).bands([0, 0]), vec![0], vec![10, 11, 10, 11]),
        (
            x.mask(&Expr::input(1).eq(3), Some(Scalar::Int(0)))
                .bands([2]),
            vec![2],
            vec![4, 5],
        ),
    ] {
        let bound = Bound::new(&expr, &operands).expect("a sound expression");
        assert_eq!(bound.inputs()[0].bands, needed, "{expr:?}");
        let blocks = vec![
            Some(block(needed.len(), U8, &pick(&needed))),
            Some(block(1, U8, &[Scalar::Int(10), Scalar::Int(10)])),
        ];
        let out = bound.eval(blocks, Size::new(2, 1)).expect("a block");
        assert_eq!(
            scalars(&out),
            want.into_iter().map(Scalar::Int).collect::<Vec<_>>(),
            "{expr:?}"
        );
    }
}

#[test]
fn internal_masks_become_nodata() {
    let samples = Samples::U8(vec![1, 2, 3, 4]);
    let masked = || {
        Block::new(
            2,
            Size::new(2, 1),
            samples.clone(),
            Validity::Mask(vec![0, 255]),
        )
        .expect("a block")
    };
    for (nodata, want) in [(Some(Scalar::Int(9)), [9, 2, 9, 4]), (None, [1, 2, 3, 4])] {
        let bound = Bound::new(&Expr::input(0), &[operand(2, U8, nodata)]).expect("sound");
        let out = bound
            .eval(vec![Some(masked())], Size::new(2, 1))
            .expect("a block");
        assert_eq!(
            (out.as_slice::<u8>(), out.nodata()),
            (Some(&want[..]), nodata)
        );
    }
}

#[test]
fn renumbering_keeps_shared_parts() {
    let shared = Expr::input(0) + Expr::input(1);
    let expr = (&shared * &shared).renumbered(|input| 1 - input);
    let (_, out) = eval(
        &expr,
        &[(U8, None, &[Scalar::Int(2)]), (U8, None, &[Scalar::Int(3)])],
    );
    assert_eq!(scalars(&out), [Scalar::Int(25)]);
    // Doubled 100 times: finite only because equal parts are one step.
    let mut deep = Expr::input(0).cast(F64);
    for _ in 0..100 {
        deep = &deep + &deep;
    }
    let (_, out) = eval(
        &deep.renumbered(|input| input),
        &[(U8, None, &[Scalar::Int(1)])],
    );
    assert_eq!(out.as_slice::<f64>(), Some(&[2f64.powi(100)][..]));
}
