//! The tiles of one level and the order in which they stand in the file.

use std::str::FromStr;

use super::{LEADER_BYTES, TRAILER_BYTES};
use crate::error::{Error, Result, Usage};
use crate::format::annotations::PlainTag;
use crate::grid::TileGrid;
use crate::limits::to_u64;

/// How the bands of a raster share its tiles.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Interleave {
    /// All bands in each tile, pixel by pixel. TIFF PlanarConfiguration 1.
    #[default]
    Pixel,
    /// Tiles of one band: all of the first band, then all of the second. PlanarConfiguration 2.
    Band,
    /// Tiles of one band: for each place the tiles of all bands, then the next place.
    /// PlanarConfiguration 2.
    Tile,
}

impl Interleave {
    /// GDAL's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Interleave::Pixel => "pixel",
            Interleave::Band => "band",
            Interleave::Tile => "tile",
        }
    }
}

/// Reads a GDAL name in any case.
impl FromStr for Interleave {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "pixel" => Ok(Interleave::Pixel),
            "band" => Ok(Interleave::Band),
            "tile" => Ok(Interleave::Tile),
            _ => {
                let text = format!("unknown interleave `{name}`: expected pixel, band or tile");
                Err(Usage::Option(text).into())
            }
        }
    }
}

/// One level: its grid and the encoded size of each tile, plane by plane, row by row; 0 is a sparse
/// tile.
#[derive(Clone, Debug)]
pub struct LevelTiles {
    /// The grid of tiles.
    pub grid: TileGrid,
    /// Encoded bytes of each tile, without leader and trailer.
    pub sizes: Vec<u32>,
    /// Tags of this level's directory, in place of the raster's.
    pub tags: Vec<PlainTag>,
    /// The level's mask, if the raster has one.
    pub mask: Option<MaskTiles>,
}

/// The mask of one level, on the level's grid.
#[derive(Clone, Debug, Default)]
pub struct MaskTiles {
    /// Encoded bytes of each tile, without leader and trailer; 0 is a sparse tile: all invalid.
    pub sizes: Vec<u32>,
    /// Tags of the mask's directory, in place of those of a 1-bit mask.
    pub tags: Vec<PlainTag>,
}

/// A tile by its place in the arrays of its directory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TileOf {
    /// A tile of the image.
    Image(u64),
    /// A tile of its mask.
    Mask(u64),
}

/// The offset of each tile of a level, 0 for sparse ones.
pub(super) struct Offsets {
    pub(super) image: Vec<u64>,
    pub(super) mask: Vec<u64>,
}

impl LevelTiles {
    /// A level without tiles yet.
    pub fn new(grid: TileGrid) -> Self {
        LevelTiles {
            grid,
            sizes: Vec::new(),
            tags: Vec::new(),
            mask: None,
        }
    }

    /// Tiles of the image and of its mask.
    pub fn count(&self) -> u64 {
        let masks = self.mask.as_ref().map_or(0, |_| self.grid.count());
        to_u64(self.sizes.len()) + masks
    }

    /// The tile at a place in the order in which they stand in the file: a mask's tile follows its
    /// image's where pixels are interleaved, otherwise the mask follows the whole image. Source:
    /// GDAL's COG driver.
    pub fn at(&self, interleave: Interleave, place: u64) -> TileOf {
        let (count, images) = (self.grid.count(), to_u64(self.sizes.len()));
        let planes = (images / count.max(1)).max(1);
        match interleave {
            Interleave::Pixel if self.mask.is_some() => match place % 2 {
                0 => TileOf::Image(place / 2),
                _ => TileOf::Mask(place / 2),
            },
            _ if place >= images => TileOf::Mask(place - images),
            Interleave::Tile => TileOf::Image((place % planes) * count + place / planes),
            Interleave::Band | Interleave::Pixel => TileOf::Image(place),
        }
    }

    /// The tiles in the order in which they stand in the file.
    pub fn order(&self, interleave: Interleave) -> impl Iterator<Item = TileOf> + '_ {
        (0..self.count()).map(move |place| self.at(interleave, place))
    }

    /// Encoded bytes of a tile.
    pub fn size(&self, tile: TileOf) -> u32 {
        let mask = || self.mask.as_ref().map_or(&[][..], |mask| &mask.sizes);
        let found = match tile {
            TileOf::Image(at) => self.sizes.get(index64(at)),
            TileOf::Mask(at) => mask().get(index64(at)),
        };
        found.copied().unwrap_or(0)
    }

    /// Bytes of all tiles with their leaders and trailers.
    pub(super) fn bytes(&self) -> u64 {
        let masks = self.mask.iter().flat_map(|mask| &mask.sizes);
        self.sizes
            .iter()
            .chain(masks)
            .map(|&size| record(size))
            .sum()
    }

    /// Where the tiles are when the level begins at `start`.
    pub(super) fn offsets(&self, interleave: Interleave, start: u64) -> Offsets {
        let masks = self.mask.as_ref().map_or(0, |mask| mask.sizes.len());
        let mut offsets = Offsets {
            image: vec![0; self.sizes.len()],
            mask: vec![0; masks],
        };
        let mut at = start;
        for tile in self.order(interleave) {
            let size = self.size(tile);
            if size == 0 {
                continue;
            }
            match tile {
                TileOf::Image(place) => offsets.image[index64(place)] = at + LEADER_BYTES,
                TileOf::Mask(place) => offsets.mask[index64(place)] = at + LEADER_BYTES,
            }
            at += record(size);
        }
        offsets
    }
}

/// Bytes of a tile with leader and trailer; a sparse one has none.
fn record(size: u32) -> u64 {
    match size {
        0 => 0,
        size => LEADER_BYTES + u64::from(size) + TRAILER_BYTES,
    }
}

/// A place in an array that is in memory.
fn index64(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Size;

    /// The orders that cog-format.md section 1 gives for GDAL's three interleavings.
    #[test]
    fn orders() {
        use TileOf::{Image, Mask};
        let grid = TileGrid {
            image: Size::new(32, 16),
            tile: Size::new(16, 16),
        };
        let mut level = LevelTiles::new(grid);
        level.mask = Some(MaskTiles::default());
        level.sizes = vec![1; 2];
        let order = |level: &LevelTiles, interleave| level.order(interleave).collect::<Vec<_>>();
        let pixel = [Image(0), Mask(0), Image(1), Mask(1)];
        assert_eq!(order(&level, Interleave::Pixel), pixel);
        level.sizes = vec![1; 4];
        let band = [Image(0), Image(1), Image(2), Image(3), Mask(0), Mask(1)];
        assert_eq!(order(&level, Interleave::Band), band);
        let tile = [Image(0), Image(2), Image(1), Image(3), Mask(0), Mask(1)];
        assert_eq!(order(&level, Interleave::Tile), tile);
    }
}
