//! The loops over samples: monomorphic, branch-free where it counts, ignorant of expressions.

pub(super) mod arithmetic;
mod cast;
pub(super) mod compare;
pub(super) mod complex;
pub(super) mod convert;
pub(super) mod fold;
pub(super) mod mask;
pub(super) mod member;
pub(super) mod pieces;
pub(super) mod work;
