//! Symbols of lengths and distances (RFC 1951, section 3.2.5), and how often they occur.

use super::matcher::Token;
use crate::limits::index;

/// How often each symbol of a block occurs.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    /// Literals, the end of the block, lengths.
    pub literals: [u32; 288],
    /// Distances.
    pub distances: [u32; 32],
}

impl Histogram {
    /// Nothing.
    pub(super) fn new() -> Self {
        Histogram {
            literals: [0; 288],
            distances: [0; 32],
        }
    }

    /// The bytes as literals.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        let mut counts = Histogram::new();
        for &byte in bytes {
            counts.literals[usize::from(byte)] += 1;
        }
        counts
    }

    /// What an input that begins with these bytes may come to: all of them as literals, and matches
    /// for every eighth, short and far ones most. Were no match expected, none would be cheap, and
    /// so none might ever be taken.
    pub(super) fn expected(bytes: &[u8]) -> Self {
        let mut counts = Histogram::of_bytes(bytes);
        let matches = u32::try_from(bytes.len() / 8).unwrap_or(u32::MAX);
        for (count, rarity) in counts.literals[END + 1..].iter_mut().zip(1..=12) {
            *count = (matches >> rarity).max(1);
        }
        let far_first = counts.distances[..30].iter_mut().rev();
        for (count, rarity) in far_first.zip(0u32..) {
            *count = (matches >> (2 + rarity / 2)).max(1);
        }
        counts
    }

    /// The tokens of `src`, with the end of a block.
    pub(super) fn of_tokens(mut src: &[u8], tokens: &[Token]) -> Self {
        let mut counts = Histogram::new();
        for token in tokens {
            let (literals, rest) = src.split_at(index(token.literals));
            for &byte in literals {
                counts.literals[usize::from(byte)] += 1;
            }
            src = &rest[usize::from(token.length)..];
            if token.length > 0 {
                counts.literals[length_symbol(token.length)] += 1;
                counts.distances[distance_symbol(token.distance)] += 1;
            }
        }
        counts.literals[END] = 1;
        counts
    }

    /// Both as one block.
    pub(super) fn with(&self, other: &Histogram) -> Self {
        let mut both = self.clone();
        for (sum, count) in both.literals.iter_mut().zip(&other.literals) {
            *sum += count;
        }
        for (sum, count) in both.distances.iter_mut().zip(&other.distances) {
            *sum += count;
        }
        both.literals[END] = 1;
        both
    }

    /// The extra bits of all lengths and distances.
    pub(super) fn extra_bits(&self) -> u64 {
        let lengths = self.literals[END + 1..].iter().zip(LENGTHS);
        let lengths = lengths.map(|(&count, (_, extra))| u64::from(count) * u64::from(extra));
        let distances = self.distances.iter().enumerate();
        let distances =
            distances.map(|(symbol, &count)| u64::from(distance_extra(symbol)) * u64::from(count));
        lengths.sum::<u64>() + distances.sum::<u64>()
    }
}

/// The symbol of a distance, 1 to 32,768.
#[inline(always)]
pub(super) fn distance_symbol(distance: u16) -> usize {
    let distance = u32::from(distance.wrapping_sub(1));
    if distance < 2 {
        return index(distance);
    }
    let high = distance.ilog2();
    index(2 * high + (distance >> (high - 1) & 1)) & 31
}

/// How many extra bits a distance symbol has: the low ones of the distance less 1.
#[inline(always)]
pub(super) fn distance_extra(symbol: usize) -> u32 {
    DISTANCE_EXTRA[symbol & 31].into()
}

const DISTANCE_EXTRA: [u8; 32] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13, 0, 0,
];

/// The symbol of a length, 3 to 258.
#[inline(always)]
pub(super) fn length_symbol(length: u16) -> usize {
    END + 1 + usize::from(LENGTH_SYMBOLS[usize::from(length.wrapping_sub(3)) & 255])
}

/// The symbols of all lengths, from 3, counted from 0.
static LENGTH_SYMBOLS: [u8; 256] = {
    let mut symbols = [0; 256];
    let (mut symbol, mut length) = (0u8, 3u16);
    while length <= 258 {
        if (symbol as usize) + 1 < LENGTHS.len() && LENGTHS[symbol as usize + 1].0 == length {
            symbol += 1;
        }
        symbols[length as usize - 3] = symbol;
        length += 1;
    }
    symbols
};

/// The symbol that ends a block.
pub(super) const END: usize = 256;
/// The first length and the extra bits of each length symbol.
#[rustfmt::skip]
pub(super) const LENGTHS: [(u16, u8); 29] = [
    (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0),
    (11, 1), (13, 1), (15, 1), (17, 1), (19, 2), (23, 2), (27, 2), (31, 2),
    (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4), (115, 4),
    (131, 5), (163, 5), (195, 5), (227, 5), (258, 0),
];
