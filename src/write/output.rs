//! Where a file goes: to a path, whole or not at all, or into a sink.

use std::fmt;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::spool::TemporaryFile;
use crate::trace::entered;

/// Where a COG goes.
pub(crate) enum Target<'a> {
    /// A file: written as a temporary sibling, synced, and renamed over the path.
    Path(&'a Path),
    /// Anything that takes bytes in order.
    Sink(&'a mut dyn Write),
}

/// An open target.
pub(crate) enum Output<'a> {
    Path(Replacement),
    Sink(&'a mut dyn Write),
}

/// A new file, and the path whose place it is to take.
#[derive(Debug)]
pub(crate) struct Replacement {
    file: TemporaryFile,
    path: PathBuf,
}

impl Replacement {
    /// A new file beside `path`, or beside the file that it links to.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        sibling(path).map_err(|error| Error::from(error).in_source(path.display()))
    }

    /// The folder of both.
    pub(crate) fn directory(&self) -> PathBuf {
        self.path
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default()
    }

    fn write(mut self, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 18, &mut self.file.file);
        content(&mut out)?;
        out.flush()?;
        drop(out);
        Ok(self.file.replace(&self.path)?)
    }
}

impl<'a> Output<'a> {
    pub(crate) fn open(target: Target<'a>) -> Result<Self> {
        match target {
            Target::Path(path) => Ok(Output::Path(Replacement::create(path)?)),
            Target::Sink(sink) => Ok(Output::Sink(sink)),
        }
    }

    /// Where temporary files go.
    pub(crate) fn directory(&self) -> PathBuf {
        match self {
            Output::Path(replacement) => replacement.directory(),
            Output::Sink(_) => std::env::temp_dir(),
        }
    }

    /// Gives the target to `content` and, if it is a file, puts it in its place.
    pub(crate) fn write(self, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        let _span = entered!(INFO, "finish", to = %self);
        match self {
            Output::Sink(sink) => {
                content(sink)?;
                Ok(sink.flush()?)
            }
            Output::Path(replacement) => {
                let path = replacement.path.clone();
                let written = replacement.write(content);
                written.map_err(|error| error.in_source(path.display()))
            }
        }
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Path(path) => path.display().fmt(f),
            Target::Sink(_) => f.write_str(SINK),
        }
    }
}

impl fmt::Display for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Path(replacement) => replacement.path.display().fmt(f),
            Output::Sink(_) => f.write_str(SINK),
        }
    }
}

fn sibling(path: &Path) -> std::io::Result<Replacement> {
    if path.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    let path = std::fs::canonicalize(path).or_else(|_| behind_links(path))?;
    let name = path.file_name().ok_or(std::io::ErrorKind::InvalidInput)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new("."));
    let file = TemporaryFile::create(directory, &name.to_string_lossy())?;
    let path = directory.join(name);
    Ok(Replacement { file, path })
}

/// The path that a link names, whether or not there is a file yet.
fn behind_links(path: &Path) -> std::io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(next) = std::fs::read_link(&path) else {
            return Ok(path);
        };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(std::io::Error::other("too many links, one after the other"))
}

/// What a sink is called.
const SINK: &str = "a sink";

/// Links that are followed before they are taken for a loop: Linux's number.
const MOST_LINKS: u32 = 40;
