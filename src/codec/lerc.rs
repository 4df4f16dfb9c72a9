//! Compression 34887: LERC, as it is or inside of Deflate or Zstandard, by lerc-rs.
//!
//! libtiff's conventions (`tif_lerc.c`): pixels that the mask of a blob leaves out are NaN where
//! samples are floating point; unassociated alpha of 8 bits may be the mask; bands of floating point
//! that have a mask each are band after band. In a big-endian file it swaps the bytes of what a blob
//! gives, before encoding and after decoding, so that little-endian samples are right here always.

use std::sync::Arc;

use lerc::bitmask::BitMask;
use lerc::{DecodeResult, LercError, LercInfo, Precision, Sample};

use super::{Codec, Effort, Parameters, codec};
use crate::error::{Error, Malformed, Result, Unsupported};
use crate::limits::{index, product, to_u64, to_usize, zeroed};
use crate::sample::DataType;

/// LERC blobs of tiles of one width.
#[derive(Debug)]
pub(super) struct Lerc {
    width: u32,
    samples: u16,
    data_type: DataType,
    alpha: bool,
    outer: Outer,
    /// Writes `outer`.
    packer: Arc<dyn Codec>,
    max_z_error: f64,
}

/// What a blob is compressed with.
#[derive(Clone, Copy, Debug)]
enum Outer {
    None,
    #[cfg(feature = "deflate")]
    Deflate,
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Outer {
    /// Its number of TIFF Compression.
    fn compression(self) -> u16 {
        match self {
            Outer::None => 1,
            #[cfg(feature = "deflate")]
            Outer::Deflate => 8,
            #[cfg(feature = "zstd")]
            Outer::Zstd => 50000,
        }
    }
}

impl Lerc {
    /// # Errors
    /// [`Unsupported`] for samples or an additional compression that this build does not have.
    pub(super) fn new(parameters: &Parameters<'_>) -> Result<Self> {
        let data_type = parameters.data_type;
        if usize::from(parameters.bits) != 8 * data_type.bytes() || lerc_type(data_type).is_none() {
            return Err(Unsupported::Feature("LERC of samples that it does not have").into());
        }
        let outer = match parameters.lerc_parameters.get(1) {
            None | Some(0) => Outer::None,
            #[cfg(feature = "deflate")]
            Some(1) => Outer::Deflate,
            #[cfg(feature = "zstd")]
            Some(2) => Outer::Zstd,
            Some(_) => {
                let what = "LERC's additional compression, which has no codec in this build";
                return Err(Unsupported::Feature(what).into());
            }
        };
        Ok(Lerc {
            width: parameters.width,
            samples: parameters.samples,
            data_type,
            alpha: parameters.alpha && parameters.samples > 1 && data_type == DataType::U8,
            outer,
            packer: codec(outer.compression(), None)?,
            max_z_error: 0.0,
        })
    }

    /// The same, changing samples by no more than the effort says, and compressing blobs at its level.
    ///
    /// # Errors
    /// As [`codec`].
    pub(super) fn at(self, effort: &Effort) -> Result<Self> {
        Ok(Lerc {
            packer: codec(self.outer.compression(), effort.level)?,
            max_z_error: effort.max_z_error,
            ..self
        })
    }

