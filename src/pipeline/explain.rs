//! A plan in words.

use std::fmt::Write;
use std::sync::Arc;

use super::form::Form;
use super::inputs::programs;
use super::job::Job;
use crate::codec::compression_name;
use crate::expr::{InputUse, Kind};
use crate::lazy::Settled;
use crate::lazy::input::Input;

/// What the jobs do, one after the other.
pub(super) fn of(jobs: &[Arc<Job>], form: Option<&Form>) -> String {
    let mut text = String::new();
    for (number, job) in jobs.iter().enumerate() {
        let part = if jobs.len() > 1 {
            format!("Part {} of {}, a group of bands.\n", number + 1, jobs.len())
        } else {
            String::new()
        };
        text += &part;
        for line in lines(job, form) {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

fn lines(job: &Job, form: Option<&Form>) -> Vec<String> {
    let settled = &*job.settled;
    let mut lines = vec![result(settled)];
    for (number, feed) in job.evaluator.inputs().feeds().iter().enumerate() {
        let input = describe(feed.input(settled), &feed.uses[0]);
        lines.push(format!("Input {}: {input}.", number + 1));
    }
    lines.push(order(job));
    lines.push(format!("Computed: {}.", operators(settled).join(", ")));
    let chunk = job.chunks.tile;
    lines.push(format!(
        "Chunks: {} of {} rows and {} columns, {} in a row.",
        job.chunks.count(),
        chunk.height.min(settled.size.height),
        chunk.width.min(settled.size.width),
        job.chunks.across()
    ));
    lines.extend(form.map(|form| output(form, settled)));
    lines
}

fn result(settled: &Settled) -> String {
    let bound = &settled.bound;
    let kind = match bound.kind() {
        Kind::Mask => "a mask".to_owned(),
        Kind::Numbers => format!("{} of {}", count(bound.bands(), "band"), bound.data_type()),
    };
    let valid = match (&settled.valid, settled.nodata) {
        (Some(_), _) => "with a mask of valid pixels".to_owned(),
        (None, Some(nodata)) => format!("with nodata {nodata}"),
        (None, None) => "all pixels valid".to_owned(),
    };
    format!("Result: {kind}, {} pixels, {valid}.", settled.size)
}

/// An input in words.
pub(super) fn describe(input: &Input, used: &InputUse) -> String {
    let Some(level) = input.as_level() else {
        return input.to_string();
    };
    let window = match input.whole_level() {
        Some(_) => String::new(),
        None => format!(", window {}", input.window()),
    };
    let image = level.image();
    let of = match level.index() {
        0 => "base".to_owned(),
        index => format!("overview {}", index - 1),
    };
    let mask = if level.is_mask() { ", mask" } else { "" };
    let bands: Vec<String> = used
        .bands
        .iter()
        .map(|band| (band + 1).to_string())
        .collect();
    format!(
        "{}, {of}{mask}{window}, band {}, tiles of {}, {}",
        level.source_name(),
        bands.join(" "),
        image.tile,
        compression_name(image.compression)
    )
}

fn order(job: &Job) -> String {
    let inputs = job.evaluator.inputs();
    let (first, all) = (inputs.first().end, inputs.rest().end);
    let numbers = |range: std::ops::Range<usize>| {
        let numbers: Vec<String> = range.map(|number| (number + 1).to_string()).collect();
        let noun = if numbers.len() == 1 {
            "input"
        } else {
            "inputs"
        };
        format!("{noun} {}", numbers.join(", "))
    };
    match first {
        0 => format!("Read: {}, row of chunks by row.", numbers(0..all)),
        _ => format!(
            "Read first, as conditions: {}. Then {}, only the tiles of chunks that are not masked \
             throughout.",
            numbers(0..first),
            numbers(first..all)
        ),
    }
}

/// The operators in their order, each name once.
pub(super) fn operators(settled: &Settled) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for step in programs(settled).flat_map(|bound| bound.described()) {
        if step.load.is_none() && !step.operands.is_empty() && !names.contains(&step.name) {
            names.push(step.name);
        }
    }
    if names.is_empty() {
        names.push("a copy".into());
    }
    names
}

fn output(form: &Form, settled: &Settled) -> String {
    let settings = &form.settings;
    let passing = match form.passing {
        Ok(input) => format!(
            "Tiles of {} whose pixels do not change are copied as they are.",
            settled.inputs[input]
        ),
        Err(why) => format!("No tile is copied as it is: {why}."),
    };
    format!(
        "Output: a COG, tiles of {}, {}, {}.\n{passing}",
        settings.tile,
        compression_name(settings.base.coding().compression),
        count(settings.levels.len() - 1, "overview")
    )
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
