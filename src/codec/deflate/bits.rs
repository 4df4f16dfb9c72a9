//! Bits into bytes, and the checksum of the zlib wrapper.

use crate::limits::index;

/// Writes bits, least significant first, to room that was made beforehand.
///
/// At most 63 bits may wait: callers add up what they [`put`](Self::put) between two calls of
/// [`flush`](Self::flush), which leaves 7 or fewer.
pub(super) struct BitWriter<'a> {
    room: &'a mut [u8],
    at: usize,
    bits: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    /// A writer to `room`, which must be [`SLACK`] bytes longer than what will be written. `pending`
    /// is where an earlier writer stopped amid a byte.
    pub(super) fn new(room: &'a mut [u8], pending: Pending) -> Self {
        BitWriter {
            room,
            at: 0,
            bits: pending.bits,
            count: pending.count,
        }
    }

    /// Appends the `count` low bits of `bits`; there are no others.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.bits |= bits << self.count;
        self.count += count;
    }

    /// Moves whole bytes to the room.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        if let Some(eight) = self.room[self.at..].first_chunk_mut() {
            *eight = self.bits.to_le_bytes();
        }
        let bits = self.count & !7;
        self.bits >>= bits;
        self.at += index(bits >> 3);
        self.count &= 7;
    }

    /// Appends a code with its length in the high byte.
    #[inline(always)]
    pub(super) fn put_code(&mut self, code: u32) {
        self.put((code & 0xFF_FFFF).into(), code >> 24);
    }

    /// The whole bytes written and the bits that wait for more.
    pub(super) fn finish(mut self) -> (usize, Pending) {
        self.flush();
        let (bits, count) = (self.bits, self.count);
        (self.at, Pending { bits, count })
    }
}

/// Up to 7 bits between two writers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    bits: u64,
    count: u32,
}

impl Pending {
    /// No bits.
    pub(super) fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The bits, if there are any, filled up to a byte.
    pub(super) fn last_byte(self) -> Option<u8> {
        let [byte, ..] = self.bits.to_le_bytes();
        (!self.is_empty()).then_some(byte)
    }
}

/// A number modulo 65,536.
#[inline(always)]
pub(super) fn low_16(number: usize) -> u16 {
    (number & 0xFFFF) as u16
}

/// Bytes that a writer may touch beyond what it writes.
pub(super) const SLACK: usize = 8;

/// The Adler-32 of `bytes` (RFC 1950, section 8.2).
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1, 0);
    for piece in bytes.chunks(LONGEST) {
        let lanes = piece.chunks_exact(LANES);
        let rest = lanes.remainder();
        (low, high) = whole_lanes(lanes, low, high);
        for &byte in rest {
            low += u32::from(byte);
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    high << 16 | low
}

/// Both sums over pieces of [`LANES`] bytes, one pair of partial sums per lane, which the compiler
/// turns into vectors.
fn whole_lanes(lanes: std::slice::ChunksExact<'_, u8>, low: u32, high: u32) -> (u32, u32) {
    let (mut sums, mut earlier) = ([0u32; LANES], [0u32; LANES]);
    let rounds = u32::try_from(lanes.len()).unwrap_or(0);
    for lane in lanes {
        for ((sum, earlier), &byte) in sums.iter_mut().zip(&mut earlier).zip(lane) {
            *earlier += *sum;
            *sum += u32::from(byte);
        }
    }
    // Each byte counts once for itself and each byte after it: whole rounds, then its lane.
    let mut high = high + low * rounds * 32;
    for (weight, (sum, earlier)) in (1..=32).rev().zip(sums.iter().zip(&earlier)) {
        high += earlier * 32 + sum * weight;
    }
    (low + sums.iter().sum::<u32>(), high)
}

const LANES: usize = 32;
/// As many bytes as leave both sums below 2^32, a multiple of [`LANES`].
const LONGEST: usize = 5536;
