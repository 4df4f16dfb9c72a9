//! Huffman tables of JPEG: their segments, their codes, and the optimal ones for frequencies.

use std::cmp::Reverse;

use super::CUT_OFF;
use crate::error::Result;
use crate::limits::index;

/// What a stream says of one table (ITU-T T.81, Annex B.2.4.2).
pub(super) struct Table {
    /// How many codes there are of each length, from 1 on.
    counts: [u8; LONGEST],
    /// What the codes stand for, in the order of the codes.
    symbols: Vec<u8>,
}

impl Table {
    /// The tables of a DHT segment, after its marker and length. Each has a byte before it: class
    /// and destination.
    pub(super) fn all(mut segment: &[u8]) -> Result<Vec<(u8, Table)>> {
        let mut tables = Vec::new();
        while let Some((&place, rest)) = segment.split_first() {
            let (&counts, rest) = rest.split_first_chunk().ok_or(CUT_OFF)?;
            let symbols = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(symbols).ok_or(CUT_OFF)?;
            let symbols = symbols.to_vec();
            tables.push((place, Table { counts, symbols }));
            segment = rest;
        }
        Ok(tables)
    }

    /// The table that takes the fewest bits for symbols of these frequencies, but for the limit of
    /// 16 bits and the code of ones alone, which is of no symbol: T.81, Annex K.2, as in libjpeg.
    /// That code counts as a symbol that occurs once. If it did not occur, scans would be some bits
    /// shorter, but have more bytes of 0xFF, each of which takes two.
    pub(super) fn optimal(frequencies: &[u64; 256]) -> Self {
        let symbols = (0..=u8::MAX).zip(frequencies);
        let mut used: Vec<(Reverse<u64>, u8)> = symbols
            .filter(|(_, frequency)| **frequency > 0)
            .map(|(symbol, &frequency)| (Reverse(frequency), symbol))
            .collect();
        used.sort_unstable();
        let frequencies = used.iter().rev().map(|(frequency, _)| frequency.0);
        let mut counts = depths([1].into_iter().chain(frequencies).collect());
        shorten(&mut counts);
        if let Some(longest) = counts.iter_mut().rev().find(|count| **count > 0) {
            *longest -= 1;
        }
        let count = |length: usize| u8::try_from(counts[length + 1]).unwrap_or(u8::MAX);
        Table {
            counts: std::array::from_fn(count),
            symbols: used.iter().map(|&(_, symbol)| symbol).collect(),
        }
    }

    /// Appends it as it stands in a DHT segment.
    pub(super) fn write(&self, place: u8, dst: &mut Vec<u8>) {
        dst.push(place);
        dst.extend_from_slice(&self.counts);
        dst.extend_from_slice(&self.symbols);
    }

    /// The codes in ascending order (T.81, Annex C): bits, how many, and the symbol.
    pub(super) fn codes(&self) -> impl Iterator<Item = (u32, u32, u8)> {
        let lengths = (1u32..).zip(&self.counts);
        let lengths = lengths.flat_map(|(length, &n)| std::iter::repeat_n(length, n.into()));
        let (mut next, mut last) = (0u32, 0);
        self.symbols
            .iter()
            .zip(lengths)
            .map(move |(&symbol, length)| {
                let bits = next << (length - last);
                (next, last) = (bits + 1, length);
                (bits, length, symbol)
            })
    }
}

/// How many leaves of the Huffman tree lie at each depth; of weights in ascending order.
fn depths(mut weights: Vec<u64>) -> [u16; DEEPEST + 1] {
    let leaves = weights.len();
    let root = 2 * (leaves - 1);
    let mut parents = vec![0; root];
    let (mut leaf, mut inner) = (0, leaves);
    for made in leaves..=root {
        let mut weight = 0;
        for _ in 0..2 {
            let lighter = inner == made || weights[leaf] <= weights[inner];
            let next = if leaf < leaves && lighter {
                &mut leaf
            } else {
                &mut inner
            };
            weight += weights[*next];
            parents[*next] = made;
            *next += 1;
        }
        weights.push(weight);
    }
    let mut depths = vec![0; root + 1];
    for node in (0..root).rev() {
        depths[node] = depths[parents[node]] + 1;
    }
    let mut counts = [0; DEEPEST + 1];
    for &depth in &depths[..leaves] {
        counts[depth] += 1;
    }
    counts
}

/// Moves leaves that lie too deep (T.81, figure K.3).
fn shorten(counts: &mut [u16; DEEPEST + 1]) {
    for deep in (LONGEST + 1..=DEEPEST).rev() {
        while counts[deep] > 0 {
            let mut split = deep - 2;
            while counts[split] == 0 {
                split -= 1;
            }
            counts[deep] -= 2;
            counts[deep - 1] += 1;
            counts[split] -= 1;
            counts[split + 1] += 2;
        }
    }
}

/// Finds the symbol that a code stands for.
pub(super) struct Lookup {
    /// By the next bits: the symbol in the high byte, the length of its code in the low one, or 0
    /// for codes that are longer.
    short: [u16; 1 << SHORT],
    /// For each longer length, what its codes are less than if any bits follow.
    ends: [u32; LONGEST + 1],
    /// For each longer length, what to add to a code to have its place among `symbols`.
    places: [usize; LONGEST + 1],
    symbols: Vec<u8>,
}

