//! Conditions come first: of the other inputs exactly those tiles are read that a chunk needs which is
//! not masked throughout. The files are built tile by tile, so that each tile's place is known.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cogwork::exec::{Rayon, Serial};
use cogwork::source::{ByteSource, IoProfile};
use cogwork::write::{Compression, Overviews};
use cogwork::{Block, Cog, Context, ErrorKind, Lazy, Result};

use crate::common::raster;
use crate::common::tiff::{LONG, SHORT, WIRES, entry};

/// Chunks are 512 pixels a side: three rows of three.
const SIZE: (usize, usize) = (1100, 1060);
const CHUNK: usize = 512;
/// Which chunks are clouded all over.
const CLOUDED: [[bool; 3]; 3] = [
    [true, false, true],
    [false, false, false],
    [true, true, true],
];

fn image(band: usize, row: usize, column: usize) -> u8 {
    (1 + 70 * band + row / 9 % 31 + column / 7 % 37) as u8
}

/// Whole chunks of cloud, one chunk without any, and some cloud in the others.
fn class(_: usize, row: usize, column: usize) -> u8 {
    let chunk = (row / CHUNK, column / CHUNK);
    match (CLOUDED[chunk.0][chunk.1], chunk) {
        (true, _) => 8 + (row % 2) as u8,
        (false, (1, 1)) => 4,
        _ if (row + column).is_multiple_of(10) => 9,
        _ => (column % 8) as u8,
    }
}

fn is_cloud(row: usize, column: usize) -> bool {
    [8, 9].contains(&class(0, row, column))
}

fn is_valid(row: usize, column: usize) -> bool {
    !(row / 3 + column / 5).is_multiple_of(4)
}

fn mask(_: usize, row: usize, column: usize) -> u8 {
    255 * u8::from(is_valid(row, column))
}

/// An image of a file: bands, side of a tile, and samples by band, row and column.
type Picture = (usize, usize, fn(usize, usize, usize) -> u8);

/// Tiles in a row, and rows of tiles.
fn grid(tile: usize) -> (usize, usize) {
    (SIZE.0.div_ceil(tile), SIZE.1.div_ceil(tile))
}

/// Where a tile of the picture of this number stands.
fn place((bands, tile, _): Picture, number: usize, index: usize) -> Range<u64> {
    let start = (1 + number) << 24;
    let length = tile * tile * bands;
    let at = (start + index * (length + 16)) as u64;
    at..at + length as u64
}

/// A TIFF of uncompressed tiles: an image, and its mask if there is one.
fn file(pictures: &[Picture]) -> Vec<u8> {
    let wire = WIRES[0];
    let mut bytes = wire.header(16);
    for (number, &picture) in pictures.iter().enumerate() {
        let (bands, tile, _) = picture;
        let (across, down) = grid(tile);
        let places = (0..across * down).map(|index| place(picture, number, index));
        let offsets: Vec<u64> = places.clone().map(|place| place.start).collect();
        let counts: Vec<u64> = places.map(|place| place.end - place.start).collect();
        let entries = [
            entry(254, LONG, &[4 * (number as u64)]),
            entry(256, SHORT, &[SIZE.0 as u64]),
            entry(257, SHORT, &[SIZE.1 as u64]),
            entry(258, SHORT, &vec![8; bands]),
            entry(259, SHORT, &[1]),
            entry(262, SHORT, &[if number == 1 { 4 } else { 1 }]),
            entry(277, SHORT, &[bands as u64]),
            entry(322, SHORT, &[tile as u64]),
            entry(323, SHORT, &[tile as u64]),
            entry(324, LONG, &offsets),
            entry(325, LONG, &counts),
        ];
        let at = 16 + (number << 16);
        let next = 16 + ((number + 1) << 16);
        let next = if number + 1 < pictures.len() { next } else { 0 };
        bytes.resize(at, 0);
        bytes.extend(wire.directory(at as u64, &entries, next as u64));
    }
    for (number, &picture) in pictures.iter().enumerate() {
        let (bands, tile, sample) = picture;
        let (across, down) = grid(tile);
        for index in 0..across * down {
            bytes.resize(place(picture, number, index).start as usize, 0);
            let (top, left) = (index / across * tile, index % across * tile);
            for pixel in 0..tile * tile {
                let (row, column) = (top + pixel / tile, left + pixel % tile);
                bytes.extend(
                    (0..bands)
                        .map(|band| sample(band, row.min(SIZE.1 - 1), column.min(SIZE.0 - 1))),
                );
            }
        }
    }
    bytes
}

/// Remembers what was read. No two tiles are read at a time.
#[derive(Clone, Debug)]
struct Recorder {
    bytes: Bytes,
    reads: Arc<Mutex<Vec<Range<u64>>>>,
}

impl Recorder {
    fn new(pictures: &[Picture]) -> Self {
        Recorder {
            bytes: file(pictures).into(),
            reads: Arc::default(),
        }
    }

