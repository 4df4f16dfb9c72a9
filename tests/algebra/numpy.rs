//! Every operator and every pair of data types against numpy's answers: `testdata/algebra`, which
//! `testdata/makers/algebra.py` makes. Validity is coded by nodata values and by masks.

use std::collections::BTreeMap;
use std::io::Read;

use cogwork::expr::{Bound, Expr, Masked, Reduction, split};
use cogwork::grid::Size;
use cogwork::sample::{DataType, Sample, Samples, Scalar};

use crate::common;
use crate::support::*;

/// Samples of a type.
type Typed = (DataType, Vec<Scalar>);

/// One line of `cases.txt` with its bytes.
struct Case {
    name: String,
    operands: Vec<Typed>,
    data_type: DataType,
    expected: Vec<Scalar>,
    valid: Vec<bool>,
}

fn named(short: &str) -> DataType {
    let name = |t: &DataType| {
        let letter = match t.name().as_bytes()[0] {
            b'u' => 'u',
            b'i' => 'i',
            _ => 'f',
        };
        format!("{letter}{}", t.bytes())
    };
    REALS
        .into_iter()
        .find(|t| name(t) == short)
        .expect("a type of numpy")
}

fn cases() -> Vec<Case> {
    let folder = common::repository().join("testdata/algebra");
    let packed = std::fs::read(folder.join("cases.bin.zlib")).expect("the numbers");
    let mut bytes = Vec::new();
    let mut stream = flate2::read::ZlibDecoder::new(&packed[..]);
    stream.read_to_end(&mut bytes).expect("a zlib stream");
    let mut rest = &bytes[..];
    let mut take = |data_type: DataType, count: usize| {
        let (head, tail) = rest.split_at(count * data_type.bytes());
        rest = tail;
        typed!(data_type, T => {
            let values = head.chunks_exact(T::BYTES).map(T::from_le_slice);
            scalars_of(&T::into_samples(values.collect()))
        })
    };
    let text = std::fs::read_to_string(folder.join("cases.txt")).expect("the cases");
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, operands, result, count] = words[..] else {
            panic!("{line}")
        };
        let count: usize = count.parse().expect("a number");
        let operand = |short| (named(short), take(named(short), count));
        let operands = operands.split(',').map(operand).collect();
        let data_type = named(result);
        Case {
            name: name.to_owned(),
            operands,
            data_type,
            expected: take(data_type, count),
            valid: take(DataType::U8, count)
                .into_iter()
                .map(|valid| valid == Scalar::Int(1))
                .collect(),
        }
    };
    let cases = text.lines().map(line).collect();
    assert!(rest.is_empty(), "all bytes have a case");
    cases
}

fn reduction(name: &str) -> Option<Reduction> {
    Some(match name.strip_prefix("reduce_")? {
        "min" => Reduction::Min,
        "max" => Reduction::Max,
        "mean" => Reduction::Mean,
        "median" => Reduction::Median,
        "sum" => Reduction::Sum,
        "count" => Reduction::Count,
        "std" => Reduction::Std,
        "first" => Reduction::First,
        other => panic!("{other}"),
    })
}

fn build(name: &str, to: DataType, a: &Expr, b: &Expr) -> Expr {
    match name {
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "pow" => a.pow(b),
        "rem" => a % b,
        "floor_div" => a.floor_div(b),
        "minimum" => a.minimum(b),
        "maximum" => a.maximum(b),
        "atan2" => a.atan2(b),
        "bit_and" => a & b,
        "bit_or" => a | b,
        "bit_xor" => a ^ b,
        "shl" => a << b,
        "shr" => a >> b,
        "eq" => a.eq(b),
        "ne" => a.ne(b),
        "lt" => a.lt(b),
        "le" => a.le(b),
        "gt" => a.gt(b),
        "ge" => a.ge(b),
        "neg" => -a,
        "bit_not" => a.bit_not(),
        "abs" => a.abs(),
        "sign" => a.sign(),
        "floor" => a.floor(),
        "ceil" => a.ceil(),
        "trunc" => a.trunc(),
        "round" => a.round(),
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
        "cast" => a.cast(to),
        "cast_wrapping" => a.cast_wrapping(to),
        other => panic!("{other}"),
    }
}

/// How many units in the last place a float may be from numpy's, which are not the same on every
/// machine either: its own bound is 4. All that IEEE 754 rounds exactly is exact.
fn allowed(name: &str) -> u64 {
    match name {
        "pow" | "atan2" | "exp" | "ln" | "log2" | "log10" | "sin" | "cos" | "tan" | "asin"
        | "acos" | "atan" | "reduce_mean" | "reduce_std" => 4,
        _ => 0,
    }
}

