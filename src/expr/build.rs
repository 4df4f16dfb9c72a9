//! What builds expressions: a method for each operator, and the operators of the language.

use std::ops;
use std::sync::Arc;

use super::Expr;
use super::node::{Arithmetic, Bits, CastMode, Comparison, Function, Logic, Node, Part, Reduction};
use crate::sample::{DataType, Scalar};

impl Expr {
    /// The input with this index in the list of inputs.
    pub fn input(index: usize) -> Self {
        Node::Input(index).into()
    }

    /// A number.
    pub fn scalar(value: impl Into<Scalar>) -> Self {
        Node::Scalar(value.into()).into()
    }

    /// A mask: true where the stored value is one of `values`, nodata included if listed.
    pub fn is_in<V: Into<Scalar>>(&self, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Node::IsIn(self.clone(), values).into()
    }

    /// A mask: true where both are valid and equal.
    pub fn eq(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Eq, other.into())
    }

    /// A mask: true where both are valid and differ.
    pub fn ne(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Ne, other.into())
    }

    /// A mask: true where both are valid and this is less.
    pub fn lt(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Lt, other.into())
    }

    /// A mask: true where both are valid and this is less or equal.
    pub fn le(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Le, other.into())
    }

    /// A mask: true where both are valid and this is greater.
    pub fn gt(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Gt, other.into())
    }

    /// A mask: true where both are valid and this is greater or equal.
    pub fn ge(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Ge, other.into())
    }

    /// A mask: true where both masks are.
    pub fn and(&self, other: &Expr) -> Self {
        Node::Logic(Logic::And, self.clone(), other.clone()).into()
    }

    /// A mask: true where either mask is.
    pub fn or(&self, other: &Expr) -> Self {
        Node::Logic(Logic::Or, self.clone(), other.clone()).into()
    }

    /// A mask: true where one mask is and the other is not.
    pub fn xor(&self, other: &Expr) -> Self {
        Node::Logic(Logic::Xor, self.clone(), other.clone()).into()
    }

    /// A mask: true where this mask is not.
    pub fn not(&self) -> Self {
        Node::Not(self.clone()).into()
    }

    /// These numbers where `condition` is false, nodata where it is true. The nodata value is the
    /// one given here, else the numbers' own.
    pub fn mask(&self, condition: &Expr, nodata: Option<Scalar>) -> Self {
        Node::Mask(self.clone(), condition.clone(), nodata).into()
    }

    /// One of two numbers, by this mask: `then` where it is true, `otherwise` where it is false.
    pub fn select(&self, then: impl Into<Expr>, otherwise: impl Into<Expr>) -> Self {
        Node::Select(self.clone(), then.into(), otherwise.into()).into()
    }

    /// The sum.
    pub fn add(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Add, other.into())
    }

    /// The difference.
    pub fn sub(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Sub, other.into())
    }

    /// The product.
    pub fn mul(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Mul, other.into())
    }

    /// The quotient, in floating point.
    pub fn div(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Div, other.into())
    }

    /// The power. A negative number to a fraction is NaN.
    pub fn pow(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Pow, other.into())
    }

    /// The remainder of [`floor_div`](Self::floor_div): it has the sign of the divisor, as
    /// `numpy.remainder`. Of whole numbers by 0 it is invalid.
    pub fn rem(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Rem, other.into())
    }

    /// The quotient rounded down, as `numpy.floor_divide`. Of whole numbers by 0 it is invalid.
    pub fn floor_div(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::FloorDiv, other.into())
    }

    /// The lesser of both; NaN if either is.
    pub fn minimum(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Minimum, other.into())
    }

    /// The greater of both; NaN if either is.
    pub fn maximum(&self, other: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Maximum, other.into())
    }

    /// Not less than `low` and not greater than `high`, which wins.
    pub fn clip(&self, low: impl Into<Expr>, high: impl Into<Expr>) -> Self {
        self.maximum(low).minimum(high)
    }

    /// The angle of the point with this as its y and `x` as its x, in radians from -pi to pi.
    pub fn atan2(&self, x: impl Into<Expr>) -> Self {
        self.arithmetic(Arithmetic::Atan2, x.into())
    }

    /// The bits that both integers have; of masks, `and`.
    pub fn bit_and(&self, other: impl Into<Expr>) -> Self {
        self.bits(Bits::And, other.into())
    }

    /// The bits that either integer has; of masks, `or`.
    pub fn bit_or(&self, other: impl Into<Expr>) -> Self {
        self.bits(Bits::Or, other.into())
    }

    /// The bits that one integer has and the other has not; of masks, `xor`.
    pub fn bit_xor(&self, other: impl Into<Expr>) -> Self {
        self.bits(Bits::Xor, other.into())
    }

    /// The bits that an integer does not have; of a mask, `not`.
    pub fn bit_not(&self) -> Self {
        Node::BitNot(self.clone()).into()
    }

    /// The bits moved up; 0 where they are moved by the width of the type, more, or less than 0.
    pub fn shl(&self, by: impl Into<Expr>) -> Self {
        self.bits(Bits::Shl, by.into())
    }

    /// The bits moved down; the sign where they are moved by the width of the type, more, or less
    /// than 0.
    pub fn shr(&self, by: impl Into<Expr>) -> Self {
        self.bits(Bits::Shr, by.into())
    }

    /// The negative.
    pub fn neg(&self) -> Self {
        Node::Negate(self.clone()).into()
    }

    /// The real part of complex numbers.
    pub fn real(&self) -> Self {
        Node::Part(Part::Real, self.clone()).into()
    }

    /// The imaginary part of complex numbers.
    pub fn imag(&self) -> Self {
        Node::Part(Part::Imag, self.clone()).into()
    }

    /// The absolute value; of complex numbers the amplitude |z|.
    pub fn abs(&self) -> Self {
        self.function(Function::Abs)
    }

    /// The phase of complex numbers in radians, from -pi to pi.
    pub fn phase(&self) -> Self {
        Node::Part(Part::Phase, self.clone()).into()
    }

    /// The intensity |z|^2 of complex numbers.
    pub fn intensity(&self) -> Self {
        Node::Part(Part::Intensity, self.clone()).into()
    }

    /// The same numbers in another type: clamped and rounded to nearest. A mask gives 0 and 1.
    pub fn cast(&self, data_type: DataType) -> Self {
        Node::Cast(self.clone(), data_type, CastMode::Saturating).into()
    }

    /// As [`cast`](Self::cast), but evaluation fails at a valid number that would be clamped, is NaN in
    /// an integer type, or would be the nodata value of the result.
    pub fn cast_checked(&self, data_type: DataType) -> Self {
        Node::Cast(self.clone(), data_type, CastMode::Checked).into()
    }

    /// As numpy's `astype`: fractions are cut off and the bits that do not fit, too.
    pub fn cast_wrapping(&self, data_type: DataType) -> Self {
        Node::Cast(self.clone(), data_type, CastMode::Wrapping).into()
    }

    /// Sample * scale + offset, with a scale and an offset for each band.
    pub fn scaled(&self, factors: impl Into<Vec<(f64, f64)>>) -> Self {
        Node::Scaled(self.clone(), factors.into().into()).into()
    }

    /// The same samples under another nodata value, or none.
    pub fn with_nodata(&self, nodata: Option<Scalar>) -> Self {
        Node::Nodata(self.clone(), nodata).into()
    }

    /// The same samples, valid where `valid` is true and nowhere else; a nodata value that they had
    /// is one no more. Only [`split`] understands it: bound as it is, it gives the samples.
    pub(crate) fn covered(&self, valid: &Expr) -> Self {
        Node::Covered(self.clone(), valid.clone()).into()
    }

    /// A mask: true where this is valid.
    pub fn is_valid(&self) -> Self {
        Node::Valid(self.clone()).into()
    }

    /// A mask: true where this is not valid.
    pub fn is_nodata(&self) -> Self {
        self.is_valid().not()
    }

    /// These numbers where they are valid, elsewhere `other`.
    pub fn fill_nodata(&self, other: impl Into<Expr>) -> Self {
        Node::FillNodata(self.clone(), other.into()).into()
    }

    /// The bands at these indices, counted from 0, in this order.
    pub fn bands(&self, bands: impl Into<Vec<usize>>) -> Self {
        Node::Bands(self.clone(), bands.into().into()).into()
    }

    /// The bands of several rasters or masks, one after the other.
    pub fn stack(parts: impl Into<Vec<Expr>>) -> Self {
        Node::Stack(parts.into().into()).into()
    }

    /// Several rasters to one, band by band.
    pub fn reduce(reduction: Reduction, rasters: impl Into<Vec<Expr>>) -> Self {
        Node::Reduce(reduction, rasters.into().into(), Arc::new([])).into()
    }

    /// All bands to one.
    pub fn reduce_bands(&self, reduction: Reduction) -> Self {
        Node::ReduceBands(reduction, self.clone(), None).into()
    }

    fn arithmetic(&self, operator: Arithmetic, other: Expr) -> Self {
        Node::Arithmetic(operator, self.clone(), other).into()
    }

    fn bits(&self, operator: Bits, other: Expr) -> Self {
        Node::Bits(operator, self.clone(), other).into()
    }

    fn function(&self, function: Function) -> Self {
        Node::Function(function, self.clone()).into()
    }

    fn compare(&self, comparison: Comparison, other: Expr) -> Self {
        Node::Compare(comparison, self.clone(), other).into()
    }
}

