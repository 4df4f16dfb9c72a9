//! The layout of a COG, from the sizes of its tiles: pure arithmetic, no I/O, no pixels.
//!
//! The order of everything is that of GDAL's COG driver: header, ghost area, directories with their
//! values (base first), the arrays of tile positions, then the tiles, smallest level first, each
//! between a leader (its size) and a trailer (its last four bytes again).

mod entries;

use super::annotations::Annotations;
use super::geo::GeoTags;
use super::tag;
use super::wire::Wire;
use crate::error::{Error, Result, Usage};
use crate::grid::TileGrid;
use crate::limits::to_u64;
use crate::sample::{ByteOrder, DataType};

use entries::{PlannedEntry, entries};

/// Whether a file has 64-bit offsets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BigTiff {
    /// Only if the file is larger than 4 GiB - 1.
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never; a larger file is an error.
    No,
}

/// What the directories say of the raster, beside sizes and positions.
#[derive(Clone, Debug)]
pub struct RasterTags {
    /// Bands, interleaved by pixel.
    pub bands: u16,
    /// The type of the samples.
    pub data_type: DataType,
    /// TIFF Compression.
    pub compression: u16,
    /// TIFF Predictor.
    pub predictor: u16,
    /// TIFF PhotometricInterpretation.
    pub photometric: u16,
    /// TIFF ExtraSamples: one for each band beyond those of the photometric interpretation.
    pub extra_samples: Vec<u16>,
    /// ColorMap, or empty.
    pub color_map: Vec<u16>,
    /// GDAL_NODATA.
    pub nodata: Option<String>,
    /// The GeoTIFF tags of the base.
    pub geo: GeoTags,
    /// Metadata, texts and more of the base.
    pub annotations: Annotations,
}

/// One level: its grid and the encoded size of each tile, row by row; 0 is a sparse tile.
#[derive(Clone, Debug)]
pub struct LevelTiles {
    /// The grid of tiles.
    pub grid: TileGrid,
    /// Encoded bytes of each tile, without leader and trailer.
    pub sizes: Vec<u32>,
}

/// A file up to its first tile, and its length.
#[derive(Debug)]
pub struct Layout {
    /// Everything before the first tile's leader.
    pub header: Vec<u8>,
    /// Bytes of the whole file.
    pub length: u64,
}

/// Bytes before a tile: its size as 32 bits, little-endian.
pub const LEADER_BYTES: u64 = 4;
/// Bytes after a tile: its last four bytes again.
pub const TRAILER_BYTES: u64 = 4;

/// Lays out a file of the given levels, base first.
///
/// # Errors
/// [`Usage::Option`] if [`BigTiff::No`] was asked for and the file is too large for it.
pub fn layout(raster: &RasterTags, levels: &[LevelTiles], big: BigTiff) -> Result<Layout> {
    let wire = |big| Wire {
        order: ByteOrder::Little,
        big,
    };
    if big != BigTiff::Yes {
        let classic = Plan::new(raster, levels, wire(false));
        if classic.length <= u64::from(u32::MAX) {
            return Ok(classic.emit());
        }
        if big == BigTiff::No {
            let length = classic.length;
            let text = format!("the file of {length} bytes needs BigTIFF, which was refused");
            return Err(Error::from(Usage::Option(text)));
        }
    }
    Ok(Plan::new(raster, levels, wire(true)).emit())
}

/// The ghost area of a file without masks.
const GHOST: &str = "GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\n\
    LAYOUT=IFDS_BEFORE_DATA\n\
    BLOCK_ORDER=ROW_MAJOR\n\
    BLOCK_LEADER=SIZE_AS_UINT4\n\
    BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n\
    KNOWN_INCOMPATIBLE_EDITION=NO\n ";

/// Positions of all parts of the file.
struct Plan<'a> {
    wire: Wire,
    levels: &'a [LevelTiles],
    directories: Vec<PlannedDirectory>,
    data: u64,
    length: u64,
}

struct PlannedDirectory {
    offset: u64,
    entries: Vec<PlannedEntry>,
}

