//! Sums of numbers and of their squares without rounding, so that their order does not matter.
//!
//! A number is a whole one times a power of two. Those of one power are added as integers; only at
//! the end are the powers brought together, in integers of as many digits as they need.

use crate::limits::index;

/// A finite number: `magnitude` times two to the power of `exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) exponent: i32,
    pub(super) negative: bool,
    pub(super) magnitude: u64,
}

impl Parts {
    /// The parts of a finite number.
    pub(super) fn of(value: f64) -> Self {
        let bits = value.to_bits();
        let (power, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
        let normal = u64::from(power > 0);
        // At most 2046, so it fits.
        let power = i32::try_from(power.max(1)).unwrap_or(0);
        Parts {
            exponent: power - 1075,
            negative: value.is_sign_negative(),
            magnitude: fraction | normal << 52,
        }
    }
}

/// The sum of numbers and that of their squares.
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    /// The exponent of the first bin.
    first: i32,
    /// The sums of each exponent that there is, and of those between.
    bins: Vec<Bin>,
    /// The sum of the numbers that are not finite.
    infinite: f64,
}

/// Sums of the numbers of one exponent. None can overflow with fewer than 2^63 numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    sum: i128,
    /// The low 64 bits of squares.
    low: u128,
    /// What is above.
    high: u128,
}

impl Moments {
    /// Adds a number.
    #[inline]
    pub(super) fn add(&mut self, number: Parts) {
        let square = u128::from(number.magnitude) * u128::from(number.magnitude);
        let sum = i128::from(number.magnitude);
        let bin = self.bin(number.exponent);
        bin.low += square & u128::from(u64::MAX);
        bin.high += square >> 64;
        bin.sum += if number.negative { -sum } else { sum };
    }

    /// Adds a number so many times.
    pub(super) fn add_often(&mut self, number: Parts, times: u64) {
        let square = u128::from(number.magnitude) * u128::from(number.magnitude);
        let sum = i128::from(number.magnitude) * i128::from(times);
        let bin = self.bin(number.exponent);
        bin.low += (square & u128::from(u64::MAX)) * u128::from(times);
        bin.high += (square >> 64) * u128::from(times);
        bin.sum += if number.negative { -sum } else { sum };
    }

    /// Adds a number that is infinite.
    pub(super) fn add_infinite(&mut self, value: f64) {
        self.infinite += value;
    }

    pub(super) fn merge(&mut self, other: &Moments) {
        self.infinite += other.infinite;
        for (exponent, part) in (other.first..).zip(&other.bins) {
            let bin = self.bin(exponent);
            bin.sum += part.sum;
            bin.low += part.low;
            bin.high += part.high;
        }
    }

    /// Sum, mean and population standard deviation of `count` numbers.
    pub(super) fn finish(&self, count: u64) -> (f64, f64, f64) {
        if self.infinite != 0.0 {
            return (self.infinite, self.infinite, f64::NAN);
        }
        let (mut sum, mut squares) = (Whole::default(), Whole::default());
        for (at, bin) in self.bins.iter().enumerate() {
            sum.add(bin.sum.unsigned_abs(), at, bin.sum < 0);
            squares.add(bin.low, 2 * at, false);
            squares.add(bin.high, 2 * at + 64, false);
        }
        let (negative, sum) = sum.digits();
        let (_, squares) = squares.digits();
        let number = count as f64;
        // count * squares - sum * sum is count^2 times the variance.
        let mut spread = Whole::product(&squares, &[low(count), low(count >> 32)]);
        spread.subtract(&Whole::product(&sum, &sum));
        let (spread, doubled) = rounded(&spread.digits().1);
        // The exponent is even: that of a digit, and twice that of the first bin.
        let deviation = scaled(spread.sqrt() / number, doubled / 2 + self.first);
        let (sum, exponent) = rounded(&sum);
        let sum = if negative { -sum } else { sum };
        let exponent = exponent + self.first;
        (
            scaled(sum, exponent),
            scaled(sum / number, exponent),
            deviation,
        )
    }

    pub(super) fn bytes(&self) -> usize {
        self.bins.len() * size_of::<Bin>()
    }

    #[inline]
    fn bin(&mut self, exponent: i32) -> &mut Bin {
        // One before the first is a place far beyond the last.
        let at = exponent.wrapping_sub(self.first).cast_unsigned();
        match index(at) < self.bins.len() {
            true => &mut self.bins[index(at)],
            false => self.new_bin(exponent),
        }
    }

    /// Makes bins for an exponent and for those between it and the others.
    #[cold]
    fn new_bin(&mut self, exponent: i32) -> &mut Bin {
        if self.bins.is_empty() {
            self.first = exponent;
        }
        let below = usize::try_from(self.first - exponent).unwrap_or(0);
        self.bins.splice(0..0, vec![Bin::default(); below]);
        self.first = self.first.min(exponent);
        let at = usize::try_from(exponent - self.first).unwrap_or(0);
        let length = self.bins.len().max(at + 1);
        self.bins.resize(length, Bin::default());
        &mut self.bins[at]
    }
}

/// A whole number of any size in digits of 32 bits, whose carries wait.
#[derive(Debug, Default)]
struct Whole(Vec<i128>);

