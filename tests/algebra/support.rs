//! Blocks, values and naive rules that the other modules share.

use cogwork::block::{Block, Validity};
use cogwork::expr::{Bound, Expr, Operand};
use cogwork::grid::Size;
use cogwork::sample::{DataType, Real, Sample, Samples, Scalar};

use DataType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

/// The types of real numbers; `tests/complex.rs` has the others.
pub const REALS: [DataType; 10] = [U8, I8, U16, I16, U32, I32, U64, I64, F32, F64];

/// A sample: its value, or nothing where it is invalid.
pub type Sampled = Option<Scalar>;

pub fn samples(data_type: DataType, values: &[Scalar]) -> Samples {
    typed!(data_type, T => {
        let typed = values.iter().map(|&value| T::from_scalar(value).expect("a value of the type"));
        T::into_samples(typed.collect())
    })
}

pub fn scalars(block: &Block) -> Vec<Scalar> {
    scalars_of(block.samples())
}

pub fn scalars_of(samples: &Samples) -> Vec<Scalar> {
    typed!(samples.data_type(), T => {
        let values = T::slice(samples).expect("samples of their type");
        values.iter().map(|value| value.to_scalar()).collect()
    })
}

pub fn block(bands: usize, data_type: DataType, values: &[Scalar]) -> Block {
    let width = u32::try_from(values.len() / bands).expect("a small block");
    Block::new(
        bands,
        Size::new(width, 1),
        samples(data_type, values),
        Validity::All,
    )
    .expect("a block")
}

pub fn operand(bands: usize, data_type: DataType, nodata: Sampled) -> Operand {
    Operand {
        bands,
        data_type,
        nodata,
    }
}

/// Evaluates over blocks of one band each.
pub fn eval(expr: &Expr, inputs: &[(DataType, Sampled, &[Scalar])]) -> (Bound, Block) {
    let operands: Vec<Operand> = inputs.iter().map(|i| operand(1, i.0, i.1)).collect();
    let bound = Bound::new(expr, &operands).expect("a sound expression");
    let used = |index| bound.inputs().iter().any(|found| found.input == index);
    let give = |(index, i): (usize, &(DataType, Sampled, &[Scalar]))| {
        used(index).then(|| block(1, i.0, i.2))
    };
    let blocks = inputs.iter().enumerate().map(give).collect();
    let width = u32::try_from(inputs[0].2.len()).expect("a small block");
    let out = bound.eval(blocks, Size::new(width, 1)).expect("a block");
    assert_eq!(out.data_type(), bound.data_type());
    assert_eq!(out.nodata(), bound.nodata());
    (bound, out)
}

pub fn range(data_type: DataType) -> (i128, i128) {
    let bits = u32::try_from(data_type.bytes() * 8).expect("few bits");
    match data_type.is_signed() {
        true => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        false => (0, (1i128 << bits) - 1),
    }
}

/// Values at which mistakes show.
pub fn edges(data_type: DataType) -> Vec<Scalar> {
    let floats = [
        0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.49999997,
        127.5,
        255.4,
        300.0,
        -129.0,
        65535.5,
        16777216.0,
        16777218.0,
        4294967296.0,
        1e10,
        -1e10,
        1.8446744073709552e19,
        9.223_372_036_854_776e18,
        1e30,
        -1e30,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    match data_type {
        F32 => floats
            .iter()
            .map(|&f| Scalar::Float(f64::from(f as f32)))
            .collect(),
        F64 => {
            let more = [0.1, 0.49999999999999994, 9007199254740993.0, 1e300, -1e300];
            floats
                .iter()
                .chain(&more)
                .map(|&f| Scalar::Float(f))
                .collect()
        }
        _ => {
            let (low, high) = range(data_type);
            let near = [
                low,
                low + 1,
                low / 2,
                -2,
                -1,
                0,
                1,
                2,
                3,
                100,
                high / 2,
                high - 1,
                high,
            ];
            let more = [127, 128, 255, 256, 32768, 65535, 16777217, 9007199254740993];
            let all = near
                .iter()
                .chain(&more)
                .filter(|int| (low..=high).contains(*int));
            all.map(|&int| Scalar::Int(int)).collect()
        }
    }
}

/// Every pair of edge values, as two lists.
pub fn pairs(a: DataType, b: DataType) -> (Vec<Scalar>, Vec<Scalar>) {
    let (a, b) = (edges(a), edges(b));
    a.iter()
        .flat_map(|&a| b.iter().map(move |&b| (a, b)))
        .unzip()
}

/// Nodata values to try: none, an edge, and NaN.
pub fn nodatas(data_type: DataType) -> Vec<Sampled> {
    let edges = edges(data_type);
    vec![None, Some(edges[1]), edges.last().copied()]
}

pub fn sampled(value: Scalar, nodata: Sampled) -> Sampled {
    (Some(value) != nodata).then_some(value)
}

pub fn float(scalar: Scalar) -> f64 {
    match scalar {
        Scalar::Int(int) => int as f64,
        Scalar::Float(float) => float,
    }
}

pub fn int(scalar: Scalar) -> i128 {
    match scalar {
        Scalar::Int(int) => int,
        Scalar::Float(_) => panic!("not an integer"),
    }
}

pub fn default_nodata(data_type: DataType) -> Scalar {
    match data_type {
        F32 | F64 => Scalar::Float(f64::NAN),
        U8 | U16 | U32 | U64 => Scalar::Int(range(data_type).1),
        _ => Scalar::Int(range(data_type).0),
    }
}

/// What is stored for an exact integer result.
pub fn stored(exact: i128, data_type: DataType, nodata: Sampled) -> Scalar {
    let (low, high) = range(data_type);
    let value = exact.clamp(low, high);
    match nodata {
        Some(nodata) if nodata == Scalar::Int(value) && value == high => Scalar::Int(value - 1),
        Some(nodata) if nodata == Scalar::Int(value) => Scalar::Int(value + 1),
        _ => Scalar::Int(value),
    }
}
