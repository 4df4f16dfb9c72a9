//! Overview resampling against GDAL, pixel for pixel.
//!
//! `testdata/kernels` holds a few cases of every method, with the values that GDAL 3.10.3's COG
//! driver wrote. With `COGWORK_KERNEL_CASES` set to the directory that `tests/oracle/kernels.py`
//! filled, its cases are compared instead.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use cogwork::grid::Size;
use cogwork::resampling::{Reduce, Resampler, Resampling, SourceRows};
use cogwork::sample::{Real, Sample, Scalar};
use serde_json::Value;

#[test]
fn every_method_equals_gdal() {
    let directory = std::env::var_os("COGWORK_KERNEL_CASES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/kernels"),
        PathBuf::from,
    );
    let cases = std::fs::read(directory.join("cases.json")).unwrap();
    let arrays = std::fs::read(directory.join("cases.bin")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    assert!(!cases.is_empty());
    let mut tally: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &cases {
        let found = match text(case, "type") {
            "uint8" => compare::<u8>(case, &arrays),
            "int8" => compare::<i8>(case, &arrays),
            "uint16" => compare::<u16>(case, &arrays),
            "int16" => compare::<i16>(case, &arrays),
            "uint32" => compare::<u32>(case, &arrays),
            "int32" => compare::<i32>(case, &arrays),
            "uint64" => compare::<u64>(case, &arrays),
            "int64" => compare::<i64>(case, &arrays),
            "float32" => compare::<f32>(case, &arrays),
            "float64" => compare::<f64>(case, &arrays),
            other => panic!("type {other}"),
        };
        let key = format!("{} {}", text(case, "method"), text(case, "type"));
        let count = tally.entry(key).or_default();
        count.0 += 1;
        if let Err(difference) = found {
            count.1 += 1;
            failures.push(format!(
                "{} {}: {difference}",
                text(case, "method"),
                text(case, "name")
            ));
        }
    }
    for (key, (cases, failed)) in &tally {
        println!("{key}: {cases} cases, {failed} differ");
    }
    let shown: Vec<_> = failures.iter().take(60).cloned().collect();
    assert!(
        failures.is_empty(),
        "{} differ\n{}",
        failures.len(),
        shown.join("\n")
    );
}

/// Computes a case whole and in uneven bands, and compares bit for bit (NaN equals NaN).
fn compare<T: Real + Reduce>(case: &Value, arrays: &[u8]) -> Result<(), String> {
    let method: Resampling = text(case, "method").parse().unwrap();
    let (from, to) = (size(case, "from"), size(case, "to"));
    let source: Vec<T> = samples(&arrays[range(case, "source").unwrap()]);
    let expected: Vec<T> = samples(&arrays[range(case, "expected").unwrap()]);
    let mask = range(case, "mask").map(|range| &arrays[range]);
    let nodata = case["nodata"]
        .as_str()
        .map(|text| Scalar::parse(text).unwrap());
    let nodata = nodata.map(|nodata| T::from_scalar(nodata).unwrap());
    let step = Resampler::new(method, from, to).unwrap();
    for bands in [1, 3] {
        let mut out = vec![T::default(); expected.len()];
        for band in 0..bands {
            let rows = to.height * band / bands..to.height * (band + 1) / bands;
            let needed = step.source_rows(rows.clone());
            let width = from.width as usize;
            let part = needed.start as usize * width..needed.end as usize * width;
            let source = SourceRows {
                first_row: needed.start,
                samples: &source[part.clone()],
                nodata,
                mask: mask.map(|mask| &mask[part]),
            };
            let width = to.width as usize;
            let out = &mut out[rows.start as usize * width..rows.end as usize * width];
            step.reduce(&source, rows, out).unwrap();
        }
        let differs = |(&a, &b): (&T, &T)| {
            let (mut left, mut right) = ([0; 8], [0; 8]);
            a.write_le(&mut left);
            b.write_le(&mut right);
            // A u64 that a cubic or Lanczos clamps to 2^64 overflows to 0 in GDAL where the band
            // has nodata: undefined behaviour that we do not follow.
            let overflow = a.to_scalar() == Scalar::from(u64::MAX) && b == T::default();
            left != right && !(a.is_nan() && b.is_nan()) && !(overflow && nodata.is_some())
        };
        let count = out
            .iter()
            .zip(&expected)
            .filter(|pair| differs(*pair))
            .count();
        if let Some(place) = out.iter().zip(&expected).position(differs) {
            let (column, row) = (place % to.width as usize, place / to.width as usize);
            let (found, expected) = (out[place], expected[place]);
            return Err(format!(
                "{from} to {to} in {bands}: {count} pixels, first at {column},{row}: \
                 {found:?}, GDAL has {expected:?}"
            ));
        }
    }
    Ok(())
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap()
}

fn size(case: &Value, key: &str) -> Size {
    let axis = |place: usize| u32::try_from(case[key][place].as_u64().unwrap()).unwrap();
    Size::new(axis(0), axis(1))
}

fn range(case: &Value, key: &str) -> Option<Range<usize>> {
    let number = |place: usize| usize::try_from(case[key][place].as_u64()?).ok();
    Some(number(0)?..number(0)? + number(1)?)
}

fn samples<T: Sample>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(T::BYTES).map(T::from_le_slice).collect()
}
