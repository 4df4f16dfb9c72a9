//! Signed requests to S3, and to what speaks like it: MinIO, Ceph, R2.
//!
//! An [`S3Authorizer`] given to an [`HttpClient`](super::http::HttpClient) signs the URLs of S3 that
//! the client is asked for, by AWS Signature Version 4 in the query (a presigned GET of
//! `UNSIGNED-PAYLOAD`), anew for each request. All other URLs stay as they are.
//!
//! ```no_run
//! use std::sync::Arc;
//! use cogwork::source::http::{HttpClient, HttpOptions};
//! use cogwork::source::s3::{S3Authorizer, S3Credentials, S3Options};
//! use cogwork::{Cog, Context};
//!
//! let keys = S3Credentials::new("AKIA..", "secret");
//! let options = S3Options::default().region("eu-central-1").credentials(keys).requester_pays();
//! let http = HttpOptions::default().authorizer(Arc::new(S3Authorizer::new(options)?));
//! let context = Context { http: HttpClient::new(http)?, ..Context::default() };
//! let cog = Cog::open_with("s3://bucket/visual.tif", &context)?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! | URL | what is asked |
//! |---|---|
//! | `s3://BUCKET/KEY`, which is `https://BUCKET.s3.amazonaws.com/KEY` | the object at the endpoint of the options, or else in their region |
//! | `https://BUCKET.s3.REGION.amazonaws.com/KEY` | the object in that region; not signed if the options have an endpoint |
//! | `https://s3.REGION.amazonaws.com/BUCKET/KEY` | likewise |
//! | `ENDPOINT/BUCKET/KEY` | itself, signed |
//! | a URL that has an `X-Amz-Signature`, and any other | itself |
//!
//! Without credentials nothing is signed, and only what an endpoint has is asked elsewhere. A bucket in
//! another region than was said is an error: AWS answers 400, or a redirect without a Location. No file
//! of profiles, no metadata service and no single sign-on is asked for credentials; whoever has those
//! gives keys, and for keys that run out an [`Authorizer`] of their own that makes a new
//! `S3Authorizer` when it is told that the old one was refused.

use std::fmt;
use std::time::{Duration, SystemTime};

use ureq::http::Uri;

use super::http::{Authorization, Authorizer};
use super::location::{decoded, encoded, is_label};
use crate::error::{Result, Usage};

mod signature;

/// Where objects are and who asks for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct S3Options {
    /// Who asks. Without credentials nothing is signed.
    pub credentials: Option<S3Credentials>,
    /// The region of the buckets. Default `us-east-1`.
    pub region: String,
    /// The server that has the buckets, as `http(s)://HOST[:PORT][/PATH]`, asked as
    /// `ENDPOINT/BUCKET/KEY`. Default: AWS.
    pub endpoint: Option<String>,
    /// True to pay for requests and transfer where the bucket's owner does not. Default false.
    pub requester_pays: bool,
    /// How long a signed URL holds, from a second to seven days. Default 15 minutes.
    pub expires: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        S3Options {
            credentials: None,
            region: "us-east-1".to_owned(),
            endpoint: None,
            requester_pays: false,
            expires: Duration::from_secs(900),
        }
    }
}

