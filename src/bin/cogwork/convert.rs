//! `cogwork convert`: any readable file as a COG.

use cogwork::{Context, Result};

use super::args::Convert;
use super::input::{level, open, warn};
use super::progress::Bar;

pub fn run(arguments: &Convert, context: &Context) -> Result<()> {
    let source = open(&arguments.source, context)?;
    warn(&source);
    let level = level(&source, arguments.overview)?;
    let mut bar = Bar::new("converting");
    let options = arguments.write.options();
    level.convert_with(&arguments.output, &options, &mut |event| bar.hear(event))
}
