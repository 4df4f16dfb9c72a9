//! The ends of a lazy raster agree with each other.

use cogwork::grid::{Size, Window};
use cogwork::read::request::ReadRequest;
use cogwork::sample::DataType::{F32, U8, U16};
use cogwork::write::{Compression, Overviews};
use cogwork::{Block, Context, ErrorKind, Lazy};

use crate::common::raster;
use crate::scene;

/// Rasters of several chunks, of tiles of one size in and out.
fn cases(context: &Context) -> Vec<(&'static str, Lazy)> {
    let visual = scene("visual", context);
    let classes = scene("SCL", context).base().lazy();
    let (red, near) = (
        scene("B04", context).base().lazy(),
        scene("B08", context).base().lazy(),
    );
    let image = visual.overview(0).expect("overview 0").lazy();
    let cloud = classes.is_in([8, 9]);
    let odd = raster::block(U16, 2, (1100, 37));
    let odd = raster::open(
        raster::written(&odd, &raster::options(Compression::Lzw, 16)),
        context,
    );
    let tall = raster::block(F32, 1, (37, 1100));
    let tall = raster::open(
        raster::written(&tall, &raster::options(Compression::Zstd, 48)),
        context,
    );
    vec![
        ("a base", visual.base().lazy()),
        ("masked", image.mask(&cloud).expect("one grid")),
        ("a mask", cloud),
        ("NDVI", (&near - &red) / (&near + &red)),
        (
            "two bands, reversed",
            visual.base().lazy().bands([3, 1]).expect("bands"),
        ),
        ("wide", odd.base().lazy()),
        ("tall", tall.base().lazy() * 3),
    ]
}

#[test]
fn compute_for_each_and_write_agree() {
    for (name, lazy) in cases(&Context::default()) {
        let whole = lazy.compute().expect(name);
        assert_eq!(whole.size(), lazy.size().expect(name), "{name}");
        assert_eq!(whole.data_type(), lazy.data_type().expect(name), "{name}");
        assert_eq!(whole.nodata(), lazy.nodata().expect(name), "{name}");
        let mut windows = Vec::new();
        let given = lazy.for_each(|window, block| {
            let bytes = block.samples().to_le_bytes();
            assert!(
                bytes == raster::crop(&whole, window).samples().to_le_bytes(),
                "{name} {window}"
            );
            assert_eq!(block.nodata(), whole.nodata(), "{name}");
            windows.push(window);
            Ok(())
        });
        given.expect(name);
        assert_tiling(name, whole.size(), &windows);
        for blocksize in [64, 512] {
            let options = raster::options(Compression::Zstd, blocksize).overviews(Overviews::None);
            let mut bytes = Vec::new();
            lazy.write_cog_to(&mut bytes, &options).expect(name);
            let written = raster::open(bytes, &Context::default())
                .base()
                .read()
                .expect(name);
            assert!(same(&written, &whole), "{name} in tiles of {blocksize}");
        }
    }
}

/// The windows cover every pixel once, top to bottom and left to right.
fn assert_tiling(name: &str, size: Size, windows: &[Window]) {
    let (mut column, mut row, mut height) = (0, 0, 0);
    for window in windows {
        if column == 0 {
            height = window.height;
        }
        assert_eq!((window.column, window.row), (column, row), "{name}");
        assert!(
            window.width > 0 && window.height == height,
            "{name}: {window}"
        );
        column += window.width;
        if column == size.width {
            (column, row) = (0, row + height);
        }
    }
    assert_eq!((column, row), (0, size.height), "{name}");
}

fn same(a: &Block, b: &Block) -> bool {
    a.shape() == b.shape()
        && a.data_type() == b.data_type()
        && a.nodata() == b.nodata()
        && a.samples().to_le_bytes() == b.samples().to_le_bytes()
}

