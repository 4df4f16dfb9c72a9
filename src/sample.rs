//! Sample types: the run-time [`DataType`], typed storage in [`Samples`], the sealed [`Sample`]
//! trait, and the macros that take code from the first to the last: `with_samples` and `with_type`
//! for all types, `with_real` and `with_real_type` where only real numbers have a meaning.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, Usage};

mod complex;
mod samples;
mod scalar;

pub use complex::Complex;
pub use samples::Samples;
pub(crate) use samples::{with_real, with_real_type, with_samples, with_type};
pub use scalar::Scalar;

/// The type of a raster's samples.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DataType {
    /// Unsigned 8 bits.
    U8,
    /// Signed 8 bits.
    I8,
    /// Unsigned 16 bits.
    U16,
    /// Signed 16 bits.
    I16,
    /// Unsigned 32 bits.
    U32,
    /// Signed 32 bits.
    I32,
    /// Unsigned 64 bits.
    U64,
    /// Signed 64 bits.
    I64,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// Complex, two signed integers of 16 bits: GDAL's `CInt16`.
    CI16,
    /// Complex, two signed integers of 32 bits: GDAL's `CInt32`.
    CI32,
    /// Complex, two numbers of single precision: GDAL's `CFloat32`.
    CF32,
    /// Complex, two numbers of double precision: GDAL's `CFloat64`.
    CF64,
}

impl DataType {
    /// All types.
    pub const ALL: [DataType; 14] = [
        DataType::U8,
        DataType::I8,
        DataType::U16,
        DataType::I16,
        DataType::U32,
        DataType::I32,
        DataType::U64,
        DataType::I64,
        DataType::F32,
        DataType::F64,
        DataType::CI16,
        DataType::CI32,
        DataType::CF32,
        DataType::CF64,
    ];

