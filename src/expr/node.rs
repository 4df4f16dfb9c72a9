//! The nodes of an expression: every operator with its operands.

use std::sync::Arc;

use super::Expr;
use crate::sample::{DataType, Scalar};

/// One operator with its operands.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Input(usize),
    Scalar(Scalar),
    IsIn(Expr, Arc<[Scalar]>),
    Compare(Comparison, Expr, Expr),
    Logic(Logic, Expr, Expr),
    Not(Expr),
    /// A mask: true where numbers are valid.
    Valid(Expr),
    Mask(Expr, Expr, Option<Scalar>),
    Select(Expr, Expr, Expr),
    /// The first where it is valid, else the second.
    FillNodata(Expr, Expr),
    Arithmetic(Arithmetic, Expr, Expr),
    Negate(Expr),
    Bits(Bits, Expr, Expr),
    BitNot(Expr),
    Function(Function, Expr),
    Part(Part, Expr),
    /// Sample * scale + offset, by band.
    Scaled(Expr, Arc<[(f64, f64)]>),
    Cast(Expr, DataType, CastMode),
    Nodata(Expr, Option<Scalar>),
    /// Numbers, and a mask that is true where they are valid.
    Covered(Expr, Expr),
    Bands(Expr, Arc<[usize]>),
    /// The bands of several values, one after the other.
    Stack(Arc<[Expr]>),
    /// Several rasters to one. The second list has a mask for each of the first, true where that is
    /// valid, or nothing at all.
    Reduce(Reduction, Arc<[Expr]>, Arc<[Expr]>),
    /// All bands to one; the mask is true where a band is valid.
    ReduceBands(Reduction, Expr, Option<Expr>),
}

/// Declares operators, each with the name of the method that builds it.
macro_rules! named {
    ($($(#[$meta:meta])* $vis:vis enum $enum:ident {
        $($(#[$doc:meta])* $variant:ident $name:literal,)*
    })*) => {
        $($(#[$meta])*
        $vis enum $enum {
            $($(#[$doc])* $variant,)*
        }

        impl $enum {
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $($enum::$variant => $name,)*
                }
            }
        })*
    };
}
named! {
    /// The comparisons.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum Comparison {
        Eq "eq",
        Ne "ne",
        Lt "lt",
        Le "le",
        Gt "gt",
        Ge "ge",
    }

    /// The connectives of masks.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum Logic {
        And "and",
        Or "or",
        Xor "xor",
    }

    /// The operators of arithmetic. `Negate` ignores its left side.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum Arithmetic {
        Add "add",
        Sub "sub",
        Mul "mul",
        Div "div",
        Negate "neg",
        Pow "pow",
        Rem "rem",
        FloorDiv "floor_div",
        Minimum "minimum",
        Maximum "maximum",
        Atan2 "atan2",
    }

    /// The operators of bits that have two sides.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum Bits {
        And "bit_and",
        Or "bit_or",
        Xor "bit_xor",
        Shl "shl",
        Shr "shr",
    }

    /// The functions of one real number.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum Function {
        Abs "abs",
        Sign "sign",
        Floor "floor",
        Ceil "ceil",
        Trunc "trunc",
        Round "round",
        Sqrt "sqrt",
        Exp "exp",
        Ln "ln",
        Log2 "log2",
        Log10 "log10",
        Sin "sin",
        Cos "cos",
        Tan "tan",
        Asin "asin",
        Acos "acos",
        Atan "atan",
    }

    /// What is taken of complex numbers.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum Part {
        Real "real",
        Imag "imag",
        Abs "abs",
        Phase "phase",
        Intensity "intensity",
    }

    /// What a cast does with a number that the type does not have.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(crate) enum CastMode {
        Saturating "cast",
        Checked "cast_checked",
        Wrapping "cast_wrapping",
    }

    /// What many numbers are made to one by. Invalid samples and NaN are skipped; where nothing is left
    /// the result is invalid, but for [`Count`](Self::Count).
    #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
    #[non_exhaustive]
    pub enum Reduction {
        /// The least.
        Min "min",
        /// The greatest.
        Max "max",
        /// The mean.
        Mean "mean",
        /// The middle one; the mean of the two in the middle of an even number.
        Median "median",
        /// The sum.
        Sum "sum",
        /// How many are valid.
        Count "count",
        /// The standard deviation of a population, as `numpy.std`: divided by the count.
        Std "std",
        /// The first in the order of the list.
        First "first",
    }
}

