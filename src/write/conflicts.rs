//! Options that contradict each other or the raster: all of them are refused here, none is guessed.
//! (A tile size, level or predictor that does not exist is refused where it is read.)

use super::compression::Compression;
use super::options::CogOptions;
use super::raster::Raster;
use crate::error::{Error, Result, Unsupported, Usage};
use crate::grid::Size;
use crate::sample::{DataType, Scalar};

impl CogOptions {
    /// Checks the options for a raster with so many samples of a pixel in a tile, and for the
    /// compressions of base and overviews.
    ///
    /// # Errors
    /// [`Usage::Option`] with the reason; [`Unsupported`] for what no light encoder does.
    pub(super) fn check(
        &self,
        raster: &Raster,
        samples: usize,
        tile: Size,
        compressions: [Compression; 2],
    ) -> Result<()> {
        let [base, overview] = compressions;
        let either = |wanted: Compression| compressions.contains(&wanted);
        let with_quality = either(Compression::Jpeg) || either(Compression::WebP);
        for (name, quality) in [
            ("quality", self.quality),
            ("overview quality", self.overview_quality),
        ] {
            let Some(quality) = quality else { continue };
            if !(1..=100).contains(&quality) {
                return refuse(format!("{name} {quality}: expected 1 to 100"));
            }
            if !with_quality {
                return refuse(format!("{name}: {base} has none, only jpeg and webp have"));
            }
            if either(Compression::WebP) && !either(Compression::Jpeg) && quality < 100 {
                let what = "encoding as lossy WebP: no pure-Rust encoder does it; 100 is lossless";
                return Err(Unsupported::Feature(what).into());
            }
        }
        let qualities = [Compression::Jpeg, Compression::WebP];
        if self.overview_quality.is_some() && !qualities.contains(&overview) {
            return refuse(format!("overview quality: overviews are {overview}"));
        }
        if self.level.is_some() && !base.has_level() {
            return refuse(format!("level: compression {base} takes no level"));
        }
        let errors = [self.max_z_error, self.overview_error()];
        for (name, error) in ["max_z_error", "max_z_error_overview"]
            .into_iter()
            .zip(errors)
        {
            if !error.is_finite() || error < 0.0 {
                return refuse(format!("{name} {error}: expected 0 or more"));
            }
        }
        if self.max_z_error > 0.0 && !compressions.into_iter().any(Compression::is_lerc) {
            return refuse(format!("max_z_error: {base} has none, only lerc has"));
        }
        if self.max_z_error_overview.is_some() && !overview.is_lerc() {
            return refuse(format!("max_z_error_overview: overviews are {overview}"));
        }
        self.check_bits(raster)?;
        for (compression, error) in compressions.into_iter().zip(errors) {
            let lossy = is_lossy(compression, error);
            self.check_compression((compression, lossy), raster, samples, tile)?;
        }
        Ok(())
    }

    /// How far LERC may change a sample of an overview.
    pub(super) fn overview_error(&self) -> f64 {
        self.max_z_error_overview.unwrap_or(self.max_z_error)
    }

    fn check_compression(
        &self,
        (compression, lossy): (Compression, bool),
        raster: &Raster,
        samples: usize,
        tile: Size,
    ) -> Result<()> {
        let data_type = raster.data_type;
        let refuse = |why: &str| refuse(format!("compression {compression}: {why}"));
        let most = match compression {
            Compression::Jpeg => u32::from(u16::MAX),
            Compression::WebP => 1 << 14,
            _ => u32::MAX,
        };
        if tile.width > most || tile.height > most {
            return refuse(&format!("its images have at most {most} columns and rows"));
        }
        if self.bits.is_some() && !compression.is_general() {
            return refuse("it has whole samples only: bits cannot be set");
        }
        match compression {
            Compression::Jpeg | Compression::WebP if data_type != DataType::U8 => {
                refuse(&format!("it needs uint8, found {data_type}"))
            }
            Compression::Jpeg if !matches!(samples, 1 | 3) => refuse(&format!(
                "it needs 1 band or 3 in a tile, found {samples}: interleave by band, or make a \
                 mask from alpha"
            )),
            Compression::WebP if !matches!(samples, 3 | 4) => {
                refuse(&format!("it needs 3 or 4 bands in a tile, found {samples}"))
            }
            _ if compression.is_lerc()
                && (data_type.is_complex()
                    || matches!(data_type, DataType::I64 | DataType::U64)) =>
            {
                refuse(&format!("it has no {data_type}"))
            }
            _ if lossy && raster.is_palette() => {
                refuse("it is lossy, and colours of a colour map are not near each other")
            }
            _ if lossy && raster.nodata.is_some() => refuse(
                "it is lossy, and changed samples could become nodata or cease to be: make a mask \
                 from nodata",
            ),
            _ => Ok(()),
        }
    }

    fn check_bits(&self, raster: &Raster) -> Result<()> {
        let Some(bits) = self.bits else { return Ok(()) };
        let data_type = raster.data_type;
        let range = match data_type {
            DataType::U8 => 1..=7,
            DataType::U16 => 9..=15,
            DataType::U32 => 17..=31,
            DataType::F32 => 16..=16,
            _ => return refuse(format!("bits {bits}: {data_type} has only its own")),
        };
        if !range.contains(&bits) {
            let (first, last) = (range.start(), range.end());
            return refuse(format!(
                "bits {bits}: {data_type} takes {first} to {last}, or its own without this option"
            ));
        }
        let largest = (1u64 << bits) - 1;
        match raster.nodata.map(Scalar::to_f64) {
            Some(nodata) if data_type == DataType::F32 && !nodata.is_nan() => refuse(
                "bits 16: samples are rounded, and could become nodata or cease to be, unless that \
                 is NaN"
                    .to_owned(),
            ),
            Some(nodata) if data_type != DataType::F32 && nodata > largest as f64 => refuse(
                format!("bits {bits}: the nodata value {nodata} is larger than {largest}"),
            ),
            _ => Ok(()),
        }
    }
}

/// Whether a compression may change samples, where LERC may by `max_z_error`.
pub(super) fn is_lossy(compression: Compression, max_z_error: f64) -> bool {
    compression == Compression::Jpeg || (compression.is_lerc() && max_z_error > 0.0)
}

fn refuse(text: String) -> Result<()> {
    Err(Error::from(Usage::Option(text)))
}
