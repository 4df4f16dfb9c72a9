//! Stacks and reductions.
