//! Mode: the most frequent value.

use std::collections::HashMap;

use super::area::Spans;
use super::value::Nodata;
use super::{Job, Validity};
use crate::limits::index;
use crate::sample::{DataType, Real, Sample};

pub(super) fn reduce_real<T: Real, V: Validity<T>>(
    job: &Job<'_, T>,
    validity: &V,
    spans: (&Spans, &Spans),
    out: &mut [T],
) {
    let counted = |place, sample| counted(&job.nodata, validity, place, sample);
    reduce(job, fill(&job.nodata), counted, spans, out);
}

/// The most frequent of the samples that are counted; `empty` where none is.
pub(super) fn reduce<T: Sample>(
    job: &Job<'_, T>,
    empty: T,
    counted: impl Fn(usize, T) -> bool,
    (columns, rows): (&Spans, &Spans),
    out: &mut [T],
) {
    let mut counts = Counts::default();
    for (row, line) in job.rows.clone().zip(out.chunks_exact_mut(columns.len())) {
        let source = rows.range(index(row));
        for (column, pixel) in line.iter_mut().enumerate() {
            let across = columns.range(column).len();
            counts.clear(source.len() * across > FEW);
            for row in source.clone() {
                let offset = job.offset(row);
                for place in columns.range(column).map(|column| offset + column) {
                    let sample = job.samples[place];
                    if counted(place, sample) {
                        counts.add(sample);
                    }
                }
            }
            *pixel = counts.most().unwrap_or(empty);
        }
    }
}

/// The value of a pixel without valid source. GDAL's mode does not find NaN, nor a negative nodata
/// value of more than 8 bits, to be in the range of its type, and writes 0.
fn fill<T: Real>(nodata: &Nodata<T>) -> T {
    let lost = match T::DATA_TYPE {
        DataType::I16 | DataType::I32 | DataType::I64 => nodata.fill < T::default(),
        _ => nodata.fill.is_nan(),
    };
    if lost { T::default() } else { nodata.fill }
}

/// GDAL asks the mask, except for bytes, of which only nodata is left out.
#[inline(always)]
fn counted<T: Real, V: Validity<T>>(
    nodata: &Nodata<T>,
    validity: &V,
    place: usize,
    sample: T,
) -> bool {
    if T::DATA_TYPE == DataType::U8 {
        nodata.value != Some(sample)
    } else {
        validity.weight(place, sample) != 0
    }
}

/// How often each value was met. Of a few samples values are looked up one by one, of many by hash.
#[derive(Default)]
struct Counts<T> {
    values: Vec<(T, u32)>,
    places: HashMap<[u8; 16], usize>,
    hashed: bool,
    /// The first value to have reached the highest count.
    most: Option<usize>,
}

impl<T: Sample> Counts<T> {
    fn clear(&mut self, hashed: bool) {
        self.values.clear();
        self.places.clear();
        (self.hashed, self.most) = (hashed, None);
    }

    fn most(&self) -> Option<T> {
        self.most.map(|most| self.values[most].0)
    }

    #[inline(always)]
    fn add(&mut self, sample: T) {
        let next = self.values.len();
        let place = match self.hashed {
            true => *self.places.entry(key(sample)).or_insert(next),
            false => {
                let mut values = self.values.iter();
                let same = |value: T| value == sample || (value.is_nan() && sample.is_nan());
                values.position(|&(value, _)| same(value)).unwrap_or(next)
            }
        };
        if place == next {
            self.values.push((sample, 0));
        }
        self.values[place].1 += 1;
        let count = self.values[place].1;
        if self.most.is_none_or(|most| count > self.values[most].1) {
            self.most = Some(place);
        }
    }
}

/// Bytes that are the same for equal samples: zeros of both signs, and all NaN.
fn key<T: Sample>(sample: T) -> [u8; 16] {
    let mut bytes = [0; 16];
    match () {
        _ if sample.is_nan() => bytes.fill(u8::MAX),
        _ if sample == T::default() => {}
        _ => sample.write_le(&mut bytes[..T::BYTES]),
    }
    bytes
}

/// Samples among which values are looked up one by one.
const FEW: usize = 256;
