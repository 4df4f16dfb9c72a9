//! The steps of a bound expression by name, for those who look at plans.

use super::bind::Bound;
use super::program::{Op, Step};
use super::types::Sort;

/// One step of a bound expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Described {
    /// The operator's name.
    pub(crate) name: String,
    /// The input and its bands from 0, of a step that reads one.
    pub(crate) load: Option<(usize, Vec<usize>)>,
    /// The steps before it that it takes.
    pub(crate) operands: Vec<usize>,
}

impl Bound {
    /// Whether some truth value comes of the samples of an input: a condition, a comparison.
    pub(crate) fn tests(&self, input: usize) -> bool {
        let steps = &self.program.steps;
        let loads =
            |id: usize| matches!(&steps[id].op, Op::Load { input: own, .. } if *own == input);
        let needed = self.program.reachable(self.root);
        let masks = (0..steps.len()).filter(|&id| needed[id] && steps[id].sort == Sort::Mask);
        let mut tested = masks.map(|id| self.program.reachable(id));
        tested.any(|below| (0..steps.len()).any(|id| below[id] && loads(id)))
    }

    /// The steps that the result needs, operands first, the result last.
    pub(crate) fn described(&self) -> Vec<Described> {
        let needed = self.program.reachable(self.root);
        let mut numbers = vec![0; needed.len()];
        let mut steps = Vec::new();
        let known = self.program.steps.iter().zip(needed).enumerate();
        for (id, (step, _)) in known.filter(|(_, (_, needed))| *needed) {
            numbers[id] = steps.len();
            let operands = step.op.operands().into_iter();
            steps.push(Described {
                name: name(step),
                load: match &step.op {
                    Op::Load { input, bands } => Some((*input, bands.to_vec())),
                    _ => None,
                },
                operands: operands.map(|operand| numbers[operand]).collect(),
            });
        }
        steps
    }
}

/// The name of an operator is that of its variant, or of the variant that tells what it does; a number
/// is its own.
fn name(step: &Step) -> String {
    if let (Op::Literal, Sort::Scalar(scalar)) = (&step.op, step.sort) {
        return scalar.to_string();
    }
    let text = format!("{:?}", step.op);
    let is_name = |text: &&str| text.starts_with(|first: char| first.is_ascii_uppercase());
    let mut words = text.split(|char: char| !char.is_ascii_alphanumeric());
    let variant = words.next().unwrap_or_default();
    let kind = words.next().filter(is_name);
    let general = !matches!(variant, "Fill" | "Constant");
    snake_case(kind.filter(|_| general).unwrap_or(variant))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}
