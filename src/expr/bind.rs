//! An expression settled against descriptions of its inputs.

use std::collections::BTreeSet;

use super::lower::lower;
use super::program::{Op, Program};
use super::types::Sort;
use super::{CastMode, Expr, Logic};
use crate::error::{Expression, Result};
use crate::sample::{DataType, Scalar};

/// What an expression has to know of an input before there are samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Bands, at least one.
    pub bands: usize,
    /// The type of the samples.
    pub data_type: DataType,
    /// The value of samples that mean nothing. One that the type does not have counts as none.
    pub nodata: Option<Scalar>,
}

/// An input that a bound expression reads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InputUse {
    /// The index in the list of inputs.
    pub input: usize,
    /// The bands that are needed, from 0, ascending. The input's blocks hold exactly these.
    pub bands: Vec<usize>,
    /// When it is needed.
    pub role: Role,
}

/// When an input is needed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// Only to evaluate the condition on top: that of a `mask`, or `b` where the expression is
    /// `a and not b`.
    Condition,
    /// Only where that condition is not true throughout.
    Image,
    /// For both.
    Both,
}

/// What kind of value an expression has.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// True or false: evaluated to uint8 samples of 1 and 0.
    Mask,
    /// Numbers with a data type.
    Numbers,
}

/// An expression that is known to be sound, ready to be evaluated on any number of chunks, from
/// any number of threads.
#[derive(Clone, Debug)]
pub struct Bound {
    pub(super) program: Program,
    pub(super) root: usize,
    /// For each step, how many live operands it is, the result included.
    pub(super) uses: Vec<usize>,
    pub(super) gate: Option<Gate>,
    inputs: Vec<InputUse>,
}

/// The condition on top.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub condition: usize,
    /// For each step, whether the condition needs it.
    pub needs: Vec<bool>,
}

impl Bound {
    /// Settles kinds, types, nodata and bands of an expression over inputs as described.
    ///
    /// # Errors
    /// [`Expression::Kind`] where a mask stands for numbers or the reverse, [`Expression::Bands`],
    /// [`Expression::NoNodata`], [`Expression::NoInput`];
    /// [`Usage::Value`](crate::error::Usage::Value) for a listed or nodata value that its type does
    /// not have, and for whole numbers beyond 64 bits in arithmetic;
    /// [`Usage::Band`](crate::error::Usage::Band) for a band that is not there;
    /// [`Usage::Option`](crate::error::Usage::Option) for an input that is not there.
    pub fn new(expr: &Expr, operands: &[Operand]) -> Result<Self> {
        let (program, root) = lower(expr, operands)?;
        Bound::of(program, root)
    }

    /// As [`new`](Self::new), of a mask; `None` for one that is true whatever the inputs hold.
    pub(crate) fn condition(expr: &Expr, operands: &[Operand]) -> Result<Option<Self>> {
        let (program, root) = lower(expr, operands)?;
        match program.steps[root].op {
            Op::Constant(true) => Ok(None),
            _ => Bound::of(program, root).map(Some),
        }
    }

    fn of(program: Program, root: usize) -> Result<Self> {
        let live = program.reachable(root);
        let steps = &program.steps;
        // A checked cast looks at all samples: what it finds must not depend on the chunks.
        let checks = |id: usize| matches!(steps[id].op, Op::Cast(_, CastMode::Checked)) && live[id];
        let (image, condition) = match steps[root].op {
            _ if (0..steps.len()).any(checks) => (root, None),
            Op::Mask(of, condition) => (of, Some(condition)),
            Op::Logic(Logic::And, of, clear) => match steps[clear].op {
                Op::Not(condition) => (of, Some(condition)),
                _ => (root, None),
            },
            _ => (root, None),
        };
        let image = program.reachable(image);
        let gate = condition.map(|condition| Gate {
            condition,
            needs: program.reachable(condition),
        });
        let inputs = inputs(&program, gate.as_ref(), &image);
        if inputs.is_empty() {
            return Err(Expression::NoInput.into());
        }
        let uses = uses(&program, &live, root);
        Ok(Bound {
            program,
            root,
            uses,
            gate,
            inputs,
        })
    }

