//! Compressions 8 and 32946: Deflate in its zlib wrapper. Decoding is by flate2 with zlib-rs. Encoding
//! is our own from level 6 on, where it makes less of most tiles than libdeflate and zlib do, and at
//! all levels in noisy imagery, where it is several times as fast as zlib. Below level 6 zlib-rs
//! encodes what is worth a search for matches. `NOTES.md` has the measurements.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use self::choice::Choice;
use self::encoder::Encoder;
use super::stream::{Step, fill};
use super::{Codec, reserve};
use crate::error::{Malformed, Result};
use crate::limits::{to_u64, to_usize};
use crate::pool::Pool;

mod bits;
mod block;
mod chains;
mod choice;
mod cost;
mod encoder;
mod header;
mod histogram;
mod huffman;
mod matcher;
mod optimal;
#[cfg(test)]
mod tests;
mod tree;

/// Deflate at one level. The stream's Adler-32 is verified.
#[derive(Debug)]
pub(super) struct Deflate {
    level: u8,
    encoders: Pool<Encoder>,
    /// One pool for each level from 0.
    compressors: [Pool<Compress>; 10],
    decompressors: Pool<Decompress>,
}

impl Deflate {
    /// Writes at `level`, 1 to 9.
    pub(super) fn new(level: u8) -> Self {
        Deflate {
            level,
            encoders: Pool::new(),
            compressors: [(); 10].map(|()| Pool::new()),
            decompressors: Pool::new(),
        }
    }

    fn encode_as(&self, choice: Choice, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let level = match choice {
            Choice::Ours(effort) => {
                let fresh = || Ok(Encoder::default());
                return self
                    .encoders
                    .with(fresh, |state| state.encode(src, effort, dst));
            }
            Choice::Zlib(level) => level.min(9),
        };
        let fresh = || Ok(Compress::new(Compression::new(level.into()), true));
        self.compressors[usize::from(level)].with(fresh, |state| {
            state.reset();
            deflate(state, src, dst)
        })
    }
}

impl Codec for Deflate {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let fresh = || Ok(Decompress::new(true));
        self.decompressors.with(fresh, |state| {
            state.reset(true);
            fill(src, dst, |src, dst| inflate(state, src, dst))
        })
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        self.encode_as(Choice::of(self, src)?, src, dst)
    }

    /// A length of 258 bytes and its distance take at least 2 bits (RFC 1951, section 3.2).
    fn most_decoded(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(258 * 8 / 2)
    }
}

/// All that a stream gives, up to `most` bytes.
#[cfg(feature = "lerc")]
pub(super) fn unpack(src: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut state = Decompress::new(true);
    super::stream::unpack(src, most, |src, dst| inflate(&mut state, src, dst))
}

fn inflate(state: &mut Decompress, src: &[u8], dst: &mut [u8]) -> Result<Step> {
    let (before_in, before_out) = (state.total_in(), state.total_out());
    let status = state
        .decompress(src, dst, FlushDecompress::Finish)
        .map_err(|_| Malformed::Codec("not a Deflate stream, or a damaged one"))?;
    Ok(Step {
        read: to_usize(state.total_in() - before_in)?,
        written: to_usize(state.total_out() - before_out)?,
        ended: status == Status::StreamEnd,
    })
}

fn deflate(state: &mut Compress, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
    // Half is the usual gain; a stream without gain takes a second round.
    let mut room = src.len() / 2 + 1024;
    loop {
        reserve(dst, room)?;
        let rest = src.get(to_usize(state.total_in())?..).unwrap_or_default();
        let before = (state.total_in(), dst.len());
        let status = state.compress_vec(rest, dst, FlushCompress::Finish);
        if matches!(status, Ok(Status::StreamEnd)) {
            return Ok(());
        }
        if status.is_err() || before == (state.total_in(), dst.len()) {
            return Err(std::io::Error::other("the Deflate compressor failed").into());
        }
        room = to_usize(to_u64(src.len()) - state.total_in())? + 1024;
    }
}
