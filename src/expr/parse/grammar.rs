//! Tokens into a term: recursive descent, by precedence.

use std::ops::Range;

use super::functions::{Argument, FunctionName, similar};
use super::lexer::{KEYWORDS, Token, next};
use super::{Binary, Formula, Term, TermNode, Unary, level};
use crate::error::{Error, FormulaFault, Result};
use crate::sample::Scalar;

pub(super) fn parse(text: &str) -> Result<Term> {
    if text.len() > Formula::MAX_BYTES {
        let (found, allowed) = (text.len(), Formula::MAX_BYTES);
        return Err(FormulaFault::Length { found, allowed }.into());
    }
    let (token, span) = next(text, 0)?;
    let mut parser = Parser {
        text,
        token,
        span,
        last: 0,
        depth: 0,
    };
    let root = *parser.expression(level::OR)?.term;
    match parser.token {
        Token::End => Ok(root),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

/// Calls inside of each other: what stands right of an operator is one more than its parentheses.
const STACK: usize = 2 * Formula::MAX_DEPTH;

/// A text, and the token that comes next.
struct Parser<'a> {
    text: &'a str,
    token: Token<'a>,
    span: Range<usize>,
    /// Where the token before ended.
    last: usize,
    /// Calls of `expression` and `operand` inside of each other: how far the stack is used.
    depth: usize,
}

/// A term and the levels of operators in it, by which all that walks a formula uses the stack.
struct Parsed {
    term: Box<Term>,
    height: usize,
}

impl<'a> Parser<'a> {
    /// Operators of a level or of those that bind more.
    fn expression(&mut self, least: u8) -> Result<Parsed> {
        let start = self.span.start;
        self.enter()?;
        let mut left = match self.token {
            Token::Word("not") if least <= level::NOT => {
                self.advance()?;
                let of = self.expression(level::NOT)?;
                self.unary_term(Unary::Not, of, start)?
            }
            _ => self.operand()?,
        };
        while let Some(operator) = self.binary().filter(|found| found.level() >= least) {
            self.advance()?;
            let right = self.expression(operator.level() + 1)?;
            left = self.binary_term(operator, left, right)?;
            let compared = operator.level() == level::COMPARISON;
            if compared
                && self
                    .binary()
                    .is_some_and(|next| next.level() == level::COMPARISON)
            {
                return Err(self.fault(FormulaFault::Chained, self.span.clone()));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Parsed> {
        let start = self.span.start;
        let operator = match self.token {
            Token::Symbol("-") => Unary::Negate,
            Token::Symbol("~" | "!") => Unary::Invert,
            _ => return self.power(),
        };
        self.enter()?;
        self.advance()?;
        let of = self.operand()?;
        self.depth -= 1;
        self.unary_term(operator, of, start)
    }

    fn power(&mut self) -> Result<Parsed> {
        let base = self.postfix()?;
        if self.token != Token::Symbol("**") {
            return Ok(base);
        }
        self.enter()?;
        self.advance()?;
        let exponent = self.operand()?;
        self.depth -= 1;
        self.binary_term(Binary::Pow, base, exponent)
    }

    fn postfix(&mut self) -> Result<Parsed> {
        let start = self.span.start;
        let mut of = self.primary()?;
        while self.eat(&Token::Symbol("["))? {
            let bands = self.bands()?;
            let node = TermNode::Bands(of.term, bands);
            of = self.joined(node, of.height, start)?;
        }
        Ok(of)
    }

    fn bands(&mut self) -> Result<Vec<usize>> {
        let mut bands = Vec::new();
        loop {
            let band = match self.token {
                Token::Number(Scalar::Int(band)) => usize::try_from(band).ok(),
                _ => None,
            };
            bands.push(band.ok_or_else(|| self.unexpected("the number of a band"))?);
            self.advance()?;
            if !self.eat(&Token::Symbol(","))? {
                self.expect("]", "`,` or `]`")?;
                return Ok(bands);
            }
        }
    }

    fn primary(&mut self) -> Result<Parsed> {
        let span = self.span.clone();
        let node = match self.token {
            Token::Symbol("(") => {
                self.advance()?;
                let mut inside = self.expression(level::OR)?;
                self.expect(")", "an operator or `)`")?;
                inside.term.span = span.start..self.last;
                return Ok(inside);
            }
            Token::Number(number) => TermNode::Number(number),
            Token::Word("nodata") => return Err(self.fault(FormulaFault::Nodata, span)),
            Token::Word(word) if !KEYWORDS.contains(&word) => {
                self.advance()?;
                return match self.token {
                    Token::Symbol("(") => self.call(word, span),
                    _ => self.joined(TermNode::Name(word.to_owned()), 0, span.start),
                };
            }
            _ => return Err(self.unexpected("a number, a name, a function or `(`")),
        };
        self.advance()?;
        self.joined(node, 0, span.start)
    }

    /// A function whose name has been read.
    fn call(&mut self, name: &str, span: Range<usize>) -> Result<Parsed> {
        let Some(function) = FunctionName::of_name(name) else {
            let similar = similar(name);
            let name = name.to_owned();
            return Err(self.fault(FormulaFault::Function { name, similar }, span));
        };
        self.advance()?;
        let (mut arguments, mut height) = (Vec::new(), 0);
        while self.token != Token::Symbol(")") {
            if !arguments.is_empty() {
                self.expect(",", "an operator, `,` or `)`")?;
            }
            let parsed = self.argument(function, function.argument(arguments.len()))?;
            height = height.max(parsed.height);
            arguments.push(*parsed.term);
        }
        self.advance()?;
        if !function.takes(arguments.len()) {
            let fault = FormulaFault::Arguments {
                function: function.name(),
                found: arguments.len(),
                expected: function.expected(),
            };
            return Err(self.fault(fault, span.start..self.last));
        }
        let node = TermNode::Call(function, arguments);
        self.joined(node, height, span.start)
    }

    fn argument(&mut self, function: FunctionName, kind: Argument) -> Result<Parsed> {
        let span = self.span.clone();
        let node = match (kind, self.token) {
            (Argument::Branch, Token::Word("nodata")) => Some(TermNode::Nodata),
            (Argument::Type, Token::Word(word)) => word.parse().ok().map(TermNode::Type),
            (Argument::Word(words) | Argument::Setting(words), Token::Word(word)) => {
                let known = words.iter().find(|known| **known == word);
                known.copied().map(TermNode::Word)
            }
            (Argument::NumberOrNone, Token::Word("none")) => Some(TermNode::Word("none")),
            _ => None,
        };
        if let Some(node) = node {
            self.advance()?;
            return self.joined(node, 0, span.start);
        }
        let parsed = match kind {
            Argument::Type | Argument::Word(_) => None,
            _ => Some(self.expression(level::OR)?),
        };
        let suits = |term: &Term| match (&term.node, kind) {
            (_, Argument::Value | Argument::Branch) => true,
            (TermNode::Number(number), Argument::Whole) => matches!(number, Scalar::Int(_)),
            (
                TermNode::Number(_),
                Argument::Number | Argument::NumberOrNone | Argument::Setting(_),
            ) => true,
            _ => false,
        };
        let span = parsed
            .as_ref()
            .map_or(span, |parsed| parsed.term.span.clone());
        parsed.filter(|parsed| suits(&parsed.term)).ok_or_else(|| {
            let (function, expected) = (function.name(), kind.expected());
            self.fault(FormulaFault::Argument { function, expected }, span)
        })
    }

    fn unary_term(&mut self, operator: Unary, of: Parsed, start: usize) -> Result<Parsed> {
        let height = of.height;
        let node = match operator {
            Unary::Negate => of.term.negated(),
            _ => TermNode::Unary(operator, of.term),
        };
        self.joined(node, height, start)
    }

    fn binary_term(&mut self, operator: Binary, left: Parsed, right: Parsed) -> Result<Parsed> {
        let (start, height) = (left.term.span.start, left.height.max(right.height));
        let node = TermNode::Binary(operator, left.term, right.term);
        self.joined(node, height, start)
    }

    /// A term that ends where the last token did, over operands of a height.
    fn joined(&mut self, node: TermNode, height: usize, start: usize) -> Result<Parsed> {
        let span = start..self.last;
        let allowed = Formula::MAX_DEPTH;
        if height >= allowed {
            return Err(self.fault(FormulaFault::Depth { allowed }, span));
        }
        let (term, height) = (Box::new(Term { node, span }), height + 1);
        Ok(Parsed { term, height })
    }

    /// The operator between two that comes next.
    fn binary(&self) -> Option<Binary> {
        match self.token {
            Token::Symbol(symbol) => Binary::of_symbol(symbol),
            Token::Word(word @ ("and" | "or")) => Binary::of_symbol(word),
            _ => None,
        }
    }

    fn enter(&mut self) -> Result<()> {
        let allowed = Formula::MAX_DEPTH;
        if self.depth >= STACK {
            return Err(self.fault(FormulaFault::Depth { allowed }, self.span.clone()));
        }
        self.depth += 1;
        Ok(())
    }

    fn advance(&mut self) -> Result<()> {
        self.last = self.span.end;
        (self.token, self.span) = next(self.text, self.last)?;
        Ok(())
    }

    fn eat(&mut self, token: &Token<'_>) -> Result<bool> {
        let found = self.token == *token;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, symbol: &'static str, expected: &'static str) -> Result<()> {
        match self.eat(&Token::Symbol(symbol))? {
            true => Ok(()),
            false => Err(self.unexpected(expected)),
        }
    }

    fn unexpected(&self, expected: &'static str) -> Error {
        let expected = match self.token {
            Token::Symbol("=") => "`==`",
            Token::Symbol("&&") => "`and` or `&`",
            Token::Symbol("||") => "`or` or `|`",
            _ => expected,
        };
        let found = self.token.to_string();
        self.fault(
            FormulaFault::Unexpected { found, expected },
            self.span.clone(),
        )
    }

    fn fault(&self, fault: FormulaFault, span: Range<usize>) -> Error {
        Error::from(fault).in_formula(self.text, span)
    }
}
