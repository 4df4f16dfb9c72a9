//! What can go wrong, by who is to blame, and where it happened.
//!
//! An [`Error`] is one pointer wide. Its [`ErrorKind`] says whose fault it is (the system, the file,
//! the caller, a limit); its [`Place`] says where: source, level, tile, tag and byte range, each
//! added once, at the layer that knows it. Tests match the kind, never the text.

mod expression;
mod formula;
mod remote;

use std::fmt;
use std::ops::Range;

pub use expression::Expression;
pub use formula::{FormulaFault, FormulaMark};
pub use remote::Remote;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with its place.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    place: Place,
}

/// What went wrong, by who is to blame.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system, or a byte source or sink, failed.
    Io(std::io::Error),
    /// The file contradicts its own format.
    Malformed(Malformed),
    /// The file or request is legal, but this build cannot do it.
    Unsupported(Unsupported),
    /// A bound of [`Limits`](crate::Limits) would be exceeded.
    Limit {
        /// The field of [`Limits`](crate::Limits).
        what: &'static str,
        /// What the work needs.
        needed: u64,
        /// What the limit allows.
        allowed: u64,
    },
    /// A server did not give what was asked of it.
    Remote(Remote),
    /// The caller asked for something that makes no sense.
    Usage(Usage),
    /// An expression cannot be evaluated: types, bands or grids do not fit.
    Expression(Expression),
    /// A progress callback or a [`CancelToken`](crate::CancelToken) asked to stop.
    Cancelled,
}

/// How a file contradicts the format.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Malformed {
    /// The first bytes are not those of a TIFF.
    NotTiff,
    /// The file ends before something it points to.
    UnexpectedEnd {
        /// Length of the source in bytes.
        length: u64,
    },
    /// The directories form a loop.
    DirectoryLoop,
    /// A required tag is missing.
    MissingTag,
    /// A tag has a field type that cannot hold its meaning.
    TagType {
        /// The TIFF field type found.
        found: u16,
    },
    /// A tag has the wrong number of values.
    TagCount {
        /// Values found.
        found: u64,
        /// Values expected.
        expected: u64,
    },
    /// A tag has a value outside of what the format allows.
    TagValue {
        /// The value found.
        found: u64,
    },
    /// A tile is neither sparse (0, 0) nor inside the file.
    TileRange,
    /// A tile's compressed bytes do not decode.
    Codec(&'static str),
    /// A tile decodes to fewer bytes than its pixels need.
    ShortTile {
        /// Bytes decoded.
        got: u64,
        /// Bytes expected.
        want: u64,
    },
    /// The text of a document (STAC) is not what it should be.
    Document(String),
}

/// What a legal file or request needs that this build does not have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Unsupported {
    /// A compression without a codec here.
    Compression {
        /// TIFF Compression.
        number: u16,
        /// Its usual name.
        name: &'static str,
    },
    /// A combination of bits and sample format.
    SampleType {
        /// Bits per sample.
        bits: u16,
        /// TIFF SampleFormat.
        format: u16,
    },
    /// Bands of different types.
    MixedSamples,
    /// A predictor for these samples.
    Predictor {
        /// TIFF Predictor.
        predictor: u16,
        /// Bits per sample.
        bits: u16,
    },
    /// A photometric interpretation that needs a conversion.
    Photometric(u16),
    /// Tiles that cannot be copied into a COG as they are, and why.
    Copy(&'static str),
    /// A resampling method on samples that it has no meaning for.
    Resampling {
        /// The method's name.
        method: &'static str,
        /// The data type's name.
        dtype: &'static str,
    },
    /// Two grids between which pixels cannot be moved without a change of coordinate system,
    /// rotation or mirroring, and why.
    Grids {
        /// The first grid, in words.
        left: String,
        /// The second grid, in words.
        right: String,
        /// What differs.
        why: &'static str,
    },
    /// A block that a kind of picture has no form for.
    Picture {
        /// The kind of picture, as its crate names it.
        kind: &'static str,
        /// Bands of the block.
        bands: usize,
        /// The data type's name.
        dtype: &'static str,
    },
    /// A kind of source, named.
    Source(String),
    /// Something else, named.
    Feature(&'static str),
}

/// A request that makes no sense.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Usage {
    /// There is no such overview.
    Overview {
        /// The index asked for.
        index: usize,
        /// The overviews there are.
        count: usize,
    },
    /// A window is empty or leaves the raster.
    Window {
        /// The window asked for, as `column,row,width,height`.
        window: String,
        /// The raster's width and height in pixels.
        size: (u32, u32),
    },
    /// There is no such band (bands count from 1).
    Band {
        /// The band asked for.
        band: usize,
        /// The bands there are.
        count: usize,
    },
    /// A buffer of the caller has the wrong length.
    BufferLength {
        /// The caller's length in samples.
        found: usize,
        /// The length needed.
        expected: usize,
    },
    /// A value is not one of a data type.
    Value {
        /// The value, as text.
        value: String,
        /// The data type's name.
        dtype: &'static str,
    },
    /// An option has a value it cannot have, or two options contradict each other.
    Option(String),
    /// A reference into a STAC document that leads nowhere.
    Reference(String),
}

