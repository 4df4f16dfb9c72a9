//! Files beside a file: a damaged one is a warning, and a source without a path has none.

use cogwork::source::file::FileSource;
use cogwork::{Cog, Context};

use crate::common;

#[test]
fn a_damaged_sidecar_is_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let formats = common::repository().join("testdata/formats");
    std::fs::copy(formats.join("exact-tiles.tif"), &path).expect("copied");
    let alone = Cog::open(&path).expect("it is sound");
    assert_eq!((alone.overview_count(), alone.warnings().len()), (0, 0));
    for sidecar in ["image.tif.ovr", "image.tif.msk"] {
        std::fs::write(folder.path().join(sidecar), "no TIFF").expect("written");
    }
    let beside = Cog::open(&path).expect("the image itself is sound");
    assert_eq!((beside.overview_count(), beside.warnings().len()), (0, 2));
    assert_eq!(
        beside.base().read().expect("readable"),
        alone.base().read().expect("readable")
    );
    let source = FileSource::open(&path).expect("it is there");
    let source = Cog::from_source(source, &Context::default()).expect("it is sound");
    assert!(source.warnings().is_empty());
}

/// A smaller copy of the image in a `.ovr` file is its overview.
#[test]
fn an_ovr_file_holds_overviews() {
    let folder = tempfile::tempdir().expect("a folder");
    let scene = common::repository().join("testdata/scene/SCL.tif");
    let whole = Cog::open(&scene).expect("the shipped scene");
    let (image, overview) = (folder.path().join("a.tif"), folder.path().join("a.tif.ovr"));
    let options = cogwork::write::CogOptions::default().overviews(cogwork::write::Overviews::None);
    whole
        .base()
        .lazy()
        .write_cog(&image, &options)
        .expect("written");
    let small = whole.overview(0).expect("it has one");
    small
        .lazy()
        .write_cog(&overview, &options)
        .expect("written");
    let both = Cog::open(&image).expect("a file and its sidecar");
    assert_eq!(both.overview_count(), 1);
    let read = both
        .overview(0)
        .expect("in the sidecar")
        .read()
        .expect("readable");
    assert_eq!(read, small.read().expect("readable"));
    assert_eq!(
        both.overview(0).expect("in the sidecar").resolution(),
        small.resolution()
    );
}

/// The masks of overviews stand in `.msk.ovr` where GDAL makes both with TIFF_USE_OVR.
#[test]
fn an_ovr_file_of_a_mask_holds_the_masks_of_overviews() {
    let folder = tempfile::tempdir().expect("a folder");
    let scene = common::repository().join("testdata/scene/SCL.tif");
    let whole = Cog::open(&scene).expect("the shipped scene");
    let options = cogwork::write::CogOptions::default().overviews(cogwork::write::Overviews::None);
    let write = |level: &cogwork::Level, names: [&str; 2]| {
        for name in names {
            let path = folder.path().join(name);
            level.lazy().write_cog(path, &options).expect("written");
        }
    };
    let small = whole.overview(0).expect("it has one");
    write(&whole.base(), ["a.tif", "a.tif.msk"]);
    write(&small, ["a.tif.ovr", "a.tif.msk.ovr"]);
    let masked = Cog::open(folder.path().join("a.tif")).expect("a file and its sidecars");
    assert!(masked.warnings().is_empty(), "{:?}", masked.warnings());
    for (index, level) in [whole.base(), small].iter().enumerate() {
        let samples = level.read().expect("readable");
        let samples = samples.as_slice::<u8>().expect("bytes");
        let expected: Vec<u8> = samples.iter().map(|&class| u8::from(class != 0)).collect();
        let read = masked.level(index).expect("a level").read();
        assert_eq!(
            read.expect("readable").valid_pixels(),
            expected,
            "level {index}"
        );
    }
}
