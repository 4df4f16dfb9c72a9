//! Bytes that wait: encoded tiles until their offsets are known, pixels until their neighbours have
//! come. They are kept in memory up to a bound, then in a temporary file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::limits::to_u64;

/// What the spools of one job share: memory that is left, and one file for what exceeds it.
#[derive(Debug)]
pub struct SpoolBudget {
    left: AtomicU64,
    directory: PathBuf,
    file: Mutex<Option<SharedFile>>,
}

/// A file that spools append to in turn.
#[derive(Debug)]
struct SharedFile {
    file: TemporaryFile,
    length: u64,
}

impl SpoolBudget {
    /// Memory of `bytes` for all spools; the file goes to `directory`.
    pub fn new(bytes: u64, directory: impl Into<PathBuf>) -> Self {
        SpoolBudget {
            left: AtomicU64::new(bytes),
            directory: directory.into(),
            file: Mutex::new(None),
        }
    }

    /// Takes memory, if there is as much left.
    pub fn take(&self, bytes: u64) -> bool {
        let order = Ordering::Relaxed;
        self.left
            .fetch_update(order, order, |left| left.checked_sub(bytes))
            .is_ok()
    }

    /// Gives memory back that was taken.
    pub fn give(&self, bytes: u64) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Memory that is left.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Appends bytes to the file and says where they are.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&self, bytes: &[u8]) -> io::Result<Range<u64>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            *file = Some(SharedFile {
                file: TemporaryFile::create(&self.directory, "spool")?,
                length: 0,
            });
        }
        let Some(SharedFile { file, length }) = file.as_mut() else {
            return Ok(0..0);
        };
        let start = *length;
        file.file.seek(SeekFrom::Start(start))?;
        file.file.write_all(bytes)?;
        *length += to_u64(bytes.len());
        Ok(start..*length)
    }

    /// Copies bytes of the file to `out`.
    ///
    /// # Errors
    /// Those of the file system and of `out`.
    pub fn copy(&self, range: &Range<u64>, out: &mut dyn Write) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(SharedFile { file, .. }) = file.as_mut() {
            file.file.seek(SeekFrom::Start(range.start))?;
            let wanted = range.end - range.start;
            let copied = io::copy(&mut (&mut file.file).take(wanted), out)?;
            if copied < wanted {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

/// Bytes that are appended now and copied out once, in order.
#[derive(Debug, Default)]
pub struct Spool {
    memory: Vec<u8>,
    /// Where the bytes after those in memory are in the file.
    extents: Vec<Range<u64>>,
    /// Bytes on their way to the file.
    pending: Vec<u8>,
}

impl Spool {
    /// Appends bytes, to memory while the budget lasts. Once the file is used, all go there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&mut self, bytes: &[u8], budget: &SpoolBudget) -> io::Result<()> {
        let in_memory = self.extents.is_empty() && self.pending.is_empty();
        if in_memory && budget.take(to_u64(bytes.len())) {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PENDING_BYTES {
            self.flush(budget)?;
        }
        Ok(())
    }

    fn flush(&mut self, budget: &SpoolBudget) -> io::Result<()> {
        let range = budget.append(&self.pending)?;
        self.pending.clear();
        match self
            .extents
            .last_mut()
            .filter(|last| last.end == range.start)
        {
            Some(last) => last.end = range.end,
            None => self.extents.push(range),
        }
        Ok(())
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> u64 {
        to_u64(self.memory.len() + self.pending.len())
    }

    /// Copies all bytes to `out`, in the order in which they were appended.
    ///
    /// # Errors
    /// Those of the file system and of `out`.
    pub fn copy_to(&self, out: &mut dyn Write, budget: &SpoolBudget) -> io::Result<()> {
        out.write_all(&self.memory)?;
        for extent in &self.extents {
            budget.copy(extent, out)?;
        }
        out.write_all(&self.pending)
    }
}

/// Bytes that a spool collects before it writes to the file.
const PENDING_BYTES: usize = 64 << 10;

/// A file that is removed when this is dropped, unless it has been renamed.
#[derive(Debug)]
pub struct TemporaryFile {
    /// The open file.
    pub file: File,
    path: PathBuf,
    kept: bool,
}

impl TemporaryFile {
    /// A new, empty file called `.NAME.PROCESS-NUMBER.part` in `directory`; a name that would be too
    /// long for a file system is cut.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(directory: &Path, name: &str) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let ends = name.char_indices().map(|(at, char)| at + char.len_utf8());
        let end = ends.take_while(|&end| end <= LONGEST_NAME).last();
        let name = &name[..end.unwrap_or(0)];
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
    /// Those of the file system. `target` is as it was, unless the last step failed, which makes the
    /// new name last: then it is the new file, whole.
    pub fn replace(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        let directory = Directory::of(target)?;
        std::fs::rename(&self.path, target)?;
        self.kept = true;
        directory.sync()
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

/// The most bytes of a target's name in that of its temporary file: with what is added the whole has
/// at most 255, the bound of most file systems.
const LONGEST_NAME: usize = 200;

/// The folder of a file, to be synced so that a rename in it lasts. Where folders cannot be opened or
/// synced at all, there is nothing to do; the rule for which errors say so is PostgreSQL's
/// (`fsync_fname_ext`).
struct Directory(Option<File>);

impl Directory {
    #[cfg(unix)]
    fn of(target: &Path) -> io::Result<Self> {
        let directory = target
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        match File::open(directory.unwrap_or(Path::new("."))) {
            Ok(directory) => Ok(Directory(Some(directory))),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Directory(None)),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    fn of(_: &Path) -> io::Result<Self> {
        Ok(Directory(None))
    }

    fn sync(self) -> io::Result<()> {
        match self.0.map_or(Ok(()), |directory| directory.sync_all()) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_when_memory_ends() {
        let directory = tempfile::tempdir().expect("a directory");
        let files = || {
            let entries = std::fs::read_dir(directory.path());
            entries.expect("it is there").count()
        };
        let budget = SpoolBudget::new(100_000, directory.path());
        let (mut a, mut b) = (Spool::default(), Spool::default());
        let mut want = (Vec::new(), Vec::new());
        for part in 0..200u8 {
            let bytes = vec![part; 1000 + 7 * usize::from(part)];
            a.append(&bytes, &budget).expect("room on the disk");
            b.append(&bytes[1..], &budget).expect("room on the disk");
            want.0.extend_from_slice(&bytes);
            want.1.extend_from_slice(&bytes[1..]);
        }
        assert_eq!(files(), 1);
        assert!(a.memory_bytes() + b.memory_bytes() < 100_000 + 4 * to_u64(PENDING_BYTES));
        for (spool, want) in [(&a, want.0), (&b, want.1)] {
            let mut out = Vec::new();
            spool.copy_to(&mut out, &budget).expect("memory takes it");
            assert!(out == want, "{} of {} bytes", out.len(), want.len());
        }
        drop(budget);
        assert_eq!(files(), 0);
    }
}
