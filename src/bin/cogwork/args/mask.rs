//! The arguments of `mask`.

use std::path::PathBuf;

use clap::Args;
use cogwork::sample::Scalar;

use super::Write;
use super::parse::scalar;

/// Set pixels of an image to nodata where a raster of classes has one of some values, and write a
/// COG with overviews.
///
/// Compression, predictor and tile size are those of IMAGE unless given.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork mask visual.tif --overview 0 --by SCL.tif --values 8,9 -o masked.tif")]
pub struct Mask {
    #[command(flatten)]
    pub job: MaskJob,

    /// The COG to write, `-` for standard output; an existing file is replaced when the new one is
    /// complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
}

/// What `mask` does, wherever it is written to.
#[derive(Args, Debug)]
pub struct MaskJob {
    /// The image, or FILE.json#ITEM/ASSET.
    pub image: String,

    /// The raster of classes, or FILE.json#ITEM/ASSET; its grid must be that of the level read.
    #[arg(long, value_name = "CLASSES")]
    pub by: String,

    /// The classes to mask.
    #[arg(
        long,
        value_name = "V,..",
        value_delimiter = ',',
        required = true,
        allow_hyphen_values = true,
        value_parser = scalar
    )]
    pub values: Vec<Scalar>,

    /// Take this overview of IMAGE instead of full resolution: 0 is the first.
    #[arg(long, value_name = "N")]
    pub overview: Option<usize>,

    /// The nodata value to write; by default that of IMAGE.
    #[arg(long, value_name = "V", allow_hyphen_values = true, value_parser = scalar)]
    pub nodata: Option<Scalar>,

    #[command(flatten)]
    pub write: Write,
}
