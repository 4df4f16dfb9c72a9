//! A COG taken to pieces by the TIFF 6.0 and BigTIFF specifications alone.

use std::collections::BTreeMap;

/// A little-endian COG in parts.
pub struct Anatomy {
    /// All before the first leader, with zeros for the positions and lengths of tiles.
    pub header: Vec<u8>,
    /// Directory and number of each tile, as they stand in the file.
    pub order: Vec<(usize, usize)>,
    /// The tiles of images, in the order of directories.
    pub images: Vec<Vec<u8>>,
    pub masks: Vec<Vec<u8>>,
    /// Whether each tile has its leader, and nothing stands between tiles.
    pub together: bool,
}

impl Anatomy {
    pub fn of(bytes: &[u8]) -> Self {
        let mut header = bytes.to_vec();
        let mut places = BTreeMap::new();
        let (mut images, mut masks) = (Vec::new(), Vec::new());
        for (number, directory) in directories(bytes).iter().enumerate() {
            let values = |tag| directory[&tag].values(bytes);
            let [offsets, counts] = [324, 325].map(values);
            for tag in [324, 325] {
                let Entry { at, count, width } = directory[&tag];
                header[at..at + count * width].fill(0);
            }
            let mask = directory
                .get(&254)
                .is_some_and(|kind| kind.values(bytes)[0] & 4 != 0);
            for (tile, (&at, &count)) in offsets.iter().zip(&counts).enumerate() {
                if count == 0 {
                    continue;
                }
                places.insert(at, (number, tile, count));
                let tile = bytes[at..at + count].to_vec();
                if mask { &mut masks } else { &mut images }.push(tile);
            }
        }
        let mut next = None;
        let mut together = true;
        for (&at, &(_, _, count)) in &places {
            together &= next.unwrap_or(at) == at;
            together &= bytes[at - 4..at] == (count as u32).to_le_bytes();
            next = Some(at + count + 8);
        }
        let first = places.keys().next().expect("a tile");
        header.truncate(first - 4);
        Anatomy {
            header,
            order: places
                .values()
                .map(|&(directory, tile, _)| (directory, tile))
                .collect(),
            images,
            masks,
            together,
        }
    }
}

/// Where the values of an entry stand.
pub struct Entry {
    at: usize,
    count: usize,
    width: usize,
}

impl Entry {
    pub fn values(&self, bytes: &[u8]) -> Vec<usize> {
        let value = |index| number_at(bytes, self.at + index * self.width, self.width);
        (0..self.count).map(value).collect()
    }
}

fn number_at(bytes: &[u8], at: usize, width: usize) -> usize {
    let digits = bytes[at..at + width].iter().rev();
    digits.fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// The entries of all directories by tag (TIFF 6.0, section 2; BigTIFF).
pub fn directories(bytes: &[u8]) -> Vec<BTreeMap<usize, Entry>> {
    let big = bytes[2] == 43;
    let (offset, head) = if big { (8, 8) } else { (4, 2) };
    let mut next = number_at(bytes, if big { 8 } else { 4 }, offset);
    let mut found = Vec::new();
    while next != 0 {
        let count = number_at(bytes, next, head);
        let entry = |index| {
            let at = next + head + index * (4 + 2 * offset);
            let width = match number_at(bytes, at + 2, 2) {
                3 => 2,
                4 => 4,
                12 | 16 => 8,
                _ => 1,
            };
            let count = number_at(bytes, at + 4, offset);
            let inline = at + 4 + offset;
            let at_values = match count * width <= offset {
                true => inline,
                false => number_at(bytes, inline, offset),
            };
            let entry = Entry {
                at: at_values,
                count,
                width,
            };
            (number_at(bytes, at, 2), entry)
        };
        found.push((0..count).map(entry).collect());
        next = number_at(bytes, next + head + count * (4 + 2 * offset), offset);
    }
    found
}
