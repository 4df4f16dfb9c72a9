//! Assets of STAC documents as inputs: `FILE.json#ITEM/ASSET`.
//!
//! The document is an ItemCollection (a GeoJSON FeatureCollection, as a STAC API's search answers)
//! or a single Item. Only what leads to an asset's href is read; the rest of the document may be of
//! any STAC version. The `stac` crate is not used: it brings some 170 crates for what are four
//! steps into a JSON value.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Malformed, Result, Usage};

/// A reference to an asset of a document: `FILE.json#ITEM/ASSET`. ITEM is an index, from the end if
/// negative, or an id; it may be left out if the document is a single Item.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssetReference {
    /// The document.
    pub document: PathBuf,
    /// The item, if it is named.
    pub item: Option<String>,
    /// The asset's key.
    pub asset: String,
}

impl AssetReference {
    /// The reference that a text is, or `None` if it is none: it has no `.json#` in it.
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.find(".json#").or_else(|| text.find(".geojson#"))?;
        let (document, fragment) = text.split_at(at + text[at..].find('#')?);
        let fragment = fragment.strip_prefix('#')?;
        let (item, asset) = match fragment.split_once('/') {
            Some((item, asset)) => (Some(item), asset),
            None => (None, fragment),
        };
        Some(AssetReference {
            document: document.into(),
            item: item.filter(|item| !item.is_empty()).map(str::to_owned),
            asset: asset.to_owned(),
        })
    }

    /// The path or the URL of the asset's file. A relative href starts from the document's folder.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) if the document cannot be read, [`Malformed::Document`] if it is
    /// no STAC document, [`Usage::Reference`] if it has no such item or asset.
    pub fn resolve(&self) -> Result<PathBuf> {
        self.resolve_here()
            .map_err(|error| error.in_source(self.document.display()))
    }

    fn resolve_here(&self) -> Result<PathBuf> {
        let text = std::fs::read(&self.document)?;
        let document: Value = serde_json::from_slice(&text)
            .map_err(|error| Malformed::Document(format!("not JSON: {error}")))?;
        let href = self.href(self.find_item(&document)?)?;
        if href.contains("://") {
            return Ok(href.into());
        }
        let folder = self.document.parent().unwrap_or(Path::new(""));
        Ok(folder.join(href.strip_prefix("./").unwrap_or(href)))
    }

    fn find_item<'a>(&self, document: &'a Value) -> Result<&'a Value> {
        let items = match document["type"].as_str() {
            Some("FeatureCollection") => document["features"].as_array().map(Vec::as_slice),
            Some("Feature") => Some(std::slice::from_ref(document)),
            _ => None,
        };
        let items = items.ok_or_else(|| {
            let text =
                "not a STAC ItemCollection or Item: expected `type` FeatureCollection or Feature";
            Error::from(Malformed::Document(text.into()))
        })?;
        let single = (items.len() == 1).then_some("0");
        let Some(name) = self.item.as_deref().or(single) else {
            let text = format!("{} items: say which, as #ITEM/{}", items.len(), self.asset);
            return Err(Usage::Reference(text).into());
        };
        let by_id = items.iter().find(|item| item["id"].as_str() == Some(name));
        by_id
            .or_else(|| items.get(index_from(name, items.len())?))
            .ok_or_else(|| {
                let text = format!("no item `{name}`: there are {} items", items.len());
                Usage::Reference(text).into()
            })
    }

    fn href<'a>(&self, item: &'a Value) -> Result<&'a str> {
        let href = item["assets"][self.asset.as_str()]["href"].as_str();
        href.ok_or_else(|| {
            let assets = item["assets"].as_object();
            let known: Vec<&str> = assets
                .map(|assets| assets.keys().map(String::as_str).collect())
                .unwrap_or_default();
            let id = item["id"].as_str().unwrap_or("without id");
            let text = format!(
                "item `{id}` has no asset `{}`: it has {}",
                self.asset,
                known.join(", ")
            );
            Usage::Reference(text).into()
        })
    }
}

/// The place of an index in a list, counted from the end if it is negative.
fn index_from(text: &str, length: usize) -> Option<usize> {
    let index: i64 = text.parse().ok()?;
    let back = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 {
        length.checked_sub(back)
    } else {
        Some(back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let parse = AssetReference::parse;
        let reference = |document: &str, item: Option<&str>, asset: &str| {
            Some(AssetReference {
                document: document.into(),
                item: item.map(str::to_owned),
                asset: asset.into(),
            })
        };
        assert_eq!(
            parse("a/b.json#-1/visual"),
            reference("a/b.json", Some("-1"), "visual")
        );
        assert_eq!(
            parse("b.geojson#x_1/B08"),
            reference("b.geojson", Some("x_1"), "B08")
        );
        assert_eq!(
            parse("item.json#visual"),
            reference("item.json", None, "visual")
        );
        assert_eq!(
            parse("item.json#/visual"),
            reference("item.json", None, "visual")
        );
        assert_eq!(parse("a#b.tif"), None);
        assert_eq!(parse("a.json"), None);
    }

    #[test]
    fn documents() {
        let folder = tempfile::tempdir().expect("a folder");
        let item = r#"{"type":"Feature","id":"one","assets":{"a":{"href":"./a.tif"},
            "b":{"href":"/x/b.tif"},"c":{"href":"https://example.org/c.tif"}}}"#;
        let all = format!(r#"{{"type":"FeatureCollection","features":[{{"id":"0th"}},{item}]}}"#);
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("item.json"), item).expect("written");
        std::fs::write(path("all.json"), all).expect("written");
        std::fs::write(path("text.json"), "no").expect("written");
        let resolve = |text: &str| {
            let text = format!("{}/{text}", folder.path().display());
            AssetReference::parse(&text).expect("a reference").resolve()
        };
        for text in [
            "item.json#a",
            "item.json#-1/a",
            "all.json#-1/a",
            "all.json#1/a",
            "all.json#one/a",
        ] {
            assert_eq!(resolve(text).expect(text), path("a.tif"), "{text}");
        }
        assert_eq!(
            resolve("item.json#one/b").expect("absolute"),
            Path::new("/x/b.tif")
        );
        let kind = |text: &str| resolve(text).expect_err(text);
        assert!(kind("all.json#a").is_usage());
        assert!(kind("all.json#2/a").is_usage());
        assert!(kind("all.json#-3/a").is_usage());
        assert!(kind("all.json#0/a").is_usage());
        assert!(kind("all.json#1/z").is_usage());
        assert_eq!(
            resolve("item.json#c").expect("a URL"),
            Path::new("https://example.org/c.tif")
        );
        for text in ["text.json#a", "nothing.json#a"] {
            assert!(!kind(text).is_usage(), "{text}");
        }
    }
}
