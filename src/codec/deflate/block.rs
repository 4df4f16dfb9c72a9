//! Blocks: what each costs in each of the three forms, and writing it in the cheapest.

use super::bits::{BitWriter, Pending, SLACK, low_16};
use super::header::Header;
use super::histogram::{END, Histogram, LENGTHS, distance_extra, distance_symbol, length_symbol};
use super::huffman::{MAX_LENGTH, code_lengths, codes};
use super::matcher::Token;
use crate::codec::reserve;
use crate::error::Result;
use crate::limits::{index, to_u64, to_usize};

/// A block to write: what it stands for, and how.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub src: &'a [u8],
    pub tokens: &'a [Token],
    pub counts: &'a Histogram,
    pub last: bool,
}

impl Block<'_> {
    /// Appends the block in its shortest form. `pending` is passed from block to block.
    pub(super) fn write(&self, pending: &mut Pending, dst: &mut Vec<u8>) -> Result<()> {
        let (code, fixed_code) = (Code::new(self.counts), Code::fixed());
        let header = Header::new(&code.literal_lengths, &code.distance_lengths);
        let extra = self.counts.extra_bits();
        let dynamic = header.bits() + code.bits(self.counts) + extra;
        let fixed = fixed_code.bits(self.counts) + extra;
        let stored = (to_u64(self.src.len()) + 5 * to_u64(self.stored_pieces())) * 8;
        if stored < dynamic.min(fixed) {
            return self.write_stored(pending, dst);
        }
        let (start, room) = (dst.len(), to_usize(dynamic.min(fixed) / 8)? + 8 + SLACK);
        reserve(dst, room)?;
        dst.resize(start + room, 0);
        let mut out = BitWriter::new(&mut dst[start..], *pending);
        let last = u64::from(self.last);
        if fixed <= dynamic {
            out.put(1 << 1 | last, 3);
            self.write_tokens(&fixed_code, &mut out);
        } else {
            out.put(2 << 1 | last, 3);
            header.write(&mut out);
            self.write_tokens(&code, &mut out);
        }
        let written;
        (written, *pending) = out.finish();
        dst.truncate(start + written);
        Ok(())
    }

    fn write_tokens(&self, code: &Code, out: &mut BitWriter<'_>) {
        let mut src = self.src;
        let lengths = code.lengths();
        for token in self.tokens {
            let (literals, rest) = src.split_at(index(token.literals));
            // Four codes of 14 bits and the 7 that may wait fit in.
            for four in literals.chunks(4) {
                for &byte in four {
                    out.put_code(code.literals[usize::from(byte)]);
                }
                out.flush();
            }
            src = &rest[usize::from(token.length)..];
            if token.length > 0 {
                out.put_code(lengths[usize::from(token.length.wrapping_sub(3)) & 255]);
                let symbol = distance_symbol(token.distance);
                out.put_code(code.distances[symbol]);
                let extra = distance_extra(symbol);
                let distance = u64::from(token.distance.wrapping_sub(1));
                out.put(distance & ((1 << extra) - 1), extra);
                out.flush();
            }
        }
        out.put_code(code.literals[END]);
        out.flush();
    }

    fn write_stored(&self, pending: &mut Pending, dst: &mut Vec<u8>) -> Result<()> {
        let pieces = self.stored_pieces();
        reserve(dst, self.src.len() + 6 * pieces)?;
        for (number, piece) in self.src.chunks(STORED).enumerate() {
            let last = u64::from(self.last && number + 1 == pieces);
            let mut room = [0; SLACK + 2];
            let mut out = BitWriter::new(&mut room, *pending);
            out.put(last, 3);
            let (whole, rest) = out.finish();
            dst.extend_from_slice(&room[..whole + usize::from(!rest.is_empty())]);
            *pending = Pending::default();
            let length = low_16(piece.len());
            dst.extend_from_slice(&length.to_le_bytes());
            dst.extend_from_slice(&(!length).to_le_bytes());
            dst.extend_from_slice(piece);
        }
        Ok(())
    }

    fn stored_pieces(&self) -> usize {
        self.src.len().div_ceil(STORED).max(1)
    }
}

/// The codes of a block, as [`codes`] gives them, and their lengths.
struct Code {
    literals: [u32; 288],
    distances: [u32; 32],
    literal_lengths: [u8; 288],
    distance_lengths: [u8; 32],
}

impl Code {
    fn new(counts: &Histogram) -> Self {
        let (mut literals, mut distances) = ([0; 288], [0; 32]);
        code_lengths(&counts.literals, LITERAL_LIMIT, &mut literals);
        code_lengths(&counts.distances, MAX_LENGTH, &mut distances);
        Code::of_lengths(literals, distances)
    }

    /// RFC 1951, section 3.2.6.
    fn fixed() -> Self {
        let mut literals = [8; 288];
        literals[144..256].fill(9);
        literals[256..280].fill(7);
        Code::of_lengths(literals, [5; 32])
    }

    fn of_lengths(literal_lengths: [u8; 288], distance_lengths: [u8; 32]) -> Self {
        let (mut literals, mut distances) = ([0; 288], [0; 32]);
        codes(&literal_lengths, &mut literals);
        codes(&distance_lengths, &mut distances);
        Code {
            literals,
            distances,
            literal_lengths,
            distance_lengths,
        }
    }

    /// How many bits a block takes, less header and extra bits.
    fn bits(&self, counts: &Histogram) -> u64 {
        let sum = |counts: &[u32], lengths: &[u8]| -> u64 {
            let each = counts.iter().zip(lengths);
            each.map(|(&count, &length)| u64::from(count) * u64::from(length))
                .sum()
        };
        sum(&counts.literals, &self.literal_lengths)
            + sum(&counts.distances, &self.distance_lengths)
    }

    /// The codes of all lengths, from 3, with their extra bits.
    fn lengths(&self) -> [u32; 256] {
        let mut length = 2;
        [(); 256].map(|()| {
            length += 1;
            let symbol = length_symbol(length);
            let (first, extra) = LENGTHS[symbol - END - 1];
            let code = self.literals[symbol];
            let bits = u32::from(length - first) << (code >> 24);
            code + bits + (u32::from(extra) << 24)
        })
    }
}

/// The longest code of a literal or length. It makes four fit into the writer, and costs nothing to
/// speak of.
const LITERAL_LIMIT: usize = 14;
/// The most bytes of a stored block.
const STORED: usize = 65535;
