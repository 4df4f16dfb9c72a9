//! Gauss: small binomial kernels, in double precision.

use std::ops::Range;

use super::value::from_double;
use super::{Job, Validity, ratio, truncated};
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
    pub(super) fn new(from: u32, to: u32, order: usize) -> Self {
        let ratio = ratio(from, to);
        let window = |place: u32| {
            let start = truncated(0.5 + f64::from(place) * ratio);
            let stop = truncated(0.5 + (f64::from(place) + 1.0) * ratio) + 1;
            let centre = start + (stop - start) / 2;
            Window {
                source: centre.saturating_sub(order / 2)
                    ..(centre + order).saturating_sub(order / 2).min(index(from)),
                first_weight: (order / 2).saturating_sub(centre),
            }
        };
        Windows {
            windows: (0..to).map(window).collect(),
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