/// Where it happened. Fields are filled by the layers that know them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// The source's name: a path, a URL.
    pub source: Option<String>,
    /// The directory, counted from 0 in the order of the file.
    pub directory: Option<usize>,
    /// The level: 0 is the base, 1 the first overview.
    pub level: Option<usize>,
    /// The tile's index in the level's tile arrays.
    pub tile: Option<u64>,
    /// The TIFF tag.
    pub tag: Option<u16>,
    /// The byte range in the source.
    pub bytes: Option<Range<u64>>,
    /// The place in the text of a formula.
    pub formula: Option<FormulaMark>,
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where it went wrong.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// True for errors that are the caller's: usage and expressions.
    pub fn is_usage(&self) -> bool {
        matches!(self.kind(), ErrorKind::Usage(_) | ErrorKind::Expression(_))
    }

    /// The same error for another who waited for the same thing; none of one that was cancelled, which
    /// is nobody else's.
    pub(crate) fn retold(&self) -> Option<Error> {
        let kind = match self.kind() {
            ErrorKind::Io(error) => {
                ErrorKind::Io(std::io::Error::new(error.kind(), error.to_string()))
            }
            ErrorKind::Malformed(malformed) => ErrorKind::Malformed(malformed.clone()),
            ErrorKind::Unsupported(unsupported) => ErrorKind::Unsupported(unsupported.clone()),
            ErrorKind::Remote(remote) => ErrorKind::Remote(remote.clone()),
            ErrorKind::Usage(usage) => ErrorKind::Usage(usage.clone()),
            ErrorKind::Limit {
                what,
                needed,
                allowed,
            } => ErrorKind::Limit {
                what,
                needed: *needed,
                allowed: *allowed,
            },
            ErrorKind::Expression(expression) => ErrorKind::Expression(expression.clone()),
            ErrorKind::Cancelled => return None,
        };
        let place = self.place().clone();
        Some(Error(Box::new(Inner { kind, place })))
    }

    /// The same error of a chunk, with places in the raster: the chunk begins at this pixel.
    #[must_use]
    pub(crate) fn in_chunk_at(mut self, left: u32, top: u32) -> Self {
        if let ErrorKind::Expression(Expression::Cast { row, column, .. }) = &mut self.0.kind {
            *row += u64::from(top);
            *column += u64::from(left);
        }
        self
    }

    /// Adds the source's name, unless a lower layer has named one.
    #[must_use]
    pub fn in_source(mut self, name: impl fmt::Display) -> Self {
        self.0.place.source.get_or_insert_with(|| name.to_string());
        self
    }

    /// Adds the directory's index.
    #[must_use]
    pub fn in_directory(mut self, index: usize) -> Self {
        self.0.place.directory.get_or_insert(index);
        self
    }

    /// Adds the level.
    #[must_use]
    pub fn at_level(mut self, level: usize) -> Self {
        self.0.place.level.get_or_insert(level);
        self
    }

    /// Adds the tile.
    #[must_use]
    pub fn at_tile(mut self, tile: u64) -> Self {
        self.0.place.tile.get_or_insert(tile);
        self
    }

    /// Adds the tag.
    #[must_use]
    pub fn at_tag(mut self, tag: u16) -> Self {
        self.0.place.tag.get_or_insert(tag);
        self
    }

    /// Adds the byte range.
    #[must_use]
    pub fn at_bytes(mut self, bytes: Range<u64>) -> Self {
        self.0.place.bytes.get_or_insert(bytes);
        self
    }

    /// Adds the place in the text of a formula.
    #[must_use]
    pub(crate) fn in_formula(mut self, text: &str, span: Range<usize>) -> Self {
        let formula = &mut self.0.place.formula;
        formula.get_or_insert_with(|| FormulaMark::new(text, span));
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(Inner {
            kind,
            place: Place::default(),
        }))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        ErrorKind::Io(error).into()
    }
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        ErrorKind::Malformed(malformed).into()
    }
}

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Self {
        ErrorKind::Unsupported(unsupported).into()
    }
}

impl From<Usage> for Error {
    fn from(usage: Usage) -> Self {
        ErrorKind::Usage(usage).into()
    }
}

impl From<FormulaFault> for Error {
    fn from(fault: FormulaFault) -> Self {
        Expression::Formula(fault).into()
    }
}

