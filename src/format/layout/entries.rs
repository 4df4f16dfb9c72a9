//! The entries of a directory that is to be written.

use super::{Coding, Interleave, LevelTiles, RasterTags};
use crate::format::annotations::{Annotations, PlainTag};
use crate::format::geo::GeoTags;
use crate::format::tag::{self, field, photometric};
use crate::format::wire::Wire;
use crate::grid::TileGrid;
use crate::limits::to_u64;
use crate::sample::DataType;

/// An entry whose values may still wait for their place.
pub(super) struct PlannedEntry {
    pub(super) tag: u16,
    pub(super) field_type: u16,
    pub(super) count: u64,
    value: PlannedValue,
    /// Where the values stand, unless they fit into the entry.
    pub(super) place: Option<u64>,
}

enum PlannedValue {
    Bytes(Vec<u8>),
    Offsets,
    ByteCounts,
}

impl PlannedEntry {
    fn numbers(tag: u16, field_type: u16, values: &[u64]) -> Self {
        let width = usize::try_from(field::bytes(field_type).unwrap_or(8)).unwrap_or(8);
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes().into_iter().take(width));
        let value = PlannedValue::Bytes(bytes.collect());
        PlannedEntry {
            tag,
            field_type,
            count: to_u64(values.len()),
            value,
            place: None,
        }
    }

    fn doubles(tag: u16, values: &[f64]) -> Self {
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let count = to_u64(values.len());
        let value = PlannedValue::Bytes(bytes);
        PlannedEntry {
            tag,
            field_type: field::DOUBLE,
            count,
            value,
            place: None,
        }
    }

    fn ascii(tag: u16, text: &[u8]) -> Self {
        let value = PlannedValue::Bytes(text.to_vec());
        let count = to_u64(text.len());
        PlannedEntry {
            tag,
            field_type: field::ASCII,
            count,
            value,
            place: None,
        }
    }

    /// Values that are little-endian already.
    fn plain(tag: u16, field_type: u16, values: &[u8]) -> Self {
        let width = field::bytes(field_type).unwrap_or(1);
        PlannedEntry {
            tag,
            field_type,
            count: to_u64(values.len()) / width,
            value: PlannedValue::Bytes(values.to_vec()),
            place: None,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.count * field::bytes(self.field_type).unwrap_or(8)
    }

    pub(super) fn fits(&self, wire: Wire) -> bool {
        self.bytes() <= to_u64(wire.offset_bytes())
    }

    pub(super) fn is_index(&self) -> bool {
        !matches!(self.value, PlannedValue::Bytes(_))
    }

    /// The values as bytes, for an image whose tiles have these sizes and offsets.
    pub(super) fn encoded(&self, sizes: &[u32], offsets: &[u64]) -> Vec<u8> {
        let width = usize::try_from(field::bytes(self.field_type).unwrap_or(8)).unwrap_or(8);
        let bytes = |value: u64| value.to_le_bytes().into_iter().take(width);
        match &self.value {
            PlannedValue::Bytes(bytes) => bytes.clone(),
            PlannedValue::Offsets => offsets.iter().copied().flat_map(bytes).collect(),
            PlannedValue::ByteCounts => {
                let sizes = sizes.iter().map(|&size| u64::from(size));
                sizes.flat_map(bytes).collect()
            }
        }
    }
}

