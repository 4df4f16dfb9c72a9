//! Objects that are elsewhere, and credentials that run out.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cogwork::Result;
use cogwork::error::{Remote, Usage};
use cogwork::source::ByteSource;
use cogwork::source::http::{Authorization, Authorizer, HttpClient, HttpSource};

use crate::script::{Answer, Object, Request};
use crate::server::Server;
use crate::{assert_pixels, object, opening, options, read, read_by, remote, rest, serve};

/// Redirects from `/a.tif` to `/b.tif`, or to wherever is said.
fn moved(object: &Object, request: &Request, status: u16, location: &str) -> Answer {
    match request.target.as_str() {
        "/a.tif" => Answer::redirect(status, location),
        _ => object.answer(request),
    }
}

/// The request line of another path.
fn at(path: &str, line: &str) -> String {
    line.replace("/a.tif", path)
}

/// Row 14: those for good are remembered, the others are not.
#[test]
fn redirects_are_followed() {
    for (status, remembered) in [
        (301, true),
        (302, false),
        (303, false),
        (307, false),
        (308, true),
    ] {
        for location in ["/b.tif", "b.tif", "../x/../b.tif?", "b.tif#part"] {
            let path = if location.ends_with('?') {
                "/b.tif?"
            } else {
                "/b.tif"
            };
            let server =
                serve(move |object, request| Some(moved(object, request, status, location)));
            assert_pixels(read_by(&server, options()));
            let mut expected = vec![opening(), at(path, &opening())];
            if !remembered {
                expected.push(rest());
            }
            expected.push(at(path, &rest()));
            assert_eq!(server.lines(), expected, "{status} {location}");
        }
    }
}

/// Only what is for good from the beginning is remembered.
#[test]
fn a_chain_is_remembered_up_to_its_first_link_that_may_change() {
    let server = serve(|object, request| {
        Some(match request.target.as_str() {
            "/a.tif" => Answer::redirect(301, "/b.tif"),
            "/b.tif" => Answer::redirect(302, "/c.tif"),
            "/c.tif" => Answer::redirect(308, "/d.tif"),
            _ => object.answer(request),
        })
    });
    assert_pixels(read_by(&server, options()));
    let mut expected: Vec<String> = ["/a.tif", "/b.tif", "/c.tif", "/d.tif"]
        .map(|path| at(path, &opening()))
        .to_vec();
    expected.extend(["/b.tif", "/c.tif", "/d.tif"].map(|path| at(path, &rest())));
    assert_eq!(server.lines(), expected);
}

/// Where a lasting redirect led before may not last: then the first URL is asked again.
#[test]
fn lasting_redirects_that_do_not_last() {
    for status in [401, 403, 404, 410] {
        let server = serve(move |object, request| {
            Some(match (request.target.as_str(), request.number) {
                ("/a.tif", 0) => Answer::redirect(301, "/b.tif"),
                ("/a.tif", _) => Answer::redirect(301, "/c.tif"),
                ("/b.tif", 1) | ("/c.tif", _) => object.answer(request),
                _ => Answer::new(status, "gone"),
            })
        });
        assert_pixels(read_by(&server, options()));
        let expected = [
            opening(),
            at("/b.tif", &opening()),
            at("/b.tif", &rest()),
            rest(),
            at("/c.tif", &rest()),
        ];
        assert_eq!(server.lines(), expected, "{status}");
    }
    // Gone for good.
    let server = serve(|object, request| {
        Some(match request.number {
            0 | 3 => Answer::redirect(301, "/b.tif"),
            1 => object.answer(request),
            _ => Answer::new(404, ""),
        })
    });
    let found = remote(read_by(&server, options()));
    assert!(
        matches!(found, Remote::Status { status: 404, .. }),
        "{found:?}"
    );
    assert_eq!(server.lines().len(), 5);
}

/// What a URL says of its user is neither sent nor shown.
#[test]
fn users_in_urls() {
    let server = serve(|_, request| (request.number > 1).then(|| Answer::new(404, "")));
    let authority = server.address().to_string();
    let url = format!("http://user:word@{authority}/a.tif");
    assert_pixels(read(&url, options()));
    let error = read(&url, options()).expect_err("not found");
    assert!(!error.to_string().contains("word"), "{error}");
    let object = object();
    let target = Server::new(move |request| object.answer(request));
    let location = format!("http://user:word@{}/a.tif", target.address());
    let redirecting = Server::new(move |_| Answer::redirect(302, &location));
    assert_pixels(read_by(&redirecting, options()));
    for request in target.requests() {
        assert_eq!(request.header("authorization"), None);
    }
    for request in server.requests() {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("host"), Some(authority.as_str()));
    }
}

