//! Matches of every length, from binary trees of the places that were seen (as in LZMA).

use super::bits::low_16;
use super::matcher::{HASH, LONGEST, Match, WINDOW, eight, same_bytes};
use crate::limits::index;

/// For each hash of four bytes a tree of the places that had it, sorted by the bytes from there on,
/// the last place at the root. A place is one more than its index, so that 0 is none.
#[derive(Debug, Default)]
pub(super) struct Trees {
    roots: Vec<u32>,
    /// What comes before and what comes after each place of the window.
    children: Vec<[u32; 2]>,
    /// Where three bytes were seen last, by hash.
    threes: Vec<u32>,
    shift: u32,
}

/// Where a subtree belongs: the slot of a place, and the side.
type Link = (usize, usize);

impl Trees {
    /// Forgets all that was seen, to begin with an input of `length` bytes.
    pub(super) fn reset(&mut self, length: usize) {
        let bits = length.max(1).ilog2().clamp(8, MOST_BITS);
        self.shift = 64 - bits;
        let tables = [(&mut self.roots, 1 << bits), (&mut self.threes, THREES)];
        for (table, length) in tables {
            table.clear();
            table.resize(length, 0);
        }
        self.children.resize(WINDOW, [0; 2]);
    }

    /// Appends matches of the bytes at `at`, each longer than the one before, and remembers the
    /// place; places come in order. Of the tree `depth` places are looked at, the others forgotten.
    pub(super) fn find(&mut self, src: &[u8], at: usize, depth: u32, found: &mut Vec<Match>) {
        let (Some(bytes), Ok(here)) = (eight(src, at), u32::try_from(at + 1)) else {
            return;
        };
        let own = &src[at..src.len().min(at + LONGEST)];
        let three = &mut self.threes[hash(bytes << 40, THREE_SHIFT)];
        let distance = index(here - std::mem::replace(three, here));
        let mut longest = 2;
        if distance <= at.min(WINDOW) && src[at - distance..].starts_with(&own[..3]) {
            longest = 3;
            found.push(Match::new(3, distance));
        }
        let root = &mut self.roots[hash(bytes << 32, self.shift)];
        let mut place = std::mem::replace(root, here);
        // What is left of the tree is split into what comes before and after the new place.
        let mut open: [Link; 2] = [(slot(here), 0), (slot(here), 1)];
        let mut known = [0; 2];
        for _ in 0..depth {
            let distance = index(here - place);
            if distance > at.min(WINDOW - 1) {
                break;
            }
            let there = &src[at - distance..];
            let begin = known[0].min(known[1]);
            let same = begin + same_bytes(&own[begin..], &there[begin..]);
            if same > longest {
                longest = same;
                found.push(Match::new(same, distance));
            }
            let children = self.children[slot(place)];
            if same == own.len() {
                self.link(open[0], children[0]);
                self.link(open[1], children[1]);
                return;
            }
            let side = usize::from(there[same] > own[same]);
            self.link(open[side], place);
            open[side] = (slot(place), 1 - side);
            known[side] = same;
            place = children[1 - side];
        }
        self.link(open[0], 0);
        self.link(open[1], 0);
    }

    fn link(&mut self, (slot, side): Link, place: u32) {
        self.children[slot][side] = place;
    }
}

impl Match {
    fn new(length: usize, distance: usize) -> Self {
        Match {
            length: low_16(length),
            distance: low_16(distance),
        }
    }
}

#[inline(always)]
fn slot(place: u32) -> usize {
    index(place) % WINDOW
}

/// A hash of the low bytes, the others of which have been shifted out.
#[inline(always)]
fn hash(bytes: u64, shift: u32) -> usize {
    usize::try_from(bytes.wrapping_mul(HASH) >> shift).unwrap_or(0)
}

const MOST_BITS: u32 = 16;
const THREES: usize = 1 << 15;
const THREE_SHIFT: u32 = 64 - 15;
