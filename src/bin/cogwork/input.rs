//! Opening what the user names: a path, or an asset of a STAC document.

use std::path::{Path, PathBuf};

use cogwork::stac::AssetReference;
use cogwork::{Cog, Context, Level, Result};

/// Opens a file or an asset.
pub fn open(source: &str, context: &Context) -> Result<Cog> {
    Cog::open_with(path(source)?, context)
}

/// The path of a file or an asset. A file whose name looks like a reference is a file.
pub fn path(source: &str) -> Result<PathBuf> {
    match AssetReference::parse(source) {
        Some(reference) if !Path::new(source).exists() => reference.resolve(),
        _ => Ok(PathBuf::from(source)),
    }
}

/// The base, or an overview.
pub fn level(cog: &Cog, overview: Option<usize>) -> Result<Level> {
    overview.map_or_else(|| Ok(cog.base()), |index| cog.overview(index))
}

/// Tells what was wrong with a header but did not hinder reading.
pub fn warn(cog: &Cog) {
    for warning in cog.warnings() {
        eprintln!("cogwork: warning: {warning}");
    }
}
