//! Bytes to literals and matches lazily: of the places that began alike the one that saves most,
//! unless the next byte begins a match that saves more.

use super::bits::low_16;
use super::cost::{Prices, UNIT};
use super::histogram::{Histogram, distance_symbol};
use super::matcher::{HASH, LONGEST, Match, Search, Token, WINDOW, eight, literals, same_bytes};

/// Where sequences were seen, modulo 65,536. An entry that is wrong does no harm: the bytes are
/// compared.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// Where four bytes were seen last, by hash.
    last: Vec<u16>,
    /// For each place of the window the one before that had the same hash.
    before: Vec<u16>,
    /// Where three bytes were seen last, by hash.
    threes: Vec<u16>,
    shift: u32,
}

/// The memory of one parse.
#[derive(Debug, Default)]
pub(super) struct Lazy {
    chains: Chains,
    /// What all literals before each place cost.
    sums: Vec<u32>,
}

/// A match, and what it saves; none if its length is 0.
#[derive(Clone, Copy)]
struct Saving {
    bits: i32,
    found: Match,
}

impl Lazy {
    /// Forgets all that was seen, to begin with an input of `length` bytes.
    pub(super) fn reset(&mut self, length: usize) {
        let bits = length.max(1).ilog2().clamp(8, MOST_BITS);
        let chains = &mut self.chains;
        chains.shift = 64 - bits;
        let tables = [
            (&mut chains.last, 1 << bits),
            (&mut chains.before, WINDOW),
            (&mut chains.threes, THREES),
        ];
        for (table, length) in tables {
            table.clear();
            table.resize(length, 0);
        }
    }

    /// Appends the tokens of `src` from `start` to `end`, or beyond by a match; gives the end. The
    /// last token has no match. `counts` is the measure of what codes cost.
    pub(super) fn parse(
        &mut self,
        src: &[u8],
        (start, end): (usize, usize),
        counts: &Histogram,
        search: Search,
        tokens: &mut Vec<Token>,
    ) -> usize {
        let prices = Prices::of(counts);
        self.sum(&src[start..src.len().min(end + LONGEST)], &prices);
        let least = least_lengths(&prices, counts);
        let mut finder = Finder {
            src,
            start,
            prices: &prices,
            least: &least,
            nice: search.nice,
            sums: &self.sums,
            chains: &mut self.chains,
        };
        let (mut at, mut done) = (start, start);
        while at < end {
            let Some(mut best) = finder.find(at, search.depth, NOTHING) else {
                at += 1;
                continue;
            };
            let mut seen = at + 1;
            while seen < end && usize::from(best.found.length) < search.nice {
                seen += 1;
                best.bits += PASSED_UP.cast_signed();
                match finder.find(seen - 1, search.depth / 2, best) {
                    Some(better) => (at, best) = (seen - 1, better),
                    None => break,
                }
            }
            tokens.push(best.found.token(at - done));
            done = at + usize::from(best.found.length);
            finder.pass(seen, done);
            at = done;
        }
        let end = done.max(end);
        tokens.push(literals(end - done));
        end
    }

    fn sum(&mut self, src: &[u8], prices: &Prices) {
        let mut sum = 0;
        self.sums.clear();
        self.sums.push(0);
        self.sums.extend(src.iter().map(|&byte| {
            sum += prices.literal(byte);
            sum
        }));
    }
}

/// What finds matches in a part of the input.
struct Finder<'a> {
    src: &'a [u8],
    start: usize,
    prices: &'a Prices,
    /// By distance symbol, a length up to which matches rarely save anything.
    least: &'a [usize; 32],
    nice: usize,
    sums: &'a [u32],
    chains: &'a mut Chains,
}

