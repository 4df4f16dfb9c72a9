//! Chunks of any shape: the results are the same, and the chunks what was asked for.

use cogwork::grid::{Size, Window};
use cogwork::sample::DataType::U8;
use cogwork::write::{Compression, Interleave};
use cogwork::{Chunks, Context, ErrorKind, Lazy};

use crate::common::raster;

const SIZE: (u32, u32) = (67, 53);

fn shapes() -> Vec<Chunks> {
    let mut shapes = vec![
        Chunks::Auto,
        Chunks::Tiles,
        Chunks::DASK,
        Chunks::AutoBytes(1),
        Chunks::AutoBytes(1500),
    ];
    for shape in [
        (1, 1, 1),
        (1, 7, 13),
        (2, 16, 16),
        (3, 17, 31),
        (1, 53, 67),
        (9, 1000, 4000),
        (2, 1, 67),
        (2, 53, 1),
    ] {
        shapes.push(shape.into());
    }
    shapes
}

fn file(interleave: Interleave, context: &Context) -> Lazy {
    let options = raster::options(Compression::Deflate, 16).interleave(interleave);
    let bytes = raster::written(&raster::block(U8, 3, SIZE), &options);
    raster::open(bytes, context).base().lazy()
}

#[test]
fn no_shape_changes_a_result() {
    let block = raster::block(U8, 3, SIZE);
    for interleave in [Interleave::Pixel, Interleave::Band] {
        let context = raster::threads(2);
        let image = file(interleave, &context);
        let classes = file(interleave, &context).bands([2]).expect("band 2");
        let masked = image.mask(&classes.is_in([0, 41, 43])).expect("one grid");
        let options = raster::options(Compression::Lzw, 32);
        let written = |lazy: &Lazy| {
            let mut bytes = Vec::new();
            lazy.write_cog_to(&mut bytes, &options).expect("written");
            bytes
        };
        let (expected, file) = (masked.compute().expect("sound"), written(&masked));
        for chunks in shapes() {
            let copy = image.clone().chunks(chunks).compute().expect("sound");
            assert_eq!(copy, block, "{chunks:?}");
            let chunked = masked.clone().chunks(chunks);
            assert_eq!(chunked.compute().expect("sound"), expected, "{chunks:?}");
            if chunks != (1, 1, 1).into() {
                assert!(written(&chunked) == file, "{chunks:?}");
            }
        }
    }
}

/// Groups of bands one after the other, each from top to bottom and left to right.
#[test]
fn chunks_are_what_was_asked_for() {
    let block = raster::block(U8, 3, SIZE);
    let context = Context::default();
    let image = file(Interleave::Pixel, &context).chunks((2, 20, 30));
    let mut expected = Vec::new();
    for bands in [0..2, 2..3] {
        for (row, height) in [(0, 20), (20, 20), (40, 13)] {
            for (column, width) in [(0, 30), (30, 30), (60, 7)] {
                expected.push((bands.clone(), Window::new(column, row, width, height)));
            }
        }
    }
    let mut found = Vec::new();
    let plan = image.plan_compute().expect("sound");
    let report = plan.for_each(|bands, window, chunk| {
        let cut = raster::crop(&block, window).samples().to_le_bytes();
        let pixels = window.size().area() as usize;
        let cut = &cut[bands.start * pixels..bands.end * pixels];
        assert_eq!(chunk.samples().to_le_bytes(), cut, "{bands:?} {window}");
        found.push((bands, window));
        Ok(())
    });
    assert_eq!(found, expected);
    let counts = report.expect("sound").counts;
    assert_eq!(counts.chunks_evaluated, 18);
    assert_eq!(context.counters.chunks_evaluated(), 18);
}

/// Of a COG chunks are whole tiles of the output: 20 x 20 pixels become 32 x 32.
#[test]
fn chunks_of_a_file_are_whole_tiles() {
    for (chunks, count) in [
        ((1, 20, 20).into(), 3 * 2),
        ((3, 1, 1).into(), 5 * 4),
        ((3, 16, 1000).into(), 4),
        (Chunks::Tiles, 5 * 4),
        (Chunks::Auto, 1),
    ] {
        let context = Context::default();
        let image = file(Interleave::Pixel, &context).chunks(chunks);
        let plan = image.plan(&raster::options(Compression::Lzw, 16));
        let report = plan.expect("sound").run_to(&mut Vec::new());
        let counts = report.expect("written").counts;
        assert_eq!(counts.chunks_evaluated, count, "{chunks:?}");
        assert_eq!(counts.tiles_passed, 0);
    }
}

/// Memory is the hard limit: chunks are halved down to tiles, and then it is an error.
#[test]
fn the_limit_on_memory_holds() {
    let block = raster::block(U8, 3, (512, 512));
    let bytes = raster::written(&block, &raster::options(Compression::None, 64));
    let counts = [1 << 30, 1 << 20, 1 << 19, 1000].map(|job_bytes| {
        let mut context = raster::limits(|limits| limits.job_bytes = job_bytes);
        context.executor = std::sync::Arc::new(cogwork::exec::Serial);
        let image = raster::open(bytes.clone(), &context).base().lazy();
        let computed = image.chunks((3, 512, 512)).compute();
        let peak = context.counters.peak_buffer_bytes();
        assert!(peak <= job_bytes, "{peak} of {job_bytes}");
        match computed {
            Ok(computed) => assert_eq!(computed, block),
            Err(error) => {
                let limit = matches!(
                    error.kind(),
                    ErrorKind::Limit {
                        what: "job_bytes",
                        ..
                    }
                );
                assert!(limit, "{error}");
            }
        }
        context.counters.chunks_evaluated()
    });
    assert_eq!((counts[0], counts[3]), (1, 0));
    assert!(1 < counts[1] && counts[1] < counts[2], "{counts:?}");
}

#[test]
fn what_chunks_are_refused() {
    let image = file(Interleave::Pixel, &Context::default());
    for chunks in [
        (0, 1, 1).into(),
        (1, 0, 1).into(),
        (1, 1, 0).into(),
        Chunks::AutoBytes(0),
    ] {
        let error = image.clone().chunks(chunks).compute().expect_err("nothing");
        assert!(error.is_usage(), "{error}");
    }
}

#[test]
fn block_shapes_are_those_of_the_file() {
    let image = file(Interleave::Pixel, &Context::default());
    assert_eq!(image.block_shapes().expect("sound"), [(16, 16); 3]);
    let folder = crate::common::repository().join("testdata/formats");
    // rasterio's block_shapes of this file of strips.
    let level = cogwork::Cog::open(folder.join("int16-zstd-p1-3c-16x32-big-big-gdal.tif"));
    let level = level.expect("a sound file").base();
    let tile = level.tile_size();
    assert_eq!(tile, Size::new(16, 32));
    assert_eq!(level.block_shapes(), [(32, 16); 3]);
}
