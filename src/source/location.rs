//! Where a file is: a path, or a URL in one of the forms that people write.

use std::path::{Path, PathBuf};

/// What the name of a file stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Location {
    /// A local file.
    Path(PathBuf),
    /// A URL. The forms that cloud stores have are turned into those of open buckets:
    ///
    /// | written | asked |
    /// |---|---|
    /// | `s3://BUCKET/KEY` | `https://BUCKET.s3.amazonaws.com/KEY`; `https://s3.amazonaws.com/BUCKET/KEY` if the bucket's name has a dot, a capital or `_` |
    /// | `gs://BUCKET/KEY` | `https://storage.googleapis.com/BUCKET/KEY` |
    /// | `az://ACCOUNT/CONTAINER/BLOB` | `https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB` |
    /// | `abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/BLOB` (or `abfss`) | the same |
    Url(String),
}

impl Location {
    /// What a name stands for. `file:///PATH` is a local file; all else that begins with a scheme and
    /// `://` is a URL, whether or not there is anything that reads it.
    pub fn of(name: impl AsRef<Path>) -> Self {
        let name = name.as_ref();
        let text = name.to_str().unwrap_or_default();
        let Some((scheme, rest)) = text
            .split_once("://")
            .filter(|(scheme, _)| is_scheme(scheme))
        else {
            return Location::Path(name.to_owned());
        };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => Location::Path(file(rest)),
            "s3" => Location::Url(s3(rest)),
            "gs" => Location::Url(format!("https://storage.googleapis.com/{}", key_path(rest))),
            "az" | "azure" => Location::Url(match rest.split_once('/') {
                Some((account, blob)) => azure(account, &key_path(blob)),
                None => text.to_owned(),
            }),
            "abfs" | "abfss" => Location::Url(abfs(rest).unwrap_or_else(|| text.to_owned())),
            _ => Location::Url(text.to_owned()),
        }
    }
}

/// RFC 3986 section 3.1; a single letter is a drive of Windows.
fn is_scheme(text: &str) -> bool {
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    let others = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.len() > 1 && first && text.bytes().all(others)
}

fn s3(rest: &str) -> String {
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let key = key_path(key);
    // The certificate of *.s3.amazonaws.com does not hold for a name with a dot.
    match is_label(bucket) {
        true => format!("https://{bucket}.s3.amazonaws.com/{key}"),
        false => format!("https://s3.amazonaws.com/{bucket}/{key}"),
    }
}

/// Whether a name can be a part of a host's name, and keeps its meaning there.
pub(super) fn is_label(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(fits)
}

fn azure(account: &str, path: &str) -> String {
    format!("https://{account}.blob.core.windows.net/{path}")
}

fn abfs(rest: &str) -> Option<String> {
    let (container, rest) = rest.split_once('@')?;
    let (host, blob) = rest.split_once('/')?;
    let account = host.strip_suffix(".dfs.core.windows.net")?;
    Some(azure(account, &format!("{container}/{}", key_path(blob))))
}

/// `file://HOST/PATH` (RFC 8089): the host is this one.
fn file(rest: &str) -> PathBuf {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let decoded = String::from_utf8(decoded(path)).unwrap_or_else(|_| path.to_owned());
    // `/C:/x` is `C:/x`.
    let drive = decoded.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    PathBuf::from(match drive {
        true => &decoded[1..],
        false => &decoded,
    })
}

/// A key as the path of a URL: what RFC 3986 does not leave as it is becomes `%XX`.
fn key_path(key: &str) -> String {
    encoded(key.as_bytes(), b"/!$&'()*+,;=:@")
}

/// Bytes as text of a URL: letters, digits, `-._~` and those of `plain` stay, all else becomes `%XX`.
pub(crate) fn encoded(bytes: &[u8], plain: &[u8]) -> String {
    let stays =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || plain.contains(&byte);
    let code = |&byte: &u8| match stays(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    bytes.iter().map(code).collect()
}

/// The reverse: `%XX` becomes its byte.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| after.get(..2)).flatten();
        let code = code.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = match code {
            Some(_) => &after[2..],
            None => after,
        };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        let path = |text: &str| Location::Path(text.into());
        let url = |text: &str| Location::Url(text.into());
        for (name, location) in [
            ("a/b.tif", path("a/b.tif")),
            ("/a:b//c.tif", path("/a:b//c.tif")),
            ("C://x.tif", path("C://x.tif")),
            ("file:///a/b%20c.tif", path("/a/b c.tif")),
            ("file://localhost/a", path("/a")),
            ("file:///a%zz%4", path("/a%zz%4")),
            ("file:///a%+f%c3%bc", path("/a%+f\u{fc}")),
            ("https://h/a?b#c", url("https://h/a?b#c")),
            ("HTTP://h/a", url("HTTP://h/a")),
            ("ftp://h/a", url("ftp://h/a")),
            (
                "s3://bucket/a/b c.tif",
                url("https://bucket.s3.amazonaws.com/a/b%20c.tif"),
            ),
            (
                "s3://my.bucket/k#1?",
                url("https://s3.amazonaws.com/my.bucket/k%231%3F"),
            ),
            (
                "s3://Old_Name/k",
                url("https://s3.amazonaws.com/Old_Name/k"),
            ),
            (
                "gs://bucket/a/b",
                url("https://storage.googleapis.com/bucket/a/b"),
            ),
            (
                "az://me/box/a",
                url("https://me.blob.core.windows.net/box/a"),
            ),
            (
                "abfss://box@me.dfs.core.windows.net/a",
                url("https://me.blob.core.windows.net/box/a"),
            ),
        ] {
            assert_eq!(Location::of(name), location, "{name}");
        }
    }
}
