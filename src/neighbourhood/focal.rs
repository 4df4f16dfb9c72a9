//! Statistics of a square window around each pixel.

use super::plane::{Plane, Reach};
use super::{Area, Facts, LONGEST_SIDE, pixels};
use crate::block::{Block, Validity};
use crate::error::{Result, Usage};
use crate::limits::index;
use crate::sample::{DataType, Real, Samples, with_real};

/// A statistic of the valid samples of a square window around each pixel, as numpy's `nanmean` and
/// its kin give it. At the raster's edge the window is cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Focal {
    statistic: Statistic,
    side: u32,
    fill: bool,
}

/// What is computed of a window's samples.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The middle one; of an even number, the mean of the two in the middle.
    Median,
    /// The least.
    Min,
    /// The largest.
    Max,
    /// The sum.
    Sum,
    /// The population standard deviation.
    Std,
}

impl Focal {
    /// A statistic of a window of `side` x `side` pixels.
    ///
    /// # Errors
    /// [`Usage::Option`] unless `side` is odd and at most [`LONGEST_SIDE`].
    pub fn new(statistic: Statistic, side: u32) -> Result<Self> {
        check_side(side)?;
        Ok(Focal {
            statistic,
            side,
            fill: false,
        })
    }

    /// Gives invalid pixels the statistic of their valid neighbours too, if they have any.
    #[must_use]
    pub fn fill(self) -> Self {
        Focal { fill: true, ..self }
    }

    /// What is computed.
    pub fn statistic(&self) -> Statistic {
        self.statistic
    }

    /// The window's side in pixels.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Whether invalid pixels are given a value.
    pub fn fills(&self) -> bool {
        self.fill
    }

    pub(super) fn name(&self) -> &'static str {
        match self.statistic {
            Statistic::Mean => "focal_mean",
            Statistic::Median => "focal_median",
            Statistic::Min => "focal_min",
            Statistic::Max => "focal_max",
            Statistic::Sum => "focal_sum",
            Statistic::Std => "focal_std",
        }
    }

    pub(super) fn is_extreme(&self) -> bool {
        matches!(self.statistic, Statistic::Min | Statistic::Max)
    }

    pub(super) fn data_type(&self, input: DataType) -> DataType {
        let exact = if self.statistic == Statistic::Sum {
            1
        } else {
            2
        };
        match self.statistic {
            Statistic::Min | Statistic::Max => input,
            _ if input.bytes() <= exact || input == DataType::F32 => DataType::F32,
            _ => DataType::F64,
        }
    }

    /// A row of means, medians, sums or standard deviations.
    pub(super) fn fill_row(&self, plane: &Plane<f64>, row: usize, out: &mut [f64]) {
        let side = index(self.side);
        match self.statistic {
            Statistic::Median => fill_medians(plane, row, side, out),
            Statistic::Std => {
                let counts = fill_sums(plane, row, side, out);
                divide(out, &counts);
                fill_deviations(plane, row, side, &counts, out);
            }
            Statistic::Sum => {
                let counts = fill_sums(plane, row, side, out);
                for (sum, count) in out.iter_mut().zip(counts) {
                    *sum = if count == 0.0 { f64::NAN } else { *sum };
                }
            }
            _ => {
                let counts = fill_sums(plane, row, side, out);
                divide(out, &counts);
            }
        }
        if !self.fill {
            let centres = &plane.row(row + side / 2)[side / 2..];
            for (value, centre) in out.iter_mut().zip(centres) {
                *value = if centre.is_nan() { f64::NAN } else { *value };
            }
        }
    }

    /// The least or the largest samples, in the input's type.
    pub(super) fn extremes(&self, area: &Area<'_>, facts: Facts) -> Result<Block> {
        let block = area.block;
        let mut mask = facts.mask.then(|| vec![0; pixels(area.inner)]);
        let samples = with_real!(
            block.samples(),
            values => self.extreme_samples(values, area, facts, mask.as_deref_mut()),
            else => Samples::U8(Vec::new())
        );
        let validity = match (mask, facts.nodata) {
            (Some(mask), _) => Validity::Mask(mask),
            (None, nodata) => nodata.map_or(Validity::All, Validity::Nodata),
        };
        Block::new(block.bands(), area.inner.size(), samples, validity)
    }

    fn extreme_samples<T: Real>(
        &self,
        values: &[T],
        area: &Area<'_>,
        facts: Facts,
        mut mask: Option<&mut [u8]>,
    ) -> Samples {
        let side = index(self.side);
        let reach = Reach::new(area, (self.side / 2, self.side / 2));
        let nodata = facts.nodata.and_then(T::from_scalar).unwrap_or_default();
        let width = index(area.inner.width);
        let mut samples = Vec::with_capacity(area.block.bands() * pixels(area.inner));
        for band in 0..area.block.bands() {
            let plane = Plane::samples(values, area.block.validity(), band, reach);
            for row in 0..index(area.inner.height) {
                let mut found = match self.statistic {
                    Statistic::Min => best(&plane, row, side, |a, b| a < b),
                    _ => best(&plane, row, side, |a, b| a > b),
                };
                if !self.fill {
                    let centres = &plane.row(row + side / 2)[side / 2..];
                    let both = found.iter_mut().zip(centres);
                    both.for_each(|(found, centre)| *found = centre.and(*found));
                }
                if let Some(mask) = mask.as_deref_mut() {
                    let row = mask[row * width..].iter_mut().zip(&found);
                    row.for_each(|(mask, found)| *mask = u8::from(found.is_some()));
                }
                samples.extend(found.into_iter().map(|found| found.unwrap_or(nodata)));
            }
        }
        T::into_samples(samples)
    }
}

