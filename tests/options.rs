//! Options of conversions: masks, bands, nodata, statistics; and those that contradict each other.
//! What the pixels come to is compared with GDAL's in `tests/oracle/checks/options.py`.

mod common;

use cogwork::block::Validity;
use cogwork::edit::Edit;
use cogwork::error::Usage;
use cogwork::format::metadata::Statistics;
use cogwork::grid::Size;
use cogwork::sample::{DataType, Samples};
use cogwork::source::memory::MemorySource;
use cogwork::write::{
    CogOptions, Compression, Interleave, Overviews, PredictorChoice, Raster, write_block_to,
};
use cogwork::{Block, Cog, Context, Conversion, ErrorKind, MaskSource, StatisticsChoice};

/// Two bands of 2 x 2 pixels of uint8: the second is alpha if `alpha`.
fn source(nodata: Option<u8>, alpha: bool) -> Cog {
    let validity = nodata.map_or(Validity::All, |value| Validity::Nodata(value.into()));
    let samples = Samples::U8(vec![1, 2, 3, 6, 0, 2, 255, 2]);
    let block = Block::new(2, Size::new(2, 2), samples, validity).expect("a block");
    let mut raster = Raster::of_block(&block);
    raster.extra_samples = vec![if alpha { 2 } else { 0 }];
    written(|out| write_block_to(out, &block, raster, &CogOptions::default()))
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> cogwork::Result<()>) -> Cog {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("it can be written");
    Cog::from_source(MemorySource::new(bytes), &Context::default()).expect("it can be read")
}

fn converted(cog: &Cog, how: Conversion) -> Cog {
    written(|out| cog.base().convert_to(out, how))
}

fn plain() -> Conversion {
    Conversion::from(CogOptions::default())
}

#[test]
fn masks() {
    let alpha = converted(&source(None, true), plain().mask_from(MaskSource::Alpha));
    let block = alpha.base().read().expect("it is whole");
    assert_eq!(block.samples(), &Samples::U8(vec![1, 2, 3, 6]));
    assert_eq!(block.valid_pixels(), [0, 1, 1, 1]);
    // Only the pixel that is 2 in both bands is invalid.
    let nodata = converted(
        &source(Some(2), false),
        plain().mask_from(MaskSource::Nodata),
    );
    let block = nodata.base().read().expect("it is whole");
    assert_eq!(nodata.base().nodata(), None);
    assert_eq!(block.bands(), 2);
    assert_eq!(block.valid_pixels(), [1, 0, 1, 1]);
}

#[test]
fn bands_and_nodata() {
    let how = plain().bands([2, 1, 2]).nodata(Some(255.into()));
    let cog = converted(&source(None, false), how);
    let block = cog.base().read().expect("it is whole");
    let expected = Samples::U8(vec![0, 2, 255, 2, 1, 2, 3, 6, 0, 2, 255, 2]);
    assert_eq!(block.samples(), &expected);
    assert_eq!(cog.base().nodata(), Some(255.into()));
    let cog = converted(&cog, plain().nodata(None));
    assert_eq!(cog.base().nodata(), None);
}

/// A last value of odd length and no array after it: the tile still stands where the header says.
#[test]
fn odd_headers() {
    for nodata in [-9i32, -99, -999, -9999, -99999] {
        let samples = Samples::I32(vec![7; 4]);
        let validity = Validity::Nodata(nodata.into());
        let block = Block::new(1, Size::new(2, 2), samples, validity).expect("a block");
        let raster = Raster::of_block(&block);
        let cog = written(|out| write_block_to(out, &block, raster, &CogOptions::default()));
        assert_eq!(cog.base().read().expect("it is whole"), block);
    }
}

