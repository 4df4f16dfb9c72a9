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
use std::sync::Arc;

mod bands;
mod bind;
mod build;
mod eval;
mod kernels;
mod lower;
mod node;
pub mod parse;
mod program;
mod types;
mod validity;

pub use bind::{Bound, InputUse, Kind, Operand, Role};
pub use eval::{Begun, Constancy};
pub use node::Reduction;
pub(crate) use node::{Arithmetic, Bits, CastMode, Comparison, Function, Logic, Node, Part};
pub use parse::Formula;
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

impl Expr {
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

    /// The input that this is, or some bands of it, from 0, exactly as they are stored.
    pub(crate) fn stored(&self) -> Option<(usize, Option<Vec<usize>>)> {
        match self.node() {
            Node::Input(input) => Some((*input, None)),
            Node::Bands(of, picked) => {
                let (input, bands) = of.stored()?;
                let band = |&band: &usize| match &bands {
                    Some(bands) => bands.get(band).copied(),
                    None => Some(band),
                };
                Some((input, Some(picked.iter().map(band).collect::<Option<_>>()?)))
            }
            _ => None,
        }
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
