//! From the tree to the list of steps: kinds, types, nodata, bands, constant folding.

use std::collections::HashMap;
use std::sync::Arc;

use super::bind::Operand;
use super::kernels::fold;
use super::program::{Collision, Op, Program};
use super::types::{self, Numbers, Side, Sort};
use super::{Arithmetic, Comparison, Expr, Logic, Node};
use crate::error::{Expression, Result, Usage};
use crate::sample::{DataType, Scalar};

/// The steps of an expression and the index of its value.
///
/// # Errors
/// As [`Bound::new`](super::Bound::new).
pub(super) fn lower(expr: &Expr, operands: &[Operand]) -> Result<(Program, usize)> {
    let mut lower = Lower {
        program: Program::default(),
        operands,
        done: HashMap::new(),
    };
    let mut root = 0;
    for expr in expr.postorder() {
        root = lower.node(expr.node())?;
        lower.done.insert(expr.key(), root);
    }
    Ok((lower.program, root))
}

mod many;
mod numbers;

struct Lower<'a> {
    program: Program,
    operands: &'a [Operand],
    done: HashMap<*const Node, usize>,
}

impl Lower<'_> {
    fn node(&mut self, node: &Node) -> Result<usize> {
        match node {
            Node::Input(input) => self.input(*input),
            Node::Scalar(scalar) => Ok(self.literal(*scalar)),
            Node::IsIn(of, values) => self.is_in(self.id(of), values),
            Node::Compare(comparison, a, b) => self.compare(*comparison, self.id(a), self.id(b)),
            Node::Logic(logic, a, b) => self.logic(*logic, self.id(a), self.id(b)),
            Node::Not(of) => self.not(self.id(of)),
            Node::Valid(of) => self.valid(self.id(of)),
            Node::Mask(of, condition, nodata) => {
                self.mask(self.id(of), self.id(condition), *nodata)
            }
            Node::Select(condition, a, b) => {
                self.select(self.id(condition), self.id(a), self.id(b))
            }
            Node::FillNodata(a, b) => self.fill_nodata(self.id(a), self.id(b)),
            Node::Arithmetic(operator, a, b) => self.arithmetic(*operator, self.id(a), self.id(b)),
            Node::Negate(of) => self.arithmetic(Arithmetic::Negate, self.id(of), self.id(of)),
            Node::Bits(operator, a, b) => self.bits(*operator, self.id(a), self.id(b)),
            Node::BitNot(of) => self.bit_not(self.id(of)),
            Node::Function(function, of) => self.function(*function, self.id(of)),
            Node::Part(part, of) => self.part(*part, self.id(of)),
            Node::Scaled(of, factors) => self.scaled(self.id(of), factors),
            Node::Cast(of, data_type, mode) => self.cast(self.id(of), *data_type, *mode),
            Node::Nodata(of, nodata) => self.with_nodata(self.id(of), *nodata),
            Node::Covered(of, _) => Ok(self.id(of)),
            Node::Bands(of, bands) => self.bands(self.id(of), bands),
            Node::Stack(parts) => self.stack(&self.ids(parts)),
            Node::Reduce(reduction, of, valid) => {
                self.reduce(*reduction, &self.ids(of), &self.ids(valid))
            }
            Node::ReduceBands(reduction, of, valid) => {
                let valid = valid.as_ref().map(|valid| self.id(valid));
                self.reduce_bands(*reduction, self.id(of), valid)
            }
        }
    }

    fn input(&mut self, input: usize) -> Result<usize> {
        let Some(operand) = self.operands.get(input) else {
            let count = self.operands.len();
            let what = format!("the expression reads input {input}, but there are {count} inputs");
            return Err(Usage::Option(what).into());
        };
        if operand.bands == 0 {
            return Err(Usage::Option(format!("input {input} has no bands")).into());
        }
        let numbers = Numbers::new(operand.data_type, operand.nodata);
        let bands: Arc<[usize]> = (0..operand.bands).collect();
        let sort = Sort::Numbers(numbers);
        Ok(self
            .program
            .push(Op::Load { input, bands }, sort, operand.bands))
    }

    fn literal(&mut self, scalar: Scalar) -> usize {
        self.program.push(Op::Literal, Sort::Scalar(scalar), 1)
    }

    fn is_in(&mut self, of: usize, values: &Arc<[Scalar]>) -> Result<usize> {
        let numbers = match self.program.side(of, "is_in")? {
            Side::Scalar(scalar) => {
                let found = values.contains(&scalar);
                return Ok(self.program.push(Op::Constant(found), Sort::Mask, 1));
            }
            Side::Numbers(numbers) => numbers,
        };
        self.program.check_real(of, "is_in")?;
        for &value in values.iter() {
            numbers.data_type.check(value)?;
        }
        let bands = self.program.steps[of].bands;
        Ok(self
            .program
            .push(Op::IsIn(of, values.clone()), Sort::Mask, bands))
    }

    fn compare(&mut self, comparison: Comparison, left: usize, right: usize) -> Result<usize> {
        let name = comparison.name();
        if !matches!(comparison, Comparison::Eq | Comparison::Ne) {
            self.program.check_real(left, name)?;
            self.program.check_real(right, name)?;
        }
        let sides = (
            self.program.side(left, name)?,
            self.program.side(right, name)?,
        );
        let op = match sides {
            (Side::Scalar(a), Side::Scalar(b)) => Op::Constant(fold::compare(comparison, a, b)),
            _ => Op::Compare(comparison, left, right),
        };
        let bands = self.program.broadcast(&[left, right])?;
        Ok(self.program.push(op, Sort::Mask, bands))
    }

    fn logic(&mut self, logic: Logic, left: usize, right: usize) -> Result<usize> {
        self.program.check_mask(left, logic.name())?;
        self.program.check_mask(right, logic.name())?;
        let bands = self.program.broadcast(&[left, right])?;
        let constants = (self.constant(left), self.constant(right));
        if let (Some(a), Some(b)) = constants {
            let value = match logic {
                Logic::And => a && b,
                Logic::Or => a || b,
                Logic::Xor => a != b,
            };
            return Ok(self.program.push(Op::Constant(value), Sort::Mask, bands));
        }
        let neutral = |constant: Option<bool>| constant == Some(logic == Logic::And);
        let same = left == right && logic != Logic::Xor;
        if (neutral(constants.1) || same) && self.program.steps[left].bands == bands {
            return Ok(left);
        }
        if neutral(constants.0) && self.program.steps[right].bands == bands {
            return Ok(right);
        }
        let op = Op::Logic(logic, left, right);
        Ok(self.program.push(op, Sort::Mask, bands))
    }

    fn not(&mut self, of: usize) -> Result<usize> {
        self.program.check_mask(of, "not")?;
        let op = match self.program.steps[of].op {
            Op::Constant(value) => Op::Constant(!value),
            Op::Not(twice) => return Ok(twice),
            _ => Op::Not(of),
        };
        Ok(self
            .program
            .push(op, Sort::Mask, self.program.steps[of].bands))
    }

    fn valid(&mut self, of: usize) -> Result<usize> {
        self.program.numbers(of, "is_valid")?;
        let bands = self.program.steps[of].bands;
        Ok(self.program.push(Op::Valid(of), Sort::Mask, bands))
    }

    /// Masks of masks become one, so that either condition alone can spare reading the image.
    fn mask(&mut self, of: usize, condition: usize, nodata: Option<Scalar>) -> Result<usize> {
        self.program.check_mask(condition, "mask")?;
        let of = self.raster(of, "mask")?;
        let numbers = self.program.numbers(of, "mask")?;
        let nodata = match nodata {
            Some(nodata) => numbers.data_type.check(nodata)?,
            None => numbers.nodata.ok_or(Expression::NoNodata)?,
        };
        let bands = self.program.broadcast(&[of, condition])?;
        let masked = numbers.with_nodata(Some(nodata));
        let of = self.convert(of, masked, Collision::Keep);
        let op = match self.program.steps[of].op {
            Op::Mask(inner, first) => {
                let either = self.logic(Logic::Or, first, condition)?;
                Op::Mask(inner, either)
            }
            _ => Op::Mask(of, condition),
        };
        Ok(self.program.push(op, Sort::Numbers(masked), bands))
    }

    fn select(&mut self, condition: usize, then: usize, otherwise: usize) -> Result<usize> {
        self.program.check_mask(condition, "select")?;
        let left = self.program.side(then, "select")?;
        let right = self.program.side(otherwise, "select")?;
        let data_type = types::common_type(left, right)?;
        let bands = self.program.broadcast(&[condition, then, otherwise])?;
        let nodata = |side| match side {
            Side::Numbers(numbers) => types::cast(numbers, data_type).nodata,
            Side::Scalar(_) => None,
        };
        let nodata = nodata(left).or(nodata(right));
        let then = self.raster_of(then, data_type, nodata)?;
        let otherwise = self.raster_of(otherwise, data_type, nodata)?;
        let a = self.program.numbers(then, "select")?;
        let b = self.program.numbers(otherwise, "select")?;
        let range = a.range.zip(b.range);
        let numbers = Numbers {
            range: range.map(|((a, b), (c, d))| (a.min(c), b.max(d))),
            ..a.with_nodata(nodata)
        };
        let op = Op::Select(condition, then, otherwise);
        Ok(self.program.push(op, Sort::Numbers(numbers), bands))
    }

    /// A choice by validity. Without a nodata value of the other side nothing stays invalid.
    fn fill_nodata(&mut self, of: usize, other: usize) -> Result<usize> {
        self.program.numbers(of, "fill_nodata")?;
        let nodata = self.program.side(other, "fill_nodata")?.nodata();
        let valid = self.valid(of)?;
        let chosen = self.select(valid, of, other)?;
        let numbers = self.program.numbers(chosen, "fill_nodata")?;
        Ok(match nodata {
            Some(_) => chosen,
            None => self.relabel(chosen, numbers.with_nodata(None)),
        })
    }

    fn with_nodata(&mut self, of: usize, nodata: Option<Scalar>) -> Result<usize> {
        let numbers = self.program.numbers(of, "with_nodata")?;
        let check = |nodata| numbers.data_type.check(nodata);
        let nodata = nodata.map(check).transpose()?;
        Ok(self.relabel(of, numbers.including(numbers.nodata).with_nodata(nodata)))
    }

    fn bands(&mut self, of: usize, bands: &[usize]) -> Result<usize> {
        match self.program.steps[of].sort {
            Sort::Scalar(_) => Err(Expression::Kind {
                operator: "bands",
                expected: "a raster",
            }
            .into()),
            _ => self.program.select_bands(of, bands),
        }
    }

    /// The step of an operand that has been lowered before.
    fn id(&self, expr: &Expr) -> usize {
        self.done[&expr.key()]
    }

    fn ids(&self, exprs: &[Expr]) -> Vec<usize> {
        exprs.iter().map(|expr| self.id(expr)).collect()
    }

    fn constant(&self, id: usize) -> Option<bool> {
        match self.program.steps[id].op {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// A scalar as a raster of the smallest type that holds it; a raster as it is.
    fn raster(&mut self, id: usize, operator: &'static str) -> Result<usize> {
        match self.program.side(id, operator)? {
            Side::Scalar(scalar) => self.raster_of(id, types::scalar_type(scalar)?, None),
            Side::Numbers(_) => Ok(id),
        }
    }

    /// A scalar or raster as a raster of a type, whose invalid samples get a nodata value: in one step,
    /// for rounding may make a valid sample equal to the old value in the new type.
    fn raster_of(
        &mut self,
        id: usize,
        data_type: DataType,
        nodata: Option<Scalar>,
    ) -> Result<usize> {
        let Sort::Scalar(scalar) = self.program.steps[id].sort else {
            let numbers = self.program.numbers(id, "select")?;
            let range = numbers.range.filter(|_| data_type.is_integer());
            let numbers = Numbers {
                data_type,
                nodata: numbers.nodata.and(nodata),
                range,
            };
            return Ok(self.convert(id, numbers, Collision::Keep));
        };
        let scalar = fold::cast(scalar, data_type);
        let range = scalar
            .to_int()
            .filter(|_| data_type.is_integer())
            .map(|int| (int, int));
        let numbers = Numbers {
            range,
            ..Numbers::new(data_type, None)
        };
        Ok(self
            .program
            .push(Op::Fill(scalar), Sort::Numbers(numbers), 1))
    }

    /// Changes type and nodata; nothing to do if both stay, only a name to change if there were
    /// no invalid samples.
    fn convert(&mut self, id: usize, numbers: Numbers, collision: Collision) -> usize {
        let step = &self.program.steps[id];
        let Sort::Numbers(old) = step.sort else {
            return id;
        };
        if old.data_type != numbers.data_type
            || (old.nodata.is_some() && old.nodata != numbers.nodata)
        {
            let bands = step.bands;
            return self
                .program
                .push(Op::Convert(id, collision), Sort::Numbers(numbers), bands);
        }
        id
    }

    fn relabel(&mut self, id: usize, numbers: Numbers) -> usize {
        let step = &self.program.steps[id];
        if step.sort == Sort::Numbers(numbers) {
            return id;
        }
        self.program
            .push(Op::Relabel(id), Sort::Numbers(numbers), step.bands)
    }
}
