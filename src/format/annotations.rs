//! What a file says beside its pixels and their place: GDAL_METADATA, texts, RPC, colour profile.
//!
//! Nothing here is needed to decode; what is damaged counts as missing.

use bytes::Bytes;

use super::directory::Directory;
use super::metadata::{Item, Metadata};
use super::rpc::Rpc;
use super::tag::{self, field};
use super::wire::Wire;
use crate::sample::ByteOrder;

/// The annotations of a file, ready to be written to another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// GDAL_METADATA.
    pub metadata: Metadata,
    /// Texts and other small tags: those of [`TEXT_TAGS`], and the XMP packet.
    pub tags: Vec<PlainTag>,
    /// RPCCoefficientTag.
    pub rpc: Option<Rpc>,
    /// The ICC profile of the colours, as it is.
    pub icc_profile: Option<Bytes>,
}

/// A tag that is passed on as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainTag {
    /// The tag's number.
    pub tag: u16,
    /// The field type's number.
    pub field_type: u16,
    /// The values, little-endian.
    pub values: Bytes,
}

/// The tags that GDAL gives as metadata of the dataset, with its names: `(305,
/// "TIFFTAG_SOFTWARE")`.
pub const TEXT_TAGS: [(u16, &str); 14] = [
    (269, "TIFFTAG_DOCUMENTNAME"),
    (270, "TIFFTAG_IMAGEDESCRIPTION"),
    (280, "TIFFTAG_MINSAMPLEVALUE"),
    (281, "TIFFTAG_MAXSAMPLEVALUE"),
    (282, "TIFFTAG_XRESOLUTION"),
    (283, "TIFFTAG_YRESOLUTION"),
    (296, "TIFFTAG_RESOLUTIONUNIT"),
    (305, "TIFFTAG_SOFTWARE"),
    (306, "TIFFTAG_DATETIME"),
    (315, "TIFFTAG_ARTIST"),
    (316, "TIFFTAG_HOSTCOMPUTER"),
    (33432, "TIFFTAG_COPYRIGHT"),
    (50908, "TIFF_RSID"),
    (50909, "GEO_METADATA"),
];

impl Annotations {
    /// The annotations of a directory.
    pub fn from_directory(directory: &Directory) -> Self {
        let bytes = |tag| directory.bytes(tag).ok().flatten().cloned();
        let rpc = directory.doubles(tag::RPC_COEFFICIENTS);
        let tags = TEXT_TAGS.iter().map(|&(tag, _)| tag).chain([tag::XMP]);
        Annotations {
            metadata: bytes(tag::GDAL_METADATA)
                .map(Metadata::from_xml)
                .unwrap_or_default(),
            tags: tags
                .filter_map(|tag| PlainTag::from_directory(directory, tag))
                .collect(),
            rpc: rpc.and_then(|numbers| Rpc::from_doubles(&numbers)),
            icc_profile: bytes(tag::ICC_PROFILE).filter(|profile| !profile.is_empty()),
        }
    }

    /// What still holds when some pixels have been masked: statistics and extreme values do not.
    #[must_use]
    pub fn without_statistics(mut self) -> Self {
        self.metadata.retain(|item: &Item| !item.is_statistic());
        self.tags.retain(|plain| !EXTREMES.contains(&plain.tag));
        self
    }

    /// The text of one of [`TEXT_TAGS`], as GDAL gives it.
    pub fn text(&self, tag: u16) -> Option<String> {
        let found = self.tags.iter().find(|plain| plain.tag == tag)?;
        found.text()
    }

    /// The texts that there are, with GDAL's names.
    pub fn texts(&self) -> Vec<(&'static str, String)> {
        let text = |&(tag, name): &(u16, &'static str)| Some((name, self.text(tag)?));
        TEXT_TAGS.iter().filter_map(text).collect()
    }
}

impl PlainTag {
    /// A text.
    pub fn text_of(tag: u16, text: &str) -> Self {
        PlainTag {
            tag,
            field_type: field::ASCII,
            values: [text.as_bytes(), b"\0"].concat().into(),
        }
    }

    /// What a directory says of how its tiles are encoded and what their samples are.
    pub fn of_coding(directory: &Directory) -> Vec<Self> {
        let tags = tag::CODING.iter();
        tags.filter_map(|&tag| PlainTag::from_directory(directory, tag))
            .collect()
    }

    fn from_directory(directory: &Directory, tag: u16) -> Option<Self> {
        let field_type = directory.entry(tag)?.field_type;
        let bytes = directory.bytes(tag).ok().flatten()?;
        let values = match (directory.wire().order, unit_bytes(field_type)) {
            (ByteOrder::Little, _) | (_, 1) => bytes.clone(),
            (ByteOrder::Big, width) => bytes
                .chunks_exact(width)
                .flat_map(|unit| unit.iter().rev().copied())
                .collect(),
        };
        let some = !values.is_empty();
        some.then_some(PlainTag {
            tag,
            field_type,
            values,
        })
    }

    fn text(&self) -> Option<String> {
        let number = |at| {
            let wire = Wire {
                order: ByteOrder::Little,
                big: false,
            };
            match self.field_type {
                field::SHORT => wire.number::<u16>(&self.values, at).map(u32::from),
                _ => wire.number::<u32>(&self.values, at),
            }
        };
        match (self.tag, self.field_type) {
            (_, field::ASCII | field::BYTE | field::UNDEFINED) => {
                let text = self.values.split(|&byte| byte == 0).next()?;
                Some(String::from_utf8_lossy(text).into_owned()).filter(|text| !text.is_empty())
            }
            (296, field::SHORT) => Some(match number(0)? {
                2 => "2 (pixels/inch)".into(),
                3 => "3 (pixels/cm)".into(),
                unit => format!("{unit} (unitless)"),
            }),
            (_, field::SHORT | field::LONG) => number(0).map(|number| number.to_string()),
            // libtiff gives resolutions in single precision.
            (_, field::RATIONAL) => {
                let ratio = f64::from(number(0)?) / f64::from(number(4)?);
                Some((ratio as f32).to_string())
            }
            _ => None,
        }
    }
}

/// Bytes of the units that a byte order turns around: a fraction is two.
fn unit_bytes(field_type: u16) -> usize {
    match field::bytes(field_type) {
        Some(2) => 2,
        Some(4) => 4,
        Some(8) if matches!(field_type, field::RATIONAL | field::SRATIONAL) => 4,
        Some(8) => 8,
        _ => 1,
    }
}

/// The least and largest sample values that a file claims.
const EXTREMES: [u16; 2] = [280, 281];
