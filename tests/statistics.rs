//! Summaries of rasters and of their zones against numpy and exact fractions; the same numbers for
//! any tiles and threads.
//!
//! `testdata/statistics` holds the pixels and what `make.py` there found.

mod common;

use cogwork::block::Validity;
use cogwork::error::{Expression, Usage};
use cogwork::exec::Serial;
use cogwork::grid::Size;
use cogwork::sample::{DataType, Samples, Scalar};
use cogwork::source::memory::MemorySource;
use cogwork::write::{CogOptions, Compression, Raster, write_block_to};
use cogwork::{BandSummary, Bins, Block, Cog, Context, ErrorKind, Lazy, SummaryOptions};
use common::raster::{executor, limits, threads};
use serde_json::Value;

const PERCENTILES: [f64; 7] = [0.0, 2.0, 25.0, 50.0, 90.5, 98.0, 100.0];

#[test]
fn every_type_equals_numpy() {
    let arrays = std::fs::read(folder().join("cases.bin")).expect("arrays");
    let cases = cases();
    let types = cases["types"].as_array().expect("cases");
    assert_eq!(types.len(), 10);
    for case in types {
        let options = options(&case["bins"]);
        for rule in ["all", "nodata", "mask"] {
            let expected = case[rule].as_array().expect("summaries");
            let cog = written(case, &arrays, rule);
            let found = cog.base().lazy().summarize(&options).expect("a summary");
            let what = format!("{} {rule}", common::text(case, "type"));
            for (found, expected) in found.iter().zip(expected) {
                compare(found, expected, &what);
            }
            let statistics = cog.base().statistics().expect("statistics");
            let same = found.iter().map(BandSummary::statistics);
            assert_eq!(statistics, same.collect::<Vec<_>>(), "{what}");
        }
    }
}

/// Chunks are whole tiles of the first input, at least 512 pixels wide: here four, six and one.
#[test]
fn chunks_and_threads_do_not_matter() {
    let options = options(&cases()["scene"]["spread"]);
    let mut seen = None;
    for (blocksize, context) in [
        (256, Context::default()),
        (528, executor(Serial)),
        (400, threads(3)),
        (1024, Context::default()),
    ] {
        let tiled = |name: &str| {
            let block = scene(name).base().read().expect("pixels");
            open(&block, blocksize).base().lazy()
        };
        let (red, near_infrared) = (tiled("B04"), tiled("B08"));
        let index = (&near_infrared - &red) / (&near_infrared + &red);
        let index = index.with_context(&context);
        let classes = red.gt(900).cast(DataType::U8);
        let found = (
            index.summarize(&options).expect("a summary"),
            index.zonal(&classes, &options).expect("zones"),
        );
        assert_eq!(found.1.len(), 2);
        assert_eq!(
            seen.get_or_insert(found.clone()),
            &found,
            "tiles of {blocksize}"
        );
    }
}

#[test]
fn zones_equal_numpy() {
    let cases = &cases()["scene"];
    let level = |name: &str| scene(name).overview(0).expect("an overview").lazy();
    let classes = scene("SCL").base().lazy();
    let visual = level("visual");
    let bytes = options(&cases["bins"]);
    let zones = visual.zonal(&classes, &bytes).expect("zones");
    let keys = |of: &Value| of.as_object().expect("zones").len();
    assert_eq!(zones.len(), keys(&cases["zones"]));
    for (class, zone) in &zones {
        let expected = cases["zones"][class.to_string()]
            .as_array()
            .expect("a zone");
        assert_eq!(zone.len(), expected.len());
        for (found, expected) in zone.iter().zip(expected) {
            compare(found, expected, &format!("visual, class {class}"));
        }
    }
    let whole = visual.summarize(&bytes).expect("a summary");
    for (found, expected) in whole.iter().zip(cases["visual"].as_array().expect("bands")) {
        compare(found, expected, "visual");
    }
    let (red, near_infrared) = (level("B04"), level("B08"));
    let index = (&near_infrared - &red) / (&near_infrared + &red);
    let zones = index
        .zonal(&classes, &options(&cases["spread"]))
        .expect("zones");
    assert_eq!(zones.len(), keys(&cases["index"]));
    for (class, zone) in &zones {
        let what = format!("vegetation index, class {class}");
        compare(&zone[0], &cases["index"][class.to_string()], &what);
    }
}