    /// The name that numpy and rasterio use: `uint8`, `float32`, `complex64`, and `complex_int16` and
    /// `complex_int32` for what numpy does not have.
    pub fn name(self) -> &'static str {
        match self {
            DataType::U8 => "uint8",
            DataType::I8 => "int8",
            DataType::U16 => "uint16",
            DataType::I16 => "int16",
            DataType::U32 => "uint32",
            DataType::I32 => "int32",
            DataType::U64 => "uint64",
            DataType::I64 => "int64",
            DataType::F32 => "float32",
            DataType::F64 => "float64",
            DataType::CI16 => "complex_int16",
            DataType::CI32 => "complex_int32",
            DataType::CF32 => "complex64",
            DataType::CF64 => "complex128",
        }
    }

    /// The name in the manner of Rust: `u8`, `f32`; `ci16`, `cf32` for complex types.
    pub fn short_name(self) -> &'static str {
        match self {
            DataType::U8 => "u8",
            DataType::I8 => "i8",
            DataType::U16 => "u16",
            DataType::I16 => "i16",
            DataType::U32 => "u32",
            DataType::I32 => "i32",
            DataType::U64 => "u64",
            DataType::I64 => "i64",
            DataType::F32 => "f32",
            DataType::F64 => "f64",
            DataType::CI16 => "ci16",
            DataType::CI32 => "ci32",
            DataType::CF32 => "cf32",
            DataType::CF64 => "cf64",
        }
    }

    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            DataType::U8 | DataType::I8 => 1,
            DataType::U16 | DataType::I16 => 2,
            DataType::U32 | DataType::I32 | DataType::F32 => 4,
            DataType::U64 | DataType::I64 | DataType::F64 => 8,
            DataType::CI16 | DataType::CI32 | DataType::CF32 | DataType::CF64 => {
                2 * self.part().bytes()
            }
        }
    }

    /// The type of the real and the imaginary part; that of a real number is its own.
    pub fn part(self) -> DataType {
        match self {
            DataType::CI16 => DataType::I16,
            DataType::CI32 => DataType::I32,
            DataType::CF32 => DataType::F32,
            DataType::CF64 => DataType::F64,
            real => real,
        }
    }

    /// True for the complex types.
    pub fn is_complex(self) -> bool {
        self.part() != self
    }

    /// True for the integer types of real numbers.
    pub fn is_integer(self) -> bool {
        !self.is_float() && !self.is_complex()
    }

    /// True for the floating point types of real numbers.
    pub fn is_float(self) -> bool {
        matches!(self, DataType::F32 | DataType::F64)
    }

    /// True for signed integers, floating point types and complex types.
    pub fn is_signed(self) -> bool {
        !matches!(
            self,
            DataType::U8 | DataType::U16 | DataType::U32 | DataType::U64
        )
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a [`name`](DataType::name) or a [`short_name`](DataType::short_name).
impl FromStr for DataType {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let named = |found: &DataType| [found.name(), found.short_name()].contains(&name);
        DataType::ALL.into_iter().find(named).ok_or_else(|| {
            let names = DataType::ALL.map(DataType::name).join(", ");
            Usage::Option(format!("data type `{name}`: expected one of {names}")).into()
        })
    }
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ByteOrder {
    /// Least significant byte first: `II`.
    Little,
    /// Most significant byte first: `MM`.
    Big,
}

mod sealed {
    pub trait Sealed {}
}

/// A sample type: `u8` to `f64`, and [`Complex`] of `i16`, `i32`, `f32` and `f64`. Sealed: these
/// fourteen are all there are.
pub trait Sample:
    sealed::Sealed + Copy + Default + fmt::Debug + PartialEq + Send + Sync + 'static
{
    /// The run-time name of this type.
    const DATA_TYPE: DataType;

    /// Bytes of a sample.
    const BYTES: usize = size_of::<Self>();

    /// The sample's bits from little-endian bytes; exactly [`Sample::BYTES`] of them are used.
    fn from_le_slice(bytes: &[u8]) -> Self;

    /// The sample's bits from big-endian bytes; exactly [`Sample::BYTES`] of them are used.
    fn from_be_slice(bytes: &[u8]) -> Self;

    /// Writes the sample's bits as little-endian bytes; exactly [`Sample::BYTES`] are written.
    fn write_le(self, bytes: &mut [u8]);

    /// The sample equal to a scalar, or `None` where the type has none. Floating point types take
    /// the nearest number, as GDAL does for nodata. A complex sample has an imaginary part of 0.
    fn from_scalar(scalar: Scalar) -> Option<Self>;

    /// True for NaN; of a complex sample, where either part is.
    fn is_nan(self) -> bool;

    /// True if this sample is the nodata value; NaN is equal to NaN here. Of a complex sample only
    /// the real part is compared, as in GDAL's mask.
    fn is_nodata(self, nodata: Self) -> bool {
        self == nodata || (self.is_nan() && nodata.is_nan())
    }

    /// The samples of this type, if these are.
    fn slice(samples: &Samples) -> Option<&[Self]>;

    /// The samples of this type, if these are.
    fn slice_mut(samples: &mut Samples) -> Option<&mut [Self]>;

    /// Samples of this type.
    fn into_samples(values: Vec<Self>) -> Samples;

    /// The samples of this type by value, if these are.
    fn from_samples(samples: Samples) -> Option<Vec<Self>>;
}

/// A sample type of real numbers, which have an order: `u8` to `f64`.
pub trait Real: Sample + PartialOrd {
    /// The nearest f64.
    fn to_f64(self) -> f64;

    /// The nearest sample by Rust's `as`: saturating, fractions cut towards zero, NaN becomes 0
    /// in integers.
    fn from_f64(value: f64) -> Self;

    /// The sample as a scalar, exactly.
    fn to_scalar(self) -> Scalar;
}

macro_rules! sample {
    ($type:ty, $variant:ident, $scalar:ident, $is_nan:expr, $from_scalar:expr) => {
        impl sealed::Sealed for $type {}

        impl Sample for $type {
            const DATA_TYPE: DataType = DataType::$variant;

            #[inline(always)]
            fn from_le_slice(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$type>()];
                array.copy_from_slice(&bytes[..size_of::<$type>()]);
                <$type>::from_le_bytes(array)
            }

            #[inline(always)]
            fn from_be_slice(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$type>()];
                array.copy_from_slice(&bytes[..size_of::<$type>()]);
                <$type>::from_be_bytes(array)
            }

            #[inline(always)]
            fn write_le(self, bytes: &mut [u8]) {
                bytes[..size_of::<$type>()].copy_from_slice(&self.to_le_bytes());
            }

            fn from_scalar(scalar: Scalar) -> Option<Self> {
                let convert: fn(Scalar) -> Option<$type> = $from_scalar;
                convert(scalar)
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                let is_nan: fn($type) -> bool = $is_nan;
                is_nan(self)
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

        impl Real for $type {
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }

            fn to_scalar(self) -> Scalar {
                Scalar::$scalar(self.into())
            }
        }
    };
    ($type:ty, $variant:ident, Int) => {
        sample!($type, $variant, Int, |_| false, |scalar| {
            scalar.to_int().and_then(|int| <$type>::try_from(int).ok())
        });
    };
    ($type:ty, $variant:ident, Float) => {
        sample!($type, $variant, Float, |value| value.is_nan(), |scalar| {
            let value = scalar.to_f64() as $type;
            let overflowed = value.is_infinite() && !scalar.to_f64().is_infinite();
            (!overflowed).then_some(value)
        });
    };
}
sample!(u8, U8, Int);
sample!(i8, I8, Int);
sample!(u16, U16, Int);
sample!(i16, I16, Int);
sample!(u32, U32, Int);
sample!(i32, I32, Int);
sample!(u64, U64, Int);
sample!(i64, I64, Int);
sample!(f32, F32, Float);
sample!(f64, F64, Float);

