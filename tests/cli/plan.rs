//! `cogwork plan`: what is said before is what is done then, and a plan that was kept writes the file
//! that its command writes.

use std::fs;

use serde_json::{Value, json};

use crate::{cogwork_with, common, output};

const NDVI: &str = "where(is_in(scl, 8, 9), nodata, (nir - red) / (nir + red))";
const BANDS: &str = "--in nir=SCENE/B08.tif@0 --in red=SCENE/B04.tif@0 --in scl=SCENE/SCL.tif";

fn plan(words: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let text = output(folder.path(), &format!("plan {words} --json"));
    serde_json::from_slice(&text).expect("JSON")
}

/// 774 x 782, 387 x 391 and 193 x 195 pixels in tiles of 256 x 256: 16, 4 and 1.
#[test]
fn conversions_say_what_is_copied() {
    for (words, tiles, decoded, output, copied, line) in [
        (
            "",
            21,
            0,
            21,
            21,
            "overview 1, 1 tile of 256 x 256, Deflate: copied as they are.",
        ),
        (
            "--compress zstd",
            21,
            21,
            21,
            0,
            "tiles are encoded (the input has another compression).",
        ),
        (
            "--statistics compute",
            37,
            16,
            21,
            21,
            "Statistics: computed, in a pass before.",
        ),
        (
            "--overview 0",
            5,
            0,
            5,
            5,
            "visual.tif, overview 0, 4 tiles",
        ),
        (
            "--overviews none",
            16,
            16,
            16,
            16,
            "Tiles are decoded: overviews are computed.",
        ),
        (
            "--bands 1",
            21,
            21,
            21,
            0,
            "Tiles are decoded: bands, nodata or mask change.",
        ),
    ] {
        let found = plan(&format!("convert SCENE/visual.tif {words}"));
        let estimate = &found["estimate"];
        let names = ["tiles", "tiles_decoded", "output_tiles", "tiles_copied"];
        let figures: Vec<&Value> = names.iter().map(|name| &estimate[name]).collect();
        assert_eq!(
            json!(figures),
            json!([tiles, decoded, output, copied]),
            "{words}"
        );
        let lines = found["explain"].as_array().expect("lines").iter();
        let mut lines = lines.filter_map(Value::as_str);
        assert!(lines.any(|found| found.contains(line)), "{words}: {line}");
    }
}

/// What `--timing` counts in a run is what was estimated.
#[test]
fn what_is_done_is_what_was_estimated() {
    let folder = tempfile::tempdir().expect("a folder");
    for words in [
        "SCENE/visual.tif",
        "SCENE/visual.tif --compress lzw",
        "SCENE/visual.tif --statistics compute --bands 3,1",
        "SCENE/SCL.tif --overviews 2 --nodata none",
        "SCENE/B04.tif --overview 1",
    ] {
        let estimate = plan(&format!("convert {words}"))["estimate"].take();
        let timing = format!("convert {words} -o out.tif --timing");
        let run = crate::cogwork(folder.path(), &timing);
        let timing: Value = serde_json::from_slice(&run.stderr).expect("one line");
        assert_eq!(
            timing["tiles_decoded"], estimate["tiles_decoded"],
            "{words}"
        );
        let written = common::number(&timing, "tiles_encoded")
            + common::number(&timing, "tiles_passed_through");
        assert_eq!(
            written,
            common::number(&estimate, "output_tiles"),
            "{words}"
        );
        let passed = common::number(&timing, "tiles_passed_through");
        assert_eq!(passed, common::number(&estimate, "tiles_copied"), "{words}");
        // Opening a file reads its header, which is no part of the plan.
        let opened = crate::cogwork(folder.path(), &format!("plan convert {words} --timing"));
        let opened: Value = serde_json::from_slice(&opened.stderr).expect("one line");
        for (name, counted) in [("requests", "requests"), ("bytes", "bytes_read")] {
            let run = common::number(&timing, counted) - common::number(&opened, counted);
            assert_eq!(run, common::number(&estimate, name), "{words}");
        }
        let peak = common::number(&timing, "peak_buffer_bytes");
        assert!(
            peak <= common::number(&estimate, "peak_bytes"),
            "{words}: {peak}"
        );
    }
}