/// A class all of whose pixels are invalid is known; pixels without a class are nobody's.
#[test]
fn zones_of_invalid_pixels() {
    let cog = |samples, nodata: i16| {
        let validity = Validity::Nodata(nodata.into());
        let block = Block::new(1, Size::new(3, 2), samples, validity).expect("a block");
        open(&block, 16)
    };
    let values = cog(Samples::I16(vec![5, 9, 9, 7, 1, 2]), 9);
    let classes = cog(Samples::I16(vec![-3, 40, 40, -3, 0, 0]), 0);
    let options = SummaryOptions::default();
    let zones = values.base().lazy().zonal(&classes.base().lazy(), &options);
    let zones = zones.expect("zones");
    assert_eq!(zones.keys().copied().collect::<Vec<_>>(), [-3, 40]);
    assert_eq!((zones[&-3][0].valid, zones[&-3][0].mean), (2, Some(6.0)));
    assert_eq!((zones[&40][0].pixels, zones[&40][0].valid), (2, 0));
    assert_eq!((zones[&40][0].minimum, zones[&40][0].mean), (None, None));
}

/// Bands of a stack have masks of their own, which neither hide nor show each other's pixels.
#[test]
fn stacks_of_masked_files() {
    let file = |samples, mask| {
        let validity = Validity::Mask(mask);
        open(
            &Block::new(1, Size::new(2, 1), samples, validity).expect("a block"),
            16,
        )
    };
    let first = file(Samples::U8(vec![10, 42]), vec![1, 0]);
    let second = file(Samples::U8(vec![43, 20]), vec![0, 1]);
    let stack = Lazy::stack([&first.base().lazy(), &second.base().lazy()]).expect("a stack");
    let options = SummaryOptions::default();
    let whole = stack.summarize(&options).expect("summaries");
    let classes = Block::new(1, Size::new(2, 1), Samples::U8(vec![7, 7]), Validity::All);
    let classes = open(&classes.expect("a block"), 16).base().lazy();
    let zones = stack.zonal(&classes, &options).expect("zones");
    for bands in [&whole, &zones[&7]] {
        let found = bands.iter().map(|band| (band.valid, band.sum));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [(1, Some(10.0)), (1, Some(20.0))]
        );
    }
}

#[test]
fn refusals() {
    let image = scene("B04").base().lazy();
    let summarize = |options: &SummaryOptions| image.summarize(options).expect_err("wrong");
    for (count, low, high) in [
        (0, 0.0, 1.0),
        (Bins::MOST + 1, 0.0, 1.0),
        (5, 1.0, 1.0),
        (5, f64::NAN, 1.0),
        (5, f64::MIN, f64::MAX),
    ] {
        let error = summarize(&SummaryOptions {
            histogram: Some(Bins { count, low, high }),
            ..SummaryOptions::default()
        });
        assert!(matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))));
    }
    for percent in [-0.1, 100.1, f64::NAN] {
        let error = summarize(&SummaryOptions {
            percentiles: vec![50.0, percent],
            ..SummaryOptions::default()
        });
        assert!(matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))));
    }
    let zonal = |classes: &Lazy| {
        let zones = image.zonal(classes, &SummaryOptions::default());
        zones.expect_err("no classes")
    };
    let kind = |error: &cogwork::Error| {
        matches!(error.kind(), ErrorKind::Expression(Expression::Kind { .. }))
    };
    assert!(kind(&zonal(&scene("visual").base().lazy())), "three bands");
    assert!(kind(&zonal(&image.cast(DataType::F32))), "floats");
    assert!(kind(&zonal(&image.cast(DataType::U64))), "uint64");
    let grids = zonal(&scene("SCL").base().lazy());
    assert!(matches!(
        grids.kind(),
        ErrorKind::Expression(Expression::Grids { .. })
    ));
}

/// What is counted is bounded: 64-bit noise has more leading bits than a small limit allows for.
#[test]
fn counts_are_bounded() {
    let mut bits = 1u64;
    let mut next = || {
        bits = bits
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        f64::from_bits(bits & !(1 << 62))
    };
    let samples = Samples::F64((0..256 * 256).map(|_| next()).collect());
    let block = Block::new(1, Size::new(256, 256), samples, Validity::All).expect("a block");
    let lazy = open(&block, 256).base().lazy();
    let lazy = lazy.with_context(&limits(|limits| limits.job_bytes = 8 << 20));
    let mut options = SummaryOptions::default();
    assert!(lazy.summarize(&options).is_ok());
    options.percentiles = vec![50.0];
    let error = lazy.summarize(&options).expect_err("too much");
    assert!(matches!(
        error.kind(),
        ErrorKind::Limit {
            what: "job_bytes",
            ..
        }
    ));
}

