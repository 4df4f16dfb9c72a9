//! One policy for all streaming decompressors: how a stream fills a tile, and when its end, its
//! surplus or the lack of either is an error.

use crate::error::{Malformed, Result};
use crate::limits::to_u64;

/// What one call of a decompressor did.
pub(super) struct Step {
    /// Bytes taken from the input.
    pub read: usize,
    /// Bytes written to the output.
    pub written: usize,
    /// The stream has ended, and its checksum, if it has one, is right.
    pub ended: bool,
}

/// Fills `dst` from `src` by repeated calls of `step` with what is left of both.
///
/// A stream that ends short of `dst` is an error. When `dst` is full, the stream is followed to its
/// end, so that its checksum is verified: up to as many bytes again, and a little more, are
/// decompressed into nowhere for that. A stream that goes on even then counts as good, as in GDAL.
/// A stream cut off just after its last byte of output, without its end or its checksum, is good;
/// one cut off amid surplus output is not.
///
/// # Errors
/// [`Malformed::ShortTile`], [`Malformed::Codec`], and those of `step`.
pub(super) fn fill(
    src: &[u8],
    dst: &mut [u8],
    mut step: impl FnMut(&[u8], &mut [u8]) -> Result<Step>,
) -> Result<()> {
    let (mut src, mut rest) = (src, dst);
    let want = to_u64(rest.len());
    loop {
        let Step {
            read,
            written,
            ended,
        } = step(src, rest)?;
        src = src.get(read..).unwrap_or_default();
        rest = rest.get_mut(written..).unwrap_or_default();
        match (rest.is_empty(), ended) {
            (true, true) => return Ok(()),
            (true, false) => return drain(src, want, step),
            (false, false) if read > 0 || written > 0 => {}
            (false, _) => {
                let got = want - to_u64(rest.len());
                return Err(Malformed::ShortTile { got, want }.into());
            }
        }
    }
}

/// All that a stream gives, where nobody knows how much that is, up to `most` bytes.
///
/// # Errors
/// [`Malformed::Codec`] for a stream that is cut off or gives more, and those of `step`.
#[cfg(all(feature = "lerc", any(feature = "deflate", feature = "zstd")))]
pub(super) fn unpack(
    mut src: &[u8],
    most: usize,
    mut step: impl FnMut(&[u8], &mut [u8]) -> Result<Step>,
) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut piece = [0; 16 << 10];
    loop {
        let Step {
            read,
            written,
            ended,
        } = step(src, &mut piece)?;
        src = src.get(read..).unwrap_or_default();
        super::reserve(&mut out, written)?;
        out.extend_from_slice(piece.get(..written).unwrap_or_default());
        match ended {
            true => return Ok(out),
            false if read == 0 && written == 0 => {
                return Err(Malformed::Codec("the stream is cut off").into());
            }
            false if out.len() > most => {
                return Err(Malformed::Codec("the stream gives far more than its tile").into());
            }
            false => {}
        }
    }
}

/// Follows a stream that has filled its tile of `want` bytes to its end.
fn drain(
    mut src: &[u8],
    want: u64,
    mut step: impl FnMut(&[u8], &mut [u8]) -> Result<Step>,
) -> Result<()> {
    let mut nowhere = [0; 4096];
    let mut surplus = 0;
    while surplus <= want.saturating_add(SLACK) {
        let Step {
            read,
            written,
            ended,
        } = step(src, &mut nowhere)?;
        src = src.get(read..).unwrap_or_default();
        surplus += to_u64(written);
        match (ended, read > 0 || written > 0) {
            (true, _) => return Ok(()),
            (false, true) => {}
            (false, false) if surplus == 0 => return Ok(()),
            (false, false) => {
                return Err(Malformed::Codec("the stream is cut off beyond the tile").into());
            }
        }
    }
    Ok(())
}

/// Surplus followed even for the smallest tile.
const SLACK: u64 = 1 << 16;
