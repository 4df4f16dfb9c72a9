//! `../shared/conformance`: TIFFs of other projects. Each gives what GDAL gives on every level, or
//! is refused as unsupported; wrong pixels are never an answer.

mod common;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use cogwork::sample::{Complex, Samples};
use cogwork::{Cog, ErrorKind};
use serde_json::Value;

#[test]
fn other_projects_files_give_gdals_pixels_or_a_typed_refusal() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let expected = common::json(folder.join("expected.json"));
    let entries = expected["expected"].as_object().expect("entries by path");
    let exact: Vec<_> = entries
        .iter()
        .filter(|(_, entry)| entry["lossy"] == false)
        .collect();
    let mut tally = Tally::default();
    for (name, entry) in &exact {
        let path = folder.join("files").join(name);
        tally.add(name, outcome(&path, entry), in_scope(entry));
    }
    println!("{tally}");
    assert!(
        tally.scope > 20,
        "only {} entries are in scope",
        tally.scope
    );
    assert!(
        tally.wrong.is_empty(),
        "wrong answers:\n{}",
        tally.wrong.join("\n")
    );
}

enum Outcome {
    Same,
    Refused(String),
    Wrong(String),
}

#[derive(Default)]
struct Tally {
    same: usize,
    scope: usize,
    same_in_scope: usize,
    refused: Vec<String>,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, outcome: Outcome, in_scope: bool) {
        self.scope += usize::from(in_scope);
        match outcome {
            Outcome::Same => {
                self.same += 1;
                self.same_in_scope += usize::from(in_scope);
            }
            Outcome::Refused(why) if in_scope => {
                self.wrong.push(format!("{name}: refused: {why}"));
            }
            Outcome::Refused(why) => self.refused.push(format!("{why:<60} {name}")),
            Outcome::Wrong(why) => self.wrong.push(format!("{name}: {why}")),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut refused = self.refused.clone();
        refused.sort();
        writeln!(f, "refused as unsupported:\n  {}", refused.join("\n  "))?;
        writeln!(
            f,
            "conformance: {} entries as GDAL reads them ({} of the {} in scope), {} refused, {} wrong",
            self.same,
            self.same_in_scope,
            self.scope,
            self.refused.len(),
            self.wrong.len()
        )
    }
}

/// Tiled, of the types and codecs that must be read. Where tifffile is known to disagree, GDAL
/// converts (CMYK to RGBA): the stored samples are another picture.
fn in_scope(entry: &Value) -> bool {
    let codecs = ["none", "deflate", "lzw", "zstd", "packbits"];
    entry["tiled"] == true
        && codecs.contains(&common::text(entry, "compress"))
        && entry["nbits"].is_null()
        && entry["complex_int"] == false
        && entry["tifffile_agrees"] != false
        && !common::text(&entry["levels"][0], "dtype").starts_with("complex")
}

fn outcome(path: &Path, entry: &Value) -> Outcome {
    match difference(path, entry) {
        Ok(None) => Outcome::Same,
        Ok(Some(difference)) => Outcome::Wrong(difference),
        Err(error) => match error.kind() {
            ErrorKind::Unsupported(unsupported) => Outcome::Refused(unsupported.to_string()),
            _ => Outcome::Wrong(error.to_string()),
        },
    }
}

/// Complex integers as rasterio hands them on, for numpy has none: as complex64.
fn as_rasterio(samples: &Samples) -> Cow<'_, Samples> {
    let Samples::CI16(values) = samples else {
        return Cow::Borrowed(samples);
    };
    let wide = values
        .iter()
        .map(|z| Complex::new(z.re.into(), z.im.into()));
    Cow::Owned(Samples::CF32(wide.collect()))
}

/// The first level that is not as GDAL reads it.
fn difference(path: &Path, entry: &Value) -> cogwork::Result<Option<String>> {
    let cog = Cog::open(path)?;
    let levels = entry["levels"].as_array().expect("levels");
    if cog.overview_count() + 1 != levels.len() {
        let count = cog.overview_count() + 1;
        return Ok(Some(format!("{count} levels, expected {}", levels.len())));
    }
    for (index, expected) in levels.iter().enumerate().take(cog.overview_count() + 1) {
        let level = cog.level(index)?;
        let found = [level.size().width, level.size().height].map(u64::from);
        let wanted = [
            common::number(expected, "width"),
            common::number(expected, "height"),
        ];
        if found != wanted {
            return Ok(Some(format!(
                "level {index} is {found:?}, expected {wanted:?}"
            )));
        }
        let block = level.read()?;
        let samples = as_rasterio(block.samples());
        if samples.data_type().name() != common::text(expected, "dtype") {
            return Ok(Some(format!(
                "level {index} is of type {}",
                block.data_type()
            )));
        }
        let samples = samples.to_le_bytes();
        if common::sha256(&samples) != common::text(expected, "sha256") {
            return Ok(Some(format!("other samples at level {index}")));
        }
        let valid = expected["valid_sha256"].as_str();
        if valid.is_some_and(|valid| common::sha256(&block.valid_pixels()) != valid) {
            return Ok(Some(format!("another validity at level {index}")));
        }
    }
    Ok(None)
}
