//! One run of a settled raster: rows of chunks, each fetched, decoded and evaluated; conditions a row
//! ahead, so that of the other inputs only the tiles are fetched that some chunk needs.

use std::sync::Arc;

use super::chunks::chunk_size;
use super::inputs::{Begin, Inputs, same};
use super::on_error::{Report, Tolerance};
use crate::block::{Block, Validity};
use crate::context::Context;
use crate::counters::Held;
use crate::error::{Expression, Result};
use crate::exec::{Progress, Teller, try_map};
use crate::expr::{Begun, Bound, Constancy, InputUse, Role};
use crate::grid::{Size, TileGrid, Window};
use crate::lazy::Settled;
use crate::limits::to_usize;
use crate::read::failures::Failures;
use crate::read::plan::Fetched;
use crate::source::fetch;
use crate::tile::TileDecoder;
use crate::write::CogWriter;
use crate::write::tiles::PassedTile;

/// A settled raster, cut into steps.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) settled: Arc<Settled>,
    pub(super) inputs: Inputs,
    /// Decoders of the inputs that are read, by index.
    decoders: Vec<Option<TileDecoder>>,
    pub(super) chunks: TileGrid,
    /// The tiles of the COG that it is for.
    output: Option<Size>,
    /// The input whose compressed tiles may be taken over.
    pub(super) passing: Option<usize>,
    /// The tiles that failed, if those are to count as invalid.
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
    fetched: Vec<(InputUse, Fetched, Held<'a>)>,
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
        let mut decoders: Vec<Option<TileDecoder>> = Vec::new();
        decoders.resize_with(settled.inputs.len(), || None);
        let inputs = Inputs::new(&settled);
        for input in inputs.all() {
            let level = &settled.inputs[input.input];
            let decoder = level.decoder().map_err(|error| level.place(error))?;
            decoders[input.input] = Some(decoder);
        }
        let chunks = TileGrid {
            image: settled.size,
            tile: chunk_size(&settled, &inputs, output)?,
        };
        let tolerance = Tolerance::of(&settled, &inputs)?;
        Ok(Job {
            settled,
            inputs,
            decoders,
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
        let rows = u64::from(self.settled.size.height);
        let Context {
            cancel, counters, ..
        } = &self.settled.context;
        let inputs = self.settled.inputs.iter();
        let inputs = inputs.map(|level| level.context().counters.clone());
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
        Ok(Report {
            counts: teller.counts(),
            failed: self.failures().map(Failures::take_all).unwrap_or_default(),
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
        let fetch = |input| self.fetch(input, whole, &windows);
        let fetched = self.inputs.first.iter().map(fetch);
        Ok(Step {
            whole,
            fetched: fetched.collect::<Result<_>>()?,
            chunks: Chunks::New(windows),
            waiting: None,
        })
    }

    /// Decodes and evaluates the conditions that have been fetched first. Their compressed tiles stay
    /// if something else needs them, too.
    fn begin<'a>(&'a self, mut step: Step<'a>) -> Result<Step<'a>> {
        let Context {
            executor, counters, ..
        } = &self.settled.context;
        step.chunks = match step.chunks {
            Chunks::New(windows) if !self.inputs.first.is_empty() => {
                let pixels = step.whole.size().area();
                step.waiting =
                    Some(counters.hold(pixels * self.inputs.waiting_bytes(&self.settled)));
                let fetched = &step.fetched;
                let begin = |window| self.begin_chunk(fetched, window);
                Chunks::Begun(try_map(&**executor, windows, begin)?)
            }
            chunks => chunks,
        };
        step.fetched.retain(|(input, ..)| input.role == Role::Both);
        Ok(step)
    }

    /// Reads those compressed tiles of the other inputs that some chunk needs.
    fn fetch_rest<'a>(&'a self, mut step: Step<'a>) -> Result<Step<'a>> {
        for input in &self.inputs.rest {
            let needing: Vec<Window> = match &step.chunks {
                Chunks::New(windows) => windows.clone(),
                Chunks::Begun(chunks) => {
                    let needing = chunks
                        .iter()
                        .filter(|chunk| chunk.needs(&self.settled, input));
                    needing.map(|chunk| chunk.window).collect()
                }
            };
            step.fetched.push(self.fetch(input, step.whole, &needing)?);
        }
        Ok(step)
    }

    /// Reads the compressed tiles of an input that some parts of a window need.
    fn fetch(
        &self,
        input: &InputUse,
        whole: Window,
        parts: &[Window],
    ) -> Result<(InputUse, Fetched, Held<'_>)> {
        let level = &self.settled.inputs[input.input];
        let decoder = self.decoder(input)?;
        let fetched = match self.tolerance {
            Some(_) => level.fetch_sound_parts(decoder, whole, &input.bands, parts)?,
            None => level.fetch_parts(decoder, whole, &input.bands, parts)?,
        };
        let held = self.settled.context.counters.hold(fetched.bytes());
        Ok((input.clone(), fetched, held))
    }

    /// Decodes and evaluates one row of chunks. Their bytes are held as long as the chunks are.
    fn evaluate(&self, step: Step<'_>) -> Result<(Vec<Chunk>, Held<'_>)> {
        let Context {
            executor, counters, ..
        } = &self.settled.context;
        let Step {
            whole,
            chunks,
            fetched,
            waiting,
        } = step;
        let pixels = whole.size().area();
        let held = counters.hold(pixels * self.inputs.result_bytes(&self.settled));
        let decoded = |window: Window| {
            let waiting = match waiting {
                Some(_) => self.inputs.waiting_bytes(&self.settled),
                None => 0,
            };
            let bytes = self
                .inputs
                .decoded_bytes(&self.settled)
                .saturating_sub(waiting);
            counters.hold(window.size().area() * bytes)
        };
        let chunks = match chunks {
            Chunks::New(windows) => try_map(&**executor, windows, |window| {
                let _decoded = decoded(window);
                self.finish(&fetched, self.begin_chunk(&fetched, window)?)
            }),
            Chunks::Begun(chunks) => try_map(&**executor, chunks, |chunk| {
                let _decoded = decoded(chunk.window);
                self.finish(&fetched, chunk)
            }),
        };
        Ok((chunks?, held))
    }

    fn begin_chunk(
        &self,
        fetched: &[(InputUse, Fetched, Held<'_>)],
        window: Window,
    ) -> Result<Begin<'_>> {
        Begin::new(&self.settled, window, |bound, wanted| {
            self.blocks(bound, fetched, window, wanted)
        })
    }

    /// One chunk whose conditions are known: the other inputs only where the condition is not true
    /// throughout.
    fn finish(&self, fetched: &[(InputUse, Fetched, Held<'_>)], chunk: Begin<'_>) -> Result<Chunk> {
        let Begin {
            window,
            numbers,
            valid,
        } = chunk;
        let images = |bound: &Bound, begun: &Begun<'_>| match begun.constancy() {
            Constancy::AllTrue => Ok(Vec::new()),
            _ => self.blocks(bound, fetched, window, |role| role == Role::Image),
        };
        let passed = self.passed(&numbers, fetched, window);
        let inputs = images(&self.settled.bound, &numbers)?;
        let mut block = numbers.finish(inputs)?;
        if let (Some(bound), Some(valid)) = (&self.settled.valid, valid) {
            let inputs = images(bound, &valid)?;
            block = self.covered(block, &valid.finish(inputs)?)?;
        }
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

    fn failures(&self) -> Option<&Failures> {
        self.tolerance.as_ref().map(|tolerance| &tolerance.failures)
    }

    /// A block with the validity that the masks of inputs give.
    fn covered(&self, block: Block, covered: &Block) -> Result<Block> {
        let covered = covered.as_slice::<u8>().unwrap_or_default();
        // Numbers that no mask tells of may still be nodata; the fill of a mask is not.
        let gated = self.settled.bound.is_masked();
        let mut mask = match gated {
            true => vec![1; covered.len().min(to_usize(block.size().area())?)],
            false => block.valid_pixels(),
        };
        let pixels = mask.len().max(1);
        for (at, valid) in mask.iter_mut().enumerate() {
            let mut bands = covered.iter().skip(at).step_by(pixels);
            *valid &= u8::from(bands.any(|&valid| valid != 0));
        }
        block.with_validity(Validity::Mask(mask))
    }

    /// The tiles of a chunk whose compressed bytes are taken over: those whose pixels all pass. They
    /// have been decoded, for the overviews, so that a damaged tile is never taken.
    fn passed(
        &self,
        begun: &Begun<'_>,
        fetched: &[(InputUse, Fetched, Held<'_>)],
        window: Window,
    ) -> Vec<PassedTile> {
        let Some(input) = self.passing else {
            return Vec::new();
        };
        let Some((_, fetched, _)) = fetched.iter().find(|(used, ..)| used.input == input) else {
            return Vec::new();
        };
        let grid = self.settled.inputs[input].image().grid();
        let mut passed = Vec::new();
        for (column, row) in grid.touched(window).iter() {
            let tile = grid.window(column, row);
            let Some(part) = tile.inside(window) else {
                continue;
            };
            let found = fetched.tile(column, row).and_then(|tile| tile.compressed());
            if let Some(bytes) = found.filter(|_| begun.is_untouched(part)) {
                passed.push(PassedTile {
                    position: (column, row),
                    bytes: bytes.clone(),
                });
            }
        }
        passed
    }

    /// The decoded inputs of the given roles, by index.
    fn blocks(
        &self,
        bound: &Bound,
        fetched: &[(InputUse, Fetched, Held<'_>)],
        window: Window,
        wanted: impl Fn(Role) -> bool,
    ) -> Result<Vec<Option<Block>>> {
        let mut blocks = vec![None; self.settled.inputs.len()];
        for input in bound.inputs().iter().filter(|input| wanted(input.role)) {
            let mut found = fetched.iter().filter(|(known, ..)| same(known, input));
            let Some((_, fetched, _)) = found.next() else {
                return Err(Expression::NoInput.into());
            };
            let level = &self.settled.inputs[input.input];
            let decoder = self.decoder(input)?;
            let failures = self.failures();
            let block = level.decode(decoder, fetched, window, input.bands.len(), failures)?;
            blocks[input.input] = Some(block);
        }
        Ok(blocks)
    }

    pub(super) fn decoder(&self, input: &InputUse) -> Result<&TileDecoder> {
        let decoder = self.decoders[input.input].as_ref();
        decoder.ok_or_else(|| Expression::NoInput.into())
    }
}
