//! The rules of types: what an operator gives for given operands. Pure functions on descriptions, no
//! samples.

use crate::error::Result;
use crate::sample::{DataType, Real, Scalar, with_real_type};

mod arithmetic;
mod common;
mod reduction;

pub(super) use arithmetic::{arithmetic, bits, complement, function, measured, part};
pub(super) use common::{common_type, comparison_type, out_of_range, scalar_type};
pub(super) use reduction::{members_type, reduction};

/// What is known of a value before it is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sort {
    Mask,
    Numbers(Numbers),
    Scalar(Scalar),
}

/// What is known of numbers before they are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    pub data_type: DataType,
    pub nodata: Option<Scalar>,
    /// Least and greatest *valid* value that is possible; none for floats and complex numbers.
    pub range: Option<(i128, i128)>,
}

/// What one side of an operator with two sides is: a type, or a weak scalar.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Numbers(Numbers),
    Scalar(Scalar),
}

/// 2^24: whole numbers up to here are exact in float32.
const EXACT_F32: i128 = 1 << 24;

/// 2^53: whole numbers up to here are exact in float64.
const EXACT_F64: i128 = 1 << 53;

impl Numbers {
    /// Numbers that may be anything that their type holds. A nodata value that the type does not
    /// have matches no sample, so it is none.
    pub fn new(data_type: DataType, nodata: Option<Scalar>) -> Self {
        Numbers {
            data_type,
            nodata: nodata.and_then(|nodata| data_type.check(nodata).ok()),
            range: type_range(data_type),
        }
    }

    /// A mask as numbers: 0 and 1.
    pub fn of_mask() -> Self {
        Numbers {
            data_type: DataType::U8,
            nodata: None,
            range: Some((0, 1)),
        }
    }

    /// The parts of complex numbers; real numbers as they are.
    fn parts(self) -> Self {
        match self.data_type.is_complex() {
            true => Numbers::new(self.data_type.part(), self.nodata),
            false => self,
        }
    }

    pub fn with_nodata(self, nodata: Option<Scalar>) -> Self {
        Numbers { nodata, ..self }
    }

    /// Adds one value to those that are possible.
    pub fn including(self, value: Option<Scalar>) -> Self {
        let (Some((low, high)), Some(int)) = (self.range, value.and_then(Scalar::to_int)) else {
            return self;
        };
        let range = Some((low.min(int), high.max(int)));
        Numbers { range, ..self }
    }
}

impl Side {
    pub fn range(self) -> Option<(i128, i128)> {
        match self {
            Side::Numbers(numbers) => numbers.range,
            Side::Scalar(Scalar::Int(int)) => Some((int, int)),
            Side::Scalar(Scalar::Float(_)) => None,
        }
    }

    pub fn nodata(self) -> Option<Scalar> {
        match self {
            Side::Numbers(numbers) => numbers.nodata,
            Side::Scalar(_) => None,
        }
    }

    pub fn is_complex(self) -> bool {
        matches!(self, Side::Numbers(numbers) if numbers.data_type.is_complex())
    }

    pub fn parts(self) -> Side {
        match self {
            Side::Numbers(numbers) => Side::Numbers(numbers.parts()),
            scalar => scalar,
        }
    }

    pub fn is_float(self) -> bool {
        match self {
            Side::Numbers(numbers) => numbers.data_type.is_float(),
            Side::Scalar(scalar) => matches!(scalar, Scalar::Float(_)),
        }
    }

    /// True if float32 is exact enough for this side: see the module's doc.
    pub fn is_small(self) -> bool {
        match (self.range(), self) {
            (Some((low, high)), _) => low >= -EXACT_F32 && high <= EXACT_F32,
            (None, Side::Numbers(numbers)) => is_single(numbers.data_type),
            (None, Side::Scalar(scalar)) => DataType::F32.check(scalar).is_ok(),
        }
    }

    /// The type of this side; of a scalar the smallest that holds it.
    pub fn own_type(self) -> Result<DataType> {
        match self {
            Side::Numbers(numbers) => Ok(numbers.data_type),
            Side::Scalar(scalar) => scalar_type(scalar),
        }
    }

    /// True if the integers of this side are never negative.
    pub fn is_unsigned(self) -> bool {
        match self {
            Side::Numbers(numbers) => !numbers.data_type.is_signed(),
            Side::Scalar(scalar) => scalar.to_int().is_some_and(|int| int >= 0),
        }
    }

    /// True if this side may hold integers beyond int64.
    pub fn is_u64(self) -> bool {
        match self {
            Side::Numbers(numbers) => numbers.data_type == DataType::U64,
            Side::Scalar(scalar) => scalar.to_int().is_some_and(|int| int > i64::MAX.into()),
        }
    }
}

/// True for the floating point and complex types all of whose parts are exact in float32.
fn is_single(data_type: DataType) -> bool {
    matches!(data_type, DataType::F32 | DataType::CF32 | DataType::CI16)
}

/// What `cast` makes of numbers.
pub(super) fn cast(numbers: Numbers, data_type: DataType) -> Numbers {
    let nodata = numbers.nodata.map(|nodata| cast_nodata(nodata, data_type));
    let range = match (numbers.range, type_range(data_type)) {
        // One more on either side, as a valid sample may be moved off the nodata value.
        (Some((low, high)), Some((least, most))) => {
            Some(((low - 1).clamp(least, most), (high + 1).clamp(least, most)))
        }
        (_, range) => range,
    };
    Numbers {
        data_type,
        nodata,
        range,
    }
}

/// The nodata value after a cast: the same, if the type has it.
fn cast_nodata(nodata: Scalar, data_type: DataType) -> Scalar {
    data_type
        .check(nodata)
        .unwrap_or(match type_range(data_type.part()) {
            Some((low, _)) => Scalar::Int(low),
            None => Scalar::Float(f64::NAN),
        })
}

/// Least and greatest value of an integer type.
fn type_range(data_type: DataType) -> Option<(i128, i128)> {
    if !data_type.is_integer() {
        return None;
    }
    let extreme = |value: f64| with_real_type!(data_type, T => T::from_f64(value).to_scalar().to_int(), else => None);
    Some((extreme(f64::NEG_INFINITY)?, extreme(f64::INFINITY)?))
}
