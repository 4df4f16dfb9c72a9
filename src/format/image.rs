//! A directory with its meaning: size, tiles, samples, compression, nodata.
//!
//! An [`Image`] that exists has consistent geometry. What this build cannot decode is kept in
//! [`Image::refusal`], so that the file's other facts still open.

use super::directory::{Directory, IndexArray};
use super::tag;
use crate::error::{Error, Malformed, Result, Unsupported};
use crate::grid::{Size, TileGrid};
use crate::limits::{Limits, product};
use crate::sample::{ByteOrder, DataType, Scalar};

/// One image of a file: the base, an overview, a mask or a page.
#[derive(Clone, Debug)]
pub struct Image {
    /// Width and height in pixels.
    pub size: Size,
    /// Size of a tile; strips are tiles as wide as the image.
    pub tile: Size,
    /// True for tiles, false for strips, whose last one is shorter.
    pub tiled: bool,
    /// Bands: the stored samples of a pixel, or the four of a CMYK image that is read as RGBA.
    pub bands: u16,
    /// Stored samples of a pixel.
    pub samples: u16,
    /// True if every band has its own plane of tiles (PlanarConfiguration 2).
    pub planar: bool,
    /// How a sample is stored.
    pub stored: Stored,
    /// Bits of a stored sample.
    pub bits: u16,
    /// The type that samples are read as.
    pub data_type: DataType,
    /// TIFF Compression.
    pub compression: u16,
    /// TIFF Predictor; 1 for the compressions that have none, where libtiff ignores the tag.
    pub predictor: u16,
    /// TIFF PhotometricInterpretation.
    pub photometric: u16,
    /// TIFF ExtraSamples.
    pub extra_samples: Vec<u16>,
    /// True if the bits of each byte of compressed data are reversed (FillOrder 2).
    pub reversed_bits: bool,
    /// What only the codecs of some compressions need.
    pub codec: CodecTags,
    /// TIFF NewSubfileType.
    pub subfile: u64,
    /// The nodata value, which may be outside of what the data type holds.
    pub nodata: Option<Scalar>,
    /// The order of the bytes of samples.
    pub order: ByteOrder,
    /// Positions of the tiles.
    pub offsets: IndexArray,
    /// Lengths of the tiles, unless the file has none.
    pub byte_counts: Option<IndexArray>,
    /// Why the samples cannot be decoded, if they cannot.
    pub refusal: Option<Unsupported>,
}

/// The tags that only the codecs of some compressions need.
#[derive(Clone, Debug, Default)]
pub struct CodecTags {
    /// TIFF JPEGTables.
    pub jpeg_tables: Option<bytes::Bytes>,
    /// TIFF LercParameters.
    pub lerc_parameters: Vec<u32>,
    /// TIFF T4Options.
    pub t4_options: u32,
}

impl CodecTags {
    /// Tags that are damaged count as missing: only the codec can tell whether it needs them.
    fn of(directory: &Directory) -> Self {
        let numbers = |tag| directory.unsigned(tag).ok().flatten().unwrap_or_default();
        let narrow = |number| u32::try_from(number).ok();
        let t4_options = numbers(tag::T4_OPTIONS).first().copied().and_then(narrow);
        let lerc_parameters = numbers(tag::LERC_PARAMETERS);
        CodecTags {
            jpeg_tables: directory.bytes(tag::JPEG_TABLES).ok().flatten().cloned(),
            lerc_parameters: lerc_parameters.into_iter().filter_map(narrow).collect(),
            t4_options: t4_options.unwrap_or(0),
        }
    }
}

/// How a sample is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stored {
    /// As the data type itself.
    Plain,
    /// As an unsigned number of another number of bits, most significant bit first; read as the
    /// next larger unsigned type.
    Bits,
    /// As a floating point number of 24 bits, read as f32.
    Float24,
    /// As an IEEE 754 half, read as f32.
    Half,
    /// As cyan, magenta, yellow and black of 8 bits, read as red, green, blue and an alpha of 255:
    /// what GDAL gives for such files.
    Cmyk,
}

