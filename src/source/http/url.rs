//! URLs: which are taken, where redirects lead, who may see credentials.

use iri_string::types::{UriAbsoluteStr, UriReferenceStr};
use ureq::http::Uri;
use ureq::http::uri::Scheme;

use crate::error::{Remote, Result, Unsupported, Usage};

/// An absolute http or https URL; a fragment and a user are left out.
pub(super) fn parse(text: &str) -> Result<Uri> {
    let wrong = || {
        Usage::Option(format!(
            "`{}` is no URL",
            text.split('?').next().unwrap_or_default()
        ))
    };
    let text = text.split('#').next().unwrap_or_default();
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    uri.host()
        .filter(|host| !host.is_empty())
        .ok_or_else(wrong)?;
    match uri.scheme_str() {
        Some("http" | "https") => without_user(uri).ok_or_else(|| wrong().into()),
        scheme => {
            let scheme = scheme.unwrap_or("no scheme");
            Err(Unsupported::Source(format!("URLs with {scheme}")).into())
        }
    }
}

/// The agent would send a user as `Authorization`, even where a redirect has named it.
fn without_user(uri: Uri) -> Option<Uri> {
    let mut parts = uri.into_parts();
    let authority = parts.authority.take()?;
    let host = authority.as_str().rsplit('@').next()?;
    parts.authority = Some(host.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Scheme, host and port.
pub(super) fn origin(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or_default();
    format!("{scheme}://{}:{}", host(url), port(url))
}

/// The URL without what may be secret: its query.
pub(super) fn shown(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or_default();
    let port = url.port_u16().map(|port| format!(":{port}"));
    format!(
        "{scheme}://{}{}{}",
        host(url),
        port.unwrap_or_default(),
        url.path()
    )
}

/// Whether a URL may see what is meant for `home`: one of the same host and port, or the same host's
/// default port of https instead of that of http.
pub(super) fn may_see(home: &Uri, url: &Uri) -> bool {
    let same = host(home).eq_ignore_ascii_case(host(url));
    let upgrade = (port(home), port(url)) == (80, 443);
    same && (port(home) == port(url) || upgrade)
}

/// Where a redirect leads (RFC 9110 section 10.2.2); never from https to http.
pub(super) fn redirected(from: &Uri, location: &str) -> Result<Uri, Remote> {
    let wrong = || {
        Remote::Redirect(format!(
            "Location `{}`",
            location.split('?').next().unwrap_or_default()
        ))
    };
    let base = from.to_string();
    let base = UriAbsoluteStr::new(&base).map_err(|_| wrong())?;
    let location = UriReferenceStr::new(location).map_err(|_| wrong())?;
    let url = location.resolve_against(base).to_string();
    let url = parse(&url).map_err(|_| wrong())?;
    if from.scheme() == Some(&Scheme::HTTPS) && url.scheme() != Some(&Scheme::HTTPS) {
        return Err(Remote::Redirect(format!("from https to {}", shown(&url))));
    }
    Ok(url)
}

fn host(url: &Uri) -> &str {
    url.host().unwrap_or_default()
}

fn port(url: &Uri) -> u16 {
    let default = match url.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    url.port_u16().unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        parse(text).expect(text)
    }

    /// RFC 3986 section 5.4.1, as far as it is http, and what only we forbid.
    #[test]
    fn redirects() {
        let from = uri("http://a/b/c/d?q");
        for (location, to) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d?y"),
            ("../../g", "http://a/g"),
            ("g#s", "http://a/b/c/g"),
            ("https://g/x?y=z", "https://g/x?y=z"),
        ] {
            let url = redirected(&from, location).expect(location);
            assert_eq!(url.to_string(), to, "{location}");
        }
        assert!(redirected(&from, "ftp://a/b").is_err());
        assert!(redirected(&from, "http://").is_err());
        let secure = uri("https://a/b");
        assert!(redirected(&secure, "http://a/b").is_err());
        assert!(redirected(&secure, "/c").is_ok());
    }

    #[test]
    fn credentials_stay_with_their_host() {
        let home = uri("http://a/x");
        for (url, seen) in [
            ("http://a/y", true),
            ("http://A:80/y", true),
            ("https://a/y", true),
            ("https://a:8443/y", false),
            ("http://a:81/y", false),
            ("http://b/x", false),
            ("http://a.b/x", false),
        ] {
            assert_eq!(may_see(&home, &uri(url)), seen, "{url}");
        }
    }

    #[test]
    fn what_is_shown_has_no_secrets() {
        let url = uri("https://user:word@host:81/a/b.tif?sig=secret#part");
        assert_eq!(url.to_string(), "https://host:81/a/b.tif?sig=secret");
        assert_eq!(shown(&url), "https://host:81/a/b.tif");
        assert_eq!(origin(&uri("http://h/x")), "http://h:80");
        assert!(parse("/local/path").is_err() && parse("ftp://h/x").is_err());
    }
}
