//! How a server failed.

use std::fmt;

use super::{Error, ErrorKind};

/// How a server failed, once retries were used up where retrying can help.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Remote {
    /// It answered with a status that is no success.
    Status {
        /// The HTTP status.
        status: u16,
        /// The first 512 bytes of the answer's body, as text.
        body: String,
    },
    /// It sends whole objects only: it answered a range with status 200.
    RangeIgnored,
    /// The object was replaced after it was opened: its ETag, Last-Modified or length differ.
    Changed(String),
    /// The object ends before the range that was asked for.
    Truncated {
        /// The length that the server gives, in bytes.
        length: u64,
    },
    /// The answer contradicts the request or itself (RFC 9110): its bytes are not used.
    Protocol(String),
    /// More than ten redirects, or a loop.
    TooManyRedirects,
    /// A redirect that is not followed: from https to http, or to something that is no URL.
    Redirect(String),
    /// TLS could not be agreed upon: the certificate is expired, for another host, not trusted.
    Tls(String),
    /// There is no connection: the name is unknown, the port closed, the proxy unwilling.
    Connect(String),
    /// The connection broke before the answer was complete.
    Interrupted(String),
    /// Nothing came for too long.
    Timeout(&'static str),
}

impl From<Remote> for Error {
    fn from(remote: Remote) -> Self {
        ErrorKind::Remote(remote).into()
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remote::Status { status, body } if body.is_empty() => {
                write!(f, "the server answers with status {status}")
            }
            Remote::Status { status, body } => {
                write!(f, "the server answers with status {status}: {body}")
            }
            Remote::RangeIgnored => {
                write!(f, "the server sends whole objects only, no ranges of them")
            }
            Remote::Changed(what) => {
                write!(f, "the object has changed since it was opened: {what}")
            }
            Remote::Truncated { length } => {
                write!(f, "the object ends too early, after {length} bytes")
            }
            Remote::Protocol(what) => write!(f, "the server's answer makes no sense: {what}"),
            Remote::TooManyRedirects => write!(f, "the server redirects without end"),
            Remote::Redirect(what) => write!(f, "a redirect is not followed: {what}"),
            Remote::Tls(what) => write!(f, "no TLS with the server: {what}"),
            Remote::Connect(what) => write!(f, "no connection to the server: {what}"),
            Remote::Interrupted(what) => write!(f, "the answer breaks off: {what}"),
            Remote::Timeout(what) => write!(f, "the server takes too long {what}"),
        }
    }
}
