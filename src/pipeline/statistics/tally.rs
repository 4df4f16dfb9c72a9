//! What is known of the pixels of a band so far.

use super::exact::{Moments, Parts};
use super::histogram::Histogram;
use super::sketch::{Sketch, cut, uncut};
use super::{BandSummary, SummaryOptions};
use crate::limits::to_u64;
use crate::sample::Real;

/// What is known of a band, or of a part of it.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pixels: u64,
    valid: u64,
    minimum: f64,
    maximum: f64,
    moments: Moments,
    histogram: Option<Histogram>,
    /// How often each number occurs, if that is needed.
    sketch: Option<Sketch>,
}

/// A type of real numbers that are counted and summed up exactly.
pub(super) trait Exact: Real {
    /// How many values the type has, if they are few, else 0.
    const VALUES: usize;

    /// A finite value as a whole number and a power of two.
    fn parts(self) -> Parts;

    /// What values are counted by, in their order. Those of types of few values have keys of their
    /// own, from 0.
    fn key(self) -> u32;

    /// The value that a key stands for.
    fn at(key: u32) -> f64;
}

impl Tally {
    /// The tally of the valid values among so many pixels.
    pub(super) fn of<T: Exact>(
        values: impl Iterator<Item = T>,
        pixels: usize,
        options: &SummaryOptions,
    ) -> Self {
        let mut tally = Tally {
            pixels: to_u64(pixels),
            valid: 0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
            moments: Moments::default(),
            histogram: options.histogram.as_ref().map(|bins| Histogram {
                edges: bins.edges(),
                counts: vec![0; bins.count],
            }),
            sketch: (!options.percentiles.is_empty()).then(|| Sketch::new(T::at)),
        };
        if pixels < T::VALUES || T::VALUES == 0 {
            let numbers = values.filter(|value| !value.is_nan());
            numbers.for_each(|value| {
                tally.add(value.to_f64(), value.parts(), value.key(), 1, options)
            });
        } else {
            // Few values occur often: each is looked at once.
            let mut counts = vec![0u64; T::VALUES];
            values.for_each(|value| counts[crate::limits::index(value.key())] += 1);
            let found = (0..).zip(counts).filter(|(_, count)| *count > 0);
            found.for_each(|(key, count)| {
                let value = T::at(key);
                tally.add(value, Parts::of(value), key, count, options);
            });
        }
        tally
    }

    fn add(&mut self, value: f64, parts: Parts, key: u32, times: u64, options: &SummaryOptions) {
        self.valid += times;
        // -0 is 0, or the order of the two would tell which is the least.
        self.minimum = self.minimum.min(value + 0.0);
        self.maximum = self.maximum.max(value + 0.0);
        match (value.is_finite(), times) {
            (true, 1) => self.moments.add(parts),
            (true, _) => self.moments.add_often(parts, times),
            (false, _) => self.moments.add_infinite(value),
        }
        if let (Some(histogram), Some(bins)) = (&mut self.histogram, &options.histogram)
            && let Some(at) = bins.place(&histogram.edges, value)
        {
            histogram.counts[at] += times;
        }
        if let Some(sketch) = &mut self.sketch {
            sketch.add(key, times);
        }
    }

    /// Takes the pixels of another part.
    pub(super) fn merge(&mut self, other: Tally) {
        self.pixels += other.pixels;
        self.valid += other.valid;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        self.moments.merge(&other.moments);
        if let (Some(own), Some(other)) = (&mut self.histogram, other.histogram) {
            let both = own.counts.iter_mut().zip(other.counts);
            both.for_each(|(own, count)| *own += count);
        }
        if let (Some(own), Some(other)) = (&mut self.sketch, other.sketch) {
            own.merge(other);
        }
    }

    /// Bytes that it holds.
    pub(super) fn bytes(&self) -> u64 {
        let histogram = self.histogram.as_ref();
        let counts = histogram.map_or(0, |histogram| 2 * 8 * histogram.counts.len());
        let sketch = self.sketch.as_ref().map_or(0, Sketch::bytes);
        to_u64(size_of::<Tally>() + self.moments.bytes() + counts + sketch)
    }

    pub(super) fn finish(self, options: &SummaryOptions) -> BandSummary {
        let (sum, mean, deviation) = self.moments.finish(self.valid);
        let some = |value: f64| (self.valid > 0).then_some(value);
        let percentiles = |sketch: &Sketch| sketch.percentiles(&options.percentiles, self.valid);
        BandSummary {
            pixels: self.pixels,
            valid: self.valid,
            minimum: some(self.minimum),
            maximum: some(self.maximum),
            sum: some(sum),
            mean: some(mean),
            standard_deviation: some(deviation),
            percentiles: self.sketch.as_ref().map(percentiles).unwrap_or_default(),
            histogram: self.histogram,
        }
    }
}

macro_rules! few_values {
    ($($type:ty),*) => {
        $(impl Exact for $type {
            const VALUES: usize = 1 << <$type>::BITS;

            fn parts(self) -> Parts {
                Parts::of(self.into())
            }

            fn key(self) -> u32 {
                // Not negative, and below 2^16.
                (i32::from(self) - i32::from(<$type>::MIN)).cast_unsigned()
            }

            fn at(key: u32) -> f64 {
                f64::from(key) + f64::from(<$type>::MIN)
            }
        })*
    };
}
few_values!(u8, i8, u16, i16);

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl Exact for $type {
            const VALUES: usize = 0;

            fn parts(self) -> Parts {
                let value = i128::from(self);
                Parts {
                    exponent: 0,
                    negative: value < 0,
                    magnitude: u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX),
                }
            }

            fn key(self) -> u32 {
                cut(self.to_f64())
            }

            fn at(key: u32) -> f64 {
                uncut(key)
            }
        })*
    };
}
integers!(u32, i32, u64, i64);

macro_rules! floats {
    ($($type:ty),*) => {
        $(impl Exact for $type {
            const VALUES: usize = 0;

            fn parts(self) -> Parts {
                Parts::of(self.into())
            }

            fn key(self) -> u32 {
                cut(self.into())
            }

            fn at(key: u32) -> f64 {
                uncut(key)
            }
        })*
    };
}
floats!(f32, f64);