impl DataType {
    /// The value of this type equal to a scalar; of a complex type, that of its parts.
    ///
    /// # Errors
    /// [`Usage::Value`] where this type has none.
    pub fn check(self, scalar: Scalar) -> Result<Scalar> {
        let found = with_real_type!(
            self.part(),
            T => T::from_scalar(scalar).map(Real::to_scalar),
            else => None
        );
        found.ok_or_else(|| {
            Usage::Value {
                value: scalar.to_string(),
                dtype: self.name(),
            }
            .into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars() {
        for (text, want) in [
            ("0", Some(Scalar::Int(0))),
            (" -9999\0", Some(Scalar::Int(-9999))),
            ("18446744073709551615", Some(Scalar::Int(u64::MAX.into()))),
            (
                "-3.4028234663852886e+38",
                Some(Scalar::Float(f32::MIN.into())),
            ),
            ("nan", Some(Scalar::Float(f64::NAN))),
            ("-NaN", Some(Scalar::Float(f64::NAN))),
            ("inf", Some(Scalar::Float(f64::INFINITY))),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(Scalar::parse(text), want, "{text}");
        }
        assert_eq!(u8::from_scalar(Scalar::Float(255.0)), Some(255));
        assert_eq!(u8::from_scalar(Scalar::Float(0.5)), None);
        assert_eq!(u8::from_scalar(Scalar::Int(-9999)), None);
        assert_eq!(u8::from_scalar(Scalar::Float(f64::NAN)), None);
        assert_eq!(f32::from_scalar(Scalar::Float(1e300)), None);
        assert_eq!(
            u64::from_scalar(Scalar::Int(u64::MAX.into())),
            Some(u64::MAX)
        );
        assert!(f32::NAN.is_nodata(f32::from_scalar(Scalar::Float(f64::NAN)).expect("a NaN")));
        assert_eq!(
            Scalar::Float(0.1f32.into()).to_string(),
            "0.10000000149011612"
        );
        assert_eq!(
            Scalar::Float(-3.4028234663852886e38).to_string(),
            "-3.4028234663852886e38"
        );
    }
}
