//! Statistics of the zones of a raster: of the pixels of each class.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::super::job::{Chunk, Job};
use super::tally::Tally;
use super::{BandSummary, SummaryOptions, merge, tally_bands};
use crate::block::Block;
use crate::error::{Error, Expression, Result};
use crate::exec::try_map;
use crate::grid::{Size, Window};
use crate::lazy::Lazy;
use crate::limits::{Limits, index, to_u64};
use crate::sample::{DataType, Real, Samples};

impl Lazy {
    /// A summary of each band for each class of another raster: a band of integers on the same grid.
    /// Pixels whose class is invalid belong to none. The classes that occur are the keys; those none
    /// of whose pixels is valid here are among them.
    ///
    /// # Errors
    /// [`Expression::Kind`] for classes that are not one band of integers, uint64 not among them;
    /// [`Expression::Grids`] for another grid; as [`summarize`](Self::summarize).
    pub fn zonal(
        &self,
        classes: &Lazy,
        options: &SummaryOptions,
    ) -> Result<BTreeMap<i64, Vec<BandSummary>>> {
        options.check()?;
        check_classes(self, classes)?;
        if let Some(bands) = self.bands_apart()? {
            let mut zones: BTreeMap<i64, Vec<BandSummary>> = BTreeMap::new();
            for band in bands {
                for (class, summary) in band.zonal(classes, options)? {
                    zones.entry(class).or_default().extend(summary);
                }
            }
            return Ok(zones);
        }
        let settled = self.real_numbers()?;
        let context = settled.context.clone();
        let job = Job::new(settled, None)?;
        let mut zones: BTreeMap<i64, Vec<Tally>> = BTreeMap::new();
        job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
            let row = row(&chunks);
            let classes = classes.clip_window(row)?.compute()?;
            let _held = context.counters.hold(row.size().area() * PLACE_BYTES);
            let tally = |chunk: Chunk| Ok(tally_zones(&chunk, &classes, row, options));
            let parts = try_map(&*context.executor, &context.cancel, chunks, tally)?;
            for (class, part) in parts.into_iter().flatten() {
                merge(zones.entry(class).or_default(), part);
            }
            let bytes = zones.values().flatten().map(Tally::bytes).sum();
            Limits::check("job_bytes", bytes, context.limits.job_bytes)
        })?;
        let finish = |tallies: Vec<Tally>| -> Vec<BandSummary> {
            let tallies = tallies.into_iter();
            tallies.map(|tally| tally.finish(options)).collect()
        };
        let zones = zones.into_iter();
        Ok(zones.map(|(class, zone)| (class, finish(zone))).collect())
    }
}

/// Bytes of a pixel while the zones of a row of chunks are told apart: its class, of 8 bytes at most,
/// whether that is valid, and its place.
const PLACE_BYTES: u64 = 8 + 1 + 4;

/// The window that holds a row of chunks.
fn row(chunks: &[Chunk]) -> Window {
    let windows = || chunks.iter().map(|chunk| chunk.window);
    let column = windows().map(|window| window.column).min().unwrap_or(0);
    let row = windows().map(|window| window.row).min().unwrap_or(0);
    let right = windows().map(|window| window.column + window.width).max();
    let bottom = windows().map(|window| window.row + window.height).max();
    let span = |end: Option<u32>, start| end.unwrap_or(start) - start;
    Window::new(column, row, span(right, column), span(bottom, row))
}

/// The tallies of each class of a chunk; `classes` are those of the window `row`.
fn tally_zones(
    chunk: &Chunk,
    classes: &Block,
    row: Window,
    options: &SummaryOptions,
) -> Vec<(i64, Vec<Tally>)> {
    let inside = chunk.window.inside(row);
    let zones = inside.map(|window| places(classes, window));
    let tallies = |places: Vec<u32>| tally_bands(&chunk.block, Some(&places), options);
    let zones = zones.into_iter().flatten();
    zones
        .map(|(class, places)| (class, tallies(places)))
        .collect()
}

/// Checks that classes are a band of integers on the grid of what they divide.
fn check_classes(values: &Lazy, classes: &Lazy) -> Result<()> {
    let settled = classes.settle()?;
    let data_type = settled.bound.data_type();
    if settled.bound.bands() != 1 || !data_type.is_integer() || data_type == DataType::U64 {
        return Err(Error::from(Expression::Kind {
            operator: "zonal",
            expected: "classes: one band of integers that int64 holds",
        }));
    }
    let number = |lazy: &Lazy| lazy.cast(DataType::CF64);
    number(values).eq(number(classes)).check()
}

/// The places of each class in a window, row by row.
fn places(classes: &Block, window: Window) -> BTreeMap<i64, Vec<u32>> {
    let valid = classes.valid_pixels();
    macro_rules! places {
        ($values:expr) => {
            places_of($values, &valid, classes.size(), window)
        };
    }
    match classes.samples() {
        Samples::U8(values) => places!(values),
        Samples::I8(values) => places!(values),
        Samples::U16(values) => places!(values),
        Samples::I16(values) => places!(values),
        Samples::U32(values) => places!(values),
        Samples::I32(values) => places!(values),
        Samples::I64(values) => places!(values),
        _ => BTreeMap::new(),
    }
}

fn places_of<T: Real + Into<i64>>(
    values: &[T],
    valid: &[u8],
    size: Size,
    window: Window,
) -> BTreeMap<i64, Vec<u32>> {
    let mut places: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    let (width, wanted) = (index(size.width), index(window.width));
    for row in 0..index(window.height) {
        let start = (index(window.row) + row) * width + index(window.column);
        let line = values[start..start + wanted]
            .iter()
            .zip(&valid[start..start + wanted]);
        let mut line = (row * wanted..)
            .zip(line)
            .filter(|(_, (_, valid))| **valid != 0)
            .peekable();
        // Neighbours are mostly of one class: it is looked up once.
        while let Some((place, (&class, _))) = line.next() {
            let zone = places.entry(class.into()).or_default();
            let short = |place: usize| u32::try_from(to_u64(place)).unwrap_or(u32::MAX);
            zone.push(short(place));
            while let Some((place, _)) = line.next_if(|(_, (other, _))| **other == class) {
                zone.push(short(place));
            }
        }
    }
    places
}
