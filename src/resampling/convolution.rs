//! Bilinear, cubic, cubic spline and Lanczos: separable convolutions, columns first.
//!
//! Each source row is filtered once into a ring of as many rows as the kernel is high; each row of
//! the result is then summed from the ring.

mod combine;
mod taps;

use std::ops::Range;

use super::value::{Work, work};
use super::{Job, Validity};
use crate::error::Result;
use crate::limits::{index, zeroed};
use crate::sample::Real;

use combine::{Order, combine};
pub(super) use taps::Taps;

pub(super) fn reduce<T: Real, V: Validity<T>>(
    job: &Job<'_, T>,
    validity: &V,
    (columns, rows): (&Taps, &Taps),
    out: &mut [T],
) -> Result<()> {
    let mut ring = Ring::new(columns, rows.longest(), job.width, V::ALL)?;
    let mut next = None;
    for (row, line) in job.rows.clone().zip(out.chunks_exact_mut(columns.len())) {
        let source = rows.range(index(row));
        for row in next.unwrap_or(source.start)..source.end {
            if V::ALL {
                ring.filter(row, job.row(row));
            } else {
                ring.filter_masked(row, job, validity);
            }
        }
        next = Some(source.end);
        if V::ALL {
            ring.sum(source, rows.weights(index(row)), job, line);
        } else {
            let weights = rows.raw_weights(index(row));
            ring.sum_masked(source, (rows, weights), job, line);
        }
    }
    Ok(())
}

/// The last source rows, filtered along columns.
struct Ring<'a> {
    columns: &'a Taps,
    height: usize,
    filtered: Vec<f64>,
    /// One byte per filtered sample, 1 where it is valid; empty if all are by nature.
    valid: Vec<u8>,
    /// For each row of the ring, whether all of it is valid.
    whole: Vec<bool>,
    /// Even and odd samples of the row at hand, for kernels that step by two.
    lanes: [Vec<f64>; 2],
    /// Weights of the samples of the row at hand, 255 where wholly valid.
    weights: Vec<u8>,
    /// How many samples before each of the row at hand are not wholly valid.
    flaws: Vec<u32>,
    /// For each column of a row of results, 1 where all source rows are valid.
    every: Vec<u8>,
    /// For each column of a row of results, 1 where any source row is valid.
    some: Vec<u8>,
    /// A row of results before rounding.
    sums: Vec<f64>,
}

impl<'a> Ring<'a> {
    fn new(columns: &'a Taps, height: usize, width: usize, all_valid: bool) -> Result<Self> {
        let height = height.max(1);
        let samples = height * columns.len();
        let lane = if columns.uniform().is_empty() {
            0
        } else {
            width.div_ceil(2)
        };
        Ok(Ring {
            columns,
            height,
            filtered: zeroed(samples)?,
            valid: zeroed(if all_valid { 0 } else { samples })?,
            whole: zeroed(height)?,
            lanes: [zeroed(lane)?, zeroed(lane)?],
            weights: zeroed(if all_valid { 0 } else { width })?,
            flaws: zeroed(if all_valid { 0 } else { width + 1 })?,
            every: zeroed(if all_valid { 0 } else { columns.len() })?,
            some: zeroed(if all_valid { 0 } else { columns.len() })?,
            sums: zeroed(columns.len())?,
        })
    }

    /// Where a source row is kept.
    fn slot(&self, row: usize) -> Range<usize> {
        let start = row % self.height * self.columns.len();
        start..start + self.columns.len()
    }

    fn filter<T: Real>(&mut self, row: usize, source: &[T]) {
        let slot = self.slot(row);
        let line = &mut self.filtered[slot];
        let uniform = self.columns.uniform();
        for column in (0..uniform.start).chain(uniform.end..line.len()) {
            let samples = &source[self.columns.range(column)];
            line[column] = dot(samples, self.columns.weights(column));
        }
        if !uniform.is_empty() {
            deinterleave(source, &mut self.lanes);
            let start = self.columns.range(uniform.start).start;
            let weights = self.columns.weights(uniform.start);
            slide(
                &self.lanes,
                start,
                weights,
                Order::Pairs,
                &mut line[uniform],
            );
        }
    }

