//! How a COG is written: the options, and what they come to for a given raster.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::codec::predictor::Predictor;
use crate::codec::{self, Codec};
use crate::error::{Error, Result, Usage};
use crate::format::image::Image;
use crate::format::layout::{BigTiff, Coding, Interleave};
use crate::grid::Size;
use crate::resampling::Resampling;
use crate::sample::DataType;

/// How to write a COG. What is not set is inherited from the raster that is read (compression,
/// predictor, tile size), so that editing a file keeps its make; without one to inherit from, or
/// one whose make cannot be written, it is Deflate at level 6 with the predictor that suits the
/// samples, in tiles of 512 x 512.
///
/// ```
/// use cogwork::{Resampling, write::{CogOptions, Compression}};
///
/// let options = CogOptions::default()
///     .compression(Compression::Zstd)
///     .blocksize(256)
///     .resampling(Resampling::Average);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CogOptions {
    /// The compression.
    pub compression: Option<Compression>,
    /// Its level: 1 to 9 for Deflate (default 6), 1 to 22 for Zstandard (default 9).
    pub level: Option<u8>,
    /// The predictor.
    pub predictor: Option<PredictorChoice>,
    /// Width and height of tiles in pixels, a multiple of 16.
    pub blocksize: Option<u32>,
    /// How overviews are computed. Default cubic, or nearest for rasters with a colour map, as
    /// GDAL, and for complex samples, for which GDAL has no default.
    pub resampling: Option<Resampling>,
    /// How many overviews there are.
    pub overviews: Overviews,
    /// The compression of overviews, where it is not that of the base.
    pub overview_compression: Option<Compression>,
    /// How the bands share tiles.
    pub interleave: Interleave,
    /// Leaves out tiles that are all nodata, or all 0 without a nodata value, and tiles of masks
    /// that are all invalid: GDAL's `SPARSE_OK`.
    pub sparse: bool,
    /// Whether the file has 64-bit offsets.
    pub bigtiff: BigTiff,
}

/// The compressions that can be written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    None,
    /// Deflate with a zlib wrapper (8).
    Deflate,
    /// LZW (5).
    Lzw,
    /// Zstandard with a checksum (50000).
    Zstd,
}

/// Which predictor is applied before compression.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum PredictorChoice {
    /// Horizontal differences for integers, floating point differences for floats, none for complex
    /// samples and where nothing is compressed. GDAL's `PREDICTOR=YES`.
    #[default]
    Auto,
    /// None (1).
    None,
    /// Horizontal differences (2).
    Horizontal,
    /// Floating point differences (3).
    FloatingPoint,
}

/// How many overviews a COG has.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Overviews {
    /// Halving (rounded down) until the smallest fits one tile: GDAL's rule.
    #[default]
    Auto,
    /// None.
    None,
    /// This many, or fewer if a single pixel is reached before.
    Count(u32),
}

impl CogOptions {
    /// Sets the compression.
    #[must_use]
    pub fn compression(self, compression: Compression) -> Self {
        CogOptions {
            compression: Some(compression),
            ..self
        }
    }

    /// Sets the compression's level.
    #[must_use]
    pub fn level(self, level: u8) -> Self {
        CogOptions {
            level: Some(level),
            ..self
        }
    }

    /// Sets the predictor.
    #[must_use]
    pub fn predictor(self, predictor: PredictorChoice) -> Self {
        CogOptions {
            predictor: Some(predictor),
            ..self
        }
    }

    /// Sets width and height of tiles.
    #[must_use]
    pub fn blocksize(self, blocksize: u32) -> Self {
        CogOptions {
            blocksize: Some(blocksize),
            ..self
        }
    }

    /// Sets how overviews are computed.
    #[must_use]
    pub fn resampling(self, resampling: Resampling) -> Self {
        CogOptions {
            resampling: Some(resampling),
            ..self
        }
    }

    /// Sets how many overviews there are.
    #[must_use]
    pub fn overviews(self, overviews: Overviews) -> Self {
        CogOptions { overviews, ..self }
    }

    /// Sets the compression of overviews.
    #[must_use]
    pub fn overview_compression(self, compression: Compression) -> Self {
        CogOptions {
            overview_compression: Some(compression),
            ..self
        }
    }

    /// Sets how the bands share tiles.
    #[must_use]
    pub fn interleave(self, interleave: Interleave) -> Self {
        CogOptions { interleave, ..self }
    }

    /// Sets whether tiles without a valid pixel are left out.
    #[must_use]
    pub fn sparse(self, sparse: bool) -> Self {
        CogOptions { sparse, ..self }
    }

    /// Sets whether the file has 64-bit offsets.
    #[must_use]
    pub fn bigtiff(self, bigtiff: BigTiff) -> Self {
        CogOptions { bigtiff, ..self }
    }

