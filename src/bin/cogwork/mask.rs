//! `cogwork mask`: the main job.

use cogwork::{Plan, Result};

use super::args::{Mask, MaskJob};
use super::input::{Inputs, level, warn};
use super::output::Output;

pub fn run(arguments: &Mask, inputs: &Inputs<'_>) -> Result<()> {
    let output = Output::of(&arguments.output)?;
    output.run(&plan(&arguments.job, inputs)?, "masking")
}

/// What is to be done.
pub fn plan(arguments: &MaskJob, inputs: &Inputs<'_>) -> Result<Plan> {
    let image = inputs.open(&arguments.image)?;
    let classes = inputs.open(&arguments.by)?;
    warn(&image);
    warn(&classes);
    let image = level(&image, arguments.overview)?;
    let condition = classes
        .base()
        .lazy()
        .is_in(arguments.values.iter().copied());
    let masked = match arguments.nodata {
        Some(nodata) => image.lazy().mask_with(&condition, nodata)?,
        None => image.lazy().mask(&condition)?,
    };
    masked.plan(&arguments.write.options())
}
