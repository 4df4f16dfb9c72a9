//! Resampling: one level of an image from the level above it, pixel for pixel what GDAL 3.10's COG
//! driver computes, and any part of an image at any size, as its `RasterIO` does.
//!
//! A [`Resampler`] is a pure function of its source rows. It keeps no state between calls, so rows
//! may be cut into bands and computed in any order, by any thread, with the same result. It does
//! not read, cache or schedule anything, and it knows one band: the caller loops over bands.
//!
//! Where GDAL's arithmetic is peculiar it is followed: samples of 8 and 16 bits are worked in single
//! precision, others in double; sums are added in GDAL's order; results are rounded as GDAL's copy
//! between types rounds them. Complex samples know nearest, average, root mean square and mode, and
//! the means ignore nodata, as GDAL's do.

mod area;
mod axis;
mod complex;
mod convolution;
mod gauss;
mod method;
mod mode;
mod picks;
mod reduce;
mod validity;
mod value;

use std::ops::Range;

use crate::error::{Error, Result, Usage};
use crate::grid::Size;
use crate::limits::index;
use crate::sample::Real;

use area::Spans;
pub use axis::Axis;
use convolution::Taps;
use gauss::Windows;
pub use method::Resampling;
use picks::Picks;
pub use reduce::Reduce;
use validity::{Always, Differs, MaskBytes, Validity};
use value::Nodata;

/// Full-width rows of one band of a source level.
#[derive(Clone, Copy, Debug)]
pub struct SourceRows<'a, T> {
    /// The source row that `samples` begins with.
    pub first_row: u32,
    /// Whole rows.
    pub samples: &'a [T],
    /// The band's nodata value: never the result of a computation, and the value of pixels that
    /// have no valid source. Without `mask` it says which samples are valid.
    pub nodata: Option<T>,
    /// One byte per sample, 0 where it is invalid; then `nodata` does not decide that. Valid is
    /// 255. An alpha band may be given as it is: convolutions weigh by it, as GDAL's do.
    /// GDAL gives masks that it resampled itself the weight 1 instead: to have the last bit of its
    /// doubles under such a mask, give 1.
    pub mask: Option<&'a [u8]>,
}

/// One resampling step: from a source level to the next level, or from a part of a level to pixels of
/// any size ([`Resampler::along`]).
///
/// For levels GDAL takes as source the level above if that is wider than the level computed, and the full
/// image otherwise; see [`source_level`].
///
/// ```
/// use cogwork::grid::Size;
/// use cogwork::resampling::{Resampler, Resampling, SourceRows};
///
/// # fn main() -> cogwork::error::Result<()> {
/// let step = Resampler::new(Resampling::Average, Size::new(4, 2), Size::new(2, 1))?;
/// let source = SourceRows {
///     first_row: 0,
///     samples: &[1u8, 3, 9, 0, 5, 7, 9, 9],
///     nodata: Some(0),
///     mask: None,
/// };
/// let mut out = [0; 2];
/// step.reduce(&source, 0..1, &mut out)?;
/// assert_eq!(out, [4, 9]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Resampler {
    method: Resampling,
    from: Size,
    to: Size,
    plan: Plan,
}

/// What is known of columns and rows before any sample is.
#[derive(Clone, Debug)]
enum Plan {
    Area { columns: Spans, rows: Spans },
    Convolution { columns: Box<Taps>, rows: Box<Taps> },
    Gauss { columns: Windows, rows: Windows },
    Nearest(Picks),
}

