//! Compressions 2, 3, 4 and 32771: CCITT modified Huffman, Group 3 and Group 4 (ITU-T T.4 and T.6),
//! by the code tables of fax.
//!
//! A row is the positions where its colour changes, beginning with white; each row of Group 4, and
//! some of Group 3, are told by how they differ from the row above. White is 0 and black is 1,
//! whatever the photometric interpretation says, as in libtiff. Bits are packed, most significant
//! first, rows padded to bytes.

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, Bits};

use super::{Codec, Parameters};
use crate::error::{Malformed, Result, Unsupported};
use crate::limits::to_u64;

/// CCITT images of one width.
#[derive(Debug)]
pub(super) struct Ccitt {
    width: u32,
    scheme: Scheme,
}

/// How rows follow each other.
#[derive(Clone, Copy, Debug)]
enum Scheme {
    /// Runs of one dimension, each row beginning at a multiple of so many bits.
    Huffman { align: u64 },
    /// Rows after marks, which some writers leave out; with `mixed`, a bit after the mark tells
    /// whether the row is of one dimension or two.
    Group3 { mixed: bool },
    /// Rows of two dimensions.
    Group4,
}

impl Ccitt {
    /// # Errors
    /// [`Unsupported`] for other samples than single bits.
    pub(super) fn new(parameters: &Parameters<'_>) -> Result<Self> {
        if parameters.bits != 1 || parameters.samples != 1 {
            return Err(Unsupported::Feature("CCITT of other samples than single bits").into());
        }
        let scheme = match parameters.compression {
            2 => Scheme::Huffman { align: 8 },
            3 => Scheme::Group3 {
                mixed: parameters.t4_options & 1 != 0,
            },
            4 => Scheme::Group4,
            _ => Scheme::Huffman { align: 16 },
        };
        let width = parameters.width;
        Ok(Ccitt { width, scheme })
    }

    /// Decodes the next row, or gives `false` at the mark of the end.
    fn row(&self, codes: &mut Codes<'_>, above: &[u32], row: &mut Vec<u32>) -> Result<bool> {
        row.clear();
        match self.scheme {
            Scheme::Huffman { align } => {
                codes.bit = codes.bit.next_multiple_of(align);
                self.runs(codes, row)?;
            }
            Scheme::Group3 { mixed } => {
                let marks = codes.skip_marks(mixed);
                if marks > 1 {
                    return Ok(false);
                }
                if mixed && codes.take(1) == 0 {
                    self.changes(codes, above, row)?;
                } else {
                    self.runs(codes, row)?;
                }
            }
            Scheme::Group4 => return self.changes(codes, above, row),
        }
        Ok(true)
    }

    /// A row of one dimension: runs of white and black in turn.
    fn runs(&self, codes: &mut Codes<'_>, row: &mut Vec<u32>) -> Result<()> {
        let mut at = 0;
        while at < self.width {
            let black = row.len() % 2 == 1;
            at = self.after(at, codes.run(black)?)?;
            row.push(at);
        }
        // A row that ends in white may be followed by no black.
        Ok(())
    }

    /// A row of two dimensions, or `false` at the mark of the end.
    fn changes(&self, codes: &mut Codes<'_>, above: &[u32], row: &mut Vec<u32>) -> Result<bool> {
        let mut at = 0;
        let mut seen = 0;
        let mut begun = false;
        while at < self.width {
            let black = row.len() % 2 == 1;
            // The first change above, beyond this place (or at it where the row begins), to the
            // other colour: changes to black have even indices. Runs may be empty.
            while seen > 0 && above.get(seen - 1).is_some_and(|&change| change > at) {
                seen -= 1;
            }
            let behind = |change: u32| change < at || begun && change == at;
            while above.get(seen).is_some_and(|&change| behind(change))
                || seen < above.len() && (seen % 2 == 1) != black
            {
                seen += 1;
            }
            begun = true;
            let next = |index: usize| above.get(index).map_or(self.width, |&c| c.min(self.width));
            let is_end = codes.ahead(12) == END;
            match mode::decode(codes).ok_or(BAD_CODE)? {
                Mode::Pass => at = next(seen + 1),
                Mode::Vertical(by) => {
                    let to = i64::from(next(seen)) + i64::from(by);
                    let to = u32::try_from(to).map_err(|_| BAD_CODE)?;
                    if to < at || to > self.width {
                        return Err(BAD_CODE.into());
                    }
                    at = to;
                    row.push(at);
                }
                Mode::Horizontal => {
                    for black in [black, !black] {
                        at = self.after(at, codes.run(black)?)?;
                        row.push(at);
                    }
                }
                Mode::EOF if is_end && row.is_empty() && at == 0 => return Ok(false),
                Mode::EOF => return Err(BAD_CODE.into()),
                Mode::Extension => {
                    return Err(Unsupported::Feature("CCITT's uncompressed mode").into());
                }
            }
        }
        Ok(true)
    }

    fn after(&self, at: u32, run: u32) -> Result<u32> {
        let end = at.checked_add(run).filter(|&end| end <= self.width);
        end.ok_or_else(|| Malformed::Codec("a CCITT row that is longer than its tile").into())
    }
}

