//! Plans as JSON and back: those of rasters as [`Lazy::to_json`] has them, and conversions.

use std::path::Path;

use serde_json::{Value, json};

use super::plan::Work;
use super::{Conversion, Plan, StatisticsChoice};
use crate::context::Context;
use crate::error::Result;
use crate::lazy::Lazy;
use crate::lazy::json::{VERSION, located};
use crate::read::cog::Cog;
use crate::sample::Scalar;
use crate::write::CogOptions;
use crate::write::json::{Fields, document};

impl Plan {
    /// This plan as a JSON document, so that it can be run elsewhere or later: that of
    /// [`Lazy::to_json`], which has the fields. A conversion has the field `conversion` instead of
    /// `formula`, `inputs`, `chunks` and `on_error`, an object of these fields:
    ///
    /// | field | |
    /// |---|---|
    /// | `location` | the path or the URL, as it was opened |
    /// | `level` | the level of the file: 0 the base, which may be left out |
    /// | `bands` | the bands to take, counted from 1; left out for all |
    /// | `nodata` | the value to set, as text, or `none` to take it away; left out to keep it |
    /// | `mask_from` | `alpha` or `nodata`; left out for neither: [`MaskSource`](crate::MaskSource) |
    /// | `statistics` | `auto`, the default, `keep`, `drop` or `compute`: [`StatisticsChoice`](crate::StatisticsChoice) |
    ///
    /// # Errors
    /// As [`Lazy::to_json`].
    pub fn to_json(&self) -> Result<String> {
        let conversion = match &self.0 {
            Work::Raster(raster) => {
                return raster.job.settled.raster.to_json(self.options());
            }
            Work::Conversion(conversion) => conversion,
        };
        let mut value = located(&conversion.level)?;
        conversion.how.describe(&mut value);
        let document = json!({
            "version": VERSION,
            "conversion": value,
            "options": self.options().to_value()?,
        });
        Ok(format!("{document:#}"))
    }

    /// The plan of a document of [`to_json`](Self::to_json) or [`Lazy::to_json`], settled anew: it opens
    /// the files that the document names, and its runs write the same bytes if these are the same.
    ///
    /// # Errors
    /// As [`Lazy::from_json`], [`Lazy::plan`] and
    /// [`Level::plan_conversion`](crate::Level::plan_conversion).
    pub fn from_json(text: &str, context: &Context) -> Result<Plan> {
        Plan::from_json_with(text, context, &mut |location| {
            Cog::open_with(location, context)
        })
    }

    /// As [`from_json`](Self::from_json), with files that the caller opens by their `location`, each once:
    /// from stores of its own, or with keys that no document should hold. `context` is what a raster
    /// is computed with; a conversion has that of its file.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json), and those of `open`.
    pub fn from_json_with(
        text: &str,
        context: &Context,
        open: &mut dyn FnMut(&Path) -> Result<Cog>,
    ) -> Result<Plan> {
        let value = serde_json::from_str(text);
        let value: Value = value.map_err(|error| document(format!("not JSON: {error}")))?;
        if value.get("conversion").is_none_or(Value::is_null) {
            let (raster, options) = Lazy::from_value(value, context, open)?;
            return raster.plan(&options);
        }
        let mut fields = Fields::of("the document", value)?;
        fields.version(VERSION)?;
        let conversion = fields.take("conversion").unwrap_or_default();
        let options = match fields.take("options") {
            Some(options) => CogOptions::from_value("options", options)?,
            None => CogOptions::default(),
        };
        fields.finish()?;
        let mut fields = Fields::of("conversion", conversion)?;
        let (location, level) = fields.located()?;
        let how = Conversion::from_fields(&mut fields, options)?;
        fields.finish()?;
        open(Path::new(&location))?
            .level(level)?
            .plan_conversion(how)
    }
}

impl Conversion {
    /// Adds what is not the default to an object, but for the options.
    fn describe(&self, value: &mut Value) {
        let Conversion {
            options: _,
            bands,
            nodata,
            mask_from,
            statistics,
        } = self;
        if let Some(bands) = bands {
            value["bands"] = json!(bands);
        }
        if let Some(nodata) = nodata {
            value["nodata"] = nodata.map_or("none".into(), |nodata| nodata.to_string().into());
        }
        if let Some(source) = mask_from {
            value["mask_from"] = source.name().into();
        }
        if *statistics != StatisticsChoice::Auto {
            value["statistics"] = statistics.name().into();
        }
    }

    fn from_fields(fields: &mut Fields, options: CogOptions) -> Result<Self> {
        let bands = fields.read("bands", "a list of whole numbers", |value| {
            let band = |value: &Value| usize::try_from(value.as_u64()?).ok();
            value.as_array()?.iter().map(band).collect()
        })?;
        let nodata = fields.read("nodata", "none or a number as text", |value| {
            match value.as_str()? {
                "none" => Some(None),
                text => Scalar::parse(text).map(Some),
            }
        })?;
        let statistics = fields.parsed("statistics", "auto, keep, drop or compute")?;
        Ok(Conversion {
            bands,
            nodata,
            mask_from: fields.parsed("mask_from", "alpha or nodata")?,
            statistics: statistics.unwrap_or_default(),
            options,
        })
    }
}
