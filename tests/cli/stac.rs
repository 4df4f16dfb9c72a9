//! `cogwork stac`, against what the documents say.

use std::fs;

use serde_json::{Value, json};

use crate::{cogwork, output};

/// Items of every kind: with clouds and without, of a moment and of a span, of two collections.
const ITEMS: &str = r#"{"type": "FeatureCollection", "features": [
    {"type": "Feature", "id": "a", "collection": "one",
     "properties": {"datetime": "2020-02-29T23:30:00-01:00", "eo:cloud_cover": 20},
     "assets": {"B04": {"href": "./B04.tif", "type": "image/tiff", "proj:shape": [5490, 5491],
         "raster:bands": [{"spatial_resolution": 20}], "file:size": 2048, "roles": ["data"]},
         "meta": {"href": "https://example.org/meta.xml"}}},
    {"type": "Feature", "id": "b", "collection": "two", "properties": {"datetime": null,
     "start_datetime": "2020-01-01T00:00:00Z", "end_datetime": "2020-12-31T23:59:59.999Z",
     "eo:cloud_cover": 0.5, "proj:shape": [10, 20]}, "assets": {"x": {"href": "/x.tif",
     "bands": [{"raster:spatial_resolution": 0.5}]}}},
    {"type": "Feature", "id": "c", "collection": "one",
     "properties": {"datetime": "2021-06-01T12:00:00.25Z"}, "assets": {}},
    {"type": "Feature", "properties": null}
]}"#;

#[test]
fn filters() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("items.json"), ITEMS).expect("written");
    for (words, expected) in [
        ("", json!([0, 1, 2, 3])),
        ("--max-cloud-cover 20", json!([0, 1])),
        ("--max-cloud-cover 19.9", json!([1])),
        ("--min-cloud-cover 0.5", json!([0, 1])),
        ("--min-cloud-cover 1 --max-cloud-cover 100", json!([0])),
        ("--datetime 2020-03-01", json!([0, 1])),
        ("--datetime 2020-02-29", json!([1])),
        ("--datetime 2020-03-01T00:30:00Z", json!([0, 1])),
        ("--datetime 2020-03-01T00:30:01Z/..", json!([1, 2])),
        ("--datetime ../2020-02", json!([1])),
        ("--datetime 2021/2022", json!([2])),
        ("--datetime 2021-06-01T14:00:00.25+02:00", json!([2])),
        ("--collection one", json!([0, 2])),
        ("--collection one --collection two", json!([0, 1, 2])),
        (
            "--collection one --max-cloud-cover 100 --datetime 2020",
            json!([0]),
        ),
        ("--collection three", json!([])),
    ] {
        let text = output(folder.path(), &format!("stac items.json {words} --json"));
        let found: Value = serde_json::from_slice(&text).expect("JSON");
        let items = found.as_array().expect("items").iter();
        let found: Vec<&Value> = items.map(|item| &item["index"]).collect();
        assert_eq!(json!(found), expected, "{words}");
        let text = output(folder.path(), &format!("stac items.json {words}"));
        let lines = String::from_utf8(text).expect("text").lines().count();
        assert_eq!(lines, 1 + found.len(), "{words}");
    }
}

#[test]
fn items_and_assets() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("items.json"), ITEMS).expect("written");
    let text = output(folder.path(), "stac items.json --json");
    let found: Value = serde_json::from_slice(&text).expect("JSON");
    let asset = json!({"reference": "items.json#0/B04", "location": "B04.tif", "title": null,
        "type": "image/tiff", "roles": ["data"], "shape": [5490, 5491], "resolution": 20.0,
        "bytes": 2048});
    assert_eq!(found[0]["assets"]["B04"], asset);
    let meta = &found[0]["assets"]["meta"];
    assert_eq!(meta["location"], "https://example.org/meta.xml");
    assert_eq!(
        (&meta["shape"], &meta["resolution"]),
        (&Value::Null, &Value::Null)
    );
    let second = &found[1];
    assert_eq!(second["assets"]["x"]["shape"], json!([10, 20]));
    assert_eq!(second["assets"]["x"]["resolution"], 0.5);
    assert_eq!(
        (
            &second["datetime"],
            &second["start_datetime"],
            &second["end_datetime"]
        ),
        (
            &Value::Null,
            &json!("2020-01-01T00:00:00Z"),
            &json!("2020-12-31T23:59:59.999Z")
        )
    );
    assert_eq!(
        found[3],
        json!({"index": 3, "id": null, "collection": null, "datetime": null,
        "start_datetime": null, "end_datetime": null, "cloud_cover": null, "assets": {}})
    );
    let text = output(folder.path(), "stac items.json --assets --collection one");
    let expected = "\
item  id  datetime                   cloud %  collection  assets
   0  a   2020-02-29T23:30:00-01:00       20  one              2
    reference                 size  resolution     bytes  type
    items.json#0/B04   5491 x 5490          20  2.00 KiB  image/tiff
    items.json#0/meta            -           -         -  -
   2  c   2021-06-01T12:00:00.25Z          -  one              0
";
    assert_eq!(String::from_utf8_lossy(&text), expected);
}

/// What is listed can be pasted.
#[test]
fn references_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = output(
        folder.path(),
        "stac SCENE/mysearch.json --max-cloud-cover 10 --assets",
    );
    let text = String::from_utf8(text).expect("text");
    let mut references = text
        .split_whitespace()
        .filter(|word| word.contains("json#"));
    let classes = references
        .find(|word| word.ends_with("#1/SCL"))
        .expect("the document has it");
    let info = output(folder.path(), &format!("info {classes} --json"));
    let info: Value = serde_json::from_slice(&info).expect("JSON");
    assert_eq!(
        (&info["width"], &info["height"]),
        (&json!(387), &json!(391))
    );
}

#[test]
fn documents_that_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    for text in [
        "",
        "{}",
        "[]",
        r#"{"type": "Catalog"}"#,
        r#"{"type": "FeatureCollection"}"#,
    ] {
        fs::write(folder.path().join("it.json"), text).expect("written");
        let output = cogwork(folder.path(), "stac it.json");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(said.starts_with("cogwork: it.json: not "), "{said}");
    }
}
