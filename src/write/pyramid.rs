//! Rows of the base in, encoded tiles of all levels out: each level keeps only the rows that the
//! next level and its own unfinished tiles need.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;

use super::options::Settings;
use super::tiles::{EncodedTiles, PassedTile};
use crate::block::Block;
use crate::context::Context;
use crate::error::Result;
use crate::exec::try_map;
use crate::grid::{Size, TileGrid, Window};
use crate::limits::{index, to_u64};
use crate::resampling::{Reduce, Reduction, Resampling, SourceRows, source_level};
use crate::sample::{Sample, Scalar};
use crate::spool::SpoolBudget;
use crate::tile::TileEncoder;

/// A pyramid that takes rows of the base, whatever the type of their samples.
pub(crate) trait RowSink: Send {
    /// Takes the next rows: blocks side by side from the first column on, all of the same rows; and
    /// those of their tiles whose encoded form is known.
    fn push(&mut self, blocks: Vec<Block>, passed: Vec<PassedTile>) -> Result<()>;

    /// The encoded tiles, base first, once all rows have come.
    fn finish(self: Box<Self>) -> Vec<EncodedTiles>;
}

/// A pyramid of samples of one type.
pub(crate) struct Pyramid<T> {
    levels: Vec<PyramidLevel<T>>,
    encoder: TileEncoder,
    /// Tiles of the base that need no encoding, by position.
    passed: HashMap<(u32, u32), Bytes>,
    nodata: Option<T>,
    budget: SpoolBudget,
    context: Context,
}

struct PyramidLevel<T> {
    grid: TileGrid,
    strip: Strip<T>,
    /// Rows of tiles that have been encoded.
    encoded: u32,
    /// The levels that are computed from this one.
    reductions: Vec<(usize, Reduction)>,
    tiles: EncodedTiles,
}

/// Consecutive rows of one level, band by band.
struct Strip<T> {
    width: usize,
    rows: Range<u32>,
    bands: Vec<Vec<T>>,
}

impl<T: Reduce> Pyramid<T> {
    pub(crate) fn new(
        settings: &Settings,
        bands: usize,
        nodata: Option<Scalar>,
        budget: SpoolBudget,
        context: &Context,
    ) -> Result<Self> {
        let mut levels: Vec<PyramidLevel<T>> = settings
            .levels
            .iter()
            .map(|&size| PyramidLevel::new(size, settings, bands))
            .collect();
        for target in 1..levels.len() {
            // GDAL picks the nearest of complex samples from the full image at every level.
            let picked = T::DATA_TYPE.is_complex() && settings.resampling == Resampling::Nearest;
            let source = match picked {
                true => 0,
                false => source_level(&settings.levels, target),
            };
            let (from, to) = (settings.levels[source], settings.levels[target]);
            let reduction = Reduction::new(settings.resampling, from, to)?;
            levels[source].reductions.push((target, reduction));
        }
        let encoder = TileEncoder::new(
            settings.codec.clone(),
            settings.predictor,
            settings.tile,
            bands,
            T::DATA_TYPE,
            &context.limits,
        )?;
        let nodata = nodata.and_then(T::from_scalar);
        let (passed, context) = (HashMap::new(), context.clone());
        Ok(Pyramid {
            levels,
            encoder,
            passed,
            nodata,
            budget,
            context,
        })
    }

    /// Computes what can be computed from the rows at hand, level by level, then encodes the tiles
    /// of all levels that are complete.
    fn advance(&mut self) -> Result<()> {
        for source in 0..self.levels.len() {
            let (above, below) = self.levels.split_at_mut(source + 1);
            let level = &above[source];
            for (target, reduction) in &level.reductions {
                let target = &mut below[target - source - 1].strip;
                reduce(&level.strip, reduction, target, self.nodata, &self.context)?;
            }
        }
        self.encode()?;
        for index in 0..self.levels.len() {
            let keep = self.oldest_needed(index);
            self.levels[index].strip.drop_before(keep);
        }
        Ok(())
    }