impl Image {
    /// The image that a directory describes.
    ///
    /// # Errors
    /// [`Malformed`] where size, tiles or their positions are missing or impossible,
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit).
    pub fn from_directory(directory: &Directory, limits: &Limits) -> Result<Self> {
        let size = Size::new(
            axis(directory, tag::IMAGE_WIDTH, limits)?,
            axis(directory, tag::IMAGE_LENGTH, limits)?,
        );
        let (tile, tiled) = tile_size(directory, size)?;
        let stored_samples = directory.short(tag::SAMPLES_PER_PIXEL, 1)?;
        if stored_samples == 0 {
            return Err(value(tag::SAMPLES_PER_PIXEL, 0));
        }
        let planar = stored_samples > 1 && directory.short(tag::PLANAR_CONFIGURATION, 1)? == 2;
        let samples = Samples::of(directory, stored_samples)?;
        let photometric = directory.short(tag::PHOTOMETRIC, tag::photometric::MIN_IS_BLACK)?;
        let cmyk = is_cmyk(directory, photometric)?;
        let inks = cmyk && stored_samples >= 4 && !planar && samples.bits == 8;
        let mut bands = stored_samples;
        let (stored, data_type, refusal) = match samples.decode() {
            Ok(_) if inks => {
                // Inks beyond black play no part.
                bands = 4;
                (Stored::Cmyk, DataType::U8, None)
            }
            Ok((stored, data_type)) => (stored, data_type, None),
            Err(refusal) => (Stored::Plain, DataType::U8, Some(refusal)),
        };
        let (offsets, byte_counts) = positions(directory, tiled)?;
        let extra = directory
            .unsigned(tag::EXTRA_SAMPLES)
            .ok()
            .flatten()
            .unwrap_or_default();
        let compression = directory.short(tag::COMPRESSION, 1)?;
        let mut image = Image {
            size,
            tile,
            tiled,
            bands,
            samples: stored_samples,
            planar,
            stored,
            bits: samples.bits,
            data_type,
            compression,
            predictor: match UNPREDICTED.contains(&compression) {
                true => 1,
                false => directory.short(tag::PREDICTOR, 1)?,
            },
            photometric,
            extra_samples: extra
                .into_iter()
                .filter_map(|n| u16::try_from(n).ok())
                .collect(),
            reversed_bits: directory.short(tag::FILL_ORDER, 1)? == 2,
            codec: CodecTags::of(directory),
            subfile: directory
                .first(tag::NEW_SUBFILE_TYPE)
                .ok()
                .flatten()
                .unwrap_or(0),
            nodata: directory
                .text(tag::GDAL_NODATA)
                .and_then(|text| Scalar::parse(&text)),
            order: directory.wire().order,
            offsets,
            byte_counts,
            refusal,
        };
        let tiles = product(&[image.grid().count(), image.planes().into()])?;
        Limits::check("tiles", tiles, limits.tiles)?;
        image.refusal = image.refusal.take().or_else(|| image.refuse(cmyk));
        Ok(image)
    }

    /// The grid of tiles of one plane.
    pub fn grid(&self) -> TileGrid {
        TileGrid {
            image: self.size,
            tile: self.tile,
        }
    }

    /// Planes of tiles: one per band if planar, else one.
    pub fn planes(&self) -> u16 {
        if self.planar { self.bands } else { 1 }
    }

    /// Samples of a pixel in one tile.
    pub fn tile_samples(&self) -> u16 {
        if self.planar { 1 } else { self.samples }
    }

    /// Rows that the tiles of a row of tiles hold: strips at the end are cut short.
    pub fn tile_rows(&self, row: u32) -> u32 {
        if self.tiled {
            self.tile.height
        } else {
            self.grid().window(0, row).height
        }
    }

    /// Bytes of one row of a tile before compression; rows begin at whole bytes.
    ///
    /// # Errors
    /// [`Malformed::TagValue`] on overflow.
    pub fn tile_row_bytes(&self) -> Result<u64> {
        let samples = [
            self.tile.width.into(),
            self.tile_samples().into(),
            self.bits.into(),
        ];
        Ok(product(&samples)?.div_ceil(8))
    }

    /// True for an overview of the file's base.
    pub fn is_overview(&self) -> bool {
        self.is_reduced() && !self.is_mask()
    }

    /// True for an overview or the mask of one.
    pub fn is_reduced(&self) -> bool {
        self.subfile & tag::SUBFILE_REDUCED != 0
    }

    /// True for a transparency mask of the base or of an overview.
    pub fn is_mask(&self) -> bool {
        self.subfile & tag::SUBFILE_MASK != 0
    }

    /// A combination of tags that cannot be decoded. `cmyk`: the inks are cyan, magenta, yellow, black.
    fn refuse(&self, cmyk: bool) -> Option<Unsupported> {
        let Image {
            bits, predictor, ..
        } = *self;
        match predictor {
            1 => {}
            2 if matches!(bits, 8 | 16 | 32 | 64) => {}
            3 if self.data_type.is_float() => {}
            _ => return Some(Unsupported::Predictor { predictor, bits }),
        }
        // GDAL converts colours of these numbers of bits; others it gives as they are.
        let convertible = match self.photometric {
            tag::photometric::SEPARATED => cmyk && self.samples >= 4,
            tag::photometric::CIELAB => self.samples == 3 && self.extra_samples.is_empty(),
            _ => false,
        };
        let unconverted =
            convertible && matches!(bits, 1 | 2 | 4 | 8) && self.stored != Stored::Cmyk;
        // Old JPEG is refused by its name, for want of a codec.
        let ycbcr = self.photometric == tag::photometric::YCBCR && self.compression != OLD_JPEG;
        // The codec of JPEG gives RGB.
        let converted = self.compression == JPEG && self.bands == 3 && !self.planar;
        let convert = unconverted || (ycbcr && !converted);
        convert.then_some(Unsupported::Photometric(self.photometric))
    }
}

