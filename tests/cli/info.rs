//! `cogwork info`: the pyramid and what its tiles take, against the numbers that tifffile reads.

use std::fs;

use serde_json::{Value, json};

use crate::{common, output, scene};

fn info(name: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let text = output(folder.path(), &format!("info {name} --json"));
    serde_json::from_slice(&text).expect("JSON")
}

/// `TileByteCounts` of each page, added up.
#[test]
fn what_tiles_take() {
    for (name, levels) in [
        (
            "visual.tif",
            json!([[16, 0, 834781], [4, 0, 223097], [1, 0, 59746]]),
        ),
        ("SCL.tif", json!([[4, 0, 10974], [1, 0, 3711]])),
        (
            "B04.tif",
            json!([[16, 0, 825981], [4, 0, 212096], [1, 0, 53992]]),
        ),
    ] {
        let found = info(&format!("SCENE/{name}"));
        assert_eq!(
            (&found["cog"], &found["damage"]),
            (&json!(true), &Value::Null)
        );
        assert_eq!(found["crs"], "WGS 84 / UTM zone 31N");
        assert_eq!(
            found["bounds"],
            json!([600000.0, 4992220.0, 607740.0, 5000040.0])
        );
        let level = |level: &Value| json!([level["tiles"], level["sparse"], level["bytes"]]);
        let found: Vec<Value> = found["levels"]
            .as_array()
            .expect("levels")
            .iter()
            .map(level)
            .collect();
        assert_eq!(json!(found), levels, "{name}");
    }
}

/// The size of the pixels over that of the tiles.
#[test]
fn ratios() {
    let found = info("SCENE/visual.tif");
    let levels = found["levels"].as_array().expect("levels");
    let (mut decoded, mut stored) = (0.0, 0.0);
    for level in levels {
        let pixels = common::number(level, "width") * common::number(level, "height");
        let bytes = common::number(level, "bytes") as f64;
        let ratio = level["compression_ratio"].as_f64().expect("a ratio");
        assert!((ratio - (3 * pixels) as f64 / bytes).abs() < 1e-12);
        decoded += (3 * pixels) as f64;
        stored += bytes;
    }
    let ratio = found["compression_ratio"].as_f64().expect("a ratio");
    assert!((ratio - decoded / stored).abs() < 1e-12);
}

#[test]
fn text() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = output(folder.path(), "info SCENE/SCL.tif");
    let text = String::from_utf8(text).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let length = fs::metadata(scene().join("SCL.tif"))
        .expect("it is there")
        .len();
    for line in [
        &*format!(
            "bytes     15.2 KiB ({length} bytes), tiles 12.87 times smaller than their pixels"
        ),
        "format    TIFF, little-endian, a valid COG",
        "size      387 x 391 pixels, 1 band of uint8",
        "CRS       EPSG:32631, WGS 84 / UTM zone 31N",
        "bounds    left 600000, bottom 4992220, right 607740, top 5000040",
        "level            size                pixel  in            of  count  sparse     bytes  ratio",
        "base        387 x 391                   20  tiles  256 x 256      4       0  10.7 KiB  13.79",
    ] {
        assert!(lines.contains(&line), "{line}\n{text}");
    }
}

/// A file that ends too early still has a header; what is wrong with it is said.
#[test]
fn damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let visual = fs::read(scene().join("visual.tif")).expect("the scene");
    fs::write(folder.path().join("cut.tif"), &visual[..700_000]).expect("written");
    let text = output(folder.path(), "info cut.tif --json");
    let found: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(
        (&found["width"], &found["cog"]),
        (&json!(774), &Value::Null)
    );
    assert!(common::text(&found, "damage").contains("level 0, tile"));
    assert_eq!(found["levels"][0]["bytes"], Value::Null);
    let text = String::from_utf8(output(folder.path(), "info cut.tif")).expect("text");
    assert!(text.contains("\ndamage    cut.tif: a tile lies "), "{text}");
}
