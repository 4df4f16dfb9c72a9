//! Pictures as PNG.

use std::io::{self, Write};
use std::path::Path;

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

use super::Picture;
use crate::cancel::CancelToken;
use crate::error::{Error, Result};
use crate::write::output::{Output, Target};

impl Picture {
    /// Writes the picture as PNG of 8 bits: RGB if it is opaque throughout, else RGBA.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io).
    pub fn write_png(&self, mut sink: impl Write) -> Result<()> {
        self.encode(&mut sink)?;
        Ok(sink.flush()?)
    }

    /// Writes the picture to a PNG file, whole or not at all: as a temporary sibling that then takes
    /// the place of what was there.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); what was there is then as it was.
    pub fn save_png(&self, path: impl AsRef<Path>) -> Result<()> {
        Output::open(Target::Path(path.as_ref()))?
            .write(&CancelToken::new(), |out| self.encode(out))
    }

    fn encode(&self, sink: &mut dyn Write) -> Result<()> {
        let opaque = self.pixels.iter().all(|pixel| pixel[3] == u8::MAX);
        let mut encoder = Encoder::new(sink, self.size.width, self.size.height);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Fast);
        let written = if opaque {
            encoder.set_color(ColorType::Rgb);
            let colors = self.pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]);
            finish(encoder, &colors.collect::<Vec<u8>>())
        } else {
            encoder.set_color(ColorType::Rgba);
            finish(encoder, self.as_bytes())
        };
        written.map_err(|error| match error {
            EncodingError::IoError(error) => Error::from(error),
            other => io::Error::other(other).into(),
        })
    }
}

fn finish(encoder: Encoder<'_, &mut dyn Write>, bytes: &[u8]) -> Result<(), EncodingError> {
    let mut writer = encoder.write_header()?;
    writer.write_image_data(bytes)?;
    writer.finish()
}
