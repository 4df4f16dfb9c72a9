//! The ends of a lazy raster: chunk by chunk through fetch, decode, evaluate and, for a COG, encode.
//!
//! The raster is cut into steps of whole rows of chunks. While one step is worked on, by all threads
//! of the executor, the compressed tiles of the next are fetched; so two steps are alive, and memory
//! is known before anything is read. Conditions go first: they are fetched two steps ahead and
//! evaluated one ahead, and tell which tiles of the other inputs are fetched at all.

mod chunks;
mod conversion;
mod convert;
mod evaluator;
mod inputs;
mod job;
pub(crate) mod relayout;
mod statistics;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use crate::block::{Block, Validity};
use crate::error::Result;
use crate::exec::Progress;
use crate::format::image::Stored;
use crate::grid::Window;
use crate::lazy::input::Input;
use crate::lazy::{Lazy, Settled};
use crate::limits::{to_usize, zeroed};
use crate::read::level::Level;
use crate::sample::ByteOrder;
use crate::write::output::Target;
use crate::write::settings::{Make, Settings};
use crate::write::{CogOptions, CogWriter, Compression, Interleave, Raster};

pub use conversion::{Conversion, MaskSource, StatisticsChoice};
use job::Job;
pub use statistics::{BandSummary, Bins, Histogram, SummaryOptions};

impl Lazy {
    /// Computes the whole raster into one block: shape (bands, rows, columns). A mask gives uint8
    /// samples of 1 and 0.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each); [`Limit`](crate::ErrorKind::Limit) for more than
    /// `limits.block_bytes`.
    pub fn compute(&self) -> Result<Block> {
        let job = Job::new(self.settle()?, None)?;
        let bound = &job.settled.bound;
        let validity = match &job.settled.valid {
            Some(_) => Validity::Mask(zeroed(to_usize(job.settled.size.area())?)?),
            None => bound.nodata().map_or(Validity::All, Validity::Nodata),
        };
        let (bands, size) = (bound.bands(), job.settled.size);
        let limits = &job.settled.context.limits;
        let mut whole = Block::zeroed(bands, size, bound.data_type(), validity, limits)?;
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            chunks
                .iter()
                .for_each(|chunk| whole.paste(chunk.window, &chunk.block));
            Ok(())
        })?;
        Ok(whole)
    }

    /// Computes the raster chunk by chunk, from top to bottom and left to right, and gives each
    /// chunk's window and block to `each`, on the caller's thread.
    ///
    /// # Errors
    /// As [`check`](Self::check), before anything is read; those of reading, with file, level and
    /// tile; those of `each`, which end the work; [`Limit`](crate::ErrorKind::Limit) where one row of
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
    /// As [`write_cog`](Self::write_cog), and [`Cancelled`](crate::ErrorKind::Cancelled).
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

    pub(super) fn write(
        &self,
        target: Target<'_>,
        options: &CogOptions,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let settled = self.settle()?;
        let raster = raster(&settled);
        let settings = options.settle(&raster, settled.make().map(Level::image))?;
        let passing = passing(&settled, options, &settings, &settings.base);
        let context = settled.context.clone();
        let mut writer = CogWriter::open(target, raster, settings.clone(), &context)?;
        run_into(settled, &settings, passing, &mut writer, progress)?;
        writer.finish()
    }
}

/// Computes a raster, chunk by chunk, and pushes it to a writer.
fn run_into(
    settled: Settled,
    settings: &Settings,
    passing: Option<usize>,
    writer: &mut CogWriter<'_>,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let mut job = Job::new(settled, Some(settings.tile))?;
    job.passing = passing;
    job.run(progress, |chunks| {
        let (blocks, passed): (Vec<_>, Vec<_>) = chunks
            .into_iter()
            .map(|chunk| (chunk.block, chunk.passed))
            .unzip();
        writer.push_passing(blocks, passed.into_iter().flatten().collect())
    })
}

/// The raster that a settled expression gives. Colours and annotations are those of the input whose pixels pass
/// through, if all its bands do.
fn raster(settled: &Settled) -> Raster {
    let bound = &settled.bound;
    let raster = Raster::new(settled.size, bound.bands(), bound.data_type());
    let mut raster = Raster {
        nodata: settled.nodata,
        mask: settled.valid.is_some(),
        georeference: settled.georeference.clone(),
        ..raster
    };
    let source = settled.untouched();
    let source = source.filter(|source| source.bands() == bound.bands());
    if let Some(annotations) = source.and_then(Input::annotations) {
        raster.annotations = annotations;
    }
    if let Some(source) = source.and_then(Input::as_level) {
        raster.color_map = source.written_color_map();
        let (photometric, extra_samples) = source.written_colors();
        raster.photometric = Some(photometric);
        raster.extra_samples = extra_samples;
    }
    raster
}

/// The input whose compressed tiles can stand in the output where its pixels do: it is a level, or a
/// part of one that begins with a tile, that has the output's tiles, compression, predictor, samples
/// and byte order, and no other level was asked for. Tiles of JPEG and LERC may need tags of their
/// file.
fn passing(
    settled: &Settled,
    options: &CogOptions,
    settings: &Settings,
    make: &Make,
) -> Option<usize> {
    let input = settled.bound.untouched()?;
    let level = settled.inputs[input].as_level()?;
    let image = level.image();
    let coding = make.coding();
    let same = image.tiled
        && evaluator::is_aligned(level, settled.inputs[input].window())
        && image.tile == settings.tile
        && Compression::from_tag(image.compression).map(Compression::tag)
            == Some(coding.compression)
        && (image.predictor == coding.predictor || image.compression == 1)
        && settings.interleave == Interleave::Pixel
        && settings.bits.is_none()
        && make.compression != Compression::Jpeg
        && !make.compression.is_lerc()
        && image.data_type == settled.bound.data_type()
        && image.stored == Stored::Plain
        && image.order == ByteOrder::Little
        && !image.planar
        && !image.reversed_bits
        && level.bands() == settled.bound.bands();
    (same && options.level.is_none()).then_some(input)
}
