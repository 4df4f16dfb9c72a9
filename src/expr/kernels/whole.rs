//! Whole numbers to compute with: results that a type does not have saturate.

use super::work::Work;

/// Integers.
pub(super) trait Whole: Work + Ord {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// To an exponent that is not negative.
    fn power(self, exponent: Self) -> Self;
    /// With the sign of the divisor, which is not 0.
    fn remainder(self, divisor: Self) -> Self;
    /// Rounded down; the divisor is not 0.
    fn floor_quotient(self, divisor: Self) -> Self;
    fn magnitude(self) -> Self;
    fn sign(self) -> Self;
}

macro_rules! whole {
    ($($type:ident: $signed:ident;)*) => {
        $(impl Whole for $type {
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.saturating_add(other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.saturating_sub(other)
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self.saturating_mul(other)
            }

            #[inline(always)]
            fn power(self, exponent: Self) -> Self {
                // Beyond 32 bits only -1, 0 and 1 do not saturate: whether it is odd is all that counts.
                let beyond = u32::MAX - 1 + u32::from(exponent & 1 == 1);
                self.saturating_pow(u32::try_from(exponent).unwrap_or(beyond))
            }

            $signed!();
        })*
    };
}

macro_rules! signed {
    () => {
        #[inline(always)]
        fn remainder(self, divisor: Self) -> Self {
            let rest = self.wrapping_rem(divisor);
            if rest != 0 && (rest < 0) != (divisor < 0) {
                rest + divisor
            } else {
                rest
            }
        }

        #[inline(always)]
        fn floor_quotient(self, divisor: Self) -> Self {
            let exact = self.wrapping_rem(divisor) == 0;
            let quotient = self.saturating_div(divisor);
            if !exact && (self < 0) != (divisor < 0) {
                quotient - 1
            } else {
                quotient
            }
        }

        #[inline(always)]
        fn magnitude(self) -> Self {
            self.saturating_abs()
        }

        #[inline(always)]
        fn sign(self) -> Self {
            self.signum()
        }
    };
}

macro_rules! unsigned {
    () => {
        #[inline(always)]
        fn remainder(self, divisor: Self) -> Self {
            self % divisor
        }

        #[inline(always)]
        fn floor_quotient(self, divisor: Self) -> Self {
            self / divisor
        }

        #[inline(always)]
        fn magnitude(self) -> Self {
            self
        }

        #[inline(always)]
        fn sign(self) -> Self {
            self.min(1)
        }
    };
}

whole!(u8: unsigned; u16: unsigned; u32: unsigned; u64: unsigned;);
whole!(i8: signed; i16: signed; i32: signed; i64: signed; i128: signed;);
