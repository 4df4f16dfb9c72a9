//! Bytes of bodies: into a range that is being filled, or whole.

use std::io::Read;
use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ureq::BodyReader;

use super::fault::{Again, Fault};
use crate::error::{Error, Malformed, Remote, Result};
use crate::limits::{to_u64, to_usize, zeroed};

/// A range and how much of it has come.
pub(super) struct Filling {
    range: Range<u64>,
    pub(super) bytes: Vec<u8>,
    pub(super) filled: usize,
}

impl Filling {
    pub(super) fn new(range: Range<u64>) -> Result<Self> {
        Ok(Filling {
            bytes: zeroed(to_usize(range.end - range.start)?)?,
            range,
            filled: 0,
        })
    }

    pub(super) fn is_full(&self) -> bool {
        self.filled == self.bytes.len()
    }

    pub(super) fn left(&self) -> Range<u64> {
        self.range.start + to_u64(self.filled)..self.range.end
    }

    /// Wants no bytes after the end of an object of that length.
    pub(super) fn end_at(&mut self, length: u64) -> Result<(), Fault> {
        let end = self.range.end.min(length);
        let wanted = end.checked_sub(self.range.start);
        let Some(wanted) = wanted else {
            return Err(Error::from(Malformed::UnexpectedEnd { length }).into());
        };
        self.range.end = end;
        self.bytes.truncate(to_usize(wanted)?);
        Ok(())
    }

    /// Reads so many bytes more.
    pub(super) fn read(&mut self, body: &mut BodyReader<'_>, bytes: usize) -> Result<(), Fault> {
        let end = self.filled + bytes;
        while self.filled < end {
            let came = body.read(&mut self.bytes[self.filled..end]);
            let came = came.map_err(Fault::of_io)?;
            if came == 0 {
                let text = format!("{} bytes are missing", end - self.filled);
                return Err(Fault::new(Remote::Interrupted(text), Again::Later));
            }
            self.filled += came;
        }
        Ok(())
    }

    /// Takes what is wanted from all of the object.
    pub(super) fn fill_from(&mut self, whole: &Bytes) -> Result<(), Fault> {
        let (start, end) = (to_usize(self.range.start)?, to_usize(self.range.end)?);
        let length = to_u64(whole.len());
        let Some(part) = whole.get(start..end) else {
            return Err(Error::from(Malformed::UnexpectedEnd { length }).into());
        };
        self.bytes.copy_from_slice(part);
        self.filled = part.len();
        Ok(())
    }
}

/// Reads a body to its end, which must come within `most` bytes.
pub(super) fn read_whole(body: &mut BodyReader<'_>, most: u64) -> Result<Vec<u8>, Fault> {
    let mut whole = Vec::new();
    let read = body.take(most.saturating_add(1)).read_to_end(&mut whole);
    read.map_err(Fault::of_io)?;
    if to_u64(whole.len()) > most {
        return Err(Fault::last(Remote::RangeIgnored));
    }
    Ok(whole)
}

/// The beginning of a refusal's body. What does not come soon is not waited for.
pub(super) fn beginning(body: &mut BodyReader<'_>) -> Vec<u8> {
    let (mut bytes, mut filled) = (vec![0; SHOWN], 0);
    let began = Instant::now();
    while filled < SHOWN && began.elapsed() < SHOWN_WITHIN {
        match body.read(&mut bytes[filled..]) {
            Ok(0) | Err(_) => break,
            Ok(came) => filled += came,
        }
    }
    bytes.truncate(filled);
    bytes
}

/// Bytes of a refusal that are shown.
const SHOWN: usize = 512;
const SHOWN_WITHIN: Duration = Duration::from_secs(1);
