//! Functions of the caller's, neighbourhoods and crops: what they make, what they read, and what
//! happens where a function errs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Expression, Usage};
use cogwork::grid::{Size, Window};
use cogwork::lazy::{Boundary, Chunk, MapSpec};
use cogwork::sample::DataType::{F32, U8, U16};
use cogwork::sample::{DataType, Samples};
use cogwork::write::{CogOptions, Compression, Overviews};
use cogwork::{Block, Context, Lazy, Result};

use crate::common::raster;
use crate::scene;

/// The sum of the squares of 5 x 5 pixels around each, of uint16 samples, as far as they are there.
fn squares(chunk: &Chunk) -> Result<Block> {
    let (block, inner) = (chunk.block(), chunk.inner());
    let values: &[u16] = block.as_slice().expect("uint16");
    let (width, height) = (block.size().width, block.size().height);
    let mut sums = Vec::new();
    for row in inner.row..inner.row + inner.height {
        for column in inner.column..inner.column + inner.width {
            let rows = row.saturating_sub(2)..(row + 3).min(height);
            let columns = column.saturating_sub(2)..(column + 3).min(width);
            let pixels =
                rows.flat_map(|row| columns.clone().map(move |column| row * width + column));
            sums.push(pixels.map(|at| u32::from(values[at as usize])).sum::<u32>() as f32);
        }
    }
    Block::new(1, inner.size(), Samples::F32(sums), Validity::All)
}

/// The same sums of a whole raster, where `at` says what stands at a place in or around it.
fn expected(size: Size, at: impl Fn(i64, i64) -> u32) -> Vec<f32> {
    let mut sums = Vec::new();
    for row in 0..i64::from(size.height) {
        for column in 0..i64::from(size.width) {
            let pixels = (row - 2..row + 3)
                .flat_map(|row| (column - 2..column + 3).map(move |column| (column, row)));
            sums.push(pixels.map(|(column, row)| at(column, row)).sum::<u32>() as f32);
        }
    }
    sums
}

fn written(block: &Block, blocksize: u32, context: &Context) -> cogwork::Level {
    let options = raster::options(Compression::Deflate, blocksize);
    raster::open(raster::written(block, &options), context).base()
}

#[test]
fn a_function_sees_around_its_window() {
    let (width, height) = (540i64, 60i64);
    let block = raster::block(U16, 1, (540, 60));
    let values: Vec<u16> = block.as_slice::<u16>().expect("uint16").to_vec();
    let pixel = |column: i64, row: i64| u32::from(values[(row * width + column) as usize]);
    let level = written(&block, 64, &Context::default());
    let inside = |column: i64, row: i64| (0..width).contains(&column) && (0..height).contains(&row);
    // numpy.pad(.., mode="symmetric"), mode="edge", and a constant.
    let mirror = |at: i64, length: i64| {
        if at < 0 {
            -1 - at
        } else if at >= length {
            2 * length - 1 - at
        } else {
            at
        }
    };
    for boundary in [
        Boundary::None,
        Boundary::Reflect,
        Boundary::Nearest,
        Boundary::Constant(7.into()),
    ] {
        let at = |column: i64, row: i64| match boundary {
            _ if inside(column, row) => pixel(column, row),
            Boundary::Reflect => pixel(mirror(column, width), mirror(row, height)),
            Boundary::Nearest => pixel(column.clamp(0, width - 1), row.clamp(0, height - 1)),
            Boundary::Constant(_) => 7,
            _ => 0,
        };
        let spec = MapSpec::new()
            .data_type(F32)
            .nodata(None)
            .halo(2)
            .boundary(boundary);
        let mapped = level
            .lazy()
            .map_chunks(spec, squares)
            .expect("sound")
            .compute()
            .expect("sound");
        let expected = expected(block.size(), at);
        assert!(
            mapped.as_slice::<f32>() == Some(&expected[..]),
            "{boundary:?}"
        );
    }
}

