//! Writing: options, overviews, and the COG writer.

pub mod blocks;
pub mod options;
pub mod writer;

mod coverage;
pub(crate) mod output;
mod pyramid;
mod strip;
pub(crate) mod tiles;

pub use blocks::BlockWriter;
pub use options::{CogOptions, Compression, Overviews, PredictorChoice};
pub use writer::{CogWriter, Raster, write_block, write_block_to};

pub use crate::format::layout::{BigTiff, Interleave};
