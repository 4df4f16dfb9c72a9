//! Prefix codes: lengths from frequencies, codes from lengths (RFC 1951, section 3.2.2).

use super::bits::low_16;
use crate::limits::index;

/// Sets `lengths` to those of a complete code for the symbols that have a frequency, none longer
/// than `limit`. A code of fewer than two symbols is completed by unused ones, as some decoders
/// want it. The sum of `frequencies` must be below 2^23.
///
/// Lengths beyond the limit are cut as in libdeflate: a leaf that would lie too deep takes the
/// place of the deepest leaf that does not. That is not quite optimal, and next to it.
pub(super) fn code_lengths(frequencies: &[u32], limit: usize, lengths: &mut [u8]) {
    lengths.fill(0);
    let mut leaves = [0; SYMBOLS];
    let mut used = 0;
    for (symbol, &frequency) in (0u32..).zip(frequencies) {
        if frequency > 0 {
            leaves[used] = frequency << SYMBOL_BITS | symbol;
            used += 1;
        }
    }
    if used < 2 {
        let first = if used == 1 {
            leaves[0] & SYMBOL_MASK
        } else {
            0
        };
        let second = u32::from(first == 0);
        lengths[index(first)] = 1;
        lengths[index(second)] = 1;
        return;
    }
    let leaves = &mut leaves[..used];
    leaves.sort_unstable();
    let mut common_first = leaves.iter().rev();
    for (length, count) in (0u8..).zip(counts_of_lengths(leaves, limit)) {
        for leaf in common_first.by_ref().take(count) {
            lengths[index(leaf & SYMBOL_MASK)] = length;
        }
    }
}

/// How many codes there are of each length, for leaves in ascending order of frequency.
fn counts_of_lengths(leaves: &[u32], limit: usize) -> [usize; MAX_LENGTH + 2] {
    let parents = tree(leaves);
    let inner = leaves.len() - 1;
    let mut counts = [0; MAX_LENGTH + 2];
    let mut depths = [0u32; SYMBOLS];
    counts[1] = 2;
    for node in (0..inner - 1).rev() {
        let depth = depths[usize::from(parents[node])] + 1;
        depths[node] = depth;
        let mut split = index(depth);
        if split >= limit {
            split = limit - 1;
            while counts[split] == 0 {
                split -= 1;
            }
        }
        counts[split] -= 1;
        counts[split + 1] += 2;
    }
    counts
}

/// The parent of each inner node of the Huffman tree; nodes are in order of their making, the root
/// last.
fn tree(leaves: &[u32]) -> [u16; SYMBOLS] {
    let mut parents = [0; SYMBOLS];
    let mut weights = [0; SYMBOLS];
    let (mut leaf, mut node) = (0, 0);
    for made in 0..leaves.len() - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            let next = leaves.get(leaf).map(|leaf| leaf >> SYMBOL_BITS);
            match next {
                Some(frequency) if node == made || frequency <= weights[node] => {
                    weight += frequency;
                    leaf += 1;
                }
                _ => {
                    weight += weights[node];
                    parents[node] = low_16(made);
                    node += 1;
                }
            }
        }
        weights[made] = weight;
    }
    parents
}

/// The codes of `lengths`, each with its first bit lowest, as the stream wants them, and its length
/// in the high byte.
pub(super) fn codes(lengths: &[u8], codes: &mut [u32]) {
    let mut next = [0u32; MAX_LENGTH + 2];
    for &length in lengths {
        next[usize::from(length) + 1] += 1;
    }
    next[1] = 0;
    for length in 1..=MAX_LENGTH {
        next[length + 1] = (next[length + 1] + next[length]) << 1;
    }
    for (code, &length) in codes.iter_mut().zip(lengths) {
        let number = &mut next[usize::from(length)];
        let reversed = number.reverse_bits().checked_shr(32 - u32::from(length));
        *code = reversed.unwrap_or(0) | u32::from(length) << 24;
        *number += 1;
    }
}

/// The most symbols of a code.
pub(super) const SYMBOLS: usize = 288;
/// The longest code that Deflate allows.
pub(super) const MAX_LENGTH: usize = 15;
const SYMBOL_BITS: u32 = 9;
const SYMBOL_MASK: u32 = (1 << SYMBOL_BITS) - 1;
