//! What is wrong with the text of a formula, and where in it.

use std::fmt;
use std::ops::Range;

/// Why a text is no formula.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FormulaFault {
    /// A character that means nothing.
    Character(char),
    /// Digits that are no number, or one that is too large.
    Number(String),
    /// Something else was expected.
    Unexpected {
        /// What stands there: the token, or `the end`.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// A comparison of a comparison.
    Chained,
    /// There is no such function.
    Function {
        /// The name.
        name: String,
        /// A function whose name looks like it.
        similar: Option<&'static str>,
    },
    /// A function with too few or too many arguments.
    Arguments {
        /// The function.
        function: &'static str,
        /// Arguments found.
        found: usize,
        /// Arguments expected, in words.
        expected: String,
    },
    /// An argument that is not of the kind that its place needs.
    Argument {
        /// The function.
        function: &'static str,
        /// What is needed.
        expected: String,
    },
    /// There is no input of this name.
    Name {
        /// The name.
        name: String,
        /// The names of the inputs.
        known: Vec<String>,
    },
    /// `nodata` where it is no branch of `where`.
    Nodata,
    /// More characters than a formula may have.
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        allowed: usize,
    },
    /// More operators inside of each other than a formula may have.
    Depth {
        /// Operators allowed.
        allowed: usize,
    },
}

impl fmt::Display for FormulaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormulaFault::Character(found) => write!(f, "`{found}` means nothing here"),
            FormulaFault::Number(text) => write!(f, "`{text}` is not a number"),
            FormulaFault::Unexpected { found, expected } => {
                write!(f, "found {found}, expected {expected}")
            }
            FormulaFault::Chained => write!(
                f,
                "comparisons do not chain: write `(a < b) & (b < c)`, and parentheses around \
                 comparisons beside `&`, `^` and `|`"
            ),
            FormulaFault::Function { name, similar } => {
                write!(f, "there is no function `{name}`")?;
                similar.map_or(Ok(()), |similar| write!(f, ": did you mean `{similar}`?"))
            }
            FormulaFault::Arguments {
                function,
                found,
                expected,
            } => write!(f, "`{function}` takes {expected}, found {found}"),
            FormulaFault::Argument { function, expected } => {
                write!(f, "`{function}` needs {expected} here")
            }
            FormulaFault::Name { name, known } => {
                write!(f, "there is no input `{name}`: there ")?;
                match known.as_slice() {
                    [] => write!(f, "are none"),
                    [one] => write!(f, "is {one}"),
                    _ => write!(f, "are {}", known.join(", ")),
                }
            }
            FormulaFault::Nodata => write!(
                f,
                "`nodata` stands only as the second or the third argument of `where`"
            ),
            FormulaFault::Length { found, allowed } => {
                write!(f, "the formula has {found} bytes, {allowed} are allowed")
            }
            FormulaFault::Depth { allowed } => {
                write!(f, "more than {allowed} operators inside of each other")
            }
        }
    }
}

/// A place in the text of a formula. As text it is the line, and a second one with carets below the
/// place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FormulaMark {
    text: String,
    span: Range<usize>,
}

impl FormulaMark {
    /// A place in a text, in bytes; one that is not in it is its end.
    pub(crate) fn new(text: &str, span: Range<usize>) -> Self {
        let inside = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let span = inside(span.start)..inside(span.end.max(span.start));
        FormulaMark {
            text: text.to_owned(),
            span,
        }
    }

    /// The whole formula.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in it, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The line of the place, counted from 1.
    pub fn line(&self) -> usize {
        self.text[..self.span.start].matches('\n').count() + 1
    }

    /// The column of the place, in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.text[self.line_start()..self.span.start]
            .chars()
            .count()
            + 1
    }

    fn line_start(&self) -> usize {
        let before = &self.text[..self.span.start];
        before.rfind('\n').map_or(0, |newline| newline + 1)
    }
}

impl fmt::Display for FormulaMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.text[self.line_start()..].lines().next();
        let line: Vec<char> = line.unwrap_or_default().chars().map(printable).collect();
        let start = self.column() - 1;
        let marked = self.text[self.span.clone()].lines().next();
        let marked = marked.map_or(0, |marked| marked.chars().count()).max(1);
        let first = start.saturating_sub(AROUND);
        let last = (start + marked).min(start + AROUND).max(start + 1);
        let end = (last + AROUND).min(line.len());
        let cut = |more: bool| if more { "..." } else { "" };
        let (head, tail) = (cut(first > 0), cut(end < line.len()));
        let shown: String = line[first.min(end)..end].iter().collect();
        writeln!(f, "{head}{shown}{tail}")?;
        let blank = " ".repeat(head.len() + start - first);
        write!(f, "{blank}{}", "^".repeat(last - start))
    }
}

/// Characters of a long line that are shown before and after the place.
const AROUND: usize = 60;

/// One column wide, whatever it was.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        control if control.is_control() => '?',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks() {
        let mark = FormulaMark::new("a +\n\tb * cd", 9..11);
        assert_eq!((mark.line(), mark.column()), (2, 6));
        assert_eq!(mark.to_string(), " b * cd\n     ^^");
        assert_eq!(FormulaMark::new("a +", 3..3).to_string(), "a +\n   ^");
        assert_eq!(FormulaMark::new("\u{e9}$", 2..3).to_string(), "\u{e9}$\n ^");
        assert_eq!(FormulaMark::new("\u{e9}", 1..9).span(), 0..2);
        let long = "x".repeat(1000);
        let shown = FormulaMark::new(&long, 500..600).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], format!("...{}...", "x".repeat(180)));
        assert_eq!(lines[1], format!("{}{}", " ".repeat(63), "^".repeat(60)));
    }
}
