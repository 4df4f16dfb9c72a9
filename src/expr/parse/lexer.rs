//! Text into tokens.

use std::fmt;
use std::ops::Range;

use crate::error::{FormulaFault, Result};
use crate::sample::Scalar;

/// A word of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(Scalar),
    /// A name or a keyword.
    Word(&'a str),
    Symbol(&'static str),
    End,
}

/// What must not be a name.
pub(super) const KEYWORDS: [&str; 6] = ["and", "or", "not", "nodata", "nan", "inf"];

/// All symbols, longer ones before those that they begin with.
const SYMBOLS: [&str; 27] = [
    "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "%", "<", ">",
    "&", "|", "^", "~", "!", "=", "(", ")", "[", "]",
];

/// The first token at or after a byte of the text, and where it stands.
pub(super) fn next(text: &str, from: usize) -> Result<(Token<'_>, Range<usize>)> {
    let rest = text[from..].trim_start();
    let start = text.len() - rest.len();
    let Some(first) = rest.chars().next() else {
        return Ok((Token::End, start..start));
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let digits = rest.strip_prefix('.').unwrap_or(rest);
    if digits.starts_with(|c: char| c.is_ascii_digit()) {
        return number(text, start);
    }
    if is_word(first) {
        let end = start + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = &text[start..end];
        let token = match word {
            "nan" => Token::Number(f64::NAN.into()),
            "inf" => Token::Number(f64::INFINITY.into()),
            _ => Token::Word(word),
        };
        return Ok((token, start..end));
    }
    let found = SYMBOLS.iter().chain(&[","]);
    let symbol = found.copied().find(|symbol| rest.starts_with(symbol));
    match symbol {
        Some(symbol) => Ok((Token::Symbol(symbol), start..start + symbol.len())),
        None => {
            let error = crate::error::Error::from(FormulaFault::Character(first));
            Err(error.in_formula(text, start..start + first.len_utf8()))
        }
    }
}

/// A number: all letters, digits and points that touch it belong to it, and the sign of an exponent.
fn number(text: &str, start: usize) -> Result<(Token<'_>, Range<usize>)> {
    let rest = &text[start..];
    let hex = rest.starts_with("0x") || rest.starts_with("0X");
    let belongs = |(at, found): (usize, char)| match found {
        '+' | '-' => !hex && rest[..at].ends_with(['e', 'E']),
        found => found.is_ascii_alphanumeric() || matches!(found, '.' | '_'),
    };
    let end = rest.char_indices().find(|&found| !belongs(found));
    let end = end.map_or(text.len(), |(at, _)| start + at);
    let digits = &text[start..end];
    match value(digits) {
        Some(value) => Ok((Token::Number(value), start..end)),
        None => {
            let error = crate::error::Error::from(FormulaFault::Number(digits.to_owned()));
            Err(error.in_formula(text, start..end))
        }
    }
}

fn value(digits: &str) -> Option<Scalar> {
    let hex = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    if let Some(hex) = hex {
        let signed = hex.starts_with('+') || hex.starts_with('-');
        let value = i128::from_str_radix(hex, 16).ok().filter(|_| !signed);
        return value.map(Scalar::Int);
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.parse().ok().map(Scalar::Int);
    }
    let float: f64 = digits.parse().ok()?;
    float.is_finite().then_some(Scalar::Float(float))
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Number(_) => f.write_str("a number"),
            Token::Word(word) => write!(f, "`{word}`"),
            Token::Symbol(symbol) => write!(f, "`{symbol}`"),
            Token::End => f.write_str("the end"),
        }
    }
}
