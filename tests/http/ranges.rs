//! Answers that are not what a request for a range wants.

use std::time::{Duration, Instant};

use cogwork::error::Remote;
use cogwork::source::ByteSource;
use cogwork::source::http::{HttpClient, HttpSource};
use cogwork::{Cog, Context};

use crate::script::{Answer, Object};
use crate::{
    FILE, assert_pixels, fault, opening, options, read, read_by, remote, rest, serve, serve_but,
};

/// Row 1: the head of a whole object serves to open it; nothing beyond can be had.
#[test]
fn whole_objects_are_refused_without_reading_them() {
    let server = serve(|object, _| Some(object.whole()));
    assert_eq!(remote(read_by(&server, options())), Remote::RangeIgnored);
    assert_eq!(server.lines(), [opening(), rest()]);
}

#[test]
fn whole_objects_later_are_refused() {
    let server = serve_but(1, |object, _| object.whole());
    assert_eq!(remote(read_by(&server, options())), Remote::RangeIgnored);
    assert_eq!(server.lines(), [opening(), rest()]);
}

/// The overview stands in the head of the object.
#[test]
fn the_head_of_a_whole_object_is_enough_for_an_overview() {
    let server = serve(|object, _| Some(object.whole()));
    let client = HttpClient::new(options()).expect("options");
    let source = HttpSource::open(&server.url("/a.tif"), &client).expect("the head");
    let cog = Cog::from_source(source, &Context::default()).expect("the head is there");
    let local = crate::raster::open(FILE.bytes.clone(), &Context::default());
    let there = cog.overview(0).and_then(|level| level.read());
    let here = local.overview(0).and_then(|level| level.read());
    assert!(there.expect("the overview") == here.expect("the overview"));
    assert_eq!(server.lines(), [opening()]);
}

#[test]
fn whole_objects_are_taken_if_the_options_say_so() {
    let length = FILE.bytes.len() as u64;
    let server = serve(|object, _| Some(object.whole()));
    assert_pixels(read_by(&server, options().download_bytes(length)));
    assert_eq!(server.lines(), [opening()]);
    let server = serve(|object, _| Some(object.whole().chunked()));
    assert_pixels(read_by(&server, options().download_bytes(length)));
    let server = serve(|object, _| Some(object.whole().chunked()));
    let result = read_by(&server, options().download_bytes(length - 1));
    assert_eq!(remote(result), Remote::RangeIgnored);
    let server = serve(|object, _| Some(object.whole()));
    let result = read_by(&server, options().download_bytes(length - 1));
    assert_eq!(remote(result), Remote::RangeIgnored);
}

/// A body that never ends is read up to 64 KiB.
#[test]
fn a_whole_object_of_unknown_length_is_left() {
    let server = serve(|object, _| Some(object.whole().unframed()));
    assert_eq!(remote(read_by(&server, options())), Remote::RangeIgnored);
    assert_eq!(server.lines(), [opening()]);
}

/// A range under the status of a whole object is neither.
#[test]
fn a_part_that_says_it_is_whole() {
    for number in [0, 1] {
        let server = serve(move |object, request| {
            let part = object.answer(request);
            (request.number >= number).then(|| part.under(200))
        });
        let result = read_by(&server, options());
        assert!(matches!(remote(result), Remote::Protocol(_)));
    }
}

/// Row 2: the bytes of another place are never used; one slip is forgiven.
#[test]
fn other_ranges_than_asked_for() {
    let shifted = |object: &Object, start: usize| object.part(start - 4..object.bytes.len() - 8);
    let server = serve_but(1, move |object, request| {
        shifted(object, request.range().start)
    });
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest(), rest()]);
    let server = serve(move |object, request| {
        (request.number > 0).then(|| shifted(object, request.range().start))
    });
    assert!(matches!(
        remote(read_by(&server, options())),
        Remote::Protocol(_)
    ));
    assert_eq!(server.lines(), [opening(), rest(), rest()]);
    let server = serve(|object, _| Some(object.part(1..65537)));
    assert!(matches!(
        remote(read_by(&server, options())),
        Remote::Protocol(_)
    ));
    assert_eq!(server.lines(), [opening(), opening()]);
}

/// Row 3.
#[test]
fn parts_without_a_place_and_many_parts() {
    let multipart = |object: &Object| {
        let mut body = b"\r\n--x\r\nContent-Range: bytes 65536-65545/99999\r\n\r\n".to_vec();
        body.extend_from_slice(&object.bytes[65536..]);
        body.extend_from_slice(b"\r\n--x--");
        Answer::new(206, body).with("Content-Type", "multipart/byteranges; boundary=x")
    };
    let bare = |object: &Object| Answer::new(206, &object.bytes[65536..]);
    let placed = |object: &Object| {
        let part = object.part(65536..object.bytes.len() - 4);
        part.with("Content-Type", "multipart/byteranges; boundary=x")
    };
    let answers: [fn(&Object) -> Answer; 3] = [multipart, bare, placed];
    for answer in answers {
        let server = serve_but(1, move |object, _| answer(object));
        let found = remote(read_by(&server, options()));
        assert!(matches!(found, Remote::Protocol(_)), "{found:?}");
        assert_eq!(server.lines(), [opening(), rest()]);
    }
}