    /// Encodes little-endian samples of `T`. Those that are NaN are left to the mask of their band;
    /// without any, a pixel's samples stand together, as in libtiff.
    fn blob<T: Sample, const N: usize>(
        &self,
        src: &[u8],
        read: fn([u8; N]) -> T,
        allowed: fn(f64) -> T,
        is_nan: fn(&T) -> bool,
    ) -> Result<Vec<u8>> {
        let samples = usize::from(self.samples);
        let values = src.chunks_exact(N).filter_map(|bytes| bytes.first_chunk());
        let mut values: Vec<T> = values.map(|&bytes| read(bytes)).collect();
        let pixels = values.len() / samples.max(1);
        let rows = pixels / index(self.width).max(1);
        let height = u32::try_from(to_u64(rows)).map_err(|_| DAMAGED)?;
        let by_band = values.iter().any(is_nan);
        if by_band {
            let band = |band: usize| values.iter().copied().skip(band).step_by(samples);
            values = (0..samples).flat_map(band).collect();
        }
        let (depth, bands) = match by_band {
            true => (1, samples),
            false => (samples, 1),
        };
        let mut masks = vec![BitMask::all_valid(pixels); bands];
        for (at, _) in values.iter().enumerate().filter(|(_, value)| is_nan(value)) {
            masks[at / pixels].set_invalid(at % pixels);
        }
        let precision = match self.max_z_error > 0.0 {
            true => Precision::Tolerance(allowed(self.max_z_error)),
            false => Precision::Lossless,
        };
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (depth, bands) = (narrow(depth), narrow(bands));
        lerc::encode_borrowed(
            self.width, height, depth, bands, &values, &masks, None, precision,
        )
        .map_err(|_| Unsupported::Feature("samples that LERC cannot encode").into())
    }

    /// Decodes a blob of samples of `T`.
    fn samples<T: Sample, const N: usize>(
        &self,
        blob: &[u8],
        rows: u32,
        dst: &mut [u8],
        write: fn(T) -> [u8; N],
        nan: Option<T>,
    ) -> Result<()> {
        let info = lerc::decode_info(blob).map_err(failed)?;
        let shape = self.shape(&info, rows)?;
        let mut values = zeroed::<T>(shape.values)?;
        let result = lerc::decode_into(blob, &mut values).map_err(failed)?;
        let stride = usize::from(self.samples);
        for (pixel, bytes) in dst.chunks_exact_mut(stride * N).enumerate() {
            for (sample, bytes) in bytes.chunks_exact_mut(N).enumerate() {
                let masked = !shape
                    .mask(&result, sample)
                    .is_none_or(|m| m.is_valid(pixel));
                let value = match (shape.index(pixel, sample), nan) {
                    (_, Some(nan)) if masked => write(nan),
                    (Some(at), _) => values.get(at).copied().map_or([0; N], write),
                    (None, _) => [if masked { 0 } else { u8::MAX }; N],
                };
                bytes.copy_from_slice(&value);
            }
        }
        Ok(())
    }

    /// How a blob that fits the tile holds its samples.
    fn shape(&self, info: &LercInfo, rows: u32) -> Result<Shape> {
        let own = (Some(info.data_type), info.width, info.height);
        if own != (lerc_type(self.data_type), self.width, rows) {
            return Err(Malformed::Codec("a LERC blob of another shape than its tile").into());
        }
        let samples = u32::from(self.samples);
        let by_band = self.data_type.is_float() && info.depth == 1 && info.bands == samples;
        let alpha = self.alpha && info.depth == samples - 1;
        let by_pixel = info.bands == 1 && (info.depth == samples || alpha);
        if !by_band && !by_pixel {
            return Err(Malformed::Codec("a LERC blob of other bands than its tile").into());
        }
        let numbers = [info.width, info.height, info.depth, info.bands].map(u64::from);
        Ok(Shape {
            pixels: to_usize(product(&[numbers[0], numbers[1]])?)?,
            depth: index(info.depth),
            by_pixel,
            values: to_usize(product(&numbers)?)?,
        })
    }

    #[cfg_attr(
        not(any(feature = "deflate", feature = "zstd")),
        expect(unused_variables)
    )]
    fn unpack<'a>(&self, src: &'a [u8], most: usize) -> Result<std::borrow::Cow<'a, [u8]>> {
        match self.outer {
            Outer::None => Ok(src.into()),
            #[cfg(feature = "deflate")]
            Outer::Deflate => super::deflate::unpack(src, most).map(Into::into),
            #[cfg(feature = "zstd")]
            Outer::Zstd => super::zstd::unpack(src, most).map(Into::into),
        }
    }
}

