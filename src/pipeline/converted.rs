//! A conversion as a value: what becomes of each level, settled before any tile is read.

use std::sync::Arc;

use super::conversion::Changes;
use super::estimate::{self, Estimate};
use super::form::{Form, passing};
use super::job::Job;
use super::on_error::Report;
use super::{Conversion, StatisticsChoice, relayout};
use crate::counters::Counts;
use crate::error::Result;
use crate::exec::{Event, Progress};
use crate::format::annotations::Annotations;
use crate::lazy::{Lazy, Settled};
use crate::read::level::Level;
use crate::write::output::Target;
use crate::write::settings::{Make, Settings};
use crate::write::{CogOptions, CogWriter, Interleave, Overviews, PredictorChoice, Raster};

/// A conversion whose form is settled.
#[derive(Debug)]
pub(super) struct Converted {
    /// The level that becomes the base.
    pub(super) level: Level,
    pub(super) how: Conversion,
    changes: Changes,
    /// Bands, pixels and their validity are those of a whole file.
    unchanged: bool,
    /// The raster that the changed level is.
    pub(super) settled: Arc<Settled>,
    pub(super) way: Way,
}

/// How the tiles of the file come about.
#[derive(Debug)]
pub(super) enum Way {
    /// Those of these levels are copied, and none is decoded.
    Copied(Vec<Level>),
    /// They are computed, level by level.
    Computed(Box<Computed>),
}

#[derive(Debug)]
pub(super) struct Computed {
    /// One for each level that is kept, of which the first is the base.
    pub(super) jobs: Vec<Arc<Job>>,
    pub(super) form: Form,
    /// Whether each level can take over compressed tiles of its own, and if not, why.
    pub(super) passing: Vec<Result<usize, &'static str>>,
    /// Why not all tiles are copied undecoded.
    pub(super) why: &'static str,
}

impl Converted {
    pub(super) fn new(level: &Level, how: Conversion) -> Result<Self> {
        let options = &how.options;
        let changes = how.of(level).map_err(|error| level.place(error))?;
        let mut levels = relayout::pyramid(level.cog().levels().skip(level.index()));
        let settled = Arc::new(changes.apply(level)?.settle()?);
        let raster = changes.raster(level, &settled);
        let mut settings = options.settle(&raster, Some(level.image()))?;
        let computed = options.resampling.is_some() || options.overviews != Overviews::Auto;
        let kept = !computed && (levels.len() > 1 || settings.levels.len() == 1);
        let why = match () {
            _ if !kept => Some("overviews are computed"),
            _ if !changes.none() => Some("bands, nodata or mask change"),
            _ if !stays(&levels, options, &settings) => Some("tiles of another form are asked for"),
            _ => relayout::obstacle(&levels),
        };
        let unchanged =
            changes.none() && level.index() == 0 && (why.is_none() || !settings.is_lossy());
        let way = match why {
            None => Way::Copied(levels),
            Some(why) => {
                if kept {
                    settings.levels = levels.iter().map(Level::size).collect();
                    settings.given = true;
                } else {
                    levels.truncate(1);
                }
                let rasters = levels.iter().skip(1).map(|level| {
                    let settled = changes.apply(level)?.settle()?;
                    Ok(Arc::new(settled))
                });
                let rasters = std::iter::once(Ok(settled.clone())).chain(rasters);
                let rasters: Vec<Arc<Settled>> = rasters.collect::<Result<_>>()?;
                let computed = Computed::new(&rasters, raster, settings, (options, why))?;
                Way::Computed(computed.into())
            }
        };
        Ok(Converted {
            level: level.clone(),
            changes,
            unchanged,
            settled,
            way,
            how,
        })
    }

    /// What becomes of the statistics of bands.
    pub(super) fn statistics(&self) -> StatisticsChoice {
        match self.how.statistics {
            StatisticsChoice::Auto if self.unchanged => StatisticsChoice::Keep,
            StatisticsChoice::Auto => StatisticsChoice::Drop,
            choice => choice,
        }
    }

    /// The rasters whose pixels are read for statistics.
    fn summarized(&self) -> Result<Vec<Lazy>> {
        match self.statistics() {
            StatisticsChoice::Compute if self.changes.none() => self.level.summarized(),
            StatisticsChoice::Compute => Ok(vec![self.changes.apply(&self.level)?]),
            _ => Ok(Vec::new()),
        }
    }

    fn annotated(&self, annotations: Annotations) -> Result<Annotations> {
        match self.statistics() {
            StatisticsChoice::Keep => Ok(annotations),
            StatisticsChoice::Auto | StatisticsChoice::Drop => Ok(annotations.without_statistics()),
            StatisticsChoice::Compute => {
                let rasters = self.summarized()?;
                let statistics = rasters.iter().map(Lazy::statistics);
                let statistics = statistics.collect::<Result<Vec<_>>>()?.concat();
                Ok(annotations.with_statistics(&statistics))
            }
        }
    }

    /// Whether the file's samples may differ from those of the level.
    pub(super) fn is_lossy(&self) -> bool {
        match &self.way {
            Way::Copied(_) => false,
            Way::Computed(computed) => computed.form.settings.is_lossy(),
        }
    }

