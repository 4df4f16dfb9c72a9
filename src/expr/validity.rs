//! Expressions over inputs with masks: the numbers and the validity of an expression, as two
//! expressions over the inputs and their masks.
//!
//! A sample of a masked input is invalid where its mask is 0. Whatever is computed from an invalid
//! sample is invalid; comparing one gives false.

use std::collections::HashMap;

use super::{Arithmetic, CastMode, Expr, Node, Reduction};
use crate::sample::{DataType, Scalar};

/// What has to be known of an input.
#[derive(Clone, Copy, Debug)]
pub struct Masked {
    /// Bands of the input.
    pub bands: usize,
    /// Whether it has a nodata value.
    pub nodata: bool,
    /// The input that is its mask, 0 where it is invalid.
    pub mask: Option<usize>,
}

/// An expression in two.
#[derive(Clone, Debug)]
pub struct Split {
    /// The numbers, or the mask, that the expression gives; meaningless where `valid` is false. A
    /// nodata value that it has counts only if it is `nodata`.
    pub value: Expr,
    /// A mask: true where the numbers are valid, unless they are nodata. `None` if no mask
    /// matters.
    pub valid: Option<Expr>,
    /// What the caller said last of the result's nodata value: that of the topmost mask, or that
    /// there is one, or none. `None` if nothing was said.
    pub nodata: Option<Option<Scalar>>,
}

/// Splits an expression over inputs with masks.
pub fn split(expr: &Expr, inputs: &[Masked]) -> Split {
    let mut done: HashMap<*const Node, Part> = HashMap::new();
    for expr in expr.postorder() {
        let part = part(expr, inputs, &done);
        done.insert(expr.key(), part);
    }
    let Part { value, valid, .. } = done[&expr.key()].clone();
    let nodata = valid.as_ref().and_then(|_| named(expr));
    // On top the fill of a mask may stay the nodata value of the numbers: nothing reads it.
    let value = match (value.node(), &valid) {
        (Node::Nodata(masked, None), Some(_)) if matches!(masked.node(), Node::Mask(..)) => {
            masked.clone()
        }
        _ => value,
    };
    Split {
        value,
        valid,
        nodata,
    }
}

/// What an expression with a mask says of its nodata value.
fn named(expr: &Expr) -> Option<Option<Scalar>> {
    match expr.node() {
        Node::Mask(_, _, nodata) => nodata.map(Some),
        Node::Nodata(_, nodata) => Some(*nodata),
        Node::Covered(of, _) | Node::Bands(of, _) => named(of),
        _ => None,
    }
}

/// An expression in two, and the bands of either.
#[derive(Clone)]
struct Part {
    value: Expr,
    valid: Option<Expr>,
    /// Whether the value may have a nodata value that counts.
    coded: bool,
    bands: usize,
    /// Bands of `valid`: 1, or those of the value.
    valid_bands: usize,
}