impl Codec for Ccitt {
    /// Rows after the mark of the end are white, as some writers leave out what is white.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let want = to_u64(dst.len());
        let bytes = usize::try_from(self.width.div_ceil(8)).unwrap_or(usize::MAX);
        let mut codes = Codes { src, bit: 0 };
        let (mut above, mut row) = (Vec::new(), Vec::new());
        let mut got = 0;
        dst.fill(0);
        for line in dst.chunks_exact_mut(bytes.max(1)) {
            if codes.are_used_up() {
                return Err(Malformed::ShortTile { got, want }.into());
            }
            if !self.row(&mut codes, &above, &mut row)? {
                return Ok(());
            }
            for black in row.chunks(2) {
                if let &[from, to] = black {
                    blacken(line, from, to);
                } else if let &[from] = black {
                    blacken(line, from, self.width);
                }
            }
            got += to_u64(line.len());
            std::mem::swap(&mut above, &mut row);
        }
        if codes.bit > codes.end() {
            return Err(Malformed::ShortTile { got, want }.into());
        }
        Ok(())
    }

    fn encode(&self, _: &[u8], _: &mut Vec<u8>) -> Result<()> {
        Err(Unsupported::Feature("encoding as CCITT, which is only read").into())
    }
}

/// The codes of a stream, by their place in bits. Beyond the end all bits are 0, which is no code.
struct Codes<'a> {
    src: &'a [u8],
    bit: u64,
}

impl Codes<'_> {
    /// The next `count` bits, up to 16.
    fn ahead(&self, count: u32) -> u32 {
        let at = usize::try_from(self.bit / 8).unwrap_or(usize::MAX);
        let byte = |index: usize| self.src.get(at.saturating_add(index)).copied().unwrap_or(0);
        let window = u32::from_be_bytes([byte(0), byte(1), byte(2), byte(3)]);
        (window << (self.bit % 8))
            .checked_shr(32 - count)
            .unwrap_or(0)
    }

    fn take(&mut self, count: u32) -> u32 {
        let bits = self.ahead(count);
        self.bit += u64::from(count);
        bits
    }

    fn end(&self) -> u64 {
        to_u64(self.src.len()).saturating_mul(8)
    }

    fn are_used_up(&self) -> bool {
        self.bit >= self.end()
    }

    /// The length of a run: codes of multiples of 64, then one below 64.
    fn run(&mut self, black: bool) -> Result<u32> {
        let mut length = 0u32;
        loop {
            let code = match black {
                true => black::decode(self),
                false => white::decode(self),
            };
            let code = u32::from(code.ok_or(BAD_CODE)?);
            length = length.saturating_add(code);
            if code < 64 {
                return Ok(length);
            }
        }
    }

    /// Passes the marks between rows, at least eleven times 0 and a 1, and counts them. Those after
    /// the first have their bit of dimension passed as well.
    fn skip_marks(&mut self, mixed: bool) -> u32 {
        let mut marks = 0;
        loop {
            let dimension = u32::from(mixed && marks > 0);
            let start = self.bit + u64::from(dimension);
            let mut probe = Codes {
                src: self.src,
                bit: start,
            };
            if probe.ahead(11) != 0 {
                return marks;
            }
            while probe.ahead(1) == 0 && !probe.are_used_up() {
                probe.bit += 1;
            }
            if probe.are_used_up() {
                return marks;
            }
            self.bit = probe.bit + 1;
            marks += 1;
        }
    }
}

impl BitReader for Codes<'_> {
    type Error = Malformed;

    fn peek(&self, bits: u8) -> Option<u16> {
        (bits <= 16).then(|| u16::try_from(self.ahead(bits.into())).unwrap_or(0))
    }

    fn consume(&mut self, bits: u8) -> Result<(), Malformed> {
        self.bit += u64::from(bits);
        Ok(())
    }

    fn expect(&mut self, bits: Bits) -> Result<(), Option<Bits>> {
        let (data, len) = (self.peek(bits.len).unwrap_or(0), bits.len);
        match data == bits.data {
            true => Ok(()),
            false => Err(Some(Bits { data, len })),
        }
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        u8::try_from((8 - self.bit % 8) % 8).unwrap_or(0)
    }
}

/// Sets the bits from `from` up to `to`.
fn blacken(line: &mut [u8], from: u32, to: u32) {
    let place = |at: u32| (usize::try_from(at / 8).unwrap_or(usize::MAX), at % 8);
    let ((first, skipped), (last, taken)) = (place(from), place(to));
    let (after, before) = (u8::MAX >> skipped, !(u8::MAX >> taken));
    let Some(bytes) = line.get_mut(first..) else {
        return;
    };
    let whole = last.saturating_sub(first);
    for (index, byte) in bytes.iter_mut().enumerate().take(whole + 1) {
        let start = if index == 0 { after } else { u8::MAX };
        let end = if index == whole { before } else { u8::MAX };
        *byte |= start & end;
    }
}

/// The mark of the end of a row, two of which end a Group 4 image.
const END: u32 = 1;
const BAD_CODE: Malformed = Malformed::Codec("bits that are no CCITT code");
