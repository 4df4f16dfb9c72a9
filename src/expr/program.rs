//! A bound expression as a straight list of steps, each naming earlier ones by index.

use std::sync::Arc;

use super::types::{Numbers, Side, Sort};
use super::{Arithmetic, Bits, CastMode, Comparison, Function, Logic, Part, Reduction};
use crate::error::{Expression, Result};
use crate::sample::Scalar;

/// One value: how it is made and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub op: Op,
    pub sort: Sort,
    pub bands: usize,
}

/// How a value is made. Operands are indices of earlier steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    /// Bands of an input.
    Load {
        input: usize,
        bands: Arc<[usize]>,
    },
    /// A scalar, known from the step's sort; it has no samples.
    Literal,
    /// A mask of one value.
    Constant(bool),
    /// Numbers of one value.
    Fill(Scalar),
    IsIn(usize, Arc<[Scalar]>),
    Compare(Comparison, usize, usize),
    Logic(Logic, usize, usize),
    Not(usize),
    /// A mask: true where numbers are valid.
    Valid(usize),
    Mask(usize, usize),
    Select(usize, usize, usize),
    Arithmetic(Arithmetic, usize, usize),
    Bits(Bits, usize, usize),
    BitNot(usize),
    Function(Function, usize),
    /// Sample * scale + offset, by band.
    Scaled(usize, Arc<[(f64, f64)]>),
    /// A part or a measure of complex numbers.
    Part(Part, usize),
    /// Another type or nodata value; invalid samples get the new one.
    Convert(usize, Collision),
    /// Another type of real numbers by a rule that does not clamp.
    Cast(usize, CastMode),
    /// The same samples under another nodata value; numbers made of a mask.
    Relabel(usize),
    /// The bands of several values of one type, one after the other.
    Stack(Arc<[usize]>),
    /// Members, and a mask for each, true where it is valid, or none at all.
    Reduce(Reduction, Arc<[usize]>, Arc<[usize]>),
    /// All bands of a value, and a mask that is true where a band is valid.
    ReduceBands(Reduction, usize, Option<usize>),
}

/// What becomes of a valid sample that converts to the new nodata value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Collision {
    /// It is kept and reads as invalid.
    Keep,
    /// It is moved by one.
    Move,
}

/// The steps of an expression, each distinct value once, operands first.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub steps: Vec<Step>,
}

impl Program {
    /// The index of this value: that of an equal step if there is one.
    pub fn push(&mut self, op: Op, sort: Sort, bands: usize) -> usize {
        let step = Step { op, sort, bands };
        let twin = self.steps.iter().position(|old| old.same(&step));
        twin.unwrap_or_else(|| {
            self.steps.push(step);
            self.steps.len() - 1
        })
    }

    /// For each step, whether `root` needs it.
    pub fn reachable(&self, root: usize) -> Vec<bool> {
        let mut needed = vec![false; self.steps.len()];
        needed[root] = true;
        for id in (0..=root).rev() {
            if needed[id] {
                for operand in self.steps[id].op.operands() {
                    needed[operand] = true;
                }
            }
        }
        needed
    }

    /// What a step gives to an operator that wants numbers or a scalar.
    pub fn side(&self, id: usize, operator: &'static str) -> Result<Side> {
        match self.steps[id].sort {
            Sort::Numbers(numbers) => Ok(Side::Numbers(numbers)),
            Sort::Scalar(scalar) => Ok(Side::Scalar(scalar)),
            Sort::Mask => Err(kind(operator, "numbers")),
        }
    }

    /// What a step gives to an operator that wants numbers of a raster.
    pub fn numbers(&self, id: usize, operator: &'static str) -> Result<Numbers> {
        match self.steps[id].sort {
            Sort::Numbers(numbers) => Ok(numbers),
            _ => Err(kind(operator, "numbers of a raster")),
        }
    }

    /// Checks that a step is not complex, for an operator that has no meaning there.
    pub fn check_real(&self, id: usize, operator: &'static str) -> Result<()> {
        match self.side(id, operator)?.is_complex() {
            true => Err(kind(operator, REAL)),
            false => Ok(()),
        }
    }

    /// What a step gives to an operator that wants complex numbers.
    pub fn complex(&self, id: usize, operator: &'static str) -> Result<Numbers> {
        let numbers = self.numbers(id, operator)?;
        match numbers.data_type.is_complex() {
            true => Ok(numbers),
            false => Err(kind(operator, "complex numbers")),
        }
    }

    /// Checks that a step is a mask.
    pub fn check_mask(&self, id: usize, operator: &'static str) -> Result<()> {
        match self.steps[id].sort {
            Sort::Mask => Ok(()),
            _ => Err(kind(operator, "a mask")),
        }
    }