    /// The raster, and nothing remembered of what opening it read.
    fn open(&self, context: &Context) -> Lazy {
        let cog = Cog::from_source(self.clone(), context).expect("a sound file");
        self.reads();
        cog.base().lazy()
    }

    /// What was read since this was asked last, in the order of the file.
    fn reads(&self) -> Vec<Range<u64>> {
        let mut reads = std::mem::take(&mut *self.reads.lock().expect("no panic"));
        reads.sort_by_key(|range| range.start);
        reads
    }
}

impl ByteSource for Recorder {
    fn len(&self) -> Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.reads.lock().expect("no panic").push(range.clone());
        Ok(self.bytes.slice(range.start as usize..range.end as usize))
    }

    fn profile(&self) -> IoProfile {
        IoProfile {
            parallel: 1,
            gap: 0,
            max_request: 1,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a recorder")
    }
}

/// The tiles of a picture that the chunks for which `needed` holds touch, row of chunks by row of
/// chunks.
fn touched(
    picture: Picture,
    number: usize,
    needed: impl Fn(usize, usize) -> bool,
) -> Vec<Range<u64>> {
    let (tile, (across, down)) = (picture.1, grid(picture.1));
    let overlap = |tile_at: usize, chunk_at: usize| {
        let (tile_start, chunk_start) = (tile_at * tile, chunk_at * CHUNK);
        tile_start < chunk_start + CHUNK && chunk_start < tile_start + tile
    };
    let mut places = Vec::new();
    for chunk_row in 0..3 {
        let mut tiles = BTreeSet::new();
        for chunk_column in (0..3).filter(|&column| needed(chunk_row, column)) {
            let rows = (0..down).filter(|&row| overlap(row, chunk_row));
            for row in rows {
                let columns = (0..across).filter(|&column| overlap(column, chunk_column));
                tiles.extend(columns.map(|column| row * across + column));
            }
        }
        places.extend(tiles.into_iter().map(|index| place(picture, number, index)));
    }
    places.sort_by_key(|range| range.start);
    places
}

fn clear(row: usize, column: usize) -> bool {
    !CLOUDED[row][column]
}

fn every(_: usize, _: usize) -> bool {
    true
}

/// What a block should hold, and whether it should be valid, by band, row and column.
fn assert_pixels(
    name: &str,
    block: &Block,
    expected: impl Fn(usize, usize, usize) -> u8,
    valid: impl Fn(usize, usize) -> bool,
) {
    let (samples, validity) = (block.as_slice::<u8>().expect("uint8"), block.valid_pixels());
    let (width, height) = SIZE;
    assert_eq!(samples.len(), block.bands() * width * height, "{name}");
    for row in 0..height {
        for column in 0..width {
            let at = row * width + column;
            assert_eq!(
                validity[at] == 1,
                valid(row, column),
                "{name}: {row}, {column}"
            );
            for band in (0..block.bands()).filter(|_| valid(row, column)) {
                let found = samples[band * width * height + at];
                assert_eq!(
                    found,
                    expected(band, row, column),
                    "{name}: {band}, {row}, {column}"
                );
            }
        }
    }
}

/// Tiles of several sizes, read by several executors: those of clouded chunks are not.
#[test]
fn of_clouded_chunks_nothing_is_read() {
    let two = Rayon::with_threads(2).expect("threads");
    for (tile, class_tile, context) in [
        (128, 96, Context::default()),
        (96, 128, raster::executor(Serial)),
        (320, 32, raster::executor(two)),
        (512, 512, Context::default()),
    ] {
        let (visual, classes): (Picture, Picture) = ((3, tile, image), (1, class_tile, class));
        let (images, conditions) = (Recorder::new(&[visual]), Recorder::new(&[classes]));
        let cloud = conditions.open(&context).is_in([8, 9]);
        let masked = images.open(&context).mask_with(&cloud, 0);
        let mut bytes = Vec::new();
        let options = raster::options(Compression::None, 128).overviews(Overviews::None);
        let written = masked.expect("one grid").write_cog_to(&mut bytes, &options);
        written.expect("a sound raster");
        let name = format!("tiles of {tile} and {class_tile}");
        assert_eq!(images.reads(), touched(visual, 0, clear), "{name}");
        assert_eq!(conditions.reads(), touched(classes, 0, every), "{name}");
        let written = raster::open(bytes, &Context::default()).base().read();
        let clear = |row, column| !is_cloud(row, column);
        assert_pixels(&name, &written.expect("a sound file"), image, clear);
    }
}

