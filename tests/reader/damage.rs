//! Damaged tiles and sparse ones.

use std::ops::Range;

use cogwork::error::Malformed;
use cogwork::grid::Window;
use cogwork::sample::DataType::{U8, U16};
use cogwork::write::{BigTiff, Compression};
use cogwork::{Context, ErrorKind, Level};

use crate::common::tiff::{WIRES, end_of_directory, entry, plain};
use crate::common::{raster, tiff};

/// Where a tile stands in a file that was read whole.
fn place(level: &Level, tile: u64) -> Range<u64> {
    let image = level.image();
    let counts = image.byte_counts.as_ref().expect("lengths");
    let [at, size] = [&image.offsets, counts].map(|array| {
        array
            .value(array.loaded().expect("a small file"), 0, tile)
            .expect("a value")
    });
    at..at + size
}

/// Each tile of each level is damaged in turn: the error names it, the others read.
#[test]
fn one_damaged_tile() {
    for compression in [Compression::Deflate, Compression::Zstd] {
        let block = raster::block(U16, 1, (70, 50));
        let options = raster::options(compression, 16).bigtiff(BigTiff::Auto);
        let sound = raster::written(&block, &options);
        let whole = raster::open(sound.clone(), &Context::default());
        for level in whole.levels() {
            let grid = level.image().grid();
            let expected = level.read().expect("a sound file");
            for (column, row) in grid.touched(level.size().window()).iter() {
                let tile = grid.index(column, row);
                let bytes = place(&level, tile);
                let mut damaged = sound.clone();
                let middle = (bytes.start + (bytes.end - bytes.start) / 2) as usize;
                damaged[middle..middle + 3]
                    .iter_mut()
                    .for_each(|byte| *byte ^= 0x55);
                let cog = raster::open(damaged, &raster::threads(2));
                let found = cog.level(level.index()).expect("the level");
                let case = format!("{compression} level {} tile {tile}", level.index());
                for error in [
                    found.read().expect_err(&case),
                    found
                        .read_window(grid.window(column, row))
                        .expect_err(&case),
                    found.lazy().compute().expect_err(&case),
                ] {
                    assert!(
                        matches!(error.kind(), ErrorKind::Malformed(_)),
                        "{case}: {error:?}"
                    );
                    assert_eq!(error.place().level, Some(level.index()), "{case}");
                    assert_eq!(error.place().tile, Some(tile), "{case}");
                    assert_eq!(error.place().bytes, Some(bytes.clone()), "{case}");
                    assert!(error.place().source.is_some(), "{case}");
                }
                for (other, row) in grid.touched(level.size().window()).iter() {
                    if grid.index(other, row) != tile {
                        let window = grid.window(other, row);
                        let part = found.read_window(window).expect(&case);
                        assert!(part == raster::crop(&expected, window), "{case}");
                    }
                }
            }
        }
    }
}

/// Places that are neither inside the file nor sparse, tile by tile.
#[test]
fn tiles_that_are_not_there() {
    for wire in WIRES {
        let at = end_of_directory(wire, 11) + 2 * 6 * 4;
        let length = at + 6 * 256;
        for (name, offset, count) in [
            ("past the end", length, 256),
            ("across the end", length - 255, 256),
            ("far away", u64::from(u32::MAX), 256),
            ("longer than any file", at, u64::from(u32::MAX)),
            ("an offset without a length", at, 0),
        ] {
            let mut entries = plain(at);
            entries[8].values[4] = offset;
            entries[9].values[4] = count;
            let bytes = wire.file(&entries, 6 * 256);
            assert_eq!(bytes.len() as u64, length);
            let base = raster::open(bytes, &Context::default()).base();
            let error = base.read().expect_err(name);
            assert!(
                matches!(error.kind(), ErrorKind::Malformed(_)),
                "{name}: {error:?}"
            );
            assert_eq!(
                (error.place().level, error.place().tile),
                (Some(0), Some(4)),
                "{name}"
            );
            let above = base.read_window(Window::new(0, 0, 40, 16)).expect(name);
            assert_eq!(above.as_slice::<u8>(), Some(&[0; 640][..]), "{name}");
        }
    }
}

