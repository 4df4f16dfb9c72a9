//! `testdata/complex`: complex samples as GDAL reads them and reduces them, and numpy's arithmetic
//! (`expected.json`, made by `testdata/make.py`).

mod common;

use std::borrow::Cow;

use cogwork::block::{Block, Validity};
use cogwork::error::{ErrorKind, Expression, Unsupported, Usage};
use cogwork::expr::{self, Bound, Expr, Operand};
use cogwork::grid::Size;
use cogwork::resampling::{Resampler, Resampling, SourceRows};
use cogwork::sample::{Complex, DataType, Real, Samples, Scalar};
use cogwork::source::memory::MemorySource;
use cogwork::write::{CogOptions, Compression, Overviews, PredictorChoice};
use cogwork::{Cog, Context};
use serde_json::Value;

use DataType::{CF32, CF64, CI16, CI32, F32, F64, I16, I32, U8, U16};

fn expected() -> Value {
    common::json(common::repository().join("testdata/complex/expected.json"))
}

fn open(name: &str) -> Cog {
    Cog::open(common::repository().join("testdata/complex").join(name)).expect(name)
}

/// Complex integers as rasterio hands them on, for numpy has none.
fn as_rasterio(samples: &Samples) -> Cow<'_, Samples> {
    let wide = |re: f64, im: f64| Complex::new(re as f32, im as f32);
    let whole = |values: Vec<Complex<f32>>| Cow::Owned(Samples::CF32(values));
    match samples {
        Samples::CI16(values) => whole(
            values
                .iter()
                .map(|z| wide(z.re.into(), z.im.into()))
                .collect(),
        ),
        Samples::CI32(values) => whole(
            values
                .iter()
                .map(|z| wide(z.re.into(), z.im.into()))
                .collect(),
        ),
        _ => Cow::Borrowed(samples),
    }
}

/// The digest of samples whose NaNs all have the bits of numpy's.
fn plain_sha256(samples: &Samples) -> String {
    let mut samples = as_rasterio(samples).into_owned();
    fn plain<F: Real>(part: &mut F, nan: F) {
        if part.is_nan() {
            *part = nan;
        }
    }
    match &mut samples {
        Samples::CF32(values) => values.iter_mut().for_each(|z| {
            plain(&mut z.re, f32::NAN);
            plain(&mut z.im, f32::NAN);
        }),
        Samples::CF64(values) => values.iter_mut().for_each(|z| {
            plain(&mut z.re, f64::NAN);
            plain(&mut z.im, f64::NAN);
        }),
        other => panic!("{} is not complex", other.data_type()),
    }
    common::sha256(&samples.to_le_bytes())
}

#[test]
fn every_file_reads_as_gdal_reads_it() {
    let expected = expected();
    let files = expected["files"].as_object().expect("files by name");
    assert!(files.len() > 30, "only {} files", files.len());
    for (name, entry) in files {
        let level = open(name).base();
        let kind = name.trim_start_matches("levels-").split(['-', '.']).next();
        assert_eq!(Some(level.data_type().name()), kind, "{name}");
        let nodata = level.nodata().map(Scalar::to_f64);
        let wanted = entry["nodata"]
            .as_str()
            .map(|text| text.parse().expect("a number"));
        assert_eq!(nodata, wanted, "{name}");
        let block = level.read().expect(name);
        let samples = as_rasterio(block.samples());
        assert_eq!(
            samples.data_type().name(),
            common::text(entry, "dtype"),
            "{name}"
        );
        let found = common::sha256(&samples.to_le_bytes());
        assert_eq!(found, common::text(entry, "sha256"), "{name}");
        let valid = common::sha256(&block.valid_pixels());
        assert_eq!(valid, common::text(entry, "valid_sha256"), "{name}");
    }
}

