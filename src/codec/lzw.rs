//! Compression 5: LZW as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits, most
//! significant bit first, widths changing one code early. Before TIFF 6 codes were packed from the
//! least significant bit, and widths changed in time: such streams are only read.
//!
//! The decoder's table holds no strings but where each began in the output and how long it is: a
//! new entry is the previous string and the byte after it, which are neighbours in the output.
//! The encoder finds strings by a hash table of their prefix's code and last byte.

use super::{Codec, reserve};
use crate::error::{Malformed, Result, Unsupported};
use crate::limits::{index, to_u64};

/// LZW. It has no checksum: damage is seen only where a code is impossible or output is short.
#[derive(Debug)]
pub(super) struct Lzw;

impl Codec for Lzw {
    /// A stream need not start with a clear code, nor have an end code once `dst` is full.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        if u32::try_from(dst.len()).is_err() {
            return Err(Unsupported::Feature("LZW tiles of 4 GiB and more").into());
        }
        let want = to_u64(dst.len());
        // A clear code tells the two kinds apart, as in libtiff.
        let old = matches!(src, [0, second, ..] if second & 1 == 1);
        let got = if old {
            decode::<true>(src, dst)?
        } else {
            decode::<false>(src, dst)?
        };
        let got = got.into();
        if got < want {
            return Err(Malformed::ShortTile { got, want }.into());
        }
        Ok(())
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        reserve(dst, src.len() / 2 + 16)?;
        encode(src, dst);
        Ok(())
    }

    /// A code has at least 9 bits and stands for a string of less than 4096 bytes.
    fn most_decoded(&self, compressed: u64) -> u64 {
        compressed.saturating_mul(4096)
    }
}

/// A string of the decoder's table: a range of the output.
#[derive(Clone, Copy, Default)]
struct Entry {
    start: u32,
    length: u32,
}

/// How a run of codes ended.
#[derive(PartialEq)]
enum End {
    /// By a clear code.
    Clear,
    /// By an end code, the end of the bytes, or because the output is full.
    Stream,
}

/// Decodes until the output is full or the stream ends; gives the bytes written. `OLD` streams are
/// those of before TIFF 6.
fn decode<const OLD: bool>(src: &[u8], dst: &mut [u8]) -> Result<u32> {
    let mut table = [Entry::default(); TABLE];
    // A literal's entry gives its length only; codes without output keep length 0.
    for literal in table.iter_mut().take(LITERALS) {
        literal.length = 1;
    }
    let mut codes = Codes::<OLD> { src, bit: 0 };
    let mut output = Output { dst, filled: 0 };
    while !output.is_full() {
        match codes.take(MIN_WIDTH) {
            Some(CLEAR) => {}
            None | Some(END) => break,
            Some(code) if usize::from(code) < LITERALS => {
                output.push(
                    code,
                    Entry {
                        start: 0,
                        length: 1,
                    },
                );
                if decode_run(&mut table, &mut codes, &mut output)? == End::Stream {
                    break;
                }
            }
            Some(_) => return Err(Malformed::Codec("an LZW run starts with a string").into()),
        }
    }
    Ok(output.filled)
}

/// Decodes the codes between two clear codes, but for the first, whose literal has been written.
fn decode_run<const OLD: bool>(
    table: &mut [Entry; TABLE],
    codes: &mut Codes<'_, OLD>,
    output: &mut Output<'_>,
) -> Result<End> {
    let mut width = MIN_WIDTH;
    let mut next = FIRST;
    let mut longer = Entry {
        start: output.filled - 1,
        length: 2,
    };
    while !output.is_full() {
        // The previous string and one byte more. That byte is written below, before it is read,
        // unless this very entry comes now: see `push_own`.
        if next < TABLE {
            table[next % TABLE] = longer;
        }
        let Some(code) = codes.take(width) else { break };
        let string = table[usize::from(code) % TABLE];
        longer = Entry {
            start: output.filled,
            length: string.length + 1,
        };
        if usize::from(code) >= next {
            if usize::from(code) > next {
                return Err(Malformed::Codec("an LZW code without a string").into());
            }
            output.push_own(string);
        } else if string.length == 0 {
            let end = if code == CLEAR {
                End::Clear
            } else {
                End::Stream
            };
            return Ok(end);
        } else {
            output.push(code, string);
        }
        next += 1;
        if next == (1 << width) - usize::from(!OLD) && width < MAX_WIDTH {
            width += 1;
        }
    }
    Ok(End::Stream)
}

