//! The arguments of `validate`.

use clap::Args;

use super::WhenArgument;

/// Say whether a file is a valid COG, and what is wrong with it: exit code 0 if it is, 1 if not.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork validate visual.tif
  cogwork validate visual.tif --strict --full --json")]
pub struct Validate {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,

    /// Count warnings as errors.
    #[arg(long)]
    pub strict: bool,

    /// Look at the leader and the trailer of every tile: yes, no, or auto (of local files).
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        default_missing_value = "yes",
        num_args = 0..=1,
        require_equals = true
    )]
    pub full: WhenArgument,
}
