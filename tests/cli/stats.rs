//! `cogwork stats`, against numpy's numbers of the scene as rasterio reads it.

use serde_json::{Value, json};

use crate::{cogwork, output};

fn stats(words: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let text = output(folder.path(), &format!("stats {words} --json"));
    serde_json::from_slice(&text).expect("JSON")
}

/// The sums and counts are exact, the others within float64's rounding.
fn assert_band(found: &Value, expected: [f64; 7]) {
    let names = [
        "pixels", "valid", "minimum", "maximum", "sum", "mean", "stddev",
    ];
    for (name, expected) in names.into_iter().zip(expected) {
        let found = found[name].as_f64().expect(name);
        let near = (found - expected).abs() <= expected.abs() * 1e-14;
        assert!(near, "{name}: {found}, expected {expected}");
    }
}

/// `numpy.percentile` and `numpy.histogram(band, 4, (least, largest of all bands))`.
#[test]
fn bands() {
    let found = stats("SCENE/visual.tif --percentiles 2,50,98 --histogram 4");
    let bands = found["bands"].as_array().expect("bands");
    let of =
        |least, sum, mean, deviation| [605_268.0, 586_958.0, least, 255.0, sum, mean, deviation];
    for (band, expected, percentiles, counts) in [
        (
            0,
            of(
                4.0,
                42_247_351.0,
                71.976_787_095_499_16,
                53.018_172_572_242_29,
            ),
            json!({"2": 24.0, "50": 57.0, "98": 255.0}),
            json!([420_895, 108_613, 15_982, 41_468]),
        ),
        (
            1,
            of(
                21.0,
                44_516_697.0,
                75.843_070_543_377_89,
                51.667_254_569_022_41,
            ),
            json!({"2": 24.0, "50": 61.0, "98": 255.0}),
            json!([390_500, 138_241, 16_199, 42_018]),
        ),
        (
            2,
            of(
                18.0,
                36_874_388.0,
                62.822_873_186_837_9,
                54.145_354_107_813_83,
            ),
            json!({"2": 24.0, "50": 46.0, "98": 255.0}),
            json!([512_701, 18_971, 15_196, 40_090]),
        ),
    ] {
        assert_band(&bands[band], expected);
        assert_eq!(bands[band]["percentiles"], percentiles);
        assert_eq!(bands[band]["histogram"]["counts"], counts);
        let edges = json!([4.0, 66.75, 129.5, 192.25, 255.0]);
        assert_eq!(bands[band]["histogram"]["edges"], edges);
        let valid = bands[band]["valid_percent"].as_f64().expect("percent");
        assert!((valid - 96.974_893_766_067_27).abs() < 1e-12);
    }
}

#[test]
fn classes() {
    let found = stats("SCENE/visual.tif --overview 0 --by SCENE/SCL.tif --bands 2");
    let zones = found["zones"].as_array().expect("zones");
    let expected = [
        (
            2,
            1798.0,
            24.0,
            114.0,
            131_304.0,
            73.027_808_676_307,
            7.792_876_641_126_686,
        ),
        (
            4,
            117_570.0,
            23.0,
            194.0,
            7_066_990.0,
            60.108_786_254_997_02,
            11.511_138_429_103_56,
        ),
        (
            5,
            7700.0,
            23.0,
            191.0,
            509_342.0,
            66.148_311_688_311_7,
            14.053_998_959_726_49,
        ),
        (
            6,
            3942.0,
            23.0,
            138.0,
            117_957.0,
            29.923_135_464_231_354,
            12.636_988_684_616_876,
        ),
        (
            8,
            5569.0,
            39.0,
            255.0,
            1_176_270.0,
            211.217_453_761_896_22,
            43.700_571_264_015_34,
        ),
        (
            9,
            6054.0,
            114.0,
            255.0,
            1_527_315.0,
            252.281_962_338_949_46,
            11.842_874_034_317_06,
        ),
        (
            10,
            4050.0,
            49.0,
            254.0,
            614_597.0,
            151.752_345_679_012_34,
            34.181_196_920_132_15,
        ),
    ];
    assert_eq!(zones.len(), expected.len());
    for (zone, (class, pixels, least, largest, sum, mean, deviation)) in zones.iter().zip(expected)
    {
        assert_eq!(zone["class"], class);
        let numbers = [pixels, pixels, least, largest, sum, mean, deviation];
        assert_band(&zone["bands"][0], numbers);
        assert_eq!(zone["bands"][0]["band"], 2);
    }
}

/// A window in pixels, and the same place by its bounds.
#[test]
fn parts() {
    for part in [
        "--window 100,50,64,32",
        "--bounds 601000,4999220,601640,4999540",
    ] {
        let found = stats(&format!("SCENE/B08.tif {part}"));
        let band = &found["bands"][0];
        for (name, expected) in [
            ("pixels", 2048.0),
            ("valid", 2048.0),
            ("minimum", 3185.0),
            ("maximum", 4773.0),
            ("sum", 7_844_387.0),
            ("mean", 3_830.267_089_843_75),
        ] {
            assert_eq!(band[name].as_f64(), Some(expected), "{part} {name}");
        }
    }
    // No pixel is valid in the upper left corner.
    let found = stats("SCENE/B08.tif --window 0,0,64,32 --percentiles 50 --histogram 3");
    let band = &found["bands"][0];
    let names = [
        "valid",
        "minimum",
        "mean",
        "sum",
        "percentiles",
        "histogram",
    ];
    let members: Vec<&Value> = names.iter().map(|name| &band[name]).collect();
    assert_eq!(json!(members), json!([0, null, null, null, {}, null]));
}

/// Columns are as wide as they need to be, numbers end at the right.
#[test]
fn text() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = "stats SCENE/visual.tif --overview 0 --by SCENE/SCL.tif --bands 2 --percentiles 50";
    let text = String::from_utf8(output(folder.path(), words)).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "class  band  pixels  valid %  minimum  maximum      mean    stddev      sum  p50"
    );
    assert!(lines[1].starts_with(
        "    2     2    1798   100.00       24      114  73.02781  7.792877   131304"
    ));
    assert_eq!(lines.len(), 8);
}

#[test]
fn grids_that_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = cogwork(folder.path(), "stats SCENE/visual.tif --by SCENE/SCL.tif");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("overview 0 of ") && said.contains("match_grid"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
}
