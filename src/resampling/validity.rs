//! Ways to tell which samples count.

use super::value::differs;
use crate::sample::Real;

/// Which samples count.
pub(super) trait Validity<T> {
    /// True if all do, known without looking.
    const ALL: bool = false;

    /// The weight of a sample at a place among the samples: 0 to 255.
    fn weight(&self, place: usize, sample: T) -> u8;
}

/// All of them.
pub(super) struct Always;

impl<T> Validity<T> for Always {
    const ALL: bool = true;

    #[inline(always)]
    fn weight(&self, _: usize, _: T) -> u8 {
        255
    }
}

/// Those that are not nodata.
pub(super) struct Differs<T>(pub(super) T);

impl<T: Real> Validity<T> for Differs<T> {
    #[inline(always)]
    fn weight(&self, _: usize, sample: T) -> u8 {
        if differs(sample, self.0) { 255 } else { 0 }
    }
}

/// Those that a mask says.
pub(super) struct MaskBytes<'a>(pub(super) &'a [u8]);

impl<T> Validity<T> for MaskBytes<'_> {
    #[inline(always)]
    fn weight(&self, place: usize, _: T) -> u8 {
        self.0[place]
    }
}
