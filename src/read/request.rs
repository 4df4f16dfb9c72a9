//! Reading by need: which pixels, at what size, and how they come about.

mod window;

use super::level::{Level, MaskKind};
use super::resample::Task;
use super::resample::side::Side;
use crate::block::{Block, Validity};
use crate::error::{Error, Result, Usage};
use crate::grid::{Affine, Size, Window};
use crate::limits::{index, zeroed};
use crate::resampling::{Reduce, Resampling};
use crate::sample::{Sample, Samples, Scalar, with_samples, with_type};
use crate::trace::entered;

pub use window::PixelWindow;
pub(crate) use window::window_of;

/// What to read of a level: all bands of all of it at its own size, unless said otherwise.
///
#[cfg_attr(not(feature = "deflate"), doc = "```ignore")]
#[cfg_attr(feature = "deflate", doc = "```")]
/// use cogwork::grid::Size;
/// use cogwork::read::request::ReadRequest;
/// use cogwork::{Cog, Resampling};
///
/// let base = Cog::open("testdata/scene/visual.tif")?.base();
/// let request = ReadRequest::new()
///     .bands(&[1, 2])
///     .size(Size::new(64, 64))
///     .resampling(Resampling::Average);
/// let reading = base.read_request(&request)?;
/// assert_eq!(reading.block().shape(), (2, 64, 64)); // bands, rows, columns
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadRequest {
    region: Region,
    bands: Option<Vec<usize>>,
    boundless: bool,
    fill: Option<Scalar>,
    size: Option<Size>,
    resampling: Resampling,
    overviews: bool,
}

/// Where to read.
#[derive(Clone, Copy, Debug)]
enum Region {
    Whole,
    Pixels(PixelWindow),
    /// Left, bottom, right, top.
    Bounds([f64; 4]),
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    block: Block,
    placement: Placement,
}

/// Where the pixels of a reading lie, and where they came from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The window, in pixels of the level that was asked.
    pub window: PixelWindow,
    /// Pixel to ground of the pixels returned, if the file has a transform.
    pub transform: Option<Affine>,
    /// The level that served the request: 0 is the base, 1 the first overview.
    pub level: usize,
    /// Columns and rows returned.
    pub size: Size,
}

impl ReadRequest {
    /// All bands of the whole level, as they are.
    pub fn new() -> Self {
        ReadRequest {
            region: Region::Whole,
            bands: None,
            boundless: false,
            fill: None,
            size: None,
            resampling: Resampling::Nearest,
            overviews: true,
        }
    }

    /// Reads a window in pixels of the level, a [`Window`] or a [`PixelWindow`].
    #[must_use]
    pub fn window(mut self, window: impl Into<PixelWindow>) -> Self {
        self.region = Region::Pixels(window.into());
        self
    }

    /// Reads between bounds in units of the coordinate system. Of a rotated raster the window is
    /// read that holds the four corners, as in rasterio. Edges within a millionth of a pixel from
    /// a whole one are that pixel's.
    #[must_use]
    pub fn bounds(mut self, left: f64, bottom: f64, right: f64, top: f64) -> Self {
        self.region = Region::Bounds([left, bottom, right, top]);
        self
    }

    /// Reads these bands, in this order, counted from 1 as GDAL and rasterio do. Bands of a planar
    /// file that are not asked for are not fetched.
    #[must_use]
    pub fn bands(mut self, bands: &[usize]) -> Self {
        self.bands = Some(bands.to_vec());
        self
    }

    /// Lets the window reach beyond the level. Pixels outside are invalid; their samples are the
    /// [`fill`](Self::fill), or else nodata, or else 0.
    #[must_use]
    pub fn boundless(mut self) -> Self {
        self.boundless = true;
        self
    }

    /// The samples of pixels outside of the level; makes the request
    /// [`boundless`](Self::boundless).
    #[must_use]
    pub fn fill(mut self, value: impl Into<Scalar>) -> Self {
        self.fill = Some(value.into());
        self.boundless()
    }

    /// Wants this many columns and rows, resampled. By default the window's own size, rounded.
    #[must_use]
    pub fn size(mut self, size: Size) -> Self {
        self.size = Some(size);
        self
    }

    /// How pixels are resampled where the size is not that of the window, or the window does not
    /// begin with a pixel; by default the nearest.
    #[must_use]
    pub fn resampling(mut self, method: Resampling) -> Self {
        self.resampling = method;
        self
    }

