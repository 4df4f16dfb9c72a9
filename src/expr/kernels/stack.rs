//! Bands of several values one after the other.

use super::work::reserved;
use crate::error::Result;
use crate::sample::{Sample, Samples, with_samples};

/// All samples of the parts, which have one type.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn stack(parts: &[&Samples]) -> Result<Samples> {
    fn joined<T: Sample>(_first: &[T], parts: &[&Samples]) -> Result<Samples> {
        let length = parts.iter().map(|part| part.len()).sum();
        let mut all: Vec<T> = reserved(length)?;
        for part in parts {
            all.extend_from_slice(T::slice(part).expect("a stack converts its parts to one type"));
        }
        Ok(T::into_samples(all))
    }
    match parts {
        [] => Ok(Samples::U8(Vec::new())),
        [first, ..] => with_samples!(*first, values => joined(values, parts)),
    }
}
