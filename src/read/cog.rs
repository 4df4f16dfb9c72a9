//! An open file: its levels and what they share.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::facts::Facts;
use super::file::{Layer, OpenFile, OpenSource, remote};
use super::level::Level;
use crate::context::Context;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Malformed, Result, Usage};
use crate::format::geo::Georeference;
use crate::format::image::Image;
use crate::format::tag;
use crate::sample::{ByteOrder, DataType, Scalar};
use crate::source::ByteSource;
use crate::source::file::FileSource;
use crate::source::location::Location;
use crate::trace::entered;

/// An open TIFF: cheap to clone, shared between threads, every read takes `&self`.
///
/// It keeps the header (bounded by `limits.header_bytes`), the arrays of tile positions as far as they
/// were needed, and the source open; no pixels, unless the [`Context`] has a cache for them. Its
/// images are [`Level`]s: the [base](Self::base), and [overviews](Self::overview) with the same API.
///
/// ```
/// use cogwork::Cog;
///
/// let cog = Cog::open("testdata/scene/visual.tif")?;
/// for level in cog.levels() {
///     println!("{} of {} bands, {:?} a pixel", level.size(), level.bands(), level.resolution());
/// }
/// assert_eq!(cog.level_for((20.0, 20.0)).index(), 1); // the first overview
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cog(Arc<Inner>);

/// What the levels of a file share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) context: Context,
    pub(crate) source: Arc<OpenSource>,
    pub(crate) levels: Vec<Picture>,
    pub(crate) geo: Georeference,
    pub(crate) color_map: Vec<u16>,
    pub(crate) facts: Facts,
    /// What the file is known by in the cache of the context.
    pub(crate) number: u64,
    order: ByteOrder,
    big: bool,
    warnings: Vec<Error>,
    /// The path or the URL that it was opened by.
    location: Option<PathBuf>,
}

/// A level's samples, and the mask that says which of its pixels are valid, if there is one.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) samples: Layer,
    pub(crate) mask: Option<Layer>,
}

/// Files that belong to another file. One that cannot be read is a warning, as in GDAL.
#[derive(Debug, Default)]
struct Sidecars {
    /// `.ovr`: overviews.
    overviews: Option<PathBuf>,
    /// `.msk`: the mask of the base, and as its overviews those of the other levels.
    mask: Option<PathBuf>,
    /// `.msk.ovr`: the masks of the other levels where the mask has no overviews of its own.
    mask_overviews: Option<PathBuf>,
}

