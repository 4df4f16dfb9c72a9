//! The COG writer: rows in from the top, a whole file out at the end, in one forward pass.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::options::CogOptions;
use super::output::{OpenPath, Output, Target};
use super::pyramid::{Content, Cover, Pyramid, RowSink};
use super::raster::Raster;
use super::settings::Settings;
use super::tiles::{EncodedTiles, PassedTile};
use crate::block::{Block, Validity};
use crate::context::Context;
use crate::error::{Error, Result, Usage};
use crate::format::layout::{LevelTiles, RasterTags, layout};
use crate::grid::Size;
use crate::sample::{DataType, with_type};
use crate::spool::SpoolBudget;

/// Writes a COG from rows that come in order, once. Where blocks come in another order, or from
/// several threads, see [`BlockWriter`](super::BlockWriter).
///
/// Rows that are refused change nothing. Once rows could not be encoded or kept, all later calls
/// fail, so that no file with a gap appears.
pub struct CogWriter<'a> {
    levels: Levels,
    output: Output<'a>,
}

/// Rows in from the top, the encoded tiles of all levels out.
pub(super) struct Levels {
    raster: Raster,
    tags: RasterTags,
    settings: Settings,
    content: Content,
    /// The levels that are complete.
    done: Vec<EncodedTiles>,
    /// The level that rows are taken for, and those that are computed from it. None once it has
    /// failed.
    pyramid: Option<Box<dyn RowSink>>,
    budget: Arc<SpoolBudget>,
    context: Context,
    /// The size of the level that rows are taken for, and the rows that have come.
    size: Size,
    rows: u32,
}

impl<'a> CogWriter<'a> {
    /// A writer to a file, which appears, or replaces the old one, when [`finish`](Self::finish) has
    /// returned; until then, and if anything fails, the old file is as it was.
    ///
    /// # Errors
    /// [`Usage`] for options or a raster that make no sense; [`Io`](crate::ErrorKind::Io) where the directory
    /// cannot be written to.
    pub fn create(
        path: impl AsRef<Path>,
        raster: Raster,
        options: &CogOptions,
        context: &Context,
    ) -> Result<CogWriter<'static>> {
        let settings = options.settle(&raster, None)?;
        let output = Output::Path(OpenPath::create(path.as_ref())?);
        CogWriter::start(output, raster, settings, context)
    }

    /// A writer to a sink, which gets the bytes in order when [`finish`](Self::finish) is called.
    ///
    /// # Errors
    /// [`Usage`] for options or a raster that make no sense.
    pub fn to_sink(
        sink: &'a mut dyn Write,
        raster: Raster,
        options: &CogOptions,
        context: &Context,
    ) -> Result<Self> {
        let settings = options.settle(&raster, None)?;
        CogWriter::start(Output::Sink(sink), raster, settings, context)
    }

    pub(crate) fn open(
        target: Target<'a>,
        raster: Raster,
        settings: Settings,
        context: &Context,
    ) -> Result<Self> {
        CogWriter::start(Output::open(target)?, raster, settings, context)
    }

    fn start(
        output: Output<'a>,
        raster: Raster,
        settings: Settings,
        context: &Context,
    ) -> Result<Self> {
        let levels = Levels::new(raster, settings, output.directory(), context)?;
        Ok(CogWriter { levels, output })
    }

    /// Takes the rows of the next level from now on, where the levels are given one by one.
    pub(crate) fn next_level(&mut self) -> Result<()> {
        self.levels.next()
    }

    /// Width and height of the tiles.
    pub fn tile_size(&self) -> Size {
        self.levels.tile_size()
    }

    /// Takes the next rows: a block as wide as the raster.
    ///
    /// # Errors
    /// [`Usage`] for a block of another width, type or number of bands, or beyond the last row, and
    /// after a call that failed; [`Io`](crate::ErrorKind::Io) where the spool cannot be written.
    pub fn push(&mut self, block: Block) -> Result<()> {
        self.push_beside(vec![block])
    }

    /// Takes the next rows as blocks side by side, from the first column to the last.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_beside(&mut self, blocks: Vec<Block>) -> Result<()> {
        self.push_passing(blocks, Vec::new())
    }

    /// As [`push_beside`](Self::push_beside), with those tiles of the base, all of these rows, that
    /// need no encoding because an input has them in the same form.
    pub(crate) fn push_passing(
        &mut self,
        blocks: Vec<Block>,
        passed: Vec<PassedTile>,
    ) -> Result<()> {
        self.levels.push(blocks, passed)
    }

    /// Lays out the file and writes it.
    ///
    /// # Errors
    /// [`Usage`] if rows are missing or a call has failed before;
    /// [`Io`](crate::ErrorKind::Io) where the target cannot be written.
    pub fn finish(self) -> Result<()> {
        self.levels.finish(self.output)
    }
}

impl Levels {
    /// `directory` is where temporary files go.
    pub(super) fn new(
        raster: Raster,
        settings: Settings,
        directory: PathBuf,
        context: &Context,
    ) -> Result<Self> {
        raster.check()?;
        let tags = raster.tags(&settings)?;
        let budget = SpoolBudget::new(context.limits.spool_bytes, directory);
        let content = Content {
            bands: raster.bands,
            nodata: raster.nodata,
            cover: raster.cover(&tags.extra_samples),
        };
        let mut levels = Levels {
            size: raster.size,
            raster,
            tags,
            settings,
            content,
            done: Vec::new(),
            pyramid: None,
            budget: Arc::new(budget),
            context: context.clone(),
            rows: 0,
        };
        levels.begin()?;
        Ok(levels)
    }

