//! The arithmetic of requests, one axis at a time: which pixels of a level a request means, which
//! level serves it, and how it is cut into pieces. All rules are those of GDAL 3.10's `RasterIO`.

use std::ops::Range;

use crate::grid::Size;
use crate::resampling::{Axis, Resampling};

/// One axis of a request on one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Side {
    /// Pixels of the level.
    extent: u32,
    /// The first source pixel and how many there are, in whole numbers.
    pub(crate) offset: u32,
    pub(crate) length: u32,
    /// The same, exactly. The exact place may begin before the level and end after it.
    at: f64,
    span: f64,
    /// Pixels wanted.
    pub(crate) count: u32,
}

/// A piece of an axis: some of the pixels wanted, and the source pixels at hand for them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Pixels, counted from the first that is wanted.
    pub(super) pixels: Range<u32>,
    /// Pixels of the level.
    pub(super) source: Range<u32>,
    pub(super) axis: Axis,
}

impl Side {
    /// `span` source pixels from `at` on become `count` pixels. `at` is inside the level.
    pub(crate) fn new(extent: u32, at: f64, span: f64, count: u32) -> Self {
        let offset = whole(at).min(extent - 1);
        Side {
            extent,
            offset,
            length: whole(span).clamp(1, extent - offset),
            at,
            span,
            count,
        }
    }

    /// The side of a request that may reach beyond the level, with the pixels that come before it
    /// lies over the level; `None` where it lies beside. As a virtual dataset places its source.
    pub(crate) fn boundless(extent: u32, at: f64, span: f64, count: u32) -> Option<(Self, u32)> {
        let (size, start) = (f64::from(extent), round_if_near(-at));
        if start + size <= 0.0 || span <= start {
            return None;
        }
        let left = start.max(0.0);
        let right = span.min(start + size);
        let mut moved = left > 0.0 || right < span;
        let (mut at, mut length) = (left - start, right - left);
        let mut offset = at.floor();
        if at - offset > 1.0 - NEAR {
            offset += 1.0;
            at = offset;
        }
        let mut whole_length = (length + 0.5).floor().max(1.0);
        if offset + whole_length > size {
            whole_length = size - offset;
            moved = true;
        }
        if at + length > size {
            length = size - at;
            moved = true;
        }
        if offset >= size || whole_length < 1.0 {
            return None;
        }
        let (mut before, mut pixels) = (0, count);
        if moved {
            let scale = f64::from(count) / span;
            let (first, last) = ((at + start) * scale, (at + length + start) * scale);
            before = whole(first + NEAR);
            let early = (first - f64::from(before)) / scale;
            at -= early;
            length += early;
            let end = (last - NEAR).ceil();
            pixels = whole(end)
                .saturating_sub(before)
                .min(count - before.min(count));
            length += (end - last) / scale;
        }
        let side = Side {
            extent,
            offset: whole(offset),
            length: whole(whole_length),
            at: round_if_near(at),
            span: round_if_near(length),
            count: pixels,
        };
        (pixels > 0 && side.span > 0.0).then_some((side, before))
    }

    /// True if pixels are wanted as they are, as far as whole numbers say.
    pub(crate) fn is_same(&self) -> bool {
        self.length == self.count
    }

    /// True if the first pixel begins where a source pixel does.
    pub(crate) fn starts_whole(&self) -> bool {
        self.at == f64::from(self.offset)
    }

    /// True if the exact place is that of the whole numbers.
    pub(crate) fn is_whole(&self) -> bool {
        self.starts_whole() && self.span == f64::from(self.length)
    }

    /// True if fewer pixels are wanted than there are.
    pub(crate) fn shrinks(&self) -> bool {
        self.count < self.length
    }

    /// Source pixels per pixel in whole numbers, by which an overview is chosen.
    fn factor(&self) -> f64 {
        f64::from(self.length) / f64::from(self.count)
    }

    /// Source pixels per pixel.
    fn ratio(&self) -> f64 {
        self.span / f64::from(self.count)
    }

    /// Source pixels per pixel as a whole number, at least 1: a kernel's reach is counted in it.
    pub(super) fn step(&self) -> u32 {
        whole(0.5 + self.ratio()).max(1)
    }

    /// The same place on an overview of `extent` pixels.
    pub(crate) fn on_overview(&self, extent: u32) -> Self {
        let factor = f64::from(self.extent) / f64::from(extent);
        let scaled = |pixels: u32| whole(f64::from(pixels) / factor + 0.5);
        let offset = scaled(self.offset).min(extent - 1);
        Side {
            extent,
            offset,
            length: scaled(self.length).max(1).min(extent - offset),
            at: self.at / factor,
            span: self.span / factor,
            count: self.count,
        }
    }

    /// The nearest source pixel of each column: steps are added up.
    pub(super) fn nearest_columns(&self) -> Vec<u32> {
        let step = self.ratio();
        let first = 0.5 * step + self.at + TINY;
        let last = self.extent - 1;
        if self.is_whole() && step.fract() == 0.0 {
            let place = |column: u32| f64::from(whole(first)) + f64::from(column) * step;
            return (0..self.count)
                .map(|column| whole(place(column)).min(last))
                .collect();
        }
        let places = std::iter::successors(Some(first), |place| Some(place + step));
        let places = places.take(crate::limits::index(self.count));
        places.map(|place| whole(place).min(last)).collect()
    }

