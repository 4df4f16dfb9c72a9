//! Consecutive rows of one level of a pyramid, with what tells their valid pixels.

use std::ops::Range;

use super::pyramid::Cover;
use crate::block::{Block, Validity};
use crate::grid::{Size, Window};
use crate::limits::{index, to_u64};
use crate::sample::Sample;

/// Consecutive rows of one level, band by band.
pub(super) struct Strip<T> {
    pub(super) width: usize,
    pub(super) rows: Range<u32>,
    pub(super) bands: Vec<Vec<T>>,
    cover: Cover,
    /// A byte per pixel, 0 where it is invalid; empty without a cover. A mask is 255 where the base
    /// is valid and 1 where an overview is, the weights that GDAL gives them.
    mask: Vec<u8>,
}

/// Rows that are to be computed.
pub(super) struct Grown<'a, T> {
    pub(super) bands: Vec<&'a mut [T]>,
    /// Empty where the mask is not computed by itself.
    pub(super) mask: &'a mut [u8],
}

impl<T: Sample> Strip<T> {
    pub(super) fn new(size: Size, bands: usize, cover: Cover) -> Self {
        Strip {
            width: index(size.width),
            rows: 0..0,
            bands: vec![Vec::new(); bands],
            cover,
            mask: Vec::new(),
        }
    }

    /// Appends blocks that stand side by side.
    pub(super) fn append(&mut self, blocks: &[Block]) {
        let height = index(blocks.first().map_or(0, |block| block.size().height));
        for (band, values) in self.bands.iter_mut().enumerate() {
            values.reserve(height * self.width);
            for row in 0..height {
                for block in blocks {
                    let width = index(block.size().width);
                    let start = (band * height + row) * width;
                    let samples = block.as_slice::<T>().unwrap_or_default();
                    values.extend_from_slice(&samples[start..start + width]);
                }
            }
        }
        match self.cover {
            Cover::None => {}
            Cover::Alpha => self.weigh_by_alpha(),
            Cover::Mask => self.append_masks(blocks, height),
        }
        self.rows.end += blocks.first().map_or(0, |block| block.size().height);
    }

    fn append_masks(&mut self, blocks: &[Block], height: usize) {
        let mask = |block: &Block| match block.validity() {
            Validity::Mask(mask) => mask.clone(),
            _ => block.valid_pixels(),
        };
        let masks: Vec<Vec<u8>> = blocks.iter().map(mask).collect();
        for row in 0..height {
            for (block, mask) in blocks.iter().zip(&masks) {
                let width = index(block.size().width);
                let line = &mask[row * width..(row + 1) * width];
                let valid = |&byte: &u8| if byte == 0 { 0 } else { 255 };
                self.mask.extend(line.iter().map(valid));
            }
        }
    }

    /// Appends rows of zeros and gives them.
    pub(super) fn grow(&mut self, rows: u32) -> Grown<'_, T> {
        let more = index(rows) * self.width;
        self.rows.end += rows;
        fn grown<T: Clone + Default>(values: &mut Vec<T>, more: usize) -> &mut [T] {
            let length = values.len();
            values.resize(length + more, T::default());
            &mut values[length..]
        }
        let masked = if self.cover == Cover::Mask { more } else { 0 };
        Grown {
            bands: self
                .bands
                .iter_mut()
                .map(|band| grown(band, more))
                .collect(),
            mask: grown(&mut self.mask, masked),
        }
    }

    /// Makes the mask of rows that have been computed fit for weighing.
    pub(super) fn settle(&mut self, rows: u32) {
        match self.cover {
            Cover::None => {}
            Cover::Alpha => self.weigh_by_alpha(),
            Cover::Mask => {
                let new = self.mask.len() - index(rows) * self.width;
                self.mask[new..]
                    .iter_mut()
                    .for_each(|byte| *byte = (*byte).min(1));
            }
        }
    }

    fn weigh_by_alpha(&mut self) {
        if let Some(alpha) = self.bands.last() {
            let new = &alpha[self.mask.len()..];
            self.mask.extend(new.iter().map(|&alpha| opacity(alpha)));
        }
    }

    pub(super) fn drop_before(&mut self, row: u32) {
        let row = row.clamp(self.rows.start, self.rows.end);
        let samples = index(row - self.rows.start) * self.width;
        for band in &mut self.bands {
            band.drain(..samples);
        }
        self.mask.drain(..samples.min(self.mask.len()));
        self.rows.start = row;
    }

    /// A byte per pixel of all rows, 0 where it is invalid.
    pub(super) fn mask(&self) -> Option<&[u8]> {
        (self.cover != Cover::None).then_some(&self.mask)
    }

    /// The weights of an alpha band of 16 bits for itself, where they differ from those for other
    /// bands: GDAL reads it as a mask of 8 bits, which clamps what is more than 255.
    pub(super) fn own_weights(&self) -> Option<Vec<u8>> {
        let alpha = self.bands.last().filter(|_| self.cover == Cover::Alpha)?;
        let weight = |&alpha: &T| narrow(number(alpha));
        (T::BYTES > 1).then(|| alpha.iter().map(weight).collect())
    }

    /// Row segments of a window, for each band.
    pub(super) fn planes(&self, window: Window) -> Vec<Vec<&[T]>> {
        let lines = self.lines(window);
        let rows = |band| segments(band, &lines);
        self.bands.iter().map(|band| rows(band)).collect()
    }

    /// Row segments of a window of the mask.
    pub(super) fn cover_rows(&self, window: Window) -> Vec<&[u8]> {
        segments(&self.mask, &self.lines(window))
    }

    fn lines(&self, window: Window) -> Vec<Range<usize>> {
        let (left, width) = (index(window.column), index(window.width));
        let top = index(window.row - self.rows.start);
        let starts = (top..top + index(window.height)).map(|row| row * self.width + left);
        starts.map(|start| start..start + width).collect()
    }

    pub(super) fn bytes(&self) -> u64 {
        let samples: usize = self.bands.iter().map(Vec::len).sum();
        to_u64(samples * T::BYTES + self.mask.len())
    }
}

fn segments<'a, T>(values: &'a [T], lines: &[Range<usize>]) -> Vec<&'a [T]> {
    lines.iter().map(|line| &values[line.clone()]).collect()
}

/// An alpha sample as a weight of 8 bits: 16 bits are scaled, and what is not 0 stays so. Source:
/// `GDALRescaledAlphaBand`.
fn opacity<T: Sample>(alpha: T) -> u8 {
    let alpha = number(alpha);
    match T::BYTES {
        1 => narrow(alpha),
        _ => narrow(alpha * 255 / 65535).max(u8::from(alpha > 0)),
    }
}

/// The number of an alpha sample, which has 8 or 16 bits.
fn number<T: Sample>(alpha: T) -> u32 {
    let mut bytes = [0; 16];
    alpha.write_le(&mut bytes);
    u16::from_le_bytes([bytes[0], bytes[1]]).into()
}

fn narrow(weight: u32) -> u8 {
    u8::try_from(weight).unwrap_or(u8::MAX)
}
