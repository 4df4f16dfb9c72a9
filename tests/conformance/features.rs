//! What a file of the set is an example of.

use serde_json::Value;

use crate::common;
use crate::tags::Tags;

/// A row of the table.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Feature {
    pub group: Group,
    pub name: String,
}

/// The parts of the table, in their order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Group {
    Layout,
    Codec,
    Predictor,
    Samples,
    Validity,
    Georeferencing,
    Meaning,
}

/// What the pixels of a file are an example of.
pub fn of(tags: &Tags, entry: &Value) -> Vec<Feature> {
    let codec = common::text(entry, "compress").to_owned();
    let predictor = match tags.first(317, 1) {
        2 => "2, horizontal differencing",
        3 => "3, floating point",
        _ => "none",
    };
    let mut features = vec![
        feature(Group::Codec, codec),
        feature(Group::Predictor, predictor),
        feature(Group::Samples, samples(tags, entry)),
    ];
    let layout = layout(tags, entry).into_iter().chain(color_model(tags));
    features.extend(layout.map(|name| feature(Group::Layout, name)));
    let validity = validity(tags, entry).into_iter();
    features.extend(validity.map(|name| feature(Group::Validity, name)));
    features
}

/// A row.
pub fn feature(group: Group, name: impl Into<String>) -> Feature {
    let name = name.into();
    Feature { group, name }
}

fn layout(tags: &Tags, entry: &Value) -> Vec<&'static str> {
    let bands = tags.first(277, 1);
    let planar = bands > 1 && tags.first(284, 1) == 2;
    let offsets = [tags.values(324), tags.values(273)].concat();
    let rows = tags.first(278, u64::MAX).min(tags.first(257, 0));
    let strips = !tags.has(322);
    let pages = tags.directories.len() > 1 && tags.later(0, 1 | 4);
    named(&[
        ("tiles", tags.has(322)),
        ("strips", strips),
        ("strips of one row", strips && rows == 1),
        ("one strip", strips && rows == tags.first(257, 0)),
        ("no RowsPerStrip", strips && !tags.has(278)),
        ("bands in planes (PlanarConfiguration 2)", planar),
        ("bands interleaved by pixel", bands > 1 && !planar),
        ("sparse tiles or strips", offsets.contains(&0)),
        ("overviews in the chain of directories", tags.later(1, 4)),
        ("overviews or others in SubIFDs", tags.has(330)),
        ("further pages", pages),
        ("overviews in a `.ovr` file", beside(entry, ".ovr")),
        ("layout of a COG", entry["layout_cog"] == true),
        ("BigTIFF", tags.bigtiff),
        ("big-endian", tags.big_endian),
        ("FillOrder 2", tags.first(266, 1) == 2),
    ])
}

fn color_model(tags: &Tags) -> Option<&'static str> {
    Some(match tags.first(262, 1) {
        0 => "photometric: least is white",
        2 => "photometric: RGB",
        3 => "photometric: palette",
        5 => "photometric: separated (CMYK)",
        6 => "photometric: YCbCr",
        32844 | 32845 => "photometric: LogLuv",
        _ => return None,
    })
}

/// The type of the samples as they are stored.
fn samples(tags: &Tags, entry: &Value) -> String {
    let bits = tags.first(258, 1);
    let kind = match tags.first(339, 1) {
        2 => "int",
        3 => "float",
        5 => "complex int",
        6 => "complex float",
        _ => "uint",
    };
    match common::text(entry, "compress") {
        "sgilog" => "LogLuv".to_owned(),
        _ => format!("{kind}{bits:02}"),
    }
}

fn validity(tags: &Tags, entry: &Value) -> Vec<&'static str> {
    let kind = |name: &str| entry["levels"][0]["mask_kind"] == name;
    let sidecar = beside(entry, ".msk");
    let nodata = entry["nodata"].as_str();
    named(&[
        ("none", kind("none")),
        ("nodata", kind("nodata")),
        ("nodata that is NaN", nodata == Some("nan")),
        ("alpha band", kind("alpha")),
        ("mask in the file", kind("mask") && tags.later(4, 0)),
        ("mask in a `.msk` file", kind("mask") && sidecar),
    ])
}

fn beside(entry: &Value, extension: &str) -> bool {
    let files = entry["files"].as_array().expect("files");
    let mut names = files.iter().filter_map(Value::as_str);
    names.any(|name| name.ends_with(extension))
}

/// The names of what holds.
fn named(features: &[(&'static str, bool)]) -> Vec<&'static str> {
    let present = features.iter().filter(|(_, present)| *present);
    present.map(|(name, _)| *name).collect()
}
