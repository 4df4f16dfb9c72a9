//! `cogwork mask`: the main job.

use cogwork::{Context, Result};

use super::args::Mask;
use super::input::{level, open, warn};
use super::progress::Bar;

pub fn run(arguments: &Mask, context: &Context) -> Result<()> {
    let image = open(&arguments.image, context)?;
    let classes = open(&arguments.by, context)?;
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