    /// What the options come to for a raster of the given samples and size. `source` is the image
    /// to inherit from.
    ///
    /// # Errors
    /// [`Usage::Option`] for a tile size that is no multiple of 16, a level that the compression
    /// does not have, a predictor that does not fit;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a compression that is not in this build,
    /// and as [`Resampling::check`].
    pub(crate) fn settle(
        &self,
        source: Option<&Image>,
        data_type: DataType,
        size: Size,
        palette: bool,
    ) -> Result<Settings> {
        let source = source.filter(|image| image.tiled);
        let inherited = source.and_then(|image| Compression::from_tag(image.compression));
        let compression = self
            .compression
            .or(inherited)
            .unwrap_or(Compression::Deflate);
        let same = source.filter(|image| {
            Compression::from_tag(image.compression) == Some(compression)
                && image.data_type == data_type
        });
        let choice = self
            .predictor
            .unwrap_or(match same.map(|image| image.predictor) {
                Some(1) => PredictorChoice::None,
                _ => PredictorChoice::Auto,
            });
        let tile = self.tile(source)?;
        let resampling = self
            .resampling
            .unwrap_or(match palette || data_type.is_complex() {
                true => Resampling::Nearest,
                false => Resampling::Cubic,
            });
        let levels = self.overviews.sizes(size, tile);
        if levels.len() > 1 {
            resampling.check(data_type)?;
        }
        let base = Make::new(compression, self.level, choice, data_type)?;
        let overview = match self.overview_compression.filter(|&own| own != compression) {
            None => base.clone(),
            Some(own) => Make::new(own, None, choice.unless_uncompressed(own), data_type)?,
        };
        Ok(Settings {
            base,
            overview,
            masks: Make::of_masks()?,
            tile,
            interleave: self.interleave,
            sparse: self.sparse,
            resampling,
            levels,
            given: false,
            bigtiff: self.bigtiff,
        })
    }

    fn tile(&self, source: Option<&Image>) -> Result<Size> {
        let legal = |pixels: u32| pixels > 0 && pixels.is_multiple_of(16);
        if let Some(blocksize) = self.blocksize {
            if !legal(blocksize) {
                let text = format!("blocksize {blocksize}: expected a multiple of 16");
                return Err(Usage::Option(text).into());
            }
            return Ok(Size::new(blocksize, blocksize));
        }
        let inherited = source.map(|image| image.tile);
        let inherited = inherited.filter(|tile| legal(tile.width) && legal(tile.height));
        Ok(inherited.unwrap_or(Size::new(512, 512)))
    }
}

/// Options that have been settled for one raster.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How tiles of the base are encoded.
    pub(crate) base: Make,
    /// How tiles of overviews are encoded.
    pub(crate) overview: Make,
    /// How tiles of masks are encoded.
    pub(crate) masks: Make,
    pub(crate) tile: Size,
    pub(crate) interleave: Interleave,
    pub(crate) sparse: bool,
    pub(crate) resampling: Resampling,
    /// Sizes of all levels, base first.
    pub(crate) levels: Vec<Size>,
    /// Whether every level is given, not only the base.
    pub(crate) given: bool,
    pub(crate) bigtiff: BigTiff,
}

impl Settings {
    /// How many tiles of the image there are at one place, for so many bands.
    pub(crate) fn planes(&self, bands: usize) -> usize {
        match self.interleave {
            Interleave::Pixel => 1,
            Interleave::Band | Interleave::Tile => bands,
        }
    }
}

/// How tiles are encoded.
#[derive(Clone, Debug)]
pub(crate) struct Make {
    pub(crate) codec: Arc<dyn Codec>,
    /// TIFF Compression.
    pub(crate) compression: u16,
    pub(crate) predictor: Predictor,
}

impl Make {
    fn new(
        compression: Compression,
        level: Option<u8>,
        choice: PredictorChoice,
        data_type: DataType,
    ) -> Result<Self> {
        Ok(Make {
            codec: codec::codec(compression.tag(), level)?,
            compression: compression.tag(),
            predictor: choice.settle(compression, data_type)?,
        })
    }

    /// Masks are Deflate, as GDAL's are, or not compressed in a build without it.
    fn of_masks() -> Result<Self> {
        let compression = match cfg!(feature = "deflate") {
            true => Compression::Deflate,
            false => Compression::None,
        };
        Make::new(compression, None, PredictorChoice::None, DataType::U8)
    }

    /// The tags that say so.
    pub(crate) fn coding(&self) -> Coding {
        Coding {
            compression: self.compression,
            predictor: match self.predictor {
                Predictor::None => 1,
                Predictor::Horizontal => 2,
                Predictor::FloatingPoint => 3,
            },
        }
    }
}

