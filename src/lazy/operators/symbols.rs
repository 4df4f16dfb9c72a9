//! The operators of the language.

use std::ops;

use super::LazyOperand;
use crate::expr::Expr;
use crate::lazy::Lazy;

macro_rules! operator {
    ($($trait:ident $symbol:ident $method:ident;)*) => {
        $(impl<R: Into<LazyOperand>> ops::$trait<R> for &Lazy {
            type Output = Lazy;

            fn $symbol(self, other: R) -> Lazy {
                self.join(other, |a, b| Expr::$method(a, b))
            }
        }

        impl<R: Into<LazyOperand>> ops::$trait<R> for Lazy {
            type Output = Lazy;

            fn $symbol(self, other: R) -> Lazy {
                self.join(other, |a, b| Expr::$method(a, b))
            }
        })*
    };
}
operator! {
    Add add add;
    Sub sub sub;
    Mul mul mul;
    Div div div;
    Rem rem rem;
    BitAnd bitand bit_and;
    BitOr bitor bit_or;
    BitXor bitxor bit_xor;
    Shl shl shl;
    Shr shr shr;
}

impl ops::Neg for &Lazy {
    type Output = Lazy;

    fn neg(self) -> Lazy {
        self.derive(Expr::neg(&self.expr))
    }
}

/// The mask that is true where this one is not.
impl ops::Not for &Lazy {
    type Output = Lazy;

    fn not(self) -> Lazy {
        self.derive(Expr::not(&self.expr))
    }
}
