//! Pictures of files: what is read, and what is drawn beside it.

use super::paint::{drawn_samples, paint, ranges};
use super::scale::Unit;
use super::sheet::{Beside, Drawing, Ground, sheet};
use super::style::{Drawn, Style};
use super::{ColorMap, Picture, Stretch};
use crate::block::Block;
use crate::error::{Result, Unsupported, Usage};
use crate::grid::{Affine, Size};
use crate::limits::Limits;
use crate::read::level::Level;
use crate::read::request::{PixelWindow, Placement, ReadRequest, window_of};
use crate::resampling::Resampling;

/// A picture of a level, or of two side by side: what part of it, how large, in which colours, and
/// what stands beside it.
///
/// As many pixels are read as are drawn, from the overview that serves, so that a large file with
/// overviews costs milliseconds. A picture is never larger than what it shows, pixel for pixel.
#[derive(Clone, Debug, Default)]
pub struct Quicklook {
    region: Region,
    size: Option<u32>,
    bands: Option<Vec<usize>>,
    colors: Option<ColorMap>,
    stretch: Option<Stretch>,
    resampling: Option<Resampling>,
    background: Option<[u8; 3]>,
    beside: Beside,
}

/// What part of a level is drawn.
#[derive(Clone, Copy, Debug, Default)]
enum Region {
    #[default]
    Whole,
    Pixels(PixelWindow),
    /// Left, bottom, right, top.
    Bounds([f64; 4]),
}

impl Quicklook {
    /// The longest side of a picture in pixels if nothing else is said.
    pub const SIZE: u32 = 1024;

    /// All of a level, as [`Style::of_level`] draws it, at most [`SIZE`](Self::SIZE) pixels wide and
    /// high.
    pub fn new() -> Self {
        Quicklook::default()
    }

    /// Draws at most so many columns and rows.
    #[must_use]
    pub fn size(mut self, longest_side: u32) -> Self {
        self.size = Some(longest_side);
        self
    }

    /// Draws a window in pixels of the level.
    #[must_use]
    pub fn window(mut self, window: impl Into<PixelWindow>) -> Self {
        self.region = Region::Pixels(window.into());
        self
    }

    /// Draws between bounds in units of the coordinate system.
    #[must_use]
    pub fn bounds(mut self, left: f64, bottom: f64, right: f64, top: f64) -> Self {
        self.region = Region::Bounds([left, bottom, right, top]);
        self
    }

    /// Draws these bands, counted from 1: one, or red, green and blue, or those and opacity.
    #[must_use]
    pub fn bands(mut self, bands: &[usize]) -> Self {
        self.bands = Some(bands.to_vec());
        self
    }

    /// Stretches samples, as [`Style::stretch`].
    #[must_use]
    pub fn stretch(mut self, stretch: Stretch) -> Self {
        self.stretch = Some(stretch);
        self
    }

    /// Draws one band in these colours.
    #[must_use]
    pub fn color_map(mut self, colors: ColorMap) -> Self {
        self.colors = Some(colors);
        self
    }

    /// Resamples by this method. By default classes and colour tables by the nearest pixel, all else
    /// by the mean, or by the nearest pixel where no level of the file is within eight times the
    /// picture's resolution.
    #[must_use]
    pub fn resampling(mut self, method: Resampling) -> Self {
        self.resampling = Some(method);
        self
    }

    /// Draws on a ground of this colour, red, green and blue, instead of leaving transparent what is not
    /// valid.
    #[must_use]
    pub fn background(mut self, color: [u8; 3]) -> Self {
        self.background = Some(color);
        self
    }

    /// Says at the right what colours stand for: the classes that occur, or a bar with numbers.
    #[must_use]
    pub fn legend(mut self) -> Self {
        self.beside.legend = true;
        self
    }

    /// Draws a bar of a round length below: metres or kilometres if the linear unit of the coordinate
    /// system is known, lengths being those of the map, else degrees, or pixels without a transform.
    #[must_use]
    pub fn scale_bar(mut self) -> Self {
        self.beside.scale_bar = true;
        self
    }

    /// Writes coordinates at the left and the lower edge, and what they are: pixels of the level
    /// without a transform.
    #[must_use]
    pub fn coordinates(mut self) -> Self {
        self.beside.coordinates = true;
        self
    }

    /// Draws a histogram of each band below: of the valid samples that are drawn.
    #[must_use]
    pub fn histogram(mut self) -> Self {
        self.beside.histogram = true;
        self
    }

