//! Reductions: many members to one, a few pages at a time, without a copy of any member.

use std::ops::Range;

use super::median::{LANES, Ranked, middle, sort};
use super::pieces::{PIECE, flag};
use super::work::{Work, reserved};
use crate::error::Result;
use crate::expr::Reduction;
use crate::expr::types::Numbers;
use crate::sample::{DataType, Real, Sample, Samples, Scalar, with_real};

/// One member: planes of samples, of which the first may stand for all.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct Member<'a> {
    pub samples: &'a Samples,
    pub nodata: Option<Scalar>,
    /// The samples that are the member's.
    pub range: (usize, usize),
    /// A mask, true where the member is valid, and the part that is the member's.
    pub valid: Option<(&'a [u8], (usize, usize))>,
}

/// What is to be made of the members.
pub(in crate::expr) struct Job<'a> {
    pub reduction: Reduction,
    pub members: &'a [Member<'a>],
    /// The type that holds the values of all members.
    pub common: DataType,
    pub stored: Numbers,
    pub pixels: usize,
    pub length: usize,
}

impl Job<'_> {
    /// The members reduced to `stored`, which the rules of types have chosen.
    ///
    /// # Errors
    /// Out of memory.
    pub fn run(&self) -> Result<Samples> {
        match (self.reduction, self.stored.data_type) {
            (Reduction::Count, DataType::U16) => self.count::<u16>(),
            (Reduction::Count, _) => self.count::<u32>(),
            (Reduction::Mean | Reduction::Std, DataType::F32) => self.moments::<f32>(),
            (Reduction::Mean | Reduction::Std, _) => self.moments::<f64>(),
            (Reduction::Median, DataType::F32) => self.median_of::<f32>(),
            (Reduction::Median, _) => self.median_of::<f64>(),
            (Reduction::Sum, data_type) => self.sum(data_type),
            _ => self.pick(),
        }
    }

    /// One of the members: the least, the greatest or the first.
    fn pick(&self) -> Result<Samples> {
        match self.common {
            DataType::U8 => self.picked::<u8, u8>(|value| value),
            DataType::I8 => self.picked::<i8, i8>(|value| value),
            DataType::U16 => self.picked::<u16, u16>(|value| value),
            DataType::I16 => self.picked::<i16, i16>(|value| value),
            DataType::U32 => self.picked::<u32, u32>(|value| value),
            DataType::I32 => self.picked::<i32, i32>(|value| value),
            DataType::U64 => self.picked::<u64, u64>(|value| value),
            DataType::I64 if self.is_beyond() => self.picked::<i128, i64>(clamp_i64),
            DataType::I64 => self.picked::<i64, i64>(|value| value),
            DataType::F32 => self.picked::<f32, f32>(|value| value),
            // Binding has refused complex numbers.
            _ => self.picked::<f64, f64>(|value| value),
        }
    }

    fn picked<W: Work + PartialOrd, T: Sample + Work>(
        &self,
        narrow: impl Fn(W) -> T,
    ) -> Result<Samples> {
        match self.reduction {
            Reduction::Min => self.kept(|new: W, old| new < old, narrow),
            Reduction::Max => self.kept(|new: W, old| new > old, narrow),
            _ => self.kept(|_: W, _| false, narrow),
        }
    }

    /// Of each pixel the first valid member, and each later one that is better.
    fn kept<W: Work, T: Sample + Work>(
        &self,
        better: impl Fn(W, W) -> bool,
        narrow: impl Fn(W) -> T,
    ) -> Result<Samples> {
        let (mut best, mut found) = (self.room::<W>(), self.room::<u8>());
        let mut piece = Piece::<W>::new(self.size());
        self.collect(|range, out: &mut Vec<T>, finish: Finish<T>| {
            found.fill(0);
            for member in self.members {
                piece.load(member, range.clone());
                let values = piece.values.iter().zip(&piece.invalid);
                for ((best, found), (&value, &invalid)) in
                    best.iter_mut().zip(&mut found).zip(values)
                {
                    let take = (invalid == 0) & ((*found == 0) | better(value, *best));
                    *best = if take { value } else { *best };
                    *found |= u8::from(invalid == 0);
                }
            }
            let pairs = best.iter().zip(&found).take(range.len());
            out.extend(pairs.map(|(&best, &found)| finish.of(found != 0, narrow(best))));
        })
    }

    fn count<T: Real + Work>(&self) -> Result<Samples> {
        let mut counts = self.room::<u32>();
        let mut invalid = self.room::<u8>();
        self.collect(|range, out: &mut Vec<T>, _| {
            counts.fill(0);
            for member in self.members {
                member.flag(range.clone(), &mut invalid[..range.len()]);
                for (count, &invalid) in counts.iter_mut().zip(&invalid[..range.len()]) {
                    *count += u32::from(invalid == 0);
                }
            }
            out.extend(
                counts[..range.len()]
                    .iter()
                    .map(|&count| T::from_f64(count.into())),
            );
        })
    }

    fn sum(&self, data_type: DataType) -> Result<Samples> {
        let wide = |member: &Member| member.samples.data_type().bytes() == 8;
        match data_type {
            DataType::U64 => self.summed(|sum: i128| sum.clamp(0, u64::MAX.into()) as u64),
            DataType::I64 if self.members.iter().any(wide) => self.summed(clamp_i64),
            // Numbers of 32 bits: as many as there are do not overflow 64.
            DataType::I64 => self.summed(|sum: i64| sum),
            _ => self.summed(|sum: f64| sum),
        }
    }

    fn summed<W: Work + std::ops::Add<Output = W>, T: Sample + Work>(
        &self,
        narrow: impl Fn(W) -> T,
    ) -> Result<Samples> {
        let (mut sums, mut found) = (self.room::<W>(), self.room::<u8>());
        let mut piece = Piece::<W>::new(self.size());
        self.collect(|range, out: &mut Vec<T>, finish: Finish<T>| {
            sums.fill(W::default());
            found.fill(0);
            for member in self.members {
                piece.load(member, range.clone());
                let values = piece.values.iter().zip(&piece.invalid);
                for ((sum, found), (&value, &invalid)) in
                    sums.iter_mut().zip(&mut found).zip(values)
                {
                    let value = if invalid == 0 { value } else { W::default() };
                    *sum = *sum + value;
                    *found |= u8::from(invalid == 0);
                }
            }
            let pairs = sums.iter().zip(&found).take(range.len());
            out.extend(pairs.map(|(&sum, &found)| finish.of(found != 0, narrow(sum))));
        })
    }

    /// Mean, and standard deviation in a second pass over the same few pages.
    fn moments<T: Real + Work>(&self) -> Result<Samples> {
        let (mut means, mut counts) = (self.room::<f64>(), self.room::<f64>());
        let mut squares = self.room::<f64>();
        let mut piece = Piece::<f64>::new(self.size());
        self.collect(|range, out: &mut Vec<T>, finish: Finish<T>| {
            means.fill(0.0);
            counts.fill(0.0);
            for member in self.members {
                piece.load(member, range.clone());
                for ((mean, count), (value, valid)) in
                    means.iter_mut().zip(&mut counts).zip(piece.valid())
                {
                    *mean += if valid { value } else { 0.0 };
                    *count += f64::from(u8::from(valid));
                }
            }
            for (mean, count) in means.iter_mut().zip(&counts) {
                *mean /= count;
            }
            let means = &means[..range.len()];
            if self.reduction == Reduction::Mean {
                let pairs = means.iter().zip(&counts);
                out.extend(pairs.map(|(&mean, &n)| finish.of(n > 0.0, T::from_f64(mean))));
                return;
            }
            squares.fill(0.0);
            for member in self.members {
                piece.load(member, range.clone());
                for ((square, mean), (value, valid)) in
                    squares.iter_mut().zip(means).zip(piece.valid())
                {
                    let apart = if valid { value - mean } else { 0.0 };
                    *square += apart * apart;
                }
            }
            let pairs = squares.iter().zip(&counts).take(range.len());
            out.extend(pairs.map(|(&sum, &n)| finish.of(n > 0.0, T::from_f64((sum / n).sqrt()))));
        })
    }

    fn median_of<T: Real + Work>(&self) -> Result<Samples> {
        match self.common {
            DataType::U8 => self.median::<u8, T>(),
            DataType::I8 => self.median::<i8, T>(),
            DataType::U16 => self.median::<u16, T>(),
            DataType::I16 => self.median::<i16, T>(),
            DataType::U32 => self.median::<u32, T>(),
            DataType::I32 => self.median::<i32, T>(),
            DataType::U64 => self.median::<u64, T>(),
            DataType::I64 if self.is_beyond() => self.median::<i128, T>(),
            DataType::I64 => self.median::<i64, T>(),
            DataType::F32 => self.median::<f32, T>(),
            _ => self.median::<f64, T>(),
        }
    }

    fn median<W: Ranked, T: Real + Work>(&self) -> Result<Samples> {
        let mut lanes = vec![[W::LAST; LANES]; self.members.len()];
        let mut piece = Piece::<W>::new(LANES);
        self.collect_by(LANES, |range, out: &mut Vec<T>, finish: Finish<T>| {
            let mut counts = [0usize; LANES];
            for (member, lanes) in self.members.iter().zip(&mut lanes) {
                piece.load(member, range.clone());
                for ((lane, count), (value, valid)) in
                    lanes.iter_mut().zip(&mut counts).zip(piece.valid())
                {
                    *lane = if valid { value } else { W::LAST };
                    *count += usize::from(valid);
                }
            }
            sort(&mut lanes);
            let counts = counts.iter().enumerate().take(range.len());
            out.extend(counts.map(|(lane, &count)| match count {
                0 => finish.of(false, T::default()),
                _ => finish.of(true, T::from_f64(middle(&lanes, lane, count))),
            }));
        })
    }

    /// Whether signed and unsigned members of 64 bits meet.
    fn is_beyond(&self) -> bool {
        let u64s = |member: &Member| member.samples.data_type() == DataType::U64;
        self.members.iter().any(u64s)
    }

    fn size(&self) -> usize {
        PIECE.min(self.pixels)
    }

    fn room<W: Clone + Default>(&self) -> Vec<W> {
        vec![W::default(); self.size()]
    }

    fn collect<T: Sample + Work>(
        &self,
        each: impl FnMut(Range<usize>, &mut Vec<T>, Finish<T>),
    ) -> Result<Samples> {
        self.collect_by(self.size(), each)
    }

    /// Calls `each` with the pieces of the result in order, none over the end of a plane.
    fn collect_by<T: Sample + Work>(
        &self,
        size: usize,
        mut each: impl FnMut(Range<usize>, &mut Vec<T>, Finish<T>),
    ) -> Result<Samples> {
        let mut out: Vec<T> = reserved(self.length)?;
        let nodata = self.stored.nodata.and_then(T::from_scalar);
        let finish = Finish {
            nodata,
            // NaN, and 0 in integers.
            nothing: nodata.unwrap_or(T::of(Scalar::Float(f64::NAN))),
        };
        for plane in (0..self.length).step_by(self.pixels.max(1)) {
            let end = plane + self.pixels;
            for start in (plane..end).step_by(size.max(1)) {
                each(start..end.min(start + size), &mut out, finish);
            }
        }
        Ok(T::into_samples(out))
    }
}