/// A halo larger than the raster, and a raster of one pixel.
#[test]
fn a_halo_beyond_all() {
    let block =
        Block::new(1, Size::new(1, 1), Samples::U8(vec![9]), Validity::All).expect("the shape");
    let level = written(&block, 16, &Context::default());
    for (boundary, sum) in [
        (Boundary::None, 9u32),
        (Boundary::Reflect, 81 * 9),
        (Boundary::Nearest, 81 * 9),
        (Boundary::Constant(1.into()), 80 + 9),
    ] {
        let spec = MapSpec::new()
            .data_type(DataType::U32)
            .halo(4)
            .boundary(boundary);
        let lazy = level.lazy().map_chunks(spec, |chunk| {
            let sum = chunk
                .block()
                .as_slice::<u8>()
                .expect("uint8")
                .iter()
                .map(|&v| u32::from(v))
                .sum();
            Block::new(1, Size::new(1, 1), Samples::U32(vec![sum]), Validity::All)
        });
        let found = lazy.expect("sound").compute().expect("sound");
        assert_eq!(found.as_slice::<u32>(), Some(&[sum][..]), "{boundary:?}");
    }
}

/// Numbers and mask of a stage come of one call for each chunk, and each tile below is fetched and
/// decoded once, halos and crops included.
#[test]
fn everything_once() {
    let context = Context::default();
    let block = raster::block(U8, 1, (1100, 600));
    let level = written(&block, 64, &context);
    let tiles = 18 * 10;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let spec = MapSpec::new().halo(3).masked(true);
    let mapped = level.lazy().map_chunks(spec, move |chunk| {
        counted.fetch_add(1, Ordering::Relaxed);
        let part = raster::crop(chunk.block(), chunk.inner());
        let mask = part.valid_pixels();
        part.with_validity(Validity::Mask(mask))
    });
    let mapped = mapped.expect("sound");
    let mut chunks = 0;
    let before = (
        context.counters.bytes_read(),
        context.counters.tiles_decoded(),
    );
    (&mapped + &mapped)
        .for_each(|_, block| {
            chunks += 1;
            assert!(matches!(block.validity(), Validity::Mask(_)));
            Ok(())
        })
        .expect("sound");
    assert_eq!(calls.load(Ordering::Relaxed), chunks);
    assert!(chunks > 4);
    assert_eq!(context.counters.tiles_decoded() - before.1, tiles);
    let bytes = context.counters.bytes_read() - before.0;
    assert!(bytes <= level.cog().file_bytes(), "{bytes}");
    assert!(context.counters.peak_buffer_bytes() <= context.limits.job_bytes);

    // Columns 100 to 699 and rows 130 to 529 touch tiles 1 to 10 and 2 to 8.
    let window = Window::new(100, 130, 600, 400);
    let before = context.counters.tiles_decoded();
    let clipped = level
        .lazy()
        .clip_window(window)
        .expect("inside")
        .compute()
        .expect("sound");
    assert_eq!(context.counters.tiles_decoded() - before, 10 * 7);
    assert_eq!(clipped, level.read_window(window).expect("sound"));
    // A halo of 5 pixels around them: columns 95 to 704, rows 125 to 534.
    let focal = level.lazy().focal_max(11).expect("sound");
    let whole = focal.compute().expect("sound");
    let before = context.counters.tiles_decoded();
    let clipped = focal
        .clip_window(window)
        .expect("inside")
        .compute()
        .expect("sound");
    assert_eq!(context.counters.tiles_decoded() - before, 11 * 8);
    assert_eq!(clipped, raster::crop(&whole, window));
}

/// The mean of what is valid of nine pixels, and of the nine.
#[test]
fn a_neighbourhood_of_a_real_band() {
    let level = scene("B04", &Context::default()).base();
    let whole = level.read().expect("sound");
    let values: &[u16] = whole.as_slice().expect("uint16");
    let (width, height) = (774i64, 782i64);
    let means = level.lazy().focal_mean(3).expect("sound");
    let block = means.compute().expect("sound");
    let found: &[f32] = block.as_slice().expect("float32");
    for row in 0..height {
        for column in 0..width {
            let at = |column: i64, row: i64| values[(row * width + column) as usize];
            let mut valid = Vec::new();
            for row in (row - 1).max(0)..(row + 2).min(height) {
                valid.extend(
                    ((column - 1).max(0)..(column + 2).min(width))
                        .map(|column| at(column, row))
                        .filter(|&v| v != 0),
                );
            }
            let found = found[(row * width + column) as usize];
            if at(column, row) == 0 {
                assert!(found.is_nan());
            } else {
                let mean = valid.iter().map(|&v| f64::from(v)).sum::<f64>() / valid.len() as f64;
                assert_eq!(found, mean as f32, "{column} {row}");
            }
        }
    }
}

