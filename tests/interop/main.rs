//! The types of other crates: ndarray, image, geo-types, serde and tracing. What is expected of pixels
//! and bounds comes from rasterio (`make.py`).

#[path = "../common/mod.rs"]
mod common;

#[cfg(all(feature = "deflate", feature = "ndarray"))]
mod arrays;
#[cfg(all(feature = "deflate", feature = "geo-types"))]
mod bounds;
#[cfg(all(feature = "deflate", feature = "image"))]
mod pictures;
#[cfg(all(feature = "deflate", feature = "json", feature = "serde"))]
mod serialized;
#[cfg(all(feature = "deflate", feature = "tracing"))]
mod spans;

use cogwork::{Cog, Level};
use serde_json::Value;

/// A file of testdata/.
#[allow(dead_code)] // without features nothing is left
fn open(path: &str) -> Cog {
    Cog::open(common::repository().join("testdata").join(path)).expect(path)
}

/// The first overview of a file of the scene.
#[allow(dead_code)] // without features nothing is left
fn overview(name: &str) -> Level {
    open(&format!("scene/{name}.tif")).overview(0).expect(name)
}

#[allow(dead_code)] // without features nothing is left
fn expected() -> Value {
    common::json(common::repository().join("tests/interop/expected.json"))
}
