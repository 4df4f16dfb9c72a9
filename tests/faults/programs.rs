//! `cogwork` as a child process, alone or under another program that makes trouble.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, str};

use crate::common;

/// A job of each kind that writes `out.tif`: one that computes, one that encodes, and two that copy
/// tiles, of more bytes than the writer's buffer holds.
pub const JOBS: [&str; 4] = [
    "mask SCENE/visual.tif --overview 0 --by SCENE/SCL.tif --values 8,9 --threads 2 -o out.tif",
    "convert SCENE/SCL.tif --blocksize 64 --compress lzw -o out.tif",
    "convert SCENE/B04.tif -o out.tif",
    "edit SCENE/B08.tif --set PLACE=here -o out.tif",
];

/// `cogwork` in a folder, its words divided by blanks; `SCENE` stands for the scene's folder.
/// `before` is the program, with its arguments, that runs it.
pub fn command(folder: &Path, before: &[&str], words: &str) -> Command {
    let scene = common::repository().join("testdata/scene");
    let scene = scene.to_string_lossy();
    let program = [before, &[env!("CARGO_BIN_EXE_cogwork")]].concat();
    let mut command = Command::new(program[0]);
    command
        .args(&program[1..])
        .args(
            words
                .split_whitespace()
                .map(|word| word.replace("SCENE", &scene)),
        )
        .current_dir(folder);
    command
}

pub fn run(folder: &Path, before: &[&str], words: &str) -> Output {
    let program = before.first().unwrap_or(&"cogwork");
    let output = command(folder, before, words).output();
    output.unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What a job writes where nothing is in its way.
pub fn expected(words: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &[], words);
    assert!(output.status.success(), "{words}: {}", said(&output));
    assert_eq!(common::entries(folder.path()), ["out.tif"]);
    fs::read(folder.path().join("out.tif")).expect("it is there")
}

pub fn said(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("text")
}

/// Whether a program is there and works. In CI it has to.
pub fn has(program: &str, arguments: &[&str]) -> bool {
    let works = Command::new(program).args(arguments).output();
    let works = works.is_ok_and(|output| output.status.success());
    let ci = std::env::var_os("CI").is_some();
    assert!(works || !ci, "{program} {arguments:?} does not work here");
    if !works {
        println!("left out: {program} {arguments:?} does not work here");
    }
    works
}

/// What a killed process has left beside the target: the names that the documentation gives.
pub fn left_over(folder: &Path) -> Vec<String> {
    let mut names = common::entries(folder);
    names.retain(|name| name != "out.tif");
    for name in &names {
        let inner = name
            .strip_prefix('.')
            .and_then(|name| name.strip_suffix(".part"));
        let number = inner.and_then(|inner| inner.rsplit_once('.'));
        let number = number.filter(|(name, _)| ["out.tif", "spool"].contains(name));
        let digits = number.and_then(|(_, number)| number.split_once('-'));
        let whole = |text: &str| text.parse::<u64>().is_ok();
        let known = digits.is_some_and(|(process, number)| whole(process) && whole(number));
        assert!(known, "`{name}` is left and no name of ours");
    }
    names
}

/// A folder that other users may enter, with what they need: the program and an input.
pub fn open_folder() -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let all = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our file");
    };
    all(folder.path(), 0o755);
    let program = folder.path().join("cogwork");
    fs::copy(env!("CARGO_BIN_EXE_cogwork"), &program).expect("room for the program");
    all(&program, 0o755);
    let input = common::repository().join("testdata/scene/SCL.tif");
    fs::copy(input, folder.path().join("in.tif")).expect("room for the input");
    all(&folder.path().join("in.tif"), 0o644);
    (folder, program)
}
