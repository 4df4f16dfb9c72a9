//! What a value is before it is computed: the table of `cogwork::expr`, read as numbers of bits.

use cogwork::sample::DataType::{self, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
use cogwork::sample::Scalar;

use super::{Refused, Settled, Sort, Value};
use crate::support::{Sampled, default_nodata, range};

/// Data type, nodata, and the least and greatest integer that is possible.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    pub data_type: DataType,
    pub nodata: Sampled,
    pub range: Option<(i128, i128)>,
}

impl Numbers {
    pub fn new(data_type: DataType, nodata: Sampled) -> Self {
        let range = data_type.is_integer().then(|| range(data_type));
        Numbers {
            data_type,
            nodata,
            range,
        }
    }

    /// Numbers that are computed: N of the table.
    pub fn computed(data_type: DataType, nodata: Sampled) -> Self {
        Numbers::new(data_type, nodata.map(|_| default_nodata(data_type)))
    }

    /// Limits of what is possible, as far as the type has them.
    pub fn within(self, low: i128, high: i128) -> Self {
        let inside = |(least, most)| (low.clamp(least, most), high.clamp(least, most));
        Numbers {
            range: Numbers::new(self.data_type, None).range.map(inside),
            ..self
        }
    }

    pub fn including(self, value: Sampled) -> Self {
        match (self.range, value) {
            (Some((low, high)), Some(Scalar::Int(int))) => Numbers {
                range: Some((low.min(int), high.max(int))),
                ..self
            },
            _ => self,
        }
    }

    pub fn with_nodata(self, nodata: Sampled) -> Self {
        Numbers { nodata, ..self }
    }
}

impl Value {
    pub fn nodata(&self) -> Sampled {
        match self.sort {
            Sort::Numbers(numbers) => numbers.nodata,
            _ => None,
        }
    }

    pub fn range(&self) -> Option<(i128, i128)> {
        match self.sort {
            Sort::Numbers(numbers) => numbers.range,
            Sort::Scalar(Scalar::Int(int)) => Some((int, int)),
            _ => None,
        }
    }

    pub fn own_type(&self) -> DataType {
        match self.sort {
            Sort::Numbers(numbers) => numbers.data_type,
            Sort::Scalar(scalar) => smallest(scalar),
            Sort::Mask => U8,
        }
    }

    pub fn is_small(&self) -> bool {
        match (self.range(), self.sort) {
            (Some((low, high)), _) => low >= -(1 << 24) && high <= 1 << 24,
            (None, Sort::Scalar(scalar)) => F32.check(scalar).is_ok(),
            (None, _) => self.own_type() == F32,
        }
    }

    pub fn is_unsigned(&self) -> bool {
        match self.sort {
            Sort::Scalar(Scalar::Int(int)) => int >= 0,
            _ => !self.own_type().is_signed(),
        }
    }

    pub fn float_type(&self) -> DataType {
        if self.is_small() { F32 } else { F64 }
    }
}

fn bits(data_type: DataType) -> usize {
    8 * data_type.bytes()
}

fn signed(bits: usize) -> Option<DataType> {
    [I8, I16, I32, I64]
        .into_iter()
        .find(|t| t.bytes() * 8 == bits)
}

/// The smallest type that holds a scalar.
fn smallest(scalar: Scalar) -> DataType {
    let all = match scalar {
        Scalar::Int(_) => &[U8, I8, U16, I16, U32, I32, U64, I64][..],
        Scalar::Float(_) => &[F32, F64],
    };
    let mut found = all.iter().filter(|t| t.check(scalar).is_ok());
    *found.next().expect("a scalar of 64 bits")
}

/// The smallest type that holds both exactly.
fn exact(a: DataType, b: DataType) -> Option<DataType> {
    match (a.is_float(), b.is_float()) {
        _ if a == b => Some(a),
        (true, true) => Some(F64),
        (true, false) => exact(b, a),
        (false, true) => match bits(a) {
            8 | 16 => Some(b),
            32 => Some(F64),
            _ => None,
        },
        (false, false) if a.is_signed() == b.is_signed() => {
            Some(if bits(a) > bits(b) { a } else { b })
        }
        (false, false) if a.is_signed() => signed(bits(a).max(2 * bits(b))),
        (false, false) => exact(b, a),
    }
}

fn common_types(a: DataType, b: DataType) -> DataType {
    let lossy = if a.is_float() || b.is_float() {
        F64
    } else {
        I64
    };
    exact(a, b).unwrap_or(lossy)
}

/// The type of one side stays if it has the scalar on the other.
fn weak(a: &Value, b: &Value) -> Option<DataType> {
    match (a.sort, b.sort) {
        (Sort::Numbers(numbers), Sort::Scalar(scalar))
        | (Sort::Scalar(scalar), Sort::Numbers(numbers)) => {
            let data_type = numbers.data_type;
            data_type.check(scalar).is_ok().then_some(data_type)
        }
        _ => None,
    }
}

pub fn common(a: &Value, b: &Value) -> DataType {
    weak(a, b).unwrap_or_else(|| common_types(a.own_type(), b.own_type()))
}

pub fn common_of(members: &[Numbers]) -> DataType {
    let types = members.iter().map(|member| member.data_type);
    types.reduce(common_types).expect("a member")
}

/// A nodata value in another type: the same, else NaN or the minimum.
pub fn cast_nodata(nodata: Scalar, data_type: DataType) -> Scalar {
    let other = match data_type.is_float() {
        true => Scalar::Float(f64::NAN),
        false => Scalar::Int(range(data_type).0),
    };
    data_type.check(nodata).unwrap_or(other)
}

