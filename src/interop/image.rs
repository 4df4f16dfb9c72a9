//! Blocks as pictures of the crate [image](https://docs.rs/image), and back.
//!
//! | bands | uint8 | uint16 | float32 |
//! |---|---|---|---|
//! | 1 | `ImageLuma8` | `ImageLuma16` | |
//! | 2 | `ImageLumaA8` | `ImageLumaA16` | |
//! | 3 | `ImageRgb8` | `ImageRgb16` | `ImageRgb32F` |
//! | 4 | `ImageRgba8` | `ImageRgba16` | `ImageRgba32F` |
//!
//! Samples stay what they are: nothing is stretched, premultiplied or converted between colour
//! spaces. The second of two bands and the fourth of four are alpha.
//!
//! ```
//! use cogwork::{Block, Cog};
//! use image::DynamicImage;
//!
//! let visual = Cog::open("testdata/scene/visual.tif")?;
//! let block = visual.overview(1)?.read()?;
//! let picture = block.to_image_with_alpha()?; // nodata is transparent
//! assert!(matches!(picture, DynamicImage::ImageRgba8(_)));
//! let back = Block::from_image_with_alpha(&picture)?; // alpha is the mask
//! assert_eq!(back.samples(), block.samples());
//! assert_eq!(back.valid_pixels(), block.valid_pixels());
//! # Ok::<(), cogwork::Error>(())
//! ```

use ::image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Rgb, Rgba};

use crate::block::{Block, Validity};
use crate::error::{Error, Result, Unsupported, Usage};
use crate::grid::Size;
use crate::limits::{to_usize, zeroed};
use crate::sample::{Sample, Samples};

impl Block {
    /// The bands as the channels of a picture. Validity is not asked: invalid pixels are what their
    /// samples are.
    ///
    /// # Errors
    /// [`Unsupported::Picture`] for bands and types that are not in the [table](self); out of memory.
    pub fn to_image(&self) -> Result<DynamicImage> {
        self.picture(self.bands(), None)
    }

    /// One band, or three, as the channels of a picture whose alpha is 0 where a pixel is invalid, and
    /// else its type's most (1 in float32).
    ///
    /// # Errors
    /// [`Unsupported::Picture`] for other bands, and for types that are not in the [table](self); out
    /// of memory.
    pub fn to_image_with_alpha(&self) -> Result<DynamicImage> {
        match self.bands() {
            bands @ (1 | 3) => self.picture(bands + 1, Some(&self.valid_pixels())),
            _ => Err(self.no_picture("a picture to which alpha is added")),
        }
    }

    /// The channels of a picture as bands, alpha among them. All pixels are valid.
    ///
    /// # Errors
    /// [`Unsupported::Picture`] for kinds of pictures that a later version of image may bring; out of
    /// memory.
    pub fn from_image(image: &DynamicImage) -> Result<Self> {
        let samples = planes_of(image)?;
        let bands = usize::from(image.color().channel_count());
        Block::new(bands, size_of(image), samples, Validity::All)
    }

    /// As [`from_image`](Self::from_image), where alpha is no band but tells the valid pixels: those
    /// where it is not 0. Without alpha all are valid.
    ///
    /// # Errors
    /// As [`from_image`](Self::from_image).
    pub fn from_image_with_alpha(image: &DynamicImage) -> Result<Self> {
        if !image.color().has_alpha() {
            return Block::from_image(image);
        }
        let bands = usize::from(image.color().channel_count()) - 1;
        let (size, area) = (size_of(image), to_usize(size_of(image).area())?);
        let (samples, alpha) = match planes_of(image)? {
            Samples::U8(values) => split(values, bands * area),
            Samples::U16(values) => split(values, bands * area),
            Samples::F32(values) => split(values, bands * area),
            _ => return Err(unknown(image)),
        };
        Block::new(bands, size, samples, Validity::Mask(alpha))
    }

    /// A picture of so many channels, the last of which is made of `valid` if that is given.
    fn picture(&self, channels: usize, valid: Option<&[u8]>) -> Result<DynamicImage> {
        let size = self.size();
        match (self.samples(), channels) {
            (Samples::U8(values), 1) => buffer::<Luma<_>>(size, pixels(values, 1, valid, u8::MAX)?),
            (Samples::U8(values), 2) => {
                buffer::<LumaA<_>>(size, pixels(values, 2, valid, u8::MAX)?)
            }
            (Samples::U8(values), 3) => buffer::<Rgb<_>>(size, pixels(values, 3, valid, u8::MAX)?),
            (Samples::U8(values), 4) => buffer::<Rgba<_>>(size, pixels(values, 4, valid, u8::MAX)?),
            (Samples::U16(values), 1) => {
                buffer::<Luma<_>>(size, pixels(values, 1, valid, u16::MAX)?)
            }
            (Samples::U16(values), 2) => {
                buffer::<LumaA<_>>(size, pixels(values, 2, valid, u16::MAX)?)
            }
            (Samples::U16(values), 3) => {
                buffer::<Rgb<_>>(size, pixels(values, 3, valid, u16::MAX)?)
            }
            (Samples::U16(values), 4) => {
                buffer::<Rgba<_>>(size, pixels(values, 4, valid, u16::MAX)?)
            }
            (Samples::F32(values), 3) => buffer::<Rgb<_>>(size, pixels(values, 3, valid, 1.0)?),
            (Samples::F32(values), 4) => buffer::<Rgba<_>>(size, pixels(values, 4, valid, 1.0)?),
            _ => Err(self.no_picture("a picture of the crate image")),
        }
    }

