//! The layout of a small file byte by byte, against GDAL's (`cog-format.md`, section 1).

use cogwork::Resampling;
use cogwork::block::Validity;
use cogwork::grid::Size;
use cogwork::sample::DataType::{F32, U8, U16};
use cogwork::sample::Samples;
use cogwork::write::{BigTiff, CogOptions, Compression, PredictorChoice};
use cogwork::{Block, Context};

use crate::common::raster;
use crate::common::tiff::{ASCII, LONG, LONG8, SHORT, Wire, entry};

const GHOST: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\nLAYOUT=IFDS_BEFORE_DATA\n\
    BLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\n\
    KNOWN_INCOMPATIBLE_EDITION=NO\n ";

/// 20 x 18 pixels in squares of 2 x 2, so that the overview is known: four tiles, and one.
fn pixel(row: usize, column: usize) -> u8 {
    (1 + row / 2 * 10 + column / 2) as u8
}

fn block() -> Block {
    let samples = (0..18 * 20).map(|i| pixel(i / 20, i % 20)).collect();
    let size = Size::new(20, 18);
    Block::new(1, size, Samples::U8(samples), Validity::Nodata(0.into())).expect("the shape")
}

/// The tile whose first pixel is at (row, column) of a level: zeros beyond the level's edge.
fn tile((row, column): (usize, usize), (rows, columns): (usize, usize), scale: usize) -> Vec<u8> {
    let pixel = |i: usize| {
        let (row, column) = (row + i / 16, column + i % 16);
        let inside = row < rows && column < columns;
        if inside {
            pixel(scale * row, scale * column)
        } else {
            0
        }
    };
    (0..256).map(pixel).collect()
}

/// A tile between its leader and its trailer.
fn record(tile: &[u8]) -> Vec<u8> {
    let leader = (tile.len() as u32).to_le_bytes();
    [&leader[..], tile, &tile[tile.len() - 4..]].concat()
}

fn options() -> CogOptions {
    raster::options(Compression::None, 16).resampling(Resampling::Nearest)
}

#[test]
fn a_classic_file_to_the_byte() {
    let wire = Wire {
        big_endian: false,
        bigtiff: false,
    };
    let tags = |width, height| {
        vec![
            entry(256, SHORT, &[width]),
            entry(257, SHORT, &[height]),
            entry(258, SHORT, &[8]),
            entry(259, SHORT, &[1]),
            entry(262, SHORT, &[1]),
            entry(277, SHORT, &[1]),
            entry(284, SHORT, &[1]),
            entry(322, SHORT, &[16]),
            entry(323, SHORT, &[16]),
        ]
    };
    let rest = [
        entry(339, SHORT, &[1]),
        entry(42113, ASCII, &[b'0'.into(), 0]),
    ];
    // The base at 192 has 13 entries, the overview 14; then the arrays of the base, then the tiles.
    let (overview, arrays) = (192 + 2 + 13 * 12 + 4, 354 + 2 + 14 * 12 + 4);
    let tiles = arrays + 4 * 4 + 4 * 2;
    let mut base = tags(20, 18);
    base.extend([entry(324, LONG, &[0; 4]), entry(325, SHORT, &[0; 4])]);
    base[9].place = Some(arrays);
    base[10].place = Some(arrays + 16);
    base.extend(rest.clone());
    let mut reduced = vec![entry(254, LONG, &[1])];
    reduced.extend(tags(10, 9));
    reduced.extend([entry(324, LONG, &[tiles + 4]), entry(325, LONG, &[256])]);
    reduced.extend(rest);

    let mut expected = wire.header(192);
    expected.extend(GHOST);
    expected.push(0);
    expected.extend(wire.directory(192, &base, overview));
    expected.extend(wire.directory(overview, &reduced, 0));
    let first = tiles + 264 + 4;
    expected.extend((0..4).flat_map(|i| wire.number(first + 264 * i, 4)));
    expected.extend([0, 1].repeat(4));
    expected.extend(record(&tile((0, 0), (9, 10), 2)));
    for corner in [(0, 0), (0, 16), (16, 0), (16, 16)] {
        expected.extend(record(&tile(corner, (18, 20), 1)));
    }
    assert_eq!(raster::written(&block(), &options()), expected);
}

