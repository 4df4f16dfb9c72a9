//! Lazy rasters as JSON: what reads back computes the same, and what is not known is refused.

use std::fs;

use cogwork::error::{ErrorKind, Malformed, Unsupported};
use cogwork::grid::Window;
use cogwork::lazy::MapSpec;
use cogwork::source::memory::MemorySource;
use cogwork::write::{CogOptions, Compression, Overviews};
use cogwork::{Chunks, Cog, Context, Lazy, OnError, Plan, Resampling};
use serde_json::{Value, json};

use crate::common;

fn path(name: &str) -> String {
    let path = common::repository().join("testdata/scene").join(name);
    path.to_string_lossy().into_owned()
}

fn clear() -> Lazy {
    let open = |name: &str| Cog::open(path(name)).expect(name);
    let visual = open("visual.tif").overview(0).expect("there").lazy();
    let cloud = open("SCL.tif").base().lazy().is_in([8, 9]);
    visual.mask(&cloud).expect("one grid")
}

/// The whole document, field by field; and the file that it leads to is the same, byte for byte.
#[test]
fn the_main_job_goes_to_json_and_back() {
    let options = CogOptions::default()
        .compression(Compression::Zstd)
        .level(3)
        .overviews(Overviews::Count(1))
        .resampling(Resampling::Average);
    let clear = clear();
    let text = clear.to_json(&options).expect("files");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        document,
        json!({
            "version": 1,
            "formula": "mask(a, is_in(b, 8, 9))",
            "inputs": [
                {"name": "a", "location": path("visual.tif"), "level": 1},
                {"name": "b", "location": path("SCL.tif")},
            ],
            "options": {"compression": "zstd", "level": 3, "overviews": 1, "resampling": "average"},
        })
    );
    let (read, read_options) = Lazy::from_json(&text, &Context::default()).expect("its own text");
    assert_eq!(read_options, options);
    let file = |raster: &Lazy| {
        let mut bytes = Vec::new();
        raster.write_cog_to(&mut bytes, &options).expect("a COG");
        bytes
    };
    assert!(file(&read) == file(&clear), "the files differ");
    assert_eq!(read.to_json(&read_options).expect("again"), text);
}

/// A plan is its raster, its choices and its options: what comes back says and writes the same.
#[test]
fn a_plan_goes_to_json_and_back() {
    let options = CogOptions::default()
        .compression(Compression::Deflate)
        .blocksize(128)
        .resampling(Resampling::Average);
    let raster = clear().chunks((1, 128, 256)).on_error(OnError::Nodata);
    let plan = raster.plan(&options).expect("sound");
    let text = plan.to_json().expect("files");
    assert_eq!(text, raster.to_json(&options).expect("files"));
    let read = Plan::from_json(&text, &Context::default()).expect("its own text");
    assert_eq!((read.options(), plan.options()), (&options, &options));
    assert_eq!(read.explain(), plan.explain());
    assert_eq!(
        read.estimate().expect("sound"),
        plan.estimate().expect("sound")
    );
    let file = |plan: &Plan| {
        let mut bytes = Vec::new();
        plan.run_to(&mut bytes).expect("a COG");
        bytes
    };
    let mut direct = Vec::new();
    raster.write_cog_to(&mut direct, &options).expect("a COG");
    assert!(
        file(&read) == direct,
        "the plan that came back writes other bytes"
    );
    assert!(file(&plan) == direct, "the plan writes other bytes");
    assert_eq!(read.to_json().expect("again"), text);

    let refused = |text: &str| Plan::from_json(text, &Context::default()).expect_err(text);
    assert!(matches!(
        refused("{}").kind(),
        ErrorKind::Malformed(Malformed::Document(_))
    ));
    let other = text.replacen("\"blocksize\": 128", "\"blocksize\": 100", 1);
    assert_ne!(other, text);
    assert!(refused(&other).is_usage());
}

