//! Fetched tiles into a block, in parallel, each straight into its place.

use super::level::Level;
use super::plan::{Fetched, FetchedTile};
use crate::block::Block;
use crate::error::Result;
use crate::exec::try_map;
use crate::grid::{Size, TileGrid, Window, split_rows};
use crate::limits::index;
use crate::sample::{Sample, with_samples};
use crate::tile::TileDecoder;

/// A tile, and for each band its row segments in the block.
struct Job<'f, 'b, T> {
    tile: &'f FetchedTile,
    /// The part of the tile that is wanted, in pixels of the tile.
    part: Window,
    targets: Vec<&'b mut [T]>,
}

/// Decodes a window of what has been fetched into the rows of `block` from `top` on. The block is as
/// wide as the window and has the fetched bands.
pub(crate) fn decode(
    level: &Level,
    decoder: &TileDecoder,
    fetched: &Fetched,
    window: Window,
    block: &mut Block,
    top: u32,
) -> Result<()> {
    let place = Place {
        window,
        size: block.size(),
        top,
    };
    with_samples!(block.samples_mut(), values => {
        decode_into(level, decoder, fetched, values, place)
    })
}

/// Where decoded pixels go.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The window of the level.
    pub(crate) window: Window,
    /// The block's size.
    pub(crate) size: Size,
    /// The block's row of the window's first row.
    pub(crate) top: u32,
}

/// As [`decode`], into the samples of a block.
pub(crate) fn decode_into<T: Sample>(
    level: &Level,
    decoder: &TileDecoder,
    fetched: &Fetched,
    values: &mut [T],
    place: Place,
) -> Result<()> {
    let fill = level.nodata().and_then(T::from_scalar).unwrap_or_default();
    let image = level.image();
    let jobs = jobs(image.grid(), fetched, values, place);
    let context = level.context();
    let decode = |mut job: Job<'_, '_, T>| {
        let Some(range) = &job.tile.range else {
            job.targets.iter_mut().for_each(|target| target.fill(fill));
            return Ok(());
        };
        let rows = image.tile_rows(job.tile.position.1);
        let bands = fetched.bands();
        context.counters.add_decoded();
        decoder
            .decode(&job.tile.bytes, rows, job.part, bands, &mut job.targets)
            .map_err(|error| level.place(error.at_tile(job.tile.index).at_bytes(range.clone())))
    };
    try_map(&*context.executor, jobs, decode)?;
    Ok(())
}

/// One job for each tile of each plane. A chunky tile fills its segments of all bands, a planar one
/// those of its own band.
fn jobs<'f, 'b, T>(
    grid: TileGrid,
    fetched: &'f Fetched,
    values: &'b mut [T],
    Place { window, size, top }: Place,
) -> Vec<Job<'f, 'b, T>> {
    let plane = index(size.width) * index(size.height);
    let bands = fetched.bands().len();
    let mut jobs = Vec::new();
    let planes = fetched.planes(grid.touched(window));
    for (tiles, values) in planes.zip(values.chunks_mut((plane * bands).max(1))) {
        let shared = |tile: &&FetchedTile| {
            let (column, row) = tile.position;
            grid.window(column, row)
                .intersection(window)
                .unwrap_or(Window::new(0, 0, 0, 0))
        };
        let shared: Vec<Window> = tiles.iter().map(shared).collect();
        let place = |shared: &Window| Window {
            column: shared.column - window.column,
            row: shared.row - window.row + top,
            ..*shared
        };
        let places: Vec<Window> = shared.iter().map(place).collect();
        let segments = split_rows(values, bands, size, &places);
        for ((tile, shared), targets) in tiles.into_iter().zip(shared).zip(segments) {
            let (column, row) = tile.position;
            let origin = grid.window(column, row);
            let part = Window {
                column: shared.column - origin.column,
                row: shared.row - origin.row,
                ..shared
            };
            jobs.push(Job {
                tile,
                part,
                targets,
            });
        }
    }
    jobs
}
