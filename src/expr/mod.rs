//! The raster algebra: expressions over inputs, bound to types, evaluated block by block.
//!
//! An [`Expr`] is a tree that names inputs by number and knows nothing else. [`Bound::new`] settles
//! it against descriptions of the inputs ([`Operand`]): kinds, types, nodata, bands. Whatever can
//! be wrong is an error there, before any I/O. [`Bound::eval`] then turns the blocks of one chunk
//! into the resulting block. Nothing here reads files, knows formats or starts threads.
//!
//! # Semantics
//! A value is *numbers*, a *mask* (true or false per sample) or a *scalar*. Numbers have a data
//! type and may have a nodata value. Validity is coded: a sample is invalid exactly if it holds
//! the nodata value of its node (NaN matches NaN). A mask has no invalid samples. One band
//! broadcasts over many; other band counts must be equal.
//!
//! | operator | result type | nodata | sample by sample |
//! |---|---|---|---|
//! | `a + b`, `a - b`, integers | 8 bits: int16, 16: int32, 32 and 64: int64; 64 bits and both unsigned, `+` only: uint64 | N | saturates, never wraps |
//! | `a * b`, integers | widths add up to <= 24: int32, <= 48: int64, more: uint64 if both unsigned, else int64 | N | saturates |
//! | `+ - *` with a float; `/` always | float32 if both sides are *small*, else float64 | N | IEEE 754: x / 0 is infinite or NaN |
//! | `-a` | signed and float: the same; unsigned: the next signed | N | saturates |
//! | `eq ne lt le gt ge` | mask | | exact; an invalid sample compares false |
//! | `real`, `imag` | the type of the parts | a's; N | of complex numbers only, as the next three |
//! | `abs`, `phase`, `intensity` | float32 if *small*, else float64 | N | amplitude, angle in radians and squared amplitude, in double precision, then rounded |
//! | `is_in` | mask | | compares *stored* values, so that nodata itself can be listed; NaN finds NaN |
//! | `and or not` | mask | | |
//! | `mask(a, c)` | that of a | explicit, else a's, else an error | c true: nodata; c false: kept |
//! | `select(c, a, b)` | the smallest that holds both types | a's, else b's | c true: a; c false: b |
//! | `cast(a, t)` | t | a's if t has it, else NaN, the minimum, or 0 if unsigned | clamps; floats to integers round to nearest, halves away from 0; NaN gives nodata, or 0 |
//! | `with_nodata(a, n)` | that of a | n | relabels: no sample changes |
//! | `bands(a, ..)` | that of a | a's | picks bands, counted from 0 |
//!
//! **N**: none if no side has nodata; else NaN in floats, the minimum in signed integers, the
//! maximum in uint64. An invalid side makes an invalid result. A valid integer result of arithmetic
//! or `cast` that comes out as the nodata value is moved by one, so it stays valid; a valid float
//! result that is NaN reads as invalid where nodata is NaN. `mask` and `select` change no valid
//! sample: one that equals their nodata value reads as invalid from there on.
//!
//! **Complex** numbers are invalid where their *real part* is the nodata value, as in GDAL's mask;
//! what is made invalid gets that real part and an imaginary part of 0. `+ - * / -` with a complex
//! side give complex64 if both sides are small, else complex128; `select` the smallest type whose
//! parts hold those of both sides. Complex numbers have no order and are members of no list of
//! numbers: `lt le gt ge`, `is_in` and `cast` to a real type are errors when bound; `eq` and `ne`
//! compare both parts, in double precision. Real numbers become complex by `cast`.
//!
//! **Small**: float32, complex64 and complex_int16, and integers all of whose possible values are exact in float32 (up to
//! 2^24): those of 8 and 16 bits, and sums and differences of these. So NDVI of uint16 is float32.
//!
//! **Scalars** are weak. A whole number is as wide as the smallest integer type that holds it, and
//! beside a float it is small if it is exact in float32. A fractional one is small if it does not
//! overflow float32, and beside float32 it is first rounded to float32, also in comparisons. `select`
//! keeps the type of the other side if that has the scalar. Arithmetic on scalars alone is exact
//! in 128 bits, or float64. `cast` of a scalar gives a (weak) scalar, of a mask 0 and 1.
//!
//! Exceptions from exactness: 64-bit integers meet floats in float64 in arithmetic, and `select`
//! of uint64 and a signed integer clamps to int64.

