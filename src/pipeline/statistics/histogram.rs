//! Histograms of bins of one width.

use crate::error::{Result, Usage};

/// Bins of one width between two numbers, as `numpy.histogram(values, count, (low, high))` has them:
/// each holds its lower edge and not its upper one, but for the last, which holds both. What lies
/// beyond is in none.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// How many, at most [`Bins::MOST`].
    pub count: usize,
    /// The lower edge of the first.
    pub low: f64,
    /// The upper edge of the last.
    pub high: f64,
}

/// How many valid pixels lie in each bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// One more than there are bins: those of `numpy.linspace`, in float64.
    pub edges: Vec<f64>,
    /// One for each bin.
    pub counts: Vec<u64>,
}

impl Bins {
    /// The most bins that a histogram can have.
    pub const MOST: usize = 1 << 20;

    /// GDAL's for samples of 8 bits: one for each value.
    pub const BYTES: Bins = Bins {
        count: 256,
        low: -0.5,
        high: 255.5,
    };

    pub(super) fn check(&self) -> Result<()> {
        let Bins { count, low, high } = *self;
        let finite = low < high && (high - low).is_finite();
        if finite && (1..=Bins::MOST).contains(&count) {
            return Ok(());
        }
        let most = Bins::MOST;
        let what = format!("{count} bins from {low} to {high}: expected 1 to {most}, upwards");
        Err(Usage::Option(what).into())
    }

    pub(super) fn edges(&self) -> Vec<f64> {
        let step = (self.high - self.low) / self.count as f64;
        let edges = (0..self.count).map(|at| at as f64 * step + self.low);
        edges.chain([self.high]).collect()
    }

    /// The bin that a value is in, by the edges: rounding may have moved the guess by one.
    pub(super) fn place(&self, edges: &[f64], value: f64) -> Option<usize> {
        if !(self.low..=self.high).contains(&value) {
            return None;
        }
        let guess = (value - self.low) / (self.high - self.low) * self.count as f64;
        let mut at = (guess as usize).min(self.count - 1);
        while at > 0 && value < edges[at] {
            at -= 1;
        }
        while at + 1 < self.count && value >= edges[at + 1] {
            at += 1;
        }
        Some(at)
    }
}
