//! Many readers at a time, and a server that has few sockets.

use std::ops::Range;
use std::sync::{Arc, LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use cogwork::error::Remote;
use cogwork::grid::Window;
use cogwork::sample::DataType::U16;
use cogwork::source::ByteSource;
use cogwork::source::http::{HttpClient, HttpSource};
use cogwork::write::Compression;
use cogwork::{Block, Cog, Context, TileCache};
use rayon::prelude::*;

use crate::common::raster;
use crate::script::{Answer, Object};
use crate::server::Server;
use crate::{fault, options};

const SIDE: u32 = 512;
const READERS: u32 = 64;
const READS: u32 = 1024;

/// 1,024 tiles of 16 pixels a side.
static TILES: LazyLock<(Vec<u8>, Block)> = LazyLock::new(|| {
    let block = raster::block(U16, 1, (SIDE, SIDE));
    let bytes = raster::written(&block, &raster::options(Compression::None, 16));
    (bytes, block)
});

/// Window number `i`: up to four tiles, some of which others want as well.
fn window(i: u32) -> Window {
    let mixed = i.wrapping_mul(0x9e37_79b9) >> 8;
    let (column, row) = (mixed % (SIDE - 16), mixed / 1000 % (SIDE - 16));
    Window::new(column, row, 16, 16)
}

fn check(cog: &Cog, i: u32) {
    let window = window(i);
    let block = cog.base().read_window(window).expect("the pixels");
    assert!(
        block.samples() == raster::crop(&TILES.1, window).samples(),
        "{window:?} is another one"
    );
}

/// Runs a job that must not hang.
fn finishes(job: impl FnOnce() + Send + 'static) {
    let (done, waiting) = mpsc::channel();
    let thread = thread::spawn(move || {
        job();
        let _ = done.send(());
    });
    let waited = waiting.recv_timeout(Duration::from_secs(120));
    assert!(
        !matches!(waited, Err(mpsc::RecvTimeoutError::Timeout)),
        "it hangs"
    );
    thread.join().expect("the job is done");
}

/// A server of four sockets, and a file that is opened there.
fn opened(tiles: bool) -> (Server, Cog) {
    let object = Object::new(&TILES.0);
    let server = Server::narrow(4, move |request| object.answer(request));
    let options = options().parallel(4).timeout(Duration::from_secs(60));
    let context = Context {
        http: HttpClient::new(options).expect("options"),
        tiles: tiles.then(|| Arc::new(TileCache::new(8 << 20))),
        ..Context::default()
    };
    let cog = Cog::open_with(server.url("/a.tif"), &context).expect("it is there");
    (server, cog)
}

/// Four connections, kept; and no byte was asked for twice.
fn assert_frugal(server: &Server, case: &str) {
    let mut ranges: Vec<Range<usize>> = server.requests().iter().map(|r| r.range()).collect();
    ranges.sort_by_key(|range| range.start);
    for two in ranges.windows(2) {
        assert!(two[0].end <= two[1].start, "{case}: {two:?} overlap");
    }
    let bytes: usize = ranges.iter().map(ExactSizeIterator::len).sum();
    assert!(bytes <= TILES.0.len(), "{case}");
    println!(
        "{case}: {} requests, {bytes} of {} bytes, {} connections, {} refused",
        ranges.len(),
        TILES.0.len(),
        server.connections(),
        server.refused()
    );
    assert_eq!(
        server.refused(),
        0,
        "{case}: more sockets than were allowed"
    );
    assert!(
        server.connections() <= 4,
        "{case}: connections are not kept"
    );
}

#[test]
fn readers_in_64_threads() {
    for tiles in [false, true] {
        finishes(move || {
            let (server, cog) = opened(tiles);
            thread::scope(|scope| {
                for reader in 0..READERS {
                    let cog = &cog;
                    scope.spawn(move || {
                        let reads = (0..READS).skip(reader as usize).step_by(READERS as usize);
                        reads.for_each(|i| check(cog, i));
                    });
                }
            });
            assert_frugal(&server, &format!("threads, tiles kept: {tiles}"));
        });
    }
}

/// The pool that reads is the one that is busy with the readers.
#[test]
fn readers_inside_of_rayon() {
    for tiles in [false, true] {
        finishes(move || {
            let (server, cog) = opened(tiles);
            (0..READS).into_par_iter().for_each(|i| check(&cog, i));
            assert_frugal(&server, &format!("par_iter, tiles kept: {tiles}"));
        });
        finishes(move || {
            let (server, cog) = opened(tiles);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(16).build();
            pool.expect("threads").install(|| {
                (0..READS).into_par_iter().for_each(|i| check(&cog, i));
            });
            assert_frugal(&server, &format!("a pool of 16, tiles kept: {tiles}"));
        });
    }
}

/// Ranges that overlap, without merging: over a thousand requests, four at a time.
#[test]
fn ranges_in_64_threads() {
    finishes(|| {
        let object = Object::new(&TILES.0);
        let server = Server::narrow(4, move |request| object.answer(request));
        let options = options().parallel(4).timeout(Duration::from_secs(60));
        let client = HttpClient::new(options).expect("options");
        let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
        let length = TILES.0.len() as u64;
        thread::scope(|scope| {
            for reader in 0..READERS {
                let source = &source;
                scope.spawn(move || {
                    for i in (0..2 * READS)
                        .skip(reader as usize)
                        .step_by(READERS as usize)
                    {
                        let start = u64::from(i.wrapping_mul(0x9e37_79b9)) % (length - 700);
                        let bytes = source.read(start..start + 700).expect("the bytes");
                        assert_eq!(bytes, TILES.0[start as usize..start as usize + 700]);
                    }
                });
            }
        });
        assert_frugal(&server, "ranges");
        assert!(server.requests().len() > 1000);
    });
}

/// A refusal is told to all who wait for the same bytes; the server hears of one of them.
#[test]
fn a_refusal_in_16_threads() {
    let object = Object::new(&TILES.0);
    let server = Server::new(move |request| match request.number {
        0 => object.answer(request),
        _ => {
            thread::sleep(Duration::from_millis(700));
            Answer::new(403, "no")
        }
    });
    let client = HttpClient::new(options()).expect("options");
    let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let error = source.read(70_000..70_010).expect_err("refused");
                let denied = Remote::Status {
                    status: 403,
                    body: "no".to_owned(),
                };
                assert_eq!(fault(&error), denied);
            });
        }
    });
    assert_eq!(server.requests().len(), 2);
}

