//! Reads at other sizes and places: digests that rasterio made (`testdata/make.py requests`).

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Unsupported, Usage};
use cogwork::grid::{Size, Window};
use cogwork::read::request::{PixelWindow, ReadRequest};
use cogwork::sample::DataType::{F32, U8};
use cogwork::write::Compression;
use cogwork::{Cog, Context, Level, Resampling};
use serde_json::Value;

use crate::common::{self, raster};

#[test]
fn resampled_reads_equal_gdals() {
    let facts = common::json(common::repository().join("testdata/requests/expected.json"));
    let cases = facts["reads"].as_array().expect("cases");
    assert!(cases.len() > 300, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let [column, row, width, height] = numbers(&case["window"]);
        let mut request = ReadRequest::new()
            .window(PixelWindow::new(column, row, width, height))
            .size(size(case))
            .resampling(common::text(case, "resampling").parse().expect("a method"));
        if case["boundless"] == true {
            request = request.boundless();
        }
        let reading = base(case).read_request(&request).expect("a sound file");
        let block = reading.block();
        let samples = common::sha256(&block.samples().to_le_bytes());
        let valid = common::sha256(&block.valid_pixels());
        let same_valid = case.get("valid").is_none_or(|digest| *digest == valid);
        if samples != common::text(case, "samples") || !same_valid {
            wrong.push(case.to_string());
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn bounds_are_windows_on_the_ground() {
    let facts = common::json(common::repository().join("testdata/requests/expected.json"));
    for case in facts["bounds"].as_array().expect("cases") {
        let [left, bottom, right, top] = numbers(&case["bounds"]);
        let request = ReadRequest::new()
            .bounds(left, bottom, right, top)
            .size(size(case));
        let placement = base(case)
            .read_request(&request)
            .expect("inside")
            .placement();
        let PixelWindow {
            column,
            row,
            width,
            height,
        } = placement.window;
        let expected = numbers(&case["window"]);
        for (found, expected) in [column, row, width, height].iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-6,
                "{case}: {:?}",
                placement.window
            );
        }
        let transform = placement.transform.map(|affine| affine.to_array());
        assert!(
            common::same_transform(transform, &case["transform"]),
            "{case}: {transform:?}"
        );
    }
}

#[test]
fn slices_of_the_caller() {
    let block = raster::block(U8, 3, (40, 30));
    let base = written(&block);
    for request in [
        ReadRequest::new().bands(&[3, 1]),
        ReadRequest::new().window(Window::new(3, 5, 20, 9)),
        ReadRequest::new()
            .size(Size::new(13, 7))
            .resampling(Resampling::Cubic),
        ReadRequest::new()
            .window(PixelWindow::new(-4.0, 20.0, 30.0, 30.0))
            .fill(9),
    ] {
        let reading = base.read_request(&request).expect("a sound file");
        let expected: &[u8] = reading.block().as_slice().expect("uint8");
        let mut out = vec![0u8; expected.len()];
        let (validity, placement) = base.read_into(&request, &mut out).expect("a sound file");
        assert!(out == expected, "{request:?}");
        assert_eq!(&validity, reading.block().validity());
        assert_eq!(placement, reading.placement());
        let error = base.read_into(&request, &mut out[1..]).expect_err("short");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::BufferLength { .. })),
            "{error}"
        );
    }
    let error = base.read_into(&ReadRequest::new(), &mut [0f32; 3600]);
    assert!(error.expect_err("another type").is_usage());
}

/// Outside is fill and invalid, wherever the rest of the window lies.
#[test]
fn pixels_outside() {
    let block = raster::block(U8, 1, (40, 30));
    let base = written(&block);
    let request = |column, row| {
        ReadRequest::new()
            .window(PixelWindow::new(column, row, 4.0, 3.0))
            .fill(7)
    };
    let far = base
        .read_request(&request(100.0, -50.0))
        .expect("boundless");
    assert_eq!(far.block().as_slice::<u8>(), Some(&[7; 12][..]));
    assert_eq!(far.block().valid_pixels(), [0; 12]);
    let corner = base.read_request(&request(38.0, 28.0)).expect("boundless");
    let part = raster::crop(&block, Window::new(38, 28, 2, 2));
    let inside: &[u8] = part.as_slice().expect("uint8");
    let placed = |part: &[u8], fill: u8| {
        let mut pixels = [fill; 12];
        for (place, pixel) in [0, 1, 4, 5].into_iter().zip(part) {
            pixels[place] = *pixel;
        }
        pixels
    };
    let expected = placed(inside, 7);
    assert_eq!(corner.block().as_slice::<u8>(), Some(&expected[..]));
    let expected = placed(&part.valid_pixels(), 0);
    assert_eq!(corner.block().valid_pixels(), expected);
    let all = base.read_request(&ReadRequest::new().boundless());
    let nodata = Validity::Nodata(0.into());
    assert_eq!(all.expect("boundless").block().validity(), &nodata);
}

