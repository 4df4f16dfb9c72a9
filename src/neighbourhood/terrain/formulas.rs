//! The formulas of gdaldem, on nine heights.

use super::{Angle, Gradient, Light, Ruggedness, SlopeUnit};

/// A pixel's height, the fifth, among those of its neighbours, row by row.
pub(super) type Heights = [f64; 9];

/// What is computed of nine heights, none of them NaN; NaN where there is no answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Formula {
    Slope {
        gradient: Gradient,
        /// A pixel's size along x and y.
        pixel: (f64, f64),
        unit: SlopeUnit,
    },
    Aspect {
        gradient: Gradient,
        angle: Angle,
        /// The value of flat pixels.
        flat: f64,
    },
    Hillshade {
        gradient: Gradient,
        pixel: (f64, f64),
        light: Light,
        /// In radians.
        altitude: f64,
        z_factor: f64,
    },
    Tri(Ruggedness),
    Tpi,
    Roughness,
}

impl Gradient {
    /// How much lower it is to the right and higher below, times the divisor.
    fn of(self, [nw, n, ne, w, _, e, sw, s, se]: &Heights) -> (f64, f64) {
        match self {
            Gradient::Horn => (
                (nw + w + w + sw) - (ne + e + e + se),
                (sw + s + s + se) - (nw + n + n + ne),
            ),
            Gradient::ZevenbergenThorne => (w - e, s - n),
        }
    }

    /// Pixels between the heights that are compared, times how often they are.
    fn divisor(self) -> f64 {
        match self {
            Gradient::Horn => 8.0,
            Gradient::ZevenbergenThorne => 2.0,
        }
    }
}

/// The slope in degrees or percent.
pub(super) fn slope(
    gradient: Gradient,
    pixel: (f64, f64),
    unit: SlopeUnit,
    heights: &Heights,
) -> f64 {
    let (x, y) = gradient.of(heights);
    let (x, y) = (x / pixel.0, y / pixel.1);
    let rise = (x * x + y * y).sqrt() / gradient.divisor();
    match unit {
        SlopeUnit::Degrees => rise.atan().to_degrees(),
        SlopeUnit::Percent => 100.0 * rise,
    }
}

/// The direction of the slope in degrees, `flat` where there is none.
pub(super) fn aspect(gradient: Gradient, angle: Angle, flat: f64, heights: &Heights) -> f64 {
    let (x, y) = gradient.of(heights);
    if x == 0.0 && y == 0.0 {
        return flat;
    }
    // In single precision as gdaldem, so that angles just below 360 become 0 as there.
    let east = y.atan2(x).to_degrees() as f32;
    let angle = match angle {
        Angle::Azimuth if east > 90.0 => 450.0 - east,
        Angle::Azimuth => 90.0 - east,
        Angle::Trigonometric if east < 0.0 => east + 360.0,
        Angle::Trigonometric => east,
    };
    if angle == 360.0 { 0.0 } else { angle.into() }
}

/// What is constant in a hillshade of one light.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sun {
    sine: f64,
    along: f64,
    across: f64,
    square: f64,
}

impl Sun {
    pub(super) fn new(gradient: Gradient, azimuth: f64, altitude: f64, z_factor: f64) -> Self {
        let z = z_factor / gradient.divisor();
        let azimuth = azimuth.to_radians();
        Sun {
            sine: altitude.sin(),
            along: azimuth.cos() * altitude.cos() * z,
            across: azimuth.sin() * altitude.cos() * z,
            square: z * z,
        }
    }

    /// The brightness, 1 to 255, of a gradient along x and y.
    pub(super) fn shade(&self, x: f64, y: f64) -> f64 {
        let light = self.sine - (y * self.along - x * self.across);
        let cosine = light / (1.0 + self.square * (x * x + y * y)).sqrt();
        rounded(1.0 + 254.0 * cosine.max(0.0))
    }
}

/// The brightness, 1 to 255, in the light of four suns.
pub(super) fn four_lights(gradient: Gradient, altitude: f64, z_factor: f64, x: f64, y: f64) -> f64 {
    let z = z_factor / gradient.divisor();
    let (xx, yy) = (x * x, y * y);
    let steep = xx + yy;
    let sine = altitude.sin();
    if steep == 0.0 {
        return rounded(1.0 + 254.0 * sine);
    }
    let straight = altitude.cos() * z;
    let slanted = straight * 225f64.to_radians().cos();
    let south_west = 0.5 * steep - x * y;
    let lights = [
        (south_west, sine + (x - y) * slanted),
        (xx, sine - x * straight),
        (steep - south_west, sine + (x + y) * slanted),
        (yy, sine - y * straight),
    ];
    let light: f64 = lights
        .iter()
        .map(|(weight, light)| weight * light.max(0.0))
        .sum();
    rounded(1.0 + 127.0 * (light / steep) / (1.0 + z * z * steep).sqrt())
}

/// As GDAL writes floating point numbers as bytes.
fn rounded(brightness: f64) -> f64 {
    (brightness + 0.5).floor().min(255.0)
}

/// The gradient in units of height per unit of ground, times the divisor.
pub(super) fn fall(gradient: Gradient, pixel: (f64, f64), heights: &Heights) -> (f64, f64) {
    let (x, y) = gradient.of(heights);
    (x / pixel.0, y / pixel.1)
}

pub(super) fn ruggedness(which: Ruggedness, heights: &Heights) -> f64 {
    let differences = neighbours(heights).map(|height| height - heights[4]);
    match which {
        Ruggedness::Riley => differences
            .map(|difference| difference * difference)
            .sum::<f64>()
            .sqrt(),
        Ruggedness::Wilson => differences.map(f64::abs).sum::<f64>() / 8.0,
    }
}

pub(super) fn position(heights: &Heights) -> f64 {
    heights[4] - neighbours(heights).sum::<f64>() / 8.0
}

pub(super) fn roughness(heights: &Heights) -> f64 {
    let highest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    highest - heights.iter().copied().fold(f64::INFINITY, f64::min)
}

fn neighbours(heights: &Heights) -> impl Iterator<Item = f64> {
    let [nw, n, ne, w, _, e, sw, s, se] = *heights;
    [nw, n, ne, w, e, sw, s, se].into_iter()
}
