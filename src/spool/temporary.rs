//! Files that are gone when nobody needs them any more.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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
