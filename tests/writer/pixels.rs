//! What another reader, the `tiff` crate, finds in our files.

use std::io::Cursor;

use cogwork::block::Validity;
use cogwork::grid::Size;
use cogwork::sample::{DataType, Samples};
use cogwork::write::{BigTiff, Compression, PredictorChoice};
use cogwork::{Block, Cog, Context};
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use crate::common::raster;

use Compression::{Deflate, Lzw};
use DataType::{F32, F64, I16, I32, U8, U16, U32};
use PredictorChoice::{Auto, FloatingPoint, Horizontal};

#[test]
fn pixels_of_the_base() {
    for (data_type, bands, size, compression, predictor, blocksize) in [
        (U8, 1, (1, 1), Compression::None, Auto, 16),
        (
            U8,
            1,
            (100, 70),
            Compression::None,
            PredictorChoice::None,
            32,
        ),
        (U8, 1, (100, 70), Deflate, Horizontal, 16),
        (U8, 1, (100, 70), Lzw, PredictorChoice::None, 64),
        (U8, 3, (100, 70), Lzw, Horizontal, 48),
        (U8, 3, (17, 5), Deflate, PredictorChoice::None, 512),
        (I16, 1, (700, 3), Lzw, Auto, 16),
        (U16, 1, (3, 700), Deflate, Horizontal, 16),
        // Whole tiles: the crate refuses some padded ones, see `padded_tiles_of_lzw`.
        (U16, 1, (512, 256), Lzw, PredictorChoice::None, 256),
        (U16, 1, (513, 301), Compression::None, Auto, 128),
        (U32, 1, (50, 60), Deflate, Horizontal, 32),
        (I32, 1, (64, 32), Lzw, Horizontal, 32),
        (F32, 1, (100, 70), Compression::None, Auto, 16),
        (F32, 1, (100, 70), Deflate, FloatingPoint, 32),
        (F32, 1, (100, 70), Lzw, FloatingPoint, 512),
        (F32, 1, (100, 70), Lzw, PredictorChoice::None, 64),
        (F64, 1, (100, 70), Deflate, FloatingPoint, 64),
    ] {
        let block = raster::block(data_type, bands, size);
        let options = raster::options(compression, blocksize).predictor(predictor);
        let bytes = raster::written(&block, &options);
        let case = format!("{data_type} {bands} {size:?} {compression} {predictor:?} {blocksize}");
        let mut decoder =
            Decoder::new(Cursor::new(bytes)).unwrap_or_else(|e| panic!("{case}: {e}"));
        assert_eq!(decoder.dimensions().expect("dimensions"), size, "{case}");
        let found = decoder
            .read_image()
            .unwrap_or_else(|e| panic!("{case}: {e}"));
        assert!(little_endian(found) == by_pixel(&block), "{case}");
    }
}

/// Of a constant image every overview is constant, whatever the method; sizes are halved, rounded
/// down, until one tile holds all.
#[test]
fn sizes_and_pixels_of_overviews() {
    for (size, blocksize, expected) in [
        ((64, 64), 64, vec![]),
        ((65, 64), 64, vec![(32, 32)]),
        ((513, 301), 64, vec![(256, 150), (128, 75), (64, 37)]),
        ((700, 3), 128, vec![(350, 1), (175, 1), (87, 1)]),
        ((3, 700), 512, vec![(1, 350)]),
        ((1, 1), 16, vec![]),
    ] {
        let samples = Samples::U16(vec![4321; (size.0 * size.1) as usize]);
        let shape = Size::new(size.0, size.1);
        let block = Block::new(1, shape, samples, Validity::All).expect("the shape");
        let bytes = raster::written(&block, &raster::options(Deflate, blocksize));
        let mut decoder = Decoder::new(Cursor::new(bytes)).expect("a TIFF");
        let mut found = Vec::new();
        while decoder.more_images() {
            decoder.next_image().expect("a directory");
            let (width, height) = decoder.dimensions().expect("dimensions");
            found.push((width, height));
            let subfile = decoder.get_tag_u32(Tag::NewSubfileType).expect("the tag");
            assert_eq!(subfile, 1);
            match decoder.read_image().expect("pixels") {
                DecodingResult::U16(pixels) => {
                    assert_eq!(pixels, vec![4321; (width * height) as usize]);
                }
                _ => panic!("another type"),
            }
        }
        assert_eq!(found, expected, "{size:?}");
    }
}

