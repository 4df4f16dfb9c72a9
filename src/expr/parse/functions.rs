//! The functions of formulas: their names and what their arguments are.

use crate::sample::DataType;

/// What may stand as an argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum Argument {
    /// Any expression.
    Value,
    /// Any expression, or `nodata`.
    Branch,
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// A number, or `none`.
    NumberOrNone,
    /// The name of a data type.
    Type,
    /// One of some words.
    Word(&'static [&'static str]),
}

use Argument::{Branch, Number, NumberOrNone, Type, Value, Whole, Word};

/// The methods of resampling.
const METHODS: &[&str] = &[
    "nearest",
    "average",
    "mode",
    "rms",
    "gauss",
    "bilinear",
    "cubic",
    "cubicspline",
    "lanczos",
];

macro_rules! functions {
    ($($function:ident $name:literal ($($argument:expr),*) $required:literal $(.. $rest:ident)?;)*) => {
        /// A function of formulas.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Function {
            $($function),*
        }

        /// The functions in order: names, arguments, how many of these there must be, and what
        /// more there may be.
        const SIGNATURES: &[(Function, &str, &[Argument], usize, Option<Argument>)] = &[
            $((Function::$function, $name, &[$($argument),*], $required, functions!(@ $($rest)?))),*
        ];
    };
    (@) => { None };
    (@ $rest:ident) => { Some($rest) };
}

functions! {
    Abs "abs" (Value) 1;
    Cast "cast" (Value, Type) 2;
    ClipBox "clip_box" (Value, Number, Number, Number, Number) 5;
    ClipWindow "clip_window" (Value, Whole, Whole, Whole, Whole) 5;
    Imag "imag" (Value) 1;
    Intensity "intensity" (Value) 1;
    IsIn "is_in" (Value, Number) 2 .. Number;
    Mask "mask" (Value, Value, Number) 2;
    MatchGrid "match_grid" (Value, Value, Word(METHODS)) 3;
    Phase "phase" (Value) 1;
    Real "real" (Value) 1;
    Where "where" (Value, Branch, Branch) 3;
    WithMask "with_mask" (Value, Value) 2;
    WithNodata "with_nodata" (Value, NumberOrNone) 2;
}

impl Function {
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let found = SIGNATURES.iter().find(|found| found.1 == name)?;
        Some(found.0)
    }

    pub(crate) fn name(self) -> &'static str {
        SIGNATURES[self as usize].1
    }

    /// A word of this function's last argument.
    pub(crate) fn word(self, name: &str) -> Option<&'static str> {
        match SIGNATURES[self as usize].2.last() {
            Some(Word(words)) => words.iter().find(|word| **word == name).copied(),
            _ => None,
        }
    }

    /// What the argument at an index may be.
    pub(super) fn argument(self, index: usize) -> Argument {
        let (_, _, arguments, _, rest) = SIGNATURES[self as usize];
        arguments.get(index).copied().or(rest).unwrap_or(Value)
    }

    /// Whether there can be this many arguments.
    pub(super) fn takes(self, count: usize) -> bool {
        let (_, _, arguments, required, rest) = SIGNATURES[self as usize];
        count >= required && (count <= arguments.len() || rest.is_some())
    }

    /// How many arguments there can be, in words.
    pub(super) fn expected(self) -> String {
        let (_, _, arguments, required, rest) = SIGNATURES[self as usize];
        let count = match (required, arguments.len()) {
            (least, _) if rest.is_some() => format!("{least} or more"),
            (least, most) if least == most => least.to_string(),
            (least, most) if least + 1 == most => format!("{least} or {most}"),
            (least, most) => format!("{least} to {most}"),
        };
        let plural = if count == "1" { "" } else { "s" };
        format!("{count} argument{plural}")
    }
}

impl Argument {
    /// What is needed, in words.
    pub(super) fn expected(self) -> String {
        match self {
            Value | Branch => "an expression".to_owned(),
            Number => "a number".to_owned(),
            Whole => "a whole number".to_owned(),
            NumberOrNone => "a number or none".to_owned(),
            Type => format!(
                "a data type, as {}",
                DataType::ALL.map(DataType::name).join(", ")
            ),
            Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// All functions.
#[cfg(test)]
pub(super) fn all() -> Vec<Function> {
    SIGNATURES.iter().map(|found| found.0).collect()
}

/// The function whose name is a few letters from another.
pub(super) fn similar(name: &str) -> Option<&'static str> {
    let name = name
        .get(..name.len().min(LONGEST_NAME))?
        .to_ascii_lowercase();
    let distances = SIGNATURES
        .iter()
        .map(|found| (distance(&name, found.1), found.1));
    let (distance, found) = distances.min()?;
    (distance <= 1 + found.len() / 4).then_some(found)
}

/// Letters of a name that are compared.
const LONGEST_NAME: usize = 64;

/// Letters to add, take away or change: Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
