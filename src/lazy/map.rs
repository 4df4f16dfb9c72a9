//! `map_chunks`: a function of the caller's on blocks of a raster.

use std::fmt;
use std::sync::Arc;

use super::stage::{Form, Operation, Stage};
use super::{Lazy, Settled};
use crate::block::{Block, Validity};
use crate::error::{Result, Usage};
use crate::grid::{Size, Window};
use crate::limits::{index, to_usize};
use crate::sample::{DataType, Sample, Scalar, with_samples};

/// What a function for [`Lazy::map_chunks`] makes of blocks, and what it needs: by default blocks of
/// the raster's own bands, type and nodata value, from pixels on their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapSpec {
    data_type: Option<DataType>,
    bands: Option<usize>,
    nodata: Option<Option<Scalar>>,
    masked: Option<bool>,
    halo: u32,
    boundary: Boundary,
}

/// What stands around a raster where a halo reaches beyond its edges: the boundaries of
/// `dask.array.map_overlap`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Boundary {
    /// Nothing: the halo ends with the raster, so that blocks at its edges are smaller.
    #[default]
    None,
    /// The raster mirrored at its edge: pixels `c b a | a b c`.
    Reflect,
    /// The nearest pixel of the raster: `a a a | a b c`.
    Nearest,
    /// A number. Where a mask tells the valid pixels, these are not.
    Constant(Scalar),
}

/// A part of a raster, as a function for [`Lazy::map_chunks`] gets it.
#[derive(Clone, Debug)]
pub struct Chunk {
    block: Block,
    window: Window,
    inner: Window,
    raster: Size,
}

type Function = dyn Fn(&Chunk) -> Result<Block> + Send + Sync;

/// A function with what it needs.
pub(crate) struct Map {
    function: Arc<Function>,
    halo: u32,
    boundary: Boundary,
}

impl MapSpec {
    /// The raster's own bands, type and nodata value; no halo.
    pub fn new() -> Self {
        MapSpec::default()
    }

    /// The type of the samples that the function makes.
    #[must_use]
    pub fn data_type(self, data_type: DataType) -> Self {
        let data_type = Some(data_type);
        MapSpec { data_type, ..self }
    }

    /// How many bands it makes.
    #[must_use]
    pub fn bands(self, bands: usize) -> Self {
        let bands = Some(bands);
        MapSpec { bands, ..self }
    }

    /// The nodata value of what it makes, or that there is none.
    #[must_use]
    pub fn nodata(self, nodata: Option<Scalar>) -> Self {
        let nodata = Some(nodata);
        MapSpec { nodata, ..self }
    }

    /// Whether what it makes has a mask, in its blocks' [`Validity`].
    #[must_use]
    pub fn masked(self, masked: bool) -> Self {
        let masked = Some(masked);
        MapSpec { masked, ..self }
    }

    /// How many pixels on each side of its own it needs to see.
    #[must_use]
    pub fn halo(self, pixels: u32) -> Self {
        MapSpec {
            halo: pixels,
            ..self
        }
    }

    /// What stands around the raster.
    #[must_use]
    pub fn boundary(self, boundary: Boundary) -> Self {
        MapSpec { boundary, ..self }
    }
}

impl Chunk {
    /// The pixels, with those of the halo.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// The part of the raster that is to be made.
    pub fn window(&self) -> Window {
        self.window
    }

    /// That part in the block: the block without its halo.
    pub fn inner(&self) -> Window {
        self.inner
    }

    /// Width and height of the whole raster.
    pub fn raster(&self) -> Size {
        self.raster
    }

    /// The pixels by value.
    pub fn into_block(self) -> Block {
        self.block
    }
}

impl Lazy {
    /// What a function makes of this raster, block by block.
    ///
    /// The function gets a [`Chunk`] and gives a block of the chunk's window, of the bands, type and
    /// validity that `spec` says. It is called from many threads, for windows of any size that the
    /// work suggests, more than once for some pixels; so what it makes of a pixel must not depend
    /// on the window, or the result does. Numbers of a mask are uint8 of 0 and 1.
    ///
    /// A function that panics takes the thread along that called an end of this raster.
    ///
    #[cfg_attr(not(feature = "deflate"), doc = "```ignore")]
    #[cfg_attr(feature = "deflate", doc = "```")]
    /// use cogwork::lazy::MapSpec;
    /// use cogwork::sample::Samples;
    /// use cogwork::{Block, Cog};
    ///
    /// let red = Cog::open("testdata/scene/B04.tif")?.base().lazy();
    /// let halves = red.map_chunks(MapSpec::new(), |chunk| {
    ///     let block = chunk.block();
    ///     let samples: &[u16] = block.as_slice().expect("the file is uint16");
    ///     let halved = samples.iter().map(|sample| sample / 2).collect();
    ///     Block::new(block.bands(), block.size(), Samples::U16(halved), block.validity().clone())
    /// })?;
    /// # halves.compute()?;
    /// # Ok::<(), cogwork::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Usage`] for a spec that makes no sense; as [`check`](Self::check). When it runs:
    /// [`Product`](crate::error::Expression::Product) for a block that is not as said, with the window; the function's own
    /// errors as they are.
    pub fn map_chunks(
        &self,
        spec: MapSpec,
        function: impl Fn(&Chunk) -> Result<Block> + Send + Sync + 'static,
    ) -> Result<Lazy> {
        let source = self.settle()?;
        let form = spec.form(&source)?;
        let map = Map {
            function: Arc::new(function),
            halo: spec.halo,
            boundary: match spec.boundary {
                Boundary::Constant(value) => {
                    Boundary::Constant(source.bound.data_type().check(value)?)
                }
                other => other,
            },
        };
        Ok(self.of_stage(Stage::new(source, Operation::Map(map), form)?))
    }
}

