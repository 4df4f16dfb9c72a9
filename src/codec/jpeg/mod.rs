//! Compression 7: JPEG (TIFF technical note 2), read by zune-jpeg, written by jpeg-encoder.
//!
//! A tile is a JPEG stream that may lack its tables, which then stand in the tag JPEGTables. What
//! its samples mean the TIFF says, not the stream: whatever markers it has, photometric YCbCr is
//! turned into RGB, by the arithmetic of libjpeg, and all else is taken as it is.
//!
//! What is written is in one scan, with quantization tables in JPEGTables and optimal Huffman tables
//! in every tile, as in GDAL's files. Three samples are YCbCr 4:2:0, the means of four pixels as in
//! libjpeg. jpeg-encoder makes optimal tables only for a scan of each colour, which some readers take
//! for another picture, so the Huffman tables are ours.

mod huffman;
mod scan;

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, EncodingError, SamplingFactor};
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
    quality: u8,
    /// Tables that streams leave out, as a stream of their own; empty in a reader.
    shared_tables: Vec<u8>,
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
            quality: QUALITY,
            shared_tables: Vec::new(),
            streams: Pool::new(),
        })
    }

    /// The same, writing at this quality, 1 to 100, with the tables for it.
    ///
    /// # Errors
    /// [`Unsupported`] for samples that are not written.
    pub(super) fn at(mut self, quality: Option<u8>) -> Result<Self> {
        self.quality = quality.unwrap_or(QUALITY);
        let block = vec![0; self.samples << 6];
        let stream = self.stream(&block, 8, 8)?;
        let segments = segments(&stream)?;
        let tables = segments
            .into_iter()
            .filter(|segment| self.quantizes(segment));
        let start = [&START[..]].into_iter();
        self.tables = start.chain(tables).flatten().copied().collect();
        self.shared_tables = [&self.tables[..], &END].concat();
        Ok(self)
    }

    /// Whether a segment is a quantization table. Grey has no use for that of colours, number 1.
    fn quantizes(&self, segment: &[u8]) -> bool {
        let number = segment.get(4).map(|number| number & 0x0F);
        segment.get(1) == Some(&QUANTIZATION) && (self.ycbcr || number == Some(0))
    }

    /// A whole stream with tables of its own.
    fn stream(&self, src: &[u8], width: u16, height: u16) -> Result<Vec<u8>> {
        let color = match (self.samples, self.ycbcr) {
            (1, _) => ColorType::Luma,
            (3, true) => ColorType::Rgb,
            _ => {
                let what = "encoding as JPEG of other than grey or red, green and blue";
                return Err(Unsupported::Feature(what).into());
            }
        };
        let mut stream = Vec::new();
        let mut encoder = Encoder::new(&mut stream, self.quality);
        encoder.set_sampling_factor(match color {
            ColorType::Luma => SamplingFactor::F_1_1,
            _ => SamplingFactor::F_2_2,
        });
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        let encoded = encoder.encode(src, width, height, color);
        encoded.map_err(|error| match error {
            EncodingError::IoError(error) => Error::from(error),
            _ => TOO_LARGE.into(),
        })?;
        Ok(stream)
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

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        let side = |pixels: u32| u16::try_from(pixels).map_err(|_| TOO_LARGE);
        let stream = self.stream(src, side(self.width)?, side(self.height)?)?;
        let segments = segments(&stream)?;
        dst.extend_from_slice(&START);
        let frames = segments
            .iter()
            .filter(|part| part.get(1) == Some(&BASELINE));
        dst.extend(frames.copied().flatten());
        scan::recode(&segments, dst)
    }

    fn shared_tables(&self) -> &[u8] {
        &self.shared_tables
    }
}

/// The segments of a stream after its start, markers included; the last is all from the scan on.
fn segments(stream: &[u8]) -> Result<Vec<&[u8]>> {
    let mut rest = stream.strip_prefix(&START).ok_or(DAMAGED)?;
    let mut segments = Vec::new();
    while rest.get(1).is_some_and(|&marker| marker != SCAN) {
        let length = rest.get(2..).and_then(|bytes| bytes.first_chunk());
        let length = length.map_or(usize::MAX, |&bytes| {
            2 + usize::from(u16::from_be_bytes(bytes))
        });
        let (segment, others) = rest.split_at_checked(length).ok_or(CUT_OFF)?;
        segments.push(segment);
        rest = others;
    }
    segments.push(rest);
    Ok(segments)
}

/// What a stream says of its image before anything is allocated for it.
struct Frame {
    width: u16,
    height: u16,
    samples: u8,
    /// Whether components are sampled differently, in a frame that is not progressive.
    apart: bool,
}

