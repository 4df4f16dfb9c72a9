//! `cogwork calc`, against the library, numpy's samples and the exact texts of what it refuses.

use std::path::Path;
use std::process::Output;

use cogwork::{Cog, Lazy};

use crate::{cogwork_with, common, scene};

/// Runs `cogwork calc`: the formula, then words divided by blanks.
fn calc(folder: &Path, formula: &str, words: &str) -> Output {
    cogwork_with(folder, &["calc", formula], words)
}

/// What a run that must go well has written.
fn computed(folder: &Path, formula: &str, words: &str) -> Cog {
    let output = calc(folder, formula, &format!("{words} -o out.tif"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(0), ""), "{formula}");
    Cog::open(folder.join("out.tif")).expect("what was written")
}

fn sha256(cog: &Cog) -> String {
    common::sha256(&cog.base().read().expect("whole").samples().to_le_bytes())
}

/// The same file as by the library, byte for byte, and the samples of `expected.json`.
#[test]
fn ndvi() {
    let folder = tempfile::tempdir().expect("a folder");
    let cog = computed(
        folder.path(),
        "(nir - red) / (nir + red)",
        "--in nir=SCENE/B08.tif --in red=SCENE/B04.tif:1",
    );
    let expected = common::json(scene().join("expected.json"));
    assert_eq!(sha256(&cog), common::text(&expected["ndvi"], "sha256"));
    let open = |name: &str| Cog::open(scene().join(name)).expect(name).base().lazy();
    let (nir, red) = (open("B08.tif"), open("B04.tif"));
    let own = folder.path().join("own.tif");
    let ndvi: Lazy = (&nir - &red) / (&nir + &red);
    ndvi.write_cog(&own, &cogwork::write::CogOptions::default())
        .expect("written");
    let bytes = |path: &Path| std::fs::read(path).expect("written");
    assert!(
        bytes(&own) == bytes(&folder.path().join("out.tif")),
        "the files differ"
    );
}

/// The command, on the grid that SCL has: numpy's float32 samples, NaN where nir or red is 0
/// or the class is 8 or 9 (135176 pixels are left), by their sum.
const NDVI: &str = "where(is_in(scl, 8, 9), nodata, (nir - red) / (nir + red))";
const NDVI_SHA: &str = "910bf654045e5db6101aea503b7eec38d72adc089ec98bd707a0457f4a59ee3c";

#[test]
fn ndvi_without_clouds() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = "--in nir=SCENE/B08.tif@0 --in red=SCENE/B04.tif:1@0 --in scl=SCENE/SCL.tif:1 \
        --dtype f32";
    let cog = computed(folder.path(), NDVI, words);
    assert_eq!(sha256(&cog), NDVI_SHA);
    assert_eq!(
        (cog.base().resolution(), cog.base().epsg()),
        ((20.0, -20.0), Some(32631))
    );
    assert!(cog.base().nodata().is_some_and(|nodata| nodata.is_nan()));
    // Assets of a STAC document, and a value instead of NaN.
    let words = "--in nir=SCENE/B08.tif@0 --in red=SCENE/B04.tif@0 \
        --in scl=SCENE/mysearch.json#-1/SCL:1 --nodata -9999 --compress none --blocksize 128";
    let cog = computed(folder.path(), NDVI, words);
    assert_eq!(cog.base().nodata(), Some((-9999).into()));
    let block = cog.base().read().expect("whole");
    let samples = block.as_slice::<f32>().expect("float32");
    assert_eq!(
        samples.iter().filter(|sample| **sample != -9999.0).count(),
        135_176
    );
    let nan = f32::from_bits(0x7fc0_0000);
    let back = samples
        .iter()
        .map(|&sample| if sample == -9999.0 { nan } else { sample });
    let bytes: Vec<u8> = back.flat_map(f32::to_le_bytes).collect();
    assert_eq!(common::sha256(&bytes), NDVI_SHA);
    assert_eq!(
        (cog.base().image().compression, cog.base().tile_size().width),
        (1, 128)
    );
}

