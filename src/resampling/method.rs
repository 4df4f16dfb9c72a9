//! The resampling methods and their names.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, Unsupported, Usage};
use crate::sample::DataType;

/// How pixels are computed from those of another resolution.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Resampling {
    /// Mean over the pixel's area, invalid pixels left out.
    Average,
    /// Triangle of radius 1.
    Bilinear,
    /// Catmull-Rom cubic convolution, radius 2.
    Cubic,
    /// Cubic B-spline, radius 2.
    CubicSpline,
    /// Binomial kernel of 3 x 3 pixels, half a pixel off centre as GDAL has it.
    Gauss,
    /// Windowed sinc, radius 3.
    Lanczos,
    /// The most frequent value; of equals, the one that gets there first in row order.
    Mode,
    /// One of the source pixels, as it is.
    #[default]
    Nearest,
    /// Root of the mean of squares over the pixel's area.
    Rms,
}

impl Resampling {
    /// All methods.
    pub const ALL: [Resampling; 9] = [
        Resampling::Average,
        Resampling::Bilinear,
        Resampling::Cubic,
        Resampling::CubicSpline,
        Resampling::Gauss,
        Resampling::Lanczos,
        Resampling::Mode,
        Resampling::Nearest,
        Resampling::Rms,
    ];

    /// Checks that a method has a meaning for samples of a type: nearest, average, root mean square
    /// and mode have one for complex samples, as in GDAL.
    ///
    /// # Errors
    /// [`Unsupported::Resampling`] if it has none.
    pub fn check(self, data_type: DataType) -> Result<()> {
        let any = [
            Resampling::Average,
            Resampling::Mode,
            Resampling::Nearest,
            Resampling::Rms,
        ];
        if any.contains(&self) || !data_type.is_complex() {
            return Ok(());
        }
        let (method, dtype) = (self.name(), data_type.name());
        Err(Unsupported::Resampling { method, dtype }.into())
    }

    /// GDAL's name in lower case: `cubicspline`.
    pub fn name(self) -> &'static str {
        match self {
            Resampling::Average => "average",
            Resampling::Bilinear => "bilinear",
            Resampling::Cubic => "cubic",
            Resampling::CubicSpline => "cubicspline",
            Resampling::Gauss => "gauss",
            Resampling::Lanczos => "lanczos",
            Resampling::Mode => "mode",
            Resampling::Nearest => "nearest",
            Resampling::Rms => "rms",
        }
    }

    /// How far the kernel reaches beyond the pixel's own source, in pixels of the result, or of the
    /// source where that is larger: 0 for the methods that take only the source under the pixel.
    pub fn radius(self) -> u32 {
        match self {
            Resampling::Average | Resampling::Mode | Resampling::Nearest | Resampling::Rms => 0,
            Resampling::Bilinear | Resampling::Gauss => 1,
            Resampling::Cubic | Resampling::CubicSpline => 2,
            Resampling::Lanczos => 3,
        }
    }

    /// True for the methods that add up kernel weights along columns, then along rows.
    pub fn is_convolution(self) -> bool {
        matches!(
            self,
            Resampling::Bilinear
                | Resampling::Cubic
                | Resampling::CubicSpline
                | Resampling::Lanczos
        )
    }
}

impl fmt::Display for Resampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a GDAL name in any case.
impl FromStr for Resampling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Resampling::ALL
            .into_iter()
            .find(|method| method.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| Usage::Option(format!("unknown resampling method {name:?}")).into())
    }
}
