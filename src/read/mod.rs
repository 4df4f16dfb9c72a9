//! Reading: files, their levels, and windows of them.

pub mod cog;
pub mod level;
pub mod plan;

mod decode;