impl Codec for Lerc {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        let row = index(self.width) * usize::from(self.samples) * self.data_type.bytes();
        let rows = to_u64(dst.len() / row.max(1));
        let rows = u32::try_from(rows).map_err(|_| DAMAGED)?;
        // A blob of noise is little larger than its samples.
        let most = dst.len().saturating_mul(2).saturating_add(64 << 10);
        let blob = &self.unpack(src, most)?;
        match self.data_type {
            DataType::U8 => self.samples(blob, rows, dst, u8::to_le_bytes, None),
            DataType::I8 => self.samples(blob, rows, dst, i8::to_le_bytes, None),
            DataType::U16 => self.samples(blob, rows, dst, u16::to_le_bytes, None),
            DataType::I16 => self.samples(blob, rows, dst, i16::to_le_bytes, None),
            DataType::U32 => self.samples(blob, rows, dst, u32::to_le_bytes, None),
            DataType::I32 => self.samples(blob, rows, dst, i32::to_le_bytes, None),
            DataType::F32 => self.samples(blob, rows, dst, f32::to_le_bytes, Some(f32::NAN)),
            DataType::F64 => self.samples(blob, rows, dst, f64::to_le_bytes, Some(f64::NAN)),
            _ => Err(DAMAGED.into()),
        }
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        macro_rules! blob {
            ($type:ty, $is_nan:expr) => {
                self.blob(src, <$type>::from_le_bytes, |error| error as $type, $is_nan)
            };
        }
        let blob = match self.data_type {
            DataType::U8 => blob!(u8, |_| false),
            DataType::I8 => blob!(i8, |_| false),
            DataType::U16 => blob!(u16, |_| false),
            DataType::I16 => blob!(i16, |_| false),
            DataType::U32 => blob!(u32, |_| false),
            DataType::I32 => blob!(i32, |_| false),
            DataType::F32 => blob!(f32, |value| value.is_nan()),
            DataType::F64 => blob!(f64, |value| value.is_nan()),
            _ => Err(Unsupported::Feature("LERC of samples that it does not have").into()),
        }?;
        self.packer.encode(&blob, dst)
    }
}

/// How a blob holds its samples: pixel by pixel, perhaps without alpha, or band by band.
struct Shape {
    pixels: usize,
    depth: usize,
    by_pixel: bool,
    values: usize,
}

impl Shape {
    /// Where a sample stands among the values, unless it is the mask.
    fn index(&self, pixel: usize, sample: usize) -> Option<usize> {
        match self.by_pixel {
            true => (sample < self.depth).then(|| pixel * self.depth + sample),
            false => Some(sample * self.pixels + pixel),
        }
    }

    fn mask<'a>(&self, result: &'a DecodeResult, sample: usize) -> Option<&'a BitMask> {
        let masks = &result.valid_masks;
        masks.get(if self.by_pixel { 0 } else { sample })
    }
}

fn lerc_type(data_type: DataType) -> Option<lerc::DataType> {
    match data_type {
        DataType::I8 => Some(lerc::DataType::Char),
        DataType::U8 => Some(lerc::DataType::Byte),
        DataType::I16 => Some(lerc::DataType::Short),
        DataType::U16 => Some(lerc::DataType::UShort),
        DataType::I32 => Some(lerc::DataType::Int),
        DataType::U32 => Some(lerc::DataType::UInt),
        DataType::F32 => Some(lerc::DataType::Float),
        DataType::F64 => Some(lerc::DataType::Double),
        _ => None,
    }
}

fn failed(error: LercError) -> Error {
    match error {
        LercError::UnsupportedVersion(_) => {
            Unsupported::Feature("a version of LERC after 6").into()
        }
        LercError::ChecksumMismatch { .. } => {
            Malformed::Codec("a LERC blob with a wrong checksum").into()
        }
        _ => DAMAGED.into(),
    }
}

const DAMAGED: Malformed = Malformed::Codec("not a LERC blob, or a damaged one");