impl Finder<'_> {
    /// The match of the bytes at `at` that saves most, if it saves more than `best`, which has to be
    /// passed up for it. Remembers the place, of which `depth` before it are looked at.
    #[inline(always)]
    fn find(&mut self, at: usize, depth: u32, best: Saving) -> Option<Saving> {
        let bytes = eight(self.src, at)?;
        let (mut place, three) = self.chains.remember(bytes, at);
        let own = &self.src[at..self.src.len().min(at + LONGEST)];
        let here = low_16(at);
        let (mut found, mut most) = (None, best.bits);
        let mut longest = usize::from(best.found.length).max(4) - 1;
        let distance = usize::from(here.wrapping_sub(three));
        if best.found.length == 0 && distance.wrapping_sub(1) < THREES.min(at) {
            let saving = self.saving(at, 3, distance);
            if saving.bits > most && self.src[at - distance..].starts_with(&own[..3]) {
                (found, most) = (Some(saving), saving.bits);
            }
        }
        let nearest = distance_symbol(here.wrapping_sub(place));
        longest = longest.max(self.least[nearest]);
        let mut before = 0;
        let Some(mut last_four) = last_four_of(own, longest + 1) else {
            return found;
        };
        for _ in 0..depth {
            let distance = usize::from(here.wrapping_sub(place));
            if distance <= before || distance > at.min(WINDOW) {
                break;
            }
            before = distance;
            place = self.chains.before[usize::from(place) % WINDOW];
            let there = &self.src[at - distance..];
            if there[longest - 3..].first_chunk() != Some(last_four) {
                continue;
            }
            let same = same_bytes(own, there);
            if same <= longest {
                continue;
            }
            let saving = self.saving(at, same, distance);
            if saving.bits > most {
                (found, most) = (Some(saving), saving.bits);
            }
            longest = same;
            match last_four_of(own, longest + 1) {
                Some(four) if same < self.nice => last_four = four,
                _ => break,
            }
        }
        found
    }

    /// What a match of the bytes at `at` saves.
    #[inline(always)]
    fn saving(&self, at: usize, length: usize, distance: usize) -> Saving {
        let first = at - self.start;
        let distance = low_16(distance);
        let bytes = self.sums[first + length] - self.sums[first];
        let price = self.prices.lengths[length] + self.prices.distances[distance_symbol(distance)];
        Saving {
            bits: bytes.cast_signed() - price.cast_signed(),
            found: Match {
                length: low_16(length),
                distance,
            },
        }
    }

    /// Remembers places within a match.
    fn pass(&mut self, start: usize, end: usize) {
        for at in start..end {
            if let Some(bytes) = eight(self.src, at) {
                self.chains.remember(bytes, at);
            }
        }
    }
}

impl Chains {
    /// Where four and three of the bytes were seen last, which are now at `at`.
    #[inline(always)]
    fn remember(&mut self, bytes: u64, at: usize) -> (u16, u16) {
        let hash = |bytes: u64, shift| usize::try_from(bytes.wrapping_mul(HASH) >> shift);
        let four = hash(bytes << 32, self.shift).unwrap_or(0);
        let three = hash(bytes << 40, THREE_SHIFT).unwrap_or(0);
        let last = std::mem::replace(&mut self.last[four], low_16(at));
        self.before[at % WINDOW] = last;
        (last, std::mem::replace(&mut self.threes[three], low_16(at)))
    }
}

impl Match {
    /// The token of a match after some literals.
    fn token(self, before: usize) -> Token {
        Token {
            length: self.length,
            distance: self.distance,
            ..literals(before)
        }
    }
}

/// The last four of the first bytes.
#[inline(always)]
fn last_four_of(bytes: &[u8], first: usize) -> Option<&[u8; 4]> {
    bytes.get(..first)?.last_chunk()
}

/// By distance symbol, the longest match that costs more than its literals, were these a quarter
/// dearer than they are on average.
fn least_lengths(prices: &Prices, counts: &Histogram) -> [usize; 32] {
    let bytes = counts.literals[..256].iter().zip(0u8..=255);
    let (count, sum) = bytes.fold((0u64, 0u64), |(count, sum), (&many, byte)| {
        let price = u64::from(prices.literal(byte));
        (count + u64::from(many), sum + u64::from(many) * price)
    });
    let dear = u32::try_from(sum * 5 / 4 / count.max(1)).unwrap_or(u32::MAX);
    prices.distances.map(|distance| {
        let lengths = (4u32..=12).zip(&prices.lengths[4..]);
        let costs_more = |&(length, price): &(u32, &u32)| length * dear < price + distance;
        3 + lengths.take_while(costs_more).count()
    })
}

/// Nothing that is found yet.
const NOTHING: Saving = Saving {
    bits: 0,
    found: Match {
        length: 0,
        distance: 0,
    },
};
/// What a match has to save beyond the one that is passed up for it, which is at hand: half a bit.
const PASSED_UP: u32 = UNIT / 2;
const MOST_BITS: u32 = 16;
const THREES: usize = 1 << 12;
const THREE_SHIFT: u32 = 64 - 12;
