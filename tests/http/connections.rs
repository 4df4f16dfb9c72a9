//! Connections that cannot be made: names, proxies, TLS.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cogwork::counters::Counters;
use cogwork::error::Remote;
use cogwork::source::http::ureq::tls::{Certificate, RootCerts, TlsConfig};
use cogwork::source::http::ureq::{Agent, Proxy};
use cogwork::source::http::{HttpClient, HttpOptions, HttpSource};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::script::{Answer, Request};
use crate::server::Server;
use crate::{assert_pixels, fault, object, opening, options, read, remote, rest, serve};

/// Row 24: a name that there is not is looked for twice.
#[test]
fn names_that_are_unknown() {
    let started = Instant::now();
    let counters = Arc::new(Counters::default());
    let client = HttpClient::new(options()).expect("options");
    let url = "http://nothing.invalid/a.tif";
    let result = HttpSource::open_counted(url, &client, counters.clone());
    match fault(&result.expect_err("no such name")) {
        Remote::Connect(text) => {
            assert_eq!(counters.requests(), 2, "{text}");
            assert_eq!(counters.retries(), 1, "{text}");
        }
        // A machine without a resolver.
        other => assert!(matches!(other, Remote::Timeout(_)), "{other:?}"),
    }
    assert!(started.elapsed() < Duration::from_secs(15));
}

fn behind(proxy: &Server) -> HttpOptions {
    let proxy = Proxy::new(&proxy.url("")).expect("a proxy");
    let config = Agent::config_builder().proxy(Some(proxy)).build();
    options().agent(&Agent::new_with_config(config))
}

/// Row 24: a proxy that wants to be paid is not asked again.
#[test]
fn proxies_that_refuse() {
    let proxy = Server::new(|_| Answer::new(407, "who are you"));
    for url in [
        "http://example.invalid/a.tif",
        "https://example.invalid/a.tif",
    ] {
        let before = proxy.requests().len();
        let found = remote(read(url, behind(&proxy)));
        let text = format!("{found:?}");
        assert!(
            matches!(
                found,
                Remote::Connect(_) | Remote::Status { status: 407, .. }
            ),
            "{text}"
        );
        assert!(text.contains("407"), "{text}");
        assert_eq!(proxy.requests().len(), before + 1);
    }
}

/// A proxy that does its work: it is asked for the host, and finds its name itself.
#[test]
fn proxies_that_serve() {
    let object = object();
    let proxy = Server::with(
        move |request| object.answer(request),
        8,
        |mut stream| {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte)?;
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            // `user:word`, RFC 7617.
            let known = head.starts_with("connect example.invalid:80 ")
                && head.contains("\r\nproxy-authorization: basic dxnlcjp3b3jk\r\n");
            let status = if known { "200 Go on" } else { "403 No" };
            write!(stream, "HTTP/1.1 {status}\r\n\r\n")?;
            Ok(Box::new(stream))
        },
    );
    let address = format!("http://user:word@{}", proxy.address());
    let config = Agent::config_builder()
        .proxy(Proxy::new(&address).ok())
        .build();
    let options = options().agent(&Agent::new_with_config(config));
    assert_pixels(read("http://example.invalid/a.tif", options));
    assert_eq!(proxy.lines(), [opening(), rest()]);
    for request in proxy.requests() {
        assert_eq!(request.header("proxy-authorization"), None);
        assert_eq!(request.header("host"), Some("example.invalid"));
    }
}

/// Without an agent of the user there is no proxy, whatever the environment says; nothing listens at
/// the proxy that is gone.
#[test]
fn proxies_that_are_gone() {
    let proxy = Server::new(|_| Answer::new(407, ""));
    let options = behind(&proxy);
    drop(proxy);
    let found = remote(read("http://example.invalid/a.tif", options.attempts(2)));
    assert!(matches!(found, Remote::Connect(_)), "{found:?}");
}