/// Units in the last place between two numbers of a type; the same NaN is none.
fn apart(data_type: DataType, a: Scalar, b: Scalar) -> u64 {
    if a == b {
        return 0;
    }
    let order = |bits: i64, sign: i64| if bits < 0 { sign - bits } else { bits };
    match (data_type, a, b) {
        (_, Scalar::Float(a), Scalar::Float(b)) if a.is_nan() || b.is_nan() => u64::MAX,
        (DataType::F32, Scalar::Float(a), Scalar::Float(b)) => {
            let place = |x: f64| order((x as f32).to_bits().cast_signed().into(), i32::MIN.into());
            place(a).abs_diff(place(b))
        }
        (DataType::F64, Scalar::Float(a), Scalar::Float(b)) => {
            let place = |x: f64| order(x.to_bits().cast_signed(), i64::MIN);
            place(a).abs_diff(place(b))
        }
        _ => u64::MAX,
    }
}

fn is_comparison(name: &str) -> bool {
    matches!(name, "eq" | "ne" | "lt" | "le" | "gt" | "ge")
}

/// The nodata value of a result, from those of its operands.
fn result_nodata(case: &Case, nodata: &[Sampled]) -> Sampled {
    let first = nodata.iter().copied().flatten().next();
    let name = case.name.as_str();
    let whole = !case.data_type.is_float();
    let (a, t) = (case.operands[0].0, case.data_type);
    let unchanged = match name {
        "abs" => !a.is_signed(),
        "floor" | "ceil" | "trunc" | "round" => whole,
        _ => false,
    };
    match name {
        "rem" | "floor_div" if whole => Some(default_nodata(t)),
        _ if is_comparison(name) || name == "reduce_count" => None,
        "neg" if a == t && first.is_some() => Some(default_nodata(t)),
        _ if unchanged => first,
        "minimum" | "maximum" | "cast" | "cast_wrapping" | "reduce_min" | "reduce_max"
        | "reduce_first" => first.map(|value| {
            let lowest = match t.is_float() {
                true => Scalar::Float(f64::NAN),
                false => Scalar::Int(range(t).0),
            };
            t.check(value).unwrap_or(lowest)
        }),
        _ => first.map(|_| default_nodata(t)),
    }
}

/// What is stored of a valid number.
fn kept(case: &Case, value: Scalar, nodata: Sampled) -> Scalar {
    let unchanged = matches!(
        case.name.as_str(),
        "abs" | "floor" | "ceil" | "trunc" | "round"
    ) && (case.operands[0].0, case.data_type.is_float()) == (case.data_type, false)
        && (case.name != "abs" || !case.data_type.is_signed());
    match value {
        Scalar::Int(int) if !unchanged => stored(int, case.data_type, nodata),
        value => value,
    }
}

fn same(case: &Case, at: usize, found: Scalar, want: Scalar, worst: &mut Worst) {
    let ulps = apart(case.data_type, found, want);
    let types: Vec<DataType> = case.operands.iter().map(|operand| operand.0).collect();
    let values: Vec<Scalar> = case.operands.iter().map(|operand| operand.1[at]).collect();
    assert!(
        ulps <= allowed(&case.name),
        "{} of {types:?} at {values:?}: {found}, numpy has {want}",
        case.name
    );
    let known = worst.entry(case.name.clone()).or_default();
    *known = ulps.max(*known);
}

type Worst = BTreeMap<String, u64>;

/// The operands under these nodata values: the result, sample for sample.
fn coded(case: &Case, nodata: &[Sampled], worst: &mut Worst) {
    let inputs: Vec<(DataType, Sampled, &[Scalar])> = case
        .operands
        .iter()
        .zip(nodata)
        .map(|((data_type, values), &nodata)| (*data_type, nodata, &values[..]))
        .collect();
    let (a, b) = (Expr::input(0), Expr::input(inputs.len() - 1));
    let expr = build(&case.name, case.data_type, &a, &b);
    let (bound, out) = eval(&expr, &inputs);
    let code = result_nodata(case, nodata);
    let found = (bound.data_type(), bound.nodata());
    assert_eq!(found, (case.data_type, code), "{} of {inputs:?}", case.name);
    for (at, found) in scalars(&out).into_iter().enumerate() {
        let mut sides = inputs.iter();
        let valid = case.valid[at] && sides.all(|side| sampled(side.2[at], side.1).is_some());
        // A valid NaN has no integer: it becomes nodata, or 0.
        let whole = case.name == "cast" && case.data_type.is_integer();
        let lost = whole && case.operands[0].1[at].is_nan();
        let want = match valid && !lost {
            true => kept(case, case.expected[at], code),
            false => code.unwrap_or(Scalar::Int(0)),
        };
        same(case, at, found, want, worst);
    }
}