#[test]
fn overviews_are_those_of_gdals_cog_driver() {
    let expected = expected();
    let cases = expected["reductions"].as_array().expect("cases");
    assert_eq!(cases.len(), 32);
    for case in cases {
        let (name, method) = (common::text(case, "file"), common::text(case, "method"));
        let options = CogOptions::default()
            .blocksize(128)
            .overviews(Overviews::Count(3))
            .resampling(method.parse().expect("a method"));
        let mut bytes = Vec::new();
        let source = open(name).base();
        source
            .lazy()
            .write_cog_to(&mut bytes, &options)
            .expect(name);
        let cog = Cog::from_source(MemorySource::new(bytes), &Context::default()).expect(name);
        assert_eq!(cog.base().data_type(), source.data_type());
        assert_eq!(cog.base().nodata(), source.nodata());
        let levels = case["levels"].as_array().expect("levels");
        assert_eq!(cog.overview_count() + 1, levels.len());
        for (level, wanted) in cog.levels().zip(levels) {
            let block = level.read().expect(name);
            let found = plain_sha256(block.samples());
            assert_eq!(
                Some(found.as_str()),
                wanted.as_str(),
                "{name} {method} {}",
                level.index()
            );
        }
    }
}

#[test]
fn every_make_reads_back() {
    for name in [
        "levels-complex_int16.tif",
        "levels-complex64.tif",
        "levels-complex128.tif",
    ] {
        let source = open(name).base();
        let samples = source.read().expect(name).into_samples();
        let makes = Compression::ALL.iter().map(|(_, compression)| *compression);
        for compression in makes.filter(|make| make.is_general()) {
            for predictor in [PredictorChoice::None, PredictorChoice::Horizontal] {
                let options = CogOptions::default()
                    .compression(compression)
                    .predictor(predictor)
                    .blocksize(64);
                let mut bytes = Vec::new();
                let written = source.lazy().write_cog_to(&mut bytes, &options);
                let without = [Compression::None, Compression::Lzma].contains(&compression);
                let refused = source.data_type() == CF64 || without;
                if predictor == PredictorChoice::Horizontal && refused {
                    let error = written.expect_err("a predictor that GDAL refuses or ignores");
                    assert!(matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))));
                    continue;
                }
                written.expect(name);
                let memory = MemorySource::new(bytes);
                let cog = Cog::from_source(memory, &Context::default()).expect(name);
                let found = cog.base().read().expect(name).into_samples();
                assert_eq!(
                    found.to_le_bytes(),
                    samples.to_le_bytes(),
                    "{name} {compression}"
                );
            }
        }
    }
}

#[test]
fn methods_without_a_meaning_are_refused() {
    for method in Resampling::ALL {
        let step = Resampler::new(method, Size::new(2, 2), Size::new(1, 1)).expect("a step");
        let source = SourceRows {
            first_row: 0,
            samples: &[Complex::new(1.0f32, 2.0); 4],
            nodata: None,
            mask: None,
        };
        let mut out = [Complex::default()];
        let reduced = step.reduce(&source, 0..1, &mut out);
        let name = method.name();
        let options = CogOptions::default().resampling(method).blocksize(64);
        let written = open("levels-complex64.tif").base().lazy();
        let written = written.write_cog_to(&mut Vec::new(), &options);
        if matches!(name, "nearest" | "average" | "rms" | "mode") {
            reduced.expect(name);
            written.expect(name);
            assert_eq!(out, [Complex::new(1.0, 2.0)], "{name}");
            continue;
        }
        let refusal = Unsupported::Resampling {
            method: name,
            dtype: "complex64",
        };
        for error in [reduced.expect_err(name), written.expect_err(name)] {
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported(found) if *found == refusal),
                "{error}"
            );
        }
    }
}

fn operand(data_type: DataType, nodata: Option<Scalar>) -> Operand {
    Operand {
        bands: 1,
        data_type,
        nodata,
    }
}

fn eval(expr: &Expr, inputs: Vec<(Samples, Option<Scalar>)>) -> (Bound, Samples) {
    let operands: Vec<_> = inputs
        .iter()
        .map(|(samples, nodata)| operand(samples.data_type(), *nodata))
        .collect();
    let bound = Bound::new(expr, &operands).expect("a sound expression");
    let size = Size::new(u32::try_from(inputs[0].0.len()).expect("few samples"), 1);
    let block = |(samples, _)| Some(Block::new(1, size, samples, Validity::All).expect("a block"));
    let block = bound
        .eval(inputs.into_iter().map(block).collect(), size)
        .expect("a block");
    (bound, block.into_samples())
}

