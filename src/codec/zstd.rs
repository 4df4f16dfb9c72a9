//! Compression 50000: Zstandard, by the reference library.

use std::io::Cursor;

use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, compress_bound,
    find_frame_compressed_size, get_error_name,
};

use super::stream::{Step, fill};
use super::{Codec, reserve};
use crate::error::{Error, Malformed, Result};
use crate::limits::to_u64;
use crate::pool::Pool;

/// Zstandard at one level. Frames are written with their checksum, which is verified where there
/// is one. Only the first frame of a stream is read.
#[derive(Debug)]
pub(super) struct Zstd {
    level: u8,
    decompressors: Pool<DCtx<'static>>,
}

impl Zstd {
    /// Writes at `level`, 1 to 22.
    pub(super) fn new(level: u8) -> Self {
        Zstd {
            level,
            decompressors: Pool::new(),
        }
    }
}

impl Codec for Zstd {
    /// A good frame is decoded in one go, straight into `dst`, which takes no window. Whatever else
    /// there is goes through the streaming decoder, which tells the kinds of damage apart: one of
    /// its own, as it may come to hold a window of 2^27 bytes.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        if src.is_empty() && dst.is_empty() {
            return Ok(());
        }
        let fresh = || DCtx::try_create().ok_or_else(out_of_memory);
        let whole = |state: &mut DCtx<'_>| Ok(whole_frame(state, src, dst));
        if self.decompressors.with(fresh, whole)? == Some(dst.len()) {
            return Ok(());
        }
        let mut state = fresh()?;
        let window = DParameter::WindowLogMax(WINDOW_LOG);
        state.set_parameter(window).map_err(failed)?;
        fill(src, dst, |src, dst| decompress(&mut state, src, dst))
    }

    /// Each call has a fresh compressor: the library salts the hash tables of one that is reused
    /// with what it has seen, so that nothing promises the same bytes for the same input. The cost
    /// is lost in that of compressing.
    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let mut state = CCtx::try_create().ok_or_else(out_of_memory)?;
        for parameter in [
            CParameter::CompressionLevel(self.level.into()),
            CParameter::ChecksumFlag(true),
        ] {
            state.set_parameter(parameter).map_err(failed)?;
        }
        reserve(dst, compress_bound(src.len()))?;
        let mut end = Cursor::new(&mut *dst);
        end.set_position(to_u64(end.get_ref().len()));
        state.compress2(&mut end, src).map_err(failed)?;
        Ok(())
    }

    /// A block of at most 128 KiB takes at least 4 bytes: a header of 3 and one to repeat (RFC 8878,
    /// section 3.1.1.2).
    fn most_decoded(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(32 << 10)
    }
}

/// All that a frame gives, up to `most` bytes.
#[cfg(feature = "lerc")]
pub(super) fn unpack(src: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut state = DCtx::try_create().ok_or_else(out_of_memory)?;
    let window = DParameter::WindowLogMax(WINDOW_LOG);
    state.set_parameter(window).map_err(failed)?;
    super::stream::unpack(src, most, |src, dst| decompress(&mut state, src, dst))
}

/// Decodes one frame and gives its length, or `None` if it is not a good one or does not fit.
fn whole_frame(state: &mut DCtx<'_>, src: &[u8], dst: &mut [u8]) -> Option<usize> {
    let length = find_frame_compressed_size(src).ok()?;
    state.decompress(dst, src.get(..length)?).ok()
}

fn decompress(state: &mut DCtx<'_>, src: &[u8], dst: &mut [u8]) -> Result<Step> {
    let mut input = InBuffer::around(src);
    let mut output = OutBuffer::around(dst);
    let hint = state
        .decompress_stream(&mut output, &mut input)
        .map_err(|_| Malformed::Codec("not a Zstandard frame, or a damaged one"))?;
    Ok(Step {
        read: input.pos(),
        written: output.pos(),
        ended: hint == 0,
    })
}

fn out_of_memory() -> Error {
    std::io::Error::from(std::io::ErrorKind::OutOfMemory).into()
}

/// For what can only fail inside of the library: no bytes of a file are involved.
fn failed(code: ErrorCode) -> Error {
    std::io::Error::other(get_error_name(code)).into()
}

/// The largest window the streaming decoder allocates, as a power of two: the library's default,
/// which GDAL keeps, and the window of level 22.
const WINDOW_LOG: u32 = 27;