impl S3Options {
    /// What the environment says at this moment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`; `AWS_REGION` or `AWS_DEFAULT_REGION`; `AWS_ENDPOINT_URL_S3` or
    /// `AWS_ENDPOINT_URL`; `AWS_REQUEST_PAYER=requester`. Empty variables are none.
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| variable(name));
            values.find(|value| !value.is_empty())
        };
        let defaults = S3Options::default();
        let key = first(&["AWS_ACCESS_KEY_ID"]).zip(first(&["AWS_SECRET_ACCESS_KEY"]));
        S3Options {
            credentials: key.map(|(id, secret)| S3Credentials {
                id,
                secret,
                token: first(&["AWS_SESSION_TOKEN"]),
            }),
            region: first(&["AWS_REGION", "AWS_DEFAULT_REGION"]).unwrap_or(defaults.region),
            endpoint: first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]),
            requester_pays: first(&["AWS_REQUEST_PAYER"]).as_deref() == Some("requester"),
            expires: defaults.expires,
        }
    }

    /// Sets who asks.
    #[must_use]
    pub fn credentials(mut self, credentials: S3Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets the region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Sets the server.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Pays for requests and transfer.
    #[must_use]
    pub fn requester_pays(mut self) -> Self {
        self.requester_pays = true;
        self
    }

    /// Sets how long a signed URL holds.
    #[must_use]
    pub fn expires(mut self, time: Duration) -> Self {
        self.expires = time;
        self
    }
}

/// Keys of AWS. Their secrets are not printed.
#[derive(Clone, Eq, PartialEq)]
pub struct S3Credentials {
    id: String,
    secret: String,
    token: Option<String>,
}

impl S3Credentials {
    /// An access key's id and its secret.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        S3Credentials {
            id: id.into(),
            secret: secret.into(),
            token: None,
        }
    }

    /// Adds the session token of keys that hold for a time.
    #[must_use]
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Signs URLs of S3; see the [module](self).
#[derive(Clone, Debug)]
pub struct S3Authorizer {
    options: S3Options,
    endpoint: Option<Uri>,
}

impl S3Authorizer {
    /// Signs as the options say.
    ///
    /// # Errors
    /// [`Usage::Option`] for a region, an endpoint or a time that is none.
    pub fn new(options: S3Options) -> Result<Self> {
        let wrong = |text: String| Err(Usage::Option(text).into());
        if !is_label(&options.region) {
            return wrong(format!("`{}` is no region of S3", options.region));
        }
        if !(1..=SEVEN_DAYS).contains(&options.expires.as_secs()) {
            return wrong("a signed URL of S3 holds from a second to seven days".to_owned());
        }
        let endpoint = match options.endpoint.as_deref() {
            None => None,
            Some(text) => match endpoint(text) {
                None => return wrong(format!("`{text}` is no endpoint of S3")),
                some => some,
            },
        };
        Ok(S3Authorizer { options, endpoint })
    }

    /// The URL to ask at a time.
    fn url_at(&self, url: &str, now: SystemTime) -> Option<String> {
        let url: Uri = url.parse().ok()?;
        let mut query = pairs(url.query().unwrap_or_default());
        if query.iter().any(|(name, _)| name == b"X-Amz-Signature") {
            return None;
        }
        let mut target = self.target(&url)?;
        if self.options.requester_pays {
            query.push((b"x-amz-request-payer".to_vec(), b"requester".to_vec()));
        }
        target.query = query.iter().map(strictly).collect();
        Some(match &self.options.credentials {
            Some(credentials) => {
                signature::presigned(&target, credentials, self.options.expires, now)
            }
            None => target.url(),
        })
    }

    /// What is to be asked for a URL of S3.
    fn target(&self, url: &Uri) -> Option<Target> {
        let found = aws(url);
        let Some(endpoint) = &self.endpoint else {
            // Without a signature the name alone leads to the bucket's region.
            self.options.credentials.as_ref()?;
            let (bucket, key, region) = found?;
            let region = region.unwrap_or_else(|| self.options.region.clone());
            let top = match region.starts_with("cn-") {
                true => "amazonaws.com.cn",
                false => "amazonaws.com",
            };
            // The certificate of *.s3.REGION.amazonaws.com does not hold for a name with a dot.
            let (host, path) = match is_label(&bucket) {
                true => (format!("{bucket}.s3.{region}.{top}"), format!("/{key}")),
                false => (format!("s3.{region}.{top}"), format!("/{bucket}/{key}")),
            };
            return Some(Target::new("https", host, &path, region));
        };
        let folder = endpoint.path().trim_end_matches('/');
        let path = match found {
            Some((bucket, key, None)) => format!("{folder}/{bucket}/{key}"),
            Some(_) => return None,
            None => {
                let same = url.scheme() == endpoint.scheme()
                    && place(url) == place(endpoint)
                    && url.path().strip_prefix(folder)?.starts_with('/');
                same.then(|| url.path().to_owned())?
            }
        };
        let scheme = endpoint.scheme_str().unwrap_or_default();
        let region = self.options.region.clone();
        Some(Target::new(scheme, place(endpoint), &path, region))
    }
}

