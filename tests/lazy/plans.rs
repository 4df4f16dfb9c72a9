//! Plans as values: what they say before they run is what is counted when they do.

use std::ops::ControlFlow;

use cogwork::counters::Counts;
use cogwork::exec::{Event, Serial};
use cogwork::sample::DataType::{F32, U16};
use cogwork::write::{CogOptions, Compression, Interleave};
use cogwork::{Cog, Context, ErrorKind, Estimate, Lazy, Plan};

use crate::common::{self, dot, raster};
use crate::scene;

fn is_shared<T: Clone + Send + Sync>(_: &T) {}

/// Counts of a run, and the estimate before it.
fn run(context: &Context, plan: &Plan) -> (Estimate, Counts) {
    let before = context.counters.counts();
    let estimate = plan.estimate().expect("sound");
    let untouched = context.counters.counts();
    assert_eq!(untouched.tiles_fetched, before.tiles_fetched);
    let report = plan.run_to(&mut Vec::new()).expect("written");
    let peak = context.counters.peak_buffer_bytes();
    assert!(
        peak <= estimate.peak_bytes,
        "{peak} of {}",
        estimate.peak_bytes
    );
    (estimate, report.counts)
}

fn assert_exact(name: &str, estimate: &Estimate, counts: Counts) {
    let expected = (
        estimate.requests,
        estimate.bytes,
        estimate.tiles,
        estimate.tiles_decoded,
        estimate.chunks,
        estimate.output_tiles,
    );
    let found = (
        counts.requests,
        counts.bytes_read,
        counts.tiles_fetched,
        counts.tiles_decoded,
        counts.chunks_evaluated,
        counts.tiles_encoded + counts.tiles_passed,
    );
    assert_eq!(found, expected, "{name}");
    let inputs = estimate.inputs.iter();
    let (tiles, bytes) = inputs.fold((0, 0), |(tiles, bytes), input| {
        (tiles + input.tiles, bytes + input.bytes)
    });
    assert_eq!((tiles, bytes), (estimate.tiles, estimate.bytes), "{name}");
}

/// Without conditions an estimate is exact.
#[test]
fn what_is_counted_is_what_was_estimated() {
    let options = raster::options(Compression::Lzw, 128);
    type Make = fn(&Context) -> Lazy;
    let cases: [(&str, Make); 6] = [
        ("a copy", |context| scene("visual", context).base().lazy()),
        ("a band", |context| {
            let image = scene("visual", context).base().lazy();
            image.bands([2]).expect("band 2")
        }),
        ("NDVI", |context| {
            let (red, near) = (scene("B04", context), scene("B08", context));
            let (red, near) = (red.base().lazy(), near.base().lazy());
            (&near - &red) / (&near + &red)
        }),
        ("tiles larger than chunks", |context| {
            scene("B04", context).base().lazy().chunks((1, 100, 100)) + 1
        }),
        ("planes", |context| {
            let options = raster::options(Compression::Deflate, 32).interleave(Interleave::Band);
            let bytes = raster::written(&raster::block(U16, 4, (300, 170)), &options);
            let image = raster::open(bytes, context).base().lazy();
            image.bands([4, 2]).expect("bands").chunks((1, 64, 64))
        }),
        ("twice the same", |context| {
            let image = scene("B08", context).base().lazy();
            &image * &image + &image
        }),
    ];
    for (number, (name, make)) in cases.into_iter().enumerate() {
        let context = match number % 2 {
            0 => raster::threads(3),
            _ => raster::executor(Serial),
        };
        {
            let lazy = make(&context);
            let plan = lazy.plan(&options).expect(name);
            is_shared(&plan);
            let (estimate, counts) = run(&context, &plan);
            assert!(estimate.tiles > 0 && estimate.requests > 0, "{name}");
            assert_exact(name, &estimate, counts);
            let estimate = lazy.estimate().expect(name);
            let before = context.counters.counts();
            let (_, report) = lazy.plan_compute().expect(name).run().expect(name);
            let read = context.counters.bytes_read() - before.bytes_read;
            assert_eq!(read, report.counts.bytes_read, "{name}");
            let mut counts = report.counts;
            assert_eq!(counts.tiles_encoded, 0, "{name}");
            counts.tiles_passed = estimate.output_tiles;
            assert_exact(name, &estimate, counts);
        }
    }
}

