//! A block: decoded samples in memory with their validity.

use std::ops::Range;

use crate::error::{Result, Usage};
use crate::grid::{Size, Window};
use crate::limits::{Limits, index, product, to_usize};
use crate::sample::{DataType, Sample, Samples, Scalar, with_samples};

/// Samples in memory, band-sequential: shape (bands, rows, columns), the last axis contiguous. The
/// sample of a band, row and column, all counted from 0, is at `(band * rows + row) * columns +
/// column`. Samples that are not valid are nodata where there is such a value, else they mean nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    bands: usize,
    size: Size,
    samples: Samples,
    validity: Validity,
}

/// Which pixels of a block mean something.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Validity {
    /// All of them.
    All,
    /// Those that differ from this value, band by band; NaN equals NaN.
    Nodata(Scalar),
    /// Those where this mask of one byte per pixel (rows, columns), shared by all bands, is not 0.
    Mask(Vec<u8>),
}

impl Block {
    /// A block of `bands` planes of `size` pixels from band-sequential samples.
    ///
    /// # Errors
    /// [`Usage::BufferLength`] if the number of samples, or of a mask's bytes, is not that of the
    /// shape.
    pub fn new(bands: usize, size: Size, samples: Samples, validity: Validity) -> Result<Self> {
        let pixels = to_usize(size.area())?;
        let expected = bands.saturating_mul(pixels);
        if samples.len() != expected {
            return Err(Usage::BufferLength {
                found: samples.len(),
                expected,
            }
            .into());
        }
        if let Validity::Mask(mask) = &validity
            && mask.len() != pixels
        {
            return Err(Usage::BufferLength {
                found: mask.len(),
                expected: pixels,
            }
            .into());
        }
        Ok(Block {
            bands,
            size,
            samples,
            validity,
        })
    }

    /// A block of zeros, after checking `limits.block_bytes`.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit), or out of memory.
    pub fn zeroed(
        bands: usize,
        size: Size,
        data_type: DataType,
        validity: Validity,
        limits: &Limits,
    ) -> Result<Self> {
        let samples = product(&[crate::limits::to_u64(bands), size.area()])?;
        let bytes = product(&[samples, crate::limits::to_u64(data_type.bytes())])?;
        Limits::check("block_bytes", bytes, limits.block_bytes)?;
        let samples = Samples::zeroed(data_type, to_usize(samples)?)?;
        Ok(Block {
            bands,
            size,
            samples,
            validity,
        })
    }

    /// The same samples with another rule of validity.
    ///
    /// # Errors
    /// [`Usage::BufferLength`] if a mask's length is not the number of pixels.
    pub fn with_validity(self, validity: Validity) -> Result<Self> {
        Block::new(self.bands, self.size, self.samples, validity)
    }

    /// Bands, rows, columns.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.bands, index(self.size.height), index(self.size.width))
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// The type of the samples.
    pub fn data_type(&self) -> DataType {
        self.samples.data_type()
    }

    /// The samples, band-sequential.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The samples, band-sequential, to be changed in place.
    pub fn samples_mut(&mut self) -> &mut Samples {
        &mut self.samples
    }

    /// The samples by value.
    pub fn into_samples(self) -> Samples {
        self.samples
    }

    /// The samples as a slice, if `T` is their type.
    pub fn as_slice<T: Sample>(&self) -> Option<&[T]> {
        T::slice(&self.samples)
    }

    /// Which pixels are valid, as a rule.
    pub fn validity(&self) -> &Validity {
        &self.validity
    }

    /// The mask, a byte per pixel, if validity is given by one, to be changed in place.
    pub(crate) fn mask_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.validity {
            Validity::Mask(mask) => Some(mask),
            _ => None,
        }
    }

    /// Copies a block of the same type and kind of validity to its place in this one: its bands from
    /// `first` on, counted from 0.
    pub(crate) fn paste(&mut self, first: usize, window: Window, part: &Block) {
        let (_, rows, columns) = self.shape();
        let (left, top) = (index(window.column), index(window.row));
        let (width, height) = (index(window.width), index(window.height));
        let place = |line: usize| {
            let (band, row) = (line / height.max(1), line % height.max(1));
            (band * rows + top + row) * columns + left
        };
        let start = first * rows * columns;
        with_samples!(self.samples_mut(), values => {
            let Some(part) = typed(part, values) else { return };
            for (line, segment) in part.chunks_exact(width.max(1)).enumerate() {
                values[start + place(line)..][..width].copy_from_slice(segment);
            }
        });
        if let (Some(whole), Validity::Mask(mask)) = (self.mask_mut(), part.validity()) {
            for (line, segment) in mask.chunks_exact(width.max(1)).enumerate() {
                whole[place(line)..][..width].copy_from_slice(segment);
            }
        }
    }

    /// Some of its rows, from one row to before another.
    pub(crate) fn rows(&self, rows: Range<u32>) -> Result<Block> {
        fn cut<T: Sample>(values: &[T], plane: usize, rows: &Range<usize>) -> Samples {
            let planes = values.chunks_exact(plane.max(1));
            T::into_samples(
                planes
                    .flat_map(|plane| &plane[rows.clone()])
                    .copied()
                    .collect(),
            )
        }
        let width = index(self.size.width);
        let pixels = index(rows.start) * width..index(rows.end) * width;
        let plane = width * index(self.size.height);
        let samples = with_samples!(&self.samples, values => cut(values, plane, &pixels));
        let validity = match &self.validity {
            Validity::Mask(mask) => Validity::Mask(mask[pixels].to_vec()),
            other => other.clone(),
        };
        let size = Size::new(self.size.width, rows.end - rows.start);
        Block::new(self.bands, size, samples, validity)
    }

    /// The nodata value, if validity is given by one.
    pub fn nodata(&self) -> Option<Scalar> {
        match self.validity {
            Validity::Nodata(nodata) => Some(nodata),
            _ => None,
        }
    }

    /// One byte per pixel (rows, columns): 1 valid, 0 not. As GDAL's dataset mask, a pixel is
    /// invalid by nodata only if it is nodata in all bands.
    pub fn valid_pixels(&self) -> Vec<u8> {
        fn any_valid<T: Sample>(values: &[T], pixels: usize, nodata: Option<T>) -> Vec<u8> {
            let Some(nodata) = nodata else {
                return vec![1; pixels];
            };
            let mut valid = vec![0; pixels];
            for band in values.chunks_exact(pixels.max(1)) {
                for (valid, value) in valid.iter_mut().zip(band) {
                    *valid |= u8::from(!value.is_nodata(nodata));
                }
            }
            valid
        }
        let pixels = index(self.size.width) * index(self.size.height);
        match &self.validity {
            Validity::All => vec![1; pixels],
            Validity::Mask(mask) => mask.iter().map(|&byte| u8::from(byte != 0)).collect(),
            Validity::Nodata(nodata) => with_samples!(&self.samples, values => {
                any_valid(values, pixels, Sample::from_scalar(*nodata))
            }),
        }
    }
}

/// A block's samples, if they are of the same type as `like`.
fn typed<'a, T: Sample>(block: &'a Block, _like: &[T]) -> Option<&'a [T]> {
    block.as_slice::<T>()
}
