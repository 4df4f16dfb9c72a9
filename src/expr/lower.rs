//! From the tree to the list of steps: kinds, types, nodata, bands, constant folding.

use std::collections::HashMap;
use std::sync::Arc;

use super::bind::Operand;
use super::kernels::fold;
use super::program::{Collision, Op, Program};
use super::types::{self, Numbers, Side, Sort};
use super::{Arithmetic, Comparison, Expr, Logic, Node, Part};
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
            Node::Mask(of, condition, nodata) => {
                self.mask(self.id(of), self.id(condition), *nodata)
            }
            Node::Select(condition, a, b) => {
                self.select(self.id(condition), self.id(a), self.id(b))
            }
            Node::Arithmetic(operator, a, b) => self.arithmetic(*operator, self.id(a), self.id(b)),
            Node::Negate(of) => self.arithmetic(Arithmetic::Negate, self.id(of), self.id(of)),
            Node::Part(part, of) => self.part(*part, self.id(of)),
            Node::Cast(of, data_type) => self.cast(self.id(of), *data_type),
            Node::Nodata(of, nodata) => self.with_nodata(self.id(of), *nodata),
            Node::Covered(of, _) => Ok(self.id(of)),
            Node::Bands(of, bands) => self.bands(self.id(of), bands),
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
        let op = match (self.constant(left), self.constant(right), logic) {
            (Some(a), Some(b), Logic::And) => Op::Constant(a && b),
            (Some(a), Some(b), Logic::Or) => Op::Constant(a || b),
            _ => Op::Logic(logic, left, right),
        };
        let bands = self.program.broadcast(&[left, right])?;
        Ok(self.program.push(op, Sort::Mask, bands))
    }

    fn not(&mut self, of: usize) -> Result<usize> {
        self.program.check_mask(of, "not")?;
        let op = match self.constant(of) {
            Some(value) => Op::Constant(!value),
            None => Op::Not(of),
        };
        Ok(self
            .program
            .push(op, Sort::Mask, self.program.steps[of].bands))
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
        let then = self.raster_of(then, data_type)?;
        let otherwise = self.raster_of(otherwise, data_type)?;
        let a = self.program.numbers(then, "select")?;
        let b = self.program.numbers(otherwise, "select")?;
        let nodata = a.nodata.or(b.nodata);
        let then = self.convert(then, a.with_nodata(nodata), Collision::Keep);
        let otherwise = self.convert(otherwise, b.with_nodata(nodata), Collision::Keep);
        let range = a.range.zip(b.range);
        let numbers = Numbers {
            range: range.map(|((a, b), (c, d))| (a.min(c), b.max(d))),
            ..a.with_nodata(nodata)
        };
        let op = Op::Select(condition, then, otherwise);
        Ok(self.program.push(op, Sort::Numbers(numbers), bands))
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: usize, right: usize) -> Result<usize> {
        let name = operator.name();
        let a = self.program.side(left, name)?;
        let b = self.program.side(right, name)?;
        if let (Side::Scalar(a), Side::Scalar(b)) = (a, b) {
            let scalar = fold::arithmetic(operator, a, b);
            let scalar = scalar.ok_or_else(|| types::out_of_range(format!("{a} {name} {b}")))?;
            return Ok(self.literal(scalar));
        }
        let numbers = types::arithmetic(operator, a, b)?;
        let bands = self.program.broadcast(&[left, right])?;
        let op = Op::Arithmetic(operator, left, right);
        Ok(self.program.push(op, Sort::Numbers(numbers), bands))
    }

    fn part(&mut self, part: Part, of: usize) -> Result<usize> {
        let numbers = self.program.complex(of, part.name())?;
        let (op, bands) = (Op::Part(part, of), self.program.steps[of].bands);
        let sort = Sort::Numbers(types::part(part, numbers));
        Ok(self.program.push(op, sort, bands))
    }

    fn cast(&mut self, of: usize, data_type: DataType) -> Result<usize> {
        let of = match self.program.steps[of].sort {
            Sort::Scalar(scalar) => return Ok(self.literal(fold::cast(scalar, data_type))),
            Sort::Mask => self.relabel(of, Numbers::of_mask()),
            Sort::Numbers(_) => of,
        };
        let numbers = self.program.numbers(of, "cast")?;
        if numbers.data_type == data_type {
            return Ok(of);
        }
        if !data_type.is_complex() {
            self.program.check_real(of, "cast")?;
        }
        Ok(self.convert(of, types::cast(numbers, data_type), Collision::Move))
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

    fn constant(&self, id: usize) -> Option<bool> {
        match self.program.steps[id].op {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// A scalar as a raster of the smallest type that holds it; a raster as it is.
    fn raster(&mut self, id: usize, operator: &'static str) -> Result<usize> {
        match self.program.side(id, operator)? {
            Side::Scalar(scalar) => self.raster_of(id, types::scalar_type(scalar)?),
            Side::Numbers(_) => Ok(id),
        }
    }

    /// A scalar or raster as a raster of a type.
    fn raster_of(&mut self, id: usize, data_type: DataType) -> Result<usize> {
        let Sort::Scalar(scalar) = self.program.steps[id].sort else {
            let numbers = self.program.numbers(id, "select")?;
            let range = numbers.range.filter(|_| data_type.is_integer());
            let numbers = Numbers {
                range,
                ..types::cast(numbers, data_type)
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

impl Comparison {
    /// The name of the builder method.
    pub(super) fn name(self) -> &'static str {
        match self {
            Comparison::Eq => "eq",
            Comparison::Ne => "ne",
            Comparison::Lt => "lt",
            Comparison::Le => "le",
            Comparison::Gt => "gt",
            Comparison::Ge => "ge",
        }
    }
}

impl Logic {
    /// The name of the builder method.
    pub(super) fn name(self) -> &'static str {
        match self {
            Logic::And => "and",
            Logic::Or => "or",
        }
    }
}

impl Arithmetic {
    /// The name of the builder method.
    pub(super) fn name(self) -> &'static str {
        match self {
            Arithmetic::Add => "add",
            Arithmetic::Sub => "sub",
            Arithmetic::Mul => "mul",
            Arithmetic::Div => "div",
            Arithmetic::Negate => "neg",
        }
    }
}

impl Part {
    /// The name of the builder method.
    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Real => "real",
            Part::Imag => "imag",
            Part::Abs => "abs",
            Part::Phase => "phase",
            Part::Intensity => "intensity",
        }
    }
}
