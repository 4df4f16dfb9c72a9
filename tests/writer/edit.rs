//! Editing: another header over tiles that stay as they are.

use cogwork::ErrorKind;
use cogwork::block::Validity;
use cogwork::edit::Edit;
use cogwork::error::{Unsupported, Usage};
use cogwork::format::geo::{GeoKeys, Georeference};
use cogwork::grid::Affine;
use cogwork::sample::DataType::U16;
use cogwork::write::{BigTiff, Compression};
use cogwork::{Block, Cog, Context};

use crate::anatomy::{Anatomy, directories};
use crate::common::{self, raster, sha256, text};

fn source() -> Vec<u8> {
    let plain = raster::block(U16, 2, (100, 70));
    let mask = (0..7000).map(|at| u8::from(at % 11 > 2)).collect();
    let block = plain
        .with_validity(Validity::Mask(mask))
        .expect("the shape");
    raster::written(&block, &raster::options(Compression::Deflate, 32))
}

fn edited(bytes: &[u8], edit: &Edit) -> Vec<u8> {
    let context = Context::default();
    let mut found = Vec::new();
    let cog = raster::open(bytes.to_vec(), &context);
    cog.edit_to(&mut found, edit).expect("memory takes it");
    assert_eq!(
        (
            context.counters.tiles_decoded(),
            context.counters.tiles_encoded()
        ),
        (0, 0)
    );
    found
}

/// The text of a tag of a directory.
fn said(bytes: &[u8], directory: usize, tag: usize) -> Option<String> {
    let directories = directories(bytes);
    let values = directories[directory].get(&tag)?.values(bytes);
    let bytes: Vec<u8> = values.iter().map(|&byte| byte as u8).collect();
    Some(String::from_utf8(bytes).expect("a text"))
}

/// Every change says what it should in GDAL's metadata tag, on its own; no tile changes. GDAL escapes
/// texts twice.
#[test]
fn each_change() {
    let bytes = source();
    let item = |attributes: &str, text: &str| format!("<Item {attributes}>{text}</Item>");
    let cases = [
        (
            Edit::new().item("AREA", Some("north & south")),
            item("name=\"AREA\"", "north &amp;amp; south"),
        ),
        (
            Edit::new().band_item(2, "NOTE", Some("x")),
            item("name=\"NOTE\" sample=\"1\"", "x"),
        ),
        (
            Edit::new().description(1, Some("red")),
            item(
                "name=\"DESCRIPTION\" sample=\"0\" role=\"description\"",
                "red",
            ),
        ),
        (
            Edit::new().unit(2, Some("m")),
            item("name=\"UNITTYPE\" sample=\"1\" role=\"unittype\"", "m"),
        ),
        (
            Edit::new().scale(1, 0.5, -3.0),
            item("name=\"SCALE\" sample=\"0\" role=\"scale\"", "0.5"),
        ),
        (
            Edit::new().scale(1, 0.5, -3.0),
            item("name=\"OFFSET\" sample=\"0\" role=\"offset\"", "-3"),
        ),
    ];
    let before = Anatomy::of(&bytes);
    for (edit, expected) in cases {
        let found = edited(&bytes, &edit);
        let after = Anatomy::of(&found);
        assert!(after.images == before.images && after.masks == before.masks);
        assert!(after.together && after.order == before.order);
        let metadata = said(&found, 0, 42112).expect("metadata");
        assert!(
            metadata.contains(&expected),
            "{metadata} without {expected}"
        );
        assert_eq!(said(&bytes, 0, 42112), None);
        let back = Edit::new().item("AREA", None).band_item(2, "NOTE", None);
        let back = back.description(1, None).unit(2, None);
        let scaled = expected.contains("scale") || expected.contains("offset");
        assert_eq!(edited(&found, &back) == bytes, !scaled, "{expected}");
    }
}

#[test]
fn nodata_of_all_levels() {
    let bytes = source();
    let set = edited(&bytes, &Edit::new().nodata(Some(65535.into())));
    let images = [0, 2, 3];
    assert!(
        images
            .iter()
            .all(|&directory| said(&set, directory, 42113).as_deref() == Some("65535\0"))
    );
    let gone = edited(&set, &Edit::new().nodata(None));
    assert!(
        gone.len() < set.len()
            && images
                .iter()
                .all(|&directory| said(&gone, directory, 42113).is_none())
    );
    let cog = raster::open(bytes, &Context::default());
    let error = cog
        .edit_to(&mut Vec::new(), &Edit::new().nodata(Some(65536.into())))
        .expect_err("uint16");
    assert!(
        matches!(error.kind(), ErrorKind::Usage(Usage::Value { .. })),
        "{error}"
    );
}

#[test]
fn statistics_go_and_offsets_grow() {
    let noted = Edit::new()
        .band_item(1, "STATISTICS_MAXIMUM", Some("9"))
        .band_item(1, "NOTE", Some("stays"));
    let found = edited(
        &edited(&source(), &noted),
        &Edit::new().without_statistics(),
    );
    let metadata = said(&found, 0, 42112).expect("metadata");
    assert!(metadata.contains("stays") && !metadata.contains("STATISTICS"));
    let big = edited(&source(), &Edit::new().bigtiff(BigTiff::Yes));
    assert_eq!(big[2], 43);
    assert!(Anatomy::of(&big).images == Anatomy::of(&source()).images);
}

#[test]
fn bands_that_are_not_there() {
    let cog = raster::open(source(), &Context::default());
    for band in [0, 3] {
        let edit = Edit::new().description(band, Some("none"));
        let error = cog.edit_to(&mut Vec::new(), &edit).expect_err("two bands");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::Band { count: 2, .. })),
            "{error}"
        );
    }
}

