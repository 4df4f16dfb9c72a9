//! The loops over samples: monomorphic, branch-free where it counts, ignorant of expressions.

pub(super) mod arithmetic;
pub(super) mod bits;
mod cast;
pub(super) mod compare;
pub(super) mod complex;
pub(super) mod convert;
mod float;
pub(super) mod fold;
pub(super) mod function;
pub(super) mod mask;
mod median;
pub(super) mod member;
pub(super) mod pieces;
pub(super) mod recast;
pub(super) mod reduce;
pub(super) mod stack;
pub(super) mod valid;
mod whole;
pub(super) mod work;
