//! Rows of the base in, encoded tiles of all levels out: each level keeps only the rows that the
//! next level and its own unfinished tiles need.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::settings::{Make, Settings};
use super::strip::Strip;
use super::tiles::{EncodedTiles, PassedTile};
use crate::block::Block;
use crate::context::Context;
use crate::error::Result;
use crate::exec::try_map;
use crate::format::layout::TileOf;
use crate::grid::{Size, TileGrid};
use crate::limits::{index, to_u64};
use crate::resampling::{Reduce, Resampler, Resampling, SourceRows, source_level};
use crate::sample::{Sample, Scalar};
use crate::spool::SpoolBudget;
use crate::tile::{MaskEncoder, TileEncoder, TileForm};
use crate::trace::entered;

/// A pyramid that takes rows of the base, whatever the type of their samples.
pub(crate) trait RowSink: Send {
    /// Takes the next rows: blocks side by side from the first column on, all of the same rows; and
    /// those of their tiles whose encoded form is known.
    fn push(&mut self, blocks: Vec<Block>, passed: Vec<PassedTile>) -> Result<()>;

    /// The encoded tiles, base first, once all rows have come.
    fn finish(self: Box<Self>) -> Vec<EncodedTiles>;
}

/// What tells the valid pixels of a raster, beside its nodata value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cover {
    /// Nothing.
    None,
    /// A mask of its own, written beside the bands.
    Mask,
    /// The last band: it weighs the others in overviews, as in GDAL.
    Alpha,
}

/// What a pyramid holds, beside sizes and makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    pub(crate) bands: usize,
    pub(crate) nodata: Option<Scalar>,
    pub(crate) cover: Cover,
}

/// A pyramid of samples of one type.
pub(crate) struct Pyramid<T> {
    levels: Vec<PyramidLevel<T>>,
    /// The number of the first level in the file.
    first: usize,
    base: TileEncoder,
    overviews: TileEncoder,
    masks: MaskEncoder,
    /// Bands that share a tile.
    tile_bands: usize,
    /// What tiles that are left out are read as.
    sparse: Option<T>,
    /// Tiles of the base that need no encoding, by position.
    passed: HashMap<(u32, u32), Bytes>,
    cover: Cover,
    nodata: Option<T>,
    budget: Arc<SpoolBudget>,
    context: Context,
}

struct PyramidLevel<T> {
    grid: TileGrid,
    strip: Strip<T>,
    /// Rows of tiles that have been encoded.
    encoded: u32,
    /// The levels that are computed from this one.
    reductions: Vec<(usize, Resampler)>,
    tiles: EncodedTiles,
}

/// A tile of a level, and its record; none if it is left out.
type Record = (TileOf, Option<Vec<u8>>);

