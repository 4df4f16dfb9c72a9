//! A lazy raster as a formula.

use super::super::Lazy;
use super::super::input::{Input, Source};
use super::super::stage::{Operation, Stage};
use super::kernels::settings;
use crate::error::{FormulaFault, Result, Unsupported, Usage};
use crate::expr::parse::{Binary, FunctionName, Term, TermNode, Unary, is_name};
use crate::expr::{Arithmetic, Bits, Comparison, Expr, Formula, Kind, Logic, Node};
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
        let (formula, inputs) = self.worded(names)?;
        let inputs = inputs.into_iter().map(|(name, input)| {
            let raster = Lazy {
                expr: Expr::input(0),
                inputs: vec![input],
                context: self.context.clone(),
                choices: self.choices,
            };
            (name, raster)
        });
        Ok((formula, inputs.collect()))
    }

    /// As [`formula`](Self::formula), with levels and parts of levels as inputs.
    pub(crate) fn worded(&self, names: &[&str]) -> Result<(Formula, Vec<(String, Input)>)> {
        check_names(names)?;
        let mut wording = Wording {
            given: names,
            inputs: Vec::new(),
            terms: 0,
        };
        let text = wording.raster(self, 0)?.to_string();
        Ok((Formula::parse(&text)?, wording.inputs))
    }
}

fn check_names(names: &[&str]) -> Result<()> {
    let twice = |index: usize| names[..index].contains(&names[index]);
    let wrong = (0..names.len()).find(|&index| !is_name(names[index]) || twice(index));
    wrong.map_or(Ok(()), |index| {
        let text = format!(
            "`{}` cannot name an input: expected letters, digits and `_`, and each name once",
            names[index]
        );
        Err(Usage::Option(text).into())
    })
}

/// The name of an input: one of those given, else a letter, else one with a number: `a1`.
fn input_name(given: &[&str], index: usize) -> String {
    if let Some(name) = given.get(index) {
        return (*name).to_owned();
    }
    let numbered = (0..).flat_map(|round: usize| {
        ('a'..='z').map(move |letter| match round {
            0 => letter.to_string(),
            round => format!("{letter}{round}"),
        })
    });
    let mut free = numbered.filter(|name| !given.contains(&name.as_str()));
    free.nth(index - given.len()).unwrap_or_default()
}

/// Nodes into terms.
struct Wording<'a> {
    given: &'a [&'a str],
    /// The levels, and parts of levels, that are named so far.
    inputs: Vec<(String, Input)>,
    /// Terms so far: a part that stands in many places could make more of them than there is memory.
    terms: usize,
}

