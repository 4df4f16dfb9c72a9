//! A term as text: no parentheses but those that are needed.

use std::fmt;

use super::{Binary, Term, TermNode, level};
use crate::sample::Scalar;

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            TermNode::Number(Scalar::Int(int)) => write!(f, "{int}"),
            TermNode::Number(Scalar::Float(float)) => match float.is_nan() {
                true => f.write_str("nan"),
                // With a point or an exponent, in as few digits as read back.
                false => write!(f, "{float:?}"),
            },
            TermNode::Name(name) => f.write_str(name),
            TermNode::Nodata => f.write_str("nodata"),
            TermNode::Type(data_type) => f.write_str(data_type.name()),
            TermNode::Word(word) => f.write_str(word),
            TermNode::Unary(operator, of) => {
                f.write_str(operator.symbol())?;
                of.print(f, operator.level())
            }
            TermNode::Binary(operator, left, right) => {
                let (before, after) = operator.sides();
                left.print(f, before)?;
                write!(f, " {} ", operator.symbol())?;
                right.print(f, after)
            }
            TermNode::Bands(of, bands) => {
                of.print(f, level::POSTFIX)?;
                let bands: Vec<String> = bands.iter().map(usize::to_string).collect();
                write!(f, "[{}]", bands.join(", "))
            }
            TermNode::Call(function, arguments) => {
                write!(f, "{}(", function.name())?;
                for (index, argument) in arguments.iter().enumerate() {
                    f.write_str(if index > 0 { ", " } else { "" })?;
                    argument.fmt(f)?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Term {
    /// In parentheses if it binds less than its place needs.
    fn print(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        match self.level() < least {
            true => write!(f, "({self})"),
            false => write!(f, "{self}"),
        }
    }

    fn level(&self) -> u8 {
        match &self.node {
            TermNode::Number(Scalar::Int(int)) if *int < 0 => level::UNARY,
            TermNode::Number(Scalar::Float(float))
                if float.is_sign_negative() && !float.is_nan() =>
            {
                level::UNARY
            }
            TermNode::Unary(operator, _) => operator.level(),
            TermNode::Binary(operator, ..) => operator.level(),
            _ => level::POSTFIX,
        }
    }
}

impl Binary {
    /// How much its operands must bind.
    fn sides(self) -> (u8, u8) {
        match (self, self.level()) {
            (Binary::Pow, _) => (level::POSTFIX, level::UNARY),
            (_, level::COMPARISON) => (level::COMPARISON + 1, level::COMPARISON + 1),
            (_, own) => (own, own + 1),
        }
    }
}
