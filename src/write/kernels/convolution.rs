//! Bilinear, cubic, cubic spline and Lanczos: separable convolutions, columns first.
//!
//! Each source row is filtered once into a ring of as many rows as the kernel is high; each row of
//! the result is then summed from the ring.

mod taps;

use std::ops::Range;

use super::value::{Work, work};
use super::{Job, Validity};
use crate::error::Result;
use crate::limits::{index, zeroed};
use crate::sample::Sample;

pub(super) use taps::Taps;

pub(super) fn reduce<T: Sample, V: Validity<T>>(
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
        match (V::ALL, ring.all_valid(source.clone())) {
            (true, _) => ring.sum(source, rows.weights(index(row)), job, line),
            (false, true) => ring.sum_valid(source, rows.raw_weights(index(row)), job, line),
            (false, false) => {
                ring.sum_masked(
                    source,
                    rows.raw_weights(index(row)),
                    rows.negative,
                    job,
                    line,
                );
            }
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
    weights: Vec<u8>,
}

impl<'a> Ring<'a> {
    fn new(columns: &'a Taps, height: usize, width: usize, all_valid: bool) -> Result<Self> {
        let samples = height * columns.len();
        let lane = if columns.uniform().is_empty() {
            0
        } else {
            width / 2
        };
        Ok(Ring {
            columns,
            height,
            filtered: zeroed(samples)?,
            valid: zeroed(if all_valid { 0 } else { samples })?,
            whole: zeroed(height)?,
            lanes: [zeroed(lane)?, zeroed(lane)?],
            weights: zeroed(if all_valid { 0 } else { width })?,
        })
    }

    /// Where a source row is kept.
    fn slot(&self, row: usize) -> Range<usize> {
        let start = row % self.height * self.columns.len();
        start..start + self.columns.len()
    }

    fn all_valid(&self, rows: Range<usize>) -> bool {
        rows.into_iter().all(|row| self.whole[row % self.height])
    }

    fn filter<T: Sample>(&mut self, row: usize, source: &[T]) {
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
            slide(&self.lanes, start, weights, true, &mut line[uniform]);
        }
    }

    fn filter_masked<T: Sample, V: Validity<T>>(
        &mut self,
        row: usize,
        job: &Job<'_, T>,
        validity: &V,
    ) {
        let (slot, source, offset) = (self.slot(row), job.row(row), job.offset(row));
        let mut whole = true;
        for (place, (weight, &sample)) in self.weights.iter_mut().zip(source).enumerate() {
            *weight = validity.weight(offset + place, sample);
            whole &= *weight == 255;
        }
        let line = &mut self.filtered[slot.clone()];
        let valid = &mut self.valid[slot];
        let uniform = if whole { self.columns.uniform() } else { 0..0 };
        let mut all = true;
        for column in (0..uniform.start).chain(uniform.end..line.len()) {
            let range = self.columns.range(column);
            let (samples, mask) = (&source[range.clone()], &self.weights[range]);
            let result = if whole || mask.iter().all(|&weight| weight == 255) {
                Some(self.columns.mean(column, samples))
            } else if self.columns.negative && longest_run(mask) < mask.len() / 2 {
                None
            } else {
                masked_mean(samples, mask, self.columns.raw_weights(column))
            };
            all &= result.is_some();
            line[column] = result.unwrap_or(0.0);
            valid[column] = u8::from(result.is_some());
        }
        if !uniform.is_empty() {
            deinterleave(source, &mut self.lanes);
            let start = self.columns.range(uniform.start).start;
            let (weights, sum) = self.columns.full_weights(uniform.start);
            slide(
                &self.lanes,
                start,
                weights,
                false,
                &mut line[uniform.clone()],
            );
            line[uniform.clone()]
                .iter_mut()
                .for_each(|sample| *sample /= sum);
            valid[uniform].fill(1);
        }
        self.whole[row % self.height] = all;
    }

    /// Sums rows by weights that add up to 1, in GDAL's order: eight columns at a time in row
    /// order where it has vector code, or else in two sums of pairs.
    fn sum<T: Sample>(
        &self,
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
        let (straight, paired) = line.split_at_mut(vector);
        let rows = || rows.clone().zip(weights);
        for (block, pixels) in straight.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let mut sums = [0.0; 8];
            for (row, weight) in rows() {
                add(
                    &mut sums,
                    &self.filtered[self.slot(row)][block * 8..],
                    *weight,
                );
            }
            for (pixel, sum) in pixels.iter_mut().zip(sums) {
                *pixel = job.nodata.avoid_convolved(narrow::<T>(sum));
            }
        }
        let pairs = weights.len() / 4 * 4;
        for (block, pixels) in paired.chunks_mut(8).enumerate() {
            let (mut sums, mut others) = ([0.0; 8], [0.0; 8]);
            for (place, (row, weight)) in rows().enumerate() {
                let second = place < pairs && place % 4 >= 2;
                let target = if second { &mut others } else { &mut sums };
                let source = &self.filtered[self.slot(row)][vector + block * 8..];
                add(target, source, *weight);
            }
            for ((pixel, sum), other) in pixels.iter_mut().zip(sums).zip(others) {
                *pixel = job.nodata.avoid_convolved(narrow::<T>(sum + other));
            }
        }
    }

    /// Sums rows that are all valid by weights that do not add up to 1.
    fn sum_valid<T: Sample>(
        &self,
        rows: Range<usize>,
        weights: &[f64],
        job: &Job<'_, T>,
        line: &mut [T],
    ) {
        let total = weights.iter().fold(0.0, |sum, weight| sum + weight);
        for (block, pixels) in line.chunks_mut(8).enumerate() {
            let mut sums = [0.0; 8];
            for (row, weight) in rows.clone().zip(weights) {
                add(
                    &mut sums,
                    &self.filtered[self.slot(row)][block * 8..],
                    *weight,
                );
            }
            for (pixel, sum) in pixels.iter_mut().zip(sums) {
                *pixel = job.nodata.avoid_convolved(narrow::<T>(sum / total));
            }
        }
    }

    fn sum_masked<T: Sample>(
        &self,
        rows: Range<usize>,
        weights: &[f64],
        negative: bool,
        job: &Job<'_, T>,
        line: &mut [T],
    ) {
        for (column, pixel) in line.iter_mut().enumerate() {
            let (mut sum, mut total) = (0.0, 0.0);
            let (mut run, mut longest) = (0, 0);
            for (row, weight) in rows.clone().zip(weights) {
                let place = self.slot(row).start + column;
                let valid = self.valid[place];
                let weight = weight * f64::from(valid);
                run = if valid == 0 { 0 } else { run + 1 };
                longest = longest.max(run);
                sum += self.filtered[place] * weight;
                total += weight;
            }
            let enough = !negative || longest >= weights.len() / 2;
            *pixel = match enough && total > 0.0 {
                true => job.nodata.avoid_convolved(narrow::<T>(sum / total)),
                false => job.nodata.fill,
            };
        }
    }
}

