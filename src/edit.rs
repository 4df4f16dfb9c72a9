//! Changing what a COG says of its pixels, so that it stays a COG: a new header over the same tiles.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use crate::error::{Error, Result, Unsupported, Usage};
use crate::exec::Progress;
use crate::format::geo::{GeoKeys, Georeference};
use crate::format::layout::RasterTags;
use crate::format::metadata::{Item, Statistics};
use crate::pipeline::relayout;
use crate::read::cog::Cog;
use crate::read::level::Level;
use crate::sample::Scalar;
use crate::write::BigTiff;
use crate::write::output::Target;

/// Changes of what a file says. No pixel is touched: the compressed tiles of all levels, and those of
/// masks, are copied as they are, under any compression. Bands count from 1.
///
/// ```no_run
/// use cogwork::{Cog, edit::Edit};
///
/// let edit = Edit::new()
///     .nodata(Some(0.into()))
///     .item("AREA", Some("north"))
///     .description(1, Some("red"));
/// Cog::open("scene.tif")?.edit("scene.tif", &edit)?; // replaced when the new one is complete
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    nodata: Option<Option<Scalar>>,
    /// Items to take out, each with what takes its place.
    items: Vec<(Item, bool)>,
    without_statistics: bool,
    statistics: Option<Vec<Statistics>>,
    georeference: Option<Georeference>,
    epsg: Option<u32>,
    bigtiff: BigTiff,
}

impl Edit {
    /// No change yet. Such an edit makes a COG of a tiled file whose parts are out of order.
    pub fn new() -> Self {
        Edit::default()
    }

    /// Sets the nodata value of all bands, or takes it away.
    #[must_use]
    pub fn nodata(self, nodata: Option<Scalar>) -> Self {
        let nodata = Some(nodata);
        Edit { nodata, ..self }
    }

    /// Sets an item of GDAL_METADATA, in the default domain, or takes it away.
    #[must_use]
    pub fn item(self, name: &str, value: Option<&str>) -> Self {
        self.change(name, None, None, value)
    }

    /// Sets an item of a band, counted from 1, or takes it away.
    #[must_use]
    pub fn band_item(self, band: usize, name: &str, value: Option<&str>) -> Self {
        self.change(name, Some(band), None, value)
    }

    /// Sets what a band, counted from 1, shows, or takes that away.
    #[must_use]
    pub fn description(self, band: usize, text: Option<&str>) -> Self {
        self.change("DESCRIPTION", Some(band), Some("description"), text)
    }

    /// Sets the unit of a band's values, or takes it away.
    #[must_use]
    pub fn unit(self, band: usize, text: Option<&str>) -> Self {
        self.change("UNITTYPE", Some(band), Some("unittype"), text)
    }

    /// Sets scale and offset of a band: value = sample * scale + offset.
    #[must_use]
    pub fn scale(self, band: usize, scale: f64, offset: f64) -> Self {
        let set = |edit: Edit, name, role, value: f64| {
            edit.change(name, Some(band), Some(role), Some(&value.to_string()))
        };
        let scaled = set(self, "SCALE", "scale", scale);
        set(scaled, "OFFSET", "offset", offset)
    }

    /// Takes scale and offset of a band away.
    #[must_use]
    pub fn without_scale(self, band: usize) -> Self {
        let rest = self.change("SCALE", Some(band), Some("scale"), None);
        rest.change("OFFSET", Some(band), Some("offset"), None)
    }

    /// Takes all statistics away, and the least and largest sample values that tags claim.
    #[must_use]
    pub fn without_statistics(self) -> Self {
        Edit {
            without_statistics: true,
            ..self
        }
    }

    /// Sets the statistics of all bands, as [`Level::statistics`] computes them.
    #[must_use]
    pub fn statistics(self, statistics: Vec<Statistics>) -> Self {
        let statistics = Some(statistics);
        Edit { statistics, ..self }
    }

    /// Sets transform, control points and coordinate system of the base.
    #[must_use]
    pub fn georeference(self, georeference: Georeference) -> Self {
        let georeference = Some(georeference);
        Edit {
            georeference,
            ..self
        }
    }

    /// Sets the coordinate system of the base by its EPSG code, one of those that
    /// [`GeoKeys::from_epsg`] knows. Pixels stay where they are; a system of heights goes.
    #[must_use]
    pub fn epsg(self, code: u32) -> Self {
        let epsg = Some(code);
        Edit { epsg, ..self }
    }

    /// Sets whether the file has 64-bit offsets.
    #[must_use]
    pub fn bigtiff(self, bigtiff: BigTiff) -> Self {
        Edit { bigtiff, ..self }
    }