#[test]
fn requests_that_make_no_sense() {
    let base = written(&raster::block(F32, 1, (40, 30)));
    let window = |column, row, width, height| {
        ReadRequest::new().window(PixelWindow::new(column, row, width, height))
    };
    for request in [
        window(0.5, 0.0, 40.0, 30.0),
        window(-0.5, 0.0, 10.0, 10.0),
        window(f64::NAN, 0.0, 10.0, 10.0),
        window(0.0, 0.0, f64::INFINITY, 10.0).boundless(),
        window(0.0, 0.0, 0.0, 10.0).boundless(),
        window(1e300, 0.0, 1.0, 1.0).boundless(),
        ReadRequest::new().size(Size::new(0, 4)),
        ReadRequest::new().bounds(0.0, 0.0, 1.0, 1.0),
    ] {
        let error = base.read_request(&request).expect_err("no sense");
        assert!(error.is_usage(), "{request:?}: {error}");
    }
    let palette = Cog::open(common::repository().join("testdata/facts/palette.tif"));
    let palette = palette.expect("a sound file").base();
    let small = ReadRequest::new().size(Size::new(3, 3));
    let error = palette.read_request(&small.resampling(Resampling::Average));
    let error = error.expect_err("indices are no numbers");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Unsupported(Unsupported::Feature(_))
        ),
        "{error}"
    );
}

/// What is larger than allowed is an error before anything is read; a large source is none.
#[test]
fn memory_is_bounded() {
    let context = raster::limits(|limits| limits.block_bytes = 1 << 18);
    let block = raster::block(U8, 1, (1200, 900));
    let bytes = raster::written(
        &block,
        &raster::options(Compression::Deflate, 64).overviews(cogwork::write::Overviews::None),
    );
    let base = raster::open(bytes, &context).base();
    let large = base.read_request(&ReadRequest::new().size(Size::new(600, 600)));
    assert!(matches!(
        large.expect_err("a limit").kind(),
        ErrorKind::Limit {
            what: "block_bytes",
            ..
        }
    ));
    let small = ReadRequest::new().size(Size::new(12, 9));
    let reading = base.read_request(&small).expect("the nearest pixels");
    assert_eq!(reading.block().shape(), (1, 9, 12));
}

#[test]
fn levels_by_resolution() {
    let path = common::repository().join("testdata/scene/visual.tif");
    let cog = Cog::open(path).expect("a sound file");
    let (x, y) = cog.base().resolution();
    for (times, expected) in [
        (0.5, 0),
        (1.0, 0),
        (1.9, 0),
        (2.0, 1),
        (3.9, 1),
        (1e9, cog.overview_count()),
    ] {
        assert_eq!(
            cog.level_for((x * times, y * times)).index(),
            expected,
            "{times}"
        );
    }
}

fn written(block: &cogwork::Block) -> Level {
    let bytes = raster::written(block, &raster::options(Compression::Lzw, 16));
    raster::open(bytes, &Context::default()).base()
}

fn base(case: &Value) -> Level {
    let path = common::repository()
        .join("testdata")
        .join(common::text(case, "file"));
    Cog::open(path).expect("a sound file").base()
}

fn size(case: &Value) -> Size {
    let axis = |index: usize| {
        case["size"][index]
            .as_u64()
            .and_then(|n| u32::try_from(n).ok())
    };
    Size::new(axis(0).expect("columns"), axis(1).expect("rows"))
}

fn numbers(value: &Value) -> [f64; 4] {
    let numbers = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64);
    let numbers: Vec<f64> = numbers.collect();
    numbers.try_into().expect("four numbers")
}
