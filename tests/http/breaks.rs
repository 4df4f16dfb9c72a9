//! Connections that break, servers that are slow, busy or unwilling: what is asked again, how often
//! and when.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant, SystemTime};

use cogwork::error::Remote;
use cogwork::source::http::HttpOptions;

use crate::script::Answer;
use crate::{assert_pixels, from, opening, options, read, read_by, remote, rest, serve, serve_but};

/// Impatient: what stalls is given up soon.
fn impatient() -> HttpOptions {
    options().idle_timeout(Duration::from_millis(1200))
}

/// Row 5: what has come is kept, and the rest asked for.
#[test]
fn bodies_that_are_cut_are_resumed() {
    let server = serve_but(1, |object, request| object.answer(request).cut(1000));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest(), from(66_536)]);
    let server = serve_but(1, |object, request| {
        object.answer(request).chunked().cut(1000)
    });
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest(), from(66_536)]);
    let server = serve_but(1, |object, request| {
        let answer = object.answer(request).unframed();
        answer.cut(1000)
    });
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest(), from(66_536)]);
    // The object is opened by what is resumed, too.
    let server = serve_but(0, |object, request| object.answer(request).cut(10));
    assert_pixels(read_by(&server, options()));
    let resumed = "GET /a.tif 10-65535 \"one\"".to_owned();
    assert_eq!(server.lines(), [opening(), resumed, rest()]);
}

#[test]
fn bodies_that_are_reset_are_resumed() {
    let server = serve_but(1, |object, request| {
        object.answer(request).reset_after(1000)
    });
    assert_pixels(read_by(&server, options()));
    let lines = server.lines();
    assert_eq!(lines[..2], [opening(), rest()]);
    // What the reset overtook is asked for again.
    assert!(lines[2] == from(66_536) || lines[2] == rest(), "{lines:?}");
    assert_eq!(lines.len(), 3);
}

/// Attempts are bounded, whether or not they bring some bytes.
#[test]
fn bodies_that_are_always_cut() {
    for sent in [0, 100] {
        let server = serve(move |object, request| {
            (request.number > 0).then(|| object.answer(request).cut(sent))
        });
        let found = remote(read_by(&server, options()));
        assert!(matches!(found, Remote::Interrupted(_)), "{found:?}");
        let starts = (0..4).map(|attempt| from(65_536 + attempt * sent));
        assert_eq!(server.lines()[1..], starts.collect::<Vec<_>>());
    }
}

/// Row 6.
#[test]
fn connections_reset_before_the_answer() {
    let server = serve(|_, request| (request.number < 2).then(Answer::reset));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), opening(), opening(), rest()]);
    let server = serve(|_, _| Some(Answer::reset()));
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Interrupted(_)), "{found:?}");
    assert_eq!(server.lines(), [opening(), opening(), opening(), opening()]);
}

#[test]
fn connections_that_are_refused() {
    // The near end of a connection: its port is taken, but nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback");
    let address = listener.local_addr().expect("bound");
    let taken = TcpStream::connect(address).expect("it listens");
    let url = format!("http://{}/a.tif", taken.local_addr().expect("bound"));
    let started = Instant::now();
    let found = remote(read(&url, options()));
    assert!(matches!(found, Remote::Connect(_)), "{found:?}");
    // Four attempts, at least half of 0.1, 0.2 and 0.4 s between them.
    let time = started.elapsed();
    assert!(time >= Duration::from_millis(350), "{time:?}");
    assert!(time < Duration::from_secs(10), "{time:?}");
}

/// Row 7: bytes that come too slowly to ever be all.
#[test]
fn slow_bodies() {
    let server = serve(|object, request| {
        let slow = |answer: Answer| answer.drip_after(100, Duration::from_millis(500));
        (request.number > 0).then(|| slow(object.answer(request)))
    });
    let slow = options()
        .timeout(Duration::from_secs(2))
        .idle_timeout(Duration::from_secs(4));
    let found = remote(read_by(&server, slow));
    assert!(matches!(found, Remote::Timeout(_)), "{found:?}");
    assert_eq!(server.lines(), [opening(), rest()]);
}

#[test]
fn silence() {
    // Before the head, and in the midst of the body.
    let server = serve_but(0, |_, _| Answer::silence());
    assert_pixels(read_by(&server, impatient()));
    assert_eq!(server.lines(), [opening(), opening(), rest()]);
    let server = serve_but(1, |object, request| {
        object.answer(request).silent_after(500)
    });
    assert_pixels(read_by(&server, impatient()));
    assert_eq!(server.lines(), [opening(), rest(), from(66_036)]);
    let server = serve(|_, _| Some(Answer::silence()));
    let found = remote(read_by(&server, impatient().attempts(2)));
    assert!(matches!(found, Remote::Timeout(_)), "{found:?}");
    assert_eq!(server.lines(), [opening(), opening()]);
}

