//! Inputs that are pipes: read whole into memory, since they cannot be read by ranges.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use cogwork::error::{Error, Usage};
use cogwork::source::memory::MemorySource;
use cogwork::source::{ByteSource, IoProfile};
use cogwork::{Limits, Result};

/// What came out of a pipe.
#[derive(Clone, Debug)]
pub struct Piped {
    bytes: MemorySource,
    name: String,
}

impl Piped {
    /// What comes out of standard input.
    ///
    /// # Errors
    /// [`Usage`] for a terminal; as [`read`](Self::read).
    pub fn standard(most: u64) -> Result<Self> {
        let name = "standard input";
        if io::stdin().is_terminal() {
            let text = "a terminal gives no raster: read from a file or a pipe";
            return Err(Error::from(Usage::Option(text.into())).in_source(name));
        }
        Piped::read(io::stdin().lock(), name.into(), most)
    }

    /// What a path names, open, if that is a pipe.
    ///
    /// # Errors
    /// Those of the system.
    pub fn file(path: &Path) -> Result<Option<File>> {
        let opened = match is_pipe(path) {
            true => File::open(path).map(Some),
            false => Ok(None),
        };
        opened.map_err(|error| Error::from(error).in_source(path.display()))
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// [`Limit`](cogwork::ErrorKind::Limit) for more than `most` bytes, those of `limits.job_bytes`;
    /// those of the system.
    pub fn read(from: impl Read, name: String, most: u64) -> Result<Self> {
        let mut bytes = Vec::new();
        let read = from.take(most.saturating_add(1)).read_to_end(&mut bytes);
        let length = read.map(|length| u64::try_from(length).unwrap_or(u64::MAX));
        let bounded = length.map_err(Error::from);
        let bounded = bounded.and_then(|length| Limits::check("job_bytes", length, most));
        bounded.map_err(|error| error.in_source(&name))?;
        Ok(Piped {
            bytes: MemorySource::new(bytes),
            name,
        })
    }
}

impl ByteSource for Piped {
    fn len(&self) -> Result<u64> {
        self.bytes.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.bytes.read(range)
    }

    fn profile(&self) -> IoProfile {
        self.bytes.profile()
    }
}

impl fmt::Display for Piped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}