    /// Where kernels are uniform all results are computed as if valid, many at a time; those that
    /// are not are then computed again.
    fn filter_masked<T: Real, V: Validity<T>>(
        &mut self,
        row: usize,
        job: &Job<'_, T>,
        validity: &V,
    ) {
        let (slot, source, offset) = (self.slot(row), job.row(row), job.offset(row));
        let mut flaws = 0;
        for (place, &sample) in source.iter().enumerate() {
            let weight = validity.weight(offset + place, sample);
            self.weights[place] = weight;
            self.flaws[place] = flaws;
            flaws += u32::from(weight != 255);
        }
        self.flaws[source.len()] = flaws;
        let line = &mut self.filtered[slot.clone()];
        let uniform = self.columns.uniform();
        if !uniform.is_empty() {
            deinterleave(source, &mut self.lanes);
            let start = self.columns.range(uniform.start).start;
            let (weights, sum) = self.columns.full_weights(uniform.start);
            let line = &mut line[uniform.clone()];
            slide(&self.lanes, start, weights, Order::Straight, line);
            line.iter_mut().for_each(|sample| *sample /= sum);
        }
        for column in (0..uniform.start).chain(uniform.end..line.len()) {
            line[column] = self
                .columns
                .mean(column, &source[self.columns.range(column)]);
        }
        let valid = &mut self.valid[slot];
        valid.fill(1);
        if flaws > 0 {
            mend(
                self.columns,
                source,
                (&self.weights, &self.flaws),
                line,
                valid,
            );
        }
        self.whole[row % self.height] = flaws == 0 || !valid.contains(&0);
    }

    /// Sums rows by weights that add up to 1, in GDAL's order: eight columns at a time one tap
    /// after the other where it has vector code, or else in pairs.
    fn sum<T: Real>(
        &mut self,
        rows: Range<usize>,
        weights: &[f64],
        job: &Job<'_, T>,
        line: &mut [T],
    ) {
        let vector = if work::<T>() == Work::Double {
            0
        } else {
            line.len() & !7
        };
        let mut sums = std::mem::take(&mut self.sums);
        let (straight, paired) = sums.split_at_mut(vector);
        combine(
            &self.taps(rows.clone(), 0),
            weights,
            Order::Straight,
            straight,
        );
        combine(&self.taps(rows, vector), weights, Order::Pairs, paired);
        for (pixel, &sum) in line.iter_mut().zip(&sums) {
            *pixel = job.nodata.avoid_convolved(narrow::<T>(sum));
        }
        self.sums = sums;
    }

    /// Sums rows by weights that do not add up to 1, each column by the weights of what is valid.
    fn sum_masked<T: Real>(
        &mut self,
        source: Range<usize>,
        (rows, weights): (&Taps, &[f64]),
        job: &Job<'_, T>,
        line: &mut [T],
    ) {
        let total = weights.iter().fold(0.0, |sum, weight| sum + weight);
        let mut sums = std::mem::take(&mut self.sums);
        combine(
            &self.taps(source.clone(), 0),
            weights,
            Order::Straight,
            &mut sums,
        );
        let mut every = std::mem::take(&mut self.every);
        let mut some = std::mem::take(&mut self.some);
        let whole = |row: &usize| self.whole[row % self.height];
        every.fill(1);
        some.fill(u8::from(source.clone().any(|row| whole(&row))));
        for row in source.clone().filter(|row| !whole(row)) {
            let valid = &self.valid[self.slot(row)];
            for ((every, some), valid) in every.iter_mut().zip(&mut some).zip(valid) {
                *every &= valid;
                *some |= valid;
            }
        }
        let finish = |mean: Option<f64>| match mean {
            Some(mean) => job.nodata.avoid_convolved(narrow::<T>(mean)),
            None => job.nodata.fill,
        };
        for (column, (pixel, &sum)) in line.iter_mut().zip(&sums).enumerate() {
            *pixel = finish(match (every[column], some[column]) {
                (_, 0) => None,
                (0, _) => self.masked_column(source.clone(), weights, rows.negative, column),
                _ => (total > 0.0).then(|| sum / total),
            });
        }
        (self.sums, self.every, self.some) = (sums, every, some);
    }

    fn masked_column(
        &self,
        rows: Range<usize>,
        weights: &[f64],
        negative: bool,
        column: usize,
    ) -> Option<f64> {
        let (mut sum, mut total) = (0.0, 0.0);
        let (mut run, mut longest) = (0, 0);
        for (row, weight) in rows.zip(weights) {
            let place = self.slot(row).start + column;
            let valid = self.valid[place];
            let weight = weight * f64::from(valid);
            run = if valid == 0 { 0 } else { run + 1 };
            longest = longest.max(run);
            sum += self.filtered[place] * weight;
            total += weight;
        }
        let enough = !negative || longest >= weights.len() / 2;
        (enough && total > 0.0).then(|| sum / total)
    }