impl Node {
    pub(super) fn operands(&self) -> Vec<&Expr> {
        match self {
            Node::Input(_) | Node::Scalar(_) => Vec::new(),
            Node::IsIn(of, _)
            | Node::Not(of)
            | Node::Valid(of)
            | Node::Negate(of)
            | Node::BitNot(of)
            | Node::Function(_, of)
            | Node::Part(_, of)
            | Node::Scaled(of, _)
            | Node::Cast(of, ..)
            | Node::Nodata(of, _)
            | Node::Bands(of, _) => vec![of],
            Node::Compare(_, a, b)
            | Node::Logic(_, a, b)
            | Node::Arithmetic(_, a, b)
            | Node::Bits(_, a, b)
            | Node::FillNodata(a, b)
            | Node::Covered(a, b)
            | Node::Mask(a, b, _) => vec![a, b],
            Node::Select(condition, a, b) => vec![condition, a, b],
            Node::Stack(parts) => parts.iter().collect(),
            Node::Reduce(_, of, valid) => of.iter().chain(&**valid).collect(),
            Node::ReduceBands(_, of, valid) => std::iter::once(of).chain(valid).collect(),
        }
    }

    pub(super) fn with_operands(&self, map: impl Fn(&Expr) -> Expr) -> Node {
        let all = |list: &[Expr]| list.iter().map(&map).collect();
        match self {
            Node::Input(_) | Node::Scalar(_) => self.clone(),
            Node::IsIn(of, values) => Node::IsIn(map(of), values.clone()),
            Node::Compare(comparison, a, b) => Node::Compare(*comparison, map(a), map(b)),
            Node::Logic(logic, a, b) => Node::Logic(*logic, map(a), map(b)),
            Node::Not(of) => Node::Not(map(of)),
            Node::Valid(of) => Node::Valid(map(of)),
            Node::Mask(of, condition, nodata) => Node::Mask(map(of), map(condition), *nodata),
            Node::Select(condition, a, b) => Node::Select(map(condition), map(a), map(b)),
            Node::FillNodata(a, b) => Node::FillNodata(map(a), map(b)),
            Node::Arithmetic(operator, a, b) => Node::Arithmetic(*operator, map(a), map(b)),
            Node::Negate(of) => Node::Negate(map(of)),
            Node::Bits(operator, a, b) => Node::Bits(*operator, map(a), map(b)),
            Node::BitNot(of) => Node::BitNot(map(of)),
            Node::Function(function, of) => Node::Function(*function, map(of)),
            Node::Part(part, of) => Node::Part(*part, map(of)),
            Node::Scaled(of, factors) => Node::Scaled(map(of), factors.clone()),
            Node::Cast(of, data_type, mode) => Node::Cast(map(of), *data_type, *mode),
            Node::Nodata(of, nodata) => Node::Nodata(map(of), *nodata),
            Node::Covered(of, valid) => Node::Covered(map(of), map(valid)),
            Node::Bands(of, bands) => Node::Bands(map(of), bands.clone()),
            Node::Stack(parts) => Node::Stack(all(parts)),
            Node::Reduce(reduction, of, valid) => Node::Reduce(*reduction, all(of), all(valid)),
            Node::ReduceBands(reduction, of, valid) => {
                Node::ReduceBands(*reduction, map(of), valid.as_ref().map(map))
            }
        }
    }
}
