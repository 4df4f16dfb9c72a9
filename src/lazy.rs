//! Lazy rasters: an expression over levels. Nothing is read until an end is called.

mod choices;
mod clip;
pub(crate) mod input;
#[cfg(feature = "json")]
pub(crate) mod json;
mod map;
mod matching;
mod neighbourhood;
mod operators;
pub(crate) mod stage;
mod text;

use std::sync::Arc;

use crate::context::Context;
use crate::error::{Expression, Result};
use crate::expr::{Bound, Expr, Masked, Operand, split};
use crate::format::geo::Georeference;
use crate::grid::{Affine, Size};
use crate::read::level::Level;
use crate::sample::{DataType, Scalar};
use input::Input;
use stage::Stage;

pub(crate) use choices::Choices;
pub use map::{Boundary, Chunk, MapSpec};
pub use operators::LazyOperand;

/// A raster that is computed when it is needed, chunk by chunk: numbers or a mask.
///
/// Operators build a tree. [`mask`](Self::mask) and [`select`](Self::select) check types, nodata and
/// grids at once; so does [`check`](Self::check), and every end ([`compute`](Self::compute),
/// [`for_each`](Self::for_each), [`write_cog`](Self::write_cog)) before it reads anything. The rules
/// of types and nodata are those of [`expr`](crate::expr). Where a file has a mask, in the file or
/// beside it, the result has one too: a pixel is invalid where a pixel that it comes from is, and
/// comparing an invalid pixel gives false. An alpha band is a band like others. A block and a COG have
/// one mask for all bands, which [`stack`](Self::stack) tells more of.
///
/// # What there is
/// | | |
/// |---|---|
/// | numbers | `+ - * / %`, [`floor_div`](Self::floor_div), [`pow`](Self::pow), [`minimum`](Self::minimum), [`maximum`](Self::maximum), [`clip`](Self::clip), [`abs`](Self::abs), [`sqrt`](Self::sqrt), [`exp`](Self::exp), [`ln`](Self::ln), [`sin`](Self::sin), [`round`](Self::round) and their kin; [`scaled`](Self::scaled), [`cast`](Self::cast), [`cast_checked`](Self::cast_checked), [`cast_wrapping`](Self::cast_wrapping) |
/// | bits | `& \| ^ << >>`, [`bit_not`](Self::bit_not) |
/// | masks | [`eq`](Self::eq), [`lt`](Self::lt) and their kin, [`is_in`](Self::is_in), [`is_valid`](Self::is_valid), [`is_nodata`](Self::is_nodata); [`and`](Self::and), [`or`](Self::or), [`xor`](Self::xor), `!` |
/// | choices, validity | [`mask`](Self::mask), [`select`](Self::select), [`fill_nodata`](Self::fill_nodata), [`with_nodata`](Self::with_nodata), [`with_mask`](Self::with_mask) |
/// | bands, many rasters | [`bands`](Self::bands), [`stack`](Self::stack); [`reduce`](Self::reduce) over rasters; [`mean_bands`](Self::mean_bands) and its kin over bands |
/// | complex samples | [`real`](Self::real), [`imag`](Self::imag), [`abs`](Self::abs), [`phase`](Self::phase), [`intensity`](Self::intensity) |
/// | pixels around | [`focal_mean`](Self::focal_mean) and its kin, [`convolve`](Self::convolve), [`slope`](Self::slope), [`aspect`](Self::aspect), [`hillshade`](Self::hillshade), [`tri`](Self::tri), [`tpi`](Self::tpi), [`roughness`](Self::roughness); [`neighbourhood`](Self::neighbourhood) takes any of them |
/// | a function of the caller's | [`map_chunks`](Self::map_chunks) |
/// | grids | [`match_grid`](Self::match_grid), [`clip_box`](Self::clip_box), [`clip_window`](Self::clip_window) |
/// | as text | [`parse`](Self::parse), [`formula`](Self::formula); with the feature `json` `to_json`, `from_json` |
/// | how it is computed | [`chunks`](Self::chunks), [`block_shapes`](Self::block_shapes), [`on_error`](Self::on_error), [`with_context`](Self::with_context) |
/// | ends | [`compute`](Self::compute), [`for_each`](Self::for_each), [`write_cog`](Self::write_cog), [`persist`](Self::persist), [`statistics`](Self::statistics), [`summarize`](Self::summarize), [`zonal`](Self::zonal) |
/// | before the end | [`plan`](Self::plan), [`plan_compute`](Self::plan_compute), [`estimate`](Self::estimate), [`explain`](Self::explain), [`graph`](Self::graph) |
///
/// The [cookbook](crate::cookbook::compute) has a recipe for each family.
///
/// # Stages
/// What is not pixel by pixel is a stage: [`map_chunks`](Self::map_chunks),
/// [`neighbourhood`](Self::neighbourhood) and its kin, [`match_grid`](Self::match_grid). It makes its
/// numbers and their mask once for each chunk, of the pixels of another lazy raster around it; tiles
/// that several chunks want are read and decoded once. Below a stage all inputs are fetched together:
/// only those beside it wait for conditions.
///
/// ```no_run
/// use cogwork::{Cog, write::CogOptions};
///
/// let (nir, red) = (Cog::open("B08.tif")?.base().lazy(), Cog::open("B04.tif")?.base().lazy());
/// let ndvi = (&nir - &red) / (&nir + &red);
/// ndvi.write_cog("ndvi.tif", &CogOptions::default())?;
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lazy {
    expr: Expr,
    /// What the expression's inputs are, by index.
    inputs: Vec<Input>,
    context: Option<Context>,
    choices: Choices,
}

