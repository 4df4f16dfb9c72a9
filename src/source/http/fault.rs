//! Failures of one request, and whether asking again can mend them.

use std::io;
use std::time::Duration;

use ureq::Timeout;

use crate::error::{Error, ErrorKind, Remote};

/// What went wrong with one request.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Error,
    pub(super) again: Again,
}

/// Whether to ask again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Again {
    /// It would not help.
    No,
    /// Once: a second time would be the same.
    Once,
    /// Once, with fresh credentials, if somebody can give them.
    Refreshed,
    /// As long as patience lasts.
    Later,
    /// As long as patience lasts, after the time that the server names.
    After(Duration),
}

impl Fault {
    pub(super) fn new(remote: Remote, again: Again) -> Self {
        Fault {
            error: remote.into(),
            again,
        }
    }

    /// A fault that is final.
    pub(super) fn last(remote: Remote) -> Self {
        Self::new(remote, Again::No)
    }

    /// A fault that may have been a slip.
    pub(super) fn once(remote: Remote) -> Self {
        Self::new(remote, Again::Once)
    }

    /// What the agent makes of a request that brought no answer.
    pub(super) fn of_request(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(reason) => {
                Self::new(Remote::Timeout(waited_for(reason)), Again::Later)
            }
            ureq::Error::Io(error) => Self::of_io(error),
            ureq::Error::HostNotFound => {
                Self::once(Remote::Connect("the host is not found".into()))
            }
            ureq::Error::ConnectionFailed | ureq::Error::BodyStalled => {
                Self::new(Remote::Connect(error.to_string()), Again::Later)
            }
            ureq::Error::ConnectProxyFailed(_) => Self::last(Remote::Connect(error.to_string())),
            ureq::Error::Tls(_) | ureq::Error::TlsRequired | ureq::Error::Rustls(_) => {
                Self::last(Remote::Tls(error.to_string()))
            }
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                Self::once(Remote::Protocol(error.to_string()))
            }
            other => Self::last(Remote::Protocol(other.to_string())),
        }
    }

    /// What reading or writing the connection gave.
    pub(super) fn of_io(error: io::Error) -> Self {
        let error = match error.downcast::<ureq::Error>() {
            Ok(inner) => return Self::of_request(inner),
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::InvalidData => Self::last(Remote::Tls(error.to_string())),
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => {
                Self::new(Remote::Connect(error.to_string()), Again::Later)
            }
            io::ErrorKind::TimedOut => {
                Self::new(Remote::Timeout("to send the next bytes"), Again::Later)
            }
            // What the resolver of the system fails with.
            _ if error.raw_os_error().is_none() && error.to_string().contains("lookup") => {
                Self::once(Remote::Connect(error.to_string()))
            }
            _ => Self::new(Remote::Interrupted(error.to_string()), Again::Later),
        }
    }
}

impl From<Error> for Fault {
    /// Errors that are not the server's are final.
    fn from(error: Error) -> Self {
        Fault {
            error,
            again: Again::No,
        }
    }
}

impl From<ErrorKind> for Fault {
    fn from(kind: ErrorKind) -> Self {
        Error::from(kind).into()
    }
}

fn waited_for(reason: Timeout) -> &'static str {
    match reason {
        Timeout::Resolve => "to be found",
        Timeout::Connect => "to connect",
        Timeout::PerRead | Timeout::RecvBody => "to send the next bytes",
        Timeout::RecvResponse => "to answer",
        _ => "altogether",
    }
}
