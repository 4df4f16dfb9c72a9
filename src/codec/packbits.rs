//! Compression 32773: PackBits, byte runs (TIFF 6.0, section 9). Read only.

use super::Codec;
use crate::error::{Malformed, Result, Unsupported};
use crate::limits::to_u64;

/// PackBits. It has no checksum, and nearly every sequence of bytes is a legal stream.
#[derive(Debug)]
pub(super) struct PackBits;

impl Codec for PackBits {
    fn decode(&self, mut src: &[u8], dst: &mut [u8]) -> Result<()> {
        let want = to_u64(dst.len());
        let mut rest = dst;
        while !rest.is_empty() {
            let used = packet(&mut src, rest);
            let Some(used) = used else {
                let got = want - to_u64(rest.len());
                return Err(Malformed::ShortTile { got, want }.into());
            };
            rest = rest.split_at_mut(used).1;
        }
        Ok(())
    }

    fn encode(&self, _src: &[u8], _dst: &mut Vec<u8>) -> Result<()> {
        Err(Unsupported::Feature("writing PackBits").into())
    }

    /// Two bytes repeat one of them up to 128 times.
    fn most_decoded(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(64)
    }
}

/// Writes one packet to the start of `rest`, as much as fits, and gives the bytes written; `None`
/// if the stream is at its end. A literal packet cut short by the end gives what there is of it.
fn packet(src: &mut &[u8], rest: &mut [u8]) -> Option<usize> {
    let (&control, tail) = src.split_first()?;
    *src = tail;
    match control {
        0..=127 => {
            let literals = (usize::from(control) + 1).min(src.len());
            let (bytes, tail) = src.split_at(literals);
            *src = tail;
            let fit = literals.min(rest.len());
            for (to, from) in rest.iter_mut().zip(bytes) {
                *to = *from;
            }
            Some(fit)
        }
        // 128 says nothing.
        128 => Some(0),
        129..=255 => {
            let (&byte, tail) = src.split_first()?;
            *src = tail;
            let repeats = (257 - usize::from(control)).min(rest.len());
            for to in rest.iter_mut().take(repeats) {
                *to = byte;
            }
            Some(repeats)
        }
    }
}
