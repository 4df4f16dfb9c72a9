//! What is to be computed, as a value: settled, inspected, and run later, elsewhere or twice.

use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Arc;

use super::converted::Converted;
use super::form::Form;
use super::job::Job;
use super::on_error::Report;
use super::{Estimate, estimate, explain, graph};
use crate::block::{Block, Validity};
use crate::error::Result;
use crate::exec::{Event, Progress};
use crate::grid::Window;
use crate::lazy::{Lazy, Settled};
use crate::limits::{to_usize, zeroed};
#[cfg(doc)]
use crate::read::level::Level;
use crate::trace::entered;
use crate::write::output::Target;
use crate::write::{CogOptions, CogWriter};

/// A COG that is to be written: what [`Lazy::write_cog`] or [`Level::convert`] does, as a value. Types,
/// grids, chunks and the form of the file are settled, and nothing has been read. Each run reads the inputs and writes the
/// same bytes. Clones are cheap. With the feature `json` a plan goes to another process and back
/// (`to_json`, `from_json`). [Recipes](crate::cookbook::plans) are in the cookbook.
///
/// ```no_run
/// use cogwork::{Cog, write::CogOptions};
///
/// let clear = Cog::open("scene.tif")?.base().lazy();
/// let plan = clear.plan(&CogOptions::default())?;
/// println!("{}\n{:?}", plan.explain(), plan.estimate()?);
/// std::fs::write("plan.dot", plan.graph())?;
/// plan.run("copy.tif")?;
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan(pub(super) Work);

/// How a file comes about.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// It is computed.
    Raster(Arc<Computing>),
    /// It is converted.
    Conversion(Arc<Converted>),
}

/// A raster that is to be written.
#[derive(Debug)]
pub(super) struct Computing {
    /// What every run begins anew.
    pub(super) job: Arc<Job>,
    form: Form,
    /// What was asked for.
    options: CogOptions,
}

/// Samples that are to be computed: what [`Lazy::compute`] and [`Lazy::for_each`] do, as a value.
#[derive(Clone, Debug)]
pub struct ComputePlan {
    settled: Arc<Settled>,
    /// Bands that are computed together, counted from 0, and how.
    groups: Vec<(Range<usize>, Arc<Job>)>,
}

impl Lazy {
    /// A COG of this raster that is not written yet.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Usage`](crate::error::Usage) for options that do not fit the raster;
    /// [`Limit`](crate::ErrorKind::Limit) where one row of the smallest chunks needs more than
    /// `limits.job_bytes`.
    pub fn plan(&self, options: &CogOptions) -> Result<Plan> {
        let settled = self.settle()?;
        let form = Form::new(&settled, options)?;
        let mut job = Job::new(settled, Some(form.settings.tile))?;
        job.passing = form.passing.ok();
        let computing = Computing {
            job: job.into(),
            form,
            options: options.clone(),
        };
        Ok(Plan(Work::Raster(computing.into())))
    }

    /// The samples of this raster, not computed yet. Bands are computed in groups of as many as
    /// [`chunks`](Self::chunks) say, where no mask tells the valid pixels of all bands.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn plan_compute(&self) -> Result<ComputePlan> {
        let settled = Arc::new(self.settle()?);
        let count = settled.bound.bands();
        let step = match settled.valid {
            Some(_) => count,
            None => settled.choices.chunks.bands(count).max(1),
        };
        let group = |first: usize| -> Result<_> {
            let bands = first..(first + step).min(count);
            let raster = match bands.len() == count {
                true => settled.clone(),
                false => Arc::new(self.bands(bands.clone().map(|band| band + 1))?.settle()?),
            };
            Ok((bands, Job::new(raster, None)?.into()))
        };
        let groups = (0..count).step_by(step).map(group).collect::<Result<_>>()?;
        Ok(ComputePlan { settled, groups })
    }
}

