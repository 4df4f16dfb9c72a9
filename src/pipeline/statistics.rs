//! Statistics of whole rasters, and of the zones of one, in one pass and in bounded memory.
//!
//! Sums are exact, and everything else is counted or compared, so that no result depends on how the
//! raster is cut, on its order or on threads.

mod exact;
mod histogram;
mod sketch;
mod tally;
mod zonal;

use std::ops::ControlFlow;

use super::job::{Chunk, Job};
use crate::block::{Block, Validity};
use crate::error::{Result, Usage};
use crate::exec::try_map;
use crate::format::metadata::Statistics;
use crate::lazy::{Lazy, Settled};
use crate::limits::{Limits, index};
use crate::read::level::{Level, MaskKind};
use crate::sample::{Sample, with_real};
pub use histogram::{Bins, Histogram};
use tally::{Exact, Tally};

/// What [`Lazy::summarize`] and [`Lazy::zonal`] compute beside least and largest value, mean and
/// standard deviation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryOptions {
    /// The histogram to make, if any.
    pub histogram: Option<Bins>,
    /// Percentiles, 0 to 100: 50 is the median. They are those of `numpy.percentile`, which goes
    /// straight between two samples. Those of integers of 8 and 16 bits are exact; of other types
    /// each sample counts with the first 11 bits behind the point of its mantissa, so that a
    /// percentile between samples of one sign is nearer to 0 than the true one by at most one part
    /// in 2048 (0.05 %). So integers up to 4095 are exact here, too.
    pub percentiles: Vec<f64>,
}

/// What is known of the valid pixels of a band, or of a zone of it. There are no numbers where no
/// pixel is valid.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BandSummary {
    /// All pixels.
    pub pixels: u64,
    /// Those that no nodata value and no mask make invalid, and that are not NaN.
    pub valid: u64,
    /// The least value.
    pub minimum: Option<f64>,
    /// The largest value.
    pub maximum: Option<f64>,
    /// The sum, rounded once.
    pub sum: Option<f64>,
    /// The exact sum, rounded, over the number of pixels: within one unit in the last place.
    pub mean: Option<f64>,
    /// The population standard deviation: of the exact variance, within two units in the last place.
    pub standard_deviation: Option<f64>,
    /// The histogram, if one was asked for.
    pub histogram: Option<Histogram>,
    /// The percentiles that were asked for, in that order, and their values.
    pub percentiles: Vec<(f64, f64)>,
}

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
        let rasters = self.summarized()?;
        let statistics = rasters.iter().map(Lazy::statistics);
        Ok(statistics.collect::<Result<Vec<_>>>()?.concat())
    }

    /// The rasters whose bands one after the other are those of the level, each with its validity.
    pub(super) fn summarized(&self) -> Result<Vec<Lazy>> {
        let lazy = self.lazy();
        let MaskKind::Alpha(alpha) = self.mask_kind() else {
            return Ok(vec![lazy]);
        };
        let valid = lazy.bands([alpha])?.ne(0);
        let colors = lazy.bands(1..alpha)?.with_mask(&valid)?;
        Ok(vec![colors, lazy.bands([alpha])?])
    }
}

impl Lazy {
    /// The statistics of each band of the result, as [`Level::statistics`]; in bounded memory.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each).
    pub fn statistics(&self) -> Result<Vec<Statistics>> {
        let summaries = self.summarize(&SummaryOptions::default())?;
        Ok(summaries.iter().map(BandSummary::statistics).collect())
    }