/// True for inks that are cyan, magenta, yellow and black (InkSet 1, the default).
fn is_cmyk(directory: &Directory, photometric: u16) -> Result<bool> {
    let separated = photometric == tag::photometric::SEPARATED;
    Ok(separated && directory.short(tag::INK_SET, 1)? == 1)
}

/// What the tags say of the samples.
struct Samples {
    bits: u16,
    format: u16,
    mixed: bool,
}

impl Samples {
    fn of(directory: &Directory, bands: u16) -> Result<Self> {
        let (bits, mixed_bits) = common(directory, tag::BITS_PER_SAMPLE, bands)?;
        let (format, mixed_format) = common(directory, tag::SAMPLE_FORMAT, bands)?;
        Ok(Samples {
            bits,
            format,
            mixed: mixed_bits || mixed_format,
        })
    }

    fn decode(&self) -> Result<(Stored, DataType), Unsupported> {
        if self.mixed {
            return Err(Unsupported::MixedSamples);
        }
        let plain = |data_type| Ok((Stored::Plain, data_type));
        match (self.bits, self.format) {
            (8, 1 | 4) => plain(DataType::U8),
            (8, 2) => plain(DataType::I8),
            (16, 1 | 4) => plain(DataType::U16),
            (16, 2) => plain(DataType::I16),
            (16, 3) => Ok((Stored::Half, DataType::F32)),
            (32, 1 | 4) => plain(DataType::U32),
            (32, 2) => plain(DataType::I32),
            (32, 3) => plain(DataType::F32),
            (64, 1 | 4) => plain(DataType::U64),
            (64, 2) => plain(DataType::I64),
            (64, 3) => plain(DataType::F64),
            (24, 3) => Ok((Stored::Float24, DataType::F32)),
            (32, 5) => plain(DataType::CI16),
            (64, 5) => plain(DataType::CI32),
            (64, 6) => plain(DataType::CF32),
            (128, 6) => plain(DataType::CF64),
            (1..=7, 1 | 4) => Ok((Stored::Bits, DataType::U8)),
            (9..=15, 1 | 4) => Ok((Stored::Bits, DataType::U16)),
            (17..=31, 1 | 4) => Ok((Stored::Bits, DataType::U32)),
            (bits, format) => Err(Unsupported::SampleType { bits, format }),
        }
    }
}

