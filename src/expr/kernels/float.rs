//! Floating point numbers to compute with, by the rules of numpy.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::work::Work;
use crate::sample::Real;

/// float32 and float64.
pub(super) trait Float:
    Work
    + Real
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    fn power(self, exponent: Self) -> Self;
    fn angle(self, x: Self) -> Self;
    /// With the sign of the divisor.
    fn remainder(self, divisor: Self) -> Self;
    /// Rounded down; infinite or NaN by 0.
    fn floor_quotient(self, divisor: Self) -> Self;
}

macro_rules! float {
    ($($type:ident)*) => {
        $(impl Float for $type {
            #[inline(always)]
            fn power(self, exponent: Self) -> Self {
                self.powf(exponent)
            }

            #[inline(always)]
            fn angle(self, x: Self) -> Self {
                self.atan2(x)
            }

            #[inline(always)]
            fn remainder(self, divisor: Self) -> Self {
                let rest = self % divisor;
                if rest == 0.0 {
                    return (0.0 as $type).copysign(divisor);
                }
                if divisor != 0.0 && (divisor < 0.0) != (rest < 0.0) { rest + divisor } else { rest }
            }

            #[inline(always)]
            fn floor_quotient(self, divisor: Self) -> Self {
                if divisor == 0.0 {
                    return self / divisor;
                }
                let rest = self % divisor;
                let mut quotient = (self - rest) / divisor;
                if rest != 0.0 && (divisor < 0.0) != (rest < 0.0) {
                    quotient -= 1.0;
                }
                if quotient == 0.0 {
                    return (0.0 as $type).copysign(self / divisor);
                }
                let floor = quotient.floor();
                if quotient - floor > 0.5 { floor + 1.0 } else { floor }
            }
        })*
    };
}
float!(f32 f64);
