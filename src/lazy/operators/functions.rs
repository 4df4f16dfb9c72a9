//! Operators and functions of numbers.

use super::LazyOperand;
use crate::lazy::Lazy;

/// Methods of two numbers, each as that of the expression.
macro_rules! binary {
    ($($(#[$doc:meta])* $method:ident;)*) => {
        impl Lazy {
            $($(#[$doc])*
            #[must_use]
            pub fn $method(&self, other: impl Into<LazyOperand>) -> Lazy {
                self.join(other, |a, b| a.$method(b))
            })*
        }
    };
}
binary! {
    /// The power. A negative number to a fraction is NaN.
    pow;
    /// The remainder of [`floor_div`](Self::floor_div), also written `%`: it has the sign of the
    /// divisor, as `numpy.remainder`. Of whole numbers by 0 it is nodata.
    rem;
    /// The quotient rounded down, as `numpy.floor_divide`. Of whole numbers by 0 it is nodata.
    floor_div;
    /// The lesser of both; NaN if either is.
    minimum;
    /// The greater of both; NaN if either is.
    maximum;
    /// The angle of the point with this as its y and `other` as its x, in radians from -pi to pi.
    atan2;
    /// The bits that both integers have, also written `&`; of masks, [`and`](Self::and).
    bit_and;
    /// The bits that either integer has, also written `|`; of masks, [`or`](Self::or).
    bit_or;
    /// The bits that one integer has and the other has not, also written `^`; of masks,
    /// [`xor`](Self::xor).
    bit_xor;
    /// The bits moved up by a number of places, also written `<<`; 0 where that is the width of the
    /// type, more, or less than 0.
    shl;
    /// The bits moved down by a number of places, also written `>>`; the sign is left where that is
    /// the width of the type, more, or less than 0.
    shr;
}

/// Methods of one number, each as that of the expression.
macro_rules! unary {
    ($($(#[$doc:meta])* $method:ident;)*) => {
        impl Lazy {
            $($(#[$doc])*
            #[must_use]
            pub fn $method(&self) -> Lazy {
                self.derive(self.expr.$method())
            })*

            /// The one of these methods that has a name.
            pub(in crate::lazy) fn unary(name: &str) -> Option<fn(&Lazy) -> Lazy> {
                match name {
                    $(stringify!($method) => Some(Lazy::$method),)*
                    _ => None,
                }
            }
        }
    };
}
unary! {
    /// The absolute value, that of the least integer being the greatest; of complex samples the
    /// amplitude |z|, float32 of complex_int16 and complex64, else float64.
    abs;
    /// -1, 0 or 1; NaN of NaN.
    sign;
    /// Rounded down to a whole number.
    floor;
    /// Rounded up to a whole number.
    ceil;
    /// Rounded towards 0 to a whole number.
    trunc;
    /// Rounded to the nearest whole number, halves to the even one, as `numpy.round`.
    round;
    /// The square root; NaN of a negative number.
    sqrt;
    /// e to the power of this.
    exp;
    /// The natural logarithm.
    ln;
    /// The logarithm to base 2.
    log2;
    /// The logarithm to base 10.
    log10;
    /// The sine of an angle in radians.
    sin;
    /// The cosine of an angle in radians.
    cos;
    /// The tangent of an angle in radians.
    tan;
    /// The angle in radians that has this sine.
    asin;
    /// The angle in radians that has this cosine.
    acos;
    /// The angle in radians that has this tangent.
    atan;
    /// The bits that an integer does not have; of a mask, its contrary.
    bit_not;
}

impl Lazy {
    /// Not less than `low` and not greater than `high`, which wins where they cross.
    #[must_use]
    pub fn clip(&self, low: impl Into<LazyOperand>, high: impl Into<LazyOperand>) -> Lazy {
        self.maximum(low).minimum(high)
    }
}
