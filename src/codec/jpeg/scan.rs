//! A scan again with optimal Huffman tables of its own.
//!
//! Symbols and the bits after them stay, so coefficients do, and pixels: only codes change. A scan
//! that its tables do not decode is an error and not kept as it is: no reader could decode it.

use super::huffman::{Lookup, Table};
use super::{BASELINE, CUT_OFF, END, HUFFMAN};
use crate::codec::reserve;
use crate::error::{Malformed, Result};
use crate::limits::index;

/// Appends the Huffman tables and the scan of a baseline stream that has one scan, from its
/// segments.
///
/// # Errors
/// [`Malformed::Codec`] unless the scan is decoded to its end and not beyond.
pub(super) fn recode(segments: &[&[u8]], dst: &mut Vec<u8>) -> Result<()> {
    let of = |marker| {
        let segments = segments.iter();
        segments.filter(move |segment| segment.get(1) == Some(&marker))
    };
    let (header, coded) = split(segments.last().ok_or(CUT_OFF)?)?;
    let mut tables = [const { None }; TABLES];
    for segment in of(HUFFMAN) {
        for (place, table) in Table::all(segment.get(4..).ok_or(CUT_OFF)?)? {
            let slot = tables.get_mut(slot(place >> 4, place & 15)).ok_or(ODD)?;
            *slot = Some(Lookup::new(&table));
        }
    }
    let units = Units::of(of(BASELINE).next().ok_or(ODD)?, header)?;
    let symbols = Symbols::read(&units, &tables, &unstuffed(coded)?)?;
    symbols.write(header, dst)
}

/// A scan's header, marker included, and its coded bytes.
fn split(scan: &[u8]) -> Result<(&[u8], &[u8])> {
    let length = scan.get(2..).and_then(|bytes| bytes.first_chunk());
    let length = usize::from(u16::from_be_bytes(*length.ok_or(CUT_OFF)?));
    let (header, coded) = scan.split_at_checked(2 + length).ok_or(CUT_OFF)?;
    Ok((header, coded.strip_suffix(&END).ok_or(CUT_OFF)?))
}

/// Coded bytes without the zeros after 0xFF, and [`BEYOND`] more.
fn unstuffed(coded: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reserve(&mut bytes, coded.len() + BEYOND)?;
    let mut runs = coded.split(|&byte| byte == 0xFF);
    bytes.extend_from_slice(runs.next().unwrap_or_default());
    for run in runs {
        let Some((0, run)) = run.split_first() else {
            return Err(ODD.into());
        };
        bytes.push(0xFF);
        bytes.extend_from_slice(run);
    }
    bytes.extend_from_slice(&[0; BEYOND]);
    Ok(bytes)
}

/// The minimum coded units of a scan.
struct Units {
    count: usize,
    /// The tables of each block of a unit: DC, AC.
    blocks: Vec<[usize; 2]>,
}

impl Units {
    /// From the headers of a frame and of its scan, which has all components.
    fn of(frame: &[u8], scan: &[u8]) -> Result<Self> {
        let &[_, _, _, _, 8, h0, h1, w0, w1, _, ref components @ ..] = frame else {
            return Err(ODD.into());
        };
        let &[_, _, _, _, count, ref selectors @ ..] = scan else {
            return Err(ODD.into());
        };
        let (components, _) = components.as_chunks::<3>();
        let (selectors, _) = selectors.as_chunks::<2>();
        let count = usize::from(count);
        if components.len() != count || selectors.len() != count + 1 {
            return Err(ODD.into());
        }
        let (mut blocks, mut across, mut down) = (Vec::new(), 1, 1);
        for (&[name, factors, _], &[same, tables]) in components.iter().zip(selectors) {
            // A component alone goes block by block (T.81, Annex A.2.2).
            let factors = if count == 1 { 0x11 } else { factors };
            let (columns, rows) = (usize::from(factors >> 4), usize::from(factors & 15));
            (across, down) = (across.max(columns), down.max(rows));
            let tables = [slot(0, tables >> 4), slot(1, tables & 15)];
            if name != same || tables.iter().any(|&slot| slot >= TABLES) {
                return Err(ODD.into());
            }
            blocks.extend(std::iter::repeat_n(tables, columns * rows));
        }
        let side = |pixels| usize::from(u16::from_be_bytes(pixels));
        let columns = side([w0, w1]).div_ceil(8 * across);
        let rows = side([h0, h1]).div_ceil(8 * down);
        let count = columns * rows;
        Ok(Units { count, blocks })
    }
}

