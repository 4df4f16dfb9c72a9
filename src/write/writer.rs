//! The COG writer: rows in from the top, a whole file out at the end, in one forward pass.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::options::CogOptions;
use super::output::{Output, Target};
use super::pyramid::{Content, Cover, Pyramid, RowSink};
use super::settings::Settings;
use super::tiles::{EncodedTiles, PassedTile};
use crate::block::{Block, Validity};
use crate::context::Context;
use crate::error::{Error, Result, Usage};
use crate::format::annotations::Annotations;
use crate::format::geo::Georeference;
use crate::format::layout::{LevelTiles, RasterTags, layout};
use crate::format::tag::photometric;
use crate::grid::Size;
use crate::sample::{DataType, Scalar, with_type};
use crate::spool::SpoolBudget;

/// What a COG is to hold, beside its pixels.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Raster {
    /// Width and height in pixels.
    pub size: Size,
    /// Number of bands.
    pub bands: usize,
    /// The type of the samples.
    pub data_type: DataType,
    /// The nodata value, one for all bands.
    pub nodata: Option<Scalar>,
    /// Whether there is a mask, which tells the valid pixels of all bands. It is written beside
    /// them, as one bit per pixel, and comes as the validity of the blocks.
    pub mask: bool,
    /// Transform and GeoTIFF keys.
    pub georeference: Georeference,
    /// Colour map of one band of 8 or 16 bits: all reds, all greens, all blues; or empty.
    pub color_map: Vec<u16>,
    /// TIFF PhotometricInterpretation. By default 3 and 4 bands of uint8 are RGB (the fourth is an
    /// extra sample), everything else is MinIsBlack, as in GDAL.
    pub photometric: Option<u16>,
    /// TIFF ExtraSamples of the bands beyond the photometric ones; default 0, unspecified.
    pub extra_samples: Vec<u16>,
    /// Metadata, texts and more.
    pub annotations: Annotations,
}

impl Raster {
    /// A raster without nodata, georeference and colour map.
    pub fn new(size: Size, bands: usize, data_type: DataType) -> Self {
        Raster {
            size,
            bands,
            data_type,
            nodata: None,
            mask: false,
            georeference: Georeference::default(),
            color_map: Vec::new(),
            photometric: None,
            extra_samples: Vec::new(),
            annotations: Annotations::default(),
        }
    }

    /// The raster that a block holds.
    pub fn of_block(block: &Block) -> Self {
        let raster = Raster::new(block.size(), block.bands(), block.data_type());
        Raster {
            nodata: block.nodata(),
            mask: matches!(block.validity(), Validity::Mask(_)),
            ..raster
        }
    }

    /// Sets transform and GeoTIFF keys.
    #[must_use]
    pub fn georeference(self, georeference: Georeference) -> Self {
        Raster {
            georeference,
            ..self
        }
    }

    /// Whether samples are indices into a colour map.
    pub(super) fn is_palette(&self) -> bool {
        !self.color_map.is_empty()
    }

    fn check(&self) -> Result<()> {
        if let Some(nodata) = self.nodata {
            self.data_type.check(nodata)?;
        }
        if self.size.width == 0 || self.size.height == 0 || self.bands == 0 {
            let text = format!("a raster of {} pixels and {} bands", self.size, self.bands);
            return Err(Usage::Option(text).into());
        }
        Ok(())
    }

    /// What tells the valid pixels in overviews, beside nodata, by GDAL's order: a mask, else the
    /// nodata value, else the alpha band that is the last of two or four.
    fn cover(&self, extra_samples: &[u16]) -> Cover {
        let alpha = matches!(self.bands, 2 | 4)
            && matches!(extra_samples.last(), Some(1 | 2))
            && matches!(self.data_type, DataType::U8 | DataType::U16);
        match (self.mask, self.nodata) {
            (true, _) => Cover::Mask,
            (false, None) if alpha => Cover::Alpha,
            _ => Cover::None,
        }
    }

    /// The colour map for samples of so many bits.
    fn colors(&self, bits: Option<u16>) -> Vec<u16> {
        let count = bits.map_or(usize::MAX, |bits| 1 << bits);
        let thirds = self.color_map.chunks((self.color_map.len() / 3).max(1));
        thirds
            .flat_map(|third| third.iter().take(count))
            .copied()
            .collect()
    }