    /// Encodes the complete tiles of all levels in parallel and puts them in order.
    fn encode(&mut self) -> Result<()> {
        let complete = |(index, level): (usize, &PyramidLevel<T>)| {
            let rows = level.encoded..level.complete_tile_rows();
            let columns = 0..level.grid.across();
            rows.flat_map(move |row| columns.clone().map(move |column| (index, (column, row))))
                .collect::<Vec<_>>()
        };
        let tiles: Vec<_> = self.levels.iter().enumerate().flat_map(complete).collect();
        let encoded = try_map(&*self.context.executor, tiles, |(index, position)| {
            let record = self
                .record(index, position)
                .map_err(|error| error.at_level(index))?;
            Ok((index, record))
        })?;
        for (index, record) in encoded {
            self.levels[index].tiles.push(&record, &self.budget)?;
        }
        for level in &mut self.levels {
            level.encoded = level.complete_tile_rows();
        }
        let encoded = self.levels[0].encoded;
        self.passed.retain(|&(_, row), _| row >= encoded);
        Ok(())
    }

    /// The record of one tile: its encoded bytes between leader and trailer.
    fn record(&self, level: usize, position: (u32, u32)) -> Result<Vec<u8>> {
        let mut record = EncodedTiles::record();
        match self.passed.get(&position).filter(|_| level == 0) {
            Some(bytes) => {
                self.context.counters.add_passed();
                record.extend_from_slice(bytes);
            }
            None => {
                self.context.counters.add_encoded();
                let PyramidLevel { grid, strip, .. } = &self.levels[level];
                let planes = strip.planes(grid.window(position.0, position.1));
                self.encoder.encode(&planes, &mut record)?;
            }
        }
        Ok(EncodedTiles::close(record))
    }

    /// The first row of a level that a tile or another level still needs.
    fn oldest_needed(&self, source: usize) -> u32 {
        let level = &self.levels[source];
        let tile = level.encoded.saturating_mul(level.grid.tile.height);
        let next = |(target, reduction): &(usize, Reduction)| {
            let done = self.levels[*target].strip.rows.end;
            match done < reduction.to().height {
                true => reduction.source_rows(done..done + 1).start,
                false => u32::MAX,
            }
        };
        level.reductions.iter().map(next).fold(tile, u32::min)
    }
}

impl<T: Reduce> RowSink for Pyramid<T> {
    fn push(&mut self, blocks: Vec<Block>, passed: Vec<PassedTile>) -> Result<()> {
        self.passed
            .extend(passed.into_iter().map(|tile| (tile.position, tile.bytes)));
        self.levels[0].strip.append(&blocks);
        drop(blocks);
        let bytes = self
            .levels
            .iter()
            .map(|level| level.strip.bytes() + level.tiles.memory());
        let held: u64 = bytes.sum();
        let context = self.context.clone();
        let _held = context.counters.hold(held);
        self.advance()
    }

    fn finish(self: Box<Self>) -> Vec<EncodedTiles> {
        self.levels.into_iter().map(|level| level.tiles).collect()
    }
}

impl<T: Sample> PyramidLevel<T> {
    fn new(size: Size, settings: &Settings, bands: usize) -> Self {
        let strip = Strip {
            width: index(size.width),
            rows: 0..0,
            bands: vec![Vec::new(); bands],
        };
        let grid = TileGrid {
            image: size,
            tile: settings.tile,
        };
        let tiles = EncodedTiles::new(grid);
        PyramidLevel {
            grid,
            strip,
            encoded: 0,
            reductions: Vec::new(),
            tiles,
        }
    }
}

impl<T> PyramidLevel<T> {
    /// Rows of tiles, from the first on, whose pixels have all come.
    fn complete_tile_rows(&self) -> u32 {
        match self.strip.rows.end >= self.grid.image.height {
            true => self.grid.down(),
            false => self.strip.rows.end / self.grid.tile.height,
        }
    }
}