use std::collections::{HashMap, HashSet};
use std::ops;
use std::sync::Arc;

use crate::sample::{DataType, Scalar};

mod bind;
mod describe;
mod eval;
mod kernels;
mod lower;
mod program;
mod types;
mod validity;

pub use bind::{Bound, InputUse, Kind, Operand, Role};
pub use eval::{Begun, Constancy};
pub use validity::{Masked, Split, split};

/// An expression. Cloning is cheap, and clones are recognised as the same value when bound.
///
/// ```
/// use cogwork::expr::{Bound, Expr, Operand};
/// use cogwork::sample::DataType;
///
/// let (image, classes) = (Expr::input(0), Expr::input(1));
/// let clear = image.mask(&classes.is_in([8, 9]), None);
/// let operands = [
///     Operand { bands: 3, data_type: DataType::U8, nodata: Some(0.into()) },
///     Operand { bands: 1, data_type: DataType::U8, nodata: None },
/// ];
/// let bound = Bound::new(&clear, &operands)?;
/// assert_eq!((bound.bands(), bound.data_type()), (3, DataType::U8));
/// # Ok::<(), cogwork::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expr(Arc<Node>);

/// One operator with its operands.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Input(usize),
    Scalar(Scalar),
    IsIn(Expr, Arc<[Scalar]>),
    Compare(Comparison, Expr, Expr),
    Logic(Logic, Expr, Expr),
    Not(Expr),
    Mask(Expr, Expr, Option<Scalar>),
    Select(Expr, Expr, Expr),
    Arithmetic(Arithmetic, Expr, Expr),
    Negate(Expr),
    Part(Part, Expr),
    Cast(Expr, DataType),
    Nodata(Expr, Option<Scalar>),
    /// Numbers, and a mask that is true where they are valid.
    Covered(Expr, Expr),
    Bands(Expr, Arc<[usize]>),
}

/// The comparisons.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// The connectives of masks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Logic {
    And,
    Or,
}

/// The operators of arithmetic. `Negate` ignores its left side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Negate,
}

/// What is taken of complex numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    Real,
    Imag,
    Abs,
    Phase,
    Intensity,
}

impl Expr {
    /// The input with this index in the list of inputs.
    pub fn input(index: usize) -> Self {
        Node::Input(index).into()
    }

    /// A number.
    pub fn scalar(value: impl Into<Scalar>) -> Self {
        Node::Scalar(value.into()).into()
    }

    /// A mask: true where the stored value is one of `values`, nodata included if listed.
    pub fn is_in<V: Into<Scalar>>(&self, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Node::IsIn(self.clone(), values).into()
    }

