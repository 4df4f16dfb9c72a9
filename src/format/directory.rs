//! One image file directory: entries with their values, as the file has them.
//!
//! Nothing is interpreted here beyond field types; [`Image`](super::image::Image) gives meaning.

use std::ops::Range;

use bytes::Bytes;

use super::tag::{self, field};
use super::wire::Wire;
use crate::error::{Error, Malformed, Result};
use crate::limits::{to_u64, to_usize};

/// The entries of one directory.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Where the directory stands in the file.
    pub offset: u64,
    /// Its number, from 0, in the order in which the header was read; unreadable ones count.
    pub number: usize,
    /// Where it ends, the offset of the next one included.
    pub end: u64,
    wire: Wire,
    entries: Vec<Entry>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The tag's number.
    pub tag: u16,
    /// The field type's number.
    pub field_type: u16,
    /// Number of values.
    pub count: u64,
    /// Where the values stand in the file, unless they stand in the entry itself.
    pub place: Option<Range<u64>>,
    /// The values.
    pub value: Value,
}

/// The values of an entry.
#[derive(Clone, Debug)]
pub enum Value {
    /// Their bytes, in the file's byte order.
    Loaded(Bytes),
    /// Where they stand in the file; they lie inside it.
    Deferred(Range<u64>),
    /// They reach past the end of the file.
    OutOfFile(Range<u64>),
}

