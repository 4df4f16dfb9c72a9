//! Samples of fewer bits than their type has: GDAL's `NBITS`.

use crate::error::{Result, Usage};
use crate::sample::DataType;

/// How samples are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    bits: usize,
    bytes: usize,
    data_type: DataType,
    /// Whether larger samples are clamped; else they are errors.
    clamped: bool,
}

impl Packing {
    /// Unsigned samples in fewer bits, or float32 as halves of 16 bits.
    pub(super) fn new(bits: u16, data_type: DataType, clamped: bool) -> Self {
        Packing {
            bits: bits.into(),
            bytes: data_type.bytes(),
            data_type,
            clamped,
        }
    }

    /// Bytes of a packed sample; 0 where it has no whole bytes, which no predictor works on.
    pub(super) fn whole_bytes(&self) -> usize {
        self.bits / 8
    }

    /// Packs a row of little-endian samples: unsigned ones most significant bit first, from a whole
    /// byte on; halves little-endian.
    pub(super) fn pack(&self, row: &[u8], packed: &mut [u8]) -> Result<()> {
        let samples = row.chunks_exact(self.bytes);
        if self.data_type == DataType::F32 {
            for (bytes, half) in samples.zip(packed.chunks_exact_mut(2)) {
                let value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                let mut packed = f32_to_half(value);
                if packed & 0x7fff == INFINITY && value.is_finite() {
                    if !self.clamped {
                        let text = format!("bits 16: a sample is {value}, the largest is 65504");
                        return Err(Usage::Option(text).into());
                    }
                    packed -= 1;
                }
                half.copy_from_slice(&packed.to_le_bytes());
            }
            return Ok(());
        }
        let largest = (1u64 << self.bits) - 1;
        let (mut held, mut count, mut at) = (0u64, 0, 0);
        for bytes in samples {
            let sample = bytes
                .iter()
                .rev()
                .fold(0, |value, &byte| value << 8 | u64::from(byte));
            if sample > largest && !self.clamped {
                let (value, bits) = (sample, self.bits);
                let text = format!("bits {bits}: a sample is {value}, the largest is {largest}");
                return Err(Usage::Option(text).into());
            }
            held = held << self.bits | sample.min(largest);
            count += self.bits;
            while count >= 8 {
                count -= 8;
                packed[at] = (held >> count & 0xff) as u8;
                at += 1;
            }
            held &= (1 << count) - 1;
        }
        if count > 0 {
            packed[at] = (held << (8 - count) & 0xff) as u8;
        }
        Ok(())
    }
}

/// The half that is infinite.
const INFINITY: u16 = 0x7c00;

/// The nearest IEEE 754 half, ties to even; what is too large becomes infinite.
fn f32_to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    let rounded = |wide: u32, shift: u32| {
        let half = 1u32 << (shift - 1);
        let odd = wide >> shift & 1;
        (wide + half - 1 + odd) >> shift
    };
    let half = match magnitude {
        0x7f80_0001.. => 0x7e00 | magnitude >> 13 & 0x3ff,
        // 65520 and more round to infinity.
        0x477f_f000.. => INFINITY.into(),
        0x3880_0000.. => rounded(magnitude - 0x3800_0000, 13),
        // Subnormal: units of 2^-24.
        0x3300_0000.. => {
            let exponent = magnitude >> 23;
            rounded(magnitude & 0x7f_ffff | 0x80_0000, 126 - exponent)
        }
        _ => 0,
    };
    sign | half as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the `half` crate: all halves, and what lies between and beside them.
    #[test]
    fn halves() {
        for bits in 0..=u16::MAX {
            let exact = half::f16::from_bits(bits).to_f32();
            for value in [
                exact,
                f32::from_bits(exact.to_bits().wrapping_add(0xfff)),
                f32::from_bits(exact.to_bits().wrapping_add(0x1000)),
                f32::from_bits(exact.to_bits().wrapping_add(0x1001)),
                exact * 0.5,
                exact * 1.000_1,
                exact * 2.0,
            ] {
                let (found, expected) = (f32_to_half(value), half::f16::from_f32(value));
                let both_nan = value.is_nan() && half::f16::from_bits(found).is_nan();
                assert!(
                    both_nan || found == expected.to_bits(),
                    "{value:e} {found:#x}"
                );
            }
        }
    }

    /// The example of packed samples: 12-bit 0xABC, 0x123 are the bytes AB C1 23.
    #[test]
    fn bits() {
        let pack = |bits, data_type, clamped, row: &[u8]| {
            let mut packed = vec![0; 3];
            let done = Packing::new(bits, data_type, clamped).pack(row, &mut packed);
            done.map(|()| packed)
        };
        let twelve = pack(12, DataType::U16, false, &[0xbc, 0x0a, 0x23, 0x01]);
        assert_eq!(twelve.expect("they fit"), [0xab, 0xc1, 0x23]);
        let one = pack(1, DataType::U8, false, &[1, 0, 1, 1, 0, 1, 0, 0, 1]);
        assert_eq!(one.expect("they fit"), [0b1011_0100, 0x80, 0]);
        assert!(pack(3, DataType::U8, false, &[7, 8]).is_err());
        let clamped = pack(3, DataType::U8, true, &[7, 8, 1]);
        assert_eq!(clamped.expect("they are clamped"), [0b1111_1100, 0x80, 0]);
    }
}