impl MapSpec {
    fn form(&self, source: &Settled) -> Result<Form> {
        let own = Form::of(source);
        let data_type = self.data_type.unwrap_or(own.data_type);
        let bands = self.bands.unwrap_or(own.bands);
        if bands == 0 {
            return Err(Usage::Option("map_chunks: no band is left".into()).into());
        }
        let nodata = match self.nodata {
            Some(nodata) => nodata.map(|nodata| data_type.check(nodata)).transpose()?,
            // A value that the new type does not have would make all samples valid in silence.
            None => own
                .nodata
                .map(|nodata| data_type.check(nodata))
                .transpose()?,
        };
        Ok(Form {
            bands,
            data_type,
            nodata,
            masked: self.masked.unwrap_or(own.masked),
            ..own
        })
    }
}

impl Map {
    /// Columns and rows on each side of a window that are needed, too.
    pub(crate) fn halo(&self) -> (u32, u32) {
        (self.halo, self.halo)
    }

    /// Calls the function for a window, from the block around it as far as the raster reaches.
    pub(crate) fn block(
        &self,
        window: Window,
        around: Window,
        raster: Size,
        block: Block,
    ) -> Result<Block> {
        let inside = |at: u32, from: u32| at - from;
        let (left, top) = (
            inside(window.column, around.column),
            inside(window.row, around.row),
        );
        let (chunk, corner) = match self.boundary {
            Boundary::None => (block, (left, top)),
            boundary => {
                let block = self.padded(boundary, window, around, raster, block)?;
                (block, (self.halo, self.halo))
            }
        };
        (self.function)(&Chunk {
            block: chunk,
            window,
            inner: Window::new(corner.0, corner.1, window.width, window.height),
            raster,
        })
    }

    /// A block with a halo on all sides.
    fn padded(
        &self,
        boundary: Boundary,
        window: Window,
        around: Window,
        raster: Size,
        block: Block,
    ) -> Result<Block> {
        let columns = Side::new(boundary, (window.column, window.width), self.halo);
        let rows = Side::new(boundary, (window.row, window.height), self.halo);
        let columns = columns.places(around.column, raster.width);
        let rows = rows.places(around.row, raster.height);
        let size = Size::new(
            window.width.saturating_add(2 * self.halo),
            window.height.saturating_add(2 * self.halo),
        );
        let fill = match boundary {
            Boundary::Constant(value) => value,
            _ => Scalar::Int(0),
        };
        let width = index(block.size().width);
        let plane = to_usize(block.size().area())?;
        let gather = Gather {
            columns: &columns,
            rows: &rows,
            width,
        };
        let samples = with_samples!(block.samples(), values => {
            gather.planes(values, plane, fill)
        });
        let validity = match block.validity() {
            Validity::Mask(mask) => Validity::Mask(gather.plane(mask, 0)),
            other => other.clone(),
        };
        Block::new(block.bands(), size, samples, validity)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("halo", &self.halo)
            .field("boundary", &self.boundary)
            .finish_non_exhaustive()
    }
}

/// One axis of a window with its halo.
struct Side {
    boundary: Boundary,
    /// The first place, which may lie before the raster, and the one after the last.
    start: i64,
    end: i64,
}

impl Side {
    fn new(boundary: Boundary, (start, length): (u32, u32), halo: u32) -> Self {
        let (start, end) = (i64::from(start), i64::from(start) + i64::from(length));
        Side {
            boundary,
            start: start - i64::from(halo),
            end: end + i64::from(halo),
        }
    }

    /// For each place the one of the block that stands for it, if one does: the block begins with
    /// place `first` of a raster of `length`.
    fn places(&self, first: u32, length: u32) -> Vec<Option<usize>> {
        let place = |at: i64| {
            let found = self.inside(at, length.into())?;
            usize::try_from(found - i64::from(first)).ok()
        };
        (self.start..self.end).map(place).collect()
    }

    fn inside(&self, at: i64, length: i64) -> Option<i64> {
        match self.boundary {
            _ if (0..length).contains(&at) => Some(at),
            Boundary::Nearest => Some(at.clamp(0, length - 1)),
            Boundary::Reflect => {
                let place = at.rem_euclid(2 * length);
                Some(place.min(2 * length - 1 - place))
            }
            Boundary::None | Boundary::Constant(_) => None,
        }
    }
}

/// Places of a block's columns and rows, to be brought together.
struct Gather<'a> {
    columns: &'a [Option<usize>],
    rows: &'a [Option<usize>],
    /// The block's width.
    width: usize,
}

impl Gather<'_> {
    fn planes<T: Sample>(
        &self,
        values: &[T],
        plane: usize,
        fill: Scalar,
    ) -> crate::sample::Samples {
        let fill = T::from_scalar(fill).unwrap_or_default();
        let planes = values.chunks_exact(plane.max(1));
        T::into_samples(planes.flat_map(|plane| self.plane(plane, fill)).collect())
    }

    fn plane<T: Copy>(&self, plane: &[T], fill: T) -> Vec<T> {
        let mut gathered = Vec::with_capacity(self.columns.len() * self.rows.len());
        for row in self.rows {
            let line = row.map(|row| &plane[row * self.width..][..self.width]);
            gathered.extend(self.columns.iter().map(|column| match (line, column) {
                (Some(line), Some(column)) => line[*column],
                _ => fill,
            }));
        }
        gathered
    }
}
