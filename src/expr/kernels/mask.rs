//! What masks do: to numbers, and to each other. A mask of one band stands for many.

use crate::expr::{Constancy, Logic};
use crate::sample::{Sample, Samples, Scalar, with_samples};

/// Puts nodata where the mask is true.
pub(in crate::expr) fn apply(samples: &mut Samples, mask: &[u8], nodata: Scalar) {
    with_samples!(samples, values => apply_typed(values, mask, nodata));
}

fn apply_typed<T: Sample>(values: &mut [T], mask: &[u8], nodata: Scalar) {
    let Some(nodata) = T::from_scalar(nodata) else {
        return;
    };
    for plane in values.chunks_mut(mask.len().max(1)) {
        for (value, &hit) in plane.iter_mut().zip(mask) {
            *value = if hit != 0 { nodata } else { *value };
        }
    }
}

/// `then` where the mask is true, else `otherwise`, which is of the same type.
pub(in crate::expr) fn select(mut then: Samples, mask: &[u8], otherwise: &Samples) -> Samples {
    with_samples!(&mut then, values => select_typed(values, mask, otherwise));
    then
}

fn select_typed<T: Sample>(values: &mut [T], mask: &[u8], otherwise: &Samples) {
    let otherwise = T::slice(otherwise).expect("select converts both sides to one type");
    let plane = mask.len().min(otherwise.len()).max(1);
    for (index, values) in values.chunks_mut(plane).enumerate() {
        let mask = &mask[index * plane % mask.len()..];
        let otherwise = &otherwise[index * plane % otherwise.len()..];
        for ((value, &hit), &other) in values.iter_mut().zip(mask).zip(otherwise) {
            *value = if hit != 0 { *value } else { other };
        }
    }
}

/// Both masks, either, or one of them alone.
pub(in crate::expr) fn logic(logic: Logic, mut left: Samples, right: &[u8]) -> Samples {
    let values = u8::slice_mut(&mut left).expect("masks are stored as uint8");
    for plane in values.chunks_mut(right.len().max(1)) {
        let pairs = plane.iter_mut().zip(right);
        match logic {
            Logic::And => pairs.for_each(|(value, other)| *value &= other),
            Logic::Or => pairs.for_each(|(value, other)| *value |= other),
            Logic::Xor => pairs.for_each(|(value, other)| *value ^= other),
        }
    }
    left
}

/// The opposite.
pub(in crate::expr) fn not(mut mask: Samples) -> Samples {
    let values = u8::slice_mut(&mut mask).expect("masks are stored as uint8");
    values.iter_mut().for_each(|value| *value ^= 1);
    mask
}

/// Whether a mask is the same throughout; stops at the first stretch that is not.
pub(in crate::expr) fn constancy(mask: &[u8]) -> Constancy {
    let Some(&first) = mask.first() else {
        return Constancy::Mixed;
    };
    let same = |stretch: &[u8]| stretch.iter().fold(0, |all, value| all | (value ^ first)) == 0;
    match (mask.chunks(4096).all(same), first) {
        (false, _) => Constancy::Mixed,
        (true, 0) => Constancy::AllFalse,
        (true, _) => Constancy::AllTrue,
    }
}
