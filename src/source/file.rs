//! Local files, read by position: no shared cursor, no memory map (a file that shrinks while it is
//! read is an error, not a signal).

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{ByteSource, check_range};
use crate::error::{Error, Malformed, Result};
use crate::limits::{to_usize, zeroed};

/// A local file.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    file: Positioned,
    length: u64,
}

impl FileSource {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be opened or is a directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::open_io(path).map_err(|error| Error::from(error).in_source(path.display()))
    }

    fn open_io(path: &Path) -> std::io::Result<Self> {
        FileSource::of(File::open(path)?, path)
    }

    /// A file that is open; its path is a name, no more.
    pub(crate) fn of(file: File, path: &Path) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        Ok(FileSource {
            path: path.to_owned(),
            length: metadata.len(),
            file: Positioned::new(file),
        })
    }
}

impl ByteSource for FileSource {
    fn len(&self) -> Result<u64> {
        Ok(self.length)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.length)?;
        let mut buffer = zeroed(to_usize(range.end - range.start)?)?;
        self.file
            .read_exact_at(&mut buffer, range.start)
            .map_err(|error| {
                match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => Error::from(Malformed::UnexpectedEnd {
                        length: self.length,
                    }),
                    _ => Error::from(error),
                }
                .at_bytes(range.clone())
            })?;
        Ok(Bytes::from(buffer))
    }
}

impl fmt::Display for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

/// A file that is read by position.
#[derive(Debug)]
struct Positioned {
    #[cfg(any(unix, windows))]
    file: File,
    #[cfg(not(any(unix, windows)))]
    file: std::sync::Mutex<File>,
}

impl Positioned {
    #[cfg(any(unix, windows))]
    fn new(file: File) -> Self {
        Positioned { file }
    }

    #[cfg(not(any(unix, windows)))]
    fn new(file: File) -> Self {
        Positioned {
            file: std::sync::Mutex::new(file),
        }
    }

    #[cfg(unix)]
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
        while !buffer.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset) {
                Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer = buffer.split_at_mut(read).1;
                    offset += crate::limits::to_u64(read);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(not(any(unix, windows)))]
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self
            .file
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}