impl Directory {
    /// A directory from its place in the file, its number and its entries; of entries with the same
    /// tag the first counts.
    pub fn new(place: Range<u64>, number: usize, wire: Wire, mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| entry.tag);
        entries.dedup_by_key(|entry| entry.tag);
        Directory {
            offset: place.start,
            end: place.end,
            number,
            wire,
            entries,
        }
    }

    /// How the file writes its numbers.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// All entries, sorted by tag.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a tag.
    pub fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries
            .binary_search_by_key(&tag, |entry| entry.tag)
            .ok()
            .map(|i| &self.entries[i])
    }

    /// The bytes of a tag's values, in the file's byte order.
    ///
    /// # Errors
    /// [`Malformed::UnexpectedEnd`] if they reach past the end of the file.
    pub fn bytes(&self, tag: u16) -> Result<Option<&Bytes>> {
        match self.entry(tag).map(|entry| &entry.value) {
            None | Some(Value::Deferred(_)) => Ok(None),
            Some(Value::Loaded(bytes)) => Ok(Some(bytes)),
            Some(Value::OutOfFile(range)) => {
                let end = Malformed::UnexpectedEnd {
                    length: range.start,
                };
                Err(Error::from(end).at_tag(tag).at_bytes(range.clone()))
            }
        }
    }

    /// A tag's values as unsigned numbers, from any integer field type.
    ///
    /// # Errors
    /// [`Malformed::TagType`] for other field types, [`Malformed::TagValue`] for negative numbers.
    pub fn unsigned(&self, tag: u16) -> Result<Option<Vec<u64>>> {
        let Some(bytes) = self.bytes(tag)? else {
            return Ok(None);
        };
        let found = self.entry(tag).map_or(0, |entry| entry.field_type);
        let width = integer_bytes(found)
            .ok_or_else(|| Error::from(Malformed::TagType { found }).at_tag(tag))?;
        let number = |chunk| {
            integer(self.wire, found, chunk)
                .ok_or_else(|| Error::from(Malformed::TagValue { found: u64::MAX }).at_tag(tag))
        };
        bytes
            .chunks_exact(width)
            .map(number)
            .collect::<Result<Vec<u64>>>()
            .map(Some)
    }

    /// The first of a tag's values as an unsigned number.
    ///
    /// # Errors
    /// As [`unsigned`](Self::unsigned); [`Malformed::TagCount`] if there is no value.
    pub fn first(&self, tag: u16) -> Result<Option<u64>> {
        let Some(values) = self.unsigned(tag)? else {
            return Ok(None);
        };
        let empty = Error::from(Malformed::TagCount {
            found: 0,
            expected: 1,
        })
        .at_tag(tag);
        values.first().copied().ok_or(empty).map(Some)
    }

    /// The first of a tag's values as a number of 16 bits, or a default where the tag is missing.
    ///
    /// # Errors
    /// As [`first`](Self::first); [`Malformed::TagValue`] if it does not fit.
    pub fn short(&self, tag: u16, default: u16) -> Result<u16> {
        match self.first(tag)? {
            None => Ok(default),
            Some(found) => u16::try_from(found)
                .map_err(|_| Error::from(Malformed::TagValue { found }).at_tag(tag)),
        }
    }

    /// The values of a DOUBLE or FLOAT tag; `None` if it is missing or of another type.
    pub fn doubles(&self, tag: u16) -> Option<Vec<f64>> {
        let bytes = self.bytes(tag).ok()??;
        let wire = self.wire;
        match self.entry(tag)?.field_type {
            field::DOUBLE => bytes
                .chunks_exact(8)
                .map(|chunk| wire.number(chunk, 0))
                .collect(),
            field::FLOAT => {
                let number = |chunk| wire.number::<f32>(chunk, 0).map(f64::from);
                bytes.chunks_exact(4).map(number).collect()
            }
            _ => None,
        }
    }

    /// The text of an ASCII tag up to its first NUL; bytes that are not UTF-8 are replaced.
    pub fn text(&self, tag: u16) -> Option<String> {
        let bytes = self.bytes(tag).ok()??;
        let text = bytes.split(|&byte| byte == 0).next()?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// The numbers of an array of tile or strip positions.
    ///
    /// # Errors
    /// [`Malformed::MissingTag`], [`Malformed::TagType`], or [`Malformed::UnexpectedEnd`] where the
    /// array reaches past the end of the file.
    pub fn index(&self, tag: u16) -> Result<IndexArray> {
        let missing = || Error::from(Malformed::MissingTag).at_tag(tag);
        let entry = self.entry(tag).ok_or_else(missing)?;
        let found = entry.field_type;
        let unsigned = matches!(
            found,
            field::BYTE | field::SHORT | field::LONG | field::LONG8 | field::IFD | field::IFD8
        );
        if !unsigned {
            return Err(Error::from(Malformed::TagType { found }).at_tag(tag));
        }
        self.out_of_file(entry)?;
        Ok(IndexArray {
            tag,
            wire: self.wire,
            entry: entry.clone(),
        })
    }

    fn out_of_file(&self, entry: &Entry) -> Result<()> {
        match &entry.value {
            Value::OutOfFile(range) => {
                let end = Malformed::UnexpectedEnd {
                    length: range.start,
                };
                Err(Error::from(end).at_tag(entry.tag).at_bytes(range.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// An array of tile or strip positions, in memory or still in the file.
#[derive(Clone, Debug)]
pub struct IndexArray {
    tag: u16,
    wire: Wire,
    entry: Entry,
}

impl IndexArray {
    /// The tag's number.
    pub fn tag(&self) -> u16 {
        self.tag
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.entry.count
    }

    /// Bytes of one value.
    pub fn width(&self) -> u64 {
        field::bytes(self.entry.field_type).unwrap_or(1)
    }

    /// The array's bytes, if they are in memory.
    pub fn loaded(&self) -> Option<&Bytes> {
        match &self.entry.value {
            Value::Loaded(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Where the array stands in the file, if it is not in memory.
    pub fn deferred(&self) -> Option<Range<u64>> {
        match &self.entry.value {
            Value::Deferred(range) => Some(range.clone()),
            _ => None,
        }
    }

    /// The value at `position` in `bytes`, a part of the array that starts at value `first`.
    pub fn value(&self, bytes: &[u8], first: u64, position: u64) -> Option<u64> {
        let at = to_usize(position.checked_sub(first)?.checked_mul(self.width())?).ok()?;
        let width = to_usize(self.width()).ok()?;
        let chunk = bytes.get(at..at.checked_add(width)?)?;
        integer(self.wire, self.entry.field_type, chunk)
    }
}

/// Bytes of one value of an integer field type.
fn integer_bytes(field_type: u16) -> Option<usize> {
    match field_type {
        field::ASCII | field::FLOAT | field::DOUBLE | field::UNDEFINED | 5 | 10 => None,
        other => field::bytes(other).and_then(|bytes| to_usize(bytes).ok()),
    }
}

/// One value of an integer field type, unless it is negative.
fn integer(wire: Wire, field_type: u16, bytes: &[u8]) -> Option<u64> {
    match field_type {
        field::BYTE => wire.number::<u8>(bytes, 0).map(u64::from),
        field::SHORT => wire.number::<u16>(bytes, 0).map(u64::from),
        field::LONG | field::IFD => wire.number::<u32>(bytes, 0).map(u64::from),
        field::LONG8 | field::IFD8 => wire.number(bytes, 0),
        field::SBYTE => wire.number::<i8>(bytes, 0).and_then(|n| n.try_into().ok()),
        field::SSHORT => wire.number::<i16>(bytes, 0).and_then(|n| n.try_into().ok()),
        field::SLONG => wire.number::<i32>(bytes, 0).and_then(|n| n.try_into().ok()),
        field::SLONG8 => wire.number::<i64>(bytes, 0).and_then(|n| n.try_into().ok()),
        _ => None,
    }
}

impl Entry {
    /// Bytes of all values, or `None` if the field type is unknown or the number overflows.
    pub fn value_bytes(field_type: u16, count: u64) -> Option<u64> {
        field::bytes(field_type)?.checked_mul(count)
    }

    /// Bytes that this entry keeps in memory.
    pub fn memory(&self) -> u64 {
        let value = match &self.value {
            Value::Loaded(bytes) => to_u64(bytes.len()),
            _ => 0,
        };
        value.saturating_add(to_u64(size_of::<Entry>()))
    }

    /// True if the tag is one whose values stay in the file until a window needs them.
    pub fn is_index(&self) -> bool {
        tag::is_index(self.tag)
    }
}
