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
    /// A number, or one of some words.
    Setting(&'static [&'static str]),
}

use Argument::{Branch, Number, NumberOrNone, Setting, Type, Value, Whole, Word};

/// The methods of resampling.
const METHOD: Argument = Word(&[
    "nearest",
    "average",
    "mode",
    "rms",
    "gauss",
    "bilinear",
    "cubic",
    "cubicspline",
    "lanczos",
]);
const FILL: Argument = Word(&["fill"]);
const CONVOLVE: Argument = Setting(&["normalised"]);
const EDGES: Argument = Word(&["compute_edges"]);
const TRI: Argument = Word(&["riley", "wilson", "compute_edges"]);
const SLOPE: Argument = Setting(&[
    "degrees",
    "percent",
    "horn",
    "zevenbergen_thorne",
    "compute_edges",
]);
const ASPECT: Argument = Word(&[
    "azimuth",
    "trigonometric",
    "horn",
    "zevenbergen_thorne",
    "zero_for_flat",
    "compute_edges",
]);
const HILLSHADE: Argument = Setting(&[
    "multidirectional",
    "horn",
    "zevenbergen_thorne",
    "compute_edges",
]);

macro_rules! functions {
    ($($function:ident $name:literal ($($argument:expr),*) $required:literal $(.. $rest:ident)?;)*) => {
        /// A function of formulas.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum FunctionName {
            $($function),*
        }

        /// The functions in the order of the alphabet: names, arguments, how many of these there must be, and what
        /// more there may be.
        const SIGNATURES: &[(FunctionName, &str, &[Argument], usize, Option<Argument>)] = &[
            $((FunctionName::$function, $name, &[$($argument),*], $required, functions!(@ $($rest)?))),*
        ];
    };
    (@) => { None };
    (@ $rest:ident) => { Some($rest) };
}

functions! {
    Abs "abs" (Value) 1;
    Acos "acos" (Value) 1;
    Asin "asin" (Value) 1;
    Aspect "aspect" (Value) 1 .. ASPECT;
    Atan "atan" (Value) 1;
    Atan2 "atan2" (Value, Value) 2;
    Cast "cast" (Value, Type) 2;
    CastChecked "cast_checked" (Value, Type) 2;
    CastWrapping "cast_wrapping" (Value, Type) 2;
    Ceil "ceil" (Value) 1;
    Clip "clip" (Value, Value, Value) 3;
    ClipBox "clip_box" (Value, Number, Number, Number, Number) 5;
    ClipWindow "clip_window" (Value, Whole, Whole, Whole, Whole) 5;
    Convolve "convolve" (Value, Whole, Number) 3 .. CONVOLVE;
    Cos "cos" (Value) 1;
    Count "count" (Value) 1 .. Value;
    CountBands "count_bands" (Value) 1;
    Exp "exp" (Value) 1;
    FillNodata "fill_nodata" (Value, Value) 2;
    First "first" (Value) 1 .. Value;
    FirstBands "first_bands" (Value) 1;
    Floor "floor" (Value) 1;
    FocalMax "focal_max" (Value, Whole, FILL) 2;
    FocalMean "focal_mean" (Value, Whole, FILL) 2;
    FocalMedian "focal_median" (Value, Whole, FILL) 2;
    FocalMin "focal_min" (Value, Whole, FILL) 2;
    FocalStd "focal_std" (Value, Whole, FILL) 2;
    FocalSum "focal_sum" (Value, Whole, FILL) 2;
    Hillshade "hillshade" (Value) 1 .. HILLSHADE;
    Imag "imag" (Value) 1;
    Intensity "intensity" (Value) 1;
    IsIn "is_in" (Value, Number) 2 .. Number;
    IsNodata "is_nodata" (Value) 1;
    IsValid "is_valid" (Value) 1;
    Ln "ln" (Value) 1;
    Log10 "log10" (Value) 1;
    Log2 "log2" (Value) 1;
    Mask "mask" (Value, Value, Number) 2;
    MatchGrid "match_grid" (Value, Value, METHOD) 3;
    Max "max" (Value) 1 .. Value;
    MaxBands "max_bands" (Value) 1;
    Maximum "maximum" (Value, Value) 2;
    Mean "mean" (Value) 1 .. Value;
    MeanBands "mean_bands" (Value) 1;
    Median "median" (Value) 1 .. Value;
    MedianBands "median_bands" (Value) 1;
    Min "min" (Value) 1 .. Value;
    MinBands "min_bands" (Value) 1;
    Minimum "minimum" (Value, Value) 2;
    Phase "phase" (Value) 1;
    Real "real" (Value) 1;
    Roughness "roughness" (Value) 1 .. EDGES;
    Round "round" (Value) 1;
    Scaled "scaled" (Value) 1;
    Sign "sign" (Value) 1;
    Sin "sin" (Value) 1;
    Slope "slope" (Value) 1 .. SLOPE;
    Sqrt "sqrt" (Value) 1;
    Stack "stack" (Value) 1 .. Value;
    Std "std" (Value) 1 .. Value;
    StdBands "std_bands" (Value) 1;
    Sum "sum" (Value) 1 .. Value;
    SumBands "sum_bands" (Value) 1;
    Tan "tan" (Value) 1;
    Tpi "tpi" (Value) 1 .. EDGES;
    Tri "tri" (Value) 1 .. TRI;
    Trunc "trunc" (Value) 1;
    Where "where" (Value, Branch, Branch) 3;
    WithMask "with_mask" (Value, Value) 2;
    WithNodata "with_nodata" (Value, NumberOrNone) 2;
}

impl FunctionName {
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let found = SIGNATURES.iter().find(|found| found.1 == name)?;
        Some(found.0)
    }

    pub(crate) fn name(self) -> &'static str {
        SIGNATURES[self as usize].1
    }

    /// A word of this function's last argument.
    pub(crate) fn word(self, name: &str) -> Option<&'static str> {
        let (_, _, arguments, _, rest) = SIGNATURES[self as usize];
        match rest.as_ref().or(arguments.last()) {
            Some(Word(words) | Setting(words)) => words.iter().find(|word| **word == name).copied(),
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
            Word([word]) => (*word).to_owned(),
            Word(words) => format!("one of {}", words.join(", ")),
            Setting(words) => format!("a number or one of {}", words.join(", ")),
        }
    }
}

/// All functions.
#[cfg(test)]
pub(super) fn all() -> Vec<FunctionName> {
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
