//! Pixels of a level at another size: the level that serves them is chosen, read in bands of rows,
//! and resampled, all as GDAL 3.10's `RasterIO` does.

pub(crate) mod side;
mod strip;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::level::{Level, MaskKind};
use crate::context::Context;
use crate::error::{Result, Unsupported};
use crate::exec::try_map;
use crate::grid::{Size, Window};
use crate::limits::{Limits, index, product, to_u64, zeroed};
use crate::resampling::{Coverage, Reduce, Resampler, Resampling, SourceRows};
use crate::sample::DataType;

use side::{Piece, Side, best_overview, blocks};
use strip::Strip;

/// Pixels wanted of a level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) columns: Side,
    pub(super) rows: Side,
    /// Bands counted from 0.
    pub(super) bands: &'a [usize],
    pub(super) method: Resampling,
    /// True if an overview may serve.
    pub(super) overviews: bool,
    /// True if the bands are read by one call, which GDAL treats otherwise in corners.
    pub(super) together: bool,
}

impl Task<'_> {
    /// Pixels of one band of the result.
    fn area(&self) -> usize {
        index(self.columns.count) * index(self.rows.count)
    }
}

impl Level {
    /// Fills `out`, band by band, with the pixels of a task, and says which level they are of.
    pub(super) fn serve<T: Reduce>(&self, task: &Task<'_>, out: &mut [T]) -> Result<usize> {
        let Some(level) = self.overview_for(task) else {
            return self.produce(task, out).map(|()| self.index());
        };
        let size = level.size();
        let task = Task {
            columns: task.columns.on_overview(size.width),
            rows: task.rows.on_overview(size.height),
            overviews: false,
            ..*task
        };
        level.produce(&task, out)?;
        Ok(level.index())
    }

    /// The overview that serves a task better than this level, if there is one.
    fn overview_for(&self, task: &Task<'_>) -> Option<Level> {
        if !task.overviews || !(task.columns.shrinks() || task.rows.shrinks()) {
            return None;
        }
        let mut overviews = self.overviews();
        // Overviews of one bit that were averaged to grey have samples of 8 bits: they are for the
        // eye, and GDAL leaves them out.
        overviews.retain(|overview| overview.image().bits == self.image().bits);
        let sizes: Vec<Size> = overviews.iter().map(Level::size).collect();
        let best = best_overview(self.size(), &sizes, (task.columns, task.rows), task.method)?;
        Some(overviews.swap_remove(best))
    }

    fn produce<T: Reduce>(&self, task: &Task<'_>, out: &mut [T]) -> Result<()> {
        let Task { columns, rows, .. } = *task;
        let same = columns.is_same() && rows.is_same();
        let unshifted = columns.starts_whole() && rows.starts_whole();
        let exact = columns.is_whole() && rows.is_whole();
        // GDAL copies bands that are interleaved by pixel as soon as whole numbers agree.
        let chunky = task.together && self.bands() > 1 && !self.image().planar;
        let copied = chunky && (unshifted || task.method == Resampling::Nearest);
        if same && (exact || copied) {
            let window = Window::new(columns.offset, rows.offset, columns.count, rows.count);
            return self.read_samples(window, task.bands, out);
        }
        let method = self.allowed(task.method)?;
        if method == Resampling::Nearest {
            return self.pick(task, out);
        }
        let shared = match task.together && !same && method.is_convolution() {
            true => self.sharing(task),
            false => 0,
        };
        let (first, rest) = task.bands.split_at(shared);
        let (first_out, rest_out) = out.split_at_mut(shared * task.area());
        self.resample(&Resampled::new(self, task, first, true, method), first_out)?;
        self.resample(&Resampled::new(self, task, rest, false, method), rest_out)
    }

    /// The method by which samples can be computed. Indices of a colour table are no numbers:
    /// convolutions of them are the nearest pixel, as in GDAL.
    fn allowed(&self, method: Resampling) -> Result<Resampling> {
        let indices = self.bands() == 1 && !self.is_mask() && self.color_table().is_some();
        match method {
            Resampling::Nearest => Ok(method),
            _ if self.data_type().is_complex() => {
                let what = "complex samples at another size by a method other than nearest";
                Err(Unsupported::Feature(what).into())
            }
            _ if !indices => Ok(method),
            Resampling::Average | Resampling::Gauss | Resampling::Rms => {
                let what = "means of the indices of a colour table: take the nearest or the mode";
                Err(Unsupported::Feature(what).into())
            }
            method if method.is_convolution() => Ok(Resampling::Nearest),
            method => Ok(method),
        }
    }