/// Tiles of no bytes at no offset are nodata, or 0; nobody asks the source for them.
#[test]
fn sparse_tiles_need_no_request() {
    for wire in WIRES {
        for (nodata, expected) in [(None, 0), (Some(b"7\0"), 7)] {
            let entries = 11 + usize::from(nodata.is_some());
            let at = end_of_directory(wire, entries) + 2 * 6 * 4;
            let mut entries = plain(at);
            for index in [8, 9] {
                for tile in [0, 2, 3, 4, 5] {
                    entries[index].values[tile] = 0;
                }
            }
            if let Some(text) = nodata {
                let text: Vec<u64> = text.iter().map(|&byte| byte.into()).collect();
                entries.push(entry(42113, tiff::ASCII, &text));
            }
            let mut bytes = wire.file(&entries, 6 * 256);
            bytes[at as usize + 256..][..256].fill(9);
            let context = Context::default();
            let base = raster::open(bytes, &context).base();
            let opened = (context.counters.requests(), context.counters.bytes_read());
            let sparse = base
                .read_window(Window::new(0, 16, 40, 8))
                .expect("sparse tiles");
            assert_eq!(sparse.as_slice::<u8>(), Some(&[expected; 320][..]));
            let now = (context.counters.requests(), context.counters.bytes_read());
            assert_eq!(now, opened, "{wire:?}");
            assert_eq!(context.counters.tiles_decoded(), 0);
            let whole = base.read().expect("one tile and five sparse ones");
            assert_eq!(context.counters.tiles_decoded(), 1);
            let pixel = |i: usize| {
                if i / 40 < 16 && (16..32).contains(&(i % 40)) {
                    9
                } else {
                    expected
                }
            };
            let pixels: Vec<u8> = (0..40 * 24).map(pixel).collect();
            assert_eq!(whole.as_slice::<u8>(), Some(&pixels[..]), "{wire:?}");
            assert_eq!(whole.data_type(), U8);
        }
    }
}

/// A tile of fewer bytes than any stream of its codec needs is refused before memory is asked for the
/// pixels, here far more than the limit.
#[test]
fn tiles_too_short_for_what_they_hold() {
    let side = 1u64 << 16;
    for (compression, most) in [
        (1u64, 1u64),
        (32773, 64),
        (5, 4096),
        (8, 1032),
        (50000, 32768),
    ] {
        let wire = WIRES[0];
        let strips = side / 64;
        let strip = side * 64;
        let mut entries = plain(0);
        entries.retain(|entry| entry.tag != 322 && entry.tag != 323);
        for entry in &mut entries {
            match entry.tag {
                256 | 257 => *entry = tiff::entry(entry.tag, tiff::LONG, &[side]),
                259 => entry.values = vec![compression],
                324 => *entry = tiff::entry(273, tiff::LONG, &vec![16; strips as usize]),
                325 => {
                    let bytes = vec![strip / most - 1; strips as usize];
                    *entry = tiff::entry(279, tiff::LONG, &bytes);
                }
                _ => {}
            }
        }
        entries.push(tiff::entry(278, tiff::SHORT, &[64]));
        entries.sort_by_key(|entry| entry.tag);
        let context = raster::limits(|limits| limits.block_bytes = 1);
        let cog = raster::open(wire.file(&entries, strip as usize), &context);
        let error = cog.base().read().expect_err("it is too short");
        assert!(
            matches!(
                error.kind(),
                ErrorKind::Malformed(Malformed::ShortTile { .. })
            ),
            "{compression}: {error:?}"
        );
        assert_eq!(error.place().tile, Some(0), "{compression}");
    }
}
