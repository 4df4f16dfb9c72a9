//! Predictors: the differences between neighbouring samples that make a row easier to compress.
//!
//! Kernels on the bytes of one row, whatever the type of its samples: sums modulo 2^n do not
//! depend on it. Nothing here checks that a predictor suits the samples; who opens a file does.

use crate::sample::ByteOrder;

/// The TIFF tag Predictor.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Predictor {
    /// 1: samples as they are.
    None,
    /// 2: the difference to the same component of the previous pixel, modulo 2^n, for samples of
    /// n = 8, 16, 32 or 64 bits, the bit patterns of floating point numbers included.
    Horizontal,
    /// 3: floating point numbers of 16, 24, 32 or 64 bits, split into planes of their bytes, most
    /// significant first whatever the byte order; then the differences of bytes.
    FloatingPoint,
}

impl Predictor {
    /// Takes a row of a tile from differences back to samples, in place.
    ///
    /// A sample has `bytes` bytes in `order`, before and after; `stride` samples make a pixel: the
    /// bands where they are interleaved, else 1. Of a row that is no whole number of pixels, only
    /// whole pixels are touched, and sizes of samples that the predictor does not have leave the
    /// row as it is: the caller has checked both. `scratch` is memory to reuse between calls.
    pub fn undo_row(
        self,
        row: &mut [u8],
        bytes: usize,
        stride: usize,
        order: ByteOrder,
        scratch: &mut Vec<u8>,
    ) {
        let row = whole_pixels(row, bytes, stride);
        match self {
            Predictor::None => {}
            Predictor::Horizontal => match bytes {
                1 => sum_bytes(row, stride),
                2 => sum_in::<2>(row, stride, order),
                4 => sum_in::<4>(row, stride, order),
                8 => sum_in::<8>(row, stride, order),
                _ => {}
            },
            Predictor::FloatingPoint => match bytes {
                2 => join_planes::<2>(row, stride, order, scratch),
                3 => join_planes::<3>(row, stride, order, scratch),
                4 => join_planes::<4>(row, stride, order, scratch),
                8 => join_planes::<8>(row, stride, order, scratch),
                _ => {}
            },
        }
    }

    /// Takes a row of little-endian samples to differences, in place: the reverse of
    /// [`Predictor::undo_row`], on the same terms.
    pub fn apply_row(self, row: &mut [u8], bytes: usize, stride: usize, scratch: &mut Vec<u8>) {
        let row = whole_pixels(row, bytes, stride);
        match self {
            Predictor::None => {}
            Predictor::Horizontal => match bytes {
                1 => difference::<1>(row, stride),
                2 => difference::<2>(row, stride),
                4 => difference::<4>(row, stride),
                8 => difference::<8>(row, stride),
                _ => {}
            },
            Predictor::FloatingPoint => match bytes {
                2 => split_planes::<2>(row, stride, scratch),
                3 => split_planes::<3>(row, stride, scratch),
                4 => split_planes::<4>(row, stride, scratch),
                8 => split_planes::<8>(row, stride, scratch),
                _ => {}
            },
        }
    }
}

/// The part of a row that is whole pixels.
fn whole_pixels(row: &mut [u8], bytes: usize, stride: usize) -> &mut [u8] {
    let pixel = bytes.saturating_mul(stride);
    let rest = row.len().checked_rem(pixel).unwrap_or(row.len());
    let whole = row.len() - rest;
    row.split_at_mut(whole).0
}

/// Running sums of samples of `N` bytes in `order`.
fn sum_in<const N: usize>(row: &mut [u8], stride: usize, order: ByteOrder) {
    if order == ByteOrder::Big {
        reverse_samples::<N>(row);
    }
    sum::<N>(row, stride);
    if order == ByteOrder::Big {
        reverse_samples::<N>(row);
    }
}

fn reverse_samples<const N: usize>(row: &mut [u8]) {
    for sample in row.as_chunks_mut::<N>().0 {
        let value = load::<N>(sample).swap_bytes();
        *sample = store::<N>(value >> (64 - 8 * N));
    }
}

/// Running sums of little-endian samples of `N` bytes.
fn sum<const N: usize>(row: &mut [u8], stride: usize) {
    let samples = row.as_chunks_mut::<N>().0;
    match stride {
        1 => sum_pixels::<N, 1>(samples),
        2 => sum_pixels::<N, 2>(samples),
        3 => sum_pixels::<N, 3>(samples),
        4 => sum_pixels::<N, 4>(samples),
        _ => sum_any::<N>(samples, stride),
    }
}

fn sum_pixels<const N: usize, const S: usize>(samples: &mut [[u8; N]]) {
    let mut sums = [0u64; S];
    for pixel in samples.as_chunks_mut::<S>().0 {
        for (sum, sample) in sums.iter_mut().zip(pixel) {
            *sum = sum.wrapping_add(load::<N>(sample));
            *sample = store::<N>(*sum);
        }
    }
}

