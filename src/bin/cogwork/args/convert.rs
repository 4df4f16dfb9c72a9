//! The arguments of `convert`.

use std::path::PathBuf;

use clap::Args;
use cogwork::{MaskSource, StatisticsChoice};

use super::Write;
use super::parse::{NodataArgument, nodata, parse};

/// Write a file, or one of its overviews, as a COG with overviews.
///
/// Bands, samples, nodata, mask, colours, coordinate system and metadata are kept. Compression,
/// predictor and tile size are those of SOURCE unless given.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork convert visual.tif --compress zstd -o small.tif
  cogwork convert visual.tif --overview 0 --bands 1 --mask-from nodata -o red.tif")]
pub struct Convert {
    #[command(flatten)]
    pub job: ConvertJob,

    /// The COG to write, `-` for standard output; an existing file is replaced when the new one is
    /// complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
}

/// What `convert` does, wherever it is written to.
#[derive(Args, Debug)]
pub struct ConvertJob {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Take this overview instead of full resolution: 0 is the first.
    #[arg(long, value_name = "N")]
    pub overview: Option<usize>,

    /// Take these bands, in this order, counted from 1.
    #[arg(long, value_name = "BAND,..", value_delimiter = ',')]
    pub bands: Option<Vec<usize>>,

    /// Set the nodata value, or take it away: none. No sample changes.
    #[arg(long, value_name = "V", allow_hyphen_values = true, value_parser = nodata)]
    pub nodata: Option<NodataArgument>,

    /// Make an internal mask of the alpha band or of the nodata value, which is no more: alpha or
    /// nodata.
    #[arg(long, value_name = "SOURCE", value_parser = parse::<MaskSource>)]
    pub mask_from: Option<MaskSource>,

    /// Statistics of bands: keep, drop, compute, or auto (kept if no pixel changes).
    #[arg(long, value_name = "CHOICE", default_value = "auto", value_parser = parse::<StatisticsChoice>)]
    pub statistics: StatisticsChoice,

    #[command(flatten)]
    pub write: Write,
}
