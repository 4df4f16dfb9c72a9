//! A document, and what its hrefs lead to.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;

use super::item::Item;
use crate::context::Context;
use crate::error::{Error, Malformed, Result};
use crate::read::file::remote;
use crate::source::ByteSource;
use crate::source::location::{Location, encoded};

/// An ItemCollection or an Item.
#[derive(Clone, Debug)]
pub struct Document {
    name: PathBuf,
    items: Vec<Value>,
}

impl Document {
    /// As [`open_with`](Self::open_with) a default context.
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn open(name: impl AsRef<Path>) -> Result<Self> {
        Document::open_with(name, &Context::default())
    }

    /// The document at a path or a URL. One behind a URL is taken whole, up to 64 MiB, whether or not
    /// its server sends ranges.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) or [`Remote`](crate::ErrorKind::Remote) if it cannot be read,
    /// [`Malformed::Document`] if it is no ItemCollection or Item.
    pub fn open_with(name: impl AsRef<Path>, context: &Context) -> Result<Self> {
        let name = name.as_ref();
        let read = || {
            let text = match Location::of(name) {
                Location::Path(path) => std::fs::read(path)?.into(),
                Location::Url(url) => fetch(&url, context)?,
            };
            Document::of(name, &text)
        };
        read().map_err(|error: Error| error.in_source(shown(name)))
    }

    /// The document of a text that was read elsewhere; relative hrefs start from `name`, a path or a URL.
    ///
    /// # Errors
    /// [`Malformed::Document`] if it is no ItemCollection or Item.
    pub fn of(name: impl AsRef<Path>, text: &[u8]) -> Result<Self> {
        let document: Value = serde_json::from_slice(text)
            .map_err(|error| Malformed::Document(format!("not JSON: {error}")))?;
        let kind = document["type"].as_str().map(str::to_owned);
        let items = match (kind.as_deref(), document) {
            (Some("FeatureCollection"), mut document) => match document["features"].take() {
                Value::Array(items) => Some(items),
                _ => None,
            },
            (Some("Feature"), document) => Some(vec![document]),
            _ => None,
        };
        let items = items.ok_or_else(|| {
            let text =
                "not a STAC ItemCollection or Item: expected `type` FeatureCollection or Feature";
            Malformed::Document(text.into())
        })?;
        Ok(Document {
            name: name.as_ref().to_owned(),
            items,
        })
    }

    /// The path or the URL of the document.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The items in their order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item<'_>> {
        let items = self.items.iter().enumerate();
        items.map(|(index, value)| Item::new(self, index, value))
    }

    pub(super) fn values(&self) -> &[Value] {
        &self.items
    }

    /// The path or the URL that an href leads to. A relative one starts from the document's folder.
    pub(super) fn location(&self, href: &str) -> Result<PathBuf> {
        if href.contains("://") {
            return Ok(href.into());
        }
        Ok(match Location::of(&self.name) {
            Location::Url(_) => beside(&self.name.to_string_lossy(), href).into(),
            Location::Path(path) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                folder.join(href.strip_prefix("./").unwrap_or(href))
            }
        })
    }

    pub(super) fn place(&self, error: Error) -> Error {
        error.in_source(shown(&self.name))
    }
}

/// The name without a query, which may hold a secret.
fn shown(name: &Path) -> String {
    let name = name.to_string_lossy();
    name.split('?').next().unwrap_or_default().to_owned()
}

/// All of a document behind a URL.
fn fetch(url: &str, context: &Context) -> Result<Bytes> {
    #[cfg(feature = "http")]
    let context = &whole_documents(context)?;
    let source = remote(url, context)?;
    let read = || {
        let length = source.len()?;
        if length > LARGEST {
            let text = format!("{length} bytes, more than {LARGEST}");
            return Err(Malformed::Document(text).into());
        }
        source.read(0..length)
    };
    read().map_err(|error: Error| error.in_source(&source))
}

/// A context that takes documents whole: servers that make them up as they are asked send no ranges.
#[cfg(feature = "http")]
fn whole_documents(context: &Context) -> Result<Context> {
    let options = context.http.options().clone().download_bytes(LARGEST);
    let http = crate::source::http::HttpClient::new(options)?;
    let context = Context {
        http,
        ..context.clone()
    };
    let cancel = context.cancel.clone();
    Ok(context.with_cancel(&cancel))
}

/// Bytes of the largest document that is fetched.
const LARGEST: u64 = 64 << 20;

/// Where a relative href in a document at a URL leads (RFC 3986 section 5.2).
fn beside(document: &str, href: &str) -> String {
    let document = document.split('?').next().unwrap_or_default();
    let (scheme, rest) = document.split_once("://").unwrap_or(("https", document));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (wanted, query) = href.split_at(href.find('?').unwrap_or(href.len()));
    if wanted.starts_with("//") {
        return format!("{scheme}:{href}");
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = match wanted.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => format!("{folder}/{wanted}"),
    };
    let mut parts = Vec::new();
    for part in joined.trim_start_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    // Names in stores are taken as they are, those in the web must be encoded.
    let path = match scheme.to_ascii_lowercase().starts_with("http") {
        true => encoded(path.as_bytes(), b"/%!$&'()*+,;=:@"),
        false => path,
    };
    format!("{scheme}://{authority}/{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of RFC 3986 section 5.4, and what it leaves to others.
    #[test]
    fn hrefs_beside_a_document() {
        let document = "http://a/b/c/d.json?q";
        for (href, url) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("/g", "http://a/g"),
            ("//g/h", "http://g/h"),
            ("../g", "http://a/b/g"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("./g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g?y=a/../x", "http://a/b/c/g?y=a/../x"),
            ("g h%20\u{fc}.tif", "http://a/b/c/g%20h%20%C3%BC.tif"),
        ] {
            assert_eq!(beside(document, href), url, "{href}");
        }
        assert_eq!(beside("s3://b/x y.json", "./g h"), "s3://b/g h");
        assert_eq!(beside("https://h/search", "a.tif"), "https://h/a.tif");
    }
}
