//! Neighbourhood kernels: a pixel of the result from the pixels around one, band by band.
//!
//! A [`Kernel`] knows how far it looks (its halo), what its result is of an input's type and
//! validity, and how to compute a block. It reads nothing and knows no tiles: whoever calls it gives
//! a block that reaches a halo beyond the pixels that are wanted, or to the raster's edge. A pixel is
//! computed in the same order of operations whatever block it lies in, so its bits do not depend on
//! how the raster is cut.
//!
//! # Validity
//! An invalid sample (nodata, masked, or NaN) and one beyond the raster's edge are both missing.
//!
//! | kernel | a missing neighbour | an invalid centre |
//! |---|---|---|
//! | [`Focal`] | is skipped; one valid sample is enough | invalid, unless [`fill`](Focal::fill) |
//! | [`Convolution`] | makes the result invalid; if [`normalised`](Convolution::normalised), it is skipped and the other weights count for more | invalid |
//! | terrain | makes the result invalid, as in gdaldem; with `compute_edges` a stand-in takes its place | invalid |
//!
//! # Types
//! | kernel | result |
//! |---|---|
//! | focal min, max | the input's type |
//! | focal mean, median, std; convolution | float32 of integers of 8 and 16 bits and of float32, else float64 |
//! | focal sum | float32 of integers of 8 bits and of float32, else float64 |
//! | slope, aspect, TRI, TPI, roughness | float32 |
//! | hillshade | uint8, 1 to 255 |
//!
//! Sums are made in double precision: those of integers of up to 32 bits are exact. A floating point
//! result is NaN where it is invalid, and NaN is its nodata value wherever it can be invalid; the
//! nodata value of a hillshade is 0; a minimum or maximum of integers keeps the nodata value or the
//! mask of its input.

mod convolution;
mod focal;
mod plane;
mod terrain;

pub use convolution::Convolution;
pub use focal::{Focal, Statistic};
pub use terrain::{
    Angle, Aspect, Edges, Gradient, Hillshade, Light, Roughness, Ruggedness, Slope, SlopeUnit, Tpi,
    Tri,
};

use crate::block::{Block, Validity};
use crate::error::{Expression, Result, Usage};
use crate::grid::{Size, Window};
use crate::limits::{index, to_u64};
use crate::sample::{DataType, Real, Sample, Samples, Scalar, with_real, with_real_type};
use plane::{Plane, Reach};
use terrain::Surface;

/// The longest side of a window in pixels.
pub const LONGEST_SIDE: u32 = 255;

/// An operation on the pixels around each pixel.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kernel {
    /// A statistic of a square window.
    Focal(Focal),
    /// A weighted sum of a window.
    Convolution(Convolution),
    /// How steep a surface is.
    Slope(Slope),
    /// Where a slope looks to.
    Aspect(Aspect),
    /// A surface in the light of a sun.
    Hillshade(Hillshade),
    /// The terrain ruggedness index.
    Tri(Tri),
    /// The topographic position index.
    Tpi(Tpi),
    /// The largest difference among a pixel and its eight neighbours.
    Roughness(Roughness),
}

/// What is known of a raster's samples before any is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// Their type.
    pub data_type: DataType,
    /// The value of invalid ones, unless there is a mask.
    pub nodata: Option<Scalar>,
    /// Whether a mask tells the invalid ones.
    pub mask: bool,
}

/// The pixels that a kernel computes, and what it needs for that.
#[derive(Clone, Copy, Debug)]
pub struct Area<'a> {
    /// The pixels with those around them: a halo on each side, less only where the raster ends.
    pub block: &'a Block,
    /// The pixels to compute, inside the block.
    pub inner: Window,
    /// Pixel size along x and y in ground units, signed as [`Affine::resolution`] gives it.
    ///
    /// [`Affine::resolution`]: crate::grid::Affine::resolution
    pub resolution: (f64, f64),
}

