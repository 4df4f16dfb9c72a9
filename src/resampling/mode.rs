//! Mode: the most frequent value.

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
    let mut counts = Vec::new();
    for (row, line) in job.rows.clone().zip(out.chunks_exact_mut(columns.len())) {
        let source = rows.range(index(row));
        for (column, pixel) in line.iter_mut().enumerate() {
            counts.clear();
            let mut most = None;
            for row in source.clone() {
                let offset = job.offset(row);
                for place in columns.range(column).map(|column| offset + column) {
                    let sample = job.samples[place];
                    if counted(place, sample) {
                        count(&mut counts, &mut most, sample);
                    }
                }
            }
            *pixel = most.map_or(empty, |most: usize| counts[most].0);
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

/// Counts one sample; `most` is the first to have reached the highest count.
#[inline(always)]
fn count<T: Sample>(counts: &mut Vec<(T, u32)>, most: &mut Option<usize>, sample: T) {
    let same = |value: T| value == sample || (value.is_nan() && sample.is_nan());
    let place = match counts.iter().position(|&(value, _)| same(value)) {
        Some(place) => place,
        None => {
            counts.push((sample, 0));
            counts.len() - 1
        }
    };
    counts[place].1 += 1;
    if most.is_none_or(|most| counts[place].1 > counts[most].1) {
        *most = Some(place);
    }
}