impl<T: Sample> Strip<T> {
    /// Appends blocks that stand side by side.
    fn append(&mut self, blocks: &[Block]) {
        let height = blocks.first().map_or(0, |block| block.size().height);
        for (band, values) in self.bands.iter_mut().enumerate() {
            values.reserve(index(height) * self.width);
            for row in 0..index(height) {
                for block in blocks {
                    let width = index(block.size().width);
                    let start = (band * index(height) + row) * width;
                    let samples = block.as_slice::<T>().unwrap_or_default();
                    values.extend_from_slice(&samples[start..start + width]);
                }
            }
        }
        self.rows.end += height;
    }

    /// Appends rows of zeros and gives them, band by band.
    fn grow(&mut self, rows: u32) -> Vec<&mut [T]> {
        let more = index(rows) * self.width;
        self.rows.end += rows;
        let grown = |band: &mut Vec<T>| band.len() + more;
        self.bands
            .iter_mut()
            .map(|band| {
                let length = grown(band);
                band.resize(length, T::default());
                &mut band[length - more..]
            })
            .collect()
    }

    fn drop_before(&mut self, row: u32) {
        let row = row.clamp(self.rows.start, self.rows.end);
        let samples = index(row - self.rows.start) * self.width;
        for band in &mut self.bands {
            band.drain(..samples);
        }
        self.rows.start = row;
    }

    /// Row segments of a window, for each band.
    fn planes(&self, window: Window) -> Vec<Vec<&[T]>> {
        let (left, width) = (index(window.column), index(window.width));
        let top = index(window.row - self.rows.start);
        let lines = |band: &'_ Vec<T>| -> Vec<Range<usize>> {
            let starts = (top..top + index(window.height)).map(|row| row * self.width + left);
            debug_assert!((top + index(window.height)) * self.width <= band.len());
            starts.map(|start| start..start + width).collect()
        };
        let plane = |band| lines(band).into_iter().map(|line| &band[line]).collect();
        self.bands.iter().map(plane).collect()
    }

    fn bytes(&self) -> u64 {
        let samples: usize = self.bands.iter().map(Vec::len).sum();
        to_u64(samples * T::BYTES)
    }
}

/// Appends to `target` the rows that can be computed from the rows in `source`.
fn reduce<T: Reduce>(
    source: &Strip<T>,
    reduction: &Reduction,
    target: &mut Strip<T>,
    nodata: Option<T>,
    context: &Context,
) -> Result<()> {
    let first = target.rows.end;
    let last = computable(reduction, first, source.rows.end);
    if last <= first {
        return Ok(());
    }
    let width = target.width;
    let mut jobs = Vec::new();
    for (band, out) in target.grow(last - first).into_iter().enumerate() {
        let mut row = first;
        for out in out.chunks_mut(index(PIECE_ROWS) * width) {
            let rows = row..(row + PIECE_ROWS).min(last);
            row = rows.end;
            jobs.push((band, rows, out));
        }
    }
    try_map(
        &*context.executor,
        jobs,
        |(band, rows, out): (usize, Range<u32>, &mut [T])| {
            let samples = &source.bands[band];
            let rows_at_hand = SourceRows {
                first_row: source.rows.start,
                samples,
                nodata,
                mask: None,
            };
            reduction.reduce(&rows_at_hand, rows, out)
        },
    )?;
    Ok(())
}

/// One past the last row that can be computed when source rows up to `end` are at hand.
fn computable(reduction: &Reduction, first: u32, end: u32) -> u32 {
    let complete = end >= reduction.from().height;
    let possible = |row: u32| complete || reduction.source_rows(row..row + 1).end <= end;
    let rows = reduction.to().height.saturating_sub(first);
    let (mut low, mut high) = (0, rows);
    while low < high {
        let middle = low + (high - low) / 2;
        if possible(first + middle) {
            low = middle + 1
        } else {
            high = middle
        }
    }
    first + low
}

/// Rows that one job computes: enough that neighbours' shared source rows cost little.
const PIECE_ROWS: u32 = 64;