impl Kernel {
    /// The name of the operator.
    pub fn name(&self) -> &'static str {
        match self {
            Kernel::Focal(focal) => focal.name(),
            Kernel::Convolution(_) => "convolve",
            Kernel::Slope(_) => "slope",
            Kernel::Aspect(_) => "aspect",
            Kernel::Hillshade(_) => "hillshade",
            Kernel::Tri(_) => "tri",
            Kernel::Tpi(_) => "tpi",
            Kernel::Roughness(_) => "roughness",
        }
    }

    /// How far the kernel looks: columns to either side, rows up and down.
    pub fn halo(&self) -> (u32, u32) {
        match self {
            Kernel::Focal(focal) => (focal.side() / 2, focal.side() / 2),
            Kernel::Convolution(convolution) => convolution.halo(),
            _ => (1, 1),
        }
    }

    /// What the result's samples are.
    ///
    /// # Errors
    /// [`Expression::Kind`] for complex samples; [`Usage::Option`] for a parameter that is no number
    /// or out of its range.
    pub fn result(&self, input: Facts) -> Result<Facts> {
        if input.data_type.is_complex() {
            return Err(Expression::Kind {
                operator: self.name(),
                expected: "real numbers",
            }
            .into());
        }
        self.check()?;
        let data_type = self.data_type(input.data_type);
        let fallible = input.nodata.is_some() || input.mask || input.data_type.is_float();
        Ok(match self {
            Kernel::Hillshade(_) => Facts {
                data_type,
                nodata: Some(Scalar::Int(0)),
                mask: false,
            },
            Kernel::Focal(_) if !data_type.is_float() => input,
            _ => Facts {
                data_type,
                nodata: (fallible || !matches!(self, Kernel::Focal(_)))
                    .then_some(Scalar::Float(f64::NAN)),
                mask: false,
            },
        })
    }

    /// Bytes that computing a block of `size`, its halo included, holds beside it and the result.
    pub fn scratch_bytes(&self, size: Size) -> u64 {
        let sample = match self {
            Kernel::Focal(focal) if focal.is_extreme() => size_of::<Option<f64>>(),
            _ => size_of::<f64>(),
        };
        let (columns, rows) = self.halo();
        let width = u64::from(size.width) + 2 * u64::from(columns);
        let height = u64::from(size.height) + 2 * u64::from(rows);
        width
            .saturating_mul(height + 8)
            .saturating_mul(to_u64(sample))
    }

    /// Computes the pixels of an area: a block of the inner window's size, of the same bands.
    ///
    /// # Errors
    /// [`Usage::Window`] if the inner window leaves the block; as [`result`](Self::result).
    pub fn apply(&self, area: &Area<'_>) -> Result<Block> {
        area.inner.within(area.block.size())?;
        let block = area.block;
        let facts = self.result(Facts {
            data_type: block.data_type(),
            nodata: block.nodata(),
            mask: matches!(block.validity(), Validity::Mask(_)),
        })?;
        if let Kernel::Focal(focal) = self
            && focal.is_extreme()
        {
            return focal.extremes(area, facts);
        }
        let samples = with_real_type!(
            facts.data_type,
            T => T::into_samples(self.samples(area, facts.nodata.and_then(T::from_scalar))),
            else => Samples::U8(Vec::new())
        );
        let validity = facts.nodata.map_or(Validity::All, Validity::Nodata);
        Block::new(block.bands(), area.inner.size(), samples, validity)
    }

    /// The result's samples, those that are invalid as `nodata`.
    fn samples<T: Real>(&self, area: &Area<'_>, nodata: Option<T>) -> Vec<T> {
        let rows = self.rows(area.resolution);
        let invalid = nodata.unwrap_or_default();
        let number = |&value: &f64| match value.is_nan() {
            true => invalid,
            false => T::from_f64(value),
        };
        let mut row = vec![0.0; index(area.inner.width)];
        let mut samples = Vec::with_capacity(area.block.bands() * pixels(area.inner));
        for band in 0..area.block.bands() {
            let plane = self.plane(area, band);
            for line in 0..index(area.inner.height) {
                rows.fill(&plane, line, &mut row);
                samples.extend(row.iter().map(number));
            }
        }
        samples
    }

    /// A band of the area with its halo; NaN where a sample is missing.
    fn plane(&self, area: &Area<'_>, band: usize) -> Plane<f64> {
        let reach = Reach::new(area, self.halo());
        with_real!(
            area.block.samples(),
            values => Plane::numbers(values, area.block.validity(), band, reach),
            else => Plane::filled(f64::NAN, reach)
        )
    }

    fn rows(&self, resolution: (f64, f64)) -> Rows<'_> {
        match self {
            Kernel::Focal(focal) => Rows::Focal(focal),
            Kernel::Convolution(convolution) => Rows::Convolution(convolution),
            Kernel::Slope(slope) => Rows::Terrain(slope.surface(resolution)),
            Kernel::Aspect(aspect) => Rows::Terrain(aspect.surface()),
            Kernel::Hillshade(hillshade) => Rows::Terrain(hillshade.surface(resolution)),
            Kernel::Tri(tri) => Rows::Terrain(tri.surface()),
            Kernel::Tpi(tpi) => Rows::Terrain(tpi.surface()),
            Kernel::Roughness(roughness) => Rows::Terrain(roughness.surface()),
        }
    }

    fn data_type(&self, input: DataType) -> DataType {
        let small = input.bytes() <= 2 || input == DataType::F32;
        match self {
            Kernel::Focal(focal) => focal.data_type(input),
            Kernel::Convolution(_) if small => DataType::F32,
            Kernel::Convolution(_) => DataType::F64,
            Kernel::Hillshade(_) => DataType::U8,
            _ => DataType::F32,
        }
    }

    fn check(&self) -> Result<()> {
        let (name, wrong) = match self {
            Kernel::Slope(slope) => ("slope", slope.wrong()),
            Kernel::Hillshade(hillshade) => ("hillshade", hillshade.wrong()),
            _ => return Ok(()),
        };
        match wrong {
            Some(what) => Err(Usage::Option(format!("{name}: {what}")).into()),
            None => Ok(()),
        }
    }
}

/// What computes one row of the inner window; NaN where the result is invalid.
enum Rows<'a> {
    Focal(&'a Focal),
    Convolution(&'a Convolution),
    Terrain(Surface),
}

impl Rows<'_> {
    fn fill(&self, plane: &Plane<f64>, row: usize, out: &mut [f64]) {
        match self {
            Rows::Focal(focal) => focal.fill_row(plane, row, out),
            Rows::Convolution(convolution) => convolution.fill_row(plane, row, out),
            Rows::Terrain(surface) => surface.fill_row(plane, row, out),
        }
    }
}

/// Pixels of a window in memory.
fn pixels(window: Window) -> usize {
    index(window.width) * index(window.height)
}
