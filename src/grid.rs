//! Pixel geometry: sizes, windows, tile grids and the affine transform to the ground.

use std::fmt;

use crate::error::{Result, Usage};
use crate::limits::index;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// A size of `width` columns and `height` rows.
    pub const fn new(width: u32, height: u32) -> Self {
        Size { width, height }
    }

    /// Pixels of one band.
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The window that covers a raster of this size.
    pub fn window(self) -> Window {
        Window::new(0, 0, self.width, self.height)
    }

    /// How many columns and rows of this size there are to one of another: 2 and 2 for an overview
    /// of half the size.
    pub fn ratios(self, other: Size) -> (f64, f64) {
        let ratio = |a: u32, b: u32| f64::from(a) / f64::from(b);
        (
            ratio(self.width, other.width),
            ratio(self.height, other.height),
        )
    }

    /// Half of each axis, rounded down, at least 1: GDAL's rule for the next overview.
    #[must_use]
    pub fn halved(self) -> Self {
        Size::new((self.width / 2).max(1), (self.height / 2).max(1))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.width, self.height)
    }
}

/// A rectangle of pixels: first column and row, width and height.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Window {
    /// First column.
    pub column: u32,
    /// First row.
    pub row: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Window {
    /// A window of `width` x `height` pixels whose top left pixel is at `column`, `row`.
    pub const fn new(column: u32, row: u32, width: u32, height: u32) -> Self {
        Window {
            column,
            row,
            width,
            height,
        }
    }

    /// The window's size.
    pub fn size(self) -> Size {
        Size::new(self.width, self.height)
    }

    /// One past the last column.
    pub fn right(self) -> u64 {
        u64::from(self.column) + u64::from(self.width)
    }

    /// One past the last row.
    pub fn bottom(self) -> u64 {
        u64::from(self.row) + u64::from(self.height)
    }

    /// Checks that the window is not empty and lies inside a raster of `size`.
    ///
    /// # Errors
    /// [`Usage::Window`].
    pub fn within(self, size: Size) -> Result<Self> {
        let inside = self.right() <= size.width.into() && self.bottom() <= size.height.into();
        if inside && self.width > 0 && self.height > 0 {
            Ok(self)
        } else {
            let size = (size.width, size.height);
            Err(Usage::Window {
                window: self.to_string(),
                size,
            }
            .into())
        }
    }

    /// This window seen from the first pixel of `outer`, if it lies inside.
    pub fn inside(self, outer: Window) -> Option<Window> {
        let column = self.column.checked_sub(outer.column)?;
        let row = self.row.checked_sub(outer.row)?;
        let fits = self.right() <= outer.right() && self.bottom() <= outer.bottom();
        fits.then_some(Window {
            column,
            row,
            ..self
        })
    }

    /// What two windows share, if anything.
    pub fn intersection(self, other: Window) -> Option<Window> {
        let column = self.column.max(other.column);
        let row = self.row.max(other.row);
        let right = self.right().min(other.right());
        let bottom = self.bottom().min(other.bottom());
        let width = u32::try_from(right.checked_sub(column.into())?).ok()?;
        let height = u32::try_from(bottom.checked_sub(row.into())?).ok()?;
        (width > 0 && height > 0).then(|| Window::new(column, row, width, height))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{},{},{},{}",
            self.column, self.row, self.width, self.height
        )
    }
}

/// A raster cut into tiles of one size, row by row; those of the last column and row may be ragged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TileGrid {
    /// The raster's size.
    pub image: Size,
    /// A tile's size; neither axis is 0.
    pub tile: Size,
}

impl TileGrid {
    /// Tiles in a row.
    pub fn across(self) -> u32 {
        self.image.width.div_ceil(self.tile.width)
    }

    /// Rows of tiles.
    pub fn down(self) -> u32 {
        self.image.height.div_ceil(self.tile.height)
    }

    /// Tiles of one plane.
    pub fn count(self) -> u64 {
        u64::from(self.across()) * u64::from(self.down())
    }

    /// The pixels of the tile in the given column and row of tiles that lie inside the raster.
    pub fn window(self, column: u32, row: u32) -> Window {
        let left = column * self.tile.width;
        let top = row * self.tile.height;
        let width = self.tile.width.min(self.image.width - left);
        let height = self.tile.height.min(self.image.height - top);
        Window::new(left, top, width, height)
    }