/// A crop that begins with a tile takes tiles over as they are, but for those that it cuts.
#[test]
fn tiles_pass_through_a_crop() {
    let context = Context::default();
    let level = written(&raster::block(U16, 2, (300, 300)), 64, &context);
    for (window, passed) in [
        (Window::new(64, 128, 192, 128), 6),
        (Window::new(64, 128, 236, 172), 12),
        (Window::new(64, 128, 180, 172), 6),
        (Window::new(60, 128, 192, 128), 0),
    ] {
        let before = context.counters.tiles_passed();
        let mut bytes = Vec::new();
        let options = CogOptions::default().overviews(Overviews::None);
        level
            .lazy()
            .clip_window(window)
            .expect("inside")
            .write_cog_to(&mut bytes, &options)
            .expect("sound");
        assert_eq!(context.counters.tiles_passed() - before, passed, "{window}");
        let written = raster::open(bytes, &Context::default())
            .base()
            .read()
            .expect("sound");
        assert_eq!(
            written,
            level.read_window(window).expect("sound"),
            "{window}"
        );
    }
    for window in [(0, 0, 0, 1), (0, 0, 301, 1), (300, 0, 1, 1)] {
        let window = Window::new(window.0, window.1, window.2, window.3);
        let error = level
            .lazy()
            .clip_window(window)
            .expect_err("no such window");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::Window { .. })),
            "{error}"
        );
    }
}

#[test]
fn functions_that_err() {
    let level = written(&raster::block(U8, 1, (600, 600)), 64, &Context::default());
    let run = |spec: MapSpec, function: fn(&Chunk) -> Result<Block>| {
        level
            .lazy()
            .map_chunks(spec, function)
            .expect("a sound spec")
            .compute()
    };
    type Function = fn(&Chunk) -> Result<Block>;
    let wrong: [(&str, Function); 4] = [
        ("another type", |chunk| {
            Ok(raster::block(
                U16,
                1,
                (chunk.window().width, chunk.window().height),
            ))
        }),
        ("another size", |_| Ok(raster::block(U8, 1, (3, 3)))),
        ("another nodata", |chunk| {
            chunk
                .clone()
                .into_block()
                .with_validity(Validity::Nodata(3.into()))
        }),
        ("a mask", |chunk| {
            let block = chunk.clone().into_block();
            let mask = block.valid_pixels();
            block.with_validity(Validity::Mask(mask))
        }),
    ];
    for (name, function) in wrong {
        let error = run(MapSpec::new(), function).expect_err(name);
        let ErrorKind::Expression(Expression::Product { window, .. }) = error.kind() else {
            panic!("{name}: {error:?}")
        };
        assert!(window.starts_with("0,0,"), "{name}: {window}");
    }
    let own = run(MapSpec::new(), |_| {
        Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into())
    });
    assert!(
        matches!(own.expect_err("its own").kind(), ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::StorageFull)
    );
    let spec = |spec: MapSpec| {
        level
            .lazy()
            .map_chunks(spec, |chunk| Ok(chunk.block().clone()))
    };
    for (name, refused) in [
        ("no band", spec(MapSpec::new().bands(0))),
        (
            "-1 in uint8",
            spec(MapSpec::new().nodata(Some((-1).into()))),
        ),
        (
            "300 around uint8",
            spec(MapSpec::new().boundary(Boundary::Constant(300.into()))),
        ),
        (
            "no band 2",
            level
                .lazy()
                .bands([2])
                .and_then(|lazy| lazy.map_chunks(MapSpec::new(), |_| panic!("unused"))),
        ),
    ] {
        assert!(refused.expect_err(name).is_usage(), "{name}");
    }
}

/// A panic reaches the caller, with the threads free for others.
#[test]
fn a_function_that_panics() {
    let context = raster::threads(2);
    let level = written(&raster::block(U8, 1, (1500, 1500)), 64, &context);
    let panicking = level.lazy().map_chunks(MapSpec::new().halo(1), |chunk| {
        assert!(chunk.window().row < 600, "too far down");
        Ok(raster::crop(chunk.block(), chunk.inner()))
    });
    let panicking = panicking.expect("sound");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panicking.compute()));
    assert!(caught.is_err());
    let again = level.lazy().focal_min(3).expect("sound");
    assert_eq!(
        again.compute().expect("threads are free").size(),
        Size::new(1500, 1500)
    );
}

