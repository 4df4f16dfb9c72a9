//! What files say beside their pixels: as GDAL says it (`testdata/facts`, made by
//! `testdata/make.py`, and `../shared/conformance`), kept by a job whose pixels pass, and harmless
//! where it is damaged.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use cogwork::grid::Affine;
use cogwork::read::facts::{Item, Metadata};
use cogwork::sample::Scalar;
use cogwork::source::memory::MemorySource;
use cogwork::write::CogOptions;
use cogwork::{Cog, Context, Level};
use serde_json::{Value, json};

/// Facts that are not GDAL's, and why: file, fact, reason.
const EXCEPTIONS: [(&str, &str, &str); 8] = [
    (
        "heights.tif",
        "epsg",
        "the compound of EPSG:32631 and EPSG:5773 has no code; ours are of the parts",
    ),
    (
        "heights.tif",
        "units",
        "only EPSG's database says that EPSG:5773 is in metres",
    ),
    (
        "vertical.tif",
        "epsg",
        "the compound of EPSG:32631 and EPSG:5773 has no code; ours are of the parts",
    ),
    (
        "vertical.tif",
        "units",
        "only EPSG's database says that EPSG:5773 is in metres",
    ),
    (
        "vertical-geographic.tif",
        "epsg",
        "the database's code for the compound of EPSG:4326 and EPSG:5773 is 9707",
    ),
    (
        "vertical-geographic.tif",
        "units",
        "only EPSG's database says that EPSG:5773 is in metres",
    ),
    (
        "keys-past-end.tif",
        "epsg",
        "GDAL drops all keys where one is damaged",
    ),
    (
        "cogeotiff+rio-cogeo/tests/fixtures/validate/image_known_incompatible_ghost_headers.tif",
        "epsg",
        "a user-defined system; PROJ's database has one of the same parameters",
    ),
];

