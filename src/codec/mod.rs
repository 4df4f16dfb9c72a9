//! Codecs: compressed bytes of one tile to the bytes of its samples, and back.
//!
//! A codec knows nothing of tiles, samples or files. Its parameters live in the value.

use std::fmt;

use crate::error::Result;

/// A compression scheme with its parameters.
///
/// Implement it to add a compression of your own: both calls get whole buffers and are called from
/// several threads at a time.
pub trait Codec: fmt::Debug + Send + Sync {
    /// Decompresses `src` so that it fills `dst` exactly. Output beyond `dst` is never produced, so
    /// a decompression bomb costs no more than the tile it claims to be.
    ///
    /// # Errors
    /// [`Malformed::Codec`](crate::error::Malformed::Codec) for bytes that are not of this scheme,
    /// [`Malformed::ShortTile`](crate::error::Malformed::ShortTile) if they end before `dst` is
    /// full.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()>;

    /// Appends the compressed form of `src` to `dst`. The same input gives the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for schemes that are only read.
    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()>;
}
