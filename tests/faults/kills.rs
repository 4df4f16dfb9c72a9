//! Processes that are killed, and processes that write the same file.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common;
use crate::programs::{JOBS, command, expected, left_over};
use crate::{OLD, folder};

/// Fifty moments of a job's run time, by a fixed sequence: nobody ever finds a part of a file.
#[test]
fn killed_at_fifty_moments() {
    let (mut killed, mut left, mut seed) = (0, 0, 20_260_722_u64);
    for words in &JOBS[..2] {
        let started = Instant::now();
        let expected = expected(words);
        let whole = started.elapsed();
        for round in 0..25 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let moment = whole.mul_f64((seed >> 40) as f64 / f64::from(1 << 24));
            let (folder, path) = folder();
            let present = round % 2 == 0;
            if !present {
                fs::remove_file(&path).expect("the old file");
            }
            let mut child = command(folder.path(), &[], words)
                .stderr(Stdio::null())
                .spawn()
                .expect("the program runs");
            let started = Instant::now();
            while started.elapsed() < moment {
                sleep(Duration::from_millis(1));
                let found = fs::read(&path).ok();
                let old = found.as_deref().map_or(!present, |found| found == OLD);
                let new = found.as_ref() == Some(&expected);
                assert!(old || new, "{words}: a reader sees {found:?}");
            }
            child.kill().expect("our child");
            let status = child.wait().expect("our child");
            let found = fs::read(&path).ok();
            let old = found.as_deref().map_or(!present, |found| found == OLD);
            let new = found.as_ref() == Some(&expected);
            assert!(old || new, "{words}, killed after {moment:?}: {found:?}");
            let names = left_over(folder.path());
            assert!(names.len() <= usize::from(old), "{words}: {names:?}");
            killed += u32::from(status.signal() == Some(9));
            left += names.len();
        }
    }
    assert!(
        killed >= 10 && left >= 5,
        "{killed} were killed in time, {left} files were left"
    );
}

/// What the cookbook says of files that are left: their names tell the process, and its lines remove
/// those of processes that are no more.
#[test]
fn what_a_killed_process_leaves_is_found() {
    let words = JOBS[0];
    for _ in 0..50 {
        let (folder, _) = folder();
        let mut child = command(folder.path(), &[], words).spawn().expect("it runs");
        let process = child.id().to_string();
        let deadline = Instant::now() + Duration::from_secs(60);
        while left_over(folder.path()).is_empty() && Instant::now() < deadline {
            sleep(Duration::from_micros(200));
        }
        child.kill().expect("our child");
        child.wait().expect("our child");
        let names = left_over(folder.path());
        if names.is_empty() {
            continue; // it was faster
        }
        let living = format!(".out.tif.{}-0.part", std::process::id());
        fs::write(folder.path().join(&living), b"").expect("the folder takes it");
        let swept = std::process::Command::new("sh")
            .args(["-c", &sweep().replace("FOLDER", ".")])
            .current_dir(folder.path())
            .status();
        assert!(swept.expect("a shell").success());
        assert_eq!(
            left_over(folder.path()),
            [living],
            "what has a process stays"
        );
        assert!(
            names[0].starts_with(&format!(".out.tif.{process}-")),
            "{names:?}"
        );
        return;
    }
    panic!("the job ends before it can be killed");
}

/// Two processes, one target: it is wholly the one's or wholly the other's.
#[test]
fn two_processes() {
    let jobs = [JOBS[1], JOBS[3]];
    let expected = jobs.map(expected);
    for _ in 0..10 {
        let (folder, path) = folder();
        let children = jobs.map(|words| {
            let child = command(folder.path(), &[], words).spawn();
            child.expect("the program runs")
        });
        for mut child in children {
            assert!(child.wait().expect("our child").success());
        }
        let found = fs::read(path).expect("it is there");
        assert!(expected.contains(&found), "{} bytes", found.len());
        assert_eq!(left_over(folder.path()), [""; 0]);
    }
}

/// The lines of the cookbook.
fn sweep() -> String {
    let cookbook = fs::read_to_string(common::repository().join("src/cookbook/writing.rs"));
    let cookbook = cookbook.expect("the cookbook");
    let after = cookbook
        .split_once("//! ```sh\n//! find")
        .expect("its lines")
        .1;
    let lines = after.split_once("```").expect("their end").0;
    format!("find{}", lines.replace("//! ", "").replace("//!", ""))
}