    fn no_picture(&self, kind: &'static str) -> Error {
        let (bands, dtype) = (self.bands(), self.data_type().name());
        Unsupported::Picture { kind, bands, dtype }.into()
    }
}

fn size_of(image: &DynamicImage) -> Size {
    Size::new(image.width(), image.height())
}

/// Samples pixel by pixel, from planes and what tells the valid pixels.
fn pixels<T: Sample>(
    planes: &[T],
    channels: usize,
    valid: Option<&[u8]>,
    opaque: T,
) -> Result<Vec<T>> {
    let bands = channels - usize::from(valid.is_some());
    let area = planes.len() / bands;
    let mut pixels = zeroed::<T>(area * channels)?;
    for (band, plane) in planes.chunks_exact(area.max(1)).enumerate() {
        let places = pixels.iter_mut().skip(band).step_by(channels);
        places
            .zip(plane)
            .for_each(|(place, &sample)| *place = sample);
    }
    if let Some(valid) = valid {
        let places = pixels.iter_mut().skip(bands).step_by(channels).zip(valid);
        let clear = places.filter(|(_, valid)| **valid != 0);
        clear.for_each(|(place, _)| *place = opaque);
    }
    Ok(pixels)
}

fn buffer<P: Pixel>(size: Size, pixels: Vec<P::Subpixel>) -> Result<DynamicImage>
where
    DynamicImage: From<ImageBuffer<P, Vec<P::Subpixel>>>,
{
    let found = pixels.len();
    let image = ImageBuffer::from_raw(size.width, size.height, pixels);
    let expected = to_usize(size.area())?.saturating_mul(usize::from(P::CHANNEL_COUNT));
    let length = || Usage::BufferLength { found, expected };
    Ok(DynamicImage::from(image.ok_or_else(length)?))
}

/// The channels one after the other.
fn planes_of(image: &DynamicImage) -> Result<Samples> {
    match image {
        DynamicImage::ImageLuma8(image) => planes(image),
        DynamicImage::ImageLumaA8(image) => planes(image),
        DynamicImage::ImageRgb8(image) => planes(image),
        DynamicImage::ImageRgba8(image) => planes(image),
        DynamicImage::ImageLuma16(image) => planes(image),
        DynamicImage::ImageLumaA16(image) => planes(image),
        DynamicImage::ImageRgb16(image) => planes(image),
        DynamicImage::ImageRgba16(image) => planes(image),
        DynamicImage::ImageRgb32F(image) => planes(image),
        DynamicImage::ImageRgba32F(image) => planes(image),
        other => Err(unknown(other)),
    }
}

fn planes<P: Pixel>(image: &ImageBuffer<P, Vec<P::Subpixel>>) -> Result<Samples>
where
    P::Subpixel: Sample,
{
    let channels = usize::from(P::CHANNEL_COUNT);
    let area = to_usize(Size::new(image.width(), image.height()).area())?;
    let mut planes = zeroed::<P::Subpixel>(area.saturating_mul(channels))?;
    for (band, plane) in planes.chunks_exact_mut(area.max(1)).enumerate() {
        let channel = image.as_raw().iter().skip(band).step_by(channels);
        plane
            .iter_mut()
            .zip(channel)
            .for_each(|(place, &sample)| *place = sample);
    }
    Ok(Sample::into_samples(planes))
}

/// Samples before a place, and of those from there on whether they are not 0.
fn split<T: Sample>(mut values: Vec<T>, at: usize) -> (Samples, Vec<u8>) {
    let alpha = values[at..]
        .iter()
        .map(|&alpha| u8::from(alpha != T::default()));
    let alpha = alpha.collect();
    values.truncate(at);
    (T::into_samples(values), alpha)
}

fn unknown(image: &DynamicImage) -> Error {
    Unsupported::Picture {
        kind: "a block from a picture of an unknown kind",
        bands: usize::from(image.color().channel_count()),
        dtype: "an unknown type",
    }
    .into()
}