impl Compression {
    /// The compressions that can be written, by GDAL's names in lower case.
    pub const ALL: [(&'static str, Compression); 4] = [
        ("none", Compression::None),
        ("deflate", Compression::Deflate),
        ("lzw", Compression::Lzw),
        ("zstd", Compression::Zstd),
    ];

    /// TIFF Compression.
    pub fn tag(self) -> u16 {
        match self {
            Compression::None => 1,
            Compression::Deflate => 8,
            Compression::Lzw => 5,
            Compression::Zstd => 50000,
        }
    }

    /// The compression of a tag's value, if it can be written.
    pub fn from_tag(tag: u16) -> Option<Self> {
        match tag {
            1 => Some(Compression::None),
            8 | 32946 => Some(Compression::Deflate),
            5 => Some(Compression::Lzw),
            50000 => Some(Compression::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Compression::ALL
            .iter()
            .find(|(_, compression)| compression == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

/// Reads a GDAL name in any case.
impl FromStr for Compression {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Compression::ALL
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|&(_, compression)| compression).ok_or_else(|| {
            let text = format!("unknown compression `{name}`: expected none, deflate, lzw or zstd");
            Usage::Option(text).into()
        })
    }
}

impl PredictorChoice {
    /// The same choice where it can be made: nothing helps what is not compressed.
    fn unless_uncompressed(self, compression: Compression) -> Self {
        match compression {
            Compression::None => PredictorChoice::None,
            _ => self,
        }
    }

    fn settle(self, compression: Compression, data_type: DataType) -> Result<Predictor> {
        let refuse = |why: &str| Err(Usage::Option(format!("predictor: {why}")).into());
        let uncompressed = compression == Compression::None;
        match self {
            PredictorChoice::None => Ok(Predictor::None),
            PredictorChoice::Auto if uncompressed => Ok(Predictor::None),
            _ if uncompressed => refuse("there is no compression that it could help"),
            PredictorChoice::Auto if data_type.is_float() => Ok(Predictor::FloatingPoint),
            PredictorChoice::Auto if data_type.is_complex() => Ok(Predictor::None),
            PredictorChoice::Horizontal if data_type.bytes() > 8 => refuse(&format!(
                "2 needs samples of at most 64 bits, found {data_type}"
            )),
            PredictorChoice::Auto | PredictorChoice::Horizontal => Ok(Predictor::Horizontal),
            PredictorChoice::FloatingPoint if data_type.is_float() => Ok(Predictor::FloatingPoint),
            PredictorChoice::FloatingPoint => refuse(&format!(
                "3 needs floating point samples, found {data_type}"
            )),
        }
    }
}

/// Reads `auto`, `none` or the tag's number: 1, 2, 3.
impl FromStr for PredictorChoice {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(PredictorChoice::Auto),
            "none" | "1" => Ok(PredictorChoice::None),
            "2" => Ok(PredictorChoice::Horizontal),
            "3" => Ok(PredictorChoice::FloatingPoint),
            _ => {
                let text = format!("unknown predictor `{name}`: expected auto, none, 2 or 3");
                Err(Usage::Option(text).into())
            }
        }
    }
}

impl Overviews {
    /// The sizes of all levels of a raster, base first.
    fn sizes(self, size: Size, tile: Size) -> Vec<Size> {
        let mut sizes = vec![size];
        let mut last = size;
        loop {
            let more = match self {
                Overviews::Auto => last.width > tile.width || last.height > tile.height,
                Overviews::None => false,
                Overviews::Count(count) => {
                    last != Size::new(1, 1) && u32::try_from(sizes.len()).is_ok_and(|n| n <= count)
                }
            };
            if !more {
                return sizes;
            }
            last = last.halved();
            sizes.push(last);
        }
    }
}

/// Reads `auto`, `none` or a number.
impl FromStr for Overviews {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Overviews::Auto),
            "none" => Ok(Overviews::None),
            _ => name.parse().map(Overviews::Count).map_err(|_| {
                let text = format!("overviews `{name}`: expected auto, none or a number");
                Usage::Option(text).into()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GDAL's own counts, from its COG driver with BLOCKSIZE=512.
    #[test]
    fn overview_sizes() {
        let tile = Size::new(512, 512);
        for (size, want) in [
            ((512, 512), &[][..]),
            ((513, 512), &[(256, 256)]),
            ((1025, 513), &[(512, 256)]),
            ((2049, 3), &[(1024, 1), (512, 1)]),
            ((1, 5000), &[(1, 2500), (1, 1250), (1, 625), (1, 312)]),
        ] {
            let sizes = Overviews::Auto.sizes(Size::new(size.0, size.1), tile);
            let got: Vec<(u32, u32)> = sizes[1..].iter().map(|s| (s.width, s.height)).collect();
            assert_eq!(got, want);
        }
        assert_eq!(Overviews::Count(9).sizes(Size::new(4, 2), tile).len(), 3);
    }
}
