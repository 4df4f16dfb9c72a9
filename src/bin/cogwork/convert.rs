//! `cogwork convert`: any readable file as a COG.

use cogwork::{Conversion, Result};

use super::args::Convert;
use super::input::{Inputs, level, warn};
use super::output::Output;
use super::progress::Bar;

pub fn run(arguments: &Convert, inputs: &Inputs<'_>) -> Result<()> {
    let output = Output::of(&arguments.output)?;
    let source = inputs.open(&arguments.source)?;
    warn(&source);
    let level = level(&source, arguments.overview)?;
    let mut bar = Bar::new("converting");
    let mut how = Conversion::from(arguments.write.options()).statistics(arguments.statistics);
    if let Some(bands) = &arguments.bands {
        how = how.bands(bands.iter().copied());
    }
    if let Some(nodata) = &arguments.nodata {
        how = how.nodata(nodata.0);
    }
    if let Some(source) = arguments.mask_from {
        how = how.mask_from(source);
    }
    let progress = &mut |event| bar.hear(event);
    match output {
        Output::Path(path) => level.convert_with(path, how, progress),
        Output::Standard(mut out) => level.convert_to_with(&mut out, how, progress),
    }
}
