//! The arguments of `read`.

use std::path::PathBuf;

use clap::Args;
use cogwork::Resampling;
use cogwork::grid::Size;
use cogwork::sample::Scalar;

use super::parse::{parse, scalar, size};
use super::part::Part;

/// Write the samples of a file, an overview, a window or an area, at any size, as raw bytes.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork read visual.tif --overview 0 --window 100,50,64,32 --raw part.raw
  cogwork read B08.tif --bounds 600000,4999000,601000,5000000 --size 50x50 --raw - > area.raw")]
pub struct Read {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    #[command(flatten)]
    pub part: Part,

    /// Resample what is read to this size; overviews are used where they serve.
    #[arg(long, value_name = "COLSxROWS", value_parser = size)]
    pub size: Option<Size>,

    /// How to resample: nearest, average, mode, rms, gauss, bilinear, cubic, cubicspline or
    /// lanczos.
    #[arg(long, value_name = "NAME", default_value = "nearest", value_parser = parse::<Resampling>)]
    pub resampling: Resampling,

    /// Let the window or the bounds reach beyond the image: pixels there are invalid.
    #[arg(long)]
    pub boundless: bool,

    /// The samples of pixels outside of the image; by default nodata, or else 0.
    #[arg(
        long,
        value_name = "V",
        allow_hyphen_values = true,
        value_parser = scalar,
        requires = "boundless"
    )]
    pub fill: Option<Scalar>,

    /// Read these bands, in this order, counted from 1.
    #[arg(long, value_name = "BAND,..", value_delimiter = ',')]
    pub bands: Option<Vec<usize>>,

    /// Write samples here (`-` for standard output): little-endian, bands, rows, columns.
    #[arg(long, value_name = "OUT", required_unless_present = "mask")]
    pub raw: Option<PathBuf>,

    /// Write validity here (`-` for standard output): a byte per pixel, 1 valid, 0 nodata in all
    /// bands.
    #[arg(long, value_name = "OUT")]
    pub mask: Option<PathBuf>,
}
