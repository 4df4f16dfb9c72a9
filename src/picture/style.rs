//! Which bands are drawn, and how.

use super::{ColorMap, Stretch};
use crate::error::{Result, Usage};
use crate::read::facts::ColorInterpretation;
use crate::read::level::Level;
use crate::sample::DataType;

/// How samples become colours. Bands count from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    pub(super) bands: Drawn,
    pub(super) alpha: Option<usize>,
    pub(super) stretch: Option<Stretch>,
}

/// The bands of the colours.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Drawn {
    Rgb([usize; 3]),
    One(usize, ColorMap),
}

impl Style {
    /// Three bands as red, green and blue. A pixel is valid if one of them is not nodata.
    pub fn rgb(bands: [usize; 3]) -> Self {
        Style::of(Drawn::Rgb(bands))
    }

    /// One band by a colour map.
    pub fn band(band: usize, colors: ColorMap) -> Self {
        Style::of(Drawn::One(band, colors))
    }

    /// How a level is drawn if nothing else is said:
    /// - one band with a colour table: its colours;
    /// - bands that are red, green and blue by their colour interpretation, else the first three
    ///   bands;
    /// - with one or two bands the first one: in the colours of the scene classification if it is
    ///   described as `SCL`, else in shades of grey.
    ///
    /// A band of opacity (uint8 or uint16) is used as such.
    pub fn of_level(level: &Level) -> Self {
        use ColorInterpretation as Color;
        let colors = level.color_interpretations();
        let band_of = |wanted: Color| Some(colors.iter().position(|&color| color == wanted)? + 1);
        let named = || {
            Some([
                band_of(Color::Red)?,
                band_of(Color::Green)?,
                band_of(Color::Blue)?,
            ])
        };
        let alpha = band_of(Color::Alpha).filter(|_| {
            let data_type = level.data_type();
            matches!(data_type, DataType::U8 | DataType::U16) && level.bands() > 1
        });
        let shades = level.bands() - usize::from(alpha.is_some());
        let style = match named() {
            Some(bands) => Style::rgb(bands),
            None if shades >= 3 => Style::rgb([1, 2, 3]),
            None => Style::band(1, Style::colors_of(level, 1)),
        };
        Style { alpha, ..style }
    }

    /// The style of bands of a level: one by its own colour table or in shades of grey, three as red,
    /// green and blue, and a fourth as opacity.
    ///
    /// # Errors
    /// [`Usage::Option`] for another number of bands.
    pub fn of_bands(level: &Level, bands: &[usize]) -> Result<Self> {
        match *bands {
            [band] => Ok(Style::band(band, Style::colors_of(level, band))),
            [red, green, blue] => Ok(Style::rgb([red, green, blue])),
            [red, green, blue, alpha] => Ok(Style::rgb([red, green, blue]).alpha(alpha)),
            _ => {
                let count = bands.len();
                let text = format!("a picture of {count} bands: expected 1, 3, or 4 with opacity");
                Err(Usage::Option(text).into())
            }
        }
    }

    /// Takes a band, uint8 or uint16, as the opacity of pixels.
    #[must_use]
    pub fn alpha(mut self, band: usize) -> Self {
        self.alpha = Some(band);
        self
    }

    /// Stretches samples. By default three bands of uint8 are drawn as they are, all else from its
    /// 2nd to its 98th percentile. Classes are not stretched.
    #[must_use]
    pub fn stretch(mut self, stretch: Stretch) -> Self {
        self.stretch = Some(stretch);
        self
    }

    /// The bands that are drawn, that of opacity last.
    pub fn bands(&self) -> Vec<usize> {
        let colors = match &self.bands {
            Drawn::Rgb(bands) => bands.as_slice(),
            Drawn::One(band, _) => std::slice::from_ref(band),
        };
        colors.iter().copied().chain(self.alpha).collect()
    }

    /// The map of a style of one band.
    pub(super) fn color_map(&self) -> Option<&ColorMap> {
        match &self.bands {
            Drawn::Rgb(_) => None,
            Drawn::One(_, colors) => Some(colors),
        }
    }

    /// True if samples are classes.
    pub(super) fn is_categorical(&self) -> bool {
        matches!(self.color_map(), Some(ColorMap::Classes(_)))
    }

    /// The same for a block that holds [`bands`](Self::bands) and no others.
    pub(super) fn packed(&self) -> Self {
        let (bands, count) = match &self.bands {
            Drawn::Rgb(_) => (Drawn::Rgb([1, 2, 3]), 3),
            Drawn::One(_, colors) => (Drawn::One(1, colors.clone()), 1),
        };
        Style {
            bands,
            alpha: self.alpha.map(|_| count + 1),
            stretch: self.stretch,
        }
    }

    pub(super) fn stretch_of(&self, data_type: DataType) -> Stretch {
        let usual = match (&self.bands, data_type) {
            (Drawn::Rgb(_), DataType::U8) => Stretch::AsIs,
            _ => Stretch::USUAL,
        };
        self.stretch.unwrap_or(usual)
    }

    fn of(bands: Drawn) -> Self {
        Style {
            bands,
            alpha: None,
            stretch: None,
        }
    }

    fn colors_of(level: &Level, band: usize) -> ColorMap {
        let table = level.color_table().filter(|_| band == 1);
        let descriptions = level.descriptions();
        let description = band.checked_sub(1).and_then(|at| descriptions.get(at));
        let is_scl = |text: &String| text.eq_ignore_ascii_case("SCL");
        match (table, description.and_then(Option::as_ref)) {
            (Some(colors), _) => ColorMap::table(colors),
            (None, Some(text)) if is_scl(text) => ColorMap::scl(),
            _ => ColorMap::Gray,
        }
    }
}
