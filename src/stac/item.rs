//! Items of a document, and their assets.

use std::path::PathBuf;

use serde_json::Value;

use super::AssetReference;
use super::document::Document;
use super::time::{Instant, Interval};
use crate::error::Result;

/// An item of a document: what was seen at a time and a place.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    document: &'a Document,
    index: usize,
    value: &'a Value,
}

/// A file of an item.
#[derive(Clone, Copy, Debug)]
pub struct Asset<'a> {
    item: Item<'a>,
    key: &'a str,
    value: &'a Value,
}

impl<'a> Item<'a> {
    pub(super) fn new(document: &'a Document, index: usize, value: &'a Value) -> Self {
        Item {
            document,
            index,
            value,
        }
    }

    /// Its place in the document, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its id.
    pub fn id(&self) -> Option<&'a str> {
        self.value["id"].as_str()
    }

    /// The id of its collection.
    pub fn collection(&self) -> Option<&'a str> {
        self.value["collection"].as_str()
    }

    /// A property, such as `platform` or `proj:epsg`, if it is there and not null.
    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.value["properties"]
            .get(name)
            .filter(|value| !value.is_null())
    }

    /// The time of its making, as the document writes it; `None` where it is null, for a span.
    pub fn datetime(&self) -> Option<&'a str> {
        self.property("datetime")?.as_str()
    }

    /// The first and the last time of a span, as the document writes them.
    pub fn span(&self) -> Option<(&'a str, &'a str)> {
        let text = |name| self.property(name)?.as_str();
        Some((text("start_datetime")?, text("end_datetime")?))
    }

    /// When it was: [`datetime`](Self::datetime), or else the [`span`](Self::span); `None` where neither
    /// is there or it is not written as RFC 3339 has it.
    pub fn interval(&self) -> Option<Interval> {
        let (from, to) = match self.datetime() {
            Some(moment) => (moment, moment),
            None => self.span()?,
        };
        Some(Interval {
            from: Some(Instant::parse(from)?),
            to: Some(Instant::parse(to)?),
        })
    }

    /// `eo:cloud_cover`: how much of it clouds cover, in percent.
    pub fn cloud_cover(&self) -> Option<f64> {
        self.property("eo:cloud_cover")?.as_f64()
    }

    /// Its assets, sorted by key.
    pub fn assets(&self) -> impl Iterator<Item = Asset<'a>> + use<'a> {
        let item = *self;
        let assets = self.value["assets"].as_object().into_iter().flatten();
        assets.map(move |(key, value)| Asset { item, key, value })
    }

    /// The asset of a key.
    pub fn asset(&self, key: &str) -> Option<Asset<'a>> {
        self.assets().find(|asset| asset.key == key)
    }
}

impl<'a> Asset<'a> {
    /// Its key in the item.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Its href, as the document has it.
    pub fn href(&self) -> Option<&'a str> {
        self.value["href"].as_str()
    }

    /// The path or the URL of its file. A relative href starts from the document's folder.
    ///
    /// # Errors
    /// [`Usage::Reference`](crate::error::Usage::Reference) if it has no href.
    pub fn location(&self) -> Result<PathBuf> {
        let document = self.item.document;
        let href = self.reference().href(self.item.value);
        let location = href.and_then(|href| document.location(href));
        location.map_err(|error| document.place(error))
    }

    /// What names it: the document, the index of the item and the key.
    pub fn reference(&self) -> AssetReference {
        AssetReference {
            document: self.item.document.name().to_owned(),
            item: Some(self.item.index.to_string()),
            asset: self.key.to_owned(),
        }
    }

    /// What it shows, in a few words.
    pub fn title(&self) -> Option<&'a str> {
        self.value["title"].as_str()
    }

    /// Its media type.
    pub fn media_type(&self) -> Option<&'a str> {
        self.value["type"].as_str()
    }

    /// What it is for: `data`, `overview`, `visual` and so on.
    pub fn roles(&self) -> Vec<&'a str> {
        let roles = self.value["roles"].as_array().into_iter().flatten();
        roles.filter_map(Value::as_str).collect()
    }

    /// Rows and columns in pixels: `proj:shape`.
    pub fn shape(&self) -> Option<[u64; 2]> {
        let shape = self.field("proj:shape")?.as_array()?;
        let shape: Option<Vec<u64>> = shape.iter().map(Value::as_u64).collect();
        shape?.try_into().ok()
    }

    /// The side of a pixel, of the first band where they differ: `raster:spatial_resolution`, that of
    /// `raster:bands`, the first of `proj:transform`, or `gsd` of the asset; in units of its coordinate
    /// system, but the last in metres on the ground.
    pub fn resolution(&self) -> Option<f64> {
        let band = |list: &str, name: &str| self.value[list][0][name].as_f64();
        let transform = self.value["proj:transform"][0].as_f64().map(f64::abs);
        let raster = self.value["raster:spatial_resolution"].as_f64();
        raster
            .or_else(|| band("raster:bands", "spatial_resolution"))
            .or_else(|| band("bands", "raster:spatial_resolution"))
            .or(transform)
            .or_else(|| self.value["gsd"].as_f64())
    }

    /// The length of its file in bytes: `file:size`.
    pub fn bytes(&self) -> Option<u64> {
        self.value["file:size"].as_u64()
    }

    /// A field of the asset, or else the property of the item that it takes over.
    fn field(&self, name: &str) -> Option<&'a Value> {
        let own = self.value.get(name).filter(|value| !value.is_null());
        own.or_else(|| self.item.property(name))
    }
}
