//! `cogwork edit`: another header over the same tiles.

use cogwork::{Result, edit};

use super::args::{Edit, ItemArgument};
use super::input::{Inputs, warn};
use super::output::Output;
use super::progress::Bar;

pub fn run(arguments: &Edit, inputs: &Inputs<'_>) -> Result<()> {
    let output = Output::of(&arguments.output)?;
    let source = inputs.open(&arguments.source)?;
    warn(&source);
    let mut bar = Bar::new("editing");
    let mut edit = edit::Edit::new().bigtiff(arguments.bigtiff.bigtiff());
    if let Some(nodata) = &arguments.nodata {
        edit = edit.nodata(nodata.0);
    }
    if arguments.no_statistics {
        edit = edit.without_statistics();
    }
    if arguments.statistics {
        let base = source.base();
        edit = edit.statistics(match &arguments.nodata {
            Some(nodata) => base.lazy().with_nodata(nodata.0).statistics()?,
            None => base.statistics()?,
        });
    }
    if let Some(other) = &arguments.crs_from {
        let mut georeference = source.base().georeference();
        georeference.keys = inputs.open(other)?.base().georeference().keys;
        edit = edit.georeference(georeference);
    }
    if let Some(code) = arguments.crs {
        edit = edit.epsg(code);
    }
    for ItemArgument { band, name, text } in arguments.unset.iter().chain(&arguments.set) {
        edit = match band {
            Some(band) => edit.band_item(*band, name, text.as_deref()),
            None => edit.item(name, text.as_deref()),
        };
    }
    for (band, text) in &arguments.description {
        edit = edit.description(*band, Some(text.as_str()).filter(|text| !text.is_empty()));
    }
    for (band, text) in &arguments.unit {
        edit = edit.unit(*band, Some(text.as_str()).filter(|text| !text.is_empty()));
    }
    for &(band, scale) in &arguments.scale {
        edit = match scale {
            Some((scale, offset)) => edit.scale(band, scale, offset),
            None => edit.without_scale(band),
        };
    }
    let progress = &mut |event| bar.hear(event);
    match output {
        Output::Path(path) => source.edit_with(path, &edit, progress),
        Output::Standard(mut out) => source.edit_to_with(&mut out, &edit, progress),
    }
}
