//! `cogwork read`: raw samples and validity.

use std::path::{Path, PathBuf};

use cogwork::error::Usage;
use cogwork::read::request::ReadRequest;
use cogwork::{Level, Result};

use super::args::Read;
use super::input::{Inputs, level, warn};
use super::output::Output;
use super::progress::Bar;

pub fn run(arguments: &Read, inputs: &Inputs<'_>) -> Result<()> {
    let standard = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    if standard(&arguments.raw) && standard(&arguments.mask) {
        let text = "--raw and --mask cannot both go to standard output";
        return Err(Usage::Option(text.into()).into());
    }
    let raw = arguments.raw.as_deref().map(Output::of).transpose()?;
    let mask = arguments.mask.as_deref().map(Output::of).transpose()?;
    let cog = inputs.open(&arguments.source)?;
    warn(&cog);
    let level = level(&cog, arguments.part.overview)?;
    let context = inputs.local();
    let bar = Bar::watching("reading", &context.counters, tiles(&level, arguments));
    let reading = level.read_request(&request(arguments))?;
    let block = reading.block();
    if let Some(output) = raw {
        output.put(&block.samples().to_le_bytes(), &context.cancel)?;
    }
    if let Some(output) = mask {
        output.put(&block.valid_pixels(), &context.cancel)?;
    }
    drop(bar);
    Ok(())
}

/// The tiles that are read; not known where pixels are resampled.
fn tiles(level: &Level, arguments: &Read) -> Option<u64> {
    let image = level.image();
    let planes = match (&arguments.bands, image.planes()) {
        (Some(bands), 2..) => u64::try_from(bands.len()).ok()?,
        (_, planes) => planes.into(),
    };
    let whole = arguments.part.window.is_none() && arguments.part.bounds.is_none();
    let as_it_is = whole && arguments.size.is_none();
    as_it_is.then(|| image.grid().count() * planes)
}

fn request(arguments: &Read) -> ReadRequest {
    let mut request = ReadRequest::new().resampling(arguments.resampling);
    if let Some(window) = arguments.part.window {
        request = request.window(window);
    }
    if let Some(area) = arguments.part.bounds {
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