    /// How many of the first bands GDAL resamples in one go: those that share a mask, if no nodata
    /// value is in play.
    fn sharing(&self, task: &Task<'_>) -> usize {
        let shrinks = task.columns.shrinks() || task.rows.shrinks();
        let kind = self.mask_kind();
        if task.bands.len() < 2
            || matches!(kind, MaskKind::Nodata(_))
            || (shrinks && task.overviews && !self.overviews().is_empty())
        {
            return 0;
        }
        let is_alpha = |&band: &usize| kind == MaskKind::Alpha(band + 1);
        let first = is_alpha(&task.bands[0]);
        let same = task.bands.iter().take_while(|band| is_alpha(band) == first);
        same.count()
    }

    /// The nearest pixels. Rows of tiles without any are not read.
    fn pick<T: Reduce>(&self, task: &Task<'_>, out: &mut [T]) -> Result<()> {
        let (columns, rows) = (task.columns.nearest_columns(), task.rows.nearest_rows());
        let Some((left, right)) = columns.iter().min().zip(columns.iter().max()) else {
            return Ok(());
        };
        let width = right - left + 1;
        let places: Vec<usize> = columns.iter().map(|column| index(column - left)).collect();
        let row_bytes = index(width) * task.bands.len() * T::BYTES;
        let tile_height = self.tile_size().height;
        let mut start = 0;
        while start < rows.len() {
            let count = batch(&rows[start..], tile_height, row_bytes);
            let picked = &rows[start..start + count];
            let (top, bottom) = (picked[0], picked[count - 1]);
            let window = Window::new(*left, top, width, bottom - top + 1);
            let samples = self.samples(window, task.bands)?;
            let picked = picked.iter().map(|row| index(row - top)).collect();
            let picks = Resampler::picking(window.size(), places.clone(), picked)?;
            let part = start * columns.len()..(start + count) * columns.len();
            let jobs = samples
                .chunks_exact(index(width) * index(window.height))
                .zip(out.chunks_exact_mut(task.area()))
                .map(|(samples, out)| (samples, &mut out[part.clone()]));
            try_map(
                &*self.context().executor,
                &self.context().cancel,
                jobs.collect(),
                |(samples, out)| {
                    let source = SourceRows {
                        first_row: 0,
                        samples,
                        nodata: None,
                        mask: None,
                    };
                    picks.reduce(&source, 0..picks.to().height, out)
                },
            )?;
            start += count;
        }
        Ok(())
    }

    /// Bands of a window inside the level.
    fn samples<T: Reduce>(&self, window: Window, bands: &[usize]) -> Result<Vec<T>> {
        let bytes = [window.size().area(), to_u64(bands.len()), to_u64(T::BYTES)];
        let allowed = self.context().limits.block_bytes;
        Limits::check("block_bytes", product(&bytes)?, allowed)?;
        self.check_tiles(window, bands)?;
        let mut samples = zeroed(index(window.width) * index(window.height) * bands.len())?;
        self.read_samples(window, bands, &mut samples)?;
        Ok(samples)
    }

    /// The weights of pixels by a mask or an alpha band, as GDAL's mask bands have them.
    fn weights(&self, window: Window) -> Result<Vec<u8>> {
        match (self.mask_kind(), self.data_type()) {
            (MaskKind::Alpha(band), DataType::U16) => {
                let alphas = self.samples::<u16>(window, &[band - 1])?;
                Ok(alphas.into_iter().map(scaled_alpha).collect())
            }
            (MaskKind::Alpha(band), _) => self.samples(window, &[band - 1]),
            _ => self.mask_level().samples(window, &[0]),
        }
    }

    fn resample<T: Reduce>(&self, job: &Resampled<'_>, out: &mut [T]) -> Result<()> {
        if job.bands.is_empty() {
            return Ok(());
        }
        for columns in job.groups(self.tile_size().height, T::BYTES) {
            self.resample_columns(job, columns, out)?;
        }
        if let Some(most) = job.most(self) {
            out.iter_mut()
                .for_each(|sample| *sample = sample.at_most(most));
        }
        Ok(())
    }