    /// A summary of each band of the result, in one pass over its chunks; of complex samples the
    /// real part counts. The same numbers come of any chunks and any threads.
    ///
    /// # Errors
    /// [`Usage::Option`] for bins or percentiles that make no sense; as
    /// [`for_each`](Self::for_each); [`Limit`](crate::ErrorKind::Limit) where what is counted needs
    /// more than `limits.job_bytes`.
    pub fn summarize(&self, options: &SummaryOptions) -> Result<Vec<BandSummary>> {
        options.check()?;
        if let Some(bands) = self.bands_apart()? {
            let summaries = bands.iter().map(|band| band.summarize(options));
            return Ok(summaries.collect::<Result<Vec<_>>>()?.concat());
        }
        let settled = self.real_numbers()?;
        let context = settled.context.clone();
        let mut tallies: Vec<Tally> = Vec::new();
        let job = Job::new(settled, None)?;
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            let tally = |chunk: Chunk| Ok(tally_bands(&chunk.block, None, options));
            for chunk in try_map(&*context.executor, &context.cancel, chunks, tally)? {
                merge(&mut tallies, chunk);
            }
            let bytes = tallies.iter().map(Tally::bytes).sum();
            Limits::check("job_bytes", bytes, context.limits.job_bytes)
        })?;
        let finish = |tally: Tally| tally.finish(options);
        Ok(tallies.into_iter().map(finish).collect())
    }

    /// Its bands one by one, where each has a mask of its own: a block has one for all of them.
    fn bands_apart(&self) -> Result<Option<Vec<Lazy>>> {
        let settled = self.settle()?;
        let apart = settled.valid.is_some_and(|valid| valid.bands() > 1);
        let bands = (1..=settled.bound.bands()).map(|band| self.bands([band]));
        apart.then(|| bands.collect()).transpose()
    }

    /// Settled, with the real parts of complex samples.
    fn real_numbers(&self) -> Result<Settled> {
        let settled = self.settle()?;
        match settled.bound.data_type().is_complex() {
            true => self.real().settle(),
            false => Ok(settled),
        }
    }
}

impl SummaryOptions {
    fn check(&self) -> Result<()> {
        self.histogram.as_ref().map_or(Ok(()), Bins::check)?;
        let wrong = |percent: &&f64| !(0.0..=100.0).contains(*percent);
        match self.percentiles.iter().find(wrong) {
            Some(percent) => {
                let what = format!("a percentile of {percent}: expected 0 to 100");
                Err(Usage::Option(what).into())
            }
            None => Ok(()),
        }
    }
}

impl BandSummary {
    /// How many pixels are valid, in percent.
    pub fn valid_percent(&self) -> f64 {
        100.0 * self.valid as f64 / (self.pixels as f64).max(1.0)
    }

    /// As metadata of a band.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            minimum: self.minimum,
            maximum: self.maximum,
            mean: self.mean,
            standard_deviation: self.standard_deviation,
            valid_percent: Some(self.valid_percent()),
        }
    }
}

/// Takes the pixels of another part, band by band.
fn merge(whole: &mut Vec<Tally>, part: Vec<Tally>) {
    if whole.is_empty() {
        *whole = part;
        return;
    }
    for (whole, part) in whole.iter_mut().zip(part) {
        whole.merge(part);
    }
}

/// The tallies of a block's bands, whose samples are real numbers: of all pixels, or of those at some
/// places.
fn tally_bands(block: &Block, places: Option<&[u32]>, options: &SummaryOptions) -> Vec<Tally> {
    let pixels = index(block.size().width) * index(block.size().height);
    with_real!(
        block.samples(),
        values => {
            let bands = values.chunks_exact(pixels.max(1));
            let tally = |band| match places {
                None => tally_band(band, block.validity(), 0..pixels, options),
                Some(places) => {
                    let places = places.iter().map(|&place| index(place));
                    tally_band(band, block.validity(), places, options)
                }
            };
            bands.map(tally).collect()
        },
        else => Vec::new()
    )
}

fn tally_band<T: Exact>(
    band: &[T],
    validity: &Validity,
    places: impl ExactSizeIterator<Item = usize>,
    options: &SummaryOptions,
) -> Tally {
    let pixels = places.len();
    match validity {
        Validity::All => Tally::of(places.map(|at| band[at]), pixels, options),
        Validity::Nodata(nodata) => {
            let nodata: Option<T> = Sample::from_scalar(*nodata);
            let valid = |value: &T| !nodata.is_some_and(|nodata| value.is_nodata(nodata));
            Tally::of(places.map(|at| band[at]).filter(valid), pixels, options)
        }
        Validity::Mask(mask) => {
            let valid = places.filter(|&at| mask[at] != 0);
            Tally::of(valid.map(|at| band[at]), pixels, options)
        }
    }
}
