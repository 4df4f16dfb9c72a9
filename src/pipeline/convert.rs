//! A level as a COG: its tiles copied where they can be, its overviews kept where it has any.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::form::passing;
use super::job::Job;
use super::{Conversion, StatisticsChoice, relayout};
use crate::counters::Counts;
use crate::error::Result;
use crate::exec::{Event, Progress};
use crate::format::annotations::Annotations;
use crate::read::level::Level;
use crate::trace::entered;
use crate::write::output::Target;
use crate::write::settings::{Make, Settings};
use crate::write::{CogOptions, CogWriter, Interleave, Overviews, PredictorChoice};

impl Level {
    /// Writes this level as a COG: bands, samples, nodata, mask, colours, georeference and metadata
    /// are kept unless the [`Conversion`] changes them, and so are smaller levels of the file as its
    /// overviews, unless [`CogOptions::resampling`] or the number of overviews is set; then they are
    /// computed. Without smaller levels they are computed as well. Each kept overview is smaller than
    /// the one before it: those of the same size, or of another shape, are left out.
    ///
    /// Where nothing else is asked for than what the tiles are, those are copied without being
    /// decoded; any compression can be copied. Source of the rule for overviews: GDAL's COG driver,
    /// `OVERVIEWS=AUTO`.
    ///
    /// # Errors
    /// As [`Lazy::write_cog`](crate::Lazy::write_cog), and [`Usage`](crate::error::Usage) for changes
    /// that contradict themselves or the file.
    pub fn convert(&self, path: impl AsRef<Path>, how: impl Into<Conversion>) -> Result<()> {
        let mut quiet = |_| ControlFlow::Continue(());
        self.convert_with(path, how, &mut quiet)
    }

    /// As [`convert`](Self::convert); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`convert`](Self::convert), and [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn convert_with(
        &self,
        path: impl AsRef<Path>,
        how: impl Into<Conversion>,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        self.convert_into(Target::Path(path.as_ref()), &how.into(), progress)
    }

    /// As [`convert`](Self::convert), into a sink, which gets the bytes in order at the end.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn convert_to(&self, sink: &mut dyn Write, how: impl Into<Conversion>) -> Result<()> {
        let mut quiet = |_| ControlFlow::Continue(());
        self.convert_into(Target::Sink(sink), &how.into(), &mut quiet)
    }

    fn convert_into(
        &self,
        target: Target<'_>,
        how: &Conversion,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let _span = entered!(INFO, "write", to = %target);
        let options = &how.options;
        let changes = how.of(self).map_err(|error| self.place(error))?;
        let mut levels = relayout::pyramid(self.cog().levels().skip(self.index()));
        let settled = changes.apply(self)?.settle()?;
        let mut raster = changes.raster(self, &settled);
        let mut settings = options.settle(&raster, Some(self.image()))?;
        let computed = options.resampling.is_some() || options.overviews != Overviews::Auto;
        let kept = !computed && (levels.len() > 1 || settings.levels.len() == 1);
        let copied = kept
            && changes.none()
            && stays(&levels, options, &settings)
            && relayout::obstacle(&levels).is_none();
        let unchanged = changes.none() && self.index() == 0 && (copied || !settings.is_lossy());
        let annotated = |annotations: Annotations| -> Result<Annotations> {
            match how.statistics {
                StatisticsChoice::Keep => Ok(annotations),
                StatisticsChoice::Auto if unchanged => Ok(annotations),
                StatisticsChoice::Auto | StatisticsChoice::Drop => {
                    Ok(annotations.without_statistics())
                }
                StatisticsChoice::Compute if changes.none() => {
                    Ok(annotations.with_statistics(&self.statistics()?))
                }
                StatisticsChoice::Compute => {
                    Ok(annotations.with_statistics(&changes.apply(self)?.statistics()?))
                }
            }
        };
        if copied {
            let mut tags = relayout::tags(self);
            tags.annotations = annotated(tags.annotations)?;
            return relayout::write(target, &levels, &tags, options.bigtiff, progress);
        }
        raster.annotations = annotated(raster.annotations)?;
        if kept {
            settings.levels = levels.iter().map(Level::size).collect();
            settings.given = true;
        } else {
            levels.truncate(1);
        }
        let rows: u64 = levels
            .iter()
            .map(|level| u64::from(level.size().height))
            .sum();
        let (mut before, mut done) = (0, Counts::default());
        let mut writer = CogWriter::open(target, raster, settings.clone(), self.context())?;
        for (index, level) in levels.iter().enumerate() {
            if index > 0 {
                writer.next_level()?;
            }
            let settled = changes.apply(level)?.settle()?;
            let make = if index == 0 {
                &settings.base
            } else {
                &settings.overview
            };
            let passing = passing(&settled, options, &settings, make);
            let mut job = Job::new(settled, Some(settings.tile))?;
            job.passing = passing.ok();
            let report = job.run_into(&mut writer, &mut |event| {
                let rows_done = before + event.rows_done;
                progress(Event {
                    rows_done,
                    rows,
                    counts: done.and(event.counts),
                })
            })?;
            done = done.and(report.counts);
            before += u64::from(level.size().height);
        }
        writer.finish()
    }
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
