//! Compression 34925: LZMA, as an `.xz` stream of a delta filter and LZMA2, by lzma-rust2.

use lzma_rust2::{Action, Status, XzStream};

use super::Codec;
use super::stream::{Step, fill};
use crate::error::{Malformed, Result, Unsupported};

/// LZMA. libtiff writes no checksum of the samples; one that is there is verified.
#[derive(Debug)]
pub(super) struct Lzma;

impl Codec for Lzma {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let mut state = XzStream::new_mem_limit(false, MEMORY_KIB);
        fill(src, dst, |src, dst| decompress(&mut state, src, dst))
    }

    fn encode(&self, _: &[u8], _: &mut Vec<u8>) -> Result<()> {
        Err(Unsupported::Feature("encoding as LZMA, which is only read").into())
    }
}

fn decompress(state: &mut XzStream, src: &[u8], dst: &mut [u8]) -> Result<Step> {
    // Data that ends early gives no progress rather than an error: `fill` judges that.
    let result = state.process(src, dst, Action::Run).map_err(|error| {
        if error.kind() == std::io::ErrorKind::OutOfMemory {
            return Unsupported::Feature("LZMA with a dictionary of more than 64 MiB").into();
        }
        crate::Error::from(Malformed::Codec("not an LZMA stream, or a damaged one"))
    })?;
    Ok(Step {
        read: result.bytes_consumed,
        written: result.bytes_produced,
        ended: result.status == Status::StreamEnd,
    })
}

/// The most that a stream may need: the dictionary of preset 9, and a little more. It is not all
/// touched by a tile that is smaller.
const MEMORY_KIB: u32 = 66 << 10;
