//! Rasters that are computed once and kept.

use cogwork::block::Validity;
use cogwork::sample::DataType::{self, U16};
use cogwork::write::{Compression, PredictorChoice};
use cogwork::{Beyond, Cog, Context, ErrorKind, PersistOptions};

use crate::common::raster;
use crate::scene;

/// Every type, in memory and in a file, raw and compressed: read twice, and the source never again.
#[test]
fn every_type_is_kept_as_it_is() {
    for data_type in DataType::ALL {
        let block = raster::block(data_type, 2, (200, 130));
        let options = raster::options(Compression::Lzw, 64).predictor(PredictorChoice::None);
        let context = Context::default();
        let image = raster::open(raster::written(&block, &options), &context);
        let image = image.base().lazy();
        for (options, spills) in [
            (PersistOptions::default(), false),
            (
                PersistOptions::default().compression(Compression::Zstd),
                false,
            ),
            (PersistOptions::default().limit(1000), true),
            (PersistOptions::default().limit(0), true),
        ] {
            let kept = image.persist_with(&options).expect("computed");
            assert_eq!(spilled() > 0, spills, "{data_type} {options:?}");
            let before = context.counters.counts();
            for _ in 0..2 {
                assert_eq!(
                    kept.compute().expect("kept"),
                    block,
                    "{data_type} {options:?}"
                );
            }
            let after = context.counters.counts();
            assert_eq!(after.requests, before.requests);
            assert_eq!(after.bytes_read, before.bytes_read);
            drop(kept);
            assert_eq!(spilled(), 0);
        }
    }
}

/// Temporary files of persisted rasters of this process. No other test of this binary makes any.
fn spilled() -> usize {
    let ours = format!(".persist.{}-", std::process::id());
    let entries = std::fs::read_dir(std::env::temp_dir()).expect("the folder");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with(&ours)).count()
}

#[test]
fn a_limit_that_is_to_fail() {
    let block = raster::block(U16, 1, (200, 130));
    let bytes = raster::written(&block, &raster::options(Compression::Lzw, 64));
    let image = raster::open(bytes, &Context::default()).base().lazy();
    let options = PersistOptions::default().beyond(Beyond::Fail);
    let error = image
        .persist_with(&options.limit(10_000))
        .expect_err("more");
    let limit = matches!(
        error.kind(),
        ErrorKind::Limit { what: "persist", allowed: 10_000, needed } if *needed > 10_000
    );
    assert!(limit, "{error:?}");
    assert!(image.persist_with(&options.limit(1 << 20)).is_ok());
}

#[cfg(feature = "jpeg")]
#[test]
fn loss_is_refused() {
    let bytes = raster::written(
        &raster::block(DataType::U8, 1, (64, 64)),
        &raster::options(Compression::Lzw, 64),
    );
    let image = raster::open(bytes, &Context::default()).base().lazy();
    let options = PersistOptions::default().compression(Compression::Jpeg);
    let error = image.persist_with(&options).expect_err("loss");
    assert!(error.is_usage(), "{error}");
}

/// A mask stays a mask, a masked image a masked image, and its place on the ground its own.
#[test]
fn masks_and_places_stay() {
    let context = Context::default();
    let cog = scene("visual", &context);
    let (image, classes) = (cog.overview(0).expect("overview 0"), scene("SCL", &context));
    let cloud = classes.base().lazy().is_in([8, 9]);
    let expected = image.lazy().mask(&cloud).expect("one grid");
    let expected = expected.compute().expect("sound");
    let kept = cloud.persist().expect("computed");
    let masked = image.lazy().mask(&kept).expect("a mask on one grid");
    assert_eq!(masked.compute().expect("sound"), expected);

    let covered = image.lazy().with_mask(&cloud).expect("a mask");
    let whole = covered.compute().expect("sound");
    assert!(matches!(whole.validity(), Validity::Mask(_)));
    let again = covered.persist().expect("computed");
    let block = again.compute().expect("kept");
    // Tiles without a valid pixel are left out: invalid samples are nobody's promise.
    assert_eq!(block.valid_pixels(), whole.valid_pixels());
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, lazy: &cogwork::Lazy| {
        let path = folder.path().join(name);
        let options = raster::options(Compression::Zstd, 256);
        lazy.write_cog(&path, &options).expect("written");
        Cog::open(&path).expect("a sound file").base()
    };
    let (first, second) = (write("a", &covered), write("b", &again));
    assert_eq!(first.transform(), second.transform());
    assert_eq!(first.epsg(), second.epsg());
    assert_eq!(first.epsg(), image.epsg());
}
