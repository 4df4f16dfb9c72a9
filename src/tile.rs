//! Tile bytes to samples and back: codec, predictor, byte order, interleave, ragged edges.

mod encode;
mod gather;
mod mask;
mod pack;

use std::sync::Arc;

use crate::codec::predictor::Predictor;
use crate::codec::{Codec, Codecs, Parameters};
use crate::error::{Error, Malformed, Result};
use crate::format::image::{Image, Stored};
use crate::grid::Window;
use crate::limits::{Limits, index, product, to_u64, to_usize, zeroed};
use crate::pool::Pool;
use crate::sample::{ByteOrder, Sample};

pub use encode::{TileEncoder, TileForm};
use gather::{StoredRow, cmyk_to_rgba};
pub use mask::MaskEncoder;

/// Decodes the tiles of one image, on any number of threads.
#[derive(Debug)]
pub struct TileDecoder {
    codec: Arc<dyn Codec>,
    predictor: Predictor,
    reversed_bits: bool,
    row: StoredRow,
    /// The order of the bytes that the predictor works on.
    order: ByteOrder,
    /// True if samples are turned to little-endian as wholes before they are taken apart.
    whole_samples: bool,
    /// Bytes of a row.
    row_bytes: usize,
    scratch: Pool<Scratch>,
}

#[derive(Debug, Default)]
struct Scratch {
    tile: Vec<u8>,
    reversed: Vec<u8>,
    shuffle: Vec<u8>,
}

impl TileDecoder {
    /// A decoder for the tiles of `image`.
    ///
    /// # Errors
    /// The image's refusal, [`Unsupported`](crate::ErrorKind::Unsupported) for a compression without
    /// a codec, [`Limit`](crate::ErrorKind::Limit) where a tile is larger than
    /// `limits.tile_bytes`.
    pub fn new(image: &Image, codecs: &Codecs, limits: &Limits) -> Result<Self> {
        if let Some(refusal) = &image.refusal {
            return Err(refusal.clone().into());
        }
        let bytes = image.tile_row_bytes()?;
        let tile = product(&[bytes, image.tile.height.into()])?;
        Limits::check("tile_bytes", tile, limits.tile_bytes)?;
        let predictor = predictor(image.predictor);
        // libtiff's predictor takes a complex sample for one number, in the order of its bytes too.
        let whole_samples = predictor == Predictor::Horizontal
            && image.data_type.is_complex()
            && image.order == ByteOrder::Big;
        Ok(TileDecoder {
            codec: codecs.decoder(&parameters(image))?,
            predictor,
            // JPEG has an order of bits of its own, whatever FillOrder says.
            reversed_bits: image.reversed_bits && image.compression != 7,
            row: StoredRow {
                stored: image.stored,
                order: match whole_samples {
                    true => ByteOrder::Little,
                    false => image.order,
                },
                bits: usize::from(image.bits),
                samples: usize::from(image.tile_samples()),
            },
            order: image.order,
            whole_samples,
            row_bytes: to_usize(bytes)?,
            scratch: Pool::new(),
        })
    }

    /// Bytes of a tile of the given number of rows before compression.
    pub fn tile_bytes(&self, rows: u32) -> u64 {
        to_u64(self.row_bytes) * u64::from(rows)
    }

    /// Checks that as many compressed bytes can hold a tile of the given number of rows.
    ///
    /// # Errors
    /// [`Malformed::ShortTile`] if no such bytes decode to that much.
    pub fn check_length(&self, compressed: u64, rows: u32) -> Result<()> {
        let (got, want) = (self.codec.most_decoded(compressed), self.tile_bytes(rows));
        match got < want {
            true => Err(Malformed::ShortTile { got, want }.into()),
            false => Ok(()),
        }
    }