/// The codes of a stream, by their place in bits.
struct Codes<'a, const OLD: bool> {
    src: &'a [u8],
    bit: u64,
}

impl<const OLD: bool> Codes<'_, OLD> {
    /// The next code, `None` if fewer than `width` bits are left.
    #[inline(always)]
    fn take(&mut self, width: u32) -> Option<u16> {
        let at = usize::try_from(self.bit / 8).ok()?;
        let rest = self.src.get(at..)?;
        let window = match rest.first_chunk::<4>() {
            Some(bytes) => Self::window(*bytes),
            None => self.last_window(rest, width)?,
        };
        let code = if OLD {
            (window >> (self.bit % 8)) & ((1 << width) - 1)
        } else {
            (window << (self.bit % 8)) >> (32 - width)
        };
        self.bit += u64::from(width);
        u16::try_from(code).ok()
    }

    #[cold]
    fn last_window(&self, rest: &[u8], width: u32) -> Option<u32> {
        let mut bytes = [0; 4];
        for (to, from) in bytes.iter_mut().zip(rest) {
            *to = *from;
        }
        let left = to_u64(self.src.len())
            .saturating_mul(8)
            .checked_sub(self.bit)?;
        (left >= u64::from(width)).then(|| Self::window(bytes))
    }

    #[inline(always)]
    fn window(bytes: [u8; 4]) -> u32 {
        if OLD {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    }
}

/// The decoder's output, of less than 4 GiB.
struct Output<'a> {
    dst: &'a mut [u8],
    filled: u32,
}

impl Output<'_> {
    #[inline(always)]
    fn is_full(&self) -> bool {
        index(self.filled) >= self.dst.len()
    }

    /// Writes the string of `code`, or what of it fits. Up to [`WORD`] bytes beyond it may change.
    #[inline(always)]
    fn push(&mut self, code: u16, string: Entry) {
        let (from, at) = (index(string.start), index(self.filled));
        let copied = self
            .dst
            .get(from..)
            .and_then(|bytes| bytes.first_chunk::<WORD>());
        let copied = copied.map(|bytes| u64::from_le_bytes(*bytes));
        let target = self.dst.get(at..).is_some_and(|bytes| bytes.len() >= WORD);
        let (Some(copied), true) = (copied, target) else {
            return self.push_last(code, string);
        };
        let literal = usize::from(code) < LITERALS;
        let word = std::hint::select_unpredictable(literal, u64::from(code), copied);
        if let Some(bytes) = self
            .dst
            .get_mut(at..)
            .and_then(|b| b.first_chunk_mut::<WORD>())
        {
            *bytes = word.to_le_bytes();
        }
        if index(string.length) > WORD {
            self.copy(from + WORD, at + WORD, index(string.length) - WORD);
            self.advance(string.length);
        } else {
            // As much was seen to fit.
            self.filled += string.length;
        }
    }

    /// Writes the string that ends with its own first byte: the one entered just now.
    #[inline(always)]
    fn push_own(&mut self, string: Entry) {
        let at = index(self.filled);
        self.push(u16::MAX, string);
        let last = at + index(string.length) - 1;
        if let Some(&first) = self.dst.get(at)
            && let Some(last) = self.dst.get_mut(last)
        {
            *last = first;
        }
    }

    /// [`Output::push`] where a whole word does not fit.
    #[cold]
    fn push_last(&mut self, code: u16, string: Entry) {
        let at = index(self.filled);
        match (u8::try_from(code), self.dst.get_mut(at)) {
            (Ok(literal), Some(byte)) => *byte = literal,
            _ => self.copy(index(string.start), at, index(string.length)),
        }
        self.advance(string.length);
    }

    /// Copies `length` bytes forward, or as many as fit.
    #[inline(always)]
    fn copy(&mut self, from: usize, at: usize, length: usize) {
        let fit = length.min(self.dst.len().saturating_sub(at));
        if fit > 0 {
            self.dst.copy_within(from..from + fit, at);
        }
    }

    #[inline(always)]
    fn advance(&mut self, length: u32) {
        let end = u64::from(self.filled) + u64::from(length);
        let end = end.min(to_u64(self.dst.len()));
        self.filled = u32::try_from(end).unwrap_or(u32::MAX);
    }
}

