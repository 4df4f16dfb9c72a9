//! STAC documents: their items, and assets of them as inputs, `FILE.json#ITEM/ASSET`, where FILE is a
//! path or a URL.
//!
//! A document is an ItemCollection (a GeoJSON FeatureCollection, as a STAC API's search answers) or a
//! single Item. Catalogs and Collections, which hold links, are not followed. Fields are those of STAC
//! 1.0 and 1.1; what is missing or of another kind is `None`, so that documents of other versions are
//! read as far as they agree. The `stac` crate is not used: it brings some 170 crates for what are a few
//! steps into a JSON value.
//! ```
//! use cogwork::stac::{Document, Filter};
//!
//! let document = Document::open("testdata/scene/mysearch.json")?;
//! let filter = Filter::default().max_cloud_cover(10.0).datetime("2020-03-01/..".parse()?);
//! let clear: Vec<_> = document.items().filter(|item| filter.matches(item)).collect();
//! assert_eq!(clear[0].id(), Some("S2A_31TFK_20200328_0_L2A"));
//! let visual = clear[0].asset("visual").expect("the document has it");
//! assert_eq!(visual.location()?, std::path::Path::new("testdata/scene/visual.tif"));
//! # Ok::<(), cogwork::Error>(())
//! ```

mod document;
mod filter;
mod item;
mod time;

use std::path::PathBuf;

use serde_json::Value;

use crate::context::Context;
use crate::error::{Result, Usage};

pub use document::Document;
pub use filter::Filter;
pub use item::{Asset, Item};
pub use time::{Instant, Interval};

/// A reference to an asset of a document: `FILE.json#ITEM/ASSET`. ITEM is an index, from the end if
/// negative, or an id; it may be left out if the document is a single Item. FILE may be a URL, for
/// instance a GET search or an item of a STAC API: `https://HOST/search?limit=1#0/visual`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssetReference {
    /// The document, a path or a URL.
    pub document: PathBuf,
    /// The item, if it is named.
    pub item: Option<String>,
    /// The asset's key.
    pub asset: String,
}

impl AssetReference {
    /// The reference that a text is, or `None` if it is none: it has no `.json#` or `.geojson#` in it
    /// and is no URL with a fragment whose path ends so, or in a name without a dot.
    pub fn parse(text: &str) -> Option<Self> {
        let (document, fragment) = split(text)?;
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

    /// As [`resolve_with`](Self::resolve_with) a default context.
    ///
    /// # Errors
    /// As [`resolve_with`](Self::resolve_with).
    pub fn resolve(&self) -> Result<PathBuf> {
        self.resolve_with(&Context::default())
    }

    /// The path or the URL of the asset's file. A relative href starts from the document's folder. A
    /// document behind a URL is taken whole, up to 64 MiB, whether or not its server sends ranges.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) or [`Remote`](crate::ErrorKind::Remote) if the document cannot be
    /// read, [`Malformed::Document`](crate::error::Malformed::Document) if it is no STAC document, [`Usage::Reference`] if it has no such
    /// item or asset.
    pub fn resolve_with(&self, context: &Context) -> Result<PathBuf> {
        let document = Document::open_with(&self.document, context)?;
        let find = || document.location(self.href(self.find_item(document.values())?)?);
        find().map_err(|error| document.place(error))
    }

    fn find_item<'a>(&self, items: &'a [Value]) -> Result<&'a Value> {
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

/// The document and the fragment of a reference.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.find(".json#").or_else(|| text.find(".geojson#"));
    if let Some(at) = at {
        return text.split_at(at).1.split_once('#').map(|(end, fragment)| {
            let document = &text[..at + end.len()];
            (document, fragment)
        });
    }
    let (document, fragment) = text.split_once('#')?;
    let path = document.split_once("://")?.1.split('?').next()?;
    let file = path.rsplit_once('/')?.1;
    let ends = |end: &str| file.ends_with(end);
    let fits = !file.contains('.') || ends(".json") || ends(".geojson");
    fits.then_some((document, fragment))
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
    use std::path::Path;

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
        assert_eq!(
            parse("https://h/v1/search?ids=a.b,c#-1/visual"),
            reference("https://h/v1/search?ids=a.b,c", Some("-1"), "visual")
        );
        assert_eq!(
            parse("https://h/s.json?sig=a/b#x/visual"),
            reference("https://h/s.json?sig=a/b", Some("x"), "visual")
        );
        assert_eq!(parse("https://h/a.tif#x/visual"), None);
        assert_eq!(parse("https://h/items/a"), None);
        assert_eq!(parse("folder/name#x/visual"), None);
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
