//! Kernels and their weights at each pixel of an axis.

use std::f64::consts::PI;
use std::ops::Range;

use crate::limits::to_u64;
use crate::resampling::{Axis, Resampling};
use crate::sample::Real;

/// The source pixels that each pixel is made of along one axis, with their weights.
#[derive(Clone, Debug)]
pub(in crate::resampling) struct Taps {
    /// True if weights may be negative, when GDAL wants half of the kernel valid at a stretch.
    pub(super) negative: bool,
    ranges: Vec<Range<usize>>,
    /// Where each pixel's weights begin in the vectors below.
    offsets: Vec<usize>,
    /// The kernel's values.
    raw: Vec<f64>,
    /// `raw` over its sum.
    normal: Vec<f64>,
    /// `raw` by 255, a valid mask's weight.
    full: Vec<f64>,
    /// Sums of `full`, pixel by pixel.
    sums: Vec<f64>,
    uniform: Range<usize>,
}

impl Taps {
    /// Taps along a row.
    pub(in crate::resampling) fn of_columns(method: Resampling, axis: &Axis) -> Self {
        Taps::new(method, axis, |first, step, count| {
            let places = std::iter::successors(Some(first), |place| Some(place + step));
            places.take(count).collect()
        })
    }

    /// Taps along a column; GDAL steps from row to row by other roundings.
    pub(in crate::resampling) fn of_rows(method: Resampling, axis: &Axis) -> Self {
        Taps::new(method, axis, |first, step, count| {
            let mut places = Vec::with_capacity(count);
            let mut place = first;
            while places.len() + 4 <= count {
                let four = [place, place + step, place + 2.0 * step, place + 3.0 * step];
                places.extend(four);
                place += 4.0 * step;
            }
            while places.len() < count {
                places.push(place);
                place += step;
            }
            places
        })
    }

    fn new(method: Resampling, axis: &Axis, places: impl Fn(f64, f64, usize) -> Vec<f64>) -> Self {
        let mut taps = Taps {
            negative: matches!(method, Resampling::Cubic | Resampling::Lanczos),
            ranges: Vec::new(),
            offsets: Vec::new(),
            raw: Vec::new(),
            normal: Vec::new(),
            full: Vec::new(),
            sums: Vec::new(),
            uniform: 0..0,
        };
        let step = (1.0 / axis.ratio).min(1.0);
        let reach = f64::from(method.radius()) / step;
        for place in axis.pixels() {
            let centre = (place + 0.5) * axis.ratio + axis.shift;
            let start = (centre - reach + 0.5).floor() as i64;
            let stop = (centre + reach + 0.5) as i64;
            let range = axis.cut(start..stop);
            let start = to_u64(range.start) as f64 + axis.source.start as f64;
            let first = step * (start - centre + 0.5);
            let places = places(first, step, range.len());
            taps.push(range, &places, method);
        }
        if axis.ratio == 2.0 {
            taps.find_uniform();
        }
        taps
    }

    fn push(&mut self, range: Range<usize>, places: &[f64], method: Resampling) {
        let raw: Vec<f64> = places.iter().map(|&place| kernel(method, place)).collect();
        let sum = sum_of_fours(&raw);
        let inverse = if sum == 0.0 { 1.0 } else { 1.0 / sum };
        let full: Vec<f64> = raw.iter().map(|weight| weight * 255.0).collect();
        self.ranges.push(range);
        self.offsets.push(self.raw.len());
        self.sums.push(sum_of_fours(&full));
        self.full.extend(full);
        self.normal
            .extend(raw.iter().map(|weight| weight * inverse));
        self.raw.extend(raw);
    }

    /// The pixels whose kernel is cut by no border: at a ratio of 2 all have the same weights.
    fn find_uniform(&mut self) {
        let longest = self.longest();
        let is_full = |range: &Range<usize>| range.len() == longest;
        let first = self.ranges.iter().position(is_full).unwrap_or(0);
        let last = self
            .ranges
            .iter()
            .rposition(is_full)
            .map_or(0, |last| last + 1);
        let same = |place: usize| {
            self.ranges[place].start == self.ranges[first].start + 2 * (place - first)
                && self.raw_weights(place) == self.raw_weights(first)
        };
        if (first..last).all(same) {
            self.uniform = first..last;
        }
    }

    /// Pixels of the axis.
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The most taps of a pixel.
    pub(super) fn longest(&self) -> usize {
        self.ranges.iter().map(Range::len).max().unwrap_or(0)
    }

    /// The pixels, if any, that have equal weights and lie two source pixels apart.
    pub(super) fn uniform(&self) -> Range<usize> {
        self.uniform.clone()
    }

    /// The source pixels of a pixel.
    pub(in crate::resampling) fn range(&self, place: usize) -> Range<usize> {
        self.ranges[place].clone()
    }

    /// A pixel's weights, which add up to 1.
    pub(super) fn weights(&self, place: usize) -> &[f64] {
        &self.normal[self.offsets[place]..][..self.ranges[place].len()]
    }

    /// A pixel's weights as the kernel has them.
    pub(super) fn raw_weights(&self, place: usize) -> &[f64] {
        &self.raw[self.offsets[place]..][..self.ranges[place].len()]
    }

    /// A pixel's weights where all is valid by a mask of 255, and their sum.
    pub(super) fn full_weights(&self, place: usize) -> (&[f64], f64) {
        let weights = &self.full[self.offsets[place]..][..self.ranges[place].len()];
        (weights, self.sums[place])
    }

    /// The mean of samples that are all valid by a mask of 255.
    pub(super) fn mean<T: Real>(&self, place: usize, samples: &[T]) -> f64 {
        let (weights, total) = self.full_weights(place);
        let terms = samples.iter().zip(weights);
        terms.fold(0.0, |sum, (sample, weight)| sum + sample.to_f64() * weight) / total
    }
}

/// The kernel's value at a distance in pixels of the result.
fn kernel(method: Resampling, place: f64) -> f64 {
    match method {
        Resampling::Bilinear => (1.0 - place.abs()).max(0.0),
        Resampling::CubicSpline => spline(place),
        Resampling::Lanczos => lanczos(place),
        _ => cubic(place),
    }
}

/// Catmull-Rom: cubic convolution with a = -0.5.
fn cubic(place: f64) -> f64 {
    let (distance, square) = (place.abs(), place * place);
    if distance <= 1.0 {
        square * (1.5 * distance - 2.5) + 1.0
    } else if distance <= 2.0 {
        square * (-0.5 * distance + 2.5) - 4.0 * distance + 2.0
    } else {
        0.0
    }
}

/// Six times the cubic B-spline, as a sum of truncated powers.
fn spline(place: f64) -> f64 {
    let part = |factor: f64, x: f64| if x > 0.0 { factor * x * x * x } else { 0.0 };
    ((part(-4.0, place - 1.0) + part(6.0, place)) + part(-4.0, place + 1.0))
        + part(1.0, place + 2.0)
}

fn lanczos(place: f64) -> f64 {
    if place == 0.0 {
        return 1.0;
    }
    let angle = PI * place;
    let third = angle / 3.0;
    // sin(angle) by the triple angle formula, as GDAL has it.
    let square = third.sin() * third.sin();
    (3.0 - 4.0 * square) * square / (angle * third)
}

/// A sum as GDAL adds weights up: fours first.
fn sum_of_fours(weights: &[f64]) -> f64 {
    let (fours, rest) = weights.as_chunks::<4>();
    let total = fours
        .iter()
        .fold(0.0, |total, [a, b, c, d]| total + (((a + b) + c) + d));
    rest.iter().fold(total, |total, weight| total + weight)
}