/// The number of a table of a class and destination; [`TABLES`] if baseline streams have none.
fn slot(class: u8, destination: u8) -> usize {
    match (class, destination) {
        (0 | 1, 0 | 1) => usize::from(class << 1 | destination),
        _ => TABLES,
    }
}

/// The symbols of a scan and the bits that follow each.
struct Symbols {
    /// A table's number, a symbol of it, and bits: 8, 8 and 16 bits.
    items: Vec<u32>,
    /// By table and symbol.
    frequencies: Box<[[u64; 256]; TABLES]>,
}

impl Symbols {
    fn read(units: &Units, tables: &[Option<Lookup>; TABLES], bytes: &[u8]) -> Result<Self> {
        let mut symbols = Symbols {
            items: Vec::new(),
            frequencies: Box::new([[0; 256]; TABLES]),
        };
        let with_lookup = |&slot: &usize| Some((slot, tables.get(slot)?.as_ref()?));
        let mut blocks = Vec::new();
        for [dc, ac] in &units.blocks {
            blocks.push(with_lookup(dc).zip(with_lookup(ac)).ok_or(ODD)?);
        }
        let mut bits = Bits {
            rest: bytes,
            bits: 0,
            held: 0,
        };
        for _ in 0..units.count {
            let room = symbols.items.try_reserve(64 * blocks.len());
            room.map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
            for &(dc, ac) in &blocks {
                symbols.block(dc, ac, &mut bits).ok_or(ODD)?;
            }
        }
        // The last byte is padded.
        if bits.left() != BEYOND {
            return Err(ODD.into());
        }
        Ok(symbols)
    }

    /// A block: its DC difference, then pairs of a run of zeros and a coefficient (T.81, F.2.2).
    fn block(
        &mut self,
        dc: (usize, &Lookup),
        ac: (usize, &Lookup),
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        self.symbol(dc, bits)?;
        let mut coefficients = 1;
        while coefficients < 64 {
            match self.symbol(ac, bits)? {
                END_OF_BLOCK => break,
                symbol => coefficients += 1 + (symbol >> 4),
            }
        }
        (coefficients <= 64).then_some(())
    }

    #[inline(always)]
    fn symbol(&mut self, (slot, table): (usize, &Lookup), bits: &mut Bits<'_>) -> Option<u8> {
        let window = bits.window()?;
        let (symbol, length) = table.find(window)?;
        let more = u32::from(symbol & 15);
        let value = (window << length).checked_shr(32 - more).unwrap_or(0);
        bits.skip(length + more);
        let key = slot << 8 | usize::from(symbol);
        self.items.push(u32::try_from(key << 16).ok()? | value);
        *self.frequencies.as_flattened_mut().get_mut(key)? += 1;
        Some(symbol)
    }

