//! One object of a server: its bytes by range, each answer checked against the version that was
//! opened.

use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use ureq::Body;
use ureq::http::{HeaderMap, Response, StatusCode, Uri, header};

use super::answer::{self, Version};
use super::body::{Filling, beginning, read_whole};
use super::client::{HttpClient, headers};
use super::fault::{Again, Fault};
use super::host::Host;
use super::patience::{Patience, parts, retry_after};
use super::url;
use crate::counters::Counters;
use crate::error::{Remote, Result};
use crate::limits::{to_u64, to_usize};
use crate::source::{ByteSource, IoProfile, check_range};

/// An object behind HTTP: bare ranges, no cache.
#[derive(Debug)]
pub(super) struct Object {
    url: Uri,
    client: HttpClient,
    host: Arc<Host>,
    counters: Arc<Counters>,
    /// What was opened, from the first answer on.
    version: OnceLock<Version>,
    /// Where the object has moved for good (301, 308).
    moved: Mutex<Option<Uri>>,
    /// All of the object, of a server that sends it whole only.
    whole: OnceLock<Bytes>,
}

/// Where a request begins.
struct Start {
    url: Uri,
    /// Headers that only its host may see.
    own: HeaderMap,
    /// Whether the URL is the one that an earlier answer called the lasting one.
    moved: bool,
}

impl Object {
    /// Opens an object by its first bytes, which come along.
    pub(super) fn open(
        text: &str,
        client: &HttpClient,
        counters: Arc<Counters>,
    ) -> Result<(Self, Bytes)> {
        let url = url::parse(text)?;
        let object = Object {
            host: client.shared.hosts.of(&url::origin(&url)),
            url,
            client: client.clone(),
            counters,
            version: OnceLock::new(),
            moved: Mutex::new(None),
            whole: OnceLock::new(),
        };
        let first = object.fetch(0..client.options().header_bytes.max(1));
        let first = first.map_err(|error| error.in_source(&object))?;
        Ok((object, first))
    }

    /// Asks for a range until all of it has come: of an object whose length is not known yet, up to
    /// its end.
    fn fetch(&self, range: Range<u64>) -> Result<Bytes> {
        let client = &self.client;
        let length = range.end - range.start;
        let mut patience =
            Patience::new(client.options(), &self.host.budget, client.cancel(), length);
        let mut filling = Filling::new(range)?;
        for _ in 0..parts(filling.bytes.len()) + u64::from(client.options().attempts) {
            match self.ask(&mut filling, &mut patience) {
                Ok(()) if filling.is_full() => {
                    patience.succeeded();
                    return Ok(filling.bytes.into());
                }
                // Less than was asked for has come, so the rest is asked for.
                Ok(()) => {}
                Err(fault) => {
                    patience.after(fault)?;
                    self.counters.add_retry();
                }
            }
        }
        Err(Remote::Interrupted("it comes in ever smaller parts".into()).into())
    }

    /// Asks once for what has not come yet.
    fn ask(&self, filling: &mut Filling, patience: &mut Patience<'_>) -> Result<(), Fault> {
        if let Some(whole) = self.whole.get() {
            return filling.fill_from(whole);
        }
        let wanted = filling.left();
        let client = &self.client;
        // Before the permit: an authorizer may ask the same host for its token.
        let start = self.start(patience.take_refreshed())?;
        let queued = Instant::now();
        let _permit = self
            .host
            .permit(client.options().parallel, client.cancel())?;
        let asked = Instant::now();
        patience.excuse(asked - queued);
        let response = self.get(&start, &wanted, patience)?;
        let began = Instant::now();
        let before = filling.filled;
        let taken = match response.status() {
            StatusCode::PARTIAL_CONTENT => self.take_part(response, &wanted, filling),
            StatusCode::OK => self.take_whole(response, &wanted, filling),
            StatusCode::RANGE_NOT_SATISFIABLE => self.take_nothing(&response, filling),
            _ => Err(self.refusal(response, &start)),
        };
        let bytes = to_u64(filling.filled - before);
        self.counters.add_bytes(bytes);
        self.host.answered(began - asked, bytes, began.elapsed());
        taken
    }

