//! A file of which some ranges are at hand.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cogwork::source::{check_range, ByteSource, IoProfile};
use cogwork::Result;

/// A file of which some ranges are at hand. A read of others fails, and is remembered.
#[derive(Debug, Default)]
pub struct Pieces {
    length: u64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// By their first byte.
    pieces: BTreeMap<u64, Bytes>,
    missing: Option<Range<u64>>,
}

impl Pieces {
    /// A file of so many bytes, none of them at hand.
    pub fn new(length: u64) -> Self {
        Pieces {
            length,
            ..Pieces::default()
        }
    }

    /// The range that the last read failed for.
    pub fn missing(&self) -> Option<Range<u64>> {
        self.held().missing.clone()
    }

    /// The bytes of the missing range.
    pub fn supply(&self, bytes: Bytes) {
        let mut held = self.held();
        if let Some(range) = held.missing.take() {
            held.pieces.insert(range.start, bytes);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ByteSource for Pieces {
    fn len(&self) -> Result<u64> {
        Ok(self.length)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.length)?;
        let mut held = self.held();
        let (start, end) = (range.start, range.end);
        let piece = held.pieces.range(..=start).next_back();
        let slice = piece.and_then(|(first, bytes)| {
            let skipped = (start - first) as usize;
            let wanted = skipped..skipped + (end - start) as usize;
            (wanted.end <= bytes.len()).then(|| bytes.slice(wanted))
        });
        slice.ok_or_else(|| {
            held.missing = Some(range);
            std::io::Error::from(std::io::ErrorKind::WouldBlock).into()
        })
    }

    /// A first read of 16 KiB, then what is wanted and no more than a page between.
    fn profile(&self) -> IoProfile {
        IoProfile {
            gap: 4 << 10,
            header: 16 << 10,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pieces of {} bytes", self.length)
    }
}
