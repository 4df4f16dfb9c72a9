//! Statistics of whole rasters, in one pass.

use std::ops::ControlFlow;

use super::job::Job;
use crate::block::{Block, Validity};
use crate::error::Result;
use crate::exec::try_map;
use crate::format::metadata::Statistics;
use crate::lazy::Lazy;
use crate::limits::{index, to_u64};
use crate::read::level::{Level, MaskKind};
use crate::sample::{Real, Sample, with_real};

impl Level {
    /// The statistics of each band: least and largest value, mean, population standard deviation,
    /// and the share of valid pixels. Pixels that a mask, an alpha band or the nodata value makes
    /// invalid are left out, and so is NaN; of complex samples the real part counts. They are what
    /// GDAL computes, but for GDAL 3.10 with masks and NaN, where its standard deviation and its
    /// share of valid pixels are those of another number of pixels.
    ///
    /// # Errors
    /// Those of reading.
    pub fn statistics(&self) -> Result<Vec<Statistics>> {
        let lazy = self.lazy();
        let MaskKind::Alpha(alpha) = self.mask_kind() else {
            return lazy.statistics();
        };
        let valid = lazy.bands([alpha])?.ne(0);
        let mut statistics = lazy.bands(1..alpha)?.with_mask(&valid)?.statistics()?;
        statistics.extend(lazy.bands([alpha])?.statistics()?);
        Ok(statistics)
    }
}

impl Lazy {
    /// The statistics of each band of the result, as [`Level::statistics`]; in bounded memory.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each).
    pub fn statistics(&self) -> Result<Vec<Statistics>> {
        let mut settled = self.settle()?;
        if settled.bound.data_type().is_complex() {
            settled = self.real().settle()?;
        }
        let mut tallies = vec![Tally::default(); settled.bound.bands()];
        let executor = settled.context.executor.clone();
        let job = Job::new(settled, None)?;
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            for chunk in try_map(&*executor, chunks, |chunk| Ok(tally(&chunk.block)))? {
                for (whole, part) in tallies.iter_mut().zip(chunk) {
                    whole.add(part);
                }
            }
            Ok(())
        })?;
        Ok(tallies.into_iter().map(Tally::finish).collect())
    }
}

/// What is known of the pixels of a band so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    pixels: u64,
    valid: u64,
    minimum: f64,
    maximum: f64,
    mean: f64,
    /// The sum of squared distances from the mean.
    squares: f64,
}

impl Tally {
    /// Takes the pixels of another part (Chan, Golub and LeVeque 1979).
    fn add(&mut self, other: Tally) {
        self.pixels += other.pixels;
        if other.valid == 0 {
            return;
        }
        if self.valid == 0 {
            let pixels = self.pixels;
            *self = Tally { pixels, ..other };
            return;
        }
        let (own, more) = (self.valid as f64, other.valid as f64);
        let share = more / (own + more);
        let distance = other.mean - self.mean;
        self.mean += distance * share;
        self.squares += other.squares + distance * distance * own * share;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        self.valid += other.valid;
    }

    /// The tally of some values, in two passes: around their mean, no digits are lost.
    fn of(values: impl Iterator<Item = f64> + Clone, pixels: u64) -> Self {
        let mut tally = Tally {
            pixels,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
            ..Tally::default()
        };
        let mut sum = 0.0;
        for value in values.clone() {
            tally.valid += 1;
            sum += value;
            tally.minimum = tally.minimum.min(value);
            tally.maximum = tally.maximum.max(value);
        }
        if tally.valid > 0 {
            let count = tally.valid as f64;
            let near = sum / count;
            let (mut rest, mut squares) = (0.0, 0.0);
            for value in values {
                let distance = value - near;
                rest += distance;
                squares += distance * distance;
            }
            // What rounding left of the sum.
            tally.mean = near + rest / count;
            tally.squares = squares - rest * rest / count;
        }
        tally
    }

    fn finish(self) -> Statistics {
        let valid_percent = Some(100.0 * self.valid as f64 / (self.pixels as f64).max(1.0));
        if self.valid == 0 {
            return Statistics {
                valid_percent,
                ..Statistics::default()
            };
        }
        Statistics {
            minimum: Some(self.minimum),
            maximum: Some(self.maximum),
            mean: Some(self.mean),
            standard_deviation: Some((self.squares / self.valid as f64).sqrt()),
            valid_percent,
        }
    }
}

/// The tallies of a block's bands, whose samples are real numbers.
fn tally(block: &Block) -> Vec<Tally> {
    let pixels = index(block.size().width) * index(block.size().height);
    with_real!(
        block.samples(),
        values => {
            let bands = values.chunks_exact(pixels.max(1));
            bands.map(|band| tally_band(band, block.validity())).collect()
        },
        else => Vec::new()
    )
}

fn tally_band<T: Real>(band: &[T], validity: &Validity) -> Tally {
    let pixels = to_u64(band.len());
    let number = |value: &T| Some(value.to_f64()).filter(|value| !value.is_nan());
    match validity {
        Validity::All => Tally::of(band.iter().filter_map(number), pixels),
        Validity::Nodata(nodata) => {
            let nodata: Option<T> = Sample::from_scalar(*nodata);
            let valid = |value: &&T| !nodata.is_some_and(|nodata| value.is_nodata(nodata));
            Tally::of(band.iter().filter(valid).filter_map(number), pixels)
        }
        Validity::Mask(mask) => {
            let both = band.iter().zip(mask);
            let valid = both.filter(|(_, valid)| **valid != 0);
            Tally::of(valid.filter_map(|(value, _)| number(value)), pixels)
        }
    }
}
