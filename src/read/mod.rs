//! Reading: files, their levels, and windows of them.

pub mod cog;
pub mod facts;
pub mod level;
pub(crate) mod plan;
pub mod request;

mod copy;
mod decode;
pub(crate) mod file;
mod locate;
mod resample;
