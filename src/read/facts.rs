//! What a level's file says of itself beside the pixels: metadata, colours, keys, texts.
//!
//! These are facts of the file: all its levels have the same, but for what is counted in pixels.
//! Damaged facts count as missing; none of them hinders reading.

use super::level::Level;
use crate::error::{Error, Result, Usage};
use crate::format::annotations::Annotations;
pub use crate::format::color::ColorInterpretation;
use crate::format::color::Colors;
use crate::format::directory::Directory;
use crate::format::geo::GeoKeys;
use crate::format::image::{Image, Stored};
pub use crate::format::metadata::{BandMetadata, Item, Metadata, Statistics};
pub use crate::format::rpc::Rpc;

/// What the first directory says.
#[derive(Debug)]
pub(crate) struct Facts {
    annotations: Annotations,
    colors: Colors,
}

impl Facts {
    pub(crate) fn of(directory: &Directory, base: &Image) -> Self {
        Facts {
            annotations: Annotations::from_directory(directory),
            colors: Colors::of(directory, base),
        }
    }
}

impl Level {
    /// What GDAL_METADATA says, item by item; parsed when it is first looked at.
    pub fn metadata(&self) -> &Metadata {
        &self.facts().annotations.metadata
    }

    /// What the metadata says of each band: scale, offset, unit, description, statistics. Scale, unit and
    /// offset of heights come from the GeoTIFF tags where those have them, as in GDAL.
    pub fn band_metadata(&self) -> Vec<BandMetadata> {
        let mut bands = self.metadata().bands(self.bands());
        if let (Some((scale, offset)), [band]) = (self.file().geo.heights, bands.as_mut_slice()) {
            (band.scale, band.offset) = (scale, offset);
        }
        let unit = self.geo_keys().and_then(GeoKeys::vertical_unit);
        if let Some(unit) = unit {
            for band in &mut bands {
                band.unit.get_or_insert_with(|| unit.to_owned());
            }
        }
        bands
    }

    /// The scale of each band: value = sample * scale + offset.
    pub fn scales(&self) -> Vec<f64> {
        self.band_metadata().iter().map(|band| band.scale).collect()
    }

    /// The offset of each band.
    pub fn offsets(&self) -> Vec<f64> {
        self.band_metadata()
            .iter()
            .map(|band| band.offset)
            .collect()
    }

    /// The unit of each band's values.
    pub fn units(&self) -> Vec<Option<String>> {
        let bands = self.band_metadata().into_iter();
        bands.map(|band| band.unit).collect()
    }

    /// The description of each band.
    pub fn descriptions(&self) -> Vec<Option<String>> {
        let bands = self.band_metadata().into_iter();
        bands.map(|band| band.description).collect()
    }

    /// What a band, counted from 1, shows: as the metadata says, else as the TIFF tags do.
    ///
    /// # Errors
    /// [`Usage::Band`] if there is no such band.
    pub fn color_interpretation(&self, band: usize) -> Result<ColorInterpretation> {
        let count = self.bands();
        let colors = self.color_interpretations();
        let color = band.checked_sub(1).and_then(|index| colors.get(index));
        let missing = || self.place(Error::from(Usage::Band { band, count }));
        color.copied().ok_or_else(missing)
    }

    /// What each band shows.
    pub fn color_interpretations(&self) -> Vec<ColorInterpretation> {
        let bands = self.metadata().bands(self.bands());
        let colors = &self.facts().colors;
        let color = |(band, said): (usize, BandMetadata)| {
            said.color.unwrap_or_else(|| colors.of_band(band))
        };
        bands.into_iter().enumerate().map(color).collect()
    }

    /// Red, green, blue and alpha of each sample value, as GDAL gives them: nodata is transparent;
    /// a file whose least value is white has shades of grey.
    pub fn color_table(&self) -> Option<&[[u8; 4]]> {
        self.facts().colors.table.as_deref()
    }

    /// The text of a tag (305 is the software), among those that GDAL gives as metadata:
    /// [`TEXT_TAGS`](crate::format::annotations::TEXT_TAGS).
    pub fn text_tag(&self, tag: u16) -> Option<String> {
        self.facts().annotations.text(tag)
    }

    /// All such texts, with GDAL's names.
    pub fn text_tags(&self) -> Vec<(&'static str, String)> {
        self.facts().annotations.texts()
    }

    /// The rational polynomial coefficients, for the pixels of this level.
    pub fn rpc(&self) -> Option<Rpc> {
        let rpc = self.facts().annotations.rpc.as_ref();
        rpc.map(|rpc| match self.index() {
            0 => rpc.clone(),
            _ => rpc.rescaled(self.file().levels[0].samples.image.size.ratios(self.size())),
        })
    }

    /// The ICC profile of the colours, as it is.
    pub fn icc_profile(&self) -> Option<&[u8]> {
        self.facts().annotations.icc_profile.as_deref()
    }

    /// The EPSG code of the system of heights, where the file has one beside
    /// [`epsg`](Self::epsg).
    pub fn vertical_epsg(&self) -> Option<u32> {
        self.file().geo.vertical_epsg()
    }

    /// Metadata, texts, coefficients and profile of this level, ready to be written with its pixels.
    /// The tiling scheme that a file was made for is not that of its overviews. Inks are named, as
    /// the tags of the output say nothing of them; those that are read as RGBA are inks no more.
    pub fn annotations(&self) -> Annotations {
        let mut annotations = self.facts().annotations.clone();
        if self.facts().colors.has_no_tag() {
            annotations.metadata.extend(self.named_colors());
        }
        if self.image().stored == Stored::Cmyk {
            let color = |item: &Item| item.role.as_deref() == Some("colorinterp");
            annotations.metadata.retain(|item| !color(item));
        }
        annotations.rpc = self.rpc();
        if self.index() > 0 {
            let scheme = |item: &Item| item.domain.as_deref() == Some("TILING_SCHEME");
            annotations.metadata.retain(|item| !scheme(item));
        }
        annotations
    }

    /// Metadata, texts, coefficients and profile for the samples as they are stored.
    pub(crate) fn own_annotations(&self) -> Annotations {
        match self.index() {
            0 => self.facts().annotations.clone(),
            _ => self.annotations(),
        }
    }

    /// PhotometricInterpretation and ExtraSamples for the samples as they are read.
    pub(crate) fn written_colors(&self) -> (u16, Vec<u16>) {
        self.facts().colors.written()
    }

    /// ColorMap for the samples as they are read, which may have more bits than in the file.
    pub(crate) fn written_color_map(&self) -> Vec<u16> {
        let widened = self.facts().colors.widened_map();
        widened.unwrap_or_else(|| self.color_map().to_vec())
    }

    /// An item for each band whose colour the metadata does not say yet.
    fn named_colors(&self) -> Vec<Item> {
        let said = self.metadata().bands(self.bands());
        let bands = said.iter().zip(self.color_interpretations()).zip(0u16..);
        let silent = bands.filter(|((said, _), _)| said.color.is_none());
        let item = |((_, color), sample)| Item::of_color(sample, color);
        silent.map(item).collect()
    }

    fn facts(&self) -> &Facts {
        &self.file().facts
    }
}
