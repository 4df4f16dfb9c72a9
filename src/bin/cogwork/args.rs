//! The arguments of all commands.

mod calc;
mod convert;
mod edit;
mod generate;
mod info;
mod mask;
mod parse;
mod part;
mod plan;
mod quicklook;
mod read;
mod stac;
mod stats;
mod validate;
mod write;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use super::network::Network;
use super::show::tell;
pub use calc::{Calc, CalcJob, CastArgument, Selection};
pub use convert::{Convert, ConvertJob};
pub use edit::{Edit, ItemArgument};
pub use generate::{Generate, GenerateWhat};
pub use info::Info;
pub use mask::{Mask, MaskJob};
pub use plan::{Plan, PlanCommand, PlanRun, Saying};
pub use quicklook::Quicklook;
pub use read::Read;
pub use stac::Stac;
pub use stats::Stats;
pub use validate::Validate;
pub use write::{WhenArgument, Write};

/// Read, mask and write Cloud Optimized GeoTIFFs.
///
/// Wherever a file can stand, so can a URL (https://, s3://, gs://, az://) and an asset of a STAC
/// ItemCollection or Item: FILE.json#ITEM/ASSET, where FILE is a path or a URL and ITEM an index
/// (negative from the end) or an id. `-` is standard input, which is read into memory, and as an output
/// standard output. Progress is shown where standard error is a terminal; NO_COLOR is heeded. Ctrl-C
/// ends a command within a second, with exit code 130 and no partial file. An output whose reader has
/// gone ends one with exit code 141 and no word.
#[derive(Debug, Parser)]
#[command(name = "cogwork", version)]
pub struct Arguments {
    /// Print one line of JSON on standard error at the end: wall seconds, requests, bytes read,
    /// retries of requests, cache hits (reads that needed no request), tiles decoded and encoded,
    /// peak buffer bytes.
    #[arg(long, global = true)]
    pub timing: bool,

    /// Threads to work with; by default one per processor.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,

    /// Tell nothing but errors: no progress, no warnings.
    #[arg(short, long, global = true)]
    pub quiet: bool,

    #[command(flatten)]
    pub network: Network,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Info(Info),
    Read(Read),
    Mask(Mask),
    Calc(Calc),
    Convert(Convert),
    Edit(Edit),
    Validate(Validate),
    Stats(Stats),
    Plan(Plan),
    Quicklook(Quicklook),
    Stac(Stac),
    Generate(Generate),
}

/// Says what is wrong with the arguments on one line, or prints the help that was asked for.
pub fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Printing help to a closed pipe is nobody's failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let commands = Arguments::command();
        let names: Vec<&str> = commands
            .get_subcommands()
            .map(|command| command.get_name())
            .collect();
        tell(&format!(
            "cogwork: a command is missing: expected {} (see --help)",
            names.join(", ")
        ));
        return ExitCode::from(2);
    }
    let text = error.render().to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text.split("\n\nFor more").next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    tell(&format!("cogwork: {text}"));
    ExitCode::from(2)
}
