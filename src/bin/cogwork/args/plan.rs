//! The arguments of `plan`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{CalcJob, ConvertJob, MaskJob};

/// Say what a command would do, and what it would take: requests, bytes, tiles, memory. No tile is read.
///
/// The plan can be kept as JSON, to be run later or elsewhere; the file that comes of it is the same
/// byte for byte if the inputs are.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork plan convert visual.tif --compress zstd --graph plan.dot
  cogwork plan mask visual.tif --overview 0 --by SCL.tif --values 8,9 --out plan.json
  cogwork plan show plan.json
  cogwork plan run plan.json -o masked.tif")]
pub struct Plan {
    #[command(subcommand)]
    pub command: PlanCommand,
}

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// What `cogwork mask` would do.
    Mask(Planned<MaskJob>),
    /// What `cogwork calc` would do.
    Calc(Planned<CalcJob>),
    /// What `cogwork convert` would do.
    Convert(Planned<ConvertJob>),
    /// What a plan that was kept with --out would do.
    Show(PlanShow),
    /// Write the COG of a plan that was kept with --out.
    Run(PlanRun),
}

/// A job that is planned.
#[derive(Args, Debug)]
pub struct Planned<Job: Args> {
    #[command(flatten)]
    pub job: Job,

    /// Keep the plan here (`-` for standard output, instead of words), as JSON that `plan show` and
    /// `plan run` take.
    #[arg(long, value_name = "PLAN.json")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub saying: Saying,
}

/// How a plan is told.
#[derive(Args, Debug)]
pub struct Saying {
    /// Draw the plan here (`-` for standard output, instead of words), in DOT, the language of Graphviz.
    #[arg(long, value_name = "OUT.dot")]
    pub graph: Option<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct PlanShow {
    /// The plan. Relative names in it start from the current folder.
    #[arg(value_name = "PLAN.json")]
    pub plan: PathBuf,

    #[command(flatten)]
    pub saying: Saying,
}

#[derive(Args, Debug)]
pub struct PlanRun {
    /// The plan. Relative names in it start from the current folder.
    #[arg(value_name = "PLAN.json")]
    pub plan: PathBuf,

    /// The COG to write, `-` for standard output; an existing file is replaced when the new one is
    /// complete.
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
}
