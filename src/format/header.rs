//! The header of a TIFF, parsed without doing I/O.
//!
//! [`HeaderParser::advance`] answers [`Progress::Need`] with the bytes it lacks, or
//! [`Progress::Done`]. Whoever drives it may hand over more than was asked for; reading ahead is
//! handing over early. Arrays of tile positions are not asked for: they stay in the file unless the
//! bytes at hand happen to hold them.

use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;

use super::directory::{Directory, Entry, Value};
use super::ghost::Ghost;
use super::tag;
use super::wire::Wire;
use crate::error::{Error, Malformed, Result};
use crate::limits::{Limits, to_u64, to_usize};
use crate::sample::ByteOrder;

/// A parsed header.
#[derive(Debug)]
pub struct Header {
    /// How the file writes its numbers.
    pub wire: Wire,
    /// The first directory; those that it names as its children (SubIFDs), in the order it names
    /// them; then the others of the chain. It is the order in which GDAL looks at them.
    pub directories: Vec<Directory>,
    /// Number of the first directory's children among them.
    pub children: usize,
    /// How the file says that its tiles are framed.
    pub ghost: Option<Ghost>,
    /// What was wrong after the first directory; the directories that could be read stand.
    pub warnings: Vec<Error>,
}

/// What the parser says when it is asked to go on.
#[derive(Debug)]
pub enum Progress {
    /// These bytes, which lie inside the file, are needed next.
    Need(Range<u64>),
    /// The header is complete.
    Done(Header),
}

/// A state machine from bytes to a [`Header`].
#[derive(Debug)]
pub struct HeaderParser {
    length: u64,
    limits: Limits,
    pieces: Vec<(u64, Bytes)>,
    wire: Option<Wire>,
    /// The next directory of the chain, or 0.
    chain: u64,
    /// The first directory's children that are still to be read, last first.
    children: Vec<u64>,
    children_read: usize,
    /// Directories that were found, readable or not.
    seen: usize,
    visited: HashSet<u64>,
    partial: Option<Partial>,
    kept: u64,
    directories: Vec<Directory>,
    warnings: Vec<Error>,
}

/// A directory whose entries are known and whose values are being gathered.
#[derive(Debug)]
struct Partial {
    offset: u64,
    /// Whether it is a child of the first directory.
    child: bool,
    raw: Bytes,
    done: usize,
    entries: Vec<Entry>,
}

/// Bytes that are needed before the parser can go on, or a reason why it cannot.
enum Halt {
    Need(Range<u64>),
    Fail(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Fail(error)
    }
}

