//! The layout of a COG, from the sizes of its tiles: pure arithmetic, no I/O, no pixels.
//!
//! The order of everything is that of GDAL's COG driver: header, ghost area, directories with their
//! values (base first), the arrays of tile positions, then the tiles, smallest level first, each
//! between a leader (its size) and a trailer (its last four bytes again). Masks have directories of
//! their own: that of the base after the base, those of overviews after all overviews.

mod entries;
mod level;

use super::annotations::Annotations;
use super::geo::GeoTags;
use super::tag;
use super::wire::Wire;
use crate::error::{Error, Result, Usage};
use crate::limits::to_u64;
use crate::sample::{ByteOrder, DataType};

use entries::{PlannedEntry, entries, mask_entries};
use level::Offsets;
pub use level::{Interleave, LevelTiles, MaskTiles, TileOf};

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
    /// Bands.
    pub bands: u16,
    /// How the bands share tiles.
    pub interleave: Interleave,
    /// The type of the samples.
    pub data_type: DataType,
    /// BitsPerSample, where it is less than those of the type.
    pub bits: Option<u16>,
    /// How tiles of the base are encoded.
    pub coding: Coding,
    /// How tiles of overviews are encoded.
    pub overview_coding: Coding,
    /// TIFF Compression of masks.
    pub mask_compression: u16,
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

/// How tiles are encoded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Coding {
    /// TIFF Compression.
    pub compression: u16,
    /// TIFF Predictor.
    pub predictor: u16,
    /// Whether it is JPEG of YCbCr 4:2:0, whatever the raster's photometric interpretation.
    pub ycbcr: bool,
    /// LercParameters, or empty.
    pub lerc_parameters: Vec<u32>,
    /// JPEGTables, or empty.
    pub tables: Vec<u8>,
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

/// The ghost area: what a reader may rely on as long as nobody has edited the file.
fn ghost(interleave: Interleave, masked: bool) -> String {
    let order = match interleave {
        Interleave::Pixel => "",
        Interleave::Band => "INTERLEAVE=BAND\n",
        Interleave::Tile => "INTERLEAVE=TILE\n",
    };
    let mask = match masked && interleave == Interleave::Pixel {
        true => "MASK_INTERLEAVED_WITH_IMAGERY=YES\n",
        false => "",
    };
    let text = format!(
        "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
         BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n{order}KNOWN_INCOMPATIBLE_EDITION=NO\n {mask}"
    );
    let length = text.len();
    format!("GDAL_STRUCTURAL_METADATA_SIZE={length:06} bytes\n{text}")
}

/// Positions of all parts of the file.
struct Plan<'a> {
    wire: Wire,
    interleave: Interleave,
    ghost: String,
    levels: &'a [LevelTiles],
    /// In the order of their chain: base, its mask, overviews, their masks.
    directories: Vec<PlannedDirectory>,
    data: u64,
    length: u64,
}

struct PlannedDirectory {
    /// The level, and which of its images.
    level: usize,
    masks: bool,
    offset: u64,
    entries: Vec<PlannedEntry>,
}

impl<'a> Plan<'a> {
    fn new(raster: &RasterTags, levels: &'a [LevelTiles], wire: Wire) -> Self {
        let masked = levels.iter().any(|level| level.mask.is_some());
        let ghost = ghost(raster.interleave, masked);
        let mut at = to_u64(wire.header_bytes() + ghost.len());
        let mut directories = Vec::new();
        for (level, masks) in chain(levels) {
            let mut entries = match masks {
                false => entries(raster, &levels[level], level, wire),
                true => mask_entries(raster, &levels[level], level, wire),
            };
            let offset = even(at);
            let fixed = wire.count_bytes() + entries.len() * wire.entry_bytes();
            at = offset + to_u64(fixed + wire.offset_bytes());
            place_values(&mut entries, &mut at, wire);
            directories.push(PlannedDirectory {
                level,
                masks,
                offset,
                entries,
            });
        }
        for directory in in_order_of_arrays(&mut directories) {
            for entry in &mut directory.entries {
                if !entry.fits(wire) && entry.place.is_none() {
                    let place = even(at);
                    entry.place = Some(place);
                    at = place + entry.bytes();
                }
            }
        }
        let data: u64 = levels.iter().map(LevelTiles::bytes).sum();
        Plan {
            wire,
            interleave: raster.interleave,
            ghost,
            levels,
            directories,
            data: at,
            length: at + data,
        }
    }