/// The numbers are computed by hand.
#[test]
fn statistics() {
    let band = |minimum, maximum, mean, variance: f64, valid| Statistics {
        minimum: Some(minimum),
        maximum: Some(maximum),
        mean: Some(mean),
        standard_deviation: Some(variance.sqrt()),
        valid_percent: Some(valid),
    };
    let first = band(1.0, 6.0, 3.0, 3.5, 100.0);
    let second = band(0.0, 255.0, 64.75, 12065.6875, 100.0);
    for (cog, expected) in [
        (source(None, false), [first, second]),
        (
            source(Some(2), false),
            [
                band(1.0, 6.0, 10.0 / 3.0, 38.0 / 9.0, 75.0),
                band(0.0, 255.0, 127.5, 16256.25, 50.0),
            ],
        ),
        (
            source(None, true),
            [band(2.0, 6.0, 11.0 / 3.0, 26.0 / 9.0, 75.0), second],
        ),
    ] {
        let found = cog.base().statistics().expect("they can be computed");
        for (found, expected) in found.iter().zip(&expected) {
            for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
                assert!(
                    (found - expected).abs() <= 1e-14 * expected.abs(),
                    "{found} {expected}"
                );
            }
        }
        let edit = Edit::new().statistics(found);
        let edited = written(|out| cog.edit_to(out, &edit));
        let of = |cog: &Cog| cog.base().metadata().bands(2)[0].statistics;
        let mean = of(&edited).mean.expect("there is one");
        assert!((mean - numbers(&expected[0])[2]).abs() < 1e-13);
        let statistics = |cog, choice| of(&converted(cog, plain().statistics(choice)));
        assert_eq!(statistics(&cog, StatisticsChoice::Compute), of(&edited));
        assert_eq!(statistics(&edited, StatisticsChoice::Auto), of(&edited));
        let none = Statistics::default();
        assert_eq!(statistics(&edited, StatisticsChoice::Drop), none);
        let changed = plain().nodata(Some(9.into()));
        assert_eq!(of(&converted(&edited, changed.clone())), none);
        let kept = changed.statistics(StatisticsChoice::Keep);
        assert_eq!(of(&converted(&edited, kept)), of(&edited));
    }
}

fn numbers(of: &Statistics) -> [f64; 5] {
    let all = [
        of.minimum,
        of.maximum,
        of.mean,
        of.standard_deviation,
        of.valid_percent,
    ];
    all.map(|number| number.expect("there is one"))
}

#[test]
fn changes_that_contradict() {
    let masked = converted(&source(None, true), plain().mask_from(MaskSource::Alpha));
    let with = |nodata: Option<u8>, alpha| source(nodata, alpha);
    for (cog, how, expected) in [
        (
            masked,
            plain().mask_from(MaskSource::Nodata),
            "a mask already",
        ),
        (
            with(None, false),
            plain().mask_from(MaskSource::Alpha),
            "no band is alpha",
        ),
        (
            with(None, false),
            plain().mask_from(MaskSource::Nodata),
            "no nodata value",
        ),
        (
            with(Some(2), false),
            plain().nodata(None).mask_from(MaskSource::Nodata),
            "no nodata value",
        ),
        (
            with(None, true),
            plain().nodata(Some(2.into())).mask_from(MaskSource::Alpha),
            "only one can tell",
        ),
        (with(None, false), plain().bands([]), "no band is left"),
        (with(None, false), plain().bands([3]), "band 3"),
        (with(None, false), plain().bands([0]), "band 0"),
        (with(None, false), plain().nodata(Some(300.into())), "300"),
    ] {
        let mut bytes = Vec::new();
        let error = cog.base().convert_to(&mut bytes, how).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
        let usage = matches!(
            error.kind(),
            ErrorKind::Usage(Usage::Option(_) | Usage::Band { .. } | Usage::Value { .. })
        );
        assert!(usage && bytes.is_empty(), "{error:?}");
    }
}