    fn tags(&self, settings: &Settings) -> Result<RasterTags> {
        let bands = u16::try_from(self.bands).map_err(|_| {
            let text = format!("{} bands: a TIFF has at most 65535", self.bands);
            Error::from(Usage::Option(text))
        })?;
        let byte = self.data_type == DataType::U8;
        let default = if byte && matches!(bands, 3 | 4) {
            photometric::RGB
        } else {
            1
        };
        let photometric = match self.photometric {
            Some(photometric::RGB) if bands >= 3 => photometric::RGB,
            Some(_) if !self.color_map.is_empty() && bands == 1 => photometric::PALETTE,
            Some(0) => 0,
            Some(_) => photometric::MIN_IS_BLACK,
            None => default,
        };
        let colors = if photometric == photometric::RGB {
            3
        } else {
            1
        };
        let mut extra_samples = self.extra_samples.clone();
        extra_samples.resize(self.bands.saturating_sub(colors), 0);
        let palette = photometric == photometric::PALETTE;
        Ok(RasterTags {
            bands,
            interleave: settings.interleave,
            data_type: self.data_type,
            bits: settings.bits,
            coding: settings.base.coding(),
            overview_coding: settings.overview.coding(),
            mask_compression: settings.masks.compression.tag(),
            photometric,
            extra_samples,
            color_map: match palette {
                true => self.colors(settings.bits),
                false => Vec::new(),
            },
            nodata: self.nodata.map(|nodata| nodata.to_string()),
            geo: self.georeference.tags(),
            annotations: self.annotations.clone(),
        })
    }
}

/// Writes a COG from rows that come in order, once.
pub struct CogWriter<'a> {
    raster: Raster,
    tags: RasterTags,
    settings: Settings,
    content: Content,
    /// The levels that are complete.
    done: Vec<EncodedTiles>,
    /// The level that rows are taken for, and those that are computed from it.
    pyramid: Option<Box<dyn RowSink>>,
    budget: Arc<SpoolBudget>,
    context: Context,
    output: Output<'a>,
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
        CogWriter::start(Output::create(path.as_ref())?, raster, settings, context)
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
        raster.check()?;
        let tags = raster.tags(&settings)?;
        let budget = SpoolBudget::new(context.limits.spool_bytes, output.directory());
        let content = Content {
            bands: raster.bands,
            nodata: raster.nodata,
            cover: raster.cover(&tags.extra_samples),
        };
        let mut writer = CogWriter {
            size: raster.size,
            raster,
            tags,
            settings,
            content,
            done: Vec::new(),
            pyramid: None,
            budget: Arc::new(budget),
            context: context.clone(),
            output,
            rows: 0,
        };
        writer.begin_levels()?;
        Ok(writer)
    }

    /// Begins with the next level: it alone if the levels are given one by one, else with all that
    /// are computed from it.
    fn begin_levels(&mut self) -> Result<()> {
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

    /// Takes the rows of the next level from now on, where the levels are given one by one.
    pub(crate) fn next_level(&mut self) -> Result<()> {
        self.end_levels()?;
        self.begin_levels()
    }

    fn end_levels(&mut self) -> Result<()> {
        if self.rows < self.size.height {
            let text = format!("{} rows came, {} are needed", self.rows, self.size.height);
            return Err(Usage::Option(text).into());
        }
        if let Some(pyramid) = self.pyramid.take() {
            self.done.extend(pyramid.finish());
        }
        Ok(())
    }

    /// Width and height of the tiles.
    pub fn tile_size(&self) -> Size {
        self.settings.tile
    }

    /// Takes the next rows: a block as wide as the raster.
    ///
    /// # Errors
    /// [`Usage`] for a block of another width, type or number of bands, or beyond the last row;
    /// [`Io`](crate::ErrorKind::Io) where the spool cannot be written.
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
        let height = blocks.first().map_or(0, |block| block.size().height);
        let width: u64 = blocks
            .iter()
            .map(|block| u64::from(block.size().width))
            .sum();
        let Raster {
            bands, data_type, ..
        } = self.raster;
        let size = self.size;
        let alpha = self.content.cover == Cover::Alpha;
        let masked = |block: &Block| matches!(block.validity(), Validity::Mask(_));
        if !self.raster.mask && !alpha && blocks.iter().any(masked) {
            let text = "a block with a mask for a raster without one: see Raster::mask";
            return Err(Usage::Option(text.to_string()).into());
        }
        let fits = |block: &Block| {
            block.bands() == bands
                && block.data_type() == data_type
                && block.size().height == height
        };
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
                "blocks of {width} x {height} pixels at row {} do not fit a raster of {size} \
                 pixels, {bands} bands of {data_type}",
                self.rows
            );
            return Err(Usage::Option(text).into());
        };
        self.rows = rows;
        match &mut self.pyramid {
            Some(pyramid) => pyramid.push(blocks, passed),
            None => Ok(()),
        }
    }

    /// Lays out the file and writes it.
    ///
    /// # Errors
    /// [`Usage`] if rows are missing; [`Io`](crate::ErrorKind::Io) where the target cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.end_levels()?;
        let CogWriter {
            tags,
            settings,
            done,
            budget,
            output,
            ..
        } = self;
        let levels: Vec<LevelTiles> = done.iter().map(|tiles| tiles.level.clone()).collect();
        let header = layout(&tags, &levels, settings.bigtiff)?.header;
        output.write(|out| {
            out.write_all(&header)?;
            for level in done.iter().rev() {
                level.copy_to(out, &budget)?;
            }
            Ok(())
        })
    }
}

/// Writes a block as a COG: to a path as [`CogWriter::create`] does.
///
/// ```
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