    /// Whether the levels after this one may serve the request where fewer pixels are wanted than
    /// there are; yes by default. As in GDAL the coarsest serves that is not coarser than wanted,
    /// within 0.1 of the factor; up to 1.2 times coarser with the nearest pixel.
    #[must_use]
    pub fn overviews(mut self, allowed: bool) -> Self {
        self.overviews = allowed;
        self
    }
}

impl Default for ReadRequest {
    fn default() -> Self {
        ReadRequest::new()
    }
}

impl Reading {
    /// The samples and their validity.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// The samples and their validity, by value.
    pub fn into_block(self) -> Block {
        self.block
    }

    /// Where the pixels lie, and where they came from.
    pub fn placement(&self) -> Placement {
        self.placement
    }
}

impl Level {
    /// Reads what is asked for, resampled as GDAL 3.10's `RasterIO` does it (rasterio's `read` with
    /// `window`, `out_shape`, `resampling` and `boundless`). Sparse tiles are nodata, or 0 where
    /// the file has none. Windows of whole pixels at their own size are copied; anything else is
    /// read in bands of rows, so that a large source needs little memory.
    ///
    /// Masks and alpha bands are resampled by the same method as samples, and a pixel is valid
    /// where the result is not 0; with a nodata value a pixel is valid where its result is not
    /// that. Kernels leave invalid pixels out.
    ///
    /// # Errors
    /// [`Usage`] for a window that is empty or leaves the level, a band that does not exist, a size
    /// without pixels, bounds that make no sense or where the file has no transform;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for what cannot be decoded, and for means of
    /// the indices of a colour table; [`Malformed`](crate::ErrorKind::Malformed) and
    /// [`Io`](crate::ErrorKind::Io) with the tile and its bytes;
    /// [`Limit`](crate::ErrorKind::Limit) if the result, or the source of one piece of it, needs more
    /// than `limits.block_bytes`.
    pub fn read_request(&self, request: &ReadRequest) -> Result<Reading> {
        let _span = entered!(INFO, "read", source = %self.source_name(), level = self.index());
        self.reading(request).map_err(|error| self.place(error))
    }

    /// As [`read_request`](Self::read_request), into samples of the caller: bands, rows, columns.
    ///
    /// # Errors
    /// Those of [`read_request`](Self::read_request), and [`Usage`] for a slice of another length
    /// or type than what is read; its samples are then of no meaning.
    pub fn read_into<T: Reduce>(
        &self,
        request: &ReadRequest,
        out: &mut [T],
    ) -> Result<(Validity, Placement)> {
        let _span = entered!(INFO, "read", source = %self.source_name(), level = self.index());
        self.reading_into(request, out)
            .map_err(|error| self.place(error))
    }

    /// The shape of what a request comes to: bands, rows, columns. Nothing is read.
    ///
    /// # Errors
    /// The [`Usage`] errors of [`read_request`](Self::read_request).
    pub fn request_shape(&self, request: &ReadRequest) -> Result<(usize, usize, usize)> {
        let wanted = Wanted::new(self, request).map_err(|error| self.place(error))?;
        let (rows, columns) = (index(wanted.size.height), index(wanted.size.width));
        Ok((wanted.bands.len(), rows, columns))
    }

    fn reading(&self, request: &ReadRequest) -> Result<Reading> {
        let wanted = Wanted::new(self, request)?;
        wanted.check(self)?;
        let limits = &self.context().limits;
        let (bands, data_type) = (wanted.bands.len(), self.data_type());
        let mut block = Block::zeroed(bands, wanted.size, data_type, Validity::All, limits)?;
        let (validity, level) = with_samples!(block.samples_mut(), values => {
            wanted.read(self, values)
        })?;
        Ok(Reading {
            block: block.with_validity(validity)?,
            placement: wanted.placement(self, level),
        })
    }

    fn reading_into<T: Reduce>(
        &self,
        request: &ReadRequest,
        out: &mut [T],
    ) -> Result<(Validity, Placement)> {
        let wanted = Wanted::new(self, request)?;
        if T::DATA_TYPE != self.data_type() {
            let (own, theirs) = (self.data_type(), T::DATA_TYPE);
            return Err(Usage::Option(format!("samples of {own} into a slice of {theirs}")).into());
        }
        let (found, expected) = (out.len(), wanted.area().saturating_mul(wanted.bands.len()));
        if found != expected {
            return Err(Usage::BufferLength { found, expected }.into());
        }
        let (validity, level) = wanted.read(self, out)?;
        Ok((validity, wanted.placement(self, level)))
    }
}

