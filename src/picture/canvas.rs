//! What is drawn beside pixels: boxes and letters on white.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point, Size as Extent};
use embedded_graphics::mono_font::iso_8859_1::{FONT_6X10, FONT_8X13};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::{Baseline, Text};

use super::Picture;
use crate::error::Result;
use crate::grid::Size;
use crate::limits::{Limits, index, product, zeroed};

pub(super) type Color = [u8; 3];

pub(super) const BLACK: Color = [0, 0, 0];
pub(super) const GRAY: Color = [112, 112, 112];

/// A sheet of white.
pub(super) struct Canvas {
    size: Size,
    pixels: Vec<[u8; 4]>,
}

/// Letters of one width.
#[derive(Clone, Copy)]
pub(super) struct Letters(&'static MonoFont<'static>);

impl Letters {
    /// Letters that can be read beside a picture of a size.
    pub(super) fn beside(size: Size) -> Self {
        match size.width.max(size.height) {
            0..400 => Letters(&FONT_6X10),
            _ => Letters(&FONT_8X13),
        }
    }

    pub(super) fn height(self) -> u32 {
        self.0.character_size.height
    }

    pub(super) fn width(self, text: &str) -> u32 {
        let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        letters.saturating_mul(self.0.character_size.width)
    }

    /// The width of the widest of some texts.
    pub(super) fn widest<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> u32 {
        let widths = texts.into_iter().map(|text| self.width(text));
        widths.max().unwrap_or(0)
    }
}

impl Canvas {
    /// A white sheet, after checking `limits.block_bytes`.
    pub(super) fn new(size: Size, limits: &Limits) -> Result<Self> {
        let bytes = product(&[size.area(), 4])?;
        Limits::check("block_bytes", bytes, limits.block_bytes)?;
        let mut pixels = zeroed(index(size.width) * index(size.height))?;
        pixels.fill([u8::MAX; 4]);
        Ok(Canvas { size, pixels })
    }

    /// Puts a picture at a column and a row, where it replaces what was there.
    pub(super) fn paste(&mut self, (column, row): (u32, u32), picture: &Picture) {
        let (width, left) = (index(self.size.width), index(column));
        let lines = picture.pixels().chunks_exact(index(picture.size().width));
        for (line, own) in lines.zip(self.pixels.chunks_exact_mut(width).skip(index(row))) {
            own[left..left + line.len()].copy_from_slice(line);
        }
    }

    pub(super) fn fill(&mut self, (column, row): (u32, u32), size: Size, color: Color) {
        let place = Point::new(coordinate(column), coordinate(row));
        let area = Rectangle::new(place, Extent::new(size.width, size.height));
        let Ok(()) = self.fill_solid(&area, rgb(color));
    }

    /// Writes a line of text, its upper left corner at a column and a row.
    pub(super) fn write(&mut self, (column, row): (u32, u32), text: &str, letters: Letters) {
        let style = MonoTextStyle::new(letters.0, rgb(BLACK));
        let place = Point::new(coordinate(column), coordinate(row));
        let text = Text::with_baseline(text, place, style, Baseline::Top);
        let Ok(_) = embedded_graphics::Drawable::draw(&text, self);
    }

    pub(super) fn into_picture(self) -> Result<Picture> {
        Picture::new(self.size, self.pixels)
    }
}

impl Dimensions for Canvas {
    fn bounding_box(&self) -> Rectangle {
        Rectangle::new(
            Point::zero(),
            Extent::new(self.size.width, self.size.height),
        )
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(place, color) in pixels {
            let place = u32::try_from(place.x).ok().zip(u32::try_from(place.y).ok());
            let inside = place.filter(|&(x, y)| x < self.size.width && y < self.size.height);
            if let Some((column, row)) = inside {
                let at = index(row) * index(self.size.width) + index(column);
                self.pixels[at] = [color.r(), color.g(), color.b(), u8::MAX];
            }
        }
        Ok(())
    }
}

fn rgb([r, g, b]: Color) -> Rgb888 {
    Rgb888::new(r, g, b)
}

/// Sheets are far smaller than what a coordinate can be.
fn coordinate(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}
