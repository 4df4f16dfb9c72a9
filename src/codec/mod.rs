//! Codecs: compressed bytes of one tile to the bytes of its samples, and back.
//!
//! A codec knows nothing of tiles, samples or files. Its parameters live in the value. [`codec()`]
//! gives the one to write a number of the TIFF tag Compression with, [`decoder`] the one to read a
//! file with, which may need more [`Parameters`]; an embedder's own are in [`Codecs`].
//! [`predictor`] undoes and applies the differences that stand between samples and codec.

use std::fmt;
use std::sync::Arc;

use crate::error::{Result, Unsupported, Usage};

#[cfg(feature = "ccitt")]
mod ccitt;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "jpeg")]
mod jpeg;
#[cfg(feature = "lerc")]
mod lerc;
#[cfg(feature = "lzma")]
mod lzma;
#[cfg(feature = "lzw")]
mod lzw;
mod packbits;
mod parameters;
pub mod predictor;
mod raw;
mod registry;
#[cfg(any(feature = "deflate", feature = "lzma", feature = "zstd"))]
mod stream;
#[cfg(feature = "webp")]
mod webp;
#[cfg(feature = "zstd")]
mod zstd;

pub use parameters::{Effort, Parameters};
pub use registry::Codecs;

/// A compression scheme with its parameters.
///
/// Implement it to add a compression of your own: both calls get whole buffers and are called from
/// several threads at a time.
pub trait Codec: fmt::Debug + Send + Sync {
    /// Decompresses `src` so that it fills `dst` exactly. Output beyond `dst` is never kept, and
    /// produced only as far as a checksum needs it, so a decompression bomb costs no more memory
    /// than the tile it claims to be, and no more time than two.
    ///
    /// # Errors
    /// [`Malformed::Codec`](crate::error::Malformed::Codec) for bytes that are not of this scheme,
    /// [`Malformed::ShortTile`](crate::error::Malformed::ShortTile) if they end before `dst` is
    /// full.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()>;

    /// Appends the compressed form of `src` to `dst`. The same input gives the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for schemes that are only read.
    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()>;

    /// What all streams leave out that this encodes: TIFF JPEGTables. Nothing, unless a codec says
    /// otherwise.
    fn shared_tables(&self) -> &[u8] {
        &[]
    }

    /// The most bytes that `compressed` bytes can decode to: a tile that claims to hold more is
    /// refused before memory is taken for it. Unless a codec knows better, there is no such bound.
    fn most_decoded(&self, compressed: u64) -> u64 {
        let _ = compressed;
        u64::MAX
    }
}

/// The codec for a number of the TIFF tag Compression, to write at `level` or else at the default
/// level: 6 for Deflate and LZMA, 9 for Zstandard, as GDAL has it. The level means nothing to decoding.
///
/// Deflate's levels are bounds of size, relative to zlib's level 6: about 5 % more at levels 1 to 5,
/// 1 % more at level 6. The fastest encoder that a sample of the tile promises to stay within them
/// is taken. Levels 7 to 9 are zlib's.
///
/// All codecs treat a stream whose output is longer than the tile as GDAL does: the tile is filled
/// and the rest is ignored. Deflate's checksum is always verified, Zstandard's and LZMA's where they
/// have one, unless the stream lacks it or goes on for more than another tile. No compression, LZW,
/// PackBits and Zstandard frames without a checksum (GDAL writes none) cannot tell that bytes were
/// changed as long as those still decode to enough output.
///
/// # Errors
/// [`Unsupported::Compression`] for numbers that are unknown or whose feature is off,
/// [`Usage::Option`] for a level that the scheme does not have.
pub fn codec(compression: u16, level: Option<u8>) -> Result<Arc<dyn Codec>> {
    match compression {
        1 => {
            no_level(compression, level)?;
            Ok(Arc::new(raw::Raw))
        }
        #[cfg(feature = "lzw")]
        5 => {
            no_level(compression, level)?;
            Ok(Arc::new(lzw::Lzw))
        }
        #[cfg(feature = "deflate")]
        8 | 32946 => {
            let level = level_within(compression, level, 1..=9)?.unwrap_or(6);
            Ok(Arc::new(deflate::Deflate::new(level)))
        }
        32773 => {
            no_level(compression, level)?;
            Ok(Arc::new(packbits::PackBits))
        }
        #[cfg(feature = "lzma")]
        34925 => lzma(level, 8),
        #[cfg(feature = "zstd")]
        50000 => {
            let level = level_within(compression, level, 1..=22)?.unwrap_or(9);
            Ok(Arc::new(zstd::Zstd::new(level)))
        }
        number => {
            let name = compression_name(number);
            Err(Unsupported::Compression { number, name }.into())
        }
    }
}

