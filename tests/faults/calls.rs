//! The calls to the system: their order, and what comes of it when one of them fails or is the last.
//! `strace` listens, and makes calls fail or kills the process at them.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Output;

use crate::programs::{JOBS, expected, has, left_over, run, said};
use crate::{OLD, assert_unharmed, folder};

/// Runs a job under `strace`, which may inject something, and gives its calls too.
fn traced(folder: &Path, inject: &str, words: &str) -> (Output, Vec<Call>) {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let path = log.path().to_string_lossy();
    let mut before = vec!["strace", "-f", "-y", "-e", CALLS, "-o", &path];
    if !inject.is_empty() {
        before.extend(["-e", inject]);
    }
    let output = run(folder, &before, words);
    let text = fs::read_to_string(&*path).expect("what strace wrote");
    (output, text.lines().filter_map(Call::parse).collect())
}

const CALLS: &str = "trace=openat,write,pwrite64,fsync,fdatasync,rename,renameat2,unlink,ftruncate";

/// A call that makes or changes a file, and the end of its path.
#[derive(Debug, PartialEq)]
struct Call {
    name: String,
    what: &'static str,
}

impl Call {
    /// A line is: process, name(arguments) = result.
    fn parse(line: &str) -> Option<Call> {
        let (_, call) = line.split_once(' ')?;
        let (name, arguments) = call.trim_start().split_once('(')?;
        // A thread that the end of the process catches between calls is in none that is known.
        if name.contains('?') {
            return None;
        }
        let (first, rest) = arguments.split_once(", ").unwrap_or((arguments, ""));
        let path = match name {
            "openat" if rest.contains("O_CREAT") => rest,
            "openat" => return None,
            _ => first,
        };
        let what = match () {
            _ if path.contains(".part") => "new",
            _ if path.contains("/dev/pts") || path.contains("pipe:") => return None,
            _ if path.contains("eventfd") => return None,
            _ if name == "fsync" => "folder",
            _ => "other",
        };
        let name = name.to_string();
        Some(Call { name, what })
    }
}

/// Source of the order: to be sure that a name never stands for less than the whole file, its bytes
/// are synced before the rename, and the folder after it.
#[test]
fn bytes_are_synced_before_the_rename_and_the_folder_after_it() {
    if !has("strace", &["-V"]) {
        return;
    }
    for words in JOBS {
        let (folder, path) = folder();
        let (output, calls) = traced(folder.path(), "", words);
        assert!(output.status.success(), "{words}: {}", said(&output));
        let mut found: Vec<(&str, &str)> =
            calls.iter().map(|call| (&*call.name, call.what)).collect();
        let writes = found
            .iter()
            .filter(|call| **call == ("write", "new"))
            .count();
        assert!(writes > 0, "{found:?}");
        found.dedup();
        let expected = [
            ("openat", "new"),
            ("write", "new"),
            ("fsync", "new"),
            ("rename", "new"),
            ("fsync", "folder"),
        ];
        assert_eq!(found, expected, "{words}");
        assert!(fs::read(path).expect("it is there") == crate::programs::expected(words));
    }
}

/// Every call that can fail does, in turn.
#[test]
fn a_call_that_fails() {
    if !has("strace", &["-V"]) {
        return;
    }
    for words in JOBS {
        let expected = expected(words);
        let (plain, _) = folder();
        let (_, calls) = traced(plain.path(), "", words);
        let writes = calls.iter().filter(|call| call.name == "write").count();
        let mut cases = vec![
            ("fsync", 1, "EIO", "Input/output error"),
            ("fsync", 1, "ENOSPC", "No space left on device"),
            ("fsync", 1, "EINVAL", "Invalid argument"),
            ("rename", 1, "EACCES", "Permission denied"),
            ("rename", 1, "EIO", "Input/output error"),
        ];
        for at in 1..=writes {
            cases.push(("write", at, "ENOSPC", "No space left on device"));
            cases.push(("write", at, "EIO", "Input/output error"));
            cases.push(("write", at, "EDQUOT", "uota exceeded"));
        }
        for (call, at, error, text) in cases {
            let case = format!("{words}: {call} number {at} fails with {error}");
            let (folder, _) = folder();
            let inject = format!("inject={call}:error={error}:when={at}");
            let (output, _) = traced(folder.path(), &inject, words);
            assert_eq!(output.status.code(), Some(1), "{case}: {}", said(&output));
            assert!(said(&output).contains(text), "{case}: {}", said(&output));
            assert!(
                said(&output).contains("out.tif"),
                "{case}: {}",
                said(&output)
            );
            assert_unharmed(folder.path(), &case);
        }
        let writes = (1..=writes).map(|at| ("write", at));
        for (call, at) in writes.chain([("fsync", 1), ("fsync", 2)]) {
            let (folder, path) = folder();
            let inject = format!("inject={call}:error=EINTR:when={at}");
            let (output, _) = traced(folder.path(), &inject, words);
            assert!(output.status.success(), "{words}: {}", said(&output));
            assert!(
                fs::read(path).expect("it is there") == expected,
                "{words}: {inject}"
            );
        }
    }
}

/// The folder is synced last: the new file is in its place by then, whole, and nobody is told that
/// it will last if it may not. A folder that cannot be synced at all is no failure.
#[test]
fn a_folder_that_cannot_be_synced() {
    if !has("strace", &["-V"]) {
        return;
    }
    let words = JOBS[1];
    let expected = expected(words);
    for (error, code) in [("EIO", 1), ("ENOSPC", 1), ("EINVAL", 0)] {
        let (folder, path) = folder();
        let inject = format!("inject=fsync:error={error}:when=2");
        let (output, _) = traced(folder.path(), &inject, words);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{error}: {}",
            said(&output)
        );
        assert!(fs::read(path).expect("it is there") == expected);
        assert_eq!(left_over(folder.path()), [""; 0]);
    }
}

/// Killed at each call: the old bytes before the rename, the new ones after it, no third.
#[test]
fn a_call_that_is_the_last() {
    if !has("strace", &["-V"]) {
        return;
    }
    for words in JOBS {
        let expected = expected(words);
        let (plain, _) = folder();
        let (_, calls) = traced(plain.path(), "", words);
        let writes = calls.iter().filter(|call| call.name == "write").count();
        let writes = (1..=writes).map(|at| ("write", at, false));
        let ends = [
            ("fsync", 1, false),
            ("rename", 1, false),
            ("fsync", 2, true),
        ];
        for (call, at, renamed) in writes.chain(ends) {
            let case = format!("{words}: killed at {call} number {at}");
            let (folder, path) = folder();
            let inject = format!("inject={call}:signal=KILL:when={at}");
            let (output, _) = traced(folder.path(), &inject, words);
            assert_eq!(output.status.signal(), Some(9), "{case}: {}", said(&output));
            let found = fs::read(path).expect("it is there");
            let (old, new) = (found == OLD, found == expected);
            assert!(old || new, "{case}: {} bytes", found.len());
            // The call itself may or may not have been carried out.
            assert!(call == "rename" || new == renamed, "{case}");
            assert_eq!(left_over(folder.path()).len(), usize::from(old), "{case}");
        }
    }
}
