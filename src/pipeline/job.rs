//! One run of a settled raster: rows of chunks, each fetched, decoded and evaluated.

use crate::block::{Block, Validity};
use crate::context::Context;
use crate::error::{Expression, Result};
use crate::exec::{Progress, tell, try_map};
use crate::expr::{Begun, Bound, Constancy, InputUse, Role};
use crate::format::image::Image;
use crate::grid::{Size, TileGrid, Window};
use crate::lazy::Settled;
use crate::limits::{Limits, product, to_u64, to_usize};
use crate::read::plan::Fetched;
use crate::source::fetch;
use crate::tile::TileDecoder;
use crate::write::tiles::PassedTile;

/// A settled raster, cut into steps.
pub(super) struct Job {
    pub(super) settled: Settled,
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

/// A step's compressed tiles.
struct Step {
    windows: Vec<Window>,
    fetched: Vec<(InputUse, Fetched)>,
}

impl Job {
    /// Cuts a raster into chunks that suit the tiles of the inputs and, for a COG, of the output.
    pub(super) fn new(settled: Settled, output: Option<Size>) -> Result<Self> {
        let mut decoders: Vec<Option<TileDecoder>> = Vec::new();
        decoders.resize_with(settled.inputs.len(), || None);
        for input in uses(&settled) {
            let level = &settled.inputs[input.input];
            let decoder = level.decoder().map_err(|error| level.place(error))?;
            decoders[input.input] = Some(decoder);
        }
        let chunks = TileGrid {
            image: settled.size,
            tile: chunk_size(&settled, output)?,
        };
        Ok(Job {
            settled,
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
        fetch::overlapped(
            steps,
            |row| self.fetch(row),
            |step| {
                let bottom = step.windows.first().map_or(rows, |window| window.bottom());
                sink(self.evaluate(step)?)?;
                tell(bottom)
            },
        )
    }

    /// Reads the compressed tiles of one row of chunks.
    fn fetch(&self, row: u32) -> Result<Step> {
        let windows = (0..self.chunks.across()).map(|column| self.chunks.window(column, row));
        let windows: Vec<Window> = windows.collect();
        let height = windows.first().map_or(0, |window| window.height);
        let top = windows.first().map_or(0, |window| window.row);
        let whole = Window::new(0, top, self.settled.size.width, height);
        let fetch = |input: &InputUse| {
            let level = &self.settled.inputs[input.input];
            let decoder = self.decoder(input)?;
            Ok((input.clone(), level.fetch(decoder, whole, &input.bands)?))
        };
        let fetched = uses(&self.settled).into_iter().map(fetch);
        let fetched = fetched.collect::<Result<_>>()?;
        Ok(Step { windows, fetched })
    }

    /// Decodes and evaluates one row of chunks.
    fn evaluate(&self, step: Step) -> Result<Vec<Chunk>> {
        let Context {
            executor, counters, ..
        } = &self.settled.context;
        let compressed = step
            .fetched
            .iter()
            .map(|(_, fetched)| fetched.bytes())
            .sum::<u64>();
        let pixels = step
            .windows
            .iter()
            .map(|window| window.size().area())
            .sum::<u64>();
        let _held = counters.hold(compressed + pixels * self.pixel_bytes());
        let fetched = &step.fetched;
        try_map(&**executor, step.windows, |window| {
            self.chunk(fetched, window)
        })
    }

    /// One chunk: conditions first; the other inputs only where the condition is not true
    /// throughout.
    fn chunk(&self, fetched: &[(InputUse, Fetched)], window: Window) -> Result<Chunk> {
        let bound = &self.settled.bound;
        let conditions = self.blocks(bound, fetched, window, |role| role != Role::Image)?;
        let begun = bound.begin(conditions, window.size())?;
        let (images, passed) = match begun.constancy() {
            Constancy::AllTrue => (Vec::new(), Vec::new()),
            _ => (
                self.blocks(bound, fetched, window, |role| role == Role::Image)?,
                self.passed(&begun, fetched, window),
            ),
        };
        let block = begun.finish(images)?;
        Ok(Chunk {
            window,
            block: self.covered(block, fetched, window)?,
            passed,
        })
    }

    /// A block with the validity that the masks of inputs give.
    fn covered(
        &self,
        block: Block,
        fetched: &[(InputUse, Fetched)],
        window: Window,
    ) -> Result<Block> {
        let Some(valid) = &self.settled.valid else {
            return Ok(block);
        };
        let inputs = self.blocks(valid, fetched, window, |_| true)?;
        let covered = valid.eval(inputs, window.size())?;
        let covered = covered.as_slice::<u8>().unwrap_or_default();
        // Numbers that no mask tells of may still be nodata; the fill of a mask is not.
        let gated = self.settled.bound.is_masked();
        let mut mask = match gated {
            true => vec![1; covered.len().min(to_usize(window.size().area())?)],
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

    /// Bytes of a pixel of all inputs and of the result.
    fn pixel_bytes(&self) -> u64 {
        pixel_bytes(&self.settled)
    }
}

/// The inputs that the numbers and their validity need, each set of bands once.
fn uses(settled: &Settled) -> Vec<&InputUse> {
    let mut uses: Vec<&InputUse> = settled.bound.inputs().iter().collect();
    for input in settled.valid.iter().flat_map(Bound::inputs) {
        if !uses.iter().any(|known| same(known, input)) {
            uses.push(input);
        }
    }
    uses
}

fn same(left: &InputUse, right: &InputUse) -> bool {
    (left.input, &left.bands) == (right.input, &right.bands)
}

fn pixel_bytes(settled: &Settled) -> u64 {
    let bytes = |bands: usize, sample: usize| to_u64(bands) * to_u64(sample);
    let bound = &settled.bound;
    let input = |input: &InputUse| {
        bytes(
            input.bands.len(),
            settled.inputs[input.input].data_type().bytes(),
        )
    };
    let result = bytes(bound.bands(), bound.data_type().bytes());
    uses(settled).into_iter().map(input).sum::<u64>() + result
}

/// The unit of evaluation: whole tiles of the output, at least as large as the largest tile of any
/// input so that few tiles are decoded twice, and not so small that handing out the work costs more
/// than doing it.
///
/// # Errors
/// [`ErrorKind::Limit`] if one row of chunks, twice (one in work, one on its way), exceeds
/// `limits.job_bytes`.
fn chunk_size(settled: &Settled, output: Option<Size>) -> Result<Size> {
    let images = || {
        settled
            .bound
            .inputs()
            .iter()
            .map(|i| settled.inputs[i.input].image())
    };
    let unit = output.or_else(|| images().next().map(|image| image.tile));
    let unit = unit.unwrap_or(Size::new(512, 512));
    let side = |unit: u32, largest: u32, length: u32| {
        let side = largest.max(SMALLEST_SIDE).min(length.max(1)).div_ceil(unit);
        unit.saturating_mul(side)
    };
    let largest = |axis: fn(&Image) -> u32| images().map(axis).max().unwrap_or(1);
    let Size { width, height } = settled.size;
    let mut chunk = Size::new(
        side(unit.width, largest(|image| image.tile.width), width),
        side(unit.height, largest(|image| image.tile.height), height),
    );
    let allowed = settled.context.limits.job_bytes;
    let needed = |rows: u32| {
        let rows = u64::from(rows.min(height));
        product(&[2, rows, width.into(), pixel_bytes(settled)])
    };
    if needed(chunk.height)? > allowed {
        chunk.height = unit.height;
    }
    Limits::check("job_bytes", needed(chunk.height)?, allowed)?;
    Ok(chunk)
}

/// The least width and height of a chunk, in pixels, where the raster has as many.
const SMALLEST_SIDE: u32 = 512;
