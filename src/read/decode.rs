//! Fetched tiles into a block, in parallel, each straight into its place.

use std::ops::Range;

use super::failures::Failures;
use super::level::Level;
use super::plan::{Content, Fetched, FetchedTile};
use crate::block::Block;
use crate::cache::{Flight, Pixels, Tile};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result, Usage};
use crate::exec::try_map;
use crate::grid::{Size, TileGrid, Window, split_rows};
use crate::limits::{index, product, to_u64, to_usize, zeroed};
use crate::sample::{Sample, with_samples};
use crate::tile::TileDecoder;
use crate::trace::entered;

/// A tile, and for each band its row segments in the block.
struct Job<'f, 'b, T> {
    tile: &'f FetchedTile,
    /// The part of the tile that is wanted, in pixels of the tile.
    part: Window,
    targets: Vec<&'b mut [T]>,
}

/// Decodes a window of what has been fetched into a block of its size and of the fetched bands. With
/// `failures` a tile that fails is taken there, and filled as a sparse one is.
pub(crate) fn decode(
    level: &Level,
    decoder: &TileDecoder,
    fetched: &Fetched,
    window: Window,
    block: &mut Block,
    failures: Option<&Failures>,
) -> Result<()> {
    let place = Place {
        window,
        size: block.size(),
        top: 0,
    };
    with_samples!(block.samples_mut(), values => {
        decode_into(level, decoder, fetched, values, place, failures)
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
    failures: Option<&Failures>,
) -> Result<()> {
    let jobs = jobs(level.image().grid(), fetched, values, place);
    let _span = entered!(
        DEBUG,
        "decode",
        source = %level.source_name(),
        level = level.index(),
        tiles = jobs.len()
    );
    let work = Work {
        level,
        decoder,
        bands: fetched.bands(),
        fill: level.nodata().and_then(T::from_scalar).unwrap_or_default(),
    };
    let Context {
        executor, cancel, ..
    } = level.context();
    try_map(&**executor, cancel, jobs, |mut job| {
        match (work.run(&mut job), failures) {
            (Err(error), Some(failures)) if Failures::take(&error) => {
                failures.add(level, job.tile, error);
                work.leave_out(&mut job);
                Ok(())
            }
            (done, _) => done,
        }
    })?;
    Ok(())
}

/// What all jobs of a window share.
struct Work<'a, T> {
    level: &'a Level,
    decoder: &'a TileDecoder,
    /// The bands to take from each tile, counted from 0 among the tile's samples.
    bands: &'a [usize],
    fill: T,
}

impl<T: Sample> Work<'_, T> {
    fn run(&self, job: &mut Job<'_, '_, T>) -> Result<()> {
        match &job.tile.content {
            Content::LeftOut => {
                let what = "a tile is decoded that was left out when tiles were fetched";
                let error = Error::from(Usage::Option(what.into()));
                return Err(self.level.place(error.at_tile(job.tile.index)));
            }
            Content::Sparse => self.leave_out(job),
            Content::Failed(error) => {
                let stopped = || ErrorKind::Cancelled.into();
                return Err(error.retold().unwrap_or_else(stopped));
            }
            Content::Compressed((range, bytes)) => {
                let (tile, part) = (job.tile, job.part);
                self.decode(tile, range, bytes, part, self.bands, &mut job.targets)?;
            }
            Content::Ready(tile) => self.copy(tile, job),
            Content::Made(lead) => self.take(lead.flight(), job)?,
            Content::Awaited(flight) => self.take(flight, job)?,
        }
        Ok(())
    }

    /// Fills a job from a tile that is made for the cache.
    fn take(&self, flight: &Flight, job: &mut Job<'_, '_, T>) -> Result<()> {
        match self.shared(flight, job.tile)? {
            Some(Some(tile)) => self.copy(&tile, job),
            Some(None) => self.leave_out(job),
            None => self.alone(job)?,
        }
        Ok(())
    }

    fn leave_out(&self, job: &mut Job<'_, '_, T>) {
        job.targets
            .iter_mut()
            .for_each(|target| target.fill(self.fill));
    }

    fn decode(
        &self,
        tile: &FetchedTile,
        range: &Range<u64>,
        bytes: &[u8],
        part: Window,
        bands: &[usize],
        targets: &mut [&mut [T]],
    ) -> Result<()> {
        let rows = self.level.image().tile_rows(tile.position.1);
        self.level.context().counters.add_decoded();
        self.decoder
            .decode(bytes, rows, part, bands, targets)
            .map_err(|error| {
                let error = error.at_tile(tile.index).at_bytes(range.clone());
                self.level.place(error)
            })
    }

    /// The tile that this read or another one has fetched for the cache; `None` if the other failed.
    fn shared(&self, flight: &Flight, tile: &FetchedTile) -> Result<Option<Pixels>> {
        let image = self.level.image();
        let (column, row) = tile.position;
        let size = image.grid().window(column, row).size();
        let bands: Vec<usize> = (0..usize::from(image.tile_samples())).collect();
        flight.tile(|range, bytes| {
            let length = product(&[size.area(), to_u64(bands.len())])?;
            let mut values = zeroed::<T>(to_usize(length)?)?;
            let mut lines: Vec<&mut [T]> = values.chunks_exact_mut(index(size.width)).collect();
            self.decode(tile, range, bytes, size.window(), &bands, &mut lines)?;
            let samples = T::into_samples(values);
            Ok(Tile { size, samples })
        })
    }

    /// Copies the wanted part of a whole tile.
    fn copy(&self, tile: &Tile, job: &mut Job<'_, '_, T>) {
        let values = T::slice(&tile.samples).unwrap_or_default();
        let (width, height) = (index(tile.size.width), index(tile.size.height));
        let (left, top) = (index(job.part.column), index(job.part.row));
        let rows = index(job.part.height);
        let planes = job.targets.chunks_mut(rows.max(1));
        for (&band, targets) in self.bands.iter().zip(planes) {
            for (line, target) in targets.iter_mut().enumerate() {
                let start = (band * height + top + line) * width + left;
                target.copy_from_slice(&values[start..start + target.len()]);
            }
        }
    }

    /// Fetches and decodes a tile past the cache.
    fn alone(&self, job: &mut Job<'_, '_, T>) -> Result<()> {
        let image = self.level.image();
        let (column, row) = job.tile.position;
        let window = image.grid().window(column, row);
        let plane = usize::try_from(job.tile.index / image.grid().count());
        let plane = [plane.unwrap_or(usize::MAX)];
        let bands = if image.planar { &plane } else { self.bands };
        let fetched = self.level.fetch(self.decoder, window, bands)?;
        let Some(tile) = fetched.tile(column, row) else {
            return Ok(());
        };
        let (part, targets) = (job.part, std::mem::take(&mut job.targets));
        let mut own = Job {
            tile,
            part,
            targets,
        };
        let done = self.run(&mut own);
        job.targets = own.targets;
        done
    }
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
