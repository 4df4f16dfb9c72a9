//! The command line, as a user meets it.
#![cfg(feature = "cli")]

#[path = "../common/mod.rs"]
mod common;

mod calc;
mod codes;
mod commands;
mod errors;
mod help;
mod info;
mod network;
#[cfg(unix)]
mod pipes;
mod plan;
mod quicklook;
mod stac;
mod stats;
mod validate;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The shipped scene's folder.
fn scene() -> PathBuf {
    common::repository().join("testdata/scene")
}

/// Runs `cogwork` in a folder, its words divided by blanks; `SCENE` stands for the scene's folder.
fn cogwork(folder: &Path, words: &str) -> Output {
    cogwork_with(folder, &[], words)
}

/// As [`cogwork`], after arguments that are taken as they are.
fn cogwork_with(folder: &Path, first: &[&str], words: &str) -> Output {
    let scene = scene().to_string_lossy().into_owned();
    Command::new(env!("CARGO_BIN_EXE_cogwork"))
        .args(first)
        .args(
            words
                .split_whitespace()
                .map(|word| word.replace("SCENE", &scene)),
        )
        .current_dir(folder)
        .output()
        .expect("the program runs")
}

/// Standard output of a run that must go well and say nothing else.
fn output(folder: &Path, words: &str) -> Vec<u8> {
    let output = cogwork(folder, words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(0), ""), "{words}");
    output.stdout
}