    /// The band count of an operator over these steps.
    pub fn broadcast(&self, ids: &[usize]) -> Result<usize> {
        ids.iter()
            .try_fold(1, |left, &id| match (left, self.steps[id].bands) {
                (1, right) => Ok(right),
                (left, right) if right == 1 || right == left => Ok(left),
                (left, right) => Err(Expression::Bands { left, right }.into()),
            })
    }
}

impl Step {
    /// How the samples are stored: those of masks as uint8.
    pub fn stored(&self) -> Numbers {
        match self.sort {
            Sort::Numbers(numbers) => numbers,
            Sort::Mask | Sort::Scalar(_) => Numbers::of_mask(),
        }
    }

    /// Equality that tells 0.0 from -0.0 and 1 from 1.0.
    fn same(&self, other: &Step) -> bool {
        let bits = |scalar: Scalar| match scalar {
            Scalar::Int(int) => (int, None),
            Scalar::Float(float) => (0, Some(float.to_bits())),
        };
        let scalars = match (self.sort, other.sort) {
            (Sort::Scalar(a), Sort::Scalar(b)) => bits(a) == bits(b),
            _ => true,
        };
        let fills = match (&self.op, &other.op) {
            (Op::Fill(a), Op::Fill(b)) => bits(*a) == bits(*b),
            _ => true,
        };
        scalars && fills && self == other
    }
}

impl Op {
    /// The steps that this one is made of.
    pub fn operands(&self) -> Vec<usize> {
        match *self {
            Op::Load { .. } | Op::Literal | Op::Constant(_) | Op::Fill(_) => Vec::new(),
            Op::IsIn(of, _)
            | Op::Not(of)
            | Op::Valid(of)
            | Op::BitNot(of)
            | Op::Function(_, of)
            | Op::Scaled(of, _)
            | Op::Part(_, of)
            | Op::Convert(of, _)
            | Op::Cast(of, _)
            | Op::Relabel(of) => vec![of],
            Op::Compare(_, a, b)
            | Op::Logic(_, a, b)
            | Op::Arithmetic(_, a, b)
            | Op::Bits(_, a, b)
            | Op::Mask(a, b) => vec![a, b],
            Op::Select(condition, a, b) => vec![condition, a, b],
            Op::Stack(ref parts) => parts.to_vec(),
            Op::Reduce(_, ref of, ref valid) => of.iter().chain(&**valid).copied().collect(),
            Op::ReduceBands(_, of, valid) => std::iter::once(of).chain(valid).collect(),
        }
    }

    /// The same with other operands.
    pub fn renamed(&self, map: impl Fn(usize) -> usize) -> Op {
        let all = |list: &[usize]| list.iter().map(|&id| map(id)).collect();
        match *self {
            Op::Load { .. } | Op::Literal | Op::Constant(_) | Op::Fill(_) => self.clone(),
            Op::IsIn(of, ref values) => Op::IsIn(map(of), values.clone()),
            Op::Compare(comparison, a, b) => Op::Compare(comparison, map(a), map(b)),
            Op::Logic(logic, a, b) => Op::Logic(logic, map(a), map(b)),
            Op::Not(of) => Op::Not(map(of)),
            Op::Valid(of) => Op::Valid(map(of)),
            Op::Mask(of, condition) => Op::Mask(map(of), map(condition)),
            Op::Select(condition, a, b) => Op::Select(map(condition), map(a), map(b)),
            Op::Arithmetic(operator, a, b) => Op::Arithmetic(operator, map(a), map(b)),
            Op::Bits(operator, a, b) => Op::Bits(operator, map(a), map(b)),
            Op::BitNot(of) => Op::BitNot(map(of)),
            Op::Function(function, of) => Op::Function(function, map(of)),
            Op::Scaled(of, ref factors) => Op::Scaled(map(of), factors.clone()),
            Op::Part(part, of) => Op::Part(part, map(of)),
            Op::Convert(of, collision) => Op::Convert(map(of), collision),
            Op::Cast(of, mode) => Op::Cast(map(of), mode),
            Op::Relabel(of) => Op::Relabel(map(of)),
            Op::Stack(ref parts) => Op::Stack(all(parts)),
            Op::Reduce(reduction, ref of, ref valid) => Op::Reduce(reduction, all(of), all(valid)),
            Op::ReduceBands(reduction, of, valid) => {
                Op::ReduceBands(reduction, map(of), valid.map(&map))
            }
        }
    }
}

/// What operators need that complex numbers do not fit.
pub(super) const REAL: &str =
    "real numbers: `real`, `imag`, `abs`, `phase` or `intensity` of complex ones";

pub(super) fn kind(operator: &'static str, expected: &'static str) -> crate::error::Error {
    Expression::Kind { operator, expected }.into()
}
