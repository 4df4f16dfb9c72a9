//! What the commands give, against GDAL's numbers (`testdata/scene/expected.json`) and the facts of
//! the scene's files, which GDAL wrote.

use std::fs;

use cogwork::Cog;
use serde_json::{Value, json};

use crate::{cogwork, common, output, scene};

const MASK: &str = "mask SCENE/mysearch.json#-1/visual --overview 0 --by SCENE/mysearch.json#-1/SCL \
    --values 8,9 -o band_masked.tif";

fn expected() -> Value {
    common::json(scene().join("expected.json"))
}

fn sha256_of_base(path: &std::path::Path) -> String {
    let block = Cog::open(path)
        .expect("what was written")
        .base()
        .read()
        .expect("it is whole");
    common::sha256(&block.samples().to_le_bytes())
}

/// The README's first command.
#[test]
fn mask_makes_the_masked_cog() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("band_masked.tif");
    assert_eq!(output(folder.path(), MASK), b"");
    assert_eq!(
        sha256_of_base(&path),
        common::text(&expected()["masked"], "sha256")
    );
    assert_eq!(common::entries(folder.path()), ["band_masked.tif"]);
    let cog = Cog::open(&path).expect("what was written");
    let base = cog.base();
    assert_eq!(
        (
            base.tile_size().width,
            base.image().compression,
            base.image().predictor
        ),
        (256, 8, 2)
    );
    assert_eq!(
        (base.resolution(), base.epsg()),
        ((20.0, -20.0), Some(32631))
    );
    assert_eq!((base.nodata(), cog.overview_count()), (Some(0.into()), 1));
    let first = fs::read(&path).expect("it is there");
    for threads in ["1", "8"] {
        output(folder.path(), &format!("{MASK} --threads {threads}"));
        assert!(
            fs::read(&path).expect("it is there") == first,
            "{threads} threads"
        );
    }
}

#[test]
fn mask_writes_as_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("band_masked.tif");
    let expected = expected();
    for (options, compression, predictor, tile, overviews, big) in [
        ("--compress none", 1, 1, 256, 1, false),
        (
            "--compress zstd --level 3 --blocksize 128",
            50000,
            2,
            128,
            2,
            false,
        ),
        (
            "--compress lzw --predictor none --overviews none",
            5,
            1,
            256,
            0,
            false,
        ),
        (
            "--predictor 2 --overviews 3 --bigtiff yes",
            8,
            2,
            256,
            3,
            true,
        ),
        (
            "--level 9 --bigtiff no --blocksize 512 --overviews auto",
            8,
            2,
            512,
            0,
            false,
        ),
    ] {
        output(folder.path(), &format!("{MASK} {options}"));
        assert_eq!(
            sha256_of_base(&path),
            common::text(&expected["masked"], "sha256"),
            "{options}"
        );
        let cog = Cog::open(&path).expect(options);
        let base = cog.base();
        let image = base.image();
        assert_eq!(
            (image.compression, image.predictor),
            (compression, predictor),
            "{options}"
        );
        assert_eq!(
            (image.tile.width, image.tile.height),
            (tile, tile),
            "{options}"
        );
        assert_eq!(
            (cog.overview_count(), cog.is_bigtiff()),
            (overviews, big),
            "{options}"
        );
    }
    for method in [
        "nearest", "average", "mode", "rms", "gauss", "bilinear", "cubic", "lanczos",
    ] {
        output(
            folder.path(),
            &format!("{MASK} --blocksize 128 --resampling {method}"),
        );
        let overview = Cog::open(&path)
            .and_then(|cog| cog.overview(0)?.read())
            .expect(method);
        let found = common::sha256(&overview.samples().to_le_bytes());
        assert_eq!(
            found,
            common::text(&expected["overviews"][method][0], "sha256"),
            "{method}"
        );
    }
}

#[test]
fn mask_with_a_nodata_value() {
    let folder = tempfile::tempdir().expect("a folder");
    output(folder.path(), &format!("{MASK} --nodata 255"));
    let base = Cog::open(folder.path().join("band_masked.tif"))
        .expect("what was written")
        .base();
    assert_eq!(base.nodata(), Some(255.into()));
    let found = base.read().expect("it is whole");
    let visual = Cog::open(scene().join("visual.tif")).and_then(|cog| cog.overview(0)?.read());
    let classes = Cog::open(scene().join("SCL.tif")).and_then(|cog| cog.base().read());
    let (visual, classes) = (visual.expect("the scene"), classes.expect("the scene"));
    let classes = classes.as_slice::<u8>().expect("bytes");
    let pixels = visual
        .as_slice::<u8>()
        .expect("bytes")
        .iter()
        .zip(classes.iter().cycle());
    let masked = |(&pixel, class): (&u8, &u8)| match (pixel, class) {
        (_, 8 | 9) | (0, _) => 255,
        (pixel, _) => pixel,
    };
    let expected: Vec<u8> = pixels.map(masked).collect();
    assert!(found.as_slice() == Some(&expected[..]));
}

