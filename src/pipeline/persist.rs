//! A lazy raster that is computed once and kept.

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result, Usage};
use crate::expr::Kind;
use crate::lazy::Lazy;
use crate::limits::{Limits, to_u64, to_usize};
use crate::read::cog::Cog;
use crate::source::file::FileSource;
use crate::source::{ByteSource, IoProfile, check_range};
use crate::spool::TemporaryFile;
use crate::write::{CogOptions, Compression, Overviews};

/// How [`Lazy::persist_with`] keeps a raster.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PersistOptions {
    /// How the tiles are compressed, without loss; none by default.
    pub compression: Option<Compression>,
    /// The most bytes to keep in memory. Default 1 GiB.
    pub limit: u64,
    /// What becomes of more.
    pub beyond: Beyond,
}

/// What becomes of bytes that exceed a limit on memory.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Beyond {
    /// They go to a temporary file, which is removed with the last lazy raster that needs it.
    #[default]
    Spill,
    /// They are an error: [`ErrorKind::Limit`].
    Fail,
}

impl Default for PersistOptions {
    fn default() -> Self {
        PersistOptions {
            compression: None,
            limit: 1 << 30,
            beyond: Beyond::Spill,
        }
    }
}

impl PersistOptions {
    /// Sets the compression, one without loss.
    #[must_use]
    pub fn compression(self, compression: Compression) -> Self {
        PersistOptions {
            compression: Some(compression),
            ..self
        }
    }

    /// Sets the most bytes to keep in memory.
    #[must_use]
    pub fn limit(self, limit: u64) -> Self {
        PersistOptions { limit, ..self }
    }

    /// Sets what becomes of more.
    #[must_use]
    pub fn beyond(self, beyond: Beyond) -> Self {
        PersistOptions { beyond, ..self }
    }
}

impl Lazy {
    /// Computes the raster now and keeps its pixels: what comes of the returned raster reads none of
    /// the inputs again. As [`persist_with`](Self::persist_with) with [`PersistOptions::default`].
    ///
    /// # Errors
    /// As [`persist_with`](Self::persist_with).
    pub fn persist(&self) -> Result<Lazy> {
        self.persist_with(&PersistOptions::default())
    }

    /// As [`persist`](Self::persist), in a form of the caller's choice: tiles, those without a valid
    /// pixel left out, as of a COG in memory. Samples, validity and georeference are the same; a mask
    /// stays a mask. Memory and temporary file are free when the last raster is dropped that came of
    /// it. Tiles that failed with [`OnError::Nodata`](crate::OnError::Nodata) stay invalid; counters
    /// tell their number.
    ///
    /// # Errors
    /// As [`write_cog`](Self::write_cog); [`Usage::Option`] for a compression with loss;
    /// [`ErrorKind::Limit`] for more than the limit, if that is to fail, once all has been computed.
    pub fn persist_with(&self, options: &PersistOptions) -> Result<Lazy> {
        let settled = self.settle()?;
        let (kind, context) = (settled.bound.kind(), settled.context.clone());
        let form = CogOptions::default()
            .compression(options.compression.unwrap_or(Compression::None))
            .overviews(Overviews::None)
            .sparse(true);
        let mut spooling = context.clone();
        spooling.limits = Arc::new(Limits {
            spool_bytes: options.limit,
            ..(*context.limits).clone()
        });
        let plan = self.clone().with_context(&spooling).plan(&form)?;
        if plan.is_lossy() {
            let text = "persist: the compression changes samples";
            return Err(Usage::Option(text.into()).into());
        }
        let mut store = Store::new(*options);
        if let Err(error) = plan.run_to(&mut store) {
            return Err(match store.exceeded {
                Some(needed) => Error::from(ErrorKind::Limit {
                    what: "persist",
                    needed,
                    allowed: options.limit,
                }),
                None => error,
            });
        }
        let cog = Cog::from_source(store.finish()?, &context)?;
        let lazy = cog.base().lazy();
        let lazy = match kind {
            Kind::Mask => lazy.ne(0),
            Kind::Numbers => lazy,
        };
        Ok(self.settings_of(lazy))
    }
}

