//! Writing: options, overviews, and the COG writer.

pub mod compression;
pub mod options;
pub mod writer;

mod conflicts;
pub(crate) mod output;
mod pyramid;
pub(crate) mod settings;
mod strip;
pub(crate) mod tiles;

pub use compression::{Compression, PredictorChoice};
pub use options::{CogOptions, Overviews};
pub use writer::{CogWriter, Raster, write_block, write_block_to};

pub use crate::format::layout::{BigTiff, Interleave};
