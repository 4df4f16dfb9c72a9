//! A lazy raster as a formula.

use super::super::Lazy;
use crate::error::{FormulaFault, Result, Usage};
use crate::expr::parse::{Binary, Function, Term, TermNode, Unary, is_name};
use crate::expr::{Arithmetic, Comparison, Expr, Formula, Logic, Node, Part};
use crate::sample::Scalar;

impl Lazy {
    /// This raster as a formula, and the inputs that it names: [`Formula::lazy`] makes the same raster
    /// of both. The inputs have these names, and where there are more inputs than names `a`, `b`, `c`
    /// and so on. What stands in several places is written in each.
    ///
    /// # Errors
    /// [`Usage::Option`] for what cannot be a name, or two of the same; [`FormulaFault::Length`] and
    /// [`FormulaFault::Depth`] for what is too much for a formula.
    pub fn formula(&self, names: &[&str]) -> Result<(Formula, Vec<(String, Lazy)>)> {
        let names = input_names(names, self.inputs.len())?;
        let mut wording = Wording {
            names: &names,
            terms: 0,
        };
        let text = wording.term(&self.expr, 0)?.to_string();
        let formula = Formula::parse(&text)?;
        let inputs = self.inputs.iter().map(|level| level.lazy());
        Ok((formula, names.iter().cloned().zip(inputs).collect()))
    }
}

/// The names of inputs: those given, then letters, then `a1` and so on.
fn input_names(given: &[&str], count: usize) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for name in given {
        if !is_name(name) || names.iter().any(|known| known == name) {
            let text =
                format!("`{name}` cannot name an input: expected letters, digits and `_`, once");
            return Err(Usage::Option(text).into());
        }
        names.push((*name).to_owned());
    }
    let numbered = (0..).flat_map(|round: usize| {
        ('a'..='z').map(move |letter| match round {
            0 => letter.to_string(),
            round => format!("{letter}{round}"),
        })
    });
    names.extend(
        numbered
            .filter(|name| !given.contains(&name.as_str()))
            .take(count),
    );
    names.truncate(count);
    Ok(names)
}

/// Nodes into terms.
struct Wording<'a> {
    names: &'a [String],
    /// Terms so far: a part that stands in many places could make more of them than there is memory.
    terms: usize,
}

impl Wording<'_> {
    fn term(&mut self, expr: &Expr, depth: usize) -> Result<Term> {
        self.terms += 1;
        let (found, allowed) = (self.terms, Formula::MAX_BYTES);
        if found > allowed {
            return Err(FormulaFault::Length { found, allowed }.into());
        }
        let allowed = Formula::MAX_DEPTH;
        if depth >= allowed {
            return Err(FormulaFault::Depth { allowed }.into());
        }
        let node = self.node(expr.node(), depth + 1)?;
        Ok(node.into())
    }

    fn node(&mut self, node: &Node, depth: usize) -> Result<TermNode> {
        let number = |value: &Scalar| Term::from(TermNode::Number(*value));
        match node {
            Node::Input(input) => Ok(TermNode::Name(self.names[*input].clone())),
            Node::Scalar(value) => Ok(TermNode::Number(*value)),
            Node::IsIn(of, values) => {
                self.call(Function::IsIn, &[of], values.iter().map(number), depth)
            }
            Node::Compare(comparison, a, b) => self.binary(comparison.symbol(), a, b, depth),
            Node::Logic(logic, a, b) => self.binary(logic.symbol(), a, b, depth),
            Node::Arithmetic(operator, a, b) => self.binary(operator.symbol(), a, b, depth),
            Node::Not(of) => Ok(TermNode::Unary(
                Unary::Invert,
                Box::new(self.term(of, depth)?),
            )),
            Node::Negate(of) => Ok(self.term(of, depth)?.negated()),
            Node::Mask(of, condition, nodata) => {
                let nodata = nodata.as_ref().map(number);
                self.call(Function::Mask, &[of, condition], nodata, depth)
            }
            Node::Select(condition, a, b) => {
                self.call(Function::Where, &[condition, a, b], None, depth)
            }
            Node::Part(part, of) => self.call(part.function(), &[of], None, depth),
            Node::Cast(of, data_type) => {
                let data_type = TermNode::Type(*data_type).into();
                self.call(Function::Cast, &[of], Some(data_type), depth)
            }
            Node::Nodata(of, nodata) => {
                let nodata = nodata.as_ref().map(number);
                let nodata = nodata.unwrap_or(TermNode::Word("none").into());
                self.call(Function::WithNodata, &[of], Some(nodata), depth)
            }
            Node::Covered(of, valid) => {
                // `with_mask` takes the nodata value away by itself.
                let of = match of.node() {
                    Node::Nodata(of, None) => of,
                    _ => of,
                };
                self.call(Function::WithMask, &[of, valid], None, depth)
            }
            Node::Bands(of, bands) => {
                let bands = bands.iter().map(|band| band + 1).collect();
                Ok(TermNode::Bands(Box::new(self.term(of, depth)?), bands))
            }
        }
    }

    fn binary(&mut self, operator: Binary, a: &Expr, b: &Expr, depth: usize) -> Result<TermNode> {
        let (a, b) = (self.term(a, depth)?, self.term(b, depth)?);
        Ok(TermNode::Binary(operator, Box::new(a), Box::new(b)))
    }

    fn call(
        &mut self,
        function: Function,
        operands: &[&Expr],
        more: impl IntoIterator<Item = Term>,
        depth: usize,
    ) -> Result<TermNode> {
        let operands = operands.iter().map(|operand| self.term(operand, depth));
        let mut arguments: Vec<Term> = operands.collect::<Result<_>>()?;
        arguments.extend(more);
        Ok(TermNode::Call(function, arguments))
    }
}

impl Comparison {
    fn symbol(self) -> Binary {
        match self {
            Comparison::Eq => Binary::Eq,
            Comparison::Ne => Binary::Ne,
            Comparison::Lt => Binary::Lt,
            Comparison::Le => Binary::Le,
            Comparison::Gt => Binary::Gt,
            Comparison::Ge => Binary::Ge,
        }
    }
}

impl Logic {
    fn symbol(self) -> Binary {
        match self {
            Logic::And => Binary::BitAnd,
            Logic::Or => Binary::BitOr,
        }
    }
}

impl Arithmetic {
    fn symbol(self) -> Binary {
        match self {
            Arithmetic::Add => Binary::Add,
            Arithmetic::Sub | Arithmetic::Negate => Binary::Sub,
            Arithmetic::Mul => Binary::Mul,
            Arithmetic::Div => Binary::Div,
        }
    }
}

impl Part {
    fn function(self) -> Function {
        match self {
            Part::Real => Function::Real,
            Part::Imag => Function::Imag,
            Part::Abs => Function::Abs,
            Part::Phase => Function::Phase,
            Part::Intensity => Function::Intensity,
        }
    }
}
