//! Every command of every page runs, page by page, from top to bottom, in a folder that has the scene.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::markdown::Page;
use crate::{common, pages};

/// What stands for `cogwork` where it is not installed.
const RUN: &str = "cargo run --release --all-features -- ";

/// Commands that take the checkout and minutes: CI runs them, or their like.
const BUILDS: [&str; 8] = [
    "cargo clippy --all-targets --all-features -- -D warnings",
    "cargo doc --open --all-features",
    "cargo fmt --all",
    "cargo install --path . --features cli",
    "cargo test --release --all-features",
    "cargo test --test layering",
    "WRITE_DOCS=1 cargo test --release --all-features --test readme",
    "WRITE_SUPPORT=1 cargo test --release --all-features --test conformance",
];

#[test]
fn every_command_runs() {
    let mut ran = 0;
    for page in pages() {
        let folder = tempfile::tempdir().expect("a folder");
        copy_scene(&folder.path().join("testdata/scene"));
        for (line, command) in commands(&page) {
            let place = format!("{}, line {line}", page.name());
            if BUILDS.contains(&&*command) {
                continue;
            }
            let command = match command.strip_prefix(RUN) {
                Some(arguments) => format!("cogwork {arguments}"),
                None => command,
            };
            let known = command.starts_with("cogwork ");
            assert!(known, "{place}: no command that pages may have: {command}");
            run(folder.path(), &command, &place);
            ran += 1;
        }
    }
    assert!(ran > 10, "only {ran} commands were found");
}

/// A page that takes the features of `RUN` shares its build with the tests.
#[test]
fn the_build_of_the_tests_is_the_build_of_the_commands() {
    let readme = Page::read(&common::repository().join("README.md"));
    let builds: Vec<&str> = readme
        .text
        .match_indices("cargo run")
        .map(|(at, _)| &readme.text[at..])
        .collect();
    assert!(builds.len() > 2 && builds.iter().all(|text| text.starts_with(RUN)));
}

/// The commands of a page with their lines; one that ends with `\` goes on in the next line.
fn commands(page: &Page) -> Vec<(usize, String)> {
    let mut commands = Vec::new();
    for block in page.blocks("sh") {
        let mut begun: Option<(usize, String)> = None;
        for (number, text) in block.text.lines().enumerate() {
            let (line, mut command) = begun.take().unwrap_or((block.line + number, String::new()));
            command += text;
            match command.strip_suffix('\\') {
                Some(part) => begun = Some((line, part.to_owned())),
                None => commands.push((line, command)),
            }
        }
        assert!(begun.is_none(), "{}: a command without an end", page.name());
    }
    commands.retain(|(_, command)| !command.is_empty());
    commands
}

fn copy_scene(target: &Path) {
    fs::create_dir_all(target).expect("a folder");
    let scene = common::repository().join("testdata/scene");
    for entry in fs::read_dir(scene).expect("the scene") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), target.join(entry.file_name())).expect("a copy");
    }
}

fn run(folder: &Path, command: &str, place: &str) {
    let script = format!("cogwork() {{ \"$COGWORK\" \"$@\"; }}\n{command}");
    let output = Command::new("sh")
        .args(["-euc", &script])
        .env("COGWORK", env!("CARGO_BIN_EXE_cogwork"))
        .current_dir(folder)
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{place}: {command}\n{said}");
}
