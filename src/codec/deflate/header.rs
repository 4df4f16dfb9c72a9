//! The description of a dynamic code (RFC 1951, section 3.2.7).

use super::bits::BitWriter;
use super::huffman::{code_lengths, codes};

/// The lengths of a block's codes, in the form in which they are sent.
#[derive(Debug)]
pub(super) struct Header {
    /// Symbols with their extra bits.
    symbols: Vec<(u8, u8)>,
    lengths: [u8; 19],
    literals: u8,
    distances: u8,
    sent: u8,
}

impl Header {
    pub(super) fn new(literals: &[u8; 288], distances: &[u8; 32]) -> Self {
        let (literals, distances) = (used(literals, 257), used(distances, 1));
        let symbols = run_lengths(&[literals, distances].concat());
        let mut counts = [0; 19];
        for &(symbol, _) in &symbols {
            counts[usize::from(symbol)] += 1;
        }
        let mut lengths = [0; 19];
        code_lengths(&counts, LIMIT, &mut lengths);
        let sent = used(&ORDER.map(|symbol| lengths[symbol]), 4).len();
        let field = |count: usize, least: usize| u8::try_from(count - least).unwrap_or(0);
        Header {
            symbols,
            lengths,
            literals: field(literals.len(), 257),
            distances: field(distances.len(), 1),
            sent: field(sent, 4),
        }
    }

    /// How many bits it takes, with the three of the block's form.
    pub(super) fn bits(&self) -> u64 {
        let symbols = self.symbols.iter();
        let symbols = symbols
            .map(|&(symbol, _)| u64::from(self.lengths[usize::from(symbol)] + extra_bits(symbol)));
        3 + 14 + 3 * (u64::from(self.sent) + 4) + symbols.sum::<u64>()
    }

    pub(super) fn write(&self, out: &mut BitWriter<'_>) {
        out.put(self.literals.into(), 5);
        out.put(self.distances.into(), 5);
        out.put(self.sent.into(), 4);
        for &symbol in ORDER.iter().take(usize::from(self.sent) + 4) {
            out.flush();
            out.put(self.lengths[symbol].into(), 3);
        }
        let mut table = [0; 19];
        codes(&self.lengths, &mut table);
        for &(symbol, extra) in &self.symbols {
            out.flush();
            out.put_code(table[usize::from(symbol)]);
            out.put(extra.into(), extra_bits(symbol).into());
        }
        out.flush();
    }
}

/// The lengths up to the last that is not 0, but `least` at least.
fn used(lengths: &[u8], least: usize) -> &[u8] {
    let last = lengths.iter().rposition(|&length| length > 0);
    &lengths[..last.map_or(0, |last| last + 1).max(least)]
}

/// Lengths in the alphabet of lengths, with extra bits.
fn run_lengths(lengths: &[u8]) -> Vec<(u8, u8)> {
    let mut symbols = Vec::with_capacity(lengths.len());
    for run in lengths.chunk_by(|a, b| a == b) {
        let (length, mut rest) = (run[0], run.len());
        if length > 0 {
            symbols.push((length, 0));
            rest -= 1;
        }
        while rest >= 3 {
            let (symbol, least, most) = match (length, rest) {
                (0, ..=10) => (17, 3, 10),
                (0, _) => (18, 11, 138),
                _ => (16, 3, 6),
            };
            let taken = rest.min(most);
            symbols.push((symbol, u8::try_from(taken - least).unwrap_or(0)));
            rest -= taken;
        }
        symbols.extend(std::iter::repeat_n((length, 0), rest));
    }
    symbols
}

/// How many extra bits a symbol of the alphabet of lengths has.
fn extra_bits(symbol: u8) -> u8 {
    match symbol {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

/// The longest code in the alphabet of lengths.
const LIMIT: usize = 7;
/// The order in which that alphabet's own lengths are sent.
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
