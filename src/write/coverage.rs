//! Which pixels of a raster's rows have come.

use std::ops::Range;

use crate::grid::Window;
use crate::limits::index;

/// The pixels of some rows that have come: columns, row by row, as ranges in order of which no two
/// touch.
#[derive(Debug)]
pub(super) struct Coverage(Vec<Vec<Range<u32>>>);

impl Coverage {
    /// Of so many rows, none yet.
    pub(super) fn new(rows: u32) -> Self {
        Coverage(vec![Vec::new(); index(rows)])
    }

    /// Whether any pixel of a window has come.
    pub(super) fn touches(&self, window: Window) -> bool {
        let columns = columns(window);
        self.0[rows(window)].iter().any(|covered| {
            let at = covered.partition_point(|range| range.end <= columns.start);
            covered
                .get(at)
                .is_some_and(|range| range.start < columns.end)
        })
    }

    /// Adds the pixels of a window, of which none has come.
    pub(super) fn add(&mut self, window: Window) {
        for covered in &mut self.0[rows(window)] {
            let Range { start, end } = columns(window);
            let first = covered.partition_point(|range| range.end < start);
            let beyond = covered.partition_point(|range| range.start <= end);
            let merged = &covered[first..beyond];
            let start = merged.first().map_or(start, |range| range.start.min(start));
            let end = merged.last().map_or(end, |range| range.end.max(end));
            covered.splice(first..beyond, std::iter::once(start..end));
        }
    }

    /// The first pixels that have not come, in rows of so many columns: as many of a row as follow
    /// each other, and the rows below of which none of these has come.
    pub(super) fn missing(&self, width: u32) -> Option<Window> {
        let gap = |covered: &Vec<Range<u32>>| match covered.first() {
            None => 0..width,
            Some(first) if first.start > 0 => 0..first.start,
            Some(first) => first.end..covered.get(1).map_or(width, |second| second.start),
        };
        let mut rows = self.0.iter().map(gap).enumerate();
        let (row, columns) = rows.find(|(_, gap)| !gap.is_empty())?;
        let row = u32::try_from(row).ok()?;
        let mut window = Window::new(columns.start, row, columns.end - columns.start, 1);
        let below = |row: usize| {
            Window::new(
                columns.start,
                u32::try_from(row).unwrap_or(0),
                window.width,
                1,
            )
        };
        let free = (index(row) + 1..self.0.len()).take_while(|&row| !self.touches(below(row)));
        window.height += u32::try_from(free.count()).ok()?;
        Some(window)
    }
}

fn rows(window: Window) -> Range<usize> {
    index(window.row)..index(window.row) + index(window.height)
}

fn columns(window: Window) -> Range<u32> {
    window.column..window.column + window.width
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against a map of single pixels, with windows in a fixed order that is not sorted.
    #[test]
    fn a_map_of_pixels_says_the_same() {
        const SIDE: u32 = 23;
        let mut coverage = Coverage::new(SIDE);
        let mut map = [[false; SIDE as usize]; SIDE as usize];
        let mut seed = 1u32;
        let mut next = |bound: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % bound
        };
        let (mut added, mut refused) = (0, 0);
        while coverage.missing(SIDE).is_some() {
            let (column, row) = (next(SIDE), next(SIDE));
            let (width, height) = (
                1 + next(4).min(SIDE - 1 - column),
                1 + next(4).min(SIDE - 1 - row),
            );
            let window = Window::new(column, row, width, height);
            let pixels: Vec<(usize, usize)> = rows(window)
                .flat_map(|row| columns(window).map(move |column| (row, index(column))))
                .collect();
            let taken = pixels.iter().any(|&(row, column)| map[row][column]);
            assert_eq!(coverage.touches(window), taken, "{window}");
            if taken {
                refused += 1;
                continue;
            }
            added += 1;
            coverage.add(window);
            pixels
                .iter()
                .for_each(|&(row, column)| map[row][column] = true);
            let first = (0..SIDE * SIDE).find(|at| !map[index(at / SIDE)][index(at % SIDE)]);
            let missing = coverage.missing(SIDE);
            assert_eq!(
                missing.map(|window| window.row * SIDE + window.column),
                first
            );
            if let Some(window) = missing {
                let free = |row: usize| columns(window).all(|column| !map[row][index(column)]);
                assert!(rows(window).all(free), "{window}");
            }
        }
        assert!(added > 100 && refused > 200, "{added} {refused}");
        assert!(coverage.0.iter().all(|covered| covered.len() == 1));
    }
}
