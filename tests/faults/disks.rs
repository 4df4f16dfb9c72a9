//! Disks that are full, bounded or read-only, and folders of others.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Output};

use cogwork::grid::Window;
use cogwork::sample::DataType::U16;
use cogwork::write::{BlockWriter, Compression, Raster};

use crate::common::{self, raster};
use crate::programs::{JOBS, expected, has, left_over, open_folder, run, said};
use crate::{OLD, assert_unharmed, folder};

/// A shell that bounds the length of files, in KiB, so that a write beyond is an error and not a
/// signal.
const BOUNDED: &str = "trap '' XFSZ; ulimit -f $0; exec \"$@\"";

#[test]
fn a_bound_on_the_length_of_files() {
    for words in JOBS {
        let expected = expected(words);
        let whole = expected.len().div_ceil(1024);
        for bound in [0, 1, whole / 3, whole / 2, whole - 1, whole] {
            let (folder, path) = folder();
            let bound = bound.to_string();
            let output = run(folder.path(), &["bash", "-c", BOUNDED, &bound], words);
            let case = format!("{words}: files of {bound} KiB");
            if output.status.success() {
                assert_eq!(bound, whole.to_string(), "{case}");
                assert!(fs::read(path).expect("it is there") == expected, "{case}");
                assert_eq!(left_over(folder.path()), [""; 0]);
            } else {
                assert_eq!(output.status.code(), Some(1), "{case}: {}", said(&output));
                assert!(
                    said(&output).contains("File too large"),
                    "{case}: {}",
                    said(&output)
                );
                assert_unharmed(folder.path(), &case);
            }
        }
    }
}

/// A signal that nobody expects ends the process at once, as a kill does.
#[test]
fn a_bound_that_kills() {
    let words = JOBS[2];
    let (folder, path) = folder();
    let shell = "ulimit -c 0; ulimit -f 100; exec \"$@\"";
    let output = run(folder.path(), &["bash", "-c", shell, "bash"], words);
    const XFSZ: i32 = 25;
    assert_eq!(output.status.signal(), Some(XFSZ), "{}", said(&output));
    assert!(fs::read(path).expect("it is there") == OLD);
    assert_eq!(left_over(folder.path()).len(), 1);
}

/// The bound of a test further down, for which this program runs itself.
const TARGET: &str = "COGWORK_TEST_TARGET";

/// Writes with both spools on the disk: tiles that wait for the header, pixels that wait for others.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn both_spools() {
    let path = std::env::var_os(TARGET).expect("a target");
    let block = raster::block(U16, 1, (96, 160));
    let options = raster::options(Compression::None, 32);
    let context = raster::limits(|limits| {
        limits.job_bytes = 2 * 96 * 32 * 2;
        limits.spool_bytes = 0;
    });
    let written = || -> cogwork::Result<()> {
        let raster = Raster::of_block(&block);
        let writer = BlockWriter::create(&path, raster, &options, &context)?;
        for row in [4, 3, 1, 2, 0] {
            let window = Window::new(0, 32 * row, 96, 32);
            writer.push(window, raster::crop(&block, window))?;
        }
        writer.finish()
    };
    if let Err(error) = written() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

#[test]
fn a_bound_on_the_length_of_spools() {
    let itself = std::env::current_exe().expect("this program");
    let whole = {
        let options = raster::options(Compression::None, 32);
        raster::written(&raster::block(U16, 1, (96, 160)), &options)
    };
    for bound in 0..200_usize {
        let (folder, path) = folder();
        let output = Command::new("bash")
            .args(["-c", BOUNDED, &bound.to_string()])
            .arg(&itself)
            .args(["--ignored", "--exact", "--nocapture", "disks::both_spools"])
            .env(TARGET, &path)
            .output()
            .expect("a shell");
        if output.status.success() {
            assert!(fs::read(&path).expect("it is there") == whole);
            assert_eq!(common::entries(folder.path()), ["out.tif"]);
            assert!(
                bound > whole.len() / 1024,
                "only {bound} bounds were too small"
            );
            return;
        }
        let case = format!("files of {bound} KiB");
        assert_eq!(output.status.code(), Some(1), "{case}: {}", said(&output));
        assert!(
            said(&output).contains("File too large"),
            "{case}: {}",
            said(&output)
        );
        assert_unharmed(folder.path(), &case);
    }
    panic!("{}", whole.len());
}

/// A job in a file system of its own, of so many KiB, which only it and the shell see; `change` is
/// done to it when the old file is there. Says the job's exit code, the names, and the file.
fn mounted(size: u32, change: &str, words: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!(
        "mkdir m && mount -t tmpfs -o size={size}k none m && cd m && printf 'the old file' > out.tif \
         && {change} && {{ \"$@\"; echo $?; ls -A; cat out.tif; }}"
    );
    run(
        folder.path(),
        &["unshare", "-rm", "sh", "-c", &script, "sh"],
        words,
    )
}