impl Plan {
    /// Writes the file, which appears, or replaces an old one, whole or not at all.
    ///
    /// # Errors
    /// As [`Lazy::write_cog`].
    pub fn run(&self, path: impl AsRef<Path>) -> Result<Report> {
        self.run_with(path, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`run`](Self::run); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn run_with(&self, path: impl AsRef<Path>, progress: &mut Progress<'_>) -> Result<Report> {
        self.write(Target::Path(path.as_ref()), progress)
    }

    /// As [`run`](Self::run), into a sink, which gets the bytes in order at the end.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_to(&self, sink: &mut dyn Write) -> Result<Report> {
        self.run_to_with(sink, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`run_to`](Self::run_to); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`run_with`](Self::run_with).
    pub fn run_to_with(&self, sink: &mut dyn Write, progress: &mut Progress<'_>) -> Result<Report> {
        self.write(Target::Sink(sink), progress)
    }

    /// What a run will read and hold at most. Reads the positions of tiles, where they are still in the
    /// files, and no tile.
    ///
    /// # Errors
    /// Those of reading.
    pub fn estimate(&self) -> Result<Estimate> {
        match &self.0 {
            Work::Raster(raster) => estimate::of(raster.jobs(), Some(&raster.form)),
            Work::Conversion(conversion) => conversion.estimate(),
        }
    }

    /// The plan in words.
    pub fn explain(&self) -> String {
        match &self.0 {
            Work::Raster(raster) => explain::of(raster.jobs(), Some(&raster.form)),
            Work::Conversion(conversion) => explain::conversion(conversion),
        }
    }

    /// The plan as a picture: a graph in DOT, the language of Graphviz. The first chunks are drawn one
    /// by one, the others counted.
    pub fn graph(&self) -> String {
        match &self.0 {
            Work::Raster(raster) => graph::of(raster.jobs(), Some(&raster.form)),
            Work::Conversion(conversion) => graph::conversion(conversion),
        }
    }

    /// The options that the plan was made with.
    pub fn options(&self) -> &CogOptions {
        match &self.0 {
            Work::Raster(raster) => &raster.options,
            Work::Conversion(conversion) => &conversion.how.options,
        }
    }

    /// Whether the file's samples may differ from those that are computed.
    pub(super) fn is_lossy(&self) -> bool {
        match &self.0 {
            Work::Raster(raster) => raster.form.settings.is_lossy(),
            Work::Conversion(conversion) => conversion.is_lossy(),
        }
    }

    pub(super) fn write(&self, target: Target<'_>, progress: &mut Progress<'_>) -> Result<Report> {
        let _span = entered!(INFO, "write", to = %target);
        match &self.0 {
            Work::Raster(raster) => raster.write(target, progress),
            Work::Conversion(conversion) => conversion.write(target, progress),
        }
    }
}

impl From<Converted> for Plan {
    fn from(conversion: Converted) -> Self {
        Plan(Work::Conversion(conversion.into()))
    }
}

impl Computing {
    fn jobs(&self) -> &[Arc<Job>] {
        std::slice::from_ref(&self.job)
    }

    fn write(&self, target: Target<'_>, progress: &mut Progress<'_>) -> Result<Report> {
        let Form {
            raster, settings, ..
        } = &self.form;
        let context = &self.job.settled.context;
        let mut writer = CogWriter::open(target, raster.clone(), settings.clone(), context)?;
        let report = self.job.anew()?.run_into(&mut writer, progress)?;
        writer.finish()?;
        Ok(report)
    }
}

impl ComputePlan {
    /// Computes the whole raster into one block: shape (bands, rows, columns). A mask gives uint8
    /// samples of 1 and 0.
    ///
    /// # Errors
    /// As [`Lazy::compute`].
    pub fn run(&self) -> Result<(Block, Report)> {
        self.run_with(&mut |_| ControlFlow::Continue(()))
    }

