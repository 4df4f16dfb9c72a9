//! Samples to tile bytes.

use std::sync::Arc;

use super::gather::scatter;
use super::pack::Packing;
use crate::codec::Codec;
use crate::codec::predictor::Predictor;
use crate::error::Result;
use crate::grid::Size;
use crate::limits::{Limits, index, product, to_u64, to_usize};
use crate::pool::Pool;
use crate::sample::{DataType, Sample};

/// What the tiles of an image are before compression.
#[derive(Clone, Copy, Debug)]
pub struct TileForm {
    /// Width and height.
    pub tile: Size,
    /// Samples of a pixel.
    pub bands: usize,
    /// The type of a sample.
    pub data_type: DataType,
    /// Bits of a sample, where they are fewer than those of the type.
    pub bits: Option<u16>,
    /// Whether samples that have more bits are clamped; else they are errors.
    pub clamped: bool,
    /// Whether the pixels at the edge of the image go on in what is beyond it; else there are zeros.
    pub replicated: bool,
}

/// Encodes tiles of one form, interleaved by pixel, little-endian, on any number of threads.
#[derive(Debug)]
pub struct TileEncoder {
    codec: Arc<dyn Codec>,
    predictor: Predictor,
    form: TileForm,
    packing: Option<Packing>,
    /// Bytes of a row before packing, and after.
    plain_bytes: usize,
    row_bytes: usize,
    scratch: Pool<Scratch>,
}

#[derive(Debug, Default)]
struct Scratch {
    tile: Vec<u8>,
    row: Vec<u8>,
    shuffle: Vec<u8>,
}

impl TileEncoder {
    /// An encoder for tiles of a form.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where a tile is larger than `limits.tile_bytes`.
    pub fn new(
        codec: Arc<dyn Codec>,
        predictor: Predictor,
        form: TileForm,
        limits: &Limits,
    ) -> Result<Self> {
        let bytes = to_u64(form.data_type.bytes());
        let samples = product(&[form.tile.width.into(), to_u64(form.bands)])?;
        let plain = product(&[samples, bytes])?;
        let whole = product(&[plain, form.tile.height.into()])?;
        Limits::check("tile_bytes", whole, limits.tile_bytes)?;
        let packing = form
            .bits
            .map(|bits| Packing::new(bits, form.data_type, form.clamped));
        let row = match form.bits {
            Some(bits) => product(&[samples, bits.into()])?.div_ceil(8),
            None => plain,
        };
        Ok(TileEncoder {
            codec,
            predictor,
            form,
            packing,
            plain_bytes: to_usize(plain)?,
            row_bytes: to_usize(row)?,
            scratch: Pool::new(),
        })
    }

    /// Appends the encoded form of one tile to `out`. `planes` has, for each band, the tile's rows;
    /// there may be fewer rows and columns than a tile has.
    ///
    /// # Errors
    /// As [`Codec::encode`]; [`Usage::Value`](crate::error::Usage::Value) for a sample that needs
    /// more bits than it is to have.
    pub fn encode<T: Sample>(&self, planes: &[Vec<&[T]>], out: &mut Vec<u8>) -> Result<()> {
        self.scratch.with(
            || Ok(Scratch::default()),
            |scratch| {
                let Scratch { tile, row, shuffle } = scratch;
                tile.clear();
                tile.resize(self.row_bytes * index(self.form.tile.height), 0);
                let rows = planes.first().map_or(0, Vec::len);
                let lines = tile.chunks_exact_mut(self.row_bytes).take(rows);
                for (line, bytes) in lines.enumerate() {
                    match &self.packing {
                        None => self.fill(planes, line, bytes),
                        Some(packing) => {
                            row.clear();
                            row.resize(self.plain_bytes, 0);
                            self.fill(planes, line, row);
                            packing.pack(row, bytes)?;
                        }
                    }
                    let stored = self.packing.as_ref().map(Packing::whole_bytes);
                    let bytes_each = stored.unwrap_or(self.form.data_type.bytes());
                    self.predictor
                        .apply_row(bytes, bytes_each, self.form.bands, shuffle);
                }
                if self.form.replicated && rows > 0 {
                    let (known, beyond) = tile.split_at_mut(rows * self.row_bytes);
                    let last = &known[known.len() - self.row_bytes..];
                    for bytes in beyond.chunks_exact_mut(self.row_bytes) {
                        bytes.copy_from_slice(last);
                    }
                }
                self.codec.encode(tile, out)
            },
        )
    }

    /// Writes one row of all bands, pixel by pixel.
    fn fill<T: Sample>(&self, planes: &[Vec<&[T]>], line: usize, row: &mut [u8]) {
        let pixel = self.form.bands * T::BYTES;
        for (band, plane) in planes.iter().enumerate() {
            scatter(plane[line], pixel, &mut row[band * T::BYTES..]);
        }
        let known = planes.first().map_or(0, |plane| plane[line].len()) * pixel;
        if self.form.replicated && known > 0 {
            let (known, beyond) = row.split_at_mut(known);
            let last = &known[known.len() - pixel..];
            for bytes in beyond.chunks_exact_mut(pixel) {
                bytes.copy_from_slice(last);
            }
        }
    }
}
