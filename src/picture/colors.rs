//! Colour maps: continuous ones, and tables of classes.

use std::str::FromStr;

use crate::error::{Error, Result, Usage};

/// The colours of the samples of one band.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ColorMap {
    /// Black to white.
    Gray,
    /// matplotlib's viridis, purple to yellow; this one, the next three: within 1 of 255 in each
    /// colour, as the crate colorous rounds it.
    Viridis,
    /// matplotlib's magma, black to pale yellow by pink.
    Magma,
    /// matplotlib's inferno, black to pale yellow by red.
    Inferno,
    /// matplotlib's plasma, blue to yellow by pink.
    Plasma,
    /// Cividis, blue to yellow, by a polynomial: within 18 of 255 of matplotlib's.
    Cividis,
    /// Turbo, a rainbow, by a polynomial: within 32 of 255 of matplotlib's.
    Turbo,
    /// A colour for each of some whole numbers. Other samples are transparent.
    Classes(Vec<Class>),
}

/// A class of a categorical raster.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// The samples of its pixels.
    pub value: u16,
    /// What it is; empty if nobody says.
    pub name: String,
    /// Red, green, blue and opacity.
    pub color: [u8; 4],
}

impl ColorMap {
    /// The twelve classes of Sentinel-2's scene classification (SCL) in the colours that ESA gives
    /// them.
    pub fn scl() -> Self {
        let class = |(value, (name, [r, g, b])): (u16, &(&str, [u8; 3]))| Class {
            value,
            name: (*name).to_owned(),
            color: [*r, *g, *b, u8::MAX],
        };
        ColorMap::Classes((0..).zip(&SCENE_CLASSES).map(class).collect())
    }

    /// The colours of a colour table: those of the samples 0, 1, 2 ..
    pub fn table(colors: &[[u8; 4]]) -> Self {
        let class = |(value, &color): (u16, &[u8; 4])| Class {
            value,
            name: String::new(),
            color,
        };
        ColorMap::Classes((0..=u16::MAX).zip(colors).map(class).collect())
    }

    /// The colours of a continuous map in 256 steps, from the least to the largest value; none of
    /// classes.
    pub fn steps(&self) -> Option<[[u8; 3]; 256]> {
        let gradient = match self {
            ColorMap::Gray => {
                return Some(std::array::from_fn(|step| [step as u8; 3]));
            }
            ColorMap::Viridis => colorous::VIRIDIS,
            ColorMap::Magma => colorous::MAGMA,
            ColorMap::Inferno => colorous::INFERNO,
            ColorMap::Plasma => colorous::PLASMA,
            ColorMap::Cividis => colorous::CIVIDIS,
            ColorMap::Turbo => colorous::TURBO,
            ColorMap::Classes(_) => return None,
        };
        Some(std::array::from_fn(|step| {
            let color = gradient.eval_rational(step, 256);
            [color.r, color.g, color.b]
        }))
    }

    /// The colour of each class by its value; of several of one value the first counts.
    pub(super) fn by_value(classes: &[Class]) -> Vec<[u8; 4]> {
        let length = classes.iter().map(|class| usize::from(class.value) + 1);
        let mut colors = vec![[0; 4]; length.max().unwrap_or(0)];
        for class in classes.iter().rev() {
            colors[usize::from(class.value)] = class.color;
        }
        colors
    }
}

/// Reads `gray`, `viridis`, `magma`, `inferno`, `plasma`, `cividis`, `turbo` or `scl`.
impl FromStr for ColorMap {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "gray" => ColorMap::Gray,
            "viridis" => ColorMap::Viridis,
            "magma" => ColorMap::Magma,
            "inferno" => ColorMap::Inferno,
            "plasma" => ColorMap::Plasma,
            "cividis" => ColorMap::Cividis,
            "turbo" => ColorMap::Turbo,
            "scl" => ColorMap::scl(),
            _ => {
                let names = "gray, viridis, magma, inferno, plasma, cividis, turbo or scl";
                let text = format!("colour map `{name}`: expected {names}");
                return Err(Usage::Option(text).into());
            }
        })
    }
}

/// Names and colours of the classes 0 to 11, as ESA's processor Sen2Cor and Copernicus' browser have
/// them.
const SCENE_CLASSES: [(&str, [u8; 3]); 12] = [
    ("No data", [0, 0, 0]),
    ("Saturated or defective", [255, 0, 0]),
    ("Topographic shadow", [47, 47, 47]),
    ("Cloud shadow", [100, 50, 0]),
    ("Vegetation", [0, 160, 0]),
    ("Not vegetated", [255, 230, 90]),
    ("Water", [0, 0, 255]),
    ("Unclassified", [128, 128, 128]),
    ("Cloud, medium probability", [192, 192, 192]),
    ("Cloud, high probability", [255, 255, 255]),
    ("Thin cirrus", [100, 200, 255]),
    ("Snow or ice", [255, 150, 255]),
];
