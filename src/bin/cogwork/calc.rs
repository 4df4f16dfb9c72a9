//! `cogwork calc`: a formula over rasters.

use std::collections::HashMap;
use std::path::PathBuf;

use cogwork::error::Usage;
use cogwork::expr::Formula;
use cogwork::sample::Scalar;
use cogwork::{Cog, Lazy, Plan, Result};

use super::args::{Calc, CalcJob, CastArgument, Selection};
use super::input::{Inputs, level, warn};
use super::output::Output;

pub fn run(arguments: &Calc, inputs: &Inputs<'_>) -> Result<()> {
    let output = Output::of(&arguments.output)?;
    output.run(&plan(&arguments.job, inputs)?, "computing")
}

/// What is to be done.
pub fn plan(arguments: &CalcJob, inputs: &Inputs<'_>) -> Result<Plan> {
    let formula = Formula::parse(&arguments.formula)?;
    let rasters = rasters(arguments, &formula, inputs)?;
    let computed = formula.lazy(&rasters, arguments.nodata)?;
    finished(computed, arguments)?.plan(&arguments.write.options())
}

/// The rasters that a formula names; a file that has several names is opened once.
fn rasters(
    arguments: &CalcJob,
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
fn finished(computed: Lazy, arguments: &CalcJob) -> Result<Lazy> {
    let Some(nodata) = arguments.nodata else {
        return Ok(cast(computed, arguments));
    };
    let first = computed.data_type()?.check(nodata).is_ok();
    if first {
        return Ok(cast(with_nodata(&computed, nodata)?, arguments));
    }
    with_nodata(&cast(computed, arguments), nodata)
}

fn cast(raster: Lazy, arguments: &CalcJob) -> Lazy {
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
