//! Where numbers are valid.

use super::pieces::flag;
use crate::error::Result;
use crate::limits::zeroed;
use crate::sample::{Samples, Scalar, with_samples};

/// 1 where a sample is not the nodata value, else 0.
///
/// # Errors
/// Out of memory.
pub(in crate::expr) fn valid(samples: &Samples, nodata: Option<Scalar>) -> Result<Samples> {
    let mut out = zeroed::<u8>(samples.len())?;
    if let Some(nodata) = nodata {
        with_samples!(samples, values => flag(values, nodata, &mut out));
    }
    out.iter_mut().for_each(|flag| *flag ^= 1);
    Ok(Samples::U8(out))
}
