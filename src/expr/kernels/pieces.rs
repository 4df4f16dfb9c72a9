//! Two operands, converted to one type piece by piece, so that the conversion stays in the cache.

use std::ops::Range;

use super::work::Work;
use crate::expr::types::Side;
use crate::sample::{Sample, Samples, Scalar, with_samples};

/// One operand: what it is, and its samples unless it is a scalar. One band stands for many.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct Source<'a> {
    pub side: Side,
    pub samples: Option<&'a Samples>,
}

/// Samples that are converted at a time: a few pages of each operand.
pub(super) const PIECE: usize = 2048;

/// One piece of both operands.
pub(super) struct Piece<'a, W> {
    pub range: Range<usize>,
    pub left: &'a [W],
    pub right: &'a [W],
    /// Not 0 where either operand is invalid; empty if neither has nodata.
    pub invalid: &'a [u8],
}

/// Calls `each` with the pieces of both operands in order, up to `length` samples.
pub(super) fn pieces<W: Work>(
    left: Source,
    right: Source,
    length: usize,
    mut each: impl FnMut(Piece<W>),
) {
    let plane = length.min(left.length()).min(right.length()).max(1);
    let size = PIECE.min(plane);
    let (mut a, mut b) = (left.buffer::<W>(size), right.buffer::<W>(size));
    let checked = left.nodata().is_some() || right.nodata().is_some();
    let mut invalid = vec![0; if checked { size } else { 0 }];
    for start in (0..length).step_by(plane) {
        let end = start + plane.min(length - start);
        for start in (start..end).step_by(size) {
            let count = size.min(end - start);
            left.fill(start, &mut a[..count]);
            right.fill(start, &mut b[..count]);
            let invalid = if checked {
                &mut invalid[..count]
            } else {
                &mut []
            };
            invalid.fill(0);
            left.flag(start, invalid);
            right.flag(start, invalid);
            each(Piece {
                range: start..start + count,
                left: &a[..count],
                right: &b[..count],
                invalid,
            });
        }
    }
}

/// Calls `each` with the pieces of one operand in order, up to `length` samples: where they are, the
/// samples, and flags as in [`Piece`].
pub(super) fn single<W: Work>(
    source: Source,
    length: usize,
    mut each: impl FnMut(Range<usize>, &[W], &[u8]),
) {
    let size = PIECE.min(length);
    let mut values = source.buffer::<W>(size);
    let mut invalid = vec![0; if source.nodata().is_some() { size } else { 0 }];
    for start in (0..length).step_by(size.max(1)) {
        let count = size.min(length - start);
        source.fill(start, &mut values[..count]);
        let flags = count.min(invalid.len());
        invalid[..flags].fill(0);
        source.flag(start, &mut invalid[..flags]);
        each(start..start + count, &values[..count], &invalid[..flags]);
    }
}

impl Source<'_> {
    fn length(&self) -> usize {
        self.samples.map_or(usize::MAX, Samples::len)
    }

    fn nodata(&self) -> Option<Scalar> {
        match self.side {
            Side::Numbers(numbers) => numbers.nodata,
            Side::Scalar(_) => None,
        }
    }

    /// Room for a piece; a scalar's is filled once and for all.
    fn buffer<W: Work>(&self, size: usize) -> Vec<W> {
        match self.side {
            Side::Numbers(_) => vec![W::default(); size],
            Side::Scalar(scalar) => vec![W::of(scalar); size],
        }
    }

    fn fill<W: Work>(&self, start: usize, out: &mut [W]) {
        if let Some(samples) = self.samples {
            W::fill(samples, self.range(start, out.len()), out);
        }
    }

    fn flag(&self, start: usize, invalid: &mut [u8]) {
        if let (Some(samples), Some(nodata)) = (self.samples, self.nodata()) {
            let range = self.range(start, invalid.len());
            with_samples!(samples, values => flag(&values[range], nodata, invalid));
        }
    }

    fn range(&self, start: usize, count: usize) -> Range<usize> {
        let start = start % self.length().max(1);
        start..start + count
    }
}

pub(super) fn flag<T: Sample>(values: &[T], nodata: Scalar, invalid: &mut [u8]) {
    let Some(nodata) = T::from_scalar(nodata) else {
        return;
    };
    for (invalid, value) in invalid.iter_mut().zip(values) {
        *invalid |= u8::from(value.is_nodata(nodata));
    }
}
