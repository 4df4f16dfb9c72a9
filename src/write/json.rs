//! Options of a COG as JSON and back. Only what is not the default is written.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::{BigTiff, CogOptions, Compression, Interleave, Overviews, PredictorChoice};
use crate::error::{Error, Malformed, Result, Usage};
use crate::resampling::Resampling;

/// The fields of an object, each of which has to be taken.
pub(crate) struct Fields {
    /// Where the object stands, for errors.
    place: String,
    fields: Map<String, Value>,
}

impl Fields {
    /// The fields of a value.
    ///
    /// # Errors
    /// [`Malformed::Document`] if it is no object.
    pub(crate) fn of(place: impl Into<String>, value: Value) -> Result<Self> {
        let place = place.into();
        match value {
            Value::Object(fields) => Ok(Fields { place, fields }),
            other => Err(wrong(&place, "an object", &other)),
        }
    }

    /// The value of a field, if it is there and not null.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    /// As [`take`](Self::take), of a kind.
    ///
    /// # Errors
    /// [`Malformed::Document`] for a value of another kind.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let value = self.take(name);
        let read = value.map(|value| {
            let place = format!("{}.{name}", self.place);
            read(&value).ok_or_else(|| wrong(&place, expected, &value))
        });
        read.transpose()
    }

    /// A field that must be there.
    ///
    /// # Errors
    /// [`Malformed::Document`] if it is not.
    pub(crate) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| document(format!("{} has no `{name}`", self.place)))
    }

    /// Checks that no field is left.
    ///
    /// # Errors
    /// [`Malformed::Document`] with the first field that nothing here knows.
    pub(crate) fn finish(self) -> Result<()> {
        match self.fields.keys().next() {
            Some(name) => Err(document(format!(
                "{} has the unknown field `{name}`",
                self.place
            ))),
            None => Ok(()),
        }
    }

    fn integer<T: TryFrom<u64>>(&mut self, name: &str) -> Result<Option<T>> {
        self.read(name, "a whole number in range", |value| {
            value.as_u64().and_then(|value| T::try_from(value).ok())
        })
    }

    pub(crate) fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>> {
        self.read(name, expected, |value| value.as_str()?.parse().ok())
    }

    fn bool(&mut self, name: &str) -> Result<Option<bool>> {
        self.read(name, "true or false", Value::as_bool)
    }
}

fn wrong(place: &str, expected: &str, found: &Value) -> Error {
    let mut found = found.to_string();
    if let Some((end, _)) = found.char_indices().nth(60) {
        found.truncate(end);
        found.push_str("...");
    }
    document(format!("{place}: expected {expected}, found {found}"))
}

/// The error of a document that is not what it should be.
pub(crate) fn document(what: impl Display) -> Error {
    Malformed::Document(what.to_string()).into()
}

impl CogOptions {
    /// These options as an object.
    ///
    /// # Errors
    /// [`Usage::Option`] for an error of LERC that is no number.
    pub(crate) fn to_value(&self) -> Result<Value> {
        // All fields are named, so that none is forgotten.
        let CogOptions {
            compression,
            level,
            quality,
            overview_quality,
            max_z_error,
            max_z_error_overview,
            bits,
            predictor,
            overview_predictor,
            blocksize,
            resampling,
            overviews,
            overview_compression,
            interleave,
            sparse,
            bigtiff,
        } = *self;
        let max_z_error = (max_z_error != 0.0).then_some(max_z_error);
        let resampling = resampling.map(Resampling::name);
        let interleave = (interleave != Interleave::default()).then_some(interleave.name());
        let fields = [
            (
                "compression",
                compression.map(compression_name).map(Value::from),
            ),
            ("level", level.map(Value::from)),
            ("quality", quality.map(Value::from)),
            ("overview_quality", overview_quality.map(Value::from)),
            ("max_z_error", max_z_error.map(number).transpose()?),
            (
                "max_z_error_overview",
                max_z_error_overview.map(number).transpose()?,
            ),
            ("bits", bits.map(Value::from)),
            ("predictor", predictor.map(predictor_name).map(Value::from)),
            (
                "overview_predictor",
                overview_predictor.map(predictor_name).map(Value::from),
            ),
            ("blocksize", blocksize.map(Value::from)),
            ("resampling", resampling.map(Value::from)),
            ("overviews", overviews_value(overviews)),
            (
                "overview_compression",
                overview_compression.map(compression_name).map(Value::from),
            ),
            ("interleave", interleave.map(Value::from)),
            ("sparse", sparse.then_some(Value::from(true))),
            ("bigtiff", bigtiff_value(bigtiff)),
        ];
        let fields = fields.into_iter();
        let set = fields.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(Value::Object(set.collect()))
    }

