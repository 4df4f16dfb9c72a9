//! Nearest pixels: taken as they are.

use std::ops::Range;

use super::SourceRows;
use crate::limits::index;
use crate::sample::Sample;

/// The source pixel of each pixel, along columns and rows.
#[derive(Clone, Debug)]
pub(super) struct Picks {
    pub(super) columns: Vec<usize>,
    pub(super) rows: Vec<usize>,
    /// True if each column takes the first of the next two.
    pub(super) halves: bool,
}

impl Picks {
    pub(super) fn pick<T: Sample>(
        &self,
        source: &SourceRows<'_, T>,
        width: usize,
        rows: Range<u32>,
        out: &mut [T],
    ) {
        let first = index(source.first_row);
        let lines = out.chunks_exact_mut(self.columns.len());
        for (row, line) in rows.zip(lines) {
            let source = &source.samples[(self.rows[index(row)] - first) * width..][..width];
            if self.halves {
                for (pixel, pair) in line.iter_mut().zip(source.chunks_exact(2)) {
                    *pixel = pair[0];
                }
                continue;
            }
            for (pixel, &column) in line.iter_mut().zip(&self.columns) {
                *pixel = source[column];
            }
        }
    }
}