    /// As [`run`](Self::run); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn run_with(&self, progress: &mut Progress<'_>) -> Result<(Block, Report)> {
        let Settled {
            bound,
            valid,
            size,
            context,
            ..
        } = &*self.settled;
        let validity = match valid {
            Some(_) => Validity::Mask(zeroed(to_usize(size.area())?)?),
            None => bound.nodata().map_or(Validity::All, Validity::Nodata),
        };
        let (bands, data_type) = (bound.bands(), bound.data_type());
        let mut whole = Block::zeroed(bands, *size, data_type, validity, &context.limits)?;
        let report = self.for_each_with(progress, |bands, window, block| {
            whole.paste(bands.start, window, &block);
            Ok(())
        })?;
        Ok((whole, report))
    }

    /// Computes the raster chunk by chunk and gives the bands, counted from 0, the window and the block
    /// of each to `each`, on the caller's thread: group of bands by group, each from top to bottom and
    /// left to right.
    ///
    /// # Errors
    /// As [`Lazy::for_each`].
    pub fn for_each(
        &self,
        each: impl FnMut(Range<usize>, Window, Block) -> Result<()>,
    ) -> Result<Report> {
        self.for_each_with(&mut |_| ControlFlow::Continue(()), each)
    }

    /// As [`for_each`](Self::for_each); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each), and [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn for_each_with(
        &self,
        progress: &mut Progress<'_>,
        mut each: impl FnMut(Range<usize>, Window, Block) -> Result<()>,
    ) -> Result<Report> {
        let height = u64::from(self.settled.size.height);
        let rows = height.saturating_mul(crate::limits::to_u64(self.groups.len()));
        let (mut whole, mut before) = (Report::default(), 0);
        for (bands, job) in &self.groups {
            let done = whole.counts;
            let mut tell = |event: Event| {
                progress(Event {
                    rows_done: before + event.rows_done,
                    rows,
                    counts: done.and(event.counts),
                })
            };
            let report = job.anew()?.run(&mut tell, |chunks| {
                let mut chunks = chunks.into_iter();
                chunks.try_for_each(|chunk| each(bands.clone(), chunk.window, chunk.block))
            })?;
            whole.add(report);
            before += height;
        }
        Ok(whole)
    }

    /// As [`Plan::estimate`].
    ///
    /// # Errors
    /// Those of reading.
    pub fn estimate(&self) -> Result<Estimate> {
        estimate::of(&self.jobs(), None)
    }

    /// As [`Plan::explain`].
    pub fn explain(&self) -> String {
        explain::of(&self.jobs(), None)
    }

    /// As [`Plan::graph`].
    pub fn graph(&self) -> String {
        graph::of(&self.jobs(), None)
    }

    /// This plan as the JSON document of [`Lazy::to_json`], with no options of a file.
    ///
    /// # Errors
    /// As [`Lazy::to_json`].
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> Result<String> {
        self.settled.raster.to_json(&CogOptions::default())
    }

    /// The plan of a document of [`to_json`](Self::to_json), [`Plan::to_json`] or [`Lazy::to_json`],
    /// settled anew: it opens the files that the document names. Options of a file do not matter.
    ///
    /// # Errors
    /// As [`Lazy::from_json`] and [`Lazy::plan_compute`].
    #[cfg(feature = "json")]
    pub fn from_json(text: &str, context: &crate::context::Context) -> Result<ComputePlan> {
        Lazy::from_json(text, context)?.0.plan_compute()
    }

    fn jobs(&self) -> Vec<Arc<Job>> {
        self.groups.iter().map(|(_, job)| job.clone()).collect()
    }
}

impl Lazy {
    /// What [`compute`](Self::compute) will read and hold at most: that of
    /// [`plan_compute`](Self::plan_compute).
    ///
    /// # Errors
    /// As [`plan_compute`](Self::plan_compute), and those of reading.
    pub fn estimate(&self) -> Result<Estimate> {
        self.plan_compute()?.estimate()
    }

    /// What [`compute`](Self::compute) will do, in words.
    ///
    /// # Errors
    /// As [`plan_compute`](Self::plan_compute).
    pub fn explain(&self) -> Result<String> {
        Ok(self.plan_compute()?.explain())
    }

    /// What [`compute`](Self::compute) will do, as a graph in DOT.
    ///
    /// # Errors
    /// As [`plan_compute`](Self::plan_compute).
    pub fn graph(&self) -> Result<String> {
        Ok(self.plan_compute()?.graph())
    }
}
