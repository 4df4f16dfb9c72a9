//! Complex samples as GDAL reduces them (`GDALResampleChunkC32R` in `overview.cpp`): parts on their
//! own, read in single precision, summed in double; whole source pixels, and nodata like any other
//! number. Only mode leaves nodata out.

use std::ops::Range;

use super::value::Nodata;
use super::{Job, Plan, Resampler, Resampling, SourceRows, mode, truncated};
use crate::error::Result;
use crate::limits::index;
use crate::sample::{Complex, Real, Sample};

pub(super) fn reduce<P: Real>(
    resampler: &Resampler,
    source: &SourceRows<'_, Complex<P>>,
    rows: Range<u32>,
    out: &mut [Complex<P>],
) -> Result<()>
where
    Complex<P>: Sample,
{
    let job = Job {
        first_row: index(source.first_row),
        width: index(resampler.from.width),
        samples: source.samples,
        nodata: Nodata::unguarded(source.nodata),
        rows,
    };
    match (resampler.method, &resampler.plan) {
        (Resampling::Average, _) => means(resampler, &job, |number| number, |mean| mean, out),
        (Resampling::Rms, _) => means(resampler, &job, |number| number * number, f64::sqrt, out),
        (Resampling::Mode, Plan::Area { columns, rows }) => {
            let valid = |place: usize, sample: Complex<P>| match (source.mask, source.nodata) {
                (Some(mask), _) => mask[place] != 0,
                (None, nodata) => nodata.is_none_or(|nodata| !sample.is_nodata(nodata)),
            };
            mode::reduce(&job, empty(&job.nodata), valid, (columns, rows), out);
        }
        // `Resampler::reduce` has refused the others.
        _ => {}
    }
    Ok(())
}

/// The same without a mask and a nodata value.
pub(super) fn reduce_valid<P: Real>(
    resampler: &Resampler,
    source: &SourceRows<'_, Complex<P>>,
    rows: Range<u32>,
    out: &mut [Complex<P>],
) -> Result<()>
where
    Complex<P>: Sample,
{
    let (mask, nodata) = (None, None);
    let valid = SourceRows {
        mask,
        nodata,
        ..*source
    };
    reduce(resampler, &valid, rows, out)
}

/// Means of terms of the parts; the terms and the inverse are the method.
fn means<P: Real>(
    resampler: &Resampler,
    job: &Job<'_, Complex<P>>,
    term: impl Fn(f64) -> f64,
    inverse: impl Fn(f64) -> f64,
    out: &mut [Complex<P>],
) where
    Complex<P>: Sample,
{
    let (from, to) = (resampler.from, resampler.to);
    let columns: Vec<Range<usize>> = (0..to.width)
        .map(|column| span(column, from.width, to.width))
        .collect();
    for (row, line) in job.rows.clone().zip(out.chunks_exact_mut(columns.len())) {
        let rows = span(row, from.height, to.height);
        for (pixel, columns) in line.iter_mut().zip(&columns) {
            let (mut re, mut im) = (0.0, 0.0);
            for row in rows.clone() {
                for sample in &job.row(row)[columns.clone()] {
                    re += term(f64::from(single(sample.re)));
                    im += term(f64::from(single(sample.im)));
                }
            }
            let count = (rows.len() * columns.len()) as f64;
            *pixel = Complex::new(part(inverse(re / count)), part(inverse(im / count)));
        }
    }
}

/// The source pixels of one pixel along an axis; the last one takes all that are left.
pub(super) fn span(place: u32, from: u32, to: u32) -> Range<usize> {
    let ratio = f64::from(from) / f64::from(to);
    let nearest = |place: u32| truncated(0.5 + f64::from(place) * ratio);
    let end = index(from);
    let start = nearest(place).min(end - 1);
    let next = nearest(place + 1).max(start + 1);
    match place + 1 == to {
        true => start..end,
        false => start..next.min(end),
    }
}

/// The value of a pixel without valid source: GDAL's mode gives NaN in both parts of floats, and
/// integers the nodata value if that is not negative, else 0.
fn empty<P: Real>(nodata: &Nodata<Complex<P>>) -> Complex<P>
where
    Complex<P>: Sample,
{
    if P::DATA_TYPE.is_float() {
        let nan = P::from_f64(f64::NAN);
        return Complex::new(nan, nan);
    }
    match nodata.fill.re < P::default() {
        true => Complex::default(),
        false => nodata.fill,
    }
}

/// A part in single precision.
fn single<P: Real>(part: P) -> f32 {
    part.to_f64() as f32
}

/// A mean, which GDAL keeps in single precision, as a part: integers are rounded half away from 0.
fn part<P: Real>(mean: f64) -> P {
    let mean = mean as f32;
    if P::DATA_TYPE.is_float() {
        return P::from_f64(mean.into());
    }
    P::from_f64((mean + 0.5f32.copysign(mean)).into())
}
