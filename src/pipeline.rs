//! The ends of a lazy raster: chunk by chunk through fetch, decode, evaluate and, for a COG, encode.
//!
//! The raster is cut into steps of whole rows of chunks. While one step is worked on, by all threads
//! of the executor, the compressed tiles of the next are fetched; so two steps are alive, and memory
//! is known before anything is read.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use crate::block::{Block, Validity};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Context, Event, Progress, try_map};
use crate::expr::{Begun, Constancy, InputUse, Role};
use crate::format::image::{Image, Stored};
use crate::grid::{Size, TileGrid, Window};
use crate::lazy::{Lazy, Settled};
use crate::limits::{Limits, index, product, to_u64};
use crate::read::level::Level;
use crate::read::plan::Fetched;
use crate::sample::{ByteOrder, Sample, with_samples};
use crate::source::fetch;
use crate::tile::TileDecoder;
use crate::write::options::Settings;
use crate::write::tiles::PassedTile;
use crate::write::writer::{Raster, Target, settle};
use crate::write::{CogOptions, CogWriter, Compression};

impl Lazy {
    /// Computes the whole raster into one block: shape (bands, rows, columns). A mask gives uint8
    /// samples of 1 and 0.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each); [`Limit`](ErrorKind::Limit) for more than
    /// `limits.block_bytes`.
    pub fn compute(&self) -> Result<Block> {
        let job = Job::new(self.settle()?, None)?;
        let bound = &job.settled.bound;
        let validity = bound.nodata().map_or(Validity::All, Validity::Nodata);
        let (bands, size) = (bound.bands(), job.settled.size);
        let limits = &job.settled.context.limits;
        let mut whole = Block::zeroed(bands, size, bound.data_type(), validity, limits)?;
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            chunks
                .iter()
                .for_each(|chunk| paste(&mut whole, chunk.window, &chunk.block));
            Ok(())
        })?;
        Ok(whole)
    }

    /// Computes the raster chunk by chunk, from top to bottom and left to right, and gives each
    /// chunk's window and block to `each`, on the caller's thread.
    ///
    /// # Errors
    /// As [`check`](Self::check), before anything is read; those of reading, with file, level and
    /// tile; those of `each`, which end the work; [`Limit`](ErrorKind::Limit) where one row of
    /// chunks needs more than `limits.job_bytes`.
    pub fn for_each(&self, mut each: impl FnMut(Window, Block) -> Result<()>) -> Result<()> {
        let job = Job::new(self.settle()?, None)?;
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            chunks
                .into_iter()
                .try_for_each(|chunk| each(chunk.window, chunk.block))
        })
    }

    /// Computes the raster and writes it as a COG, in one pass and in bounded memory. The file
    /// appears, or replaces an old one, whole or not at all; its bytes depend neither on the number
    /// of threads nor on where the inputs come from.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each) and [`CogWriter`].
    pub fn write_cog(&self, path: impl AsRef<Path>, options: &CogOptions) -> Result<()> {
        self.write_cog_with(path, options, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`write_cog`](Self::write_cog); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`write_cog`](Self::write_cog), and [`ErrorKind::Cancelled`].
    pub fn write_cog_with(
        &self,
        path: impl AsRef<Path>,
        options: &CogOptions,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        self.write(Target::Path(path.as_ref()), options, progress)
    }

    /// As [`write_cog`](Self::write_cog), into a sink, which gets the bytes in order at the end.
    ///
    /// # Errors
    /// As [`write_cog`](Self::write_cog).
    pub fn write_cog_to(&self, sink: &mut dyn Write, options: &CogOptions) -> Result<()> {
        self.write(Target::Sink(sink), options, &mut |_| {
            ControlFlow::Continue(())
        })
    }

    fn write(
        &self,
        target: Target<'_>,
        options: &CogOptions,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let settled = self.settle()?;
        let raster = raster(&settled);
        let settings = settle(&raster, options, Some(make(&settled).image()))?;
        let passing = passing(&settled, options, &settings);
        let mut job = Job::new(settled, Some(settings.tile))?;
        job.passing = passing;
        let mut writer = CogWriter::open(target, raster, settings, &job.settled.context)?;
        job.run(progress, |chunks| {
            let (blocks, passed): (Vec<_>, Vec<_>) = chunks
                .into_iter()
                .map(|chunk| (chunk.block, chunk.passed))
                .unzip();
            writer.push_passing(blocks, passed.into_iter().flatten().collect())
        })?;
        writer.finish()
    }
}

/// The level whose compression, predictor and tiles a result inherits: the one whose pixels pass
/// through, else the first that is read.
fn make(settled: &Settled) -> &Level {
    let first = settled
        .bound
        .inputs()
        .first()
        .map_or(0, |input| input.input);
    &settled.inputs[settled.bound.untouched().unwrap_or(first)]
}

/// The raster that a settled expression gives. Colours are those of the input whose pixels pass
/// through, if all its bands do.
fn raster(settled: &Settled) -> Raster {
    let bound = &settled.bound;
    let raster = Raster::new(settled.size, bound.bands(), bound.data_type());
    let mut raster = Raster {
        nodata: bound.nodata(),
        georeference: settled.georeference.clone(),
        ..raster
    };
    let source = bound.untouched().map(|input| &settled.inputs[input]);
    if let Some(source) = source.filter(|source| source.bands() == bound.bands()) {
        raster.color_map = source.color_map().to_vec();
        raster.photometric = Some(source.image().photometric);
        raster.extra_samples = source.image().extra_samples.clone();
    }
    raster
}

