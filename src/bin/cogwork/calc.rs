//! `cogwork calc`: a formula over rasters.

use std::collections::HashMap;
use std::path::PathBuf;

use cogwork::error::{Error, Usage};
use cogwork::expr::Formula;
use cogwork::sample::Scalar;
use cogwork::{Cog, Estimate, Lazy, Result};

use super::args::{Calc, CastArgument, Selection};
use super::input::{Inputs, level, warn};
use super::output::Output;
use super::show::show;

pub fn run(arguments: &Calc, inputs: &Inputs<'_>) -> Result<()> {
    let output = arguments.output.as_deref().map(Output::of).transpose()?;
    let formula = Formula::parse(&arguments.formula)?;
    let rasters = rasters(arguments, &formula, inputs)?;
    let computed = formula.lazy(&rasters, arguments.nodata)?;
    let result = finished(computed, arguments)?;
    let plan = result.plan(&arguments.write.options())?;
    if let Some(output) = output {
        return output.run(&plan, "computing");
    }
    if arguments.explain {
        show(&format!("{}\n", plan.explain().trim_end()))?;
    }
    if arguments.estimate {
        show(&estimated(&plan.estimate()?))?;
    }
    if let Some(graph) = &arguments.graph {
        let written = std::fs::write(graph, plan.graph());
        written.map_err(|error| Error::from(error).in_source(graph.display()))?;
    }
    Ok(())
}

/// An estimate, a figure on each line.
fn estimated(estimate: &Estimate) -> String {
    [
        ("requests", estimate.requests),
        ("bytes", estimate.bytes),
        ("tiles", estimate.tiles),
        ("tiles_decoded", estimate.tiles_decoded),
        ("decoded_bytes", estimate.decoded_bytes),
        ("chunks", estimate.chunks),
        ("output_tiles", estimate.output_tiles),
        ("peak_bytes", estimate.peak_bytes),
        ("temporary_bytes", estimate.temporary_bytes),
    ]
    .map(|(name, figure)| format!("{name:<15} {figure}\n"))
    .concat()
}

/// The rasters that a formula names; a file that has several names is opened once.
fn rasters(
    arguments: &Calc,
    formula: &Formula,
    inputs: &Inputs<'_>,
) -> Result<Vec<(String, Lazy)>> {
    let known: Vec<&str> = arguments.inputs.iter().map(|input| &*input.name).collect();
    let twice = known
        .iter()
        .enumerate()
        .find(|(index, name)| known[..*index].contains(name));
    if let Some((_, name)) = twice {
        let text = format!("two rasters have the name `{name}`");
        return Err(Usage::Option(text).into());
    }
    formula.check_names(&known)?;
    let names = formula.names();
    let mut open: HashMap<PathBuf, Cog> = HashMap::new();
    let wanted = arguments
        .inputs
        .iter()
        .filter(|input| names.contains(&&*input.name));
    wanted
        .map(|input| {
            let selection = Selection::of(&input.source);
            let path = inputs.path(selection.source)?;
            let cog = match open.get(&path) {
                Some(cog) => cog.clone(),
                None => {
                    let cog = inputs.open(selection.source)?;
                    warn(&cog);
                    open.insert(path, cog.clone());
                    cog
                }
            };
            let raster = selected(&cog, &selection).map_err(|error| error.in_source(&cog))?;
            Ok((input.name.clone(), raster))
        })
        .collect()
}

fn selected(cog: &Cog, selection: &Selection<'_>) -> Result<Lazy> {
    let raster = level(cog, selection.overview)?.lazy();
    match &selection.bands {
        Some(bands) => raster.bands(bands.iter().copied()),
        None => Ok(raster),
    }
}

/// The result in the type and with the nodata value that were asked for. Where the formula's own type
/// has that value the cast comes last, as it keeps valid samples off it.
fn finished(computed: Lazy, arguments: &Calc) -> Result<Lazy> {
    let Some(nodata) = arguments.nodata else {
        return Ok(cast(computed, arguments));
    };
    let first = computed.data_type()?.check(nodata).is_ok();
    if first {
        return Ok(cast(with_nodata(&computed, nodata)?, arguments));
    }
    with_nodata(&cast(computed, arguments), nodata)
}

fn cast(raster: Lazy, arguments: &Calc) -> Lazy {
    match arguments.dtype {
        Some(data_type) => match arguments.cast {
            CastArgument::Saturating => raster.cast(data_type),
            CastArgument::Checked => raster.cast_checked(data_type),
            CastArgument::Wrapping => raster.cast_wrapping(data_type),
        },
        None => raster,
    }
}

/// All invalid samples get a nodata value.
fn with_nodata(raster: &Lazy, nodata: Scalar) -> Result<Lazy> {
    raster.mask_with(&raster.is_nodata(), nodata)
}