    /// Whether the result is a mask or numbers.
    pub fn kind(&self) -> Kind {
        match self.program.steps[self.root].sort {
            Sort::Numbers(_) => Kind::Numbers,
            _ => Kind::Mask,
        }
    }

    /// The type of the result's samples; uint8 for a mask.
    pub fn data_type(&self) -> DataType {
        match self.program.steps[self.root].sort {
            Sort::Numbers(numbers) => numbers.data_type,
            _ => DataType::U8,
        }
    }

    /// The result's nodata value.
    pub fn nodata(&self) -> Option<Scalar> {
        match self.program.steps[self.root].sort {
            Sort::Numbers(numbers) => numbers.nodata,
            _ => None,
        }
    }

    /// The result's bands.
    pub fn bands(&self) -> usize {
        self.program.steps[self.root].bands
    }

    /// Whether a mask is on top.
    pub fn is_masked(&self) -> bool {
        matches!(self.program.steps[self.root].op, Op::Mask(..))
    }

    /// The inputs that are read at all, by index.
    pub fn inputs(&self) -> &[InputUse] {
        &self.inputs
    }

    /// The input whose bands, all that it has in [`inputs`](Bound::inputs) and in that order, are
    /// the result, sample for sample, wherever the condition is
    /// [`AllFalse`](super::Constancy::AllFalse); for an expression without a mask on top,
    /// everywhere. The nodata value may differ where the input has none.
    pub fn untouched(&self) -> Option<usize> {
        let steps = &self.program.steps;
        let mut id = self.root;
        if let Op::Mask(of, _) = steps[id].op {
            id = of;
        }
        let (Op::Load { input, bands }, Sort::Numbers(_)) = (&steps[id].op, steps[id].sort) else {
            return None;
        };
        let found = self.inputs.iter().find(|found| found.input == *input)?;
        (found.bands == **bands && steps[id].bands == self.bands()).then_some(*input)
    }
}

/// The inputs that the condition or the image needs, with the union of the bands that are loaded.
fn inputs(program: &Program, gate: Option<&Gate>, image: &[bool]) -> Vec<InputUse> {
    let mut inputs: Vec<InputUse> = Vec::new();
    for (id, step) in program.steps.iter().enumerate() {
        let condition = gate.is_some_and(|gate| gate.needs[id]);
        let role = match (condition, image[id]) {
            (true, true) => Role::Both,
            (true, false) => Role::Condition,
            (false, true) => Role::Image,
            (false, false) => continue,
        };
        if let Op::Load { input, ref bands } = step.op {
            include(&mut inputs, input, bands, role);
        }
    }
    inputs.sort_by_key(|found| found.input);
    inputs
}

/// Adds one more use of an input to those known.
fn include(inputs: &mut Vec<InputUse>, input: usize, bands: &[usize], role: Role) {
    let position = inputs.iter().position(|found| found.input == input);
    let position = position.unwrap_or_else(|| {
        let bands = Vec::new();
        inputs.push(InputUse { input, bands, role });
        inputs.len() - 1
    });
    let found = &mut inputs[position];
    let union: BTreeSet<usize> = found.bands.iter().chain(bands).copied().collect();
    found.bands = union.into_iter().collect();
    if found.role != role {
        found.role = Role::Both;
    }
}

/// For each step, how many operands of live steps it is; the result counts once more.
fn uses(program: &Program, live: &[bool], root: usize) -> Vec<usize> {
    let mut uses = vec![0; program.steps.len()];
    uses[root] = 1;
    for (step, _) in program.steps.iter().zip(live).filter(|(_, live)| **live) {
        for operand in step.op.operands() {
            uses[operand] += 1;
        }
    }
    uses
}