/// Row 4: the rest is asked for.
#[test]
fn shorter_ranges_than_asked_for() {
    let server = serve(|object, request| {
        let range = request.range();
        let end = range.end.min(range.start + 30_000);
        Some(object.part(range.start..end))
    });
    assert_pixels(read_by(&server, options()));
    let starts = [30_000, 60_000, 65_536, 95_536, 125_536, 155_536];
    let expected = starts.map(|start| match start {
        ..65_536 => format!("GET /a.tif {start}-65535 \"one\""),
        _ => crate::from(start),
    });
    assert_eq!(server.lines()[1..], expected);
    // One byte at a time is no progress: it ends, in bounded attempts.
    let server = serve(|object, request| {
        let start = request.range().start;
        Some(object.part(start..start + 1))
    });
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Interrupted(_)), "{found:?}");
    assert_eq!(server.lines().len(), 16 + 1 + 4);
}

/// Row 11: what was opened is longer than what is there.
#[test]
fn ranges_beyond_the_end() {
    let server = serve_but(1, |_, _| {
        Answer::new(416, "").with("Content-Range", "bytes */70000")
    });
    let found = remote(read_by(&server, options()));
    assert_eq!(found, Remote::Truncated { length: 70_000 });
    assert_eq!(server.lines(), [opening(), rest()]);
    let server = serve_but(1, |_, _| Answer::new(416, ""));
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Protocol(_)), "{found:?}");
}

/// An empty object has no first bytes; it is no TIFF, and not the server's fault.
#[test]
fn empty_objects() {
    for (status, length) in [(416, Some("bytes */0")), (200, None)] {
        let server = serve(move |_, _| {
            let answer = Answer::new(status, "");
            Some(match length {
                Some(length) => answer.with("Content-Range", length),
                None => answer,
            })
        });
        let error = read(&server.url("/a.tif"), options()).expect_err("no TIFF");
        let kind = error.kind();
        assert!(
            matches!(kind, cogwork::ErrorKind::Malformed(_)),
            "{error:?}"
        );
        assert_eq!(server.lines(), [opening()]);
    }
}

/// Row 19: HEAD is answered by no server here, and chunks are as good as a length.
#[test]
fn bodies_without_a_length() {
    let server = serve(|object, request| Some(object.answer(request).chunked()));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest()]);
    let server = serve(|object, request| Some(object.answer(request).unframed()));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest()]);
    let server = serve(|object, request| {
        let answer = object.answer(request);
        let content_range = answer_range(object, request.range().start);
        Some(answer.with("Content-Range", content_range))
    });
    let error = read(&server.url("/a.tif"), options()).expect_err("no length");
    assert!(matches!(fault(&error), Remote::Protocol(_)));
}

/// Chunks that say a length as well: the chunks count (RFC 9112 section 6.3), and nobody waits for
/// the last of them.
#[test]
fn chunks_with_a_length() {
    let server = serve(|object, request| {
        let answer = object.answer(request);
        let length = answer.body.len();
        let both = answer.chunked().with("Content-Length", length);
        Some(both.silent_after(length))
    });
    let started = Instant::now();
    assert_pixels(read_by(&server, options()));
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "it waits for the end"
    );
    assert_eq!(server.lines(), [opening(), rest()]);
}

/// Simple servers speak HTTP/1.0.
#[test]
fn servers_of_http_1_0() {
    let server = serve(|object, request| Some(object.answer(request).of_http_1_0()));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest()]);
    assert_eq!(server.connections(), 2);
}

/// Answers that only announce the answer (RFC 9110 section 15.2).
#[test]
fn interim_answers() {
    for (status, name) in [(100, "Continue"), (102, "Processing"), (103, "Early Hints")] {
        let interim = format!("HTTP/1.1 {status} {name}\r\n\r\n");
        let server =
            serve(move |object, request| Some(object.answer(request).after(interim.as_bytes())));
        assert_pixels(read_by(&server, options()));
        assert_eq!(server.lines(), [opening(), rest()], "{status}");
    }
}

/// Content-Range without the length of the object.
fn answer_range(object: &Object, start: usize) -> String {
    let last = if start == 0 {
        65_535
    } else {
        object.bytes.len() - 5
    };
    format!("bytes {start}-{last}/*")
}