impl<'a> Plan<'a> {
    fn new(raster: &RasterTags, levels: &'a [LevelTiles], wire: Wire) -> Self {
        let mut at = even(to_u64(wire.header_bytes() + GHOST.len()));
        let mut directories = Vec::new();
        for (index, level) in levels.iter().enumerate() {
            let mut entries = entries(raster, level, index, wire);
            let offset = at;
            let fixed = wire.count_bytes() + entries.len() * wire.entry_bytes();
            at += to_u64(fixed + wire.offset_bytes());
            place_values(&mut entries, &mut at, wire);
            directories.push(PlannedDirectory { offset, entries });
        }
        for directory in &mut directories {
            for entry in &mut directory.entries {
                if !entry.fits(wire) && entry.place.is_none() {
                    entry.place = Some(at);
                    at += entry.bytes();
                }
            }
        }
        let data: u64 = levels.iter().map(LevelTiles::bytes).sum();
        Plan {
            wire,
            levels,
            directories,
            data: at,
            length: at + data,
        }
    }

    fn emit(&self) -> Layout {
        let mut out = Vec::new();
        self.emit_start(&mut out);
        let starts = self.level_starts();
        for (index, directory) in self.directories.iter().enumerate() {
            pad(&mut out, directory.offset);
            self.emit_directory(&mut out, index, starts[index]);
        }
        for (directory, (level, start)) in
            self.directories.iter().zip(self.levels.iter().zip(starts))
        {
            for entry in &directory.entries {
                if let Some(place) = entry.place.filter(|_| entry.is_index()) {
                    pad(&mut out, place);
                    out.extend(entry.encoded(level, start));
                }
            }
        }
        Layout {
            header: out,
            length: self.length,
        }
    }

    fn emit_start(&self, out: &mut Vec<u8>) {
        let first = self
            .directories
            .first()
            .map_or(0, |directory| directory.offset);
        match self.wire.big {
            true => out.extend(b"II\x2b\x00\x08\x00\x00\x00"),
            false => out.extend(b"II\x2a\x00"),
        }
        self.put_offset(out, first);
        out.extend(GHOST.as_bytes());
    }

    fn emit_directory(&self, out: &mut Vec<u8>, index: usize, start: u64) {
        let directory = &self.directories[index];
        let count = to_u64(directory.entries.len());
        let width = self.wire.count_bytes();
        out.extend(&count.to_le_bytes()[..width]);
        for entry in &directory.entries {
            out.extend(entry.tag.to_le_bytes());
            out.extend(entry.field_type.to_le_bytes());
            self.put_offset(out, entry.count);
            match entry.place {
                Some(place) => self.put_offset(out, place),
                None => {
                    let mut value = entry.encoded(&self.levels[index], start);
                    value.resize(self.wire.offset_bytes(), 0);
                    out.extend(value);
                }
            }
        }
        let next = self
            .directories
            .get(index + 1)
            .map_or(0, |directory| directory.offset);
        self.put_offset(out, next);
        let mut values: Vec<&PlannedEntry> = directory.entries.iter().collect();
        values.retain(|entry| entry.place.is_some() && !entry.is_index());
        values.sort_by_key(|entry| entry.place);
        for entry in values {
            pad(out, entry.place.unwrap_or(0));
            out.extend(entry.encoded(&self.levels[index], start));
        }
    }

    /// Where the tiles of each level begin: the smallest level comes first.
    fn level_starts(&self) -> Vec<u64> {
        let mut at = self.data;
        let mut starts = vec![0; self.levels.len()];
        for (start, level) in starts.iter_mut().zip(self.levels).rev() {
            *start = at;
            at += level.bytes();
        }
        starts
    }

    fn put_offset(&self, out: &mut Vec<u8>, offset: u64) {
        out.extend(&offset.to_le_bytes()[..self.wire.offset_bytes()]);
    }
}

impl LevelTiles {
    /// Bytes of all tiles with their leaders and trailers.
    fn bytes(&self) -> u64 {
        let written = self.sizes.iter().filter(|&&size| size > 0);
        written
            .map(|&size| LEADER_BYTES + u64::from(size) + TRAILER_BYTES)
            .sum()
    }

