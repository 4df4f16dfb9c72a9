//! The algebra as text: a [`Formula`] is parsed, printed and knows where in the text each of its
//! parts stands. It names inputs and knows nothing of them.
//!
//! # Grammar
//! ```text
//! formula    = expression ;
//! expression = [ "not" ] operand { binary expression } ;       (* by precedence, see below *)
//! operand    = ( "-" | "~" | "!" ) operand | power ;
//! power      = postfix [ "**" operand ] ;
//! postfix    = primary { "[" band { "," band } "]" } ;          (* bands, counted from 1 *)
//! primary    = number | name | "nodata" | call | "(" expression ")" ;
//! call       = function "(" [ argument { "," argument } ] ")" ;
//! argument   = expression | data type | word ;                  (* as the function's place says *)
//! number     = digits [ "." digits ] [ "e" [ sign ] digits ] | "." digits .. | "0x" hex
//!            | "nan" | "inf" ;
//! name       = ( letter | "_" ) { letter | digit | "_" } ;      (* ASCII *)
//! ```
//! White space, line ends too, separates and means nothing else. `nodata`, `nan`, `inf`, `and`, `or`
//! and `not` are no names. A function's name may be an input's, as only a function has `(` after it.
//! A number with a point or an exponent is a fractional one, as in [`Scalar`]; `-` before a number
//! makes a negative number.
//!
//! # Precedence
//! From what binds least to what binds most: numpy's, which is Rust's where Rust has the operator.
//!
//! | level | operators | of |
//! |---|---|---|
//! | 1 | `or` | masks |
//! | 2 | `and` | masks |
//! | 3 | `not` | a mask |
//! | 4 | `==` `!=` `<` `<=` `>` `>=` | numbers; a comparison of a comparison is an error |
//! | 5 | `\|` | masks, or integers bit by bit |
//! | 6 | `^` | masks, or integers bit by bit |
//! | 7 | `&` | masks, or integers bit by bit |
//! | 8 | `<<` `>>` | integers |
//! | 9 | `+` `-` | numbers |
//! | 10 | `*` `/` `//` `%` | numbers |
//! | 11 | `-` `~` `!` before one | numbers; `~` and `!`, which are the same: a mask, or integers bit by bit |
//! | 12 | `**` | numbers; from the right: `a ** b ** c` is `a ** (b ** c)`, and `-a ** b` is `-(a ** b)` |
//! | 13 | `[1, 3]` | bands 1 and 3 |
//!
//! Operators of one level from 5 to 10, and `and` and `or`, go from the left. As `&` binds more than
//! a comparison, `(a > 1) & (b < 2)` needs its parentheses, as in numpy; `a > 1 and b < 2` does not.
//!
//! # Functions
#![doc = include_str!("parse/functions.md")]

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::error::{Error, FormulaFault, Result};
use crate::sample::{DataType, Scalar};

mod functions;
mod grammar;
mod lexer;
mod print;

pub(crate) use functions::FunctionName;

/// An expression as text, parsed: see the [module](self). What it prints is its canonical text, which
/// reads back as an equal formula.
///
/// ```
/// use cogwork::expr::Formula;
///
/// let formula = Formula::parse("where( is_in(scl,8,9), nodata, (nir-red) / (nir+red) )")?;
/// assert_eq!(formula.names(), ["nir", "red", "scl"]);
/// assert_eq!(
///     formula.to_string(),
///     "where(is_in(scl, 8, 9), nodata, (nir - red) / (nir + red))"
/// );
/// let error = Formula::parse("nir - is_inn(red)").expect_err("there is no such function");
/// assert_eq!(
///     error.to_string(),
///     "there is no function `is_inn`: did you mean `is_in`? (column 7)"
/// );
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    root: Term,
}

/// A part of a formula, and its place in the text, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) node: TermNode,
    pub(crate) span: Range<usize>,
}

/// One operator of a formula with its operands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TermNode {
    Number(Scalar),
    Name(String),
    Nodata,
    /// A data type as an argument.
    Type(DataType),
    /// A word as an argument.
    Word(&'static str),
    Unary(Unary, Box<Term>),
    Binary(Binary, Box<Term>, Box<Term>),
    /// Bands, counted from 1.
    Bands(Box<Term>, Vec<usize>),
    Call(FunctionName, Vec<Term>),
}

/// The operators before one operand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unary {
    Negate,
    Invert,
    Not,
}

/// The operators between two operands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Binary {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    BitOr,
    BitXor,
    BitAnd,
    Shl,
    Shr,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
}

impl Formula {
    /// Bytes that a formula's text may have.
    pub const MAX_BYTES: usize = 32 << 10;

    /// Operators that may stand inside of each other.
    pub const MAX_DEPTH: usize = 128;