#[test]
fn crops_and_stages_go_to_json_and_back() {
    let window = Window::new(100, 50, 60, 40);
    let crop = clear().clip_window(window).expect("inside");
    let text = crop.to_json(&CogOptions::default()).expect("files");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["inputs"][0]["window"], json!([100, 50, 60, 40]));
    let (read, _) = Lazy::from_json(&text, &Context::default()).expect("its own text");
    let samples = |raster: &Lazy| raster.compute().expect("computed").samples().to_le_bytes();
    assert!(samples(&read) == samples(&crop), "the crops differ");
    let smooth = crop.focal_mean(3).expect("odd");
    let text = smooth.to_json(&CogOptions::default()).expect("files");
    let (read, _) = Lazy::from_json(&text, &Context::default()).expect("its own text");
    assert!(samples(&read) == samples(&smooth), "the means differ");
}

#[test]
fn choices_go_to_json_and_back() {
    for (chunks, value) in [
        (Chunks::Tiles, json!("tiles")),
        (Chunks::DASK, json!({"bytes": 134_217_728})),
        ((1, 4000, 4000).into(), json!([1, 4000, 4000])),
    ] {
        let raster = clear().chunks(chunks).on_error(OnError::Nodata);
        let text = raster.to_json(&CogOptions::default()).expect("files");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            (&document["chunks"], &document["on_error"]),
            (&value, &json!("nodata"))
        );
        let (read, options) = Lazy::from_json(&text, &Context::default()).expect("its own text");
        assert_eq!(read.to_json(&options).expect("again"), text);
    }
}

#[test]
fn what_has_no_name_has_no_json() {
    let bytes = fs::read(path("SCL.tif")).expect("the scene");
    let cog = Cog::from_source(MemorySource::new(bytes), &Context::default()).expect("a COG");
    let refused = |raster: &Lazy| match raster.to_json(&CogOptions::default()) {
        Ok(text) => panic!("{text}"),
        Err(error) => match error.kind() {
            ErrorKind::Unsupported(what) => what.clone(),
            other => panic!("{other}"),
        },
    };
    assert!(matches!(
        refused(&cog.base().lazy()),
        Unsupported::Source(_)
    ));
    let mapped = clear().map_chunks(MapSpec::new(), |chunk| Ok(chunk.block().clone()));
    assert!(matches!(
        refused(&mapped.expect("a stage")),
        Unsupported::Feature(_)
    ));
}

#[test]
fn documents_that_are_refused() {
    let good: Value =
        serde_json::from_str(&clear().to_json(&CogOptions::default()).expect("files"))
            .expect("JSON");
    let change = |pointer: &str, value: Value| {
        let mut document = good.clone();
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document.pointer_mut(parent).expect("a parent");
        parent[field] = value;
        document.to_string()
    };
    let refused = |text: &str| Lazy::from_json(text, &Context::default()).expect_err(text);
    for (text, message) in [
        (
            "{".to_owned(),
            "not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            "[]".to_owned(),
            "the document: expected an object, found []",
        ),
        ("{}".to_owned(), "the document has no `version`"),
        (
            change("/version", json!(2)),
            "the document.version: expected 1, found 2",
        ),
        (
            change("/formula", Value::Null),
            "the document has no `formula`",
        ),
        (
            change("/colour", json!(1)),
            "the document has the unknown field `colour`",
        ),
        (
            change("/inputs/0/bands", json!([1])),
            "inputs[0] has the unknown field `bands`",
        ),
        (
            change("/inputs/1/location", json!(3)),
            "inputs[1].location: expected a text, found 3",
        ),
        (
            change("/inputs/0/window", json!([1, 2, 3])),
            "inputs[0].window: expected [column, row, width, height], found [1,2,3]",
        ),
        (
            change("/chunks", json!([1, 2])),
            "the document.chunks: expected auto, tiles, {\"bytes\": N} or [bands, rows, columns], \
             found [1,2]",
        ),
        (
            change("/options/lossless", json!(true)),
            "options has the unknown field `lossless`",
        ),
    ] {
        let error = refused(&text);
        assert!(
            matches!(error.kind(), ErrorKind::Malformed(Malformed::Document(_))),
            "{error}"
        );
        assert_eq!(error.to_string(), message);
    }
    assert!(refused(&change("/formula", json!("mask(a"))).is_usage());
    assert!(refused(&change("/formula", json!("a + x"))).is_usage());
    assert!(refused(&change("/inputs/0/level", json!(9))).is_usage());
    let missing = refused(&change("/inputs/0/location", json!("missing.tif")));
    assert!(matches!(missing.kind(), ErrorKind::Io(_)), "{missing}");
}
