//! How often each number occurs, or each of those that agree in their leading bits.

use crate::limits::index;

/// Counts by key, in pages that are there once something is counted in them.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    /// The number that a key stands for.
    value: fn(u32) -> f64,
    pages: Vec<Option<Box<[u64; PAGE]>>>,
}

/// Counts of a page.
const PAGE: usize = 512;

/// Bits of a float64 that are cut off: 11 bits of the mantissa stay.
const CUT: u32 = 41;

impl Sketch {
    pub(super) fn new(value: fn(u32) -> f64) -> Self {
        Sketch {
            value,
            pages: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, key: u32, times: u64) {
        let (page, at) = split(key);
        if page >= self.pages.len() {
            self.pages.resize(page + 1, None);
        }
        self.pages[page].get_or_insert_with(|| Box::new([0; PAGE]))[at] += times;
    }

    pub(super) fn merge(&mut self, other: Sketch) {
        if self.pages.len() < other.pages.len() {
            self.pages.resize(other.pages.len(), None);
        }
        for (own, page) in self.pages.iter_mut().zip(other.pages) {
            match (own.as_mut(), page) {
                (Some(own), Some(page)) => {
                    let both = own.iter_mut().zip(page.iter());
                    both.for_each(|(own, count)| *own += count);
                }
                (None, page) => *own = page,
                (Some(_), None) => {}
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let pages = self.pages.iter().flatten().count();
        pages * PAGE * size_of::<u64>() + self.pages.len() * size_of::<usize>()
    }

    /// Percentiles of the `count` numbers, as `numpy.percentile` has them. None of no numbers.
    pub(super) fn percentiles(&self, percents: &[f64], count: u64) -> Vec<(f64, f64)> {
        let Some(last) = count.checked_sub(1) else {
            return Vec::new();
        };
        let percentile = |&percent: &f64| {
            let rank = percent / 100.0 * last as f64;
            let below = (rank.floor() as u64).min(last);
            let share = rank - below as f64;
            let low = (self.value)(self.ranked(below));
            let high = (self.value)(self.ranked((below + 1).min(last)));
            (percent, between(low, high, share))
        };
        percents.iter().map(percentile).collect()
    }

    /// The key of the number that so many are before, in order.
    fn ranked(&self, rank: u64) -> u32 {
        let mut before = 0;
        for (key, count) in self.counts() {
            before += count;
            if before > rank {
                return key;
            }
        }
        0
    }

    /// Keys in order, with their counts.
    fn counts(&self) -> impl Iterator<Item = (u32, u64)> {
        let pages = (0..).zip(&self.pages);
        let pages = pages.filter_map(|(number, page)| Some((number, page.as_ref()?)));
        pages.flat_map(|(number, page): (u32, _)| {
            let first = number << PAGE.trailing_zeros();
            (first..).zip(page.iter().copied())
        })
    }
}

/// Straight between two numbers, as numpy's: from the nearer one.
fn between(low: f64, high: f64, share: f64) -> f64 {
    if low == high {
        return low;
    }
    let way = high - low;
    if share >= 0.5 {
        high - way * (1.0 - share)
    } else {
        low + way * share
    }
}

fn split(key: u32) -> (usize, usize) {
    let key = index(key);
    (key / PAGE, key % PAGE)
}

/// The leading bits of a number that is not NaN, in the order of numbers.
pub(super) fn cut(value: f64) -> u32 {
    let bits = (value + 0.0).to_bits();
    let cut = bits >> CUT;
    let sign = 1 << (63 - CUT);
    // 23 bits stay.
    u32::try_from(if cut & sign == 0 {
        cut | sign
    } else {
        !bits >> CUT
    })
    .unwrap_or(0)
}

/// The number nearest to 0 with these leading bits.
pub(super) fn uncut(key: u32) -> f64 {
    let (key, sign) = (u64::from(key), 1 << (63 - CUT));
    f64::from_bits(match key & sign {
        0 => (!key & ((sign << 1) - 1)) << CUT,
        _ => (key ^ sign) << CUT,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_numbers_and_near_them() {
        let numbers = [
            f64::NEG_INFINITY,
            f64::MIN,
            -4095.0,
            -1.5,
            -f64::MIN_POSITIVE,
            0.0,
            f64::MIN_POSITIVE,
            0.1,
            1.0,
            4095.0,
            4096.0,
            4098.0,
            1e300,
            f64::INFINITY,
        ];
        for pair in numbers.windows(2) {
            assert!(cut(pair[0]) < cut(pair[1]), "{pair:?}");
        }
        for number in numbers {
            let near = uncut(cut(number));
            let nearer =
                near.abs() <= number.abs() && near.abs() >= number.abs() * (1.0 - 1.0 / 2048.0);
            assert!(nearer, "{number} {near}");
        }
        for exact in [0.0, 1.0, -1.0, 0.5, 4095.0, -4095.0, 4098.0, f64::INFINITY] {
            assert_eq!(uncut(cut(exact)), exact);
        }
        assert_eq!(cut(-0.0), cut(0.0));
    }
}