impl Resampler {
    /// A step by `method` from a level of `from` pixels to one of `to` pixels.
    ///
    /// # Errors
    /// [`Usage::Option`] if an axis of `to` is 0 or longer than that of `from`.
    pub fn new(method: Resampling, from: Size, to: Size) -> Result<Self> {
        let shrinks = |from: u32, to: u32| to > 0 && to <= from;
        if !shrinks(from.width, to.width) || !shrinks(from.height, to.height) {
            return Err(Usage::Option(format!("an overview of {to} from {from}")).into());
        }
        if method != Resampling::Nearest {
            let (columns, rows) = (
                Axis::whole(from.width, to.width),
                Axis::whole(from.height, to.height),
            );
            return Resampler::along(method, columns, rows);
        }
        let corners = |from: u32, to: u32| {
            let ratio = Axis::whole(from, to).ratio;
            let corner = move |place: u32| truncated(0.5 + f64::from(place) * ratio);
            (0..to).map(corner).collect()
        };
        let (columns, rows) = (
            corners(from.width, to.width),
            corners(from.height, to.height),
        );
        Resampler::picking(from, columns, rows)
    }

    /// A step from source pixels to pixels that lie over them anywhere, at any ratio. Rows of the
    /// source and of the result count from the first of their axis.
    ///
    /// # Errors
    /// [`Usage::Option`] if an axis has no pixels or no ratio, and for the nearest pixel, which is
    /// [picked](Self::picking).
    pub fn along(method: Resampling, columns: Axis, rows: Axis) -> Result<Self> {
        let (columns, rows) = (columns.checked()?, rows.checked()?);
        let plan = match method {
            Resampling::Average | Resampling::Mode | Resampling::Rms => Plan::Area {
                columns: Spans::new(&columns),
                rows: Spans::new(&rows),
            },
            Resampling::Nearest => {
                return Err(Usage::Option("nearest pixels are picked, not summed".into()).into());
            }
            Resampling::Gauss => {
                let order = gauss::order(rows.ratio);
                Plan::Gauss {
                    columns: Windows::new(&columns, order),
                    rows: Windows::new(&rows, order),
                }
            }
            Resampling::Bilinear
            | Resampling::Cubic
            | Resampling::CubicSpline
            | Resampling::Lanczos => Plan::Convolution {
                columns: Box::new(Taps::of_columns(method, &columns)),
                rows: Box::new(Taps::of_rows(method, &rows)),
            },
        };
        Ok(Resampler {
            method,
            from: Size::new(columns.length(), rows.length()),
            to: Size::new(columns.count, rows.count),
            plan,
        })
    }

    /// A step that takes, for each pixel, the source pixel of a column and a row. Rows must not run
    /// back.
    ///
    /// # Errors
    /// [`Usage::Option`] if there are no columns or rows, if one lies outside of the source, or if
    /// rows run back.
    pub fn picking(from: Size, columns: Vec<usize>, rows: Vec<usize>) -> Result<Self> {
        let inside = |places: &[usize], end: u32| {
            !places.is_empty() && places.iter().all(|&place| place < index(end))
        };
        if !inside(&columns, from.width) || !inside(&rows, from.height) || !rows.is_sorted() {
            return Err(Usage::Option(format!("pixels picked outside of {from}")).into());
        }
        let count = |places: &[usize]| u32::try_from(places.len()).unwrap_or(u32::MAX);
        let halves = columns
            .iter()
            .enumerate()
            .all(|(i, &column)| column == 2 * i);
        Ok(Resampler {
            method: Resampling::Nearest,
            from,
            to: Size::new(count(&columns), count(&rows)),
            plan: Plan::Nearest(Picks {
                halves: halves && 2 * columns.len() <= index(from.width),
                columns,
                rows,
            }),
        })
    }

    /// The method.
    pub fn method(&self) -> Resampling {
        self.method
    }

    /// The source level's size.
    pub fn from(&self) -> Size {
        self.from
    }

    /// The computed level's size.
    pub fn to(&self) -> Size {
        self.to
    }

    /// The source rows that rows `rows` of the computed level need; empty if `rows` is.
    pub fn source_rows(&self, rows: Range<u32>) -> Range<u32> {
        let last = rows.end.min(self.to.height);
        if rows.start >= last {
            return 0..0;
        }
        let (first, last) = (self.source_row(rows.start), self.source_row(last - 1));
        first.start..first.end.max(last.end)
    }