/// numpy: the mean of the valid bands of visual's first overview is over 100, and its first band
/// is valid. 16385 pixels are.
#[test]
fn a_mask_is_uint8() {
    let folder = tempfile::tempdir().expect("a folder");
    let formula = "mean_bands(v) > 100 and is_valid(v)[1]";
    let cog = computed(folder.path(), formula, "--in v=SCENE/visual.tif@0");
    let sha = "b29b61b90ee72a6593a0fbc2a59efddf2c9b33c947ccf88124a8ab4ea17ea982";
    assert_eq!(sha256(&cog), sha);
    assert_eq!(cog.base().data_type().name(), "uint8");
}

/// How numbers that the type does not have are taken: rasterio's samples of the scene's first row.
#[test]
fn casts_by_choice() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Cog::open(scene().join("B08.tif"))
        .expect("the scene")
        .base()
        .read();
    let source = source
        .expect("whole")
        .as_slice::<u16>()
        .expect("uint16")
        .to_vec();
    let samples = |how: &str| {
        let words = format!("--in a=SCENE/B08.tif --dtype uint8 --cast {how}");
        let cog = computed(folder.path(), "with_nodata(a, none)", &words);
        cog.base()
            .read()
            .expect("whole")
            .as_slice::<u8>()
            .expect("uint8")
            .to_vec()
    };
    let low: Vec<u8> = source.iter().map(|&sample| sample as u8).collect();
    assert!(samples("wrapping") == low);
    let near: Vec<u8> = source.iter().map(|&sample| sample.min(255) as u8).collect();
    assert!(samples("saturating") == near);
    let words = "--in a=SCENE/B08.tif --dtype u8 --cast checked -o out.tif";
    let output = calc(folder.path(), "a", words);
    assert_eq!(output.status.code(), Some(2));
    let row = source
        .iter()
        .position(|&sample| sample > 255)
        .expect("a large one");
    let said = format!(
        "cogwork: `cast_checked`: {} at row {}, column {} of band 1 is no valid uint8\n",
        source[row],
        row / 774,
        row % 774
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
}

/// Files whose names look like a selection, names that are not needed, a file of several names.
#[test]
fn inputs() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a:2", "b@0"] {
        std::fs::copy(scene().join("SCL.tif"), folder.path().join(name)).expect("copied");
    }
    let words = "--in x=a:2 --in y=b@0 --in z=missing.tif";
    let cog = computed(folder.path(), "x + y * 0", words);
    let scl = Cog::open(scene().join("SCL.tif")).expect("the scene");
    let both = [&cog, &scl].map(|cog| cog.base().read().expect("whole").valid_pixels());
    assert_eq!(both[0], both[1]);
    let words = "--in r=SCENE/visual.tif:1 --in g=SCENE/visual.tif:2 --timing -o out.tif";
    let output = calc(folder.path(), "r - g", words);
    let said = String::from_utf8_lossy(&output.stderr);
    let timing: serde_json::Value = serde_json::from_str(&said).expect("one line");
    // 16 tiles of the file's base, each decoded once for both bands.
    assert_eq!(timing["tiles_decoded"], 16);
}