/// Where a condition decides, tiles and bytes are bounds, and what is not read was skipped.
#[test]
fn of_conditions_an_estimate_is_a_bound() {
    let context = Context::default();
    let image = scene("visual", &context).overview(0).expect("overview 0");
    let classes = scene("SCL", &context).base().lazy();
    for (name, condition) in [
        ("some", classes.is_in([8, 9])),
        ("all", classes.is_in(0..=255)),
        ("none", classes.gt(255)),
    ] {
        let masked = image.lazy().mask(&condition).expect("one grid");
        let plan = masked.plan(&CogOptions::default()).expect(name);
        let (estimate, counts) = run(&context, &plan);
        let skipped = counts.tiles_skipped;
        assert_eq!(counts.tiles_fetched + skipped, estimate.tiles, "{name}");
        assert!(counts.bytes_read <= estimate.bytes, "{name}");
        assert!(counts.tiles_decoded <= estimate.tiles_decoded, "{name}");
        assert_eq!(skipped > 0, name == "all", "{name}");
        let output = counts.tiles_encoded + counts.tiles_passed;
        assert_eq!(output, estimate.output_tiles, "{name}");
    }
}

/// Files of other projects: strips, planes, sparse tiles, positions that are read late.
#[test]
fn estimates_of_other_projects_files() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let expected = common::json(folder.join("expected.json"));
    let names = expected["expected"].as_object().expect("entries").keys();
    let step = if cfg!(debug_assertions) { 9 } else { 1 };
    let mut run = 0;
    for name in names.step_by(step) {
        let context = Context::default();
        let Ok(cog) = Cog::open_with(folder.join("files").join(name), &context) else {
            continue;
        };
        let lazy = cog.base().lazy();
        let Ok(estimate) = lazy.estimate() else {
            continue;
        };
        let Ok((_, report)) = lazy.plan_compute().and_then(|plan| plan.run()) else {
            continue;
        };
        assert_exact(name, &estimate, report.counts);
        let peak = context.counters.peak_buffer_bytes();
        assert!(peak <= estimate.peak_bytes, "{name}: {peak}");
        run += 1;
    }
    assert!(run >= 15, "only {run} files were computed");
}

/// Sixty scenes of Sentinel-2's 2196 x 2196 pixels beside each other: what lives at a time are the
/// decoded chunks of the threads, not those of a whole row.
#[test]
fn sixty_scenes_fit_into_little_memory() {
    let block = raster::block(U16, 1, (2196, 64));
    let bytes = raster::written(&block, &raster::options(Compression::Deflate, 256));
    let bytes = bytes::Bytes::from(bytes);
    let mut context = raster::limits(|limits| limits.job_bytes = 300 << 20);
    context.executor = std::sync::Arc::new(cogwork::exec::Rayon::with_threads(2).expect("threads"));
    let open = || raster::open(bytes.to_vec(), &context).base().lazy();
    let sum = (1..60).fold(open(), |sum, _| sum + open());
    let estimate = sum.estimate().expect("it fits");
    assert_eq!(estimate.inputs.len(), 60);
    let (_, report) = sum.plan_compute().expect("it fits").run().expect("sound");
    assert_exact("sixty", &estimate, {
        let mut counts = report.counts;
        counts.tiles_passed = 0;
        counts
    });
    assert!(context.counters.peak_buffer_bytes() <= estimate.peak_bytes);
}