impl Cog {
    /// Opens a file or a URL with the default limits and rayon's global pool, as
    /// [`open_with`](Self::open_with).
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, &Context::default())
    }

    /// Opens a local file, or what a URL leads to in one of the forms of [`Location`].
    ///
    /// With a local file come those beside it that hold its overviews (`.ovr`), its mask (`.msk`) or
    /// the mask's overviews (`.msk.ovr`), if there are any. To leave those out, open a
    /// [`FileSource`] with [`from_source`](Self::from_source). Nothing is looked for beside a URL:
    /// one request of 32 KiB opens a normal COG, by [`Context::http`](Context).
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Remote`] if it cannot be read, [`ErrorKind::Malformed`] if it
    /// is no TIFF or its base image makes no sense, [`ErrorKind::Limit`],
    /// [`ErrorKind::Unsupported`] for a URL that nothing here reads.
    pub fn open_with(path: impl AsRef<Path>, context: &Context) -> Result<Self> {
        let _span = entered!(INFO, "open", source = %path.as_ref().display());
        let named = Some(path.as_ref().to_owned());
        let path = match Location::of(path) {
            Location::Path(path) => path,
            Location::Url(url) => {
                let main = open_file(remote(&url, context)?, context)?;
                let inner = Inner::of(main, Sidecars::default(), named, context)?;
                return Ok(Cog(Arc::new(inner)));
            }
        };
        let path = path.as_path();
        let main = open_file(Arc::new(FileSource::open(path)?), context)?;
        let mask = beside(path, ".msk");
        let sidecars = Sidecars {
            overviews: beside(path, ".ovr"),
            mask_overviews: mask.as_deref().and_then(|mask| beside(mask, ".ovr")),
            mask,
        };
        Ok(Cog(Arc::new(Inner::of(main, sidecars, named, context)?)))
    }

    /// Opens a TIFF in any source, with the given threads, limits and counters.
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn from_source(source: impl ByteSource + 'static, context: &Context) -> Result<Self> {
        let _span = entered!(INFO, "open", source = %source);
        let main = open_file(Arc::new(source), context)?;
        let inner = Inner::of(main, Sidecars::default(), None, context)?;
        Ok(Cog(Arc::new(inner)))
    }

    /// The image at full resolution.
    pub fn base(&self) -> Level {
        Level::new(self.0.clone(), 0)
    }

    /// The overview at `index`: 0 is the first after the base, in the order of the file, as
    /// rasterio's `overview_level`.
    ///
    /// # Errors
    /// [`Usage::Overview`] if there is no such overview.
    pub fn overview(&self, index: usize) -> Result<Level> {
        let count = self.overview_count();
        if index >= count {
            return Err(
                Error::from(Usage::Overview { index, count }).in_source(&self.0.source.source)
            );
        }
        Ok(Level::new(self.0.clone(), index + 1))
    }

    /// The level at `index`: 0 is the base, 1 the first overview.
    ///
    /// # Errors
    /// [`Usage::Overview`] if there is no such level.
    pub fn level(&self, index: usize) -> Result<Level> {
        index
            .checked_sub(1)
            .map_or_else(|| Ok(self.base()), |overview| self.overview(overview))
    }

    /// The level that serves a resolution best, given as the size of a pixel along x and y in units
    /// of the coordinate system: the coarsest whose pixels are not larger than that along either
    /// axis, or else the base. Pixels up to 1 % larger pass, as those of overviews of odd sizes are.
    pub fn level_for(&self, (x, y): (f64, f64)) -> Level {
        let pixel = |level: &Level| {
            let (x, y) = level.resolution();
            (x.abs(), y.abs())
        };
        let fits = |level: &Level| {
            let (own_x, own_y) = pixel(level);
            own_x <= x.abs() * PIXEL_TOLERANCE && own_y <= y.abs() * PIXEL_TOLERANCE
        };
        let area = |level: &Level| pixel(level).0 * pixel(level).1;
        let fitting = self.levels().filter(fits);
        let best = fitting.max_by(|a, b| area(a).total_cmp(&area(b)));
        best.unwrap_or_else(|| self.base())
    }

    /// Number of overviews.
    pub fn overview_count(&self) -> usize {
        self.0.levels.len() - 1
    }

    /// The base and the overviews, in the order of the file.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        (0..self.0.levels.len()).map(|index| Level::new(self.0.clone(), index))
    }

    /// Defects of the header that did not hinder opening: later directories that cannot be read,
    /// overviews that do not fit the base and are left out.
    pub fn warnings(&self) -> &[Error] {
        &self.0.warnings
    }

    /// The order of the bytes of the file.
    pub fn byte_order(&self) -> ByteOrder {
        self.0.order
    }

    /// True for BigTIFF.
    pub fn is_bigtiff(&self) -> bool {
        self.0.big
    }

    /// The path or the URL that it was opened by, as it was given; none for other sources.
    pub fn location(&self) -> Option<&Path> {
        self.0.location.as_deref()
    }

    /// Length of the file in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.0.source.length
    }
}

impl From<Arc<Inner>> for Cog {
    fn from(inner: Arc<Inner>) -> Self {
        Cog(inner)
    }
}

impl fmt::Display for Cog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.source.fmt(f)
    }
}

impl Inner {
    /// Sorts the directories: the first is the base; those marked as reduced resolution that fit
    /// it are overviews; masks belong to the level of their size, those marked as reduced to an
    /// overview. Further pages are left alone. As in GDAL, sidecars count where the file itself has
    /// nothing of the kind.
    fn of(
        main: OpenFile,
        sidecars: Sidecars,
        location: Option<PathBuf>,
        context: &Context,
    ) -> Result<Self> {
        let base = main.layer(0, context)?;
        let mut warnings = Vec::new();
        let within = |layer: Layer| fits(&layer, &base).map(|()| layer);
        let mut levels = layers(&main, main.overviews(), context, &mut warnings);
        if levels.is_empty() {
            levels = sidecar(&sidecars.overviews, context, &mut warnings);
        }
        let mut masks = layers(&main, main.masks(), context, &mut warnings);
        if masks.is_empty() {
            masks = sidecar(&sidecars.mask, context, &mut warnings);
            if masks.len() == 1 {
                masks.extend(sidecar(&sidecars.mask_overviews, context, &mut warnings));
            }
        }
        let mut keep = |layer| within(layer).map_err(|error| warnings.push(error)).ok();
        let mut levels: Vec<Layer> = levels.into_iter().filter_map(&mut keep).collect();
        let nodata = base.image.nodata;
        let facts = Facts::of(main.first()?, &base.image);
        levels.insert(0, base);
        let levels = levels
            .into_iter()
            .enumerate()
            .map(|(index, layer)| Picture::new(layer, index > 0, nodata, &masks));
        let directory = main.first()?;
        let colors = directory
            .unsigned(tag::COLOR_MAP)
            .ok()
            .flatten()
            .unwrap_or_default();
        Ok(Inner {
            levels: levels.collect(),
            facts,
            number: context.tiles.as_ref().map_or(0, |tiles| tiles.register()),
            geo: Georeference::from_directory(directory),
            color_map: colors
                .into_iter()
                .filter_map(|n| u16::try_from(n).ok())
                .collect(),
            order: main.header.wire.order,
            big: main.header.wire.big,
            warnings: main.header.warnings.into_iter().chain(warnings).collect(),
            source: main.source,
            context: context.clone(),
            location,
        })
    }
}

impl Picture {
    /// A level with the base's nodata value and the mask of its own size and, within a file, kind.
    fn new(mut samples: Layer, overview: bool, nodata: Option<Scalar>, masks: &[Layer]) -> Self {
        samples.image.nodata = nodata;
        let size = samples.image.size;
        let suits = |image: &Image| {
            let inside = image.is_reduced() == overview && image.data_type == DataType::U8;
            image.size == size && image.bands == 1 && (inside || !image.is_mask())
        };
        let mask = masks.iter().find(|mask| suits(&mask.image));
        Picture {
            samples,
            mask: mask.cloned(),
        }
    }
}

/// The images of some directories of a file; those that make no sense become warnings.
fn layers(
    file: &OpenFile,
    indices: impl Iterator<Item = usize>,
    context: &Context,
    warnings: &mut Vec<Error>,
) -> Vec<Layer> {
    let layer = |index| {
        file.layer(index, context)
            .map_err(|error| warnings.push(error))
            .ok()
    };
    indices.filter_map(layer).collect()
}

/// The first image of a sidecar and its overviews.
fn sidecar(path: &Option<PathBuf>, context: &Context, warnings: &mut Vec<Error>) -> Vec<Layer> {
    let Some(path) = path else { return Vec::new() };
    let file = FileSource::open(path).and_then(|source| open_file(Arc::new(source), context));
    match file {
        Ok(file) => layers(
            &file,
            std::iter::once(0).chain(file.overviews()),
            context,
            warnings,
        ),
        Err(error) => {
            warnings.push(error);
            Vec::new()
        }
    }
}

/// The path with an extension added to its name, if there is such a file.
fn beside(path: &Path, extension: &str) -> Option<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(extension);
    let beside = PathBuf::from(name);
    beside.is_file().then_some(beside)
}

fn open_file(source: Arc<dyn ByteSource>, context: &Context) -> Result<OpenFile> {
    let name = source.to_string();
    OpenFile::open(source, context).map_err(|error| error.in_source(name))
}

/// Checks that an overview fits its base: it is no larger, and of the same bands and samples.
fn fits(overview: &Layer, base: &Layer) -> Result<()> {
    let (image, base) = (&overview.image, &base.image);
    let wrong = |found: u64, tag: u16| {
        let error = Error::from(Malformed::TagValue { found }).at_tag(tag);
        Err(error.in_source(&overview.source.source))
    };
    match () {
        _ if image.size.width > base.size.width => wrong(image.size.width.into(), tag::IMAGE_WIDTH),
        _ if image.size.height > base.size.height => {
            wrong(image.size.height.into(), tag::IMAGE_LENGTH)
        }
        _ if image.bands != base.bands => wrong(image.bands.into(), tag::SAMPLES_PER_PIXEL),
        _ if image.data_type != base.data_type => wrong(image.bits.into(), tag::BITS_PER_SAMPLE),
        _ => Ok(()),
    }
}

/// How much larger the pixels of a level may be than those asked for.
const PIXEL_TOLERANCE: f64 = 1.01;
