//! Other types, other nodata values, other bands.

use std::borrow::Cow;

use super::cast::Cast;
use super::work::{Work, reserved};
use super::{complex, mask};
use crate::block::Validity;
use crate::error::Result;
use crate::expr::program::Collision;
use crate::expr::types::Numbers;
use crate::sample::{DataType, Sample, Samples, Scalar, with_real, with_samples, with_type};

/// `length` samples of one value.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn fill(value: Scalar, data_type: DataType, length: usize) -> Result<Samples> {
    fn filled<T: Sample + Work>(value: Scalar, length: usize) -> Result<Samples> {
        let mut values = reserved(length)?;
        values.resize(length, T::of(value));
        Ok(T::into_samples(values))
    }
    with_type!(data_type, T => filled::<T>(value, length))
}

/// The planes at these positions.
pub(in crate::expr) fn pick(
    samples: &Samples,
    pixels: usize,
    positions: impl Iterator<Item = usize>,
) -> Samples {
    fn planes<T: Sample>(
        values: &[T],
        pixels: usize,
        positions: impl Iterator<Item = usize>,
    ) -> Samples {
        let plane = |position| &values[position * pixels..][..pixels];
        let mut picked = Vec::with_capacity(positions.size_hint().1.unwrap_or(0) * pixels);
        positions.for_each(|position| picked.extend_from_slice(plane(position)));
        T::into_samples(picked)
    }
    with_samples!(samples, values => planes(values, pixels, positions))
}

/// One band as often as `length` samples need it; all bands as they are.
pub(in crate::expr) fn repeat(samples: Cow<Samples>, length: usize) -> Samples {
    fn repeated<T: Sample>(values: &[T], length: usize) -> Samples {
        T::into_samples(values.repeat(length / values.len().max(1)))
    }
    if samples.len() == length {
        return samples.into_owned();
    }
    with_samples!(&*samples, values => repeated(values, length))
}

/// Gives invalid samples of an input the nodata value that it was bound with, if any.
pub(in crate::expr) fn settle(
    mut samples: Samples,
    validity: &Validity,
    nodata: Option<Scalar>,
) -> Samples {
    match (validity, nodata) {
        (Validity::Mask(valid), Some(nodata)) => {
            let invalid: Vec<u8> = valid.iter().map(|&valid| u8::from(valid == 0)).collect();
            mask::apply(&mut samples, &invalid, nodata);
        }
        (&Validity::Nodata(old), Some(nodata)) if old != nodata => {
            with_samples!(&mut samples, values => recode(values, old, nodata));
        }
        _ => {}
    }
    samples
}

/// Converts to another type, nodata value or both; `from` is the old nodata value.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn convert(
    samples: Cow<Samples>,
    from: Option<Scalar>,
    to: Numbers,
    collision: Collision,
) -> Result<Samples> {
    if samples.data_type() == to.data_type {
        let mut samples = samples.into_owned();
        if let (Some(old), Some(new)) = (from, to.nodata) {
            with_samples!(&mut samples, values => recode(values, old, new));
        }
        return Ok(samples);
    }
    with_real!(&*samples, values => {
        with_type!(to.data_type, T => converted::<_, T>(values, from, to.nodata, collision))
    }, else => complex::convert(&samples, from, to, collision))
}

/// Replaces one nodata value by another.
fn recode<T: Sample>(values: &mut [T], old: Scalar, new: Scalar) {
    if let (Some(old), Some(new)) = (T::from_scalar(old), T::from_scalar(new)) {
        for value in values {
            *value = if value.is_nodata(old) { new } else { *value };
        }
    }
}

pub(super) fn converted<S: Cast<T>, T: Sample + Work>(
    values: &[S],
    from: Option<Scalar>,
    nodata: Option<Scalar>,
    collision: Collision,
) -> Result<Samples> {
    let mut out = reserved(values.len())?;
    let from = from.and_then(S::from_scalar);
    match (from, nodata.and_then(T::from_scalar)) {
        (Some(from), Some(nodata)) => {
            let moves = collision == Collision::Move;
            let whole = !T::DATA_TYPE.part().is_float();
            out.extend(values.iter().map(|&value| {
                let cast = value.cast();
                let valid = if moves { cast.kept_off(nodata) } else { cast };
                let invalid = value.is_nodata(from) | (whole & value.is_nan());
                if invalid { nodata } else { valid }
            }));
        }
        _ => out.extend(values.iter().map(|&value| value.cast())),
    }
    Ok(T::into_samples(out))
}
