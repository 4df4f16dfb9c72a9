//! Blocks as arrays of [ndarray](https://docs.rs/ndarray): axes are bands, rows, columns, as numpy
//! has them from rasterio.
//!
//! Views and owned arrays share the block's memory; nothing is copied but where it is said.
//!
//! ```
//! use ndarray::{Array3, s};
//! use cogwork::{Block, Cog, block::Validity, read::request::ReadRequest};
//!
//! let visual = Cog::open("testdata/scene/visual.tif")?;
//! let block = visual.overview(0)?.read()?;
//! let pixels = block.as_array::<u8>().expect("the file is uint8"); // a view
//! assert_eq!(pixels.dim(), (3, 391, 387)); // bands, rows, columns
//! let green = pixels.slice(s![1, .., ..]);
//! assert_eq!(green.shape(), [391, 387]);
//!
//! let mut array = Array3::<u8>::zeros((3, 391, 387));
//! visual.overview(0)?.read_into_array(&ReadRequest::new(), array.view_mut())?;
//! assert_eq!(array.view(), pixels);
//! let same = Block::from_array(array, Validity::All)?; // takes the memory over
//! # assert_eq!(same.samples(), block.samples());
//! # Ok::<(), cogwork::Error>(())
//! ```

use ::ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3};

use crate::block::{Block, Validity};
use crate::error::{Result, Usage};
use crate::grid::Size;
use crate::read::level::Level;
use crate::read::request::{Placement, ReadRequest};
use crate::resampling::Reduce;
use crate::sample::Sample;

impl Block {
    /// The samples as a view of (bands, rows, columns), if `T` is their type. No copy is made.
    pub fn as_array<T: Sample>(&self) -> Option<ArrayView3<'_, T>> {
        ArrayView3::from_shape(self.shape(), self.as_slice()?).ok()
    }

    /// As [`as_array`](Self::as_array), to be changed in place.
    pub fn as_array_mut<T: Sample>(&mut self) -> Option<ArrayViewMut3<'_, T>> {
        let shape = self.shape();
        ArrayViewMut3::from_shape(shape, T::slice_mut(self.samples_mut())?).ok()
    }

    /// The samples as an array of (bands, rows, columns) that owns them, if `T` is their type. No
    /// copy is made. The [`validity`](Self::validity) is gone; take it before.
    pub fn into_array<T: Sample>(self) -> Option<Array3<T>> {
        let shape = self.shape();
        Array3::from_shape_vec(shape, T::from_samples(self.into_samples())?).ok()
    }

    /// A block of the samples of an array of (bands, rows, columns). An array in standard layout
    /// that fills its memory gives that to the block; of any other (transposed, sliced) the samples
    /// are copied.
    ///
    /// # Errors
    /// [`Usage::Option`] for more rows or columns than a raster has; [`Usage::BufferLength`] for a
    /// mask of another number of pixels.
    pub fn from_array<T: Sample>(array: Array3<T>, validity: Validity) -> Result<Self> {
        let (bands, rows, columns) = array.dim();
        let side = |pixels: usize| {
            u32::try_from(pixels)
                .map_err(|_| Usage::Option(format!("an array of {rows} rows, {columns} columns")))
        };
        let size = Size::new(side(columns)?, side(rows)?);
        Block::new(bands, size, T::into_samples(standard(array)), validity)
    }

    /// The mask as a view of (rows, columns), not 0 where a pixel is valid, if
    /// [`validity`](Self::validity) is given by one. No copy is made.
    pub fn mask_array(&self) -> Option<ArrayView2<'_, u8>> {
        let (_, rows, columns) = self.shape();
        match self.validity() {
            Validity::Mask(mask) => ArrayView2::from_shape((rows, columns), mask).ok(),
            _ => None,
        }
    }

    /// [`valid_pixels`](Self::valid_pixels) as an array of (rows, columns): 1 valid, 0 not, whatever
    /// tells them.
    pub fn valid_array(&self) -> Array2<u8> {
        let (_, rows, columns) = self.shape();
        let valid = Array2::from_shape_vec((rows, columns), self.valid_pixels());
        valid.expect("valid_pixels gives a byte per pixel")
    }
}

impl Level {
    /// As [`read_into`](Self::read_into), into an array of the caller's: (bands, rows, columns), of
    /// the shape that [`request_shape`](Self::request_shape) says.
    ///
    /// # Errors
    /// Those of [`read_into`](Self::read_into); [`Usage::Option`] for an array of another shape, or
    /// one that does not lie in memory row by row without gaps.
    pub fn read_into_array<T: Reduce>(
        &self,
        request: &ReadRequest,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<(Validity, Placement)> {
        let (found, expected) = (out.dim(), self.request_shape(request)?);
        if found != expected {
            let text = format!("an array of {found:?}, expected {expected:?}");
            return Err(self.place(Usage::Option(text).into()));
        }
        let Some(samples) = out.as_slice_mut() else {
            let text = "an array that is not contiguous in standard layout".to_owned();
            return Err(self.place(Usage::Option(text).into()));
        };
        self.read_into(request, samples)
    }
}

/// An array's samples in standard layout: its own memory if they are that and fill it.
fn standard<T: Sample>(array: Array3<T>) -> Vec<T> {
    if !array.is_standard_layout() {
        return array.iter().copied().collect();
    }
    let length = array.len();
    let (mut samples, offset) = array.into_raw_vec_and_offset();
    samples.truncate(offset.unwrap_or(0) + length);
    samples.drain(..offset.unwrap_or(0));
    samples
}
