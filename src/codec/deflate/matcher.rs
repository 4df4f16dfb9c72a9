//! Bytes to literals and matches (LZ77): what all ways share, and the fastest, greedily: the place where the same bytes were seen last is
//! the one candidate, and it is taken if it is cheaper than its literals. No chains, no laziness.

use super::bits::low_16;
use super::cost::Costs;
use crate::limits::index;

/// Literals, and then a match: bytes that stand `distance` before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// How many literals.
    pub literals: u32,
    /// How many bytes match: 3 to 258, or 0 for none.
    pub length: u16,
    /// How far back they are: 1 to 32,768.
    pub distance: u16,
}

/// How short a sequence is worth finding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effort {
    /// Eight bytes: runs and large structures; noise is passed over quickly.
    Sparse,
    /// Four bytes: as much as one candidate can give.
    Dense,
    /// Three bytes, by several candidates: see [`Lazy`](super::chains::Lazy).
    Lazy(Search),
    /// All matches: see [`Optimal`](super::optimal::Optimal).
    Optimal(Search),
}

/// How long to look for matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Search {
    /// The most places to look at.
    pub depth: u32,
    /// A length that is good enough to look no further.
    pub nice: usize,
    /// How often the cheapest way is looked for, each time by what the one before cost.
    pub passes: u32,
}

/// Bytes that stand `distance` before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub length: u16,
    pub distance: u16,
}

/// Where each sequence was seen last, by hash, modulo 65,536. An entry that is wrong does no harm:
/// the bytes are compared.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    last: Vec<u16>,
    shift: u32,
    /// Which of the eight bytes at a place make up the sequence.
    mask: u64,
}

impl Matcher {
    /// Forgets all that was seen, to begin with an input of `length` bytes.
    pub(super) fn reset(&mut self, length: usize, effort: Effort) {
        let (mask, most) = match effort {
            Effort::Sparse => (u64::MAX, SPARSE_BITS),
            _ => (0xFFFF_FFFF, DENSE_BITS),
        };
        let bits = length.max(1).ilog2().clamp(8, most);
        self.mask = mask;
        self.shift = 64 - bits;
        self.last.clear();
        self.last.resize(1 << bits, 0);
    }

    /// Appends the tokens of `src` from `start` to `end`, or beyond by a match; gives the end. The
    /// last token has no match.
    pub(super) fn parse(
        &mut self,
        src: &[u8],
        start: usize,
        end: usize,
        costs: &Costs,
        tokens: &mut Vec<Token>,
    ) -> usize {
        let (mut at, mut done, mut misses) = (start.next_multiple_of(STEP), start, 0);
        while at < end
            && let Some(bytes) = eight(src, at)
        {
            let found = self.candidate(src, bytes, at);
            if let Some(found) = found.and_then(|distance| extend(src, done, at, distance))
                && costs.gains(bytes, &found)
            {
                tokens.push(found.token(done));
                done = found.end;
                self.pass(src, at + STEP, done);
                at = done.next_multiple_of(STEP);
                misses = 0;
            } else {
                misses += 1;
                at += STEP * (1 + (misses >> SKIP_AFTER));
            }
        }
        let end = done.max(end);
        tokens.push(literals(end - done));
        end
    }

    /// How far before `at` the sequence that begins `bytes` was seen last.
    #[inline(always)]
    fn candidate(&mut self, src: &[u8], bytes: u64, at: usize) -> Option<usize> {
        let before = self.remember(bytes, at);
        let distance = usize::from(low_16(at).wrapping_sub(before));
        let there = eight(src, at.wrapping_sub(distance))?;
        let same = (there ^ bytes) & self.mask == 0;
        (same && distance.wrapping_sub(1) < WINDOW).then_some(distance)
    }

    /// Where the sequence that begins `bytes` was seen last, which is now at `at`.
    #[inline(always)]
    fn remember(&mut self, bytes: u64, at: usize) -> u16 {
        let hash = (bytes & self.mask).wrapping_mul(HASH) >> self.shift;
        match usize::try_from(hash).map(|hash| self.last.get_mut(hash)) {
            Ok(Some(last)) => std::mem::replace(last, low_16(at)),
            _ => 0,
        }
    }

    /// Remembers places within a match: the last few suffice for a long one.
    fn pass(&mut self, src: &[u8], start: usize, end: usize) {
        let start = start.max(end.saturating_sub(PASSED).next_multiple_of(STEP));
        for at in (start..end).step_by(STEP) {
            if let Some(bytes) = eight(src, at) {
                self.remember(bytes, at);
            }
        }
    }
}

/// A match that was found.
pub(super) struct Found {
    start: usize,
    end: usize,
    distance: u16,
}

impl Found {
    /// Bytes that match.
    #[inline(always)]
    pub(super) fn length(&self) -> usize {
        self.end - self.start
    }

    /// How far back they are.
    #[inline(always)]
    pub(super) fn distance(&self) -> u16 {
        self.distance
    }

    /// The token, where what is before `done` has its tokens already.
    fn token(&self, done: usize) -> Token {
        Token {
            length: low_16(self.length()),
            distance: self.distance,
            ..literals(self.start - done)
        }
    }
}

/// A token without a match. A segment has far fewer than 2^32 bytes.
pub(super) fn literals(count: usize) -> Token {
    Token {
        literals: u32::try_from(count).unwrap_or(u32::MAX),
        length: 0,
        distance: 0,
    }
}

/// The longest match about the four bytes at `at` that are also `distance` before, beginning at
/// `done` or later.
#[inline(always)]
fn extend(src: &[u8], done: usize, at: usize, distance: usize) -> Option<Found> {
    let limit = src.len().min(at + LONGEST);
    let end = at + 4 + same_bytes(src.get(at + 4..limit)?, src.get(at + 4 - distance..)?);
    let room = (LONGEST - (end - at)).min(at - done).min(at - distance);
    let earlier = src.get(at - room..at)?.iter().rev();
    let copied = src.get(at - room - distance..at - distance)?.iter().rev();
    let start = at - earlier.zip(copied).take_while(|(a, b)| a == b).count();
    let distance = low_16(distance);
    Some(Found {
        start,
        end,
        distance,
    })
}

/// How many bytes both begin with.
#[inline(always)]
pub(super) fn same_bytes(here: &[u8], there: &[u8]) -> usize {
    let mut same = 0;
    while let (Some(a), Some(b)) = (eight(here, same), eight(there, same)) {
        if a != b {
            return same + index((a ^ b).trailing_zeros() / 8);
        }
        same += 8;
    }
    let rest = here[same..].iter().zip(&there[same..]);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// The eight bytes at `at`, the first one lowest.
#[inline(always)]
pub(super) fn eight(src: &[u8], at: usize) -> Option<u64> {
    let eight = src.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*eight))
}

/// Every second place is looked at: matches grow backwards, too.
const STEP: usize = 2;
/// After 2^this places without a match steps grow longer.
const SKIP_AFTER: u32 = 9;
/// Places remembered of the end of a match.
const PASSED: usize = 16;
const SPARSE_BITS: u32 = 14;
const DENSE_BITS: u32 = 16;
pub(super) const HASH: u64 = 0x9E37_79B1_85EB_CA87;
pub(super) const WINDOW: usize = 32768;
pub(super) const LONGEST: usize = 258;
