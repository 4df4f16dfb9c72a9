//! The arguments of `edit`.

use std::path::PathBuf;

use clap::Args;

use super::WhenArgument;
use super::parse::{NodataArgument, epsg, nodata};

/// Change what a tiled file says of its pixels: nodata, metadata, coordinate system. Tiles are copied
/// as they are, and the result is a valid COG.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork edit SCL.tif --set 'TITLE=Scene classification' --statistics -o named.tif")]
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

    /// The COG to write, `-` for standard output; an existing file, SOURCE too, is replaced when the
    /// new one is complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
}

/// A band, and its scale and offset, or none.
pub type BandScale = (usize, Option<(f64, f64)>);

/// A metadata item.
#[derive(Clone, Debug)]
pub struct ItemArgument {
    pub band: Option<usize>,
    pub name: String,
    pub text: Option<String>,
}

fn item(text: &str) -> Result<ItemArgument, String> {
    let (name_of, text) = text
        .split_once('=')
        .ok_or_else(|| "expected NAME=TEXT".to_owned())?;
    let text = Some(text.to_owned());
    Ok(ItemArgument {
        text,
        ..name(name_of)?
    })
}

fn name(text: &str) -> Result<ItemArgument, String> {
    let banded = text.split_once(':');
    let banded = banded.and_then(|(band, name)| Some((band.parse().ok()?, name)));
    let (band, name) = banded.map_or((None, text), |(band, name)| (Some(band), name));
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    let name = name.to_owned();
    Ok(ItemArgument {
        band,
        name,
        text: None,
    })
}

fn band_text(text: &str) -> Result<(usize, String), String> {
    let parts = text.split_once('=');
    let parts = parts.and_then(|(band, text)| Some((band.parse().ok()?, text.to_owned())));
    parts.ok_or_else(|| "expected BAND=TEXT".to_owned())
}

fn band_scale(text: &str) -> Result<BandScale, String> {
    let parse = || {
        let (band, numbers) = text.split_once('=')?;
        let band = band.parse().ok()?;
        if numbers == "none" {
            return Some((band, None));
        }
        let (scale, offset) = numbers.split_once(',')?;
        Some((band, Some((scale.parse().ok()?, offset.parse().ok()?))))
    };
    parse().ok_or_else(|| "expected BAND=SCALE,OFFSET or BAND=none".to_owned())
}
