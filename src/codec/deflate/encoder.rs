//! Our own encoder: fast where LZ77 finds little, as in noisy imagery.

use super::bits::{Pending, adler32};
use super::block::Block;
use super::cost::{Costs, UNIT, size};
use super::histogram::Histogram;
use super::matcher::{Effort, Matcher, Token};
use crate::codec::reserve;
use crate::error::Result;

/// The memory of one encoder. What it was used for before has no influence.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    matcher: Matcher,
    tokens: Vec<Token>,
}

impl Encoder {
    /// Appends `src` in the zlib wrapper to `dst`.
    pub(super) fn encode(&mut self, src: &[u8], effort: Effort, dst: &mut Vec<u8>) -> Result<()> {
        reserve(dst, src.len() / 2 + 1024)?;
        dst.extend_from_slice(&WRAPPER);
        self.matcher.reset(src.len(), effort);
        self.tokens.clear();
        self.blocks(src, dst)?;
        dst.extend_from_slice(&adler32(src).to_be_bytes());
        Ok(())
    }

    /// Adds segment to segment as long as one code serves them better than two.
    fn blocks(&mut self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let mut pending = Pending::default();
        let mut costs = Costs::of(&Histogram::of_bytes(&src[..src.len().min(SEGMENT)]));
        let (mut start, mut end, mut counts) = (0, 0, Histogram::of_tokens(&[], &[]));
        while end < src.len() {
            let (first, begin) = (self.tokens.len(), end);
            let until = src.len().min(begin + SEGMENT);
            end = self
                .matcher
                .parse(src, begin, until, &costs, &mut self.tokens);
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
            costs = Costs::of(&counts);
        }
        let last = Block {
            last: true,
            ..self.block(&src[start..], &self.tokens, &counts)
        };
        last.write(&mut pending, dst)?;
        dst.extend(pending.last_byte());
        Ok(())
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
