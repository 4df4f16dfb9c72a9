//! Exit codes: 1 the data or the system failed, 2 wrong usage; one line; no harm done.

use std::fs;
use std::path::Path;

use crate::{cogwork, common, scene};

/// Files that are wrong, each in its way, and an old output.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put =
        |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("a folder");
    let visual = fs::read(scene().join("visual.tif")).expect("the scene");
    put("out.tif", b"the old file");
    put("text.tif", b"hello, world\nthis is text\n");
    put("empty.tif", b"");
    put("cut.tif", &visual[..700_000]);
    put("stub.tif", &visual[..100]);
    put("two\nlines.tif", b"hello, world");
    put("broken.json", b"{\"type\": \"FeatureCollection\"");
    folder
}

#[test]
fn exit_codes() {
    let folder = folder();
    let before = common::entries(folder.path());
    for (words, code) in [
        // The system or the data.
        ("info missing.tif", 1),
        ("info missing.tif --json", 1),
        ("info .", 1),
        ("info text.tif", 1),
        ("info empty.tif", 1),
        ("info stub.tif", 1),
        ("info broken.json#0/visual", 1),
        ("info http://127.0.0.1:1/a.tif --ca missing.pem", 1),
        ("info missing.json#0/visual", 1),
        ("read text.tif --raw -", 1),
        ("read cut.tif --raw -", 1),
        ("read SCENE/SCL.tif --raw missing/out.raw", 1),
        (
            "mask missing.tif --by SCENE/SCL.tif --values 8 -o out.tif",
            1,
        ),
        (
            "mask SCENE/SCL.tif --by missing.tif --values 8 -o out.tif",
            1,
        ),
        ("mask text.tif --by SCENE/SCL.tif --values 8 -o out.tif", 1),
        ("mask cut.tif --by cut.tif --values 8 -o out.tif", 1),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 -o missing/out.tif",
            1,
        ),
        ("mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 -o .", 1),
        ("validate missing.tif", 1),
        ("validate text.tif --json", 1),
        ("validate stub.tif --strict", 1),
        ("validate broken.json#0/visual", 1),
        // The caller.
        ("", 2),
        ("paint", 2),
        ("info", 2),
        ("info SCENE/SCL.tif SCENE/SCL.tif", 2),
        ("info SCENE/SCL.tif --jsonn", 2),
        ("info SCENE/SCL.tif --threads 0", 2),
        ("info SCENE/SCL.tif --threads many", 2),
        ("info http://127.0.0.1:1/a.tif --ca text.tif", 2),
        ("info http://127.0.0.1:1/a.tif --proxy socks5://h:1", 2),
        ("info http://127.0.0.1:1/a.tif --header a(b:c", 2),
        ("info SCENE/SCL.tif --header nothing", 2),
        ("info SCENE/SCL.tif --http-timeout 0", 2),
        ("info SCENE/SCL.tif --http-timeout soon", 2),
        ("info ftp://127.0.0.1/a.tif", 1),
        ("info SCENE/mysearch.json#-1/nothing", 2),
        ("validate", 2),
        ("validate SCENE/SCL.tif --full=maybe", 2),
        ("validate SCENE/mysearch.json#-1/nothing", 2),
        ("info SCENE/mysearch.json#99/visual", 2),
        ("info SCENE/mysearch.json#nobody/visual", 2),
        ("read SCENE/SCL.tif", 2),
        ("read SCENE/SCL.tif --raw - --overview 1", 2),
        ("read SCENE/SCL.tif --raw - --overview -1", 2),
        ("read SCENE/SCL.tif --raw - --bands 2", 2),
        ("read SCENE/SCL.tif --raw - --bands 0", 2),
        ("read SCENE/SCL.tif --raw - --bands one", 2),
        ("read SCENE/SCL.tif --raw - --window 0,0,388,1", 2),
        ("read SCENE/SCL.tif --raw - --window 0,0,0,0", 2),
        ("read SCENE/SCL.tif --raw - --window 0,0,10", 2),
        ("read SCENE/SCL.tif --raw - --window -1,0,10,10", 2),
        ("read SCENE/SCL.tif --raw - --bounds 0,0,1,1", 2),
        ("read SCENE/SCL.tif --raw - --bounds 1,2,3", 2),
        (
            "read SCENE/SCL.tif --raw - --bounds 0,0,1,1 --window 0,0,1,1",
            2,
        ),
        ("read SCENE/SCL.tif --raw - --size 10", 2),
        ("read SCENE/SCL.tif --raw - --size 0x10", 2),
        (
            "read SCENE/SCL.tif --raw - --size 3x3 --resampling sharp",
            2,
        ),
        ("read SCENE/SCL.tif --raw - --fill 3", 2),
        ("read SCENE/SCL.tif --raw - --boundless --fill 300", 2),
        ("mask SCENE/SCL.tif --by SCENE/SCL.tif -o out.tif", 2),
        ("mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8", 2),
        ("mask SCENE/SCL.tif --values 8 -o out.tif", 2),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values cloud -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 300 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8.5 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --nodata 300 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --nodata none -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --compress jpeg -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --level 10 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --predictor 3 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --predictor 4 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --blocksize 100 -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --resampling best -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --overviews some -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --bigtiff maybe -o out.tif",
            2,
        ),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 --overview 9 -o out.tif",
            2,
        ),
        (
            "mask SCENE/visual.tif --by SCENE/SCL.tif --values 8,9 -o out.tif",
            2,
        ),
    ] {
        let output = cogwork(folder.path(), words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words}: {said}");
        assert_eq!(said.lines().count(), 1, "{words}: {said}");
        assert!(
            said.starts_with("cogwork: ") && said.ends_with('\n'),
            "{words}: {said}"
        );
        assert!(output.stdout.is_empty(), "{words}");
        let old = fs::read(folder.path().join("out.tif")).expect("it is there");
        assert_eq!(old, b"the old file", "{words}");
        assert_eq!(common::entries(folder.path()), before, "{words}");
    }
}

/// A name of two lines is told on one.
#[test]
fn names_of_two_lines() {
    let folder = folder();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cogwork"))
        .args([Path::new("info"), Path::new("two\nlines.tif")])
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}

/// The message says where, and what would help.
#[test]
fn a_grid_that_does_not_match_is_told_with_the_one_that_does() {
    let folder = folder();
    let words = "mask SCENE/visual.tif --by SCENE/SCL.tif --values 8,9 -o out.tif";
    let output = cogwork(folder.path(), words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["visual.tif", "SCL.tif", "overview 0"] {
        assert!(said.contains(part), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let folder = folder();
    let output = cogwork(folder.path(), "read SCENE/SCL.tif --raw /dev/full");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}
