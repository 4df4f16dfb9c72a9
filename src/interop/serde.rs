//! Facts, findings, estimates, summaries and plans as what [serde](https://docs.rs/serde) serializes.
//!
//! The names are those that the command line's `--json` prints.
//!
//! | type | form | read back |
//! |---|---|---|
//! | [`Size`] | `[width, height]` | yes |
//! | [`Window`] | `[column, row, width, height]` | yes |
//! | [`Affine`] | the six numbers of [`Affine::to_array`] | yes |
//! | [`DataType`], [`Resampling`], [`Interleave`], [`ColorInterpretation`] | the name | yes |
//! | [`Scalar`] | a number, exact for every int64 and uint64; see below | yes |
//! | [`Level`] | `index`, `width`, `height`, `resolution`, `tile` | |
//! | [`Georeference`], [`GeoKeys`], [`BandMetadata`], [`Statistics`] | their fields; `stddev`, `color_interpretation` | yes |
//! | [`Bins`], [`Histogram`], [`BandSummary`] | their fields; `stddev`; percentiles by their percent: `{"50": 2.0}` | yes |
//! | [`Estimate`], [`InputEstimate`], [`Counts`] | their fields; `tiles_passed_through` | yes |
//! | [`Report`] | `counts`, and `failed`: tiles with `source`, `level`, `mask`, `tile`, `window`, `error` | |
//! | [`validate::Report`](crate::validate::Report) and its parts | as `cogwork validate --json` | |
//! | [`CogOptions`](crate::write::CogOptions), [`Lazy`](crate::Lazy), [`Plan`](crate::Plan), [`ComputePlan`](crate::ComputePlan), with the feature `json` | the document of [`Lazy::to_json`](crate::Lazy::to_json) | in a context: `InContext` |
//!
//! Numbers that JSON does not have are texts: `"nan"`, `"inf"`, `"-inf"`, as GDAL writes them; so are
//! whole numbers beyond 64 bits. Where a number is read, such a text is, too. serde_json reads the last
//! digit of floating point numbers back with its feature `float_roundtrip` only, which the feature
//! `json` turns on.
//!
//! ```
//! use cogwork::format::metadata::Statistics;
//! use cogwork::{Cog, Estimate};
//!
//! let base = Cog::open("testdata/scene/visual.tif")?.base();
//! let json = serde_json::to_string(&base.statistics()?[0]).expect("no map of odd keys");
//! assert!(json.starts_with(r#"{"minimum":"#));
//! let back: Statistics = serde_json::from_str(&json).expect("the same form");
//! assert_eq!(back, base.statistics()?[0]);
//!
//! let estimate = base.lazy().estimate()?;
//! let text = serde_json::to_string(&estimate).expect("numbers and texts");
//! assert_eq!(serde_json::from_str::<Estimate>(&text).expect("the same form"), estimate);
//! # Ok::<(), cogwork::Error>(())
//! ```

mod number;
#[cfg(feature = "json")]
mod plans;
mod validation;

use std::fmt::Display;
use std::str::FromStr;

use ::serde::de::Error as _;
use ::serde::ser::SerializeStruct;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::counters::Counts;
use crate::format::color::ColorInterpretation;
use crate::format::geo::{GeoKeys, Georeference};
use crate::format::layout::Interleave;
use crate::format::metadata::{BandMetadata, Statistics};
use crate::grid::{Affine, Size, Window};
use crate::pipeline::{BandSummary, Bins, Estimate, Histogram, InputEstimate, Report};
use crate::read::failures::FailedTile;
use crate::read::level::Level;
use crate::resampling::Resampling;
use crate::sample::{DataType, Scalar};
use number::exact;
#[cfg(feature = "json")]
pub use plans::InContext;

/// Types that a form stands for, field by field: those that are missing there do not compile.
macro_rules! forms {
    ($($type:ty = $form:ident,)*) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $form::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $form::deserialize(deserializer)
            }
        })*
    };
}

/// Types that have a name, which reads back.
macro_rules! named {
    ($($type:ty,)*) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        })*
    };
}

/// Types that are a list of numbers.
macro_rules! listed {
    ($($type:ty: $list:ty, $to:expr, $from:expr;)*) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let to: fn(&$type) -> $list = $to;
                exact::serialize(&to(self), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let from: fn($list) -> $type = $from;
                exact::deserialize(deserializer).map(from)
            }
        })*
    };
}

named!(DataType, Interleave, Resampling,);

listed! {
    Size: [u32; 2], |size| [size.width, size.height], |[width, height]| Size::new(width, height);
    Window: [u32; 4],
        |window| [window.column, window.row, window.width, window.height],
        |[column, row, width, height]| Window::new(column, row, width, height);
    Affine: [f64; 6], |affine| affine.to_array(), |[a, b, c, d, e, f]| Affine { a, b, c, d, e, f };
    Scalar: Scalar, |&scalar| scalar, |scalar| scalar;
}

