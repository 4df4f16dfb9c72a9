//! Objects behind HTTP, read by range.
//!
//! One GET of 32 KiB opens an object and gives its length; HEAD is never sent. Every answer is
//! checked: status 206 with the very range that was asked for, and the same version of the object as
//! when it was opened (strong ETag by `If-Match`, else ETag, Last-Modified and length compared). An
//! object that was replaced is [`Remote::Changed`], never a mixture.
//! What fails is asked for again where that can help; a body that breaks off is resumed where it
//! stopped.
//!
//! Users in URLs (`https://user:word@host/`) are not sent: see [`HttpOptions::basic`]. No environment
//! variable is read.
//!
//! | failure | what is done |
//! |---|---|
//! | connection refused or reset, no byte for `idle_timeout`, body cut short | asked again after 0.1 s, 0.2 s .. 15 s with jitter, up to `attempts`; the rest only, where some has come |
//! | 408, 425, 429, 500, 502, 503, 504 | likewise, after `Retry-After` if it is at most `retry_after` |
//! | wrong Content-Range or Content-Length, name not found | asked once more |
//! | 401, 403 | asked once more with fresh credentials if there is an [`Authorizer`] |
//! | 401, 403, 404, 410 where an earlier 301 or 308 led | asked once more at the URL that was opened |
//! | other statuses, TLS that is refused, encoded or multipart bodies, changed objects | an error at once |
//! | redirects | at most ten; credentials are for the host of the URL; never from https to http; 301 and 308 are remembered |

mod answer;
mod body;
mod client;
mod fault;
mod host;
mod object;
mod options;
mod patience;
mod url;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::cached::CachedSource;
use super::{ByteSource, IoProfile};
use crate::counters::Counters;
use crate::error::{Error, ErrorKind, Remote, Result};
use object::Object;

pub use client::HttpClient;
pub use options::{Authorization, Authorizer, HttpOptions};
/// The crate that sends the requests: an [`Agent`](ureq::Agent) brings proxies and certificates.
pub use ureq;

/// An object behind HTTP. Clones are one source: they share the version that was opened and the
/// ranges that were read.
///
/// ```no_run
/// use cogwork::source::http::{HttpClient, HttpOptions, HttpSource};
/// use cogwork::{Cog, Context};
///
/// let client = HttpClient::new(HttpOptions::default().bearer("token"))?;
/// let source = HttpSource::open("https://example.org/visual.tif", &client)?;
/// let cog = Cog::from_source(source, &Context::default())?;
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpSource(CachedSource<Object>);

impl HttpSource {
    /// Opens an object by one GET of its first 32 KiB.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) for what is no URL, [`Remote`](ErrorKind::Remote) if the server does
    /// not give the bytes, [`Cancelled`](ErrorKind::Cancelled).
    pub fn open(url: &str, client: &HttpClient) -> Result<Self> {
        Self::open_counted(url, client, Arc::default())
    }

    /// As [`open`](Self::open); requests, bytes, retries and what needed no request are counted.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_counted(url: &str, client: &HttpClient, counters: Arc<Counters>) -> Result<Self> {
        let (object, first) = Object::open(url, client, counters.clone())?;
        let cancel = client.cancel().clone();
        let source = CachedSource::counted(object, client.cache(), counters, cancel);
        source.keep(0, first);
        Ok(HttpSource(source))
    }
}

impl ByteSource for HttpSource {
    fn len(&self) -> Result<u64> {
        self.0.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let changed = |error: &Error| matches!(error.kind(), ErrorKind::Remote(Remote::Changed(_)));
        self.0.read(range).inspect_err(|error| {
            if changed(error) {
                self.0.forget();
            }
        })
    }

    fn profile(&self) -> IoProfile {
        self.0.profile()
    }
}

impl fmt::Display for HttpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
