//! Windows that need not begin or end with a pixel.

use std::fmt;

use crate::error::{Error, Result, Usage};
use crate::grid::{Affine, Size, Window};

/// A rectangle in pixels of a level, whole or not, as `rasterio.windows.Window`. Pixel 0 reaches
/// from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelWindow {
    /// Left edge.
    pub column: f64,
    /// Upper edge.
    pub row: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

impl PixelWindow {
    /// A window whose upper left corner is at `column`, `row`.
    pub const fn new(column: f64, row: f64, width: f64, height: f64) -> Self {
        PixelWindow {
            column,
            row,
            width,
            height,
        }
    }

    /// The size in whole pixels, halves up, at least 1 x 1: that of rasterio's arrays.
    pub fn rounded(self) -> Size {
        let round = |length: f64| ((length + 0.5).floor() as u32).max(1);
        Size::new(round(self.width), round(self.height))
    }

    /// Checks that the window is finite and not empty.
    pub(super) fn not_empty(self, size: Size) -> Result<Self> {
        let finite = [self.column, self.row, self.width, self.height]
            .iter()
            .all(|number| number.abs() < FARTHEST);
        match finite && self.width > 0.0 && self.height > 0.0 {
            true => Ok(self),
            false => Err(self.refusal(size)),
        }
    }

    /// Checks that the window is not empty and inside a raster, within a millionth of a pixel, by
    /// which it is cut.
    pub(super) fn within(self, size: Size) -> Result<Self> {
        let window = self.not_empty(size)?;
        let side = |at: f64, span: f64, extent: u32| {
            let (start, end) = (at.max(0.0), (at + span).min(extent.into()));
            let cut = (start - at).max(at + span - end);
            match cut {
                0.0 => Some((at, span)),
                _ if cut <= NEAR && end > start => Some((start, end - start)),
                _ => None,
            }
        };
        let columns = side(window.column, window.width, size.width);
        let rows = side(window.row, window.height, size.height);
        match columns.zip(rows) {
            Some(((column, width), (row, height))) => {
                Ok(PixelWindow::new(column, row, width, height))
            }
            None => Err(window.refusal(size)),
        }
    }

    fn refusal(self, size: Size) -> Error {
        Error::from(Usage::Window {
            window: self.to_string(),
            size: (size.width, size.height),
        })
    }
}

impl From<Window> for PixelWindow {
    fn from(window: Window) -> Self {
        PixelWindow {
            column: window.column.into(),
            row: window.row.into(),
            width: window.width.into(),
            height: window.height.into(),
        }
    }
}

impl fmt::Display for PixelWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PixelWindow {
            column,
            row,
            width,
            height,
        } = self;
        write!(f, "{column},{row},{width},{height}")
    }
}

/// The window between bounds.
pub(crate) fn window_of(transform: Option<Affine>, bounds: [f64; 4]) -> Result<PixelWindow> {
    let [left, bottom, right, top] = bounds;
    let refuse = |why: &str| {
        let bounds = format!("bounds {left},{bottom},{right},{top}");
        Error::from(Usage::Option(format!("{bounds}: {why}")))
    };
    let affine = transform.ok_or_else(|| refuse("the file has no transform"))?;
    if !(left < right && bottom < top) {
        return Err(refuse("expected left < right and bottom < top"));
    }
    let determinant = affine.a * affine.e - affine.b * affine.d;
    if determinant == 0.0 || !determinant.is_finite() {
        return Err(refuse("the file's transform cannot be inverted"));
    }
    let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
    let pixels = corners.map(|(x, y)| {
        let (x, y) = (x - affine.c, y - affine.f);
        let column = (affine.e * x - affine.b * y) / determinant;
        let row = (affine.a * y - affine.d * x) / determinant;
        (snapped(column), snapped(row))
    });
    let least = |places: [f64; 4]| places.into_iter().fold(f64::INFINITY, f64::min);
    let most = |places: [f64; 4]| places.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let (columns, rows) = (pixels.map(|pixel| pixel.0), pixels.map(|pixel| pixel.1));
    let (column, row) = (least(columns), least(rows));
    Ok(PixelWindow::new(
        column,
        row,
        most(columns) - column,
        most(rows) - row,
    ))
}

/// A whole number if the place is near one.
fn snapped(place: f64) -> f64 {
    let nearest = place.round();
    if (place - nearest).abs() <= NEAR {
        nearest
    } else {
        place
    }
}

/// The farthest that a place may be from the first pixel: what a file's axis may have.
const FARTHEST: f64 = 2_147_483_648.0;

/// Places nearer than this to another are that one.
const NEAR: f64 = 1e-6;
