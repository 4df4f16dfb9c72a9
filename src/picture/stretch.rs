//! Which samples are the darkest and the brightest of a picture.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, Usage};
use crate::sample::Real;

/// How samples become shades: those of one value or less the first, those of another or more the
/// last, and evenly between them. Each band has a range of its own. What is measured are the valid
/// and finite samples of what is drawn, which may be an overview.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Stretch {
    /// From 0 to 255: uint8 as it is.
    AsIs,
    /// From the least to the largest sample.
    MinMax,
    /// From one percentile to another, 0 to 100: those of `numpy.percentile` of float64, which goes
    /// straight between two samples.
    Percentile(f64, f64),
    /// From one value to another.
    Range(f64, f64),
}

impl Stretch {
    /// From the 2nd to the 98th percentile: the default of all but three bands of uint8.
    pub const USUAL: Stretch = Stretch::Percentile(2.0, 98.0);

    /// The first and the last value, measured on valid, finite samples; 0 and 1 if there are none.
    pub(super) fn range<T: Real>(self, mut valid: Vec<T>) -> Result<(f64, f64)> {
        self.check()?;
        let measured = match self {
            Stretch::AsIs => return Ok((0.0, f64::from(u8::MAX))),
            Stretch::Range(low, high) => return Ok((low, high)),
            _ if valid.is_empty() => return Ok((0.0, 1.0)),
            Stretch::MinMax => (0.0, 100.0),
            Stretch::Percentile(low, high) => (low, high),
        };
        let (low, high) = measured;
        Ok((percentile(&mut valid, low), percentile(&mut valid, high)))
    }

    fn check(self) -> Result<()> {
        let sound = match self {
            Stretch::AsIs | Stretch::MinMax => true,
            Stretch::Percentile(low, high) => 0.0 <= low && low < high && high <= 100.0,
            Stretch::Range(low, high) => low.is_finite() && high.is_finite() && low < high,
        };
        match sound {
            true => Ok(()),
            false => Err(Usage::Option(format!("stretch `{self}`: {EXPECTED}")).into()),
        }
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stretch::AsIs => f.write_str("none"),
            Stretch::MinMax => f.write_str("minmax"),
            Stretch::Percentile(low, high) => write!(f, "percentile:{low},{high}"),
            Stretch::Range(low, high) => write!(f, "{low},{high}"),
        }
    }
}

/// Reads `none`, `minmax`, `percentile:LOW,HIGH` (`percentile` is [`USUAL`](Stretch::USUAL)) and
/// `LOW,HIGH`.
impl FromStr for Stretch {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let pair = |text: &str| {
            let (low, high) = text.split_once(',')?;
            Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
        };
        let stretch = match text {
            "none" => Some(Stretch::AsIs),
            "minmax" => Some(Stretch::MinMax),
            "percentile" => Some(Stretch::USUAL),
            _ => match text.strip_prefix("percentile:") {
                Some(percents) => pair(percents).map(|(low, high)| Stretch::Percentile(low, high)),
                None => pair(text).map(|(low, high)| Stretch::Range(low, high)),
            },
        };
        let unknown = || Usage::Option(format!("stretch `{text}`: {EXPECTED}"));
        let stretch = stretch.ok_or_else(unknown)?;
        stretch.check()?;
        Ok(stretch)
    }
}

const EXPECTED: &str = "expected none, minmax, percentile:LOW,HIGH (0 to 100) or LOW,HIGH, upwards";

/// numpy's percentile of numbers, of which there is at least one, and none is NaN.
fn percentile<T: Real>(values: &mut [T], percent: f64) -> f64 {
    let at = (values.len() - 1) as f64 * (percent / 100.0);
    let below = (at as usize).min(values.len() - 1);
    let order = |a: &T, b: &T| a.to_f64().total_cmp(&b.to_f64());
    let (_, &mut low, rest) = values.select_nth_unstable_by(below, order);
    let low = low.to_f64();
    let next = rest.iter().map(|value| value.to_f64()).reduce(f64::min);
    let (Some(high), share) = (next, at - below as f64) else {
        return low;
    };
    // numpy goes from the nearer end, so that the ends themselves are exact.
    match share < 0.5 {
        true => low + (high - low) * share,
        false => high - (high - low) * (1.0 - share),
    }
}
