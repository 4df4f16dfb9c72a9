//! A band with its halo: what every kernel looks at.

use super::Area;
use crate::block::Validity;
use crate::grid::{Size, Window};
use crate::limits::index;
use crate::sample::{Real, Sample};

/// The pixels of a band that a kernel looks at: those wanted and a full halo around them, with a
/// stand-in for what is missing.
pub(super) struct Plane<V> {
    values: Vec<V>,
    pub(super) reach: Reach,
}

/// Which pixels of a block a plane holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// The block's size.
    pub(super) size: Size,
    /// The pixels that are wanted, inside the block.
    pub(super) inner: Window,
    /// Columns to either side.
    pub(super) columns: usize,
    /// Rows above and below.
    pub(super) rows: usize,
}

impl Reach {
    pub(super) fn new(area: &Area<'_>, (columns, rows): (u32, u32)) -> Self {
        Reach {
            size: area.block.size(),
            inner: area.inner,
            columns: index(columns),
            rows: index(rows),
        }
    }

    /// Pixels of a row of the plane.
    pub(super) fn width(self) -> usize {
        index(self.inner.width) + 2 * self.columns
    }

    /// Rows of the plane.
    pub(super) fn height(self) -> usize {
        index(self.inner.height) + 2 * self.rows
    }

    /// The block's rows that lie in the plane, each as its first pixel in the block, its first in the
    /// plane, and its length.
    fn runs(self) -> impl Iterator<Item = (usize, usize, usize)> {
        let (left, top) = (index(self.inner.column), index(self.inner.row));
        let (width, height) = (index(self.size.width), index(self.size.height));
        let columns = left.saturating_sub(self.columns)
            ..(left + index(self.inner.width) + self.columns).min(width);
        let rows =
            top.saturating_sub(self.rows)..(top + index(self.inner.height) + self.rows).min(height);
        let place = move |row: usize| {
            let (down, across) = (row + self.rows - top, columns.start + self.columns - left);
            let length = columns.end - columns.start;
            (
                row * width + columns.start,
                down * self.width() + across,
                length,
            )
        };
        rows.map(place)
    }
}

impl<V: Copy> Plane<V> {
    pub(super) fn filled(missing: V, reach: Reach) -> Self {
        Plane {
            values: vec![missing; reach.width() * reach.height()],
            reach,
        }
    }

    /// A band of a block, each sample as `make` gives it of the sample and whether it is valid.
    fn of<T: Real>(
        values: &[T],
        validity: &Validity,
        band: usize,
        missing: V,
        reach: Reach,
        make: impl Fn(T, bool) -> V,
    ) -> Self {
        let area = index(reach.size.width) * index(reach.size.height);
        let band = &values[band * area..][..area];
        let mut plane = Plane::filled(missing, reach);
        let nodata: Option<T> = match validity {
            Validity::Nodata(nodata) => Sample::from_scalar(*nodata),
            _ => None,
        };
        for (from, to, length) in reach.runs() {
            let source = &band[from..from + length];
            let target = plane.values[to..to + length].iter_mut();
            match validity {
                Validity::Mask(mask) => {
                    let both = source.iter().zip(&mask[from..from + length]);
                    target
                        .zip(both)
                        .for_each(|(to, (&value, &mask))| *to = make(value, mask != 0));
                }
                _ => target.zip(source).for_each(|(to, &value)| {
                    *to = make(value, !nodata.is_some_and(|nodata| value.is_nodata(nodata)));
                }),
            }
        }
        plane
    }

    /// A row of the plane, counted from the first of the halo.
    pub(super) fn row(&self, row: usize) -> &[V] {
        let width = self.reach.width();
        &self.values[row * width..][..width]
    }
}

impl Plane<f64> {
    /// Numbers; NaN where a sample is missing.
    pub(super) fn numbers<T: Real>(
        values: &[T],
        validity: &Validity,
        band: usize,
        reach: Reach,
    ) -> Self {
        let number = |value: T, valid| if valid { value.to_f64() } else { f64::NAN };
        Plane::of(values, validity, band, f64::NAN, reach, number)
    }
}

impl<T: Real> Plane<Option<T>> {
    /// Samples as they are; `None` where one is missing.
    pub(super) fn samples(values: &[T], validity: &Validity, band: usize, reach: Reach) -> Self {
        let sample = |value: T, valid: bool| Some(value).filter(|value| valid && !value.is_nan());
        Plane::of(values, validity, band, None, reach, sample)
    }
}