fn sum_any<const N: usize>(samples: &mut [[u8; N]], stride: usize) {
    let (first, mut rest) = samples.split_at_mut(stride.min(samples.len()));
    let mut previous: &[[u8; N]] = first;
    while !rest.is_empty() {
        let (pixel, after) = rest.split_at_mut(stride.min(rest.len()));
        for (before, sample) in previous.iter().zip(&mut *pixel) {
            let sum = load::<N>(before).wrapping_add(load::<N>(sample));
            *sample = store::<N>(sum);
        }
        (previous, rest) = (pixel, after);
    }
}

/// Running sums of bytes.
fn sum_bytes(row: &mut [u8], stride: usize) {
    match stride {
        1 => sum_bytes_1(row),
        4 => sum_bytes_4(row),
        _ => sum::<1>(row, stride),
    }
}

fn sum_bytes_1(row: &mut [u8]) {
    let mut running = Running { carry: 0 };
    let (words, rest) = row.as_chunks_mut::<8>();
    for word in words {
        *word = running.word(*word);
    }
    for byte in rest {
        *byte = running.byte(*byte);
    }
}

/// [`sum_bytes_1`] from one buffer to another, which takes its length.
fn sum_bytes_1_into(row: &[u8], sums: &mut Vec<u8>) {
    sums.resize(row.len(), 0);
    let mut running = Running { carry: 0 };
    let (words, rest) = row.as_chunks::<8>();
    let (word_sums, rest_sums) = sums.as_chunks_mut::<8>();
    for (sums, word) in word_sums.iter_mut().zip(words) {
        *sums = running.word(*word);
    }
    for (sum, byte) in rest_sums.iter_mut().zip(rest) {
        *sum = running.byte(*byte);
    }
}

/// A running sum of bytes, eight at a time, as two words of four lanes of 16 bits, which have room
/// for carries. The only chain from word to word is one addition and one mask.
struct Running {
    /// The sum so far, in each lane.
    carry: u64,
}

impl Running {
    #[inline(always)]
    fn word(&mut self, word: [u8; 8]) -> [u8; 8] {
        let (even, odd) = lanes(word);
        // Lane k: the sum of bytes 0 to 2k + 1, at most 8 * 255.
        let odd_sums = (even + odd).wrapping_mul(ONES);
        let even_sums = (odd_sums << 16) + even;
        let sums = unite(even_sums + self.carry, odd_sums + self.carry);
        self.carry = (self.carry + (odd_sums >> 48) * ONES) & LOW_BYTES;
        sums
    }

    fn byte(&mut self, byte: u8) -> u8 {
        let [sum, ..] = self.carry.to_le_bytes();
        let sum = sum.wrapping_add(byte);
        self.carry = u64::from(sum) * ONES;
        sum
    }
}

/// Two pixels of four bytes at a time, in lanes like those of [`Running`].
fn sum_bytes_4(row: &mut [u8]) {
    let (words, rest) = row.as_chunks_mut::<8>();
    let (mut even_carry, mut odd_carry) = (0, 0);
    for word in words {
        let (even, odd) = lanes(*word);
        let (even_sums, odd_sums) = (even + (even << 32), odd + (odd << 32));
        *word = unite(even_sums + even_carry, odd_sums + odd_carry);
        even_carry = (even_carry + (even_sums >> 32) * TWICE) & LOW_BYTES;
        odd_carry = (odd_carry + (odd_sums >> 32) * TWICE) & LOW_BYTES;
    }
    let sums = unite(even_carry, odd_carry);
    for (byte, sum) in rest.iter_mut().zip(sums) {
        *byte = byte.wrapping_add(sum);
    }
}

/// The bytes of even and of odd index, each in 16 bits.
#[inline(always)]
fn lanes(word: [u8; 8]) -> (u64, u64) {
    let word = u64::from_le_bytes(word);
    (word & LOW_BYTES, (word >> 8) & LOW_BYTES)
}

/// The reverse of [`lanes`], without the carries.
#[inline(always)]
fn unite(even: u64, odd: u64) -> [u8; 8] {
    ((even & LOW_BYTES) | (odd & LOW_BYTES) << 8).to_le_bytes()
}

/// Differences of little-endian samples of `N` bytes.
fn difference<const N: usize>(row: &mut [u8], stride: usize) {
    let samples = row.as_chunks_mut::<N>().0;
    match stride {
        1 => difference_pixels::<N, 1>(samples),
        2 => difference_pixels::<N, 2>(samples),
        3 => difference_pixels::<N, 3>(samples),
        4 => difference_pixels::<N, 4>(samples),
        _ => difference_any::<N>(samples, stride),
    }
}

