//! Masks: one bit per pixel, 1 where it is valid, as GDAL writes them.

use std::sync::Arc;

use crate::codec::Codec;
use crate::error::Result;
use crate::grid::Size;
use crate::limits::index;

/// Encodes tiles of a mask, on any number of threads.
#[derive(Debug)]
pub struct MaskEncoder {
    codec: Arc<dyn Codec>,
    tile: Size,
}

impl MaskEncoder {
    /// An encoder for tiles of `tile` pixels.
    pub fn new(codec: Arc<dyn Codec>, tile: Size) -> Self {
        MaskEncoder { codec, tile }
    }

    /// Appends the encoded form of one tile to `out`. `rows` has a byte per pixel, 0 where it is
    /// invalid; rows and columns beyond them are padded with zeros.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn encode(&self, rows: &[&[u8]], out: &mut Vec<u8>) -> Result<()> {
        let row_bytes = index(self.tile.width).div_ceil(8);
        let mut tile = vec![0; row_bytes * index(self.tile.height)];
        for (row, line) in rows.iter().zip(tile.chunks_exact_mut(row_bytes)) {
            for (pixels, byte) in row.chunks(8).zip(line) {
                let bits = pixels.iter().enumerate();
                *byte = bits.fold(0, |byte, (at, &pixel)| {
                    byte | (u8::from(pixel != 0) << (7 - at))
                });
            }
        }
        self.codec.encode(&tile, out)
    }
}
