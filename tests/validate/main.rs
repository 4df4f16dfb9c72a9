//! Validation: every rule on a file that breaks it and nothing else, and files that are right.

#[path = "../common/mod.rs"]
mod common;

mod files;
mod model;
mod rules;
mod shapes;
