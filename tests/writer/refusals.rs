//! Misuse of the writer and options that make no sense.

use cogwork::error::Usage;
use cogwork::grid::Size;
use cogwork::sample::DataType;
use cogwork::write::{
    CogOptions, CogWriter, Compression, Overviews, PredictorChoice, Raster, write_block_to,
};
use cogwork::{Block, Context, ErrorKind, Result};

use crate::common::raster::block;

use Compression::{Deflate, Lzw, Zstd};
use DataType::{F32, I32, U8, U16};
use PredictorChoice::{Auto, FloatingPoint, Horizontal};

/// A raster of 40 x 30 uint8 pixels and two bands gets these blocks.
#[test]
fn rows_that_do_not_fit() {
    let fits = |height| block(U8, 2, (40, height));
    for (name, pushes, sound) in [
        ("all rows", vec![vec![fits(30)]], true),
        (
            "all rows in parts",
            vec![vec![fits(16)], vec![fits(1)], vec![fits(13)]],
            true,
        ),
        ("no rows", vec![], false),
        ("rows missing", vec![vec![fits(16)], vec![fits(13)]], false),
        ("too many rows", vec![vec![fits(16)], vec![fits(15)]], false),
        ("too many rows at once", vec![vec![fits(31)]], false),
        ("too narrow", vec![vec![block(U8, 2, (39, 30))]], false),
        ("too wide", vec![vec![block(U8, 2, (41, 30))]], false),
        (
            "too wide together",
            vec![vec![fits(30), block(U8, 2, (1, 30))]],
            false,
        ),
        (
            "unlike heights",
            vec![vec![block(U8, 2, (20, 30)), block(U8, 2, (20, 29))]],
            false,
        ),
        ("too few bands", vec![vec![block(U8, 1, (40, 30))]], false),
        ("too many bands", vec![vec![block(U8, 3, (40, 30))]], false),
        ("another type", vec![vec![block(U16, 2, (40, 30))]], false),
        ("no blocks", vec![vec![]], false),
    ] {
        let mut bytes = Vec::new();
        let result = push_all(&mut bytes, pushes);
        assert_eq!(result.is_ok(), sound, "{name}: {result:?}");
        assert_eq!(
            bytes.is_empty(),
            !sound,
            "{name}: nothing is written by halves"
        );
        if let Err(error) = result {
            assert!(
                matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
                "{name}: {error:?}"
            );
        }
    }
}

#[test]
fn rasters_that_are_none() {
    let raster = |width, height, bands| Raster::new(Size::new(width, height), bands, U8);
    let nodata = |value: i64| {
        let mut raster = raster(16, 16, 1);
        raster.nodata = Some(value.into());
        raster
    };
    for (name, raster) in [
        ("no columns", raster(0, 16, 1)),
        ("no rows", raster(16, 0, 1)),
        ("no bands", raster(16, 16, 0)),
        ("more bands than a TIFF has", raster(16, 16, 65536)),
        ("nodata that is no byte", nodata(300)),
        ("negative nodata", nodata(-1)),
    ] {
        let mut sink = Vec::new();
        let (options, context) = (CogOptions::default(), Context::default());
        let error = CogWriter::to_sink(&mut sink, raster, &options, &context).err();
        let kind = error.as_ref().map(|error| error.kind());
        assert!(
            matches!(kind, Some(ErrorKind::Usage(_))),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn options_that_make_no_sense() {
    let with = |compression| CogOptions::default().compression(compression);
    let block_of = |pixels| CogOptions::default().blocksize(pixels);
    for (options, data_type, sound) in [
        (CogOptions::default(), U8, true),
        (block_of(16), U8, true),
        (block_of(48), U8, true),
        (block_of(0), U8, false),
        (block_of(15), U8, false),
        (block_of(24), U8, false),
        (block_of(100), U8, false),
        (block_of(u32::MAX), U8, false),
        (with(Deflate).level(1), U8, true),
        (with(Deflate).level(9), U8, true),
        (with(Deflate).level(0), U8, false),
        (with(Deflate).level(10), U8, false),
        (with(Zstd).level(1), U8, true),
        (with(Zstd).level(22), U8, true),
        (with(Zstd).level(0), U8, false),
        (with(Zstd).level(23), U8, false),
        (with(Lzw).level(6), U8, false),
        (with(Compression::None).level(6), U8, false),
        (with(Deflate).predictor(Horizontal), I32, true),
        (with(Deflate).predictor(FloatingPoint), F32, true),
        (with(Lzw).predictor(Horizontal), F32, true),
        (with(Deflate).predictor(FloatingPoint), U8, false),
        (with(Zstd).predictor(FloatingPoint), I32, false),
        (with(Compression::None).predictor(Auto), F32, true),
        (
            with(Compression::None).predictor(PredictorChoice::None),
            F32,
            true,
        ),
        (with(Compression::None).predictor(Horizontal), U8, false),
        (with(Compression::None).predictor(FloatingPoint), F32, false),
        (
            CogOptions::default().overviews(Overviews::Count(0)),
            U8,
            true,
        ),
        (
            CogOptions::default().overviews(Overviews::Count(u32::MAX)),
            U8,
            true,
        ),
    ] {
        let block = block(data_type, 1, (20, 20));
        let mut sink = Vec::new();
        let result = write_block_to(&mut sink, &block, Raster::of_block(&block), &options);
        assert_eq!(result.is_ok(), sound, "{options:?} {data_type}: {result:?}");
        if let Err(error) = result {
            assert!(
                matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
                "{options:?}"
            );
            assert!(sink.is_empty());
        }
    }
}

/// A tile of 4 GiB is a limit, found before memory is asked for.
#[test]
fn tiles_that_are_too_large() {
    let block = block(U8, 1, (20, 20));
    for blocksize in [1 << 16, 1 << 31, u32::MAX - 15] {
        let options = CogOptions::default().blocksize(blocksize);
        let result = write_block_to(&mut Vec::new(), &block, Raster::of_block(&block), &options);
        let error = result.expect_err("no tile is that large");
        assert!(
            matches!(error.kind(), ErrorKind::Limit { .. }),
            "{blocksize}: {error:?}"
        );
    }
}

#[test]
fn names_of_options() {
    let sound = |text: &str| {
        [
            text.parse::<Compression>().is_ok(),
            text.parse::<PredictorChoice>().is_ok(),
            text.parse::<Overviews>().is_ok(),
        ]
    };
    for (text, expected) in [
        ("none", [true, true, true]),
        ("DEFLATE", [true, false, false]),
        ("zstd", [true, false, false]),
        ("auto", [false, true, true]),
        ("2", [false, true, true]),
        ("3", [false, true, true]),
        ("4", [false, false, true]),
        ("-1", [false, false, false]),
        ("", [false, false, false]),
        ("jpeg", [true, false, false]),
        ("packbits", [false, false, false]),
    ] {
        assert_eq!(sound(text), expected, "{text}");
    }
}

fn push_all(bytes: &mut Vec<u8>, pushes: Vec<Vec<Block>>) -> Result<()> {
    let raster = Raster::new(Size::new(40, 30), 2, U8);
    let options = CogOptions::default().blocksize(16);
    let mut writer = CogWriter::to_sink(bytes, raster, &options, &Context::default())?;
    for blocks in pushes {
        writer.push_beside(blocks)?;
    }
    writer.finish()
}