/// Every conflict of writing has its reason, whatever is written.
#[test]
fn options_that_contradict() {
    use Compression::{Deflate, Jpeg, Lerc, WebP};
    let with = |compression| CogOptions::default().compression(compression);
    let bits = |bits| CogOptions::default().bits(bits);
    let grey = (DataType::U8, 1, None::<i64>);
    let colors = (DataType::U8, 3, None);
    for (options, (data_type, bands, nodata), expected) in [
        (with(Jpeg).quality(0), grey, "quality 0: expected 1 to 100"),
        (
            with(Jpeg).quality(101),
            grey,
            "quality 101: expected 1 to 100",
        ),
        (with(Deflate).quality(80), grey, "quality: deflate has none"),
        (
            with(Deflate).overview_quality(80),
            grey,
            "overview quality: deflate has none",
        ),
        (
            with(Jpeg)
                .overview_compression(Deflate)
                .overview_quality(80),
            grey,
            "overview quality: overviews are deflate",
        ),
        (with(WebP).quality(80), colors, "lossy WebP"),
        (with(WebP).overview_quality(80), colors, "lossy WebP"),
        (
            with(Jpeg).level(6),
            grey,
            "level: compression jpeg takes no level",
        ),
        (with(Lerc).max_z_error(-1.0), grey, "max_z_error -1"),
        (with(Lerc).max_z_error(f64::NAN), grey, "max_z_error NaN"),
        (
            with(Deflate).max_z_error(0.5),
            grey,
            "max_z_error: deflate has none",
        ),
        (
            with(Lerc).level(6),
            grey,
            "level: compression lerc takes no level",
        ),
        (
            with(Compression::LercDeflate).level(10),
            grey,
            "takes levels 1 to 9",
        ),
        (
            with(Compression::Lzma).predictor(PredictorChoice::Horizontal),
            grey,
            "predictor: lzma has none",
        ),
        (
            with(Compression::Lzma).level(10),
            grey,
            "takes levels 0 to 9",
        ),
        (
            with(Compression::LercZstd).level(23),
            grey,
            "takes levels 1 to 22",
        ),
        (
            with(Compression::LercZstd),
            (DataType::I64, 1, None),
            "compression lerc_zstd: it has no int64",
        ),
        (
            with(Compression::LercZstd).max_z_error(0.5),
            (DataType::F32, 1, Some(0)),
            "could become nodata",
        ),
        (
            with(Lerc).max_z_error_overview(-0.5),
            grey,
            "max_z_error_overview -0.5: expected 0 or more",
        ),
        (
            with(Lerc)
                .overview_compression(Deflate)
                .max_z_error_overview(0.0),
            grey,
            "max_z_error_overview: overviews are deflate",
        ),
        (
            with(Lerc).max_z_error_overview(0.5),
            (DataType::F32, 1, Some(0)),
            "could become nodata",
        ),
        (
            with(Lerc).overview_predictor(PredictorChoice::Horizontal),
            grey,
            "overview predictor: lerc has none",
        ),
        (
            with(Deflate).overview_predictor(PredictorChoice::FloatingPoint),
            grey,
            "overview predictor: 3 needs floating point samples",
        ),
        (
            with(Jpeg),
            (DataType::U16, 1, None),
            "it needs uint8, found uint16",
        ),
        (
            with(WebP),
            (DataType::I8, 3, None),
            "it needs uint8, found int8",
        ),
        (
            with(Jpeg),
            (DataType::U8, 2, None),
            "1 band or 3 in a tile, found 2",
        ),
        (
            with(Jpeg),
            (DataType::U8, 4, None),
            "1 band or 3 in a tile, found 4",
        ),
        (with(WebP), grey, "3 or 4 bands in a tile, found 1"),
        (with(WebP).interleave(Interleave::Band), colors, "found 1"),
        (
            with(WebP),
            (DataType::U8, 5, None),
            "3 or 4 bands in a tile, found 5",
        ),
        (with(Lerc), (DataType::U64, 1, None), "it has no uint64"),
        (with(Lerc), (DataType::CF32, 1, None), "it has no complex64"),
        (
            with(Jpeg),
            (DataType::U8, 1, Some(0)),
            "could become nodata",
        ),
        (
            with(Lerc).max_z_error(0.5),
            (DataType::F32, 1, Some(0)),
            "could become nodata",
        ),
        (
            with(Deflate).overview_compression(Jpeg),
            (DataType::U8, 1, Some(0)),
            "could become nodata",
        ),
        (
            with(Deflate).overview_compression(Jpeg),
            (DataType::F32, 1, None),
            "it needs uint8",
        ),
        (with(Jpeg).blocksize(65536), grey, "at most 65535 columns"),
        (with(WebP).blocksize(16400), colors, "at most 16384 columns"),
        (with(Jpeg).bits(4), grey, "bits cannot be set"),
        (with(Lerc).bits(4), grey, "bits cannot be set"),
        (
            with(Jpeg).predictor(PredictorChoice::Horizontal),
            grey,
            "jpeg has none",
        ),
        (
            bits(4).predictor(PredictorChoice::Horizontal),
            grey,
            "samples of whole bytes",
        ),
        (bits(8), grey, "uint8 takes 1 to 7"),
        (bits(0), grey, "uint8 takes 1 to 7"),
        (bits(8), (DataType::U16, 1, None), "uint16 takes 9 to 15"),
        (bits(16), (DataType::U32, 1, None), "uint32 takes 17 to 31"),
        (bits(12), (DataType::F32, 1, None), "float32 takes 16 to 16"),
        (bits(12), (DataType::I16, 1, None), "int16 has only its own"),
        (
            bits(4),
            (DataType::U8, 1, Some(255)),
            "nodata value 255 is larger than 15",
        ),
        (
            bits(16),
            (DataType::F32, 1, Some(-9999)),
            "unless that is NaN",
        ),
    ] {
        let samples = Samples::zeroed(data_type, 4 * bands).expect("a few");
        let validity = nodata.map_or(Validity::All, |nodata| Validity::Nodata(nodata.into()));
        let block = Block::new(bands, Size::new(2, 2), samples, validity).expect("a block");
        let mut bytes = Vec::new();
        let written = write_block_to(&mut bytes, &block, Raster::of_block(&block), &options);
        let error = written.expect_err(expected);
        assert!(
            error.to_string().contains(expected),
            "{error}: expected {expected}"
        );
        let kind = error.kind();
        let refused = matches!(
            kind,
            ErrorKind::Usage(Usage::Option(_)) | ErrorKind::Unsupported(_)
        );
        assert!(refused && bytes.is_empty(), "{error:?}");
    }
}

