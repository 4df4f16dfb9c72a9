//! The arguments of all commands.

mod calc;
mod parse;
mod quicklook;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use cogwork::Resampling;
use cogwork::grid::Size;
use cogwork::read::request::PixelWindow;
use cogwork::sample::Scalar;
use cogwork::{MaskSource, StatisticsChoice};

use super::network::Network;
pub use calc::{Calc, CastArgument, Selection};
use parse::{band_scale, band_text, bounds, epsg, item, name, nodata, parse, scalar, size, window};
pub use quicklook::Quicklook;
pub use write::{WhenArgument, Write};

/// Read, mask and write Cloud Optimized GeoTIFFs.
///
/// Wherever a file can stand, so can a URL (https://, s3://, gs://, az://) and an asset of a STAC
/// ItemCollection or Item: FILE.json#ITEM/ASSET, where FILE is a path or a URL and ITEM an index
/// (negative from the end) or an id. Ctrl-C ends a command with exit code 130 and no partial file.
#[derive(Debug, Parser)]
#[command(name = "cogwork", version)]
pub struct Arguments {
    /// Print one line of JSON on standard error at the end: wall seconds, requests, bytes read,
    /// retries of requests, cache hits (reads that needed no request), tiles decoded and encoded,
    /// peak buffer bytes.
    #[arg(long, global = true)]
    pub timing: bool,

    /// Threads to work with; by default one per processor.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,

    #[command(flatten)]
    pub network: Network,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Info(Info),
    Read(Read),
    Mask(Mask),
    Calc(Calc),
    Convert(Convert),
    Edit(Edit),
    Validate(Validate),
    Quicklook(Quicklook),
}

/// Say what a file is: size, bands, type, georeference, tiles and overviews.
#[derive(Args, Debug)]
pub struct Info {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Write the samples of a file, an overview, a window or an area, at any size, as raw bytes.
#[derive(Args, Debug)]
pub struct Read {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Read this overview instead of full resolution: 0 is the first.
    #[arg(long, value_name = "N")]
    pub overview: Option<usize>,

    /// Read this window, in pixels of the level that is read; fractions are allowed.
    #[arg(long, value_name = "COL,ROW,WIDTH,HEIGHT", value_parser = window, allow_hyphen_values = true)]
    pub window: Option<PixelWindow>,

    /// Read between these bounds, in units of the coordinate system.
    #[arg(
        long,
        value_name = "LEFT,BOTTOM,RIGHT,TOP",
        value_parser = bounds,
        allow_hyphen_values = true,
        conflicts_with = "window"
    )]
    pub bounds: Option<Bounds>,

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

/// Edges in units of the coordinate system.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub left: f64,
    pub bottom: f64,
    pub right: f64,
    pub top: f64,
}

/// Set pixels of an image to nodata where a raster of classes has one of some values, and write a
/// COG with overviews.
///
/// Compression, predictor and tile size are those of IMAGE unless given.
#[derive(Args, Debug)]
pub struct Mask {
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

    /// The COG to write; an existing file is replaced when the new one is complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,

    #[command(flatten)]
    pub write: Write,
}

/// Write a file, or one of its overviews, as a COG with overviews.
///
/// Bands, samples, nodata, mask, colours, coordinate system and metadata are kept. Compression,
/// predictor and tile size are those of SOURCE unless given.
#[derive(Args, Debug)]
pub struct Convert {
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

    /// The COG to write; an existing file is replaced when the new one is complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,

    #[command(flatten)]
    pub write: Write,
}

/// Change what a tiled file says of its pixels: nodata, metadata, coordinate system. Tiles are copied
/// as they are, and the result is a valid COG.
#[derive(Args, Debug)]
pub struct Edit {
    /// The file, or FILE.json#ITEM/ASSET.
    pub source: String,

    /// Set the nodata value, or take it away: none.
    #[arg(long, value_name = "V", allow_hyphen_values = true, value_parser = nodata)]
    pub nodata: Option<NodataArgument>,

    /// Set a metadata item; 2:NAME is that of band 2.
    #[arg(long, value_name = "[BAND:]NAME=TEXT", value_parser = item)]
    pub set: Vec<ItemArgument>,

    /// Take a metadata item away.
    #[arg(long, value_name = "[BAND:]NAME", value_parser = name)]
    pub unset: Vec<ItemArgument>,

    /// Say what a band shows; an empty text takes that away.
    #[arg(long, value_name = "BAND=TEXT", value_parser = band_text)]
    pub description: Vec<(usize, String)>,

    /// Set the unit of a band's values; an empty text takes it away.
    #[arg(long, value_name = "BAND=TEXT", value_parser = band_text)]
    pub unit: Vec<(usize, String)>,

    /// Set scale and offset of a band, value = sample * scale + offset, or take them away: none.
    #[arg(long, value_name = "BAND=SCALE,OFFSET|none", value_parser = band_scale)]
    pub scale: Vec<BandScale>,

    /// Compute the statistics of all bands from the pixels and set them.
    #[arg(long, conflicts_with = "no_statistics")]
    pub statistics: bool,

    /// Take statistics away.
    #[arg(long)]
    pub no_statistics: bool,

    /// Take the coordinate system of another file.
    #[arg(long, value_name = "FILE")]
    pub crs_from: Option<String>,

    /// Set the coordinate system: EPSG:32632 and other common ones. No pixel moves.
    #[arg(long, value_name = "EPSG:N", value_parser = epsg, conflicts_with = "crs_from")]
    pub crs: Option<u32>,

    /// 64-bit offsets: auto (if the file needs them), yes or no.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub bigtiff: WhenArgument,

    /// The COG to write; an existing file, SOURCE too, is replaced when the new one is complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
}

/// A band, and its scale and offset, or none.
pub type BandScale = (usize, Option<(f64, f64)>);

/// A nodata value, or none.
#[derive(Clone, Debug)]
pub struct NodataArgument(pub Option<Scalar>);

/// A metadata item.
#[derive(Clone, Debug)]
pub struct ItemArgument {
    pub band: Option<usize>,
    pub name: String,
    pub text: Option<String>,
}

/// Say whether a file is a valid COG, and what is wrong with it: exit code 0 if it is, 1 if not.
#[derive(Args, Debug)]
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

/// Says what is wrong with the arguments on one line, or prints the help that was asked for.
pub fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Printing help to a closed pipe is nobody's failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let commands = Arguments::command();
        let names: Vec<&str> = commands
            .get_subcommands()
            .map(|command| command.get_name())
            .collect();
        eprintln!(
            "cogwork: a command is missing: expected {} (see --help)",
            names.join(", ")
        );
        return ExitCode::from(2);
    }
    let text = error.render().to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text.split("\n\nFor more").next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    eprintln!("cogwork: {}", text.strip_prefix("error: ").unwrap_or(&text));
    ExitCode::from(2)
}
