//! Small TIFFs entry by entry, right or wrong, in every byte order and offset width.

/// The field types that the tests use, by the numbers of TIFF 6.0 and BigTIFF.
pub const BYTE: u16 = 1;
pub const ASCII: u16 = 2;
pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;
pub const SSHORT: u16 = 8;
pub const DOUBLE: u16 = 12;
pub const LONG8: u16 = 16;

/// Byte order and width of offsets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    pub big_endian: bool,
    pub bigtiff: bool,
}

/// All four kinds of TIFF.
pub const WIRES: [Wire; 4] = [
    wire(false, false),
    wire(true, false),
    wire(false, true),
    wire(true, true),
];

const fn wire(big_endian: bool, bigtiff: bool) -> Wire {
    Wire {
        big_endian,
        bigtiff,
    }
}

/// One entry. `count` is that of `values` unless a test lies about it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub tag: u16,
    pub field_type: u16,
    pub count: u64,
    pub values: Vec<u64>,
    /// Stands instead of the values or of their offset.
    pub place: Option<u64>,
}

/// An entry whose count is true.
pub fn entry(tag: u16, field_type: u16, values: &[u64]) -> Entry {
    Entry {
        tag,
        field_type,
        count: values.len() as u64,
        values: values.to_vec(),
        place: None,
    }
}

impl Wire {
    /// The last bytes of a number in this order.
    pub fn number(self, number: u64, width: usize) -> Vec<u8> {
        match self.big_endian {
            true => number.to_be_bytes()[8 - width..].to_vec(),
            false => number.to_le_bytes()[..width].to_vec(),
        }
    }

    pub fn offset_bytes(self) -> usize {
        if self.bigtiff { 8 } else { 4 }
    }

    /// The header of a file whose first directory stands at `first`.
    pub fn header(self, first: u64) -> Vec<u8> {
        let mut out = if self.big_endian { b"MM" } else { b"II" }.to_vec();
        match self.bigtiff {
            true => [43, 8, 0].map(|n| out.extend(self.number(n, 2))).len(),
            false => [42].map(|n| out.extend(self.number(n, 2))).len(),
        };
        out.extend(self.number(first, self.offset_bytes()));
        out
    }

    /// A directory at `at`, its entries in the order given, followed by the values that do not fit.
    pub fn directory(self, at: u64, entries: &[Entry], next: u64) -> Vec<u8> {
        let offset = self.offset_bytes();
        let fixed = if self.bigtiff { 8 } else { 2 } + entries.len() * (4 + 2 * offset) + offset;
        let mut out = self.number(entries.len() as u64, if self.bigtiff { 8 } else { 2 });
        let mut tail = Vec::new();
        for entry in entries {
            out.extend(self.number(entry.tag.into(), 2));
            out.extend(self.number(entry.field_type.into(), 2));
            out.extend(self.number(entry.count, offset));
            let width = width(entry.field_type);
            let number = |&value: &u64| self.number(value, width);
            let mut values: Vec<u8> = entry.values.iter().flat_map(number).collect();
            if let Some(place) = entry.place {
                values = self.number(place, offset);
            } else if values.len() > offset {
                let place = at + (fixed + tail.len()) as u64;
                tail.extend(values);
                values = self.number(place, offset);
            }
            values.resize(offset, 0);
            out.extend(values);
        }
        out.extend(self.number(next, offset));
        out.extend(tail);
        out
    }

    /// A file of one directory with these entries, and `room` bytes after it.
    pub fn file(self, entries: &[Entry], room: usize) -> Vec<u8> {
        let mut out = self.header(16);
        out.resize(16, 0);
        out.extend(self.directory(16, entries, 0));
        out.resize(out.len() + room, 0);
        out
    }
}

/// Where [`Wire::file`] puts what follows a directory of these entries without values outside.
pub fn end_of_directory(wire: Wire, entries: usize) -> u64 {
    let offset = wire.offset_bytes();
    let count = if wire.bigtiff { 8 } else { 2 };
    (16 + count + entries * (4 + 2 * offset) + offset) as u64
}

/// A raster of 40 x 24 uint8 pixels in tiles of 16 x 16, uncompressed: the entries that it needs, with
/// the tiles one after the other from `at`.
pub fn plain(at: u64) -> Vec<Entry> {
    let offsets: Vec<u64> = (0..6).map(|tile| at + 256 * tile).collect();
    vec![
        entry(256, SHORT, &[40]),
        entry(257, SHORT, &[24]),
        entry(258, SHORT, &[8]),
        entry(259, SHORT, &[1]),
        entry(262, SHORT, &[1]),
        entry(277, SHORT, &[1]),
        entry(322, SHORT, &[16]),
        entry(323, SHORT, &[16]),
        entry(324, LONG, &offsets),
        entry(325, LONG, &[256; 6]),
        entry(339, SHORT, &[1]),
    ]
}

/// Bytes of one value.
fn width(field_type: u16) -> usize {
    match field_type {
        SHORT | SSHORT => 2,
        LONG => 4,
        DOUBLE | LONG8 => 8,
        _ => 1,
    }
}
