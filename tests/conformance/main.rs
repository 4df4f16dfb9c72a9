//! `../shared/conformance`: TIFFs of other projects. Each gives what GDAL gives on every level and
//! says what GDAL says, or is refused as unsupported; wrong pixels are never an answer. `SUPPORT.md`
//! is the table of it by feature.

#[path = "../common/mod.rs"]
mod common;
mod facts;
mod features;
mod table;
mod tags;

use std::borrow::Cow;
use std::path::Path;

use cogwork::sample::{Complex, Samples};
use cogwork::{Block, Cog, ErrorKind};
use rayon::prelude::*;
use serde_json::Value;

use facts::Fact;
use features::{Feature, Group, feature};
use table::{Outcome, Table};
use tags::Tags;

/// What one file shows.
struct Answer {
    name: String,
    codec: String,
    features: Vec<Feature>,
    pixels: Outcome,
    facts: Vec<Fact>,
}

#[test]
fn other_projects_files_give_gdals_pixels_and_facts_or_a_typed_refusal() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let expected = common::json(folder.join("expected.json"));
    let entries = expected["expected"].as_object().expect("entries by path");
    let entries: Vec<_> = entries.iter().collect();
    let answers: Vec<Answer> = entries
        .into_par_iter()
        .map(|(name, entry)| answer(name, &folder.join("files").join(name), entry))
        .collect();
    let wrong: Vec<String> = answers.iter().flat_map(Answer::wrong).collect();
    let page = page(&answers);
    println!("{page}");
    assert!(wrong.is_empty(), "wrong answers:\n{}", wrong.join("\n"));
    if ALL_CODECS {
        enough_is_read(&answers);
        is_up_to_date(&page);
    }
}

/// At least 98 of 100 files outside the two codecs that are left out on purpose.
fn enough_is_read(answers: &[Answer]) {
    let left_out = ["ojpeg", "sgilog"];
    let scope = answers
        .iter()
        .filter(|answer| !left_out.contains(&answer.codec.as_str()));
    let scope: Vec<&Answer> = scope.collect();
    let same = scope
        .iter()
        .filter(|answer| matches!(answer.pixels, Outcome::Same));
    let (same, all) = (same.count(), scope.len());
    assert!(all > 250, "only {all} files are in scope");
    assert!(
        same * 100 >= all * 98,
        "only {same} of {all} files are read"
    );
}

