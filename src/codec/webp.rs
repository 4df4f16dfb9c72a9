//! Compression 50001: WebP, read lossless and lossy, written lossless, by image-webp. There is no
//! light encoder of lossy WebP in pure Rust.

use std::io::Cursor;

use image_webp::{ColorType, DecodingError, EncodingError, WebPDecoder, WebPEncoder};

use super::{Codec, Parameters};
use crate::error::{Error, Malformed, Result, Unsupported};
use crate::limits::{index, to_u64, to_usize, zeroed};

/// WebP images of one size, with 3 or 4 samples of 8 bits.
#[derive(Debug)]
pub(super) struct WebP {
    width: u32,
    height: u32,
    samples: usize,
}

impl WebP {
    /// # Errors
    /// [`Unsupported`] for samples that WebP does not have.
    pub(super) fn new(parameters: &Parameters<'_>) -> Result<Self> {
        if parameters.bits != 8 || !(3..=4).contains(&parameters.samples) {
            let what = "WebP of other than 3 or 4 samples of 8 bits";
            return Err(Unsupported::Feature(what).into());
        }
        Ok(WebP {
            width: parameters.width,
            height: parameters.height,
            samples: parameters.samples.into(),
        })
    }
}

impl Codec for WebP {
    /// An image without alpha is opaque where the file has four bands; the alpha of an image is
    /// left out where it has three. Rows of the image beyond `dst` are ignored.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        // The lossy decoder takes missing bytes for 0.
        let length = src.get(4..8).and_then(|bytes| bytes.first_chunk());
        let length = length.map_or(u64::MAX, |&bytes| u32::from_le_bytes(bytes).into());
        if to_u64(src.len()) < length.saturating_add(8) {
            return Err(Malformed::Codec("the WebP image is cut off").into());
        }
        let mut image = WebPDecoder::new(Cursor::new(src)).map_err(failed)?;
        if image.is_animated() {
            return Err(Unsupported::Feature("animated WebP").into());
        }
        let (width, height) = image.dimensions();
        let row = index(self.width) * self.samples;
        let rows = dst.len() / row.max(1);
        if width != self.width || height > self.height || index(height) < rows {
            return Err(Malformed::Codec("a WebP image of another size than its tile").into());
        }
        let stored = if image.has_alpha() { 4 } else { 3 };
        let bytes = to_u64(stored) * u64::from(width) * u64::from(height);
        let bytes = to_usize(bytes)?;
        image.set_memory_limit(bytes.saturating_mul(8).saturating_add(1 << 20));
        if stored == self.samples && bytes == dst.len() {
            return image.read_image(dst).map_err(failed);
        }
        let mut whole = zeroed::<u8>(bytes)?;
        image.read_image(&mut whole).map_err(failed)?;
        let pixels = whole.chunks_exact(stored);
        for (to, from) in dst.chunks_exact_mut(self.samples).zip(pixels) {
            to.fill(u8::MAX);
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        Ok(())
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let color = match self.samples {
            3 => ColorType::Rgb8,
            _ => ColorType::Rgba8,
        };
        let encoded = WebPEncoder::new(dst).encode(src, self.width, self.height, color);
        encoded.map_err(|error| match error {
            EncodingError::IoError(error) => error.into(),
            _ => Unsupported::Feature("a WebP image of more than 16384 columns or rows").into(),
        })
    }
}

fn failed(error: DecodingError) -> Error {
    match error {
        DecodingError::UnsupportedFeature(_) => {
            Unsupported::Feature("a kind of WebP that image-webp does not read").into()
        }
        _ => Malformed::Codec("not a WebP image, or a damaged one").into(),
    }
}