/// One plan, run twice, from another thread, after its raster is gone.
#[test]
fn a_plan_runs_twice_and_elsewhere() {
    let plan = {
        let context = Context::default();
        let red = scene("B04", &context).base().lazy();
        let plan = (red * 2).plan(&raster::options(Compression::Zstd, 256));
        assert_eq!(context.counters.tiles_fetched(), 0, "nothing is read yet");
        plan.expect("sound")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("once.tif");
    plan.run(&path).expect("written");
    let (other, again) = (plan.clone(), folder.path().join("again.tif"));
    let there = again.clone();
    let thread = std::thread::spawn(move || other.run(there).map(drop));
    thread.join().expect("no panic").expect("written");
    let mut bytes = Vec::new();
    plan.run_to(&mut bytes).expect("written");
    assert!(bytes == std::fs::read(&path).expect("a file"));
    assert!(bytes == std::fs::read(&again).expect("a file"));
}

/// Events tell what has been done so far; who stops in the middle leaves no file.
#[test]
fn events_and_a_stop_in_the_middle() {
    let context = Context::default();
    let bytes = raster::written(
        &raster::block(U16, 1, (256, 256)),
        &raster::options(Compression::Deflate, 32),
    );
    let image = raster::open(bytes, &context)
        .base()
        .lazy()
        .chunks((1, 32, 64));
    let options = raster::options(Compression::Lzw, 32).overviews(cogwork::write::Overviews::None);
    let plan = (image + 1).plan(&options).expect("sound");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.tif");
    let mut heard: Vec<Event> = Vec::new();
    let report = plan.run_with(&path, &mut |event| {
        heard.push(event);
        ControlFlow::Continue(())
    });
    let told = |event: &Event| {
        let counts = event.counts;
        (
            event.rows_done,
            counts.chunks_evaluated,
            counts.tiles_decoded,
            counts.tiles_encoded,
        )
    };
    let expected: Vec<_> = (0..=8)
        .map(|row| (32 * row, 4 * row, 8 * row, 8 * row))
        .collect();
    assert_eq!(heard.iter().map(told).collect::<Vec<_>>(), expected);
    let last = heard.last().expect("events").counts;
    assert_eq!(report.expect("written").counts, last);
    assert_eq!((last.tiles_fetched, last.tiles_failed), (64, 0));
    std::fs::remove_file(&path).expect("our file");
    let mut events = 0;
    let stopped = plan.run_with(&path, &mut |_| {
        events += 1;
        match events {
            5 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    let error = stopped.expect_err("stopped");
    assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
    let left = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!((events, left), (5, 0));
}

/// Common parts once, constants folded, what nobody needs never read: seen in the counters and in the
/// picture.
#[test]
fn what_is_shared_or_needless() {
    let context = Context::default();
    let (red, near) = (scene("B04", &context), scene("B08", &context));
    let (red, near) = (red.base().lazy(), near.base().lazy());
    let tiles = |lazy: &Lazy| {
        let (_, report) = lazy.plan_compute().expect("sound").run().expect("sound");
        (report.counts.tiles_fetched, report.counts.tiles_decoded)
    };
    let once = tiles(&red);
    assert_eq!(tiles(&(&(&red + &red) * &red)), once);
    let ndvi = |a: &Lazy, b: &Lazy| (a - b) / (a + b);
    let both = tiles(&ndvi(&near, &red));
    assert_eq!(both, (2 * once.0, 2 * once.1));
    let twice = ndvi(&near, &red).gt(0.5).and(&ndvi(&near, &red).lt(0.9));
    assert_eq!(tiles(&twice), both);
    let text = ndvi(&near, &red)
        .gt(0.5)
        .and(&ndvi(&near, &red).lt(0.9))
        .graph();
    let text = text.expect("sound");
    assert_eq!(text.matches("label=\"div\"").count(), 1, "{text}");
}

#[test]
fn plans_in_words() {
    let context = Context::default();
    let image = scene("visual", &context).overview(0).expect("overview 0");
    let classes = scene("SCL", &context).base().lazy();
    let masked = image.lazy().mask(&classes.is_in([8, 9])).expect("one grid");
    let words = masked
        .plan(&CogOptions::default())
        .expect("sound")
        .explain();
    for part in [
        "Result: 3 bands of uint8",
        "with nodata 0.",
        "SCL.tif, base, band 1",
        "visual.tif, overview 0, band 1 2 3",
        "Read first, as conditions: input 1. Then input 2,",
        "Computed: is_in, mask.",
        "are copied as they are.",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    let words = (classes * 2)
        .plan(&CogOptions::default())
        .expect("sound")
        .explain();
    let why = "No tile is copied as it is: the result is computed, not copied or masked.";
    assert!(words.contains(why), "{words}");
}

/// The pictures are DOT, whatever files are called; many chunks are counted, not drawn.
#[test]
fn pictures_are_dot() {
    let folder = tempfile::tempdir().expect("a folder");
    let block = raster::block(F32, 2, (200, 200));
    let bytes = raster::written(&block, &raster::options(Compression::Lzw, 16));
    for name in [
        "plain.tif",
        "a \"quoted\" \\ name.tif",
        "{ } -> ; label=\"\\N\" \u{e9}\n.tif",
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).expect("a file system of Unix");
        let image = Cog::open(&path).expect("sound").base().lazy();
        for (chunks, drawn, more) in [
            ((2, 200, 200), 1, None),
            ((2, 100, 50), 8, None),
            ((2, 100, 48), 4, Some("x 6 more chunks")),
            ((2, 1, 1), 4, Some("x 39996 more chunks")),
        ] {
            let lazy = (&image + 1).chunks(chunks);
            let text = lazy.graph().expect("sound");
            let graph = dot::parse(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
            let labels = |label: &str| graph.labels.iter().filter(|l| l.starts_with(label)).count();
            assert_eq!(labels("chunk "), drawn, "{text}");
            assert_eq!(labels("decode "), drawn, "{text}");
            let counted = graph.labels.iter().find(|label| label.starts_with("x "));
            assert_eq!(counted.map(String::as_str), more);
            let file = name.replace('\n', "\u{fffd}");
            let named = graph
                .labels
                .iter()
                .any(|label| label.replace('\n', "\u{fffd}").contains(&file));
            assert!(named, "{name}\n{text}");
        }
    }
}

/// Of parts of rasters and of other grids, tiles are kept that several chunks want: an estimate is a
/// bound.
#[test]
fn of_parts_and_other_grids_an_estimate_is_a_bound() {
    let context = raster::threads(2);
    let red = scene("B04", &context).base().lazy();
    let window = cogwork::grid::Window::new(37, 53, 301, 207);
    let part = red.clip_window(window).expect("inside");
    let other = scene("visual", &context).overview(0).expect("overview 0");
    let matched = red.match_grid(&other.lazy(), cogwork::Resampling::Bilinear);
    for (name, lazy) in [("part", part), ("matched", matched.expect("one CRS"))] {
        let lazy = lazy.chunks((1, 100, 100));
        let estimate = lazy.estimate().expect(name);
        let (_, report) = lazy.plan_compute().expect(name).run().expect(name);
        let counts = report.counts;
        assert!(counts.tiles_fetched > 0, "{name}");
        assert!(counts.tiles_fetched <= estimate.tiles, "{name}");
        assert!(counts.tiles_decoded <= estimate.tiles_decoded, "{name}");
        assert!(counts.bytes_read <= estimate.bytes, "{name}");
        assert_eq!(counts.chunks_evaluated, estimate.chunks, "{name}");
        let peak = context.counters.peak_buffer_bytes();
        assert!(peak <= estimate.peak_bytes, "{name}: {peak}");
    }
}
