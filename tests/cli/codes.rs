//! Exit codes of every command for good, bad and wrong use, as a table: 0 done, 1 the data or the system
//! failed, 2 wrong usage.

use std::fs;
use std::process::{Command, Stdio};

use crate::{cogwork, common, output, scene};

/// Good use of every command, and whether it prints to standard output. `SRC` stands for what is read and
/// `OUT` for what is written.
const COMMANDS: [(&str, bool); 14] = [
    ("info SRC", true),
    ("read SRC --raw OUT", false),
    ("mask SRC --by SCENE/SCL.tif --values 8,9 -o OUT", false),
    ("mask SCENE/SCL.tif --by SRC --values 8,9 -o OUT", false),
    ("calc a+1 --in a=SRC -o OUT", false),
    ("convert SRC --compress lzw -o OUT", false),
    ("edit SRC --set A=b -o OUT", false),
    ("validate SRC", true),
    ("stats SRC", true),
    ("stats SCENE/SCL.tif --by SRC", true),
    ("plan mask SRC --by SCENE/SCL.tif --values 8,9", true),
    ("plan calc a+1 --in a=SRC", true),
    ("plan convert SRC", true),
    ("quicklook SRC -o OUT", false),
];

#[test]
fn good_use() {
    let folder = tempfile::tempdir().expect("a folder");
    for (words, prints) in COMMANDS {
        let words = words.replace("SRC", "SCENE/SCL.tif").replace("OUT", "out");
        let printed = output(folder.path(), &words);
        assert_eq!(!printed.is_empty(), prints, "{words}");
        let written = fs::remove_file(folder.path().join("out")).is_ok();
        assert_eq!(written, !prints, "{words}");
    }
    for words in [
        "plan convert SCENE/SCL.tif --out plan.json",
        "plan show plan.json",
        "plan run plan.json -o out",
        "stac SCENE/mysearch.json",
        "generate completions bash",
        "generate man",
    ] {
        output(folder.path(), words);
    }
}

/// Whatever is wrong with what is read: one line that names it, and nothing written.
#[test]
fn bad_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let visual = fs::read(scene().join("SCL.tif")).expect("the scene");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("a folder");
    };
    put("text.tif", b"this is no TIFF");
    put("stub.tif", &visual[..60]);
    put("cut.tif", &visual[..5000]);
    let before = common::entries(folder.path());
    for name in ["missing.tif", "text.tif", "stub.tif", "cut.tif", "."] {
        for (words, _) in COMMANDS {
            // What needs no tile is said of a file that lacks some; a plan reads none.
            let header_only = words.starts_with("info") || words.starts_with("plan");
            if name == "cut.tif" && (header_only || words.starts_with("validate")) {
                continue;
            }
            let words = words.replace("SRC", name).replace("OUT", "out");
            let output = cogwork(folder.path(), &words);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{words}: {said}");
            assert_eq!(said.lines().count(), 1, "{words}: {said}");
            assert!(
                said.starts_with("cogwork: ") && said.contains(name),
                "{words}: {said}"
            );
            assert!(output.stdout.is_empty(), "{words}");
            assert_eq!(common::entries(folder.path()), before, "{words}");
        }
    }
    for (words, code) in [
        ("info cut.tif", 0),
        ("validate cut.tif", 1),
        ("stac text.tif", 1),
        ("stac missing.json", 1),
        ("plan show text.tif", 1),
        ("plan run missing.json -o out", 1),
    ] {
        assert_eq!(
            cogwork(folder.path(), words).status.code(),
            Some(code),
            "{words}"
        );
        assert_eq!(common::entries(folder.path()), before, "{words}");
    }
}

/// A folder that is not there, or that is no folder.
#[test]
fn outputs_that_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), b"no folder").expect("written");
    for place in ["missing/out", "file/out"] {
        let writing = COMMANDS.iter().filter(|(_, prints)| !prints);
        let words =
            writing.map(|(words, _)| words.replace("SRC", "SCENE/SCL.tif").replace("OUT", place));
        let plans =
            ["out", "graph"].map(|what| format!("plan convert SCENE/SCL.tif --{what} {place}"));
        for words in words.chain(plans) {
            let output = cogwork(folder.path(), &words);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{words}: {said}");
            assert_eq!(said.lines().count(), 1, "{words}: {said}");
            assert_eq!(common::entries(folder.path()), ["file"], "{words}");
        }
    }
    let output = cogwork(folder.path(), "generate man file");
    assert_eq!(output.status.code(), Some(1));
}

/// What no command takes.
#[test]
fn wrong_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = COMMANDS.iter().flat_map(|(words, _)| {
        let good = words.replace("SRC", "SCENE/SCL.tif").replace("OUT", "out");
        let command = good.split("SCENE").next().unwrap_or_default();
        [
            format!("{good} --unheard-of"),
            format!("{good} --threads none"),
            command.to_owned(),
        ]
    });
    let other = [
        "plan",
        "plan paint",
        "plan run plan.json",
        "plan mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8 -o out",
        "plan calc a --in a=SCENE/SCL.tif --explain",
        "calc a --in a=SCENE/SCL.tif --estimate -o out",
        "stac",
        "stac SCENE/mysearch.json --datetime yesterday",
        "stac SCENE/mysearch.json --datetime 2021/2020",
        "stac SCENE/mysearch.json --max-cloud-cover few",
        "generate",
        "generate completions cmd",
        "stats SCENE/SCL.tif --percentiles 101",
        "stats SCENE/SCL.tif --histogram 0",
        "stats SCENE/SCL.tif --histogram 1,2",
        "stats SCENE/SCL.tif --bands 2",
        "stats SCENE/SCL.tif --overview 7",
        "stats SCENE/SCL.tif --window 0,0,388,1",
        "stats SCENE/SCL.tif --window 0.5,0,1,1",
        "stats SCENE/SCL.tif --bounds 0,0,1,1",
        "stats SCENE/SCL.tif --by SCENE/visual.tif",
    ];
    for words in all.chain(other.map(str::to_owned)) {
        let output = cogwork(folder.path(), &words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words}: {said}");
        assert!(said.starts_with("cogwork: "), "{words}: {said}");
        assert!(output.stdout.is_empty(), "{words}");
        assert!(common::entries(folder.path()).is_empty(), "{words}");
    }
}

/// Whoever closes the pipe has seen enough of a text.
#[cfg(unix)]
#[test]
fn closed_pipes() {
    let folder = tempfile::tempdir().expect("a folder");
    let scene = scene().join("SCL.tif").to_string_lossy().into_owned();
    let mut all: Vec<String> = COMMANDS
        .iter()
        .filter(|(_, prints)| *prints)
        .map(|(words, _)| {
            words
                .replace("SRC", &scene)
                .replace("SCENE/SCL.tif", &scene)
        })
        .collect();
    all.extend(["generate completions bash", "generate man", "--help"].map(str::to_owned));
    for words in all {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_cogwork"))
            .args(words.split_whitespace())
            .current_dir(folder.path())
            .stdout(Stdio::from(writer))
            .stderr(Stdio::piped())
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{words}");
    }
}
