//! Files made to break a reader: any answer is right but a panic, a hang or a blow-up.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cogwork::{Cog, Context, Limits};

const PATIENCE: Duration = Duration::from_secs(2);

#[test]
fn crash_files_of_other_projects() {
    let Some(folder) = common::shared("conformance/hostile") else {
        return;
    };
    let files = files_in(&folder);
    assert!(
        files.len() >= 65,
        "only {} files in {}",
        files.len(),
        folder.display()
    );
    let read = files.iter().filter(|path| answers_in_time(path)).count();
    println!(
        "hostile: {read} of {} files are read, the others refused",
        files.len()
    );
}

#[test]
fn every_truncation_of_a_small_file() {
    let folder = common::repository().join("testdata/formats");
    let scratch = tempfile::tempdir().expect("a folder");
    for name in [
        "levels-one-pixel-wide.tif",
        "sparse-big.tif",
        "geo-tie-inside-big-endian.tif",
    ] {
        let whole = std::fs::read(folder.join(name)).expect(name);
        for length in (0..whole.len()).step_by(7) {
            let path = scratch.path().join("cut.tif");
            std::fs::write(&path, &whole[..length]).expect("a cut file");
            answers_in_time(&path);
        }
    }
}

#[test]
fn every_byte_of_a_header_turned() {
    let folder = common::repository().join("testdata/formats");
    let scratch = tempfile::tempdir().expect("a folder");
    for name in ["levels-floor-sparse.tif", "sparse-big.tif"] {
        let whole = std::fs::read(folder.join(name)).expect(name);
        for position in 0..whole.len().min(700) {
            let mut turned = whole.clone();
            turned[position] ^= 0xff;
            let path = scratch.path().join("turned.tif");
            std::fs::write(&path, &turned).expect("a turned file");
            answers_in_time(&path);
        }
    }
}

/// Opens and reads all levels; whether all of it went well.
fn answers_in_time(path: &Path) -> bool {
    let started = Instant::now();
    let read = Cog::open_with(path, &server()).and_then(|cog| {
        (0..=cog.overview_count()).try_for_each(|index| cog.level(index)?.read().map(drop))
    });
    let took = started.elapsed();
    assert!(took < PATIENCE, "{} took {took:?}", path.display());
    read.is_ok()
}

/// A server that reads files of strangers: a block may take 256 MiB, whatever size a file claims.
fn server() -> Context {
    let mut limits = Limits::default();
    limits.block_bytes = 256 << 20;
    Context {
        limits: Arc::new(limits),
        ..Context::default()
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of hostile files");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}