/// Adds up to eight weighted samples to as many sums.
#[inline(always)]
fn add(sums: &mut [f64; 8], samples: &[f64], weight: f64) {
    match samples.first_chunk::<8>() {
        Some(samples) => {
            for (sum, sample) in sums.iter_mut().zip(samples) {
                *sum += sample * weight;
            }
        }
        None => {
            for (sum, sample) in sums.iter_mut().zip(samples) {
                *sum += sample * weight;
            }
        }
    }
}

/// Even and odd samples apart, so that a kernel that steps by two reads both in order.
fn deinterleave<T: Sample>(source: &[T], [even, odd]: &mut [Vec<f64>; 2]) {
    let pairs = source.as_chunks::<2>().0;
    for ((&[a, b], even), odd) in pairs.iter().zip(even).zip(odd) {
        (*even, *odd) = (a.to_f64(), b.to_f64());
    }
}

/// One kernel at every second source sample from `start` on; `paired` sums as [`dot`] does.
fn slide(lanes: &[Vec<f64>; 2], start: usize, weights: &[f64], paired: bool, line: &mut [f64]) {
    let pairs = if paired { weights.len() / 4 * 4 } else { 0 };
    for (block, results) in line.chunks_mut(8).enumerate() {
        let (mut sums, mut others) = ([0.0; 8], [0.0; 8]);
        for (place, &weight) in weights.iter().enumerate() {
            let second = place < pairs && place % 4 >= 2;
            let target = if second { &mut others } else { &mut sums };
            let source = start + place;
            add(target, &lanes[source % 2][source / 2 + block * 8..], weight);
        }
        for ((result, sum), other) in results.iter_mut().zip(sums).zip(others) {
            *result = sum + other;
        }
    }
}

/// A weighted sum in GDAL's order: two sums of pairs, fours at a time.
fn dot<T: Sample>(samples: &[T], weights: &[f64]) -> f64 {
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
fn masked_mean<T: Sample>(samples: &[T], mask: &[u8], weights: &[f64]) -> Option<f64> {
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
fn narrow<T: Sample>(sum: f64) -> f64 {
    match work::<T>() {
        Work::Double => sum,
        Work::Single | Work::Whole => f64::from(sum as f32),
    }
}
