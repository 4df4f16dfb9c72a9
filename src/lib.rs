//! cogwork

pub mod block;
pub mod codec;
pub mod error;
pub mod grid;
pub mod limits;
pub mod sample;