forms! {
    BandMetadata = BandMetadataForm,
    BandSummary = BandSummaryForm,
    Bins = BinsForm,
    Counts = CountsForm,
    Estimate = EstimateForm,
    GeoKeys = GeoKeysForm,
    Georeference = GeoreferenceForm,
    Histogram = HistogramForm,
    InputEstimate = InputEstimateForm,
    Statistics = StatisticsForm,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "BandMetadata")]
struct BandMetadataForm {
    #[serde(with = "exact")]
    scale: f64,
    #[serde(with = "exact")]
    offset: f64,
    unit: Option<String>,
    description: Option<String>,
    #[serde(rename = "color_interpretation")]
    color: Option<ColorInterpretation>,
    statistics: Statistics,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "BandSummary")]
struct BandSummaryForm {
    pixels: u64,
    valid: u64,
    #[serde(with = "exact")]
    minimum: Option<f64>,
    #[serde(with = "exact")]
    maximum: Option<f64>,
    #[serde(with = "exact")]
    sum: Option<f64>,
    #[serde(with = "exact")]
    mean: Option<f64>,
    #[serde(rename = "stddev", with = "exact")]
    standard_deviation: Option<f64>,
    histogram: Option<Histogram>,
    #[serde(with = "number::percentiles")]
    percentiles: Vec<(f64, f64)>,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Bins")]
struct BinsForm {
    count: usize,
    #[serde(with = "exact")]
    low: f64,
    #[serde(with = "exact")]
    high: f64,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Counts")]
struct CountsForm {
    requests: u64,
    bytes_read: u64,
    tiles_fetched: u64,
    tiles_skipped: u64,
    tiles_decoded: u64,
    tiles_failed: u64,
    tiles_encoded: u64,
    #[serde(rename = "tiles_passed_through")]
    tiles_passed: u64,
    chunks_evaluated: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Estimate")]
struct EstimateForm {
    inputs: Vec<InputEstimate>,
    requests: u64,
    bytes: u64,
    tiles: u64,
    tiles_decoded: u64,
    decoded_bytes: u64,
    chunks: u64,
    output_tiles: u64,
    tiles_copied: u64,
    peak_bytes: u64,
    temporary_bytes: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "GeoKeys")]
struct GeoKeysForm {
    directory: Vec<u16>,
    #[serde(with = "exact")]
    doubles: Vec<f64>,
    ascii: Vec<u8>,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Georeference")]
struct GeoreferenceForm {
    transform: Option<Affine>,
    #[serde(with = "exact")]
    gcps: Vec<[f64; 6]>,
    #[serde(with = "exact")]
    heights: Option<(f64, f64)>,
    keys: Option<GeoKeys>,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Histogram")]
struct HistogramForm {
    #[serde(with = "exact")]
    edges: Vec<f64>,
    counts: Vec<u64>,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "InputEstimate")]
struct InputEstimateForm {
    source: String,
    level: usize,
    mask: bool,
    tiles: u64,
    requests: u64,
    bytes: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Statistics")]
struct StatisticsForm {
    #[serde(with = "exact")]
    minimum: Option<f64>,
    #[serde(with = "exact")]
    maximum: Option<f64>,
    #[serde(with = "exact")]
    mean: Option<f64>,
    #[serde(rename = "stddev", with = "exact")]
    standard_deviation: Option<f64>,
    #[serde(with = "exact")]
    valid_percent: Option<f64>,
}

impl Serialize for ColorInterpretation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ColorInterpretation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let color = ColorInterpretation::from_name(&name);
        let known = color.name().eq_ignore_ascii_case(&name);
        let unknown = || D::Error::custom(format!("unknown colour interpretation `{name}`"));
        known.then_some(color).ok_or_else(unknown)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (x, y) = self.resolution();
        let mut fields = serializer.serialize_struct("Level", 5)?;
        fields.serialize_field("index", &self.index())?;
        fields.serialize_field("width", &self.size().width)?;
        fields.serialize_field("height", &self.size().height)?;
        fields.serialize_field("resolution", &[Scalar::Float(x), Scalar::Float(y)])?;
        fields.serialize_field("tile", &self.tile_size())?;
        fields.end()
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Report", 2)?;
        fields.serialize_field("counts", &self.counts)?;
        fields.serialize_field("failed", &self.failed)?;
        fields.end()
    }
}

impl Serialize for FailedTile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("FailedTile", 6)?;
        fields.serialize_field("source", &self.source)?;
        fields.serialize_field("level", &self.level)?;
        fields.serialize_field("mask", &self.mask)?;
        fields.serialize_field("tile", &self.tile)?;
        fields.serialize_field("window", &self.window)?;
        fields.serialize_field("error", &self.error.to_string())?;
        fields.end()
    }
}

/// A value from its name.
fn parsed<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(D::Error::custom)
}