impl From<Expression> for Error {
    fn from(expression: Expression) -> Self {
        ErrorKind::Expression(expression).into()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", self.kind())
            .field("place", self.place())
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.0.place.source {
            write!(f, "{source}: ")?;
        }
        write!(f, "{}{}", self.kind(), self.place())
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Io(error) => write!(f, "{error}"),
            ErrorKind::Malformed(malformed) => write!(f, "{malformed}"),
            ErrorKind::Unsupported(unsupported) => write!(f, "unsupported: {unsupported}"),
            ErrorKind::Limit {
                what,
                needed,
                allowed,
            } => {
                write!(
                    f,
                    "limit `{what}` exceeded: {needed} needed, {allowed} allowed"
                )
            }
            ErrorKind::Remote(remote) => write!(f, "{remote}"),
            ErrorKind::Usage(usage) => write!(f, "{usage}"),
            ErrorKind::Expression(expression) => write!(f, "{expression}"),
            ErrorKind::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::NotTiff => write!(f, "not a TIFF: expected `II` or `MM` and 42 or 43"),
            Malformed::UnexpectedEnd { length } => {
                write!(f, "the file ends too early, after {length} bytes")
            }
            Malformed::DirectoryLoop => write!(f, "the image directories form a loop"),
            Malformed::MissingTag => write!(f, "a required tag is missing"),
            Malformed::TagType { found } => {
                write!(
                    f,
                    "a tag has field type {found}, which cannot hold its meaning"
                )
            }
            Malformed::TagCount { found, expected } => {
                write!(f, "a tag has {found} values, expected {expected}")
            }
            Malformed::TagValue { found } => write!(f, "a tag has the impossible value {found}"),
            Malformed::TileRange => {
                write!(
                    f,
                    "a tile lies neither inside the file nor is it sparse (0, 0)"
                )
            }
            Malformed::Codec(what) => write!(f, "a tile does not decode: {what}"),
            Malformed::ShortTile { got, want } => {
                write!(f, "a tile decodes to {got} bytes, expected {want}")
            }
            Malformed::Document(what) => write!(f, "{what}"),
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsupported::Compression { number, name } => {
                write!(
                    f,
                    "compression {number} ({name}) has no codec in this build"
                )
            }
            Unsupported::SampleType { bits, format } => {
                write!(f, "samples of {bits} bits with sample format {format}")
            }
            Unsupported::MixedSamples => write!(f, "bands of different sample types"),
            Unsupported::Predictor { predictor, bits } => {
                write!(f, "predictor {predictor} on samples of {bits} bits")
            }
            Unsupported::Photometric(number) => write!(f, "photometric interpretation {number}"),
            Unsupported::Copy(why) => write!(f, "tiles cannot be copied as they are: {why}"),
            Unsupported::Resampling { method, dtype } => {
                write!(
                    f,
                    "{method} of {dtype}: complex samples have nearest, average, rms and mode"
                )
            }
            Unsupported::Grids { left, right, why } => {
                write!(f, "{why}: {left} and {right}")
            }
            Unsupported::Picture { kind, bands, dtype } => {
                write!(f, "{bands} bands of {dtype} as {kind}")
            }
            Unsupported::Source(name) => write!(f, "{name}"),
            Unsupported::Feature(what) => write!(f, "{what}"),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Usage::Overview { index, count } => {
                write!(f, "there is no overview {index}: the file has {count}")
            }
            Usage::Window {
                window,
                size: (width, height),
            } => {
                write!(
                    f,
                    "window {window} is empty or leaves the raster of {width} x {height}"
                )
            }
            Usage::Band { band, count } => {
                write!(
                    f,
                    "there is no band {band}: the raster has bands 1 to {count}"
                )
            }
            Usage::BufferLength { found, expected } => {
                write!(f, "the buffer holds {found} samples, expected {expected}")
            }
            Usage::Value { value, dtype } => write!(f, "`{value}` is not a value of type {dtype}"),
            Usage::Option(what) => write!(f, "{what}"),
            Usage::Reference(what) => write!(f, "{what}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(directory) = self.directory {
            parts.push(format!("directory {directory}"));
        }
        if let Some(level) = self.level {
            parts.push(format!("level {level}"));
        }
        if let Some(tile) = self.tile {
            parts.push(format!("tile {tile}"));
        }
        if let Some(tag) = self.tag {
            parts.push(format!("tag {tag}"));
        }
        if let Some(bytes) = &self.bytes {
            parts.push(format!("bytes {}..{}", bytes.start, bytes.end));
        }
        if let Some(mark) = &self.formula {
            if mark.text().contains('\n') {
                parts.push(format!("line {}", mark.line()));
            }
            parts.push(format!("column {}", mark.column()));
        }
        if parts.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", parts.join(", "))
        }
    }
}
