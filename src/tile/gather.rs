//! Samples out of the bytes of a row, and into them.

use crate::format::image::Stored;
use crate::sample::{ByteOrder, Sample};

/// How samples stand in a row of a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredRow {
    /// How a sample is stored.
    pub(super) stored: Stored,
    /// The order of the bytes of a sample.
    pub(super) order: ByteOrder,
    /// Bits of a stored sample.
    pub(super) bits: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
}

impl StoredRow {
    /// Copies the samples of one band from a row, beginning at pixel `column`, to `target`.
    pub(super) fn gather<T: Sample>(
        self,
        row: &[u8],
        column: usize,
        band: usize,
        target: &mut [T],
    ) {
        let first = column * self.samples + band;
        if self.stored == Stored::Bits {
            return self.unpack(row, first, target);
        }
        let bytes = self.bits / 8;
        let (from, stride) = (&row[first * bytes..], self.samples * bytes);
        match (self.stored, self.order) {
            (Stored::Half, ByteOrder::Little) => {
                gather(from, stride, target, |b| {
                    from_f32(half_to_f32(u16::from_le_slice(b)))
                });
            }
            (Stored::Half, ByteOrder::Big) => {
                gather(from, stride, target, |b| {
                    from_f32(half_to_f32(u16::from_be_slice(b)))
                });
            }
            (Stored::Float24, order) => {
                gather(from, stride, target, |b| {
                    from_f32(float24_to_f32(three_bytes(b, order)))
                });
            }
            (_, ByteOrder::Little) => gather(from, stride, target, T::from_le_slice),
            (_, ByteOrder::Big) => gather(from, stride, target, T::from_be_slice),
        }
    }

    /// Unpacks samples of any number of bits, most significant bit first whatever the byte order.
    fn unpack<T: Sample>(self, row: &[u8], first: usize, target: &mut [T]) {
        let step = self.samples * self.bits;
        for (place, value) in target.iter_mut().enumerate() {
            let start = first * self.bits + place * step;
            let bits = (start..start + self.bits)
                .map(|bit| u32::from(row[bit / 8] >> (7 - bit % 8) & 1))
                .fold(0, |bits, bit| bits << 1 | bit);
            *value = from_bits(bits);
        }
    }
}

/// Copies every sample that stands `stride` bytes after the one before. Stored samples may be narrower
/// than `T`, so that a stride of `T::BYTES` can still hold several.
#[inline(always)]
fn gather<T: Sample>(from: &[u8], stride: usize, target: &mut [T], read: impl Fn(&[u8]) -> T) {
    if stride == T::BYTES && from.len().is_multiple_of(stride) {
        for (value, bytes) in target.iter_mut().zip(from.chunks_exact(T::BYTES)) {
            *value = read(bytes);
        }
        return;
    }
    // The last pixel's chunk may end before its stride does: only its first sample is needed.
    for (value, bytes) in target.iter_mut().zip(from.chunks(stride)) {
        *value = read(bytes);
    }
}

/// Writes each sample `stride` bytes after the one before.
pub(super) fn scatter<T: Sample>(values: &[T], stride: usize, out: &mut [u8]) {
    for (value, bytes) in values.iter().zip(out.chunks_mut(stride)) {
        value.write_le(bytes);
    }
}

/// Turns pixels of cyan, magenta, yellow and black into red, green, blue and alpha, in place, as
/// libtiff does (`tif_getimage.c`, putRGBcontig8bitCMYKtile).
pub(super) fn cmyk_to_rgba(row: &mut [u8], samples: usize) {
    for pixel in row.chunks_exact_mut(samples) {
        let light = 255 - u16::from(pixel[3]);
        for ink in &mut pixel[..3] {
            *ink = u8::try_from(light * (255 - u16::from(*ink)) / 255).unwrap_or(u8::MAX);
        }
        pixel[3] = 255;
    }
}

