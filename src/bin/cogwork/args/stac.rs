//! The arguments of `stac`.

use clap::Args;
use cogwork::stac::Interval;

use super::parse::parse;

/// List the items of a STAC ItemCollection or Item, and their assets with the names that other commands
/// take.
///
/// A Catalog or a Collection holds links, which are not followed. A search of a STAC API is a URL as
/// well: 'https://HOST/search?collections=ID&limit=10'.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork stac mysearch.json --max-cloud-cover 10 --datetime 2020-03/..
  cogwork stac mysearch.json --assets")]
pub struct Stac {
    /// The document: a file or a URL.
    #[arg(value_name = "DOCUMENT")]
    pub document: String,

    /// Items whose eo:cloud_cover is at least this; not those that do not say it.
    #[arg(long, value_name = "PERCENT")]
    pub min_cloud_cover: Option<f64>,

    /// Items whose eo:cloud_cover is at most this; not those that do not say it.
    #[arg(long, value_name = "PERCENT")]
    pub max_cloud_cover: Option<f64>,

    /// Items of this time: dates, months, years or times of RFC 3339; `..` is an open end. An item of a
    /// span of time is listed if that meets this one.
    #[arg(long, value_name = "FROM/TO", value_parser = parse::<Interval>)]
    pub datetime: Option<Interval>,

    /// Items of this collection. May be given several times.
    #[arg(long, value_name = "ID")]
    pub collection: Vec<String>,

    /// List the assets of each item, as DOCUMENT#ITEM/ASSET.
    #[arg(long)]
    pub assets: bool,

    /// Print JSON, assets included.
    #[arg(long)]
    pub json: bool,
}
