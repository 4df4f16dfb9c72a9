//! A plan as a picture: a graph in DOT, the language of Graphviz.

use std::fmt::Write;
use std::sync::Arc;

use super::converted::{Converted, Way};
use super::evaluator::{Evaluator, Reader};
use super::explain::{describe, name, operators, role};
use super::form::Form;
use super::inputs::{Feed, programs};
use super::job::Job;
use crate::grid::Window;
use crate::read::level::Level;

/// The graph of the jobs, side by side.
pub(super) fn of(jobs: &[Arc<Job>], form: Option<&Form>) -> String {
    let mut dot = Dot::default();
    let result = match form {
        Some(form) => cog(form.settings.levels.len()),
        None => "blocks".into(),
    };
    for (number, job) in jobs.iter().enumerate() {
        dot.job(number, job, form, &result);
    }
    dot.graph()
}

/// The graph of a conversion: its levels side by side.
pub(super) fn conversion(converted: &Converted) -> String {
    let mut dot = Dot::default();
    match &converted.way {
        Way::Copied(levels) => {
            dot.node("out", &cog(levels.len()), "shape=folder");
            for (number, level) in levels.iter().enumerate() {
                dot.copied(number, level);
            }
        }
        Way::Computed(computed) => {
            let levels = computed.form.settings.levels.len();
            for (number, job) in computed.jobs.iter().enumerate() {
                let result = match computed.form.settings.given {
                    true => format!("COG\n{}", role(number).to_lowercase()),
                    false => cog(levels),
                };
                dot.job(number, job, Some(&computed.form), &result);
            }
        }
    }
    dot.graph()
}

fn cog(levels: usize) -> String {
    match levels {
        1 => "COG\n1 level".into(),
        _ => format!("COG\n{levels} levels"),
    }
}

#[derive(Default)]
struct Dot {
    text: String,
}

impl Dot {
    fn graph(self) -> String {
        let font = "rankdir=LR;\n  node [shape=box, fontname=\"Helvetica\"];";
        format!("digraph plan {{\n  {font}\n{}}}\n", self.text)
    }

    /// A level whose tiles are copied.
    fn copied(&mut self, number: usize, level: &Level) {
        let (from, copy) = (format!("l{number}"), format!("l{number}_copy"));
        let file = format!("{}\n{}", level.source_name(), name(level));
        let masks = level.mask().map_or(0, |mask| mask.stored_tiles());
        let tiles = usize::try_from(level.stored_tiles() + masks).unwrap_or(usize::MAX);
        self.node(&from, &file, "shape=folder");
        self.node(&copy, &format!("copy {}", tiles_of(tiles)), "");
        self.edge(&from, &copy, "");
        self.edge(&copy, "out", "");
    }

    fn job(&mut self, number: usize, job: &Job, form: Option<&Form>, result: &str) {
        let inputs = job.evaluator.inputs();
        for (index, feed) in inputs.feeds().iter().enumerate() {
            let label = describe(feed.input(&job.settled), &feed.uses[0]).replace(", ", "\n");
            self.node(&format!("j{number}_i{index}"), &label, "shape=folder");
        }
        self.expression(number, job);
        let output = format!("j{number}_out");
        self.node(&output, result, "shape=folder");
        let count = usize::try_from(job.chunks.count()).unwrap_or(usize::MAX);
        let drawn = if count > MOST_CHUNKS {
            FIRST_CHUNKS
        } else {
            count
        };
        let across = job.chunks.across();
        let positions = (0..job.chunks.down()).flat_map(|row| (0..across).map(move |c| (c, row)));
        for (chunk, (column, row)) in positions.take(drawn).enumerate() {
            let window = job.chunks.window(column, row);
            self.chunk(&format!("j{number}_c{chunk}"), job, form, window);
            for index in 0..inputs.feeds().len() {
                let (from, to) = (
                    format!("j{number}_i{index}"),
                    format!("j{number}_c{chunk}_r{index}"),
                );
                let waits = inputs.first().end > 0 && inputs.rest().contains(&index);
                self.edge(&from, &to, if waits { "style=dashed" } else { "" });
            }
            self.edge(&format!("j{number}_c{chunk}_end"), &output, "");
        }
        if drawn < count {
            let more = format!("j{number}_more");
            let label = format!("x {} more chunks", count - drawn);
            self.node(&more, &label, "shape=plaintext");
            self.edge(&more, &output, "style=dotted");
        }
    }