macro_rules! functions {
    ($($(#[$doc:meta])* $method:ident $function:ident;)*) => {
        impl Expr {
            $($(#[$doc])*
            pub fn $method(&self) -> Self {
                self.function(Function::$function)
            })*
        }
    };
}
functions! {
    /// -1, 0 or 1; NaN of NaN.
    sign Sign;
    /// Rounded down to a whole number.
    floor Floor;
    /// Rounded up to a whole number.
    ceil Ceil;
    /// Rounded towards 0 to a whole number.
    trunc Trunc;
    /// Rounded to the nearest whole number, halves to the even one.
    round Round;
    /// The square root; NaN of a negative number.
    sqrt Sqrt;
    /// e to the power of this.
    exp Exp;
    /// The natural logarithm.
    ln Ln;
    /// The logarithm to base 2.
    log2 Log2;
    /// The logarithm to base 10.
    log10 Log10;
    /// The sine of an angle in radians.
    sin Sin;
    /// The cosine of an angle in radians.
    cos Cos;
    /// The tangent of an angle in radians.
    tan Tan;
    /// The angle in radians that has this sine.
    asin Asin;
    /// The angle in radians that has this cosine.
    acos Acos;
    /// The angle in radians that has this tangent.
    atan Atan;
}

macro_rules! expr_from {
    ($($type:ty),*) => {
        $(impl From<$type> for Expr {
            fn from(value: $type) -> Self {
                Expr::scalar(value)
            }
        })*
    };
}
expr_from!(Scalar, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

macro_rules! operator {
    ($($trait:ident, $method:ident);*) => {
        operator!($($trait => $method, $method);*);
    };
    ($($trait:ident => $build:ident, $method:ident);*) => {
        $(impl<R: Into<Expr>> ops::$trait<R> for &Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                Expr::$build(self, other)
            }
        }
        impl<R: Into<Expr>> ops::$trait<R> for Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                Expr::$build(&self, other)
            }
        })*
    };
}
operator!(Add, add; Sub, sub; Mul, mul; Div, div; Rem, rem);
operator!(BitAnd => bit_and, bitand; BitOr => bit_or, bitor; BitXor => bit_xor, bitxor);
operator!(Shl => shl, shl; Shr => shr, shr);

impl ops::Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::neg(self)
    }
}

impl ops::Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::neg(&self)
    }
}
