//! cogwork

pub mod block;
pub mod codec;
pub mod counters;
pub mod error;
pub mod exec;
pub mod expr;
pub mod format;
pub mod grid;
pub mod lazy;
pub mod limits;
pub mod read;
pub mod sample;
pub mod source;
pub mod spool;
#[cfg(feature = "stac")]
pub mod stac;
pub mod tile;
pub mod write;

mod pipeline;

pub use block::Block;
pub use error::{Error, ErrorKind, Result};
pub use exec::Context;
pub use lazy::Lazy;
pub use limits::Limits;
pub use read::cog::Cog;
pub use read::level::Level;
