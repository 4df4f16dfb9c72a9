//! Files made to break a reader, each read in a process of its own kind that tells its time and its
//! memory: any answer is right but a panic, a hang or a blow-up. The limits are the default ones.

mod common;

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cogwork::{Cog, Level};

/// What opening a file and reading all its levels may take; a debug build is slower.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });
/// Memory beyond the samples that are given.
const MEMORY: u64 = 64 << 20;
/// Positions of a header that a whole file is cut at.
const CUTS: usize = 64;

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
    let read = answers_in_bounds(&files);
    println!(
        "hostile: {read} of {} files are read, the others refused",
        files.len()
    );
}

/// Every file of the conformance set, cut at 64 places of its header and one of its pixels. A debug
/// build takes every eighth file.
#[test]
fn every_truncation_of_other_projects_headers() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let expected = common::json(folder.join("expected.json"));
    let names = expected["expected"].as_object().expect("entries").keys();
    let step = if cfg!(debug_assertions) { 8 } else { 1 };
    let scratch = tempfile::tempdir().expect("a folder");
    let mut cut = 0;
    for name in names.step_by(step) {
        let whole = std::fs::read(folder.join("files").join(name)).expect(name);
        let files = cuts(&whole).map(|length| (format!("{length}.tif"), whole[..length].to_vec()));
        cut += answers_in_bounds_all(scratch.path(), files).0;
    }
    println!("{cut} truncations answered");
}

/// Lengths to cut a file at: even steps through the directory and what stands before it.
fn cuts(whole: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let header = whole.len().min(4096);
    let end = whole.len();
    let even = (0..CUTS).map(move |step| header * step / CUTS);
    even.chain([end / 2, end.saturating_sub(1)])
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
        let lengths = (0..whole.len()).step_by(7);
        let files = lengths.map(|length| (format!("{length}.tif"), whole[..length].to_vec()));
        answers_in_bounds_all(scratch.path(), files);
    }
}

#[test]
fn every_byte_of_a_header_turned() {
    let folder = common::repository().join("testdata/formats");
    let scratch = tempfile::tempdir().expect("a folder");
    for name in ["levels-floor-sparse.tif", "sparse-big.tif"] {
        let whole = std::fs::read(folder.join(name)).expect(name);
        let files = (0..whole.len().min(700)).map(|position| {
            let mut turned = whole.clone();
            turned[position] ^= 0xff;
            (format!("{position}.tif"), turned)
        });
        answers_in_bounds_all(scratch.path(), files);
    }
}

/// Bytes of every shipped file, turned at places spread over its first 2 KiB.
#[test]
fn bytes_of_every_shipped_file_turned() {
    let count = if cfg!(debug_assertions) { 6 } else { 64 };
    let scratch = tempfile::tempdir().expect("a folder");
    let mut answered = 0;
    for folder in ["formats", "facts", "foreign"] {
        let folder = common::repository().join("testdata").join(folder);
        let names = common::entries(&folder).into_iter();
        for name in names.filter(|name| name.ends_with(".tif")) {
            let whole = std::fs::read(folder.join(&name)).expect("a shipped file");
            let header = whole.len().min(2048);
            let files = (0..count).map(|step| {
                let mut turned = whole.clone();
                turned[(step * 1021 + name.len() * 37) % header] ^= [0xff, 0x80, 0x01][step % 3];
                (format!("{step}.tif"), turned)
            });
            answered += answers_in_bounds_all(scratch.path(), files).0;
        }
    }
    println!("{answered} files with a byte turned answered");
}

/// Writes files and has them read: how many there are, and how many are read.
fn answers_in_bounds_all(
    folder: &Path,
    files: impl Iterator<Item = (String, Vec<u8>)>,
) -> (usize, usize) {
    let put = |(name, bytes): (String, Vec<u8>)| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let paths: Vec<PathBuf> = files.map(put).collect();
    (paths.len(), answers_in_bounds(&paths))
}

/// Has files read by a child, and checks its time and memory for each: how many are read.
fn answers_in_bounds(paths: &[PathBuf]) -> usize {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let list: String = paths.iter().map(|p| format!("{}\n", p.display())).collect();
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(list.as_bytes()).expect("the child listens");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<Answer> = text.lines().filter_map(Answer::parse).collect();
    let next = paths.get(answers.len()).map(|path| path.display());
    assert!(
        output.status.success() && answers.len() == paths.len(),
        "the child ended at {next:?}: {}",
        output.status
    );
    for (path, answer) in paths.iter().zip(&answers) {
        answer.check(path);
    }
    answers.iter().filter(|answer| answer.read).count()
}

/// What a child says of one file.
#[derive(Debug)]
struct Answer {
    read: bool,
    took: Duration,
    /// Bytes by which memory grew at its peak.
    grew: u64,
    /// Bytes of the largest level's samples and validity, if it was given.
    given: u64,
}

impl Answer {
    fn parse(line: &str) -> Option<Self> {
        let (_, numbers) = line.split_once("answer: ")?;
        let numbers: Vec<u64> = numbers.split(' ').filter_map(|n| n.parse().ok()).collect();
        let [read, micros, grew, given] = numbers[..] else {
            return None;
        };
        Some(Answer {
            read: read == 1,
            took: Duration::from_micros(micros),
            grew,
            given,
        })
    }

    fn check(&self, path: &Path) {
        let allowed = self.given + MEMORY;
        let fine = self.took < PATIENCE && self.grew <= allowed;
        assert!(fine, "{}: {self:?}, allowed {allowed}", path.display());
    }
}

/// The child: reads the files that its input names.
#[test]
#[ignore = "the other tests run it in a process of its own"]
fn child() {
    let started = Mutex::new(Instant::now());
    let before = memory("VmRSS");
    std::thread::scope(|scope| {
        let (done, over) = std::sync::mpsc::channel::<()>();
        let started = &started;
        scope.spawn(move || {
            let tick = Duration::from_millis(100);
            while over.recv_timeout(tick) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let since = started.lock().expect("no panic").elapsed();
                if since > 10 * PATIENCE {
                    std::process::exit(1);
                }
            }
        });
        for line in std::io::stdin().lock().lines() {
            let line = line.expect("text");
            // The peak begins anew; where that is forbidden it is that of all files so far, no less.
            let _ = std::fs::write("/proc/self/clear_refs", "5");
            let start = Instant::now();
            *started.lock().expect("no panic") = start;
            let (read, given) = read_all(Path::new(&line));
            let micros = start.elapsed().as_micros();
            let grew = memory("VmHWM").saturating_sub(before);
            println!("\nanswer: {} {micros} {grew} {given}", u8::from(read));
        }
        drop(done);
    });
}

/// Opens and reads all levels: whether all of it went well, and the bytes of the largest block.
fn read_all(path: &Path) -> (bool, u64) {
    let Ok(cog) = Cog::open(path) else {
        return (false, 0);
    };
    let mut given = 0;
    let read = |level: Level| {
        let block = level.read()?;
        let valid = level.size().area();
        let samples = block.samples().len() * block.data_type().bytes();
        given = given.max(samples as u64 + valid);
        Ok::<_, cogwork::Error>(())
    };
    let read = cog.levels().try_for_each(read).is_ok();
    (read, given)
}

/// A line of Linux's account of this process, in bytes; elsewhere 0.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.unwrap_or(0u64) << 10
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of hostile files");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}
