//! What a COG is to hold, beside its pixels.

use super::pyramid::Cover;
use super::settings::Settings;
use crate::block::{Block, Validity};
use crate::error::{Error, Result, Usage};
use crate::format::annotations::Annotations;
use crate::format::geo::Georeference;
use crate::format::layout::RasterTags;
use crate::format::tag::photometric;
use crate::grid::Size;
use crate::sample::{DataType, Scalar};

/// What a COG is to hold, beside its pixels.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Raster {
    /// Width and height in pixels.
    pub size: Size,
    /// Number of bands.
    pub bands: usize,
    /// The type of the samples.
    pub data_type: DataType,
    /// The nodata value, one for all bands.
    pub nodata: Option<Scalar>,
    /// Whether there is a mask, which tells the valid pixels of all bands. It is written beside
    /// them, as one bit per pixel, and comes as the validity of the blocks.
    pub mask: bool,
    /// Transform and GeoTIFF keys.
    pub georeference: Georeference,
    /// Colour map of one band of 8 or 16 bits: all reds, all greens, all blues; or empty.
    pub color_map: Vec<u16>,
    /// TIFF PhotometricInterpretation. By default 3 and 4 bands of uint8 are RGB (the fourth is an
    /// extra sample), everything else is MinIsBlack, as in GDAL.
    pub photometric: Option<u16>,
    /// TIFF ExtraSamples of the bands beyond the photometric ones; default 0, unspecified.
    pub extra_samples: Vec<u16>,
    /// Metadata, texts and more.
    pub annotations: Annotations,
}

impl Raster {
    /// A raster without nodata, georeference and colour map.
    pub fn new(size: Size, bands: usize, data_type: DataType) -> Self {
        Raster {
            size,
            bands,
            data_type,
            nodata: None,
            mask: false,
            georeference: Georeference::default(),
            color_map: Vec::new(),
            photometric: None,
            extra_samples: Vec::new(),
            annotations: Annotations::default(),
        }
    }

    /// The raster that a block holds.
    pub fn of_block(block: &Block) -> Self {
        let raster = Raster::new(block.size(), block.bands(), block.data_type());
        Raster {
            nodata: block.nodata(),
            mask: matches!(block.validity(), Validity::Mask(_)),
            ..raster
        }
    }

    /// Sets transform and GeoTIFF keys.
    #[must_use]
    pub fn georeference(self, georeference: Georeference) -> Self {
        Raster {
            georeference,
            ..self
        }
    }

    /// Whether samples are indices into a colour map.
    pub(super) fn is_palette(&self) -> bool {
        !self.color_map.is_empty()
    }

    /// Whether GDAL sees a colour table, one of greys where the least value is white.
    pub(super) fn has_table(&self) -> bool {
        self.is_palette() || self.photometric == Some(photometric::MIN_IS_WHITE)
    }

    pub(super) fn check(&self) -> Result<()> {
        if let Some(nodata) = self.nodata {
            self.data_type.check(nodata)?;
        }
        if self.size.width == 0 || self.size.height == 0 || self.bands == 0 {
            let text = format!("a raster of {} pixels and {} bands", self.size, self.bands);
            return Err(Usage::Option(text).into());
        }
        Ok(())
    }

    /// What tells the valid pixels in overviews, beside nodata, by GDAL's order: a mask, else the
    /// nodata value, else the alpha band that is the last of two or four.
    pub(super) fn cover(&self, extra_samples: &[u16]) -> Cover {
        let alpha = matches!(self.bands, 2 | 4)
            && matches!(extra_samples.last(), Some(1 | 2))
            && matches!(self.data_type, DataType::U8 | DataType::U16);
        match (self.mask, self.nodata) {
            (true, _) => Cover::Mask,
            (false, None) if alpha => Cover::Alpha,
            _ => Cover::None,
        }
    }

    /// The colour map for samples of so many bits.
    fn colors(&self, bits: Option<u16>) -> Vec<u16> {
        let count = bits.map_or(usize::MAX, |bits| 1 << bits);
        let thirds = self.color_map.chunks((self.color_map.len() / 3).max(1));
        thirds
            .flat_map(|third| third.iter().take(count))
            .copied()
            .collect()
    }

    pub(super) fn tags(&self, settings: &Settings) -> Result<RasterTags> {
        let bands = u16::try_from(self.bands).map_err(|_| {
            let text = format!("{} bands: a TIFF has at most 65535", self.bands);
            Error::from(Usage::Option(text))
        })?;
        let byte = self.data_type == DataType::U8;
        let default = if byte && matches!(bands, 3 | 4) {
            photometric::RGB
        } else {
            1
        };
        let photometric = match self.photometric {
            Some(photometric::RGB) if bands >= 3 => photometric::RGB,
            Some(_) if !self.color_map.is_empty() && bands == 1 => photometric::PALETTE,
            Some(0) => 0,
            Some(_) => photometric::MIN_IS_BLACK,
            None => default,
        };
        let colors = if photometric == photometric::RGB {
            3
        } else {
            1
        };
        let mut extra_samples = self.extra_samples.clone();
        extra_samples.resize(self.bands.saturating_sub(colors), 0);
        let palette = photometric == photometric::PALETTE;
        Ok(RasterTags {
            bands,
            interleave: settings.interleave,
            data_type: self.data_type,
            bits: settings.bits,
            coding: settings.base.coding(),
            overview_coding: settings.overview.coding(),
            mask_compression: settings.masks.compression.tag(),
            photometric,
            extra_samples,
            color_map: match palette {
                true => self.colors(settings.bits),
                false => Vec::new(),
            },
            nodata: self.nodata.map(|nodata| nodata.to_string()),
            geo: self.georeference.tags(),
            annotations: self.annotations.clone(),
        })
    }
}