/// Memory is reckoned before anything is read, halos included.
#[test]
fn halos_count() {
    let context = raster::limits(|limits| limits.job_bytes = 4 << 20);
    let level = written(&raster::block(U8, 1, (600, 600)), 64, &context);
    let opened = context.counters.requests();
    let spec = |halo| MapSpec::new().halo(halo).boundary(Boundary::Reflect);
    let mapped = |halo| -> Lazy {
        let mapped = level.lazy().map_chunks(spec(halo), |chunk| {
            Ok(raster::crop(chunk.block(), chunk.inner()))
        });
        mapped.expect("sound")
    };
    let error = mapped(100_000).compute().expect_err("too much");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Limit {
                what: "job_bytes",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(context.counters.requests(), opened);
    assert!(mapped(1).compute().is_ok());
    assert!(context.counters.peak_buffer_bytes() <= 4 << 20);
}

/// Stages on each other come to an end, in depth and, where each is used twice, in number.
#[test]
fn stages_beyond_measure() {
    let level = written(&raster::block(U8, 1, (40, 40)), 16, &Context::default());
    let mut lazy = level.lazy();
    let deep = (0..100).try_for_each(|_| {
        lazy = lazy.focal_max(3)?;
        Ok::<(), cogwork::Error>(())
    });
    assert!(deep.expect_err("too deep").is_usage());
    // 64 of them: the largest sample of 129 x 129 pixels is that of all 40 x 40.
    let block = lazy.compute().expect("deep, not too deep");
    let found = block.as_slice::<u8>().expect("uint8");
    let all = level.read().expect("sound");
    let values = all.as_slice::<u8>().expect("uint8");
    let largest = values.iter().max().copied().expect("some");
    assert!(
        found
            .iter()
            .zip(values)
            .all(|(&found, &value)| found == if value == 0 { 0 } else { largest })
    );
    let mut lazy = level.lazy();
    let many = (0..40).try_for_each(|_| {
        lazy = lazy.focal_max(3)?.minimum_of(&lazy.focal_min(3)?)?;
        Ok::<(), cogwork::Error>(())
    });
    assert!(many.expect_err("too many").is_usage());
}

trait MinimumOf: Sized {
    fn minimum_of(&self, other: &Self) -> Result<Self>;
}

impl MinimumOf for Lazy {
    fn minimum_of(&self, other: &Lazy) -> Result<Lazy> {
        self.lt(other).select(self, other)
    }
}

/// Where the pixels of a crop lie, when control points or coefficients say it: both count pixels.
#[test]
fn crops_of_images_that_are_not_rectified() {
    let folder = crate::common::repository().join("testdata/facts");
    let written = |name: &str, window: Window| {
        let level = cogwork::Cog::open(folder.join(name)).expect(name).base();
        let clipped = level.lazy().clip_window(window).expect("inside");
        let mut bytes = Vec::new();
        clipped
            .write_cog_to(&mut bytes, &CogOptions::default())
            .expect(name);
        (level, raster::open(bytes, &Context::default()).base())
    };
    let window = Window::new(3, 2, 4, 5);
    let (whole, part) = written("rpc.tif", window);
    let (whole, part) = (
        whole.rpc().expect("coefficients"),
        part.rpc().expect("coefficients"),
    );
    assert_eq!(part.line_offset, whole.line_offset - 2.0);
    assert_eq!(part.sample_offset, whole.sample_offset - 3.0);
    assert_eq!(part.line_numerator, whole.line_numerator);
    let (whole, part) = written("gcps.tif", window);
    let (whole, part) = (whole.georeference().gcps, part.georeference().gcps);
    assert!(!whole.is_empty() && whole.len() == part.len());
    for (whole, part) in whole.iter().zip(&part) {
        let [column, row, rest @ ..] = whole;
        assert_eq!(part[..2], [column - 3.0, row - 2.0]);
        assert_eq!(part[2..], *rest);
    }
}
