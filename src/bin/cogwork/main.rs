//! The command line of cogwork.
//!
//! Exit codes: 0 done, 1 the data, the network or the system failed, or a file is not valid, 2 wrong
//! usage, 130 ended by Ctrl-C, 141 the reader of the output has gone (without a word, as programs that
//! SIGPIPE ends: 128 and its number). An error is one line on standard error; one in a formula is followed by
//! the formula and a line of carets below the place.

mod args;
mod calc;
mod convert;
mod described;
mod edit;
mod generate;
mod info;
mod input;
mod mask;
mod network;
mod output;
mod piped;
mod plan;
mod progress;
mod quicklook;
mod read;
mod show;
mod stac;
mod stats;
mod stop;
mod table;
mod timing;
mod validate;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use cogwork::{CancelToken, Error, ErrorKind, Result};

use args::{Arguments, Command};
use input::Inputs;
use show::tell;
use timing::Timing;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return args::refuse(&error),
    };
    let timing = Timing::start();
    let result = run(&arguments, &timing);
    stop::no_more();
    if arguments.timing {
        tell(&timing.line());
    }
    match result {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::from(READER_GONE),
        Err(error) => {
            tell(&format!(
                "cogwork: {}",
                error.to_string().replace('\n', " ")
            ));
            if let Some(mark) = &error.place().formula {
                tell(&mark.to_string());
            }
            ExitCode::from(match error.kind() {
                ErrorKind::Cancelled => stop::INTERRUPTED,
                _ if error.is_usage() => 2,
                _ => 1,
            })
        }
    }
}

fn run(arguments: &Arguments, timing: &Timing) -> Result<ExitCode> {
    if arguments.quiet {
        progress::be_quiet();
    }
    let cancel = CancelToken::new();
    stop::by_signal(&cancel);
    let context = timing.context(arguments.threads)?.with_cancel(&cancel);
    let inputs = Inputs::new(context, &arguments.network);
    match &arguments.command {
        Command::Info(info) => info::run(info, &inputs),
        Command::Read(read) => read::run(read, &inputs),
        Command::Mask(mask) => mask::run(mask, &inputs),
        Command::Calc(calc) => calc::run(calc, &inputs),
        Command::Convert(convert) => convert::run(convert, &inputs),
        Command::Edit(edit) => edit::run(edit, &inputs),
        Command::Stats(stats) => stats::run(stats, &inputs),
        Command::Stac(stac) => stac::run(stac, &inputs),
        Command::Plan(plan) => plan::run(plan, &inputs),
        Command::Quicklook(quicklook) => quicklook::run(quicklook, &inputs),
        Command::Generate(generate) => generate::run(generate),
        Command::Validate(validate) => return validate::run(validate, &inputs),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the output was a pipe that nobody reads any more, who so has had enough.
fn is_closed_pipe(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

/// The exit code where the reader of the output has gone.
const READER_GONE: u8 = 141;
