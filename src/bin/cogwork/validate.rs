//! `cogwork validate`: is a file a valid COG?

use std::process::ExitCode;

use cogwork::Result;
use cogwork::codec::compression_name;
use cogwork::format::ghost::Ghost;
use cogwork::validate::{Depth, Finding, LevelFacts, Report, validate, validate_source};
use cogwork::write::Interleave;
use serde_json::{Value, json};

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
        true => show(&format!("{:#}\n", facts(&report)))?,
        false => show(&report.to_string())?,
    }
    let valid = match arguments.strict {
        true => report.is_strictly_valid(),
        false => report.is_valid(),
    };
    Ok(ExitCode::from(u8::from(!valid)))
}

fn facts(report: &Report) -> Value {
    json!({
        "source": report.source,
        "valid": report.is_valid(),
        "strictly_valid": report.is_strictly_valid(),
        "full": report.full,
        "file_bytes": report.file_bytes,
        "header_bytes": report.header_bytes(),
        "bigtiff": report.bigtiff,
        "ghost": report.ghost.as_ref().map(ghost),
        "levels": report.levels.iter().map(level).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn ghost(ghost: &Ghost) -> Value {
    json!({
        "bytes": ghost.bytes(),
        "ifds_before_data": ghost.ifds_before_data,
        "row_major": ghost.row_major,
        "leader": ghost.leader,
        "trailer": ghost.trailer,
        "mask_interleaved": ghost.mask_interleaved,
        "incompatible_edition": ghost.incompatible_edition,
        "interleave": ghost.interleave.map(Interleave::name),
        "unknown": ghost.unknown,
    })
}

fn level(facts: &LevelFacts) -> Value {
    json!({
        "level": facts.level,
        "mask": facts.mask,
        "ifd_offset": facts.ifd_offset,
        "width": facts.size.width,
        "height": facts.size.height,
        "tile": [facts.tile.width, facts.tile.height],
        "tiled": facts.tiled,
        "compression": compression_name(facts.compression).to_ascii_lowercase(),
        "tiles": facts.tiles,
        "sparse": facts.sparse,
        "data": facts.data.as_ref().map(|data| [data.start, data.end]),
        "bytes": facts.bytes,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.name(),
        "rule": finding.rule.name(),
        "level": finding.level,
        "mask": finding.mask,
        "tile": finding.tile,
        "offset": finding.offset,
        "count": finding.count,
        "message": finding.message,
        "hint": finding.hint(),
    })
}