/// A plan goes to a file and back: the same words, and the same bytes.
#[test]
fn plans_that_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let mask = "SCENE/visual.tif --overview 0 --by SCENE/SCL.tif --values 8,9 --blocksize 128";
    let convert = "SCENE/visual.tif --overview 0 --bands 3,1 --mask-from nodata --statistics drop \
        --compress zstd --level 3";
    let ndvi = format!("{BANDS} --dtype f32 --compress none");
    for (first, words) in [
        (&["mask"][..], mask),
        (&["convert"], convert),
        (&["convert"], "SCENE/SCL.tif"),
        (
            &["convert"],
            "SCENE/B08.tif --nodata none --statistics keep",
        ),
        (&["calc", NDVI], &ndvi),
    ] {
        let run = |before: &[&str], after: &str| {
            let all = [before, first].concat();
            let output = cogwork_with(folder.path(), &all, &format!("{words} {after}"));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!((output.status.code(), &*said), (Some(0), ""), "{words}");
            output.stdout
        };
        run(&[], "-o direct.tif");
        let said = run(&["plan"], "--out plan.json");
        assert_eq!(
            output(folder.path(), "plan show plan.json"),
            said,
            "{words}"
        );
        output(folder.path(), "plan run plan.json -o kept.tif");
        let bytes = |name: &str| fs::read(path(name)).expect("written");
        assert!(bytes("direct.tif") == bytes("kept.tif"), "{words}");
        assert_eq!(common::json(path("plan.json"))["version"], 1);
        let piped = run(&["plan"], "--out -");
        assert_eq!(piped, bytes("plan.json"), "{words}");
    }
}

#[test]
fn pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    for (words, label) in [
        ("convert SCENE/visual.tif", "copy 16 tiles"),
        ("convert SCENE/visual.tif --compress lzw", "COG\noverview 1"),
        ("convert SCENE/visual.tif --overviews none", "COG\n1 level"),
        (
            "mask SCENE/SCL.tif --by SCENE/SCL.tif --values 8",
            "COG\n2 levels",
        ),
    ] {
        let text = output(folder.path(), &format!("plan {words} --graph -"));
        let text = String::from_utf8(text).expect("text");
        let graph = common::dot::parse(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
        assert!(
            graph.labels.iter().any(|found| found == label),
            "{words}\n{text}"
        );
    }
}

/// Documents that are none are told with their place.
#[test]
fn documents_that_are_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = crate::scene().join("SCL.tif");
    let source = source.to_string_lossy().into_owned();
    let of = |more: Value| {
        let mut document = json!({"version": 1, "conversion": {"location": source}});
        for (name, value) in more.as_object().expect("an object") {
            document[name] = value.clone();
        }
        document
    };
    for (document, code, said) in [
        (json!(3), 1, "the document: expected an object, found 3"),
        (json!({"version": 1}), 1, "the document has no `formula`"),
        (
            of(json!({"version": 2})),
            1,
            "the document.version: expected 1, found 2",
        ),
        (
            of(json!({"formula": "a"})),
            1,
            "the document has the unknown field `formula`",
        ),
        (
            of(json!({"conversion": {"location": source, "levle": 1}})),
            1,
            "conversion has the unknown field `levle`",
        ),
        (
            of(json!({"conversion": {}})),
            1,
            "conversion has no `location`",
        ),
        (
            of(json!({"conversion": {"location": source, "nodata": 0}})),
            1,
            "conversion.nodata: expected none or a number as text, found 0",
        ),
        (
            of(json!({"conversion": {"location": source, "mask_from": "alpha"}})),
            2,
            "mask-from alpha: no band is alpha",
        ),
        (
            of(json!({"options": {"level": 300}})),
            1,
            "options.level: expected",
        ),
        (
            of(json!({"conversion": {"location": "missing.tif"}})),
            1,
            "missing.tif: No such file",
        ),
    ] {
        fs::write(folder.path().join("plan.json"), document.to_string()).expect("written");
        let output = crate::cogwork(folder.path(), "plan run plan.json -o out.tif");
        let found = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{document}: {found}");
        assert!(
            found.contains(said) && found.lines().count() == 1,
            "{document}: {found}"
        );
        assert_eq!(common::entries(folder.path()), ["plan.json"]);
    }
}
