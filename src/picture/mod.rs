//! Pictures of rasters: RGBA of 8 bits, as PNG or as text for a terminal (feature `png`).
//!
//! [`Picture::of_block`] colours decoded pixels one by one, which is what a server of tiles needs.
//! [`Quicklook`] reads as many pixels of a level as the picture has, from an overview where there is
//! one, and draws legend, scale bar, coordinates and histogram beside them. What no nodata value,
//! mask or alpha band makes valid is transparent, and so is NaN.
//!
//! ```
//! use cogwork::Cog;
//! use cogwork::picture::{Quicklook, Stretch};
//!
//! let scene = Cog::open("testdata/scene/B08.tif")?;
//! let look = Quicklook::new().size(256).stretch(Stretch::Percentile(2.0, 98.0)).scale_bar();
//! let picture = look.draw(&scene.base())?;
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(folder.path())?;
//! picture.save_png("nir.png")?;
//! # Ok::<(), cogwork::Error>(())
//! ```

mod canvas;
mod colors;
mod encode;
mod legend;
mod paint;
mod plot;
mod quicklook;
mod scale;
mod sheet;
mod stretch;
mod style;
mod terminal;

use crate::block::Block;
use crate::error::{Result, Usage};
use crate::grid::Size;
use crate::limits::index;

pub use colors::{Class, ColorMap};
pub use quicklook::Quicklook;
pub use stretch::Stretch;
pub use style::Style;

/// Red, green, blue and opacity of each pixel: rows, columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    size: Size,
    pixels: Vec<[u8; 4]>,
}

impl Picture {
    /// A picture of `size` from its pixels, row by row.
    ///
    /// # Errors
    /// [`Usage::BufferLength`] if their number is not that of the size, [`Usage::Option`] if there are
    /// none.
    pub fn new(size: Size, pixels: Vec<[u8; 4]>) -> Result<Self> {
        let expected = index(size.width).saturating_mul(index(size.height));
        if expected == 0 {
            return Err(Usage::Option("a picture of no pixels".into()).into());
        }
        if pixels.len() != expected {
            let found = pixels.len();
            return Err(Usage::BufferLength { found, expected }.into());
        }
        Ok(Picture { size, pixels })
    }

    /// The picture of a block: a pixel of the block is a pixel of the picture. Bands of the style are
    /// those of the block, counted from 1; a stretch that goes by the samples goes by those of the
    /// block, so that tiles of one map need a [`Stretch::Range`].
    ///
    /// # Errors
    /// [`Usage::Band`] for a band that the block does not have, [`Usage::Option`] for a stretch that
    /// makes no sense, [`Unsupported`](crate::ErrorKind::Unsupported) for complex samples, and for an
    /// alpha band of another type than uint8 and uint16.
    pub fn of_block(block: &Block, style: &Style) -> Result<Self> {
        let ranges = paint::ranges(block, style)?;
        paint::paint(block, style, &ranges)
    }

    /// The same on a ground of one colour, which is seen where pixels are transparent: opaque
    /// throughout.
    #[must_use]
    pub fn over(mut self, ground: [u8; 3]) -> Self {
        for pixel in &mut self.pixels {
            let opacity = u32::from(pixel[3]);
            let mix = |own: u8, ground: u8| {
                let both = u32::from(own) * opacity + u32::from(ground) * (255 - opacity);
                ((both + 127) / 255) as u8
            };
            let [r, g, b, _] = *pixel;
            let [x, y, z] = ground;
            *pixel = [mix(r, x), mix(g, y), mix(b, z), u8::MAX];
        }
        self
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Red, green, blue and opacity, row by row.
    pub fn pixels(&self) -> &[[u8; 4]] {
        &self.pixels
    }

    /// The same, byte by byte.
    pub fn as_bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }
}