/// The committed page is this one; `WRITE_SUPPORT=1` writes it.
fn is_up_to_date(page: &str) {
    let path = common::repository().join("SUPPORT.md");
    if std::env::var_os("WRITE_SUPPORT").is_some() {
        std::fs::write(&path, page).expect("SUPPORT.md can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("SUPPORT.md is committed");
    assert!(committed == page, "SUPPORT.md is stale: {COMMAND}");
}

fn page(answers: &[Answer]) -> String {
    let mut table = Table::default();
    for answer in answers {
        for feature in &answer.features {
            table.add(feature.clone(), &answer.pixels);
        }
        for fact in answer.facts.iter().filter(|fact| fact.told) {
            let group = match fact.name {
                "transform" | "epsg" => Group::Georeferencing,
                "nodata" => Group::Validity,
                _ => Group::Meaning,
            };
            table.add(
                feature(group, format!("`{}` as GDAL says it", fact.name)),
                &fact.outcome,
            );
        }
    }
    let same = answers
        .iter()
        .filter(|answer| matches!(answer.pixels, Outcome::Same))
        .count();
    let (all, tables) = (answers.len(), table.to_markdown());
    format!(
        "# What is read\n\n\
        {all} TIFFs of other projects against GDAL 3.10.3: {same} give GDAL's samples and validity on every\n\
        level, the others are refused with a typed error. Made by\n\n    {COMMAND}\n\n\
        Lossy files whose samples differ from GDAL's by rounding are within 1 of its statistics of every\n\
        band. The other rows are exact. Ground control points and rational polynomial coefficients are\n\
        compared over `testdata/facts` by `tests/facts.rs`.\n{tables}"
    )
}

impl Answer {
    /// What is wrong with it.
    fn wrong(&self) -> Vec<String> {
        let outcomes = self.facts.iter().map(|fact| &fact.outcome);
        std::iter::once(&self.pixels)
            .chain(outcomes)
            .filter_map(|outcome| match outcome {
                Outcome::Wrong(why) => Some(format!("{}: {why}", self.name)),
                _ => None,
            })
            .collect()
    }
}

fn answer(name: &str, path: &Path, entry: &Value) -> Answer {
    let (pixels, facts) = match Cog::open(path) {
        Err(error) => (refusal(&error), Vec::new()),
        Ok(cog) => {
            let pixels = match difference(&cog, entry) {
                Ok(None) => Outcome::Same,
                Ok(Some(difference)) => Outcome::Wrong(difference),
                Err(error) => refusal(&error),
            };
            (pixels, facts::compared(name, &cog, entry))
        }
    };
    Answer {
        name: name.to_owned(),
        codec: common::text(entry, "compress").to_owned(),
        features: features::of(&Tags::of(path), entry),
        pixels,
        facts,
    }
}

fn refusal(error: &cogwork::Error) -> Outcome {
    match error.kind() {
        ErrorKind::Unsupported(unsupported) => Outcome::Refused(unsupported.to_string()),
        _ => Outcome::Wrong(error.to_string()),
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
fn difference(cog: &Cog, entry: &Value) -> cogwork::Result<Option<String>> {
    let levels = entry["levels"].as_array().expect("levels");
    if cog.overview_count() + 1 != levels.len() {
        let count = cog.overview_count() + 1;
        return Ok(Some(format!("{count} levels, expected {}", levels.len())));
    }
    for (index, expected) in levels.iter().enumerate() {
        let level = cog.level(index)?;
        let found = [level.size().width, level.size().height].map(u64::from);
        let wanted = ["width", "height"].map(|axis| common::number(expected, axis));
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
        let same = common::sha256(&samples) == common::text(expected, "sha256");
        let near = entry["lossy"] == true && near(&block, &expected["stats"]);
        if !same && !near {
            return Ok(Some(format!("other samples at level {index}")));
        }
        let valid = expected["valid_sha256"].as_str();
        if valid.is_some_and(|valid| common::sha256(&block.valid_pixels()) != valid) {
            return Ok(Some(format!("another validity at level {index}")));
        }
    }
    Ok(None)
}

/// Whether least, mean and largest sample of each band are within 1 of GDAL's.
fn near(block: &Block, statistics: &Value) -> bool {
    let Some(samples) = block.as_slice::<u8>() else {
        return false;
    };
    let statistics = statistics.as_array().expect("statistics by band");
    let (bands, rows, columns) = block.shape();
    let mut planes = samples.chunks(rows * columns).zip(statistics);
    let within = |(plane, expected): (&[u8], &Value)| {
        let sum: u64 = plane.iter().copied().map(u64::from).sum();
        let mean = sum as f64 / plane.len() as f64;
        let least = plane.iter().min().copied().map(f64::from);
        let most = plane.iter().max().copied().map(f64::from);
        [("min", least), ("mean", Some(mean)), ("max", most)]
            .into_iter()
            .all(|(name, found)| {
                let expected = expected[name].as_f64();
                found
                    .zip(expected)
                    .is_some_and(|(a, b)| (a - b).abs() <= 1.0)
            })
    };
    statistics.len() == bands && planes.all(within)
}

/// Makes the page anew.
const COMMAND: &str = "WRITE_SUPPORT=1 cargo test --release --all-features --test conformance";
/// Whether this build reads all that the library can.
const ALL_CODECS: bool = cfg!(all(
    feature = "ccitt",
    feature = "deflate",
    feature = "jpeg",
    feature = "lerc",
    feature = "lzma",
    feature = "lzw",
    feature = "webp",
    feature = "zstd"
));
