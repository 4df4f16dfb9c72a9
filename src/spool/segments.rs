//! The files of all spools of a job: many rather than one, so that the disk need not hold twice what
//! has been copied out.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;

use super::{Lane, TemporaryFile};
use crate::limits::to_u64;

/// Files that are appended to until they are large, and removed when nothing is left in them.
///
/// One is large at 16 MiB, or at a sixteenth of what all hold, if that is more. So `n` bytes lie in
/// about 16 + 16 ln(n / 256 MiB) files, and one more for each lane.
#[derive(Debug)]
pub(super) struct Segments {
    directory: PathBuf,
    /// By number, in the order of their making.
    segments: BTreeMap<u64, Segment>,
    made: u64,
    /// Bytes that were appended and not yet taken out.
    waiting: u64,
}

#[derive(Debug)]
struct Segment {
    file: TemporaryFile,
    /// The lane that appends to it, until it is large.
    lane: Option<Lane>,
    length: u64,
    /// Bytes that were not yet taken out.
    waiting: u64,
}

/// Bytes in one of the files.
#[derive(Debug)]
pub struct Extent {
    segment: u64,
    bytes: Range<u64>,
}

impl Extent {
    /// Makes it reach to the end of the next one, if that one follows it in the same file.
    pub(super) fn join(&mut self, next: &Extent) -> bool {
        let follows = self.segment == next.segment && self.bytes.end == next.bytes.start;
        if follows {
            self.bytes.end = next.bytes.end;
        }
        follows
    }
}

impl Segments {
    pub(super) fn new(directory: PathBuf) -> Self {
        Segments {
            directory,
            segments: BTreeMap::new(),
            made: 0,
            waiting: 0,
        }
    }

    pub(super) fn append(&mut self, lane: Lane, bytes: &[u8]) -> io::Result<Extent> {
        let added = to_u64(bytes.len());
        let large = LEAST_LARGE.max((self.waiting + added) / SHARES);
        let number = self.open(lane)?;
        let segment = self.segments.get_mut(&number);
        let segment = segment.ok_or(io::ErrorKind::NotFound)?;
        let start = segment.length;
        segment.file.file.seek(SeekFrom::Start(start))?;
        segment.file.file.write_all(bytes)?;
        segment.length += added;
        segment.waiting += added;
        self.waiting += added;
        if segment.length >= large {
            segment.lane = None;
        }
        Ok(Extent {
            segment: number,
            bytes: start..segment.length,
        })
    }

    /// The segment that a lane appends to.
    fn open(&mut self, lane: Lane) -> io::Result<u64> {
        let mut open = self.segments.iter().rev();
        if let Some((&number, _)) = open.find(|(_, segment)| segment.lane == Some(lane)) {
            return Ok(number);
        }
        let number = self.made;
        let segment = Segment {
            file: TemporaryFile::create(&self.directory, "spool")?,
            lane: Some(lane),
            length: 0,
            waiting: 0,
        };
        self.segments.insert(number, segment);
        self.made += 1;
        Ok(number)
    }

    pub(super) fn take_out(&mut self, extent: Extent, out: &mut dyn Write) -> io::Result<()> {
        let segment = self.segments.get_mut(&extent.segment);
        let segment = segment.ok_or(io::ErrorKind::NotFound)?;
        segment
            .file
            .file
            .seek(SeekFrom::Start(extent.bytes.start))?;
        let wanted = extent.bytes.end - extent.bytes.start;
        let copied = io::copy(&mut (&mut segment.file.file).take(wanted), out)?;
        if copied < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        segment.waiting -= wanted;
        self.waiting -= wanted;
        if segment.waiting == 0 {
            self.segments.remove(&extent.segment);
        }
        Ok(())
    }
}

/// A file of fewer bytes is not large.
const LEAST_LARGE: u64 = 16 << 20;
/// A large file is at least this part of all.
const SHARES: u64 = 16;
