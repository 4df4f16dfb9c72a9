//! `testdata/formats`: small files of many kinds by GDAL and tifffile. Every level must be what
//! GDAL reads from it (`expected.json`, made by `testdata/make.py`).

mod common;

use std::path::Path;

use cogwork::source::memory::MemorySource;
use cogwork::{Cog, Context};
use serde_json::Value;

#[test]
fn every_format_reads_as_gdal_reads_it() {
    let folder = common::repository().join("testdata/formats");
    let expected = common::json(folder.join("expected.json"));
    let files = expected["files"].as_object().expect("files by name");
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|(name, entry)| {
            let differences = match Cog::open(folder.join(name)) {
                Ok(cog) => differences(&cog, entry).unwrap_or_else(|error| vec![error.to_string()]),
                Err(error) => vec![error.to_string()],
            };
            (!differences.is_empty()).then(|| format!("{name}: {}", differences.join("; ")))
        })
        .collect();
    println!(
        "{} of {} files read as GDAL reads them",
        files.len() - wrong.len(),
        files.len()
    );
    assert!(files.len() > 100, "only {} files are expected", files.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_memory_source_gives_what_the_file_gives() {
    let folder = common::repository().join("testdata/formats");
    for name in [
        "levels-ceil-planar.tif",
        "levels-floor-sparse.tif",
        "nodata-float32-nan.tif",
    ] {
        let (file, memory) = both_sources(&folder.join(name));
        assert_eq!(file.overview_count(), memory.overview_count());
        for index in 0..=file.overview_count() {
            let [file, memory] = [&file, &memory]
                .map(|cog| cog.level(index).and_then(|level| level.read()).expect(name));
            assert_eq!(
                file.samples().to_le_bytes(),
                memory.samples().to_le_bytes(),
                "{name}"
            );
        }
    }
}

/// Where a file is not as expected, in words.
fn differences(cog: &Cog, entry: &Value) -> cogwork::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut check = |what: &str, same: bool| {
        if !same {
            found.push(format!("another {what}"));
        }
    };
    let base = cog.base();
    let (data_type, transform) = (base.data_type(), base.transform().map(|t| t.to_array()));
    check(
        "data type",
        data_type.name() == common::text(entry, "dtype"),
    );
    check(
        "number of bands",
        base.bands() as u64 == common::number(entry, "bands"),
    );
    check(
        "nodata",
        common::same_nodata(base.nodata(), &entry["nodata"], data_type),
    );
    check(
        "transform",
        common::same_transform(transform, &entry["transform"]),
    );
    check(
        "EPSG code",
        base.epsg().map(u64::from) == entry["epsg"].as_u64(),
    );
    let valid = base.read()?.valid_pixels();
    check(
        "validity",
        common::sha256(&valid) == common::text(entry, "valid_sha256"),
    );
    let levels = entry["levels"].as_array().expect("levels");
    check("number of levels", cog.overview_count() + 1 == levels.len());
    for (index, expected) in levels.iter().enumerate() {
        let level = cog.level(index)?;
        let size = [level.size().width, level.size().height].map(u64::from);
        let wanted = [
            common::number(expected, "width"),
            common::number(expected, "height"),
        ];
        check(&format!("size of level {index}"), size == wanted);
        let samples = level.read()?.samples().to_le_bytes();
        let same = common::sha256(&samples) == common::text(expected, "sha256");
        check(&format!("picture at level {index}"), same);
    }
    Ok(found)
}

fn both_sources(path: &Path) -> (Cog, Cog) {
    let bytes = std::fs::read(path).expect("the file");
    let memory =
        Cog::from_source(MemorySource::new(bytes), &Context::default()).expect("a memory source");
    (Cog::open(path).expect("a file"), memory)
}
