//! The arguments that say how a COG is written.

use clap::{Args, ValueEnum};
use cogwork::Resampling;
use cogwork::write::{BigTiff, CogOptions, Compression, Interleave, Overviews, PredictorChoice};

use super::parse::parse;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WhenArgument {
    Auto,
    Yes,
    No,
}

/// How to write a COG.
#[derive(Args, Debug)]
pub struct Write {
    /// Compression: none, deflate, lzw, zstd, lzma, jpeg, webp (lossless), lerc, lerc_deflate or
    /// lerc_zstd.
    #[arg(long, value_name = "NAME", value_parser = parse::<Compression>)]
    pub compress: Option<Compression>,

    /// Level of the compression: deflate and lerc_deflate 1 to 9, zstd and lerc_zstd 1 to 22, lzma 0 to
    /// 9.
    #[arg(long, value_name = "N")]
    pub level: Option<u8>,

    /// Quality of jpeg, 1 to 100; 75 unless given.
    #[arg(long, value_name = "N")]
    pub quality: Option<u8>,

    /// Quality of overviews, where it is not that of full resolution.
    #[arg(long, value_name = "N")]
    pub overview_quality: Option<u8>,

    /// How far lerc may change a sample; 0 is lossless.
    #[arg(long, value_name = "E", default_value_t = 0.0)]
    pub max_z_error: f64,

    /// How far lerc may change a sample of an overview; by default as far as at full resolution.
    #[arg(long, value_name = "E")]
    pub max_z_error_overview: Option<f64>,

    /// Bits of a sample: 1 to 7 for uint8, 9 to 15 for uint16, 17 to 31 for uint32, 16 for float32.
    #[arg(long, value_name = "N")]
    pub nbits: Option<u16>,

    /// Predictor: auto, none, 2 (differences) or 3 (floating point).
    #[arg(long, value_name = "NAME", value_parser = parse::<PredictorChoice>)]
    pub predictor: Option<PredictorChoice>,

    /// Predictor of overviews, where it is not that of full resolution.
    #[arg(long, value_name = "NAME", value_parser = parse::<PredictorChoice>)]
    pub overview_predictor: Option<PredictorChoice>,

    /// Width and height of tiles in pixels, a multiple of 16.
    #[arg(long, value_name = "N")]
    pub blocksize: Option<u32>,

    /// How overviews are computed: nearest, average, mode, rms, gauss, bilinear, cubic, cubicspline
    /// or lanczos. By default cubic, or nearest where there is a colour map.
    #[arg(long, value_name = "NAME", value_parser = parse::<Resampling>)]
    pub resampling: Option<Resampling>,

    /// Number of overviews: auto (until one tile holds all), none, or a number.
    #[arg(long, value_name = "N", default_value = "auto", value_parser = parse::<Overviews>)]
    pub overviews: Overviews,

    /// Compression of overviews, where it is not that of full resolution.
    #[arg(long, value_name = "NAME", value_parser = parse::<Compression>)]
    pub overview_compress: Option<Compression>,

    /// How bands share tiles: pixel, band or tile.
    #[arg(long, value_name = "NAME", default_value = "pixel", value_parser = parse::<Interleave>)]
    pub interleave: Interleave,

    /// Leave out tiles that are all nodata, or all 0 without a nodata value.
    #[arg(long)]
    pub sparse: bool,

    /// 64-bit offsets: auto (if the file needs them), yes or no.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub bigtiff: WhenArgument,
}

impl WhenArgument {
    pub fn bigtiff(self) -> BigTiff {
        match self {
            WhenArgument::Auto => BigTiff::Auto,
            WhenArgument::Yes => BigTiff::Yes,
            WhenArgument::No => BigTiff::No,
        }
    }
}

impl Write {
    pub fn options(&self) -> CogOptions {
        let mut options = CogOptions::default()
            .overviews(self.overviews)
            .interleave(self.interleave)
            .sparse(self.sparse)
            .bigtiff(self.bigtiff.bigtiff());
        options.compression = self.compress;
        options.level = self.level;
        options.quality = self.quality;
        options.overview_quality = self.overview_quality;
        options.max_z_error = self.max_z_error;
        options.max_z_error_overview = self.max_z_error_overview;
        options.bits = self.nbits;
        options.predictor = self.predictor;
        options.overview_predictor = self.overview_predictor;
        options.blocksize = self.blocksize;
        options.resampling = self.resampling;
        options.overview_compression = self.overview_compress;
        options
    }
}
