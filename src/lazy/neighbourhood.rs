//! Neighbourhood kernels as operators of lazy rasters.

use super::Lazy;
use super::stage::{Form, Operation, Stage};
use crate::block::Block;
use crate::error::Result;
use crate::grid::{Affine, Size, Window};
use crate::neighbourhood::{
    Area, Aspect, Convolution, Facts, Focal, Hillshade, Kernel, Roughness, Slope, Statistic, Tpi,
    Tri,
};

/// A kernel on the pixels of a grid.
#[derive(Debug)]
pub(crate) struct Neighbourhood {
    kernel: Kernel,
    /// Pixel size along x and y in ground units.
    resolution: (f64, f64),
}

impl Lazy {
    /// What a kernel makes of the pixels around each pixel; types, nodata and edges are those of
    /// [`neighbourhood`](crate::neighbourhood). A mask is numbers here, uint8 of 0 and 1. Pixels are
    /// of the raster's resolution, or 1 x 1 where it has no transform.
    ///
    /// # Errors
    /// [`Expression`](crate::error::Expression) for complex samples, [`Usage`](crate::error::Usage)
    /// for parameters that make no sense; as [`check`](Self::check).
    pub fn neighbourhood(&self, kernel: Kernel) -> Result<Lazy> {
        let source = self.settle()?;
        let masked = source.valid.is_some();
        let facts = kernel.result(Facts {
            data_type: source.bound.data_type(),
            nodata: source.nodata.filter(|_| !masked),
            mask: masked,
        })?;
        let form = Form {
            data_type: facts.data_type,
            nodata: match facts.mask {
                true => source.nodata,
                false => facts.nodata,
            },
            masked: facts.mask,
            ..Form::of(&source)
        };
        let affine = source.georeference.transform.unwrap_or(Affine::IDENTITY);
        let operation = Operation::Neighbourhood(Neighbourhood {
            kernel,
            resolution: affine.resolution(),
        });
        Ok(self.of_stage(Stage::new(source, operation, form)?))
    }

    /// The mean of a square of `side` x `side` pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn focal_mean(&self, side: u32) -> Result<Lazy> {
        self.focal(Statistic::Mean, side)
    }

    /// The median of a square of `side` x `side` pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn focal_median(&self, side: u32) -> Result<Lazy> {
        self.focal(Statistic::Median, side)
    }

    /// The least sample of a square of `side` x `side` pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn focal_min(&self, side: u32) -> Result<Lazy> {
        self.focal(Statistic::Min, side)
    }

    /// The largest sample of a square of `side` x `side` pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn focal_max(&self, side: u32) -> Result<Lazy> {
        self.focal(Statistic::Max, side)
    }

    /// The sum of a square of `side` x `side` pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn focal_sum(&self, side: u32) -> Result<Lazy> {
        self.focal(Statistic::Sum, side)
    }

    /// The population standard deviation of a square of `side` x `side` pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn focal_std(&self, side: u32) -> Result<Lazy> {
        self.focal(Statistic::Std, side)
    }

    /// The weighted sum of the pixels around each pixel.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn convolve(&self, convolution: Convolution) -> Result<Lazy> {
        self.neighbourhood(Kernel::Convolution(convolution))
    }

    /// How steep a surface of heights is.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn slope(&self, slope: Slope) -> Result<Lazy> {
        self.neighbourhood(Kernel::Slope(slope))
    }

    /// Where the slope of a surface of heights looks to.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn aspect(&self, aspect: Aspect) -> Result<Lazy> {
        self.neighbourhood(Kernel::Aspect(aspect))
    }

    /// A surface of heights in the light of a sun.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn hillshade(&self, hillshade: Hillshade) -> Result<Lazy> {
        self.neighbourhood(Kernel::Hillshade(hillshade))
    }

    /// The terrain ruggedness index of a surface of heights.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn tri(&self, tri: Tri) -> Result<Lazy> {
        self.neighbourhood(Kernel::Tri(tri))
    }

    /// The topographic position index of a surface of heights.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn tpi(&self, tpi: Tpi) -> Result<Lazy> {
        self.neighbourhood(Kernel::Tpi(tpi))
    }

    /// The largest difference between a pixel and its neighbours.
    ///
    /// # Errors
    /// As [`neighbourhood`](Self::neighbourhood).
    pub fn roughness(&self, roughness: Roughness) -> Result<Lazy> {
        self.neighbourhood(Kernel::Roughness(roughness))
    }

    fn focal(&self, statistic: Statistic, side: u32) -> Result<Lazy> {
        self.neighbourhood(Kernel::Focal(Focal::new(statistic, side)?))
    }
}

impl Neighbourhood {
    /// Columns and rows on each side of a window that are needed, too.
    pub(crate) fn halo(&self) -> (u32, u32) {
        self.kernel.halo()
    }

    /// The operator's name.
    pub(crate) fn name(&self) -> &'static str {
        self.kernel.name()
    }

    /// Bytes that a block of a size takes while it is computed.
    pub(crate) fn scratch_bytes(&self, size: Size) -> u64 {
        self.kernel.scratch_bytes(size)
    }

    /// Computes a window from the block around it as far as the raster reaches.
    pub(crate) fn block(&self, window: Window, around: Window, block: &Block) -> Result<Block> {
        self.kernel.apply(&Area {
            block,
            inner: Window {
                column: window.column - around.column,
                row: window.row - around.row,
                ..window
            },
            resolution: self.resolution,
        })
    }
}
