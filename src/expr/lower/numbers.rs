//! Operators of numbers: arithmetic, bits, functions, casts.

use std::sync::Arc;

use super::Lower;
use crate::error::{Expression, Result, Usage};
use crate::expr::kernels::{fold, recast};
use crate::expr::program::{Collision, Op, REAL, kind};
use crate::expr::types::{self, Numbers, Side, Sort};
use crate::expr::{Arithmetic, Bits, CastMode, Function, Logic, Part};
use crate::sample::{DataType, Scalar};

/// What bit operators need.
const INTEGERS: &str = "integers, of which one type holds both sides";

impl Lower<'_> {
    pub(super) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: usize,
        right: usize,
    ) -> Result<usize> {
        let name = operator.name();
        let a = self.program.side(left, name)?;
        let b = self.program.side(right, name)?;
        if let (Side::Scalar(a), Side::Scalar(b)) = (a, b) {
            let scalar = fold::arithmetic(operator, a, b);
            let scalar = scalar.ok_or_else(|| types::out_of_range(format!("{a} {name} {b}")))?;
            return Ok(self.literal(scalar));
        }
        if !operator.takes_complex() {
            self.program.check_real(left, name)?;
            self.program.check_real(right, name)?;
        }
        let numbers = types::arithmetic(operator, a, b)?;
        let bands = self.program.broadcast(&[left, right])?;
        let is_left = self.program.steps[left].sort == Sort::Numbers(numbers);
        if is_left && self.program.steps[left].bands == bands && changes_nothing(operator, b) {
            return Ok(left);
        }
        let op = Op::Arithmetic(operator, left, right);
        Ok(self.program.push(op, Sort::Numbers(numbers), bands))
    }

    pub(super) fn bits(&mut self, operator: Bits, left: usize, right: usize) -> Result<usize> {
        let name = operator.name();
        if let Some(logic) = operator.of_masks()
            && self.program.check_mask(left, name).is_ok()
        {
            return self.logic(logic, left, right);
        }
        let a = self.program.side(left, name)?;
        let b = self.program.side(right, name)?;
        if let (Side::Scalar(Scalar::Int(a)), Side::Scalar(Scalar::Int(b))) = (a, b) {
            let scalar = fold::bits(operator, a, b);
            let scalar = scalar.ok_or_else(|| types::out_of_range(format!("{a} {name} {b}")))?;
            return Ok(self.literal(Scalar::Int(scalar)));
        }
        let numbers = types::bits(operator, a, b)?.ok_or_else(|| kind(name, INTEGERS))?;
        let bands = self.program.broadcast(&[left, right])?;
        let op = Op::Bits(operator, left, right);
        Ok(self.program.push(op, Sort::Numbers(numbers), bands))
    }

    pub(super) fn bit_not(&mut self, of: usize) -> Result<usize> {
        let numbers = match self.program.steps[of].sort {
            Sort::Mask => return self.not(of),
            Sort::Scalar(Scalar::Int(int)) => return Ok(self.literal(Scalar::Int(!int))),
            Sort::Scalar(_) => None,
            Sort::Numbers(numbers) => types::complement(numbers),
        };
        let numbers = numbers.ok_or_else(|| kind("bit_not", "integers"))?;
        let bands = self.program.steps[of].bands;
        Ok(self
            .program
            .push(Op::BitNot(of), Sort::Numbers(numbers), bands))
    }

    pub(super) fn function(&mut self, function: Function, of: usize) -> Result<usize> {
        let name = function.name();
        let numbers = match self.program.side(of, name)? {
            Side::Scalar(scalar) => {
                let scalar = fold::function(function, scalar);
                return Ok(self.literal(scalar));
            }
            Side::Numbers(numbers) => numbers,
        };
        if function == Function::Abs && numbers.data_type.is_complex() {
            return self.part(Part::Abs, of);
        }
        self.program.check_real(of, name)?;
        let bands = self.program.steps[of].bands;
        Ok(match types::function(function, numbers) {
            Some(numbers) => {
                let op = Op::Function(function, of);
                self.program.push(op, Sort::Numbers(numbers), bands)
            }
            None => of,
        })
    }

    pub(super) fn part(&mut self, part: Part, of: usize) -> Result<usize> {
        let numbers = self.program.complex(of, part.name())?;
        let (op, bands) = (Op::Part(part, of), self.program.steps[of].bands);
        let sort = Sort::Numbers(types::part(part, numbers));
        Ok(self.program.push(op, sort, bands))
    }

    pub(super) fn scaled(&mut self, of: usize, factors: &Arc<[(f64, f64)]>) -> Result<usize> {
        let numbers = self.program.numbers(of, "scaled")?;
        self.program.check_real(of, "scaled")?;
        let (left, right) = (self.program.steps[of].bands, factors.len());
        if left != right {
            return Err(Expression::Bands { left, right }.into());
        }
        if factors
            .iter()
            .any(|(a, b)| !a.is_finite() || !b.is_finite())
        {
            let what = "a scale or an offset of a band is not finite";
            return Err(Usage::Option(what.into()).into());
        }
        let op = Op::Scaled(of, factors.clone());
        let sort = Sort::Numbers(types::measured(numbers));
        Ok(self.program.push(op, sort, left))
    }

    pub(super) fn cast(&mut self, of: usize, data_type: DataType, mode: CastMode) -> Result<usize> {
        let of = match self.program.steps[of].sort {
            Sort::Scalar(scalar) => {
                let scalar = match mode {
                    CastMode::Saturating => fold::cast(scalar, data_type),
                    CastMode::Checked => fold::cast_checked(scalar, data_type)?,
                    CastMode::Wrapping => recast::wrapped_scalar(scalar, data_type),
                };
                return Ok(self.literal(scalar));
            }
            Sort::Mask => self.relabel(of, Numbers::of_mask()),
            Sort::Numbers(_) => of,
        };
        let numbers = self.program.numbers(of, mode.name())?;
        if numbers.data_type == data_type {
            return Ok(of);
        }
        if !data_type.is_complex() {
            self.program.check_real(of, mode.name())?;
        }
        let cast = types::cast(numbers, data_type);
        if mode == CastMode::Saturating {
            return Ok(self.convert(of, cast, Collision::Move));
        }
        if data_type.is_complex() {
            return Err(kind(mode.name(), REAL));
        }
        let numbers = match mode {
            CastMode::Wrapping => Numbers::new(data_type, cast.nodata),
            _ => cast,
        };
        let bands = self.program.steps[of].bands;
        Ok(self
            .program
            .push(Op::Cast(of, mode), Sort::Numbers(numbers), bands))
    }
}

/// True where the right side leaves every left one as it is.
fn changes_nothing(operator: Arithmetic, right: Side) -> bool {
    let Side::Scalar(scalar) = right else {
        return false;
    };
    match operator {
        Arithmetic::Mul | Arithmetic::Div | Arithmetic::Pow => scalar == Scalar::Int(1),
        Arithmetic::Sub => scalar == Scalar::Int(0) && !scalar.to_f64().is_sign_negative(),
        _ => false,
    }
}

impl Arithmetic {
    /// Whether complex numbers have it.
    fn takes_complex(self) -> bool {
        matches!(
            self,
            Arithmetic::Add
                | Arithmetic::Sub
                | Arithmetic::Mul
                | Arithmetic::Div
                | Arithmetic::Negate
        )
    }
}

impl Bits {
    /// What it is of masks.
    fn of_masks(self) -> Option<Logic> {
        match self {
            Bits::And => Some(Logic::And),
            Bits::Or => Some(Logic::Or),
            Bits::Xor => Some(Logic::Xor),
            Bits::Shl | Bits::Shr => None,
        }
    }
}