pub fn cast(numbers: Numbers, data_type: DataType) -> Numbers {
    let nodata = numbers.nodata.map(|nodata| cast_nodata(nodata, data_type));
    let all = Numbers::new(data_type, nodata);
    match numbers.range {
        Some((low, high)) => all.within(low - 1, high + 1),
        None => all,
    }
}

fn product(bits: usize, unsigned: bool) -> DataType {
    match bits {
        ..=24 => I32,
        25..=48 => I64,
        _ if unsigned => U64,
        _ => I64,
    }
}

fn arithmetic_type(name: &str, a: &Value, b: &Value) -> DataType {
    let float = if a.is_small() && b.is_small() {
        F32
    } else {
        F64
    };
    let is_float = |side: &Value| match side.sort {
        Sort::Scalar(scalar) => matches!(scalar, Scalar::Float(_)),
        _ => side.own_type().is_float(),
    };
    let width = bits(a.own_type()).max(bits(b.own_type()));
    let unsigned = a.is_unsigned() && b.is_unsigned();
    match name {
        "minimum" | "maximum" => common(a, b),
        "div" | "atan2" => float,
        _ if is_float(a) || is_float(b) => float,
        "rem" | "floor_div" => common(a, b),
        "mul" => product(bits(a.own_type()) + bits(b.own_type()), unsigned),
        "pow" => match b.sort {
            Sort::Scalar(Scalar::Int(n)) if n >= 0 => {
                let n = usize::try_from(n).unwrap_or(usize::MAX);
                product(bits(a.own_type()).saturating_mul(n), a.is_unsigned())
            }
            Sort::Numbers(_) if b.is_unsigned() => product(usize::MAX, a.is_unsigned()),
            _ => float,
        },
        _ => match width {
            8 => I16,
            16 => I32,
            64 if unsigned && name == "add" => U64,
            _ => I64,
        },
    }
}

pub fn arithmetic(name: &str, a: &Value, b: &Value) -> Numbers {
    let data_type = arithmetic_type(name, a, b);
    let nodata = a.nodata().or(b.nodata());
    let divides = matches!(name, "rem" | "floor_div") && data_type.is_integer();
    let numbers = match name {
        "minimum" | "maximum" => Numbers::new(
            data_type,
            nodata.map(|nodata| cast_nodata(nodata, data_type)),
        ),
        _ if divides && may_be_zero(b) => Numbers::new(data_type, Some(default_nodata(data_type))),
        _ => Numbers::computed(data_type, nodata),
    };
    let (Some((a, b)), Some((c, d))) = (a.range(), b.range()) else {
        return numbers;
    };
    match name {
        "add" => numbers.within(a + c, b + d),
        "sub" => numbers.within(a - d, b - c),
        "mul" => {
            let all = [(a, c), (a, d), (b, c), (b, d)].map(|(x, y)| x.saturating_mul(y));
            let (low, high) = (all.into_iter().min(), all.into_iter().max());
            numbers.within(low.expect("four"), high.expect("four"))
        }
        "minimum" => numbers.within(a.min(c) - 1, b.min(d) + 1),
        "maximum" => numbers.within(a.max(c) - 1, b.max(d) + 1),
        _ => numbers,
    }
}

fn may_be_zero(of: &Value) -> bool {
    match of.sort {
        Sort::Scalar(scalar) => scalar == Scalar::Int(0),
        _ => true,
    }
}

pub fn negated(of: &Value) -> Numbers {
    let own = of.own_type();
    let data_type = match (own.is_signed(), bits(own)) {
        (true, _) => own,
        (false, width) => signed(2 * width).unwrap_or(I64),
    };
    let numbers = Numbers::computed(data_type, of.nodata());
    match of.range() {
        Some((low, high)) => numbers.within(-high, -low),
        None => numbers,
    }
}

pub fn bit_operator(name: &str, a: &Value, b: &Value) -> Settled<Numbers> {
    let whole = |side: &Value| side.range().is_some();
    if !whole(a) || !whole(b) {
        return Err(Refused::Bound);
    }
    let data_type = weak(a, b).or_else(|| exact(a.own_type(), b.own_type()));
    let data_type = data_type.ok_or(Refused::Bound)?;
    let numbers = Numbers::computed(data_type, a.nodata().or(b.nodata()));
    Ok(match (name, b.sort) {
        ("bit_and", Sort::Scalar(Scalar::Int(bits @ 0..))) => numbers.within(0, bits),
        _ => numbers,
    })
}

/// None where a function changes nothing.
pub fn function(name: &str, of: &Value, own: Numbers) -> Option<Numbers> {
    let whole = own.data_type.is_integer();
    match (name, own.range) {
        ("floor" | "ceil" | "trunc" | "round", _) if whole => None,
        ("abs", _) if !own.data_type.is_signed() => None,
        ("abs" | "sign" | "floor" | "ceil" | "trunc" | "round", range) => {
            let numbers = Numbers::computed(own.data_type, own.nodata);
            Some(match (name, range) {
                ("sign", Some(_)) => numbers.within(-1, 1),
                ("abs", Some((low, high))) => numbers.within(0, high.max(-low)),
                _ => numbers,
            })
        }
        _ => Some(Numbers::computed(of.float_type(), own.nodata)),
    }
}

/// The least and greatest of all members.
pub fn union(members: &[Numbers]) -> Option<(i128, i128)> {
    let ranges = members.iter().map(|member| member.range);
    let both = |(a, b): (i128, i128), (c, d): (i128, i128)| (a.min(c), b.max(d));
    ranges.reduce(|a, b| a.zip(b).map(|(a, b)| both(a, b)))?
}