    /// A mask: true where both are valid and equal.
    pub fn eq(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Eq, other.into())
    }

    /// A mask: true where both are valid and differ.
    pub fn ne(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Ne, other.into())
    }

    /// A mask: true where both are valid and this is less.
    pub fn lt(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Lt, other.into())
    }

    /// A mask: true where both are valid and this is less or equal.
    pub fn le(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Le, other.into())
    }

    /// A mask: true where both are valid and this is greater.
    pub fn gt(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Gt, other.into())
    }

    /// A mask: true where both are valid and this is greater or equal.
    pub fn ge(&self, other: impl Into<Expr>) -> Self {
        self.compare(Comparison::Ge, other.into())
    }

    /// A mask: true where both masks are.
    pub fn and(&self, other: &Expr) -> Self {
        Node::Logic(Logic::And, self.clone(), other.clone()).into()
    }

    /// A mask: true where either mask is.
    pub fn or(&self, other: &Expr) -> Self {
        Node::Logic(Logic::Or, self.clone(), other.clone()).into()
    }

    /// A mask: true where this mask is not.
    pub fn not(&self) -> Self {
        Node::Not(self.clone()).into()
    }

    /// These numbers where `condition` is false, nodata where it is true. The nodata value is the
    /// one given here, else the numbers' own.
    pub fn mask(&self, condition: &Expr, nodata: Option<Scalar>) -> Self {
        Node::Mask(self.clone(), condition.clone(), nodata).into()
    }

    /// One of two numbers, by this mask: `then` where it is true, `otherwise` where it is false.
    pub fn select(&self, then: impl Into<Expr>, otherwise: impl Into<Expr>) -> Self {
        Node::Select(self.clone(), then.into(), otherwise.into()).into()
    }

    /// The sum.
    pub fn add(&self, other: impl Into<Expr>) -> Self {
        Node::Arithmetic(Arithmetic::Add, self.clone(), other.into()).into()
    }

    /// The difference.
    pub fn sub(&self, other: impl Into<Expr>) -> Self {
        Node::Arithmetic(Arithmetic::Sub, self.clone(), other.into()).into()
    }

    /// The product.
    pub fn mul(&self, other: impl Into<Expr>) -> Self {
        Node::Arithmetic(Arithmetic::Mul, self.clone(), other.into()).into()
    }

    /// The quotient, in floating point.
    pub fn div(&self, other: impl Into<Expr>) -> Self {
        Node::Arithmetic(Arithmetic::Div, self.clone(), other.into()).into()
    }

    /// The negative.
    pub fn neg(&self) -> Self {
        Node::Negate(self.clone()).into()
    }

    /// The real part of complex numbers.
    pub fn real(&self) -> Self {
        Node::Part(Part::Real, self.clone()).into()
    }

    /// The imaginary part of complex numbers.
    pub fn imag(&self) -> Self {
        Node::Part(Part::Imag, self.clone()).into()
    }

    /// The amplitude |z| of complex numbers.
    pub fn abs(&self) -> Self {
        Node::Part(Part::Abs, self.clone()).into()
    }

    /// The phase of complex numbers in radians, from -pi to pi.
    pub fn phase(&self) -> Self {
        Node::Part(Part::Phase, self.clone()).into()
    }

    /// The intensity |z|^2 of complex numbers.
    pub fn intensity(&self) -> Self {
        Node::Part(Part::Intensity, self.clone()).into()
    }

    /// The same numbers in another type: clamped and rounded to nearest. A mask gives 0 and 1.
    pub fn cast(&self, data_type: DataType) -> Self {
        Node::Cast(self.clone(), data_type).into()
    }

    /// The same samples under another nodata value, or none.
    pub fn with_nodata(&self, nodata: Option<Scalar>) -> Self {
        Node::Nodata(self.clone(), nodata).into()
    }

    /// The same samples, valid where `valid` is true and nowhere else; a nodata value that they had
    /// is one no more. Only [`split`] understands it: bound as it is, it gives the samples.
    pub(crate) fn covered(&self, valid: &Expr) -> Self {
        Node::Covered(self.clone(), valid.clone()).into()
    }

    /// True where this is valid: comparing with itself, either way, is false only for an invalid
    /// sample.
    pub(crate) fn is_valid(&self) -> Self {
        self.eq(self).or(&self.ne(self))
    }

    /// The bands at these indices, counted from 0, in this order.
    pub fn bands(&self, bands: impl Into<Vec<usize>>) -> Self {
        Node::Bands(self.clone(), bands.into().into()).into()
    }

    /// The same expression over another list of inputs: input `i` becomes input `map(i)`. Shared
    /// parts stay shared.
    #[must_use]
    pub fn renumbered(&self, map: impl Fn(usize) -> usize) -> Self {
        let mut renamed: HashMap<*const Node, Expr> = HashMap::new();
        for expr in self.postorder() {
            let node = match expr.node() {
                Node::Input(index) => Node::Input(map(*index)),
                node => node.with_operands(|operand| renamed[&operand.key()].clone()),
            };
            renamed.insert(expr.key(), node.into());
        }
        renamed[&self.key()].clone()
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0
    }

    /// What makes two clones the same.
    pub(crate) fn key(&self) -> *const Node {
        Arc::as_ptr(&self.0)
    }

    /// Every distinct node below and including this one, operands before operators.
    pub(crate) fn postorder(&self) -> Vec<&Expr> {
        let (mut order, mut seen) = (Vec::new(), HashSet::new());
        let mut stack = vec![(self, false)];
        while let Some((expr, expanded)) = stack.pop() {
            if expanded {
                order.push(expr);
            } else if seen.insert(expr.key()) {
                stack.push((expr, true));
                let operands = expr.node().operands();
                stack.extend(operands.into_iter().rev().map(|operand| (operand, false)));
            }
        }
        order
    }

    fn compare(&self, comparison: Comparison, other: Expr) -> Self {
        Node::Compare(comparison, self.clone(), other).into()
    }
}