/// A request as a level understands it.
struct Wanted {
    window: PixelWindow,
    size: Size,
    /// Bands counted from 0.
    bands: Vec<usize>,
    method: Resampling,
    overviews: bool,
    boundless: bool,
    /// The samples of pixels outside; `None` is 0.
    fill: Option<Scalar>,
}

/// The part of a boundless request that lies over the level.
#[derive(Clone, Copy)]
struct Inside {
    columns: Side,
    rows: Side,
    /// Pixels of the result before it.
    left: usize,
    top: usize,
}

impl Wanted {
    fn new(level: &Level, request: &ReadRequest) -> Result<Self> {
        let extent = level.size();
        let window = match request.region {
            Region::Whole => extent.window().into(),
            Region::Pixels(window) => window,
            Region::Bounds(bounds) => window_of(level.transform(), bounds)?,
        };
        let window = match request.boundless {
            true => window.not_empty(extent)?,
            false => window.within(extent)?,
        };
        let size = request.size.unwrap_or_else(|| window.rounded());
        if size.area() == 0 {
            return Err(Usage::Option(format!("{size} pixels are none to read")).into());
        }
        let fill = request.fill.map(|fill| level.data_type().check(fill));
        Ok(Wanted {
            window,
            size,
            bands: match &request.bands {
                Some(bands) => zero_based(bands, level.bands())?,
                None => (0..level.bands()).collect(),
            },
            method: request.resampling,
            overviews: request.overviews,
            boundless: request.boundless,
            fill: fill.transpose()?.or(level.nodata()),
        })
    }

    /// Pixels of one band.
    fn area(&self) -> usize {
        index(self.size.width).saturating_mul(index(self.size.height))
    }

    fn placement(&self, level: &Level, served: usize) -> Placement {
        let PixelWindow {
            column,
            row,
            width,
            height,
        } = self.window;
        let x = width / f64::from(self.size.width);
        let y = height / f64::from(self.size.height);
        let transform = level.transform().map(|affine| {
            let (c, f) = affine.apply(column, row);
            Affine {
                a: affine.a * x,
                b: affine.b * y,
                c,
                d: affine.d * x,
                e: affine.e * y,
                f,
            }
        });
        Placement {
            window: self.window,
            transform,
            level: served,
            size: self.size,
        }
    }

    /// The part of the request over the level, if there is one.
    fn inside(&self, level: &Level) -> Option<Inside> {
        let (extent, window, size) = (level.size(), self.window, self.size);
        if !self.boundless {
            return Some(Inside {
                columns: Side::new(extent.width, window.column, window.width, size.width),
                rows: Side::new(extent.height, window.row, window.height, size.height),
                left: 0,
                top: 0,
            });
        }
        let side = Side::boundless;
        let (columns, left) = side(extent.width, window.column, window.width, size.width)?;
        let (rows, top) = side(extent.height, window.row, window.height, size.height)?;
        Some(Inside {
            columns,
            rows,
            left: index(left),
            top: index(top),
        })
    }

    /// Checks the positions of the tiles of pixels that are wanted as they are, before memory is taken
    /// for them. What is resampled is read, and so checked, in parts.
    fn check(&self, level: &Level) -> Result<()> {
        let Some(Inside { columns, rows, .. }) = self.inside(level) else {
            return Ok(());
        };
        if columns.is_same() && rows.is_same() && columns.is_whole() && rows.is_whole() {
            let window = Window::new(columns.offset, rows.offset, columns.count, rows.count);
            level.check_tiles(window, &self.bands)?;
        }
        Ok(())
    }

    /// Reads the samples into `out`; says which of them are valid, and which level they are of.
    fn read<T: Reduce>(&self, level: &Level, out: &mut [T]) -> Result<(Validity, usize)> {
        let fill = self.fill.and_then(T::from_scalar).unwrap_or_default();
        let Some(inside) = self.inside(level) else {
            out.fill(fill);
            return Ok((Validity::Mask(vec![0; self.area()]), level.index()));
        };
        let served = self.read_part(level, &inside, &self.bands, fill, out)?;
        Ok((self.validity(level, &inside, out)?, served))
    }

