//! The unit of work: how a raster is cut.

use super::evaluator::{Evaluator, Extent};
use crate::error::{Result, Usage};
use crate::grid::{Size, TileGrid};
use crate::lazy::{Lazy, Settled};
use crate::limits::{Limits, to_u64};
use crate::read::level::Level;

/// How a lazy raster is cut into chunks, the units of work. The results are the same whatever is
/// chosen; memory and speed are not. A chunk that is smaller than the tiles of an input has them read
/// and decoded again for each of its neighbours.
///
/// A [plan](crate::Plan) of a COG rounds rows and columns up to whole tiles of the output, and takes
/// all bands of a chunk together. Whatever is asked for, [`limits.job_bytes`](crate::Limits::job_bytes)
/// holds: chunks that need more are halved, down to one tile, before the job is refused.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Chunks {
    /// Whole tiles: of the output, or else of the first input; at least as large as the largest tile
    /// of an input and as 512 x 512 pixels, so that few tiles are decoded twice.
    #[default]
    Auto,
    /// One band, and as many whole tiles of the first input, in a shape like theirs, as about so many
    /// bytes of the result hold: Dask's rule for `chunks="auto"`, where rioxarray gives it one band
    /// and the file's tiles. Both sides grow by the square root of what fits into the bytes, rounded
    /// down to whole tiles; a side that would be longer than the raster's is as long, and the other
    /// one gets what is left. At least one tile, which Dask would cut. Source:
    /// `dask.array.core.auto_chunks`.
    AutoBytes(u64),
    /// One tile: of the output, or else of the first input.
    Tiles,
    /// So many bands, rows and columns; at the edges what is left.
    Shape {
        /// Bands.
        bands: usize,
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
    },
}

impl Chunks {
    /// Dask's default, `array.chunk-size`: 128 MiB.
    pub const DASK: Chunks = Chunks::AutoBytes(128 << 20);

    /// How many of so many bands are computed at a time.
    pub(super) fn bands(self, count: usize) -> usize {
        match self {
            Chunks::Auto | Chunks::Tiles => count,
            Chunks::AutoBytes(_) => 1,
            Chunks::Shape { bands, .. } => bands.min(count),
        }
    }

    fn check(self) -> Result<()> {
        let zero = match self {
            Chunks::Auto | Chunks::Tiles => false,
            Chunks::AutoBytes(bytes) => bytes == 0,
            Chunks::Shape {
                bands,
                rows,
                columns,
            } => bands == 0 || rows == 0 || columns == 0,
        };
        match zero {
            true => Err(Usage::Option("chunks: 0 is not a size of chunks".into()).into()),
            false => Ok(()),
        }
    }
}

/// Bands, rows and columns.
impl From<(usize, u32, u32)> for Chunks {
    fn from((bands, rows, columns): (usize, u32, u32)) -> Self {
        Chunks::Shape {
            bands,
            rows,
            columns,
        }
    }
}

impl Level {
    /// Rows and columns of the tiles of each band, as rasterio's `block_shapes`.
    pub fn block_shapes(&self) -> Vec<(u32, u32)> {
        let tile = self.tile_size();
        vec![(tile.height, tile.width); self.bands()]
    }
}

impl Lazy {
    /// Rows and columns of the tiles of the first input that is read, for each band of the result: what
    /// rasterio's `block_shapes` are of that file.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn block_shapes(&self) -> Result<Vec<(u32, u32)>> {
        let settled = self.settle()?;
        let tile = tiles(&settled).next().unwrap_or(SMALLEST);
        Ok(vec![(tile.height, tile.width); settled.bound.bands()])
    }
}

/// The unit of evaluation: what was asked for, for a COG in whole tiles of the `output`; smaller where
/// memory demands it.
///
/// # Errors
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the smallest chunks exceed `limits.job_bytes`, and
/// [`Usage::Option`] for chunks of nothing.
pub(super) fn chunk_size(evaluator: &Evaluator, output: Option<Size>) -> Result<Size> {
    let settled = evaluator.settled();
    let asked = settled.choices.chunks;
    asked.check()?;
    let source = tiles(settled).next().unwrap_or(SMALLEST);
    let unit = output.unwrap_or(source);
    let raster = settled.size;
    let mut chunk = match asked {
        Chunks::Auto => usual(settled, unit),
        Chunks::Tiles => unit,
        Chunks::AutoBytes(bytes) => {
            let sample = to_u64(settled.bound.data_type().bytes());
            near_square(raster, source, bytes / sample.max(1))
        }
        Chunks::Shape { rows, columns, .. } => Size::new(columns, rows),
    };
    if let Some(tile) = output {
        let whole = |pixels: u32, tile: u32| pixels.div_ceil(tile).saturating_mul(tile);
        chunk = Size::new(
            whole(chunk.width, tile.width),
            whole(chunk.height, tile.height),
        );
    }
    let allowed = settled.context.limits.job_bytes;
    let least = Size::new(chunk.width.min(unit.width), chunk.height.min(unit.height));
    loop {
        let needed = job_bytes(evaluator, chunk);
        let halves = |side: u32, unit: u32| (side / 2).div_ceil(unit).saturating_mul(unit);
        if needed <= allowed {
            return Ok(chunk);
        } else if chunk.height > least.height {
            chunk.height = halves(chunk.height.min(raster.height), least.height)
                .min(chunk.height - 1)
                .max(least.height);
        } else if chunk.width > least.width {
            chunk.width = halves(chunk.width.min(raster.width), least.width)
                .min(chunk.width - 1)
                .max(least.width);
        } else {
            Limits::check("job_bytes", needed, allowed)?;
        }
    }
}

