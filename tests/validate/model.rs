//! A small COG put together byte by byte from the description of GDAL's layout, and ways to damage
//! it.

use cogwork::Context;
use cogwork::source::memory::MemorySource;
use cogwork::validate::{Depth, Finding, Report, Rule, Severity, validate_source};

use crate::common::tiff::{ASCII, Entry, LONG, LONG8, SHORT, Wire, entry};

pub const CLASSIC: Wire = Wire {
    big_endian: false,
    bigtiff: false,
};

/// The ghost area that GDAL writes for a file with a mask.
pub const GHOST: &str = "GDAL_STRUCTURAL_METADATA_SIZE=000174 bytes\nLAYOUT=IFDS_BEFORE_DATA\n\
    BLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\n\
    KNOWN_INCOMPATIBLE_EDITION=NO\n MASK_INTERLEAVED_WITH_IMAGERY=YES\n";

/// Indices of the pictures of [`Model::cog`].
pub const BASE: usize = 0;
pub const MASK: usize = 1;
pub const OVERVIEW: usize = 2;
pub const OVERVIEW_MASK: usize = 3;

/// A file that is to be: its ghost area and its directories, in the order of the chain.
#[derive(Clone)]
pub struct Model {
    pub wire: Wire,
    pub ghost: String,
    pub pictures: Vec<Picture>,
}

/// A directory without its arrays of tile positions.
#[derive(Clone)]
pub struct Picture {
    pub entries: Vec<Entry>,
    /// Tiles to write; with none the entries hold the arrays.
    pub tiles: usize,
    /// The type of the offsets.
    pub offsets: u16,
}

/// The bytes, and where things stand in them.
#[derive(Clone)]
pub struct Built {
    pub bytes: Vec<u8>,
    pub ifds: Vec<u64>,
    /// The offsets of each picture's tiles.
    pub tiles: Vec<Vec<u64>>,
}

/// Bytes of a tile: 16 x 16 pixels of 8 bits.
pub const TILE: u64 = 256;

impl Model {
    /// 96 x 64 pixels and an overview of 48 x 32, each with a mask, in tiles of 16 x 16: 24 and 6.
    pub fn cog() -> Self {
        Model {
            wire: CLASSIC,
            ghost: GHOST.to_owned(),
            pictures: vec![
                picture(0, 96, 64, 24),
                picture(4, 96, 64, 24),
                picture(1, 48, 32, 6),
                picture(5, 48, 32, 6),
            ],
        }
    }

    /// The same without a ghost area and without masks.
    pub fn plain() -> Self {
        let mut model = Model::cog();
        model.ghost.clear();
        model.pictures.remove(OVERVIEW_MASK);
        model.pictures.remove(MASK);
        model
    }

    /// Lays the file out: directories, then the tiles of the smallest level, each with its mask's.
    pub fn build(&self) -> Built {
        let start = self.wire.header(0).len();
        let first = start + self.ghost.len() + self.ghost.len() % 2;
        let lengths = self.pictures.iter().map(|picture| {
            let zeros = vec![0; picture.tiles];
            self.wire
                .directory(0, &self.with_arrays(picture, &zeros), 0)
                .len()
        });
        let mut ifds = vec![first as u64];
        for length in lengths {
            ifds.push(ifds.last().expect("one") + (length + length % 2) as u64);
        }
        let data = ifds.pop().expect("one");
        let marked = self.ghost.contains("BLOCK_LEADER");
        let tiles = self.place_tiles(data, if marked { 4 } else { 0 });
        let mut bytes = self.wire.header(ifds[0]);
        bytes.extend(self.ghost.as_bytes());
        for (i, picture) in self.pictures.iter().enumerate() {
            bytes.resize(ifds[i] as usize, 0);
            let next = ifds.get(i + 1).copied().unwrap_or(0);
            let entries = self.with_arrays(picture, &tiles[i]);
            bytes.extend(self.wire.directory(ifds[i], &entries, next));
        }
        bytes.resize(data as usize, 0);
        let mut built = Built { bytes, ifds, tiles };
        built.write_tiles(marked);
        built
    }

    fn with_arrays(&self, picture: &Picture, offsets: &[u64]) -> Vec<Entry> {
        let mut entries = picture.entries.clone();
        if picture.tiles > 0 {
            entries.push(entry(324, picture.offsets, offsets));
            entries.push(entry(325, LONG, &vec![TILE; offsets.len()]));
        }
        entries.sort_by_key(|entry| entry.tag);
        entries
    }

