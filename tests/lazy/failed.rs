//! Tiles that cannot be fetched or decoded, and a caller who goes on without them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use cogwork::grid::Window;
use cogwork::sample::DataType::{U8, U16};
use cogwork::source::{ByteSource, check_range};
use cogwork::write::{Compression, Overviews};
use cogwork::{Block, Cog, Context, ErrorKind, Lazy, OnError, Report, Result};

use crate::common::raster;

/// A file in memory, some bytes of which cannot be read once it is open.
#[derive(Debug)]
struct Holed {
    bytes: Bytes,
    holes: Vec<Range<u64>>,
    open: Arc<AtomicBool>,
}

impl ByteSource for Holed {
    fn len(&self) -> Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.len()?)?;
        let hit = |hole: &&Range<u64>| hole.start < range.end && range.start < hole.end;
        if self.open.load(Ordering::SeqCst) && self.holes.iter().any(|hole| hit(&hole)) {
            return Err(std::io::Error::other("a hole").into());
        }
        Ok(self.bytes.slice(range.start as usize..range.end as usize))
    }
}

impl fmt::Display for Holed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "holed.tif")
    }
}

const SIDE: u32 = 32;
const SIZE: (u32, u32) = (150, 100);

/// How a tile is damaged.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Fetch,
    Decode,
}

/// A raster whose tiles of these numbers are damaged.
fn holed(block: &Block, damage: Damage, tiles: &[u64], context: &Context) -> Lazy {
    let options = raster::options(Compression::Deflate, SIDE).overviews(Overviews::None);
    let mut bytes = raster::written(block, &options);
    let cog = raster::open(bytes.clone(), &Context::default());
    let base = cog.base();
    let image = base.image();
    let (offsets, counts) = (&image.offsets, image.byte_counts.as_ref().expect("counts"));
    let place = |&tile: &u64| {
        let start = offsets.value(offsets.loaded().expect("few"), 0, tile);
        let count = counts.value(counts.loaded().expect("few"), 0, tile);
        let start = start.expect("a tile");
        start..start + count.expect("a tile")
    };
    let mut holes: Vec<Range<u64>> = tiles.iter().map(place).collect();
    if matches!(damage, Damage::Decode) {
        for hole in holes.drain(..) {
            bytes[hole.start as usize..hole.end as usize].fill(0xff);
        }
    }
    let bytes = Bytes::from(bytes);
    let open = Arc::new(AtomicBool::new(false));
    let source = Holed {
        bytes,
        holes,
        open: open.clone(),
    };
    let cog = Cog::from_source(source, context).expect("a sound header");
    open.store(true, Ordering::SeqCst);
    cog.base().lazy()
}

/// The pixels of a tile.
fn window(tile: u64) -> Window {
    let across = SIZE.0.div_ceil(SIDE);
    let (column, row) = (tile as u32 % across * SIDE, tile as u32 / across * SIDE);
    Window::new(
        column,
        row,
        SIDE.min(SIZE.0 - column),
        SIDE.min(SIZE.1 - row),
    )
}

fn inside(tiles: &[u64], pixel: usize) -> bool {
    let (column, row) = (
        pixel as u64 % u64::from(SIZE.0),
        pixel as u64 / u64::from(SIZE.0),
    );
    tiles.iter().map(|&tile| window(tile)).any(|window| {
        let columns = u64::from(window.column)..window.right();
        let rows = u64::from(window.row)..window.bottom();
        columns.contains(&column) && rows.contains(&row)
    })
}

fn listed(report: &Report) -> Vec<(String, usize, u64, Window)> {
    let tiles = report.failed.iter();
    tiles
        .map(|tile| (tile.source.clone(), tile.level, tile.tile, tile.window))
        .collect()
}

const BAD: [u64; 3] = [0, 7, 19];

fn expected() -> Vec<(String, usize, u64, Window)> {
    BAD.map(|tile| ("holed.tif".to_owned(), 0, tile, window(tile)))
        .into()
}

