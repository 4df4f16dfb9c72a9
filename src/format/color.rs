//! What bands show: colours by the TIFF tags, and colour tables.
//!
//! Rules are GDAL's; pixels are not touched here.

use super::directory::Directory;
use super::image::{Image, Stored};
use super::metadata::Item;
use super::tag::{self, photometric};

/// What a band shows, with GDAL's names.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ColorInterpretation {
    /// Not said.
    #[default]
    Undefined,
    /// Shades of grey.
    Gray,
    /// Indices into the colour table.
    Palette,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// How opaque the pixel is.
    Alpha,
    /// Hue of HLS.
    Hue,
    /// Saturation of HLS.
    Saturation,
    /// Lightness of HLS.
    Lightness,
    /// Cyan.
    Cyan,
    /// Magenta.
    Magenta,
    /// Yellow.
    Yellow,
    /// Black.
    Black,
    /// Luminance.
    YCbCrY,
    /// Chrominance towards blue.
    YCbCrCb,
    /// Chrominance towards red.
    YCbCrCr,
    /// Panchromatic.
    Pan,
    /// Coastal, around 0.44 um.
    Coastal,
    /// Red edge, around 0.7 um.
    RedEdge,
    /// Near infrared.
    Nir,
    /// Short-wave infrared.
    Swir,
    /// Mid-wave infrared.
    Mwir,
    /// Long-wave infrared.
    Lwir,
    /// Thermal infrared.
    Tir,
    /// Infrared of another kind.
    OtherIr,
    /// Radar, Ka band.
    SarKa,
    /// Radar, K band.
    SarK,
    /// Radar, Ku band.
    SarKu,
    /// Radar, X band.
    SarX,
    /// Radar, C band.
    SarC,
    /// Radar, S band.
    SarS,
    /// Radar, L band.
    SarL,
    /// Radar, P band.
    SarP,
}

impl ColorInterpretation {
    /// The interpretation that a text names, in letters of any case; others are
    /// [`Undefined`](Self::Undefined).
    pub fn from_name(name: &str) -> Self {
        let name = name.trim_ascii();
        let mut names = NAMES.iter();
        let found = names.find(|(_, known)| known.eq_ignore_ascii_case(name));
        found.map_or(ColorInterpretation::Undefined, |&(color, _)| color)
    }

    /// GDAL's name.
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|&&(color, _)| color == self);
        found.map_or("Undefined", |&(_, name)| name)
    }
}

impl Item {
    /// The item that says what a band, counted from 0, shows.
    pub(crate) fn of_color(sample: u16, color: ColorInterpretation) -> Self {
        Item {
            name: "COLORINTERP".into(),
            sample: Some(sample),
            role: Some("colorinterp".into()),
            domain: None,
            text: color.name().into(),
        }
    }
}

/// What the TIFF tags say of the colours of an image.
#[derive(Clone, Debug)]
pub(crate) struct Colors {
    /// RGBA of each sample value, as GDAL gives it.
    pub(crate) table: Option<Vec<[u8; 4]>>,
    photometric: u16,
    extra_samples: Vec<u16>,
    bands: usize,
}

impl Colors {
    /// What a directory and its image say.
    pub(crate) fn of(directory: &Directory, image: &Image) -> Self {
        let cmyk = image.stored == Stored::Cmyk;
        let extra = image.extra_samples.clone();
        Colors {
            table: color_table(directory, image),
            photometric: if cmyk {
                photometric::RGB
            } else {
                image.photometric
            },
            extra_samples: if cmyk { vec![ALPHA] } else { extra },
            bands: usize::from(image.bands),
        }
    }

    /// The interpretation of a band, counted from 0.
    pub(crate) fn of_band(&self, band: usize) -> ColorInterpretation {
        use ColorInterpretation as Color;
        let named: &[Color] = match self.photometric {
            _ if self.table.is_some() => &[Color::Palette],
            photometric::RGB | photometric::YCBCR => &[Color::Red, Color::Green, Color::Blue],
            photometric::SEPARATED => &[Color::Cyan, Color::Magenta, Color::Yellow, Color::Black],
            photometric::MIN_IS_BLACK => &[Color::Gray],
            _ => &[],
        };
        named.get(band).copied().unwrap_or_else(|| self.extra(band))
    }