const NAMESPACE: [&str; 4] = ["-rm", "sh", "-c", "mount -t tmpfs none /tmp"];

#[test]
fn a_full_disk() {
    if !has("unshare", &NAMESPACE) {
        return;
    }
    for (words, sizes) in [(JOBS[1], [8, 12, 16]), (JOBS[2], [8, 300, 1000])] {
        for size in sizes {
            let output = mounted(size, "true", words);
            let found = String::from_utf8_lossy(&output.stdout);
            assert_eq!(found, "1\nout.tif\nthe old file", "{words}, {size} KiB");
            let full = said(&output).contains("No space left on device");
            assert!(full, "{words}, {size} KiB: {}", said(&output));
        }
    }
}

#[test]
fn a_read_only_disk() {
    if !has("unshare", &NAMESPACE) {
        return;
    }
    let output = mounted(64, "mount -o remount,ro \"$PWD\"", JOBS[1]);
    let found = String::from_utf8_lossy(&output.stdout);
    assert_eq!(found, "1\nout.tif\nthe old file", "{}", said(&output));
    assert!(
        said(&output).contains("Read-only file system"),
        "{}",
        said(&output)
    );
}

/// Runs `convert` as somebody who does not own the folder `there`.
fn by_somebody_else(folder: &Path, program: &Path, target: &str) -> Output {
    let mut command = Command::new(program);
    command.args(["convert", "in.tif", "--blocksize", "64", "-o", target]);
    if fs::metadata("/proc/self").expect("Linux").uid() == 0 {
        command.uid(65534).gid(65534);
    }
    command.current_dir(folder).output().expect("it runs")
}

#[test]
fn folders_that_may_not_be_written() {
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our file");
    };
    let (folder, program) = open_folder();
    let there = folder.path().join("there");
    fs::create_dir(&there).expect("a folder");
    fs::write(there.join("out.tif"), OLD).expect("a file");
    mode(&there, 0o555);
    let output = by_somebody_else(folder.path(), &program, "there/out.tif");
    mode(&there, 0o755);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("Permission denied"),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("there/out.tif"), "{}", said(&output));
    assert_unharmed(&there, "a folder that may not be written");
}

/// A folder like /tmp: everybody may write, but not replace what belongs to others.
#[test]
fn a_file_of_somebody_else() {
    if fs::metadata("/proc/self").expect("Linux").uid() != 0 {
        println!("left out: only root has files that are not those of the child");
        return;
    }
    let (folder, program) = open_folder();
    let there = folder.path().join("there");
    fs::create_dir(&there).expect("a folder");
    fs::set_permissions(&there, fs::Permissions::from_mode(0o1777)).expect("our folder");
    fs::write(there.join("out.tif"), OLD).expect("a file");
    let output = by_somebody_else(folder.path(), &program, "there/out.tif");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("Operation not permitted"),
        "{}",
        said(&output)
    );
    assert_unharmed(&there, "a file of somebody else");
    let output = by_somebody_else(folder.path(), &program, "there/own.tif");
    assert!(output.status.success(), "{}", said(&output));
}

/// The source is read to its end before it is replaced, by jobs that encode and by those that copy.
#[test]
fn onto_the_source() {
    for (before, job, whole) in [
        ("convert", "--blocksize 64 --compress lzw", JOBS[1]),
        ("convert", "", "convert SCENE/SCL.tif -o out.tif"),
        (
            "edit",
            "--set A=B",
            "edit SCENE/SCL.tif --set A=B -o out.tif",
        ),
    ] {
        let (folder, path) = folder();
        let source = common::repository().join("testdata/scene/SCL.tif");
        fs::copy(source, &path).expect("the folder takes it");
        let words = format!("{before} out.tif {job} -o out.tif");
        let output = run(folder.path(), &[], &words);
        assert!(output.status.success(), "{words}: {}", said(&output));
        assert!(
            fs::read(path).expect("it is there") == expected(whole),
            "{words}"
        );
        assert_eq!(left_over(folder.path()), [""; 0]);
    }
}

/// A name as long as names may be leaves no room for that of the temporary file.
#[test]
fn the_longest_name() {
    let block = raster::block(U16, 1, (40, 30));
    let options = raster::options(Compression::None, 16);
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        format!("{}.tif", "n".repeat(251)),
        format!("{}.tif", "ö".repeat(125)),
    ] {
        let path = folder.path().join(&name);
        cogwork::write::write_block(&path, &block, Raster::of_block(&block), &options)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(common::entries(folder.path()), [&*name]);
        fs::remove_file(path).expect("our file");
    }
}
