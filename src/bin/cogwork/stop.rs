//! A way out by a signal: within a second, and nothing left behind.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cogwork::CancelToken;

use super::progress;
use super::show::tell;

/// The exit code of what a signal has ended: 128 and the number of SIGINT, as shells say it.
pub const INTERRUPTED: u8 = 130;

/// True once somebody has begun to end the process.
static ENDING: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C (or SIGTERM, or a terminal that is closed) ends waits for a network at once and
/// jobs before their next tile. Where that takes too long, or when it is said twice, the process ends
/// as it is, without its temporary files.
pub fn by_signal(cancel: &CancelToken) {
    if hangups_are_ignored() {
        return;
    }
    let cancel = cancel.clone();
    let stop = move || {
        if cancel.is_cancelled() {
            end();
            return;
        }
        cancel.cancel();
        let later = || {
            thread::sleep(PATIENCE);
            end();
        };
        if thread::Builder::new().spawn(later).is_err() {
            end();
        }
    };
    // Without a handler Ctrl-C ends the process at once, which is as good a way out.
    let _ = ctrlc::set_handler(stop);
}

/// To be called before the result of a command is told: from here on it is the main thread that ends
/// the process, unless it is ending already.
pub fn no_more() {
    while ENDING.swap(true, Ordering::SeqCst) {
        thread::park();
    }
}

fn end() {
    if ENDING.swap(true, Ordering::SeqCst) {
        return;
    }
    let _cleared = progress::clear();
    remove_temporary_files();
    tell("cogwork: cancelled");
    process::exit(INTERRUPTED.into());
}

/// Removes what the library has not come to remove: the open files with the names that it gives to
/// temporary ones. Where the system does not list open files (it does on Linux), they stay.
fn remove_temporary_files() {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    for entry in open.flatten() {
        let Ok(path) = std::fs::read_link(entry.path()) else {
            continue;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let own = format!(".{}-", process::id());
        if name.starts_with('.') && name.contains(&own) && name.ends_with(".part") {
            // Nothing can be done about a failure here: the name says what the file is.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether the process is to outlive its terminal, as under `nohup`: then signals do what they do to
/// any program.
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is 1, the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// How long the library may take to hear.
const PATIENCE: Duration = Duration::from_millis(300);