impl Wording<'_> {
    fn raster(&mut self, raster: &Lazy, depth: usize) -> Result<Term> {
        self.term(&raster.expr, &raster.inputs, depth)
    }

    /// An expression over inputs.
    fn term(&mut self, expr: &Expr, inputs: &[Input], depth: usize) -> Result<Term> {
        self.terms += 1;
        let (found, allowed) = (self.terms, Formula::MAX_BYTES);
        if found > allowed {
            return Err(FormulaFault::Length { found, allowed }.into());
        }
        let allowed = Formula::MAX_DEPTH;
        if depth >= allowed {
            return Err(FormulaFault::Depth { allowed }.into());
        }
        let mut nodes = Nodes {
            wording: self,
            inputs,
            depth: depth + 1,
        };
        Ok(nodes.node(expr.node())?.into())
    }

    fn input(&mut self, input: &Input, depth: usize) -> Result<TermNode> {
        match input.source() {
            Source::Level(_) => Ok(TermNode::Name(self.name(input))),
            Source::Stage(stage) | Source::MaskOf(stage) => {
                let made = self.stage(stage, depth)?;
                let window = input.window();
                if window == stage.size().window() {
                    return Ok(made);
                }
                let sides = [window.column, window.row, window.width, window.height];
                let sides = sides.map(|side| TermNode::Number(side.into()).into());
                let arguments = std::iter::once(made.into()).chain(sides);
                Ok(TermNode::Call(
                    FunctionName::ClipWindow,
                    arguments.collect(),
                ))
            }
        }
    }

    fn name(&mut self, input: &Input) -> String {
        let known = self.inputs.iter().find(|(_, known)| known.is_same(input));
        if let Some((name, _)) = known {
            return name.clone();
        }
        let name = input_name(self.given, self.inputs.len());
        self.inputs.push((name.clone(), input.clone()));
        name
    }

    fn stage(&mut self, stage: &Stage, depth: usize) -> Result<TermNode> {
        let of = &stage.source().raster;
        match stage.operation() {
            Operation::Match(matching) => {
                let method = FunctionName::MatchGrid.word(matching.method().name());
                let method = method.ok_or(Unsupported::Feature("a resampling method as text"))?;
                let (of, grid) = (
                    self.raster(of, depth)?,
                    self.raster(matching.grid(), depth)?,
                );
                let arguments = vec![of, grid, TermNode::Word(method).into()];
                Ok(TermNode::Call(FunctionName::MatchGrid, arguments))
            }
            Operation::Neighbourhood(neighbourhood) => {
                let described = settings(neighbourhood.kernel());
                let (function, settings) =
                    described.ok_or(Unsupported::Feature("a kernel that has no text"))?;
                let of = self.raster(of, depth)?;
                let arguments = std::iter::once(of).chain(settings);
                Ok(TermNode::Call(function, arguments.collect()))
            }
            Operation::Map(_) => {
                let what = "the function of map_chunks as text: it is known to this program only";
                Err(Unsupported::Feature(what).into())
            }
        }
    }
}

/// One node, and where it stands.
struct Nodes<'a, 'b> {
    wording: &'a mut Wording<'b>,
    inputs: &'a [Input],
    depth: usize,
}

impl Nodes<'_, '_> {
    fn node(&mut self, node: &Node) -> Result<TermNode> {
        let number = |value: &Scalar| Term::from(TermNode::Number(*value));
        match node {
            Node::Input(input) => self.wording.input(&self.inputs[*input], self.depth),
            Node::Scalar(value) => Ok(TermNode::Number(*value)),
            Node::IsIn(of, values) => {
                self.call(FunctionName::IsIn, &[of], values.iter().map(number))
            }
            Node::Compare(Comparison::Ne, of, _) if self.is_matched_mask(of) => {
                Ok(self.term(of)?.node)
            }
            Node::Compare(comparison, a, b) => self.binary(comparison.symbol(), a, b),
            Node::Logic(logic, a, b) => self.binary(logic.symbol(), a, b),
            Node::Arithmetic(operator, a, b) => match operator.symbol() {
                Some(symbol) => self.binary(symbol, a, b),
                None => self.named(operator.name(), &[a, b]),
            },
            Node::Bits(operator, a, b) => self.binary(operator.symbol(), a, b),
            Node::Not(of) => self.unary(Unary::Not, of),
            Node::BitNot(of) => self.unary(Unary::Invert, of),
            Node::Negate(of) => Ok(self.term(of)?.negated()),
            Node::Valid(of) => self.call(FunctionName::IsValid, &[of], None),
            Node::FillNodata(of, other) => self.call(FunctionName::FillNodata, &[of, other], None),
            Node::Function(function, of) => self.named(function.name(), &[of]),
            Node::Scaled(of, _) => self.call(FunctionName::Scaled, &[of], None),
            Node::Stack(parts) => self.named("stack", &parts.iter().collect::<Vec<_>>()),
            Node::Reduce(reduction, of, _) => {
                self.named(reduction.name(), &of.iter().collect::<Vec<_>>())
            }
            Node::ReduceBands(reduction, of, _) => {
                self.named(&format!("{}_bands", reduction.name()), &[of])
            }
            Node::Mask(of, condition, nodata) => {
                let nodata = nodata.as_ref().map(number);
                self.call(FunctionName::Mask, &[of, condition], nodata)
            }
            Node::Select(condition, a, b) => {
                self.call(FunctionName::Where, &[condition, a, b], None)
            }
            Node::Part(part, of) => self.named(part.name(), &[of]),
            Node::Cast(of, data_type, mode) => {
                let data_type = TermNode::Type(*data_type).into();
                self.call(function_of(mode.name())?, &[of], Some(data_type))
            }
            Node::Nodata(of, nodata) => {
                let nodata = nodata.as_ref().map(number);
                let nodata = nodata.unwrap_or(TermNode::Word("none").into());
                self.call(FunctionName::WithNodata, &[of], Some(nodata))
            }
            Node::Covered(of, valid) => {
                // `with_mask` takes the nodata value away by itself.
                let of = match of.node() {
                    Node::Nodata(of, None) => of,
                    _ => of,
                };
                self.call(FunctionName::WithMask, &[of, valid], None)
            }
            Node::Bands(of, bands) => {
                let bands = bands.iter().map(|band| band + 1).collect();
                Ok(TermNode::Bands(Box::new(self.term(of)?), bands))
            }
        }
    }

