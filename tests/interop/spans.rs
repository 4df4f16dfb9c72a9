//! The spans of a mask job: names, fields, and that they nest, whatever thread they are opened on.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use cogwork::exec::{Executor, Rayon, Serial};
use cogwork::grid::{TileGrid, Window};
use cogwork::write::{CogOptions, Compression};
use cogwork::{Chunks, Cog, Context};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{self, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::common;

/// A span that was opened.
#[derive(Clone, Debug)]
struct Opened {
    name: &'static str,
    level: Level,
    fields: BTreeMap<&'static str, String>,
    /// The names of the spans around it, the outermost first.
    around: Vec<&'static str>,
    /// The root that it belongs to.
    root: u64,
    thread: Option<String>,
}

impl Opened {
    fn number(&self, field: &str) -> u64 {
        let text = &self.fields[field];
        text.parse().unwrap_or_else(|_| panic!("{field} = {text}"))
    }
}

struct Collector(&'static Mutex<Vec<Opened>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: layer::Context<'_, S>) {
        let span = context.span(id).expect("it was opened just now");
        let around = span.scope().from_root().map(|span| span.name());
        let mut around: Vec<_> = around.collect();
        around.pop();
        let root = span.scope().from_root().next().expect("at least itself");
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        self.0.lock().expect("no panic").push(Opened {
            name: attributes.metadata().name(),
            level: *attributes.metadata().level(),
            fields: fields.0,
            around,
            root: root.id().into_u64(),
            thread: std::thread::current().name().map(str::to_owned),
        });
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// The job of the lesson, and the spans of it alone: other tests run beside it.
fn run(executor: Arc<dyn Executor>) -> (Context, Vec<u8>, Vec<Opened>) {
    let _ = tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(Collector(&OPENED)),
    );
    let context = Context {
        executor,
        ..Context::default()
    };
    let scene = common::repository().join("testdata/scene");
    let root = tracing::info_span!("test");
    let number = root.id().expect("somebody listens").into_u64();
    let mut bytes = Vec::new();
    root.in_scope(|| {
        let open = |name| Cog::open_with(scene.join(name), &context).expect(name);
        let (visual, scl) = (open("visual.tif"), open("SCL.tif"));
        let cloud = scl.base().lazy().is_in([8, 9]);
        let clear = visual
            .overview(0)
            .expect("there")
            .lazy()
            .mask(&cloud)
            .expect("one grid")
            .chunks(Chunks::Tiles);
        clear
            .write_cog_to(
                &mut bytes,
                &CogOptions::default().compression(Compression::None),
            )
            .expect("a COG");
    });
    let opened = OPENED.lock().expect("no panic");
    let opened = opened
        .iter()
        .filter(|span| span.root == number && span.name != "test");
    (context, bytes, opened.cloned().collect())
}

#[test]
fn a_mask_job_opens_each_span() {
    let two = Rayon::with_threads(2).expect("two threads");
    for executor in [Arc::new(Serial) as Arc<dyn Executor>, Arc::new(two)] {
        let (context, bytes, opened) = run(executor);
        check(&context, bytes, &opened);
    }
}

fn check(context: &Context, bytes: Vec<u8>, opened: &[Opened]) {
    let of = |name: &str| {
        opened
            .iter()
            .filter(|span| span.name == name)
            .collect::<Vec<_>>()
    };
    let job = ["test", "write", "compute"];
    for (name, count, level, fields) in [
        ("open", 2, Level::INFO, &["source"][..]),
        ("write", 1, Level::INFO, &["to"]),
        ("compute", 1, Level::INFO, &["chunks", "height", "width"]),
        ("finish", 1, Level::INFO, &["to"]),
    ] {
        let spans = of(name);
        assert_eq!(spans.len(), count, "{name}");
        for span in spans {
            assert_eq!(span.level, level, "{name}");
            assert!(span.fields.keys().eq(fields), "{name} {:?}", span.fields);
        }
    }
    assert_eq!(of("write")[0].around, job[..1]);
    assert_eq!(of("compute")[0].around, job[..2]);
    assert_eq!(of("finish")[0].around, job[..2]);
    assert_eq!(of("finish")[0].fields["to"], "a sink");
    assert_eq!(of("compute")[0].number("width"), 387);
    assert_eq!(of("compute")[0].number("height"), 391);

    // What was fetched is what was counted, by whatever thread.
    let fetches = of("fetch");
    let sum = |field| fetches.iter().map(|span| span.number(field)).sum::<u64>();
    assert_eq!(sum("bytes"), context.counters.bytes_read());
    assert_eq!(sum("requests"), context.counters.requests());
    for fetch in &fetches {
        let expected = [&["test", "open"][..], &job];
        assert!(expected.contains(&&fetch.around[..]), "{:?}", fetch.around);
        assert!(
            fetch.fields["source"].ends_with(".tif"),
            "{:?}",
            fetch.fields
        );
        assert_eq!(fetch.level, Level::DEBUG);
    }
    let ahead = |span: &&&Opened| span.thread.as_deref() == Some("cogwork-fetch");
    assert!(
        fetches.iter().filter(ahead).count() > 0,
        "nothing was read ahead"
    );

    // Chunks cover the raster once, and once for the condition.
    let chunks = of("evaluate");
    for conditions in ["true", "false"] {
        let chunks = chunks
            .iter()
            .filter(|span| span.fields["conditions"] == conditions);
        let areas = chunks.map(|span| span.number("width") * span.number("height"));
        assert_eq!(areas.sum::<u64>(), 387 * 391, "{conditions}");
    }
    let windows: Vec<Window> = chunks
        .iter()
        .map(|span| {
            let side = |field| u32::try_from(span.number(field)).expect("small");
            Window::new(side("column"), side("row"), side("width"), side("height"))
        })
        .collect();
    let inside = |window: &&Window| window.right() <= 387 && window.bottom() <= 391;
    assert_eq!(windows.iter().filter(inside).count(), windows.len());
    assert!(chunks.iter().all(|span| span.around == job));

    let decodes = of("decode");
    let within = [&job[..], &["evaluate"]].concat();
    assert!(
        decodes.iter().all(|span| span.around == within),
        "{decodes:?}"
    );
    let tiles: u64 = decodes.iter().map(|span| span.number("tiles")).sum();
    assert!(tiles >= context.counters.tiles_decoded());
    let levels = |file: &str| {
        let spans = decodes
            .iter()
            .filter(|span| span.fields["source"].ends_with(file));
        spans
            .map(|span| span.number("level"))
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(
        (levels("visual.tif"), levels("SCL.tif")),
        ([1].into(), [0].into())
    );

    // Each tile of the file is encoded once.
    let written = cogwork::source::memory::MemorySource::new(bytes);
    let written = Cog::from_source(written, &Context::default()).expect("a COG");
    let places = |(level, grid): (u64, TileGrid)| {
        let rows = 0..grid.down();
        rows.flat_map(move |row| (0..grid.across()).map(move |column| (level, column, row)))
    };
    let grids = written.levels().map(|level| level.image().grid());
    let mut expected: Vec<_> = (0..).zip(grids).flat_map(places).collect();
    let encodes = of("encode");
    let place = |span: &&Opened| {
        let side = |field| u32::try_from(span.number(field)).expect("small");
        (span.number("level"), side("column"), side("row"))
    };
    let mut found: Vec<_> = encodes.iter().map(place).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(encodes.iter().all(|span| span.around == job));
    let known = [
        "open", "write", "compute", "finish", "fetch", "evaluate", "decode", "encode",
    ];
    assert!(opened.iter().all(|span| known.contains(&span.name)));
}
