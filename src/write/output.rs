//! Where a file goes: to a path, whole or not at all; to what is no file; or into a sink.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cancel::CancelToken;
use crate::error::{Error, Result};
use crate::spool::TemporaryFile;
use crate::trace::entered;

/// Where a COG goes.
pub(crate) enum Target<'a> {
    /// A file: written as a temporary sibling, synced, and renamed over the path. A pipe or a device is
    /// written to as it is.
    Path(&'a Path),
    /// Anything that takes bytes in order.
    Sink(&'a mut dyn Write),
}

/// An open target.
pub(crate) enum Output<'a> {
    Path(OpenPath),
    Sink(&'a mut dyn Write),
}

/// What a path names, open.
#[derive(Debug)]
pub(crate) struct OpenPath {
    file: Kind,
    path: PathBuf,
}

#[derive(Debug)]
enum Kind {
    /// A new file, which is to take the place of the path.
    New(TemporaryFile),
    /// A pipe or a device: nothing can take its place.
    Stream(File),
}

impl OpenPath {
    /// A new file beside `path`, or beside the file that it links to; or the pipe or device that is
    /// there.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let opened = match std::fs::metadata(path) {
            Ok(found) if !found.is_file() && !found.is_dir() => stream(path),
            _ => sibling(path),
        };
        opened.map_err(|error| Error::from(error).in_source(path.display()))
    }

    /// Where temporary files go: the folder of a file.
    pub(crate) fn directory(&self) -> PathBuf {
        match &self.file {
            Kind::New(_) => self.path.parent().unwrap_or(Path::new("")).to_path_buf(),
            Kind::Stream(_) => std::env::temp_dir(),
        }
    }

    fn write(self, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        match self.file {
            Kind::New(mut new) => {
                buffered(&mut new.file, content)?;
                Ok(new.replace(&self.path)?)
            }
            Kind::Stream(mut stream) => buffered(&mut stream, content),
        }
    }
}

impl<'a> Output<'a> {
    pub(crate) fn open(target: Target<'a>) -> Result<Self> {
        match target {
            Target::Path(path) => Ok(Output::Path(OpenPath::create(path)?)),
            Target::Sink(sink) => Ok(Output::Sink(sink)),
        }
    }

    /// Where temporary files go.
    pub(crate) fn directory(&self) -> PathBuf {
        match self {
            Output::Path(open) => open.directory(),
            Output::Sink(_) => std::env::temp_dir(),
        }
    }

    /// Gives the target to `content` and, if it is a file, puts it in its place; unless `cancel` is said
    /// before that.
    pub(crate) fn write(
        self,
        cancel: &CancelToken,
        content: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let _span = entered!(INFO, "finish", to = %self);
        let content = |out: &mut dyn Write| {
            let written = content(&mut Heeding { out, cancel });
            // A write that was refused is no failure of the target.
            cancel.check().and(written)
        };
        match self {
            Output::Sink(sink) => {
                content(sink)?;
                Ok(sink.flush()?)
            }
            Output::Path(open) => {
                let path = open.path.clone();
                let written = open.write(content);
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
            Output::Path(target) => target.path.display().fmt(f),
            Output::Sink(_) => f.write_str(SINK),
        }
    }
}

/// Takes bytes until it is asked to stop.
struct Heeding<'a> {
    out: &'a mut dyn Write,
    cancel: &'a CancelToken,
}

impl Write for Heeding<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cancel.check().map_err(io::Error::other)?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn buffered(file: &mut File, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    let written = content(&mut out).and_then(|()| Ok(out.flush()?));
    // What is left after a failure is not worth another write.
    let _ = out.into_parts();
    written
}

fn stream(path: &Path) -> io::Result<OpenPath> {
    Ok(OpenPath {
        file: Kind::Stream(OpenOptions::new().write(true).open(path)?),
        path: path.to_path_buf(),
    })
}

fn sibling(path: &Path) -> io::Result<OpenPath> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let path = std::fs::canonicalize(path).or_else(|_| behind_links(path))?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new("."));
    let file = Kind::New(TemporaryFile::create(directory, &name.to_string_lossy())?);
    let path = directory.join(name);
    Ok(OpenPath { file, path })
}

/// The path that a link names, whether or not there is a file yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(next) = std::fs::read_link(&path) else {
            return Ok(path);
        };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(io::Error::other("too many links, one after the other"))
}

/// What a sink is called.
const SINK: &str = "a sink";

/// Links that are followed before they are taken for a loop: Linux's number.
const MOST_LINKS: u32 = 40;
