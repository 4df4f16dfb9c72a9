//! One run of a settled raster: rows of chunks, each fetched, decoded and evaluated; conditions a row
//! ahead, so that of the other inputs only the tiles are fetched that some chunk needs.

use std::sync::Arc;

use super::chunks::chunk_size;
use super::evaluator::{Begin, Evaluator, Extent, Supplies};
use super::on_error::{Report, Tolerance};
use crate::block::Block;
use crate::context::Context;
use crate::counters::Held;
use crate::error::Result;
use crate::exec::{Progress, Teller, try_map};
use crate::expr::{Begun, Role};
use crate::grid::{Size, TileGrid, Window};
use crate::lazy::Settled;
use crate::limits::to_u64;
use crate::source::fetch;
use crate::trace::entered;
use crate::write::CogWriter;
use crate::write::tiles::PassedTile;

/// The span of a chunk, or of its conditions alone.
macro_rules! chunk_span {
    ($window:expr, $conditions:literal) => {
        entered!(
            DEBUG,
            "evaluate",
            column = $window.column,
            row = $window.row,
            width = $window.width,
            height = $window.height,
            conditions = $conditions
        )
    };
}

/// A settled raster, cut into steps.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) settled: Arc<Settled>,
    pub(super) evaluator: Evaluator,
    pub(super) chunks: TileGrid,
    /// The tiles of the COG that it is for.
    output: Option<Size>,
    /// The input whose compressed tiles may be taken over.
    pub(super) passing: Option<usize>,
    /// What becomes of tiles that fail, if that does not end the job.
    tolerance: Option<Tolerance>,
}

/// A part of the result.
pub(super) struct Chunk {
    pub(super) window: Window,
    pub(super) block: Block,
    /// Tiles of the output that an input has in the same form.
    pub(super) passed: Vec<PassedTile>,
}

/// A row of chunks on its way.
struct Step<'a> {
    /// All chunks.
    whole: Window,
    chunks: Chunks<'a>,
    /// What of it is in memory, compressed.
    supplies: Supplies,
    /// The bytes of that.
    held: Vec<Held<'a>>,
    /// The bytes of conditions that wait for the rest.
    waiting: Option<Held<'a>>,
}

/// The chunks of a step, left to right.
enum Chunks<'a> {
    New(Vec<Window>),
    Begun(Vec<Begin<'a>>),
}

impl Job {
    /// Cuts a raster into chunks that suit the tiles of the inputs and, for a COG, of the output.
    pub(super) fn new(settled: impl Into<Arc<Settled>>, output: Option<Size>) -> Result<Self> {
        let settled = settled.into();
        let mut evaluator = Evaluator::new(settled.clone())?;
        let chunks = TileGrid {
            image: settled.size,
            tile: chunk_size(&evaluator, output)?,
        };
        evaluator.keep_tiles(Extent::row(settled.size.width, chunks.tile));
        let tolerance = Tolerance::of(&mut evaluator)?;
        Ok(Job {
            settled,
            evaluator,
            chunks,
            output,
            passing: None,
            tolerance,
        })
    }

    /// The same job, of which nothing has been done.
    pub(super) fn anew(&self) -> Result<Self> {
        let mut job = Job::new(self.settled.clone(), self.output)?;
        job.passing = self.passing;
        Ok(job)
    }

    /// Runs all steps; `sink` gets the chunks of each, left to right. Tells what was done.
    pub(super) fn run(
        &self,
        progress: &mut Progress<'_>,
        mut sink: impl FnMut(Vec<Chunk>) -> Result<()>,
    ) -> Result<Report> {
        let _span = entered!(
            INFO,
            "compute",
            width = self.settled.size.width,
            height = self.settled.size.height,
            chunks = self.chunks.count()
        );
        let rows = u64::from(self.settled.size.height);
        let Context {
            cancel, counters, ..
        } = &self.settled.context;
        let levels = self.evaluator.levels().into_iter();
        let inputs = levels.map(|level| level.context().counters.clone());
        let teller = Teller::new(rows, cancel, inputs.chain([counters.clone()]));
        teller.tell(progress, 0)?;
        let steps = (0..self.chunks.down()).collect();
        fetch::staged(
            steps,
            |row| self.fetch_first(row),
            |step| self.begin(step),
            |step| self.fetch_rest(step),
            |step| {
                let bottom = step.whole.bottom();
                let (chunks, _held) = self.evaluate(step)?;
                sink(chunks)?;
                teller.tell(progress, bottom)
            },
        )?;
        let failed = self.tolerance.as_ref().map(Tolerance::take_failed);
        Ok(Report {
            counts: teller.counts(),
            failed: failed.unwrap_or_default(),
        })
    }