/// Row 8: the server's wish is granted, within bounds.
#[test]
fn servers_that_want_time() {
    for status in [429, 503] {
        let server = serve_but(1, move |_, _| {
            Answer::new(status, "busy").with("Retry-After", 1)
        });
        let started = Instant::now();
        assert_pixels(read_by(&server, options()));
        assert!(started.elapsed() >= Duration::from_secs(1));
        assert_eq!(server.lines(), [opening(), rest(), rest()]);
    }
    let server = serve_but(1, |_, _| {
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3));
        Answer::new(503, "").with("Retry-After", date)
    });
    let started = Instant::now();
    assert_pixels(read_by(&server, options()));
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.lines(), [opening(), rest(), rest()]);
    for wish in [
        "86400".to_owned(),
        httpdate::fmt_http_date(SystemTime::now() + 100 * DAY),
    ] {
        let server = serve_but(1, move |_, _| {
            Answer::new(503, "later").with("Retry-After", &wish)
        });
        let started = Instant::now();
        let found = remote(read_by(&server, options()));
        let (status, body) = (503, "later".to_owned());
        assert_eq!(found, Remote::Status { status, body });
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(server.lines(), [opening(), rest()]);
    }
}

/// The bound is the user's.
#[test]
fn servers_that_want_more_time_than_the_user_gives() {
    for (wish, granted) in [(1, true), (2, false)] {
        let server = serve_but(1, move |_, _| {
            Answer::new(503, "later").with("Retry-After", wish)
        });
        let started = Instant::now();
        let result = read_by(&server, options().retry_after(Duration::from_millis(1500)));
        assert_eq!(result.is_ok(), granted);
        assert_eq!(server.lines().len(), if granted { 3 } else { 2 });
        assert!(granted || started.elapsed() < Duration::from_millis(1900));
    }
}

/// Row 9.
#[test]
fn statuses_that_pass() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let server = serve_but(1, move |_, _| Answer::new(status, "slip"));
        assert_pixels(read_by(&server, options()));
        assert_eq!(server.lines(), [opening(), rest(), rest()], "{status}");
    }
    let server = serve(|_, request| (request.number > 0).then(|| Answer::new(500, "no")));
    let found = remote(read_by(&server, options()));
    let (status, body) = (500, "no".to_owned());
    assert_eq!(found, Remote::Status { status, body });
    assert_eq!(server.lines(), [opening(), rest(), rest(), rest(), rest()]);
}

/// Row 10: at once, with what the server says, up to 512 bytes of it.
#[test]
fn statuses_that_stay() {
    for status in [400, 401, 402, 403, 404, 405, 410, 418, 451, 501, 505] {
        let text = format!("<Error>{}</Error>", "x".repeat(600));
        let body = text[..512].to_owned();
        let server = serve_but(1, move |_, _| Answer::new(status, text.as_str()));
        let found = remote(read_by(&server, options()));
        assert_eq!(found, Remote::Status { status, body });
        assert_eq!(server.lines(), [opening(), rest()], "{status}");
    }
    // Successes that bring no bytes are none.
    for status in [201, 202, 204, 207] {
        let server = serve_but(1, move |_, _| Answer::new(status, ""));
        let found = remote(read_by(&server, options()));
        let body = String::new();
        assert_eq!(found, Remote::Status { status, body });
    }
}

/// Row 18: no server is ever asked for the head alone, so what it would say to that is nothing.
#[test]
fn never_head() {
    let server = serve(|_, request| (request.method == "HEAD").then(|| Answer::new(403, "")));
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest()]);
}

/// A body that nobody sends does not hold up the error for long.
#[test]
fn refusals_whose_text_does_not_come() {
    let server = serve_but(1, |_, _| Answer::new(404, "not here").silent_after(3));
    let started = Instant::now();
    let found = remote(read_by(&server, impatient()));
    let (status, body) = (404, "not".to_owned());
    assert_eq!(found, Remote::Status { status, body });
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn refusals_whose_text_drips() {
    let server = serve_but(1, |_, _| {
        Answer::new(404, "a very long story").drip_after(1, Duration::from_millis(300))
    });
    let started = Instant::now();
    let found = remote(read_by(&server, options()));
    assert!(
        matches!(found, Remote::Status { status: 404, .. }),
        "{found:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(4));
}

/// A head that does not end.
#[test]
fn endless_heads() {
    let server = serve(|_, _| {
        let head = format!("HTTP/1.1 206 Partial Content\r\nX: {}", "y".repeat(1 << 20));
        Some(Answer::new(206, "").after(head.as_bytes()))
    });
    let found = remote(read_by(&server, impatient()));
    println!("{found:?}");
    assert!(server.lines().len() <= 4);
    // Answers that only announce another one, without end.
    let server = serve(|_, _| {
        let interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1 << 15);
        Some(Answer::new(404, "no").after(interim.as_bytes()))
    });
    let found = remote(read_by(&server, options()));
    println!("{found:?}");
    assert!(server.lines().len() <= 4);
}

/// What is not HTTP at all.
#[test]
fn noise() {
    let server = serve(|_, _| Some(Answer::new(99, "")));
    let found = remote(read_by(&server, options()));
    assert!(matches!(found, Remote::Protocol(_)), "{found:?}");
    assert_eq!(server.lines(), [opening(), opening()]);
}

const DAY: Duration = Duration::from_secs(86_400);