/// A single precision number as the sample that it is.
fn from_f32<T: Sample>(value: f32) -> T {
    from_bits(value.to_bits())
}

/// The sample of at most 32 bits that has these.
fn from_bits<T: Sample>(bits: u32) -> T {
    T::from_le_slice(&u128::from(bits).to_le_bytes())
}

/// A number of three bytes.
fn three_bytes(bytes: &[u8], order: ByteOrder) -> u32 {
    let [a, b, c] = [bytes[0], bytes[1], bytes[2]].map(u32::from);
    match order {
        ByteOrder::Little => c << 16 | b << 8 | a,
        ByteOrder::Big => a << 16 | b << 8 | c,
    }
}

/// The value of an IEEE 754 half precision number, exactly.
fn half_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits) & 0x3ff;
    match exponent {
        0 => {
            let magnitude = fraction as f32 * f32::from_bits(0x3380_0000);
            f32::from_bits(magnitude.to_bits() | sign)
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// The value of a floating point number of 24 bits: sign, 7 bits of exponent (bias 63), 16 of
/// fraction, as Adobe's technical note 3 and GDAL have it.
fn float24_to_f32(bits: u32) -> f32 {
    let sign = (bits >> 23 & 1) << 31;
    let exponent = bits >> 16 & 0x7f;
    let fraction = bits & 0xffff;
    match exponent {
        0 => {
            // Subnormal: fraction times 2^-78.
            let magnitude = fraction as f32 * f32::from_bits(49 << 23);
            f32::from_bits(magnitude.to_bits() | sign)
        }
        127 => f32::from_bits(sign | 0x7f80_0000 | fraction << 7),
        _ => f32::from_bits(sign | (exponent + 64) << 23 | fraction << 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All 65,536 halves against the `half` crate.
    #[test]
    fn halves() {
        for bits in 0..=u16::MAX {
            let want = half::f16::from_bits(bits).to_f32();
            let got = half_to_f32(bits);
            assert!(got == want || (got.is_nan() && want.is_nan()), "{bits:#x}");
            assert_eq!(got.is_sign_negative(), want.is_sign_negative(), "{bits:#x}");
        }
    }

    /// Two halves fill the bytes of one f32: the last of a row's second band is a sample too.
    #[test]
    fn two_bands_of_halves() {
        let row = StoredRow {
            stored: Stored::Half,
            order: ByteOrder::Big,
            bits: 16,
            samples: 2,
        };
        let mut second = [0f32; 2];
        row.gather(&[0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0], 0, 1, &mut second);
        assert_eq!(second, [2.0, 4.0]);
    }

    #[test]
    fn floats_of_24_bits() {
        for (bits, want) in [
            (0x3f_0000, 1.0),
            (0xbf_0000, -1.0),
            (0x40_8000, 3.0),
            (0x00_0000, 0.0),
            (0x7f_0000, f32::INFINITY),
            (0x01_0000, 2f32.powi(-62)),
            (0x00_0001, 2f32.powi(-78)),
        ] {
            assert_eq!(float24_to_f32(bits), want, "{bits:#x}");
        }
    }

    /// The example of packed samples: 12-bit 0xABC, 0x123 are the bytes AB C1 23.
    #[test]
    fn packed_bits() {
        let row = |bits, samples| StoredRow {
            stored: Stored::Bits,
            order: ByteOrder::Big,
            bits,
            samples,
        };
        let mut two = [0u16; 2];
        row(12, 1).gather(&[0xab, 0xc1, 0x23], 0, 0, &mut two);
        assert_eq!(two, [0xabc, 0x123]);
        let mut bits = [0u8; 5];
        row(1, 1).gather(&[0b1011_0100], 2, 0, &mut bits);
        assert_eq!(bits, [1, 1, 0, 1, 0]);
        let mut green = [0u8; 2];
        row(4, 3).gather(&[0x12, 0x34, 0x56], 0, 1, &mut green);
        assert_eq!(green, [2, 5]);
    }
}
