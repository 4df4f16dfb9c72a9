//! Sample types: the run-time [`DataType`], typed storage in [`Samples`], the sealed [`Sample`]
//! trait, and the one macro that takes code from the first to the last.

use std::fmt;

use crate::error::{Result, Usage};
use crate::limits::zeroed;

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
}

impl DataType {
    /// All types.
    pub const ALL: [DataType; 10] = [
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
    ];

    /// The name that numpy and rasterio use: `uint8`, `float32`.
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
        }
    }

    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            DataType::U8 | DataType::I8 => 1,
            DataType::U16 | DataType::I16 => 2,
            DataType::U32 | DataType::I32 | DataType::F32 => 4,
            DataType::U64 | DataType::I64 | DataType::F64 => 8,
        }
    }

    /// True for the floating point types.
    pub fn is_float(self) -> bool {
        matches!(self, DataType::F32 | DataType::F64)
    }

    /// True for signed integers and floating point types.
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

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ByteOrder {
    /// Least significant byte first: `II`.
    Little,
    /// Most significant byte first: `MM`.
    Big,
}

/// One number, exact for every sample type.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    /// A whole number; holds every u64 and i64.
    Int(i128),
    /// A floating point number.
    Float(f64),
}

impl Scalar {
    /// Reads a number as C's `strtod` and GDAL do: white space around it is ignored; `nan`, `-nan`
    /// and `inf` in any case are numbers. Whole numbers stay exact beyond 2^53.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if let Ok(int) = text.parse::<i128>() {
            return Some(Scalar::Int(int));
        }
        let lower = text.to_ascii_lowercase();
        let unsigned = lower.trim_start_matches(['+', '-']);
        if unsigned.starts_with("nan") {
            return Some(Scalar::Float(f64::NAN));
        }
        lower.parse::<f64>().ok().map(Scalar::Float)
    }

    /// The nearest floating point number.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Int(int) => int as f64,
            Scalar::Float(float) => float,
        }
    }

    /// True for NaN.
    pub fn is_nan(self) -> bool {
        matches!(self, Scalar::Float(float) if float.is_nan())
    }

    /// The same number as a whole number, if it is one.
    pub fn to_int(self) -> Option<i128> {
        match self {
            Scalar::Int(int) => Some(int),
            Scalar::Float(float) if float.fract() == 0.0 && float.abs() < 1e30 => {
                Some(float as i128)
            }
            Scalar::Float(_) => None,
        }
    }
}

/// Equal numbers are equal whatever holds them, and NaN is equal to NaN.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_int(), other.to_int()) {
            (Some(a), Some(b)) => a == b,
            _ => self.to_f64() == other.to_f64() || (self.is_nan() && other.is_nan()),
        }
    }
}

impl fmt::Display for Scalar {
    /// Shortest text that reads back as the same number; `nan` and `inf` as GDAL writes them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Int(int) => write!(f, "{int}"),
            Scalar::Float(float) if float.is_nan() => f.write_str("nan"),
            Scalar::Float(float) if float.is_infinite() => {
                f.write_str(if *float > 0.0 { "inf" } else { "-inf" })
            }
            Scalar::Float(float)
                if float.abs() >= 1e17 || (*float != 0.0 && float.abs() < 1e-5) =>
            {
                write!(f, "{float:e}")
            }
            Scalar::Float(float) => write!(f, "{float}"),
        }
    }
}

macro_rules! scalar_from {
    ($variant:ident: $($type:ty),*) => {
        $(impl From<$type> for Scalar {
            fn from(value: $type) -> Self {
                Scalar::$variant(value.into())
            }
        })*
    };
}
scalar_from!(Int: u8, i8, u16, i16, u32, i32, u64, i64);
scalar_from!(Float: f32, f64);

mod sealed {
    pub trait Sealed {}
}

/// A sample type of Rust: `u8` to `f64`. Sealed: these ten are all there are.
pub trait Sample:
    sealed::Sealed + Copy + Default + fmt::Debug + PartialEq + PartialOrd + Send + Sync + 'static
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

    /// The nearest f64.
    fn to_f64(self) -> f64;

    /// The nearest sample by Rust's `as`: saturating, fractions cut towards zero, NaN becomes 0
    /// in integers.
    fn from_f64(value: f64) -> Self;

    /// The sample as a scalar, exactly.
    fn to_scalar(self) -> Scalar;

    /// The sample equal to a scalar, or `None` where the type has none. Floating point types take
    /// the nearest number, as GDAL does for nodata.
    fn from_scalar(scalar: Scalar) -> Option<Self>;

    /// True for NaN.
    fn is_nan(self) -> bool;

    /// True if this sample is the nodata value; NaN is equal to NaN here.
    fn is_nodata(self, nodata: Self) -> bool {
        self == nodata || (self.is_nan() && nodata.is_nan())
    }

    /// The samples of this type, if these are.
    fn slice(samples: &Samples) -> Option<&[Self]>;

    /// The samples of this type, if these are.
    fn slice_mut(samples: &mut Samples) -> Option<&mut [Self]>;

    /// Samples of this type.
    fn into_samples(values: Vec<Self>) -> Samples;
}

