//! `cogwork mask`: the main job.

use cogwork::Result;

use super::args::Mask;
use super::input::{Inputs, level, warn};
use super::progress::Bar;

pub fn run(arguments: &Mask, inputs: &Inputs<'_>) -> Result<()> {
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
    let mut bar = Bar::new("masking");
    let options = arguments.write.options();
    masked.write_cog_with(&arguments.output, &options, &mut |event| bar.hear(event))
}