/// The entries of a level's directory, sorted by tag.
pub(super) fn entries(
    raster: &RasterTags,
    level: &LevelTiles,
    index: usize,
    wire: Wire,
) -> Vec<PlannedEntry> {
    let short = |tag, values: &[u64]| PlannedEntry::numbers(tag, field::SHORT, values);
    let bands = usize::from(raster.bands);
    let bits = raster
        .bits
        .map_or(8 * raster.data_type.bytes(), usize::from);
    let (subfile, coding) = match index {
        0 => (0, &raster.coding),
        _ => (tag::SUBFILE_REDUCED, &raster.overview_coding),
    };
    let mut entries = structure(
        level,
        wire,
        &Structure {
            subfile,
            bits: vec![to_u64(bits); bands],
            coding,
            sizes: &level.sizes,
            photometric: match coding.ycbcr {
                true => photometric::YCBCR,
                false => raster.photometric,
            },
            interleave: raster.interleave,
            sample_format: sample_format(raster.data_type),
        },
    );
    if coding.ycbcr {
        entries.push(short(tag::YCBCR_SUBSAMPLING, &[2, 2]));
        let range = [0, 255, 128, 255, 128, 255].map(|limit: u32| [limit, 1]);
        let numbers: Vec<u8> = range
            .iter()
            .flatten()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        let entry = PlannedEntry::plain(tag::REFERENCE_BLACK_WHITE, field::RATIONAL, &numbers);
        entries.push(entry);
    }
    if !coding.tables.is_empty() {
        let tables = PlannedEntry::plain(tag::JPEG_TABLES, field::UNDEFINED, &coding.tables);
        entries.push(tables);
    }
    if !coding.lerc_parameters.is_empty() {
        let numbers: Vec<u64> = coding.lerc_parameters.iter().map(|&n| n.into()).collect();
        let parameters = PlannedEntry::numbers(tag::LERC_PARAMETERS, field::LONG, &numbers);
        entries.push(parameters);
    }
    if !raster.color_map.is_empty() {
        let colors: Vec<u64> = raster.color_map.iter().map(|&color| color.into()).collect();
        entries.push(short(tag::COLOR_MAP, &colors));
    }
    if !raster.extra_samples.is_empty() && !coding.ycbcr {
        let extra: Vec<u64> = raster
            .extra_samples
            .iter()
            .map(|&sample| sample.into())
            .collect();
        entries.push(short(tag::EXTRA_SAMPLES, &extra));
    }
    if index == 0 {
        entries.extend(geo_entries(&raster.geo));
        entries.extend(annotation_entries(&raster.annotations));
    }
    if let Some(nodata) = &raster.nodata {
        entries.push(PlannedEntry::ascii(
            tag::GDAL_NODATA,
            &[nodata.as_bytes(), b"\0"].concat(),
        ));
    }
    replaced(entries, &level.tags)
}

/// The entries of the directory of a level's mask, sorted by tag: one bit per pixel, 1 where it is
/// valid, as GDAL writes it.
pub(super) fn mask_entries(
    raster: &RasterTags,
    level: &LevelTiles,
    index: usize,
    wire: Wire,
) -> Vec<PlannedEntry> {
    let reduced = if index > 0 { tag::SUBFILE_REDUCED } else { 0 };
    let entries = structure(
        level,
        wire,
        &Structure {
            subfile: tag::SUBFILE_MASK | reduced,
            bits: vec![1],
            coding: &Coding {
                compression: raster.mask_compression,
                predictor: 1,
                ycbcr: false,
                lerc_parameters: Vec::new(),
                tables: Vec::new(),
            },
            sizes: level.mask.as_ref().map_or(&[], |mask| &mask.sizes),
            photometric: photometric::TRANSPARENCY_MASK,
            interleave: Interleave::Pixel,
            sample_format: 1,
        },
    );
    let tags = level.mask.as_ref().map_or(&[][..], |mask| &mask.tags);
    replaced(entries, tags)
}

/// What the tiles of a directory are.
struct Structure<'a> {
    subfile: u64,
    /// BitsPerSample of each band.
    bits: Vec<u64>,
    coding: &'a Coding,
    /// Encoded bytes of each tile.
    sizes: &'a [u32],
    photometric: u16,
    interleave: Interleave,
    sample_format: u64,
}

/// The entries that every directory has.
fn structure(level: &LevelTiles, wire: Wire, of: &Structure<'_>) -> Vec<PlannedEntry> {
    let short = |tag, values: &[u64]| PlannedEntry::numbers(tag, field::SHORT, values);
    let TileGrid { image, tile } = level.grid;
    let bands = of.bits.len();
    let planar = of.interleave != Interleave::Pixel;
    let mut entries = Vec::new();
    if of.subfile != 0 {
        let subfile = PlannedEntry::numbers(tag::NEW_SUBFILE_TYPE, field::LONG, &[of.subfile]);
        entries.push(subfile);
    }
    entries.push(axis(tag::IMAGE_WIDTH, image.width));
    entries.push(axis(tag::IMAGE_LENGTH, image.height));
    entries.push(short(tag::BITS_PER_SAMPLE, &of.bits));
    entries.push(short(tag::COMPRESSION, &[of.coding.compression.into()]));
    entries.push(short(tag::PHOTOMETRIC, &[of.photometric.into()]));
    entries.push(short(tag::SAMPLES_PER_PIXEL, &[to_u64(bands)]));
    entries.push(short(
        tag::PLANAR_CONFIGURATION,
        &[if planar { 2 } else { 1 }],
    ));
    // GDAL writes it for these even where there is none.
    if of.coding.predictor != 1 || matches!(of.coding.compression, 5 | 8 | 50000) {
        entries.push(short(tag::PREDICTOR, &[of.coding.predictor.into()]));
    }
    entries.push(axis(tag::TILE_WIDTH, tile.width));
    entries.push(axis(tag::TILE_LENGTH, tile.height));
    entries.extend(index_entries(level, wire, of));
    entries.push(short(tag::SAMPLE_FORMAT, &vec![of.sample_format; bands]));
    entries
}

