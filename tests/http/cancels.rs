//! Users who give up: whatever is waited for, it ends at once, and leaves no thread and no socket.
//!
//! Threads and sockets are those of the process, so each of these tests is run in a process that
//! does nothing else.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cogwork::source::ByteSource;
use cogwork::source::http::{HttpClient, HttpOptions, HttpSource};
use cogwork::{CancelToken, Cog, Context, Error, ErrorKind, Result};

use crate::script::Answer;
use crate::server::Server;
use crate::{assert_pixels, options, serve};

/// What cancelling may take: 100 ms, and what a busy machine adds.
const AT_ONCE: Duration = Duration::from_millis(500);

#[test]
fn nothing_is_left() {
    let program = std::env::current_exe().expect("this test");
    let output = Command::new(program)
        .args(["cancels::", "--ignored", "--test-threads=1", "--nocapture"])
        // What the environment says of proxies is not heeded: there is none.
        .envs(
            [
                "http_proxy",
                "https_proxy",
                "HTTP_PROXY",
                "HTTPS_PROXY",
                "ALL_PROXY",
            ]
            .map(proxy),
        )
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
    assert!(text.contains("ok. 10 passed"), "not all tests were run");
}

fn proxy(variable: &str) -> (&str, &str) {
    (variable, "http://127.0.0.1:9")
}

/// Threads that send requests.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "cogwork-http").count()
}

/// Sockets of this process.
fn sockets() -> usize {
    let files = fs::read_dir("/proc/self/fd").expect("Linux");
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    links
        .filter(|link| link.to_string_lossy().starts_with("socket:"))
        .count()
}

/// Waits until there is none of what is counted.
fn until_none(what: &str, count: impl Fn() -> usize, most: Duration) {
    let started = Instant::now();
    while count() > 0 {
        let left = count();
        assert!(started.elapsed() < most, "{left} {what} are left");
        thread::sleep(Duration::from_millis(5));
    }
    println!("  no {what} after {:?}", started.elapsed());
}

#[track_caller]
fn assert_cancelled(error: &Error) {
    assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error:?}");
}

/// Runs `jobs` jobs at a time, cancels them once `ready` says so, and checks that they end.
fn cancelled(
    what: &str,
    options: HttpOptions,
    jobs: usize,
    job: impl Fn(&HttpClient, usize) -> Result<()> + Sync,
    ready: impl Fn() -> bool,
) {
    let cancel = CancelToken::new();
    let client = HttpClient::new(options).expect("options");
    let client = client.with_cancel(&cancel);
    thread::scope(|scope| {
        let (job, client) = (&job, &client);
        let running: Vec<_> = (0..jobs)
            .map(|i| scope.spawn(move || job(client, i)))
            .collect();
        let started = Instant::now();
        while !ready() {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "{what}: not yet"
            );
            thread::sleep(Duration::from_millis(2));
        }
        // Those who are to wait do so.
        thread::sleep(Duration::from_millis(150));
        assert!(running.iter().all(|job| !job.is_finished()), "{what}: done");
        let said = Instant::now();
        cancel.cancel();
        for job in running {
            let result = job.join().expect("no panic");
            assert_cancelled(&result.expect_err("cancelled"));
        }
        let time = said.elapsed();
        println!("cancelled {what}: {time:?}");
        assert!(time < AT_ONCE, "{what}: {time:?}");
    });
    // The token's word holds for whatever comes after.
    let started = Instant::now();
    let late = HttpSource::open("http://127.0.0.1:9/a.tif", &client);
    assert_cancelled(&late.expect_err("cancelled before"));
    assert!(started.elapsed() < AT_ONCE);
}

fn open(url: &str) -> impl Fn(&HttpClient, usize) -> Result<()> + Sync {
    move |client, _| HttpSource::open(url, client).map(drop)
}

fn gone() {
    until_none("threads", threads, Duration::from_secs(2));
    until_none("sockets", sockets, Duration::from_secs(2));
}

#[test]
#[ignore = "run by nothing_is_left"]
fn waiting_for_an_answer() {
    let server = serve(|_, _| Some(Answer::silence()));
    let url = server.url("/a.tif");
    cancelled("waiting for an answer", options(), 1, open(&url), || {
        !server.requests().is_empty()
    });
    drop(server);
    gone();
}

#[test]
#[ignore = "run by nothing_is_left"]
fn waiting_for_a_body() {
    let server = serve(|object, request| Some(object.answer(request).silent_after(9)));
    let url = server.url("/a.tif");
    cancelled("waiting for a body", options(), 1, open(&url), || {
        !server.requests().is_empty()
    });
    drop(server);
    gone();
}

#[test]
#[ignore = "run by nothing_is_left"]
fn reading_a_slow_body() {
    let server = serve(|object, request| {
        let answer = object.answer(request);
        Some(answer.drip_after(9, Duration::from_millis(20)))
    });
    let url = server.url("/a.tif");
    cancelled("reading a slow body", options(), 1, open(&url), || {
        !server.requests().is_empty()
    });
    drop(server);
    gone();
}