    /// Computes rows `rows` of one band into `out`, row by row.
    ///
    /// Rows near each other share source rows: calls with many rows cost less than the same rows
    /// one by one. The result is the same.
    ///
    /// # Errors
    /// [`Usage::BufferLength`] if `out` is not `rows` of the computed level, or if the samples or
    /// the mask do not cover [`Resampler::source_rows`] in whole rows;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) as [`Resampling::check`].
    pub fn reduce<T: Reduce>(
        &self,
        source: &SourceRows<'_, T>,
        rows: Range<u32>,
        out: &mut [T],
    ) -> Result<()> {
        self.method.check(T::DATA_TYPE)?;
        self.check(source, &rows, out.len())?;
        if let Plan::Nearest(picks) = &self.plan {
            picks.pick(source, index(self.from.width), rows, out);
            return Ok(());
        }
        T::reduce(self, source, rows, out)
    }

    fn reduce_real<T: Real>(
        &self,
        source: &SourceRows<'_, T>,
        rows: Range<u32>,
        out: &mut [T],
    ) -> Result<()> {
        let job = self.job(source, rows);
        match (source.mask, source.nodata) {
            (Some(mask), _) => self.compute(&job, &MaskBytes(mask), out),
            (None, Some(nodata)) => self.compute(&job, &Differs(nodata), out),
            (None, None) => self.compute(&job, &Always, out),
        }
    }

    /// As [`reduce`](Self::reduce) where all samples are known to be valid: nodata is only never the
    /// result. GDAL's sums without a mask differ from those under one in the last bit.
    ///
    /// # Errors
    /// Those of [`Resampler::reduce`].
    pub fn reduce_valid<T: Reduce>(
        &self,
        source: &SourceRows<'_, T>,
        rows: Range<u32>,
        out: &mut [T],
    ) -> Result<()> {
        self.method.check(T::DATA_TYPE)?;
        self.check(source, &rows, out.len())?;
        if let Plan::Nearest(picks) = &self.plan {
            picks.pick(source, index(self.from.width), rows, out);
            return Ok(());
        }
        T::reduce_valid(self, source, rows, out)
    }

    fn reduce_real_valid<T: Real>(
        &self,
        source: &SourceRows<'_, T>,
        rows: Range<u32>,
        out: &mut [T],
    ) -> Result<()> {
        self.compute(&self.job(source, rows), &Always, out)
    }

    /// Computes rows `rows` of a mask (0 invalid, 255 valid), or of an alpha band of 8 bits: it is
    /// resampled by the same method as the bands, with itself as its validity.
    ///
    /// # Errors
    /// Those of [`Resampler::reduce`].
    pub fn reduce_mask(
        &self,
        mask: &[u8],
        first_row: u32,
        rows: Range<u32>,
        out: &mut [u8],
    ) -> Result<()> {
        let source = SourceRows {
            first_row,
            samples: mask,
            nodata: None,
            mask: Some(mask),
        };
        self.reduce(&source, rows, out)
    }

