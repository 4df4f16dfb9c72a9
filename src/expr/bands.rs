//! Selections of bands: pushed down to the inputs, so that what is not selected is never read.

use std::collections::HashMap;
use std::sync::Arc;

use super::program::{Op, Program, Step};
use crate::error::{Result, Usage};

/// Bands of a step.
type Selected = (usize, Arc<[usize]>);

impl Program {
    /// The same value of a selection of bands.
    pub fn select_bands(&mut self, root: usize, bands: &[usize]) -> Result<usize> {
        let count = self.steps[root].bands;
        if let Some(&band) = bands.iter().find(|&&band| band >= count) {
            let band = band.saturating_add(1);
            return Err(Usage::Band { band, count }.into());
        }
        if bands.is_empty() {
            return Err(Usage::Option("a selection of bands names no band".into()).into());
        }
        if bands.iter().copied().eq(0..count) {
            return Ok(root);
        }
        Ok(self.rebuild((root, bands.into())))
    }

    /// Rebuilds what is below a selection, operands first and each selection once.
    fn rebuild(&mut self, root: Selected) -> usize {
        let mut done: HashMap<Selected, usize> = HashMap::new();
        let mut waiting = vec![(root.clone(), false)];
        while let Some((selected, expanded)) = waiting.pop() {
            if done.contains_key(&selected) {
                continue;
            }
            let step = self.steps[selected.0].clone();
            if expanded {
                let id = self.selected(&step, &selected, &done);
                done.insert(selected, id);
            } else {
                let needed = self.needed(&step, &selected);
                waiting.push((selected, true));
                waiting.extend(needed.into_iter().map(|needed| (needed, false)));
            }
        }
        done[&root]
    }

    /// What of its operands a selection needs to be selected first.
    fn needed(&self, step: &Step, (id, bands): &Selected) -> Vec<Selected> {
        match &step.op {
            Op::Stack(parts) => self.runs(parts, bands),
            // One band of all: it is repeated.
            Op::ReduceBands(..) => Vec::new(),
            op => {
                let operands = op.operands().into_iter();
                let same = operands.filter(|&operand| self.is_selected(operand, *id));
                same.map(|operand| (operand, bands.clone())).collect()
            }
        }
    }

    /// Operands with one band stand for many and stay as they are.
    fn is_selected(&self, operand: usize, id: usize) -> bool {
        let step = &self.steps[operand];
        step.bands == self.steps[id].bands && step.op != Op::Literal
    }

    fn selected(
        &mut self,
        step: &Step,
        (id, bands): &Selected,
        done: &HashMap<Selected, usize>,
    ) -> usize {
        if bands.iter().copied().eq(0..step.bands) {
            return *id;
        }
        let op = match &step.op {
            Op::Load { input, bands: all } => Op::Load {
                input: *input,
                bands: bands.iter().map(|&band| all[band]).collect(),
            },
            Op::Stack(parts) => {
                let runs = self.runs(parts, bands);
                let parts: Arc<[usize]> = runs.iter().map(|run| done[run]).collect();
                match *parts {
                    [one] if self.steps[one].sort == step.sort => return one,
                    // The part has the nodata value of the stack, even where it had none.
                    [one] => Op::Relabel(one),
                    _ => Op::Stack(parts),
                }
            }
            Op::ReduceBands(..) => Op::Stack(bands.iter().map(|_| *id).collect()),
            op => {
                let op = op.renamed(|operand| match self.is_selected(operand, *id) {
                    true => done[&(operand, bands.clone())],
                    false => operand,
                });
                match op {
                    Op::Scaled(of, factors) => {
                        Op::Scaled(of, bands.iter().map(|&band| factors[band]).collect())
                    }
                    op => op,
                }
            }
        };
        self.push(op, step.sort, bands.len())
    }

    /// Bands of a stack as bands of its parts, neighbours together.
    fn runs(&self, parts: &[usize], bands: &[usize]) -> Vec<Selected> {
        let mut owners = Vec::new();
        for &part in parts {
            owners.extend((0..self.steps[part].bands).map(|band| (part, band)));
        }
        let mut runs: Vec<(usize, Vec<usize>)> = Vec::new();
        for (part, band) in bands.iter().map(|&band| owners[band]) {
            match runs.last_mut() {
                Some((last, bands)) if *last == part => bands.push(band),
                _ => runs.push((part, vec![band])),
            }
        }
        let run = |(part, bands): (usize, Vec<usize>)| (part, Arc::from(bands));
        runs.into_iter().map(run).collect()
    }
}
