//! The arguments of `info`.

use clap::Args;

/// Say what a file is: size, bands, type, georeference, tiles and overviews.
#[derive(Args, Debug)]
pub struct Info {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