#[test]
#[ignore = "run by nothing_is_left"]
fn sleeping_between_attempts() {
    let server = serve(|_, _| Some(Answer::new(503, "").with("Retry-After", 8)));
    let url = server.url("/a.tif");
    cancelled(
        "sleeping between attempts",
        options(),
        1,
        open(&url),
        || !server.requests().is_empty(),
    );
    drop(server);
    gone();
}

/// A listener that accepts nobody, its queue full.
#[test]
#[ignore = "run by nothing_is_left"]
fn connecting() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback");
    let address = listener.local_addr().expect("bound");
    let wait = Duration::from_millis(300);
    let queue: Vec<TcpStream> = (0..900)
        .map_while(|_| TcpStream::connect_timeout(&address, wait).ok())
        .collect();
    if queue.len() == 900 {
        println!("left out: the queue of a listener has no end here");
        assert!(std::env::var_os("CI").is_none());
        return;
    }
    let url = format!("http://{address}/a.tif");
    let timeout = Duration::from_secs(3);
    let options = options().connect_timeout(timeout);
    cancelled("connecting", options, 1, open(&url), || threads() > 0);
    // Nobody can end a connection that is being made; it ends by itself, in time.
    until_none("threads", threads, timeout + Duration::from_secs(1));
    drop((listener, queue));
    gone();
}

#[test]
#[ignore = "run by nothing_is_left"]
fn shaking_hands() {
    let server = Server::with(
        |_| Answer::silence(),
        8,
        |mut stream| {
            let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
            Err(std::io::Error::other("silent"))
        },
    );
    let url = format!("https://{}/a.tif", server.address());
    cancelled("in the handshake of TLS", options(), 1, open(&url), || {
        server.connections() > 0
    });
    drop(server);
    gone();
}

/// All readers want the same bytes, one of them asks.
#[test]
#[ignore = "run by nothing_is_left"]
fn waiting_for_another_reader() {
    waiting("for another reader", options(), 1, |_| 70_000..70_100);
}

/// Each wants other bytes, but one request at a time is allowed.
#[test]
#[ignore = "run by nothing_is_left"]
fn waiting_for_a_permit() {
    let options = options().parallel(1);
    waiting("for a permit", options, 1, |i| 70_000 + i..70_001 + i);
}

fn waiting(
    what: &str,
    options: HttpOptions,
    requests: usize,
    range: impl Fn(u64) -> std::ops::Range<u64> + Sync,
) {
    let server = serve(|_, request| (request.number > 0).then(Answer::silence));
    let cancel = CancelToken::new();
    let client = HttpClient::new(options).expect("options");
    let client = client.with_cancel(&cancel);
    let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
    thread::scope(|scope| {
        let (source, range) = (&source, &range);
        let readers: Vec<_> = (0..8)
            .map(|i| scope.spawn(move || source.read(range(i))))
            .collect();
        while server.requests().len() < 1 + requests {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(150));
        assert!(readers.iter().all(|reader| !reader.is_finished()));
        let said = Instant::now();
        cancel.cancel();
        for reader in readers {
            let result = reader.join().expect("no panic");
            assert_cancelled(&result.expect_err("cancelled"));
        }
        let time = said.elapsed();
        println!("cancelled waiting {what}: {time:?}");
        assert!(time < AT_ONCE, "{what}: {time:?}");
    });
    assert_eq!(server.requests().len(), 1 + requests);
    drop((source, client, server));
    gone();
}

/// One user gives up, the other does not: what they share goes on.
#[test]
#[ignore = "run by nothing_is_left"]
fn another_user_goes_on() {
    let server = serve(|_, request| (request.target == "/silent.tif").then(Answer::silence));
    let shared = HttpClient::new(options().parallel(1)).expect("options");
    let cancel = CancelToken::new();
    let mine = shared.with_cancel(&cancel);
    let (silent, sound) = (server.url("/silent.tif"), server.url("/a.tif"));
    thread::scope(|scope| {
        let given_up = scope.spawn(|| HttpSource::open(&silent, &mine).map(drop));
        while server.requests().is_empty() {
            thread::sleep(Duration::from_millis(2));
        }
        let context = Context {
            http: shared.clone(),
            ..Context::default()
        };
        let other = scope.spawn(move || Cog::open_with(&sound, &context)?.base().read());
        thread::sleep(Duration::from_millis(100));
        assert!(!other.is_finished(), "the one permit is taken");
        cancel.cancel();
        let error = given_up.join().expect("no panic").expect_err("cancelled");
        assert_cancelled(&error);
        assert_pixels(other.join().expect("no panic"));
    });
    drop((shared, mine, server));
    gone();
}

/// Nobody gives up: what was used is given back when it is dropped.
#[test]
#[ignore = "run by nothing_is_left"]
fn dropping_the_client() {
    let server = serve(|_, _| None);
    let context = Context {
        http: HttpClient::new(options()).expect("options"),
        counters: Arc::default(),
        ..Context::default()
    };
    let cog = Cog::open_with(server.url("/a.tif"), &context).expect("it is there");
    assert_pixels(cog.base().read());
    until_none("threads", threads, Duration::from_secs(2));
    drop((cog, context));
    drop(server);
    gone();
}
