//! The ends of a lazy raster: chunk by chunk through fetch, decode, evaluate and, for a COG, encode.
//!
//! The raster is cut into steps of whole rows of chunks. While one step is worked on, by all threads
//! of the executor, the compressed tiles of the next are fetched; so two steps are alive, and memory
//! is known before anything is read. Conditions go first: they are fetched two steps ahead and
//! evaluated one ahead, and tell which tiles of the other inputs are fetched at all.
//!
//! A [`Plan`] is all that as a value; the ends of [`Lazy`] make one and run it.

mod chunks;
mod conversion;
mod convert;
mod converted;
mod estimate;
mod evaluator;
mod explain;
mod form;
mod graph;
mod inputs;
mod job;
#[cfg(feature = "json")]
mod json;
mod on_error;
mod persist;
mod plan;
pub(crate) mod relayout;
mod statistics;
mod survey;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use crate::block::Block;
use crate::error::Result;
use crate::exec::Progress;
use crate::grid::Window;
use crate::lazy::Lazy;
use crate::write::CogOptions;
use crate::write::output::Target;

pub use chunks::Chunks;
pub use conversion::{Conversion, MaskSource, StatisticsChoice};
pub use estimate::{Estimate, InputEstimate};
use job::Job;
pub use on_error::{OnError, Report};
pub use persist::{Beyond, PersistOptions};
pub use plan::{ComputePlan, Plan};
pub use statistics::{BandSummary, Bins, Histogram, SummaryOptions};

impl Lazy {
    /// Computes the whole raster into one block: shape (bands, rows, columns). A mask gives uint8
    /// samples of 1 and 0.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each); [`Limit`](crate::ErrorKind::Limit) for more than
    /// `limits.block_bytes`.
    pub fn compute(&self) -> Result<Block> {
        Ok(self.plan_compute()?.run()?.0)
    }

    /// Computes the raster chunk by chunk, from top to bottom and left to right, and gives each
    /// chunk's window and block, all bands of it, to `each`, on the caller's thread.
    ///
    /// # Errors
    /// As [`check`](Self::check), before anything is read; those of reading, with file, level and
    /// tile; those of `each`, which end the work; [`Limit`](crate::ErrorKind::Limit) where one row of
    /// chunks needs more than `limits.job_bytes`.
    pub fn for_each(&self, mut each: impl FnMut(Window, Block) -> Result<()>) -> Result<()> {
        let job = Job::new(self.settle()?, None)?;
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            let mut chunks = chunks.into_iter();
            chunks.try_for_each(|chunk| each(chunk.window, chunk.block))
        })?;
        Ok(())
    }

    /// Computes the raster and writes it as a COG, in one pass and in bounded memory. The file
    /// appears, or replaces an old one, whole or not at all; its bytes depend neither on the number
    /// of threads nor on where the inputs come from.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each) and [`CogWriter`](crate::write::CogWriter).
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
        let plan = self.plan(options)?;
        plan.write(Target::Path(path.as_ref()), progress).map(drop)
    }

    /// As [`write_cog`](Self::write_cog), into a sink, which gets the bytes in order at the end.
    ///
    /// # Errors
    /// As [`write_cog`](Self::write_cog).
    pub fn write_cog_to(&self, sink: &mut dyn Write, options: &CogOptions) -> Result<()> {
        self.plan(options)?.run_to(sink).map(drop)
    }
}