impl<T: Reduce> Pyramid<T> {
    /// A pyramid of some of the levels, the first of which is given.
    pub(crate) fn new(
        settings: &Settings,
        of: Range<usize>,
        content: Content,
        budget: Arc<SpoolBudget>,
        context: &Context,
    ) -> Result<Self> {
        let Content {
            bands,
            nodata,
            cover,
        } = content;
        let planes = settings.planes(bands);
        let level = |&size: &Size| PyramidLevel::new(size, settings, content, &budget);
        let sizes = &settings.levels[of.clone()];
        let mut levels: Vec<PyramidLevel<T>> = sizes.iter().map(level).collect::<Result<_>>()?;
        for target in 1..levels.len() {
            // GDAL picks the nearest of complex samples from the full image at every level.
            let picked = T::DATA_TYPE.is_complex() && settings.resampling == Resampling::Nearest;
            let source = match picked {
                true => 0,
                false => source_level(sizes, target),
            };
            let (from, to) = (sizes[source], sizes[target]);
            let reduction = Resampler::new(settings.resampling, from, to)?;
            levels[source].reductions.push((target, reduction));
        }
        let tile_bands = bands / planes;
        let encoder = |make: &Make, clamped| {
            let form = TileForm {
                tile: settings.tile,
                bands: tile_bands,
                data_type: T::DATA_TYPE,
                bits: settings.bits,
                clamped,
                replicated: make.replicates(),
            };
            TileEncoder::new(make.codec.clone(), make.predictor, form, &context.limits)
        };
        let nodata = nodata.and_then(T::from_scalar);
        Ok(Pyramid {
            levels,
            first: of.start,
            base: encoder(&settings.base, false)?,
            overviews: encoder(&settings.overview, true)?,
            masks: MaskEncoder::new(settings.masks.codec.clone(), settings.tile),
            tile_bands,
            sparse: settings.sparse.then(|| nodata.unwrap_or_default()),
            passed: HashMap::new(),
            cover,
            nodata,
            budget,
            context: context.clone(),
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
        let Context {
            executor, cancel, ..
        } = &self.context;
        let encoded = try_map(&**executor, cancel, tiles, |(index, position)| {
            let _span = entered!(
                DEBUG,
                "encode",
                level = self.first + index,
                column = position.0,
                row = position.1
            );
            let records = self
                .records(index, position)
                .map_err(|error| error.at_level(index))?;
            Ok((index, records))
        })?;
        for (index, records) in encoded {
            for (tile, record) in records {
                if let Some(record) = record {
                    self.levels[index].tiles.push(tile, &record, &self.budget)?;
                }
            }
        }
        for level in &mut self.levels {
            level.encoded = level.complete_tile_rows();
        }
        let encoded = self.levels[0].encoded;
        self.passed.retain(|&(_, row), _| row >= encoded);
        Ok(())
    }

    /// The records of one place: the tile of each plane and that of the mask, encoded, between
    /// leader and trailer.
    fn records(&self, level: usize, position: (u32, u32)) -> Result<Vec<Record>> {
        let PyramidLevel { grid, strip, .. } = &self.levels[level];
        let window = grid.window(position.0, position.1);
        let place = grid.index(position.0, position.1);
        let planes = strip.planes(window);
        let mut records = Vec::new();
        for (plane, bands) in planes.chunks(self.tile_bands).enumerate() {
            let tile = TileOf::Image(to_u64(plane) * grid.count() + place);
            records.push((tile, self.image_record(level, position, bands)?));
        }
        if self.cover == Cover::Mask {
            let rows = strip.cover_rows(window);
            records.push((TileOf::Mask(place), self.mask_record(&rows)?));
        }
        Ok(records)
    }

    fn image_record(
        &self,
        level: usize,
        position: (u32, u32),
        bands: &[Vec<&[T]>],
    ) -> Result<Option<Vec<u8>>> {
        let mut record = EncodedTiles::record();
        let counters = &self.context.counters;
        if let Some(bytes) = self.passed.get(&position).filter(|_| level == 0) {
            counters.add_passed();
            record.extend_from_slice(bytes);
            return Ok(Some(EncodedTiles::close(record)));
        }
        if self.sparse.is_some_and(|fill| all_are(bands, fill)) {
            return Ok(None);
        }
        counters.add_encoded();
        let encoder = match self.first + level {
            0 => &self.base,
            _ => &self.overviews,
        };
        encoder.encode(bands, &mut record)?;
        Ok(Some(EncodedTiles::close(record)))
    }

    fn mask_record(&self, rows: &[&[u8]]) -> Result<Option<Vec<u8>>> {
        let empty = || rows.iter().all(|row| row.iter().all(|&pixel| pixel == 0));
        if self.sparse.is_some() && empty() {
            return Ok(None);
        }
        let mut record = EncodedTiles::record();
        self.masks.encode(rows, &mut record)?;
        Ok(Some(EncodedTiles::close(record)))
    }

    /// The first row of a level that a tile or another level still needs.
    fn oldest_needed(&self, source: usize) -> u32 {
        let level = &self.levels[source];
        let tile = level.encoded.saturating_mul(level.grid.tile.height);
        let next = |(target, reduction): &(usize, Resampler)| {
            let done = self.levels[*target].strip.rows.end;
            match done < reduction.to().height {
                true => reduction.source_rows(done..done + 1).start,
                false => u32::MAX,
            }
        };
        level.reductions.iter().map(next).fold(tile, u32::min)
    }
}

/// True if all samples are this one, bit for bit but for NaN.
fn all_are<T: Sample>(bands: &[Vec<&[T]>], fill: T) -> bool {
    let mut rows = bands.iter().flatten();
    rows.all(|row| row.iter().all(|value| value.is_nodata(fill)))
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
    fn new(
        size: Size,
        settings: &Settings,
        content: Content,
        budget: &SpoolBudget,
    ) -> Result<Self> {
        let Content { bands, cover, .. } = content;
        let grid = TileGrid {
            image: size,
            tile: settings.tile,
        };
        let (planes, masked) = (settings.planes(bands), cover == Cover::Mask);
        let tiles = EncodedTiles::new(grid, settings.interleave, planes, masked, budget)?;
        Ok(PyramidLevel {
            grid,
            strip: Strip::new(size, bands, cover),
            encoded: 0,
            reductions: Vec::new(),
            tiles,
        })
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

/// Appends to `target` the rows that can be computed from the rows in `source`.
fn reduce<T: Reduce>(
    source: &Strip<T>,
    reduction: &Resampler,
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
    let grown = target.grow(last - first);
    for (band, out) in grown.bands.into_iter().enumerate() {
        for (rows, out) in pieces(first..last, width, out) {
            jobs.push(Piece::Band { band, rows, out });
        }
    }
    for (rows, out) in pieces(first..last, width, grown.mask) {
        jobs.push(Piece::Mask { rows, out });
    }
    let first_row = source.rows.start;
    let own = source.own_weights();
    try_map(
        &*context.executor,
        &context.cancel,
        jobs,
        |piece| match piece {
            Piece::Band { band, rows, out } => {
                let at_hand = SourceRows {
                    first_row,
                    samples: &source.bands[band],
                    nodata,
                    mask: match &own {
                        Some(own) if band + 1 == source.bands.len() => Some(own),
                        _ => source.mask(),
                    },
                };
                reduction.reduce(&at_hand, rows, out)
            }
            Piece::Mask { rows, out } => {
                let mask = source.mask().unwrap_or_default();
                reduction.reduce_mask(mask, first_row, rows, out)
            }
        },
    )?;
    target.settle(last - first);
    Ok(())
}

/// Rows of a band or of the mask, computed by one job.
enum Piece<'a, T> {
    Band {
        band: usize,
        rows: Range<u32>,
        out: &'a mut [T],
    },
    Mask {
        rows: Range<u32>,
        out: &'a mut [u8],
    },
}

/// Cuts rows into pieces for jobs.
fn pieces<T>(
    rows: Range<u32>,
    width: usize,
    out: &mut [T],
) -> impl Iterator<Item = (Range<u32>, &mut [T])> {
    let starts = (rows.start..).step_by(index(PIECE_ROWS));
    let piece = move |start: u32| start..start.saturating_add(PIECE_ROWS).min(rows.end);
    starts
        .map(piece)
        .zip(out.chunks_mut((index(PIECE_ROWS) * width).max(1)))
}

/// One past the last row that can be computed when source rows up to `end` are at hand.
fn computable(reduction: &Resampler, first: u32, end: u32) -> u32 {
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
