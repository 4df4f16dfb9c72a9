//! The arguments of `cogwork quicklook`.

use std::path::PathBuf;

use clap::Args;
use cogwork::Resampling;
use cogwork::picture::{ColorMap, Stretch};

use super::parse::parse;
use super::part::Part;

/// Draw a file as a PNG, or in the terminal: red, green and blue, or one band in a colour map, with
/// what is not valid transparent.
///
/// Pixels come from the overview that serves, so that a picture of a large file costs milliseconds.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork quicklook visual.tif -o visual.png
  cogwork quicklook ndvi.tif --colormap viridis --stretch=-0.2,0.9 --legend --scale-bar -o ndvi.png
  cogwork quicklook SCL.tif --colormap scl --legend -o classes.png
  cogwork quicklook visual.tif --compare masked.tif --size 512 -o masked.png
  cogwork quicklook visual.tif --show")]
pub struct Quicklook {
    /// The file, or FILE.json#ITEM/ASSET. An asset called SCL is drawn in the colours of its classes.
    pub source: String,

    /// The PNG to write (`-` for standard output); an existing file is replaced when the new one is
    /// complete.
    #[arg(short, long, value_name = "OUT.png")]
    pub output: Option<PathBuf>,

    /// Draw in the terminal, in half blocks of 24-bit colour; in letters if NO_COLOR is set.
    #[arg(long)]
    pub show: bool,

    /// Draw at most this many columns and rows.
    #[arg(
        long,
        value_name = "N",
        default_value_t = cogwork::picture::Quicklook::SIZE,
        value_parser = clap::value_parser!(u32).range(1..=65536)
    )]
    pub size: u32,

    /// Draw these bands, counted from 1: one, or red, green and blue, or those and opacity.
    #[arg(long, value_name = "BAND,..", value_delimiter = ',')]
    pub bands: Option<Vec<usize>>,

    #[command(flatten)]
    pub part: Part,

    /// How samples become shades: none (0 to 255), minmax, percentile:LOW,HIGH or LOW,HIGH; by default
    /// none of three bands of uint8, else percentile:2,98.
    #[arg(long, value_name = "STRETCH", value_parser = parse::<Stretch>, allow_hyphen_values = true)]
    pub stretch: Option<Stretch>,

    /// The colours of one band: gray, viridis, magma, inferno, plasma, cividis, turbo, or scl (the scene
    /// classification of Sentinel-2).
    #[arg(long, value_name = "NAME", value_parser = parse::<ColorMap>)]
    pub colormap: Option<ColorMap>,

    /// How to resample: nearest, average, mode, rms, gauss, bilinear, cubic, cubicspline or lanczos; by
    /// default nearest for classes, else average.
    #[arg(long, value_name = "NAME", value_parser = parse::<Resampling>)]
    pub resampling: Option<Resampling>,

    /// Draw on a ground of this colour, instead of leaving transparent what is not valid.
    #[arg(long, value_name = "RRGGBB", value_parser = color)]
    pub background: Option<Color>,

    /// Say beside the picture what colours stand for.
    #[arg(long)]
    pub legend: bool,

    /// Draw a bar of a round length below the picture.
    #[arg(long)]
    pub scale_bar: bool,

    /// Write coordinates along two edges.
    #[arg(long)]
    pub coordinates: bool,

    /// Draw a histogram of each band below the picture.
    #[arg(long)]
    pub histogram: bool,

    /// Draw the same ground of another file at the right, by the same stretch.
    #[arg(long, value_name = "OTHER")]
    pub compare: Option<String>,
}

/// Red, green and blue.
pub type Color = [u8; 3];

fn color(text: &str) -> Result<Color, String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_color = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_color);
    let bytes = number.map(|number| number.to_be_bytes());
    bytes
        .map(|[_, r, g, b]| [r, g, b])
        .ok_or_else(|| "expected RRGGBB".to_owned())
}
