//! What a plan will read and hold, worked out by the rules by which it is run.

use std::collections::HashMap;
use std::sync::Arc;

use super::chunks::alive_bytes;
use super::form::Form;
use super::job::Job;
use super::survey::{Fetches, LevelFetch, most_alive};
use crate::error::Result;
use crate::grid::{Size, TileGrid, Window};
use crate::limits::to_u64;
use crate::read::level::Level;
use crate::resampling::{Resampler, Resampling, source_level};
use crate::write::Raster;
use crate::write::settings::Settings;

/// What a run of a plan does, or where conditions decide, does at most.
///
/// Requests are those of a run without conditions: where a condition spares tiles in the middle of a
/// request, two may take its place. Redirects and retries of HTTP are not foreseen, nor what a
/// [`RangeCache`](crate::source::cached::RangeCache) spares.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// What is read of each input: of each level and mask that is used.
    pub inputs: Vec<InputEstimate>,
    /// Requests to sources.
    pub requests: u64,
    /// Bytes of these requests: tiles, what lies between those that share a request, and the positions
    /// of tiles that are still in the files.
    pub bytes: u64,
    /// Tiles that are fetched; one that two rows of chunks need counts twice.
    pub tiles: u64,
    /// Tiles that are decoded; one that two chunks need counts twice.
    pub tiles_decoded: u64,
    /// Bytes of these tiles once they are decoded.
    pub decoded_bytes: u64,
    /// Chunks.
    pub chunks: u64,
    /// Tiles of the file to be written that are encoded or copied, without those of masks; 0 without a
    /// file.
    pub output_tiles: u64,
    /// Those of them that are copied compressed, as an input has them.
    pub tiles_copied: u64,
    /// Bytes of pixels and of compressed tiles that are held at a time, as
    /// [`peak_buffer_bytes`](crate::counters::Counters::peak_buffer_bytes) counts them. The block that
    /// [`compute`](crate::Lazy::compute) gives is not among them.
    pub peak_bytes: u64,
    /// Bytes of temporary files beside the file to be written: as if nothing were compressed.
    pub temporary_bytes: u64,
}

/// What is read of one level, or of its mask.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InputEstimate {
    /// The file: a path, a URL.
    pub source: String,
    /// The level: 0 is the base, 1 the first overview.
    pub level: usize,
    /// Whether it is the level's mask.
    pub mask: bool,
    /// Tiles that are fetched.
    pub tiles: u64,
    /// Requests.
    pub requests: u64,
    /// Bytes of these requests.
    pub bytes: u64,
}

/// The places of levels among the inputs, by file, level and mask.
type Known = HashMap<(u64, usize, bool), usize>;

/// What the jobs do one after the other.
pub(super) fn of(jobs: &[Arc<Job>], form: Option<&Form>) -> Result<Estimate> {
    let mut whole = Estimate::default();
    let mut known = Known::new();
    for job in jobs {
        let compressed = whole.survey(job, &mut known)?;
        let held = compressed.saturating_add(alive_bytes(&job.evaluator, job.chunks));
        whole.peak_bytes = whole.peak_bytes.max(held);
        whole.chunks += job.chunks.count();
    }
    if let (Some(form), Some(job)) = (form, jobs.first()) {
        let Form {
            raster, settings, ..
        } = form;
        let tiles = settings
            .levels
            .iter()
            .map(|&size| grid(settings, size).count());
        whole.output_tiles = tiles.sum::<u64>() * to_u64(settings.planes(raster.bands));
        let limits = &job.settled.context.limits;
        let encoded = encoded_bytes(raster, settings);
        whole.temporary_bytes = match encoded > limits.spool_bytes {
            true => encoded,
            false => 0,
        };
        let spooled = encoded.min(limits.spool_bytes) + PENDING * to_u64(raster.bands + 1);
        let steps = jobs.iter().map(|job| job.chunks.tile.height);
        let step = steps.max().unwrap_or(0);
        let strips = match settings.given {
            true => waiting(raster, settings, step),
            false => strips(raster, settings, step)?,
        };
        whole.peak_bytes = whole.peak_bytes.saturating_add(spooled + strips);
    }
    Ok(whole)
}

impl Estimate {
    /// Adds what a job reads and decodes. Gives the most bytes of compressed tiles that are alive at a
    /// time.
    fn survey(&mut self, job: &Job, known: &mut Known) -> Result<u64> {
        let inputs = job.evaluator.inputs();
        let passing = job.passing.and_then(|input| inputs.place_of(input));
        let mut rows: Vec<(u64, u64)> = Vec::new();
        for row in 0..job.chunks.down() {
            let windows = (0..job.chunks.across()).map(|column| job.chunks.window(column, row));
            let windows: Vec<Window> = windows.collect();
            let Some(&first) = windows.first() else {
                continue;
            };
            let whole = Window {
                width: job.settled.size.width,
                ..first
            };
            let mut of = |places: std::ops::Range<usize>| -> Result<u64> {
                let mut fetches = Fetches::default();
                for place in places {
                    let before = fetches.levels.len();
                    job.evaluator.survey(&mut fetches, place, whole, &windows)?;
                    if passing == Some(place) {
                        let stored = fetches.levels[before..]
                            .iter()
                            .map(|(_, fetch)| fetch.tiles);
                        self.tiles_copied += stored.sum::<u64>().min(job.most_passed(&windows));
                    }
                }
                let bytes = fetches.levels.iter().map(|(_, fetch)| fetch.bytes).sum();
                for (level, fetch) in fetches.levels {
                    self.add_decoded(&level, fetch, known);
                }
                Ok(bytes)
            };
            rows.push((of(inputs.first())?, of(inputs.rest())?));
        }
        Ok(most_alive(&rows))
    }

