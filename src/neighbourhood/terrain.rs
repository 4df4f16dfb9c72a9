//! Terrain: what gdaldem computes of a pixel's height and those of its eight neighbours.
//!
//! The formulas are those of gdaldem (Horn 1981; Zevenbergen and Thorne 1987; Riley 1999; Wilson
//! 2007), in double precision throughout, where gdaldem adds float32 heights in single precision.

mod formulas;
mod surface;

use formulas::Formula;
pub(super) use surface::Surface;

/// What becomes of a pixel that lacks neighbours.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Edges {
    /// It is invalid.
    #[default]
    Invalid,
    /// It is computed, as with gdaldem's `-compute_edges`: beyond the raster the surface goes on as
    /// it was, and an invalid neighbour is as high as the pixel.
    Computed,
}

/// How the gradient of a surface is estimated.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Gradient {
    /// From eight neighbours: for rough terrain.
    #[default]
    Horn,
    /// From four neighbours: for smooth landscapes.
    ZevenbergenThorne,
}

/// What a slope is measured in.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SlopeUnit {
    /// Degrees: 0 is flat, 90 a wall.
    #[default]
    Degrees,
    /// Percent: 100 is 45 degrees.
    Percent,
}

/// What the angles of an aspect are.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Angle {
    /// Degrees clockwise from north.
    #[default]
    Azimuth,
    /// Degrees anticlockwise from east.
    Trigonometric,
}

/// Where the light of a hillshade comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Light {
    /// One sun, in degrees clockwise from north.
    Azimuth(f64),
    /// Four, at 225, 270, 315 and 360 degrees, weighed by the aspect (USGS OFR 92-422).
    Multidirectional,
}

/// Which terrain ruggedness index.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Ruggedness {
    /// The root of the sum of squared differences to the neighbours: for land (Riley 1999).
    #[default]
    Riley,
    /// The mean of the differences to the neighbours: for the sea floor (Wilson 2007).
    Wilson,
}

/// How steep a surface is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Degrees or percent.
    pub unit: SlopeUnit,
    /// How the gradient is estimated.
    pub gradient: Gradient,
    /// Vertical units in a horizontal one: 111120 for degrees and metres, 370400 for degrees and
    /// feet. Default 1.
    pub scale: f64,
    /// Pixels that lack neighbours.
    pub edges: Edges,
}

/// Where a slope looks to: the direction that water runs. Flat pixels have none and are invalid.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Aspect {
    /// What the angles are.
    pub angle: Angle,
    /// How the gradient is estimated.
    pub gradient: Gradient,
    /// Gives flat pixels the value 0.
    pub zero_for_flat: bool,
    /// Pixels that lack neighbours.
    pub edges: Edges,
}

/// A surface in the light of a sun: 1 is dark, 255 bright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hillshade {
    /// Where the light comes from. Default an azimuth of 315 degrees.
    pub light: Light,
    /// How high the light stands, in degrees above the horizon. Default 45.
    pub altitude: f64,
    /// What heights are multiplied by. Default 1.
    pub z_factor: f64,
    /// As [`Slope::scale`].
    pub scale: f64,
    /// How the gradient is estimated.
    pub gradient: Gradient,
    /// Pixels that lack neighbours.
    pub edges: Edges,
}

/// The terrain ruggedness index.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tri {
    /// Which one.
    pub ruggedness: Ruggedness,
    /// Pixels that lack neighbours.
    pub edges: Edges,
}

/// The topographic position index: a pixel's height above the mean of its eight neighbours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tpi {
    /// Pixels that lack neighbours.
    pub edges: Edges,
}

/// The largest difference among a pixel and its eight neighbours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Roughness {
    /// Pixels that lack neighbours.
    pub edges: Edges,
}

impl Default for Slope {
    fn default() -> Self {
        Slope {
            unit: SlopeUnit::Degrees,
            gradient: Gradient::Horn,
            scale: 1.0,
            edges: Edges::Invalid,
        }
    }
}

impl Default for Hillshade {
    fn default() -> Self {
        Hillshade {
            light: Light::Azimuth(315.0),
            altitude: 45.0,
            z_factor: 1.0,
            scale: 1.0,
            gradient: Gradient::Horn,
            edges: Edges::Invalid,
        }
    }
}

impl Slope {
    pub(super) fn wrong(&self) -> Option<String> {
        wrong_scale(self.scale)
    }

    pub(super) fn surface(&self, resolution: (f64, f64)) -> Surface {
        let formula = Formula::Slope {
            gradient: self.gradient,
            pixel: scaled(resolution, self.scale),
            unit: self.unit,
        };
        Surface::new(formula, self.edges)
    }
}

impl Aspect {
    pub(super) fn surface(&self) -> Surface {
        let formula = Formula::Aspect {
            gradient: self.gradient,
            angle: self.angle,
            flat: if self.zero_for_flat { 0.0 } else { f64::NAN },
        };
        Surface::new(formula, self.edges)
    }
}

impl Hillshade {
    pub(super) fn wrong(&self) -> Option<String> {
        let azimuth = match self.light {
            Light::Azimuth(azimuth) => azimuth,
            Light::Multidirectional => 0.0,
        };
        let numbers = [
            ("an azimuth", azimuth, f64::MIN..=f64::MAX),
            ("an altitude", self.altitude, 0.0..=90.0),
            ("a factor of heights", self.z_factor, f64::MIN..=f64::MAX),
        ];
        let mut wrong = numbers
            .iter()
            .filter(|(_, value, range)| !range.contains(value));
        let wrong = wrong
            .next()
            .map(|(name, value, _)| format!("{name} of {value}"));
        wrong.or_else(|| wrong_scale(self.scale))
    }

    pub(super) fn surface(&self, resolution: (f64, f64)) -> Surface {
        let formula = Formula::Hillshade {
            gradient: self.gradient,
            pixel: scaled(resolution, self.scale),
            light: self.light,
            altitude: self.altitude.to_radians(),
            z_factor: self.z_factor,
        };
        Surface::new(formula, self.edges)
    }
}

impl Tri {
    pub(super) fn surface(&self) -> Surface {
        Surface::new(Formula::Tri(self.ruggedness), self.edges)
    }
}

impl Tpi {
    pub(super) fn surface(&self) -> Surface {
        Surface::new(Formula::Tpi, self.edges)
    }
}

impl Roughness {
    pub(super) fn surface(&self) -> Surface {
        Surface::new(Formula::Roughness, self.edges)
    }
}

fn wrong_scale(scale: f64) -> Option<String> {
    let good = scale.is_finite() && scale > 0.0;
    (!good).then(|| format!("a scale of {scale}"))
}

/// A pixel's size in units of height.
fn scaled((x, y): (f64, f64), scale: f64) -> (f64, f64) {
    (x * scale, y * scale)
}