    /// Ranges, decode, evaluate and, for a COG, encode: of one chunk.
    fn chunk(&mut self, name: &str, job: &Job, form: Option<&Form>, window: Window) {
        let label = format!("chunk {window}");
        self.begin(name, &label);
        let expression = format!("{name}_e");
        for (index, feed) in job.evaluator.inputs().feeds().iter().enumerate() {
            let tiles = tiles(&job.evaluator, index, window);
            let (ranges, decode) = (format!("{name}_r{index}"), format!("{name}_d{index}"));
            self.node(&ranges, &format!("ranges of {}", tiles_of(tiles)), "");
            let made = feed.stage(&job.settled);
            let made = made.map_or(String::new(), |(stage, _)| format!(", {}", stage.name()));
            self.node(&decode, &format!("decode {}{made}", tiles_of(tiles)), "");
            self.edge(&ranges, &decode, "");
            self.edge(&decode, &expression, "");
        }
        self.node(
            &expression,
            &operators(&job.settled).join("\n"),
            "shape=ellipse",
        );
        let end = format!("{name}_end");
        let tiles = form.map(|form| {
            let tile = form.settings.tile;
            let (across, down) = (
                window.width.div_ceil(tile.width),
                window.height.div_ceil(tile.height),
            );
            let planes = form.settings.planes(form.raster.bands);
            crate::limits::index(across) * crate::limits::index(down) * planes
        });
        let label = tiles.map_or("block".into(), |tiles| {
            format!("encode {}", tiles_of(tiles))
        });
        self.node(&end, &label, "");
        self.edge(&expression, &end, "");
        self.end();
    }

    /// The expression by itself: every step once.
    fn expression(&mut self, number: usize, job: &Job) {
        self.begin(&format!("j{number}_x"), "expression");
        for (part, bound) in programs(&job.settled).enumerate() {
            let steps = bound.described();
            let name = |step: usize| format!("j{number}_x{part}_{step}");
            let last = steps.len() - 1;
            for (index, step) in steps.iter().enumerate().take(MOST_STEPS) {
                let label = match &step.load {
                    Some((input, bands)) => {
                        let feeds = job.evaluator.inputs().feeds();
                        let gives = |feed: &Feed| feed.uses.iter().any(|u| u.input == *input);
                        let found = feeds.iter().position(gives);
                        load(found.unwrap_or_default(), bands)
                    }
                    None => step.name.clone(),
                };
                let valid = if part == 1 && index == last {
                    "\n(valid)"
                } else {
                    ""
                };
                self.node(&name(index), &format!("{label}{valid}"), "shape=ellipse");
                for &operand in &step.operands {
                    self.edge(&name(operand), &name(index), "");
                }
            }
            if steps.len() > MOST_STEPS {
                let label = format!("{} more steps", steps.len() - MOST_STEPS);
                self.node(&name(MOST_STEPS), &label, "shape=plaintext");
            }
        }
        self.end();
    }

    fn begin(&mut self, name: &str, label: &str) {
        let _ = writeln!(self.text, "  subgraph cluster_{name} {{");
        let _ = writeln!(self.text, "  label={};", quoted(label));
    }

    fn end(&mut self) {
        self.text += "  }\n";
    }

    fn node(&mut self, name: &str, label: &str, more: &str) {
        let comma = if more.is_empty() { "" } else { ", " };
        let label = quoted(label);
        let _ = writeln!(self.text, "  {name} [label={label}{comma}{more}];");
    }

    fn edge(&mut self, from: &str, to: &str, more: &str) {
        let _ = match more {
            "" => writeln!(self.text, "  {from} -> {to};"),
            _ => writeln!(self.text, "  {from} -> {to} [{more}];"),
        };
    }
}

/// The tiles that a chunk needs of a feed.
fn tiles(evaluator: &Evaluator, place: usize, window: Window) -> usize {
    let feed = &evaluator.inputs().feeds()[place];
    let input = feed.input(evaluator.settled());
    let window = input.of_source(window);
    match (&evaluator.readers[place], input.as_level()) {
        (Reader::Level { .. }, Some(level)) => {
            let image = level.image();
            let planes = if image.planar {
                feed.uses[0].bands.len()
            } else {
                1
            };
            image.grid().touched(window).len() * planes
        }
        (Reader::Stage(stage, source), _) => stage.source_window(window).map_or(0, |window| {
            let places = 0..source.readers.len();
            places.map(|place| tiles(source, place, window)).sum()
        }),
        _ => 0,
    }
}

fn load(number: usize, bands: &[usize]) -> String {
    let bands: Vec<String> = bands.iter().map(|band| (band + 1).to_string()).collect();
    format!("input {}\nband {}", number + 1, bands.join(" "))
}

fn tiles_of(tiles: usize) -> String {
    match tiles {
        1 => "1 tile".into(),
        _ => format!("{tiles} tiles"),
    }
}

/// A string of DOT. In labels a backslash begins an escape, so that it has to be one itself.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            char if char.is_control() => quoted.push('\u{fffd}'),
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Up to so many chunks are all drawn.
const MOST_CHUNKS: usize = 8;
/// The chunks that are drawn where there are more.
const FIRST_CHUNKS: usize = 4;
/// The steps of an expression that are drawn.
const MOST_STEPS: usize = 60;