#[test]
fn info_says_what_gdal_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bands, data_type, resolution, sizes) in [
        (
            "visual.tif",
            3,
            "uint8",
            10.0,
            &[(774, 782), (387, 391), (193, 195)][..],
        ),
        (
            "B04.tif",
            1,
            "uint16",
            10.0,
            &[(774, 782), (387, 391), (193, 195)],
        ),
        ("SCL.tif", 1, "uint8", 20.0, &[(387, 391), (193, 195)]),
        (
            "mysearch.json#-1/SCL",
            1,
            "uint8",
            20.0,
            &[(387, 391), (193, 195)],
        ),
    ] {
        let text = output(folder.path(), &format!("info SCENE/{name} --json"));
        let found: Value = serde_json::from_slice(&text).expect("JSON");
        for (key, expected) in [
            ("width", json!(sizes[0].0)),
            ("height", json!(sizes[0].1)),
            ("bands", json!(bands)),
            ("dtype", json!(data_type)),
            ("epsg", json!(32631)),
            (
                "transform",
                json!([resolution, 0.0, 600000.0, 0.0, -resolution, 5000040.0]),
            ),
            ("nodata", json!(0)),
            ("compression", json!("deflate")),
            ("predictor", json!(2)),
            (
                "interleave",
                json!(if bands > 1 { "pixel" } else { "band" }),
            ),
            ("byte_order", json!("little")),
            ("bigtiff", json!(false)),
        ] {
            assert_eq!(found[key], expected, "{name} {key}");
        }
        let levels = found["levels"].as_array().expect("levels");
        assert_eq!(levels.len(), sizes.len(), "{name}");
        for (index, (level, &(width, height))) in levels.iter().zip(sizes).enumerate() {
            assert_eq!(level["index"], json!(index));
            assert_eq!(
                (&level["width"], &level["height"]),
                (&json!(width), &json!(height))
            );
            assert_eq!(level["tile"], json!([256, 256]));
            let ratio = [
                f64::from(sizes[0].0) / f64::from(width),
                f64::from(sizes[0].1) / f64::from(height),
            ];
            let expected = [resolution * ratio[0], -resolution * ratio[1]];
            for axis in [0, 1] {
                let found = level["resolution"][axis].as_f64().expect("a number");
                assert!(
                    (found - expected[axis]).abs() < 1e-9,
                    "{name} {index}: {found}"
                );
            }
        }
        let text = output(folder.path(), &format!("info SCENE/{name}"));
        assert!(String::from_utf8(text).expect("text").lines().count() > 5);
    }
}

#[test]
fn read_gives_samples_and_validity() {
    let folder = tempfile::tempdir().expect("a folder");
    let expected = expected();
    let raw = output(folder.path(), "read SCENE/visual.tif --overview 0 --raw -");
    assert_eq!(
        common::sha256(&raw),
        common::text(&expected["visual_overview0"], "sha256")
    );
    let classes = output(folder.path(), "read SCENE/SCL.tif --raw -");
    assert_eq!(
        common::sha256(&classes),
        common::text(&expected["scl"], "sha256")
    );
    let plane = 387 * 391;
    let band = output(
        folder.path(),
        "read SCENE/visual.tif --overview 0 --bands 3,1 --raw -",
    );
    assert!(band == [&raw[2 * plane..], &raw[..plane]].concat());
    let window =
        "read SCENE/visual.tif --overview 0 --window 100,50,64,32 --raw part.raw --mask part.mask";
    assert_eq!(output(folder.path(), window), b"");
    let rows = (0..3 * 32).map(|i| (i / 32) * plane + (50 + i % 32) * 387 + 100);
    let part: Vec<u8> = rows
        .flat_map(|start| raw[start..start + 64].to_vec())
        .collect();
    assert!(fs::read(folder.path().join("part.raw")).expect("it is there") == part);
    let pixels = 64 * 32;
    let valid = |i: usize| u8::from((0..3).any(|band| part[band * pixels + i] != 0));
    let mask: Vec<u8> = (0..pixels).map(valid).collect();
    assert!(fs::read(folder.path().join("part.mask")).expect("it is there") == mask);
    let mask = output(folder.path(), "read SCENE/SCL.tif --mask -");
    assert!(
        mask == classes
            .iter()
            .map(|&class| u8::from(class != 0))
            .collect::<Vec<u8>>()
    );
    let shorts = output(
        folder.path(),
        "read SCENE/B04.tif --window 0,0,774,2 --raw -",
    );
    assert_eq!(shorts.len(), 2 * 2 * 774);
}

/// One line of JSON on standard error, after every command, whether it went well or not.
#[test]
fn timing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (words, decoded, encoded, works) in [
        ("info SCENE/SCL.tif --timing", 0, 0, true),
        ("read SCENE/SCL.tif --raw out.raw --timing", 4, 0, true),
        (&format!("--timing --threads 2 {MASK}"), 8, 5, true),
        (
            "read SCENE/SCL.tif --overview 7 --raw out.raw --timing",
            0,
            0,
            false,
        ),
    ] {
        let output = cogwork(folder.path(), words);
        assert_eq!(output.status.success(), works, "{words}");
        let said = String::from_utf8(output.stderr).expect("text");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), if works { 1 } else { 2 }, "{said}");
        let timing: Value = serde_json::from_str(lines[0]).expect("JSON");
        assert!(timing["wall_seconds"].as_f64().expect("a number") >= 0.0);
        assert!(timing["bytes_read"].as_u64().expect("a number") > 0);
        assert_eq!(timing["tiles_decoded"], json!(decoded), "{words}");
        assert_eq!(timing["tiles_encoded"], json!(encoded), "{words}");
        let peak = timing["peak_buffer_bytes"].as_u64().expect("a number");
        assert_eq!(peak > 0, encoded > 0, "{words}");
    }
}

#[test]
fn help_and_version() {
    let folder = tempfile::tempdir().expect("a folder");
    for words in [
        "--help",
        "-h",
        "help",
        "--version",
        "mask --help",
        "info --help",
        "help read",
    ] {
        assert!(!output(folder.path(), words).is_empty(), "{words}");
    }
}
