//! `cogwork validate`: is a file a valid COG?

use std::process::ExitCode;

use cogwork::Result;
use cogwork::validate::{Depth, validate, validate_source};
use serde_json::json;

use super::args::{Validate, WhenArgument};
use super::input::Inputs;
use super::progress::Bar;
use super::show::show;

pub fn run(arguments: &Validate, inputs: &Inputs<'_>) -> Result<ExitCode> {
    let depth = match arguments.full {
        WhenArgument::Auto => Depth::Auto,
        WhenArgument::Yes => Depth::Full,
        WhenArgument::No => Depth::Arrays,
    };
    let path = inputs.path(&arguments.source)?;
    let context = inputs.context(&path)?;
    let bar = Bar::watching("validating", &inputs.local().counters, None);
    let report = match inputs.piped(&path)? {
        Some(source) => validate_source(source, depth, context)?,
        None => validate(&path, depth, context)?,
    };
    drop(bar);
    match arguments.json {
        true => show(&format!("{:#}\n", json!(report)))?,
        false => show(&report.to_string())?,
    }
    let valid = match arguments.strict {
        true => report.is_strictly_valid(),
        false => report.is_valid(),
    };
    Ok(ExitCode::from(u8::from(!valid)))
}
