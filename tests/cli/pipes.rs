//! Standard input and output, pipes and devices.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use cogwork::block::{Block, Validity};
use cogwork::grid::{Size, Window};
use cogwork::sample::Samples;
use cogwork::write::{BlockWriter, CogOptions, Raster};
use cogwork::{Cog, Context};

use crate::{cogwork, common, output, scene};

/// A job of each command that writes a COG, of more bytes than a pipe holds, without its output.
const JOBS: [&str; 5] = [
    "mask SCENE/visual.tif --overview 0 --by SCENE/SCL.tif --values 8,9",
    "calc a*2 --in a=SCENE/B04.tif@0 --dtype f32 --compress lzw",
    "convert SCENE/visual.tif --overview 0 --compress zstd --blocksize 64",
    "convert SCENE/B04.tif",
    "edit SCENE/B08.tif --set PLACE=here",
];

fn piped(folder: &Path, words: &str) -> Child {
    let scene = scene().to_string_lossy().into_owned();
    Command::new(env!("CARGO_BIN_EXE_cogwork"))
        .args(
            words
                .split_whitespace()
                .map(|word| word.replace("SCENE", &scene)),
        )
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs")
}

/// Runs `cogwork` with these bytes as its standard input.
fn fed(folder: &Path, words: &str, bytes: Vec<u8>) -> Output {
    let mut child = piped(folder, words);
    let mut input = child.stdin.take().expect("it is piped");
    // Whether it takes them all is for the test to say.
    let feeding = std::thread::spawn(move || drop(input.write_all(&bytes)));
    let output = child.wait_with_output().expect("it ends");
    feeding.join().expect("no panic");
    output
}

fn fifo(folder: &Path) {
    let made = Command::new("mkfifo")
        .arg("fifo")
        .current_dir(folder)
        .status();
    assert!(made.expect("mkfifo is there").success());
}

/// The file's bytes, whatever takes them, and what takes them stays what it is.
#[test]
fn the_same_bytes_through_any_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fifo(folder);
    for words in JOBS {
        assert_eq!(output(folder, &format!("{words} -o out.tif")), b"");
        let expected = fs::read(folder.join("out.tif")).expect("it is there");
        for target in ["-", "/dev/fd/1"] {
            let found = output(folder, &format!("{words} -o {target}"));
            assert!(found == expected, "{words} -o {target}");
        }
        let mut child = piped(folder, &format!("{words} -o fifo"));
        let mut found = Vec::new();
        let mut end = File::open(folder.join("fifo")).expect("our pipe");
        end.read_to_end(&mut found).expect("our pipe");
        assert!(child.wait().expect("it ends").success(), "{words}");
        assert!(found == expected, "{words} -o fifo");
    }
    assert_eq!(output(folder, "convert SCENE/B04.tif -o /dev/null"), b"");
    let kind = |path: &str| {
        fs::metadata(folder.join(path))
            .expect("it is there")
            .file_type()
    };
    assert!(kind("fifo").is_fifo() && kind("/dev/null").is_char_device());
    assert_eq!(common::entries(folder), ["fifo", "out.tif"]);
    let raw = output(folder, "read SCENE/SCL.tif --raw -");
    output(folder, "read SCENE/SCL.tif --raw out.raw");
    assert!(fs::read(folder.join("out.raw")).expect("it is there") == raw);
}

/// A file behind `/dev/stdout` is a file: it is replaced when the new one is complete.
#[test]
fn standard_output_into_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    output(folder, "convert SCENE/B04.tif -o expected.tif");
    let expected = fs::read(folder.join("expected.tif")).expect("it is there");
    for target in ["-", "/dev/stdout"] {
        let path = folder.join("out.tif");
        let status = Command::new(env!("CARGO_BIN_EXE_cogwork"))
            .arg("convert")
            .arg(scene().join("B04.tif"))
            .args(["-o", target])
            .stdout(File::create(&path).expect("the folder takes it"))
            .status();
        assert!(status.expect("the program runs").success());
        assert!(
            fs::read(&path).expect("it is there") == expected,
            "{target}"
        );
    }
}