    /// The index, row by row, of the tile in the given column and row of tiles.
    pub fn index(self, column: u32, row: u32) -> u64 {
        u64::from(row) * u64::from(self.across()) + u64::from(column)
    }

    /// The columns and rows of tiles that a window inside the raster touches.
    pub fn touched(self, window: Window) -> Touched {
        let last_column = (window.column + (window.width - 1)) / self.tile.width;
        let last_row = (window.row + (window.height - 1)) / self.tile.height;
        Touched {
            columns: window.column / self.tile.width..last_column + 1,
            rows: window.row / self.tile.height..last_row + 1,
        }
    }
}

/// A rectangle of tiles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Touched {
    /// Columns of tiles.
    pub columns: std::ops::Range<u32>,
    /// Rows of tiles.
    pub rows: std::ops::Range<u32>,
}

impl Touched {
    /// Number of tiles.
    pub fn len(&self) -> usize {
        self.columns.len() * self.rows.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() || self.rows.is_empty()
    }

    /// The tiles as (column, row), row by row.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.rows
            .clone()
            .flat_map(|row| self.columns.clone().map(move |column| (column, row)))
    }
}

/// Pixel to ground: `x = a * column + b * row + c`, `y = d * column + e * row + f`, where column 0,
/// row 0 is the outer corner of the top left pixel. The order of the letters is that of the
/// `affine` package (rasterio); GDAL's order is `(c, a, b, f, d, e)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Ground units per column along x.
    pub a: f64,
    /// Ground units per row along x.
    pub b: f64,
    /// x of the origin.
    pub c: f64,
    /// Ground units per column along y.
    pub d: f64,
    /// Ground units per row along y.
    pub e: f64,
    /// y of the origin.
    pub f: f64,
}

impl Affine {
    /// The transform of rasters without one: a pixel is a unit, y runs down.
    pub const IDENTITY: Affine = Affine {
        a: 1.0,
        b: 0.0,
        c: 0.0,
        d: 0.0,
        e: 1.0,
        f: 0.0,
    };

    /// The six numbers a to f.
    pub fn to_array(self) -> [f64; 6] {
        [self.a, self.b, self.c, self.d, self.e, self.f]
    }

    /// The ground position of a pixel position (fractions are inside pixels).
    pub fn apply(self, column: f64, row: f64) -> (f64, f64) {
        (
            self.a * column + self.b * row + self.c,
            self.d * column + self.e * row + self.f,
        )
    }

    /// Ground to pixel, if every place of the ground is one pixel's.
    pub(crate) fn inverse(self) -> Option<Affine> {
        let determinant = self.a * self.e - self.b * self.d;
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        let inverse = Affine {
            a: self.e / determinant,
            b: -self.b / determinant,
            c: 0.0,
            d: -self.d / determinant,
            e: self.a / determinant,
            f: 0.0,
        };
        let (c, f) = inverse.apply(-self.c, -self.f);
        Some(Affine { c, f, ..inverse })
    }

    /// The transform that does `first` and then this one.
    pub(crate) fn after(self, first: Affine) -> Affine {
        let (c, f) = self.apply(first.c, first.f);
        Affine {
            a: self.a * first.a + self.b * first.d,
            b: self.a * first.b + self.b * first.e,
            c,
            d: self.d * first.a + self.e * first.d,
            e: self.d * first.b + self.e * first.e,
            f,
        }
    }

    /// The transform of the same ground at `from` pixels resampled to `to` pixels.
    #[must_use]
    pub fn rescaled(self, from: Size, to: Size) -> Self {
        let (sx, sy) = from.ratios(to);
        Affine {
            a: self.a * sx,
            b: self.b * sy,
            d: self.d * sx,
            e: self.e * sy,
            ..self
        }
    }

    /// The transform of a window whose top left pixel is at `column`, `row`.
    #[must_use]
    pub fn shifted(self, column: u32, row: u32) -> Self {
        let (c, f) = self.apply(column.into(), row.into());
        Affine { c, f, ..self }
    }

