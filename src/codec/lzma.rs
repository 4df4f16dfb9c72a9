//! Compression 34925: LZMA, as an `.xz` stream of a delta filter and LZMA2, by lzma-rust2.

use std::io::Write;

use lzma_rust2::{Action, CheckType, FilterType, Status, XzOptions, XzStream, XzWriter};

use super::Codec;
use super::stream::{Step, fill};
use crate::error::{Malformed, Result, Unsupported};

/// LZMA at one level. Streams are written with a CRC-32 of the samples, which is verified where there
/// is one; libtiff writes none.
///
/// An encoder has a dictionary that is no larger than its tile needs, and takes about 12 bytes for
/// each of it: 7 MiB for a tile of 512 x 512 samples of 16 bits.
#[derive(Debug)]
pub(super) struct Lzma {
    level: u8,
    /// How far apart are the bytes that the delta filter takes from each other.
    distance: u32,
}

impl Lzma {
    /// Writes at `level`, 0 to 9. The delta filter is libtiff's: by the bytes of a sample, or by one
    /// byte where samples are packed.
    pub(super) fn new(level: u8, bits: u16) -> Self {
        let distance = if bits.is_multiple_of(8) { bits / 8 } else { 1 };
        let distance = distance.into();
        Lzma { level, distance }
    }

    fn options(&self, bytes: usize) -> XzOptions {
        let mut options = XzOptions::with_preset(self.level.into());
        let needed = u32::try_from(bytes)
            .ok()
            .and_then(u32::checked_next_power_of_two);
        let dictionary = &mut options.lzma_options.dict_size;
        *dictionary = needed.map_or(*dictionary, |needed| needed.clamp(LEAST, *dictionary));
        options.set_check_sum_type(CheckType::Crc32);
        options.prepend_pre_filter(FilterType::Delta, self.distance);
        options
    }
}

impl Codec for Lzma {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let mut state = XzStream::new_mem_limit(false, MEMORY_KIB);
        fill(src, dst, |src, dst| decompress(&mut state, src, dst))
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let mut stream = XzWriter::new(dst, self.options(src.len()))?;
        stream.write_all(src)?;
        stream.finish()?;
        Ok(())
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
/// The smallest dictionary that LZMA2 has, in bytes.
const LEAST: u32 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    /// The crate's own figures, level by level.
    #[test]
    fn memory_of_encoders() {
        for level in 0..=9 {
            for (bytes, most) in [(0, 2), (512 << 10, 7), (1 << 20, 13), (8 << 20, 98)] {
                let options = Lzma::new(level, 16).options(bytes).lzma_options;
                let found = options.get_memory_usage();
                assert!(found <= most << 10, "{level} {bytes}: {found} KiB");
            }
        }
    }
}