impl Whole {
    /// Adds a number times two to the power of `shift`, or takes it away.
    fn add(&mut self, number: u128, shift: usize, negative: bool) {
        let (first, shift) = (shift / 32, shift % 32);
        if self.0.len() < first + 4 {
            self.0.resize(first + 4, 0);
        }
        for (at, digit) in self.0[first..first + 4].iter_mut().enumerate() {
            let part = i128::from(low128(number >> (32 * at))) << shift;
            *digit += if negative { -part } else { part };
        }
    }

    fn product(left: &[u32], right: &[u32]) -> Self {
        let mut digits = vec![0; left.len() + right.len()];
        for (at, &left) in left.iter().enumerate() {
            for (digit, &right) in digits[at..].iter_mut().zip(right) {
                *digit += i128::from(left) * i128::from(right);
            }
        }
        Whole(digits)
    }

    fn subtract(&mut self, other: &Whole) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (digit, other) in self.0.iter_mut().zip(&other.0) {
            *digit -= other;
        }
    }

    /// Whether the number is negative, and its magnitude.
    fn digits(&self) -> (bool, Vec<u32>) {
        match self.carried(1) {
            Some(digits) => (false, digits),
            None => (true, self.carried(-1).unwrap_or_default()),
        }
    }

    /// The digits of the number times a sign, unless that is negative.
    fn carried(&self, sign: i128) -> Option<Vec<u32>> {
        let mut carry = 0;
        let mut digits = Vec::with_capacity(self.0.len() + 4);
        let room = self.0.iter().copied().chain([0; 4]);
        for digit in room {
            let value = digit * sign + carry;
            digits.push(low128(value.cast_unsigned()));
            carry = value >> 32;
        }
        (carry == 0).then_some(digits)
    }
}

/// The nearest floating point number to one of these digits, and a power of two to multiply it by.
fn rounded(digits: &[u32]) -> (f64, i32) {
    let Some(highest) = digits.iter().rposition(|&digit| digit != 0) else {
        return (0.0, 0);
    };
    let start = highest.saturating_sub(3);
    let window = digits[start..=highest].iter().rev();
    let window = window.fold(0, |number: u128, &digit| number << 32 | u128::from(digit));
    // More than 96 bits stand in the window of four digits: the last one is not among the 53 that
    // stay, and says whether there is anything below.
    let below = digits[..start].iter().any(|&digit| digit != 0);
    let exponent = i32::try_from(32 * start).unwrap_or(i32::MAX);
    ((window | u128::from(below)) as f64, exponent)
}

/// A number times a power of two.
fn scaled(number: f64, exponent: i32) -> f64 {
    let power = |exponent: i32| {
        let biased = u64::try_from(exponent.clamp(-1022, 1023) + 1023).unwrap_or(0);
        f64::from_bits(biased << 52)
    };
    let half = exponent / 2;
    number * power(half) * power(exponent - half)
}

/// The low 32 bits.
fn low(number: u64) -> u32 {
    low128(number.into())
}

fn low128(number: u128) -> u32 {
    (number & u128::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        values
            .iter()
            .for_each(|&value| moments.add(Parts::of(value)));
        moments
    }

    /// Python's `fractions`: sum and mean rounded once, the root of the exact variance.
    #[test]
    fn nothing_is_lost() {
        for (values, sum, mean, deviation) in [
            (vec![], 0.0, f64::NAN, f64::NAN),
            (vec![0.1; 10], 1.0, 0.1, 0.0),
            (
                vec![1e100, 1.0, -1e100],
                1.0,
                1.0 / 3.0,
                8.164965809277261e99,
            ),
            (
                vec![1e16, 1.0, 1.0],
                1e16 + 2.0,
                3333333333333334.0,
                4714045207910316.0,
            ),
            (vec![-1.0, -2.0, -3.0, -4.0], -10.0, -2.5, 1.25f64.sqrt()),
            (vec![f64::MAX, f64::MAX], f64::INFINITY, f64::MAX, 0.0),
            (vec![5e-324, 5e-324, 1e-323], 2e-323, 5e-324, 0.0),
            (vec![1e300, -1e300], 0.0, 0.0, 1e300),
            (vec![1e9 + 1.0, 1e9 + 2.0], 2e9 + 3.0, 1e9 + 1.5, 0.5),
        ] {
            let found = moments(&values).finish(values.len() as u64);
            for (found, expected) in [found.0, found.1, found.2]
                .iter()
                .zip([sum, mean, deviation])
            {
                let equal = *found == expected || (found.is_nan() && expected.is_nan());
                let near = (found - expected).abs() <= 1e-15 * expected.abs();
                assert!(
                    equal || near,
                    "{values:?}: {found:e}, expected {expected:e}"
                );
            }
        }
    }

    #[test]
    fn order_and_parts_do_not_matter() {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let value = f64::from_bits(state);
            if value.is_finite() { value } else { 0.0 }
        };
        let values: Vec<f64> = (0..500).map(|_| next()).collect();
        let whole = moments(&values).finish(500);
        let mut parts = moments(&values[300..]);
        parts.merge(&moments(&values[..77]));
        parts.merge(&moments(&values[77..300]));
        let parts = parts.finish(500);
        assert_eq!(whole.0.to_bits(), parts.0.to_bits());
        assert_eq!(whole.1.to_bits(), parts.1.to_bits());
        assert_eq!(whole.2.to_bits(), parts.2.to_bits());
    }
}
