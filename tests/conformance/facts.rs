//! What the files of the set say beside their pixels, and what GDAL says of them.

use cogwork::grid::Affine;
use cogwork::sample::Scalar;
use cogwork::{Cog, Level};
use serde_json::{Value, json};

use crate::common;
use crate::table::Outcome;

/// Facts that are not GDAL's, and why: file, fact, reason.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "cogeotiff+rio-cogeo/tests/fixtures/validate/image_known_incompatible_ghost_headers.tif",
    "epsg",
    "a user-defined system; PROJ's database has one of the same parameters",
)];

/// A fact of a file against GDAL's.
pub struct Fact {
    pub name: &'static str,
    /// Whether the file says anything.
    pub told: bool,
    pub outcome: Outcome,
}

/// The facts of a file of the set.
pub fn compared(name: &str, cog: &Cog, entry: &Value) -> Vec<Fact> {
    let facts = facts(&cog.base(), entry).into_iter();
    facts
        .map(|(what, same, told)| {
            let outcome = match (same, excepted(name, what)) {
                (true, None) => Outcome::Same,
                (false, Some(why)) => Outcome::Refused(why.to_owned()),
                (true, Some(_)) => Outcome::Wrong(format!("{what} needs no exception")),
                (false, None) => Outcome::Wrong(format!("{what} is not {}", entry[what])),
            };
            Fact {
                name: what,
                told,
                outcome,
            }
        })
        .collect()
}

/// Why a fact of a file is not GDAL's, if it may be so.
fn excepted(name: &str, what: &str) -> Option<&'static str> {
    let mut exceptions = EXCEPTIONS.iter();
    let found = exceptions.find(|exception| (exception.0, exception.1) == (name, what));
    found.map(|exception| exception.2)
}

/// Whether each fact is GDAL's, and whether it says anything.
fn facts(base: &Level, entry: &Value) -> Vec<(&'static str, bool, bool)> {
    // rasterio cannot tell the identity from none.
    let transform = base
        .transform()
        .filter(|affine| *affine != Affine::IDENTITY);
    let transform = transform.map(|affine| affine.to_array());
    let colors = base.color_table().map(<[_]>::len);
    let plain = |what: &str, nothing: f64| {
        let numbers = entry[what].as_array().expect("numbers");
        numbers.iter().any(|number| *number != json!(nothing))
    };
    let described = entry["descriptions"].as_array().expect("descriptions");
    vec![
        (
            "colormap",
            json!(colors) == entry["colormap"],
            !entry["colormap"].is_null(),
        ),
        (
            "scales",
            json!(base.scales()) == entry["scales"],
            plain("scales", 1.0),
        ),
        (
            "offsets",
            json!(base.offsets()) == entry["offsets"],
            plain("offsets", 0.0),
        ),
        (
            "descriptions",
            json!(base.descriptions()) == entry["descriptions"],
            described.iter().any(|text| !text.is_null()),
        ),
        (
            "nodata",
            same_number(base.nodata(), entry["nodata"].as_str()),
            !entry["nodata"].is_null(),
        ),
        (
            "transform",
            common::same_transform(transform, &entry["transform"]),
            !entry["transform"].is_null(),
        ),
        (
            "epsg",
            json!(base.epsg()) == entry["epsg"],
            !entry["epsg"].is_null(),
        ),
    ]
}

/// Whether nodata is the number of a text: rasterio gives all as doubles.
fn same_number(found: Option<Scalar>, expected: Option<&str>) -> bool {
    let expected: Option<f64> = expected.map(|text| text.parse().expect("a number"));
    let found = found.map(|found| found.to_f64());
    found == expected || found.is_some_and(f64::is_nan) && expected.is_some_and(f64::is_nan)
}
