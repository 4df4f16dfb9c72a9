//! Bytes that wait: encoded tiles until their offsets are known, pixels until their neighbours have
//! come. They are kept in memory up to a bound, then in temporary files, each of which is removed as
//! soon as all of it has been copied out.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use self::segments::Segments;
use crate::limits::to_u64;

mod segments;
mod temporary;
#[cfg(test)]
mod tests;

pub use self::segments::Extent;
pub use self::temporary::TemporaryFile;

/// What the spools of one job share: memory that is left, and files for what exceeds it.
#[derive(Debug)]
pub struct SpoolBudget {
    left: AtomicU64,
    lanes: AtomicUsize,
    segments: Mutex<Segments>,
}

/// What is copied out together: its bytes share no file with those of other lanes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lane(usize);

impl SpoolBudget {
    /// Memory of `bytes` for all spools; the files go to `directory`.
    pub fn new(bytes: u64, directory: impl Into<PathBuf>) -> Self {
        SpoolBudget {
            left: AtomicU64::new(bytes),
            lanes: AtomicUsize::new(0),
            segments: Mutex::new(Segments::new(directory.into())),
        }
    }

    /// A lane that nobody has yet. It takes a file once something is appended to it.
    pub fn lane(&self) -> Lane {
        Lane(self.lanes.fetch_add(1, Ordering::Relaxed))
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

    /// Appends bytes to the files of a lane and says where they are.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&self, lane: Lane, bytes: &[u8]) -> io::Result<Extent> {
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        segments.append(lane, bytes)
    }

    /// Copies bytes from a file to `out`, after which they are no more.
    ///
    /// # Errors
    /// Those of the file system and of `out`.
    pub fn take_out(&self, extent: Extent, out: &mut dyn Write) -> io::Result<()> {
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        segments.take_out(extent, out)
    }
}

/// Bytes that are appended now and copied out once, in order.
#[derive(Debug)]
pub struct Spool {
    lane: Lane,
    /// Bytes in memory, in pieces, so that they can go piece by piece.
    memory: Vec<Vec<u8>>,
    /// How many there are.
    in_memory: u64,
    /// Where the bytes after those in memory are in the files.
    extents: Vec<Extent>,
    /// Bytes on their way to a file.
    pending: Vec<u8>,
}

impl Spool {
    /// An empty spool whose files are those of a lane.
    pub fn new(lane: Lane) -> Self {
        Spool {
            lane,
            memory: Vec::new(),
            in_memory: 0,
            extents: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Appends bytes, to memory while the budget lasts. Once a file is used, all go there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&mut self, bytes: &[u8], budget: &SpoolBudget) -> io::Result<()> {
        let in_memory = self.extents.is_empty() && self.pending.is_empty();
        if in_memory && budget.take(to_u64(bytes.len())) {
            self.keep(bytes);
            return Ok(());
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PENDING_BYTES {
            self.flush(budget)?;
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.in_memory += to_u64(bytes.len());
        match self.memory.last_mut() {
            Some(last) if last.len() + bytes.len() <= PIECE_BYTES => last.extend_from_slice(bytes),
            _ => self.memory.push(bytes.to_vec()),
        }
    }

    fn flush(&mut self, budget: &SpoolBudget) -> io::Result<()> {
        let extent = budget.append(self.lane, &self.pending)?;
        self.pending.clear();
        let joined = self
            .extents
            .last_mut()
            .is_some_and(|last| last.join(&extent));
        if !joined {
            self.extents.push(extent);
        }
        Ok(())
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> u64 {
        self.in_memory + to_u64(self.pending.len())
    }

    /// Copies all bytes to `out`, in the order in which they were appended. Pieces of memory and files
    /// go as they are copied.
    ///
    /// # Errors
    /// Those of the file system and of `out`.
    pub fn copy_to(self, out: &mut dyn Write, budget: &SpoolBudget) -> io::Result<()> {
        for piece in self.memory {
            out.write_all(&piece)?;
        }
        for extent in self.extents {
            budget.take_out(extent, out)?;
        }
        out.write_all(&self.pending)
    }
}

/// Bytes of a piece of memory, unless what is appended at a time has more.
const PIECE_BYTES: usize = 1 << 20;
/// Bytes that a spool collects before it writes to a file.
const PENDING_BYTES: usize = 64 << 10;
