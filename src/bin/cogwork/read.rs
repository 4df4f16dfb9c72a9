//! `cogwork read`: raw samples and validity.

use std::io::Write;
use std::path::Path;

use cogwork::{Context, Result};

use super::args::Read;
use super::input::{level, open, warn};

pub fn run(arguments: &Read, context: &Context) -> Result<()> {
    let cog = open(&arguments.source, context)?;
    warn(&cog);
    let level = level(&cog, arguments.overview)?;
    let window = arguments.window.unwrap_or(level.size().window());
    let bands = arguments
        .bands
        .clone()
        .unwrap_or_else(|| (1..=level.bands()).collect());
    let block = level.read_bands(window, &bands)?;
    if let Some(path) = &arguments.raw {
        put(path, &block.samples().to_le_bytes())?;
    }
    if let Some(path) = &arguments.mask {
        put(path, &block.valid_pixels())?;
    }
    Ok(())
}

/// Writes bytes to a file, or to standard output for `-`.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = match path.as_os_str() == "-" {
        true => std::io::stdout().write_all(bytes),
        false => std::fs::write(path, bytes),
    };
    written.map_err(|error| cogwork::Error::from(error).in_source(path.display()))
}