/// The tags are those of GDAL's COG driver for the same options, but that none is none: GDAL takes
/// `OVERVIEW_PREDICTOR=NO` for none given.
#[test]
fn predictors_of_overviews() {
    use PredictorChoice::{Auto, FloatingPoint, Horizontal, None as Without};
    let values: Vec<f32> = (0..64 * 64u16).map(f32::from).collect();
    let block = Block::new(1, Size::new(64, 64), Samples::F32(values), Validity::All);
    let block = block.expect("a block");
    let options = || CogOptions::default().overviews(Overviews::Count(1));
    for (base, overview, compression, expected) in [
        (Auto, None, Compression::Deflate, [3, 3]),
        (Horizontal, None, Compression::Deflate, [2, 2]),
        (Horizontal, None, Compression::Lzw, [2, 2]),
        (Auto, Some(Horizontal), Compression::Deflate, [3, 2]),
        (Without, Some(Auto), Compression::Deflate, [1, 3]),
        (Without, Some(FloatingPoint), Compression::Lzw, [1, 3]),
        (Auto, Some(Without), Compression::Deflate, [3, 1]),
        (Auto, None, Compression::None, [3, 1]),
    ] {
        let mut options = options().compression(Compression::Deflate).predictor(base);
        options.overview_predictor = overview;
        let options = options.overview_compression(compression);
        let mut bytes = Vec::new();
        write_block_to(&mut bytes, &block, Raster::of_block(&block), &options).expect("it can be");
        let context = Context::default();
        let cog = Cog::from_source(MemorySource::new(bytes), &context).expect("it can be read");
        let levels = [cog.base(), cog.overview(0).expect("one")];
        assert_eq!(levels.map(|level| level.image().predictor), expected);
        assert_eq!(cog.base().read().expect("it is whole"), block);
        // Tiles stay where the options ask for what they are.
        let same = options.overviews(Overviews::Auto);
        written(|out| cog.base().convert_to(out, Conversion::from(same)));
        let counters = &context.counters;
        assert_eq!((counters.tiles_passed(), counters.tiles_encoded()), (2, 0));
    }
}

