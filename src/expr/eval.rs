//! One chunk: blocks in, block out.

use std::borrow::Cow;

use super::bind::Bound;
use super::kernels::pieces::Source;
use super::kernels::recast::{self, Misfit};
use super::kernels::reduce::{self, Member};
use super::kernels::{
    arithmetic, bits, compare, complex, convert, function, mask, member, stack, valid,
};
use super::program::Op;
use super::types::{self, Numbers, Side, Sort};
use super::{CastMode, Reduction};
use crate::block::{Block, Validity};
use crate::error::{Expression, Result, Usage};
use crate::grid::{Size, Window};
use crate::limits::{index, product, to_u64, to_usize};
use crate::sample::{DataType, Sample, Samples, Scalar};

/// What is known of a condition over a chunk.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Constancy {
    /// True throughout: the result is nodata, or false; no other input is needed.
    AllTrue,
    /// False throughout: what it masks passes unchanged.
    AllFalse,
    /// True here and false there, or there is no condition on top.
    Mixed,
}

/// A chunk whose condition has been evaluated and whose other inputs are still to come.
#[derive(Debug)]
pub struct Begun<'a> {
    bound: &'a Bound,
    size: Size,
    pixels: usize,
    constancy: Constancy,
    /// Blocks that were given and are still to be loaded from.
    inputs: Vec<Option<Block>>,
    /// Values that are still to be used, masks as uint8 of 0 and 1.
    values: Vec<Option<Samples>>,
    /// For each step, how often it is still to be used.
    uses: Vec<usize>,
    done: Vec<bool>,
}

impl Bound {
    /// Evaluates one chunk of `size` pixels. `inputs` are the blocks of the inputs by index, `None`
    /// (or nothing) where [`inputs`](Bound::inputs) does not name one; each holds the bands named
    /// there. A mask gives uint8 samples of 0 and 1.
    ///
    /// A block with [`Validity::Mask`] gets its operand's nodata value where it is invalid; if the
    /// operand has none, its samples are taken as they are.
    ///
    /// # Errors
    /// [`Usage::Option`] for a block that is missing or not as bound, [`Usage::BufferLength`] for
    /// one of another size, out of memory.
    pub fn eval(&self, inputs: Vec<Option<Block>>, size: Size) -> Result<Block> {
        self.begin(inputs, size)?.finish(Vec::new())
    }

    /// Evaluates the condition on top, for which inputs of
    /// [`Role::Condition`](super::Role::Condition) and [`Role::Both`](super::Role::Both) have to be
    /// given; others may be. Without one nothing is evaluated yet.
    ///
    /// # Errors
    /// As [`eval`](Bound::eval).
    pub fn begin(&self, inputs: Vec<Option<Block>>, size: Size) -> Result<Begun<'_>> {
        let steps = self.program.steps.len();
        let mut begun = Begun {
            bound: self,
            size,
            pixels: to_usize(size.area())?,
            constancy: Constancy::Mixed,
            inputs: Vec::new(),
            values: vec![None; steps],
            uses: self.uses.clone(),
            done: vec![false; steps],
        };
        begun.give(inputs)?;
        if let Some(gate) = &self.gate {
            begun.run(&gate.needs)?;
            begun.constancy = mask::constancy(begun.mask(gate.condition));
        }
        Ok(begun)
    }
}

