//! Files of more tiles than memory should list: little of their arrays is read, and what is read is
//! right.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cogwork::grid::Window;
use cogwork::source::{ByteSource, IoProfile, check_range};
use cogwork::{Cog, Context, Result};

use crate::common::sources::Exact;
use crate::common::tiff::{Entry, LONG, LONG8, SHORT, WIRES, Wire, entry};

/// Tiles of the computed files, of all planes.
const TILES: u64 = 10_000_000;
/// Bytes of a tile.
const TILE: u64 = 256;
const ARRAYS: u64 = 1 << 20;

/// A file that is computed as it is read: tile `i` is 256 times the byte `7 i + 3`.
#[derive(Debug)]
struct Computed {
    wire: Wire,
    header: Vec<u8>,
}

/// 64,000 x 40,000 pixels in tiles of 16 x 16 (in one plane, or half as high in two), or 10 million
/// strips of one row.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Tiles,
    Planes,
    Strips,
}

impl Computed {
    fn new(wire: Wire, shape: Shape) -> Self {
        let width = if wire.bigtiff { LONG8 } else { LONG };
        let ((columns, rows), bands, tile) = match shape {
            Shape::Tiles => (
                (64_000, 40_000),
                1,
                [322, 323].map(|tag| entry(tag, SHORT, &[16])),
            ),
            Shape::Planes => (
                (64_000, 20_000),
                2,
                [322, 323].map(|tag| entry(tag, SHORT, &[16])),
            ),
            Shape::Strips => (
                (256, TILES),
                1,
                [entry(278, SHORT, &[1]), entry(296, SHORT, &[1])],
            ),
        };
        let [offsets, counts] = match shape {
            Shape::Strips => [273, 279],
            _ => [324, 325],
        };
        let array = |tag, place| Entry {
            count: TILES,
            place: Some(place),
            ..entry(tag, width, &[])
        };
        let mut entries = vec![
            entry(256, LONG, &[columns]),
            entry(257, LONG, &[rows]),
            entry(258, SHORT, &[8]),
            entry(259, SHORT, &[1]),
            entry(262, SHORT, &[1]),
            entry(277, SHORT, &[bands]),
            entry(284, SHORT, &[bands]),
            array(offsets, ARRAYS),
            array(counts, ARRAYS + TILES * wire.offset_bytes() as u64),
        ];
        entries.extend(tile);
        Computed {
            wire,
            header: wire.file(&entries, 0),
        }
    }

    fn data(&self) -> u64 {
        ARRAYS + 2 * TILES * self.wire.offset_bytes() as u64
    }
}

impl ByteSource for Computed {
    fn len(&self) -> Result<u64> {
        Ok(self.data() + TILES * TILE)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.len()?)?;
        let width = self.wire.offset_bytes() as u64;
        let byte = |at: u64| {
            if at >= self.data() {
                return ((at - self.data()) / TILE * 7 + 3) as u8;
            }
            let Some(at) = at.checked_sub(ARRAYS) else {
                return self.header.get(at as usize).copied().unwrap_or(0);
            };
            let value = match at / width {
                tile if tile < TILES => self.data() + tile * TILE,
                _ => TILE,
            };
            self.wire.number(value, width as usize)[(at % width) as usize]
        };
        Ok(range.map(byte).collect::<Vec<u8>>().into())
    }

    fn profile(&self) -> IoProfile {
        Exact(Bytes::new()).profile()
    }
}

impl fmt::Display for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "10 million tiles")
    }
}

/// Opening takes the first 64 KiB. A window takes its tiles and, of each row of tiles, the part of
/// both arrays that is theirs: not a byte more.
#[test]
fn ten_million_tiles() {
    for wire in WIRES {
        for shape in [Shape::Tiles, Shape::Planes, Shape::Strips] {
            let context = Context::default();
            let counters = &context.counters;
            let source = Computed::new(wire, shape);
            let started = Instant::now();
            let base = Cog::from_source(source, &context).expect("sound").base();
            let elapsed = started.elapsed();
            println!("{wire:?} {shape:?}: opened in {elapsed:?}");
            assert!(
                elapsed < Duration::from_millis(if cfg!(debug_assertions) { 1000 } else { 50 })
            );
            let opened = (counters.requests(), counters.bytes_read());
            assert_eq!(opened, (1, 64 << 10), "{wire:?} {shape:?}");

            let window = Window::new(100, 15_990, 50, 40);
            let block = base.read_window(window).expect("inside");
            let (tiles, runs) = match shape {
                Shape::Tiles => (4 * 3, 3),
                Shape::Planes => (2 * 4 * 3, 6),
                Shape::Strips => (40, 1),
            };
            assert_eq!(counters.tiles_decoded(), tiles);
            let read = counters.bytes_read() - opened.1;
            assert_eq!(read, tiles * (TILE + 2 * wire.offset_bytes() as u64));
            let requests = counters.requests() - opened.0;
            assert_eq!(requests, 3 * runs, "{wire:?} {shape:?}");

            let samples: &[u8] = block.as_slice().expect("uint8");
            for (place, &sample) in samples.iter().enumerate() {
                let (band, pixel) = (place as u64 / 2000, place as u64 % 2000);
                let (column, row) = (100 + pixel % 50, 15_990 + pixel / 50);
                let tile = match shape {
                    Shape::Strips => row,
                    _ => band * TILES / 2 + row / 16 * 4000 + column / 16,
                };
                assert_eq!(sample, (tile * 7 + 3) as u8, "{wire:?} {shape:?} {place}");
            }
        }
    }
}