/// A level keeps what its tiles are inside of, whatever another is, and tiles stay only where that is
/// asked for.
#[test]
fn layers_of_lerc() {
    use Compression::{Lerc, LercDeflate, LercZstd};
    let values: Vec<u16> = (0..64 * 64).map(|at| at % 1009 * 57).collect();
    let block = Block::new(1, Size::new(64, 64), Samples::U16(values), Validity::All);
    let block = block.expect("a block");
    for (base, overview, expected) in [
        (Lerc, LercDeflate, [0, 1]),
        (LercDeflate, LercZstd, [1, 2]),
        (LercZstd, Lerc, [2, 0]),
    ] {
        let options = CogOptions::default()
            .compression(base)
            .overviews(Overviews::Count(1))
            .overview_compression(overview);
        let cog = written(|out| write_block_to(out, &block, Raster::of_block(&block), &options));
        let layers = |cog: &Cog| {
            let levels = [cog.base(), cog.overview(0).expect("one")];
            levels.map(|level| level.image().codec.lerc_parameters[1])
        };
        assert_eq!(layers(&cog), expected);
        assert_eq!(cog.base().read().expect("it is whole"), block);
        let same = Conversion::from(CogOptions::default().compression(base));
        let again = converted(&cog, same);
        assert_eq!(layers(&again), [expected[0]; 2]);
        let first = |cog: &Cog| cog.base().read().expect("it is whole");
        assert_eq!(first(&again), first(&cog));
    }
}

/// Indices into a colour map must not change.
#[test]
fn palettes_are_never_lossy() {
    let samples = Samples::U8(vec![0, 1, 2, 3]);
    let block = Block::new(1, Size::new(2, 2), samples, Validity::All).expect("a block");
    let mut raster = Raster::of_block(&block);
    raster.photometric = Some(3);
    raster.color_map = vec![0; 768];
    let options = CogOptions::default().compression(Compression::Jpeg);
    let written = write_block_to(&mut Vec::new(), &block, raster, &options);
    let error = written.expect_err("lossy colours");
    assert!(error.to_string().contains("colour map"), "{error}");
}

/// What is refused in the base of few bits is clamped in overviews: a kernel may overshoot.
#[test]
fn few_bits() {
    let options = CogOptions::default().bits(3);
    let of = |values: Vec<u8>| {
        let block = Block::new(1, Size::new(2, 2), Samples::U8(values), Validity::All);
        block.expect("a block")
    };
    let sound = of(vec![0, 7, 5, 2]);
    let cog = written(|out| write_block_to(out, &sound, Raster::of_block(&sound), &options));
    assert_eq!(cog.base().read().expect("it is whole"), sound);
    assert_eq!(cog.base().image().bits, 3);
    let large = of(vec![0, 7, 8, 2]);
    let refused = write_block_to(&mut Vec::new(), &large, Raster::of_block(&large), &options);
    let error = refused.expect_err("8 has four bits");
    assert!(
        error
            .to_string()
            .contains("a sample is 8, the largest is 7"),
        "{error}"
    );
    // Cubic overshoots at the edge between 0 and 7.
    let columns = (0..64 * 64).map(|at| if at % 64 < 33 { 0 } else { 7 });
    let block = Block::new(
        1,
        Size::new(64, 64),
        Samples::U8(columns.collect()),
        Validity::All,
    );
    let block = block.expect("a block");
    let options = options.overviews(Overviews::Count(1));
    let cog = written(|out| write_block_to(out, &block, Raster::of_block(&block), &options));
    let overview = cog.overview(0).expect("one").read().expect("it is whole");
    assert_eq!(
        overview.as_slice::<u8>().expect("bytes").iter().max(),
        Some(&7)
    );
}

/// A colour map has as many colours as the bits can name: that of 2 bits has 4.
#[test]
fn palettes_of_few_bits() {
    let samples = Samples::U8(vec![0, 1, 2, 3]);
    let block = Block::new(1, Size::new(2, 2), samples, Validity::All).expect("a block");
    let mut raster = Raster::of_block(&block);
    raster.photometric = Some(3);
    raster.color_map = (0..768).map(|color| 257 * (color % 256)).collect();
    let options = CogOptions::default().bits(2);
    let cog = written(|out| write_block_to(out, &block, raster, &options));
    let base = cog.base();
    let table = base.color_table().expect("colours");
    let shade = |value| [value, value, value, 255];
    assert_eq!(table, [shade(0), shade(1), shade(2), shade(3)]);
    assert_eq!(base.color_map().len(), 12);
}
