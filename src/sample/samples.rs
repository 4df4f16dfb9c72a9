//! Samples of a type known at run time, and the macros that give it back to the compiler.

use super::{Complex, DataType, Sample};
use crate::error::Result;
use crate::limits::zeroed;

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
    /// Complex of signed 16 bits.
    CI16(Vec<Complex<i16>>),
    /// Complex of signed 32 bits.
    CI32(Vec<Complex<i32>>),
    /// Complex of single precision.
    CF32(Vec<Complex<f32>>),
    /// Complex of double precision.
    CF64(Vec<Complex<f64>>),
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
            $crate::sample::Samples::CI16($values) => $body,
            $crate::sample::Samples::CI32($values) => $body,
            $crate::sample::Samples::CF32($values) => $body,
            $crate::sample::Samples::CF64($values) => $body,
        }
    };
}
pub(crate) use with_samples;

/// As [`with_samples`] for real numbers; `$other` for complex ones.
macro_rules! with_real {
    ($samples:expr, $values:ident => $body:expr, else => $other:expr) => {
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
            _ => $other,
        }
    };
}
pub(crate) use with_real;

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
            $crate::sample::DataType::CI16 => $crate::sample::with_type!(@ $crate::sample::Complex<i16>, $T => $body),
            $crate::sample::DataType::CI32 => $crate::sample::with_type!(@ $crate::sample::Complex<i32>, $T => $body),
            $crate::sample::DataType::CF32 => $crate::sample::with_type!(@ $crate::sample::Complex<f32>, $T => $body),
            $crate::sample::DataType::CF64 => $crate::sample::with_type!(@ $crate::sample::Complex<f64>, $T => $body),
        }
    };
    (@ $type:ty, $T:ident => $body:expr) => {{
        type $T = $type;
        $body
    }};
}
pub(crate) use with_type;

/// As [`with_type`] for real numbers; `$other` for complex ones.
macro_rules! with_real_type {
    ($data_type:expr, $T:ident => $body:expr, else => $other:expr) => {
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
            _ => $other,
        }
    };
}
pub(crate) use with_real_type;

impl Samples {
    /// `length` zeros.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) of kind `OutOfMemory`.
    pub fn zeroed(data_type: DataType, length: usize) -> Result<Self> {
        with_type!(data_type, T => Ok(T::into_samples(zeroed::<T>(length)?)))
    }

    /// Samples from their little-endian bytes; bytes that are no whole sample are left out.
    pub(crate) fn from_le_bytes(data_type: DataType, bytes: &[u8]) -> Self {
        with_type!(data_type, T => {
            T::into_samples(bytes.chunks_exact(T::BYTES).map(T::from_le_slice).collect())
        })
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
