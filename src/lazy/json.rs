//! Lazy rasters, and how they are written, as JSON and back.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use super::Lazy;
use super::input::Input;
use crate::context::Context;
use crate::error::{Result, Unsupported};
use crate::expr::Formula;
use crate::grid::Window;
use crate::pipeline::{Chunks, OnError};
use crate::read::cog::Cog;
use crate::read::level::Level;
use crate::write::CogOptions;
use crate::write::json::{Fields, document};

/// The version of the documents that are written, and the only one that is read.
pub(crate) const VERSION: u64 = 1;

impl Lazy {
    /// This raster, and how it is to be written, as a JSON document, so that it can be computed
    /// elsewhere or later: what [`from_json`](Self::from_json) and
    /// [`Plan::from_json`](crate::Plan::from_json) read.
    ///
    /// | field | |
    /// |---|---|
    /// | `version` | 1 |
    /// | `formula` | the expression, by the grammar of [`expr::parse`](crate::expr::parse) |
    /// | `inputs` | for each name in the formula an object of the four fields below |
    /// | `.name` | the name |
    /// | `.location` | the path or the URL, as it was opened: a relative path stays one, and a query with a signature stays in it |
    /// | `.level` | the level of the file, as [`Cog::level`]: 0 the base, which may be left out, 1 the first overview |
    /// | `.window` | the part of the level, `[column, row, width, height]`; all of it if left out |
    /// | `options` | what is not the default of [`CogOptions`], by the names of its fields: names of compressions and methods are texts, `predictor` is `auto`, `none`, `2` or `3`, `overviews` is `auto`, `none` or a number, `bigtiff` is `auto`, `yes` or `no` |
    /// | `chunks` | `auto`, the default, `tiles`, `{"bytes": N}` or `[bands, rows, columns]`: [`Chunks`] |
    /// | `on_error` | `fail`, the default, or `nodata`: [`OnError`] |
    ///
    /// # Errors
    /// [`Unsupported::Source`] for an input that is not opened by a path or a URL;
    /// [`Unsupported::Feature`] for the function of `map_chunks`; as [`formula`](Self::formula).
    pub fn to_json(&self, options: &CogOptions) -> Result<String> {
        let (formula, inputs) = self.worded(&[])?;
        let inputs = inputs.iter().map(|(name, input)| described(name, input));
        let mut document = json!({
            "version": VERSION,
            "formula": formula.to_string(),
            "inputs": inputs.collect::<Result<Vec<Value>>>()?,
            "options": options.to_value()?,
        });
        if let Some(chunks) = chunks_value(self.choices.chunks) {
            document["chunks"] = chunks;
        }
        if self.choices.on_error == OnError::Nodata {
            document["on_error"] = "nodata".into();
        }
        Ok(format!("{document:#}"))
    }

    /// The raster of a document of [`to_json`](Self::to_json) or
    /// [`Plan::to_json`](crate::Plan::to_json), and how it is to be written. Opens the files that it
    /// names, each once.
    ///
    /// # Errors
    /// [`Malformed::Document`](crate::error::Malformed::Document) for what is no such document, has
    /// an unknown field or another version; those of [`Cog::open_with`] and [`parse`](Self::parse).
    pub fn from_json(text: &str, context: &Context) -> Result<(Lazy, CogOptions)> {
        let value = serde_json::from_str(text);
        let value = value.map_err(|error| document(format!("not JSON: {error}")))?;
        Lazy::from_value(value, context, &mut |location| {
            Cog::open_with(location, context)
        })
    }

    /// As [`from_json`](Self::from_json), with files that `open` opens.
    pub(crate) fn from_value(
        value: Value,
        context: &Context,
        open: &mut dyn FnMut(&Path) -> Result<Cog>,
    ) -> Result<(Lazy, CogOptions)> {
        let mut fields = Fields::of("the document", value)?;
        fields.version(VERSION)?;
        let formula = fields.read("formula", "a text", text_of)?;
        let formula = Formula::parse(&fields.required("formula", formula)?)?;
        let inputs = fields.read("inputs", "a list", |value| value.as_array().cloned())?;
        let inputs = fields.required("inputs", inputs)?;
        let options = match fields.take("options") {
            Some(options) => CogOptions::from_value("options", options)?,
            None => CogOptions::default(),
        };
        let chunks = fields.read(
            "chunks",
            "auto, tiles, {\"bytes\": N} or [bands, rows, columns]",
            chunks_of,
        )?;
        let on_error = fields.read("on_error", "fail or nodata", |value| {
            match value.as_str()? {
                "fail" => Some(OnError::Fail),
                "nodata" => Some(OnError::Nodata),
                _ => None,
            }
        })?;
        fields.finish()?;
        let mut files = Files {
            open,
            known: HashMap::new(),
        };
        let inputs = inputs.into_iter().enumerate();
        let inputs = inputs.map(|(index, input)| files.input(&format!("inputs[{index}]"), input));
        let inputs: Vec<(String, Lazy)> = inputs.collect::<Result<_>>()?;
        let raster = formula.lazy(&inputs, None)?.with_context(context);
        let raster = raster.chunks(chunks.unwrap_or_default());
        Ok((raster.on_error(on_error.unwrap_or_default()), options))
    }
}