/// Takes the bytes of a file, in memory up to a limit.
struct Store {
    options: PersistOptions,
    /// Bytes of whole pieces, and those after them.
    pieces: Vec<Bytes>,
    last: Vec<u8>,
    file: Option<TemporaryFile>,
    spilled: u64,
    /// The bytes that were too many.
    exceeded: Option<u64>,
}

impl Store {
    fn new(options: PersistOptions) -> Self {
        Store {
            options,
            pieces: Vec::new(),
            last: Vec::new(),
            file: None,
            spilled: 0,
            exceeded: None,
        }
    }

    fn in_memory(&self) -> u64 {
        to_u64(self.pieces.len() * PIECE + self.last.len())
    }

    fn finish(mut self) -> Result<Kept> {
        let in_memory = self.in_memory();
        self.pieces.push(Bytes::from(self.last));
        let file = self.file.map(|file| -> Result<_> {
            let name = Path::new("a persisted raster");
            let source = FileSource::of(file.file.try_clone()?, name)?;
            Ok((source, file))
        });
        Ok(Kept {
            pieces: self.pieces,
            in_memory,
            length: in_memory + self.spilled,
            file: file.transpose()?,
        })
    }
}

impl Write for Store {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.options.limit.saturating_sub(self.in_memory());
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if room == 0 && !bytes.is_empty() {
            return self.spill(bytes);
        }
        let count = bytes.len().min(room).min(PIECE - self.last.len());
        self.last.extend_from_slice(&bytes[..count]);
        if self.last.len() == PIECE {
            self.pieces.push(std::mem::take(&mut self.last).into());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.file.flush(),
            None => Ok(()),
        }
    }
}

impl Store {
    fn spill(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.options.beyond == Beyond::Fail {
            self.exceeded = Some(self.in_memory() + to_u64(bytes.len()));
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(TemporaryFile::create(&std::env::temp_dir(), "persist")?),
        };
        let count = file.file.write(bytes)?;
        self.spilled += to_u64(count);
        Ok(count)
    }
}

/// A file that is kept in memory, and beyond that in a temporary file.
#[derive(Debug)]
struct Kept {
    pieces: Vec<Bytes>,
    in_memory: u64,
    length: u64,
    /// The bytes after those in memory, and what removes them when they are dropped.
    file: Option<(FileSource, TemporaryFile)>,
}

impl ByteSource for Kept {
    fn len(&self) -> Result<u64> {
        Ok(self.length)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.length)?;
        let (start, end) = (
            to_usize(range.start)?,
            to_usize(range.end.min(self.in_memory))?,
        );
        let piece = start / PIECE;
        if range.end <= self.in_memory && end <= (piece + 1) * PIECE {
            let at = piece * PIECE;
            return Ok(match self.pieces.get(piece) {
                Some(bytes) => bytes.slice(start - at..end.max(start) - at),
                None => Bytes::new(),
            });
        }
        let mut whole = Vec::with_capacity(to_usize(range.end - range.start)?);
        for (index, piece) in self.pieces.iter().enumerate().skip(piece) {
            let at = index * PIECE;
            if at >= end {
                break;
            }
            let (from, to) = (start.max(at) - at, (end - at).min(piece.len()));
            whole.extend_from_slice(piece.get(from..to).unwrap_or_default());
        }
        if let Some((file, _)) = &self.file {
            let from = range.start.max(self.in_memory) - self.in_memory;
            if range.end > self.in_memory {
                whole.extend_from_slice(&file.read(from..range.end - self.in_memory)?);
            }
        }
        Ok(whole.into())
    }

    /// What is kept is no source: its reads are not counted.
    fn profile(&self) -> IoProfile {
        IoProfile {
            gap: 0,
            counted: true,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a persisted raster")
    }
}

/// Bytes of the pieces that memory is taken in.
const PIECE: usize = 1 << 20;