/// The input whose compressed tiles can stand in the output where its pixels do: it has the output's
/// tiles, compression, predictor, samples and byte order, and no other level was asked for.
fn passing(settled: &Settled, options: &CogOptions, settings: &Settings) -> Option<usize> {
    let input = settled.bound.untouched()?;
    let level = &settled.inputs[input];
    let image = level.image();
    let same = image.tiled
        && image.tile == settings.tile
        && Compression::from_tag(image.compression).map(Compression::tag)
            == Some(settings.compression)
        && (image.predictor == settings.predictor_tag() || image.compression == 1)
        && image.data_type == settled.bound.data_type()
        && image.stored == Stored::Plain
        && image.order == ByteOrder::Little
        && !image.planar
        && !image.reversed_bits
        && level.bands() == settled.bound.bands();
    (same && options.level.is_none()).then_some(input)
}

/// A settled raster, cut into steps.
struct Job {
    settled: Settled,
    /// Decoders of the inputs that are read, by index.
    decoders: Vec<Option<TileDecoder>>,
    chunks: TileGrid,
    /// The input whose compressed tiles may be taken over.
    passing: Option<usize>,
}

/// A part of the result.
struct Chunk {
    window: Window,
    block: Block,
    /// Tiles of the output that an input has in the same form.
    passed: Vec<PassedTile>,
}

/// A step's compressed tiles.
struct Step {
    windows: Vec<Window>,
    fetched: Vec<(InputUse, Fetched)>,
}

impl Job {
    /// Cuts a raster into chunks that suit the tiles of the inputs and, for a COG, of the output.
    fn new(settled: Settled, output: Option<Size>) -> Result<Self> {
        let mut decoders: Vec<Option<TileDecoder>> = Vec::new();
        decoders.resize_with(settled.inputs.len(), || None);
        for input in settled.bound.inputs() {
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
    fn run(
        &self,
        progress: &mut Progress<'_>,
        mut sink: impl FnMut(Vec<Chunk>) -> Result<()>,
    ) -> Result<()> {
        let rows = u64::from(self.settled.size.height);
        let mut tell = |rows_done| match progress(Event { rows_done, rows }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::from(ErrorKind::Cancelled)),
        };
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
        let fetched = self
            .settled
            .bound
            .inputs()
            .iter()
            .map(fetch)
            .collect::<Result<_>>()?;
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
        let conditions = self.blocks(fetched, window, |role| role != Role::Image)?;
        let begun = bound.begin(conditions, window.size())?;
        if begun.constancy() == Constancy::AllTrue {
            return Ok(Chunk {
                window,
                block: begun.finish(Vec::new())?,
                passed: Vec::new(),
            });
        }
        let images = self.blocks(fetched, window, |role| role == Role::Image)?;
        let passed = self.passed(&begun, fetched, window);
        Ok(Chunk {
            window,
            block: begun.finish(images)?,
            passed,
        })
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
            let found = fetched
                .tile(column, row)
                .filter(|tile| tile.range.is_some());
            if let Some(found) = found.filter(|_| begun.is_untouched(part)) {
                passed.push(PassedTile {
                    position: (column, row),
                    bytes: found.bytes.clone(),
                });
            }
        }
        passed
    }

    /// The decoded inputs of the given roles, by index.
    fn blocks(
        &self,
        fetched: &[(InputUse, Fetched)],
        window: Window,
        wanted: impl Fn(Role) -> bool,
    ) -> Result<Vec<Option<Block>>> {
        let mut blocks = vec![None; self.settled.inputs.len()];
        for (input, fetched) in fetched.iter().filter(|(input, _)| wanted(input.role)) {
            let level = &self.settled.inputs[input.input];
            let decoder = self.decoder(input)?;
            blocks[input.input] =
                Some(level.decode(decoder, fetched, window, input.bands.len())?);
        }
        Ok(blocks)
    }

    fn decoder(&self, input: &InputUse) -> Result<&TileDecoder> {
        let decoder = self.decoders[input.input].as_ref();
        decoder.ok_or_else(|| crate::error::Expression::NoInput.into())
    }

    /// Bytes of a pixel of all inputs and of the result.
    fn pixel_bytes(&self) -> u64 {
        pixel_bytes(&self.settled)
    }
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
    bound.inputs().iter().map(input).sum::<u64>() + result
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

/// Copies a chunk to its place in a larger block of the same bands and type.
fn paste(whole: &mut Block, window: Window, chunk: &Block) {
    let (_, rows, columns) = whole.shape();
    let (left, top) = (index(window.column), index(window.row));
    let (width, height) = (index(window.width), index(window.height));
    with_samples!(whole.samples_mut(), values => {
        let Some(chunk) = typed(chunk, values) else { return };
        for (line, segment) in chunk.chunks_exact(width.max(1)).enumerate() {
            let (band, row) = (line / height, line % height);
            let start = (band * rows + top + row) * columns + left;
            values[start..start + width].copy_from_slice(segment);
        }
    });
}

/// A block's samples, if they are of the same type as `like`.
fn typed<'a, T: Sample>(block: &'a Block, _like: &[T]) -> Option<&'a [T]> {
    block.as_slice::<T>()
}