    /// Begins with the next level: it alone if the levels are given one by one, else with all that
    /// are computed from it.
    fn begin(&mut self) -> Result<()> {
        let (first, count) = (self.done.len(), self.settings.levels.len());
        let levels = match self.settings.given {
            true => first..first + 1,
            false => first..count,
        };
        let (settings, content) = (&self.settings, self.content);
        let (budget, context) = (self.budget.clone(), &self.context);
        self.pyramid = Some(with_type!(self.raster.data_type, T => {
            Box::new(Pyramid::<T>::new(settings, levels, content, budget, context)?)
        }));
        (self.size, self.rows) = (self.settings.levels[first], 0);
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        self.end()?;
        self.begin()
    }

    fn end(&mut self) -> Result<()> {
        if self.rows < self.size.height {
            let text = format!("{} rows came, {} are needed", self.rows, self.size.height);
            return Err(Usage::Option(text).into());
        }
        let pyramid = self.pyramid()?;
        self.done.extend(pyramid.finish());
        Ok(())
    }

    /// The pyramid, to be put back when what is done with it has succeeded.
    fn pyramid(&mut self) -> Result<Box<dyn RowSink>> {
        self.pyramid.take().ok_or_else(failed)
    }

    pub(super) fn tile_size(&self) -> Size {
        self.settings.tile
    }

    /// What its blocks are to be.
    pub(super) fn accepted(&self) -> Accepted {
        Accepted {
            bands: self.raster.bands,
            data_type: self.raster.data_type,
            masks: self.raster.mask || self.content.cover == Cover::Alpha,
        }
    }

    pub(super) fn push(&mut self, blocks: Vec<Block>, passed: Vec<PassedTile>) -> Result<()> {
        let accepted = self.accepted();
        blocks.iter().try_for_each(|block| accepted.check(block))?;
        let height = blocks.first().map_or(0, |block| block.size().height);
        let width: u64 = blocks
            .iter()
            .map(|block| u64::from(block.size().width))
            .sum();
        let size = self.size;
        let fits = |block: &Block| block.size().height == height;
        let rows = self
            .rows
            .checked_add(height)
            .filter(|&rows| rows <= size.height);
        let (true, true, Some(rows)) = (
            blocks.iter().all(fits),
            width == u64::from(size.width),
            rows,
        ) else {
            let text = format!(
                "blocks of {width} x {height} pixels at row {} do not fit a raster of {size}",
                self.rows
            );
            return Err(Usage::Option(text).into());
        };
        // Where this fails, by an error or a panic, tiles are missing: no file may come of it.
        let mut pyramid = self.pyramid()?;
        pyramid.push(blocks, passed)?;
        self.pyramid = Some(pyramid);
        self.rows = rows;
        Ok(())
    }

    /// Lays out the file and writes it.
    pub(super) fn finish(mut self, output: Output<'_>) -> Result<()> {
        self.end()?;
        let Levels {
            tags,
            settings,
            done,
            budget,
            context,
            ..
        } = self;
        let levels: Vec<LevelTiles> = done.iter().map(|tiles| tiles.level.clone()).collect();
        let header = layout(&tags, &levels, settings.bigtiff)?.header;
        output.write(&context.cancel, |out| {
            out.write_all(&header)?;
            for level in done.into_iter().rev() {
                level.copy_to(out, &budget)?;
            }
            Ok(())
        })
    }
}

/// What the blocks of a raster are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub(super) bands: usize,
    pub(super) data_type: DataType,
    /// Whether they may have masks.
    masks: bool,
}

impl Accepted {
    pub(super) fn check(self, block: &Block) -> Result<()> {
        let Accepted {
            bands, data_type, ..
        } = self;
        if (block.bands(), block.data_type()) != (bands, data_type) {
            let text = format!(
                "a block of {} bands of {} for a raster of {bands} bands of {data_type}",
                block.bands(),
                block.data_type()
            );
            return Err(Usage::Option(text).into());
        }
        if matches!(block.validity(), Validity::Mask(_)) && !self.masks {
            let text = "a block with a mask for a raster without one: see Raster::mask";
            return Err(Usage::Option(text.to_string()).into());
        }
        Ok(())
    }
}

/// What calls after one that failed give.
pub(super) fn failed() -> Error {
    Usage::Option("the writer is of no use after a call that failed".into()).into()
}

/// Writes a block as a COG: to a path as [`CogWriter::create`] does.
///
#[cfg_attr(not(feature = "deflate"), doc = "```ignore")]
#[cfg_attr(feature = "deflate", doc = "```")]
/// use cogwork::grid::Size;
/// use cogwork::block::{Block, Validity};
/// use cogwork::sample::Samples;
/// use cogwork::write::{CogOptions, Raster, write_block_to};
///
/// let samples = Samples::U8((0..=255).collect());
/// let block = Block::new(1, Size::new(16, 16), samples, Validity::Nodata(0.into()))?;
/// let mut bytes = Vec::new();
/// write_block_to(&mut bytes, &block, Raster::of_block(&block), &CogOptions::default())?;
/// assert_eq!(&bytes[..4], b"II\x2a\x00");
/// # Ok::<(), cogwork::Error>(())
/// ```
///
/// # Errors
/// As [`CogWriter`].
pub fn write_block(
    path: impl AsRef<Path>,
    block: &Block,
    raster: Raster,
    options: &CogOptions,
) -> Result<()> {
    let mut writer = CogWriter::create(path, raster, options, &Context::default())?;
    writer.push(block.clone())?;
    writer.finish()
}

/// Writes a block as a COG into a sink.
///
/// # Errors
/// As [`CogWriter`].
pub fn write_block_to(
    sink: &mut dyn Write,
    block: &Block,
    raster: Raster,
    options: &CogOptions,
) -> Result<()> {
    let mut writer = CogWriter::to_sink(sink, raster, options, &Context::default())?;
    writer.push(block.clone())?;
    writer.finish()
}
