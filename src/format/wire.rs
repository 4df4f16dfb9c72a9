//! Numbers in bytes: the two byte orders and the two widths (classic and BigTIFF).

use crate::sample::{ByteOrder, Sample};

/// How a TIFF writes its numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wire {
    /// The order of the bytes.
    pub order: ByteOrder,
    /// True for BigTIFF: 64-bit offsets and counts.
    pub big: bool,
}

impl Wire {
    /// The number of type `T` at `at`, if the bytes reach that far.
    pub fn number<T: Sample>(self, bytes: &[u8], at: usize) -> Option<T> {
        let slice = bytes.get(at..at.checked_add(T::BYTES)?)?;
        Some(match self.order {
            ByteOrder::Little => T::from_le_slice(slice),
            ByteOrder::Big => T::from_be_slice(slice),
        })
    }

    /// An offset or count of this file's width: 4 bytes in classic TIFF, 8 in BigTIFF.
    pub fn offset(self, bytes: &[u8], at: usize) -> Option<u64> {
        if self.big {
            self.number(bytes, at)
        } else {
            self.number::<u32>(bytes, at).map(u64::from)
        }
    }

    /// Bytes of an offset.
    pub fn offset_bytes(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// Bytes of a directory entry.
    pub fn entry_bytes(self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// Bytes of a directory's count of entries.
    pub fn count_bytes(self) -> usize {
        if self.big { 8 } else { 2 }
    }

    /// Bytes of the file header, which ends with the offset of the first directory.
    pub fn header_bytes(self) -> usize {
        if self.big { 16 } else { 8 }
    }
}
