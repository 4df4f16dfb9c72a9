//! The sample types that can be resampled, and where real and complex ones part.

use std::ops::Range;

use super::value::differs;
use super::{Resampler, SourceRows, complex};
use crate::error::Result;
use crate::sample::{Complex, Real, Sample};

/// A sample type that levels can be computed of: all of them.
pub trait Reduce: Sample {
    /// As [`Resampler::reduce`], which has checked the buffers, for methods other than nearest.
    #[doc(hidden)]
    fn reduce(
        resampler: &Resampler,
        source: &SourceRows<'_, Self>,
        rows: Range<u32>,
        out: &mut [Self],
    ) -> Result<()>;

    /// As [`Resampler::reduce_valid`], likewise.
    #[doc(hidden)]
    fn reduce_valid(
        resampler: &Resampler,
        source: &SourceRows<'_, Self>,
        rows: Range<u32>,
        out: &mut [Self],
    ) -> Result<()>;

    /// True if a sample is not the nodata value, as GDAL's masks see it.
    #[doc(hidden)]
    fn differs(self, nodata: Self) -> bool;

    /// The sample, or the most that it may be.
    #[doc(hidden)]
    fn at_most(self, most: f64) -> Self;
}

macro_rules! reduce {
    ($method:path, $valid:path, $differs:expr, $at_most:expr; $($type:ty)*) => {
        $(impl Reduce for $type {
            fn reduce(
                resampler: &Resampler,
                source: &SourceRows<'_, Self>,
                rows: Range<u32>,
                out: &mut [Self],
            ) -> Result<()> {
                $method(resampler, source, rows, out)
            }

            fn reduce_valid(
                resampler: &Resampler,
                source: &SourceRows<'_, Self>,
                rows: Range<u32>,
                out: &mut [Self],
            ) -> Result<()> {
                $valid(resampler, source, rows, out)
            }

            fn differs(self, nodata: Self) -> bool {
                $differs(self, nodata)
            }

            fn at_most(self, most: f64) -> Self {
                $at_most(self, most)
            }
        })*
    };
}
reduce!(
    Resampler::reduce_real, Resampler::reduce_real_valid, differs, at_most;
    u8 i8 u16 i16 u32 i32 u64 i64 f32 f64
);
reduce!(
    complex::reduce, complex::reduce_valid, |sample: Self, nodata| !sample.is_nodata(nodata),
    |sample, _| sample;
    Complex<i16> Complex<i32> Complex<f32> Complex<f64>
);

fn at_most<T: Real>(sample: T, most: f64) -> T {
    let most = T::from_f64(most);
    if sample > most { most } else { sample }
}
