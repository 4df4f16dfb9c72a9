//! A plan in words.

use std::fmt::Write;
use std::sync::Arc;

use super::StatisticsChoice;
use super::converted::{Converted, Way};
use super::form::Form;
use super::inputs::programs;
use super::job::Job;
use crate::codec::compression_name;
use crate::expr::{InputUse, Kind};
use crate::grid::Size;
use crate::lazy::Settled;
use crate::lazy::input::Input;
use crate::read::level::Level;

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

/// What a conversion does, level by level.
pub(super) fn conversion(converted: &Converted) -> String {
    let mut lines = vec![result(&converted.settled)];
    let output = match &converted.way {
        Way::Copied(levels) => {
            lines.extend(levels.iter().enumerate().map(copied));
            let base = converted.level.image();
            written(base.tile, base.compression, levels.len() - 1)
        }
        Way::Computed(computed) => {
            lines.push(format!("Tiles are decoded: {}.", computed.why));
            let levels = computed.jobs.iter().zip(&computed.passing).enumerate();
            lines.extend(levels.map(|(place, (job, passing))| recoded(place, job, *passing)));
            let settings = &computed.form.settings;
            let compression = settings.base.coding().compression;
            if !settings.given && settings.levels.len() > 1 {
                let count = count(settings.levels.len() - 1, "overview");
                lines.push(format!("Computed: {count}, {}.", settings.resampling));
            }
            written(settings.tile, compression, settings.levels.len() - 1)
        }
    };
    let statistics = match converted.statistics() {
        StatisticsChoice::Compute => "computed, in a pass before",
        StatisticsChoice::Keep => "kept, if there are any",
        StatisticsChoice::Auto | StatisticsChoice::Drop => "left out",
    };
    lines.push(format!("Statistics: {statistics}."));
    lines.push(output);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What a level becomes.
pub(super) fn role(place: usize) -> String {
    match place {
        0 => "Base".to_owned(),
        place => format!("Overview {}", place - 1),
    }
}

/// A level whose tiles are copied.
fn copied((place, level): (usize, &Level)) -> String {
    let image = level.image();
    let mask = level.mask().map(|mask| mask.stored_tiles());
    let mask = mask.map(|tiles| format!(", and {tiles} of its mask"));
    let tiles = usize::try_from(level.stored_tiles()).unwrap_or(usize::MAX);
    format!(
        "{}: {}, {}, {} of {}, {}{}: copied as they are.",
        role(place),
        level.source_name(),
        name(level),
        count(tiles, "tile"),
        image.tile,
        compression_name(image.compression),
        mask.unwrap_or_default()
    )
}

/// A level that is decoded.
fn recoded(place: usize, job: &Job, passing: Result<usize, &'static str>) -> String {
    let feeds = job.evaluator.inputs().feeds();
    let inputs = feeds
        .iter()
        .map(|feed| describe(feed.input(&job.settled), &feed.uses[0]));
    let inputs: Vec<String> = inputs.collect();
    let tiles = match passing {
        Ok(_) => {
            "tiles that are stored are copied compressed, those that are not are encoded".into()
        }
        Err(why) => format!("tiles are encoded ({why})"),
    };
    format!("{}: {}; {tiles}.", role(place), inputs.join("; "))
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
    let of = name(level);
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

/// A level of a file, by name.
pub(super) fn name(level: &Level) -> String {
    match level.index() {
        0 => "base".to_owned(),
        index => format!("overview {}", index - 1),
    }
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
    let compression = settings.base.coding().compression;
    let written = written(settings.tile, compression, settings.levels.len() - 1);
    format!("{written}\n{passing}")
}

fn written(tile: Size, compression: u16, overviews: usize) -> String {
    format!(
        "Output: a COG, tiles of {tile}, {}, {}.",
        compression_name(compression),
        count(overviews, "overview")
    )
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
