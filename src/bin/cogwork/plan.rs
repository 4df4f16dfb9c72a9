//! `cogwork plan`: what other commands would do.

use std::path::Path;

use cogwork::error::Error;
use cogwork::{Cog, Estimate, Plan, Result};
use serde_json::json;

use super::args::{self, PlanCommand, PlanRun, Saying};
use super::input::{Inputs, warn};
use super::output::Output;
use super::show::show;
use super::table::bytes;
use super::{calc, convert, mask};

pub fn run(arguments: &args::Plan, inputs: &Inputs<'_>) -> Result<()> {
    match &arguments.command {
        PlanCommand::Mask(planned) => {
            let plan = mask::plan(&planned.job, inputs)?;
            keep_and_say(&plan, planned.out.as_deref(), &planned.saying)
        }
        PlanCommand::Calc(planned) => {
            let plan = calc::plan(&planned.job, inputs)?;
            keep_and_say(&plan, planned.out.as_deref(), &planned.saying)
        }
        PlanCommand::Convert(planned) => {
            let plan = convert::plan(&planned.job, inputs)?;
            keep_and_say(&plan, planned.out.as_deref(), &planned.saying)
        }
        PlanCommand::Show(shown) => keep_and_say(&kept(&shown.plan, inputs)?, None, &shown.saying),
        PlanCommand::Run(running) => write(running, inputs),
    }
}

fn write(arguments: &PlanRun, inputs: &Inputs<'_>) -> Result<()> {
    let output = Output::of(&arguments.output)?;
    output.run(&kept(&arguments.plan, inputs)?, "writing")
}

/// The plan that a file holds.
fn kept(path: &Path, inputs: &Inputs<'_>) -> Result<Plan> {
    let read = || {
        let text = std::fs::read_to_string(path)?;
        Plan::from_json_with(&text, inputs.local(), &mut |location| {
            let cog = Cog::open_with(location, inputs.context(location)?)?;
            warn(&cog);
            Ok(cog)
        })
    };
    read().map_err(|error: Error| error.in_source(path.display()))
}

/// Words, unless something else goes to standard output.
fn keep_and_say(plan: &Plan, out: Option<&Path>, saying: &Saying) -> Result<()> {
    if let Some(out) = out {
        put(out, &format!("{}\n", plan.to_json()?))?;
    }
    if let Some(graph) = &saying.graph {
        put(graph, &plan.graph())?;
    }
    let is_standard = |path: &Path| path.as_os_str() == "-";
    if out
        .into_iter()
        .chain(saying.graph.as_deref())
        .any(is_standard)
    {
        return Ok(());
    }
    let (words, estimate) = (plan.explain(), plan.estimate()?);
    match saying.json {
        true => {
            let words: Vec<&str> = words.lines().collect();
            show(&format!(
                "{:#}\n",
                json!({ "explain": words, "estimate": estimate })
            ))
        }
        false => show(&format!("{}\n\n{}", words.trim_end(), table(&estimate))),
    }
}

/// Writes a text to a file, or to standard output for `-`.
fn put(path: &Path, text: &str) -> Result<()> {
    if path.as_os_str() == "-" {
        return show(text);
    }
    std::fs::write(path, text).map_err(|error| Error::from(error).in_source(path.display()))
}

/// An estimate, a figure on each line.
fn table(estimate: &Estimate) -> String {
    let figures = figures(estimate);
    let width = figures
        .iter()
        .map(|(_, figure)| figure.to_string().len())
        .max();
    let width = width.unwrap_or(0);
    let lines = figures.map(|(name, figure)| {
        let rounded = match name.ends_with("bytes") && figure >= 1024 {
            true => format!("  ({})", bytes(figure)),
            false => String::new(),
        };
        format!("{name:<15} {figure:>width$}{rounded}\n")
    });
    lines.concat()
}

fn figures(estimate: &Estimate) -> [(&'static str, u64); 10] {
    [
        ("requests", estimate.requests),
        ("bytes", estimate.bytes),
        ("tiles", estimate.tiles),
        ("tiles_decoded", estimate.tiles_decoded),
        ("decoded_bytes", estimate.decoded_bytes),
        ("chunks", estimate.chunks),
        ("output_tiles", estimate.output_tiles),
        ("tiles_copied", estimate.tiles_copied),
        ("peak_bytes", estimate.peak_bytes),
        ("temporary_bytes", estimate.temporary_bytes),
    ]
}