#[test]
fn operators_equal_numpy() {
    let mut worst = Worst::new();
    for case in cases()
        .iter()
        .filter(|case| reduction(&case.name).is_none())
    {
        let none = vec![None; case.operands.len()];
        coded(case, &none, &mut worst);
        for at in [1, 4] {
            let mut nodata: Vec<Sampled> = case.operands.iter().map(|o| Some(o.1[at])).collect();
            coded(case, &nodata, &mut worst);
            nodata[0] = None;
            coded(case, &nodata, &mut worst);
        }
    }
    let inexact: Vec<&String> = worst.iter().filter(|w| *w.1 > 0).map(|w| w.0).collect();
    assert!(worst.len() == 42, "{} operators: {worst:?}", worst.len());
    assert!(inexact.len() < 14, "{worst:?}");
}

/// The value and the validity of an expression over inputs that all have a mask.
fn masked(expr: &Expr, inputs: &[Typed], masks: &[Vec<Scalar>]) -> (Bound, Vec<Scalar>, Vec<bool>) {
    let count = inputs.len();
    let with_mask = |at| Masked {
        bands: 1,
        nodata: false,
        mask: Some(count + at),
    };
    let facts: Vec<Masked> = (0..count).map(with_mask).collect();
    let parts = split(expr, &facts);
    let mut all: Vec<(DataType, Sampled, &[Scalar])> = Vec::new();
    all.extend(inputs.iter().map(|(t, values)| (*t, None, &values[..])));
    all.extend(masks.iter().map(|mask| (DataType::U8, None, &mask[..])));
    let (bound, out) = eval(&parts.value, &all);
    let found = scalars(&out);
    let coded = |value: &Scalar| bound.nodata() != Some(*value);
    let mut valid: Vec<bool> = found.iter().map(coded).collect();
    if let Some(expr) = parts.valid {
        let (_, mask) = eval(&expr, &all);
        for (valid, mask) in valid.iter_mut().zip(scalars(&mask)) {
            *valid &= mask == Scalar::Int(1);
        }
    }
    (bound, found, valid)
}

#[test]
fn masks_of_files_go_with_the_numbers() {
    let mut worst = Worst::new();
    for case in cases()
        .iter()
        .filter(|case| reduction(&case.name).is_none())
    {
        let flag = |at: usize, side: usize| Scalar::Int((!(at + side).is_multiple_of(3)).into());
        let side = |side| (0..case.expected.len()).map(|at| flag(at, side)).collect();
        let masks: Vec<Vec<Scalar>> = (0..case.operands.len()).map(side).collect();
        let (a, b) = (Expr::input(0), Expr::input(case.operands.len() - 1));
        let expr = build(&case.name, case.data_type, &a, &b);
        let (bound, found, valid) = masked(&expr, &case.operands, &masks);
        assert_eq!(bound.data_type(), case.data_type);
        for (at, (found, valid)) in found.into_iter().zip(valid).enumerate() {
            let covered = masks.iter().any(|mask| mask[at] == Scalar::Int(0));
            if is_comparison(&case.name) {
                let want = if covered {
                    Scalar::Int(0)
                } else {
                    case.expected[at]
                };
                assert_eq!((found, valid), (want, true), "{}", case.name);
                continue;
            }
            assert_eq!(valid, case.valid[at] && !covered, "{} {at}", case.name);
            if valid {
                let want = kept(case, case.expected[at], bound.nodata());
                same(case, at, found, want, &mut worst);
            }
        }
    }
    assert_eq!(worst.len(), 36);
}

/// The members of a reduction, and where each is hidden.
fn members(case: &Case) -> (&[Typed], Vec<Vec<bool>>) {
    let (members, flags) = case.operands.split_at(case.operands.len() / 2);
    let hidden = |flag: &Scalar| *flag == Scalar::Int(1);
    let flags = flags
        .iter()
        .map(|flags| flags.1.iter().map(hidden).collect());
    (members, flags.collect())
}

