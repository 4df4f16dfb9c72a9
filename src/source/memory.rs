//! Bytes in memory.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use super::{ByteSource, IoProfile, check_range};
use crate::error::Result;
use crate::limits::{to_u64, to_usize};

/// A source whose bytes are in memory. Reading gives views, not copies.
#[derive(Clone, Debug)]
pub struct MemorySource {
    bytes: Bytes,
}

impl MemorySource {
    /// A source of the given bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        MemorySource {
            bytes: bytes.into(),
        }
    }
}

impl ByteSource for MemorySource {
    fn len(&self) -> Result<u64> {
        Ok(to_u64(self.bytes.len()))
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, to_u64(self.bytes.len()))?;
        Ok(self
            .bytes
            .slice(to_usize(range.start)?..to_usize(range.end)?))
    }

    fn profile(&self) -> IoProfile {
        IoProfile {
            gap: 0,
            max_request: u64::MAX,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for MemorySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory of {} bytes", self.bytes.len())
    }
}