impl Begun<'_> {
    /// The condition on top over this chunk, all bands taken together.
    pub fn constancy(&self) -> Constancy {
        self.constancy
    }

    /// True if the condition is false all over a part of the chunk, in all bands, or there is none
    /// on top: what [`Bound::untouched`] names passes unchanged there.
    pub fn is_untouched(&self, part: Window) -> bool {
        let gate = match (&self.bound.gate, self.constancy) {
            (None, _) | (_, Constancy::AllFalse) => return true,
            (_, Constancy::AllTrue) => return false,
            (Some(gate), Constancy::Mixed) => gate,
        };
        let width = index(self.size.width);
        let (first, last) = (index(part.column), index(part.column) + index(part.width));
        let (top, rows) = (index(part.row), index(part.height));
        self.mask(gate.condition)
            .chunks(self.pixels.max(1))
            .all(|band| {
                let mut lines = band.chunks(width.max(1)).skip(top).take(rows);
                lines.all(|line| mask::constancy(&line[first..last]) == Constancy::AllFalse)
            })
    }

    /// The result, from the inputs that were not given before. Where the condition is
    /// [`Constancy::AllTrue`] none is needed.
    ///
    /// # Errors
    /// As [`Bound::eval`].
    pub fn finish(mut self, inputs: Vec<Option<Block>>) -> Result<Block> {
        let root = &self.bound.program.steps[self.bound.root];
        let samples = match self.constancy {
            Constancy::AllTrue => {
                let Numbers {
                    data_type, nodata, ..
                } = root.stored();
                // What has no nodata value is a mask.
                let value = nodata.unwrap_or(Scalar::Int(0));
                convert::fill(value, data_type, self.length(root.bands)?)?
            }
            _ => {
                self.give(inputs)?;
                self.run(&self.bound.program.reachable(self.bound.root))?;
                self.owned(self.bound.root)
            }
        };
        let validity = self.bound.nodata().map_or(Validity::All, Validity::Nodata);
        Block::new(root.bands, self.size, samples, validity)
    }

    /// Takes blocks, each checked against what was bound.
    fn give(&mut self, inputs: Vec<Option<Block>>) -> Result<()> {
        let count = self.inputs.len().max(inputs.len());
        self.inputs.resize_with(count, || None);
        for (index, block) in inputs.into_iter().enumerate() {
            let Some(block) = block else { continue };
            let Some(found) = self
                .bound
                .inputs()
                .iter()
                .find(|found| found.input == index)
            else {
                continue;
            };
            if block.size() != self.size {
                let found = block.samples().len();
                let expected = self.length(block.bands())?;
                return Err(Usage::BufferLength { found, expected }.into());
            }
            if block.bands() != found.bands.len() {
                let (found, bound) = (block.bands(), found.bands.len());
                let what = format!("input {index} has {found} bands, {bound} were bound");
                return Err(Usage::Option(what).into());
            }
            self.inputs[index] = Some(block);
        }
        Ok(())
    }

    /// Runs the wanted steps that have not run, in order.
    fn run(&mut self, wanted: &[bool]) -> Result<()> {
        for (id, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            if !self.done[id] {
                self.values[id] = self.step(id)?;
                self.done[id] = true;
                for operand in self.bound.program.steps[id].op.operands() {
                    self.release(operand);
                }
            }
        }
        Ok(())
    }

    /// Computes one step; literals have no samples.
    fn step(&mut self, id: usize) -> Result<Option<Samples>> {
        let bound = self.bound;
        let step = &bound.program.steps[id];
        let (stored, bands) = (step.stored(), step.bands);
        let length = self.length(bands)?;
        let samples = match step.op {
            Op::Literal => return Ok(None),
            Op::Load { input, ref bands } => self.load(input, bands, stored)?,
            Op::Constant(value) => convert::fill(u8::from(value).into(), DataType::U8, length)?,
            Op::Fill(value) => convert::fill(value, stored.data_type, length)?,
            Op::IsIn(of, ref values) => member::is_in(self.operand(of), values),
            Op::Compare(comparison, a, b) => {
                compare::compare(comparison, self.source(a), self.source(b), length)?
            }
            Op::Logic(logic, a, b) => mask::logic(logic, self.spread(a, length), self.mask(b)),
            Op::Not(of) => mask::not(self.owned(of)),
            Op::Valid(of) => valid::valid(self.value(of), bound.program.steps[of].stored().nodata)?,
            Op::Mask(of, condition) => self.masked(id, of, condition)?,
            Op::Select(condition, a, b) => {
                mask::select(self.spread(a, length), self.mask(condition), self.value(b))
            }
            Op::Arithmetic(operator, a, b) => {
                arithmetic::arithmetic(operator, self.source(a), self.source(b), stored, length)?
            }
            Op::Bits(operator, a, b) => {
                bits::bits(operator, self.source(a), self.source(b), stored, length)?
            }
            Op::BitNot(of) => bits::complement(self.source(of), stored, length)?,
            Op::Function(function, of) => {
                function::function(function, self.source(of), stored, length)?
            }
            Op::Scaled(of, ref factors) => {
                function::scaled(self.source(of), factors, stored, length)?
            }
            Op::Part(part, of) => {
                let from = bound.program.steps[of].stored().nodata;
                complex::part(part, &self.operand(of), from, stored)?
            }
            Op::Convert(of, collision) => {
                let from = bound.program.steps[of].stored().nodata;
                convert::convert(self.operand(of), from, stored, collision)?
            }
            Op::Cast(of, mode) => self.recast(of, mode, stored)?,
            Op::Relabel(of) => self.owned(of),
            Op::Stack(ref parts) => {
                let parts: Vec<&Samples> = parts.iter().map(|&part| self.value(part)).collect();
                stack::stack(&parts)?
            }
            Op::Reduce(reduction, ref of, ref valid) => {
                let whole = |id: usize| (0, self.value(id).len());
                let mask = |at: usize| valid.get(at).map(|&id| (self.mask(id), whole(id)));
                let members = of.iter().enumerate();
                let members: Vec<Member> = members
                    .map(|(at, &id)| self.member(id, whole(id), mask(at)))
                    .collect();
                self.reduce(reduction, &members, of, stored, length)?
            }
            Op::ReduceBands(reduction, of, valid) => {
                let plane = |id: usize, band: usize| {
                    let first = band % bound.program.steps[id].bands.max(1);
                    (first * self.pixels, self.pixels)
                };
                let mask = |band| valid.map(|id| (self.mask(id), plane(id, band)));
                let members: Vec<Member> = (0..bound.program.steps[of].bands)
                    .map(|band| self.member(of, plane(of, band), mask(band)))
                    .collect();
                self.reduce(reduction, &members, &[of], stored, length)?
            }
        };
        Ok(Some(samples))
    }

    /// A cast that does not clamp.
    fn recast(&self, of: usize, mode: CastMode, stored: Numbers) -> Result<Samples> {
        let from = self.bound.program.steps[of].stored().nodata;
        if mode == CastMode::Wrapping {
            return recast::wrapping(self.value(of), from, stored);
        }
        recast::checked(self.value(of), from, stored)?.map_err(|Misfit { at, value }| {
            let pixel = at % self.pixels.max(1);
            let width = index(self.size.width).max(1);
            Expression::Cast {
                value: value.to_string(),
                dtype: stored.data_type.name(),
                band: at / self.pixels.max(1) + 1,
                row: to_u64(pixel / width),
                column: to_u64(pixel % width),
            }
            .into()
        })
    }

    /// A value, or a part of it, as a member of a reduction.
    fn member<'b>(
        &'b self,
        id: usize,
        range: (usize, usize),
        valid: Option<(&'b [u8], (usize, usize))>,
    ) -> Member<'b> {
        Member {
            samples: self.value(id),
            nodata: self.bound.program.steps[id].stored().nodata,
            range,
            valid,
        }
    }

    fn reduce(
        &self,
        reduction: Reduction,
        members: &[Member],
        of: &[usize],
        stored: Numbers,
        length: usize,
    ) -> Result<Samples> {
        let steps = &self.bound.program.steps;
        let numbers: Vec<Numbers> = of.iter().map(|&id| steps[id].stored()).collect();
        let job = reduce::Job {
            reduction,
            members,
            common: types::members_type(&numbers)?,
            stored,
            pixels: self.pixels,
            length,
        };
        job.run()
    }

    /// The samples of these bands of an input, in place if nothing else wants the block.
    fn load(&mut self, input: usize, bands: &[usize], stored: Numbers) -> Result<Samples> {
        let missing = || Usage::Option(format!("input {input} is needed and missing"));
        let slot = self.inputs.get_mut(input).ok_or_else(missing)?;
        let block = slot.as_ref().ok_or_else(missing)?;
        if block.data_type() != stored.data_type {
            let (found, bound) = (block.data_type(), stored.data_type);
            let what = format!("input {input} is {found}, {bound} was bound");
            return Err(Usage::Option(what).into());
        }
        let held = self
            .bound
            .inputs()
            .iter()
            .find(|found| found.input == input);
        let held: &[usize] = held.map_or(&[], |found| &found.bands);
        let validity = block.validity().clone();
        let is_load = |op: &Op| matches!(op, Op::Load { input: other, .. } if *other == input);
        let steps = self.bound.program.steps.iter().enumerate();
        let wanted = |id: usize| self.uses[id] > 0 && !self.done[id];
        let loads = steps
            .filter(|&(id, step)| is_load(&step.op) && wanted(id))
            .count();
        let samples = if loads == 1 && bands == held {
            slot.take().ok_or_else(missing)?.into_samples()
        } else {
            let positions = bands
                .iter()
                .filter_map(|band| held.iter().position(|b| b == band));
            convert::pick(block.samples(), self.pixels, positions)
        };
        Ok(convert::settle(samples, &validity, stored.nodata))
    }

    /// The masked samples, where they are if nothing else wants them unmasked.
    fn masked(&mut self, id: usize, of: usize, condition: usize) -> Result<Samples> {
        let step = &self.bound.program.steps[id];
        let mut samples = self.spread(of, self.length(step.bands)?);
        let passes = id == self.bound.root && self.constancy == Constancy::AllFalse;
        if let (false, Some(nodata)) = (passes, step.stored().nodata) {
            mask::apply(&mut samples, self.mask(condition), nodata);
        }
        Ok(samples)
    }

    fn length(&self, bands: usize) -> Result<usize> {
        to_usize(product(&[to_u64(self.pixels), to_u64(bands)])?)
    }

    /// Counts one use of a value; after the last one it is dropped.
    fn release(&mut self, id: usize) {
        self.uses[id] = self.uses[id].saturating_sub(1);
        if self.uses[id] == 0 {
            self.values[id] = None;
        }
    }

    fn value(&self, id: usize) -> &Samples {
        self.values[id]
            .as_ref()
            .expect("operands stand before their operators")
    }

    fn mask(&self, id: usize) -> &[u8] {
        u8::slice(self.value(id)).expect("masks are stored as uint8")
    }

    /// A value to be read, or to be changed if this is its last use.
    fn operand(&mut self, id: usize) -> Cow<'_, Samples> {
        if self.uses[id] == 1 {
            Cow::Owned(
                self.values[id]
                    .take()
                    .expect("operands stand before their operators"),
            )
        } else {
            Cow::Borrowed(self.value(id))
        }
    }

    fn owned(&mut self, id: usize) -> Samples {
        self.operand(id).into_owned()
    }

    /// A value to be changed, its band repeated up to `length` samples.
    fn spread(&mut self, id: usize, length: usize) -> Samples {
        convert::repeat(self.operand(id), length)
    }

    fn source(&self, id: usize) -> Source<'_> {
        let side = match self.bound.program.steps[id].sort {
            Sort::Scalar(scalar) => Side::Scalar(scalar),
            _ => Side::Numbers(self.bound.program.steps[id].stored()),
        };
        let samples = self.values[id].as_ref();
        Source { side, samples }
    }
}