/// Samples of one type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Samples {
    /// Unsigned 8 bits.
    U8(Vec<u8>),
    /// Signed 8 bits.
    I8(Vec<i8>),
    /// Unsigned 16 bits.
    U16(Vec<u16>),
    /// Signed 16 bits.
    I16(Vec<i16>),
    /// Unsigned 32 bits.
    U32(Vec<u32>),
    /// Signed 32 bits.
    I32(Vec<i32>),
    /// Unsigned 64 bits.
    U64(Vec<u64>),
    /// Signed 64 bits.
    I64(Vec<i64>),
    /// IEEE 754 single precision.
    F32(Vec<f32>),
    /// IEEE 754 double precision.
    F64(Vec<f64>),
}

/// Runs `$body` with `$values` bound to the typed vector inside `$samples`.
macro_rules! with_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::sample::Samples::U8($values) => $body,
            $crate::sample::Samples::I8($values) => $body,
            $crate::sample::Samples::U16($values) => $body,
            $crate::sample::Samples::I16($values) => $body,
            $crate::sample::Samples::U32($values) => $body,
            $crate::sample::Samples::I32($values) => $body,
            $crate::sample::Samples::U64($values) => $body,
            $crate::sample::Samples::I64($values) => $body,
            $crate::sample::Samples::F32($values) => $body,
            $crate::sample::Samples::F64($values) => $body,
        }
    };
}
pub(crate) use with_samples;

/// Runs `$body` with the type `$T` that a [`DataType`] names.
macro_rules! with_type {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $data_type {
            $crate::sample::DataType::U8 => $crate::sample::with_type!(@ u8, $T => $body),
            $crate::sample::DataType::I8 => $crate::sample::with_type!(@ i8, $T => $body),
            $crate::sample::DataType::U16 => $crate::sample::with_type!(@ u16, $T => $body),
            $crate::sample::DataType::I16 => $crate::sample::with_type!(@ i16, $T => $body),
            $crate::sample::DataType::U32 => $crate::sample::with_type!(@ u32, $T => $body),
            $crate::sample::DataType::I32 => $crate::sample::with_type!(@ i32, $T => $body),
            $crate::sample::DataType::U64 => $crate::sample::with_type!(@ u64, $T => $body),
            $crate::sample::DataType::I64 => $crate::sample::with_type!(@ i64, $T => $body),
            $crate::sample::DataType::F32 => $crate::sample::with_type!(@ f32, $T => $body),
            $crate::sample::DataType::F64 => $crate::sample::with_type!(@ f64, $T => $body),
        }
    };
    (@ $type:ty, $T:ident => $body:expr) => {{
        type $T = $type;
        $body
    }};
}
pub(crate) use with_type;

impl Samples {
    /// `length` zeros.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) of kind `OutOfMemory`.
    pub fn zeroed(data_type: DataType, length: usize) -> Result<Self> {
        with_type!(data_type, T => Ok(T::into_samples(zeroed::<T>(length)?)))
    }

    /// The type of the samples.
    pub fn data_type(&self) -> DataType {
        fn of<T: Sample>(_: &[T]) -> DataType {
            T::DATA_TYPE
        }
        with_samples!(self, values => of(values))
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        with_samples!(self, values => values.len())
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples as little-endian bytes.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        fn bytes<T: Sample>(values: &[T]) -> Vec<u8> {
            let mut bytes = vec![0; values.len() * T::BYTES];
            for (chunk, &value) in bytes.chunks_exact_mut(T::BYTES).zip(values) {
                value.write_le(chunk);
            }
            bytes
        }
        with_samples!(self, values => bytes(values))
    }
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
    /// The value of this type equal to a scalar.
    ///
    /// # Errors
    /// [`Usage::Value`] where this type has none.
    pub fn check(self, scalar: Scalar) -> Result<Scalar> {
        let found = with_type!(self, T => T::from_scalar(scalar).map(Sample::to_scalar));
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
