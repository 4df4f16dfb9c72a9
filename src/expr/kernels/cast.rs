//! The nearest value of another type.

use crate::sample::{Complex, Real, Sample};

/// The nearest value of another type: clamped, halves rounded away from 0, NaN in integers is 0.
pub(super) trait Cast<T>: Sample {
    fn cast(self) -> T;
}

macro_rules! cast {
    (@ $rule:ident $from:ident: $($to:ident)*) => {
        $(impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                cast!(# $rule self $from $to)
            }
        })*
    };
    (# whole $value:ident $from:ident $to:ident) => {{
        let limit = if $value > 0 as $from { $to::MAX } else { $to::MIN };
        $to::try_from($value).unwrap_or(limit)
    }};
    (# float $value:ident $from:ident $to:ident) => {
        $value as $to
    };
    (# single $value:ident $from:ident $to:ident) => {{
        // Exact in float64, and faster than `round` without SSE 4.1.
        let wide = f64::from($value);
        (wide + 0.5f64.copysign(wide)) as $to
    }};
    (# double $value:ident $from:ident $to:ident) => {
        $value.round() as $to
    };
    ($($from:ident)*) => {
        $(cast!(@ whole $from: u8 i8 u16 i16 u32 i32 u64 i64);
        cast!(@ float $from: f32 f64);)*
    };
}
cast!(u8 i8 u16 i16 u32 i32 u64 i64);
cast!(@ single f32: u8 i8 u16 i16 u32 i32 u64 i64);
cast!(@ double f64: u8 i8 u16 i16 u32 i32 u64 i64);
cast!(@ float f32: f32 f64);
cast!(@ float f64: f32 f64);

/// A real number has an imaginary part of 0.
impl<S: Real + Cast<P>, P: Default> Cast<Complex<P>> for S {
    #[inline(always)]
    fn cast(self) -> Complex<P> {
        Complex::new(self.cast(), P::default())
    }
}

/// Parts on their own.
impl<S: Cast<P>, P> Cast<Complex<P>> for Complex<S>
where
    Complex<S>: Sample,
{
    #[inline(always)]
    fn cast(self) -> Complex<P> {
        Complex::new(self.re.cast(), self.im.cast())
    }
}