    /// Status 206: a part, or less than was asked for.
    fn take_part(
        &self,
        response: Response<Body>,
        wanted: &Range<u64>,
        filling: &mut Filling,
    ) -> Result<(), Fault> {
        let headers = response.headers();
        answer::check_encoding(headers)?;
        let known = self.version.get().map(|version| version.length);
        let brought = answer::brought(headers, wanted, known)?;
        let delimited = answer::body_length(headers).is_some();
        self.pin(brought.version, filling)?;
        let bytes = to_usize(brought.range.end - brought.range.start)?;
        let mut body = response.into_body().into_reader();
        filling.read(&mut body, bytes)?;
        if delimited {
            // Reading the end gives the connection back; there is nothing to wait for.
            let _ = body.read(&mut [0]);
        }
        Ok(())
    }

    /// Status 200: the object from its beginning. A small one, or one that the options allow, is taken
    /// whole; of a large one only its head can be had.
    fn take_whole(
        &self,
        response: Response<Body>,
        wanted: &Range<u64>,
        filling: &mut Filling,
    ) -> Result<(), Fault> {
        let headers = response.headers();
        answer::check_encoding(headers)?;
        answer::check_whole(headers)?;
        let most = self.client.options().download_bytes.max(SMALL);
        let length = answer::body_length(headers);
        let headers = headers.clone();
        let mut body = response.into_body().into_reader();
        if length.is_some_and(|length| length > most) {
            if wanted.start > 0 || wanted.end > SMALL {
                return Err(Fault::last(Remote::RangeIgnored));
            }
            let length = length.unwrap_or_default();
            self.pin(answer::version(&headers, length), filling)?;
            let bytes = filling.bytes.len() - filling.filled;
            return filling.read(&mut body, bytes);
        }
        let whole = read_whole(&mut body, most)?;
        if length.is_some_and(|length| length != to_u64(whole.len())) {
            let text = format!("after {} bytes", whole.len());
            return Err(Fault::new(Remote::Interrupted(text), Again::Later));
        }
        self.pin(answer::version(&headers, to_u64(whole.len())), filling)?;
        filling.fill_from(self.whole.get_or_init(|| whole.into()))
    }

    /// Status 416: there are no such bytes. An empty object has none at all.
    fn take_nothing(&self, response: &Response<Body>, filling: &mut Filling) -> Result<(), Fault> {
        let Some(length) = answer::unsatisfied(response.headers()) else {
            let text = "status 416 without a length".to_owned();
            return Err(Fault::last(Remote::Protocol(text)));
        };
        match self.version.get() {
            None if length == 0 => self.pin(answer::version(response.headers(), 0), filling),
            _ => Err(Fault::last(Remote::Truncated { length })),
        }
    }

    /// Holds to the version that the first answer was about.
    fn pin(&self, version: Version, filling: &mut Filling) -> Result<(), Fault> {
        let pinned = self.version.get_or_init(|| version.clone());
        pinned.check(&version).map_err(Fault::last)?;
        filling.end_at(pinned.length)
    }

    /// What a status that is no success means.
    fn refusal(&self, response: Response<Body>, start: &Start) -> Fault {
        let status = response.status();
        if status == StatusCode::PRECONDITION_FAILED {
            return Fault::last(Remote::Changed("it has another ETag (status 412)".into()));
        }
        let named = answer::text(response.headers(), header::RETRY_AFTER).and_then(retry_after);
        let again = match status.as_u16() {
            401 | 403 if self.client.options().authorizer.is_some() => Again::Refreshed,
            401 | 403 | 404 | 410 if start.moved => {
                *self.moved() = None;
                Again::Once
            }
            408 | 425 | 429 | 500 | 502 | 503 | 504 => named.map_or(Again::Later, Again::After),
            _ => Again::No,
        };
        let body = beginning(&mut response.into_body().into_reader());
        let body = String::from_utf8_lossy(&body).trim().to_owned();
        let status = status.as_u16();
        Fault::new(Remote::Status { status, body }, again)
    }