    /// Parses a text.
    ///
    /// # Errors
    /// [`Expression::Formula`](crate::error::Expression::Formula) for a text that is none, with its
    /// [place](crate::error::Place::formula).
    pub fn parse(text: &str) -> Result<Self> {
        let root = grammar::parse(text)?;
        let text = text.to_owned();
        Ok(Formula { text, root })
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the inputs, each once, in the order of the alphabet.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .terms()
            .filter_map(|term| match &term.node {
                TermNode::Name(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Checks that each name is one of those that are known.
    ///
    /// # Errors
    /// [`FormulaFault::Name`] for the first that is not, with its
    /// place.
    pub fn check_names(&self, known: &[&str]) -> Result<()> {
        let wrong = self.terms().filter_map(|term| match &term.node {
            TermNode::Name(name) if !known.contains(&name.as_str()) => Some((name, &term.span)),
            _ => None,
        });
        let Some((name, span)) = wrong.min_by_key(|(_, span)| span.start) else {
            return Ok(());
        };
        let (name, known) = (name.clone(), known.iter().map(|known| (*known).to_owned()));
        let fault = FormulaFault::Name {
            name,
            known: known.collect(),
        };
        Err(Error::from(fault).in_formula(&self.text, span.clone()))
    }

    pub(crate) fn root(&self) -> &Term {
        &self.root
    }

    /// All terms, in no order that means anything.
    fn terms(&self) -> impl Iterator<Item = &Term> {
        let mut waiting = vec![&self.root];
        std::iter::from_fn(move || {
            let term = waiting.pop()?;
            waiting.extend(term.operands());
            Some(term)
        })
    }
}

impl Term {
    /// The terms that this one is made of.
    pub(crate) fn operands(&self) -> Vec<&Term> {
        match &self.node {
            TermNode::Unary(_, of) | TermNode::Bands(of, _) => vec![of],
            TermNode::Binary(_, left, right) => vec![left, right],
            TermNode::Call(_, arguments) => arguments.iter().collect(),
            TermNode::Number(_)
            | TermNode::Name(_)
            | TermNode::Nodata
            | TermNode::Type(_)
            | TermNode::Word(_) => Vec::new(),
        }
    }

    /// Whether it is an argument that is no expression.
    pub(crate) fn is_word(&self) -> bool {
        matches!(
            self.node,
            TermNode::Nodata | TermNode::Type(_) | TermNode::Word(_)
        )
    }

    /// The negative: of a number a number.
    pub(crate) fn negated(self) -> TermNode {
        let number = match self.node {
            TermNode::Number(Scalar::Int(int)) => int.checked_neg().map(Scalar::Int),
            TermNode::Number(Scalar::Float(float)) if float.is_nan() => Some(f64::NAN.into()),
            TermNode::Number(Scalar::Float(float)) => Some(Scalar::Float(-float)),
            _ => None,
        };
        match number {
            Some(number) => TermNode::Number(number),
            None => TermNode::Unary(Unary::Negate, Box::new(self)),
        }
    }
}

/// Whether a text can name an input.
pub(crate) fn is_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && text.bytes().all(inside) && !lexer::KEYWORDS.contains(&text)
}

/// A term that is not read from a text has no place.
impl From<TermNode> for Term {
    fn from(node: TermNode) -> Self {
        Term { node, span: 0..0 }
    }
}

/// Terms are equal wherever they stand.
impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// Formulas are equal if they mean the same, operator by operator, however they are written.
impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}

impl FromStr for Formula {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Formula::parse(text)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl Unary {
    fn symbol(self) -> &'static str {
        match self {
            Unary::Negate => "-",
            Unary::Invert => "~",
            Unary::Not => "not ",
        }
    }

    fn level(self) -> u8 {
        match self {
            Unary::Not => level::NOT,
            Unary::Negate | Unary::Invert => level::UNARY,
        }
    }
}

impl Binary {
    /// All of them, with their symbols and levels.
    const ALL: [(Binary, &'static str, u8); 20] = [
        (Binary::Or, "or", level::OR),
        (Binary::And, "and", level::AND),
        (Binary::Eq, "==", level::COMPARISON),
        (Binary::Ne, "!=", level::COMPARISON),
        (Binary::Lt, "<", level::COMPARISON),
        (Binary::Le, "<=", level::COMPARISON),
        (Binary::Gt, ">", level::COMPARISON),
        (Binary::Ge, ">=", level::COMPARISON),
        (Binary::BitOr, "|", 5),
        (Binary::BitXor, "^", 6),
        (Binary::BitAnd, "&", 7),
        (Binary::Shl, "<<", 8),
        (Binary::Shr, ">>", 8),
        (Binary::Add, "+", 9),
        (Binary::Sub, "-", 9),
        (Binary::Mul, "*", 10),
        (Binary::Div, "/", 10),
        (Binary::FloorDiv, "//", 10),
        (Binary::Rem, "%", 10),
        (Binary::Pow, "**", level::POWER),
    ];

    fn of_symbol(symbol: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|found| found.1 == symbol)?;
        Some(found.0)
    }

    pub(crate) fn symbol(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn level(self) -> u8 {
        Self::ALL[self as usize].2
    }
}

/// The levels of precedence that have a name.
mod level {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARISON: u8 = 4;
    pub const UNARY: u8 = 11;
    pub const POWER: u8 = 12;
    pub const POSTFIX: u8 = 13;
}

#[cfg(test)]
mod tests;
