//! What the tiles of a level take in its file.

use super::level::Level;
use crate::error::Result;

/// What the tiles of a level, or of its mask, take in the file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Storage {
    /// Tiles or strips, in all planes.
    pub tiles: u64,
    /// Those of them that are left out of the file: all their pixels are nodata, or 0.
    pub sparse: u64,
    /// Bytes of the others, compressed.
    pub bytes: u64,
    /// Bytes of all pixels that the level has, uncompressed, in the bits that the file has for a sample.
    pub decoded_bytes: u64,
}

impl Storage {
    /// How many times smaller the tiles are than their pixels; `None` where none is stored.
    pub fn compression_ratio(&self) -> Option<f64> {
        (self.bytes > 0).then(|| self.decoded_bytes as f64 / self.bytes as f64)
    }
}

impl Level {
    /// How many tiles this level has, sparse ones too: what [`storage`](Self::storage) has to read the
    /// positions of.
    pub fn tile_count(&self) -> u64 {
        self.stored_tiles()
    }

    /// What its tiles take in the file, without those of its mask. Reads the positions of all tiles that
    /// are not in memory yet, 16 bytes for each at most, part by part.
    ///
    /// # Errors
    /// Those of reading, and [`Malformed`](crate::error::Malformed) for tiles beyond the end of the file.
    pub fn storage(&self) -> Result<Storage> {
        let image = self.image();
        let tiles = self.stored_tiles();
        let row_bits = u64::from(image.size.width)
            .saturating_mul(image.tile_samples().into())
            .saturating_mul(image.bits.into());
        let rows = u64::from(image.size.height).saturating_mul(image.planes().into());
        let mut storage = Storage {
            tiles,
            decoded_bytes: row_bits.div_ceil(8).saturating_mul(rows),
            ..Storage::default()
        };
        let mut first = 0;
        while first < tiles {
            let last = first.saturating_add(PART).min(tiles);
            for range in self.tile_ranges(first..last)? {
                match range {
                    Some(range) => storage.bytes += range.end - range.start,
                    None => storage.sparse += 1,
                }
            }
            first = last;
        }
        Ok(storage)
    }

    /// What the tiles of its mask take, where it has one of its own, in the file or beside it.
    ///
    /// # Errors
    /// As [`storage`](Self::storage).
    pub fn mask_storage(&self) -> Result<Option<Storage>> {
        self.mask().map(|mask| mask.storage()).transpose()
    }
}

/// Tiles whose positions are read at a time.
const PART: u64 = 1 << 14;
