//! Sources that misbehave, and one that is larger than any memory.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use cogwork::Result;
use cogwork::source::{ByteSource, IoProfile, check_range};

/// What a source does instead of answering.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It fails.
    Fails,
    /// It gives one byte less than was asked for, which its contract forbids.
    Short,
    /// It gives no bytes at all.
    Empty,
}

/// Bytes in memory; the read of number `at`, and those after it, go wrong.
#[derive(Clone, Debug)]
pub struct Faulty {
    bytes: Bytes,
    fault: Fault,
    at: usize,
    reads: Arc<AtomicUsize>,
    profile: IoProfile,
}

impl Faulty {
    pub fn new(bytes: impl Into<Bytes>, fault: Fault, at: usize) -> Self {
        Faulty {
            bytes: bytes.into(),
            fault,
            at,
            reads: Arc::default(),
            profile: IoProfile {
                parallel: 1,
                gap: 0,
                max_request: 1 << 12,
                ..IoProfile::default()
            },
        }
    }
}

impl ByteSource for Faulty {
    fn len(&self) -> Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.len()?)?;
        let (start, end) = (range.start as usize, range.end as usize);
        if self.reads.fetch_add(1, Ordering::Relaxed) < self.at {
            return Ok(self.bytes.slice(start..end));
        }
        match self.fault {
            Fault::Fails => Err(std::io::Error::other("the line is dead").into()),
            Fault::Short => Ok(self.bytes.slice(start..end.max(start + 1) - 1)),
            Fault::Empty => Ok(Bytes::new()),
        }
    }

    fn profile(&self) -> IoProfile {
        self.profile
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a faulty source")
    }
}

/// A file of zeros but for some pieces.
#[derive(Debug)]
pub struct MostlyZeros {
    pub length: u64,
    pub pieces: Vec<(u64, Vec<u8>)>,
}

impl ByteSource for MostlyZeros {
    fn len(&self) -> Result<u64> {
        Ok(self.length)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.length)?;
        let mut answer = vec![0; (range.end - range.start) as usize];
        for (offset, piece) in &self.pieces {
            let end = offset + piece.len() as u64;
            let (from, to) = (range.start.max(*offset), range.end.min(end));
            if from < to {
                let part = &piece[(from - offset) as usize..(to - offset) as usize];
                let at = (from - range.start) as usize;
                answer[at..at + part.len()].copy_from_slice(part);
            }
        }
        Ok(answer.into())
    }
}

impl fmt::Display for MostlyZeros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zeros")
    }
}

/// Bytes in memory that are read as they are asked for: no gap is bridged.
#[derive(Clone, Debug)]
pub struct Exact(pub Bytes);

impl ByteSource for Exact {
    fn len(&self) -> Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.len()?)?;
        Ok(self.0.slice(range.start as usize..range.end as usize))
    }

    fn profile(&self) -> IoProfile {
        IoProfile {
            parallel: 1,
            gap: 0,
            max_request: 4 << 20,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