/// The codec to write tiles with: all those of [`codec()`], and, each if its feature is on, JPEG,
/// lossless WebP and LERC, which depend on what the tiles are. A tile is always whole.
///
/// # Errors
/// As [`codec()`]; other kinds of [`Unsupported`] for parameters that the codec does not do.
pub fn encoder(parameters: &Parameters<'_>, effort: &Effort) -> Result<Arc<dyn Codec>> {
    match parameters.compression {
        #[cfg(feature = "jpeg")]
        7 => Ok(Arc::new(jpeg::Jpeg::new(parameters)?.at(effort.quality)?)),
        #[cfg(feature = "lerc")]
        34887 => Ok(Arc::new(lerc::Lerc::new(parameters)?.at(effort)?)),
        #[cfg(feature = "lzma")]
        34925 => lzma(effort.level, parameters.bits),
        #[cfg(feature = "webp")]
        50001 => Ok(Arc::new(webp::WebP::new(parameters)?)),
        number => codec(number, effort.level),
    }
}

/// The codec to read a file with: all those of [`encoder`], and those that are only read, each if
/// its feature is on: CCITT Group 3 and 4.
///
/// # Errors
/// [`Unsupported::Compression`] for numbers that are unknown or whose feature is off; other kinds
/// of [`Unsupported`] for parameters that the codec does not do.
pub fn decoder(parameters: &Parameters<'_>) -> Result<Arc<dyn Codec>> {
    match parameters.compression {
        #[cfg(feature = "ccitt")]
        2..=4 | 32771 => Ok(Arc::new(ccitt::Ccitt::new(parameters)?)),
        #[cfg(feature = "jpeg")]
        7 => Ok(Arc::new(jpeg::Jpeg::new(parameters)?)),
        #[cfg(feature = "lerc")]
        34887 => Ok(Arc::new(lerc::Lerc::new(parameters)?)),
        #[cfg(feature = "webp")]
        50001 => Ok(Arc::new(webp::WebP::new(parameters)?)),
        number => codec(number, None),
    }
}

/// The usual name of a number of the TIFF tag Compression, or `unknown`.
pub fn compression_name(number: u16) -> &'static str {
    NAMES
        .iter()
        .find(|(known, _)| *known == number)
        .map_or("unknown", |(_, name)| name)
}

fn no_level(compression: u16, level: Option<u8>) -> Result<()> {
    let Some(level) = level else { return Ok(()) };
    let name = compression_name(compression);
    Err(Usage::Option(format!("level {level}: compression {name} takes no level")).into())
}

#[cfg(feature = "lzma")]
fn lzma(level: Option<u8>, bits: u16) -> Result<Arc<dyn Codec>> {
    let level = level_within(34925, level, 0..=9)?.unwrap_or(6);
    Ok(Arc::new(lzma::Lzma::new(level, bits)))
}

#[cfg(any(feature = "deflate", feature = "lzma", feature = "zstd"))]
fn level_within(
    compression: u16,
    level: Option<u8>,
    range: std::ops::RangeInclusive<u8>,
) -> Result<Option<u8>> {
    let Some(outside) = level.filter(|level| !range.contains(level)) else {
        return Ok(level);
    };
    let name = compression_name(compression);
    let (low, high) = (range.start(), range.end());
    let text = format!("level {outside}: compression {name} takes levels {low} to {high}");
    Err(Usage::Option(text).into())
}

/// Makes room for an output of about `bytes` more bytes, or says that there is none.
#[cfg(any(
    feature = "deflate",
    feature = "jpeg",
    feature = "lzw",
    feature = "zstd"
))]
fn reserve(dst: &mut Vec<u8>, bytes: usize) -> Result<()> {
    dst.try_reserve(bytes)
        .map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory).into())
}

/// The numbers that libtiff, GDAL and the DNG specification know.
const NAMES: &[(u16, &str)] = &[
    (1, "none"),
    (2, "CCITT RLE"),
    (3, "CCITT Group 3"),
    (4, "CCITT Group 4"),
    (5, "LZW"),
    (6, "old-style JPEG"),
    (7, "JPEG"),
    (8, "Deflate"),
    (9, "JBIG T.85"),
    (10, "JBIG T.43"),
    (32766, "NeXT"),
    (32771, "CCITT RLE, word aligned"),
    (32773, "PackBits"),
    (32809, "ThunderScan"),
    (32895, "IT8 CT with padding"),
    (32896, "IT8 line work"),
    (32897, "IT8 monochrome picture"),
    (32898, "IT8 binary line art"),
    (32908, "PixarFilm"),
    (32909, "PixarLog"),
    (32946, "Deflate"),
    (32947, "Kodak DCS"),
    (34661, "JBIG"),
    (34676, "SGILOG"),
    (34677, "SGILOG24"),
    (34712, "JPEG 2000"),
    (34887, "LERC"),
    (34892, "lossy JPEG of DNG"),
    (34925, "LZMA"),
    (50000, "ZSTD"),
    (50001, "WebP"),
    (50002, "JPEG XL"),
    (52546, "JPEG XL of DNG"),
];
