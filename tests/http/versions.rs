//! Objects that are replaced while they are read: never a mixture of two.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cogwork::error::Remote;
use cogwork::source::ByteSource;
use cogwork::source::http::{HttpClient, HttpSource};
use cogwork::{Cog, Context, TileCache};

use crate::script::{Answer, Object};
use crate::server::Server;
use crate::{FILE, assert_pixels, fault, object, opening, options, read_by, remote, rest, serve};

/// The first request sees one version, later ones the other.
fn replaced(before: Object, after: Object) -> Server {
    Server::new(move |request| match request.number {
        0 => before.answer(request),
        _ => after.answer(request),
    })
}

/// The same length, other pixels.
fn other() -> Object {
    let bytes: Vec<u8> = FILE.bytes.iter().map(|byte| byte ^ 0x55).collect();
    Object::new(&bytes)
}

/// Row 12.
#[test]
fn a_strong_etag_pins_the_object() {
    let after = Object {
        etag: Some("\"two\""),
        ..other()
    };
    let server = replaced(object(), after);
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Changed(_)), "{found:?}");
    assert_eq!(server.lines(), [opening(), rest()]);
}

/// A server that does not heed If-Match is found out by what it sends.
#[test]
fn every_answer_is_compared() {
    let plain = Object {
        etag: None,
        modified: None,
        ..object()
    };
    let dated = Object {
        modified: Some("Mon, 07 Nov 1994 08:49:37 GMT"),
        ..plain.clone()
    };
    let older = Object {
        modified: Some("Sun, 06 Nov 1994 08:49:37 GMT"),
        ..plain.clone()
    };
    let weak = Object {
        etag: Some("W/\"one\""),
        ..plain.clone()
    };
    let weak_later = Object {
        etag: Some("W/\"two\""),
        ..plain.clone()
    };
    let strong_later = Object {
        etag: Some("\"two\""),
        ..object()
    };
    for (before, after) in [
        (object(), strong_later),
        (object(), plain.clone()),
        (dated.clone(), older),
        (dated, plain.clone()),
        (weak.clone(), weak_later),
        (weak, plain),
    ] {
        let (etag, answers) = (before.etag, after.clone());
        let server = Server::new(move |request| match request.number {
            0 => before.answer(request),
            _ => after.part(request.range()),
        });
        let found = remote(read_by(&server, options()));
        assert!(
            matches!(found, Remote::Changed(_)),
            "{answers:?}: {found:?}"
        );
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        let strong = etag.filter(|etag| etag.starts_with('"'));
        assert_eq!(
            requests[1].header("if-match"),
            strong,
            "a weak one never matches"
        );
    }
}

/// Row 13.
#[test]
fn another_length() {
    let mut longer = FILE.bytes.clone();
    longer.push(0);
    let longer = Object::new(&longer);
    let server = replaced(object(), longer.clone());
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Changed(_)), "{found:?}");
    assert_eq!(server.lines(), [opening(), rest()]);
    // One that has become shorter than its first bytes were.
    let server = serve(|object, request| {
        let short = Object::new(&object.bytes[..70_000]);
        (request.number > 0).then(|| short.answer(request))
    });
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Changed(_)), "{found:?}");
}

/// Neither a retry nor the rest of a body that broke off is of another version.
#[test]
fn the_rest_of_a_body_is_of_the_same_version() {
    let (before, after) = (object(), other());
    let server = Server::new(move |request| match request.number {
        0 => before.answer(request),
        1 => before.answer(request).cut(5000),
        _ => Object {
            etag: Some("\"two\""),
            ..after.clone()
        }
        .answer(request),
    });
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Changed(_)), "{found:?}");
    assert_eq!(server.requests().len(), 3);
}

/// What was kept of the version that is gone is not mixed with what comes.
#[test]
fn what_was_kept_is_dropped() {
    let after = Object {
        etag: Some("\"two\""),
        ..other()
    };
    let server = replaced(object(), after);
    let client = HttpClient::new(options()).expect("options");
    let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
    assert_eq!(source.read(0..100).expect("kept"), FILE.bytes[..100]);
    assert!(client.cache().bytes() >= 65_536);
    let error = source.read(70_000..70_010).expect_err("replaced");
    assert!(matches!(fault(&error), Remote::Changed(_)));
    assert_eq!(client.cache().bytes(), 0);
    let error = source.read(0..100).expect_err("replaced");
    assert!(matches!(fault(&error), Remote::Changed(_)));
    // Opened anew, it is another object.
    let again = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
    assert_eq!(again.read(0..1).expect("new")[0], FILE.bytes[0] ^ 0x55);
}

/// Objects without any validator can be read; only their length is compared.
#[test]
fn objects_without_validators() {
    let plain = Object {
        etag: None,
        modified: None,
        ..object()
    };
    let server = Server::new(move |request| plain.answer(request));
    assert_pixels(read_by(&server, options()));
    let unpinned = rest().replace(" \"one\"", "");
    assert_eq!(server.lines(), [opening(), unpinned]);
}

/// Tiles that were decoded before the object changed are those of the version that was opened.
#[test]
fn decoded_tiles_outlive_the_object() {
    let replaced = Arc::new(AtomicBool::new(false));
    let since = replaced.clone();
    let server = serve(move |_, _| {
        let gone = since.load(Ordering::SeqCst);
        gone.then(|| Answer::new(412, "changed"))
    });
    let context = Context {
        http: HttpClient::new(options().cache_bytes(0)).expect("options"),
        tiles: Some(Arc::new(TileCache::new(1 << 20))),
        ..Context::default()
    };
    let cog = Cog::open_with(server.url("/a.tif"), &context).expect("opened");
    assert_pixels(cog.base().read());
    replaced.store(true, Ordering::SeqCst);
    let before = server.lines().len();
    assert_pixels(cog.base().read());
    assert_eq!(server.lines().len(), before);
    let error = cog.overview(0).and_then(|level| level.read());
    assert!(matches!(remote(error), Remote::Changed(_)));
}
