//! `cogwork quicklook`: a picture, as PNG or in the terminal.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::Path;

use cogwork::error::Usage;
use cogwork::picture::{self, ColorMap, Picture};
use cogwork::stac::AssetReference;
use cogwork::{Error, Level, Result};

use super::args::Quicklook;
use super::input::{Inputs, level, warn};
use super::show::show;

pub fn run(arguments: &Quicklook, inputs: &Inputs<'_>) -> Result<()> {
    check(arguments)?;
    let open = |name: &str| {
        let cog = inputs.open(name)?;
        warn(&cog);
        Ok::<_, Error>(cog)
    };
    let source = level(&open(&arguments.source)?, arguments.part.overview)?;
    // An overview is one of the first file; the other is read where its pixels are as large.
    let other = arguments.compare.as_deref().map(open).transpose()?;
    let other = other.map(|cog| cog.base());
    let draw = |look: picture::Quicklook| match &other {
        Some(other) => look.compare(&source, other),
        None => look.draw(&source),
    };
    let plain = plain(arguments, &source);
    if let Some(path) = &arguments.output {
        put(
            &draw(beside(arguments, plain.clone().size(arguments.size)))?,
            path,
        )?;
    }
    if arguments.show {
        let columns = columns();
        let size = if other.is_some() {
            columns / 2
        } else {
            columns
        };
        let small = draw(plain.size(size.clamp(1, arguments.size)))?;
        let letters = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        return show(&match letters {
            true => small.shades(columns),
            false => small.half_blocks(columns),
        });
    }
    Ok(())
}

/// Refuses what leads nowhere, before anything is opened.
fn check(arguments: &Quicklook) -> Result<()> {
    let refuse = |text: &str| Err(Usage::Option(text.into()).into());
    let Some(path) = &arguments.output else {
        return match arguments.show {
            true => Ok(()),
            false => refuse("no output: add -o OUT.png, or --show to draw in the terminal"),
        };
    };
    let is_png = |extension: &OsStr| extension.eq_ignore_ascii_case("png");
    if path.as_os_str() != "-" {
        return match path.extension() {
            Some(extension) if !is_png(extension) => {
                refuse("pictures are PNG: the output's name should end in .png")
            }
            _ => Ok(()),
        };
    }
    match (arguments.show, io::stdout().is_terminal()) {
        (true, _) => refuse("-o - and --show both write to standard output"),
        (_, true) => refuse("a PNG is nothing for a terminal: write to a file, or use --show"),
        _ => Ok(()),
    }
}

/// What is drawn, without what stands beside it.
fn plain(arguments: &Quicklook, source: &Level) -> picture::Quicklook {
    let mut look = picture::Quicklook::new();
    if let Some(window) = arguments.part.window {
        look = look.window(window);
    }
    if let Some(area) = arguments.part.bounds {
        look = look.bounds(area.left, area.bottom, area.right, area.top);
    }
    if let Some(bands) = &arguments.bands {
        look = look.bands(bands);
    }
    if let Some(stretch) = arguments.stretch {
        look = look.stretch(stretch);
    }
    if let Some(method) = arguments.resampling {
        look = look.resampling(method);
    }
    if let Some(color) = arguments.background {
        look = look.background(color);
    }
    match &arguments.colormap {
        Some(colors) => look.color_map(colors.clone()),
        None if is_scl(&arguments.source) && source.bands() == 1 => look.color_map(ColorMap::scl()),
        None => look,
    }
}

/// Whether a name is that of a scene classification: an asset whose key is SCL.
fn is_scl(name: &str) -> bool {
    let reference = AssetReference::parse(name).filter(|_| !Path::new(name).exists());
    reference.is_some_and(|reference| reference.asset.eq_ignore_ascii_case("scl"))
}

fn beside(arguments: &Quicklook, mut look: picture::Quicklook) -> picture::Quicklook {
    if arguments.legend {
        look = look.legend();
    }
    if arguments.scale_bar {
        look = look.scale_bar();
    }
    if arguments.coordinates {
        look = look.coordinates();
    }
    if arguments.histogram {
        look = look.histogram();
    }
    look
}

/// Writes a PNG to a file, or to standard output for `-`.
fn put(picture: &Picture, path: &Path) -> Result<()> {
    match path.as_os_str() == "-" {
        true => picture.write_png(io::stdout().lock()),
        false => picture.save_png(path),
    }
}

/// The width of the terminal that standard output is, else 80.
fn columns() -> u32 {
    let size = console::Term::stdout().size_checked();
    let columns = size.filter(|_| io::stdout().is_terminal());
    columns.map_or(80, |(_, columns)| u32::from(columns).max(1))
}