/// An input as an object.
fn described(name: &str, input: &Input) -> Result<Value> {
    let nameless = || Unsupported::Source(format!("{input} as JSON: it has no path or URL"));
    let level = input.as_level().filter(|level| !level.is_mask());
    let level = level.ok_or_else(nameless)?;
    let mut described = located(level)?;
    described["name"] = name.into();
    if input.whole_level().is_none() {
        let window = input.window();
        described["window"] = json!([window.column, window.row, window.width, window.height]);
    }
    Ok(described)
}

/// Where a level is, as an object.
pub(crate) fn located(level: &Level) -> Result<Value> {
    let cog = level.cog();
    let location = cog.location().and_then(|location| location.to_str());
    let nameless = || Unsupported::Source(format!("{cog} as JSON: it has no path or URL"));
    let mut located = json!({ "location": location.ok_or_else(nameless)? });
    if level.index() > 0 {
        located["level"] = level.index().into();
    }
    Ok(located)
}

impl Fields {
    /// Checks the version of a document.
    ///
    /// # Errors
    /// [`Malformed::Document`](crate::error::Malformed::Document) for another one, or none.
    pub(crate) fn version(&mut self, known: u64) -> Result<()> {
        let version = self.read("version", &known.to_string(), |value| {
            value.as_u64().filter(|version| *version == known)
        })?;
        self.required("version", version).map(drop)
    }

    /// The location of a file and its level, as [`located`] has them.
    ///
    /// # Errors
    /// [`Malformed::Document`](crate::error::Malformed::Document) for what is no such thing.
    pub(crate) fn located(&mut self) -> Result<(String, usize)> {
        let location = self.read("location", "a text", text_of)?;
        let location = self.required("location", location)?;
        let level = self.read("level", "a whole number", |value| {
            usize::try_from(value.as_u64()?).ok()
        })?;
        Ok((location, level.unwrap_or(0)))
    }
}

/// The files that a document names.
struct Files<'a> {
    open: &'a mut dyn FnMut(&Path) -> Result<Cog>,
    known: HashMap<String, Cog>,
}

impl Files<'_> {
    fn input(&mut self, place: &str, value: Value) -> Result<(String, Lazy)> {
        let mut fields = Fields::of(place, value)?;
        let name = fields.read("name", "a text", text_of)?;
        let name = fields.required("name", name)?;
        let (location, level) = fields.located()?;
        let window = fields.read("window", "[column, row, width, height]", window_of)?;
        fields.finish()?;
        let raster = self.open(location)?.level(level)?.lazy();
        match window {
            Some(window) => Ok((name, raster.clip_window(window)?)),
            None => Ok((name, raster)),
        }
    }

    fn open(&mut self, location: String) -> Result<Cog> {
        if let Some(cog) = self.known.get(&location) {
            return Ok(cog.clone());
        }
        let cog = (self.open)(Path::new(&location))?;
        self.known.insert(location, cog.clone());
        Ok(cog)
    }
}

fn chunks_value(chunks: Chunks) -> Option<Value> {
    match chunks {
        Chunks::Auto => None,
        Chunks::AutoBytes(bytes) => Some(json!({ "bytes": bytes })),
        Chunks::Tiles => Some("tiles".into()),
        Chunks::Shape {
            bands,
            rows,
            columns,
        } => Some(json!([bands, rows, columns])),
    }
}

fn chunks_of(value: &Value) -> Option<Chunks> {
    let side = |value: &Value| u32::try_from(value.as_u64()?).ok();
    match value {
        Value::String(name) if name == "auto" => Some(Chunks::Auto),
        Value::String(name) if name == "tiles" => Some(Chunks::Tiles),
        Value::Array(sides) => {
            let [bands, rows, columns] = sides.as_slice() else {
                return None;
            };
            Some(Chunks::Shape {
                bands: usize::try_from(bands.as_u64()?).ok()?,
                rows: side(rows)?,
                columns: side(columns)?,
            })
        }
        Value::Object(fields) if fields.len() == 1 => {
            fields.get("bytes")?.as_u64().map(Chunks::AutoBytes)
        }
        _ => None,
    }
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn window_of(value: &Value) -> Option<Window> {
    let side = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let sides: Option<Vec<u32>> = value.as_array()?.iter().map(side).collect();
    let [column, row, width, height] = sides?.try_into().ok()?;
    Some(Window::new(column, row, width, height))
}
