//! The arguments that say which part of a file is read.

use clap::Args;
use cogwork::read::request::PixelWindow;

use super::parse::{Bounds, bounds, window};

#[derive(Args, Debug)]
pub struct Part {
    /// Take this overview instead of full resolution: 0 is the first.
    #[arg(long, value_name = "N")]
    pub overview: Option<usize>,

    /// Take this window, in pixels of the level that is read; fractions are allowed.
    #[arg(long, value_name = "COL,ROW,WIDTH,HEIGHT", value_parser = window, allow_hyphen_values = true)]
    pub window: Option<PixelWindow>,

    /// Take what lies between these bounds, in units of the coordinate system.
    #[arg(
        long,
        value_name = "LEFT,BOTTOM,RIGHT,TOP",
        value_parser = bounds,
        allow_hyphen_values = true,
        conflicts_with = "window"
    )]
    pub bounds: Option<Bounds>,
}
