//! The arguments of `calc`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use cogwork::sample::{DataType, Scalar};

use super::Write;
use super::parse::{parse, scalar};

/// Compute a formula over rasters, pixel by pixel, and write a COG with overviews.
///
/// Operators, from those that bind least: or, and, not, comparisons, |, ^, &, shifts, sums, products
/// (* / // %), signs (- ~ !), **, [BAND,..]. Functions: where(mask, a, b), in which a or b may be nodata, mask(a, mask),
/// is_in(a, value, ..), cast(a, type) and many more, listed in the crate's documentation, expr::parse.
/// The rasters must lie on one grid. A mask is written as uint8, 1 where it is true. Compression,
/// predictor and tile size are those of the first raster read unless given.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork calc '(nir - red) / (nir + red)' --in nir=B08.tif --in red=B04.tif -o ndvi.tif
  cogwork calc 'mask(nir, is_in(scl, 8, 9))' --in nir=B08.tif@0 --in scl=SCL.tif -o clear.tif")]
pub struct Calc {
    #[command(flatten)]
    pub job: CalcJob,

    /// The COG to write, `-` for standard output; an existing file is replaced when the new one is
    /// complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
}

/// What `calc` does, wherever it is written to.
#[derive(Args, Debug)]
pub struct CalcJob {
    /// The formula, for instance '(nir - red) / (nir + red)'.
    #[arg(allow_hyphen_values = true)]
    pub formula: String,

    /// A raster and its name in the formula. SRC is a file, a URL or FILE.json#ITEM/ASSET; `:2` or
    /// `:3,2,1` takes these bands, counted from 1; `@0` takes the first overview, `@1` the second, as
    /// --overview does elsewhere. Rasters that the formula does not name are not opened.
    #[arg(long = "in", value_name = "NAME=SRC[:BAND,..][@OVERVIEW]", value_parser = input)]
    pub inputs: Vec<Input>,

    /// The type of the result: uint8, f32 and so on; by default that of the formula.
    #[arg(long, value_name = "TYPE", value_parser = parse::<DataType>)]
    pub dtype: Option<DataType>,

    /// What --dtype does with numbers that the type does not have: the nearest one, an error, or for
    /// integers what is left of their low bits.
    #[arg(
        long,
        value_name = "HOW",
        default_value = "saturating",
        requires = "dtype"
    )]
    pub cast: CastArgument,

    /// The result's nodata value, which all invalid pixels get; by default that of the formula. Needed
    /// where `nodata` stands beside a raster that has no such value. A valid pixel of this value is
    /// invalid from there on.
    #[arg(long, value_name = "V", allow_hyphen_values = true, value_parser = scalar)]
    pub nodata: Option<Scalar>,

    #[command(flatten)]
    pub write: Write,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CastArgument {
    Saturating,
    Checked,
    Wrapping,
}

/// A name and what it stands for, not taken apart yet: that depends on which files there are.
#[derive(Clone, Debug)]
pub struct Input {
    pub name: String,
    pub source: String,
}

fn input(text: &str) -> Result<Input, String> {
    let parts = text.split_once('=');
    let parts = parts.filter(|(name, source)| !name.is_empty() && !source.is_empty());
    let (name, source) = parts.ok_or_else(|| "expected NAME=SRC".to_owned())?;
    Ok(Input {
        name: name.to_owned(),
        source: source.to_owned(),
    })
}

/// A source, and the bands and the overview of it that are taken.
#[derive(Debug, Eq, PartialEq)]
pub struct Selection<'a> {
    pub source: &'a str,
    pub bands: Option<Vec<usize>>,
    pub overview: Option<usize>,
}

impl<'a> Selection<'a> {
    /// Takes `SRC[:BAND,..][@OVERVIEW]` apart. A file of the whole name is that file.
    pub fn of(text: &'a str) -> Self {
        let whole = Selection {
            source: text,
            bands: None,
            overview: None,
        };
        if Path::new(text).exists() {
            return whole;
        }
        let overview = ending(text, '@', |text| text.parse().ok());
        let (source, overview) = overview.map_or((text, None), |(text, found)| (text, Some(found)));
        let bands = ending(source, ':', |text| {
            text.split(',').map(|band| band.parse().ok()).collect()
        });
        let (source, bands) = bands.map_or((source, None), |(text, found)| (text, Some(found)));
        Selection {
            source,
            bands,
            overview,
        }
    }
}

/// What stands before a mark and the value after it, unless the mark is a part of the name: the port
/// of a URL, or the drive of Windows.
fn ending<T>(text: &str, mark: char, value: impl Fn(&str) -> Option<T>) -> Option<(&str, T)> {
    let (before, after) = text.rsplit_once(mark)?;
    let digits = after.starts_with(|first: char| first.is_ascii_digit());
    let drive = before.len() == 1 && before.starts_with(|drive: char| drive.is_ascii_alphabetic());
    let address = before.split_once("://");
    let host = address.is_some_and(|(_, rest)| !rest.contains('/'));
    let value = value(after).filter(|_| digits && !drive && !host)?;
    Some((before, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections() {
        for (text, source, bands, overview) in [
            ("a.tif", "a.tif", None, None),
            ("a.tif:2", "a.tif", Some(vec![2]), None),
            ("a.tif:3,2,1", "a.tif", Some(vec![3, 2, 1]), None),
            ("a.tif@0", "a.tif", None, Some(0)),
            ("a.tif:1@12", "a.tif", Some(vec![1]), Some(12)),
            ("a@b.tif:1", "a@b.tif", Some(vec![1]), None),
            ("a:b.tif@1", "a:b.tif", None, Some(1)),
            ("a.tif@1:2", "a.tif@1", Some(vec![2]), None),
            ("a.tif:", "a.tif:", None, None),
            ("a.tif:1,", "a.tif:1,", None, None),
            ("a.tif@+1", "a.tif@+1", None, None),
            ("a.tif@-1", "a.tif@-1", None, None),
            ("C:\\x\\a.tif", "C:\\x\\a.tif", None, None),
            ("C:\\a.tif:1", "C:\\a.tif", Some(vec![1]), None),
            ("C:1", "C:1", None, None),
            ("http://h:8080/a.tif", "http://h:8080/a.tif", None, None),
            (
                "http://h:8080/a.tif:2@1",
                "http://h:8080/a.tif",
                Some(vec![2]),
                Some(1),
            ),
            ("http://h:8080", "http://h:8080", None, None),
            ("http://me@8", "http://me@8", None, None),
            ("http://me@h/a", "http://me@h/a", None, None),
            ("s3://b/k:1", "s3://b/k", Some(vec![1]), None),
            (
                "m.json#-1/visual:1@0",
                "m.json#-1/visual",
                Some(vec![1]),
                Some(0),
            ),
        ] {
            let expected = Selection {
                source,
                bands,
                overview,
            };
            assert_eq!(Selection::of(text), expected);
        }
    }
}