fn part(expr: &Expr, inputs: &[Masked], done: &HashMap<*const Node, Part>) -> Part {
    let known = |operand: &Expr| done[&operand.key()].clone();
    let node = expr.node();
    let value: Expr = node.with_operands(|operand| known(operand).value).into();
    let operands: Vec<Part> = node.operands().into_iter().map(known).collect();
    let bands = operands.iter().map(|part| part.bands).max().unwrap_or(1);
    let masked = operands.iter().filter(|part| part.valid.is_some());
    let valid_bands = masked.map(|part| part.valid_bands).max();
    let valid = both(operands.iter().map(|part| part.valid.clone()));
    let plain = Part {
        value,
        valid,
        coded: operands.iter().any(|part| part.coded),
        bands,
        valid_bands: valid_bands.unwrap_or(1),
    };
    match node {
        Node::Input(input) => {
            let input = inputs.get(*input);
            let mask = input.and_then(|input| input.mask);
            Part {
                valid: mask.map(|mask| Expr::input(mask).ne(0)),
                coded: mask.is_none() && input.is_some_and(|input| input.nodata),
                bands: input.map_or(1, |input| input.bands),
                ..plain
            }
        }
        Node::Valid(of) => {
            let of = known(of);
            let value = match &of.valid {
                Some(valid) if !of.coded && of.valid_bands == of.bands => valid.clone(),
                _ => both([Some(plain.value), of.valid]).expect("the first is one"),
            };
            Part {
                value,
                valid: None,
                ..plain
            }
        }
        Node::Cast(of, data_type, CastMode::Checked) => cast_checked(known(of), *data_type, plain),
        Node::FillNodata(of, other) => fill_nodata(known(of), known(other), plain),
        // Division by 0 gives nodata even where the sides have none.
        Node::Arithmetic(Arithmetic::Rem | Arithmetic::FloorDiv, ..) => Part {
            coded: true,
            ..plain
        },
        Node::Stack(parts) => stack(parts.iter().map(known).collect(), plain),
        Node::Reduce(reduction, of, _) => reduce(*reduction, of.iter().map(known).collect(), plain),
        Node::ReduceBands(reduction, of, _) => reduce_bands(*reduction, known(of), plain),
        Node::IsIn(..) | Node::Compare(..) => {
            let value = both([Some(plain.value.clone()), plain.valid.clone()]);
            Part {
                value: value.unwrap_or(plain.value),
                valid: None,
                ..plain
            }
        }
        Node::Nodata(_, nodata) => Part {
            coded: nodata.is_some(),
            ..plain
        },
        Node::Covered(of, condition) => {
            let (of, condition) = (known(of), known(condition));
            Part {
                value: of.value.with_nodata(None),
                valid: both([of.valid, Some(condition.value)]),
                coded: false,
                bands: of.bands,
                valid_bands: of.valid_bands.max(condition.bands),
            }
        }
        Node::Mask(of, condition, nodata) => mask(known(of), known(condition), *nodata, plain),
        Node::Select(condition, a, b) => {
            let valid_bands = plain.valid_bands.max(known(condition).bands);
            let (condition, a, b) = (known(condition).value, known(a).valid, known(b).valid);
            let then = both([Some(condition.clone()), a.clone()]);
            let otherwise = both([Some(condition.not()), b.clone()]);
            let either = then.zip(otherwise).map(|(a, b)| a.or(&b));
            Part {
                valid: either.filter(|_| a.is_some() || b.is_some()),
                valid_bands,
                ..plain
            }
        }
        Node::Bands(_, picked) => {
            let valid = plain.valid.map(|valid| match plain.valid_bands {
                1 => valid,
                _ => valid.bands(picked.to_vec()),
            });
            Part {
                valid,
                bands: picked.len(),
                valid_bands: match plain.valid_bands {
                    1 => 1,
                    _ => picked.len(),
                },
                ..plain
            }
        }
        _ => plain,
    }
}

/// A mask over numbers with a mask of their own takes from that; the numbers get a fill, which is
/// not a nodata value of theirs.
fn mask(of: Part, condition: Part, nodata: Option<Scalar>, plain: Part) -> Part {
    let Some(mut valid) = of.valid else {
        let coded = true;
        return Part { coded, ..plain };
    };
    let mut valid_bands = of.valid_bands.max(condition.bands);
    if of.coded {
        valid = valid.and(&of.value.is_valid());
        valid_bands = valid_bands.max(of.bands);
    }
    let fill = nodata.or(Some(Scalar::Int(0)));
    Part {
        value: of.value.mask(&condition.value, fill).with_nodata(None),
        valid: Some(valid.and(&condition.value.not())),
        coded: false,
        valid_bands,
        ..plain
    }
}

/// The mask that is true where all are.
fn both(masks: impl IntoIterator<Item = Option<Expr>>) -> Option<Expr> {
    let masks = masks.into_iter().flatten();
    masks.reduce(|a, b| a.and(&b))
}

