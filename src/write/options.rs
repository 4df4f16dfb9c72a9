//! How a COG is written: the options.

use std::str::FromStr;

use super::compression::{Compression, PredictorChoice};
use crate::error::{Error, Result, Usage};
use crate::format::layout::{BigTiff, Interleave};
use crate::grid::Size;
use crate::resampling::Resampling;

/// How to write a COG. What is not set is inherited from the raster that is read (compression,
/// predictor, tile size), so that editing a file keeps its make; without one to inherit from, or
/// one whose make cannot be written, it is Deflate at level 6 with the predictor that suits the
/// samples, in tiles of 512 x 512. The names are those of GDAL's COG driver.
///
/// Options that contradict each other, the samples or nodata (lossy compression of a raster whose
/// nodata is a value, say) are refused with the reason, as [`Usage`], by
/// whatever takes them, before it reads or writes anything.
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
    /// The compression; by default that of the raster that is read, else Deflate.
    pub compression: Option<Compression>,
    /// Its level: 1 to 9 for Deflate (default 6), 1 to 22 for Zstandard (default 9), also of what LERC
    /// is inside of, 0 to 9 for LZMA (default 6).
    pub level: Option<u8>,
    /// The quality of JPEG, 1 to 100 (default 75), of the base and of overviews.
    pub quality: Option<u8>,
    /// The quality of overviews, where it is not that of the base.
    pub overview_quality: Option<u8>,
    /// How far LERC may change a sample; 0, the default, is lossless.
    pub max_z_error: f64,
    /// The same for overviews, where it is not that of the base.
    pub max_z_error_overview: Option<f64>,
    /// Bits of a sample, where they are fewer than those of the type: 1 to 7 for uint8, 9 to 15 for
    /// uint16, 17 to 31 for uint32, and 16, an IEEE 754 half, for float32. A sample of the base that
    /// does not fit is an error (GDAL clamps it); halves round to nearest. Overviews are clamped.
    pub bits: Option<u16>,
    /// The predictor; by default that of the raster that is read, else the one that suits the samples.
    pub predictor: Option<PredictorChoice>,
    /// The predictor of overviews, where it is not that of the base. (GDAL's `OVERVIEW_PREDICTOR=NO`
    /// leaves that of the base; none is none here.)
    pub overview_predictor: Option<PredictorChoice>,
    /// Width and height of tiles in pixels, a multiple of 16; by default those of the raster that is
    /// read, if they are such, else 512.
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

    /// Sets the quality of JPEG.
    #[must_use]
    pub fn quality(self, quality: u8) -> Self {
        CogOptions {
            quality: Some(quality),
            ..self
        }
    }

    /// Sets the quality of JPEG in overviews.
    #[must_use]
    pub fn overview_quality(self, quality: u8) -> Self {
        CogOptions {
            overview_quality: Some(quality),
            ..self
        }
    }

    /// Sets how far LERC may change a sample.
    #[must_use]
    pub fn max_z_error(self, max_z_error: f64) -> Self {
        CogOptions {
            max_z_error,
            ..self
        }
    }

    /// Sets how far LERC may change a sample of an overview.
    #[must_use]
    pub fn max_z_error_overview(self, max_z_error: f64) -> Self {
        CogOptions {
            max_z_error_overview: Some(max_z_error),
            ..self
        }
    }

    /// Sets the bits of a sample.
    #[must_use]
    pub fn bits(self, bits: u16) -> Self {
        CogOptions {
            bits: Some(bits),
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

    /// Sets the predictor of overviews.
    #[must_use]
    pub fn overview_predictor(self, predictor: PredictorChoice) -> Self {
        CogOptions {
            overview_predictor: Some(predictor),
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
}

impl Overviews {
    /// The sizes of all levels of a raster, base first.
    pub(super) fn sizes(self, size: Size, tile: Size) -> Vec<Size> {
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