#[test]
fn facts_are_as_gdal_gives_them() {
    let folder = common::repository().join("testdata/facts");
    let expected = common::json(folder.join("expected.json"));
    let files = expected["files"].as_object().expect("files by name");
    assert!(files.len() > 25, "only {} files", files.len());
    let mut wrong = Vec::new();
    for (name, entry) in files {
        let cog = Cog::open(folder.join(name)).expect(name);
        for (what, found, wanted) in compared(&cog.base(), entry) {
            let excepted = excepted(name, what).is_some();
            if (found != wanted) != excepted {
                wrong.push(format!("{name}: {what} is {found}, GDAL has {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Why a fact of a file is not GDAL's, if it may be so.
fn excepted(name: &str, what: &str) -> Option<&'static str> {
    let mut exceptions = EXCEPTIONS.iter();
    let found = exceptions.find(|exception| (exception.0, exception.1) == (name, what));
    found.map(|exception| exception.2)
}

/// What is found and what GDAL has, by name.
fn compared(base: &Level, entry: &Value) -> Vec<(&'static str, Value, Value)> {
    let geo = base.georeference();
    let gcps: Vec<_> = geo
        .gcps
        .iter()
        .map(|&[c, r, _, x, y, z]| [c, r, x, y, z])
        .collect();
    let gcp_epsg = geo
        .keys
        .as_ref()
        .filter(|_| !gcps.is_empty())
        .and_then(|keys| keys.epsg());
    let colors = base.color_interpretations();
    let colors: Vec<_> = colors
        .iter()
        .map(|color| color.name().to_lowercase())
        .collect();
    let hex = |table: &[[u8; 4]]| -> String {
        table
            .iter()
            .flatten()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let table = base.color_table().filter(|_| colors[0] == "palette");
    let rpc = base.rpc().map(|rpc| rpc.to_doubles());
    let transform = base.transform().map(|affine| affine.to_array());
    vec![
        ("transform", json!(transform), entry["transform"].clone()),
        ("epsg", json!(base.epsg()), entry["epsg"].clone()),
        ("gcps", json!(gcps), entry["gcps"].clone()),
        ("gcp_epsg", json!(gcp_epsg), entry["gcp_epsg"].clone()),
        ("rpc", json!(rpc.map(rpc_texts)), entry["rpc"].clone()),
        ("tags", json!(dataset_tags(base)), entry["tags"].clone()),
        (
            "band_tags",
            json!(band_tags(base)),
            entry["band_tags"].clone(),
        ),
        (
            "descriptions",
            json!(base.descriptions()),
            entry["descriptions"].clone(),
        ),
        ("units", json!(base.units()), entry["units"].clone()),
        ("scales", json!(base.scales()), entry["scales"].clone()),
        ("offsets", json!(base.offsets()), entry["offsets"].clone()),
        ("colorinterp", json!(colors), entry["colorinterp"].clone()),
        ("colormap", json!(table.map(hex)), entry["colormap"].clone()),
        (
            "icc",
            json!(base.icc_profile().is_some()),
            entry["icc"].clone(),
        ),
    ]
}

/// The coefficients in rasterio's order and form.
fn rpc_texts(numbers: Vec<f64>) -> Vec<String> {
    let text = |numbers: &[f64]| {
        let texts: Vec<String> = numbers.iter().map(|n| format!("{n:?}")).collect();
        texts.join(" ")
    };
    let one = |index: usize| text(&numbers[index..=index]);
    vec![
        one(6),
        one(11),
        one(4),
        one(9),
        text(&numbers[32..52]),
        text(&numbers[12..32]),
        one(2),
        one(7),
        one(5),
        one(10),
        text(&numbers[72..92]),
        text(&numbers[52..72]),
        one(3),
        one(8),
        one(0),
        one(1),
    ]
}

/// The items of the dataset by domain, texts of tags and AREA_OR_POINT among those of the first.
fn dataset_tags(base: &Level) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut tags: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let first = tags.entry(String::new()).or_default();
    let texts = base.text_tags().into_iter();
    first.extend(texts.map(|(name, text)| (name.to_owned(), text)));
    let raster_type = base.geo_keys().and_then(|keys| keys.short(1025));
    if let Some(raster_type) = raster_type {
        let name = if raster_type == 2 { "Point" } else { "Area" };
        first.insert("AREA_OR_POINT".into(), name.into());
    }
    for item in plain_items(base).filter(|item| item.sample.is_none()) {
        let domain = tags
            .entry(item.domain.clone().unwrap_or_default())
            .or_default();
        let text = item.value().unwrap_or_default();
        domain.insert(item.name.clone(), text.to_owned());
    }
    tags
}

/// The items of each band that are in no domain.
fn band_tags(base: &Level) -> Vec<BTreeMap<String, String>> {
    let mut tags = vec![BTreeMap::new(); base.bands()];
    for item in plain_items(base).filter(|item| item.domain.is_none()) {
        if let Some(sample) = item.sample {
            let text = item.value().unwrap_or_default().to_owned();
            tags[usize::from(sample)].insert(item.name.clone(), text);
        }
    }
    tags
}

fn plain_items(base: &Level) -> impl Iterator<Item = &Item> {
    base.metadata()
        .items()
        .iter()
        .filter(|item| item.role.is_none())
}

#[test]
fn other_projects_files_say_what_gdal_says() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let expected = common::json(folder.join("expected.json"));
    let entries = expected["expected"].as_object().expect("entries by path");
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut wrong, mut closed) = (Vec::new(), Vec::new());
    for (name, entry) in entries {
        let cog = match Cog::open(folder.join("files").join(name)) {
            Ok(cog) => cog,
            Err(error) => {
                closed.push(format!("{name}: {error}"));
                continue;
            }
        };
        for (what, same, told) in facts(&cog.base(), entry) {
            let (right, telling) = tally.entry(what).or_default();
            *right += usize::from(same);
            *telling += usize::from(told);
            match excepted(name, what) {
                Some(why) if !same => println!("excepted: {name}: {what}: {why}"),
                None if !same => wrong.push(format!("{name}: {what} is not {}", entry[what])),
                Some(_) => wrong.push(format!("{name}: {what} needs no exception")),
                None => {}
            }
        }
    }
    println!("{} files, {} do not open:", entries.len(), closed.len());
    println!("  {}", closed.join("\n  "));
    for (what, (right, telling)) in tally {
        println!("{what:<12} {right} as GDAL's, where {telling} have one");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether each fact is GDAL's, and whether it says anything.
fn facts(base: &Level, entry: &Value) -> Vec<(&'static str, bool, bool)> {
    // rasterio cannot tell the identity from none.
    let transform = base
        .transform()
        .filter(|affine| *affine != Affine::IDENTITY);
    let transform = transform.map(|affine| affine.to_array());
    let colors = base.color_table().map(<[_]>::len);
    let plain = |what: &str, nothing: f64| {
        let numbers = entry[what].as_array().expect("numbers");
        numbers.iter().any(|number| *number != json!(nothing))
    };
    let described = entry["descriptions"].as_array().expect("descriptions");
    vec![
        (
            "colormap",
            json!(colors) == entry["colormap"],
            !entry["colormap"].is_null(),
        ),
        (
            "scales",
            json!(base.scales()) == entry["scales"],
            plain("scales", 1.0),
        ),
        (
            "offsets",
            json!(base.offsets()) == entry["offsets"],
            plain("offsets", 0.0),
        ),
        (
            "descriptions",
            json!(base.descriptions()) == entry["descriptions"],
            described.iter().any(|text| !text.is_null()),
        ),
        (
            "nodata",
            same_number(base.nodata(), entry["nodata"].as_str()),
            !entry["nodata"].is_null(),
        ),
        (
            "transform",
            common::same_transform(transform, &entry["transform"]),
            !entry["transform"].is_null(),
        ),
        (
            "epsg",
            json!(base.epsg()) == entry["epsg"],
            !entry["epsg"].is_null(),
        ),
    ]
}

/// Whether nodata is the number of a text: rasterio gives all as doubles.
fn same_number(found: Option<Scalar>, expected: Option<&str>) -> bool {
    let expected: Option<f64> = expected.map(|text| text.parse().expect("a number"));
    let found = found.map(|found| found.to_f64());
    found == expected || found.is_some_and(f64::is_nan) && expected.is_some_and(f64::is_nan)
}

#[test]
fn metadata_of_gdal_is_written_to_the_byte() {
    let folder = common::repository().join("testdata/facts");
    for name in ["bands.tif", "bands-cog.tif"] {
        let cog = Cog::open(folder.join(name)).expect(name);
        let base = cog.base();
        let items: Metadata = base.metadata().items().iter().cloned().collect();
        let (ours, theirs) = (items.to_xml(), base.metadata().to_xml());
        assert!(theirs.len() > 1000, "{name}");
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&theirs),
            "{name}"
        );
    }
}

#[test]
fn a_job_whose_pixels_pass_keeps_the_facts_but_no_statistics() {
    let folder = common::repository().join("testdata/facts");
    let expected = common::json(folder.join("expected.json"));
    for name in expected["files"].as_object().expect("files by name").keys() {
        let source = Cog::open(folder.join(name)).expect(name);
        let base = source.base();
        let never = base.lazy().is_in([101]);
        let masked = match base.nodata() {
            Some(_) => base.lazy().mask(&never),
            None => base.lazy().mask_with(&never, 255),
        };
        let mut bytes = Vec::new();
        masked
            .and_then(|masked| masked.write_cog_to(&mut bytes, &CogOptions::default()))
            .expect(name);
        let copy = Cog::from_source(MemorySource::new(bytes), &Context::default()).expect(name);
        let copied = copy.base();
        for (what, found, wanted) in compared(&copied, &Value::Null)
            .into_iter()
            .zip(compared(&base, &Value::Null))
            .map(|((what, found, _), (_, wanted, _))| (what, found, wanted))
        {
            match what {
                "band_tags" => assert!(!found.to_string().contains("STATISTICS"), "{name}"),
                // The colour of the new nodata value is transparent.
                "colormap" => {}
                _ => assert_eq!(found, wanted, "{name}: {what}"),
            }
        }
        assert_eq!(copied.geo_keys(), base.geo_keys(), "{name}");
        assert_eq!(copied.icc_profile(), base.icc_profile(), "{name}");
        let dropped = base.annotations().without_statistics();
        assert_eq!(copied.annotations(), dropped, "{name}");
    }
}

#[test]
fn damaged_facts_hinder_nothing() {
    let junk = vec![b'<'; 100 << 20];
    let large = vec![b'a'; 9 << 20];
    let bomb = b"<!DOCTYPE x [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><GDALMetadata>&b;".to_vec();
    for (tag, field_type, value) in [
        (42112, 2, junk.as_slice()),
        (42112, 2, &bomb),
        (42112, 2, b"\xff\xfe<GDALMetadata"),
        (42112, 12, b"12345678"),
        (42112, 1, b""),
        (42113, 2, &junk),
        (42113, 2, b"abc\0"),
        (34737, 2, &junk),
        (34736, 12, &large),
        (34735, 3, &large),
        (34735, 3, b"\x01\x00\x01\x00\x00\x00\xff\xff"),
        (34675, 7, &junk),
        (50844, 12, b"12345678"),
        (50844, 12, &large),
        (305, 2, &junk),
        (305, 2, b"\xff\xfe\xfd"),
        (282, 5, b"\0\0\0\0\0\0\0\0"),
        (296, 3, b""),
        (700, 1, &junk),
        (320, 3, b"\x01\x00"),
    ] {
        let file = with_tag(tag, field_type, value);
        let case = format!("tag {tag} of {} bytes", value.len());
        let cog = Cog::from_source(MemorySource::new(file), &Context::default());
        let cog = cog.unwrap_or_else(|error| panic!("{case}: {error}"));
        let base = cog.base();
        assert_eq!(base.scales(), [1.0], "{case}");
        let facts = compared(&base, &Value::Null);
        assert!(facts.iter().any(|(what, ..)| *what == "tags"), "{case}");
        let keys = base.geo_keys().map(|keys| keys.map().len());
        assert_eq!(keys.unwrap_or(0), 0, "{case}");
        assert_eq!(
            base.read().expect(&case).samples().to_le_bytes(),
            [7],
            "{case}"
        );
    }
}

/// A file of one pixel, 7, with one more tag.
fn with_tag(tag: u16, field_type: u16, value: &[u8]) -> Vec<u8> {
    let width = match field_type {
        3 => 2,
        5 | 12 => 8,
        _ => 1,
    };
    let count = u32::try_from(value.len() / width).expect("a count");
    let mut tags = vec![
        (256u16, 3u16, 1u32, 1u32),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (278, 3, 1, 1),
        (279, 4, 1, 1),
        (tag, field_type, count, 1000),
    ];
    if value.len() <= 4 {
        let mut inline = [0; 4];
        inline[..value.len()].copy_from_slice(value);
        tags[7].3 = u32::from_le_bytes(inline);
    }
    tags.sort_by_key(|entry| entry.0);
    let mut file = b"II\x2a\x00\x0a\x00\x00\x00\x07\x00\x08\x00".to_vec();
    for (tag, field_type, count, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(field_type.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.resize(1000, 0);
    file.extend(value);
    file
}

#[test]
fn an_overview_has_coefficients_for_its_own_pixels() {
    let path = Path::new("testdata/facts/rpc.tif");
    let base = Cog::open(common::repository().join(path))
        .expect("the file")
        .base();
    let mut bytes = Vec::new();
    let options = CogOptions::default().blocksize(16);
    base.lazy()
        .write_cog_to(&mut bytes, &options)
        .expect("a COG");
    let cog = Cog::from_source(MemorySource::new(bytes), &Context::default()).expect("a COG");
    let (rpc, half) = (
        base.rpc().expect("RPC"),
        cog.overview(0).expect("an overview"),
    );
    let (x, y) = base.size().ratios(half.size());
    assert_eq!(half.rpc(), Some(rpc.rescaled((x, y))));
    assert!(half.rpc() != Some(rpc));
}
