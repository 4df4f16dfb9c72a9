//! The arguments of `stats`.

use clap::Args;
use cogwork::grid::Window;

use super::parse::{Bounds, bounds, whole_window};

/// Count, add up and compare the valid pixels of each band: minimum, maximum, mean, standard deviation,
/// sum, percentiles, a histogram; of all pixels, or of each class of another raster.
///
/// Pixels that a nodata value, a mask or an alpha band makes invalid are left out, and so is NaN. Sums
/// are exact. Percentiles of integers of 8 and 16 bits are exact; of other types they are off by at
/// most one part in 2048. They are those of numpy.percentile, histograms those of numpy.histogram.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork stats visual.tif --percentiles 2,50,98
  cogwork stats visual.tif --overview 0 --by SCL.tif
  cogwork stats B08.tif --window 100,50,64,32 --histogram 0,10000,20 --json")]
pub struct Stats {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Take this overview instead of full resolution: 0 is the first.
    #[arg(long, value_name = "N")]
    pub overview: Option<usize>,

    /// Take these bands, in this order, counted from 1.
    #[arg(long, value_name = "BAND,..", value_delimiter = ',')]
    pub bands: Option<Vec<usize>>,

    /// Take this window, in whole pixels of the level that is read.
    #[arg(long, value_name = "COL,ROW,WIDTH,HEIGHT", value_parser = whole_window)]
    pub window: Option<Window>,

    /// Take the pixels that touch the area between these bounds, in units of the coordinate system.
    #[arg(
        long,
        value_name = "LEFT,BOTTOM,RIGHT,TOP",
        value_parser = bounds,
        allow_hyphen_values = true,
        conflicts_with = "window"
    )]
    pub bounds: Option<Bounds>,

    /// Percentiles, 0 to 100; 50 is the median.
    #[arg(long, value_name = "P,..", value_delimiter = ',')]
    pub percentiles: Vec<f64>,

    /// A histogram of bins of one width: from MIN to MAX, or from the least value of all bands to the
    /// largest, for which the pixels are read twice.
    #[arg(
        long,
        value_name = "BINS|MIN,MAX,BINS",
        value_parser = histogram,
        allow_hyphen_values = true
    )]
    pub histogram: Option<HistogramArgument>,

    /// Do so for each class of this raster, one band of integers on the same grid: a file, or
    /// FILE.json#ITEM/ASSET. Grids that differ are made one by `match_grid` of `calc`.
    #[arg(long, value_name = "CLASSES")]
    pub by: Option<String>,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Bins of one width, and between what, if that is said.
#[derive(Clone, Copy, Debug)]
pub struct HistogramArgument {
    pub count: usize,
    pub range: Option<(f64, f64)>,
}

fn histogram(text: &str) -> Result<HistogramArgument, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let parse = || match parts[..] {
        [count] => Some((count.parse().ok()?, None)),
        [low, high, count] => {
            let range = (low.parse().ok()?, high.parse().ok()?);
            Some((count.parse().ok()?, Some(range)))
        }
        _ => None,
    };
    let (count, range) = parse().ok_or("expected BINS or MIN,MAX,BINS")?;
    Ok(HistogramArgument { count, range })
}