    fn job<'a, T: Real>(&self, source: &SourceRows<'a, T>, rows: Range<u32>) -> Job<'a, T> {
        Job {
            first_row: index(source.first_row),
            width: index(self.from.width),
            samples: source.samples,
            nodata: Nodata::new(source.nodata),
            rows,
        }
    }

    fn compute<T: Real, V: Validity<T>>(
        &self,
        job: &Job<'_, T>,
        validity: &V,
        out: &mut [T],
    ) -> Result<()> {
        match &self.plan {
            Plan::Area { columns, rows } if self.method == Resampling::Mode => {
                mode::reduce_real(job, validity, (columns, rows), out);
            }
            Plan::Area { columns, rows } if self.method == Resampling::Rms => {
                area::reduce::<T, V, area::Squares>(job, validity, (columns, rows), out);
            }
            Plan::Area { columns, rows } => {
                area::reduce::<T, V, area::Plain>(job, validity, (columns, rows), out);
            }
            Plan::Convolution { columns, rows } => {
                convolution::reduce(job, validity, (columns, rows), out)?;
            }
            Plan::Gauss { columns, rows } => gauss::reduce(job, validity, (columns, rows), out),
            Plan::Nearest(_) => {}
        }
        Ok(())
    }

    /// The source rows of one row.
    fn source_row(&self, row: u32) -> Range<u32> {
        let range = match &self.plan {
            Plan::Area { rows, .. } => rows.range(index(row)),
            Plan::Convolution { rows, .. } => rows.range(index(row)),
            Plan::Gauss { rows, .. } => rows.range(index(row)),
            Plan::Nearest(picks) => {
                let first = picks.rows[index(row)];
                first..first + 1
            }
        };
        let narrow = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        narrow(range.start)..narrow(range.end)
    }

    fn check<T>(&self, source: &SourceRows<'_, T>, rows: &Range<u32>, out: usize) -> Result<()> {
        let same = |found: usize, expected: usize| match found == expected {
            true => Ok(()),
            false => Err(Error::from(Usage::BufferLength { found, expected })),
        };
        let count = rows.end.min(self.to.height).saturating_sub(rows.start);
        let expected = index(count).saturating_mul(index(self.to.width));
        same(out, expected)?;
        if rows.end > self.to.height {
            return Err(Usage::BufferLength {
                found: out,
                expected: usize::MAX,
            }
            .into());
        }
        let width = index(self.from.width);
        let needed = self.source_rows(rows.clone());
        let before = needed.start.checked_sub(source.first_row);
        let covered = source.samples.len() / width;
        let enough = index(needed.end.saturating_sub(source.first_row));
        if before.is_none() || covered < enough {
            let expected = enough.saturating_mul(width);
            let found = source.samples.len();
            return Err(Usage::BufferLength { found, expected }.into());
        }
        same(source.samples.len() % width, 0)?;
        same(
            source.mask.map_or(source.samples.len(), <[u8]>::len),
            source.samples.len(),
        )
    }
}

/// The level that GDAL computes level `level` from (0 is the full image): the one above it if that
/// is wider, or else the full image.
pub fn source_level(levels: &[Size], level: usize) -> usize {
    let above = level.saturating_sub(1);
    match (levels.get(above), levels.get(level)) {
        (Some(source), Some(target)) if source.width > target.width => above,
        _ => 0,
    }
}

/// What all methods need of one call.
struct Job<'a, T> {
    first_row: usize,
    width: usize,
    samples: &'a [T],
    nodata: Nodata<T>,
    rows: Range<u32>,
}

impl<T: Reduce> SourceRows<'_, T> {
    /// Whether all samples are valid, none or some. As GDAL looks at it, a mask of one value that is
    /// not 0 says that all are.
    pub fn coverage(&self) -> Coverage {
        let same = |mask: &[u8]| mask.iter().all(|&byte| byte == mask[0]);
        match (self.mask, self.nodata) {
            (Some(mask), _) => match mask.first() {
                Some(0) if same(mask) => Coverage::None,
                Some(_) if !same(mask) => Coverage::Some,
                _ => Coverage::All,
            },
            (None, Some(nodata)) => {
                let mut valid = self.samples.iter().map(|&sample| sample.differs(nodata));
                let first = valid.next().unwrap_or(true);
                match first {
                    _ if !valid.all(|valid| valid == first) => Coverage::Some,
                    true => Coverage::All,
                    false => Coverage::None,
                }
            }
            (None, None) => Coverage::All,
        }
    }
}

/// How many of some samples are valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coverage {
    /// All of them.
    All,
    /// None of them.
    None,
    /// Some of them.
    Some,
}

impl<'a, T> Job<'a, T> {
    /// A source row by its number in the level.
    fn row(&self, row: usize) -> &'a [T] {
        &self.samples[self.offset(row)..][..self.width]
    }

    /// Where a source row begins in the samples.
    fn offset(&self, row: usize) -> usize {
        (row - self.first_row) * self.width
    }
}

/// A coordinate without its fraction; coordinates are below 2^33 and not negative.
fn truncated(coordinate: f64) -> usize {
    coordinate as usize
}
