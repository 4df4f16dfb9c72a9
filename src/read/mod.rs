//! Reading: files, their levels, and windows of them.

pub mod cog;
pub mod facts;
pub(crate) mod failures;
pub mod level;
pub(crate) mod plan;
pub mod request;
pub mod storage;

mod copy;
mod decode;
pub(crate) mod file;
pub(crate) mod locate;
mod resample;
