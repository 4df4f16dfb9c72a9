//! Options of conversions: masks, bands, nodata, statistics; and those that contradict each other.
//! What the pixels come to is compared with GDAL's in `tests/oracle/checks/options.py`.

mod common;

use cogwork::block::Validity;
use cogwork::edit::Edit;
use cogwork::error::Usage;
use cogwork::format::metadata::Statistics;
use cogwork::grid::Size;
use cogwork::sample::Samples;
use cogwork::source::memory::MemorySource;
use cogwork::write::{CogOptions, Raster, write_block_to};
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