    /// Appends their optimal tables, the scan's header, and them.
    fn write(&self, header: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let mut segment = Vec::new();
        // By table and symbol: a code with room for the bits that follow, and the length of both.
        let mut codes = vec![(0, 0); TABLES << 8];
        for (slot, frequencies) in self.frequencies.iter().enumerate() {
            if frequencies.iter().all(|&frequency| frequency == 0) {
                continue;
            }
            let table = Table::optimal(frequencies);
            table.write(PLACES[slot], &mut segment);
            for (bits, length, symbol) in table.codes() {
                let more = u32::from(symbol & 15);
                codes[slot << 8 | usize::from(symbol)] = (bits << more, length + more);
            }
        }
        let frequencies = self.frequencies.as_flattened().iter();
        let lengths = codes.iter().map(|&(_, length)| u64::from(length));
        let length: u64 = lengths.zip(frequencies).map(|(bits, n)| bits * n).sum();
        let length = crate::limits::to_usize(length / 8)?;
        reserve(
            dst,
            length + length / 64 + segment.len() + header.len() + BEYOND,
        )?;
        let of_segment = u16::try_from(2 + segment.len()).map_err(|_| ODD)?;
        dst.extend_from_slice(&[0xFF, HUFFMAN]);
        dst.extend_from_slice(&of_segment.to_be_bytes());
        dst.extend_from_slice(&segment);
        dst.extend_from_slice(header);
        let mut coded = Writer::new(dst);
        for item in &self.items {
            let (code, length) = codes[index(item >> 16)];
            coded.put(code | item & 0xFFFF, length);
        }
        coded.finish();
        dst.extend_from_slice(&END);
        Ok(())
    }
}

/// Bits in the order of a stream without stuffing.
struct Bits<'a> {
    rest: &'a [u8],
    /// The highest bits are next, at least 32 after [`Bits::window`], zeros follow.
    bits: u64,
    held: u32,
}

impl Bits<'_> {
    /// The next 32 bits: more than a symbol and what follows it.
    #[inline(always)]
    fn window(&mut self) -> Option<u32> {
        if self.held < 32 {
            let (word, rest) = self.rest.split_first_chunk()?;
            self.bits |= u64::from(u32::from_be_bytes(*word)) << (32 - self.held);
            self.held += 32;
            self.rest = rest;
        }
        u32::try_from(self.bits >> 32).ok()
    }

    /// Goes on behind fewer bits than a window has.
    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.bits <<= bits;
        self.held -= bits;
    }

    /// Whole bytes that were not looked at.
    fn left(&self) -> usize {
        self.rest.len() + index(self.held / 8)
    }
}

/// Bits into a stream, with a zero after each 0xFF.
struct Writer<'a> {
    dst: &'a mut Vec<u8>,
    /// The lowest bits are yet to be written, fewer than 32 between calls.
    bits: u64,
    held: u32,
}

impl<'a> Writer<'a> {
    fn new(dst: &'a mut Vec<u8>) -> Self {
        let (bits, held) = (0, 0);
        Writer { dst, bits, held }
    }

    /// Appends the lowest `length` bits, at most 32, of bits of which the others are 0.
    #[inline(always)]
    fn put(&mut self, bits: u32, length: u32) {
        self.bits = self.bits << length | u64::from(bits);
        self.held += length;
        if self.held >= 32 {
            self.held -= 32;
            let word = u32::try_from(self.bits >> self.held & 0xFFFF_FFFF).unwrap_or(0);
            self.word(word);
        }
    }

    #[inline(always)]
    fn word(&mut self, word: u32) {
        // Where a byte is 0xFF its highest bit is set, and not so in the sum.
        if word & !word.wrapping_add(0x0101_0101) & 0x8080_8080 == 0 {
            self.dst.extend_from_slice(&word.to_be_bytes());
        } else {
            word.to_be_bytes()
                .into_iter()
                .for_each(|byte| self.byte(byte));
        }
    }

    /// Writes what is left, padded by ones to a whole byte (T.81, F.1.2.3).
    fn finish(mut self) {
        self.put(0x7F, 7);
        let rest = self.bits << (63 - self.held) << 1;
        let whole = index(self.held >> 3);
        rest.to_be_bytes()
            .into_iter()
            .take(whole)
            .for_each(|byte| self.byte(byte));
    }

    #[inline(never)]
    fn byte(&mut self, byte: u8) {
        self.dst.push(byte);
        if byte == 0xFF {
            self.dst.push(0);
        }
    }
}

