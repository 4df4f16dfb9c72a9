//! Writing: options, overviews, and the COG writer.

pub mod options;
pub mod writer;

pub(crate) mod output;
mod pyramid;
mod strip;
pub(crate) mod tiles;

pub use options::{CogOptions, Compression, Overviews, PredictorChoice};
pub use writer::{CogWriter, Raster, write_block, write_block_to};

pub use crate::format::layout::{BigTiff, Interleave};
