//! Membership: stored values to masks.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::sample::{Real, Samples, Scalar, with_real};

/// 1 where the stored value is listed, else 0. Bytes that are ours are changed in place.
pub(in crate::expr) fn is_in(samples: Cow<Samples>, listed: &[Scalar]) -> Samples {
    Samples::U8(match samples {
        // The standard library collects a mapped vector of the same type into its own memory.
        Cow::Owned(Samples::U8(values)) => members(values.into_iter(), listed),
        // Binding has refused complex samples.
        samples => with_real!(
            &*samples,
            values => members(values.iter().copied(), listed),
            else => Vec::new()
        ),
    })
}

fn members<T: Real>(values: impl ExactSizeIterator<Item = T>, listed: &[Scalar]) -> Vec<u8> {
    let mut set: Vec<T> = listed.iter().copied().filter_map(T::from_scalar).collect();
    let nan = set.iter().any(|value| value.is_nan());
    set.retain(|value| !value.is_nan());
    set.sort_by(|a, b| order(*a, *b));
    set.dedup();
    match (set.len(), T::BYTES) {
        (0, _) => few::<T, 0>(values, &set, nan),
        (1, _) => few::<T, 1>(values, &set, nan),
        (2, _) => few::<T, 2>(values, &set, nan),
        (3..=4, _) => few::<T, 4>(values, &set, nan),
        (5..=8, _) => few::<T, 8>(values, &set, nan),
        (_, 1) => table::<T, 256>(values, &set),
        (_, 2) => table::<T, 65536>(values, &set),
        _ => many(values, &set, nan),
    }
}

/// Compares with each of a few values: wide and without branches.
fn few<T: Real, const N: usize>(values: impl Iterator<Item = T>, set: &[T], nan: bool) -> Vec<u8> {
    let mut few = [set.first().copied().unwrap_or_default(); N];
    few[..set.len()].copy_from_slice(set);
    let found = |value: T| {
        let listed = few
            .iter()
            .fold(false, |hit, &listed| hit | (value == listed));
        u8::from(listed | (nan & value.is_nan()))
    };
    values.map(found).collect()
}

/// Looks up the bits of a value of one or two bytes; these types have no NaN.
fn table<T: Real, const N: usize>(values: impl Iterator<Item = T>, set: &[T]) -> Vec<u8> {
    let mut table = vec![0u8; N];
    let bits = |value: T| {
        let mut bytes = [0; 2];
        value.write_le(&mut bytes);
        usize::from(u16::from_le_bytes(bytes)) % N
    };
    for &value in set {
        table[bits(value)] = 1;
    }
    values.map(|value| table[bits(value)]).collect()
}

/// Searches a sorted list.
fn many<T: Real>(values: impl Iterator<Item = T>, set: &[T], nan: bool) -> Vec<u8> {
    let found = |value: T| {
        let listed = set.binary_search_by(|listed| order(*listed, value)).is_ok();
        u8::from((listed && !value.is_nan()) || (nan && value.is_nan()))
    };
    values.map(found).collect()
}

/// The order of numbers; sets hold no NaN.
fn order<T: Real>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Less)
}
