//! Numbers as GDAL handles them: work types, rounding, nodata.

use crate::sample::{DataType, Real, Sample};

/// The type that GDAL computes means and convolutions in.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Work {
    Double,
    Single,
    /// Unsigned samples of 8 or 16 bits: means are taken of whole numbers.
    Whole,
}

/// The work type of means over samples of type `T`.
pub(super) const fn work<T: Real>() -> Work {
    match T::DATA_TYPE {
        DataType::U8 | DataType::U16 => Work::Whole,
        DataType::I8 | DataType::I16 | DataType::F32 => Work::Single,
        _ => Work::Double,
    }
}

/// A band's nodata value with what stands in for it where a computation arrives at it.
#[derive(Clone, Copy)]
pub(super) struct Nodata<T> {
    /// The value, if the band has one.
    pub(super) value: Option<T>,
    /// The value of a pixel without valid source.
    pub(super) fill: T,
    /// The value as a work number.
    number: f64,
    /// What replaces `number`.
    replacement: f64,
}

impl<T: Sample> Nodata<T> {
    /// One that no result is kept from.
    pub(super) fn unguarded(value: Option<T>) -> Self {
        Nodata {
            value,
            fill: value.unwrap_or_default(),
            number: 0.0,
            replacement: 0.0,
        }
    }
}

impl<T: Real> Nodata<T> {
    pub(super) fn new(value: Option<T>) -> Self {
        let number = value.map_or(0.0, T::to_f64);
        Nodata {
            value,
            fill: value.unwrap_or_default(),
            number,
            replacement: if value.is_some() {
                replacement::<T>(number)
            } else {
                number
            },
        }
    }

    /// A mean that is not the nodata value, in its final type.
    #[inline(always)]
    pub(super) fn avoid_mean(&self, mean: f64) -> T {
        match work::<T>() {
            Work::Whole => {
                let sample = T::from_f64(mean + 0.5);
                self.avoid_sample(sample)
            }
            Work::Single => {
                let mean = f64::from(mean as f32);
                if self.value.is_some() && mean == f64::from(self.number as f32) {
                    return from_work(f64::from(self.replacement as f32));
                }
                from_work(mean)
            }
            Work::Double => {
                if self.value.is_some() && mean == self.number {
                    return from_work(self.replacement);
                }
                from_work(mean)
            }
        }
    }

    /// A whole result that is not the nodata value.
    #[inline(always)]
    pub(super) fn avoid_sample(&self, sample: T) -> T {
        match self.value {
            Some(nodata) if nodata == sample => T::from_f64(self.replacement),
            _ => sample,
        }
    }

    /// A convolution's result, clamped, that is not the nodata value.
    #[inline(always)]
    pub(super) fn avoid_convolved(&self, result: f64) -> T {
        if self.value.is_none() {
            return from_work(result);
        }
        let (low, high) = bounds::<T>();
        let mut clamped = result;
        if clamped < low {
            clamped = low;
        } else if clamped > high {
            clamped = high;
        }
        // Rounding is dear, and a result that is not near the number does not round to it; sums of
        // 64-bit integers may wrap around to it.
        let far = T::BYTES < 8 && (clamped - self.number).abs() > 1.0;
        let collides = match T::DATA_TYPE.is_float() {
            true => clamped == self.number,
            false => !far && whole(self.number) == Some(wrapped(clamped.round())),
        };
        from_work(if collides { self.replacement } else { clamped })
    }
}

/// True if a sample is not the nodata value. GDAL's mask takes floating point samples within half
/// a millionth of nodata for nodata, doubles too.
#[inline(always)]
pub(super) fn differs<T: Real>(sample: T, nodata: T) -> bool {
    let near = match T::DATA_TYPE {
        DataType::F32 => {
            let (a, b) = (sample.to_f64() as f32, nodata.to_f64() as f32);
            (a - b).abs() < f32::EPSILON * (a + b).abs() * 2.0
        }
        DataType::F64 => {
            let (a, b) = (sample.to_f64(), nodata.to_f64());
            (a - b).abs() < f64::from(f32::EPSILON) * (a + b).abs() * 2.0
        }
        _ => false,
    };
    !(near || sample.is_nodata(nodata))
}

/// A work number as a sample: rounded half away from zero, clamped.
#[inline(always)]
pub(super) fn from_work<T: Real>(number: f64) -> T {
    if T::DATA_TYPE.is_float() {
        return T::from_f64(number);
    }
    let half = if T::DATA_TYPE.is_signed() && number < 0.0 {
        -0.5
    } else {
        0.5
    };
    match work::<T>() {
        Work::Double => T::from_f64(number + half),
        Work::Single | Work::Whole => T::from_f64(f64::from(number as f32 + half as f32)),
    }
}

/// A double-precision number as a sample: as [`from_work`], whatever the work type.
#[inline(always)]
pub(super) fn from_double<T: Real>(number: f64) -> T {
    if T::DATA_TYPE.is_float() {
        return T::from_f64(number);
    }
    let negative = T::DATA_TYPE.is_signed() && number < 0.0;
    T::from_f64(number + if negative { -0.5 } else { 0.5 })
}

/// What GDAL writes for a result that is the nodata value by accident: the next number above, or
/// below the largest.
fn replacement<T: Real>(nodata: f64) -> f64 {
    let (_, high) = bounds::<T>();
    if T::DATA_TYPE.is_float() {
        return match nodata {
            _ if nodata.is_infinite() => 0.0,
            _ if nodata == high => next_down::<T>(nodata),
            _ => next_up::<T>(nodata),
        };
    }
    if nodata != high {
        return nodata + 1.0;
    }
    if T::BYTES == 8 {
        nodata.next_down()
    } else {
        nodata - 1.0
    }
}

fn next_up<T: Real>(number: f64) -> f64 {
    match T::DATA_TYPE {
        DataType::F32 => f64::from((number as f32).next_up()),
        _ => number.next_up(),
    }
}

fn next_down<T: Real>(number: f64) -> f64 {
    match T::DATA_TYPE {
        DataType::F32 => f64::from((number as f32).next_down()),
        _ => number.next_down(),
    }
}

/// The least and the greatest number of a type, as a double.
#[inline(always)]
fn bounds<T: Real>() -> (f64, f64) {
    match T::DATA_TYPE {
        DataType::F32 => (f64::from(f32::MIN), f64::from(f32::MAX)),
        DataType::F64 => (f64::MIN, f64::MAX),
        _ => (
            T::from_f64(f64::MIN).to_f64(),
            T::from_f64(f64::MAX).to_f64(),
        ),
    }
}

/// A number as an i64, if it is one exactly.
fn whole(number: f64) -> Option<i64> {
    (-TWO_63..TWO_63).contains(&number).then_some(number as i64)
}

/// A number as an i64 by x86's conversion, which GDAL's results show.
fn wrapped(number: f64) -> i64 {
    whole(number).unwrap_or(i64::MIN)
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;