    /// PhotometricInterpretation and ExtraSamples that say the same of the samples as they are read.
    /// For inks and CIE L*a*b* there are none: such bands [have to be named](Self::has_no_tag).
    pub(crate) fn written(&self) -> (u16, Vec<u16>) {
        let (photometric, first) = match self.photometric {
            photometric::RGB | photometric::YCBCR => (photometric::RGB, 3),
            photometric::SEPARATED => (photometric::MIN_IS_BLACK, 1),
            other => (other, 1),
        };
        let extra = (first..self.bands).map(|band| self.extra_sample(band).unwrap_or(0));
        (photometric, extra.collect())
    }

    /// The ColorMap of samples of less than 8 bits that are read as bytes: the colours of their
    /// table, then black. The greys of a file whose least value is white need one as well, because
    /// white to black is as wide as the type.
    pub(crate) fn widened_map(&self) -> Option<Vec<u16>> {
        let table = self.table.as_ref().filter(|table| table.len() < 256)?;
        let channel = |channel: usize| {
            let colors = table
                .iter()
                .map(move |color| 257 * u16::from(color[channel]));
            colors.chain(std::iter::repeat(0)).take(256)
        };
        Some((0..3).flat_map(channel).collect())
    }

    /// True if the bands are read as they are, and no tag of the samples read says what they show.
    pub(crate) fn has_no_tag(&self) -> bool {
        matches!(
            self.photometric,
            photometric::SEPARATED | photometric::CIELAB
        )
    }

    /// The interpretation of a band beyond the photometric ones.
    fn extra(&self, band: usize) -> ColorInterpretation {
        match self.extra_sample(band) {
            Some(1 | ALPHA) => ColorInterpretation::Alpha,
            _ => ColorInterpretation::Undefined,
        }
    }

    /// ExtraSamples are of the last bands; where they are too few, of the first ones beyond the
    /// colours, as in libtiff.
    fn extra_sample(&self, band: usize) -> Option<u16> {
        let colors = match self.photometric {
            photometric::MIN_IS_WHITE | photometric::MIN_IS_BLACK | photometric::PALETTE => 1,
            photometric::RGB | photometric::YCBCR | photometric::CIELAB => 3,
            photometric::SEPARATED => 4,
            _ => self.bands,
        };
        let last = self.bands.saturating_sub(self.extra_samples.len());
        let first = last.min(colors);
        self.extra_samples.get(band.checked_sub(first)?).copied()
    }
}

/// The colour table of a file with a ColorMap. Without one, GDAL gives shades of grey to a file whose
/// least value is white, and black and white to one band of single bits.
fn color_table(directory: &Directory, image: &Image) -> Option<Vec<[u8; 4]>> {
    let bits = directory.unsigned(tag::BITS_PER_SAMPLE).ok().flatten();
    let bits = bits.and_then(|bits| bits.first().copied()).unwrap_or(1);
    let bits = u32::try_from(bits).ok();
    let count = 1usize << bits.filter(|bits| (1..=MOST_BITS).contains(bits))?;
    let map = directory.unsigned(tag::COLOR_MAP).ok().flatten();
    let mut table = match map {
        Some(map) if map.len() >= 3 * count => mapped(&map[..3 * count]),
        _ if image.photometric == photometric::MIN_IS_WHITE => {
            shades(count).into_iter().rev().collect()
        }
        _ if count == 2 && image.bands == 1 => shades(count),
        _ => return None,
    };
    // The colour of nodata is transparent.
    let nodata = image.nodata.map(|nodata| nodata.to_f64().trunc());
    let mut entries = table.iter_mut().zip(0u32..);
    if let Some((color, _)) = entries.find(|(_, value)| Some(f64::from(*value)) == nodata) {
        color[3] = 0;
    }
    Some(table)
}

