//! Gauss: small binomial kernels, in double precision.

use std::ops::Range;

use super::value::from_double;
use super::{Axis, Job, Validity, truncated};
use crate::limits::index;
use crate::sample::Real;

/// The source pixels of each pixel along one axis.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    windows: Vec<Window>,
    weights: &'static [f64],
}

/// The source pixels of a pixel, and the weight that the first of them has.
#[derive(Clone, Debug)]
struct Window {
    source: Range<usize>,
    first_weight: usize,
}

impl Windows {
    pub(super) fn new(axis: &Axis, order: usize) -> Self {
        let width = i64::try_from(order).unwrap_or(0);
        let window = |place: f64| {
            let start = (0.5 + place * axis.ratio) as i64;
            let stop = (0.5 + (place + 1.0) * axis.ratio) as i64 + 1;
            let cut = start < axis.source.start;
            let start = start.max(axis.source.start);
            let left = start + (stop + i64::from(cut) - start) / 2 - width / 2;
            let missing = usize::try_from(axis.source.start - left).unwrap_or(0);
            Window {
                source: axis.cut(left..left + width),
                first_weight: missing.min(order),
            }
        };
        Windows {
            windows: axis.pixels().map(window).collect(),
            weights: weights(order),
        }
    }

    pub(super) fn range(&self, place: usize) -> Range<usize> {
        self.windows[place].source.clone()
    }

    /// The source pixels with their weights.
    #[inline(always)]
    fn weighted(&self, place: usize) -> impl Iterator<Item = (usize, f64)> + Clone {
        let window = &self.windows[place];
        let weights = &self.weights[window.first_weight..];
        window.source.clone().zip(weights.iter().copied())
    }
}

/// The kernel's width, which GDAL chooses by the ratio of rows for both axes.
pub(super) fn order(ratio: f64) -> usize {
    match truncated(0.5 + ratio) {
        0..=2 => 3,
        3..=4 => 5,
        _ => 7,
    }
}

pub(super) fn reduce<T: Real, V: Validity<T>>(
    job: &Job<'_, T>,
    validity: &V,
    (columns, rows): (&Windows, &Windows),
    out: &mut [T],
) {
    for (row, line) in job
        .rows
        .clone()
        .zip(out.chunks_exact_mut(columns.windows.len()))
    {
        let source = rows.weighted(index(row));
        for (column, pixel) in line.iter_mut().enumerate() {
            let (mut total, mut weights) = (0.0, 0.0);
            for (row, row_weight) in source.clone() {
                let offset = job.offset(row);
                for (column, column_weight) in columns.weighted(column) {
                    let sample = job.samples[offset + column];
                    if validity.weight(offset + column, sample) != 0 {
                        let weight = row_weight * column_weight;
                        total += sample.to_f64() * weight;
                        weights += weight;
                    }
                }
            }
            *pixel = match weights == 0.0 {
                true => job.nodata.fill,
                false => from_double(total / weights),
            };
        }
    }
}

fn weights(order: usize) -> &'static [f64] {
    match order {
        3 => &[1.0, 2.0, 1.0],
        5 => &[1.0, 4.0, 6.0, 4.0, 1.0],
        _ => &[1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0],
    }
}
