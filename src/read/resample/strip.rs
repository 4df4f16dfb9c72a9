//! Consecutive source rows of a level, as many as the pieces at hand need.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::Result;
use crate::grid::Window;
use crate::limits::index;

/// Rows of some bands between two columns. Rows are decoded once each, in order.
pub(super) struct Strip<T> {
    columns: Range<u32>,
    rows: Range<u32>,
    bands: Vec<Vec<T>>,
}

impl<T: Copy> Strip<T> {
    pub(super) fn new(columns: Range<u32>, bands: usize) -> Self {
        Strip {
            columns,
            rows: 0..0,
            bands: vec![Vec::new(); bands],
        }
    }

    /// Forgets the rows before `wanted`, and reads those that are missing up to the end of their
    /// row of tiles, but not beyond `last`.
    pub(super) fn advance(
        &mut self,
        wanted: Range<u32>,
        (tile_height, last): (u32, u32),
        read: impl FnOnce(Window) -> Result<Vec<T>>,
    ) -> Result<()> {
        self.forget(wanted.start);
        if wanted.end <= self.rows.end {
            return Ok(());
        }
        let end = wanted.end.div_ceil(tile_height).saturating_mul(tile_height);
        let end = end.min(last).max(wanted.end);
        let (width, height) = (self.columns.len(), end - self.rows.end);
        let window = Window::new(self.columns.start, self.rows.end, narrow(width), height);
        let samples = read(window)?;
        let plane = (width * index(height)).max(1);
        for (band, samples) in self.bands.iter_mut().zip(samples.chunks_exact(plane)) {
            band.extend_from_slice(samples);
        }
        self.rows.end = end;
        Ok(())
    }

    fn forget(&mut self, before: u32) {
        if before >= self.rows.end {
            self.bands.iter_mut().for_each(Vec::clear);
            self.rows = before..before;
        }
        let samples = index(before.saturating_sub(self.rows.start)) * self.columns.len();
        for band in &mut self.bands {
            band.drain(..samples.min(band.len()));
        }
        self.rows.start = self.rows.start.max(before);
    }

    /// The samples of one band between some columns and rows, which are at hand.
    pub(super) fn part(
        &self,
        band: usize,
        columns: &Range<u32>,
        rows: &Range<u32>,
    ) -> Cow<'_, [T]> {
        let width = self.columns.len();
        let line = |row: u32| index(row - self.rows.start) * width;
        let samples = &self.bands[band][line(rows.start)..line(rows.end)];
        if *columns == self.columns {
            return Cow::Borrowed(samples);
        }
        let left = index(columns.start - self.columns.start);
        let lines = samples.chunks_exact(width.max(1));
        Cow::Owned(
            lines
                .flat_map(|line| &line[left..left + columns.len()])
                .copied()
                .collect(),
        )
    }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