    /// Runs all steps and pushes the chunks to a writer.
    pub(super) fn run_into(
        &self,
        writer: &mut CogWriter<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Report> {
        self.run(progress, |chunks| {
            let (blocks, passed): (Vec<_>, Vec<_>) = chunks
                .into_iter()
                .map(|chunk| (chunk.block, chunk.passed))
                .unzip();
            writer.push_passing(blocks, passed.into_iter().flatten().collect())
        })
    }

    /// Reads the compressed tiles of the conditions of one row of chunks.
    fn fetch_first(&self, row: u32) -> Result<Step<'_>> {
        let windows = (0..self.chunks.across()).map(|column| self.chunks.window(column, row));
        let windows: Vec<Window> = windows.collect();
        let height = windows.first().map_or(0, |window| window.height);
        let top = windows.first().map_or(0, |window| window.row);
        let whole = Window::new(0, top, self.settled.size.width, height);
        let mut supplies = Supplies::default();
        for place in self.evaluator.inputs().first() {
            self.evaluator
                .fetch(&mut supplies, place, whole, &windows)?;
        }
        let counters = &self.settled.context.counters;
        Ok(Step {
            whole,
            held: vec![counters.hold(supplies.bytes())],
            supplies,
            chunks: Chunks::New(windows),
            waiting: None,
        })
    }

    /// Decodes and evaluates the conditions that have been fetched first. Their compressed tiles stay
    /// if something else needs them, too.
    fn begin<'a>(&'a self, mut step: Step<'a>) -> Result<Step<'a>> {
        let Context {
            executor,
            counters,
            cancel,
            ..
        } = &self.settled.context;
        step.chunks = match step.chunks {
            Chunks::New(windows) if !self.evaluator.inputs().first().is_empty() => {
                let bytes = self.evaluator.waiting_bytes(self.extent(step.whole));
                step.waiting = Some(counters.hold(bytes));
                let supplies = &step.supplies;
                let begin = |window: Window| {
                    let _span = chunk_span!(window, true);
                    self.evaluator.begin(supplies, window)
                };
                Chunks::Begun(try_map(&**executor, cancel, windows, begin)?)
            }
            chunks => chunks,
        };
        let feeds = self.evaluator.inputs().feeds();
        step.supplies
            .retain(|place| feeds[place].role == Role::Both);
        step.held = vec![counters.hold(step.supplies.bytes())];
        Ok(step)
    }

    /// Reads those compressed tiles of the other inputs that some chunk needs.
    fn fetch_rest<'a>(&'a self, mut step: Step<'a>) -> Result<Step<'a>> {
        for place in self.evaluator.inputs().rest() {
            let needing: Vec<Window> = match &step.chunks {
                Chunks::New(windows) => windows.clone(),
                Chunks::Begun(chunks) => {
                    let needing = chunks
                        .iter()
                        .filter(|chunk| self.evaluator.needs(chunk, place));
                    needing.map(|chunk| chunk.window).collect()
                }
            };
            self.evaluator
                .fetch(&mut step.supplies, place, step.whole, &needing)?;
        }
        let counters = &self.settled.context.counters;
        step.held = vec![counters.hold(step.supplies.bytes())];
        Ok(step)
    }