/// The refusal when bound.
fn refused(expr: &Expr, data_types: &[DataType]) -> ErrorKind {
    let operands: Vec<_> = data_types
        .iter()
        .map(|&t| operand(t, Some(0.into())))
        .collect();
    let error = Bound::new(expr, &operands).expect_err("an expression without a meaning");
    assert!(error.is_usage());
    match error.kind() {
        ErrorKind::Expression(found) => ErrorKind::Expression(found.clone()),
        other => panic!("{other}"),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("numbers")
        .iter()
        .map(|n| n.as_f64().expect("a number"))
        .collect()
}

fn complexes(value: &Value) -> Vec<Complex<f64>> {
    let parts = numbers(&value[0]).into_iter().zip(numbers(&value[1]));
    parts.map(|(re, im)| Complex::new(re, im)).collect()
}

fn close(found: f64, wanted: f64, precision: f64) -> bool {
    (found - wanted).abs() <= precision * wanted.abs()
}

#[test]
fn measures_and_arithmetic_are_numpys() {
    let expected = expected();
    let table = &expected["numbers"];
    let (a, b) = (Expr::input(0), Expr::input(1));
    let inputs = || {
        ["a", "b"]
            .map(|name| (Samples::CF64(complexes(&table[name])), None))
            .to_vec()
    };
    for (name, expr) in [
        ("abs", a.abs()),
        ("phase", a.phase()),
        ("intensity", a.intensity()),
    ] {
        let (_, found) = eval(&expr, inputs());
        let Samples::F64(found) = found else {
            panic!("{name} is {}", found.data_type())
        };
        for (found, wanted) in found.iter().zip(numbers(&table[name])) {
            assert!(
                close(*found, wanted, 4e-16),
                "{name}: {found}, numpy has {wanted}"
            );
        }
    }
    for (name, expr) in [
        ("add", &a + &b),
        ("sub", &a - &b),
        ("mul", &a * &b),
        ("div", &a / &b),
        ("neg", -&a),
    ] {
        let (_, found) = eval(&expr, inputs());
        let Samples::CF64(found) = found else {
            panic!("{name} is {}", found.data_type())
        };
        for (found, wanted) in found.iter().zip(complexes(&table[name])) {
            let same = close(found.re, wanted.re, 1e-14) && close(found.im, wanted.im, 1e-14);
            assert!(same, "{name}: {found:?}, numpy has {wanted:?}");
        }
    }
}

/// numpy's `result_type`, with complex_int16 as complex64 and complex_int32 as complex128.
#[test]
fn types_are_numpys() {
    let (a, b) = (Expr::input(0), Expr::input(1));
    for (left, right, wanted) in [
        (CF32, CF32, CF32),
        (CF32, F32, CF32),
        (U8, CF32, CF32),
        (CF32, I16, CF32),
        (CF32, U16, CF32),
        (CF32, I32, CF64),
        (CF32, F64, CF64),
        (CF32, CF64, CF64),
        (CI16, CI16, CF32),
        (CI16, F32, CF32),
        (CI16, CI32, CF64),
    ] {
        let operands = [operand(left, None), operand(right, None)];
        for expr in [&a + &b, &a - &b, &a * &b, &a / &b] {
            let bound = Bound::new(&expr, &operands).expect("arithmetic");
            assert_eq!(bound.data_type(), wanted, "{left} {right}");
        }
    }
    for (of, part, measure) in [
        (CI16, I16, F32),
        (CI32, I32, F64),
        (CF32, F32, F32),
        (CF64, F64, F64),
    ] {
        let type_of = |expr: Expr| {
            Bound::new(&expr, &[operand(of, None)])
                .expect("a part")
                .data_type()
        };
        assert_eq!([type_of(a.real()), type_of(a.imag())], [part, part]);
        assert_eq!(
            [a.abs(), a.phase(), a.intensity()].map(type_of),
            [measure; 3]
        );
    }
    for (left, right, wanted) in [
        (CF32, F32, CF32),
        (CI16, U8, CI16),
        (CI16, U16, CI32),
        (CI16, CF32, CF32),
        (CI32, CF32, CF64),
        (CF32, F64, CF64),
    ] {
        let select = a.eq(&b).select(&a, &b);
        let operands = [operand(left, None), operand(right, None)];
        assert_eq!(
            Bound::new(&select, &operands).expect("select").data_type(),
            wanted
        );
    }
}

/// The real part alone decides, as in GDAL's mask; valid results stay valid.
#[test]
fn nodata_is_told_by_the_real_part() {
    let of = |values: &[(i16, i16)]| {
        Samples::CI16(
            values
                .iter()
                .map(|&(re, im)| Complex::new(re, im))
                .collect(),
        )
    };
    let values = of(&[(0, 7), (1, 0), (3, -4), (2, i16::MIN)]);
    let input = || vec![(values.clone(), Some(0.into()))];
    let z = Expr::input(0);
    let (bound, found) = eval(&z.real(), input());
    assert_eq!(
        (bound.nodata(), found),
        (Some(0.into()), Samples::I16(vec![0, 1, 3, 2]))
    );
    let (bound, found) = eval(&z.imag(), input());
    assert_eq!(bound.nodata(), Some(i16::MIN.into()));
    // A valid sample that is the nodata value of the parts is moved by one.
    assert_eq!(found, Samples::I16(vec![i16::MIN, 0, -4, i16::MIN + 1]));
    let (bound, found) = eval(&z.abs(), input());
    assert_eq!(bound.nodata(), Some(f64::NAN.into()));
    let Samples::F32(found) = found else {
        panic!("the amplitude of complex_int16 is float32")
    };
    assert!(found[0].is_nan());
    assert_eq!(found[1..], [1.0, 5.0, 32768.0]);
    let (_, found) = eval(&z.ne(3), input());
    assert_eq!(found, Samples::U8(vec![0, 1, 1, 1]));
    let (_, found) = eval(&z.eq(1), input());
    assert_eq!(found, Samples::U8(vec![0, 1, 0, 0]));
    let (_, found) = eval(&z.mask(&z.eq(1), None), input());
    assert_eq!(found, of(&[(0, 7), (0, 0), (3, -4), (2, i16::MIN)]));
    let (bound, found) = eval(&z.cast(CF32), input());
    assert_eq!(bound.data_type(), CF32);
    let Samples::CF32(found) = found else {
        panic!("cast gives complex64")
    };
    assert_eq!(found[2], Complex::new(3.0, -4.0));
    assert_eq!(found[0].re, 0.0);
    // The same under a new nodata value that a valid real part collides with.
    let narrow = Samples::CF32(vec![Complex::new(1e9, 2.5), Complex::new(f32::NAN, 1.0)]);
    let (bound, found) = eval(&z.cast(CI16), vec![(narrow, Some(i16::MAX.into()))]);
    assert_eq!(bound.nodata(), Some(i16::MAX.into()));
    assert_eq!(found, of(&[(i16::MAX - 1, 3), (i16::MAX, 0)]));
}

#[test]
fn what_has_no_meaning_is_refused_before_anything_is_read() {
    let (z, x) = (Expr::input(0), Expr::input(1));
    for (expr, name) in [
        (z.lt(&x), "lt"),
        (x.le(&z), "le"),
        (z.gt(1), "gt"),
        (z.ge(1.5), "ge"),
        (z.is_in([1, 2]), "is_in"),
        (z.cast(F32), "cast"),
        (z.cast_wrapping(F32), "cast_wrapping"),
        (z.pow(2), "pow"),
        (x.minimum(&z), "minimum"),
        (z.sqrt(), "sqrt"),
        (
            Expr::reduce(expr::Reduction::Max, [x.clone(), z.clone()]),
            "max",
        ),
    ] {
        let ErrorKind::Expression(Expression::Kind { operator, expected }) =
            refused(&expr, &[CF32, F32])
        else {
            panic!("{name}")
        };
        assert_eq!(operator, name);
        assert!(
            expected.contains("abs"),
            "the message names the conversions: {expected}"
        );
    }
    for expr in [x.real(), x.imag(), x.phase(), x.intensity()] {
        assert!(matches!(
            refused(&expr, &[CF32, F32]),
            ErrorKind::Expression(Expression::Kind { .. })
        ));
    }
    let lazy = open("levels-complex64.tif").base().lazy();
    assert!(lazy.lt(3).check().expect_err("no order").is_usage());
    assert_eq!(lazy.abs().data_type().expect("float32"), F32);
}
