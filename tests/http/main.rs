//! Reading over HTTP from servers that are scripted: what each fault comes to. Either the pixels
//! are those of the local read or there is an error of the kind that is named; and the server was
//! asked just what is listed.

#[path = "../common/mod.rs"]
mod common;

mod breaks;
#[cfg(target_os = "linux")]
mod cancels;
mod connections;
mod jobs;
mod many;
mod mutations;
mod ranges;
mod redirects;
mod script;
mod server;
mod versions;

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use cogwork::error::Remote;
use cogwork::sample::DataType::U16;
use cogwork::source::http::{HttpClient, HttpOptions, HttpSource};
use cogwork::write::Compression;
use cogwork::{Block, Cog, Context, Error, ErrorKind, Result};

use common::raster;
use script::{Answer, Object, Request};
use server::Server;

/// The file of most tests: two levels without compression, so that a wrong byte is a wrong pixel.
/// The smaller level stands in the first 64 KiB, three tiles of the larger one beyond.
struct File {
    bytes: Vec<u8>,
    pixels: Block,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    let pixels = raster::block(U16, 1, (256, 256));
    let bytes = raster::written(&pixels, &raster::options(Compression::None, 128));
    File { bytes, pixels }
});

/// The object of that file.
fn object() -> Object {
    Object::new(&FILE.bytes)
}

/// What opens a file, and what is asked then: all beyond.
fn opening() -> String {
    "GET /a.tif 0-65535".to_owned()
}

fn rest() -> String {
    from(65536)
}

/// The request for the bytes from `start` on, once the object is open. The four bytes after the last
/// tile are its trailer, which nobody needs to read its pixels.
fn from(start: usize) -> String {
    format!("GET /a.tif {start}-{} \"one\"", FILE.bytes.len() - 5)
}

/// Options with patience for a slow machine, but not for a test's length.
fn options() -> HttpOptions {
    let seconds = Duration::from_secs;
    HttpOptions::default()
        .connect_timeout(seconds(5))
        .idle_timeout(seconds(5))
        .timeout(seconds(12))
        .attempts(4)
        .header_bytes(65_536)
}

/// Reads all pixels of the base level.
fn read(url: &str, options: HttpOptions) -> Result<Block> {
    let source = HttpSource::open(url, &HttpClient::new(options)?)?;
    Cog::from_source(source, &Context::default())?.base().read()
}

/// Reads from a server; in bounded time.
fn read_by(server: &Server, options: HttpOptions) -> Result<Block> {
    let started = Instant::now();
    let result = read(&server.url("/a.tif"), options);
    let time = started.elapsed();
    assert!(time < Duration::from_secs(15), "it took {time:?}");
    result
}

/// A server of the file that does one thing differently.
fn serve(rule: impl Fn(&Object, &Request) -> Option<Answer> + Send + Sync + 'static) -> Server {
    let object = object();
    Server::new(move |request| rule(&object, request).unwrap_or_else(|| object.answer(request)))
}

/// A server of the file that answers the request of that number differently.
fn serve_but(
    number: usize,
    other: impl Fn(&Object, &Request) -> Answer + Send + Sync + 'static,
) -> Server {
    serve(move |object, request| (request.number == number).then(|| other(object, request)))
}

#[track_caller]
fn assert_pixels(result: Result<Block>) {
    let block = result.expect("the pixels");
    assert!(block.samples() == FILE.pixels.samples(), "other pixels");
}

/// The server's fault that an error is about.
#[track_caller]
fn remote(result: Result<Block>) -> Remote {
    fault(&result.expect_err("an error"))
}

#[track_caller]
fn fault(error: &Error) -> Remote {
    let text = error.to_string();
    assert!(text.contains("a.tif"), "no name in `{text}`");
    println!("{text}");
    match error.kind() {
        ErrorKind::Remote(remote) => remote.clone(),
        _ => panic!("{error:?}"),
    }
}

/// The rule of the other tests, unchanged: two requests on one connection, the header and the rest.
#[test]
fn a_sound_server() {
    let server = serve(|_, _| None);
    assert_pixels(read_by(&server, options()));
    assert_eq!(server.lines(), [opening(), rest()]);
    assert_eq!(server.connections(), 1);
    let requests = server.requests();
    let authority = server.address().to_string();
    for request in &requests {
        assert_eq!(request.header("host"), Some(authority.as_str()));
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("if-none-match"), None);
    }
    // What the tests take for the local read is the raster that was written.
    let local = raster::open(FILE.bytes.clone(), &Context::default());
    assert_pixels(local.base().read());
}

/// Files of other programs, whole, over HTTP as locally.
#[test]
fn shipped_files() {
    let folder = common::repository().join("testdata");
    for name in [
        "scene/visual.tif",
        "scene/SCL.tif",
        "formats/float64-none-p1-5c-32x16-little-big-tifffile.tif",
        "formats/int64-none-p1-1c-16x32-big-big-tifffile.tif",
        "formats/levels-ceil-planar.tif",
        "formats/one-pixel.tif",
    ] {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).expect(name);
        let object = Object::new(&bytes);
        let server = Server::new(move |request| object.answer(request));
        let context = Context {
            http: HttpClient::new(options()).expect("options"),
            counters: Arc::default(),
            ..Context::default()
        };
        let remote = Cog::open_with(server.url("/a.tif"), &context).expect(name);
        let local = Cog::open(&path).expect(name);
        assert_eq!(remote.levels().count(), local.levels().count(), "{name}");
        for (there, here) in remote.levels().zip(local.levels()) {
            assert!(
                there.read().expect(name) == here.read().expect(name),
                "{name}"
            );
        }
        let asked = server.requests().len() as u64;
        assert_eq!(context.counters.requests(), asked, "{name}");
        assert!(
            context.counters.bytes_read() <= bytes.len() as u64,
            "{name}"
        );
    }
}