    /// Computes some columns of the result, from top to bottom.
    fn resample_columns<T: Reduce>(
        &self,
        job: &Resampled<'_>,
        columns: &[Piece],
        out: &mut [T],
    ) -> Result<()> {
        let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
            return Ok(());
        };
        let range = first.source.start..last.source.end;
        let end = job.rows.last().map_or(0, |rows| rows.source.end);
        let tiles = |level: &Level| (level.tile_size().height, end);
        let mut strip = Strip::new(range.clone(), job.bands.len());
        let mut weights = job.masked.then(|| Strip::new(range.clone(), 1));
        let bytes = job.group_bytes(range.len(), self.tile_size().height, T::BYTES);
        Limits::check("block_bytes", bytes, self.context().limits.block_bytes)?;
        let _held = self.context().counters.hold(bytes);
        for rows in &job.rows {
            strip.advance(rows.source.clone(), tiles(self), |window| {
                self.samples(window, job.bands)
            })?;
            if let Some(weights) = &mut weights {
                let tiles = tiles(&self.mask_level());
                weights.advance(rows.source.clone(), tiles, |window| self.weights(window))?;
            }
            let parts = job.parts(self, (columns, rows), &strip, weights.as_ref())?;
            self.compute(job, &parts, rows, out)?;
        }
        Ok(())
    }

    /// Computes the parts of one row of pieces and puts them in their places.
    fn compute<T: Reduce>(
        &self,
        job: &Resampled<'_>,
        parts: &[Part<'_, T>],
        rows: &Piece,
        out: &mut [T],
    ) -> Result<()> {
        let lines = 0..rows.pixels.end - rows.pixels.start;
        let starts: Vec<u32> = lines.clone().step_by(index(JOB_ROWS)).collect();
        let jobs: Vec<(&Part<'_, T>, Range<u32>)> = parts
            .iter()
            .flat_map(|part| starts.iter().map(move |&start| (part, start)))
            .map(|(part, start)| (part, start..(start + JOB_ROWS).min(lines.end)))
            .collect();
        let Context {
            executor, cancel, ..
        } = self.context();
        let results = try_map(&**executor, cancel, jobs, |(part, lines)| {
            Ok((part, lines.start, part.compute(lines)?))
        })?;
        for (part, first, samples) in results {
            let width = part.pixels.len();
            let top = index(rows.pixels.start + first);
            let plane = &mut out[part.band * job.area..][..job.area];
            for (line, samples) in samples.chunks_exact(width).enumerate() {
                let start = (top + line) * job.width + index(part.pixels.start);
                plane[start..start + width].copy_from_slice(samples);
            }
        }
        Ok(())
    }
}

/// A resampling of some bands, cut into pieces.
struct Resampled<'a> {
    method: Resampling,
    bands: &'a [usize],
    columns: Vec<Piece>,
    rows: Vec<Piece>,
    /// True if bands are resampled in one go: then nodata plays no part.
    shared: bool,
    /// True if there is a mask or an alpha band to weigh pixels by.
    masked: bool,
    /// Columns of the result, and pixels of one of its bands.
    width: usize,
    area: usize,
}

impl<'a> Resampled<'a> {
    fn new(
        level: &Level,
        task: &Task<'_>,
        bands: &'a [usize],
        shared: bool,
        method: Resampling,
    ) -> Self {
        let (columns, rows) = (task.columns, task.rows);
        let (width, height) = blocks((columns, rows), level.tile_size().width);
        let (mut across, mut down) = (columns.step(), rows.step());
        if shared {
            (across, down) = (across.max(down), across.max(down));
        }
        Resampled {
            method,
            bands,
            columns: columns.pieces(width, method.radius(), across),
            rows: rows.pieces(height, method.radius(), down),
            shared,
            masked: matches!(level.mask_kind(), MaskKind::Mask | MaskKind::Alpha(_)),
            width: index(columns.count),
            area: task.area(),
        }
    }

    /// The pieces of columns in groups whose source fits a bounded memory, or of one piece each.
    fn groups(&self, tile_height: u32, sample: usize) -> Vec<&[Piece]> {
        let mut groups = Vec::new();
        let mut start = 0;
        for end in 1..=self.columns.len() {
            let next = self
                .columns
                .get(end)
                .map_or(u32::MAX, |piece| piece.source.end);
            let width = index(next - self.columns[start].source.start);
            let full = self.group_bytes(width, tile_height, sample) > GROUP_BYTES;
            if end == self.columns.len() || full {
                groups.push(&self.columns[start..end]);
                start = end;
            }
        }
        groups
    }

    /// What source rows for a piece of rows take at most, with their mask.
    fn group_bytes(&self, width: usize, tile_height: u32, sample: usize) -> u64 {
        let rows = self.rows.iter().map(|piece| piece.source.len()).max();
        let rows = to_u64(rows.unwrap_or(0)) + u64::from(tile_height);
        let pixel = to_u64(self.bands.len() * sample + usize::from(self.masked));
        rows.saturating_mul(to_u64(width)).saturating_mul(pixel)
    }