    /// Sends the request and follows redirects.
    fn get(
        &self,
        start: &Start,
        wanted: &Range<u64>,
        patience: &Patience<'_>,
    ) -> Result<Response<Body>, Fault> {
        let mut url = start.url.clone();
        let mut for_good = self.client.options().authorizer.is_none();
        for _ in 0..=REDIRECTS {
            let own = url::may_see(&start.url, &url).then_some(&start.own);
            let request = self.request(&url, wanted, own);
            let request = request.map_err(|error| Remote::Protocol(error.to_string()));
            self.counters.add_request(0);
            let response = self
                .client
                .send(request.map_err(Fault::last)?, patience.left())?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let location = answer::text(response.headers(), header::LOCATION);
            let location = location.filter(|location| !location.is_empty());
            let nowhere = || {
                // S3 answers so where another region is signed for.
                let region = response.headers().get("x-amz-bucket-region");
                let region = region.and_then(|region| region.to_str().ok());
                let hint = region.map(|region| format!("; the bucket is in region {region}"));
                let text = format!("status {status} without a Location");
                Remote::Redirect(text + &hint.unwrap_or_default())
            };
            let location = location.ok_or_else(nowhere).map_err(Fault::last)?;
            url = url::redirected(&url, location).map_err(Fault::last)?;
            for_good &= matches!(status, 301 | 308);
            if for_good {
                *self.moved() = Some(url.clone());
            }
        }
        Err(Fault::last(Remote::TooManyRedirects))
    }

    /// Where the next request begins.
    fn start(&self, refused: bool) -> Result<Start, Fault> {
        let shared = &self.client.shared;
        let mut own = shared.headers.clone();
        let Some(authorizer) = &shared.options.authorizer else {
            let moved = self.moved().clone();
            let (moved, url) = (moved.is_some(), moved.unwrap_or_else(|| self.url.clone()));
            if !url::may_see(&self.url, &url) {
                own.clear();
            }
            return Ok(Start { url, own, moved });
        };
        let given = authorizer.authorize(&self.url.to_string(), refused)?;
        own.extend(headers(&given.headers)?);
        let url = given.url.as_deref().map(url::parse).transpose()?;
        Ok(Start {
            url: url.unwrap_or_else(|| self.url.clone()),
            own,
            moved: false,
        })
    }

    fn moved(&self) -> MutexGuard<'_, Option<Uri>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(
        &self,
        url: &Uri,
        wanted: &Range<u64>,
        own: Option<&HeaderMap>,
    ) -> Result<ureq::http::Request<()>, ureq::http::Error> {
        let range = format!("bytes={}-{}", wanted.start, wanted.end.saturating_sub(1));
        let mut request = ureq::http::Request::get(url).header(header::RANGE, range);
        let pinned = self.version.get().and_then(Version::strong);
        if let Some(etag) = pinned {
            request = request.header(header::IF_MATCH, etag);
        }
        let mut request = request.body(())?;
        if let Some(own) = own {
            let pairs = own
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()));
            request.headers_mut().extend(pairs);
        }
        Ok(request)
    }
}

impl ByteSource for Object {
    fn len(&self) -> Result<u64> {
        Ok(self.version.get().map_or(0, |version| version.length))
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.len()?)?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let bytes = self.fetch(range.clone());
        bytes.map_err(|error| error.at_bytes(range).in_source(self))
    }

    fn profile(&self) -> IoProfile {
        let options = self.client.options();
        IoProfile {
            parallel: options.parallel.max(1),
            gap: self.host.gap(),
            max_request: options
                .max_request
                .unwrap_or_else(|| self.host.largest_request()),
            max_waste: 50,
            header: options.header_bytes.max(1),
            batch: 128 << 20,
            counted: true,
        }
    }
}

impl fmt::Display for Object {
    /// The URL without what may be secret: its query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&url::shown(&self.url))
    }
}

/// Bytes of an object that is taken whole in any case, and of the head of one that is not.
const SMALL: u64 = 64 << 10;
/// Redirects that are followed.
const REDIRECTS: u32 = 10;