fn difference_pixels<const N: usize, const S: usize>(samples: &mut [[u8; N]]) {
    let mut previous = [0u64; S];
    for pixel in samples.as_chunks_mut::<S>().0 {
        for (previous, sample) in previous.iter_mut().zip(pixel) {
            let value = load::<N>(sample);
            *sample = store::<N>(value.wrapping_sub(*previous));
            *previous = value;
        }
    }
}

fn difference_any<const N: usize>(samples: &mut [[u8; N]], stride: usize) {
    let mut rest = samples;
    // From the last pixel on, so that the one before is still whole.
    while let Some(start) = rest.len().checked_sub(stride).filter(|&start| start > 0) {
        let (before, pixel) = rest.split_at_mut(start);
        let previous = before
            .get(start.saturating_sub(stride)..)
            .unwrap_or_default();
        for (previous, sample) in previous.iter().zip(pixel) {
            let value = load::<N>(sample);
            *sample = store::<N>(value.wrapping_sub(load::<N>(previous)));
        }
        rest = before;
    }
}

/// Undoes the floating point predictor.
fn join_planes<const N: usize>(
    row: &mut [u8],
    stride: usize,
    order: ByteOrder,
    scratch: &mut Vec<u8>,
) {
    if stride == 1 {
        sum_bytes_1_into(row, scratch);
    } else {
        scratch.clear();
        scratch.extend_from_slice(row);
        sum_bytes(scratch, stride);
    }
    let samples = row.as_chunks_mut::<N>().0;
    let planes = planes::<N>(scratch, samples.len());
    match order {
        ByteOrder::Little => interleave(samples, planes),
        ByteOrder::Big => interleave(samples, reversed(planes)),
    }
}

/// Applies the floating point predictor to little-endian samples.
fn split_planes<const N: usize>(row: &mut [u8], stride: usize, scratch: &mut Vec<u8>) {
    scratch.clear();
    scratch.extend_from_slice(row);
    let samples = scratch.as_chunks::<N>().0;
    if samples.is_empty() {
        return;
    }
    for (plane, byte) in row.chunks_exact_mut(samples.len()).zip((0..N).rev()) {
        for (to, sample) in plane.iter_mut().zip(samples) {
            [*to] = store::<1>(load::<N>(sample) >> (8 * byte));
        }
    }
    difference::<1>(row, stride);
}

