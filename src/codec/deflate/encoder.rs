//! Our own encoder: fast where LZ77 finds little, as in noisy imagery.

use super::bits::{Pending, adler32};
use super::block::Block;
use super::chains::Lazy;
use super::cost::{Costs, UNIT, size};
use super::histogram::Histogram;
use super::matcher::{Effort, Matcher, Token};
use super::optimal::Optimal;
use crate::codec::reserve;
use crate::error::Result;

/// The memory of one encoder. What it was used for before has no influence.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    matcher: Matcher,
    lazy: Lazy,
    optimal: Optimal,
    tokens: Vec<Token>,
}

impl Encoder {
    /// Appends `src` in the zlib wrapper to `dst`.
    pub(super) fn encode(&mut self, src: &[u8], effort: Effort, dst: &mut Vec<u8>) -> Result<()> {
        reserve(dst, src.len() / 2 + 1024)?;
        dst.extend_from_slice(&WRAPPER);
        match effort {
            Effort::Sparse | Effort::Dense => self.matcher.reset(src.len(), effort),
            Effort::Lazy(_) => self.lazy.reset(src.len()),
            Effort::Optimal(_) => self.optimal.reset(src.len()),
        }
        self.tokens.clear();
        self.blocks(src, effort, dst)?;
        dst.extend_from_slice(&adler32(src).to_be_bytes());
        Ok(())
    }

    /// Adds segment to segment as long as one code serves them better than two.
    fn blocks(&mut self, src: &[u8], effort: Effort, dst: &mut Vec<u8>) -> Result<()> {
        let length = match effort {
            Effort::Sparse | Effort::Dense => SEGMENT,
            Effort::Lazy(_) | Effort::Optimal(_) => SEGMENT / 2,
        };
        let mut pending = Pending::default();
        let mut known = Histogram::expected(&src[..src.len().min(length)]);
        let (mut start, mut end, mut counts) = (0, 0, Histogram::of_tokens(&[], &[]));
        while end < src.len() {
            let (first, begin) = (self.tokens.len(), end);
            let until = src.len().min(begin + length);
            end = self.parse(src, (begin, until), effort, &known);
            let segment = Histogram::of_tokens(&src[begin..end], &self.tokens[first..]);
            let both = counts.with(&segment);
            let apart = size(&counts) + size(&segment) + HEADER;
            if begin > start
                && (size(&both) > apart || end - start > LONGEST || first > MOST_TOKENS)
            {
                let tokens = &self.tokens[..first];
                self.block(&src[start..begin], tokens, &counts)
                    .write(&mut pending, dst)?;
                self.tokens.drain(..first);
                (start, counts) = (begin, segment);
            } else {
                counts = both;
            }
            known.clone_from(&counts);
        }
        let last = Block {
            last: true,
            ..self.block(&src[start..], &self.tokens, &counts)
        };
        last.write(&mut pending, dst)?;
        dst.extend(pending.last_byte());
        Ok(())
    }

    /// Appends the tokens of a segment and gives its end. `known` is the measure of what codes cost.
    fn parse(
        &mut self,
        src: &[u8],
        (start, end): (usize, usize),
        effort: Effort,
        known: &Histogram,
    ) -> usize {
        let tokens = &mut self.tokens;
        match effort {
            Effort::Sparse | Effort::Dense => {
                let costs = Costs::of(known);
                self.matcher.parse(src, start, end, &costs, tokens)
            }
            Effort::Lazy(search) => self.lazy.parse(src, (start, end), known, search, tokens),
            Effort::Optimal(search) => self.optimal.parse(src, (start, end), known, search, tokens),
        }
    }

    fn block<'a>(&self, src: &'a [u8], tokens: &'a [Token], counts: &'a Histogram) -> Block<'a> {
        Block {
            src,
            tokens,
            counts,
            last: false,
        }
    }
}

/// RFC 1950: Deflate with a window of 32 KiB, compressed by the fastest algorithm.
const WRAPPER: [u8; 2] = [0x78, 0x01];
/// Bytes after which a block may end.
const SEGMENT: usize = 16 << 10;
/// Bytes after which a block does end.
const LONGEST: usize = 4 << 20;
/// Tokens after which a block does end.
const MOST_TOKENS: usize = 64 << 10;
/// What a further block costs, in the unit of [`size`]: 70 bytes.
const HEADER: u64 = 70 * 8 * UNIT as u64;