/// Samples of failed tiles are nodata, all others what they are; each tile is listed once, whatever the
/// chunks.
#[test]
fn failed_tiles_are_nodata_and_listed() {
    let block = raster::block(U16, 1, SIZE);
    let samples = block.as_slice::<u16>().expect("uint16");
    for damage in [Damage::Fetch, Damage::Decode] {
        for chunks in [(1, 512, 512), (1, 32, 32), (1, 17, 45)] {
            let context = raster::threads(2);
            let image = holed(&block, damage, &BAD, &context).chunks(chunks);
            let error = image.compute().expect_err("a damaged tile");
            assert_eq!(error.place().source.as_deref(), Some("holed.tif"));

            let image = image.on_error(OnError::Nodata);
            let plan = image.plan_compute().expect("sound");
            let (found, report) = plan.run().expect("the rest is sound");
            assert_eq!(listed(&report), expected(), "{damage:?} {chunks:?}");
            assert_eq!(report.counts.tiles_failed, 3);
            for tile in &report.failed {
                match damage {
                    Damage::Fetch => assert!(matches!(tile.error.kind(), ErrorKind::Io(_))),
                    Damage::Decode => {
                        assert!(matches!(tile.error.kind(), ErrorKind::Malformed(_)));
                    }
                }
                assert_eq!(tile.error.place().tile, Some(tile.tile));
            }
            let found = found.as_slice::<u16>().expect("uint16");
            for (pixel, (&found, &sample)) in found.iter().zip(samples).enumerate() {
                let sample = if inside(&BAD, pixel) { 0 } else { sample };
                assert_eq!(found, sample, "{damage:?} {chunks:?} {pixel}");
            }
        }
    }
}

/// Of a COG that would take over tiles, those that failed are not taken over.
#[test]
fn failed_tiles_do_not_pass() {
    let block = raster::block(U16, 1, SIZE);
    let context = Context::default();
    let image = holed(&block, Damage::Decode, &BAD, &context).on_error(OnError::Nodata);
    let options = raster::options(Compression::Deflate, SIDE).overviews(Overviews::None);
    let mut bytes = Vec::new();
    let plan = image.plan(&options).expect("sound");
    let report = plan.run_to(&mut bytes).expect("written");
    assert_eq!(listed(&report), expected());
    assert_eq!(
        (report.counts.tiles_passed, report.counts.tiles_encoded),
        (17, 3)
    );
    let written = raster::open(bytes, &Context::default()).base().read();
    let written = written.expect("a sound file");
    let valid = written.valid_pixels();
    let samples = block.valid_pixels();
    for (pixel, (&found, &sample)) in valid.iter().zip(&samples).enumerate() {
        assert_eq!(found, sample * u8::from(!inside(&BAD, pixel)), "{pixel}");
    }
}

/// A condition that is not known makes its pixels invalid; a mask says so, too.
#[test]
fn conditions_that_fail() {
    let context = Context::default();
    let (image, classes) = (raster::block(U16, 1, SIZE), raster::block(U8, 1, SIZE));
    let sound = raster::written(&image, &raster::options(Compression::Lzw, 16));
    let values = image.as_slice::<u16>().expect("uint16");
    let codes = classes.as_slice::<u8>().expect("uint8");
    let is_cloud = |pixel: usize| [3, 4, 5].contains(&codes[pixel]);
    for damage in [Damage::Fetch, Damage::Decode] {
        let cloud = holed(&classes, damage, &BAD, &context).is_in([3, 4, 5]);
        let lazy = raster::open(sound.clone(), &context).base().lazy();
        let lazy = lazy.on_error(OnError::Nodata);

        let plan = lazy.mask(&cloud).expect("one grid").plan_compute();
        let (found, report) = plan.expect("sound").run().expect("the rest is sound");
        assert_eq!(listed(&report), expected(), "{damage:?}");
        let found = found.as_slice::<u16>().expect("uint16");
        for (pixel, &found) in found.iter().enumerate() {
            let gone = inside(&BAD, pixel) || is_cloud(pixel);
            assert_eq!(found, if gone { 0 } else { values[pixel] }, "{pixel}");
        }

        let covered = lazy.with_mask(&!&cloud).expect("one grid");
        let (found, report) = covered.plan_compute().expect("sound").run().expect("sound");
        assert_eq!(listed(&report), expected(), "{damage:?}");
        for (pixel, valid) in found.valid_pixels().into_iter().enumerate() {
            let gone = inside(&BAD, pixel) || is_cloud(pixel);
            assert_eq!(valid == 0, gone, "{damage:?} {pixel}");
        }
    }
}

/// Where nothing could say that a pixel is invalid, that is an error before anything is read.
#[test]
fn results_that_cannot_say_invalid() {
    let context = Context::default();
    let block = raster::block(U16, 1, SIZE);
    let image = holed(&block, Damage::Fetch, &BAD, &context).on_error(OnError::Nodata);
    let before = context.counters.bytes_read();
    for lazy in [image.with_nodata(None), image.gt(5)] {
        let error = lazy.compute().expect_err("no nodata");
        assert!(error.is_usage(), "{error}");
    }
    assert_eq!(context.counters.bytes_read(), before);
}