    /// Decodes and evaluates one row of chunks. Their bytes are held as long as they are.
    fn evaluate(&self, step: Step<'_>) -> Result<(Vec<Chunk>, Held<'_>)> {
        let Context {
            executor,
            counters,
            cancel,
            ..
        } = &self.settled.context;
        let Step {
            whole,
            chunks,
            supplies,
            held: _fetched,
            waiting: _waiting,
        } = step;
        let held = counters.hold(whole.size().area() * self.evaluator.result_bytes());
        let worked_on = |window: Window| {
            let chunk = Extent::row(window.width, window.size());
            counters.hold(self.evaluator.bytes(chunk))
        };
        let chunks = match chunks {
            Chunks::New(windows) => try_map(&**executor, cancel, windows, |window| {
                let _span = chunk_span!(window, false);
                let _held = worked_on(window);
                self.finish(&supplies, self.evaluator.begin(&supplies, window)?)
            }),
            Chunks::Begun(chunks) => try_map(&**executor, cancel, chunks, |chunk| {
                let _span = chunk_span!(chunk.window, false);
                let _held = worked_on(chunk.window);
                self.finish(&supplies, chunk)
            }),
        };
        Ok((chunks?, held))
    }

    /// One chunk whose conditions are known.
    fn finish(&self, supplies: &Supplies, chunk: Begin<'_>) -> Result<Chunk> {
        let window = chunk.window;
        let passed = self.passed(&chunk.numbers, supplies, window);
        let block = self.evaluator.finish(supplies, chunk)?;
        self.settled.context.counters.add_evaluated();
        let chunk = Chunk {
            window,
            block,
            passed,
        };
        let passing = self.passing.map(|input| &self.settled.inputs[input]);
        Ok(match &self.tolerance {
            Some(tolerance) => tolerance.settle(passing, chunk),
            None => chunk,
        })
    }

    /// The most tiles of chunks whose compressed bytes can be taken over: those that lie inside of one.
    pub(super) fn most_passed(&self, windows: &[Window]) -> u64 {
        let input = self.passing.map(|input| &self.settled.inputs[input]);
        let Some((input, level)) = input.and_then(|input| Some((input, input.as_level()?))) else {
            return 0;
        };
        let grid = level.image().grid();
        let windows = windows.iter().map(|&window| input.of_source(window));
        let inside = windows.map(|window| {
            let tiles = grid.touched(window);
            let whole =
                |&(column, row): &(u32, u32)| grid.window(column, row).inside(window).is_some();
            tiles.iter().filter(whole).count()
        });
        to_u64(inside.sum())
    }

    /// A row of chunks, as memory is reckoned.
    fn extent(&self, whole: Window) -> Extent {
        let chunk = Size::new(self.chunks.tile.width, whole.height);
        Extent::row(whole.width, chunk)
    }

    /// The tiles of a chunk whose compressed bytes are taken over: those whose pixels all pass. They
    /// have been decoded, for the overviews, so that a damaged tile is never taken.
    fn passed(&self, begun: &Begun<'_>, supplies: &Supplies, window: Window) -> Vec<PassedTile> {
        let input = self
            .passing
            .map(|input| (input, &self.settled.inputs[input]));
        let Some((place, input)) = input else {
            return Vec::new();
        };
        let found = self.evaluator.tiles(supplies, place);
        let Some((fetched, level)) = found.zip(input.as_level()) else {
            return Vec::new();
        };
        let (grid, tiles) = (level.image().grid(), level.tile_size());
        let origin = input.window();
        let first = (origin.column / tiles.width, origin.row / tiles.height);
        let window = input.of_source(window);
        let mut passed = Vec::new();
        for (column, row) in grid.touched(window).iter() {
            let tile = grid.window(column, row);
            let Some(part) = tile.inside(window) else {
                continue;
            };
            let found = fetched.tile(column, row).and_then(|tile| tile.compressed());
            if let Some(bytes) = found.filter(|_| begun.is_untouched(part)) {
                passed.push(PassedTile {
                    position: (column - first.0, row - first.1),
                    bytes: bytes.clone(),
                });
            }
        }
        passed
    }
}

#[cfg(test)]
mod tests;
