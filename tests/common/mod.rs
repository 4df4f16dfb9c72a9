//! Where the files of the tests lie, and how they are compared: sha256 of little-endian,
//! band-sequential samples.

#![allow(dead_code)] // each test uses its own part

pub mod dot;
pub mod loopback;
pub mod raster;
pub mod sinks;
pub mod sources;
pub mod tiff;

use std::path::{Path, PathBuf};

use cogwork::sample::{DataType, Scalar};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of `../shared`. Where it is missing the test that asks has nothing to do, but in CI
/// that is a failure.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let path = repository().join("../shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is missing",
        path.display()
    );
    println!("left out: {} is missing", path.display());
    None
}

pub fn json(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    let text = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether a level's nodata is the expected text: integers by their digits, floats by their value
/// in the file's type.
pub fn same_nodata(found: Option<Scalar>, expected: &Value, data_type: DataType) -> bool {
    let (found, text) = match (found, expected.as_str()) {
        (None, None) => return true,
        (Some(found), Some(text)) => (found, text),
        _ => return false,
    };
    if !data_type.is_float() {
        return found.to_int() == text.parse().ok();
    }
    let expected: f64 = text.parse().expect("the expectation is a number");
    let same = match data_type {
        DataType::F32 => found.to_f64() as f32 == expected as f32,
        _ => found.to_f64() == expected,
    };
    same || found.is_nan() && expected.is_nan()
}

/// Whether two transforms (a to f) are the same but for the rounding of a division.
pub fn same_transform(found: Option<[f64; 6]>, expected: &Value) -> bool {
    let expected: Option<Vec<f64>> = expected
        .as_array()
        .map(|numbers| numbers.iter().filter_map(Value::as_f64).collect());
    match (found, expected) {
        (None, None) => true,
        (Some(found), Some(expected)) => {
            expected.len() == 6
                && found
                    .iter()
                    .zip(&expected)
                    .all(|(a, b)| (a - b).abs() <= 1e-9 + 1e-12 * b.abs())
        }
        _ => false,
    }
}

/// The number of a JSON object's member.
pub fn number(value: &Value, key: &str) -> u64 {
    value[key]
        .as_u64()
        .unwrap_or_else(|| panic!("`{key}` is no number in {value}"))
}

/// The text of a JSON object's member.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

/// The names of a folder's entries, sorted.
pub fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}
