//! The rules of types: what an operator gives for given operands. Pure functions on [`Kind`]-like
//! descriptions, no samples.

use super::{Arithmetic, Part};
use crate::error::{Result, Usage};
use crate::sample::{DataType, Real, Scalar, with_real_type};

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
    fn range(self) -> Option<(i128, i128)> {
        match self {
            Side::Numbers(numbers) => numbers.range,
            Side::Scalar(Scalar::Int(int)) => Some((int, int)),
            Side::Scalar(Scalar::Float(_)) => None,
        }
    }

    fn nodata(self) -> Option<Scalar> {
        match self {
            Side::Numbers(numbers) => numbers.nodata,
            Side::Scalar(_) => None,
        }
    }

    pub fn is_complex(self) -> bool {
        matches!(self, Side::Numbers(numbers) if numbers.data_type.is_complex())
    }

    fn parts(self) -> Side {
        match self {
            Side::Numbers(numbers) => Side::Numbers(numbers.parts()),
            scalar => scalar,
        }
    }

    fn is_float(self) -> bool {
        match self {
            Side::Numbers(numbers) => numbers.data_type.is_float(),
            Side::Scalar(scalar) => matches!(scalar, Scalar::Float(_)),
        }
    }

    /// True if float32 is exact enough for this side: see the module's doc.
    fn is_small(self) -> bool {
        match (self.range(), self) {
            (Some((low, high)), _) => low >= -EXACT_F32 && high <= EXACT_F32,
            (None, Side::Numbers(numbers)) => is_single(numbers.data_type),
            (None, Side::Scalar(scalar)) => DataType::F32.check(scalar).is_ok(),
        }
    }

    /// The integer type of this side.
    fn int_type(self) -> Result<DataType> {
        match self {
            Side::Numbers(numbers) => Ok(numbers.data_type),
            Side::Scalar(scalar) => scalar_type(scalar),
        }
    }

    /// True if the integers of this side are never negative.
    fn is_unsigned(self) -> bool {
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

/// The complex type with parts that hold a real type, or nearly so those of 64 bits.
fn complex_of(part: DataType) -> DataType {
    match part {
        DataType::U8 | DataType::I8 | DataType::I16 => DataType::CI16,
        DataType::U16 | DataType::I32 => DataType::CI32,
        DataType::F32 => DataType::CF32,
        _ => DataType::CF64,
    }
}

/// The type, nodata and range of a part or a measure of complex numbers.
pub(super) fn part(part: Part, of: Numbers) -> Numbers {
    let data_type = match part {
        Part::Real | Part::Imag => of.data_type.part(),
        _ if is_single(of.data_type) => DataType::F32,
        _ => DataType::F64,
    };
    let nodata = match part {
        Part::Real => of.nodata,
        _ => of.nodata.map(|_| arithmetic_nodata(data_type)),
    };
    Numbers::new(data_type, nodata)
}

/// The type, nodata and range of `left operator right`.
pub(super) fn arithmetic(operator: Arithmetic, left: Side, right: Side) -> Result<Numbers> {
    let data_type = arithmetic_type(operator, left, right)?;
    let invalid = left.nodata().or(right.nodata());
    let nodata = invalid.map(|_| arithmetic_nodata(data_type));
    let range = arithmetic_range(operator, left.range(), right.range(), data_type);
    Ok(Numbers {
        data_type,
        nodata,
        range,
    })
}

fn arithmetic_type(operator: Arithmetic, left: Side, right: Side) -> Result<DataType> {
    if left.is_complex() || right.is_complex() {
        let small = left.is_small() && right.is_small();
        return Ok(if small {
            DataType::CF32
        } else {
            DataType::CF64
        });
    }
    if operator == Arithmetic::Negate {
        return negated_type(right);
    }
    if operator == Arithmetic::Div || left.is_float() || right.is_float() {
        let small = left.is_small() && right.is_small();
        return Ok(if small { DataType::F32 } else { DataType::F64 });
    }
    let bits = |side: Side| side.int_type().map(|data_type| data_type.bytes() * 8);
    let (a, b) = (bits(left)?, bits(right)?);
    let unsigned = left.is_unsigned() && right.is_unsigned();
    Ok(match (operator, a.max(b), a + b) {
        (Arithmetic::Mul, _, ..=24) => DataType::I32,
        (Arithmetic::Mul, _, ..=48) => DataType::I64,
        (Arithmetic::Mul, ..) if unsigned => DataType::U64,
        (Arithmetic::Mul, ..) => DataType::I64,
        (_, 8, _) => DataType::I16,
        (_, 16, _) => DataType::I32,
        (Arithmetic::Add, 64, _) if unsigned => DataType::U64,
        _ => DataType::I64,
    })
}

fn negated_type(side: Side) -> Result<DataType> {
    let data_type = match side {
        Side::Numbers(numbers) => numbers.data_type,
        Side::Scalar(scalar) => scalar_type(scalar)?,
    };
    Ok(match data_type {
        DataType::U8 => DataType::I16,
        DataType::U16 => DataType::I32,
        DataType::U32 | DataType::U64 => DataType::I64,
        signed => signed,
    })
}

fn arithmetic_nodata(data_type: DataType) -> Scalar {
    match (data_type, type_range(data_type)) {
        (DataType::U64, Some((_, high))) => Scalar::Int(high),
        (_, Some((low, _))) => Scalar::Int(low),
        (_, None) => Scalar::Float(f64::NAN),
    }
}

/// Interval arithmetic, clamped to the type as the samples are.
fn arithmetic_range(
    operator: Arithmetic,
    left: Option<(i128, i128)>,
    right: Option<(i128, i128)>,
    data_type: DataType,
) -> Option<(i128, i128)> {
    let (least, most) = type_range(data_type)?;
    let ((a, b), (c, d)) = (left?, right?);
    let (low, high) = match operator {
        Arithmetic::Add => (a.saturating_add(c), b.saturating_add(d)),
        Arithmetic::Sub => (a.saturating_sub(d), b.saturating_sub(c)),
        Arithmetic::Negate => (-d, -c),
        Arithmetic::Mul | Arithmetic::Div => {
            let corners = [(a, c), (a, d), (b, c), (b, d)].map(|(x, y)| x.saturating_mul(y));
            let fold = |pick: fn(i128, i128) -> i128| corners.into_iter().reduce(pick);
            (fold(i128::min)?, fold(i128::max)?)
        }
    };
    Some((low.clamp(least, most), high.clamp(least, most)))
}

/// The type in which a comparison is exact; `None` if only [`Scalar`] is. Complex numbers meet in
/// double precision.
pub(super) fn comparison_type(left: Side, right: Side) -> Option<DataType> {
    if left.is_complex() || right.is_complex() {
        let single = comparison_type(left.parts(), right.parts()) == Some(DataType::F32);
        return Some(if single {
            DataType::CF32
        } else {
            DataType::CF64
        });
    }
    match (left, right) {
        (Side::Numbers(a), Side::Numbers(b)) => exact_type(a.data_type, b.data_type),
        (Side::Numbers(numbers), Side::Scalar(scalar))
        | (Side::Scalar(scalar), Side::Numbers(numbers)) => {
            scalar_comparison_type(numbers.data_type, scalar)
        }
        (Side::Scalar(_), Side::Scalar(_)) => None,
    }
}

fn scalar_comparison_type(data_type: DataType, scalar: Scalar) -> Option<DataType> {
    match scalar {
        Scalar::Int(int) if data_type.is_float() => {
            let fits = |most: i128| (-most..=most).contains(&int);
            let double = fits(EXACT_F64).then_some(DataType::F64);
            if fits(EXACT_F32) {
                Some(data_type)
            } else {
                double
            }
        }
        Scalar::Int(_) if data_type.check(scalar).is_ok() => Some(data_type),
        Scalar::Int(_) => exact_type(data_type, scalar_type(scalar).ok()?),
        Scalar::Float(_) if data_type == DataType::F32 => {
            let small = DataType::F32.check(scalar).is_ok();
            Some(if small { DataType::F32 } else { DataType::F64 })
        }
        Scalar::Float(_) => exact_type(data_type, DataType::F64),
    }
}

/// The type of a raster that holds both sides: exactly, where a type can.
pub(super) fn common_type(left: Side, right: Side) -> Result<DataType> {
    if left.is_complex() || right.is_complex() {
        return Ok(complex_of(common_type(left.parts(), right.parts())?));
    }
    let lossy = |a: DataType, b: DataType| match a.is_float() || b.is_float() {
        true => DataType::F64,
        false => DataType::I64,
    };
    let both = |a, b| exact_type(a, b).unwrap_or_else(|| lossy(a, b));
    match (left, right) {
        (Side::Numbers(a), Side::Numbers(b)) => Ok(both(a.data_type, b.data_type)),
        (Side::Numbers(numbers), Side::Scalar(scalar))
        | (Side::Scalar(scalar), Side::Numbers(numbers)) => {
            let data_type = numbers.data_type;
            match data_type.check(scalar) {
                Ok(_) => Ok(data_type),
                Err(_) => Ok(both(data_type, scalar_type(scalar)?)),
            }
        }
        (Side::Scalar(a), Side::Scalar(b)) => Ok(both(scalar_type(a)?, scalar_type(b)?)),
    }
}

/// The smallest type that holds all values of both, if there is one.
fn exact_type(a: DataType, b: DataType) -> Option<DataType> {
    if a == b {
        return Some(a);
    }
    let bytes = a.bytes().max(b.bytes());
    match (a.is_float(), b.is_float()) {
        (true, true) => Some(DataType::F64),
        (false, false) if a.is_signed() == b.is_signed() => {
            Some(if a.bytes() == bytes { a } else { b })
        }
        (false, false) => signed_type(a, b),
        (float, _) => {
            let (float, int) = if float { (a, b) } else { (b, a) };
            match int.bytes() {
                1 | 2 => Some(float),
                4 => Some(DataType::F64),
                _ => None,
            }
        }
    }
}

/// The smallest signed type that holds an unsigned and a signed one.
fn signed_type(a: DataType, b: DataType) -> Option<DataType> {
    let (signed, unsigned) = if a.is_signed() { (a, b) } else { (b, a) };
    match signed.bytes().max(unsigned.bytes() * 2) {
        2 => Some(DataType::I16),
        4 => Some(DataType::I32),
        8 => Some(DataType::I64),
        _ => None,
    }
}

/// The smallest type that holds a scalar.
///
/// # Errors
/// [`Usage::Value`] for whole numbers beyond 64 bits.
pub(super) fn scalar_type(scalar: Scalar) -> Result<DataType> {
    let small = |data_type: &DataType| data_type.check(scalar).is_ok();
    let fit = match scalar {
        Scalar::Int(_) => DataType::ALL
            .into_iter()
            .filter(|t| t.is_integer())
            .find(small),
        Scalar::Float(_) => [DataType::F32, DataType::F64].into_iter().find(small),
    };
    fit.ok_or_else(|| out_of_range(scalar))
}

/// The error for a whole number beyond 64 bits.
pub(super) fn out_of_range(scalar: impl ToString) -> crate::error::Error {
    let value = scalar.to_string();
    let dtype = DataType::I64.name();
    Usage::Value { value, dtype }.into()
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