/// A lazy raster whose types and grids have been settled.
#[derive(Debug)]
pub(crate) struct Settled {
    /// What was settled.
    pub(crate) raster: Lazy,
    pub(crate) bound: Bound,
    /// Where the result is valid, if the masks of inputs tell that; nodata values tell it too.
    pub(crate) valid: Option<Bound>,
    /// The result's nodata value.
    pub(crate) nodata: Option<Scalar>,
    /// The inputs, then their masks.
    pub(crate) inputs: Vec<Input>,
    pub(crate) context: Context,
    pub(crate) choices: Choices,
    /// The grid that all inputs share.
    pub(crate) size: Size,
    pub(crate) georeference: Georeference,
}

impl Level {
    /// This level as a lazy raster.
    pub fn lazy(&self) -> Lazy {
        Lazy {
            expr: Expr::input(0),
            inputs: vec![Input::level(self.clone())],
            context: None,
            choices: Choices::default(),
        }
    }
}

impl Settled {
    /// The level whose compression and tiles a result inherits: the one whose pixels pass through,
    /// else the first that is read.
    pub(crate) fn make(&self) -> Option<&Level> {
        let first = self.bound.inputs().first().map(|input| input.input);
        let input = self.bound.untouched().or(first)?;
        self.inputs[input].make()
    }

    /// The input whose pixels are the result's where no mask says otherwise.
    pub(crate) fn untouched(&self) -> Option<&Input> {
        Some(&self.inputs[self.bound.untouched()?])
    }
}

impl Lazy {
    /// Runs with these threads, limits and counters instead of those of the first input.
    #[must_use]
    pub fn with_context(self, context: &Context) -> Self {
        Lazy {
            context: Some(context.clone()),
            ..self
        }
    }

    /// Settles types, nodata, bands and grids, reading nothing.
    ///
    /// # Errors
    /// [`Expression`] and [`Usage`](crate::error::Usage) for what cannot be evaluated.
    pub fn check(&self) -> Result<()> {
        self.settle().map(|_| ())
    }

