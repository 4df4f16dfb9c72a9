//! One axis of two grids: which source pixels a pixel lies over.

use std::ops::Range;

use crate::limits::index;
use crate::resampling::{Axis, Resampling};

/// One axis. Pixel `i` lies over the source from `shift + i * ratio` to `shift + (i + 1) * ratio`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Source pixels per pixel.
    ratio: f64,
    /// Where pixel 0 begins in the source.
    shift: f64,
    /// Pixels of the source.
    length: u32,
    /// Pixels of the result.
    count: u32,
    /// How far a kernel reaches from the centre of a pixel, in source pixels; 0 where only the source
    /// under the pixel counts.
    reach: f64,
    /// The pixels that have a source.
    covered: Range<u32>,
}

/// Some pixels, and the source that they are made of.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) pixels: Range<u32>,
    pub(super) source: Range<u32>,
    pub(super) axis: Axis,
}

impl Line {
    pub(super) fn new(
        method: Resampling,
        (ratio, shift): (f64, f64),
        length: u32,
        count: u32,
    ) -> Self {
        let span = snapped(ratio * f64::from(count));
        let ratio = span / f64::from(count);
        let mut line = Line {
            ratio,
            shift: snapped(shift),
            length,
            count,
            reach: f64::from(method.radius()) * ratio.max(1.0),
            covered: 0..count,
        };
        let end = f64::from(length);
        let areal = method.radius() == 0 && method != Resampling::Nearest;
        line.covered = match areal {
            true => line.between(
                |line, pixel| line.edge(pixel + 1) <= EPSILON,
                |line, pixel| line.edge(pixel) < end - EPSILON,
            ),
            false => line.between(
                |line, pixel| line.centre(pixel) < 0.0,
                |line, pixel| line.centre(pixel) < end,
            ),
        };
        line
    }

    /// The pixels after those that lie before something, up to the last that does not lie after it.
    fn between(
        &self,
        before: impl Fn(&Line, u32) -> bool,
        not_after: impl Fn(&Line, u32) -> bool,
    ) -> Range<u32> {
        let start = partition(self.count, |pixel| before(self, pixel));
        let end = partition(self.count, |pixel| not_after(self, pixel));
        start..end.max(start)
    }

    /// True if some pixels have no source.
    pub(super) fn leaves_source(&self) -> bool {
        self.covered != (0..self.count)
    }

    /// The most source pixels that so many pixels have.
    pub(super) fn most(&self, count: u32) -> u32 {
        let most = f64::from(count) * self.ratio + 2.0 * self.reach + 4.0;
        (most.ceil() as u32).min(self.length)
    }

    /// How many pixels lie over so many of the source, at least one.
    pub(super) fn pixels_over(&self, source: u32) -> u32 {
        ((f64::from(source) / self.ratio) as u32).max(1)
    }

    /// Some pixels, as far as they have a source; their places are those of the whole axis, wherever
    /// it is cut. What of a pixel lies beyond the source counts for the source's last, as in GDAL.
    pub(super) fn piece(&self, first: u32, count: u32) -> Option<Piece> {
        let pixels = common(&(first..first + count), &self.covered);
        if pixels.is_empty() {
            return None;
        }
        let source = self.under(&pixels);
        let axis = Axis {
            ratio: self.ratio,
            shift: self.shift,
            first: pixels.start,
            count: pixels.end - pixels.start,
            source: source.start.into()..source.end.into(),
        };
        Some(Piece {
            pixels,
            source,
            axis,
        })
    }

    /// True if pixels are those of the source, begun elsewhere.
    pub(super) fn is_moved(&self) -> bool {
        self.ratio == 1.0 && self.shift.fract() == 0.0
    }

    /// For each pixel of a piece, the nearest source pixel, counted from the first of the piece's.
    pub(super) fn nearest(&self, piece: &Piece) -> Vec<usize> {
        let place = |pixel: u32| index(self.nearest_to(pixel) - piece.source.start);
        piece.pixels.clone().map(place).collect()
    }

    /// The source of pixels that have one: at least what their kernels need.
    fn under(&self, pixels: &Range<u32>) -> Range<u32> {
        let (first, last) = (pixels.start, pixels.end - 1);
        if self.reach == 0.0 {
            let start = self
                .edge(first)
                .floor()
                .min(f64::from(self.nearest_to(first)));
            let end = self
                .edge(last + 1)
                .ceil()
                .max(f64::from(self.nearest_to(last)) + 1.0);
            return self.inside(start, end);
        }
        let start = (self.centre(first) - self.reach).floor() - 1.0;
        let end = (self.centre(last) + self.reach).ceil() + 1.0;
        self.inside(start, end)
    }

    /// A range of the source, at least one pixel.
    fn inside(&self, start: f64, end: f64) -> Range<u32> {
        let start = (start.max(0.0) as u32).min(self.length - 1);
        let end = (end.max(0.0) as u32).clamp(start + 1, self.length);
        start..end
    }

    fn nearest_to(&self, pixel: u32) -> u32 {
        (self.centre(pixel).max(0.0) as u32).min(self.length - 1)
    }

    /// Where a pixel begins.
    fn edge(&self, pixel: u32) -> f64 {
        self.shift + f64::from(pixel) * self.ratio
    }

    /// Where a pixel's centre lies; GDAL adds a little so that halves fall on one side.
    fn centre(&self, pixel: u32) -> f64 {
        self.shift + (f64::from(pixel) + 0.5) * self.ratio + TINY
    }
}

/// The first of `count` numbers of which a predicate is not true, true ones coming first.
fn partition(count: u32, predicate: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match predicate(middle) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}

fn common(a: &Range<u32>, b: &Range<u32>) -> Range<u32> {
    let start = a.start.max(b.start);
    start..a.end.min(b.end).max(start)
}

/// A whole number if the place is near one.
fn snapped(place: f64) -> f64 {
    let nearest = place.round();
    match (place - nearest).abs() <= NEAR {
        true => nearest,
        false => place,
    }
}

/// Places nearer than this to a whole pixel are that one.
const NEAR: f64 = 1e-6;

/// What GDAL adds to the places of nearest pixels.
const TINY: f64 = 1e-10;

/// How much of a pixel counts as nothing: GDAL's guard against ratios like 2.9999999999.
const EPSILON: f64 = 1e-8;
