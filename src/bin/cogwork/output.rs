//! Where commands write: a file, whole or not at all, or standard output for `-`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::process;

use cogwork::error::Usage;
use cogwork::{CancelToken, Error, Plan, Result};

use super::progress::Bar;

/// Where a COG goes.
pub enum Output<'a> {
    Path(&'a Path),
    Standard(StdoutLock<'static>),
}

impl<'a> Output<'a> {
    /// What `-o` names.
    ///
    /// # Errors
    /// [`Usage`] for a terminal: nobody can read a raster there.
    pub fn of(path: &'a Path) -> Result<Self> {
        let standard = path.as_os_str() == "-";
        let terminal = match standard {
            true => io::stdout().is_terminal(),
            false => is_terminal(path),
        };
        if terminal {
            let text = "a terminal can show no raster: write to a file or a pipe";
            return Err(Error::from(Usage::Option(text.into())).in_source(path.display()));
        }
        Ok(match standard {
            true => Output::Standard(io::stdout().lock()),
            false => Output::Path(path),
        })
    }

    /// Writes the COG of a plan, under a progress bar.
    ///
    /// # Errors
    /// As [`Plan::run_with`].
    pub fn run(self, plan: &Plan, what: &'static str) -> Result<()> {
        let mut bar = Bar::new(what);
        let progress = &mut |event| bar.hear(event);
        match self {
            Output::Path(path) => plan.run_with(path, progress),
            Output::Standard(mut out) => plan.run_to_with(&mut out, progress),
        }
        .map(drop)
    }

    /// Writes bytes: a file appears, or replaces an old one, when it has all of them; a pipe or a device
    /// gets them as they are.
    ///
    /// # Errors
    /// Those of the system, and [`Cancelled`](cogwork::ErrorKind::Cancelled).
    pub fn put(self, bytes: &[u8], cancel: &CancelToken) -> Result<()> {
        match self {
            Output::Standard(mut out) => pass(&mut out, bytes, cancel),
            Output::Path(path) => {
                let put = put(path, bytes, cancel);
                put.map_err(|error| error.in_source(path.display()))
            }
        }
    }
}

fn put(path: &Path, bytes: &[u8], cancel: &CancelToken) -> Result<()> {
    let found = fs::metadata(path);
    if found.is_ok_and(|found| !found.is_file()) {
        let mut out = OpenOptions::new().write(true).open(path)?;
        return pass(&mut out, bytes, cancel);
    }
    // A link stays, and the file that it names is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (mut file, new) = sibling(&path)?;
    let placed = pass(&mut file, bytes, cancel).and_then(|()| Ok(fs::rename(&new, &path)?));
    if placed.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(new);
    }
    placed
}

/// A new file beside another, with such a name as the library gives to those that may stay where a
/// process is killed.
fn sibling(path: &Path) -> io::Result<(File, PathBuf)> {
    for number in 0_u64.. {
        let new = path.with_file_name(format!(".new.{}-{number}.part", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&new) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((opened?, new)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn pass(out: &mut dyn Write, bytes: &[u8], cancel: &CancelToken) -> Result<()> {
    for piece in bytes.chunks(PIECE_BYTES) {
        cancel.check()?;
        out.write_all(piece)?;
    }
    out.flush()?;
    cancel.check()
}

#[cfg(unix)]
fn is_terminal(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let device = fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device());
    let opened = || OpenOptions::new().write(true).open(path);
    device && opened().is_ok_and(|file| file.is_terminal())
}

#[cfg(not(unix))]
fn is_terminal(_: &Path) -> bool {
    false
}

/// Bytes between two looks at the token.
const PIECE_BYTES: usize = 1 << 20;