/// The most bytes that a job holds at a time, in chunks of this size, as far as is known before
/// anything is read.
fn job_bytes(evaluator: &Evaluator, chunk: Size) -> u64 {
    let chunks = TileGrid {
        image: evaluator.settled().size,
        tile: chunk,
    };
    let compressed = evaluator.compressed_bytes(chunks);
    alive_bytes(evaluator, chunks).saturating_add(compressed)
}

/// The most bytes of pixels that a job holds at a time: the inputs of as many chunks as there are
/// threads and what comes of them, the results of one row of chunks, the conditions of that and the
/// next.
pub(super) fn alive_bytes(evaluator: &Evaluator, chunks: TileGrid) -> u64 {
    let settled = evaluator.settled();
    let Size { width, height } = settled.size;
    let chunk = Size::new(chunks.tile.width.min(width), chunks.tile.height.min(height));
    let row = Extent::row(width, chunk);
    let alive = evaluator.bytes(row.alive(settled.context.executor.threads()));
    let waiting = evaluator.waiting_bytes(row).saturating_mul(2);
    let pixels = u64::from(width) * u64::from(chunk.height);
    let results = pixels.saturating_mul(evaluator.result_bytes());
    alive.saturating_add(waiting).saturating_add(results)
}

/// Whole units, at least as large as the largest tile of any input.
fn usual(settled: &Settled, unit: Size) -> Size {
    let side = |unit: u32, largest: u32, smallest: u32, length: u32| {
        let side = largest.max(smallest).min(length.max(1)).div_ceil(unit);
        unit.saturating_mul(side)
    };
    let largest = |axis: fn(Size) -> u32| tiles(settled).map(axis).max().unwrap_or(1);
    let (columns, rows) = (largest(|tile| tile.width), largest(|tile| tile.height));
    let Size { width, height } = settled.size;
    Size::new(
        side(unit.width, columns, SMALLEST.width, width),
        side(unit.height, rows, SMALLEST.height, height),
    )
}

/// About so many pixels in whole tiles, as many times one side of a tile as the other.
fn near_square(raster: Size, tile: Size, pixels: u64) -> Size {
    let times = (pixels as f64 / tile.area().max(1) as f64).sqrt();
    let side = |tile: u32, length: u32, times: f64| match f64::from(tile) * times {
        side if side >= f64::from(length) => length,
        _ => (times as u32).max(1).saturating_mul(tile).min(length),
    };
    let rest = |length: u32, tile: u32| pixels as f64 / f64::from(length) / f64::from(tile);
    let (wide, tall) = (
        f64::from(tile.width) * times > f64::from(raster.width),
        f64::from(tile.height) * times > f64::from(raster.height),
    );
    let (across, down) = match (wide, tall) {
        (true, false) => (times, rest(raster.width, tile.height)),
        (false, true) => (rest(raster.height, tile.width), times),
        _ => (times, times),
    };
    Size::new(
        side(tile.width, raster.width, across),
        side(tile.height, raster.height, down),
    )
}

/// The tiles of the inputs that are read.
fn tiles(settled: &Settled) -> impl Iterator<Item = Size> {
    let inputs = settled.bound.inputs().iter();
    inputs.map(|input| settled.inputs[input.input].tile())
}

/// The least width and height of a chunk that nobody asked for, in pixels, where the raster has as
/// many.
const SMALLEST: Size = Size::new(512, 512);

#[cfg(test)]
mod tests {
    use super::*;

    /// What `dask.array.core.normalize_chunks((1, "auto", "auto"), shape, limit, dtype,
    /// previous_chunks)` gives for rasters and tiles (rows, columns) of so many bytes a sample.
    #[test]
    fn as_dask_cuts() {
        const MIB: u64 = 1 << 20;
        for (raster, tile, limit, sample, chunk) in [
            ((10980, 10980), (1024, 1024), 128, 2, (8192, 8192)),
            ((10980, 10980), (512, 512), 128, 2, (8192, 8192)),
            ((10980, 10980), (1024, 1024), 128, 1, (10980, 10980)),
            ((5490, 5490), (512, 512), 16, 1, (4096, 4096)),
            ((2196, 40000), (512, 512), 128, 4, (2196, 14848)),
            ((40000, 700), (256, 256), 32, 8, (5888, 700)),
            ((300, 300), (128, 128), 128, 1, (300, 300)),
            ((9001, 20011), (11, 20011), 16, 2, (418, 20011)),
            ((7, 9), (16, 16), 1, 1, (7, 9)),
        ] {
            let found = near_square(
                Size::new(raster.1, raster.0),
                Size::new(tile.1, tile.0),
                limit * MIB / sample,
            );
            assert_eq!((found.height, found.width), chunk, "{raster:?} {tile:?}");
        }
    }
}