    /// Filtered rows from a column on.
    fn taps(&self, rows: Range<usize>, column: usize) -> Vec<&[f64]> {
        rows.map(|row| &self.filtered[self.slot(row)][column..])
            .collect()
    }
}

/// Computes the columns again whose samples are not all wholly valid.
fn mend<T: Real>(
    columns: &Taps,
    source: &[T],
    (weights, flaws): (&[u8], &[u32]),
    line: &mut [f64],
    valid: &mut [u8],
) {
    for (column, (result, valid)) in line.iter_mut().zip(valid).enumerate() {
        let range = columns.range(column);
        if flaws[range.end] == flaws[range.start] {
            continue;
        }
        let mask = &weights[range.clone()];
        if mask.iter().all(|&weight| weight == 0) {
            (*result, *valid) = (0.0, 0);
            continue;
        }
        let broken = columns.negative && longest_run(mask) < mask.len() / 2;
        let mean = match broken {
            true => None,
            false => masked_mean(&source[range], mask, columns.raw_weights(column)),
        };
        *result = mean.unwrap_or(0.0);
        *valid = u8::from(mean.is_some());
    }
}

/// Even and odd samples apart, so that a kernel that steps by two reads both in order.
fn deinterleave<T: Real>(source: &[T], [even, odd]: &mut [Vec<f64>; 2]) {
    let (pairs, rest) = source.as_chunks::<2>();
    if let (Some(last), Some(even)) = (rest.first(), even.last_mut()) {
        *even = last.to_f64();
    }
    for ((&[a, b], even), odd) in pairs.iter().zip(even).zip(odd) {
        (*even, *odd) = (a.to_f64(), b.to_f64());
    }
}

/// One kernel at every second source sample from `start` on.
fn slide(lanes: &[Vec<f64>; 2], start: usize, weights: &[f64], order: Order, line: &mut [f64]) {
    let tap = |source: usize| &lanes[source % 2][source / 2..];
    let taps: Vec<&[f64]> = (start..start + weights.len()).map(tap).collect();
    combine(&taps, weights, order, line);
}

/// A weighted sum in GDAL's order: two sums of pairs, fours at a time.
fn dot<T: Real>(samples: &[T], weights: &[f64]) -> f64 {
    let (mut sum, mut other) = (0.0, 0.0);
    let (fours, rest) = samples.as_chunks::<4>();
    let (four_weights, rest_weights) = weights.as_chunks::<4>();
    for (samples, weights) in fours.iter().zip(four_weights) {
        sum += samples[0].to_f64() * weights[0];
        sum += samples[1].to_f64() * weights[1];
        other += samples[2].to_f64() * weights[2];
        other += samples[3].to_f64() * weights[3];
    }
    for (sample, weight) in rest.iter().zip(rest_weights) {
        sum += sample.to_f64() * weight;
    }
    sum + other
}

/// The mean by weights and mask, if there is any weight. Masked samples are multiplied by 0, not
/// left out, as GDAL does it: NaN goes through.
fn masked_mean<T: Real>(samples: &[T], mask: &[u8], weights: &[f64]) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    let fours = samples.len() / 4 * 4;
    for four in (0..fours).step_by(4) {
        let mut group = 0.0;
        for place in four..four + 4 {
            let weight = weights[place] * f64::from(mask[place]);
            sum += samples[place].to_f64() * weight;
            group += weight;
        }
        total += group;
    }
    for place in fours..samples.len() {
        let weight = weights[place] * f64::from(mask[place]);
        sum += samples[place].to_f64() * weight;
        total += weight;
    }
    (total > 0.0).then(|| sum / total)
}

/// The most valid samples in a row.
fn longest_run(mask: &[u8]) -> usize {
    let runs = mask.split(|&weight| weight == 0);
    runs.map(<[u8]>::len).max().unwrap_or(0)
}

/// A sum in the precision that GDAL keeps it in.
#[inline(always)]
fn narrow<T: Real>(sum: f64) -> f64 {
    match work::<T>() {
        Work::Double => sum,
        Work::Single | Work::Whole => f64::from(sum as f32),
    }
}