fn compare(found: &BandSummary, expected: &Value, what: &str) {
    let number = |key: &str| parsed(&expected[key]);
    let numbers = |key: &str| -> Vec<f64> {
        let numbers = expected[key].as_array().expect("numbers");
        numbers.iter().map(parsed).collect()
    };
    assert_eq!(found.pixels, common::number(expected, "pixels"), "{what}");
    assert_eq!(found.valid, common::number(expected, "valid"), "{what}");
    for (key, found, steps) in [
        ("minimum", found.minimum, 0.0),
        ("maximum", found.maximum, 0.0),
        ("sum", found.sum, 0.0),
        ("mean", found.mean, 1.0),
        ("deviation", found.standard_deviation, 2.0),
    ] {
        let (found, expected) = (found.expect(key), number(key));
        let step = expected.abs().next_up() - expected.abs();
        let near = (found - expected).abs() <= steps * step;
        assert!(near, "{what}: {key} {found:e}, expected {expected:e}");
    }
    let histogram = found.histogram.as_ref().expect("a histogram");
    let counts: Vec<f64> = histogram.counts.iter().map(|&count| count as f64).collect();
    assert_eq!(counts, numbers("counts"), "{what}");
    let (percents, values): (Vec<f64>, Vec<f64>) = found.percentiles.iter().copied().unzip();
    assert_eq!(percents, PERCENTILES, "{what}");
    assert_eq!(values, numbers("percentiles"), "{what}");
    for (found, expected) in values.iter().zip(numbers("true")) {
        // Between samples of two signs the bound is that of the larger one; none is near here.
        let near = (found - expected).abs() <= expected.abs() / 2048.0;
        assert!(near, "{what}: {found:e}, truly {expected:e}");
    }
}

fn options(bins: &Value) -> SummaryOptions {
    let number = |key: &str| parsed(&bins[key]);
    SummaryOptions {
        histogram: Some(Bins {
            count: usize::try_from(common::number(bins, "count")).expect("a number"),
            low: number("low"),
            high: number("high"),
        }),
        percentiles: PERCENTILES.to_vec(),
    }
}

/// A number, exactly: whole ones stand in JSON as they are, others as text.
fn parsed(number: &Value) -> f64 {
    let text = number.as_str().map(str::parse::<f64>);
    let text = text.transpose().expect("a number");
    text.unwrap_or_else(|| number.as_f64().expect("a number"))
}

/// The two bands of a case as a file.
fn written(case: &Value, arrays: &[u8], rule: &str) -> Cog {
    let axis =
        |at: usize| u32::try_from(case["size"][at].as_u64().expect("a size")).expect("a size");
    let size = Size::new(axis(0), axis(1));
    let pixels = usize::try_from(size.area()).expect("a size");
    let start = usize::try_from(common::number(case, "start")).expect("a place");
    let (samples, bytes) = samples(&arrays[start..], common::text(case, "type"), 2 * pixels);
    let nodata = Scalar::parse(common::text(case, "invalid")).expect("a number");
    let validity = match rule {
        "nodata" => Validity::Nodata(nodata),
        "mask" => Validity::Mask(arrays[start + bytes..][..pixels].to_vec()),
        _ => Validity::All,
    };
    let block = Block::new(2, size, samples, validity).expect("a block");
    open(&block, 16)
}

/// So many samples from their bytes, and how many bytes these are.
fn samples(bytes: &[u8], data_type: &str, count: usize) -> (Samples, usize) {
    macro_rules! samples {
        ($variant:ident, $type:ty) => {{
            let length = count * size_of::<$type>();
            let samples = bytes[..length].chunks_exact(size_of::<$type>());
            let sample =
                |bytes: &[u8]| <$type>::from_le_bytes(bytes.try_into().expect("whole samples"));
            (Samples::$variant(samples.map(sample).collect()), length)
        }};
    }
    match data_type {
        "uint8" => samples!(U8, u8),
        "int8" => samples!(I8, i8),
        "uint16" => samples!(U16, u16),
        "int16" => samples!(I16, i16),
        "uint32" => samples!(U32, u32),
        "int32" => samples!(I32, i32),
        "uint64" => samples!(U64, u64),
        "int64" => samples!(I64, i64),
        "float32" => samples!(F32, f32),
        "float64" => samples!(F64, f64),
        other => panic!("type {other}"),
    }
}

fn open(block: &Block, blocksize: u32) -> Cog {
    let options = CogOptions::default()
        .blocksize(blocksize)
        .compression(Compression::None);
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, block, Raster::of_block(block), &options).expect("a file");
    Cog::from_source(MemorySource::new(bytes), &Context::default()).expect("it can be read")
}

fn scene(name: &str) -> Cog {
    let folder = common::repository().join("testdata/scene");
    Cog::open(folder.join(name).with_extension("tif")).expect(name)
}

fn cases() -> Value {
    common::json(folder().join("cases.json"))
}

fn folder() -> std::path::PathBuf {
    common::repository().join("testdata/statistics")
}
