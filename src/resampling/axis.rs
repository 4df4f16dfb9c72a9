//! Axes: where the pixels of a result lie in their source.

use std::ops::Range;

use crate::error::{Result, Usage};

/// One axis of a resampling: a row of pixels laid over a row of source pixels.
///
/// Pixel `first + i` covers the source from `shift + (first + i) * ratio` to
/// `shift + (first + i + 1) * ratio`; kernels are cut at the ends of `source`. Numbers count from
/// wherever the caller likes, as long as it is the same place for all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Source pixels per pixel: more than 1 shrinks, less enlarges.
    pub ratio: f64,
    /// Where pixel 0 begins in the source. Gauss takes it for 0, as GDAL's does.
    pub shift: f64,
    /// The number of the first pixel.
    pub first: u32,
    /// How many pixels there are.
    pub count: u32,
    /// The source pixels at hand.
    pub source: Range<i64>,
}

impl Axis {
    /// The axis of a whole image that becomes an image of another size.
    pub fn whole(from: u32, to: u32) -> Self {
        Axis {
            ratio: f64::from(from) / f64::from(to),
            shift: 0.0,
            first: 0,
            count: to,
            source: 0..i64::from(from),
        }
    }

    /// Number of source pixels at hand.
    pub fn length(&self) -> u32 {
        u32::try_from(self.source.end.saturating_sub(self.source.start)).unwrap_or(0)
    }

    /// Checks that there are pixels on both sides and that the ratio is one.
    pub(super) fn checked(self) -> Result<Self> {
        let places = self.ratio.is_finite() && self.ratio > 0.0 && self.shift.is_finite();
        let counted = self.first.checked_add(self.count).is_some();
        match places && counted && self.count > 0 && self.length() > 0 {
            true => Ok(self),
            false => Err(Usage::Option(format!("no resampling along {self:?}")).into()),
        }
    }

    /// The numbers of the pixels.
    pub(super) fn pixels(&self) -> impl Iterator<Item = f64> {
        (self.first..self.first + self.count).map(f64::from)
    }

    /// A range of source pixels, cut to those at hand and counted from the first of them.
    pub(super) fn cut(&self, range: Range<i64>) -> Range<usize> {
        let place = |number: i64| {
            let number = number.clamp(self.source.start, self.source.end);
            usize::try_from(number - self.source.start).unwrap_or(0)
        };
        let (start, end) = (place(range.start), place(range.end));
        start..end.max(start)
    }

    /// As [`cut`](Self::cut), but at least one pixel.
    pub(super) fn cut_to_some(&self, range: Range<i64>) -> Range<usize> {
        let start = range.start.clamp(self.source.start, self.source.end - 1);
        self.cut(start..range.end.max(start + 1))
    }
}