#[test]
fn a_bigtiff_begins_as_gdals() {
    let bytes = raster::written(&block(), &options().bigtiff(BigTiff::Yes));
    let wire = Wire {
        big_endian: false,
        bigtiff: true,
    };
    assert_eq!(bytes[..16], wire.header(200));
    assert_eq!(&bytes[16..16 + GHOST.len()], GHOST);
    assert_eq!(bytes[199], 0);
    assert_eq!(bytes[200..208], 13u64.to_le_bytes());
    let offsets = &bytes[208 + 9 * 20..][..20];
    assert_eq!(offsets[..4], [[68, 1], (LONG8).to_le_bytes()].concat());
    assert_eq!(offsets[4..12], 4u64.to_le_bytes());
}

/// Every tile of every level: its leader says its size, its trailer repeats its end, the tiles of
/// the smallest level come first, each level row by row, with nothing between them.
#[test]
fn tiles_stand_one_after_the_other() {
    for (compression, big) in [
        (Compression::None, BigTiff::No),
        (Compression::Deflate, BigTiff::Auto),
        (Compression::Lzw, BigTiff::Yes),
        (Compression::Zstd, BigTiff::Auto),
    ] {
        let block = raster::block(U16, 3, (150, 99));
        let bytes = raster::written(&block, &raster::options(compression, 16).bigtiff(big));
        let cog = raster::open(bytes.clone(), &Context::default());
        let levels: Vec<_> = cog.levels().collect();
        assert_eq!(levels.len(), 5);
        let mut expected = None;
        for level in levels.iter().rev() {
            let image = level.image();
            let counts = image.byte_counts.as_ref().expect("lengths");
            let of = |array: &cogwork::format::directory::IndexArray, tile| {
                array
                    .value(array.loaded().expect("a small file"), 0, tile)
                    .expect("a value")
            };
            for tile in 0..image.grid().count() {
                let at = of(&image.offsets, tile) as usize;
                let size = of(counts, tile) as usize;
                assert_eq!(at, expected.unwrap_or(at), "{compression} {tile}");
                assert_eq!(bytes[at - 4..at], (size as u32).to_le_bytes());
                assert_eq!(
                    bytes[at + size..at + size + 4],
                    bytes[at + size - 4..at + size]
                );
                expected = Some(at + size + 8);
            }
        }
        assert_eq!(
            expected,
            Some(bytes.len() + 4),
            "the last trailer ends the file"
        );
    }
}

/// Predictor is written wherever something is compressed, ExtraSamples for bands beyond the colours.
#[test]
fn tags_that_depend_on_the_raster() {
    use Compression::{Deflate, Lzw, Zstd};
    for (data_type, bands, compression, choice, predictor, photometric, extra) in [
        (U8, 1, Compression::None, PredictorChoice::Auto, None, 1, 0),
        (U8, 1, Deflate, PredictorChoice::None, Some(1), 1, 0),
        (U8, 3, Lzw, PredictorChoice::Auto, Some(2), 2, 0),
        (U8, 4, Zstd, PredictorChoice::Auto, Some(2), 2, 1),
        (U8, 5, Deflate, PredictorChoice::Auto, Some(2), 1, 4),
        (U16, 3, Deflate, PredictorChoice::Auto, Some(2), 1, 2),
        (F32, 1, Deflate, PredictorChoice::Auto, Some(3), 1, 0),
        (F32, 2, Lzw, PredictorChoice::Horizontal, Some(2), 1, 1),
    ] {
        let block = raster::block(data_type, bands, (20, 20));
        let options = raster::options(compression, 16).predictor(choice);
        let bytes = raster::written(&block, &options);
        let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(bytes)).expect("a TIFF");
        let mut values = |tag| {
            let tag = tiff::tags::Tag::from_u16_exhaustive(tag);
            let found = decoder
                .find_tag_unsigned_vec::<u16>(tag)
                .expect("whole numbers");
            found.unwrap_or_default()
        };
        let case = format!("{data_type} {bands} {compression} {choice:?}");
        assert_eq!(
            values(317),
            predictor.into_iter().collect::<Vec<u16>>(),
            "{case}"
        );
        assert_eq!(values(262), [photometric], "{case}");
        assert_eq!(values(338), vec![0; extra], "{case}");
        assert_eq!(values(277), [bands as u16], "{case}");
        assert_eq!(
            values(258),
            vec![8 * data_type.bytes() as u16; bands],
            "{case}"
        );
        assert_eq!(values(284), [1], "{case}");
    }
}
