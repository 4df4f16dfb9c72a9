//! Why an expression over rasters cannot be evaluated.

use std::fmt;

use super::FormulaFault;

/// Why an expression cannot be evaluated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Expression {
    /// Two rasters lie on different grids.
    Grids {
        /// The first raster's grid, in words.
        left: String,
        /// The second raster's grid, in words.
        right: String,
        /// A level of either raster that would match the other, if there is one.
        hint: Option<String>,
    },
    /// Band counts that do not broadcast.
    Bands {
        /// Bands of the first operand.
        left: usize,
        /// Bands of the second operand.
        right: usize,
    },
    /// A mask stands where numbers are needed, or the reverse.
    Kind {
        /// The operator.
        operator: &'static str,
        /// What it needs: `a mask` or `numbers`.
        expected: &'static str,
    },
    /// A checked cast met a valid number that the type does not have, or that is its nodata value.
    Cast {
        /// The number.
        value: String,
        /// The name of the type.
        dtype: &'static str,
        /// The band of what is cast, from 1.
        band: usize,
        /// The row, from 0, in the raster.
        row: u64,
        /// The column, from 0, in the raster.
        column: u64,
    },
    /// `mask` needs a nodata value, and there is none.
    NoNodata,
    /// The expression reads no raster at all.
    NoInput,
    /// The text is no formula.
    Formula(FormulaFault),
    /// An operator made something else than it said it would.
    Product {
        /// The operator.
        operator: &'static str,
        /// The window of the result, as `column,row,width,height`.
        window: String,
        /// What it made.
        found: String,
        /// What it should have made.
        expected: String,
    },
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Grids { left, right, hint } => {
                write!(f, "the grids differ: {left} and {right}")?;
                match hint {
                    Some(hint) => write!(f, "; {hint} would match"),
                    None => write!(f, "; no overview of either would match"),
                }
            }
            Expression::Bands { left, right } => {
                write!(
                    f,
                    "{left} and {right} bands do not fit: expected the same number, or one"
                )
            }
            Expression::Kind { operator, expected } => write!(f, "`{operator}` needs {expected}"),
            Expression::Cast {
                value,
                dtype,
                band,
                row,
                column,
            } => write!(
                f,
                "`cast_checked`: {value} at row {row}, column {column} of band {band} is no valid {dtype}"
            ),
            Expression::NoNodata => {
                write!(
                    f,
                    "masking needs a nodata value: the raster has none and none is given"
                )
            }
            Expression::NoInput => write!(f, "the expression reads no raster"),
            Expression::Formula(fault) => write!(f, "{fault}"),
            Expression::Product {
                operator,
                window,
                found,
                expected,
            } => write!(
                f,
                "`{operator}` made {found} of window {window}, expected {expected}"
            ),
        }
    }
}