    pub(super) fn estimate(&self) -> Result<Estimate> {
        let whole = match &self.way {
            Way::Copied(levels) => relayout::estimate(levels, self.level.image().planar)?,
            Way::Computed(computed) => estimate::of(&computed.jobs, Some(&computed.form))?,
        };
        let passes = self.summarized()?;
        let mut passes = passes.iter().map(Lazy::estimate);
        passes.try_fold(whole, |whole, pass| Ok(whole.and(pass?)))
    }

    pub(super) fn write(&self, target: Target<'_>, progress: &mut Progress<'_>) -> Result<Report> {
        match &self.way {
            Way::Copied(levels) => {
                let mut tags = relayout::tags(&self.level);
                tags.annotations = self.annotated(tags.annotations)?;
                let bigtiff = self.how.options.bigtiff;
                let counts = relayout::write(target, levels, &tags, bigtiff, progress)?;
                Ok(Report {
                    counts,
                    ..Report::default()
                })
            }
            Way::Computed(computed) => {
                let Computed { jobs, form, .. } = &**computed;
                let mut raster = form.raster.clone();
                raster.annotations = self.annotated(raster.annotations)?;
                let settings = form.settings.clone();
                let mut writer = CogWriter::open(target, raster, settings, self.level.context())?;
                let report = run(jobs, &mut writer, progress)?;
                writer.finish()?;
                Ok(report)
            }
        }
    }
}

impl Computed {
    fn new(
        rasters: &[Arc<Settled>],
        raster: Raster,
        settings: Settings,
        (options, why): (&CogOptions, &'static str),
    ) -> Result<Self> {
        let makes = std::iter::once(&settings.base).chain(std::iter::repeat(&settings.overview));
        let each = rasters.iter().zip(makes);
        let passing: Vec<_> = each
            .map(|(settled, make)| passing(settled, options, &settings, make))
            .collect();
        let job = |(settled, passing): (&Arc<Settled>, &Result<usize, &'static str>)| {
            let mut job = Job::new(settled.clone(), Some(settings.tile))?;
            job.passing = passing.ok();
            Ok(Arc::new(job))
        };
        let jobs = rasters.iter().zip(&passing).map(job);
        let jobs = jobs.collect::<Result<_>>()?;
        let base = passing.first().copied().unwrap_or(Err(why));
        Ok(Computed {
            jobs,
            form: Form {
                raster,
                settings,
                passing: base,
            },
            passing,
            why,
        })
    }
}

/// Runs the jobs of the levels one after the other.
fn run(
    jobs: &[Arc<Job>],
    writer: &mut CogWriter<'_>,
    progress: &mut Progress<'_>,
) -> Result<Report> {
    let height = |job: &Arc<Job>| u64::from(job.settled.size.height);
    let rows: u64 = jobs.iter().map(height).sum();
    let (mut before, mut done) = (0, Counts::default());
    for (index, job) in jobs.iter().enumerate() {
        if index > 0 {
            writer.next_level()?;
        }
        let report = job.anew()?.run_into(writer, &mut |event| {
            progress(Event {
                rows_done: before + event.rows_done,
                rows,
                counts: done.and(event.counts),
            })
        })?;
        done = done.and(report.counts);
        before += height(job);
    }
    Ok(Report {
        counts: done,
        ..Report::default()
    })
}

/// Whether the options ask for what the tiles of all levels are already.
fn stays(levels: &[Level], options: &CogOptions, settings: &Settings) -> bool {
    let coded = |level: &Level, make: &Make, predictor: Option<PredictorChoice>| {
        let (image, coding) = (level.image(), make.coding());
        let same = |tag: u16| if tag == 32946 { 8 } else { tag };
        let named = options.compression.is_some() || options.overview_compression.is_some();
        let layer = |parameters: &[u32]| parameters.get(1).copied().unwrap_or(0);
        let layered = layer(&image.codec.lerc_parameters) == layer(&coding.lerc_parameters);
        let compression = same(image.compression) == coding.compression && layered;
        let compression = !named || compression;
        let predictor = predictor.is_none() || image.predictor == coding.predictor;
        compression && predictor
    };
    let overview_predictor = options.overview_predictor.or(options.predictor);
    let makes = std::iter::once((&settings.base, options.predictor));
    let makes = makes.chain(std::iter::repeat((&settings.overview, overview_predictor)));
    let planar = levels.first().is_some_and(|level| level.image().planar);
    let interleave = match settings.interleave {
        Interleave::Pixel => !planar,
        Interleave::Band => planar,
        Interleave::Tile => false,
    };
    let tile = |level: &Level| options.blocksize.is_none() || level.image().tile == settings.tile;
    let mut coded_levels = levels.iter().zip(makes);
    coded_levels.all(|(level, (make, predictor))| coded(level, make, predictor) && tile(level))
        && interleave
        && !options.sparse
        && options.level.is_none()
        && options.quality.is_none()
        && options.overview_quality.is_none()
        && options.max_z_error == 0.0
        && options.max_z_error_overview.is_none()
        && options.bits.is_none()
}
