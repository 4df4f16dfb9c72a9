//! Bounds on what one file or one job may use, and checked conversions between number types.

use crate::error::{Error, ErrorKind, Malformed, Result};

/// Bounds that are checked before memory is allocated or work is begun.
///
/// The defaults suit a server that reads files of strangers. Every bound that is exceeded is an
/// [`ErrorKind::Limit`] that names the field, what was needed and what was allowed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Width or height of a raster in pixels. Default 2^31 - 1.
    pub axis: u64,
    /// Image directories in a file. Default 1024.
    pub directories: u64,
    /// Entries of one directory. Default 4096.
    pub entries: u64,
    /// Bytes of one tag's value other than the tile arrays. Default 64 MiB.
    pub tag_bytes: u64,
    /// Bytes of all directories and values that are kept. Default 64 MiB.
    pub header_bytes: u64,
    /// Tiles of one level. Default 2^28.
    pub tiles: u64,
    /// Bytes of one decoded tile. Default 256 MiB.
    pub tile_bytes: u64,
    /// Bytes of one block that is read or computed whole. Default 16 GiB.
    pub block_bytes: u64,
    /// Bytes that a streaming job may hold at a time, in decoded pixels and compressed tiles in
    /// flight. Default 1 GiB. A job that needs more for one row of tiles is refused.
    pub job_bytes: u64,
    /// Bytes of encoded output kept in memory before temporary files take over.
    /// Default 32 MiB.
    pub spool_bytes: u64,
}

impl Limits {
    /// No bounds but those of the format and of the machine's address space.
    pub fn unlimited() -> Self {
        Limits {
            axis: u32::MAX.into(),
            directories: u64::MAX,
            entries: u64::MAX,
            tag_bytes: u64::MAX,
            header_bytes: u64::MAX,
            tiles: u64::MAX,
            tile_bytes: u64::MAX,
            block_bytes: u64::MAX,
            job_bytes: u64::MAX,
            spool_bytes: u64::MAX,
        }
    }

    /// Checks one bound: `needed` against `allowed`, a field of this struct called `what`.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] if `needed` is larger.
    pub fn check(what: &'static str, needed: u64, allowed: u64) -> Result<()> {
        if needed <= allowed {
            Ok(())
        } else {
            Err(ErrorKind::Limit {
                what,
                needed,
                allowed,
            }
            .into())
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            axis: (1 << 31) - 1,
            directories: 1024,
            entries: 4096,
            tag_bytes: 64 << 20,
            header_bytes: 64 << 20,
            tiles: 1 << 28,
            tile_bytes: 256 << 20,
            block_bytes: 16 << 30,
            job_bytes: 1 << 30,
            spool_bytes: 32 << 20,
        }
    }
}

/// A memory length from a number of a file.
///
/// # Errors
/// [`ErrorKind::Limit`] if it does not fit the address space.
pub fn to_usize(number: u64) -> Result<usize> {
    usize::try_from(number).map_err(|_| {
        let allowed = u64::try_from(usize::MAX).unwrap_or(u64::MAX);
        ErrorKind::Limit {
            what: "address space",
            needed: number,
            allowed,
        }
        .into()
    })
}

/// A file length or offset from a memory length: never fails on machines of up to 64 bits.
pub fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A memory index from a pixel count: never fails on machines of at least 32 bits.
pub fn index(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

/// The product of numbers that a file gives.
///
/// # Errors
/// [`Malformed::TagValue`] if it overflows 64 bits.
pub fn product(numbers: &[u64]) -> Result<u64> {
    let overflow = || Error::from(Malformed::TagValue { found: u64::MAX });
    numbers
        .iter()
        .try_fold(1u64, |acc, &n| acc.checked_mul(n))
        .ok_or_else(overflow)
}

/// A zeroed buffer, or an error instead of an abort where memory is short.
///
/// # Errors
/// [`ErrorKind::Io`] of kind `OutOfMemory`.
pub fn zeroed<T: Clone + Default>(length: usize) -> Result<Vec<T>> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(length)
        .map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
    buffer.resize(length, T::default());
    Ok(buffer)
}