    fn place_tiles(&self, data: u64, around: u64) -> Vec<Vec<u64>> {
        let mut tiles = vec![Vec::new(); self.pictures.len()];
        let mut at = data;
        let is_mask = |i: usize| self.pictures.get(i).is_some_and(Picture::is_mask);
        let images = (0..self.pictures.len()).filter(|&i| !is_mask(i)).rev();
        for image in images {
            for _ in 0..self.pictures[image].tiles {
                let pair = image..image + 1 + usize::from(is_mask(image + 1));
                for offsets in &mut tiles[pair] {
                    offsets.push(at + around);
                    at += TILE + 2 * around;
                }
            }
        }
        tiles
    }
}

pub fn picture(subfile: u64, width: u64, height: u64, tiles: usize) -> Picture {
    let mut entries = vec![
        entry(256, SHORT, &[width]),
        entry(257, SHORT, &[height]),
        entry(258, SHORT, &[8]),
        entry(259, SHORT, &[1]),
        entry(262, SHORT, &[if subfile & 4 == 0 { 1 } else { 4 }]),
        entry(277, SHORT, &[1]),
        entry(322, SHORT, &[16]),
        entry(323, SHORT, &[16]),
    ];
    if subfile != 0 {
        entries.push(entry(254, LONG, &[subfile]));
    }
    Picture {
        entries,
        tiles,
        offsets: LONG,
    }
}

impl Picture {
    fn is_mask(&self) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.tag == 254 && entry.values[0] & 4 != 0)
    }

    /// Sets a tag to numbers of 16 bits, or adds it.
    pub fn set(&mut self, tag: u16, values: &[u64]) {
        self.entries.retain(|entry| entry.tag != tag);
        self.entries.push(entry(tag, SHORT, values));
    }

    pub fn set_text(&mut self, tag: u16, text: &str) {
        let bytes: Vec<u64> = text.bytes().chain([0]).map(u64::from).collect();
        self.entries.push(entry(tag, ASCII, &bytes));
    }
}

impl Built {
    /// Tiles whose last four bytes differ from tile to tile.
    fn write_tiles(&mut self, marked: bool) {
        let mut all: Vec<u64> = self.tiles.iter().flatten().copied().collect();
        all.sort_unstable();
        for (i, offset) in all.into_iter().enumerate() {
            let last = [7, 9, 11, i as u8];
            let mut tile = vec![i as u8; TILE as usize - 4];
            tile.extend(last);
            if marked {
                self.bytes.extend((TILE as u32).to_le_bytes());
            }
            assert_eq!(self.bytes.len() as u64, offset, "tiles follow each other");
            self.bytes.extend(tile);
            if marked {
                self.bytes.extend(last);
            }
        }
    }

    pub fn put(&mut self, at: u64, bytes: &[u8]) {
        self.bytes[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    pub fn put32(&mut self, at: u64, number: u64) {
        self.put(at, &(number as u32).to_le_bytes());
    }

    fn u32(&self, at: u64) -> u64 {
        let bytes = &self.bytes[at as usize..][..4];
        u32::from_le_bytes(bytes.try_into().expect("four")).into()
    }

    /// Where a picture's entry of a tag stands, in a classic file.
    pub fn entry(&self, picture: usize, tag: u16) -> u64 {
        let ifd = self.ifds[picture];
        let entries = (0..).map(|i| ifd + 2 + 12 * i);
        let mut entries = entries.take(64);
        let found = entries.find(|&at| self.bytes[at as usize..][..2] == tag.to_le_bytes());
        found.expect("the tag is there")
    }

    /// Where a value of a picture's array of 32 bits stands.
    pub fn value(&self, picture: usize, tag: u16, index: u64) -> u64 {
        self.u32(self.entry(picture, tag) + 8) + 4 * index
    }

    /// Moves the values of a tag to the end of the file.
    pub fn move_values(&mut self, picture: usize, tag: u16, bytes: u64) -> u64 {
        let entry = self.entry(picture, tag);
        let from = self.u32(entry + 8) as usize;
        let to = self.bytes.len() as u64;
        let values = self.bytes[from..from + bytes as usize].to_vec();
        self.bytes.extend(values);
        self.put32(entry + 8, to);
        to
    }

    pub fn report(&self) -> Report {
        let source = MemorySource::new(self.bytes.clone());
        validate_source(source, Depth::Full, &Context::default()).expect("it is a TIFF")
    }
}

/// What a test expects of a finding: everything but its words.
pub type Expected = (
    Severity,
    Rule,
    Option<usize>,
    bool,
    Option<u64>,
    Option<u64>,
);

pub fn told(finding: &Finding) -> Expected {
    (
        finding.severity,
        finding.rule,
        finding.level,
        finding.mask,
        finding.tile,
        finding.offset,
    )
}

/// Numbers that LONG8 arrays are made of, for the wide file.
pub const WIDE: u16 = LONG8;