/// Entries sorted by tag, some of them replaced by tags as they are.
fn replaced(mut entries: Vec<PlannedEntry>, tags: &[PlainTag]) -> Vec<PlannedEntry> {
    entries.retain(|entry| tags.iter().all(|plain| plain.tag != entry.tag));
    entries.extend(tags.iter().map(plain_entry));
    entries.sort_by_key(|entry| entry.tag);
    entries
}

fn axis(tag: u16, pixels: u32) -> PlannedEntry {
    let field_type = if pixels <= u16::MAX.into() {
        field::SHORT
    } else {
        field::LONG
    };
    PlannedEntry::numbers(tag, field_type, &[pixels.into()])
}

/// TileOffsets and TileByteCounts, with the field types that libtiff chooses unless a tile is larger
/// than it expects.
fn index_entries(level: &LevelTiles, wire: Wire, of: &Structure<'_>) -> [PlannedEntry; 2] {
    let planes = match of.interleave {
        Interleave::Pixel => 1,
        Interleave::Band | Interleave::Tile => to_u64(of.bits.len()),
    };
    let count = level.grid.count() * planes;
    let bits = of.bits.iter().sum::<u64>() / planes;
    let TileGrid { tile, .. } = level.grid;
    let tile = (u64::from(tile.width) * bits).div_ceil(8) * u64::from(tile.height);
    let largest = of.sizes.iter().max().copied().unwrap_or(0);
    let expected = |most: u64| match of.coding.compression {
        1 => tile <= most,
        _ => tile < most / 10,
    };
    let fits = |most: u64| expected(most) && u64::from(largest) <= most;
    let offsets = if wire.big { field::LONG8 } else { field::LONG };
    let byte_counts = match () {
        _ if count > 1 && fits(u16::MAX.into()) => field::SHORT,
        _ if wire.big && (count == 1 || !fits(u32::MAX.into())) => field::LONG8,
        _ => field::LONG,
    };
    let entry = |tag, field_type, value| PlannedEntry {
        tag,
        field_type,
        count,
        value,
        place: None,
    };
    [
        entry(tag::TILE_OFFSETS, offsets, PlannedValue::Offsets),
        entry(tag::TILE_BYTE_COUNTS, byte_counts, PlannedValue::ByteCounts),
    ]
}

fn geo_entries(geo: &GeoTags) -> Vec<PlannedEntry> {
    let mut entries = Vec::new();
    for (tag, values) in [
        (tag::MODEL_PIXEL_SCALE, &geo.scale),
        (tag::MODEL_TIEPOINT, &geo.tiepoint),
        (tag::MODEL_TRANSFORMATION, &geo.matrix),
    ] {
        if !values.is_empty() {
            entries.push(PlannedEntry::doubles(tag, values));
        }
    }
    if let Some(keys) = &geo.keys {
        let shorts: Vec<u64> = keys.directory.iter().map(|&short| short.into()).collect();
        entries.push(PlannedEntry::numbers(
            tag::GEO_KEY_DIRECTORY,
            field::SHORT,
            &shorts,
        ));
        if !keys.doubles.is_empty() {
            entries.push(PlannedEntry::doubles(tag::GEO_DOUBLE_PARAMS, &keys.doubles));
        }
        if !keys.ascii.is_empty() {
            entries.push(PlannedEntry::ascii(tag::GEO_ASCII_PARAMS, &keys.ascii));
        }
    }
    entries
}

fn annotation_entries(annotations: &Annotations) -> Vec<PlannedEntry> {
    let mut entries: Vec<PlannedEntry> = annotations.tags.iter().map(plain_entry).collect();
    let metadata = annotations.metadata.to_xml();
    if !metadata.is_empty() {
        let text = [&metadata, b"\0".as_slice()].concat();
        entries.push(PlannedEntry::ascii(tag::GDAL_METADATA, &text));
    }
    if let Some(profile) = &annotations.icc_profile {
        let entry = PlannedEntry::plain(tag::ICC_PROFILE, field::UNDEFINED, profile);
        entries.push(entry);
    }
    if let Some(rpc) = &annotations.rpc {
        let entry = PlannedEntry::doubles(tag::RPC_COEFFICIENTS, &rpc.to_doubles());
        entries.push(entry);
    }
    entries
}

fn plain_entry(plain: &PlainTag) -> PlannedEntry {
    PlannedEntry::plain(plain.tag, plain.field_type, &plain.values)
}

fn sample_format(data_type: DataType) -> u64 {
    let part = data_type.part();
    match (data_type.is_complex(), part.is_float()) {
        (true, true) => 6,
        (true, false) => 5,
        (false, true) => 3,
        (false, false) if part.is_signed() => 2,
        (false, false) => 1,
    }
}