#[test]
fn reductions_equal_numpy() {
    let (mut worst, mut ran) = (Worst::new(), 0);
    for case in &cases() {
        let Some(reduction) = reduction(&case.name) else {
            continue;
        };
        let (members, hidden) = members(case);
        let nodata = |t: DataType| match t.is_float() {
            true => Scalar::Float(-9999.0),
            false => Scalar::Int(55),
        };
        let coded: Vec<Typed> = members
            .iter()
            .zip(&hidden)
            .map(|((t, values), hidden)| {
                let pairs = values.iter().zip(hidden);
                let code = |(&value, &hidden)| if hidden { nodata(*t) } else { value };
                (*t, pairs.map(code).collect())
            })
            .collect();
        let inputs: Vec<(DataType, Sampled, &[Scalar])> = coded
            .iter()
            .map(|(t, values)| (*t, Some(nodata(*t)), &values[..]))
            .collect();
        let all: Vec<Expr> = (0..inputs.len()).map(Expr::input).collect();
        let codes: Vec<Sampled> = inputs.iter().map(|input| input.1).collect();
        let code = result_nodata(case, &codes);
        // No type of a stack holds uint64 and signed integers.
        let has = |signed| {
            move |m: &Typed| match signed {
                true => m.0.is_signed() && m.0.is_integer(),
                false => m.0 == DataType::U64,
            }
        };
        let stacks = !(members.iter().any(has(true)) && members.iter().any(has(false)));
        let both = || {
            let stacked = Expr::stack(all.clone()).reduce_bands(reduction);
            let plain = Expr::reduce(reduction, all.clone());
            [Some(plain), stacks.then_some(stacked)]
                .into_iter()
                .flatten()
        };
        for expr in both() {
            let (bound, out) = eval(&expr, &inputs);
            let found = (bound.data_type(), bound.nodata());
            assert_eq!(found, (case.data_type, code), "{} {inputs:?}", case.name);
            for (at, found) in scalars(&out).into_iter().enumerate() {
                let want = match case.valid[at] {
                    true => kept(case, case.expected[at], code),
                    false => code.expect("members with nodata"),
                };
                same(case, at, found, want, &mut worst);
            }
        }
        let flags = |hidden: &Vec<bool>| {
            let flags = hidden.iter().map(|&hidden| Scalar::Int((!hidden).into()));
            flags.collect()
        };
        let masks: Vec<Vec<Scalar>> = hidden.iter().map(flags).collect();
        for expr in both() {
            let (bound, found, valid) = masked(&expr, members, &masks);
            assert_eq!((bound.data_type(), bound.nodata()), (case.data_type, None));
            assert_eq!(valid, case.valid, "{}", case.name);
            for (at, found) in found.into_iter().enumerate().filter(|(at, _)| valid[*at]) {
                same(case, at, found, case.expected[at], &mut worst);
            }
        }
        ran += 1;
    }
    assert_eq!((ran, worst.len()), (800, 8));
}

/// However a raster is cut, and however long the pieces are that kernels work on.
#[test]
fn results_do_not_depend_on_chunks() {
    const TIMES: usize = 300;
    for case in &cases() {
        if !case
            .operands
            .iter()
            .all(|o| o.0 == case.operands[0].0 || o.0 == DataType::U8)
        {
            continue;
        }
        let members = match reduction(&case.name) {
            Some(_) => case.operands.len() / 2,
            None => case.operands.len(),
        };
        let exprs: Vec<Expr> = (0..members).map(Expr::input).collect();
        let expr = match reduction(&case.name) {
            Some(reduction) => Expr::reduce(reduction, exprs),
            None => build(&case.name, case.data_type, &exprs[0], &exprs[members - 1]),
        };
        let operands: Vec<_> = case.operands[..members]
            .iter()
            .map(|(t, values)| operand(1, *t, Some(values[1])))
            .collect();
        let bound = Bound::new(&expr, &operands).expect("a sound expression");
        let run = |cut: std::ops::Range<usize>, times: usize| -> Samples {
            let blocks = case.operands[..members]
                .iter()
                .map(|(t, values)| Some(block(1, *t, &values[cut.clone()].repeat(times))));
            let width = u32::try_from(cut.len() * times).expect("a small block");
            let out = bound.eval(blocks.collect(), Size::new(width, 1));
            out.expect("a block").into_samples()
        };
        let count = case.expected.len();
        let whole = run(0..count, 1).to_le_bytes();
        let parts = [run(0..5, 1).to_le_bytes(), run(5..count, 1).to_le_bytes()].concat();
        assert_eq!(whole, parts, "{}", case.name);
        let long = run(0..count, TIMES).to_le_bytes();
        assert_eq!(long, whole.repeat(TIMES), "{}", case.name);
    }
}
