//! Encoded tiles that wait until their offsets are known: in memory up to a bound, then in a
//! temporary file.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::to_u64;

/// What the spools of one job share: memory that is left, and a directory for files.
#[derive(Debug)]
pub struct SpoolBudget {
    left: AtomicU64,
    directory: PathBuf,
}

impl SpoolBudget {
    /// Memory of `bytes` for all spools; files go to `directory`.
    pub fn new(bytes: u64, directory: impl Into<PathBuf>) -> Self {
        SpoolBudget {
            left: AtomicU64::new(bytes),
            directory: directory.into(),
        }
    }

    fn take(&self, bytes: u64) -> bool {
        let order = Ordering::Relaxed;
        self.left
            .fetch_update(order, order, |left| left.checked_sub(bytes))
            .is_ok()
    }
}

/// Bytes that are appended now and copied out once, in order.
#[derive(Debug, Default)]
pub struct Spool {
    memory: Vec<u8>,
    file: Option<TemporaryFile>,
}

impl Spool {
    /// Appends bytes, to memory while the budget lasts. Once a file is begun, all go there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&mut self, bytes: &[u8], budget: &SpoolBudget) -> io::Result<()> {
        if self.file.is_none() {
            if budget.take(to_u64(bytes.len())) {
                self.memory.extend_from_slice(bytes);
                return Ok(());
            }
            self.file = Some(TemporaryFile::create(&budget.directory, "spool")?);
        }
        self.file
            .as_mut()
            .map_or(Ok(()), |file| file.file.write_all(bytes))
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> u64 {
        to_u64(self.memory.len())
    }

    /// Copies all bytes to `out`, in the order in which they were appended.
    ///
    /// # Errors
    /// Those of the file system and of `out`.
    pub fn copy_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.memory)?;
        if let Some(file) = &mut self.file {
            file.file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file.file, out)?;
        }
        Ok(())
    }
}

/// A file that is removed when this is dropped, unless it has been renamed.
#[derive(Debug)]
pub struct TemporaryFile {
    /// The open file.
    pub file: File,
    path: PathBuf,
    kept: bool,
}

impl TemporaryFile {
    /// A new, empty file called `.NAME.PROCESS-NUMBER.part` in `directory`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(directory: &Path, name: &str) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!(".{name}.{}-{number}.part", std::process::id()));
            let options = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path);
            match options {
                Ok(file) => {
                    return Ok(TemporaryFile {
                        file,
                        path,
                        kept: false,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes sure that the bytes are on the disk and puts the file in the place of `target`, which
    /// is replaced at once or not at all.
    ///
    /// # Errors
    /// Those of the file system; then `target` is as it was.
    pub fn replace(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, target)?;
        self.kept = true;
        sync_directory(target)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing can be done about a failure here: the name says what the file is.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a rename last: on Unix a directory is synced like a file.
#[cfg(unix)]
fn sync_directory(target: &Path) -> io::Result<()> {
    let directory = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_when_memory_ends() {
        let directory = tempfile::tempdir().expect("a directory");
        let budget = SpoolBudget::new(5, directory.path());
        let (mut a, mut b) = (Spool::default(), Spool::default());
        for part in [&b"abc"[..], b"de", b"fgh", b"i"] {
            a.append(part, &budget).expect("room on the disk");
            b.append(part, &budget).expect("room on the disk");
        }
        assert_eq!(
            std::fs::read_dir(directory.path())
                .expect("it is there")
                .count(),
            2
        );
        for spool in [&mut a, &mut b] {
            let mut out = Vec::new();
            spool.copy_to(&mut out).expect("memory takes it");
            assert_eq!(out, b"abcdefghi");
        }
        drop((a, b));
        assert_eq!(
            std::fs::read_dir(directory.path())
                .expect("it is there")
                .count(),
            0
        );
    }
}