    /// An item by its name; the band counts from 1.
    fn change(
        mut self,
        name: &str,
        band: Option<usize>,
        role: Option<&str>,
        value: Option<&str>,
    ) -> Self {
        let item = Item {
            name: name.to_owned(),
            sample: band.map(|band| u16::try_from(band.wrapping_sub(1)).unwrap_or(u16::MAX)),
            role: role.map(str::to_owned),
            domain: None,
            text: value.unwrap_or_default().to_owned(),
        };
        self.items.push((item, value.is_some()));
        self
    }

    /// The tags of a file after the change.
    fn apply(&self, base: &Level) -> Result<RasterTags> {
        let mut tags = relayout::tags(base);
        if let Some(nodata) = self.nodata {
            if let Some(value) = nodata {
                base.data_type().check(value)?;
            }
            tags.nodata = nodata.map(|nodata| nodata.to_string());
        }
        if let Some(georeference) = &self.georeference {
            tags.geo = georeference.tags();
        }
        if let Some(code) = self.epsg {
            let mut georeference = match &self.georeference {
                Some(georeference) => georeference.clone(),
                None => base.georeference(),
            };
            let point = georeference.keys.as_ref().is_some_and(GeoKeys::is_point);
            let keys = GeoKeys::from_epsg(code, point);
            georeference.keys = Some(keys.ok_or_else(|| unknown(code))?);
            georeference.heights = None;
            tags.geo = georeference.tags();
        }
        if self.without_statistics {
            tags.annotations = tags.annotations.without_statistics();
        }
        if let Some(statistics) = &self.statistics {
            tags.annotations = tags.annotations.with_statistics(statistics);
        }
        for (item, set) in &self.items {
            let count = base.bands();
            if let Some(sample) = item.sample.map(usize::from).filter(|&at| at >= count) {
                let band = (sample + 1) % (usize::from(u16::MAX) + 1);
                return Err(Usage::Band { band, count }.into());
            }
            let metadata = &mut tags.annotations.metadata;
            metadata.retain(|old| !same_place(old, item));
            if *set {
                metadata.push(item.clone());
            }
        }
        Ok(tags)
    }
}

fn unknown(code: u32) -> Error {
    let text = format!(
        "crs EPSG:{code}: there is no database here that says whether it is projected or geographic: \
         take it from a file that has it (crs-from)"
    );
    Usage::Option(text).into()
}

/// Whether one item stands for the other. What has a role is known by that.
fn same_place(old: &Item, new: &Item) -> bool {
    let name = old.role.is_some() || old.name == new.name;
    name && (&old.sample, &old.role, &old.domain) == (&new.sample, &new.role, &new.domain)
}

impl Cog {
    /// Writes this file, changed, as a COG; `path` may be that of the file itself. Tiles are copied,
    /// overviews (as in [`Level::convert`]) and masks are kept, those of sidecars become internal.
    ///
    /// # Errors
    /// [`Usage`] for a change that makes no sense;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the tiles cannot be copied: strips, or
    /// big-endian samples (see [`Level::convert`]); those of reading and writing.
    pub fn edit(&self, path: impl AsRef<Path>, edit: &Edit) -> Result<()> {
        let mut quiet = |_| ControlFlow::Continue(());
        self.edit_with(path, edit, &mut quiet)
    }

    /// As [`edit`](Self::edit); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`edit`](Self::edit), and [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn edit_with(
        &self,
        path: impl AsRef<Path>,
        edit: &Edit,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        self.edit_into(Target::Path(path.as_ref()), edit, progress)
    }

    /// As [`edit`](Self::edit), into a sink, which gets the bytes in order.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub fn edit_to(&self, sink: &mut dyn Write, edit: &Edit) -> Result<()> {
        let mut quiet = |_| ControlFlow::Continue(());
        self.edit_to_with(sink, edit, &mut quiet)
    }

    /// As [`edit_to`](Self::edit_to); `progress` hears of each step, and may ask to stop.
    ///
    /// # Errors
    /// As [`edit_with`](Self::edit_with).
    pub fn edit_to_with(
        &self,
        sink: &mut dyn Write,
        edit: &Edit,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        self.edit_into(Target::Sink(sink), edit, progress)
    }

    fn edit_into(
        &self,
        target: Target<'_>,
        edit: &Edit,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let base = self.base();
        let place = |error: Error| base.place(error);
        let levels = relayout::pyramid(self.levels());
        if let Some(obstacle) = relayout::obstacle(&levels) {
            return Err(place(Unsupported::Copy(obstacle).into()));
        }
        let tags = edit.apply(&base).map_err(place)?;
        relayout::write(target, &levels, &tags, edit.bigtiff, progress).map(drop)
    }
}
