//! A level as a COG: its tiles copied where they can be, its overviews kept where it has any.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::converted::Converted;
use super::{Conversion, Plan};
use crate::error::Result;
use crate::exec::Progress;
use crate::read::level::Level;
#[cfg(doc)]
use crate::write::CogOptions;
use crate::write::output::Target;

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
        self.convert_into(Target::Path(path.as_ref()), how.into(), progress)
    }

    /// As [`convert`](Self::convert), into a sink, which gets the bytes in order at the end.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn convert_to(&self, sink: &mut dyn Write, how: impl Into<Conversion>) -> Result<()> {
        let mut quiet = |_| ControlFlow::Continue(());
        self.convert_to_with(sink, how, &mut quiet)
    }

    /// As [`convert_to`](Self::convert_to); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`convert_with`](Self::convert_with).
    pub fn convert_to_with(
        &self,
        sink: &mut dyn Write,
        how: impl Into<Conversion>,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        self.convert_into(Target::Sink(sink), how.into(), progress)
    }

    /// A COG of this level that is not written yet: what [`convert`](Self::convert) does, as a value.
    /// Whether tiles are copied or computed, and by what, is settled, and nothing has been read.
    ///
    /// # Errors
    /// As [`convert`](Self::convert), but for those of reading and writing.
    pub fn plan_conversion(&self, how: impl Into<Conversion>) -> Result<Plan> {
        Ok(Converted::new(self, how.into())?.into())
    }

    fn convert_into(
        &self,
        target: Target<'_>,
        how: Conversion,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let plan = self.plan_conversion(how)?;
        plan.write(target, progress).map(drop)
    }
}
