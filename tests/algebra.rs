//! The algebra against a naive interpreter that works on one sample at a time, in i128 and f64.

use cogwork::block::{Block, Validity};
use cogwork::error::{ErrorKind, Expression, Usage};
use cogwork::expr::{Bound, Constancy, Expr, Kind, Operand, Role};
use cogwork::grid::Size;
use cogwork::sample::{DataType, Real, Sample, Samples, Scalar};

use DataType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

/// The types of real numbers; `tests/complex.rs` has the others.
const REALS: [DataType; 10] = [U8, I8, U16, I16, U32, I32, U64, I64, F32, F64];

/// Runs `$body` with the Rust type of a data type.
macro_rules! typed {
    ($data_type:expr, $T:ident => $body:expr) => {
        typed!(@ $data_type, $T, $body; U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32,
            U64 u64, I64 i64, F32 f32, F64 f64)
    };
    (@ $data_type:expr, $T:ident, $body:expr; $($variant:ident $type:ty),*) => {
        match $data_type {
            $(DataType::$variant => {
                #[allow(dead_code)]
                type $T = $type;
                $body
            })*
            other => panic!("unknown type {other}"),
        }
    };
}

/// A sample: its value, or nothing where it is invalid.
type Sampled = Option<Scalar>;

fn samples(data_type: DataType, values: &[Scalar]) -> Samples {
    typed!(data_type, T => {
        let typed = values.iter().map(|&value| T::from_scalar(value).expect("a value of the type"));
        T::into_samples(typed.collect())
    })
}

fn scalars(block: &Block) -> Vec<Scalar> {
    typed!(block.data_type(), T => {
        let values: &[T] = block.as_slice().expect("the type of the block");
        values.iter().map(|value| value.to_scalar()).collect()
    })
}

fn block(bands: usize, data_type: DataType, values: &[Scalar]) -> Block {
    let width = u32::try_from(values.len() / bands).expect("a small block");
    Block::new(
        bands,
        Size::new(width, 1),
        samples(data_type, values),
        Validity::All,
    )
    .expect("a block")
}

fn operand(bands: usize, data_type: DataType, nodata: Sampled) -> Operand {
    Operand {
        bands,
        data_type,
        nodata,
    }
}

/// Evaluates over blocks of one band each.
fn eval(expr: &Expr, inputs: &[(DataType, Sampled, &[Scalar])]) -> (Bound, Block) {
    let operands: Vec<Operand> = inputs.iter().map(|i| operand(1, i.0, i.1)).collect();
    let bound = Bound::new(expr, &operands).expect("a sound expression");
    let used = |index| bound.inputs().iter().any(|found| found.input == index);
    let give = |(index, i): (usize, &(DataType, Sampled, &[Scalar]))| {
        used(index).then(|| block(1, i.0, i.2))
    };
    let blocks = inputs.iter().enumerate().map(give).collect();
    let width = u32::try_from(inputs[0].2.len()).expect("a small block");
    let out = bound.eval(blocks, Size::new(width, 1)).expect("a block");
    assert_eq!(out.data_type(), bound.data_type());
    assert_eq!(out.nodata(), bound.nodata());
    (bound, out)
}

fn range(data_type: DataType) -> (i128, i128) {
    let bits = u32::try_from(data_type.bytes() * 8).expect("few bits");
    match data_type.is_signed() {
        true => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        false => (0, (1i128 << bits) - 1),
    }
}

/// Values at which mistakes show.
fn edges(data_type: DataType) -> Vec<Scalar> {
    let floats = [
        0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.49999997,
        127.5,
        255.4,
        300.0,
        -129.0,
        65535.5,
        16777216.0,
        16777218.0,
        4294967296.0,
        1e10,
        -1e10,
        1.8446744073709552e19,
        9.223_372_036_854_776e18,
        1e30,
        -1e30,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    match data_type {
        F32 => floats
            .iter()
            .map(|&f| Scalar::Float(f64::from(f as f32)))
            .collect(),
        F64 => {
            let more = [0.1, 0.49999999999999994, 9007199254740993.0, 1e300, -1e300];
            floats
                .iter()
                .chain(&more)
                .map(|&f| Scalar::Float(f))
                .collect()
        }
        _ => {
            let (low, high) = range(data_type);
            let near = [
                low,
                low + 1,
                low / 2,
                -2,
                -1,
                0,
                1,
                2,
                3,
                100,
                high / 2,
                high - 1,
                high,
            ];
            let more = [127, 128, 255, 256, 32768, 65535, 16777217, 9007199254740993];
            let all = near
                .iter()
                .chain(&more)
                .filter(|int| (low..=high).contains(*int));
            all.map(|&int| Scalar::Int(int)).collect()
        }
    }
}

/// Every pair of edge values, as two lists.
fn pairs(a: DataType, b: DataType) -> (Vec<Scalar>, Vec<Scalar>) {
    let (a, b) = (edges(a), edges(b));
    a.iter()
        .flat_map(|&a| b.iter().map(move |&b| (a, b)))
        .unzip()
}

/// Nodata values to try: none, an edge, and NaN.
fn nodatas(data_type: DataType) -> Vec<Sampled> {
    let edges = edges(data_type);
    vec![None, Some(edges[1]), edges.last().copied()]
}

fn sampled(value: Scalar, nodata: Sampled) -> Sampled {
    (Some(value) != nodata).then_some(value)
}

fn float(scalar: Scalar) -> f64 {
    match scalar {
        Scalar::Int(int) => int as f64,
        Scalar::Float(float) => float,
    }
}

fn int(scalar: Scalar) -> i128 {
    match scalar {
        Scalar::Int(int) => int,
        Scalar::Float(_) => panic!("not an integer"),
    }
}

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

fn default_nodata(data_type: DataType) -> Scalar {
    match data_type {
        F32 | F64 => Scalar::Float(f64::NAN),
        U64 => Scalar::Int(u64::MAX.into()),
        _ => Scalar::Int(range(data_type).0),
    }
}

/// What is stored for an exact integer result.
fn stored(exact: i128, data_type: DataType, nodata: Sampled) -> Scalar {
    let (low, high) = range(data_type);
    let value = exact.clamp(low, high);
    match nodata {
        Some(nodata) if nodata == Scalar::Int(value) && value == high => Scalar::Int(value - 1),
        Some(nodata) if nodata == Scalar::Int(value) => Scalar::Int(value + 1),
        _ => Scalar::Int(value),
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
fn naive_compare(a: Scalar, b: Scalar) -> Option<std::cmp::Ordering> {
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