impl Frame {
    /// Walks the markers of a whole stream, up to its end marker: what is cut off is damaged.
    fn find(stream: &[u8]) -> Result<Self> {
        let (mut frame, mut scans) = (None::<Frame>, 0);
        let mut rest = stream.strip_prefix(&START).ok_or(DAMAGED)?;
        loop {
            // Entropy-coded bytes, which follow a scan's header, have no 0xFF but before 0 or a
            // restart marker; fill bytes are 0xFF.
            let at = rest.windows(2).position(is_marker).ok_or(CUT_OFF)?;
            let marker = rest[at + 1];
            scans += usize::from(marker == SCAN);
            rest = &rest[at + 2..];
            if marker == END[1] {
                if scans > 1 && frame.as_ref().is_some_and(|frame| frame.apart) {
                    return Err(Unsupported::Feature(
                        "JPEG of several scans that is neither progressive nor of one sampling",
                    )
                    .into());
                }
                return frame.ok_or(DAMAGED.into());
            }
            let length = rest.first_chunk().ok_or(CUT_OFF)?;
            let segment = rest.get(2..usize::from(u16::from_be_bytes(*length)));
            let segment = segment.ok_or(CUT_OFF)?;
            rest = &rest[2 + segment.len()..];
            match marker {
                // Huffman tables, reserved, arithmetic tables.
                0xC4 | 0xC8 | 0xCC => {}
                0xC0..=0xC2 => frame = Some(Frame::read(segment, marker == 0xC2)?),
                0xC3 | 0xC5..=0xCF => {
                    let what = "JPEG that is lossless, hierarchical or arithmetic-coded";
                    return Err(Unsupported::Feature(what).into());
                }
                _ => {}
            }
        }
    }

    fn read(segment: &[u8], progressive: bool) -> Result<Self> {
        let &[precision, h0, h1, w0, w1, samples, ref components @ ..] = segment else {
            return Err(CUT_OFF.into());
        };
        if precision != 8 {
            return Err(Unsupported::Feature("JPEG of other than 8 bits").into());
        }
        let factors = |component: &[u8]| component.get(1).copied();
        let mut factors = components.chunks(3).map(factors);
        let first = factors.next();
        Ok(Frame {
            apart: !progressive && factors.any(|factor| Some(factor) != first),
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

const TOO_LARGE: Unsupported =
    Unsupported::Feature("a JPEG image of more than 65535 columns or rows");
/// Quality unless given: that of libtiff and GDAL.
const QUALITY: u8 = 75;
const DAMAGED: Malformed = Malformed::Codec("not a JPEG stream, or a damaged one");
const CUT_OFF: Malformed = Malformed::Codec("the JPEG stream is cut off");
const START: [u8; 2] = [0xFF, 0xD8];
const END: [u8; 2] = [0xFF, 0xD9];
/// The marker of a baseline frame.
const BASELINE: u8 = 0xC0;
/// The marker of quantization tables.
const QUANTIZATION: u8 = 0xDB;
/// The marker of Huffman tables.
const HUFFMAN: u8 = 0xC4;
/// The marker of a scan.
const SCAN: u8 = 0xDA;
/// TIFF PhotometricInterpretation.
const YCBCR: u16 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 64 x 64 pixels as a stream by jpeg-encoder, of one scan or of one for each
    /// component, read by zune-jpeg.
    fn mean_error(factor: SamplingFactor, scans: bool) -> Result<f64> {
        let pixel = |at: usize| [at / 16, 3 * (at % 64), 77].map(|n| u8::try_from(n).unwrap_or(0));
        let picture: Vec<u8> = (0..64 * 64).flat_map(pixel).collect();
        let mut stream = Vec::new();
        let mut encoder = Encoder::new(&mut stream, 90);
        encoder.set_sampling_factor(factor);
        encoder.set_optimized_huffman_tables(scans);
        let encoded = encoder.encode(&picture, 64, 64, ColorType::Rgb);
        encoded.expect("a picture can be encoded");
        let mut parameters = Parameters::new(7, 64, 64);
        (parameters.samples, parameters.photometric) = (3, YCBCR);
        let mut decoded = vec![0; picture.len()];
        Jpeg::new(&parameters)?.decode(&stream, &mut decoded)?;
        let errors = picture.iter().zip(&decoded);
        let sum: f64 = errors.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        Ok(sum / 64.0 / 64.0 / 3.0)
    }

    #[test]
    fn scans() {
        use SamplingFactor::{F_1_1, F_2_2};
        for (factor, scans) in [(F_1_1, false), (F_1_1, true), (F_2_2, false)] {
            let error = mean_error(factor, scans).expect("it can be read");
            assert!(error < 1.5, "{factor:?} {scans}: {error}");
        }
        // zune-jpeg gives wrong colours without a word.
        let error = mean_error(F_2_2, true).expect_err("it is refused");
        assert!(error.to_string().contains("several scans"), "{error}");
    }
}
