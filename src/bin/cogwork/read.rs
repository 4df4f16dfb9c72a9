//! `cogwork read`: raw samples and validity.

use std::io::Write;
use std::path::Path;

use cogwork::Result;
use cogwork::read::request::ReadRequest;

use super::args::Read;
use super::input::{Inputs, level, warn};

pub fn run(arguments: &Read, inputs: &Inputs<'_>) -> Result<()> {
    let cog = inputs.open(&arguments.source)?;
    warn(&cog);
    let level = level(&cog, arguments.overview)?;
    let reading = level.read_request(&request(arguments))?;
    let block = reading.block();
    if let Some(path) = &arguments.raw {
        put(path, &block.samples().to_le_bytes())?;
    }
    if let Some(path) = &arguments.mask {
        put(path, &block.valid_pixels())?;
    }
    Ok(())
}

fn request(arguments: &Read) -> ReadRequest {
    let mut request = ReadRequest::new().resampling(arguments.resampling);
    if let Some(window) = arguments.window {
        request = request.window(window);
    }
    if let Some(area) = arguments.bounds {
        request = request.bounds(area.left, area.bottom, area.right, area.top);
    }
    if let Some(bands) = &arguments.bands {
        request = request.bands(bands);
    }
    if let Some(size) = arguments.size {
        request = request.size(size);
    }
    if arguments.boundless {
        request = request.boundless();
    }
    if let Some(fill) = arguments.fill {
        request = request.fill(fill);
    }
    request
}

/// Writes bytes to a file, or to standard output for `-`.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = match path.as_os_str() == "-" {
        true => std::io::stdout().write_all(bytes),
        false => std::fs::write(path, bytes),
    };
    written.map_err(|error| cogwork::Error::from(error).in_source(path.display()))
}