impl Node {
    fn operands(&self) -> Vec<&Expr> {
        match self {
            Node::Input(_) | Node::Scalar(_) => Vec::new(),
            Node::IsIn(of, _)
            | Node::Not(of)
            | Node::Negate(of)
            | Node::Part(_, of)
            | Node::Cast(of, _)
            | Node::Nodata(of, _)
            | Node::Bands(of, _) => vec![of],
            Node::Compare(_, a, b)
            | Node::Logic(_, a, b)
            | Node::Arithmetic(_, a, b)
            | Node::Covered(a, b)
            | Node::Mask(a, b, _) => vec![a, b],
            Node::Select(condition, a, b) => vec![condition, a, b],
        }
    }

    fn with_operands(&self, map: impl Fn(&Expr) -> Expr) -> Node {
        match self {
            Node::Input(_) | Node::Scalar(_) => self.clone(),
            Node::IsIn(of, values) => Node::IsIn(map(of), values.clone()),
            Node::Compare(comparison, a, b) => Node::Compare(*comparison, map(a), map(b)),
            Node::Logic(logic, a, b) => Node::Logic(*logic, map(a), map(b)),
            Node::Not(of) => Node::Not(map(of)),
            Node::Mask(of, condition, nodata) => Node::Mask(map(of), map(condition), *nodata),
            Node::Select(condition, a, b) => Node::Select(map(condition), map(a), map(b)),
            Node::Arithmetic(operator, a, b) => Node::Arithmetic(*operator, map(a), map(b)),
            Node::Negate(of) => Node::Negate(map(of)),
            Node::Part(part, of) => Node::Part(*part, map(of)),
            Node::Cast(of, data_type) => Node::Cast(map(of), *data_type),
            Node::Nodata(of, nodata) => Node::Nodata(map(of), *nodata),
            Node::Covered(of, valid) => Node::Covered(map(of), map(valid)),
            Node::Bands(of, bands) => Node::Bands(map(of), bands.clone()),
        }
    }
}

impl From<Node> for Expr {
    fn from(node: Node) -> Self {
        Expr(Arc::new(node))
    }
}

impl From<&Expr> for Expr {
    fn from(expr: &Expr) -> Self {
        expr.clone()
    }
}

macro_rules! expr_from {
    ($($type:ty),*) => {
        $(impl From<$type> for Expr {
            fn from(value: $type) -> Self {
                Expr::scalar(value)
            }
        })*
    };
}
expr_from!(Scalar, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

macro_rules! operator {
    ($($trait:ident, $method:ident);*) => {
        $(impl<R: Into<Expr>> ops::$trait<R> for &Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                Expr::$method(self, other)
            }
        }
        impl<R: Into<Expr>> ops::$trait<R> for Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                Expr::$method(&self, other)
            }
        })*
    };
}
operator!(Add, add; Sub, sub; Mul, mul; Div, div);

impl ops::Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::neg(self)
    }
}

impl ops::Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::neg(&self)
    }
}
