//! Complex samples: their parts, magnitude and angle, and other complex types.

use super::cast::Cast;
use super::convert::converted;
use super::work::{Work, reserved};
use crate::error::Result;
use crate::expr::Part;
use crate::expr::program::Collision;
use crate::expr::types::Numbers;
use crate::sample::{Complex, DataType, Real, Sample, Samples, Scalar};

/// A part or a measure of complex samples as `to`, which the rules of types have chosen; `from` is
/// their nodata value.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn part(
    part: Part,
    samples: &Samples,
    from: Option<Scalar>,
    to: Numbers,
) -> Result<Samples> {
    match samples {
        Samples::CI16(values) => part_of::<i16, f32>(part, values, from, to),
        Samples::CI32(values) => part_of::<i32, f64>(part, values, from, to),
        Samples::CF32(values) => part_of::<f32, f32>(part, values, from, to),
        Samples::CF64(values) => part_of::<f64, f64>(part, values, from, to),
        // Binding has refused real numbers.
        _ => Samples::zeroed(to.data_type, samples.len()),
    }
}

/// Converts complex samples to another complex type, nodata value or both.
///
/// # Errors
/// Out of memory.
pub(super) fn convert(
    samples: &Samples,
    from: Option<Scalar>,
    to: Numbers,
    collision: Collision,
) -> Result<Samples> {
    match samples {
        Samples::CI16(values) => converted_to(values, from, to, collision),
        Samples::CI32(values) => converted_to(values, from, to, collision),
        Samples::CF32(values) => converted_to(values, from, to, collision),
        Samples::CF64(values) => converted_to(values, from, to, collision),
        _ => Samples::zeroed(to.data_type, samples.len()),
    }
}

fn converted_to<P>(
    values: &[Complex<P>],
    from: Option<Scalar>,
    to: Numbers,
    collision: Collision,
) -> Result<Samples>
where
    Complex<P>: Sample,
    P: Cast<i16> + Cast<i32> + Cast<f32> + Cast<f64>,
{
    let nodata = to.nodata;
    match to.data_type {
        DataType::CI16 => converted::<_, Complex<i16>>(values, from, nodata, collision),
        DataType::CI32 => converted::<_, Complex<i32>>(values, from, nodata, collision),
        DataType::CF32 => converted::<_, Complex<f32>>(values, from, nodata, collision),
        // The rules of types make no real numbers of complex ones.
        _ => converted::<_, Complex<f64>>(values, from, nodata, collision),
    }
}

/// Parts of type `P`, measures of type `F`.
fn part_of<P: Real + Work, F: Real + Work>(
    part: Part,
    values: &[Complex<P>],
    from: Option<Scalar>,
    to: Numbers,
) -> Result<Samples>
where
    Complex<P>: Sample,
{
    let wide = |z: Complex<P>| (z.re.to_f64(), z.im.to_f64());
    let measured = |measure: fn(f64, f64) -> f64| {
        map(values, from, to, |z| {
            let (re, im) = wide(z);
            F::from_f64(measure(re, im))
        })
    };
    match part {
        Part::Real => map(values, from, to, |z| z.re),
        Part::Imag => map(values, from, to, |z| z.im),
        // Squares of 32 bits do not overflow doubles.
        Part::Abs if P::BYTES <= 4 => map(values, from, to, |z| {
            let (re, im) = wide(z);
            F::from_f64((re * re + im * im).sqrt())
        }),
        Part::Abs => measured(f64::hypot),
        Part::Phase => measured(|re, im| im.atan2(re)),
        Part::Intensity => map(values, from, to, |z| {
            let (re, im) = wide(z);
            F::from_f64(re * re + im * im)
        }),
    }
}

fn map<P, T: Real + Work>(
    values: &[Complex<P>],
    from: Option<Scalar>,
    to: Numbers,
    compute: impl Fn(Complex<P>) -> T,
) -> Result<Samples>
where
    Complex<P>: Sample,
{
    let mut out = reserved(values.len())?;
    let from = from.and_then(Complex::<P>::from_scalar);
    match (from, to.nodata.and_then(T::from_scalar)) {
        (Some(from), Some(nodata)) => out.extend(values.iter().map(|&z| {
            let valid = compute(z).kept_off(nodata);
            if z.is_nodata(from) { nodata } else { valid }
        })),
        _ => out.extend(values.iter().map(|&z| compute(z))),
    }
    Ok(T::into_samples(out))
}
