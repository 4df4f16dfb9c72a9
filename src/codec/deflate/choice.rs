//! Which encoder a tile gets: its sample decides, and nothing else, so that the same tile is always
//! encoded alike.

use super::Deflate;
use super::matcher::{Effort, Search};
use crate::error::Result;

/// An encoder with its setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    /// Our own.
    Ours(Effort),
    /// zlib-rs at a level.
    Zlib(u8),
}

impl Choice {
    /// Up to level 6 the fastest that makes a sample of `src` about as small as zlib-rs at level 6
    /// does. How much larger it may be depends on the level of `codec`.
    ///
    /// # Errors
    /// Those of the encoders.
    pub(super) fn of(codec: &Deflate, src: &[u8]) -> Result<Choice> {
        match codec.level {
            9.. => Ok(OPTIMAL[2]),
            8 => Ok(OPTIMAL[1]),
            7 => Ok(OPTIMAL[0]),
            ..BEST if src.len() < LEAST_FAST => Ok(Choice::Zlib(BEST)),
            BEST if src.len() < LEAST_BEST => Ok(LAZY),
            BEST => Trial::new(codec, src)?.as_small(),
            _ => Trial::new(codec, src)?.fast(),
        }
    }
}

/// A sample, encoded by one encoder and the other.
struct Trial<'a> {
    codec: &'a Deflate,
    sample: Vec<u8>,
    /// The bytes that zlib-rs makes of it at level [`BEST`].
    best: usize,
}

impl<'a> Trial<'a> {
    fn new(codec: &'a Deflate, src: &[u8]) -> Result<Self> {
        let (sample, best) = (sample(src), 0);
        let trial = Trial {
            codec,
            sample,
            best,
        };
        let best = trial.bytes(Choice::Zlib(BEST))?;
        Ok(Trial { best, ..trial })
    }

    /// For levels 1 to 5.
    fn fast(&self) -> Result<Choice> {
        let (sparse, dense) = (self.bytes(SPARSE)?, self.bytes(DENSE)?);
        let allowed = self.allowed(FAST_SLACK);
        Ok(match sparse.min(dense) <= allowed {
            true if sparse <= dense + dense * SPARSE_SLACK / 1000 => SPARSE,
            true => DENSE,
            false if self.bytes(Choice::Zlib(FAST))? <= allowed => Choice::Zlib(FAST),
            false => Choice::Zlib(BEST),
        })
    }

    /// For level 6.
    fn as_small(&self) -> Result<Choice> {
        for (choice, slack) in [(SPARSE, SPARSE_SLACK), (DENSE, DENSE_SLACK)] {
            if self.bytes(choice)? <= self.allowed(slack) {
                return Ok(choice);
            }
        }
        Ok(LAZY)
    }

    /// How many bytes an encoder makes of the sample.
    fn bytes(&self, choice: Choice) -> Result<usize> {
        let mut stream = Vec::new();
        self.codec.encode_as(choice, &self.sample, &mut stream)?;
        Ok(stream.len())
    }

    /// The best and some more.
    fn allowed(&self, per_mille: usize) -> usize {
        self.best + self.best * per_mille / 1000
    }
}

/// One or two pieces of `src`: long ones, as much of what zlib-rs gains it finds far back.
fn sample(src: &[u8]) -> Vec<u8> {
    let count = if src.len() < TWO_PIECES { 1 } else { 2 };
    let length = (src.len() / 4).min(PIECE);
    let pieces = src.chunks(src.len().div_ceil(count).max(1));
    let middles = pieces.map(|piece| {
        let start = piece.len().saturating_sub(length) / 2;
        &piece[start..piece.len().min(start + length)]
    });
    middles.collect::<Vec<_>>().concat()
}

const SPARSE: Choice = Choice::Ours(Effort::Sparse);
const DENSE: Choice = Choice::Ours(Effort::Dense);
/// What level 6 takes where these do not do.
pub(super) const LAZY: Choice = Choice::Ours(Effort::Lazy(search(64, 130, 1)));
/// Levels 7, 8 and 9.
pub(super) const OPTIMAL: [Choice; 3] = [
    Choice::Ours(Effort::Optimal(search(8, 64, 1))),
    Choice::Ours(Effort::Optimal(search(16, 64, 2))),
    Choice::Ours(Effort::Optimal(search(32, 130, 2))),
];

const fn search(depth: u32, nice: usize, passes: u32) -> Search {
    Search {
        depth,
        nice,
        passes,
    }
}

/// How much larger a sample may be than the best at levels 1 to 5, per mille. The reasons for all
/// of these numbers are in `NOTES.md`.
const FAST_SLACK: usize = 40;
/// The same at level 6, by matches of eight bytes; below, how much larger than by those of four.
const SPARSE_SLACK: usize = 3;
/// The same at level 6, by matches of four bytes.
const DENSE_SLACK: usize = 7;
/// The default level; what zlib-rs makes of it is the measure of samples.
const BEST: u8 = 6;
/// The level of zlib-rs that levels 1 to 5 try after our own encoder.
const FAST: u8 = 4;
/// The bytes of a piece of a sample.
const PIECE: usize = 64 << 10;
/// Inputs of at least this many bytes have two pieces.
const TWO_PIECES: usize = 1 << 20;
/// Fewer bytes than this are not worth a choice at levels 1 to 5.
const LEAST_FAST: usize = 32 << 10;
/// Nor are these at level 6, which needs a sample of a whole piece.
const LEAST_BEST: usize = 4 * PIECE;
