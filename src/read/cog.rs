//! An open file: its levels and what they share.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::level::Level;
use crate::context::Context;
use crate::counters::Counters;
use crate::error::{Error, ErrorKind, Malformed, Result, Usage};
use crate::format::geo::Georeference;
use crate::format::header::{Header, HeaderParser, Progress};
use crate::format::image::Image;
use crate::format::tag;
use crate::limits::to_u64;
use crate::sample::{ByteOrder, Scalar};
use crate::source::file::FileSource;
use crate::source::{ByteSource, IoProfile};

/// An open TIFF: cheap to clone, shared between threads, every read takes `&self`.
#[derive(Clone, Debug)]
pub struct Cog(Arc<Inner>);

/// What the levels of a file share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) source: Counted,
    pub(crate) context: Context,
    pub(crate) length: u64,
    pub(crate) levels: Vec<Image>,
    pub(crate) geo: Georeference,
    pub(crate) color_map: Vec<u16>,
    nodata: Option<Scalar>,
    order: ByteOrder,
    big: bool,
    warnings: Vec<Error>,
}

impl Cog {
    /// Opens a local file with the default limits and rayon's global pool.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be read, [`ErrorKind::Malformed`] if it is no TIFF or its
    /// base image makes no sense, [`ErrorKind::Limit`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_source(FileSource::open(path)?, &Context::default())
    }

    /// Opens a TIFF in any source, with the given threads, limits and counters.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_source(source: impl ByteSource + 'static, context: &Context) -> Result<Self> {
        let name = source.to_string();
        Self::parse(Arc::new(source), context).map_err(|error| error.in_source(name))
    }

    fn parse(source: Arc<dyn ByteSource>, context: &Context) -> Result<Self> {
        let source = Counted {
            source,
            counters: context.counters.clone(),
        };
        let length = source.len()?;
        let header = read_header(&source, length, context)?;
        let mut inner = Inner::of(header, source, context, length)?;
        for level in &mut inner.levels {
            level.nodata = inner.nodata;
        }
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
            return Err(Error::from(Usage::Overview { index, count }).in_source(&self.0.source));
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

    /// Length of the file in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.0.length
    }
}

impl From<Arc<Inner>> for Cog {
    fn from(inner: Arc<Inner>) -> Self {
        Cog(inner)
    }
}

impl fmt::Display for Cog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

impl Inner {
    /// Sorts the directories: the first is the base; those marked as reduced resolution that fit
    /// it are overviews. Masks and further pages are not levels.
    fn of(header: Header, source: Counted, context: &Context, length: u64) -> Result<Self> {
        let Header {
            wire,
            directories,
            mut warnings,
        } = header;
        let first = directories
            .first()
            .ok_or(Malformed::UnexpectedEnd { length })?;
        let base = Image::from_directory(first, &context.limits);
        let base = base.map_err(|error| error.in_directory(0))?;
        let geo = Georeference::from_directory(first);
        let color_map = first
            .unsigned(tag::COLOR_MAP)
            .ok()
            .flatten()
            .unwrap_or_default();
        let color_map = color_map
            .into_iter()
            .filter_map(|n| u16::try_from(n).ok())
            .collect();
        let nodata = base.nodata;
        let mut levels = vec![base];
        for (index, directory) in directories.iter().enumerate().skip(1) {
            let subfile = directory
                .first(tag::NEW_SUBFILE_TYPE)
                .ok()
                .flatten()
                .unwrap_or(0);
            if subfile & tag::SUBFILE_REDUCED == 0 || subfile & tag::SUBFILE_MASK != 0 {
                continue;
            }
            match overview(directory, &levels[0], context) {
                Ok(image) => levels.push(image),
                Err(error) => {
                    warnings.push(error.in_directory(index).in_source(&source));
                }
            }
        }
        let context = context.clone();
        let (order, big) = (wire.order, wire.big);
        Ok(Inner {
            source,
            context,
            length,
            levels,
            geo,
            color_map,
            nodata,
            order,
            big,
            warnings,
        })
    }
}

/// An overview that fits its base: no larger, and of the same bands and samples.
fn overview(
    directory: &crate::format::directory::Directory,
    base: &Image,
    context: &Context,
) -> Result<Image> {
    let image = Image::from_directory(directory, &context.limits)?;
    if image.size.width > base.size.width || image.size.height > base.size.height {
        let found = image.size.width.max(image.size.height).into();
        return Err(Error::from(Malformed::TagValue { found }).at_tag(tag::IMAGE_WIDTH));
    }
    if image.bands != base.bands {
        let found = image.bands.into();
        return Err(Error::from(Malformed::TagValue { found }).at_tag(tag::SAMPLES_PER_PIXEL));
    }
    if image.data_type != base.data_type {
        let found = to_u64(8 * image.data_type.bytes());
        return Err(Error::from(Malformed::TagValue { found }).at_tag(tag::BITS_PER_SAMPLE));
    }
    Ok(image)
}

/// Drives the parser: the first read is 64 KiB, later ones double.
fn read_header(source: &Counted, length: u64, context: &Context) -> Result<Header> {
    let mut parser = HeaderParser::new(length, &context.limits);
    let mut ahead = FIRST_READ;
    let mut total: u64 = 0;
    let mut need = 0..0u64;
    loop {
        let end = need.end.max(need.start.saturating_add(ahead)).min(length);
        let bytes = source.read(need.start..end)?;
        total = total.saturating_add(end - need.start);
        parser.push(need.start, bytes);
        match parser.advance()? {
            Progress::Done(header) => return Ok(header),
            Progress::Need(range) => need = range,
        }
        let most = context
            .limits
            .header_bytes
            .saturating_mul(2)
            .max(FIRST_READ);
        if total > most {
            let (what, needed) = ("header_bytes", total);
            return Err(ErrorKind::Limit {
                what,
                needed,
                allowed: most,
            }
            .into());
        }
        ahead = (ahead * 2).min(LARGEST_READ);
    }
}

/// Bytes of the first read of a file: most headers fit.
const FIRST_READ: u64 = 64 << 10;
/// Bytes of the largest read ahead.
const LARGEST_READ: u64 = 4 << 20;

/// A source whose requests are counted.
#[derive(Debug)]
pub(crate) struct Counted {
    source: Arc<dyn ByteSource>,
    counters: Arc<Counters>,
}

impl ByteSource for Counted {
    fn len(&self) -> Result<u64> {
        self.source.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.counters
            .add_request(range.end.saturating_sub(range.start));
        self.source.read(range)
    }

    fn profile(&self) -> IoProfile {
        self.source.profile()
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
