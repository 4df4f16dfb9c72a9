//! What literals and matches are going to cost, estimated from what went before. In whole numbers,
//! so that every machine writes the same bytes.

use super::histogram::{END, Histogram, LENGTHS, distance_extra, distance_symbol, length_symbol};
use super::matcher::{Found, LONGEST};

/// Estimated bits times [`UNIT`].
#[derive(Debug)]
pub(super) struct Costs {
    literals: [u32; 256],
    /// A literal on average.
    mean: u32,
    /// A match by its distance symbol.
    matches: [u32; 32],
}

impl Costs {
    /// Takes what was counted as the measure of what is to come.
    pub(super) fn of(counts: &Histogram) -> Self {
        let (bytes, lengths) = counts.literals.split_at(256);
        let (literals, lengths) = (bytes.iter().sum::<u32>(), lengths.iter().sum::<u32>());
        let total = literals + lengths + 1;
        let cost = |&count: &u32| bits(total, count);
        let mean = entropy(bytes) / u64::from(literals.max(1));
        let length = bits(total, lengths) + LENGTH;
        let distances = counts.distances.iter().sum::<u32>() + 30;
        let distance = |symbol| {
            let rarity = bits(distances, counts.distances[symbol] + 1);
            length + rarity + distance_extra(symbol) * UNIT
        };
        Costs {
            literals: std::array::from_fn(|byte| cost(&bytes[byte])),
            mean: u32::try_from(mean).unwrap_or(0),
            matches: std::array::from_fn(distance),
        }
    }

    /// Whether a match costs less than its literals, four of which begin `bytes`.
    #[inline(always)]
    pub(super) fn gains(&self, bytes: u64, found: &Found) -> bool {
        if found.length() >= LONG {
            return true;
        }
        let [a, b, c, d, ..] = bytes.to_le_bytes();
        let four: u32 = [a, b, c, d]
            .map(|byte| self.literals[usize::from(byte)])
            .iter()
            .sum();
        let others = (4..LONG).take(found.length() - 4).count();
        let saved = four + self.mean * u32::try_from(others).unwrap_or(0);
        saved > self.matches[distance_symbol(found.distance())]
    }
}

/// What each literal and each match is going to cost.
#[derive(Debug)]
pub(super) struct Prices {
    literals: [u32; 256],
    /// By length.
    pub lengths: [u32; LONGEST + 1],
    /// By distance symbol.
    pub distances: [u32; 32],
}

impl Prices {
    /// Takes what was counted as the measure of what is to come. What was not may come once.
    pub(super) fn of(counts: &Histogram) -> Self {
        let total = counts.literals.iter().sum::<u32>() + 29;
        let length = |length: u16| {
            let symbol = length_symbol(length);
            let extra = LENGTHS[symbol - END - 1].1;
            bits(total, counts.literals[symbol] + 1) + u32::from(extra) * UNIT
        };
        let distances = counts.distances.iter().sum::<u32>() + 30;
        let distance =
            |symbol| bits(distances, counts.distances[symbol] + 1) + distance_extra(symbol) * UNIT;
        let mut next = 0;
        Prices {
            literals: std::array::from_fn(|byte| bits(total, counts.literals[byte])),
            lengths: [(); LONGEST + 1].map(|()| {
                next += 1;
                length(next - 1)
            }),
            distances: std::array::from_fn(distance),
        }
    }

    /// The price of a literal.
    #[inline(always)]
    pub(super) fn literal(&self, byte: u8) -> u32 {
        self.literals[usize::from(byte)]
    }
}

/// About how many bits the symbols of a histogram take, times [`UNIT`], less extra bits and header.
pub(super) fn size(counts: &Histogram) -> u64 {
    entropy(&counts.literals) + entropy(&counts.distances)
}

fn entropy(counts: &[u32]) -> u64 {
    let total = counts.iter().sum::<u32>();
    let cost = |&count: &u32| match count {
        0 => 0,
        _ => u64::from(count) * u64::from(log2(total) - log2(count)),
    };
    counts.iter().map(cost).sum()
}

/// The cost of a symbol that occurs `count` times in `total`.
fn bits(total: u32, count: u32) -> u32 {
    (log2(total) - log2(count.max(1))).clamp(UNIT, 15 * UNIT)
}

/// The binary logarithm times [`UNIT`] of a number, of 1 if it is 0. It grows with the number.
fn log2(number: u32) -> u32 {
    let number = number.max(1);
    let whole = number.ilog2();
    let fraction = (number << (31 - whole) >> 15) & 0xFFFF;
    // log2(1 + f) is about f + 0.34 f (1 - f).
    let bulge = ((fraction * (0x10000 - fraction)) >> 16) * 87 / 256;
    whole * UNIT + (fraction + bulge) * UNIT / 0x10000
}

/// The estimates' unit: this many are a bit.
pub(super) const UNIT: u32 = 16;
/// Matches of at least this length always gain.
const LONG: usize = 12;
/// What the lengths' symbols add to the cost of being a match at all.
const LENGTH: u32 = UNIT;

#[cfg(test)]
mod tests {
    use super::*;

    /// It is close, and never falls.
    #[test]
    fn logarithms() {
        let numbers = (1..200_000).chain((1..6000).map(|n| n << 19));
        let mut before = 0;
        for number in numbers {
            let exact = f64::from(number).log2() * f64::from(UNIT);
            let got = log2(number);
            assert!(
                (f64::from(got) + 0.5 - exact).abs() < 0.75,
                "{number}: {got}, {exact}"
            );
            assert!(got >= before || number == 1 << 19, "{number}");
            before = got;
        }
    }
}
