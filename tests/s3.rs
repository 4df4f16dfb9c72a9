//! Objects of S3: a server of our own checks each signature from what has come over the wire, by the
//! steps of the S3 API reference ("Authenticating Requests: Using Query Parameters") with the crate
//! sha2.
#![cfg(feature = "s3")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use cogwork::source::http::{Authorizer, HttpClient, HttpOptions};
use cogwork::source::s3::{S3Authorizer, S3Credentials, S3Options};
use cogwork::{Cog, Context, Error, ErrorKind, error::Remote};
use common::loopback::{Answer, Loopback, Request};
use sha2::{Digest, Sha256};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// HMAC of RFC 2104.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36));
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
    outer
        .chain_update(inner.chain_update(text).finalize())
        .finalize()
        .to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of a name in the query, its `%2F` decoded.
fn value(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name);
    values.next().map(|(_, value)| value.replace("%2F", "/"))
}

/// Whether a request is signed with the secret.
fn is_signed(request: &Request) -> bool {
    let Some((path, query)) = request.target.split_once('?') else {
        return false;
    };
    let Some(signature) = value(query, "X-Amz-Signature") else {
        return false;
    };
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.retain(|pair| !pair.starts_with("X-Amz-Signature="));
    pairs.sort_unstable();
    let host = request.header("host").expect("HTTP/1.1 has it");
    let canonical = format!(
        "GET\n{path}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD",
        pairs.join("&")
    );
    let credential = value(query, "X-Amz-Credential").expect("it is signed");
    let (_, scope) = credential.split_once('/').expect("a scope");
    let date = value(query, "X-Amz-Date").expect("it is signed");
    let hash = hex(&Sha256::digest(canonical));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
    let key = scope
        .split('/')
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| {
            hmac(&key, part.as_bytes())
        });
    hex(&hmac(&key, text.as_bytes())) == signature
}

/// A server that gives SCL.tif to those who sign.
fn server() -> Loopback {
    let bytes = std::fs::read(common::repository().join("testdata/scene/SCL.tif"));
    let bytes = bytes.expect("the scene");
    Loopback::start(move |request| match is_signed(request) {
        true => Answer::part(&bytes, request),
        false => Answer::Says(403, Vec::new(), b"SignatureDoesNotMatch".to_vec()),
    })
}

fn context(options: S3Options) -> Context {
    let authorizer = S3Authorizer::new(options).expect("an endpoint");
    let http = HttpOptions::default().authorizer(Arc::new(authorizer));
    Context {
        http: HttpClient::new(http).expect("options"),
        ..Context::default()
    }
}

fn options(server: &Loopback, secret: &str) -> S3Options {
    S3Options::default()
        .credentials(S3Credentials::new("AKIAIOSFODNN7EXAMPLE", secret))
        .endpoint(server.url(""))
}

#[test]
fn what_is_signed_is_what_is_sent() {
    let server = server();
    let options = options(&server, SECRET)
        .requester_pays()
        .region("eu-central-1");
    let context = context(options);
    for key in [
        "a/SCL.tif",
        "a b/(\u{fc})+1=2,*'!&$@:;~#?%41.tif",
        "a//../b.tif",
    ] {
        let cog = Cog::open_with(format!("s3://my.bucket/{key}"), &context).expect(key);
        assert_eq!(cog.base().epsg(), Some(32631), "{key}");
        cog.base().read().expect(key);
    }
    let seen = server.seen();
    let paths = [
        "/my.bucket/a/SCL.tif?",
        "/my.bucket/a%20b/%28%C3%BC%29%2B1%3D2%2C%2A%27%21%26%24%40%3A%3B~%23%3F%2541.tif?",
        "/my.bucket/a//../b.tif?",
    ];
    for path in paths {
        assert!(
            seen.iter().any(|request| request.target.starts_with(path)),
            "{path}"
        );
    }
    for request in seen {
        assert!(
            request.target.contains("&x-amz-request-payer=requester"),
            "{request:?}"
        );
    }
}