    /// Whether it is the numbers that `match_grid` makes of a mask, and compares with 0.
    fn is_matched_mask(&self, of: &Expr) -> bool {
        let Node::Input(input) = of.node() else {
            return false;
        };
        match self.inputs[*input].source() {
            Source::Stage(stage) => {
                let matched = matches!(stage.operation(), Operation::Match(_));
                matched && stage.source().bound.kind() == Kind::Mask
            }
            _ => false,
        }
    }

    fn term(&mut self, expr: &Expr) -> Result<Term> {
        self.wording.term(expr, self.inputs, self.depth)
    }

    fn named(&mut self, name: &str, operands: &[&Expr]) -> Result<TermNode> {
        self.call(function_of(name)?, operands, None)
    }

    fn unary(&mut self, operator: Unary, of: &Expr) -> Result<TermNode> {
        Ok(TermNode::Unary(operator, Box::new(self.term(of)?)))
    }

    fn binary(&mut self, operator: Binary, a: &Expr, b: &Expr) -> Result<TermNode> {
        let (a, b) = (self.term(a)?, self.term(b)?);
        Ok(TermNode::Binary(operator, Box::new(a), Box::new(b)))
    }

    fn call(
        &mut self,
        function: FunctionName,
        operands: &[&Expr],
        more: impl IntoIterator<Item = Term>,
    ) -> Result<TermNode> {
        let operands = operands.iter().map(|operand| self.term(operand));
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
            Logic::And => Binary::And,
            Logic::Or => Binary::Or,
            Logic::Xor => Binary::BitXor,
        }
    }
}

impl Bits {
    fn symbol(self) -> Binary {
        match self {
            Bits::And => Binary::BitAnd,
            Bits::Or => Binary::BitOr,
            Bits::Xor => Binary::BitXor,
            Bits::Shl => Binary::Shl,
            Bits::Shr => Binary::Shr,
        }
    }
}

impl Arithmetic {
    /// The operator's symbol, unless it is a function in a formula.
    fn symbol(self) -> Option<Binary> {
        Some(match self {
            Arithmetic::Add => Binary::Add,
            Arithmetic::Sub => Binary::Sub,
            Arithmetic::Mul => Binary::Mul,
            Arithmetic::Div => Binary::Div,
            Arithmetic::Pow => Binary::Pow,
            Arithmetic::Rem => Binary::Rem,
            Arithmetic::FloorDiv => Binary::FloorDiv,
            Arithmetic::Negate | Arithmetic::Minimum | Arithmetic::Maximum | Arithmetic::Atan2 => {
                return None;
            }
        })
    }
}

/// The function of a name that the expression has for it.
fn function_of(name: &str) -> Result<FunctionName> {
    let function = FunctionName::of_name(name);
    function.ok_or_else(|| Unsupported::Feature("an operator that has no text").into())
}