const ODD: Malformed = Malformed::Codec("its tables do not decode the scan that was encoded");
/// The tables that a baseline stream can have at a time: two of DC, two of AC.
const TABLES: usize = 4;
/// Class and destination of each.
const PLACES: [u8; TABLES] = [0x00, 0x01, 0x10, 0x11];
/// The symbol after the last coefficient that is not 0.
const END_OF_BLOCK: u8 = 0;
/// How many bytes are looked at from any place of a stream.
const BEYOND: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::{START, segments};
    use super::*;

    /// The streams of libjpeg's in a file of `testdata/foreign`, each with tables of its own.
    fn streams(name: &str) -> Vec<Vec<u8>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/foreign/");
        let file = std::fs::read(format!("{folder}{name}.tif")).expect(name);
        let place = |pair: [u8; 2], from: usize| {
            let pairs = file[from..].windows(2);
            pairs
                .into_iter()
                .position(|found| found == pair)
                .map(|at| from + at)
        };
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(start) = place(START, at) {
            at = 2 + place(END, start).expect("an end");
            found.push(file[start..at].to_vec());
        }
        found.retain(|stream| stream.windows(2).any(|pair| pair == [0xFF, BASELINE]));
        found
    }

    fn recoded(stream: &[u8]) -> Result<Vec<u8>> {
        let segments = segments(stream)?;
        let mut out = START.to_vec();
        let frames = segments
            .iter()
            .filter(|part| part.get(1) == Some(&BASELINE));
        out.extend(frames.copied().flatten());
        recode(&segments, &mut out)?;
        Ok(out)
    }

    /// Bytes of the scan without stuffing, and those of all Huffman tables.
    fn lengths(stream: &[u8]) -> (usize, usize) {
        let segments = segments(stream).expect("whole");
        let tables = segments.iter().filter(|part| part[1] == HUFFMAN);
        let (_, coded) = split(segments.last().expect("a scan")).expect("whole");
        let scan = unstuffed(coded).expect("stuffed").len();
        (scan, tables.map(|part| part.len() - 4).sum())
    }

    const NAMES: [&str; 5] = [
        "jpeg-4-bands",
        "jpeg-grey-strips",
        "jpeg-planar",
        "jpeg-rgb-tables",
        "jpeg-ycbcr-420-tables",
    ];

    /// libjpeg's tables are optimal by the same rule: ours give scans of the same length, but that
    /// ties of the rule leave a few bits open, which symbol shares the depth of the code of ones.
    #[test]
    fn scans_of_libjpeg() {
        for stream in NAMES.iter().flat_map(|name| streams(name)) {
            let ours = recoded(&stream).expect("it decodes");
            let ((scan, tables), (theirs, same)) = (lengths(&ours), lengths(&stream));
            assert!(scan.abs_diff(theirs) <= 1, "{scan}, not {theirs}");
            assert_eq!(tables, same);
            assert!(recoded(&ours).expect("it decodes") == ours);
        }
    }

    /// Annex K's tables in 4:2:2 and others, by libjpeg-turbo: larger than they need be.
    #[test]
    fn scans_with_standard_tables() {
        let names = ["jpeg-ycbcr-444", "jpeg-ycbcr-422", "jpeg-ycbcr-411"];
        for stream in names.iter().flat_map(|name| streams(name)) {
            let ours = recoded(&stream).expect("it decodes");
            let ((scan, tables), (before, standard)) = (lengths(&ours), lengths(&stream));
            assert!(scan < before && tables < standard);
            assert!(recoded(&ours).expect("it decodes") == ours);
        }
    }

    #[test]
    fn damage_is_an_error() {
        for stream in NAMES
            .iter()
            .flat_map(|name| streams(name).into_iter().take(1))
        {
            for cut in 1..stream.len() - 2 {
                let short = [&stream[..stream.len() - 2 - cut], &END].concat();
                assert!(recoded(&short).is_err(), "{cut}");
            }
            let long = [&stream[..stream.len() - 2], &[0; 1], &END].concat();
            assert!(recoded(&long).is_err());
            for at in 0..stream.len() {
                let mut damaged = stream.clone();
                damaged[at] ^= 1 << (at % 8);
                let _ = recoded(&damaged);
            }
        }
    }
}