#[test]
fn session_tokens_are_sent() {
    let server = server();
    let keys = S3Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET).session_token("a+/=b");
    let options = S3Options::default()
        .credentials(keys)
        .endpoint(server.url(""));
    Cog::open_with("s3://bucket/a.tif", &context(options)).expect("it is signed");
    assert!(
        server.seen()[0]
            .target
            .contains("&X-Amz-Security-Token=a%2B%2F%3Db&")
    );
}

/// A refusal is asked again once, with a signature of that moment; its error shows no secret.
#[test]
fn wrong_keys() {
    let server = server();
    let name = "s3://bucket/a.tif";
    let error = Cog::open_with(name, &context(options(&server, "wrong"))).expect_err("refused");
    let forbidden = |error: &Error| {
        matches!(
            error.kind(),
            ErrorKind::Remote(Remote::Status { status: 403, .. })
        )
    };
    assert!(forbidden(&error), "{error}");
    assert!(!error.to_string().contains("X-Amz-"), "{error}");
    assert_eq!(server.seen().len(), 2);
    let open = S3Options::default().endpoint(server.url(""));
    let error = Cog::open_with(name, &context(open)).expect_err("not signed");
    assert!(forbidden(&error), "{error}");
    assert_eq!(server.seen()[2].target, "/bucket/a.tif");
}

#[test]
fn options_that_are_none() {
    for options in [
        S3Options::default().region(""),
        S3Options::default().region("a.evil.example/"),
        S3Options::default().endpoint("minio:9000"),
        S3Options::default().endpoint("ftp://minio"),
        S3Options::default().endpoint("http://user@minio"),
        S3Options::default().endpoint("http://minio?x=y"),
        S3Options::default().expires(Duration::ZERO),
        S3Options::default().expires(Duration::from_secs(604_801)),
    ] {
        let error = S3Authorizer::new(options.clone()).expect_err("wrong");
        assert!(error.is_usage(), "{options:?}: {error}");
    }
}

/// What is no object of S3 is neither signed nor led elsewhere.
#[test]
fn other_urls_stay() {
    let keys = S3Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
    let plain = S3Options::default().credentials(keys);
    let minio = plain.clone().endpoint("http://minio:9000/store");
    for (options, url, asked) in [
        (&plain, "https://example.org/a.tif", None),
        (&plain, "http://bucket.s3.amazonaws.com/a.tif", None),
        (&plain, "https://bucket.s3.amazonaws.com:8443/a.tif", None),
        (&plain, "https://s3.amazonaws.com.example.org/b/a.tif", None),
        (&plain, "https://evil3.amazonaws.com/b/a.tif", None),
        (
            &plain,
            "https://b.s3.amazonaws.com/a?X-Amz-Signature=1",
            None,
        ),
        (
            &plain,
            "https://b.s3.amazonaws.com/a",
            Some("https://b.s3.us-east-1.amazonaws.com/a?"),
        ),
        (
            &plain,
            "https://b.s3.us-west-2.amazonaws.com/a",
            Some("https://b.s3.us-west-2.amazonaws.com/a?"),
        ),
        (
            &plain,
            "https://s3.eu-west-1.amazonaws.com/My.b/a",
            Some("https://s3.eu-west-1.amazonaws.com/My.b/a?"),
        ),
        (
            &plain,
            "https://b.s3.cn-north-1.amazonaws.com.cn/a",
            Some("https://b.s3.cn-north-1.amazonaws.com.cn/a?"),
        ),
        (
            &minio,
            "https://b.s3.amazonaws.com/a",
            Some("http://minio:9000/store/b/a?"),
        ),
        (
            &minio,
            "http://minio:9000/store/b/a",
            Some("http://minio:9000/store/b/a?"),
        ),
        (&minio, "http://minio:9000/stored/b/a", None),
        (&minio, "https://minio:9000/store/b/a", None),
        (&minio, "http://minio/store/b/a", None),
        (&minio, "https://b.s3.us-west-2.amazonaws.com/a", None),
    ] {
        let authorizer = S3Authorizer::new(options.clone()).expect("options");
        let given = authorizer.authorize(url, false).expect("a URL").url;
        let unsigned = given
            .as_ref()
            .and_then(|given| given.find('?').map(|at| &given[..=at]));
        assert_eq!(unsigned, asked, "{url}");
    }
}