/// Another port is another server, and so is another name of the same machine.
#[test]
fn credentials_stay_with_their_host() {
    let object = object();
    let target = Server::new(move |request| object.answer(request));
    let port = target.address().port();
    for (status, location) in [
        (302, target.url("/b.tif")),
        (301, target.url("/b.tif")),
        (307, format!("http://localhost:{port}/b.tif")),
        (302, format!("//127.0.0.1:{port}/b.tif")),
    ] {
        let before = target.requests().len();
        let server = Server::new(move |_| Answer::redirect(status, &location));
        let secret = options()
            .bearer("secret")
            .header("x-key", "secret")
            .header("cookie", "secret=1");
        assert_pixels(read_by(&server, secret));
        for request in server.requests() {
            assert_eq!(request.header("authorization"), Some("Bearer secret"));
            assert_eq!(request.header("x-key"), Some("secret"));
            assert_eq!(request.header("cookie"), Some("secret=1"));
        }
        let there = target.requests().split_off(before);
        assert_eq!(there.len(), 2);
        for request in there {
            assert_eq!(request.header("authorization"), None);
            assert_eq!(request.header("x-key"), None);
            assert_eq!(request.header("cookie"), None);
        }
        assert_eq!(server.requests().len(), if status == 301 { 1 } else { 2 });
    }
    // The same host sees them again.
    let server = serve(|object, request| Some(moved(object, request, 302, "/b.tif")));
    assert_pixels(read_by(&server, options().bearer("secret")));
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some("Bearer secret"));
    }
}

/// Row 15 of the table: eleven requests, then an error.
#[test]
fn loops() {
    let server = serve(|_, _| Some(Answer::redirect(302, "/a.tif")));
    let found = remote(read_by(&server, options()));
    assert_eq!(found, Remote::TooManyRedirects);
    assert_eq!(server.lines(), vec![opening(); 11]);
    // Ten are not too many.
    let server = serve(|object, request| {
        Some(match request.number {
            0..10 => Answer::redirect(301, "/a.tif"),
            _ => object.answer(request),
        })
    });
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines().len(), 12);
}

#[test]
fn redirects_to_nowhere() {
    for location in [
        "",
        "ftp://127.0.0.1/a.tif",
        "http://",
        "http:// /",
        "file:///etc/passwd",
    ] {
        let server = serve(move |_, _| Some(Answer::redirect(302, location)));
        let found = remote(read_by(&server, options()));
        assert!(
            matches!(found, Remote::Redirect(_)),
            "{location}: {found:?}"
        );
        assert_eq!(server.lines(), [opening()]);
    }
    let server = serve(|_, _| Some(Answer::new(302, "")));
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Redirect(_)), "{found:?}");
    // As S3 answers a request that is signed for another region.
    let moved = |_: &Object, _: &Request| {
        let answer = Answer::new(301, "<Error><Code>PermanentRedirect</Code></Error>");
        Some(answer.with("x-amz-bucket-region", "eu-west-3"))
    };
    let server = serve(moved);
    let found = remote(read_by(&server, options()));
    let told = matches!(&found, Remote::Redirect(text) if text.ends_with("eu-west-3"));
    assert!(told, "{found:?}");
}

/// Gives a new token each time that one is refused.
#[derive(Default)]
struct Tokens {
    current: AtomicUsize,
    asked: Mutex<Vec<bool>>,
}

impl Authorizer for Tokens {
    fn authorize(&self, url: &str, refused: bool) -> Result<Authorization> {
        self.asked.lock().expect("no panic").push(refused);
        if refused {
            self.current.fetch_add(1, Ordering::SeqCst);
        }
        let token = self.current.load(Ordering::SeqCst);
        Ok(Authorization::url(format!("{url}?token={token}")))
    }
}

const EXPIRED: &str =
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

