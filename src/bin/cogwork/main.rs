//! The command line of cogwork.
//!
//! Exit codes: 0 done, 1 the data or the system failed, or a file is not valid, 2 wrong usage. An
//! error is one line on standard error.

mod args;
mod convert;
mod described;
mod edit;
mod info;
mod input;
mod mask;
mod progress;
mod read;
mod show;
mod timing;
mod validate;

use std::process::ExitCode;

use clap::Parser;
use cogwork::Result;

use args::{Arguments, Command};
use timing::Timing;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return args::refuse(&error),
    };
    let timing = Timing::start();
    let result = run(&arguments, &timing);
    if arguments.timing {
        eprintln!("{}", timing.line());
    }
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cogwork: {}", error.to_string().replace('\n', " "));
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}

fn run(arguments: &Arguments, timing: &Timing) -> Result<ExitCode> {
    let context = timing.context(arguments.threads)?;
    match &arguments.command {
        Command::Info(info) => info::run(info, &context),
        Command::Read(read) => read::run(read, &context),
        Command::Mask(mask) => mask::run(mask, &context),
        Command::Convert(convert) => convert::run(convert, &context),
        Command::Edit(edit) => edit::run(edit, &context),
        Command::Validate(validate) => return validate::run(validate, &context),
    }?;
    Ok(ExitCode::SUCCESS)
}
