//! One run of a settled raster: rows of chunks, each fetched, decoded and evaluated; conditions a row
//! ahead, so that of the other inputs only the tiles are fetched that some chunk needs.

use super::chunks::chunk_size;
use super::inputs::{Begin, Inputs, same};
use crate::block::{Block, Validity};
use crate::context::Context;
use crate::counters::Held;
use crate::error::{Error, Expression, Result};
use crate::exec::{Progress, tell, try_map};
use crate::expr::{Begun, Bound, Constancy, InputUse, Role};
use crate::grid::{Size, TileGrid, Window};
use crate::lazy::Settled;
use crate::limits::to_usize;
use crate::read::plan::Fetched;
use crate::source::fetch;
use crate::tile::TileDecoder;
use crate::write::tiles::PassedTile;

/// A settled raster, cut into steps.
pub(super) struct Job {
    pub(super) settled: Settled,
    inputs: Inputs,
    /// Decoders of the inputs that are read, by index.
    decoders: Vec<Option<TileDecoder>>,
    chunks: TileGrid,
    /// The input whose compressed tiles may be taken over.
    pub(super) passing: Option<usize>,
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
    fetched: Vec<(InputUse, Fetched)>,
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
    pub(super) fn new(settled: Settled, output: Option<Size>) -> Result<Self> {
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
        Ok(Job {
            settled,
            inputs,
            decoders,
            chunks,
            passing: None,
        })
    }

    /// Runs all steps; `sink` gets the chunks of each, left to right.
    pub(super) fn run(
        &self,
        progress: &mut Progress<'_>,
        mut sink: impl FnMut(Vec<Chunk>) -> Result<()>,
    ) -> Result<()> {
        let rows = u64::from(self.settled.size.height);
        let cancel = &self.settled.context.cancel;
        let mut tell = |rows_done| tell(progress, cancel, rows_done, rows);
        tell(0)?;
        let steps = (0..self.chunks.down()).collect();
        fetch::staged(
            steps,
            |row| self.fetch_first(row),
            |step| self.begin(step),
            |step| self.fetch_rest(step),
            |step| {
                let bottom = step.whole.bottom();
                sink(self.evaluate(step)?)?;
                tell(bottom)
            },
        )
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
        step.fetched.retain(|(input, _)| input.role == Role::Both);
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
    ) -> Result<(InputUse, Fetched)> {
        let level = &self.settled.inputs[input.input];
        let decoder = self.decoder(input)?;
        let fetched = level.fetch_parts(decoder, whole, &input.bands, parts)?;
        Ok((input.clone(), fetched))
    }

    /// Decodes and evaluates one row of chunks.
    fn evaluate(&self, step: Step<'_>) -> Result<Vec<Chunk>> {
        let Context {
            executor, counters, ..
        } = &self.settled.context;
        let Step {
            whole,
            chunks,
            fetched,
            waiting,
        } = step;
        drop(waiting);
        let compressed = fetched
            .iter()
            .map(|(_, fetched)| fetched.bytes())
            .sum::<u64>();
        let pixels = whole.size().area();
        let _held = counters.hold(compressed + pixels * self.inputs.pixel_bytes(&self.settled));
        match chunks {
            Chunks::New(windows) => try_map(&**executor, windows, |window| {
                self.finish(&fetched, self.begin_chunk(&fetched, window)?)
            }),
            Chunks::Begun(chunks) => {
                try_map(&**executor, chunks, |chunk| self.finish(&fetched, chunk))
            }
        }
    }

    fn begin_chunk(&self, fetched: &[(InputUse, Fetched)], window: Window) -> Result<Begin<'_>> {
        Begin::new(&self.settled, window, |bound, wanted| {
            self.blocks(bound, fetched, window, wanted)
        })
    }

    /// One chunk whose conditions are known: the other inputs only where the condition is not true
    /// throughout.
    fn finish(&self, fetched: &[(InputUse, Fetched)], chunk: Begin<'_>) -> Result<Chunk> {
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
        let placed = |error: Error| error.in_chunk_at(window.column, window.row);
        let mut block = numbers.finish(inputs).map_err(placed)?;
        if let (Some(bound), Some(valid)) = (&self.settled.valid, valid) {
            let inputs = images(bound, &valid)?;
            block = self.covered(block, &valid.finish(inputs).map_err(placed)?)?;
        }
        Ok(Chunk {
            window,
            block,
            passed,
        })
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
        fetched: &[(InputUse, Fetched)],
        window: Window,
    ) -> Vec<PassedTile> {
        let Some(input) = self.passing else {
            return Vec::new();
        };
        let Some((_, fetched)) = fetched.iter().find(|(used, _)| used.input == input) else {
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
        fetched: &[(InputUse, Fetched)],
        window: Window,
        wanted: impl Fn(Role) -> bool,
    ) -> Result<Vec<Option<Block>>> {
        let mut blocks = vec![None; self.settled.inputs.len()];
        for input in bound.inputs().iter().filter(|input| wanted(input.role)) {
            let mut found = fetched.iter().filter(|(known, _)| same(known, input));
            let Some((_, fetched)) = found.next() else {
                return Err(Expression::NoInput.into());
            };
            let level = &self.settled.inputs[input.input];
            let decoder = self.decoder(input)?;
            blocks[input.input] =
                Some(level.decode(decoder, fetched, window, input.bands.len())?);
        }
        Ok(blocks)
    }

    fn decoder(&self, input: &InputUse) -> Result<&TileDecoder> {
        let decoder = self.decoders[input.input].as_ref();
        decoder.ok_or_else(|| Expression::NoInput.into())
    }
}