/// The place of a file is that of another one's.
#[test]
fn georeference_of_another_file() {
    let path = common::repository().join("testdata/scene/visual.tif");
    let place = Cog::open(path).expect("the scene").base().georeference();
    let found = edited(&source(), &Edit::new().georeference(place.clone()));
    assert_eq!(
        raster::open(found, &Context::default())
            .base()
            .georeference(),
        place
    );
}

/// Over `testdata/formats`: what can be copied is what has tiles of multiples of 16, little-endian
/// where that matters; then GDAL's pixels stay. The rest is refused, saying why.
#[test]
fn what_can_be_edited() {
    let folder = common::repository().join("testdata/formats");
    let expected = common::json(folder.join("expected.json"));
    let (mut copied, mut refused) = (0, 0);
    for (name, entry) in expected["files"].as_object().expect("files") {
        let context = Context::default();
        let cog = Cog::open_with(folder.join(name), &context).expect(name);
        let mut found = Vec::new();
        let done = cog.edit_to(&mut found, &Edit::new().item("A", Some("b")));
        let image = cog.base().image().clone();
        let sides = &entry["tile"];
        let whole = |side: usize| {
            sides[side]
                .as_u64()
                .is_some_and(|side| side > 0 && side % 16 == 0)
        };
        let bytes = !text(entry, "dtype").ends_with('8');
        let ordered = text(entry, "byte_order") == "little" || !bytes;
        let Err(error) = done else {
            assert!(
                whole(0) && whole(1) && ordered,
                "{name} cannot have been copied"
            );
            copied += 1;
            let cog = raster::open(found, &Context::default());
            for (level, expected) in cog
                .levels()
                .zip(entry["levels"].as_array().expect("levels"))
            {
                let block: Block = level.read().expect(name);
                assert_eq!(
                    sha256(&block.samples().to_le_bytes()),
                    text(expected, "sha256"),
                    "{name}"
                );
            }
            continue;
        };
        refused += 1;
        let ErrorKind::Unsupported(Unsupported::Copy(why)) = error.kind() else {
            panic!("{name}: {error}");
        };
        let told = match () {
            _ if !image.tiled => *why == "it has strips",
            _ if !whole(0) || !whole(1) => why.contains("no multiples of 16"),
            _ if !ordered => why.contains("big-endian"),
            _ => false,
        };
        assert!(told, "{name}: {why}");
    }
    assert!(
        copied > 20 && refused > 20,
        "{copied} copied, {refused} refused"
    );
}

#[test]
fn an_edit_without_changes_changes_nothing() {
    assert!(edited(&source(), &Edit::new()) == source());
}

/// Keys 1024 (model), 2048 and 3072 (code) of GeoTIFF 1.1; kinds as in the EPSG registry.
#[test]
fn edits_of_systems() {
    let cog = opened(source());
    let keys_of = |cog: &Cog| cog.base().georeference().keys.expect("there are some");
    for (code, model, key) in [
        (32631, 1, 3072),
        (32760, 1, 3072),
        (3857, 1, 3072),
        (4326, 2, 2048),
        (4258, 2, 2048),
    ] {
        let edit = Edit::new().epsg(code.into());
        let edited = changed(&cog, &edit);
        let keys = keys_of(&edited);
        let found = (keys.short(1024), keys.short(key), keys.map().len());
        assert_eq!(found, (Some(model), Some(code), 3));
        assert_eq!(edited.base().epsg(), Some(code.into()));
        assert!(!keys.is_point());
    }
    let point = Georeference {
        transform: Some(Affine {
            a: 1.0,
            b: 0.0,
            c: 5.0,
            d: 0.0,
            e: -1.0,
            f: 9.0,
        }),
        keys: GeoKeys::from_epsg(4326, true),
        ..Georeference::default()
    };
    let placed = changed(&cog, &Edit::new().georeference(point.clone()));
    let edited = changed(&placed, &Edit::new().epsg(32631));
    assert_eq!(edited.base().georeference().transform, point.transform);
    assert!(keys_of(&edited).is_point());
    for code in [0, 4978, 4979, 31467, 32661, 65536 + 32631] {
        let mut bytes = Vec::new();
        let error = cog.edit_to(&mut bytes, &Edit::new().epsg(code));
        let error = error.expect_err("nobody knows");
        assert!(error.to_string().contains("crs-from"), "{error}");
        let usage = matches!(error.kind(), ErrorKind::Usage(Usage::Option(_)));
        assert!(usage && bytes.is_empty(), "{error:?}");
    }
}

#[test]
fn edits_of_scales() {
    let scaled = Edit::new().scale(1, 0.5, -3.0).scale(2, 2.0, 1.0);
    let scaled = changed(&opened(source()), &scaled);
    let edited = changed(&scaled, &Edit::new().without_scale(1));
    let of = |cog: &Cog| {
        let bands = cog.base().metadata().bands(2);
        [&bands[0], &bands[1]].map(|band| [band.scale, band.offset])
    };
    assert_eq!(of(&scaled), [[0.5, -3.0], [2.0, 1.0]]);
    assert_eq!(of(&edited), [[1.0, 0.0], [2.0, 1.0]]);
    let none = changed(&edited, &Edit::new().without_scale(1));
    assert_eq!(of(&none), of(&edited));
}

fn opened(bytes: Vec<u8>) -> Cog {
    raster::open(bytes, &Context::default())
}

fn changed(cog: &Cog, edit: &Edit) -> Cog {
    let mut bytes = Vec::new();
    cog.edit_to(&mut bytes, edit).expect("memory takes it");
    opened(bytes)
}
