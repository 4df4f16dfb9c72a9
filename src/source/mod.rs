//! Where bytes come from.
//!
//! A [`ByteSource`] answers ranges, exactly or with an error. Merging of ranges ([`ranges`]) and
//! reading ahead ([`fetch`]) live around it, not in it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::{Error, Malformed, Result};
use crate::limits::to_u64;

pub mod abreast;
pub mod cached;
pub mod fetch;
pub mod file;
#[cfg(feature = "http")]
pub mod http;
pub mod location;
pub mod memory;
#[cfg(feature = "object_store")]
pub mod object_store;
pub mod ranges;
#[cfg(feature = "s3")]
pub mod s3;

/// Bytes at rest: a file, a buffer, an object behind a network.
///
/// A complete source of your own:
/// ```
/// use std::ops::Range;
/// use cogwork::source::{ByteSource, check_range};
///
/// #[derive(Debug)]
/// struct Embedded(&'static [u8]);
///
/// impl std::fmt::Display for Embedded {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         write!(f, "embedded file")
///     }
/// }
///
/// impl ByteSource for Embedded {
///     fn len(&self) -> cogwork::Result<u64> {
///         Ok(self.0.len() as u64)
///     }
///
///     fn read(&self, range: Range<u64>) -> cogwork::Result<bytes::Bytes> {
///         check_range(&range, self.len()?)?;
///         Ok(bytes::Bytes::from_static(&self.0[range.start as usize..range.end as usize]))
///     }
/// }
/// # let source = Embedded(b"hello");
/// # assert_eq!(&source.read(1..3).unwrap()[..], b"el");
/// # assert!(source.read(1..6).is_err());
/// ```
pub trait ByteSource: fmt::Debug + fmt::Display + Send + Sync {
    /// Length in bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be learnt.
    fn len(&self) -> Result<u64>;

    /// True if there are no bytes.
    ///
    /// # Errors
    /// As [`len`](Self::len).
    fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The bytes of a range: all of them, or an error. Called from several threads at a time.
    ///
    /// # Errors
    /// [`Malformed::UnexpectedEnd`] if the range leaves the source (see [`check_range`]),
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the bytes cannot be had.
    fn read(&self, range: Range<u64>) -> Result<Bytes>;

    /// How this source likes to be read.
    fn profile(&self) -> IoProfile {
        IoProfile::default()
    }
}

/// How a source likes to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IoProfile {
    /// Reads that may be under way at a time.
    pub parallel: usize,
    /// Unwanted bytes between two ranges that are cheaper to read than a second request.
    pub gap: u64,
    /// Bytes of the largest single request.
    pub max_request: u64,
    /// Percent of a request that may be unwanted bytes between the wanted ones.
    pub max_waste: u8,
    /// Bytes of the first read of a file, which most headers fit into.
    pub header: u64,
    /// Bytes of pixels whose tiles are fetched at a time, while those before are decoded.
    pub batch: u64,
    /// True if the source counts its requests and bytes itself.
    pub counted: bool,
}

impl Default for IoProfile {
    /// A local file: one reader, gaps up to 16 KiB bridged, requests up to 4 MiB, a first read of 64 KiB,
    /// batches of 16 MiB.
    fn default() -> Self {
        IoProfile {
            parallel: 1,
            gap: 16 << 10,
            max_request: 4 << 20,
            max_waste: 100,
            header: 64 << 10,
            batch: 16 << 20,
            counted: false,
        }
    }
}

impl<S: ByteSource + ?Sized> ByteSource for Arc<S> {
    fn len(&self) -> Result<u64> {
        (**self).len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        (**self).read(range)
    }

    fn profile(&self) -> IoProfile {
        (**self).profile()
    }
}

/// Checks a range against a source's length.
///
/// # Errors
/// [`Malformed::UnexpectedEnd`] with the range as its place.
pub fn check_range(range: &Range<u64>, length: u64) -> Result<()> {
    if range.start <= range.end && range.end <= length {
        Ok(())
    } else {
        Err(Error::from(Malformed::UnexpectedEnd { length }).at_bytes(range.clone()))
    }
}

/// Reads a range of a source whose word is not taken for it: an answer of another length than was
/// asked for is an error.
pub(crate) fn read_exactly(source: &dyn ByteSource, range: Range<u64>) -> Result<Bytes> {
    let bytes = source.read(range.clone())?;
    if to_u64(bytes.len()) == range.end.saturating_sub(range.start) {
        return Ok(bytes);
    }
    let text = format!("the source gave {} bytes for {range:?}", bytes.len());
    Err(Error::from(std::io::Error::other(text)).at_bytes(range))
}
