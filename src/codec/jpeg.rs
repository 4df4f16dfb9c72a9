//! Compression 7: JPEG (TIFF technical note 2), by zune-jpeg.
//!
//! A tile is a JPEG stream that may lack its tables, which then stand in the tag JPEGTables. What
//! its samples mean the TIFF says, not the stream: whatever markers it has, photometric YCbCr is
//! turned into RGB, by the arithmetic of libjpeg, and all else is taken as it is.

use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::{Codec, Parameters};
use crate::error::{Error, Malformed, Result, Unsupported};
use crate::limits::{index, zeroed};
use crate::pool::Pool;

/// JPEG streams of one size, with common tables.
#[derive(Debug)]
pub(super) struct Jpeg {
    /// The tables' stream without its end marker, or only a start marker.
    tables: Vec<u8>,
    width: u32,
    height: u32,
    samples: usize,
    ycbcr: bool,
    streams: Pool<Vec<u8>>,
}

impl Jpeg {
    /// # Errors
    /// [`Unsupported`] for samples of other than 8 bits.
    pub(super) fn new(parameters: &Parameters<'_>) -> Result<Self> {
        if parameters.bits != 8 || !matches!(parameters.samples, 1 | 3 | 4) {
            let what = "JPEG of other than 1, 3 or 4 samples of 8 bits";
            return Err(Unsupported::Feature(what).into());
        }
        let tables = parameters.jpeg_tables.unwrap_or_default();
        let tables = match tables.strip_suffix(&END) {
            _ if !tables.starts_with(&START) => &START[..],
            Some(open) => open,
            None => tables,
        };
        Ok(Jpeg {
            tables: tables.to_vec(),
            width: parameters.width,
            height: parameters.height,
            samples: parameters.samples.into(),
            ycbcr: parameters.photometric == YCBCR && parameters.samples == 3,
            streams: Pool::new(),
        })
    }

    fn decode_stream(&self, stream: &[u8], dst: &mut [u8]) -> Result<()> {
        let frame = Frame::find(stream)?;
        let row = index(self.width) * self.samples;
        let rows = dst.len() / row.max(1);
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        let fits = width == self.width && height <= self.height && index(height) >= rows;
        if !fits || usize::from(frame.samples) != self.samples {
            return Err(Malformed::Codec("a JPEG image of another size than its tile").into());
        }
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(index(width))
            .set_max_height(index(height));
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
        decoder.decode_headers().map_err(failed)?;
        let stored = decoder.input_colorspace().ok_or(DAMAGED)?;
        decoder.set_options(decoder.options().jpeg_set_out_colorspace(stored));
        let bytes = decoder.output_buffer_size().ok_or(DAMAGED)?;
        if bytes != row * index(height) {
            return Err(DAMAGED.into());
        }
        if bytes == dst.len() {
            return decoder.decode_into(dst).map_err(failed);
        }
        let mut whole = zeroed::<u8>(bytes)?;
        decoder.decode_into(&mut whole).map_err(failed)?;
        dst.copy_from_slice(whole.get(..dst.len()).ok_or(DAMAGED)?);
        Ok(())
    }
}

impl Codec for Jpeg {
    /// Rows of the image beyond `dst` are ignored: a last strip that was not cut short.
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let own = src.strip_prefix(&START).ok_or(DAMAGED)?;
        self.streams.with(
            || Ok(Vec::new()),
            |stream| {
                stream.clear();
                super::reserve(stream, self.tables.len() + own.len())?;
                stream.extend_from_slice(&self.tables);
                stream.extend_from_slice(own);
                self.decode_stream(stream, dst)
            },
        )?;
        if self.ycbcr {
            dst.chunks_exact_mut(3).for_each(ycbcr_to_rgb);
        }
        Ok(())
    }

    fn encode(&self, _: &[u8], _: &mut Vec<u8>) -> Result<()> {
        Err(Unsupported::Feature("encoding as JPEG, which is only read").into())
    }
}

/// What a stream says of its image before anything is allocated for it.
struct Frame {
    width: u16,
    height: u16,
    samples: u8,
}

impl Frame {
    /// Walks the markers of a whole stream, up to its end marker: what is cut off is damaged.
    fn find(stream: &[u8]) -> Result<Self> {
        let mut frame = None;
        let mut rest = stream.strip_prefix(&START).ok_or(DAMAGED)?;
        loop {
            // Entropy-coded bytes, which follow a scan's header, have no 0xFF but before 0 or a
            // restart marker; fill bytes are 0xFF.
            let at = rest.windows(2).position(is_marker).ok_or(CUT_OFF)?;
            let marker = rest[at + 1];
            rest = &rest[at + 2..];
            if marker == END[1] {
                return frame.ok_or(DAMAGED.into());
            }
            let length = rest.first_chunk().ok_or(CUT_OFF)?;
            let segment = rest.get(2..usize::from(u16::from_be_bytes(*length)));
            let segment = segment.ok_or(CUT_OFF)?;
            rest = &rest[2 + segment.len()..];
            match marker {
                // Huffman tables, reserved, arithmetic tables.
                0xC4 | 0xC8 | 0xCC => {}
                0xC0..=0xC2 => frame = Some(Frame::read(segment)?),
                0xC3 | 0xC5..=0xCF => {
                    let what = "JPEG that is lossless, hierarchical or arithmetic-coded";
                    return Err(Unsupported::Feature(what).into());
                }
                _ => {}
            }
        }
    }

    fn read(segment: &[u8]) -> Result<Self> {
        let &[precision, h0, h1, w0, w1, samples, ..] = segment else {
            return Err(CUT_OFF.into());
        };
        if precision != 8 {
            return Err(Unsupported::Feature("JPEG of other than 8 bits").into());
        }
        Ok(Frame {
            width: u16::from_be_bytes([w0, w1]),
            height: u16::from_be_bytes([h0, h1]),
            samples,
        })
    }
}

fn is_marker(pair: &[u8]) -> bool {
    pair[0] == 0xFF && !matches!(pair[1], 0 | 1 | 0xD0..=0xD8 | 0xFF)
}

/// As libjpeg (`jdcolor.c`): fixed point of 16 bits, rounded.
fn ycbcr_to_rgb(pixel: &mut [u8]) {
    let [y, cb, cr] = pixel else { return };
    let light = i32::from(*y);
    let (blue, red) = (i32::from(*cb) - 128, i32::from(*cr) - 128);
    let scaled = |sum: i32| (sum + (1 << 15)) >> 16;
    let byte = |value: i32| u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX);
    *y = byte(light + scaled(91_881 * red));
    *cb = byte(light + scaled(-22_554 * blue - 46_802 * red));
    *cr = byte(light + scaled(116_130 * blue));
}

fn failed(error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(_) => {
            Unsupported::Feature("a kind of JPEG that zune-jpeg does not read").into()
        }
        _ => DAMAGED.into(),
    }
}

const DAMAGED: Malformed = Malformed::Codec("not a JPEG stream, or a damaged one");
const CUT_OFF: Malformed = Malformed::Codec("the JPEG stream is cut off");
const START: [u8; 2] = [0xFF, 0xD8];
const END: [u8; 2] = [0xFF, 0xD9];
/// TIFF PhotometricInterpretation.
const YCBCR: u16 = 6;
