//! Histograms beside a picture.

use super::canvas::{Canvas, Color, GRAY, Letters};
use super::scale::number;
use crate::grid::Size;
use crate::limits::index;

/// The histogram of a band: of samples between two values that are in it.
pub(super) struct Histogram<'a> {
    pub(super) name: String,
    pub(super) color: Color,
    pub(super) samples: &'a [f64],
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether samples are whole numbers, each of which then has a bin where there is room.
    pub(super) whole: bool,
}

impl Histogram<'_> {
    /// The least and the largest of some samples, to be shared by histograms of one band.
    pub(super) fn range<'a>(samples: impl Iterator<Item = &'a f64> + Clone) -> (f64, f64) {
        let low = samples.clone().copied().reduce(f64::min);
        let high = samples.copied().reduce(f64::max);
        low.zip(high).unwrap_or((0.0, 0.0))
    }

    /// The height with its line of text.
    pub(super) fn height(letters: Letters) -> u32 {
        BARS + 2 + letters.height()
    }

    /// The width that its texts need.
    pub(super) fn width(&self, letters: Letters) -> u32 {
        let words = self.words();
        let widths = words.iter().map(|text| letters.width(text));
        widths.sum::<u32>() + 4 * letters.height()
    }

    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        (column, row): (u32, u32),
        width: u32,
        letters: Letters,
    ) {
        let counts = self.counts(index(width));
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        let bins = u64::try_from(counts.len()).unwrap_or(1).max(1);
        let edge = |bin: u64| (bin * u64::from(width) / bins) as u32;
        for (bin, count) in (0..).zip(counts) {
            let (left, right) = (edge(bin), edge(bin + 1));
            // A bin with a pixel in it is seen.
            let height = (count * u64::from(BARS)).div_ceil(most) as u32;
            let size = Size::new(right - left, height);
            canvas.fill((column + left, row + BARS - height), size, self.color);
        }
        canvas.fill((column, row + BARS), Size::new(width, 1), GRAY);
        let [low, name, high] = self.words();
        let line = row + BARS + 2;
        let right = width.saturating_sub(letters.width(&high));
        let middle = (letters.width(&low) + right).saturating_sub(letters.width(&name)) / 2;
        canvas.write((column, line), &low, letters);
        canvas.write((column + middle, line), &name, letters);
        canvas.write((column + right, line), &high, letters);
    }

    /// What is written below: the least value, the band, the largest.
    fn words(&self) -> [String; 3] {
        if self.samples.is_empty() {
            let none = format!("{}: no valid pixel", self.name);
            return [String::new(), none, String::new()];
        }
        let step = match self.whole {
            true => 1.0,
            false => (self.high - self.low).max(self.high.abs() * 1e-3) / 100.0,
        };
        let text = |value| number(value, step);
        [text(self.low), self.name.clone(), text(self.high)]
    }

    /// How many samples lie in each of at most so many bins of one width. Bins of whole numbers hold
    /// the same number of them each.
    fn counts(&self, most: usize) -> Vec<u64> {
        let most = most.max(1);
        // Halves keep the difference of huge numbers finite.
        let half = self.high * 0.5 - self.low * 0.5;
        let (bins, width) = match self.whole {
            true => {
                let values = half * 2.0 + 1.0;
                let width = (values / most as f64).ceil();
                ((values / width).ceil() as usize, width * 0.5)
            }
            false => (most, half / most as f64),
        };
        let mut counts = vec![0; bins.clamp(1, most)];
        let last = counts.len() - 1;
        for &sample in self.samples {
            let bin = (sample * 0.5 - self.low * 0.5) / width;
            counts[(bin as usize).min(last)] += 1;
        }
        counts
    }
}

/// Rows of the highest bar.
const BARS: u32 = 48;
