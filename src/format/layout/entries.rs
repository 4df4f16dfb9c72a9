//! The entries of a directory that is to be written.

use super::{LevelTiles, RasterTags};
use crate::format::annotations::{Annotations, PlainTag};
use crate::format::geo::GeoTags;
use crate::format::tag::{self, field};
use crate::format::wire::Wire;
use crate::grid::Size;
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

    /// The values as bytes, for a level whose tiles begin at `start`.
    pub(super) fn encoded(&self, level: &LevelTiles, start: u64) -> Vec<u8> {
        let width = usize::try_from(field::bytes(self.field_type).unwrap_or(8)).unwrap_or(8);
        let bytes = |value: u64| value.to_le_bytes().into_iter().take(width);
        match &self.value {
            PlannedValue::Bytes(bytes) => bytes.clone(),
            PlannedValue::Offsets => level.offsets(start).flat_map(bytes).collect(),
            PlannedValue::ByteCounts => level
                .sizes
                .iter()
                .map(|&size| u64::from(size))
                .flat_map(bytes)
                .collect(),
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
    let Size { width, height } = level.grid.image;
    let mut entries = Vec::new();
    if index > 0 {
        let reduced = &[tag::SUBFILE_REDUCED];
        entries.push(PlannedEntry::numbers(
            tag::NEW_SUBFILE_TYPE,
            field::LONG,
            reduced,
        ));
    }
    entries.push(axis(tag::IMAGE_WIDTH, width));
    entries.push(axis(tag::IMAGE_LENGTH, height));
    let bits = to_u64(8 * raster.data_type.bytes());
    entries.push(short(tag::BITS_PER_SAMPLE, &vec![bits; bands]));
    entries.push(short(tag::COMPRESSION, &[raster.compression.into()]));
    entries.push(short(tag::PHOTOMETRIC, &[raster.photometric.into()]));
    entries.push(short(tag::SAMPLES_PER_PIXEL, &[raster.bands.into()]));
    entries.push(short(tag::PLANAR_CONFIGURATION, &[1]));
    if raster.compression != 1 {
        entries.push(short(tag::PREDICTOR, &[raster.predictor.into()]));
    }
    if !raster.color_map.is_empty() {
        let colors: Vec<u64> = raster.color_map.iter().map(|&color| color.into()).collect();
        entries.push(short(tag::COLOR_MAP, &colors));
    }
    entries.push(axis(tag::TILE_WIDTH, level.grid.tile.width));
    entries.push(axis(tag::TILE_LENGTH, level.grid.tile.height));
    entries.extend(index_entries(raster, level, wire));
    if !raster.extra_samples.is_empty() {
        let extra: Vec<u64> = raster
            .extra_samples
            .iter()
            .map(|&sample| sample.into())
            .collect();
        entries.push(short(tag::EXTRA_SAMPLES, &extra));
    }
    entries.push(short(
        tag::SAMPLE_FORMAT,
        &vec![sample_format(raster.data_type); bands],
    ));
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

/// TileOffsets and TileByteCounts, with the field types that libtiff chooses.
fn index_entries(raster: &RasterTags, level: &LevelTiles, wire: Wire) -> [PlannedEntry; 2] {
    let count = level.grid.count();
    let tile = level.grid.tile.area() * u64::from(raster.bands) * to_u64(raster.data_type.bytes());
    let fits = |most: u64| match raster.compression {
        1 => tile <= most,
        _ => tile < most / 10,
    };
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
    let plain = |plain: &PlainTag| PlannedEntry::plain(plain.tag, plain.field_type, &plain.values);
    let mut entries: Vec<PlannedEntry> = annotations.tags.iter().map(plain).collect();
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