    /// Draws a level.
    ///
    /// # Errors
    /// Those of [`Level::read_request`] and of [`Picture::of_block`]; [`Usage::Option`] for a colour map
    /// or a legend of three bands; [`Unsupported`](crate::ErrorKind::Unsupported) for coordinates of
    /// a rotated raster; [`Limit`](crate::ErrorKind::Limit) if the picture needs more than
    /// `limits.block_bytes`.
    pub fn draw(&self, level: &Level) -> Result<Picture> {
        let draw = || {
            let style = self.style_of(level)?;
            let (drawing, ranges) = self.drawing(self.read(level, &style)?, None)?;
            let limits = &level.context().limits;
            sheet(vec![drawing], &style, &ranges, self.beside, limits)
        };
        draw().map_err(|error| level.place(error))
    }

    /// Draws two levels side by side: the same ground at the same size, in the colours and by the
    /// stretch of the first. Without a transform both must be of one size.
    ///
    /// # Errors
    /// As [`draw`](Self::draw); [`Unsupported::Grids`] for levels of different coordinate systems, or
    /// rotated or mirrored ones whose grids are not the same; [`Usage::Option`] for three bands beside
    /// one.
    pub fn compare(&self, before: &Level, after: &Level) -> Result<Picture> {
        let style = self.style_of(before).map_err(|error| before.place(error))?;
        let first = self
            .read(before, &style)
            .map_err(|error| before.place(error))?;
        let read_after = || {
            let style = like(&style, self.style_of(after)?)?;
            self.read_beside(&first, before, after, &style)
        };
        let second = read_after().map_err(|error| after.place(error))?;
        let (left, ranges) = self.drawing(first, None)?;
        let (right, ranges) = self.drawing(second, Some(ranges))?;
        let limits = &before.context().limits;
        sheet(vec![left, right], &style, &ranges, self.beside, limits)
    }

    fn style_of(&self, level: &Level) -> Result<Style> {
        if level.data_type().is_complex() {
            return Err(Unsupported::Feature("a picture of complex samples").into());
        }
        let mut style = match &self.bands {
            Some(bands) => Style::of_bands(level, bands)?,
            None => Style::of_level(level),
        };
        if let Some(colors) = &self.colors {
            let Drawn::One(band, _) = style.bands else {
                let text = "a colour map of three bands: choose one band";
                return Err(Usage::Option(text.into()).into());
            };
            style.bands = Drawn::One(band, colors.clone());
        }
        style.stretch = self.stretch;
        Ok(style)
    }

    fn read(&self, level: &Level, style: &Style) -> Result<Read> {
        let (window, request) = match self.region {
            Region::Whole => (level.size().window().into(), ReadRequest::new()),
            Region::Pixels(window) => (window, ReadRequest::new().window(window)),
            Region::Bounds(bounds) => {
                let [left, bottom, right, top] = bounds;
                let request = ReadRequest::new().bounds(left, bottom, right, top);
                (window_of(level.transform(), bounds)?, request)
            }
        };
        let size = fitted(window.rounded(), self.size.unwrap_or(Quicklook::SIZE))?;
        let method = self
            .resampling
            .unwrap_or_else(|| method(level, style, window, size));
        self.read_as(level, style, request.resampling(method), size)
    }

    fn read_as(
        &self,
        level: &Level,
        style: &Style,
        request: ReadRequest,
        size: Size,
    ) -> Result<Read> {
        let allowed = level.context().limits.block_bytes;
        Limits::check("block_bytes", size.area().saturating_mul(4), allowed)?;
        let request = request.size(size).bands(&style.bands());
        let reading = level.read_request(&request)?;
        Ok(Read {
            placement: reading.placement(),
            ground: Ground::of(level, reading.placement()),
            style: style.packed(),
            block: reading.into_block(),
        })
    }

    /// The picture of what was read, by given ranges or by those of its own samples.
    fn drawing(&self, read: Read, given: Option<Ranges>) -> Result<(Drawing, Ranges)> {
        let Read {
            block,
            style,
            ground,
            ..
        } = read;
        let ranges = given.map_or_else(|| ranges(&block, &style), Ok)?;
        let samples = match self.beside.needs_samples() {
            true => drawn_samples(&block, &style)?,
            false => Vec::new(),
        };
        let picture = paint(&block, &style, &ranges)?;
        let picture = match self.background {
            Some(color) => picture.over(color),
            None => picture,
        };
        let whole = block.data_type().is_integer();
        Ok((
            Drawing {
                picture,
                samples,
                whole,
                ground,
            },
            ranges,
        ))
    }

    /// What was read of `before`, of another level.
    fn read_beside(
        &self,
        first: &Read,
        before: &Level,
        after: &Level,
        style: &Style,
    ) -> Result<Read> {
        let size = first.placement.size;
        let (request, window) = first.request_of(before, after)?;
        let method = self
            .resampling
            .unwrap_or_else(|| method(after, style, window, size));
        self.read_as(after, style, request.resampling(method), size)
    }
}

/// What was read of a level.
struct Read {
    block: Block,
    /// The style, by the bands of the block.
    style: Style,
    placement: Placement,
    ground: Ground,
}

