//! What becomes of tiles that cannot be fetched or decoded.

use super::inputs::Inputs;
use super::job::Chunk;
use crate::block::{Block, Validity};
use crate::counters::Counts;
use crate::error::{Result, Usage};
use crate::grid::Window;
use crate::lazy::Settled;
use crate::limits::index;
use crate::read::failures::{FailedTile, Failures};
use crate::read::level::Level;
use crate::sample::{Sample, Scalar, with_samples};

/// What becomes of a tile that cannot be fetched or decoded.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum OnError {
    /// It ends the job with its error.
    #[default]
    Fail,
    /// Its pixels are invalid, and the [`Report`] of the job lists it. Where the tile is of a file with
    /// a nodata value and without a mask, and no condition on top needs it, the job sees nodata in its
    /// place: operators that skip invalid samples skip it. Otherwise all pixels of the result are
    /// invalid that lie where it does. A result that has neither a nodata value nor a mask is refused
    /// before anything is read.
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
            let same = |known: &FailedTile| {
                (&known.source, known.level, known.mask, known.tile)
                    == (&tile.source, tile.level, tile.mask, tile.tile)
            };
            if !self.failed.iter().any(same) {
                self.failed.push(tile);
            }
        }
    }
}

/// Failures of a job, and the inputs whose failed tiles make pixels of the result invalid.
#[derive(Debug)]
pub(super) struct Tolerance {
    pub(super) failures: Failures,
    spoiling: Vec<Level>,
}

impl Tolerance {
    /// That of a raster, if it has any.
    pub(super) fn of(settled: &Settled, inputs: &Inputs) -> Result<Option<Self>> {
        if settled.choices.on_error == OnError::Fail {
            return Ok(None);
        }
        if settled.valid.is_none() && settled.bound.nodata().is_none() {
            let text = "on_error nodata: the result has neither a nodata value nor a mask";
            return Err(Usage::Option(text.into()).into());
        }
        Ok(Some(Tolerance {
            failures: Failures::default(),
            spoiling: inputs.spoiling(settled).cloned().collect(),
        }))
    }

    /// Makes the pixels of a chunk invalid that lie in failed tiles, and passes no such tile.
    pub(super) fn settle(&self, passing: Option<&Level>, mut chunk: Chunk) -> Chunk {
        for level in &self.spoiling {
            for part in self.failures.inside(level, chunk.window) {
                if let Some(part) = part.inside(chunk.window) {
                    spoil(&mut chunk.block, part);
                }
            }
        }
        if let Some(level) = passing {
            chunk.passed.retain(|tile| {
                let (column, row) = tile.position;
                let window = level.image().grid().window(column, row);
                self.failures.inside(level, window).is_empty()
            });
        }
        chunk
    }
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
