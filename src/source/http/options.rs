//! How servers are asked: credentials, patience, bounds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::error::Result;

/// How an [`HttpClient`](super::HttpClient) asks servers. What is not set has the default that is
/// named.
///
/// ```
/// use std::time::Duration;
/// use cogwork::source::http::{HttpClient, HttpOptions};
///
/// let options = HttpOptions::default()
///     .header("x-api-key", "secret")
///     .idle_timeout(Duration::from_secs(5))
///     .parallel(16);
/// let client = HttpClient::new(options)?;
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Headers of every request to the host of the URL that was opened; hosts that it redirects to
    /// do not see them.
    pub headers: Vec<(String, String)>,
    /// What signs or refreshes requests.
    pub authorizer: Option<Arc<dyn Authorizer>>,
    /// An agent whose configuration is taken over: proxy, certificates, address family, user
    /// agent. Without one there is no proxy, and the certificates are those of Mozilla.
    pub agent: Option<ureq::Agent>,
    /// The longest wait for a connection, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// The longest wait for the next byte. Default 10 s.
    pub idle_timeout: Duration,
    /// The longest time for one range, its retries and the waits between them included; one second
    /// more for each 32 KiB of it. Waiting until fewer than `parallel` requests are under way does
    /// not count. Default 120 s.
    pub timeout: Duration,
    /// How often a range is asked for until it fails. Default 8; what no retry can mend is asked
    /// for once.
    pub attempts: u32,
    /// The longest wait that a server's `Retry-After` may ask for. Default 30 s; a server that
    /// asks for more is not asked again.
    pub retry_after: Duration,
    /// Requests to one host under way at a time. Default 8.
    pub parallel: usize,
    /// Bytes of the first request, which most headers fit into: what GDAL_INGESTED_BYTES_AT_OPEN is to
    /// GDAL. Default 32 KiB.
    pub header_bytes: u64,
    /// Bytes of the largest request that ranges are merged into. By default what the host sends in a
    /// quarter of a second, as it is measured: 8 to 64 MiB.
    pub max_request: Option<u64>,
    /// Bytes of ranges kept by all sources of the client. Default 32 MiB.
    pub cache_bytes: u64,
    /// Bytes of the largest object that is taken whole, into memory, from a server that cannot send
    /// ranges. Default 0: that is an error, [`RangeIgnored`](crate::error::Remote::RangeIgnored),
    /// except for objects of up to 64 KiB.
    pub download_bytes: u64,
}

impl Default for HttpOptions {
    fn default() -> Self {
        HttpOptions {
            headers: Vec::new(),
            authorizer: None,
            agent: None,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(120),
            attempts: 8,
            retry_after: Duration::from_secs(30),
            parallel: 8,
            header_bytes: 32 << 10,
            max_request: None,
            cache_bytes: 32 << 20,
            download_bytes: 0,
        }
    }
}

impl HttpOptions {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds `Authorization: Bearer TOKEN`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Adds `Authorization: Basic ..` (RFC 7617).
    #[must_use]
    pub fn basic(self, user: &str, password: &str) -> Self {
        let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.header("authorization", format!("Basic {pair}"))
    }

    /// Sets what signs or refreshes requests.
    #[must_use]
    pub fn authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.authorizer = Some(authorizer);
        self
    }

    /// Takes over the configuration of an agent: its proxy, its certificates. Timeouts and redirects
    /// stay those of these options, and connections are not shared with it.
    #[must_use]
    pub fn agent(mut self, agent: &ureq::Agent) -> Self {
        self.agent = Some(agent.clone());
        self
    }

    /// Sets the longest wait for a connection.
    #[must_use]
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// Sets the longest wait for the next byte.
    #[must_use]
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// Sets the longest time for one range.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// Sets how often a range is asked for until it fails.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the longest wait that a server may ask for.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Sets how many requests to one host are under way at a time.
    #[must_use]
    pub fn parallel(mut self, requests: usize) -> Self {
        self.parallel = requests;
        self
    }

    /// Sets the size of the first request.
    #[must_use]
    pub fn header_bytes(mut self, bytes: u64) -> Self {
        self.header_bytes = bytes;
        self
    }

    /// Sets the largest request that ranges are merged into.
    #[must_use]
    pub fn max_request(mut self, bytes: u64) -> Self {
        self.max_request = Some(bytes);
        self
    }

    /// Sets the bytes of ranges that are kept.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Sets the largest object that is taken whole.
    #[must_use]
    pub fn download_bytes(mut self, bytes: u64) -> Self {
        self.download_bytes = bytes;
        self
    }
}

impl fmt::Debug for HttpOptions {
    /// Names headers, but not their values, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("HttpOptions")
            .field("headers", &names)
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("timeout", &self.timeout)
            .field("attempts", &self.attempts)
            .field("parallel", &self.parallel)
            .finish_non_exhaustive()
    }
}

/// Signs requests, or gives URLs that are signed (presigned URLs, SAS tokens).
///
/// ```
/// use cogwork::source::http::{Authorization, Authorizer};
///
/// struct Sas(fn() -> String); // asks a service for a token
///
/// impl Authorizer for Sas {
///     fn authorize(&self, url: &str, refused: bool) -> cogwork::Result<Authorization> {
///         # let _ = refused;
///         Ok(Authorization::url(format!("{url}?{}", (self.0)())))
///     }
/// }
/// ```
pub trait Authorizer: Send + Sync {
    /// What to send for the URL that was opened. Called before each request; `refused` is true if the
    /// server has just answered 401 or 403, so that what was given before has run out. A range is
    /// asked for once more then, not a third time.
    ///
    /// # Errors
    /// Whatever hinders; the read ends with it.
    fn authorize(&self, url: &str, refused: bool) -> Result<Authorization>;
}

/// What an [`Authorizer`] gives.
#[derive(Clone, Default)]
pub struct Authorization {
    /// The URL to ask, if it is another one.
    pub url: Option<String>,
    /// More headers.
    pub headers: Vec<(String, String)>,
}

impl Authorization {
    /// A URL that is signed.
    pub fn url(url: impl Into<String>) -> Self {
        Authorization {
            url: Some(url.into()),
            headers: Vec::new(),
        }
    }

    /// A header.
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        Authorization {
            url: None,
            headers: vec![(name.into(), value.into())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7617 section 2.
    #[test]
    fn basic_authorization() {
        let options = HttpOptions::default().basic("Aladdin", "open sesame");
        let (_, value) = &options.headers[0];
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn secrets_are_not_printed() {
        let options = HttpOptions::default().bearer("sesame");
        let text = format!("{options:?}");
        assert!(
            text.contains("authorization") && !text.contains("sesame"),
            "{text}"
        );
    }
}