    /// The type of the result's samples; uint8 for a mask.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn data_type(&self) -> Result<DataType> {
        Ok(self.settle()?.bound.data_type())
    }

    /// The result's nodata value.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn nodata(&self) -> Result<Option<Scalar>> {
        Ok(self.settle()?.nodata)
    }

    /// Width and height of the result in pixels.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn size(&self) -> Result<Size> {
        Ok(self.settle()?.size)
    }

    pub(crate) fn settle(&self) -> Result<Settled> {
        let mut inputs = self.inputs.clone();
        let mut masked = Vec::new();
        for input in &self.inputs {
            let mask = input.mask();
            masked.push(Masked {
                bands: input.bands(),
                nodata: input.nodata().is_some(),
                mask: mask.is_some().then_some(inputs.len()),
            });
            inputs.extend(mask);
        }
        let operand = |input: &Input| Operand {
            bands: input.bands(),
            data_type: input.data_type(),
            nodata: input.nodata().filter(|_| input.mask().is_none()),
        };
        let operands: Vec<Operand> = inputs.iter().map(operand).collect();
        let split = split(&self.expr, &masked);
        let bound = Bound::new(&split.value, &operands)?;
        let hidden = split.valid.is_some();
        let valid = split.valid.map(|valid| Bound::condition(&valid, &operands));
        let valid = valid.transpose()?.flatten();
        // The value of a mask that hides nothing is a fill, and no nodata value.
        if hidden && valid.is_none() && bound.nodata().is_some() {
            return Err(Expression::NoInput.into());
        }
        let programs = std::iter::once(&bound).chain(&valid);
        let uses = programs.flat_map(Bound::inputs);
        let mut used = uses.map(|input| &inputs[input.input]);
        let first = used.next().ok_or(Expression::NoInput)?;
        for other in used {
            same_grid(first, other)?;
        }
        let context = self
            .context
            .clone()
            .unwrap_or_else(|| first.context().clone());
        let source = bound.untouched().map(|input| &inputs[input]);
        let nodata = match valid {
            Some(_) => split
                .nodata
                .unwrap_or_else(|| source.and_then(Input::nodata)),
            None => bound.nodata(),
        };
        Ok(Settled {
            raster: self.clone(),
            georeference: first.georeference(),
            size: first.size(),
            bound,
            valid,
            nodata,
            inputs,
            context,
            choices: self.choices,
        })
    }

    /// What a stage makes, as a raster of its own.
    fn of_stage(&self, stage: Stage) -> Lazy {
        Lazy {
            expr: Expr::input(0),
            inputs: vec![Input::stage(stage)],
            context: self.context.clone(),
            choices: self.choices,
        }
    }

    fn checked(self) -> Result<Lazy> {
        self.check()?;
        Ok(self)
    }

    fn derive(&self, expr: Expr) -> Lazy {
        Lazy {
            expr,
            ..self.clone()
        }
    }

    fn join(
        &self,
        other: impl Into<LazyOperand>,
        operator: impl FnOnce(&Expr, Expr) -> Expr,
    ) -> Lazy {
        let mut joined = self.clone();
        let other = joined.adopt(other.into());
        joined.expr = operator(&joined.expr, other);
        joined
    }

    /// Takes over another operand's inputs and gives its expression over the joined list.
    fn adopt(&mut self, other: LazyOperand) -> Expr {
        let other = match other {
            LazyOperand::Scalar(scalar) => return Expr::scalar(scalar),
            LazyOperand::Raster(other) => other,
        };
        let mut places = Vec::new();
        for input in other.inputs {
            let known = self.inputs.iter().position(|own| own.is_same(&input));
            places.push(known.unwrap_or_else(|| {
                self.inputs.push(input);
                self.inputs.len() - 1
            }));
        }
        self.context = self.context.take().or(other.context);
        self.choices = self.choices.or(other.choices);
        if places
            .iter()
            .enumerate()
            .all(|(index, &place)| index == place)
        {
            return other.expr;
        }
        other.expr.renumbered(|index| places[index])
    }
}

/// Checks that two inputs have the same pixels: size, transform (to a hundredth of a pixel) and,
/// where both have one, EPSG code.
fn same_grid(left: &Input, right: &Input) -> Result<()> {
    if grids_match(left, right) {
        return Ok(());
    }
    let hint = matching_level(right, left).or_else(|| matching_level(left, right));
    Err(Expression::Grids {
        left: describe(left),
        right: describe(right),
        hint: hint.map(|level| describe_level(&level)),
    }
    .into())
}

fn grids_match(left: &Input, right: &Input) -> bool {
    let affine = |input: &Input| input.transform().unwrap_or(Affine::IDENTITY);
    let crs = left.epsg().is_none() || right.epsg().is_none() || left.epsg() == right.epsg();
    let has = left.transform().is_some() == right.transform().is_some();
    crs && has
        && left.size() == right.size()
        && affine(left).matches(affine(right), left.size(), 0.01)
}

/// A level of the file of a whole level that has the grid of `grid`.
fn matching_level(of: &Input, grid: &Input) -> Option<Level> {
    let cog = of.whole_level()?.cog();
    let fits = |level: &Level| grids_match(&Input::level(level.clone()), grid);
    cog.levels().find(fits)
}

fn describe_level(level: &Level) -> String {
    match level.index() {
        0 => format!("the base of {}", level.cog()),
        index => format!("overview {} of {}", index - 1, level.cog()),
    }
}

fn describe(input: &Input) -> String {
    let epsg = input.epsg();
    let resolution = match input.as_level() {
        Some(level) => level.resolution(),
        None => input.transform().unwrap_or(Affine::IDENTITY).resolution(),
    };
    let grid = describe_grid(input.size(), input.transform(), resolution, epsg);
    format!("{input} ({grid})")
}

/// A grid in words.
fn describe_grid(
    size: Size,
    transform: Option<Affine>,
    (x, y): (f64, f64),
    epsg: Option<u32>,
) -> String {
    let epsg = epsg
        .map(|code| format!(", EPSG:{code}"))
        .unwrap_or_default();
    let origin = transform.map(|affine| format!(" from ({}, {})", affine.c, affine.f));
    let origin = origin.unwrap_or_default();
    format!("{size} pixels of {x} x {y}{origin}{epsg}")
}

/// Levels are the same if they are of the same open file.
impl Level {
    pub(crate) fn is_same(&self, other: &Level) -> bool {
        let (own, theirs) = (
            (self.index(), self.is_mask()),
            (other.index(), other.is_mask()),
        );
        Arc::ptr_eq(self.file(), other.file()) && own == theirs
    }
}
