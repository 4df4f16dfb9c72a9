//! Stages: operations that are not pixel by pixel, and so make inputs of their own.

use std::fmt;
use std::sync::Arc;

use super::Settled;
use super::input::Input;
use super::map::Map;
use super::matching::Matching;
use super::neighbourhood::Neighbourhood;
use crate::block::{Block, Validity};
use crate::error::{Error, Expression, Result, Usage};
use crate::format::geo::Georeference;
use crate::grid::{Size, Window};
use crate::limits::to_u64;
use crate::sample::{DataType, Samples, Scalar};

/// An operation over another raster, settled.
#[derive(Debug)]
pub(crate) struct Stage {
    source: Arc<Settled>,
    operation: Operation,
    form: Form,
    /// How many stages stand below each other, this one included.
    depth: u32,
    /// How many stages there are below, each as often as it is used, this one included.
    count: u32,
}

/// What a stage does.
#[derive(Debug)]
pub(crate) enum Operation {
    Map(Map),
    Match(Matching),
    Neighbourhood(Neighbourhood),
}

/// What a stage makes.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) bands: usize,
    pub(crate) data_type: DataType,
    pub(crate) nodata: Option<Scalar>,
    /// Whether a mask says which pixels are valid; `nodata` does not then.
    pub(crate) masked: bool,
    pub(crate) size: Size,
    pub(crate) georeference: Georeference,
}

/// What a stage makes of a window.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) numbers: Block,
    /// A byte per pixel, 0 where it is invalid, if the stage has a mask.
    pub(crate) mask: Option<Block>,
}

/// How much of its source a stage needs at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appetite {
    /// The source pixels that are evaluated for one block at a time.
    pub(crate) window: Size,
    /// The rows of the source under a row of blocks.
    pub(crate) rows: u32,
}

/// Evaluates a window of a stage's source.
pub(crate) type Evaluate<'a> = dyn Fn(Window) -> Result<Block> + 'a;

impl Form {
    /// The form of a raster.
    pub(crate) fn of(source: &Settled) -> Self {
        Form {
            bands: source.bound.bands(),
            data_type: source.bound.data_type(),
            nodata: source.nodata,
            masked: source.valid.is_some(),
            size: source.size,
            georeference: source.georeference.clone(),
        }
    }
}

impl Stage {
    /// A stage on top of a raster.
    ///
    /// # Errors
    /// [`Usage::Option`] for stages beyond measure.
    pub(crate) fn new(source: Settled, operation: Operation, form: Form) -> Result<Self> {
        let below = || source.inputs.iter().filter_map(Input::as_stage);
        let depth = 1 + below().map(|stage| stage.depth).max().unwrap_or(0);
        let count = below().map(|stage| stage.count);
        let count = count.fold(1, u32::saturating_add);
        if depth > DEEPEST || count > MOST {
            let what = format!("{depth} stages stand on each other, {count} in all");
            let most = format!("at most {DEEPEST} and {MOST} can be worked on in one go");
            return Err(Usage::Option(format!("{what}: {most}")).into());
        }
        Ok(Stage {
            source: Arc::new(source),
            operation,
            form,
            depth,
            count,
        })
    }

    /// What the operation works on.
    pub(crate) fn source(&self) -> &Arc<Settled> {
        &self.source
    }

    pub(crate) fn bands(&self) -> usize {
        self.form.bands
    }

    pub(crate) fn data_type(&self) -> DataType {
        self.form.data_type
    }

    pub(crate) fn nodata(&self) -> Option<Scalar> {
        self.form.nodata
    }

    pub(crate) fn is_masked(&self) -> bool {
        self.form.masked
    }

    pub(crate) fn size(&self) -> Size {
        self.form.size
    }

    pub(crate) fn georeference(&self) -> &Georeference {
        &self.form.georeference
    }

    /// The tiles that a result may well be cut into.
    pub(crate) fn tile(&self) -> Size {
        let inputs = self.source.bound.inputs().iter();
        let tiles = inputs.map(|input| self.source.inputs[input.input].tile());
        let larger = |a: Size, b: Size| Size::new(a.width.max(b.width), a.height.max(b.height));
        tiles.reduce(larger).unwrap_or(Size::new(512, 512))
    }

    /// Whether the source windows of neighbouring windows overlap.
    pub(crate) fn overlaps(&self) -> bool {
        self.halo() != Some((0, 0))
    }

    /// The part of the source that a window needs, if any.
    pub(crate) fn source_window(&self, window: Window) -> Option<Window> {
        match &self.operation {
            Operation::Match(matching) => matching.source_window(window),
            _ => Some(self.around(window)),
        }
    }

    /// What a block of `size` needs at most of the source.
    pub(crate) fn appetite(&self, size: Size) -> Appetite {
        match &self.operation {
            Operation::Match(matching) => matching.appetite(size),
            _ => {
                let window = around(size, self.halo().unwrap_or_default());
                let rows = window.height.min(self.source.size.height);
                Appetite { window, rows }
            }
        }
    }