    fn emit(mut self) -> Layout {
        let mut out = Vec::new();
        self.emit_start(&mut out);
        let offsets = self.offsets();
        for index in 0..self.directories.len() {
            pad(&mut out, self.directories[index].offset);
            self.emit_directory(&mut out, index, &offsets);
        }
        let levels = self.levels;
        for directory in in_order_of_arrays(&mut self.directories) {
            for entry in &directory.entries {
                if let Some(place) = entry.place.filter(|_| entry.is_index()) {
                    pad(&mut out, place);
                    let level = directory.level;
                    out.extend(directory.encoded(entry, &levels[level], &offsets[level]));
                }
            }
        }
        // A last value of odd length, where no array follows.
        pad(&mut out, self.data);
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
        out.extend(self.ghost.as_bytes());
    }

    fn emit_directory(&self, out: &mut Vec<u8>, index: usize, offsets: &[Offsets]) {
        let directory = &self.directories[index];
        let level = directory.level;
        let encoded =
            |entry: &PlannedEntry| directory.encoded(entry, &self.levels[level], &offsets[level]);
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
                    let mut value = encoded(entry);
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
            out.extend(encoded(entry));
        }
    }

    /// Where the tiles of each level are: the smallest level comes first.
    fn offsets(&self) -> Vec<Offsets> {
        let mut at = self.data;
        let mut offsets = Vec::new();
        for level in self.levels.iter().rev() {
            offsets.push(level.offsets(self.interleave, at));
            at += level.bytes();
        }
        offsets.reverse();
        offsets
    }

    fn put_offset(&self, out: &mut Vec<u8>, offset: u64) {
        out.extend(&offset.to_le_bytes()[..self.wire.offset_bytes()]);
    }
}

impl PlannedDirectory {
    fn encoded(&self, entry: &PlannedEntry, level: &LevelTiles, offsets: &Offsets) -> Vec<u8> {
        match (self.masks, &level.mask) {
            (true, Some(mask)) => entry.encoded(&mask.sizes, &offsets.mask),
            _ => entry.encoded(&level.sizes, &offsets.image),
        }
    }
}

/// The levels' images (false) and masks (true) in the order of their directories.
fn chain(levels: &[LevelTiles]) -> Vec<(usize, bool)> {
    let masked = |level: &usize| levels[*level].mask.is_some();
    let images = |of: std::ops::Range<usize>| of.map(|level| (level, false));
    let masks = |of: std::ops::Range<usize>| of.filter(masked).map(|level| (level, true));
    let (base, overviews) = (0..levels.len().min(1), 1..levels.len().max(1));
    images(base.clone())
        .chain(masks(base))
        .chain(images(overviews.clone()))
        .chain(masks(overviews))
        .collect()
}

/// The directories in the order of their arrays of tile positions: each mask after its image.
fn in_order_of_arrays(directories: &mut [PlannedDirectory]) -> Vec<&mut PlannedDirectory> {
    let mut ordered: Vec<&mut PlannedDirectory> = directories.iter_mut().collect();
    ordered.sort_by_key(|directory| (directory.level, directory.masks));
    ordered
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
    use crate::grid::{Size, TileGrid};

    const NONE: Coding = Coding {
        compression: 1,
        predictor: 1,
        ycbcr: false,
        lerc_parameters: Vec::new(),
        tables: Vec::new(),
    };

    fn raster() -> RasterTags {
        RasterTags {
            bands: 1,
            interleave: Interleave::Pixel,
            data_type: DataType::U8,
            bits: None,
            coding: NONE,
            overview_coding: NONE,
            mask_compression: 8,
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
        let image = Size::new(32768 * tiles, 32768);
        LevelTiles {
            sizes,
            ..LevelTiles::new(TileGrid { image, tile })
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