#[test]
fn refusals() {
    let folder = tempfile::tempdir().expect("a folder");
    let nir = "--in nir=SCENE/B08.tif@0 --in scl=SCENE/SCL.tif -o out.tif";
    for (formula, words, code, said) in [
        (
            "where(is_inn(scl, 8, 9), nodata, nir)",
            nir,
            2,
            "cogwork: there is no function `is_inn`: did you mean `is_in`? (column 7)\n\
             where(is_inn(scl, 8, 9), nodata, nir)\n\
             \u{20}     ^^^^^^\n",
        ),
        (
            "(nir - red) / (nir + red)",
            nir,
            2,
            "cogwork: there is no input `red`: there are nir, scl (column 8)\n\
             (nir - red) / (nir + red)\n\
             \u{20}      ^^^\n",
        ),
        (
            "nir + 2 +",
            nir,
            2,
            "cogwork: found the end, expected a number, a name, a function or `(` (column 10)\n\
             nir + 2 +\n\
             \u{20}        ^\n",
        ),
        (
            "nir * 2 + rgb[1]",
            "--in nir=SCENE/B08.tif@0 --in rgb=SCENE/SCL.tif:2 -o out.tif",
            2,
            "cogwork: SCENE/SCL.tif: there is no band 2: the raster has bands 1 to 1\n",
        ),
        (
            "nir * 2 + scl[7]",
            nir,
            2,
            "cogwork: there is no band 7: the raster has bands 1 to 1 (column 11)\n\
             nir * 2 + scl[7]\n\
             \u{20}         ^^^^^^\n",
        ),
        (
            "1 -\n  sqrt(nir and scl)",
            nir,
            2,
            "cogwork: `and` needs a mask (line 2, column 8)\n\
             \u{20} sqrt(nir and scl)\n\
             \u{20}      ^^^^^^^^^^^\n",
        ),
        (
            "nir",
            "--in nir=missing.tif -o out.tif",
            1,
            "cogwork: missing.tif: No such file or directory (os error 2)\n",
        ),
        (
            "nir",
            "--in nir=SCENE/B08.tif@7 -o out.tif",
            2,
            "cogwork: SCENE/B08.tif: there is no overview 7: the file has 2\n",
        ),
        (
            "nir",
            "--in nir=SCENE/B08.tif --in nir=SCENE/B04.tif -o out.tif",
            2,
            "cogwork: two rasters have the name `nir`\n",
        ),
        (
            "nir",
            "--in nir -o out.tif",
            2,
            "cogwork: invalid value 'nir' for '--in <NAME=SRC[:BAND,..][@OVERVIEW]>': expected NAME=SRC\n",
        ),
        (
            "nir",
            "--in nir=SCENE/B08.tif --cast checked -o out.tif",
            2,
            "cogwork: the following required arguments were not provided: --dtype <TYPE>\n",
        ),
        (
            "nir",
            "--in nir=SCENE/B08.tif --dtype u9 -o out.tif",
            2,
            "cogwork: invalid value 'u9' for '--dtype <TYPE>': data type `u9`: expected one of uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64, complex_int16, complex_int32, complex64, complex128\n",
        ),
        (
            "nir",
            "--in nir=SCENE/B08.tif --nodata 70000 -o out.tif",
            2,
            "cogwork: `70000` is not a value of type uint16\n",
        ),
        (
            "nir",
            "--in nir=SCENE/B08.tif",
            2,
            "cogwork: the following required arguments were not provided: --output <OUT.tif>\n",
        ),
    ] {
        let output = calc(folder.path(), formula, words);
        let found = String::from_utf8_lossy(&output.stderr).into_owned();
        let place = scene().to_string_lossy().into_owned();
        assert_eq!(found.replace(&place, "SCENE"), said, "{formula}");
        assert_eq!(output.status.code(), Some(code), "{formula}: {found}");
        assert!(output.stdout.is_empty() && common::entries(folder.path()).is_empty());
    }
}

/// Grids that differ are told with both files and the level that would match.
#[test]
fn grids_that_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = "--in nir=SCENE/B08.tif --in red=SCENE/B04.tif --in scl=SCENE/SCL.tif -o out.tif";
    let output = calc(folder.path(), NDVI, words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<&str> = said.lines().collect();
    let [message, formula, carets] = lines[..] else {
        panic!("{said}");
    };
    assert!(
        message.contains("overview 0 of ") && message.ends_with("(column 1)"),
        "{message}"
    );
    assert_eq!(formula, NDVI);
    assert_eq!(carets, "^".repeat(NDVI.len()));
}
