//! Bounds as rectangles of [geo-types](https://docs.rs/geo-types).
//!
//! A rectangle's edges are the outer edges of the pixels, not their centres, in units of the
//! coordinate system. x is what the file's transform gives first: easting or longitude, also where
//! the EPSG code defines latitude first, as GeoTIFF 1.1 (OGC 19-008, 7.2.2) has it and GDAL's
//! traditional axis order. Of a rotated raster the rectangle is the one that holds its four corners.
//!
//! ```
//! use cogwork::Cog;
//! use geo_types::Rect;
//! use cogwork::read::request::ReadRequest;
//!
//! let base = Cog::open("testdata/scene/visual.tif")?.base();
//! let whole = base.bounding_rect().expect("the file has a transform");
//! assert_eq!(whole, Rect::new((600_000.0, 4_992_220.0), (607_740.0, 5_000_040.0)));
//!
//! let west = whole.split_x()[0];
//! let reading = base.read_request(&ReadRequest::new().rect(west))?;
//! assert_eq!(reading.block().shape(), (3, 782, 387)); // bands, rows, columns
//! assert_eq!(reading.placement().bounding_rect(), Some(west));
//! let lazy = base.lazy().clip_rect(west)?;
//! # assert_eq!(lazy.compute()?.shape(), (3, 782, 387));
//! # Ok::<(), cogwork::Error>(())
//! ```

use ::geo_types::{Rect, coord};

use crate::error::Result;
use crate::grid::{Affine, Size};
use crate::lazy::Lazy;
use crate::read::level::Level;
use crate::read::request::{Placement, ReadRequest};

impl Affine {
    /// The rectangle that holds the four corners of a raster of `size` pixels.
    pub fn bounding_rect(self, size: Size) -> Rect<f64> {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)];
        let corners = corners.map(|(column, row)| self.apply(column, row));
        let (x, y) = (
            corners.map(|corner| corner.0),
            corners.map(|corner| corner.1),
        );
        let least = |numbers: [f64; 4]| numbers.into_iter().fold(f64::INFINITY, f64::min);
        let most = |numbers: [f64; 4]| numbers.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Rect::new(
            coord! { x: least(x), y: least(y) },
            coord! { x: most(x), y: most(y) },
        )
    }
}

impl Level {
    /// The bounds of the level, if the file has a transform; the same for all levels of a file.
    pub fn bounding_rect(&self) -> Option<Rect<f64>> {
        Some(self.transform()?.bounding_rect(self.size()))
    }
}

impl Placement {
    /// The bounds of the pixels that were read, if the file has a transform.
    pub fn bounding_rect(&self) -> Option<Rect<f64>> {
        Some(self.transform?.bounding_rect(self.size))
    }
}

impl ReadRequest {
    /// As [`bounds`](Self::bounds), of a rectangle.
    #[must_use]
    pub fn rect(self, rect: impl Into<Rect<f64>>) -> Self {
        let [left, bottom, right, top] = edges(rect.into());
        self.bounds(left, bottom, right, top)
    }
}

impl Lazy {
    /// As [`clip_box`](Self::clip_box), of a rectangle.
    ///
    /// # Errors
    /// As [`clip_box`](Self::clip_box).
    pub fn clip_rect(&self, rect: impl Into<Rect<f64>>) -> Result<Lazy> {
        let [left, bottom, right, top] = edges(rect.into());
        self.clip_box(left, bottom, right, top)
    }
}

/// Left, bottom, right, top.
fn edges(rect: Rect<f64>) -> [f64; 4] {
    let (low, high) = (rect.min(), rect.max());
    [low.x, low.y, high.x, high.y]
}