/// The value that a tag gives for all bands, and whether bands differ. The default of both tags is
/// 1; a single value counts for all bands.
fn common(directory: &Directory, tag: u16, bands: u16) -> Result<(u16, bool)> {
    let values = directory.unsigned(tag)?.unwrap_or_default();
    let Some(&first) = values.first() else {
        return Ok((1, false));
    };
    let expected = u64::from(bands);
    let found = crate::limits::to_u64(values.len());
    if found != 1 && found < expected {
        return Err(Error::from(Malformed::TagCount { found, expected }).at_tag(tag));
    }
    let number = u16::try_from(first).map_err(|_| value(tag, first))?;
    let mixed = values
        .iter()
        .take(usize::from(bands))
        .any(|&value| value != first);
    Ok((number, mixed))
}

fn axis(directory: &Directory, tag: u16, limits: &Limits) -> Result<u32> {
    let missing = || Error::from(Malformed::MissingTag).at_tag(tag);
    let pixels = directory.first(tag)?.ok_or_else(missing)?;
    Limits::check("axis", pixels, limits.axis).map_err(|error| error.at_tag(tag))?;
    positive(tag, pixels)
}

/// A size that is neither 0 nor larger than 32 bits.
fn positive(tag: u16, found: u64) -> Result<u32> {
    u32::try_from(found)
        .ok()
        .filter(|&n| n > 0)
        .ok_or_else(|| value(tag, found))
}

/// The size of a tile, and whether the image is tiled. RowsPerStrip defaults to the whole image.
fn tile_size(directory: &Directory, size: Size) -> Result<(Size, bool)> {
    let width = directory.first(tag::TILE_WIDTH)?;
    let height = directory.first(tag::TILE_LENGTH)?;
    if let (Some(width), Some(height)) = (width, height) {
        let tile = Size::new(
            positive(tag::TILE_WIDTH, width)?,
            positive(tag::TILE_LENGTH, height)?,
        );
        return Ok((tile, true));
    }
    let rows = directory.first(tag::ROWS_PER_STRIP)?.unwrap_or(u64::MAX);
    let rows = positive(tag::ROWS_PER_STRIP, rows.min(size.height.into()))?;
    Ok((Size::new(size.width, rows), false))
}

/// The arrays of positions and lengths. The tags of tiles and strips stand for each other, as in
/// libtiff.
fn positions(directory: &Directory, tiled: bool) -> Result<(IndexArray, Option<IndexArray>)> {
    let either = |tiles, strips| {
        let (own, other) = if tiled {
            (tiles, strips)
        } else {
            (strips, tiles)
        };
        if directory.entry(own).is_some() {
            own
        } else {
            other
        }
    };
    let offsets = directory.index(either(tag::TILE_OFFSETS, tag::STRIP_OFFSETS))?;
    let counts = either(tag::TILE_BYTE_COUNTS, tag::STRIP_BYTE_COUNTS);
    let counts = directory
        .entry(counts)
        .map(|_| directory.index(counts))
        .transpose()?;
    Ok((offsets, counts))
}

fn value(tag: u16, found: u64) -> Error {
    Error::from(Malformed::TagValue { found }).at_tag(tag)
}

/// TIFF Compression of the JPEG of TIFF 6.0, which later notes gave up.
const OLD_JPEG: u16 = 6;
/// TIFF Compression of JPEG.
const JPEG: u16 = 7;
/// Compressions that have no predictor: none, CCITT, JPEG, PackBits, LERC, WebP.
const UNPREDICTED: [u16; 9] = [1, 2, 3, 4, JPEG, 32771, 32773, 34887, 50001];