/// Smaller steps change nothing but the windows.
#[test]
fn small_steps() {
    let small = raster::limits(|limits| limits.job_bytes = 2 << 20);
    let fine = cases(&Context::default());
    for ((name, expected), (_, lazy)) in fine.into_iter().zip(cases(&small)) {
        let limited = match lazy.compute() {
            Err(error) if matches!(error.kind(), ErrorKind::Limit { .. }) => lazy
                .with_context(&raster::limits(|limits| limits.job_bytes = 16 << 20))
                .compute()
                .expect(name),
            result => result.expect(name),
        };
        assert!(same(&limited, &expected.compute().expect(name)), "{name}");
    }
}

/// An error of the caller's ends the work, and comes back as it was.
#[test]
fn an_error_in_the_middle() {
    for stop in 0..3 {
        let lazy = scene("visual", &Context::default()).base().lazy();
        let mut seen = 0;
        let result = lazy.for_each(|_, _| {
            seen += 1;
            if seen > stop {
                return Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into());
            }
            Ok(())
        });
        let error = result.expect_err("the caller's own");
        let own = |error: &std::io::Error| error.kind() == std::io::ErrorKind::StorageFull;
        assert!(
            matches!(error.kind(), ErrorKind::Io(error) if own(error)),
            "{error:?}"
        );
        assert_eq!(seen, stop + 1);
    }
}

/// Where the condition is true throughout, no tile of the image is decoded; where nothing of it is
/// true, all are.
#[test]
fn tiles_are_decoded_only_where_they_are_needed() {
    let context = Context::default();
    let block = raster::block(U8, 3, (600, 600));
    let image = raster::written(&block, &raster::options(Compression::Deflate, 64));
    let classes = raster::block(U8, 1, (600, 600));
    let classes = raster::written(&classes, &raster::options(Compression::Deflate, 64));
    let classes = raster::open(classes, &Context::default()).base().lazy();
    let (image_tiles, all) = (10 * 10, 0..=255);
    for (name, condition, decoded) in [
        ("true throughout", classes.is_in(all.clone()), 0),
        ("false throughout", !&classes.is_in(all), image_tiles),
        ("here and there", classes.is_in([0]), image_tiles),
    ] {
        let image = raster::open(image.clone(), &context).base().lazy();
        let before = context.counters.tiles_decoded();
        let masked = image
            .mask(&condition)
            .expect("one grid")
            .compute()
            .expect(name);
        assert_eq!(context.counters.tiles_decoded() - before, decoded, "{name}");
        let zeros = masked
            .as_slice::<u8>()
            .expect("bytes")
            .iter()
            .all(|&sample| sample == 0);
        assert_eq!(zeros, decoded == 0, "{name}");
    }
}

/// Bands of an image of planes that nobody asks for are neither fetched nor decoded.
#[test]
fn bands_that_nobody_needs_are_not_read() {
    let folder = crate::common::repository().join("testdata/formats");
    let bytes = std::fs::read(folder.join("levels-ceil-planar.tif")).expect("the file");
    let tiles_of = |bands: &[usize]| {
        let context = Context::default();
        let cog = raster::open(bytes.clone(), &context);
        let lazy = cog
            .base()
            .lazy()
            .bands(bands.iter().copied())
            .expect("bands");
        let block = lazy.compute().expect("a sound file");
        let window = cog.base().size().window();
        let decoded = context.counters.tiles_decoded();
        let expected = {
            let request = ReadRequest::new().window(window).bands(bands);
            let reading = cog.base().read_request(&request);
            reading.expect("a sound file").into_block()
        };
        assert!(same(&block, &expected), "{bands:?}");
        decoded
    };
    let all = raster::open(bytes.clone(), &Context::default())
        .base()
        .bands();
    let every: Vec<usize> = (1..=all).collect();
    let tiles = tiles_of(&every);
    assert_eq!(tiles_of(&[1]) * all as u64, tiles);
    assert_eq!(tiles_of(&[all]) * all as u64, tiles);
}