fn encode(src: &[u8], dst: &mut Vec<u8>) {
    let mut bits = Bits {
        dst,
        pending: 0,
        count: 0,
    };
    let mut strings = Strings::new();
    bits.push(CLEAR.into(), MIN_WIDTH);
    let mut rest = src.iter();
    if let Some(&first) = rest.next() {
        let mut prefix = u32::from(first);
        for &byte in rest {
            if let Some(code) = strings.find_or_add(prefix, byte) {
                prefix = code;
                continue;
            }
            bits.push(prefix, strings.width);
            strings.grow(&mut bits);
            prefix = u32::from(byte);
        }
        bits.push(prefix, strings.width);
        strings.grow(&mut bits);
    }
    bits.push(END.into(), strings.width);
    bits.finish();
}

/// The encoder's strings: a hash table with linear probing, cleared with the codes.
struct Strings {
    /// Prefix code, last byte and own code in 12, 8 and 12 bits; 0 is free, as no code is 0.
    slots: [u32; SLOTS],
    next: u32,
    width: u32,
}

impl Strings {
    fn new() -> Self {
        Strings {
            slots: [0; SLOTS],
            next: 258,
            width: MIN_WIDTH,
        }
    }

    /// The code of a string, or `None` after entering it under the next code, for [`Self::grow`].
    #[inline(always)]
    fn find_or_add(&mut self, prefix: u32, byte: u8) -> Option<u32> {
        let key = prefix << 8 | u32::from(byte);
        let mut slot = index(key.wrapping_mul(0x9E37_79B1) >> (32 - SLOTS.ilog2()));
        loop {
            let found = self.slots[slot % SLOTS];
            if found == 0 {
                self.slots[slot % SLOTS] = key << 12 | self.next;
                return None;
            }
            if found >> 12 == key {
                return Some(found & 0xFFF);
            }
            slot += 1;
        }
    }

    /// Counts the entry added last; clears all when codes run out, two short of 4096 as libtiff.
    #[inline(always)]
    fn grow(&mut self, bits: &mut Bits<'_>) {
        self.next += 1;
        if self.next == LAST {
            bits.push(CLEAR.into(), MAX_WIDTH);
            self.slots.fill(0);
            self.next = 258;
            self.width = MIN_WIDTH;
        } else if self.next >> self.width != 0 {
            self.width += 1;
        }
    }
}

/// Codes on their way out, most significant bit first.
struct Bits<'a> {
    dst: &'a mut Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits<'_> {
    #[inline(always)]
    fn push(&mut self, code: u32, width: u32) {
        self.pending |= u64::from(code) << (64 - self.count - width);
        self.count += width;
        if self.count >= 32 {
            let [a, b, c, d, ..] = self.pending.to_be_bytes();
            self.dst.extend_from_slice(&[a, b, c, d]);
            self.pending <<= 32;
            self.count -= 32;
        }
    }

    fn finish(self) {
        let bytes = self.pending.to_be_bytes();
        let used = index(self.count.div_ceil(8));
        self.dst.extend(bytes.iter().take(used));
    }
}

const LITERALS: usize = 256;
const CLEAR: u16 = 256;
const END: u16 = 257;
/// The first code of a string, in the decoder's table.
const FIRST: usize = 258;
/// The code whose entry would be the encoder's last: a clear code is sent instead.
const LAST: u32 = 4094;
/// The codes of 12 bits.
const TABLE: usize = 4096;
const MIN_WIDTH: u32 = 9;
const MAX_WIDTH: u32 = 12;
/// Slots of the encoder's hash table: at most half of them are ever used.
const SLOTS: usize = 8192;
/// Bytes that the decoder copies at once.
const WORD: usize = 8;