impl HeaderParser {
    /// A parser for a file of `length` bytes.
    pub fn new(length: u64, limits: &Limits) -> Self {
        HeaderParser {
            length,
            limits: limits.clone(),
            pieces: Vec::new(),
            wire: None,
            chain: 0,
            children: Vec::new(),
            children_read: 0,
            seen: 0,
            visited: HashSet::new(),
            partial: None,
            kept: 0,
            directories: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Hands over bytes of the file that begin at `offset`.
    pub fn push(&mut self, offset: u64, bytes: Bytes) {
        self.pieces.push((offset, bytes));
    }

    /// Parses as far as the bytes at hand allow.
    ///
    /// # Errors
    /// [`Malformed`] if the file is no TIFF or its first directory cannot be read, and
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if that directory exceeds one. Of a later
    /// directory both are [`Header::warnings`]: it is left out, and where what follows it is not
    /// known the chain ends, as in GDAL.
    pub fn advance(&mut self) -> Result<Progress> {
        loop {
            match self.step() {
                Ok(true) => {}
                Ok(false) => return self.header().map(Progress::Done),
                Err(Halt::Need(range)) => return Ok(Progress::Need(range)),
                Err(Halt::Fail(error)) => self.forgive(error)?,
            }
        }
    }

    /// Ends parsing for a reason that whoever drives it has: what was parsed stands.
    ///
    /// # Errors
    /// The reason, if there is no directory yet.
    pub fn stop(mut self, reason: Error) -> Result<Header> {
        self.forgive(reason)?;
        self.header()
    }

    /// Turns an error into a warning if there is a directory that can do without what failed.
    fn forgive(&mut self, error: Error) -> Result<()> {
        let error = match self.wire {
            Some(_) => error.in_directory(self.seen),
            None => error,
        };
        if self.directories.is_empty() {
            return Err(error);
        }
        self.warnings.push(error);
        Ok(())
    }

    fn header(&mut self) -> Result<Header> {
        let wire = self.wire.ok_or(Malformed::NotTiff)?;
        Ok(Header {
            wire,
            directories: std::mem::take(&mut self.directories),
            children: self.children_read,
            ghost: self.ghost(wire),
            warnings: std::mem::take(&mut self.warnings),
        })
    }

    /// One step; false when the chain has ended.
    fn step(&mut self) -> Result<bool, Halt> {
        let Some(wire) = self.wire else {
            self.start()?;
            return Ok(true);
        };
        if let Some(partial) = self.partial.take() {
            return self.values(wire, partial);
        }
        match self.children.last().copied() {
            Some(child) => self.child(wire, child),
            None if self.chain == 0 => Ok(false),
            None => self.link(wire, self.chain),
        }
    }

    /// Reads a directory of the chain. If its end cannot be found, the chain ends.
    fn link(&mut self, wire: Wire, offset: u64) -> Result<bool, Halt> {
        let next = self.directory(wire, offset);
        if !matches!(next, Err(Halt::Need(_))) {
            self.chain = 0;
        }
        self.chain = next?;
        Ok(true)
    }

    /// Reads a child of the first directory. What follows it is not read: it is the parent's list
    /// that counts, as far as directories are where it says.
    fn child(&mut self, wire: Wire, offset: u64) -> Result<bool, Halt> {
        match self.directory(wire, offset) {
            Ok(_) => drop(self.children.pop()),
            Err(Halt::Need(range)) => return Err(Halt::Need(range)),
            Err(fail) => {
                self.children.clear();
                return Err(fail);
            }
        }
        Ok(true)
    }

    /// Reads the file header.
    fn start(&mut self) -> Result<(), Halt> {
        let end = self.length.min(16);
        let bytes = self.bytes(0..end)?;
        let order = match bytes.get(..2) {
            Some(b"II") => ByteOrder::Little,
            Some(b"MM") => ByteOrder::Big,
            _ => return Err(Error::from(Malformed::NotTiff).into()),
        };
        let classic = Wire { order, big: false };
        let end = || {
            Error::from(Malformed::UnexpectedEnd {
                length: self.length,
            })
        };
        let wire = match classic.number::<u16>(&bytes, 2) {
            Some(42) => classic,
            Some(43) => self.big(&bytes, order)?,
            Some(_) => return Err(Error::from(Malformed::NotTiff).into()),
            None => return Err(end().into()),
        };
        let at = if wire.big { 8 } else { 4 };
        let first = wire.offset(&bytes, at).ok_or_else(end)?;
        if first == 0 {
            return Err(Error::from(Malformed::UnexpectedEnd {
                length: self.length,
            })
            .into());
        }
        self.chain = first;
        self.wire = Some(wire);
        Ok(())
    }

    /// BigTIFF says that its offsets have 8 bytes, and then a zero.
    fn big(&self, bytes: &[u8], order: ByteOrder) -> Result<Wire> {
        let wire = Wire { order, big: true };
        match (wire.number::<u16>(bytes, 4), wire.number::<u16>(bytes, 6)) {
            (Some(8), Some(0)) => Ok(wire),
            (Some(_), Some(_)) => Err(Malformed::NotTiff.into()),
            _ => Err(Malformed::UnexpectedEnd {
                length: self.length,
            }
            .into()),
        }
    }

    /// Reads the entries of the directory at `offset`, and gives the offset that follows it.
    fn directory(&mut self, wire: Wire, offset: u64) -> Result<u64, Halt> {
        if self.visited.contains(&offset) {
            return Err(Error::from(Malformed::DirectoryLoop).into());
        }
        let found = to_u64(self.seen) + 1;
        Limits::check("directories", found, self.limits.directories)?;
        let head = self.bytes(self.span(offset, to_u64(wire.count_bytes()))?)?;
        let count = match wire.big {
            true => wire.number::<u64>(&head, 0),
            false => wire.number::<u16>(&head, 0).map(u64::from),
        };
        let count = count.unwrap_or(0);
        Limits::check("entries", count, self.limits.entries)?;
        let entries = offset + to_u64(wire.count_bytes());
        let length = count * to_u64(wire.entry_bytes());
        let raw = self.bytes(self.span(entries, length)?)?;
        let next = self.next_offset(wire, entries + length)?;
        self.visited.insert(offset);
        self.seen += 1;
        self.partial = Some(Partial {
            offset,
            child: !self.children.is_empty(),
            raw,
            done: 0,
            entries: Vec::new(),
        });
        Ok(next)
    }

    /// The offset that follows a directory; a file that ends before it ends the chain.
    fn next_offset(&mut self, wire: Wire, at: u64) -> Result<u64, Halt> {
        match self.span(at, to_u64(wire.offset_bytes())) {
            Ok(range) => Ok(wire.offset(&self.bytes(range)?, 0).unwrap_or(0)),
            Err(error) => {
                self.warnings.push(error);
                Ok(0)
            }
        }
    }

    /// Gathers the values of a directory's entries.
    fn values(&mut self, wire: Wire, mut partial: Partial) -> Result<bool, Halt> {
        while let Some(raw) = partial
            .raw
            .chunks_exact(wire.entry_bytes())
            .nth(partial.done)
        {
            match self.entry(wire, raw) {
                Ok(Some(entry)) => {
                    self.kept = self.kept.saturating_add(entry.memory());
                    Limits::check("header_bytes", self.kept, self.limits.header_bytes)
                        .map_err(|error| error.in_directory(self.seen - 1))?;
                    partial.entries.push(entry);
                }
                Ok(None) => {}
                Err(Halt::Need(range)) => {
                    self.partial = Some(partial);
                    return Err(Halt::Need(range));
                }
                Err(Halt::Fail(error)) => return Err(error.in_directory(self.seen - 1).into()),
            }
            partial.done += 1;
        }
        let fixed = to_u64(wire.count_bytes() + wire.offset_bytes() + partial.raw.len());
        let place = partial.offset..partial.offset.saturating_add(fixed);
        let directory = Directory::new(place, self.seen - 1, wire, partial.entries);
        if self.seen == 1 {
            let children = directory.unsigned(tag::SUB_IFDS).ok().flatten();
            let most = to_usize(self.limits.directories).unwrap_or(usize::MAX);
            let children = children.unwrap_or_default().into_iter().take(most);
            self.children = children.filter(|&child| child != 0).collect();
            self.children.reverse();
        }
        self.children_read += usize::from(partial.child);
        self.directories.push(directory);
        Ok(true)
    }

    /// What stands between the header and the first directory, as far as it is at hand.
    fn ghost(&self, wire: Wire) -> Option<Ghost> {
        let start = to_u64(wire.header_bytes());
        let length = Ghost::MOST_BYTES.min(self.length.saturating_sub(start));
        Ghost::parse(&self.at_hand(start..start + length)?)
    }

    /// One entry with its value; `None` for a field type that no specification has.
    fn entry(&self, wire: Wire, raw: &[u8]) -> Result<Option<Entry>, Halt> {
        let tag = wire.number::<u16>(raw, 0).unwrap_or(0);
        let field_type = wire.number::<u16>(raw, 2).unwrap_or(0);
        let count = wire.offset(raw, 4).unwrap_or(0);
        let inline = 4 + wire.offset_bytes();
        let mut entry = Entry {
            tag,
            field_type,
            count,
            place: None,
            value: Value::OutOfFile(0..0),
        };
        let Some(bytes) = Entry::value_bytes(field_type, count) else {
            return Ok((tag::field::bytes(field_type).is_some()).then_some(entry));
        };
        if bytes <= to_u64(wire.offset_bytes()) {
            let value = raw
                .get(inline..inline + to_usize(bytes)?)
                .unwrap_or_default();
            entry.value = Value::Loaded(Bytes::copy_from_slice(value));
            return Ok(Some(entry));
        }
        let offset = wire.offset(raw, inline).unwrap_or(0);
        let end = offset.saturating_add(bytes);
        entry.place = Some(offset..end);
        entry.value = match () {
            _ if end > self.length => Value::OutOfFile(offset..end),
            _ if entry.is_index() => match self.at_hand(offset..end) {
                Some(bytes) => Value::Loaded(bytes),
                None => Value::Deferred(offset..end),
            },
            _ if tag::is_descriptive(tag) && bytes > self.most_description() => {
                Value::Deferred(offset..end)
            }
            _ => {
                Limits::check("tag_bytes", bytes, self.limits.tag_bytes)
                    .map_err(|error| error.at_tag(tag))?;
                Value::Loaded(self.bytes(offset..end)?)
            }
        };
        Ok(Some(entry))
    }

    /// Bytes of the largest description that is read: those of the first directory are the file's.
    fn most_description(&self) -> u64 {
        match self.directories.len() {
            0 => LARGEST_DESCRIPTION.min(self.limits.tag_bytes),
            _ => LARGEST_DESCRIPTION_BEYOND.min(self.limits.tag_bytes),
        }
    }

    /// A range of the file, checked against its length.
    fn span(&self, offset: u64, length: u64) -> Result<Range<u64>> {
        let end = offset.saturating_add(length);
        if end > self.length {
            let end_of_file = Malformed::UnexpectedEnd {
                length: self.length,
            };
            return Err(Error::from(end_of_file).at_bytes(offset..end));
        }
        Ok(offset..end)
    }

    /// Bytes that were handed over, or the need for them.
    fn bytes(&self, range: Range<u64>) -> Result<Bytes, Halt> {
        self.at_hand(range.clone()).ok_or(Halt::Need(range))
    }

    fn at_hand(&self, range: Range<u64>) -> Option<Bytes> {
        if range.is_empty() {
            return Some(Bytes::new());
        }
        self.pieces.iter().find_map(|(offset, bytes)| {
            let start = usize::try_from(range.start.checked_sub(*offset)?).ok()?;
            let end = usize::try_from(range.end.checked_sub(*offset)?).ok()?;
            (end <= bytes.len()).then(|| bytes.slice(start..end))
        })
    }
}

/// Bytes of the largest descriptive tag of the first directory that is read.
const LARGEST_DESCRIPTION: u64 = 8 << 20;
/// The same for the directories after it.
const LARGEST_DESCRIPTION_BEYOND: u64 = 64 << 10;
