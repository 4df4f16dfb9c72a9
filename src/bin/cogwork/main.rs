//! The command line of cogwork.
//!
//! Exit codes: 0 done, 1 the data, the network or the system failed, or a file is not valid, 2 wrong
//! usage, 130 ended by Ctrl-C. An error is one line on standard error; one in a formula is followed by
//! the formula and a line of carets below the place.

mod args;
mod calc;
mod convert;
mod described;
mod edit;
mod info;
mod input;
mod mask;
mod network;
mod progress;
mod quicklook;
mod read;
mod show;
mod timing;
mod validate;

use std::process::ExitCode;

use clap::Parser;
use cogwork::{CancelToken, ErrorKind, Result};

use args::{Arguments, Command};
use input::Inputs;
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
            if let Some(mark) = &error.place().formula {
                eprintln!("{mark}");
            }
            ExitCode::from(match error.kind() {
                ErrorKind::Cancelled => progress::INTERRUPTED,
                _ if error.is_usage() => 2,
                _ => 1,
            })
        }
    }
}

fn run(arguments: &Arguments, timing: &Timing) -> Result<ExitCode> {
    let cancel = CancelToken::new();
    progress::stop_by_signal(&cancel);
    let context = timing.context(arguments.threads)?.with_cancel(&cancel);
    let inputs = Inputs::new(context, &arguments.network);
    match &arguments.command {
        Command::Info(info) => info::run(info, &inputs),
        Command::Read(read) => read::run(read, &inputs),
        Command::Mask(mask) => mask::run(mask, &inputs),
        Command::Calc(calc) => calc::run(calc, &inputs),
        Command::Convert(convert) => convert::run(convert, &inputs),
        Command::Edit(edit) => edit::run(edit, &inputs),
        Command::Quicklook(quicklook) => quicklook::run(quicklook, &inputs),
        Command::Validate(validate) => return validate::run(validate, &inputs),
    }?;
    Ok(ExitCode::SUCCESS)
}
