//! Complex samples: two parts of one type.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{DataType, Sample, Samples, Scalar, sealed};

/// A complex number. In files and buffers the real part comes first, and each part has the byte
/// order of the file.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Complex<T> {
    /// The real part.
    pub re: T,
    /// The imaginary part.
    pub im: T,
}

impl<T> Complex<T> {
    /// A complex number of two parts.
    pub const fn new(re: T, im: T) -> Self {
        Complex { re, im }
    }
}

macro_rules! complex {
    ($part:ty, $variant:ident) => {
        impl sealed::Sealed for Complex<$part> {}

        impl Sample for Complex<$part> {
            const DATA_TYPE: DataType = DataType::$variant;

            #[inline(always)]
            fn from_le_slice(bytes: &[u8]) -> Self {
                let (re, im) = bytes.split_at(<$part>::BYTES);
                Complex::new(<$part>::from_le_slice(re), <$part>::from_le_slice(im))
            }

            #[inline(always)]
            fn from_be_slice(bytes: &[u8]) -> Self {
                let (re, im) = bytes.split_at(<$part>::BYTES);
                Complex::new(<$part>::from_be_slice(re), <$part>::from_be_slice(im))
            }

            #[inline(always)]
            fn write_le(self, bytes: &mut [u8]) {
                let (re, im) = bytes.split_at_mut(<$part>::BYTES);
                self.re.write_le(re);
                self.im.write_le(im);
            }

            fn from_scalar(scalar: Scalar) -> Option<Self> {
                <$part>::from_scalar(scalar).map(|re| Complex::new(re, <$part>::default()))
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                self.re.is_nan() || self.im.is_nan()
            }

            #[inline(always)]
            fn is_nodata(self, nodata: Self) -> bool {
                self.re.is_nodata(nodata.re)
            }

            fn slice(samples: &Samples) -> Option<&[Self]> {
                match samples {
                    Samples::$variant(values) => Some(values),
                    _ => None,
                }
            }

            fn slice_mut(samples: &mut Samples) -> Option<&mut [Self]> {
                match samples {
                    Samples::$variant(values) => Some(values),
                    _ => None,
                }
            }

            fn into_samples(values: Vec<Self>) -> Samples {
                Samples::$variant(values)
            }

            fn from_samples(samples: Samples) -> Option<Vec<Self>> {
                match samples {
                    Samples::$variant(values) => Some(values),
                    _ => None,
                }
            }
        }
    };
}
complex!(i16, CI16);
complex!(i32, CI32);
complex!(f32, CF32);
complex!(f64, CF64);

macro_rules! arithmetic {
    ($($part:ty)*) => {
        $(impl Add for Complex<$part> {
            type Output = Self;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Complex::new(self.re + other.re, self.im + other.im)
            }
        }

        impl Sub for Complex<$part> {
            type Output = Self;

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Complex::new(self.re - other.re, self.im - other.im)
            }
        }

        impl Mul for Complex<$part> {
            type Output = Self;

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Complex::new(
                    self.re * other.re - self.im * other.im,
                    self.re * other.im + self.im * other.re,
                )
            }
        }

        /// Smith's method, as numpy has it: no square that could overflow.
        impl Div for Complex<$part> {
            type Output = Self;

            #[inline(always)]
            fn div(self, other: Self) -> Self {
                let (re, im) = (other.re.abs(), other.im.abs());
                if re == 0.0 && im == 0.0 {
                    return Complex::new(self.re / re, self.im / re);
                }
                if re >= im {
                    let ratio = other.im / other.re;
                    let scale = 1.0 / (other.re + other.im * ratio);
                    return Complex::new(
                        (self.re + self.im * ratio) * scale,
                        (self.im - self.re * ratio) * scale,
                    );
                }
                let ratio = other.re / other.im;
                let scale = 1.0 / (other.im + other.re * ratio);
                Complex::new(
                    (self.re * ratio + self.im) * scale,
                    (self.im * ratio - self.re) * scale,
                )
            }
        }

        impl Neg for Complex<$part> {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                Complex::new(-self.re, -self.im)
            }
        })*
    };
}
arithmetic!(f32 f64);