/// Once the length is known it need not be told again.
#[test]
fn ranges_of_unknown_length() {
    let server = serve_but(1, |object, request| {
        let content_range = answer_range(object, request.range().start);
        object.answer(request).with("Content-Range", content_range)
    });
    assert_pixels(read_by(&server, options()));
}

/// Row 20.
#[test]
fn encoded_bodies() {
    for encoding in ["gzip", "br", "deflate", "identity, gzip"] {
        let server = serve_but(1, move |object, request| {
            object.answer(request).with("Content-Encoding", encoding)
        });
        let found = remote(read_by(&server, options()));
        assert!(matches!(found, Remote::Protocol(_)), "{found:?}");
        assert_eq!(server.lines(), [opening(), rest()]);
    }
    let server =
        serve(|object, request| Some(object.answer(request).with("Content-Encoding", "identity")));
    assert_pixels(read_by(&server, options()));
}

/// Row 21: a length that is not that of the range.
#[test]
fn lengths_that_lie() {
    for (by, told) in [("less", -10_i64), ("more", 10)] {
        let server = serve(move |object, request| {
            let answer = object.answer(request);
            let length = answer.body.len() as i64 + told;
            (request.number > 0).then(|| answer.with("Content-Length", length))
        });
        let found = remote(read_by(&server, options()));
        assert!(matches!(found, Remote::Protocol(_)), "{by}: {found:?}");
        assert_eq!(server.lines(), [opening(), rest(), rest()], "{by}");
        assert_eq!(
            server.connections(),
            2,
            "{by}: the connection is not used on"
        );
    }
    // Two lengths that differ are none.
    let server = serve_but(1, |object, request| {
        object.answer(request).twice("Content-Length", 5)
    });
    match read_by(&server, options()) {
        Ok(block) => assert_pixels(Ok(block)),
        Err(error) => assert!(matches!(fault(&error), Remote::Protocol(_))),
    }
}

/// Row 22: surplus bytes are not used, nor is their connection.
#[test]
fn more_bytes_than_asked_for() {
    let evil = b"HTTP/1.1 206 Other\r\nContent-Length: 3\r\n\r\nabc";
    type Case = (&'static str, fn(Answer, &[u8]) -> Answer);
    let cases: [Case; 3] = [
        ("after the length", |answer, evil| answer.surplus(evil)),
        ("in chunks", |answer, evil| answer.surplus(evil).chunked()),
        ("until the end", |answer, evil| {
            answer.surplus(evil).unframed()
        }),
    ];
    for (name, more) in cases {
        let server = serve(move |object, request| Some(more(object.answer(request), evil)));
        assert_pixels(read_by(&server, options()));
        assert_eq!(server.lines(), [opening(), rest()], "{name}");
        assert_eq!(server.connections(), 2, "{name}: the connection is used on");
    }
    // A range that reaches further than what was asked for.
    let server = serve_but(0, |object, _| object.part(0..65_537));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), opening(), rest()]);
}

/// Positions beyond 32 bits, up to the last that there is.
#[test]
fn huge_objects() {
    for length in [(1 << 40) + 7, u64::MAX] {
        let server = serve(move |_, request| {
            let range = request.range();
            let bytes: Vec<u8> = range.clone().map(|at| (at % 251) as u8).collect();
            let (first, last) = (range.start, range.end - 1);
            let content_range = format!("bytes {first}-{last}/{length}");
            Some(Answer::new(206, bytes).with("Content-Range", content_range))
        });
        let client = HttpClient::new(options()).expect("options");
        let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
        assert_eq!(source.len().expect("known"), length);
        let bytes = source.read(length - 9..length).expect("the end");
        let expected = (length - 9..length).map(|at| (at % 251) as u8);
        assert_eq!(bytes, expected.collect::<Vec<u8>>());
        let beyond = source.read(length - 9..length.wrapping_add(1));
        assert!(beyond.is_err(), "{beyond:?}");
        assert_eq!(server.requests().len(), 2);
        if length == u64::MAX {
            // More than fits into any memory is an error, not a crash.
            assert!(source.read(0..length).is_err());
            assert_eq!(server.requests().len(), 2);
        }
    }
}

/// Files of less than 64 KiB: the first request brings all.
#[test]
fn small_objects() {
    let path = crate::common::repository().join("testdata/scene/SCL.tif");
    let bytes = std::fs::read(&path).expect("it is shipped");
    let local = Cog::open(&path).and_then(|cog| cog.base().read());
    let local = local.expect("a sound file");
    for whole in [false, true] {
        let object = Object::new(&bytes);
        let server = crate::Server::new(move |request| match whole {
            true => object.whole(),
            false => object.answer(request),
        });
        assert!(read_by(&server, options()).expect("the pixels") == local);
        assert_eq!(server.lines(), [opening()]);
    }
}
