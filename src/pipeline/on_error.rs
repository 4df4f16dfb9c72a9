//! What becomes of tiles that cannot be fetched or decoded.

use std::sync::Arc;

use super::evaluator::{Evaluator, Reader};
use super::inputs::{Feed, programs};
use super::job::Chunk;
use crate::block::{Block, Validity};
use crate::counters::Counts;
use crate::error::{Result, Usage};
use crate::grid::{TileGrid, Window};
use crate::lazy::Settled;
use crate::lazy::input::Input;
use crate::limits::index;
use crate::read::failures::{FailedTile, Failures};
use crate::sample::{Sample, Scalar, with_samples};

/// What becomes of a tile that cannot be fetched or decoded.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum OnError {
    /// It ends the job with its error.
    #[default]
    Fail,
    /// Its pixels are invalid, and the [`Report`] of the job lists it. Where the tile is of a file with
    /// a nodata value and without a mask, and nothing is true or false because of its samples, the job
    /// sees nodata in its place: operators that skip invalid samples skip it. Otherwise all pixels of
    /// the result are invalid that lie where it does. A result that has neither a nodata value nor a
    /// mask is refused before anything is read; so is a tile of the latter kind below an operation that
    /// is not pixel by pixel.
    Nodata,
}

/// What a job has done.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What was counted. Where other work shares the counters of the job or of its inputs, what that
    /// does counts, too.
    pub counts: Counts,
    /// The tiles that count as invalid since they could not be fetched or decoded, each once, by file,
    /// level and index: with [`OnError::Nodata`] only.
    pub failed: Vec<FailedTile>,
}

impl Report {
    /// Adds what another job has done for the same end.
    pub(super) fn add(&mut self, other: Report) {
        self.counts = self.counts.and(other.counts);
        for tile in other.failed {
            if !self.failed.iter().any(|known| known.is_same(&tile)) {
                self.failed.push(tile);
            }
        }
    }
}

/// Failures of a job, and the inputs whose failed tiles make pixels of the result invalid.
#[derive(Debug)]
pub(super) struct Tolerance {
    failures: Arc<Failures>,
    spoiling: Vec<Input>,
}

impl Tolerance {
    /// That of a raster, if it has any; its evaluator learns of it.
    pub(super) fn of(evaluator: &mut Evaluator) -> Result<Option<Self>> {
        let settled = evaluator.settled();
        if settled.choices.on_error == OnError::Fail {
            return Ok(None);
        }
        if settled.valid.is_none() && settled.bound.nodata().is_none() {
            return refuse("the result has neither a nodata value nor a mask".into());
        }
        let mut spoiling = Vec::new();
        for (feed, reader) in evaluator.inputs().feeds().iter().zip(&evaluator.readers) {
            let input = feed.input(settled);
            match reader {
                Reader::Level { .. } if spoils(settled, feed) => spoiling.push(input.clone()),
                Reader::Stage(_, source) => check_below(source)?,
                Reader::Level { .. } => {}
            }
        }
        let failures = Arc::default();
        evaluator.tolerate(&failures);
        Ok(Some(Tolerance { failures, spoiling }))
    }

    /// Makes the pixels of a chunk invalid that lie in failed tiles, and passes no such tile.
    pub(super) fn settle(&self, passing: Option<&Input>, mut chunk: Chunk) -> Chunk {
        for input in &self.spoiling {
            for part in self.inside(input, chunk.window) {
                spoil(&mut chunk.block, part);
            }
        }
        if let Some(input) = passing {
            let tiles = TileGrid {
                image: input.size(),
                tile: input.tile(),
            };
            chunk.passed.retain(|tile| {
                let (column, row) = tile.position;
                self.inside(input, tiles.window(column, row)).is_empty()
            });
        }
        chunk
    }

    /// All tiles that failed.
    pub(super) fn take_failed(&self) -> Vec<FailedTile> {
        self.failures.take_all()
    }

    /// The parts of a window of an input that lie in failed tiles, seen from the window.
    fn inside(&self, input: &Input, window: Window) -> Vec<Window> {
        let window = input.of_source(window);
        let level = input.as_level();
        let parts = level.map(|level| self.failures.inside(level, window));
        let parts = parts.into_iter().flatten();
        parts.filter_map(|part| part.inside(window)).collect()
    }
}

/// Whether failed tiles of a level cannot pass for nodata: something is true or false because of its
/// samples, or it has no nodata value, or a mask beside it.
fn spoils(settled: &Settled, feed: &Feed) -> bool {
    let input = feed.input(settled);
    let tested = programs(settled).any(|bound| bound.tests(feed.uses[0].input));
    tested || input.nodata().is_none() || input.mask().is_some()
}

/// Checks that failed tiles of all levels below a stage can pass for nodata: nobody could say which
/// pixels of the result they spoil.
fn check_below(source: &Evaluator) -> Result<()> {
    for (feed, reader) in source.inputs().feeds().iter().zip(&source.readers) {
        let input = feed.input(source.settled());
        match reader {
            Reader::Stage(_, source) => check_below(source)?,
            Reader::Level { .. } if spoils(source.settled(), feed) => {
                return refuse(format!(
                    "{input} is below an operation that is not pixel by pixel, and its failed tiles \
                     cannot pass for nodata"
                ));
            }
            Reader::Level { .. } => {}
        }
    }
    Ok(())
}

fn refuse<T>(why: String) -> Result<T> {
    Err(Usage::Option(format!("on_error nodata: {why}")).into())
}

/// Makes the pixels of a window of a block invalid.
fn spoil(block: &mut Block, window: Window) {
    let size = block.size();
    if let Some(mask) = block.mask_mut() {
        fill(mask, index(size.width), index(size.height), window, 0);
        return;
    }
    let Validity::Nodata(nodata) = *block.validity() else {
        return;
    };
    fn with<T: Sample>(values: &mut [T], lines: (usize, usize), window: Window, nodata: Scalar) {
        let nodata = T::from_scalar(nodata).unwrap_or_default();
        fill(values, lines.0, lines.1, window, nodata);
    }
    let lines = (index(size.width), index(size.height));
    with_samples!(block.samples_mut(), values => with(values, lines, window, nodata));
}

/// Fills a window of each plane of so many columns and rows.
fn fill<T: Copy>(values: &mut [T], columns: usize, rows: usize, window: Window, value: T) {
    let (left, width) = (index(window.column), index(window.width));
    for plane in values.chunks_mut((columns * rows).max(1)) {
        let lines = plane.chunks_mut(columns.max(1));
        for line in lines.skip(index(window.row)).take(index(window.height)) {
            line[left..left + width].fill(value);
        }
    }
}
