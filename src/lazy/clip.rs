//! Parts of lazy rasters.

use super::{Lazy, Settled};
use crate::error::{Result, Usage};
use crate::grid::{Affine, Window};
use crate::read::request::{PixelWindow, window_of};

impl Lazy {
    /// A rectangle of the raster. No pixel changes, whatever it is computed from: a neighbourhood
    /// still sees the pixels beyond the rectangle. Only what it needs is read.
    ///
    /// # Errors
    /// [`Usage::Window`] for a window that is empty or leaves the raster; as [`check`](Self::check).
    pub fn clip_window(&self, window: Window) -> Result<Lazy> {
        let settled = self.settle()?;
        window.within(settled.size)?;
        let mut clipped = self.clone();
        // An input of another size is one that nothing reads.
        for input in &mut clipped.inputs {
            if input.size() == settled.size {
                *input = input.clipped(window);
            }
        }
        clipped.checked()
    }

    /// The pixels that a box touches, in units of the coordinate system; edges within a millionth
    /// of a pixel from a whole one are that pixel's. Of a box that leaves the raster the part inside
    /// is taken; of a rotated raster the window that holds the four corners. Source of the rule:
    /// `clip_box` of rioxarray 0.19.
    ///
    /// # Errors
    /// [`Usage::Option`] for a box beside the raster, one that is none, and a raster without
    /// transform; as [`check`](Self::check).
    pub fn clip_box(&self, left: f64, bottom: f64, right: f64, top: f64) -> Result<Lazy> {
        let settled = self.settle()?;
        let bounds = [left, bottom, right, top];
        let window = window_of(settled.georeference.transform, bounds)?;
        match touched(window, &settled) {
            Some(window) => self.clip_window(window),
            None => Err(Usage::Option(beside(bounds, &settled)).into()),
        }
    }
}

/// The pixels of a raster that a window touches, if any.
fn touched(window: PixelWindow, settled: &Settled) -> Option<Window> {
    let side = |at: f64, span: f64, length: u32| {
        let start = at.floor().max(0.0);
        let end = (at + span).ceil().min(length.into());
        (start < end).then_some((start as u32, (end - start) as u32))
    };
    let (column, width) = side(window.column, window.width, settled.size.width)?;
    let (row, height) = side(window.row, window.height, settled.size.height)?;
    Some(Window::new(column, row, width, height))
}

fn beside([left, bottom, right, top]: [f64; 4], settled: &Settled) -> String {
    let affine = settled.georeference.transform.unwrap_or(Affine::IDENTITY);
    let (width, height) = (settled.size.width.into(), settled.size.height.into());
    let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)];
    let corners = corners.map(|(column, row): (f64, f64)| affine.apply(column, row));
    let least = |numbers: [f64; 4]| numbers.into_iter().fold(f64::INFINITY, f64::min);
    let most = |numbers: [f64; 4]| numbers.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let (x, y) = (
        corners.map(|corner| corner.0),
        corners.map(|corner| corner.1),
    );
    format!(
        "the box {left},{bottom},{right},{top} lies beside the raster of {},{},{},{} (left, bottom, \
         right, top)",
        least(x),
        least(y),
        most(x),
        most(y)
    )
}