/// The `tiff` crate finds no end in some LZW tiles of which it needs but a part. weezl, which it
/// decodes with, takes each of them whole: the pixels, then zeros, to the end of the stream.
#[test]
fn padded_tiles_of_lzw() {
    for (size, blocksize) in [((513, 301), 256), ((500, 301), 256), ((50, 60), 32)] {
        let block = raster::block(U16, 1, size);
        let options = raster::options(Lzw, blocksize).predictor(PredictorChoice::None);
        let bytes = raster::written(&block, &options);
        let base = raster::open(bytes.clone(), &Context::default()).base();
        let (image, pixels) = (base.image(), block.as_slice::<u16>().expect("its type"));
        let counts = image.byte_counts.as_ref().expect("lengths");
        let side = blocksize as usize;
        for (column, row) in image.grid().touched(base.size().window()).iter() {
            let tile = image.grid().index(column, row);
            let [at, length] = [&image.offsets, counts].map(|array| {
                let loaded = array.loaded().expect("a small file");
                array.value(loaded, 0, tile).expect("a value") as usize
            });
            let (left, top) = (column as usize * side, row as usize * side);
            let pixel = |i: usize| {
                let (x, y) = (left + i % side, top + i / side);
                let inside = x < size.0 as usize && y < size.1 as usize;
                if inside {
                    pixels[y * size.0 as usize + x]
                } else {
                    0
                }
            };
            let expected: Vec<u8> = (0..side * side)
                .flat_map(|i| pixel(i).to_le_bytes())
                .collect();
            let mut decoder =
                weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
            let mut found = Vec::new();
            let result = decoder
                .into_vec(&mut found)
                .decode_all(&bytes[at..at + length]);
            assert!(
                result.status.is_ok() && result.consumed_in == length,
                "{size:?} {tile}"
            );
            assert!(decoder.has_ended(), "{size:?} {tile}: no end code");
            assert!(found == expected, "{size:?} {tile}");
        }
    }
}

#[test]
fn bigtiff_when_asked() {
    let block = raster::block(U16, 1, (100, 70));
    for (big, version) in [(BigTiff::Yes, 43), (BigTiff::Auto, 42), (BigTiff::No, 42)] {
        let options = raster::options(Lzw, 32).bigtiff(big);
        let bytes = raster::written(&block, &options);
        assert_eq!(bytes[..4], [b'I', b'I', version, 0], "{big:?}");
        let cog = raster::open(bytes.clone(), &Context::default());
        assert_eq!(cog.is_bigtiff(), version == 43);
        assert_eq!(cog.overview_count(), 2);
        let mut decoder = Decoder::new(Cursor::new(bytes)).expect("a TIFF");
        let found = decoder.read_image().expect("pixels");
        assert!(little_endian(found) == by_pixel(&block), "{big:?}");
    }
}

/// Zstandard and the types that the `tiff` crate lacks, by our own reader: against the input.
#[test]
fn every_type_reads_back() {
    for data_type in DataType::ALL {
        let makes = Compression::ALL.iter().map(|(_, compression)| *compression);
        for compression in makes.filter(|make| make.is_general()) {
            for bands in 1..=5 {
                let block = raster::block(data_type, bands, (37, 21));
                let bytes = raster::written(&block, &raster::options(compression, 16));
                let cog: Cog = raster::open(bytes, &Context::default());
                let found = cog.base().read().expect("a sound file");
                assert!(found == block, "{data_type} {compression} {bands}");
            }
        }
    }
}

/// Band-sequential samples as a TIFF has them: pixel by pixel, little-endian.
fn by_pixel(block: &Block) -> Vec<u8> {
    let bytes = block.samples().to_le_bytes();
    let (bands, rows, columns) = block.shape();
    let (plane, width) = (rows * columns, block.data_type().bytes());
    let sample = |pixel: usize, band: usize| &bytes[(band * plane + pixel) * width..][..width];
    (0..plane)
        .flat_map(|pixel| (0..bands).flat_map(move |band| sample(pixel, band)))
        .copied()
        .collect()
}

fn little_endian(found: DecodingResult) -> Vec<u8> {
    macro_rules! bytes {
        ($($variant:ident),*) => {
            match found {
                $(DecodingResult::$variant(values) => {
                    values.iter().flat_map(|value| value.to_le_bytes()).collect()
                })*
            }
        };
    }
    bytes!(U8, U16, U32, U64, I8, I16, I32, I64, F16, F32, F64)
}