/// The `N` planes of `length` bytes that follow each other.
fn planes<const N: usize>(bytes: &[u8], length: usize) -> [&[u8]; N] {
    let mut rest = bytes;
    std::array::from_fn(|_| {
        let (plane, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        plane
    })
}

fn reversed<const N: usize>(mut planes: [&[u8]; N]) -> [&[u8]; N] {
    planes.reverse();
    planes
}

/// Gathers little-endian samples from planes, most significant first.
fn interleave<const N: usize>(samples: &mut [[u8; N]], planes: [&[u8]; N]) {
    // Cut to one length that the compiler knows, the accesses need no checks.
    let length = samples.len();
    let planes = planes.map(|plane| plane.get(..length).unwrap_or_default());
    if planes.iter().any(|plane| plane.len() != length) {
        return;
    }
    for (at, sample) in samples.iter_mut().enumerate() {
        let byte = |value: u64, plane: &&[u8]| value << 8 | u64::from(plane[at]);
        *sample = store::<N>(planes.iter().fold(0, byte));
    }
}

#[inline(always)]
fn load<const N: usize>(sample: &[u8; N]) -> u64 {
    let mut word = [0; 8];
    word[..N].copy_from_slice(sample);
    u64::from_le_bytes(word)
}

#[inline(always)]
fn store<const N: usize>(value: u64) -> [u8; N] {
    let mut sample = [0; N];
    sample.copy_from_slice(&value.to_le_bytes()[..N]);
    sample
}

/// The low byte of each lane of 16 bits.
const LOW_BYTES: u64 = 0x00FF_00FF_00FF_00FF;
/// Times this: each lane of 16 bits is the sum of itself and those below.
const ONES: u64 = 0x0001_0001_0001_0001;
/// Times this: the lower half is in both halves.
const TWICE: u64 = 0x0000_0001_0000_0001;

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [usize; 5] = [1, 2, 3, 4, 8];

    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    fn random_row(state: &mut u64, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| random(state).to_le_bytes()[3])
            .collect()
    }

    /// The values of a row, widened.
    fn values(row: &[u8], bytes: usize, order: ByteOrder) -> Vec<u64> {
        row.chunks_exact(bytes)
            .map(|sample| {
                let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
                match order {
                    ByteOrder::Little => sample.iter().rev().fold(0, fold),
                    ByteOrder::Big => sample.iter().fold(0, fold),
                }
            })
            .collect()
    }

    fn bytes_of(value: u64, bytes: usize, order: ByteOrder) -> Vec<u8> {
        let mut sample = value.to_le_bytes()[..bytes].to_vec();
        if order == ByteOrder::Big {
            sample.reverse();
        }
        sample
    }

    fn naive_horizontal(row: &[u8], bytes: usize, stride: usize, order: ByteOrder) -> Vec<u8> {
        let mut values = values(row, bytes, order);
        for at in stride..values.len() {
            values[at] = values[at].wrapping_add(values[at - stride]);
        }
        let samples = values
            .iter()
            .flat_map(|&value| bytes_of(value, bytes, order));
        samples.collect()
    }

    fn naive_floating(row: &[u8], bytes: usize, stride: usize, order: ByteOrder) -> Vec<u8> {
        let planes = naive_horizontal(row, 1, stride, ByteOrder::Little);
        let count = row.len() / bytes;
        let mut result = Vec::new();
        for sample in 0..count {
            for byte in 0..bytes {
                let plane = match order {
                    ByteOrder::Little => bytes - 1 - byte,
                    ByteOrder::Big => byte,
                };
                result.push(planes[plane * count + sample]);
            }
        }
        result
    }

    type Naive = fn(&[u8], usize, usize, ByteOrder) -> Vec<u8>;

    #[test]
    fn kernels_equal_their_naive_twins() {
        let mut state = 0x2545_F491_4F6C_DD1D;
        let mut scratch = Vec::new();
        let cases: [(Predictor, &[usize], Naive); 2] = [
            (Predictor::Horizontal, &[1, 2, 4, 8], naive_horizontal),
            (Predictor::FloatingPoint, &[2, 3, 4, 8], naive_floating),
        ];
        for (predictor, sizes, naive) in cases {
            for &bytes in sizes {
                for stride in 1..=6 {
                    for width in 0..=70 {
                        let row = random_row(&mut state, width * stride * bytes);
                        for order in [ByteOrder::Little, ByteOrder::Big] {
                            let mut fast = row.clone();
                            predictor.undo_row(&mut fast, bytes, stride, order, &mut scratch);
                            let slow = naive(&row, bytes, stride, order);
                            assert_eq!(fast, slow, "{predictor:?} {bytes} {stride} {width}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn undo_reverses_apply() {
        let mut state = 0x9E37_79B9_7F4A_7C15;
        let mut scratch = Vec::new();
        for predictor in [
            Predictor::None,
            Predictor::Horizontal,
            Predictor::FloatingPoint,
        ] {
            for bytes in SIZES {
                for stride in 1..=6 {
                    for width in 0..=70 {
                        let row = random_row(&mut state, width * stride * bytes);
                        let mut both = row.clone();
                        predictor.apply_row(&mut both, bytes, stride, &mut scratch);
                        let little = ByteOrder::Little;
                        predictor.undo_row(&mut both, bytes, stride, little, &mut scratch);
                        assert_eq!(both, row, "{predictor:?} {bytes} {stride} {width}");
                    }
                }
            }
        }
    }

    #[test]
    fn odd_rows_keep_their_tails() {
        let mut scratch = Vec::new();
        for predictor in [Predictor::Horizontal, Predictor::FloatingPoint] {
            for (bytes, stride) in [(0, 1), (1, 0), (4, 3), (5, 1), (usize::MAX, 2), (2, 99)] {
                let mut row: Vec<u8> = (0..100).collect();
                let whole = 100
                    - 100usize
                        .checked_rem(bytes.saturating_mul(stride))
                        .unwrap_or(100);
                for order in [ByteOrder::Little, ByteOrder::Big] {
                    predictor.undo_row(&mut row, bytes, stride, order, &mut scratch);
                }
                predictor.apply_row(&mut row, bytes, stride, &mut scratch);
                let tail: Vec<u8> = (0..100).skip(whole).collect();
                assert_eq!(row[whole..], tail);
            }
        }
    }

    #[test]
    fn known_rows() {
        let mut scratch = Vec::new();
        let mut row = [1, 2, 3, 255, 255, 255, 1, 1, 1];
        Predictor::Horizontal.undo_row(&mut row, 1, 3, ByteOrder::Little, &mut scratch);
        assert_eq!(row, [1, 2, 3, 0, 1, 2, 1, 2, 3]);
        // 1.0 and 1.5: planes 3F 3F, 80 C0, 00 00, 00 00, then differences.
        let mut row = [1.0f32.to_le_bytes(), 1.5f32.to_le_bytes()].concat();
        Predictor::FloatingPoint.apply_row(&mut row, 4, 1, &mut scratch);
        assert_eq!(row, [0x3F, 0, 0x41, 0x40, 0x40, 0, 0, 0]);
    }
}
