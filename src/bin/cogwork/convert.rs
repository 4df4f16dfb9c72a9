//! `cogwork convert`: any readable file as a COG.

use cogwork::{Conversion, Plan, Result};

use super::args::{Convert, ConvertJob};
use super::input::{Inputs, level, warn};
use super::output::Output;

pub fn run(arguments: &Convert, inputs: &Inputs<'_>) -> Result<()> {
    let output = Output::of(&arguments.output)?;
    output.run(&plan(&arguments.job, inputs)?, "converting")
}

/// What is to be done.
pub fn plan(arguments: &ConvertJob, inputs: &Inputs<'_>) -> Result<Plan> {
    let source = inputs.open(&arguments.source)?;
    warn(&source);
    let level = level(&source, arguments.overview)?;
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
    level.plan_conversion(how)
}