impl Authorizer for S3Authorizer {
    fn authorize(&self, url: &str, _: bool) -> Result<Authorization> {
        let url = self.url_at(url, SystemTime::now());
        Ok(url.map(Authorization::url).unwrap_or_default())
    }
}

/// A request before it is signed; all parts are encoded as Signature Version 4 wants them.
#[derive(Debug)]
struct Target {
    scheme: String,
    /// What the header Host says.
    host: String,
    path: String,
    query: Vec<(String, String)>,
    region: String,
}

impl Target {
    fn new(scheme: &str, host: String, path: &str, region: String) -> Self {
        Target {
            scheme: scheme.to_owned(),
            host,
            path: encoded(&decoded(path), b"/"),
            query: Vec::new(),
            region,
        }
    }

    fn url(&self) -> String {
        let Target {
            scheme, host, path, ..
        } = self;
        match self.query.is_empty() {
            true => format!("{scheme}://{host}{path}"),
            false => format!("{scheme}://{host}{path}?{}", joined(&self.query)),
        }
    }
}

/// Bucket, key and, if it is said, region of a URL of AWS.
fn aws(url: &Uri) -> Option<(String, String, Option<String>)> {
    let host = url.host()?.to_ascii_lowercase();
    if url.scheme_str() != Some("https") || url.port().is_some_and(|port| port != 443) {
        return None;
    }
    let host = host.strip_suffix(".cn").unwrap_or(&host);
    let name = host.strip_suffix(".amazonaws.com")?;
    let path = url.path().strip_prefix('/')?;
    let in_path = |region: Option<&str>| {
        let (bucket, key) = path.split_once('/')?;
        Some((bucket.to_owned(), key.to_owned(), region.map(str::to_owned)))
    };
    let in_host = |bucket: &str, region: Option<&str>| {
        Some((
            bucket.to_owned(),
            path.to_owned(),
            region.map(str::to_owned),
        ))
    };
    if name == "s3" {
        return in_path(None);
    }
    if let Some(region) = name.strip_prefix("s3.").filter(|region| is_label(region)) {
        return in_path(Some(region));
    }
    if let Some(bucket) = name.strip_suffix(".s3") {
        return in_host(bucket, None);
    }
    let (bucket, region) = name.rsplit_once(".s3.")?;
    is_label(region).then(|| in_host(bucket, Some(region)))?
}

/// An endpoint's URL, if it is one.
fn endpoint(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let http = matches!(url.scheme_str(), Some("http" | "https"));
    let user = url.authority()?.as_str().contains('@');
    let host = url.host().is_some_and(|host| !host.is_empty());
    (http && host && !user && url.query().is_none()).then_some(url)
}

/// Host and port, without a port that the scheme implies.
fn place(url: &Uri) -> String {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    match (url.scheme_str(), url.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => host,
        (_, Some(port)) => format!("{host}:{port}"),
    }
}

/// Names and values of a query, decoded.
fn pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    pairs.map(pair).collect()
}

/// All that RFC 3986 does not call unreserved becomes `%XX`.
fn strictly((name, value): &(Vec<u8>, Vec<u8>)) -> (String, String) {
    (encoded(name, b""), encoded(value, b""))
}

fn joined(query: &[(String, String)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

const SEVEN_DAYS: u64 = 7 * 86400;

#[cfg(test)]
mod tests;