    /// The options that an object gives.
    ///
    /// # Errors
    /// [`Malformed::Document`] for a field that is unknown or has a wrong value.
    pub(crate) fn from_value(place: &str, value: Value) -> Result<Self> {
        let mut fields = Fields::of(place, value)?;
        let names = Compression::names();
        let resampling = "a method of resampling";
        let predictor = "auto, none, 2 or 3";
        let options = CogOptions {
            compression: fields.parsed("compression", &names)?,
            level: fields.integer("level")?,
            quality: fields.integer("quality")?,
            overview_quality: fields.integer("overview_quality")?,
            max_z_error: fields
                .read("max_z_error", "a number", Value::as_f64)?
                .unwrap_or(0.0),
            max_z_error_overview: fields.read("max_z_error_overview", "a number", Value::as_f64)?,
            bits: fields.integer("bits")?,
            predictor: fields.parsed("predictor", predictor)?,
            overview_predictor: fields.parsed("overview_predictor", predictor)?,
            blocksize: fields.integer("blocksize")?,
            resampling: fields.parsed("resampling", resampling)?,
            overviews: fields
                .read("overviews", "auto, none or a number", overviews)?
                .unwrap_or_default(),
            overview_compression: fields.parsed("overview_compression", &names)?,
            interleave: fields
                .parsed("interleave", "pixel, band or tile")?
                .unwrap_or_default(),
            sparse: fields.bool("sparse")?.unwrap_or_default(),
            bigtiff: fields
                .read("bigtiff", "auto, yes or no", bigtiff)?
                .unwrap_or_default(),
        };
        fields.finish()?;
        Ok(options)
    }
}

fn number(value: f64) -> Result<Value> {
    let number = serde_json::Number::from_f64(value);
    let number = number.ok_or_else(|| Usage::Option(format!("max_z_error {value} as JSON")))?;
    Ok(Value::Number(number))
}

fn compression_name(compression: Compression) -> &'static str {
    let found = Compression::ALL.iter().find(|found| found.1 == compression);
    found.map_or("", |found| found.0)
}

fn predictor_name(predictor: PredictorChoice) -> &'static str {
    match predictor {
        PredictorChoice::Auto => "auto",
        PredictorChoice::None => "none",
        PredictorChoice::Horizontal => "2",
        PredictorChoice::FloatingPoint => "3",
    }
}

fn overviews_value(overviews: Overviews) -> Option<Value> {
    match overviews {
        Overviews::Auto => None,
        Overviews::None => Some("none".into()),
        Overviews::Count(count) => Some(count.into()),
    }
}

fn overviews(value: &Value) -> Option<Overviews> {
    match value.as_str() {
        Some("auto") => Some(Overviews::Auto),
        Some("none") => Some(Overviews::None),
        Some(_) => None,
        None => Some(Overviews::Count(u32::try_from(value.as_u64()?).ok()?)),
    }
}

fn bigtiff_value(bigtiff: BigTiff) -> Option<Value> {
    match bigtiff {
        BigTiff::Auto => None,
        BigTiff::Yes => Some("yes".into()),
        BigTiff::No => Some("no".into()),
    }
}

fn bigtiff(value: &Value) -> Option<BigTiff> {
    match value.as_str()? {
        "auto" => Some(BigTiff::Auto),
        "yes" => Some(BigTiff::Yes),
        "no" => Some(BigTiff::No),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_back() {
        let all = CogOptions::default()
            .compression(Compression::LercZstd)
            .level(9)
            .quality(70)
            .overview_quality(50)
            .max_z_error(0.25)
            .max_z_error_overview(1e-300)
            .bits(12)
            .predictor(PredictorChoice::None)
            .overview_predictor(PredictorChoice::FloatingPoint)
            .blocksize(256)
            .resampling(Resampling::CubicSpline)
            .overviews(Overviews::Count(3))
            .overview_compression(Compression::Jpeg)
            .interleave(Interleave::Tile)
            .sparse(true)
            .bigtiff(BigTiff::No);
        let value = all.to_value().expect("numbers");
        assert_eq!(value.as_object().map(Map::len), Some(16));
        assert_eq!(
            CogOptions::from_value("options", value).expect("known"),
            all
        );
        let none = CogOptions::default().to_value().expect("nothing");
        assert_eq!(none.to_string(), "{}");
    }

    #[test]
    fn wrong_options() {
        for (text, message) in [
            ("[]", "options: expected an object, found []"),
            (r#"{"levle": 3}"#, "options has the unknown field `levle`"),
            (
                r#"{"level": 300}"#,
                "options.level: expected a whole number in range, found 300",
            ),
            (
                r#"{"level": "9"}"#,
                "options.level: expected a whole number in range, found \"9\"",
            ),
            (
                r#"{"sparse": 1}"#,
                "options.sparse: expected true or false, found 1",
            ),
            (
                r#"{"overviews": -1}"#,
                "options.overviews: expected auto, none or a number, found -1",
            ),
        ] {
            let value = serde_json::from_str(text).expect(text);
            let error = CogOptions::from_value("options", value).expect_err(text);
            assert_eq!(error.to_string(), message);
        }
    }
}
