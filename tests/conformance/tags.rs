//! The tags of a sound TIFF, read without the library: what a file is counted under must not hang on
//! the reader that is tested.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The directories of a file's chain, and how the file is written.
pub struct Tags {
    pub big_endian: bool,
    pub bigtiff: bool,
    pub directories: Vec<BTreeMap<u16, Vec<u64>>>,
}

impl Tags {
    pub fn of(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let big_endian = bytes.starts_with(b"MM");
        let wire = Wire {
            bytes: &bytes,
            big_endian,
            bigtiff: false,
        };
        let bigtiff = wire.number(2, 2) == 43;
        let wire = Wire { bigtiff, ..wire };
        let mut at = wire.number(if bigtiff { 8 } else { 4 }, wire.offset());
        let (mut directories, mut seen) = (Vec::new(), BTreeSet::new());
        while at != 0 && seen.insert(at) {
            let (directory, next) = wire.directory(usize::try_from(at).expect("an offset"));
            directories.push(directory);
            at = next;
        }
        Tags {
            big_endian,
            bigtiff,
            directories,
        }
    }

    /// The first value of a tag of the first directory, or its default.
    pub fn first(&self, tag: u16, default: u64) -> u64 {
        first(&self.directories[0], tag, default)
    }

    /// Whether the first directory has a tag.
    pub fn has(&self, tag: u16) -> bool {
        self.directories[0].contains_key(&tag)
    }

    /// The values of a tag of the first directory.
    pub fn values(&self, tag: u16) -> &[u64] {
        self.directories[0].get(&tag).map_or(&[], Vec::as_slice)
    }

    /// Whether a later directory's NewSubfileType has all of `set` and nothing of `unset`.
    pub fn later(&self, set: u64, unset: u64) -> bool {
        let kinds = self.directories.iter().skip(1);
        kinds
            .map(|directory| first(directory, 254, 0))
            .any(|kind| kind & set == set && kind & unset == 0)
    }
}

fn first(directory: &BTreeMap<u16, Vec<u64>>, tag: u16, default: u64) -> u64 {
    let values = directory.get(&tag).and_then(|values| values.first());
    values.copied().unwrap_or(default)
}

struct Wire<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    bigtiff: bool,
}

impl Wire<'_> {
    /// Bytes of an offset, and of a count of values.
    fn offset(&self) -> usize {
        if self.bigtiff { 8 } else { 4 }
    }

    fn number(&self, at: usize, width: usize) -> u64 {
        let digits = &self.bytes[at..at + width];
        let shift = |number: u64, digit: &u8| number << 8 | u64::from(*digit);
        match self.big_endian {
            true => digits.iter().fold(0, shift),
            false => digits.iter().rev().fold(0, shift),
        }
    }

    /// The whole numbers of a directory, and where the next one stands.
    fn directory(&self, at: usize) -> (BTreeMap<u16, Vec<u64>>, u64) {
        let offset = self.offset();
        let head = if self.bigtiff { 8 } else { 2 };
        let count = self.number(at, head) as usize;
        let entry = 4 + 2 * offset;
        let entries = (0..count).map(|index| self.entry(at + head + index * entry));
        let next = self.number(at + head + count * entry, offset);
        (entries.collect(), next)
    }

    fn entry(&self, at: usize) -> (u16, Vec<u64>) {
        let offset = self.offset();
        let width = match self.number(at + 2, 2) {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => 1,
        };
        let count = self.number(at + 4, offset) as usize;
        let place = match count * width > offset {
            true => self.number(at + 4 + offset, offset) as usize,
            false => at + 4 + offset,
        };
        let values = (0..count).map_while(|index| {
            let value = place + index * width;
            (value + width <= self.bytes.len()).then(|| self.number(value, width))
        });
        (self.number(at, 2) as u16, values.collect())
    }
}