impl Lookup {
    pub(super) fn new(table: &Table) -> Self {
        let mut lookup = Lookup {
            short: [0; 1 << SHORT],
            ends: [0; LONGEST + 1],
            places: [0; LONGEST + 1],
            symbols: table.symbols.clone(),
        };
        for (at, (bits, length, symbol)) in table.codes().enumerate() {
            let length_at = index(length);
            if let Some(rest) = SHORT.checked_sub(length) {
                let entries = index(bits << rest)..index((bits + 1) << rest);
                let low = u16::try_from(length).unwrap_or(0);
                let entries = lookup.short.get_mut(entries).unwrap_or_default();
                entries.fill(u16::from(symbol) << 8 | low);
            } else {
                lookup.ends[length_at] = (bits + 1) << (16 - length);
                lookup.places[length_at] = at.wrapping_sub(index(bits));
            }
        }
        lookup
    }

    /// The symbol of the code that the next bits begin with, and the code's length.
    #[inline]
    pub(super) fn find(&self, bits: u32) -> Option<(u8, u32)> {
        let short = self.short[index(bits >> (32 - SHORT))];
        if short != 0 {
            let [symbol, length] = short.to_be_bytes();
            return Some((symbol, length.into()));
        }
        let bits = bits >> 16;
        let length = (SHORT + 1..=16).find(|&length| bits < self.ends[index(length)])?;
        let code = index(bits >> (16 - length));
        let place = self.places[index(length)].wrapping_add(code);
        Some((*self.symbols.get(place)?, length))
    }
}

/// The longest code that JPEG allows.
const LONGEST: usize = 16;
/// The deepest leaf of a tree of 256 symbols and the code of ones.
const DEEPEST: usize = 256;
/// Codes up to this length are found at once.
const SHORT: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits that the symbols take by T.81, figures K.1 to K.3, word for word.
    fn cost_of_standard(frequencies: &[u64; 256]) -> u64 {
        let mut weights = [&frequencies[..], &[1]].concat();
        let (mut sizes, mut others) = ([0usize; 257], [None; 257]);
        let least = |weights: &[u64], but: usize| {
            let used = (0..257).filter(|&at| weights[at] > 0 && at != but);
            used.min_by_key(|&at| (weights[at], Reverse(at)))
        };
        while let Some(first) = least(&weights, 257) {
            let Some(second) = least(&weights, first) else {
                break;
            };
            weights[first] += std::mem::take(&mut weights[second]);
            let mut last = first;
            for chain in [first, second] {
                let mut next = Some(chain);
                while let Some(at) = next {
                    sizes[at] += 1;
                    (last, next) = (if chain == first { at } else { last }, others[at]);
                }
            }
            others[last] = Some(second);
        }
        let mut counts = [0; DEEPEST + 1];
        sizes.iter().for_each(|&size| counts[size] += 1);
        counts[0] = 0;
        shorten(&mut counts);
        let mut used: Vec<u64> = frequencies.iter().copied().filter(|&n| n > 0).collect();
        used.sort_by_key(|&n| Reverse(n));
        let lengths = (0u64..).zip(counts);
        let lengths = lengths.flat_map(|(length, n)| std::iter::repeat_n(length, n.into()));
        lengths.zip(used).map(|(length, n)| length * n).sum()
    }

    fn fits(frequencies: &[u64; 256]) {
        let table = Table::optimal(frequencies);
        let (mut cost, mut room, mut seen) = (0, 1 << LONGEST, 0);
        for (bits, length, symbol) in table.codes() {
            assert!(length <= 16 && bits + 1 < 1 << length, "a code of ones");
            room -= 1 << (16 - length);
            cost += u64::from(length) * frequencies[usize::from(symbol)];
            seen += 1;
            let (code, rest) = (bits << (32 - length), u32::MAX >> length);
            for window in [code, code | rest] {
                assert_eq!(Lookup::new(&table).find(window), Some((symbol, length)));
            }
        }
        assert!(room > 0);
        assert_eq!(seen, frequencies.iter().filter(|&&n| n > 0).count());
        assert_eq!(cost, cost_of_standard(frequencies));
        assert_eq!(Lookup::new(&table).find(u32::MAX), None, "the code of ones");
    }

    #[test]
    fn optimal_tables() {
        let mut one = [0; 256];
        one[0xF0] = 9;
        fits(&one);
        fits(&[1; 256]);
        fits(&std::array::from_fn(|at| {
            1 + (at as u64 * 7919) % 1000 / (1 + at as u64 % 13)
        }));
        // Trees deeper than 16: powers of two, Fibonacci's numbers.
        fits(&std::array::from_fn(|at| if at < 40 { 1 << at } else { 0 }));
        let mut fibonacci = [0; 256];
        (fibonacci[7], fibonacci[8]) = (1, 1);
        (9..60).for_each(|at| fibonacci[at] = fibonacci[at - 1] + fibonacci[at - 2]);
        fits(&fibonacci);
    }

    #[test]
    fn segments_cut_off() {
        let mut segment = Vec::new();
        Table::optimal(&[1; 256]).write(0x10, &mut segment);
        assert_eq!(Table::all(&segment).expect("whole").len(), 1);
        for end in 1..segment.len() {
            assert!(Table::all(&segment[..end]).is_err(), "{end}");
        }
    }
}