    /// Reads bands of what lies over the level into `out`; the rest becomes `fill`.
    fn read_part<T: Reduce>(
        &self,
        level: &Level,
        inside: &Inside,
        bands: &[usize],
        fill: T,
        out: &mut [T],
    ) -> Result<usize> {
        let task = Task {
            columns: inside.columns,
            rows: inside.rows,
            bands,
            method: self.method,
            overviews: self.overviews,
            together: !self.boundless && bands.len() > 1,
        };
        if self.is_all(inside) {
            return level.serve(&task, out);
        }
        out.fill(fill);
        let (width, height) = (index(task.columns.count), index(task.rows.count));
        let mut part = zeroed(width * height * bands.len())?;
        let served = level.serve(&task, &mut part)?;
        let planes = out.chunks_exact_mut(self.area());
        for (out, part) in planes.zip(part.chunks_exact(width * height)) {
            let lines = out.chunks_exact_mut(index(self.size.width));
            for (line, part) in lines.skip(inside.top).zip(part.chunks_exact(width)) {
                line[inside.left..inside.left + width].copy_from_slice(part);
            }
        }
        Ok(served)
    }

    /// True if no pixel of the result lies outside of the level.
    fn is_all(&self, inside: &Inside) -> bool {
        let count = (inside.columns.count, inside.rows.count);
        count == (self.size.width, self.size.height)
    }

    fn validity<T: Reduce>(&self, level: &Level, inside: &Inside, out: &[T]) -> Result<Validity> {
        let kind = level.mask_kind();
        let all = self.is_all(inside);
        let mask = match kind {
            MaskKind::All if all => return Ok(Validity::All),
            MaskKind::Nodata(nodata) if all || self.fill == Some(nodata) => {
                return Ok(Validity::Nodata(nodata));
            }
            MaskKind::All => self.inside_bytes(inside),
            MaskKind::Nodata(nodata) => {
                let mut mask = self.inside_bytes(inside);
                self.unmark(&mut mask, T::from_scalar(nodata), out);
                mask
            }
            MaskKind::Alpha(band) => self.mask_bytes(level, inside, band - 1)?,
            MaskKind::Mask => self.mask_bytes(&level.mask_level(), inside, 0)?,
        };
        Ok(Validity::Mask(mask))
    }

    /// A byte per pixel, 1 over the level.
    fn inside_bytes(&self, inside: &Inside) -> Vec<u8> {
        let mut mask = vec![0; self.area()];
        let (width, height) = (index(inside.columns.count), index(inside.rows.count));
        let lines = mask.chunks_exact_mut(index(self.size.width));
        for line in lines.skip(inside.top).take(height) {
            line[inside.left..inside.left + width].fill(1);
        }
        mask
    }

    /// Unmarks the pixels that are nodata in all bands.
    fn unmark<T: Reduce>(&self, mask: &mut [u8], nodata: Option<T>, out: &[T]) {
        let Some(nodata) = nodata else { return };
        let area = self.area();
        for (pixel, valid) in mask.iter_mut().enumerate() {
            let mut bands = out.iter().skip(pixel).step_by(area);
            if bands.all(|sample| sample.is_nodata(nodata)) {
                *valid = 0;
            }
        }
    }

    /// A mask or alpha band, resampled as samples are: not 0 where a pixel is valid.
    fn mask_bytes(&self, mask: &Level, inside: &Inside, band: usize) -> Result<Vec<u8>> {
        with_type!(mask.data_type(), T => {
            let mut bytes = zeroed::<T>(self.area())?;
            self.read_part(mask, inside, &[band], T::default(), &mut bytes)?;
            Ok(nonzero(T::into_samples(bytes)))
        })
    }
}

fn zero_based(bands: &[usize], count: usize) -> Result<Vec<usize>> {
    let zero_based = |&band: &usize| match band {
        0 => Err(Error::from(Usage::Band { band, count })),
        band if band > count => Err(Usage::Band { band, count }.into()),
        band => Ok(band - 1),
    };
    bands.iter().map(zero_based).collect()
}

/// Samples as bytes that are not 0 where the samples are not.
fn nonzero(samples: Samples) -> Vec<u8> {
    fn bytes<T: Reduce>(values: &[T]) -> Vec<u8> {
        values
            .iter()
            .map(|&value| u8::from(value != T::default()))
            .collect()
    }
    match samples {
        Samples::U8(values) => values,
        other => with_samples!(&other, values => bytes(values)),
    }
}