impl Read {
    /// The request for the same ground of another level, and its window there.
    fn request_of(&self, before: &Level, after: &Level) -> Result<(ReadRequest, PixelWindow)> {
        let refuse = |why| {
            let [left, right] = [before, after].map(|level| {
                let system = level
                    .epsg()
                    .map_or(String::new(), |code| format!(", EPSG:{code}"));
                format!("{} pixels{system}", level.size())
            });
            Err(Unsupported::Grids { left, right, why }.into())
        };
        let window = self.placement.window;
        let same = (ReadRequest::new().window(window), window);
        if before.epsg().zip(after.epsg()).is_some_and(|(a, b)| a != b) {
            return refuse("the coordinate systems differ");
        }
        let (one, other) = match (before.transform(), after.transform()) {
            (None, None) if before.size() == after.size() => return Ok(same),
            (None, None) => return refuse("the sizes differ, and there is no transform"),
            (Some(one), Some(other)) => (one, other),
            _ => return refuse("only one of them has a transform"),
        };
        if before.size() == after.size() && one.matches(other, before.size(), SAME) {
            return Ok(same);
        }
        let straight = |affine: Affine| affine.b == 0.0 && affine.d == 0.0;
        let mirrored = one.a * other.a <= 0.0 || one.e * other.e <= 0.0;
        if !straight(one) || !straight(other) || mirrored {
            return refuse("one of them is rotated or mirrored");
        }
        let (x0, y0) = one.apply(window.column, window.row);
        let (x1, y1) = one.apply(window.column + window.width, window.row + window.height);
        let bounds = [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)];
        let [left, bottom, right, top] = bounds;
        let request = ReadRequest::new().bounds(left, bottom, right, top);
        Ok((request.boundless(), window_of(Some(other), bounds)?))
    }
}

impl Ground {
    fn of(level: &Level, placement: Placement) -> Self {
        let PixelWindow {
            column,
            row,
            width,
            height,
        } = placement.window;
        let unit = Unit::of(level);
        let affine = level.transform().unwrap_or(Affine::IDENTITY);
        let (x0, y0) = affine.apply(column, row);
        let (x1, y1) = affine.apply(column + width, row + height);
        let straight = affine.b == 0.0 && affine.d == 0.0;
        Ground {
            unit,
            system: level.epsg().map(|code| format!("EPSG:{code}")),
            edges: straight.then_some([(x0, x1), (y0, y1)]),
            width: affine.a.hypot(affine.d) * width / f64::from(placement.size.width),
        }
    }
}

/// The first and the last value of each band of colours.
type Ranges = Vec<(f64, f64)>;

/// The style of a second level, whose bands are drawn as those of the first.
fn like(first: &Style, second: Style) -> Result<Style> {
    let bands = match (&first.bands, second.bands) {
        (Drawn::Rgb(_), Drawn::Rgb(bands)) => Drawn::Rgb(bands),
        (Drawn::One(_, colors), Drawn::One(band, _)) => Drawn::One(band, colors.clone()),
        _ => return Err(Usage::Option("three bands beside one: say which bands".into()).into()),
    };
    Ok(Style { bands, ..second })
}

/// A size with the same ratio whose longest side is at most as long as wanted.
fn fitted(size: Size, longest: u32) -> Result<Size> {
    if longest == 0 {
        return Err(Usage::Option("a picture of 0 pixels: expected at least 1".into()).into());
    }
    let longer = size.width.max(size.height);
    if longer <= longest {
        return Ok(size);
    }
    let side = |pixels: u32| {
        let exact = f64::from(pixels) * f64::from(longest) / f64::from(longer);
        (exact.round() as u32).clamp(1, longest)
    };
    Ok(Size::new(side(size.width), side(size.height)))
}

/// How a window is resampled to a size, unless the caller says.
fn method(level: &Level, style: &Style, window: PixelWindow, size: Size) -> Resampling {
    let longest = |size: Size| f64::from(size.width.max(size.height));
    let wanted = window.width / f64::from(size.width);
    let wanted = wanted.max(window.height / f64::from(size.height));
    let cog = level.cog();
    let finer = |other: &Level| other.index() >= level.index();
    let coarser = |other: Level| longest(level.size()) / longest(other.size());
    // The coarsest level that still has a pixel for each of the picture serves the request.
    let serving = cog.levels().filter(finer).map(coarser);
    let serving = serving
        .filter(|&factor| factor <= wanted * 1.01)
        .fold(1.0, f64::max);
    match style.is_categorical() || wanted / serving > FEW {
        true => Resampling::Nearest,
        false => Resampling::Average,
    }
}

/// Pixels along an axis of which a mean is taken by default.
const FEW: f64 = 8.0;

/// Grids are the same that differ by less than this share of a pixel.
const SAME: f64 = 1e-3;
