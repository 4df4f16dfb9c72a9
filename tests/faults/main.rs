//! Writing when things go wrong: processes that are killed, disks that are full, sinks, sources and
//! closures that fail or panic, users who give up; and blocks that come in any order.

#[path = "../common/mod.rs"]
mod common;

mod cancels;
mod large;
mod panics;
mod pushes;

#[cfg(all(feature = "cli", unix))]
mod calls;
#[cfg(all(feature = "cli", unix))]
mod disks;
#[cfg(all(feature = "cli", unix))]
mod kills;
#[cfg(all(feature = "cli", unix))]
mod programs;

use std::fs;
use std::path::{Path, PathBuf};

const OLD: &[u8] = b"the old file";

/// A folder with an old file, which is to be replaced.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.tif");
    fs::write(&path, OLD).expect("the folder takes it");
    (folder, path)
}

/// The old file is there as it was, and nothing else.
fn assert_unharmed(folder: &Path, case: &str) {
    assert_eq!(common::entries(folder), ["out.tif"], "{case}");
    let found = fs::read(folder.join("out.tif")).expect("it is there");
    assert!(found == OLD, "{case}: {} bytes", found.len());
}
