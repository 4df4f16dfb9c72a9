//! The arguments of `info`.

use clap::Args;

/// Say what a file is: size, bands, type, georeference, tiles and overviews, and what they take.
///
/// To tell stored bytes and sparse tiles, the positions of all tiles are read: of local files of up to a
/// million tiles, and behind URLs of up to 65536, which take 1 MiB at most. Of larger files that is left
/// out. Whether a file is a valid COG is told of local ones; validate tells it of others.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork info visual.tif
  cogwork info 'mysearch.json#-1/visual' --json")]
pub struct Info {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