    /// The largest number that samples of fewer bits than their type can have, where kernels
    /// overshoot.
    fn most(&self, level: &Level) -> Option<f64> {
        let bits = level.image().bits;
        let unsigned = matches!(
            level.data_type(),
            DataType::U8 | DataType::U16 | DataType::U32
        );
        let overshoots = self.method.is_convolution() && self.method != Resampling::Bilinear;
        let fewer = usize::from(bits) < 8 * level.data_type().bytes() && !level.is_mask();
        (unsigned && overshoots && fewer && bits < 32).then(|| f64::from((1u32 << bits) - 1))
    }

    /// The parts of one row of pieces, with their source.
    fn parts<'s, T: Reduce>(
        &self,
        level: &Level,
        (columns, rows): (&[Piece], &Piece),
        strip: &'s Strip<T>,
        weights: Option<&'s Strip<u8>>,
    ) -> Result<Vec<Part<'s, T>>> {
        let kind = level.mask_kind();
        let nodata = level.nodata().filter(|_| !self.shared && !level.is_mask());
        let mut parts = Vec::new();
        for piece in columns {
            let (across, down) = (piece.axis.clone(), rows.axis.clone());
            let resampler = Arc::new(Resampler::along(self.method, across, down)?);
            let mask = weights.map(|weights| weights.part(0, &piece.source, &rows.source));
            for (place, band) in self.bands.iter().enumerate() {
                let own = kind == MaskKind::Alpha(band + 1);
                let mut part = Part {
                    resampler: resampler.clone(),
                    band: place,
                    pixels: piece.pixels.clone(),
                    samples: strip.part(place, &piece.source, &rows.source),
                    nodata: nodata.and_then(T::from_scalar),
                    mask: mask.clone().filter(|_| !own),
                    coverage: Coverage::All,
                };
                if matches!(kind, MaskKind::Nodata(_)) || part.mask.is_some() {
                    part.coverage = part.source().coverage();
                }
                parts.push(part);
            }
        }
        Ok(parts)
    }
}

/// One band of a piece of columns and a piece of rows.
struct Part<'s, T: Clone> {
    resampler: Arc<Resampler>,
    /// The band's place in the result.
    band: usize,
    /// Columns of the result.
    pixels: Range<u32>,
    samples: Cow<'s, [T]>,
    nodata: Option<T>,
    mask: Option<Cow<'s, [u8]>>,
    coverage: Coverage,
}

impl<T: Reduce> Part<'_, T> {
    fn source(&self) -> SourceRows<'_, T> {
        SourceRows {
            first_row: 0,
            samples: &self.samples,
            nodata: self.nodata,
            mask: self.mask.as_deref(),
        }
    }

    /// Rows of the piece, counted from its first.
    fn compute(&self, lines: Range<u32>) -> Result<Vec<T>> {
        let mut out = zeroed(lines.len() * self.pixels.len())?;
        match self.coverage {
            Coverage::None => out.fill(self.nodata.unwrap_or_default()),
            Coverage::All => self
                .resampler
                .reduce_valid(&self.source(), lines, &mut out)?,
            Coverage::Some => self.resampler.reduce(&self.source(), lines, &mut out)?,
        }
        Ok(out)
    }
}

/// How many of some rows, which do not run back, are read at once: whole rows of tiles next to each
/// other, of a bounded number of bytes.
fn batch(rows: &[u32], tile_height: u32, row_bytes: usize) -> usize {
    let first = rows.first().map_or(0, |row| row / tile_height);
    let most = (BATCH_BYTES / (row_bytes * index(tile_height)).max(1)).max(1);
    let mut before = first;
    for (count, row) in rows.iter().enumerate() {
        let tile = row / tile_height;
        if tile > before + 1 || index(tile - first) >= most {
            return count;
        }
        before = tile;
    }
    rows.len()
}

/// An alpha of 16 bits in 8, as GDAL has it: what is not 0 stays so.
fn scaled_alpha(alpha: u16) -> u8 {
    match alpha {
        1..257 => 1,
        _ => u8::try_from(u32::from(alpha) * 255 / 65535).unwrap_or(u8::MAX),
    }
}

/// Rows that one job computes.
const JOB_ROWS: u32 = 64;

/// Decoded bytes from which the nearest pixels are picked.
const BATCH_BYTES: usize = 16 << 20;

/// Decoded bytes that are kept as source of a resampling, unless one piece needs more.
const GROUP_BYTES: u64 = 64 << 20;
