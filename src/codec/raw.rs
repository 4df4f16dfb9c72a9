//! Compression 1: the samples as they are.

use super::Codec;
use crate::error::{Malformed, Result};
use crate::limits::to_u64;

/// No compression. It has no redundancy: changed bytes are changed samples.
#[derive(Debug)]
pub(super) struct Raw;

impl Codec for Raw {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let Some(tile) = src.get(..dst.len()) else {
            let (got, want) = (to_u64(src.len()), to_u64(dst.len()));
            return Err(Malformed::ShortTile { got, want }.into());
        };
        dst.copy_from_slice(tile);
        Ok(())
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        dst.extend_from_slice(src);
        Ok(())
    }

    /// Each byte is itself.
    fn most_decoded(&self, compressed: u64) -> u64 {
        compressed
    }
}