/// Waiting for one's turn is none of the server's delays.
#[test]
fn a_queue_longer_than_the_timeout() {
    let object = Object::new(&TILES.0);
    let server = Server::new(move |request| {
        thread::sleep(Duration::from_millis(500));
        object.answer(request)
    });
    let options = options().parallel(1).timeout(Duration::from_millis(2500));
    let client = HttpClient::new(options).expect("options");
    let source = HttpSource::open(&server.url("/a.tif"), &client).expect("it is there");
    thread::scope(|scope| {
        for reader in 0..8 {
            let source = &source;
            let range = 70_000 + 10 * reader..70_001 + 10 * reader;
            scope.spawn(move || source.read(range).expect("its turn comes"));
        }
    });
    assert_eq!(server.requests().len(), 9);
}

/// All want the same, at the same time.
#[test]
fn the_same_window_in_64_threads() {
    let (server, cog) = opened(false);
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| check(&cog, 700));
        }
    });
    assert_frugal(&server, "one window");
    let few = server.requests().len();
    assert!(few <= 5, "{few} requests for four tiles and a header");
}

/// A server that closes each connection after its answer, and has no socket for a fifth.
#[test]
fn connections_that_are_not_kept() {
    finishes(|| {
        let object = Object::new(&TILES.0);
        let server = Server::narrow(4, move |request| object.answer(request).unframed());
        let options = options().parallel(4).timeout(Duration::from_secs(60));
        let context = Context {
            http: HttpClient::new(options.attempts(12)).expect("options"),
            ..Context::default()
        };
        let cog = Cog::open_with(server.url("/a.tif"), &context).expect("it is there");
        thread::scope(|scope| {
            for reader in 0..READERS {
                let cog = &cog;
                scope.spawn(move || check(cog, reader));
            }
        });
        let asked = server.requests().len();
        assert_eq!(server.connections(), asked, "one for each request");
    });
}