/// The colours of a ColorMap: all reds, all greens, all blues.
fn mapped(map: &[u64]) -> Vec<[u8; 4]> {
    let unit = color_unit(map);
    let byte = |color: u64| u8::try_from(color / unit).unwrap_or(255);
    let (red, rest) = map.split_at(map.len() / 3);
    let (green, blue) = rest.split_at(rest.len() / 2);
    let colors = red.iter().zip(green).zip(blue);
    colors
        .map(|((&red, &green), &blue)| [byte(red), byte(green), byte(blue), 255])
        .collect()
}

/// Grey from black to white.
fn shades(count: usize) -> Vec<[u8; 4]> {
    let shade = |value: usize| {
        let shade = u8::try_from(255 * value / (count - 1)).unwrap_or(255);
        [shade, shade, shade, 255]
    };
    (0..count).map(shade).collect()
}

/// What the numbers of a ColorMap are divided by to give bytes: 257 by the standard, 256 where a
/// writer shifted bytes, 1 where it left them as they are.
fn color_unit(map: &[u64]) -> u64 {
    let largest = map.iter().copied().max().unwrap_or(0);
    match largest {
        0 => 257,
        1..256 => 1,
        _ if map.iter().all(|color| color % 256 == 0) => 256,
        _ => 257,
    }
}

/// Bits of the largest samples that have a colour table.
const MOST_BITS: u32 = 16;
/// ExtraSamples: unassociated alpha.
const ALPHA: u16 = 2;

const NAMES: [(ColorInterpretation, &str); 34] = [
    (ColorInterpretation::Undefined, "Undefined"),
    (ColorInterpretation::Gray, "Gray"),
    (ColorInterpretation::Palette, "Palette"),
    (ColorInterpretation::Red, "Red"),
    (ColorInterpretation::Green, "Green"),
    (ColorInterpretation::Blue, "Blue"),
    (ColorInterpretation::Alpha, "Alpha"),
    (ColorInterpretation::Hue, "Hue"),
    (ColorInterpretation::Saturation, "Saturation"),
    (ColorInterpretation::Lightness, "Lightness"),
    (ColorInterpretation::Cyan, "Cyan"),
    (ColorInterpretation::Magenta, "Magenta"),
    (ColorInterpretation::Yellow, "Yellow"),
    (ColorInterpretation::Black, "Black"),
    (ColorInterpretation::YCbCrY, "YCbCr_Y"),
    (ColorInterpretation::YCbCrCb, "YCbCr_Cb"),
    (ColorInterpretation::YCbCrCr, "YCbCr_Cr"),
    (ColorInterpretation::Pan, "Pan"),
    (ColorInterpretation::Coastal, "Coastal"),
    (ColorInterpretation::RedEdge, "RedEdge"),
    (ColorInterpretation::Nir, "NIR"),
    (ColorInterpretation::Swir, "SWIR"),
    (ColorInterpretation::Mwir, "MWIR"),
    (ColorInterpretation::Lwir, "LWIR"),
    (ColorInterpretation::Tir, "TIR"),
    (ColorInterpretation::OtherIr, "OtherIR"),
    (ColorInterpretation::SarKa, "SAR_Ka"),
    (ColorInterpretation::SarK, "SAR_K"),
    (ColorInterpretation::SarKu, "SAR_Ku"),
    (ColorInterpretation::SarX, "SAR_X"),
    (ColorInterpretation::SarC, "SAR_C"),
    (ColorInterpretation::SarS, "SAR_S"),
    (ColorInterpretation::SarL, "SAR_L"),
    (ColorInterpretation::SarP, "SAR_P"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (color, name) in NAMES {
            assert_eq!(
                (color.name(), ColorInterpretation::from_name(name)),
                (name, color)
            );
        }
        let of = ColorInterpretation::from_name;
        assert_eq!(of(" red"), ColorInterpretation::Red);
        assert_eq!(of("nonsense"), ColorInterpretation::Undefined);
    }

    #[test]
    fn units_of_color_maps() {
        for (map, unit) in [
            (&[0, 0, 0][..], 257),
            (&[0, 255, 7], 1),
            (&[0, 65280, 256], 256),
            (&[0, 65535, 257], 257),
            (&[1000, 2, 3], 257),
        ] {
            assert_eq!(color_unit(map), unit, "{map:?}");
        }
    }
}
