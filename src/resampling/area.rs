//! Average and root mean square: weighted by the area that source pixels share with a pixel.

use std::ops::Range;

use super::value::{Nodata, Work, work};
use super::{Axis, Job, Validity};
use crate::limits::{index, to_u64};
use crate::sample::{DataType, Real};

/// The source pixels under each pixel along one axis.
#[derive(Clone, Debug)]
pub(super) struct Spans {
    spans: Vec<Span>,
    /// True if every pixel covers exactly two, and the next pixel the next two.
    pairs: bool,
    /// True if those two weigh the same.
    halves: bool,
}

/// The source pixels under one pixel; those between the first and the last weigh 1.
#[derive(Clone, Debug)]
struct Span {
    source: Range<usize>,
    first: f64,
    last: f64,
    total: f64,
}

impl Spans {
    pub(super) fn new(axis: &Axis) -> Self {
        let spans: Vec<Span> = axis.pixels().map(|place| Span::new(place, axis)).collect();
        let follows = |pair: &[Span]| pair[0].source.end == pair[1].source.start;
        let pairs = spans.iter().all(Span::is_pair) && spans.windows(2).all(follows);
        let halves = pairs && spans.iter().all(Span::is_half);
        Spans {
            spans,
            pairs,
            halves,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    #[inline(always)]
    pub(super) fn range(&self, place: usize) -> Range<usize> {
        self.spans[place].source.clone()
    }

    /// Where the first pixel's source begins.
    fn start(&self) -> usize {
        self.spans.first().map_or(0, |span| span.source.start)
    }
}

impl Span {
    /// As GDAL weighs them: by the place of the pixel, wherever its source is cut.
    fn new(place: f64, axis: &Axis) -> Self {
        let left = axis.shift + place * axis.ratio;
        let right = axis.shift + (place + 1.0) * axis.ratio;
        let (start, stop) = ((left + EPSILON) as i64, (right - EPSILON).ceil() as i64);
        let source = axis.cut_to_some(start..stop);
        let at = |place: usize| to_u64(place) as f64 + axis.source.start as f64;
        let count = source.len();
        let first = match count {
            1 => 1.0,
            _ => 1.0 - (left - at(source.start)),
        };
        let last = 1.0 - (at(source.end) - right);
        let total = match count {
            1 => first,
            _ => first + (count as f64 - 2.0) + last,
        };
        Span {
            source,
            first,
            last,
            total,
        }
    }

    fn is_pair(&self) -> bool {
        self.source.len() == 2
    }

    fn is_half(&self) -> bool {
        self.is_pair() && (self.first, self.last) == (1.0, 1.0)
    }

    /// The weight of one of the pixels, by its place in the span.
    #[inline(always)]
    fn weight(&self, place: usize) -> f64 {
        match place {
            0 => self.first,
            _ if place + 1 == self.source.len() => self.last,
            _ => 1.0,
        }
    }
}

/// What is averaged.
pub(super) trait Mean: Sized {
    /// The term of a sample.
    fn term(number: f64) -> f64;

    /// The result from the mean of terms.
    fn finish<T: Real>(nodata: &Nodata<T>, mean: f64) -> T;

    /// Four samples to one, all valid, no nodata, as GDAL's fast path has it. `paired` tells its
    /// vector code, which adds columns first, from its scalar code.
    fn halve<T: Real>(samples: [T; 4], paired: bool, nodata: &Nodata<T>) -> T;

    /// Four samples to one, of which some are valid.
    #[inline(always)]
    fn halve_some<T: Real>(samples: [T; 4], valid: [bool; 4], nodata: &Nodata<T>) -> T {
        halve_terms::<T, Self>(samples, valid, nodata)
    }
}

/// The arithmetic mean.
pub(super) enum Plain {}

/// The root mean square.
pub(super) enum Squares {}

pub(super) fn reduce<T: Real, V: Validity<T>, M: Mean>(
    job: &Job<'_, T>,
    validity: &V,
    (columns, rows): (&Spans, &Spans),
    out: &mut [T],
) {
    for (row, line) in job.rows.clone().zip(out.chunks_exact_mut(columns.len())) {
        let row = &rows.spans[index(row)];
        // GDAL's fast path for valid pixels asks how many there are, not what they weigh.
        let pairs = columns.pairs && row.is_pair();
        let halves = columns.halves && row.is_half();
        match V::ALL {
            true if pairs => halve_valid::<T, M>(job, columns.start(), row, line),
            true => weigh_valid::<T, M>(job, columns, row, line),
            false if halves => halve::<T, V, M>(job, validity, (columns.start(), row), line),
            false => weigh::<T, V, M>(job, validity, (columns, row), line),
        }
    }
}

fn halve_valid<T: Real, M: Mean>(job: &Job<'_, T>, start: usize, row: &Span, line: &mut [T]) {
    let upper = job.row(row.source.start)[start..].as_chunks::<2>().0;
    let lower = job.row(row.source.start + 1)[start..].as_chunks::<2>().0;
    let (paired, rest) = line.split_at_mut(line.len() & !3);
    let (upper, lower) = (upper.split_at(paired.len()), lower.split_at(paired.len()));
    for ((pixel, &[a, b]), &[c, d]) in paired.iter_mut().zip(upper.0).zip(lower.0) {
        *pixel = M::halve([a, b, c, d], true, &job.nodata);
    }
    for ((pixel, &[a, b]), &[c, d]) in rest.iter_mut().zip(upper.1).zip(lower.1) {
        *pixel = M::halve([a, b, c, d], false, &job.nodata);
    }
}

fn halve<T: Real, V: Validity<T>, M: Mean>(
    job: &Job<'_, T>,
    validity: &V,
    (start, row): (usize, &Span),
    line: &mut [T],
) {
    let upper = job.row(row.source.start)[start..].as_chunks::<2>().0;
    let lower = job.row(row.source.start + 1)[start..].as_chunks::<2>().0;
    let above = job.offset(row.source.start) + start;
    let below = above + job.width;
    for (column, pixel) in line.iter_mut().enumerate() {
        let valid = |offset: usize, place: usize, sample: T| {
            validity.weight(offset + 2 * column + place, sample) != 0
        };
        let ([a, b], [c, d]) = (upper[column], lower[column]);
        let above = [valid(above, 0, a), valid(above, 1, b)];
        let below = [valid(below, 0, c), valid(below, 1, d)];
        let valid = [above[0], above[1], below[0], below[1]];
        *pixel = M::halve_some([a, b, c, d], valid, &job.nodata);
    }
}

fn weigh_valid<T: Real, M: Mean>(job: &Job<'_, T>, columns: &Spans, row: &Span, line: &mut [T]) {
    for (span, pixel) in columns.spans.iter().zip(line) {
        let mut total = 0.0;
        for (place, source) in row.source.clone().enumerate() {
            let samples = &job.row(source)[span.source.clone()];
            let mut sum = M::term(samples[0].to_f64()) * span.first;
            if let [_, between @ .., last] = samples {
                for &sample in between {
                    sum += M::term(sample.to_f64());
                }
                sum += M::term(last.to_f64()) * span.last;
            }
            total += sum * row.weight(place);
        }
        *pixel = M::finish(&job.nodata, total / (span.total * row.total));
    }
}

fn weigh<T: Real, V: Validity<T>, M: Mean>(
    job: &Job<'_, T>,
    validity: &V,
    (columns, row): (&Spans, &Span),
    line: &mut [T],
) {
    for (span, pixel) in columns.spans.iter().zip(line) {
        let (mut total, mut weights, mut any) = (0.0, 0.0, false);
        for (place, source) in row.source.clone().enumerate() {
            let offset = job.offset(source) + span.source.start;
            let samples = &job.samples[offset..][..span.source.len()];
            let (mut sum, mut weight) = (0.0, 0.0);
            for (column, &sample) in samples.iter().enumerate() {
                if validity.weight(offset + column, sample) != 0 {
                    any = true;
                    weight += span.weight(column);
                    sum += M::term(sample.to_f64()) * span.weight(column);
                }
            }
            total += sum * row.weight(place);
            weights += weight * row.weight(place);
        }
        *pixel = match any {
            true => M::finish(&job.nodata, total / weights),
            false => job.nodata.fill,
        };
    }
}

impl Mean for Plain {
    #[inline(always)]
    fn term(number: f64) -> f64 {
        number
    }

    #[inline(always)]
    fn finish<T: Real>(nodata: &Nodata<T>, mean: f64) -> T {
        nodata.avoid_mean(mean)
    }

    #[inline(always)]
    fn halve<T: Real>(samples: [T; 4], paired: bool, nodata: &Nodata<T>) -> T {
        match work::<T>() {
            Work::Whole => {
                let [a, b, c, d] = samples.map(unsigned);
                from_unsigned((a + b + c + d + 2) / 4)
            }
            Work::Single => {
                let [a, b, c, d] = samples.map(single);
                let sum = if paired {
                    (a + c) + (b + d)
                } else {
                    a + b + c + d
                };
                nodata.avoid_mean(f64::from(0.25 * sum))
            }
            Work::Double => {
                let [a, b, c, d] = samples.map(T::to_f64);
                nodata.avoid_mean(0.25 * (a + b + c + d))
            }
        }
    }

    #[inline(always)]
    fn halve_some<T: Real>(samples: [T; 4], valid: [bool; 4], nodata: &Nodata<T>) -> T {
        if work::<T>() != Work::Whole {
            return halve_terms::<T, Self>(samples, valid, nodata);
        }
        let mut sum = 0;
        for (sample, valid) in samples.into_iter().zip(valid) {
            sum += if valid { unsigned(sample) } else { 0 };
        }
        let count = valid.map(u32::from).iter().sum::<u32>();
        // floor((2 sum + count) / (2 count)): numbers of 20 bits, so that half a unit more keeps
        // single precision on the right side of every whole number.
        let mean = ((2 * sum + count) as f32 + 0.5) / (2 * count) as f32;
        let mean = from_unsigned(mean as u32);
        if count == 0 {
            nodata.fill
        } else {
            nodata.avoid_sample(mean)
        }
    }
}

impl Mean for Squares {
    #[inline(always)]
    fn term(number: f64) -> f64 {
        number * number
    }

    #[inline(always)]
    fn finish<T: Real>(nodata: &Nodata<T>, mean: f64) -> T {
        let root = mean.sqrt();
        if work::<T>() != Work::Whole {
            return nodata.avoid_mean(root);
        }
        // The whole number whose square is nearest to the mean.
        let floor = root.trunc();
        let up = 2.0 * floor * (floor + 1.0) + 1.0 < 2.0 * mean;
        nodata.avoid_sample(T::from_f64(if up { floor + 1.0 } else { floor }))
    }

    #[inline(always)]
    fn halve<T: Real>(samples: [T; 4], paired: bool, nodata: &Nodata<T>) -> T {
        if work::<T>() == Work::Whole {
            return from_unsigned(halve_whole::<T>(samples.map(unsigned)));
        }
        if work::<T>() == Work::Single && paired {
            return nodata.avoid_mean(f64::from(halve_single(samples.map(single))));
        }
        let [a, b, c, d] = samples.map(|sample| Self::term(sample.to_f64()));
        nodata.avoid_mean((0.25 * (a + b + c + d)).sqrt())
    }
}

/// [`Mean::halve_some`] in double precision.
#[inline(always)]
fn halve_terms<T: Real, M: Mean>(samples: [T; 4], valid: [bool; 4], nodata: &Nodata<T>) -> T {
    let term = |place: usize| match valid[place] {
        true => M::term(samples[place].to_f64()),
        false => 0.0,
    };
    let count = valid.map(u8::from).iter().sum::<u8>();
    let mean = ((term(0) + term(1)) + (term(2) + term(3))) / f64::from(count);
    if count == 0 {
        nodata.fill
    } else {
        M::finish(nodata, mean)
    }
}

/// The whole number whose square is nearest to the mean of four squares.
#[inline(always)]
fn halve_whole<T: Real>(samples: [u32; 4]) -> u32 {
    if T::DATA_TYPE == DataType::U8 {
        let [a, b, c, d] = samples.map(|sample| sample * sample);
        let mean = (a + b + c + d + 1) / 4;
        let floor = (mean as f32).sqrt() as u32;
        return floor + u32::from(floor * (floor + 1) < mean);
    }
    let [a, b, c, d] = samples.map(|sample| u64::from(sample) * u64::from(sample));
    let mean = (a + b + c + d + 1) / 4;
    let floor = (mean as f64).sqrt() as u32;
    floor + u32::from(u64::from(floor) * (u64::from(floor) + 1) < mean)
}

/// GDAL's vector code: scaled by the largest so that squares stay finite. It forgets the last
/// sample when it looks for the largest, and so do we.
#[inline(always)]
fn halve_single(samples: [f32; 4]) -> f32 {
    let [a, b, c, d] = samples.map(f32::abs);
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let largest = larger(larger(a, b), larger(c, c));
    let scale = if largest == 0.0 { 0.0 } else { 1.0 / largest };
    let [a, b, c, d] = [a, b, c, d].map(|sample| (sample * scale) * (sample * scale));
    match largest == f32::INFINITY {
        true => f32::INFINITY,
        false => largest * (((a + b) + (c + d)) * 0.25).sqrt(),
    }
}

/// An unsigned sample of at most 32 bits as a number; compiles to an extension.
#[inline(always)]
fn unsigned<T: Real>(sample: T) -> u32 {
    let mut bytes = [0; 4];
    sample.write_le(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// The reverse of [`unsigned`].
#[inline(always)]
fn from_unsigned<T: Real>(number: u32) -> T {
    T::from_le_slice(&number.to_le_bytes())
}

/// A sample in single precision, exact for the types worked in it.
#[inline(always)]
fn single<T: Real>(sample: T) -> f32 {
    sample.to_f64() as f32
}

/// GDAL's guard against ratios like 2.9999999999.
const EPSILON: f64 = 1e-8;
