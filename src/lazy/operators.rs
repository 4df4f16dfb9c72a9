//! The operators of lazy rasters: each builds one more node of the expression.

mod functions;
mod many;
mod symbols;

use super::Lazy;
use crate::error::{Error, Expression, Result};
use crate::sample::{DataType, Scalar};

impl Lazy {
    /// A mask: true where the stored value is one of `values`, nodata included if it is listed.
    #[must_use]
    pub fn is_in<V: Into<Scalar>>(&self, values: impl IntoIterator<Item = V>) -> Lazy {
        self.derive(self.expr.is_in(values))
    }

    /// A mask: true where both are valid and equal.
    #[must_use]
    pub fn eq(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.eq(b))
    }

    /// A mask: true where both are valid and differ.
    #[must_use]
    pub fn ne(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.ne(b))
    }

    /// A mask: true where both are valid and this is less.
    #[must_use]
    pub fn lt(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.lt(b))
    }

    /// A mask: true where both are valid and this is less or equal.
    #[must_use]
    pub fn le(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.le(b))
    }

    /// A mask: true where both are valid and this is greater.
    #[must_use]
    pub fn gt(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.gt(b))
    }

    /// A mask: true where both are valid and this is greater or equal.
    #[must_use]
    pub fn ge(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.ge(b))
    }

    /// A mask: true where both masks are.
    #[must_use]
    pub fn and(&self, other: &Lazy) -> Lazy {
        self.join(other, |a, b| a.and(&b))
    }

    /// A mask: true where either mask is.
    #[must_use]
    pub fn or(&self, other: &Lazy) -> Lazy {
        self.join(other, |a, b| a.or(&b))
    }

    /// A mask: true where one mask is and the other is not.
    #[must_use]
    pub fn xor(&self, other: &Lazy) -> Lazy {
        self.join(other, |a, b| a.xor(&b))
    }

    /// A mask: true where this is valid.
    #[must_use]
    pub fn is_valid(&self) -> Lazy {
        self.derive(self.expr.is_valid())
    }

    /// A mask: true where this is not valid, by a nodata value or by the mask of a file.
    #[must_use]
    pub fn is_nodata(&self) -> Lazy {
        self.derive(self.expr.is_nodata())
    }

    /// These numbers where they are valid, elsewhere those of `other`. Filled with a number the result
    /// has no nodata value and no mask.
    #[must_use]
    pub fn fill_nodata(&self, other: impl Into<LazyOperand>) -> Lazy {
        self.join(other, |a, b| a.fill_nodata(b))
    }

    /// These numbers where `condition` is false, nodata where it is true.
    ///
    /// # Errors
    /// [`Expression`], among others where this raster has no nodata value (see
    /// [`mask_with`](Self::mask_with)) or the grids differ; as [`check`](Self::check).
    pub fn mask(&self, condition: &Lazy) -> Result<Lazy> {
        self.join(condition, |a, b| a.mask(&b, None)).checked()
    }

    /// As [`mask`](Self::mask), with a nodata value of the caller's.
    ///
    /// # Errors
    /// As [`mask`](Self::mask), and [`Usage::Value`](crate::error::Usage::Value) for a value that
    /// the data type does not have.
    pub fn mask_with(&self, condition: &Lazy, nodata: impl Into<Scalar>) -> Result<Lazy> {
        let nodata = nodata.into();
        self.join(condition, |a, b| a.mask(&b, Some(nodata)))
            .checked()
    }

    /// One of two rasters or numbers, by this mask: `then` where it is true, else `otherwise`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn select(
        &self,
        then: impl Into<LazyOperand>,
        otherwise: impl Into<LazyOperand>,
    ) -> Result<Lazy> {
        let mut joined = self.clone();
        let then = joined.adopt(then.into());
        let otherwise = joined.adopt(otherwise.into());
        joined.expr = joined.expr.select(then, otherwise);
        joined.checked()
    }

    /// The real part of complex samples, in the type of the parts.
    #[must_use]
    pub fn real(&self) -> Lazy {
        self.derive(self.expr.real())
    }

    /// The imaginary part of complex samples, in the type of the parts.
    #[must_use]
    pub fn imag(&self) -> Lazy {
        self.derive(self.expr.imag())
    }

    /// The phase of complex samples in radians, from -pi to pi: float32 of complex_int16 and complex64,
    /// else float64.
    #[must_use]
    pub fn phase(&self) -> Lazy {
        self.derive(self.expr.phase())
    }

    /// The intensity |z|^2 of complex samples; types as [`phase`](Self::phase).
    #[must_use]
    pub fn intensity(&self) -> Lazy {
        self.derive(self.expr.intensity())
    }

    /// The same numbers in another type: clamped and rounded to nearest. A mask gives 0 and 1.
    #[must_use]
    pub fn cast(&self, data_type: DataType) -> Lazy {
        self.derive(self.expr.cast(data_type))
    }

    /// As [`cast`](Self::cast), but an end fails at a valid number that would be clamped, is NaN in an
    /// integer type, or would be the nodata value of the result:
    /// [`Expression::Cast`] names it and its place. All samples are
    /// looked at, those that a condition masks as well.
    #[must_use]
    pub fn cast_checked(&self, data_type: DataType) -> Lazy {
        self.derive(self.expr.cast_checked(data_type))
    }

    /// As numpy's `astype`: fractions are cut off and the bits that do not fit, too. NaN and infinity
    /// in an integer type give nodata, or 0 if there is none.
    #[must_use]
    pub fn cast_wrapping(&self, data_type: DataType) -> Lazy {
        self.derive(self.expr.cast_wrapping(data_type))
    }

    /// Sample * scale + offset, with the scale and the offset that the file has for each band; 1 and
    /// 0 where it has none. Computed in float64; the result is float32 of integers of up to 16 bits
    /// and of float32.
    ///
    /// # Errors
    /// [`Expression::Kind`] for what is not a level, or bands of one,
    /// as it is stored; as [`check`](Self::check).
    pub fn scaled(&self) -> Result<Lazy> {
        let stored = self.expr.stored();
        let level = stored.and_then(|(input, bands)| Some((self.inputs[input].as_level()?, bands)));
        let Some((level, bands)) = level else {
            let (operator, expected) = ("scaled", "a level or bands of one, as they are stored");
            return Err(Expression::Kind { operator, expected }.into());
        };
        let factors: Vec<(f64, f64)> = level.scales().into_iter().zip(level.offsets()).collect();
        let factors = match bands {
            // The selection has been checked when it was made.
            Some(bands) => bands
                .iter()
                .filter_map(|&band| factors.get(band))
                .copied()
                .collect(),
            None => factors,
        };
        self.derive(self.expr.scaled(factors)).checked()
    }

    /// The same samples under another nodata value, or none.
    #[must_use]
    pub fn with_nodata(&self, nodata: Option<Scalar>) -> Lazy {
        self.derive(self.expr.with_nodata(nodata))
    }

    /// The same samples, valid where `valid` is true and nowhere else. The result has a mask, which a
    /// COG gets too. A pixel is valid if any of its bands is.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn with_mask(&self, valid: &Lazy) -> Result<Lazy> {
        let joined = self.join(valid, |a, b| a.with_nodata(None).covered(&b));
        joined.checked()
    }

    /// As [`with_mask`](Self::with_mask), true where samples are valid now: a nodata value becomes a
    /// mask.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn with_mask_of_nodata(&self) -> Result<Lazy> {
        let valid = self.expr.is_valid();
        self.derive(self.expr.with_nodata(None).covered(&valid))
            .checked()
    }

    /// Some bands, counted from 1, in this order.
    ///
    /// # Errors
    /// [`Usage::Band`](crate::error::Usage::Band) for a band that is not there; as
    /// [`check`](Self::check).
    pub fn bands(&self, bands: impl IntoIterator<Item = usize>) -> Result<Lazy> {
        let settled = self.settle()?;
        let count = settled.bound.bands();
        let zero_based = |band: usize| match band.checked_sub(1).filter(|&band| band < count) {
            Some(band) => Ok(band),
            None => Err(Error::from(crate::error::Usage::Band { band, count })),
        };
        let bands: Vec<usize> = bands.into_iter().map(zero_based).collect::<Result<_>>()?;
        self.derive(self.expr.bands(bands)).checked()
    }
}

/// What stands beside a lazy raster in an operator: another one, or a number.
#[derive(Clone, Debug)]
pub enum LazyOperand {
    /// A number.
    Scalar(Scalar),
    /// A raster.
    Raster(Lazy),
}

impl From<Lazy> for LazyOperand {
    fn from(raster: Lazy) -> Self {
        LazyOperand::Raster(raster)
    }
}

impl From<&Lazy> for LazyOperand {
    fn from(raster: &Lazy) -> Self {
        LazyOperand::Raster(raster.clone())
    }
}

macro_rules! operand_from {
    ($($type:ty),*) => {
        $(impl From<$type> for LazyOperand {
            fn from(value: $type) -> Self {
                LazyOperand::Scalar(value.into())
            }
        })*
    };
}
operand_from!(Scalar, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);