    /// Both, one after the other.
    pub(super) fn and(mut self, other: Estimate) -> Estimate {
        for input in other.inputs {
            let same = |own: &&mut InputEstimate| {
                (&own.source, own.level, own.mask) == (&input.source, input.level, input.mask)
            };
            match self.inputs.iter_mut().find(same) {
                Some(own) => {
                    own.tiles += input.tiles;
                    own.requests += input.requests;
                    own.bytes += input.bytes;
                }
                None => self.inputs.push(input),
            }
        }
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.tiles += other.tiles;
        self.tiles_decoded += other.tiles_decoded;
        self.decoded_bytes = self.decoded_bytes.saturating_add(other.decoded_bytes);
        self.chunks += other.chunks;
        self.output_tiles += other.output_tiles;
        self.tiles_copied += other.tiles_copied;
        self.peak_bytes = self.peak_bytes.max(other.peak_bytes);
        self.temporary_bytes = self.temporary_bytes.max(other.temporary_bytes);
        self
    }

    /// Adds requests, of so many bytes each, for tiles of a level that are not decoded.
    pub(super) fn add(&mut self, level: &Level, requests: &[u64], tiles: u64) {
        let input = InputEstimate {
            source: level.source_name(),
            level: level.index(),
            mask: level.is_mask(),
            tiles,
            requests: to_u64(requests.len()),
            bytes: requests.iter().sum(),
        };
        let asked = Estimate {
            requests: input.requests,
            bytes: input.bytes,
            tiles,
            inputs: vec![input],
            ..Estimate::default()
        };
        *self = std::mem::take(self).and(asked);
    }

    fn add_decoded(&mut self, level: &Level, fetch: LevelFetch, known: &mut Known) {
        self.tiles += fetch.tiles;
        self.requests += fetch.requests;
        self.bytes += fetch.asked;
        self.tiles_decoded += fetch.decoded;
        self.decoded_bytes = self.decoded_bytes.saturating_add(fetch.decoded_bytes);
        let place = *known.entry(level.identity()).or_insert_with(|| {
            self.inputs.push(InputEstimate {
                source: level.source_name(),
                level: level.index(),
                mask: level.is_mask(),
                ..InputEstimate::default()
            });
            self.inputs.len() - 1
        });
        let input = &mut self.inputs[place];
        input.tiles += fetch.tiles;
        input.requests += fetch.requests;
        input.bytes += fetch.asked;
    }
}

fn grid(settings: &Settings, image: Size) -> TileGrid {
    TileGrid {
        image,
        tile: settings.tile,
    }
}

/// The bytes of all tiles as if nothing were compressed, with what a codec may add to that, and the
/// lists of their lengths.
fn encoded_bytes(raster: &Raster, settings: &Settings) -> u64 {
    let samples = to_u64(raster.bands) * to_u64(raster.data_type.bytes());
    let planes = to_u64(settings.planes(raster.bands)) + 1;
    let level = |&size: &Size| {
        let tiles = grid(settings, size).count();
        let pixels = tiles.saturating_mul(settings.tile.area());
        let bytes = pixels.saturating_mul(samples + u64::from(raster.mask));
        (bytes + bytes / 16).saturating_add(tiles * planes * FRAME)
    };
    settings.levels.iter().map(level).sum()
}

/// The most bytes of rows of all levels that wait: for whole tiles, and for the rows of coarser levels
/// that are computed from them.
fn strips(raster: &Raster, settings: &Settings, step: u32) -> Result<u64> {
    let pixel = to_u64(raster.bands) * to_u64(raster.data_type.bytes()) + 1;
    let sizes = &settings.levels;
    let mut rows = vec![u64::from(settings.tile.height); sizes.len()];
    for target in 1..sizes.len() {
        let picked = raster.data_type.is_complex() && settings.resampling == Resampling::Nearest;
        let source = match picked {
            true => 0,
            false => source_level(sizes, target),
        };
        let resampler = Resampler::new(settings.resampling, sizes[source], sizes[target])?;
        let middle = sizes[target].height / 2;
        let support = resampler.source_rows(middle..middle + 1);
        rows[source] = rows[source].max(2 + 2 * u64::from(support.end - support.start));
    }
    if let Some(base) = rows.first_mut() {
        *base += u64::from(step);
    }
    let level =
        |(size, rows): (&Size, u64)| rows.min(size.height.into()) * u64::from(size.width) * pixel;
    Ok(sizes.iter().zip(rows).map(level).sum())
}

/// The most bytes of rows that wait for whole tiles, where every level is given: one at a time.
fn waiting(raster: &Raster, settings: &Settings, step: u32) -> u64 {
    let pixel = to_u64(raster.bands) * to_u64(raster.data_type.bytes()) + 1;
    let rows = u64::from(settings.tile.height) + u64::from(step);
    let level = |size: &Size| rows.min(size.height.into()) * u64::from(size.width) * pixel;
    settings.levels.iter().map(level).max().unwrap_or(0)
}

/// Bytes of an empty tile with its frame and length, rounded up.
const FRAME: u64 = 64;
/// Bytes that wait in memory for each file of encoded tiles.
const PENDING: u64 = 64 << 10;