    /// Bytes that a block of a size takes while it is made, beside its source and itself.
    pub(crate) fn scratch_bytes(&self, size: Size) -> u64 {
        match &self.operation {
            Operation::Neighbourhood(neighbourhood) => neighbourhood.scratch_bytes(size),
            Operation::Map(_) | Operation::Match(_) => 0,
        }
    }

    /// Columns and rows on each side of a window that it sees, if it stays on its grid.
    fn halo(&self) -> Option<(u32, u32)> {
        match &self.operation {
            Operation::Map(map) => Some(map.halo()),
            Operation::Neighbourhood(neighbourhood) => Some(neighbourhood.halo()),
            Operation::Match(_) => None,
        }
    }

    /// A window with its halo, as far as the raster reaches.
    fn around(&self, window: Window) -> Window {
        grown(window, self.halo().unwrap_or_default(), self.source.size)
    }

    /// Bytes of a pixel of what it makes.
    pub(crate) fn pixel_bytes(&self) -> u64 {
        let numbers = to_u64(self.form.bands) * to_u64(self.form.data_type.bytes());
        numbers + u64::from(self.form.masked)
    }

    /// Makes a window.
    pub(crate) fn block(&self, window: Window, evaluate: &Evaluate<'_>) -> Result<Product> {
        let block = match &self.operation {
            Operation::Map(map) => {
                let around = self.around(window);
                map.block(window, around, self.source.size, evaluate(around)?)
            }
            Operation::Neighbourhood(neighbourhood) => {
                let around = self.around(window);
                neighbourhood.block(window, around, &evaluate(around)?)
            }
            Operation::Match(matching) => {
                let limits = &self.source.context.limits;
                matching.block(window, &self.form, limits, evaluate)
            }
        }?;
        self.product(window, block)
    }

    /// A block as what the stage was said to make.
    fn product(&self, window: Window, block: Block) -> Result<Product> {
        self.check(window, &block)?;
        let size = block.size();
        let mask = match self.form.masked {
            true => {
                let valid = Samples::U8(block.valid_pixels());
                Some(Block::new(1, size, valid, Validity::All)?)
            }
            false => None,
        };
        let nodata = self.form.nodata.filter(|_| mask.is_none());
        let validity = nodata.map_or(Validity::All, Validity::Nodata);
        let numbers = block.with_validity(validity)?;
        Ok(Product { numbers, mask })
    }

    fn check(&self, window: Window, block: &Block) -> Result<()> {
        let shape =
            |bands, size, data_type| format!("{bands} bands of {size} pixels of {data_type}");
        let Form {
            bands, data_type, ..
        } = self.form;
        let expected = shape(bands, window.size(), data_type);
        let found = shape(block.bands(), block.size(), block.data_type());
        let refuse = |found: String, expected: String| {
            let (operator, window) = (self.name(), window.to_string());
            Err(Error::from(Expression::Product {
                operator,
                window,
                found,
                expected,
            }))
        };
        if found != expected {
            return refuse(found, expected);
        }
        match (block.validity(), self.form.nodata) {
            _ if self.form.masked => Ok(()),
            (Validity::All, _) => Ok(()),
            (Validity::Nodata(found), Some(nodata)) if *found == nodata => Ok(()),
            (Validity::Nodata(found), nodata) => {
                let expected = nodata.map_or("no nodata value".into(), |n| format!("nodata {n}"));
                refuse(format!("nodata {found}"), expected)
            }
            (Validity::Mask(_), _) => refuse("a mask".into(), "no mask".into()),
        }
    }

    /// The operator's name.
    pub(crate) fn name(&self) -> &'static str {
        match &self.operation {
            Operation::Map(_) => "map_chunks",
            Operation::Match(_) => "match_grid",
            Operation::Neighbourhood(neighbourhood) => neighbourhood.name(),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of ", self.name())?;
        let inputs = self.source.bound.inputs();
        for (place, input) in inputs.iter().enumerate() {
            let between = if place > 0 { " and " } else { "" };
            write!(f, "{between}{}", self.source.inputs[input.input])?;
        }
        Ok(())
    }
}

/// How many stages may stand on each other: they are worked on by functions that call themselves.
const DEEPEST: u32 = 64;

/// How many stages there may be, each as often as it is used.
const MOST: u32 = 4096;

/// A window with a halo, as far as the raster reaches.
fn grown(window: Window, (across, down): (u32, u32), raster: Size) -> Window {
    let (column, row) = (
        window.column.saturating_sub(across),
        window.row.saturating_sub(down),
    );
    let end = |end: u64, halo: u32, length: u32| {
        let end = (end + u64::from(halo)).min(length.into());
        u32::try_from(end).unwrap_or(length)
    };
    let (right, bottom) = (
        end(window.right(), across, raster.width),
        end(window.bottom(), down, raster.height),
    );
    Window::new(column, row, right - column, bottom - row)
}

/// A size with a halo.
fn around(size: Size, (across, down): (u32, u32)) -> Size {
    let side = |side: u32, halo: u32| side.saturating_add(halo.saturating_mul(2));
    Size::new(side(size.width, across), side(size.height, down))
}