    /// Decodes the tile in `src`, which has `rows` rows, and writes the pixels of `part`, a window
    /// in the tile, to `targets`: for each of `bands` (counted from 0 among the tile's samples), one
    /// segment per row.
    ///
    /// # Errors
    /// [`Malformed`] where the bytes do not decode to a whole tile.
    pub fn decode<T: Sample>(
        &self,
        src: &[u8],
        rows: u32,
        part: Window,
        bands: &[usize],
        targets: &mut [&mut [T]],
    ) -> Result<()> {
        self.scratch.with(
            || Ok(Scratch::default()),
            |scratch| {
                let bytes = self.row_bytes * index(rows);
                if scratch.tile.len() < bytes {
                    scratch.tile = zeroed(bytes)?;
                }
                let Scratch {
                    tile,
                    reversed,
                    shuffle,
                } = scratch;
                let tile = &mut tile[..bytes];
                self.decompress(src, reversed, tile)?;
                let bytes_each = self.row.bits / 8;
                let (first, last) = (index(part.row), index(part.row) + index(part.height));
                let lines = tile.chunks_exact_mut(self.row_bytes).enumerate();
                for (line, row) in lines.take(last).skip(first) {
                    self.predictor
                        .undo_row(row, bytes_each, self.row.samples, self.order, shuffle);
                    if self.whole_samples {
                        reverse_samples(row, bytes_each);
                    }
                    if self.row.stored == Stored::Cmyk {
                        cmyk_to_rgba(row, self.row.samples);
                    }
                    for (b, &band) in bands.iter().enumerate() {
                        let target = &mut targets[b * index(part.height) + line - first];
                        self.row.gather(row, index(part.column), band, target);
                    }
                }
                Ok(())
            },
        )
    }

    fn decompress(&self, src: &[u8], reversed: &mut Vec<u8>, tile: &mut [u8]) -> Result<()> {
        if !self.reversed_bits {
            return self.codec.decode(src, tile);
        }
        reversed.clear();
        reversed.extend(src.iter().map(|byte| byte.reverse_bits()));
        self.codec.decode(reversed, tile)
    }
}

/// Reverses the bytes of each sample of a row.
fn reverse_samples(row: &mut [u8], bytes: usize) {
    row.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
}

/// What the codec of an image may need to know.
fn parameters(image: &Image) -> Parameters<'_> {
    let mut parameters = Parameters::new(image.compression, image.tile.width, image.tile.height);
    parameters.samples = image.tile_samples();
    parameters.bits = image.bits;
    parameters.data_type = image.data_type;
    parameters.photometric = image.photometric;
    parameters.alpha = !image.planar && image.extra_samples.last() == Some(&2);
    parameters.t4_options = image.codec.t4_options;
    parameters.jpeg_tables = image.codec.jpeg_tables.as_deref();
    parameters.lerc_parameters = &image.codec.lerc_parameters;
    parameters
}

/// The predictor of a tag; an image with another one has a refusal.
fn predictor(tag: u16) -> Predictor {
    match tag {
        2 => Predictor::Horizontal,
        3 => Predictor::FloatingPoint,
        _ => Predictor::None,
    }
}

/// Where a tile's bytes are, from the two numbers that the file gives: `None` for a sparse tile.
/// `decoded` is the size of the decoded tile: no more than twice that and 64 KiB is ever read.
///
/// # Errors
/// [`Malformed::TileRange`] if one number is 0 and the other is not, or the range leaves the file.
pub fn tile_range(
    offset: u64,
    byte_count: u64,
    decoded: u64,
    length: u64,
) -> Result<Option<std::ops::Range<u64>>> {
    if offset == 0 && byte_count == 0 {
        return Ok(None);
    }
    let count = byte_count.min(decoded.saturating_mul(2).saturating_add(64 << 10));
    let end = offset.saturating_add(byte_count);
    if offset == 0 || byte_count == 0 || end > length {
        return Err(Error::from(Malformed::TileRange).at_bytes(offset..end));
    }
    Ok(Some(offset..offset + count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(tile_range(0, 0, 100, 1000).expect("sparse"), None);
        assert_eq!(tile_range(10, 90, 100, 100).expect("inside"), Some(10..100));
        for (offset, count) in [(0, 1), (1, 0), (10, 91), (u64::MAX, 2), (5, u64::MAX)] {
            assert!(
                tile_range(offset, count, 100, 100).is_err(),
                "{offset} {count}"
            );
        }
    }
}