/// Writers of the library take a device as commands do.
#[test]
fn blocks_into_a_device() {
    let samples = Samples::U8(vec![1; 32 * 32]);
    let block = Block::new(1, Size::new(32, 32), samples, Validity::All).expect("it fits");
    let raster = Raster::of_block(&block);
    let (options, context) = (CogOptions::default(), Context::default());
    let writer = BlockWriter::create("/dev/null", raster, &options, &context).expect("it opens");
    writer
        .push(Window::new(0, 0, 32, 32), block)
        .expect("the window is free");
    writer.finish().expect("it takes all");
    let found = fs::metadata("/dev/null").expect("it is there").file_type();
    assert!(found.is_char_device());
}

/// What is read from a pipe is what is read from the file.
#[test]
fn sources_from_pipes() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fifo(folder);
    let scl = fs::read(scene().join("SCL.tif")).expect("the scene");
    for words in [
        "read SRC --raw -",
        "mask SCENE/visual.tif --overview 0 --by SRC --values 8,9 -o -",
        "calc a+a --in a=SRC -o -",
        "convert SRC --compress lzw -o -",
        "edit SRC --set PLACE=here -o -",
    ] {
        let expected = output(folder, &words.replace("SRC", "SCENE/SCL.tif"));
        let found = fed(folder, &words.replace("SRC", "-"), scl.clone());
        let said = String::from_utf8_lossy(&found.stderr);
        assert_eq!((found.status.code(), &*said), (Some(0), ""), "{words}");
        assert!(found.stdout == expected, "{words}");
        let child = piped(folder, &words.replace("SRC", "fifo"));
        let mut end = File::options()
            .write(true)
            .open(folder.join("fifo"))
            .expect("our pipe");
        end.write_all(&scl).expect("our pipe");
        drop(end);
        let found = child.wait_with_output().expect("it ends");
        assert!(
            found.status.success() && found.stdout == expected,
            "{words}"
        );
    }
    let found = fed(folder, "validate - --strict", scl.clone());
    assert_eq!(found.status.code(), Some(0));
    let found = fed(folder, "info - --json", scl.clone());
    let facts: serde_json::Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!(
        (&facts["source"], &facts["epsg"]),
        (&"standard input".into(), &32631.into())
    );
    // It is read once, whoever asks for it.
    let words = "mask - --by - --values 8 --nodata 0 -o out.tif";
    assert_eq!(fed(folder, words, scl.clone()).status.code(), Some(0));
    assert!(Cog::open(folder.join("out.tif")).is_ok());
    for (bytes, code) in [(Vec::new(), 1), (scl[..10_000].to_vec(), 1)] {
        let found = fed(folder, "read - --raw -", bytes);
        let said = String::from_utf8_lossy(&found.stderr);
        assert_eq!(found.status.code(), Some(code), "{said}");
        assert!(
            said.contains("standard input") && said.lines().count() == 1,
            "{said}"
        );
    }
}

/// As a program that SIGPIPE ends: 128 + 13, and not a word.
#[test]
fn a_reader_that_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fifo(folder);
    let jobs = JOBS.iter().map(|words| format!("{words} -o -"));
    for words in jobs.chain(["read SCENE/B04.tif --raw -".into()]) {
        let mut child = piped(folder, &words);
        let mut first = [0; 2];
        let out = child.stdout.as_mut().expect("it is piped");
        out.read_exact(&mut first).expect("its beginning");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(141), ""), "{words}");
    }
    let child = piped(folder, &format!("{} -o fifo", JOBS[3]));
    drop(File::open(folder.join("fifo")).expect("our pipe"));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        (output.status.code(), &*output.stderr),
        (Some(141), &b""[..])
    );
    assert_eq!(common::entries(folder), ["fifo"]);
}

#[test]
fn samples_and_validity_do_not_share_a_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = cogwork(folder.path(), "read SCENE/SCL.tif --raw - --mask -");
    assert_eq!((output.status.code(), &*output.stdout), (Some(2), &b""[..]));
}

/// `--raw` and `--mask` replace files whole or not at all, and follow links.
#[test]
fn raw_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::create_dir(folder.join("there")).expect("the folder takes it");
    fs::write(folder.join("there/out.raw"), b"the old file").expect("the folder takes it");
    std::os::unix::fs::symlink("there/out.raw", folder.join("link")).expect("a link");
    output(folder, "read SCENE/SCL.tif --raw link");
    assert!(folder.join("link").is_symlink());
    let length = fs::metadata(folder.join("there/out.raw"))
        .expect("it is there")
        .len();
    assert_eq!(length, 387 * 391);
    assert_eq!(common::entries(&folder.join("there")), ["out.raw"]);
}