    /// Pixel size along x and y in ground units, signed as rasterio and rioxarray give it for
    /// unrotated rasters (y negative when north is up); lengths of the pixel's sides when rotated.
    pub fn resolution(self) -> (f64, f64) {
        if self.b == 0.0 && self.d == 0.0 {
            (self.a, self.e)
        } else {
            (self.a.hypot(self.d), -self.b.hypot(self.e))
        }
    }

    /// True if all four corners of a raster of `size` lie within `tolerance` pixels of where the
    /// other transform puts them.
    pub fn matches(self, other: Affine, size: Size, tolerance: f64) -> bool {
        let unit = self.a.hypot(self.d).min(self.b.hypot(self.e)) * tolerance;
        let (w, h) = (f64::from(size.width), f64::from(size.height));
        [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)]
            .iter()
            .all(|&(column, row)| {
                let (x0, y0) = self.apply(column, row);
                let (x1, y1) = other.apply(column, row);
                (x0 - x1).abs() <= unit && (y0 - y1).abs() <= unit
            })
    }
}

/// Cuts a band-sequential array of `bands` planes of `size` into one list of row segments per part.
///
/// `parts` are windows that tile `size` without overlap, in any order, each within one row of parts
/// that share their rows. The result has, for each part, its segments band by band, row by row: the
/// safe way to let several threads fill one array.
pub fn split_rows<'a, T>(
    array: &'a mut [T],
    bands: usize,
    size: Size,
    parts: &[Window],
) -> Vec<Vec<&'a mut [T]>> {
    let (width, height) = (index(size.width), index(size.height));
    let mut by_row: Vec<Vec<usize>> = vec![Vec::new(); height];
    for (part, window) in parts.iter().enumerate() {
        for row in window.row..window.row + window.height {
            by_row[index(row)].push(part);
        }
    }
    for row in &mut by_row {
        row.sort_by_key(|&part| parts[part].column);
    }
    let capacity = |window: &Window| Vec::with_capacity(bands * index(window.height));
    let mut segments: Vec<Vec<&'a mut [T]>> = parts.iter().map(capacity).collect();
    for (line, row) in array.chunks_exact_mut(width.max(1)).enumerate() {
        let mut rest = row;
        for &part in &by_row[line % height.max(1)] {
            let (segment, tail) = rest.split_at_mut(index(parts[part].width));
            segments[part].push(segment);
            rest = tail;
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touched_tiles() {
        let grid = TileGrid {
            image: Size::new(1000, 600),
            tile: Size::new(256, 256),
        };
        assert_eq!((grid.across(), grid.down(), grid.count()), (4, 3, 12));
        assert_eq!(grid.window(3, 2), Window::new(768, 512, 232, 88));
        let touched = grid.touched(Window::new(255, 256, 2, 1));
        assert_eq!(
            touched,
            Touched {
                columns: 0..2,
                rows: 1..2
            }
        );
        assert_eq!(touched.iter().collect::<Vec<_>>(), [(0, 1), (1, 1)]);
    }

    #[test]
    fn windows() {
        let size = Size::new(10, 10);
        assert!(Window::new(9, 9, 1, 1).within(size).is_ok());
        for bad in [(9, 9, 2, 1), (0, 0, 0, 1), (u32::MAX, 0, u32::MAX, 1)] {
            assert!(
                Window::new(bad.0, bad.1, bad.2, bad.3)
                    .within(size)
                    .is_err()
            );
        }
        let a = Window::new(0, 0, 5, 5);
        assert_eq!(
            a.intersection(Window::new(4, 4, 9, 9)),
            Some(Window::new(4, 4, 1, 1))
        );
        assert_eq!(a.intersection(Window::new(5, 0, 9, 9)), None);
    }

    #[test]
    fn segments_cover_the_array() {
        let size = Size::new(5, 3);
        let grid = TileGrid {
            image: size,
            tile: Size::new(2, 2),
        };
        let touched = grid.touched(size.window());
        let parts: Vec<Window> = touched.iter().map(|(c, r)| grid.window(c, r)).collect();
        let mut array = vec![0usize; 2 * 15];
        for (part, segments) in split_rows(&mut array, 2, size, &parts)
            .into_iter()
            .enumerate()
        {
            assert_eq!(segments.len(), 2 * index(parts[part].height));
            segments.into_iter().for_each(|segment| segment.fill(part));
        }
        let plane = [0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5];
        assert_eq!(array, [plane, plane].concat());
    }
}