impl Part {
    /// The same with all that is invalid told by a mask, none of it by a nodata value.
    fn uncoded(self) -> Part {
        if !self.coded {
            return self;
        }
        Part {
            valid: both([self.valid, Some(self.value.is_valid())]),
            value: self.value.with_nodata(None),
            coded: false,
            valid_bands: self.bands,
            ..self
        }
    }

    /// A mask of as many bands as the numbers, or one.
    fn validity(&self) -> Expr {
        let always = || Expr::scalar(1).eq(1);
        self.valid.clone().unwrap_or_else(always)
    }
}

/// What is hidden is not checked: any type has the 0 that stands there.
fn cast_checked(of: Part, data_type: DataType, plain: Part) -> Part {
    if of.valid.is_none() {
        return plain;
    }
    let of = of.uncoded();
    let shown = of.validity().select(&of.value, 0);
    Part {
        value: shown.cast_checked(data_type),
        ..of
    }
}

fn fill_nodata(of: Part, other: Part, plain: Part) -> Part {
    if of.valid.is_none() && other.valid.is_none() {
        let coded = other.coded;
        return Part { coded, ..plain };
    }
    let (of, other) = (of.uncoded(), other.uncoded());
    let value = match &of.valid {
        Some(valid) => valid.select(of.value, other.value),
        None => of.value.fill_nodata(other.value),
    };
    let either = of.valid.zip(other.valid).map(|(a, b)| a.or(&b));
    Part {
        value,
        valid: either,
        coded: false,
        bands: plain.bands,
        valid_bands: of.valid_bands.max(other.valid_bands),
    }
}

fn stack(parts: Vec<Part>, plain: Part) -> Part {
    let bands = parts.iter().map(|part| part.bands).sum();
    if plain.valid.is_none() {
        return Part { bands, ..plain };
    }
    let parts: Vec<Part> = parts.into_iter().map(Part::uncoded).collect();
    let values: Vec<Expr> = parts.iter().map(|part| part.value.clone()).collect();
    let spread = |part: &Part| match (part.valid.is_some(), part.valid_bands == part.bands) {
        (true, true) => part.validity(),
        _ => part.validity().bands(vec![0; part.bands]),
    };
    let valid: Vec<Expr> = parts.iter().map(spread).collect();
    Part {
        value: Expr::stack(values),
        valid: Some(Expr::stack(valid)),
        coded: false,
        bands,
        valid_bands: bands,
    }
}

/// The result is valid where a member is, and a count everywhere.
fn reduce(reduction: Reduction, members: Vec<Part>, plain: Part) -> Part {
    if plain.valid.is_none() {
        return plain;
    }
    let members: Vec<Part> = members.into_iter().map(Part::uncoded).collect();
    let values = members.iter().map(|part| part.value.clone()).collect();
    let valid = members.iter().map(Part::validity).collect();
    let always = reduction == Reduction::Count || members.iter().any(|part| part.valid.is_none());
    let masks = members.iter().filter_map(|part| part.valid.clone());
    let any = masks.reduce(|a, b| a.or(&b));
    Part {
        value: Node::Reduce(reduction, values, valid).into(),
        valid: any.filter(|_| !always),
        coded: false,
        bands: plain.bands,
        valid_bands: members
            .iter()
            .map(|part| part.valid_bands)
            .max()
            .unwrap_or(1),
    }
}

fn reduce_bands(reduction: Reduction, of: Part, plain: Part) -> Part {
    let (bands, valid_bands) = (1, 1);
    if of.valid.is_none() {
        return Part {
            bands,
            valid_bands,
            ..plain
        };
    }
    let of = of.uncoded();
    let any = of.valid.clone().map(|valid| match of.valid_bands {
        1 => valid,
        _ => valid.cast(DataType::U8).reduce_bands(Reduction::Max).ne(0),
    });
    Part {
        value: Node::ReduceBands(reduction, of.value, of.valid).into(),
        valid: any.filter(|_| reduction != Reduction::Count),
        coded: false,
        bands,
        valid_bands,
    }
}
