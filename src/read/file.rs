//! One TIFF as it is opened: its source, counted, and its header, fetched as the parser asks for it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use crate::cancel::CancelToken;
use crate::context::Context;
use crate::counters::Counters;
#[cfg(not(feature = "http"))]
use crate::error::Unsupported;
use crate::error::{Error, ErrorKind, Malformed, Result};
use crate::format::annotations::PlainTag;
use crate::format::directory::Directory;
use crate::format::framing::Framing;
use crate::format::header::{Header, HeaderParser, Progress};
use crate::format::image::Image;
use crate::format::tag;
#[cfg(feature = "http")]
use crate::source::http::HttpSource;
use crate::source::{ByteSource, IoProfile, read_exactly};
use crate::trace::entered;

/// A source with its length.
#[derive(Debug)]
pub(crate) struct OpenSource {
    pub(crate) source: Counted,
    pub(crate) length: u64,
    /// How the tiles are framed, as the file says.
    framing: Option<Framing>,
    /// True once the frame of a tile was not as the file says.
    unframed: AtomicBool,
}

impl OpenSource {
    /// How the tiles are framed, unless one was found that is not.
    pub(crate) fn framing(&self) -> Option<Framing> {
        let framed = !self.unframed.load(Ordering::Relaxed);
        self.framing.filter(|_| framed)
    }

    /// Makes known that the tiles are not framed as the file says.
    pub(crate) fn distrust(&self) {
        self.unframed.store(true, Ordering::Relaxed);
    }
}

/// An image and the source that holds it.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) image: Image,
    /// The tags that a decoder of the tiles needs, as they are.
    pub(crate) coding: Vec<PlainTag>,
    pub(crate) source: Arc<OpenSource>,
}

/// A TIFF with its parsed header.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) source: Arc<OpenSource>,
    pub(crate) header: Header,
}

impl OpenFile {
    /// Reads and parses the header.
    pub(crate) fn open(source: Arc<dyn ByteSource>, context: &Context) -> Result<Self> {
        let source = Counted {
            source,
            counters: context.counters.clone(),
            cancel: context.cancel.clone(),
        };
        let length = source.len()?;
        let header = read_header(&source, length, context)?;
        Ok(OpenFile {
            source: Arc::new(OpenSource {
                source,
                length,
                framing: header.ghost.as_ref().and_then(Framing::of),
                unframed: AtomicBool::new(false),
            }),
            header,
        })
    }

    /// The first directory.
    pub(crate) fn first(&self) -> Result<&Directory> {
        let length = self.source.length;
        let first = self.header.directories.first();
        first.ok_or_else(|| Malformed::UnexpectedEnd { length }.into())
    }

    /// The image of the directory at an index.
    pub(crate) fn layer(&self, index: usize, context: &Context) -> Result<Layer> {
        let directory = match index {
            0 => self.first()?,
            _ => &self.header.directories[index],
        };
        let image = Image::from_directory(directory, &context.limits).map_err(|error| {
            error
                .in_directory(directory.number)
                .in_source(&self.source.source)
        })?;
        Ok(Layer {
            image,
            coding: PlainTag::of_coding(directory),
            source: self.source.clone(),
        })
    }

    /// The indices of the directories after the first that are overviews.
    pub(crate) fn overviews(&self) -> impl Iterator<Item = usize> + '_ {
        const KINDS: u64 = tag::SUBFILE_REDUCED | tag::SUBFILE_MASK;
        self.later(|subfile| subfile & KINDS == tag::SUBFILE_REDUCED)
    }

    /// The indices of the directories after the first that are transparency masks.
    pub(crate) fn masks(&self) -> impl Iterator<Item = usize> + '_ {
        self.later(|subfile| subfile & tag::SUBFILE_MASK != 0)
    }

    fn later(&self, wanted: fn(u64) -> bool) -> impl Iterator<Item = usize> + '_ {
        let subfile = |directory: &Directory| {
            directory
                .first(tag::NEW_SUBFILE_TYPE)
                .ok()
                .flatten()
                .unwrap_or(0)
        };
        // A directory of the chain with children of its own heads another pyramid.
        let children = self.header.children;
        let heads = move |(index, directory): &(usize, &Directory)| {
            *index > children && directory.entry(tag::SUB_IFDS).is_some()
        };
        let directories = self.header.directories.iter().enumerate().skip(1);
        directories
            .filter(move |found| wanted(subfile(found.1)) && !heads(found))
            .map(|(index, _)| index)
    }
}

/// Drives the parser: the first read is as large as the source likes it, later ones double.
fn read_header(source: &Counted, length: u64, context: &Context) -> Result<Header> {
    let mut parser = HeaderParser::new(length, &context.limits);
    let first = source.profile().header;
    let mut ahead = first;
    let mut total: u64 = 0;
    let mut need = 0..0u64;
    loop {
        let end = need.end.max(need.start.saturating_add(ahead)).min(length);
        let bytes = {
            let _span = entered!(
                DEBUG,
                "fetch",
                source = %source,
                requests = 1,
                bytes = end.saturating_sub(need.start)
            );
            source.read(need.start..end)?
        };
        total = total.saturating_add(end - need.start);
        parser.push(need.start, bytes);
        match parser.advance()? {
            Progress::Done(header) => return Ok(header),
            Progress::Need(range) => need = range,
        }
        let most = context.limits.header_bytes.saturating_mul(2).max(first);
        if total > most {
            let (what, needed) = ("header_bytes", total);
            return parser.stop(Error::from(ErrorKind::Limit {
                what,
                needed,
                allowed: most,
            }));
        }
        ahead = (ahead * 2).min(LARGEST_READ);
    }
}

/// Bytes of the largest read ahead.
const LARGEST_READ: u64 = 4 << 20;

/// What a URL leads to.
#[cfg(feature = "http")]
pub(crate) fn remote(url: &str, context: &Context) -> Result<Arc<dyn ByteSource>> {
    let counters = context.counters.clone();
    let source = HttpSource::open_counted(url, &context.http, counters)?;
    Ok(Arc::new(source))
}

/// What a URL leads to: nothing in this build.
#[cfg(not(feature = "http"))]
pub(crate) fn remote(url: &str, _: &Context) -> Result<Arc<dyn ByteSource>> {
    let scheme = url.split(':').next().unwrap_or_default();
    let text = format!("{scheme} URLs: this build is without the feature http");
    Err(Unsupported::Source(text).into())
}

/// A source whose requests are counted, and not made once the context's token says stop.
#[derive(Debug)]
pub(crate) struct Counted {
    source: Arc<dyn ByteSource>,
    counters: Arc<Counters>,
    cancel: CancelToken,
}

impl ByteSource for Counted {
    fn len(&self) -> Result<u64> {
        self.source.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.cancel.check()?;
        if !self.source.profile().counted {
            self.counters
                .add_request(range.end.saturating_sub(range.start));
        }
        read_exactly(&self.source, range)
    }

    fn profile(&self) -> IoProfile {
        self.source.profile()
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