/// An authority, and the certificates that it gives.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Authority {
            certificate: certificate.der().to_vec(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A server of the file for `name`, whose certificate ends with the year `until`.
    fn server(&self, name: &str, until: i32) -> Server {
        let object = object();
        self.ruled(name, until, move |request| object.answer(request))
    }

    /// A TLS server that answers by a rule.
    fn ruled(
        &self,
        name: &str,
        until: i32,
        rule: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key);
        let config = Arc::new(config.expect("a pair"));
        Server::with(rule, 8, move |stream| {
            let session = ServerConnection::new(config.clone());
            let session = session.map_err(std::io::Error::other)?;
            Ok(Box::new(StreamOwned::new(session, stream)))
        })
    }

    /// Options that trust it.
    fn trusted(&self) -> HttpOptions {
        let root = Certificate::from_der(&self.certificate).to_owned();
        let roots = RootCerts::new_with_certs(&[root]);
        let tls = TlsConfig::builder().root_certs(roots).build();
        let config = Agent::config_builder().tls_config(tls).build();
        options().agent(&Agent::new_with_config(config))
    }
}

fn secure(server: &Server) -> String {
    format!("https://localhost:{}/a.tif", server.address().port())
}

/// Row 23, what is to work: an authority that the user brings.
#[test]
fn certificates_of_a_trusted_authority() {
    let authority = Authority::new();
    let server = authority.server("localhost", 2999);
    assert_pixels(read(&secure(&server), authority.trusted()));
    assert_eq!(server.lines(), [opening(), rest()]);
    assert_eq!(server.connections(), 1);
}

/// Row 23: one connection, no request, no retry.
#[test]
fn certificates_that_are_wrong() {
    let authority = Authority::new();
    let localhost = "localhost";
    for (what, name, until, options) in [
        ("of no known authority", localhost, 2999, options()),
        (
            "of another authority",
            localhost,
            2999,
            Authority::new().trusted(),
        ),
        ("of another host", "example.org", 2999, authority.trusted()),
        ("of the past", localhost, 2021, authority.trusted()),
    ] {
        let server = authority.server(name, until);
        let started = Instant::now();
        let found = remote(read(&secure(&server), options));
        assert!(matches!(found, Remote::Tls(_)), "{what}: {found:?}");
        assert_eq!(server.lines(), [""; 0], "{what}");
        assert_eq!(server.connections(), 1, "{what}");
        assert!(started.elapsed() < Duration::from_secs(5), "{what}");
    }
}

/// A server of bytes that are no request's answer; it waits for the client to go.
fn saying(bytes: &'static [u8]) -> Server {
    let rule = |_: &Request| Answer::silence();
    Server::with(rule, 8, move |mut stream| {
        stream.write_all(bytes)?;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest)?;
        Err(std::io::Error::other("it is gone"))
    })
}

/// A server that speaks no TLS, and one that says no to it (`handshake_failure`, RFC 8446 section 6).
#[test]
fn handshakes_that_fail() {
    let plain = saying(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let unwilling = saying(b"\x15\x03\x03\x00\x02\x02\x28");
    for server in [plain, unwilling] {
        let found = remote(read(&secure(&server), options()));
        assert!(matches!(found, Remote::Tls(_)), "{found:?}");
        assert_eq!(server.connections(), 1);
    }
}

/// One that hangs up without a word may have slipped.
#[test]
fn handshakes_that_break_off() {
    let server = Server::with(
        |_| Answer::silence(),
        8,
        |mut stream| {
            stream.read_exact(&mut [0; 64])?;
            Err(std::io::Error::other("hung up"))
        },
    );
    let found = remote(read(&secure(&server), options()));
    assert!(matches!(found, Remote::Interrupted(_)), "{found:?}");
    assert_eq!(server.connections(), 4);
}

/// https to http, over the wire.
#[test]
fn redirects_out_of_tls() {
    let plain = serve(|_, _| None);
    let authority = Authority::new();
    let server = authority.ruled("localhost", 2999, {
        let target = plain.url("/a.tif");
        move |_| Answer::redirect(302, &target)
    });
    let found = remote(read(&secure(&server), authority.trusted()));
    assert!(matches!(found, Remote::Redirect(_)), "{found:?}");
    assert_eq!(server.lines(), [opening()]);
    assert_eq!(plain.lines(), [""; 0]);
}

/// http to https.
#[test]
fn redirects_into_tls() {
    let authority = Authority::new();
    let server = authority.server("localhost", 2999);
    let target = secure(&server);
    let plain = Server::new(move |_| Answer::redirect(301, &target));
    assert_pixels(read(&plain.url("/a.tif"), authority.trusted()));
    assert_eq!(plain.lines(), [opening()]);
    assert_eq!(server.lines(), [opening(), rest()]);
}