    /// The offset of each tile, 0 for sparse ones, when the level begins at `start`.
    fn offsets(&self, start: u64) -> impl Iterator<Item = u64> + '_ {
        let mut at = start;
        self.sizes.iter().map(move |&size| {
            if size == 0 {
                return 0;
            }
            let offset = at + LEADER_BYTES;
            at = offset + u64::from(size) + TRAILER_BYTES;
            offset
        })
    }
}

/// Gives each value that does not fit into its entry a place at an even offset: standard tags
/// first, then GDAL's, then the GeoTIFF tags. The arrays of tile positions come later.
fn place_values(entries: &mut [PlannedEntry], at: &mut u64, wire: Wire) {
    let rank = |tag: u16| match tag {
        tag::GDAL_METADATA | tag::GDAL_NODATA => 1,
        tag::ICC_PROFILE => 0,
        33550.. => 2,
        _ => 0,
    };
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&i| (rank(entries[i].tag), entries[i].tag));
    for i in order {
        let entry = &mut entries[i];
        if entry.fits(wire) || entry.is_index() {
            continue;
        }
        *at = even(*at);
        entry.place = Some(*at);
        *at += entry.bytes();
    }
    *at = even(*at);
}

fn even(offset: u64) -> u64 {
    offset + offset % 2
}

/// Zeros up to `offset`.
fn pad(out: &mut Vec<u8>, offset: u64) {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    if offset > out.len() {
        out.resize(offset, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::grid::Size;

    fn raster() -> RasterTags {
        RasterTags {
            bands: 1,
            data_type: DataType::U8,
            compression: 1,
            predictor: 1,
            photometric: 1,
            extra_samples: Vec::new(),
            color_map: Vec::new(),
            nodata: None,
            geo: GeoTags::default(),
            annotations: Annotations::default(),
        }
    }

    fn level(sizes: Vec<u32>) -> LevelTiles {
        let tiles = u32::try_from(sizes.len()).expect("few tiles");
        let tile = Size::new(32768, 32768);
        LevelTiles {
            grid: TileGrid {
                image: Size::new(32768 * tiles, 32768),
                tile,
            },
            sizes,
        }
    }

    /// A file of exactly 2^32 - 1 bytes is classic, one byte more needs BigTIFF: four bytes hold no
    /// larger offset (TIFF 6.0, section 2).
    #[test]
    fn big_when_needed() {
        let gib = 1 << 30;
        let rest = layout(&raster(), &[level(vec![gib, gib, gib, 1])], BigTiff::Auto);
        let rest = u64::from(u32::MAX) - rest.expect("it is small").length + 1;
        let last = u32::try_from(rest).expect("less than 1 GiB is left");
        let full = [level(vec![gib, gib, gib, last])];
        let classic = layout(&raster(), &full, BigTiff::No).expect("it fits");
        assert_eq!(classic.length, u64::from(u32::MAX));
        assert_eq!(&classic.header[..4], b"II\x2a\x00");

        let over = [level(vec![gib, gib, gib, last + 1])];
        let big = layout(&raster(), &over, BigTiff::Auto).expect("BigTIFF fits all");
        assert_eq!(&big.header[..8], b"II\x2b\x00\x08\x00\x00\x00");
        let refused = layout(&raster(), &over, BigTiff::No).expect_err("it does not fit");
        assert!(matches!(refused.kind(), ErrorKind::Usage(_)));
    }

    /// The arrays of positions end where the first leader begins, and the last trailer ends the file.
    #[test]
    fn tiles_fill_the_file() {
        let levels = [level(vec![10, 0, 20]), level(vec![5])];
        for big in [BigTiff::No, BigTiff::Yes] {
            let layout = layout(&raster(), &levels, big).expect("small");
            let tiles = (10 + 8) + (20 + 8) + (5 + 8);
            assert_eq!(layout.length, to_u64(layout.header.len()) + tiles);
        }
    }
}