/// Row 16: a URL that was signed runs out in the midst.
#[test]
fn urls_that_expire_are_signed_again() {
    for status in [401, 403] {
        let server = serve(move |_, request| {
            let stale = request.number > 0 && request.target.ends_with("=0");
            stale.then(|| Answer::new(status, EXPIRED))
        });
        let tokens = Arc::new(Tokens::default());
        assert_pixels(read_by(&server, options().authorizer(tokens.clone())));
        let expected = [
            at("/a.tif?token=0", &opening()),
            at("/a.tif?token=0", &rest()),
            at("/a.tif?token=1", &rest()),
        ];
        assert_eq!(server.lines(), expected);
        assert_eq!(
            *tokens.asked.lock().expect("no panic"),
            [false, false, true]
        );
    }
}

/// Once for each refusal, not for ever; and not at all where nobody can sign.
#[test]
fn a_second_refusal_is_final() {
    let refuse =
        |_: &Object, request: &Request| (request.number > 0).then(|| Answer::new(403, EXPIRED));
    let denied = Remote::Status {
        status: 403,
        body: EXPIRED.to_owned(),
    };
    let server = serve(refuse);
    let tokens = Arc::new(Tokens::default());
    let found = remote(read_by(&server, options().authorizer(tokens.clone())));
    assert_eq!(found, denied);
    assert_eq!(server.lines().len(), 3);
    assert_eq!(
        *tokens.asked.lock().expect("no panic"),
        [false, false, true]
    );
    let server = serve(refuse);
    assert_eq!(remote(read_by(&server, options())), denied);
    assert_eq!(server.lines(), [opening(), rest()]);
}

/// Another slip before it does not use the fresh URL up, nor is it shown.
#[test]
fn a_slip_and_a_refusal() {
    let server = serve(|object, request| match request.number {
        1 => Some(object.part(0..10)),
        2 => Some(Answer::new(403, EXPIRED)),
        _ => None,
    });
    let tokens = Arc::new(Tokens::default());
    assert_pixels(read_by(&server, options().authorizer(tokens)));
    assert_eq!(server.lines().len(), 4);
    let server = serve(|_, _| Some(Answer::new(404, "")));
    let tokens = Arc::new(Tokens::default());
    let url = server.url("/a.tif");
    let error = read(&url, options().authorizer(tokens)).expect_err("not found");
    assert!(!error.to_string().contains("token"), "{error}");
}

/// An authorizer that fails ends the read with its own error.
#[test]
fn authorizers_that_fail() {
    struct Failing;

    impl Authorizer for Failing {
        fn authorize(&self, _: &str, _: bool) -> Result<Authorization> {
            Err(Usage::Option("no token".into()).into())
        }
    }

    let server = serve(|_, _| None);
    let result = read_by(&server, options().authorizer(Arc::new(Failing)));
    let error = result.expect_err("no token");
    let kind = error.kind();
    assert!(
        matches!(kind, cogwork::ErrorKind::Usage(Usage::Option(text)) if text == "no token"),
        "{error:?}"
    );
    assert_eq!(server.lines(), [""; 0]);
}

/// One that reads its token from the same server does not wait for itself.
#[test]
fn authorizers_that_ask_the_same_server() {
    struct Asking(HttpClient, String);

    impl Authorizer for Asking {
        fn authorize(&self, _: &str, _: bool) -> Result<Authorization> {
            let token = HttpSource::open(&self.1, &self.0)?.read(0..5)?;
            let token = String::from_utf8_lossy(&token).into_owned();
            Ok(Authorization::header("x-token", token))
        }
    }

    let server = serve(|_, request| {
        let token = request.target == "/token";
        token.then(|| Answer::new(200, "sesam"))
    });
    let plain = HttpClient::new(options().parallel(1)).expect("options");
    let asking = Arc::new(Asking(plain.clone(), server.url("/token")));
    let client = HttpClient::new(options().parallel(1).authorizer(asking)).expect("options");
    let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
    assert_eq!(source.read(0..5).expect("kept"), crate::FILE.bytes[..5]);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("x-token"), Some("sesam"));
}

/// Headers of an authorizer go where its URL goes.
#[test]
fn signed_headers() {
    struct Signed;

    impl Authorizer for Signed {
        fn authorize(&self, _: &str, _: bool) -> Result<Authorization> {
            Ok(Authorization::header("authorization", "AWS4 x"))
        }
    }

    let server = serve(|object, request| Some(moved(object, request, 301, "/b.tif")));
    assert_pixels(read_by(&server, options().authorizer(Arc::new(Signed))));
    let requests = server.requests();
    assert_eq!(
        requests.len(),
        4,
        "what is signed is not remembered as moved"
    );
    for request in requests {
        assert_eq!(request.header("authorization"), Some("AWS4 x"));
    }
}