/// The same of the mask of an image, and of the conditions of masks that are asked for themselves.
#[test]
fn masks_are_read_where_they_matter() {
    let (visual, own): (Picture, Picture) = ((3, 128, image), (1, 64, mask));
    let classes: Picture = (1, 96, class);
    let (images, conditions) = (Recorder::new(&[visual, own]), Recorder::new(&[classes]));
    let context = Context::default();
    let cloud = conditions.open(&context).is_in([8, 9]);
    let image_lazy = images.open(&context);
    let both = |needed: fn(usize, usize) -> bool| {
        let tiles = [touched(visual, 0, needed), touched(own, 1, needed)];
        tiles.concat()
    };

    let masked = image_lazy.mask(&cloud).expect("one grid");
    let block = masked.compute().expect("a sound raster");
    assert_eq!(images.reads(), both(clear));
    assert_eq!(conditions.reads(), touched(classes, 0, every));
    let valid = |row, column| is_valid(row, column) && !is_cloud(row, column);
    assert_pixels("masked", &block, image, valid);

    let bright = image_lazy.gt(90).and(&!&cloud);
    let block = bright.compute().expect("a sound raster");
    assert_eq!(images.reads(), both(clear));
    assert_eq!(conditions.reads(), touched(classes, 0, every));
    let expected =
        |band, row, column| u8::from(image(band, row, column) > 90 && valid(row, column));
    assert_pixels("a mask", &block, expected, every);

    let masked = conditions.open(&context).mask_with(&cloud, 0);
    let covered = masked.expect("one grid").with_mask(&cloud);
    let covered = covered.expect("one grid");
    let block = covered.compute().expect("a sound raster");
    assert_pixels("what is masked counts", &block, |_, _, _| 0, is_cloud);
}

/// An input of the condition is read once where the validity needs it, too.
#[test]
fn conditions_that_are_needed_again() {
    let (visual, own, classes): (Picture, Picture, Picture) =
        ((1, 128, class), (1, 64, mask), (3, 128, image));
    let (tests, images) = (Recorder::new(&[visual, own]), Recorder::new(&[classes]));
    let context = Context::default();
    let test = tests.open(&context);
    let masked = images.open(&context).mask_with(&test.is_in([8, 9]), 0);
    let covered = masked
        .expect("one grid")
        .with_mask(&test.ne(3))
        .expect("one grid");
    let block = covered.compute().expect("a sound raster");
    let all = [touched(visual, 0, every), touched(own, 1, every)];
    assert_eq!(tests.reads(), all.concat());
    let valid = |row, column| is_valid(row, column) && class(0, row, column) != 3;
    let cloud = |row, column| is_valid(row, column) && is_cloud(row, column);
    assert_pixels(
        "again",
        &block,
        |band, row, column| match cloud(row, column) {
            true => 0,
            false => image(band, row, column),
        },
        valid,
    );
    assert_eq!(images.reads(), touched(classes, 0, every));
}

/// Where all inputs are of one kind, each tile is read once.
#[test]
fn without_others_to_wait_for() {
    let visual: Picture = (3, 128, image);
    let images = Recorder::new(&[visual]);
    let lazy = images.open(&Context::default());
    for (name, lazy) in [
        ("no condition", &lazy + 0),
        (
            "of itself",
            lazy.mask_with(&lazy.gt(255), 0).expect("one grid"),
        ),
    ] {
        let block = lazy.compute().expect(name);
        assert_eq!(images.reads(), touched(visual, 0, every), "{name}");
        let narrow = block.samples().to_le_bytes();
        assert_eq!(narrow.len() % (SIZE.0 * SIZE.1), 0, "{name}");
    }
    let none = lazy.mask_with(&lazy.ge(0), 0).expect("one grid");
    assert_pixels("all", &none.compute().expect("all"), image, |_, _| false);
}

/// What conditions hold while they wait is part of what a job says that it needs, and holds.
#[test]
fn waiting_conditions_count() {
    let (visual, classes): (Picture, Picture) = ((3, 128, image), (1, 128, class));
    let (images, conditions) = (file(&[visual]), file(&[classes]));
    // One chunk of a tile in work: three bands and a class in, three bands out. Of a row of chunks the
    // results; of two the class and its mask. Of two rows the tiles, and those of a third's class.
    let (chunk, row, tiles) = (128 * 128, 1100 * 128, 9 * 128 * 128);
    let needed = chunk * (3 + 1 + 3) + row * (3 + 2 * (1 + 3)) + tiles * (2 * (3 + 1) + 1);
    for job_bytes in [needed - 1, needed, 1 << 30] {
        let mut context = raster::limits(|limits| limits.job_bytes = job_bytes);
        context.executor = Arc::new(Serial);
        let open = |bytes: &Vec<u8>| raster::open(bytes.clone(), &context).base().lazy();
        let cloud = open(&conditions).is_in([8, 9]);
        let masked = open(&images).mask_with(&cloud, 0).expect("one grid");
        let result = masked.for_each(|_, _| Ok(()));
        let peak = context.counters.peak_buffer_bytes();
        match result {
            Ok(()) => assert!(peak > 0 && peak <= job_bytes, "{peak} of {job_bytes}"),
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}");
                assert_eq!((job_bytes, peak), (needed - 1, 0));
            }
        }
        assert_eq!(peak == 0, job_bytes < needed);
    }
}
