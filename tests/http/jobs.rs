//! Whole jobs whose inputs are behind HTTP: the same bytes as from local files.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use cogwork::source::http::HttpClient;
use cogwork::validate::Depth;
use cogwork::write::CogOptions;
use cogwork::{CancelToken, Cog, Context, ErrorKind, Result};

use crate::common;
use crate::options;
use crate::script::{Answer, Object, Request};
use crate::server::Server;

fn testdata(name: &str) -> PathBuf {
    common::repository().join("testdata").join(name)
}

/// A server of the scene, with something done to each answer.
fn scene(change: impl Fn(&Request, Answer) -> Answer + Send + Sync + 'static) -> Server {
    let read = |name: &str| fs::read(testdata("scene").join(name)).expect("it is shipped");
    let (visual, classes) = (
        Object::new(&read("visual.tif")),
        Object::new(&read("SCL.tif")),
    );
    Server::new(move |request| {
        let object = match request.target.as_str() {
            "/visual.tif" => &visual,
            "/SCL.tif" => &classes,
            _ => return Answer::new(404, "no such file"),
        };
        change(request, object.answer(request))
    })
}

fn context() -> Context {
    Context {
        http: HttpClient::new(options()).expect("options"),
        counters: Arc::default(),
        ..Context::default()
    }
}

/// The README's job: the clouds of the 20 m overview become nodata.
fn mask(visual: &str, classes: &str, context: &Context) -> Result<Vec<u8>> {
    let visual = Cog::open_with(visual, context)?;
    let classes = Cog::open_with(classes, context)?;
    let cloud = classes.base().lazy().is_in([8, 9]);
    let clear = visual.overview(0)?.lazy().mask(&cloud)?;
    let mut bytes = Vec::new();
    clear.write_cog_to(&mut bytes, &CogOptions::default())?;
    Ok(bytes)
}

fn local() -> Vec<u8> {
    let path = |name: &str| testdata("scene").join(name).display().to_string();
    mask(&path("visual.tif"), &path("SCL.tif"), &Context::default()).expect("the local job")
}

#[test]
fn the_main_job() {
    let server = scene(|_, answer| answer);
    let context = context();
    let (visual, classes) = (server.url("/visual.tif"), server.url("/SCL.tif"));
    let bytes = mask(&visual, &classes, &context).expect("the job");
    assert!(bytes == local(), "other bytes than those of the local job");
    let lines = server.lines();
    println!("{lines:#?}");
    assert_eq!(lines[0], "GET /visual.tif 0-65535");
    assert_eq!(lines[1], "GET /SCL.tif 0-65535");
    // The classes are all in their first 64 KiB; the overview is one piece of the other file.
    assert!(lines.len() <= 4, "{lines:#?}");
    assert_eq!(context.counters.requests(), lines.len() as u64);
}

/// Each third answer goes wrong, in another way each time.
#[test]
fn the_main_job_from_an_unruly_server() {
    let server = scene(|request, answer| {
        let half = answer.body.len() / 2;
        match request.number % 8 {
            1 => Answer::new(503, "busy"),
            3 => answer.cut(half),
            5 => Answer::reset(),
            7 => answer.reset_after(half),
            _ => answer,
        }
    });
    // By small requests: there are many to go wrong.
    let options = options().max_request(40_000).attempts(8);
    let context = Context {
        http: HttpClient::new(options).expect("options"),
        ..Context::default()
    };
    let (visual, classes) = (server.url("/visual.tif"), server.url("/SCL.tif"));
    let bytes = mask(&visual, &classes, &context).expect("the job");
    assert!(bytes == local(), "other bytes than those of the local job");
    assert!(server.lines().len() > 8, "{:#?}", server.lines());
}

/// A job that fails leaves no file, and says whose fault it is.
#[test]
fn a_job_whose_input_fails() {
    let server = scene(|request, answer| match request.number {
        0 | 1 => answer,
        _ => Answer::new(403, "no more"),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let context = context();
    let visual = Cog::open_with(server.url("/visual.tif"), &context).expect("opened");
    let path = folder.path().join("out.tif");
    let result = visual.base().convert(&path, CogOptions::default());
    let error = result.expect_err("no more bytes");
    assert!(matches!(error.kind(), ErrorKind::Remote(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("visual.tif") && text.contains("403"),
        "{text}"
    );
    assert_eq!(common::entries(folder.path()), [""; 0]);
}

/// A job that is cancelled while it waits for the network leaves no file.
#[test]
fn a_job_that_is_cancelled() {
    let server = scene(|request, answer| match request.number {
        0 => answer,
        _ => Answer::silence(),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let cancel = CancelToken::new();
    let context = context().with_cancel(&cancel);
    let visual = Cog::open_with(server.url("/visual.tif"), &context).expect("opened");
    let path = folder.path().join("out.tif");
    let result = std::thread::scope(|scope| {
        let job = scope.spawn(|| {
            let progress = &mut |_| ControlFlow::Continue(());
            visual
                .base()
                .convert_with(&path, CogOptions::default(), progress)
        });
        while server.requests().len() < 2 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        cancel.cancel();
        job.join().expect("no panic")
    });
    let error = result.expect_err("cancelled");
    assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error:?}");
    assert_eq!(common::entries(folder.path()), [""; 0]);
}

/// The findings of a file behind HTTP are those of the local one, by few requests.
#[test]
fn validation() {
    for name in [
        "scene/visual.tif",
        "scene/SCL.tif",
        "formats/levels-ceil.tif",
        "formats/float64-none-p1-5c-32x16-little-big-tifffile.tif",
    ] {
        let path = testdata(name);
        let object = Object::new(&fs::read(&path).expect(name));
        let server = Server::new(move |request| object.answer(request));
        for depth in [Depth::Arrays, Depth::Full] {
            let before = server.requests().len();
            let there = cogwork::validate(server.url("/a.tif"), depth, &context()).expect(name);
            let source = cogwork::source::file::FileSource::open(&path).expect(name);
            let here = cogwork::validate::validate_source(source, depth, &context());
            let here = here.expect(name);
            assert_eq!(there.findings, here.findings, "{name}");
            assert_eq!(there.levels, here.levels, "{name}");
            assert_eq!(there.is_valid(), here.is_valid(), "{name}");
            // All headers come with the first bytes. A leader and the trailer before it are eight
            // bytes in a row; what is between two such pairs is not read.
            let tiles: u64 = here.levels.iter().map(|level| level.tiles + 1).sum();
            let within = here.file_bytes <= 65_536 || depth == Depth::Arrays;
            let most = if within { 1 } else { 1 + tiles };
            let asked = server.requests().len() - before;
            println!(
                "{name}, {depth:?}: {asked} requests, {} findings",
                here.findings.len()
            );
            assert!(asked as u64 <= most, "{name}: {asked} requests");
        }
    }
}