/// Checks the side of a window.
pub(super) fn check_side(side: u32) -> Result<()> {
    if side % 2 == 1 && side <= LONGEST_SIDE {
        return Ok(());
    }
    let found =
        format!("a window's side of {side} pixels: expected an odd number to {LONGEST_SIDE}");
    Err(Usage::Option(found).into())
}

/// A row of sums, and how many samples are in each: first down the columns, then across, both from
/// the first to the last, so that no sum depends on another.
fn fill_sums(plane: &Plane<f64>, row: usize, side: usize, out: &mut [f64]) -> Vec<f64> {
    let width = plane.reach.width();
    let (mut sums, mut valid) = (vec![0.0; width], vec![0.0; width]);
    for line in row..row + side {
        let columns = sums.iter_mut().zip(&mut valid).zip(plane.row(line));
        for ((sum, valid), &value) in columns {
            let missing = value.is_nan();
            *sum += if missing { 0.0 } else { value };
            *valid += if missing { 0.0 } else { 1.0 };
        }
    }
    out.fill(0.0);
    let mut counts = vec![0.0; out.len()];
    for across in 0..side {
        let columns = sums[across..].iter().zip(&valid[across..]);
        for ((total, count), (sum, valid)) in out.iter_mut().zip(&mut counts).zip(columns) {
            *total += sum;
            *count += valid;
        }
    }
    counts
}

/// Means of sums; NaN of nothing.
fn divide(sums: &mut [f64], counts: &[f64]) {
    sums.iter_mut()
        .zip(counts)
        .for_each(|(sum, count)| *sum /= count);
}

/// A row of standard deviations in place of the means: in a second pass around them, no digits are
/// lost.
fn fill_deviations(plane: &Plane<f64>, row: usize, side: usize, counts: &[f64], means: &mut [f64]) {
    let mut squares = vec![0.0; means.len()];
    for line in row..row + side {
        for across in 0..side {
            let values = &plane.row(line)[across..];
            for ((square, mean), value) in squares.iter_mut().zip(&*means).zip(values) {
                let distance = value - mean;
                let distance = if value.is_nan() { 0.0 } else { distance };
                *square += distance * distance;
            }
        }
    }
    for ((mean, square), count) in means.iter_mut().zip(squares).zip(counts) {
        *mean = (square / count).sqrt();
    }
}

fn fill_medians(plane: &Plane<f64>, row: usize, side: usize, out: &mut [f64]) {
    let mut window = Vec::with_capacity(side * side);
    for (column, median) in out.iter_mut().enumerate() {
        window.clear();
        for line in row..row + side {
            let values = &plane.row(line)[column..column + side];
            window.extend(values.iter().filter(|value| !value.is_nan()));
        }
        *median = middle(&mut window);
    }
}

/// The median of numbers that are not NaN; NaN of none.
fn middle(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let half = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if odd { upper } else { (lower + upper) / 2.0 }
}

/// A row of the best samples: first down the columns, then across.
fn best<T: Real>(
    plane: &Plane<Option<T>>,
    row: usize,
    side: usize,
    better: impl Fn(T, T) -> bool,
) -> Vec<Option<T>> {
    let take = |best: &mut Option<T>, other: &Option<T>| {
        let wins = match (*best, *other) {
            (Some(best), Some(other)) => better(other, best),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        *best = if wins { *other } else { *best };
    };
    let mut columns = plane.row(row).to_vec();
    for line in row + 1..row + side {
        let both = columns.iter_mut().zip(plane.row(line));
        both.for_each(|(best, other)| take(best, other));
    }
    let mut found = columns[..=columns.len() - side].to_vec();
    for across in 1..side {
        let both = found.iter_mut().zip(&columns[across..]);
        both.for_each(|(best, other)| take(best, other));
    }
    found
}