    /// The nearest source pixel of each row: each is multiplied out.
    pub(super) fn nearest_rows(&self) -> Vec<u32> {
        let step = self.ratio();
        let place = |row: u32| (f64::from(row) + 0.5) * step + self.at + TINY;
        let rows = (0..self.count).map(|row| whole(place(row)));
        rows.map(|row| row.min(self.extent - 1)).collect()
    }

    /// Cuts the axis into pieces of `block` pixels, with as much source as GDAL reads for each: the
    /// kernel's radius times `step` more on both sides.
    pub(super) fn pieces(&self, block: u32, radius: u32, step: u32) -> Vec<Piece> {
        let starts = (0..self.count).step_by(crate::limits::index(block.max(1)));
        let pieces = starts.map(|start| start..start.saturating_add(block).min(self.count));
        let margin = i64::from(radius) * i64::from(step);
        pieces.map(|pixels| self.piece(pixels, margin)).collect()
    }

    fn piece(&self, pixels: Range<u32>, margin: i64) -> Piece {
        let (ratio, extent) = (self.ratio(), i64::from(self.extent));
        let place = |pixel: u32| f64::from(pixel) * ratio;
        let start = i64::from(self.offset) + place(pixels.start) as i64;
        let end = i64::from(self.offset) + 1 + place(pixels.end).ceil() as i64;
        let start = start.min(extent - 1) - margin;
        let source = start.max(0)..(end + margin).min(extent);
        // Where the place is a whole number of pixels of the whole level resampled, positions are
        // those of the whole level, so that a part is what it is in the whole.
        let pixel = self.at / ratio;
        let number = (pixel + 0.5).trunc();
        let of_whole = (pixel - number).abs() < 1e-8 && number < f64::from(u32::MAX / 2);
        let (origin, shift, first) = match of_whole {
            true => (0, 0.0, whole(number)),
            false => (i64::from(self.offset), self.at - f64::from(self.offset), 0),
        };
        let count = pixels.end - pixels.start;
        let axis = Axis {
            ratio,
            shift,
            first: first + pixels.start,
            count,
            source: source.start - origin..source.end - origin,
        };
        let narrow = |place: i64| u32::try_from(place).unwrap_or(0);
        Piece {
            source: narrow(source.start)..narrow(source.end),
            pixels,
            axis,
        }
    }
}

/// Which of some overviews, given by their sizes in the order of the file, serves a request on a
/// level of `size`: the first whose factor is within 0.1 of the one wanted, or else the largest
/// factor below it. With the nearest pixel one up to 1.2 times coarser will do.
pub(crate) fn best_overview(
    size: Size,
    overviews: &[Size],
    (columns, rows): (Side, Side),
    method: Resampling,
) -> Option<usize> {
    let wanted = match columns.factor() < rows.factor() || rows.count == 1 {
        true => columns.factor(),
        false => rows.factor(),
    };
    let tolerance = if method == Resampling::Nearest {
        1.2
    } else {
        1.0
    };
    let (mut best, mut best_factor) = (None, 0.0);
    for (index, overview) in overviews.iter().enumerate() {
        if overview.width > size.width || overview.height > size.height {
            continue;
        }
        let (x, y) = size.ratios(*overview);
        let factor = x.min(y);
        if factor >= wanted * tolerance + CLOSE || factor <= best_factor {
            continue;
        }
        (best, best_factor) = (Some(index), factor);
        if (wanted - factor).abs() < CLOSE {
            break;
        }
    }
    best
}

/// Columns and rows of the blocks in which GDAL computes a request, each from about a million
/// source pixels. Strips, or tiles as wide as the request, are cut by rows first.
pub(super) fn blocks((columns, rows): (Side, Side), tile_width: u32) -> (u32, u32) {
    let (mut width, mut height) = (columns.count, rows.count);
    let source = |side: &Side, pixels: u32| {
        let pixels = whole(f64::from(pixels) * side.ratio()).saturating_add(3);
        u64::from(pixels.min(side.extent))
    };
    loop {
        let (x, y) = (source(&columns, width), source(&rows, height));
        if (width == 1 && height == 1) || x * y <= BLOCK_PIXELS {
            return (width, height);
        }
        let strips = x >= u64::from(columns.length) && columns.length == tile_width;
        if strips && height > 1 {
            height /= 2;
        } else if width > 1 && (x > y || height == 1) {
            width /= 2;
        } else {
            height /= 2;
        }
    }
}

/// A place without its fraction, 0 where negative.
fn whole(place: f64) -> u32 {
    place as u32
}

fn round_if_near(place: f64) -> f64 {
    let nearest = (place + 0.5).floor();
    if (place - nearest).abs() < NEAR {
        nearest
    } else {
        place
    }
}

/// What GDAL adds to places of nearest pixels.
const TINY: f64 = 1e-10;

/// Closer than this to a whole number is that number, where a virtual dataset is placed.
const NEAR: f64 = 1e-3;

/// How near the factor of an overview must be to be the one wanted.
const CLOSE: f64 = 0.1;

/// Source pixels of a block.
const BLOCK_PIXELS: u64 = 1 << 20;
