//! Bounds as rectangles.

use cogwork::error::{ErrorKind, Usage};
use cogwork::read::request::ReadRequest;
use geo_types::{Rect, coord};

use crate::{expected, open};

fn rect([left, bottom, right, top]: [f64; 4]) -> Rect<f64> {
    Rect::new(coord! { x: left, y: bottom }, coord! { x: right, y: top })
}

/// As the corners that rasterio's transform gives, to a billionth of a unit.
#[test]
fn bounds_are_those_of_rasterio() {
    let expected = expected()["bounds"].clone();
    let expected: Vec<(String, [f64; 4])> = expected
        .as_object()
        .expect("files")
        .iter()
        .map(|(path, bounds)| {
            (
                path.clone(),
                serde_json::from_value(bounds.clone()).expect("4"),
            )
        })
        .collect();
    assert_eq!(expected.len(), 4);
    for (path, bounds) in expected {
        let found = open(&path).base().bounding_rect().expect("a transform");
        let (low, high) = (found.min(), found.max());
        for (found, wanted) in [low.x, low.y, high.x, high.y].into_iter().zip(bounds) {
            assert!((found - wanted).abs() < 1e-9, "{path}: {found} {wanted}");
        }
    }
    assert_eq!(open("formats/geo-none.tif").base().bounding_rect(), None);
    let visual = open("scene/visual.tif");
    for level in visual.levels() {
        assert_eq!(level.bounding_rect(), visual.base().bounding_rect());
    }
}

/// 20 x 10 pixels of 10 m, whose first is in column 100 and row 200.
#[test]
fn rectangles_are_read_and_clipped() {
    let base = open("scene/visual.tif").base();
    let wanted = rect([601_000.0, 4_997_940.0, 601_200.0, 4_998_040.0]);
    let reading = base
        .read_request(&ReadRequest::new().rect(wanted))
        .expect("inside");
    let window = reading.placement().window;
    assert_eq!((window.column, window.row), (100.0, 200.0));
    assert_eq!(reading.block().shape(), (3, 10, 20));
    assert_eq!(reading.placement().bounding_rect(), Some(wanted));
    let clipped = base
        .lazy()
        .clip_rect(wanted)
        .expect("inside")
        .compute()
        .expect("the scene");
    assert_eq!(clipped.samples(), reading.block().samples());
}

#[test]
fn rectangles_that_are_none() {
    let base = open("scene/visual.tif").base();
    let nan = rect([f64::NAN, 0.0, f64::NAN, f64::NAN]);
    let flat = rect([601_000.0, 4_998_000.0, 601_000.0, 4_999_000.0]);
    let beside = rect([0.0, 0.0, 1.0, 1.0]);
    for wrong in [nan, flat, beside] {
        let read = base
            .read_request(&ReadRequest::new().rect(wrong))
            .expect_err("no pixels");
        let clipped = base
            .lazy()
            .clip_rect(wrong)
            .map(|_| ())
            .expect_err("no pixels");
        assert!(read.is_usage(), "{read}");
        assert!(
            matches!(clipped.kind(), ErrorKind::Usage(Usage::Option(_))),
            "{clipped}"
        );
    }
}