fn clamp_i64(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// How a pixel of the result is stored.
#[derive(Clone, Copy)]
struct Finish<T> {
    nodata: Option<T>,
    nothing: T,
}

impl<T: Work> Finish<T> {
    #[inline(always)]
    fn of(self, found: bool, value: T) -> T {
        let value = self.nodata.map_or(value, |nodata| value.kept_off(nodata));
        if found { value } else { self.nothing }
    }
}

/// A piece of one member, converted, and what of it is not to be counted.
struct Piece<W> {
    values: Vec<W>,
    invalid: Vec<u8>,
    size: usize,
}

impl<W: Work> Piece<W> {
    fn new(size: usize) -> Self {
        Piece {
            values: vec![W::default(); size],
            invalid: vec![0; size],
            size,
        }
    }

    fn load(&mut self, member: &Member, range: Range<usize>) {
        let count = range.len().min(self.size);
        self.values.resize(count, W::default());
        self.invalid.resize(count, 0);
        W::fill(member.samples, part(member.range, &range), &mut self.values);
        member.flag(range, &mut self.invalid);
    }

    fn valid(&self) -> impl Iterator<Item = (W, bool)> {
        let pairs = self.values.iter().zip(&self.invalid);
        pairs.map(|(&value, &invalid)| (value, invalid == 0))
    }
}

impl Member<'_> {
    /// 0 where a sample counts: nodata, what a mask covers and NaN do not.
    fn flag(&self, range: Range<usize>, invalid: &mut [u8]) {
        invalid.fill(0);
        let own = part(self.range, &range);
        with_real!(self.samples, values => {
            if let Some(nodata) = self.nodata {
                flag(&values[own.clone()], nodata, invalid);
            }
            for (invalid, value) in invalid.iter_mut().zip(&values[own]) {
                *invalid |= u8::from(Sample::is_nan(*value));
            }
        }, else => ());
        if let Some((mask, place)) = self.valid {
            let mask = &mask[part(place, &range)];
            for (invalid, &valid) in invalid.iter_mut().zip(mask) {
                *invalid |= u8::from(valid == 0);
            }
        }
    }
}

/// A range of the result as one of samples from `start`, `length` of which stand for all.
fn part((start, length): (usize, usize), range: &Range<usize>) -> Range<usize> {
    let first = start + range.start % length.max(1);
    first..first + range.len()
}
