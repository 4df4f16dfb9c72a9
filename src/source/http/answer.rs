//! What an answer says of the bytes that it brings (RFC 9110): a pure function of status and headers.

use std::ops::Range;

use ureq::http::{HeaderMap, header};

use super::fault::Fault;
use crate::error::Remote;

/// What tells one version of an object from another: taken from the first answer, and compared with
/// every later one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Version {
    pub(super) length: u64,
    /// The ETag as it was sent; a weak one begins with `W/`.
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
}

/// The bytes that an answer of status 206 brings.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Brought {
    pub(super) range: Range<u64>,
    pub(super) version: Version,
}

impl Version {
    /// The ETag by which the object can be pinned: a strong one.
    pub(super) fn strong(&self) -> Option<&str> {
        let etag = self.etag.as_deref()?;
        etag.starts_with('"').then_some(etag)
    }

    /// Checks that a later answer is about the same version.
    pub(super) fn check(&self, later: &Version) -> Result<(), Remote> {
        let differs = |what: String| Err(Remote::Changed(what));
        let named = |name: &str, before: &Option<String>, now: &Option<String>| {
            let (before, now) = (before.as_deref(), now.as_deref());
            let (before, now) = (before.unwrap_or("none"), now.unwrap_or("none"));
            differs(format!("{name} was {before}, is {now}"))
        };
        match () {
            () if self.length != later.length => differs(format!(
                "it had {} bytes, has {}",
                self.length, later.length
            )),
            () if self.etag != later.etag => named("ETag", &self.etag, &later.etag),
            () if self.etag.is_none() && self.modified != later.modified => {
                named("Last-Modified", &self.modified, &later.modified)
            }
            () => Ok(()),
        }
    }
}

/// What an answer of status 206 to a request for `asked` brings: Content-Range says which bytes of
/// how many. `known` is the object's length, if it is known.
pub(super) fn brought(
    headers: &HeaderMap,
    asked: &Range<u64>,
    known: Option<u64>,
) -> Result<Brought, Fault> {
    let wrong = |what: String| Fault::once(Remote::Protocol(what));
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("multipart/") {
        let what = format!("status 206 with Content-Type {kind} for one range");
        return Err(Fault::last(Remote::Protocol(what)));
    }
    let Some(text) = text(headers, header::CONTENT_RANGE) else {
        let what = "status 206 without a Content-Range, or with several";
        return Err(Fault::last(Remote::Protocol(what.into())));
    };
    let Some((range, total)) = content_range(text) else {
        return Err(wrong(format!("Content-Range `{text}`")));
    };
    let Some(length) = total.or(known) else {
        return Err(wrong(format!("Content-Range `{text}` without a length")));
    };
    let inside = range.end <= asked.end && range.end <= length;
    if range.start != asked.start || !inside {
        let last = asked.end.saturating_sub(1);
        let what = format!("Content-Range `{text}` for bytes {}-{last}", asked.start);
        return Err(wrong(what));
    }
    let body = body_length(headers).filter(|&body| body != range.end - range.start);
    if let Some(body) = body {
        return Err(wrong(format!(
            "Content-Length {body} with Content-Range `{text}`"
        )));
    }
    Ok(Brought {
        range,
        version: version(headers, length),
    })
}

/// Checks that an answer of status 200 is not a part that only lacks the right status.
pub(super) fn check_whole(headers: &HeaderMap) -> Result<(), Fault> {
    let whole = |text| match content_range(text) {
        Some((range, Some(length))) => range == (0..length),
        _ => false,
    };
    match text(headers, header::CONTENT_RANGE) {
        Some(text) if !whole(text) => {
            let what = format!("status 200 with Content-Range `{text}`");
            Err(Fault::once(Remote::Protocol(what)))
        }
        _ => Ok(()),
    }
}

/// Checks that the body is as it is stored.
pub(super) fn check_encoding(headers: &HeaderMap) -> Result<(), Fault> {
    let encoding = text(headers, header::CONTENT_ENCODING).unwrap_or_default();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let text = format!("Content-Encoding {encoding}, though identity was demanded");
    Err(Fault::last(Remote::Protocol(text)))
}

/// The bytes of a body, if the answer says so; what is transferred in chunks has no length (RFC 9112
/// section 6.3).
pub(super) fn body_length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// The version of an object of that length.
pub(super) fn version(headers: &HeaderMap, length: u64) -> Version {
    let text = |name| text(headers, name).map(str::to_owned);
    Version {
        length,
        etag: text(header::ETAG),
        modified: text(header::LAST_MODIFIED),
    }
}

/// The length that a 416 gives: `bytes */LENGTH`.
pub(super) fn unsatisfied(headers: &HeaderMap) -> Option<u64> {
    let text = text(headers, header::CONTENT_RANGE)?;
    text.strip_prefix("bytes */")?.trim().parse().ok()
}

/// A header as text; none if it is not there, is not ASCII, or is there twice and differs.
pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    let one = values.all(|value| value == first);
    first.to_str().ok().filter(|_| one).map(str::trim)
}

/// `bytes FIRST-LAST/LENGTH`, where the length may be `*` (RFC 9110 section 14.4).
fn content_range(text: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (unit, rest) = text.split_once(' ')?;
    let (range, length) = rest.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    let (first, last) = (number(first)?, number(last)?);
    let length = match length {
        "*" => None,
        length => Some(number(length)?),
    };
    let end = last.checked_add(1)?;
    let fits = unit.eq_ignore_ascii_case("bytes")
        && first < end
        && length.is_none_or(|length| end <= length);
    fits.then_some((first..end, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        for (text, range) in [
            ("bytes 0-499/1234", Some((0..500, Some(1234)))),
            ("bytes 734-1233/1234", Some((734..1234, Some(1234)))),
            ("bytes 42-1233/*", Some((42..1234, None))),
            ("Bytes 0-0/1", Some((0..1, Some(1)))),
            ("bytes 0-1234/1234", None),
            ("bytes 5-4/10", None),
            ("bytes */1234", None),
            ("items 0-1/2", None),
            ("bytes 0-18446744073709551615/*", None),
            ("bytes +1-2/3", None),
            ("bytes 1-2", None),
            ("", None),
        ] {
            assert_eq!(content_range(text), range, "{text}");
        }
    }

    #[test]
    fn versions() {
        let version = |length, etag: Option<&str>, modified: Option<&str>| Version {
            length,
            etag: etag.map(str::to_owned),
            modified: modified.map(str::to_owned),
        };
        let first = version(9, Some("\"a\""), Some("Mon"));
        assert_eq!(first.strong(), Some("\"a\""));
        assert_eq!(version(9, Some("W/\"a\""), None).strong(), None);
        assert!(first.check(&version(9, Some("\"a\""), Some("Tue"))).is_ok());
        assert!(
            first
                .check(&version(8, Some("\"a\""), Some("Mon")))
                .is_err()
        );
        assert!(
            first
                .check(&version(9, Some("\"b\""), Some("Mon")))
                .is_err()
        );
        assert!(first.check(&version(9, None, Some("Mon"))).is_err());
        let dated = version(9, None, Some("Mon"));
        assert!(dated.check(&dated).is_ok());
        assert!(dated.check(&version(9, None, Some("Tue"))).is_err());
        let weak = version(9, Some("W/\"a\""), None);
        assert!(weak.check(&version(9, Some("W/\"b\""), None)).is_err());
    }
}
