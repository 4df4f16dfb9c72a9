//! Operators of many values: stacks and reductions.

use super::Lower;
use crate::error::{Result, Usage};
use crate::expr::Reduction;
use crate::expr::program::{Collision, Op};
use crate::expr::types::{self, Numbers, Sort};

impl Lower<'_> {
    /// Numbers become one type with one nodata value, that of the first that has one.
    pub(super) fn stack(&mut self, parts: &[usize]) -> Result<usize> {
        let Some(&first) = parts.first() else {
            return Err(Usage::Option("a stack names no raster".into()).into());
        };
        let bands = parts.iter().map(|&part| self.program.steps[part].bands);
        let bands = bands.sum();
        if self.program.steps[first].sort == Sort::Mask {
            for &part in parts {
                self.program.check_mask(part, "stack of masks")?;
            }
            return Ok(self
                .program
                .push(Op::Stack(parts.into()), Sort::Mask, bands));
        }
        let members = self.members(parts, "stack")?;
        let data_type = types::members_type(&members)?;
        let cast = |member: &Numbers| types::cast(*member, data_type).nodata;
        let nodata = members.iter().find_map(cast);
        let mut stacked = Vec::new();
        for (&part, member) in parts.iter().zip(&members) {
            let range = member.range.filter(|_| data_type.is_integer());
            let numbers = Numbers {
                data_type,
                nodata,
                range,
            };
            stacked.push(self.convert(part, numbers, Collision::Keep));
        }
        let ranges = members.iter().map(|member| member.range);
        let range = ranges.reduce(|a, b| a.zip(b).map(|((a, b), (c, d))| (a.min(c), b.max(d))));
        let numbers = Numbers {
            data_type,
            nodata,
            range: range.flatten().filter(|_| data_type.is_integer()),
        };
        Ok(match *stacked {
            [one] => one,
            _ => self
                .program
                .push(Op::Stack(stacked.into()), Sort::Numbers(numbers), bands),
        })
    }

    pub(super) fn reduce(
        &mut self,
        reduction: Reduction,
        of: &[usize],
        valid: &[usize],
    ) -> Result<usize> {
        if of.is_empty() {
            let what = format!("`{}` names no raster", reduction.name());
            return Err(Usage::Option(what).into());
        }
        let members = self.members(of, reduction.name())?;
        for &id in of {
            self.program.check_real(id, reduction.name())?;
        }
        let numbers = types::reduction(reduction, &members)?;
        let all: Vec<usize> = of.iter().chain(valid).copied().collect();
        let bands = self.program.broadcast(&all)?;
        let op = Op::Reduce(reduction, of.into(), valid.into());
        Ok(self.program.push(op, Sort::Numbers(numbers), bands))
    }

    pub(super) fn reduce_bands(
        &mut self,
        reduction: Reduction,
        of: usize,
        valid: Option<usize>,
    ) -> Result<usize> {
        let member = self.program.numbers(of, reduction.name())?;
        self.program.check_real(of, reduction.name())?;
        let members = vec![member; self.program.steps[of].bands];
        let numbers = types::reduction(reduction, &members)?;
        let op = Op::ReduceBands(reduction, of, valid);
        Ok(self.program.push(op, Sort::Numbers(numbers), 1))
    }

    fn members(&self, ids: &[usize], operator: &'static str) -> Result<Vec<Numbers>> {
        let numbers = |&id| self.program.numbers(id, operator);
        ids.iter().map(numbers).collect()
    }
}
