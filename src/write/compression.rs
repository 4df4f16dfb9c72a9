//! The compressions and predictors of tiles.

use std::fmt;
use std::str::FromStr;

use crate::codec::predictor::Predictor;
use crate::error::{Error, Result, Usage};
use crate::sample::DataType;

/// The compressions that can be written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    None,
    /// Deflate with a zlib wrapper (8).
    Deflate,
    /// LZW (5).
    Lzw,
    /// Zstandard with a checksum (50000).
    Zstd,
    /// LZMA (34925) after a delta filter, with a checksum.
    Lzma,
    /// JPEG (7), lossy: uint8, one band or three in a tile; three are YCbCr 4:2:0, as in GDAL.
    Jpeg,
    /// WebP (50001), lossless: uint8, three or four bands in a tile.
    WebP,
    /// LERC (34887), lossless unless an error is allowed.
    Lerc,
    /// LERC inside of Deflate.
    LercDeflate,
    /// LERC inside of Zstandard.
    LercZstd,
}

/// Which predictor is applied before compression.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum PredictorChoice {
    /// Horizontal differences for integers, floating point differences for floats, none for complex
    /// samples and where nothing is compressed. GDAL's `PREDICTOR=YES`.
    #[default]
    Auto,
    /// None (1).
    None,
    /// Horizontal differences (2).
    Horizontal,
    /// Floating point differences (3).
    FloatingPoint,
}

impl Compression {
    /// The compressions that can be written, by GDAL's names in lower case.
    pub const ALL: &'static [(&'static str, Compression)] = &[
        ("none", Compression::None),
        ("deflate", Compression::Deflate),
        ("lzw", Compression::Lzw),
        ("zstd", Compression::Zstd),
        ("lzma", Compression::Lzma),
        ("jpeg", Compression::Jpeg),
        ("webp", Compression::WebP),
        ("lerc", Compression::Lerc),
        ("lerc_deflate", Compression::LercDeflate),
        ("lerc_zstd", Compression::LercZstd),
    ];

    /// All names, with commas between them.
    pub(super) fn names() -> String {
        let names: Vec<&str> = Compression::ALL.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// TIFF Compression.
    pub fn tag(self) -> u16 {
        match self {
            Compression::None => 1,
            Compression::Deflate => 8,
            Compression::Lzw => 5,
            Compression::Zstd => 50000,
            Compression::Lzma => 34925,
            Compression::Jpeg => 7,
            Compression::WebP => 50001,
            Compression::Lerc | Compression::LercDeflate | Compression::LercZstd => 34887,
        }
    }

    /// The compression of a tag's value, if it can be written; LERC by itself, as the tag does not say
    /// what it is inside of.
    pub fn from_tag(tag: u16) -> Option<Self> {
        match tag {
            1 => Some(Compression::None),
            8 | 32946 => Some(Compression::Deflate),
            5 => Some(Compression::Lzw),
            50000 => Some(Compression::Zstd),
            34925 => Some(Compression::Lzma),
            7 => Some(Compression::Jpeg),
            50001 => Some(Compression::WebP),
            34887 => Some(Compression::Lerc),
            _ => None,
        }
    }

    /// True where bytes are compressed as they are: such a compression fits all samples and may
    /// follow a predictor.
    pub fn is_general(self) -> bool {
        matches!(
            self,
            Compression::None
                | Compression::Deflate
                | Compression::Lzw
                | Compression::Zstd
                | Compression::Lzma
        )
    }

    /// True of LERC, whatever it is inside of.
    pub(crate) fn is_lerc(self) -> bool {
        !self.lerc_parameters().is_empty()
    }

    /// True where there may be levels.
    pub(super) fn has_level(self) -> bool {
        self.is_general() || matches!(self, Compression::LercDeflate | Compression::LercZstd)
    }

    /// TIFF LercParameters: version 2.4, and what LERC is inside of. Empty for all but LERC.
    pub(super) fn lerc_parameters(self) -> &'static [u32] {
        match self {
            Compression::Lerc => &[4, 0],
            Compression::LercDeflate => &[4, 1],
            Compression::LercZstd => &[4, 2],
            _ => &[],
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Compression::ALL
            .iter()
            .find(|(_, compression)| compression == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

/// Reads a GDAL name in any case.
impl FromStr for Compression {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Compression::ALL
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|&(_, compression)| compression).ok_or_else(|| {
            let text = format!(
                "unknown compression `{name}`: expected one of {}",
                Self::names()
            );
            Usage::Option(text).into()
        })
    }
}

impl PredictorChoice {
    /// The same choice where it can be made: nothing helps what is not compressed, or in a way of
    /// its own, and libtiff takes no predictor before LZMA, which has a filter instead.
    pub(super) fn where_possible(self, compression: Compression) -> Self {
        let without = [Compression::None, Compression::Lzma];
        match compression.is_general() && !without.contains(&compression) {
            true => self,
            false => PredictorChoice::None,
        }
    }

    /// The predictor for samples of so many bits; errors call the choice `option`.
    pub(super) fn settle(
        self,
        option: &str,
        compression: Compression,
        data_type: DataType,
        bits: Option<u16>,
    ) -> Result<Predictor> {
        let refuse = |why: &str| Err(Usage::Option(format!("{option}: {why}")).into());
        let possible = self.where_possible(compression) == self;
        let packed = bits.is_some_and(|bits| bits != 16);
        match self {
            PredictorChoice::None => Ok(Predictor::None),
            PredictorChoice::Auto if !possible || packed => Ok(Predictor::None),
            _ if compression == Compression::None => {
                refuse("there is no compression that it could help")
            }
            _ if !possible => refuse(&format!("{compression} has none")),
            _ if packed => refuse("it needs samples of whole bytes"),
            PredictorChoice::Auto if data_type.is_float() => Ok(Predictor::FloatingPoint),
            PredictorChoice::Auto if data_type.is_complex() => Ok(Predictor::None),
            PredictorChoice::Horizontal if data_type.bytes() > 8 => refuse(&format!(
                "2 needs samples of at most 64 bits, found {data_type}"
            )),
            PredictorChoice::Auto | PredictorChoice::Horizontal => Ok(Predictor::Horizontal),
            PredictorChoice::FloatingPoint if data_type.is_float() => Ok(Predictor::FloatingPoint),
            PredictorChoice::FloatingPoint => refuse(&format!(
                "3 needs floating point samples, found {data_type}"
            )),
        }
    }
}

/// Reads `auto`, `none` or the tag's number: 1, 2, 3.
impl FromStr for PredictorChoice {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(PredictorChoice::Auto),
            "none" | "1" => Ok(PredictorChoice::None),
            "2" => Ok(PredictorChoice::Horizontal),
            "3" => Ok(PredictorChoice::FloatingPoint),
            _ => {
                let text = format!("unknown predictor `{name}`: expected auto, none, 2 or 3");
                Err(Usage::Option(text).into())
            }
        }
    }
}
