//! A settled raster with all that it takes to compute windows of it: what is fetched on the I/O
//! thread, and what is decoded and evaluated on the executor; stage by stage.

use std::sync::Arc;

use super::inputs::{Feed, Inputs, programs};
use crate::block::{Block, Validity};
use crate::cache::TileCache;
use crate::error::{Error, Expression, Result};
use crate::expr::{Begun, Bound, Constancy, InputUse, Role};
use crate::grid::{Size, Window};
use crate::lazy::Settled;
use crate::lazy::input::Source;
use crate::lazy::stage::{Product, Stage};
use crate::limits::{index, to_u64, to_usize};
use crate::read::failures::Failures;
use crate::read::level::Level;
use crate::read::plan::Fetched;
use crate::sample::{Sample, Samples, with_samples};
use crate::tile::TileDecoder;

/// A settled raster, ready to be computed.
#[derive(Debug)]
pub(super) struct Evaluator {
    settled: Arc<Settled>,
    inputs: Inputs,
    /// What each feed is read by.
    pub(super) readers: Vec<Reader>,
    /// Where tiles go that fail, if that is not to end the job.
    failures: Option<Arc<Failures>>,
}

/// What gives a feed.
#[derive(Debug)]
pub(super) enum Reader {
    /// Tiles of a level.
    Level {
        decoder: TileDecoder,
        /// Whether several chunks or steps want the same tiles, which are kept then.
        shared: bool,
        cache: Option<Arc<TileCache>>,
    },
    /// A stage with its source.
    Stage(Arc<Stage>, Evaluator),
}

/// Compressed tiles in memory, feed by feed.
#[derive(Debug, Default)]
pub(super) struct Supplies(Vec<(usize, Supply)>);

#[derive(Debug)]
enum Supply {
    Tiles(Fetched),
    Stage(Supplies),
}

/// A chunk whose conditions have been evaluated.
#[derive(Debug)]
pub(super) struct Begin<'a> {
    pub(super) window: Window,
    pub(super) numbers: Begun<'a>,
    valid: Option<Begun<'a>>,
    products: Products,
}

/// What stages have made for a chunk, by feed, and how often it is still asked for.
#[derive(Debug)]
struct Products(Vec<(usize, Option<Product>)>);

/// Chunks of a row, as memory is reckoned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// The row of chunks.
    whole: Size,
    /// A chunk.
    chunk: Size,
    /// How many chunks are in the row.
    count: u64,
    /// Pixels of all of them.
    pixels: u64,
}

impl Evaluator {
    pub(super) fn new(settled: Arc<Settled>) -> Result<Self> {
        Evaluator::within(settled, false)
    }

    /// `shared` says that windows overlap which are asked for.
    fn within(settled: Arc<Settled>, shared: bool) -> Result<Self> {
        let inputs = Inputs::new(&settled);
        let reader = |feed: &Feed| -> Result<Reader> {
            let input = feed.input(&settled);
            match input.source() {
                Source::Level(level) => {
                    let decoder = level.decoder().map_err(|error| level.place(error))?;
                    Ok(Reader::Level {
                        decoder,
                        shared: shared || !is_aligned(level, input.window()),
                        cache: None,
                    })
                }
                Source::Stage(stage) | Source::MaskOf(stage) => {
                    let overlaps = shared || stage.overlaps();
                    let source = Evaluator::within(stage.source().clone(), overlaps)?;
                    Ok(Reader::Stage(stage.clone(), source))
                }
            }
        };
        let readers = inputs.feeds().iter().map(reader).collect::<Result<_>>()?;
        Ok(Evaluator {
            inputs,
            readers,
            settled,
            failures: None,
        })
    }

    /// Keeps the tiles that several chunks or steps want, as many as one row of chunks needs.
    pub(super) fn keep_tiles(&mut self, extent: Extent) {
        for (feed, reader) in self.inputs.feeds().iter().zip(&mut self.readers) {
            let level = feed.input(&self.settled).as_level();
            match (reader, level) {
                (Reader::Level { shared, cache, .. }, Some(level)) if *shared => {
                    let bytes = tile_bytes(level, extent.whole);
                    *cache = Some(Arc::new(TileCache::new(bytes)));
                }
                (Reader::Stage(stage, source), _) => source.keep_tiles(extent.below(stage)),
                _ => {}
            }
        }
    }

    /// Takes tiles that fail for invalid, and keeps their list.
    pub(super) fn tolerate(&mut self, failures: &Arc<Failures>) {
        self.failures = Some(failures.clone());
        for reader in &mut self.readers {
            if let Reader::Stage(_, source) = reader {
                source.tolerate(failures);
            }
        }
    }

    pub(super) fn settled(&self) -> &Arc<Settled> {
        &self.settled
    }

    pub(super) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Reads the compressed tiles of a feed that some parts of a window need.
    pub(super) fn fetch(
        &self,
        supplies: &mut Supplies,
        place: usize,
        whole: Window,
        parts: &[Window],
    ) -> Result<()> {
        let feed = &self.inputs.feeds()[place];
        let input = feed.input(&self.settled);
        let of_source = |window: &Window| input.of_source(*window);
        let whole = of_source(&whole);
        let parts: Vec<Window> = parts.iter().map(of_source).collect();
        let supply = match (&self.readers[place], input.source()) {
            (Reader::Level { decoder, cache, .. }, Source::Level(level)) => {
                let bands = &feed.uses[0].bands;
                let windows = (whole, &parts[..]);
                Supply::Tiles(match self.failures {
                    Some(_) => level.fetch_sound_parts(decoder, windows, bands, cache.as_ref())?,
                    None => level.fetch_parts(decoder, windows, bands, cache.as_ref())?,
                })
            }
            (Reader::Stage(stage, source), _) => {
                let parts: Vec<Window> = parts
                    .iter()
                    .filter_map(|&part| stage.source_window(part))
                    .collect();
                let mut supplies = Supplies::default();
                if let Some(whole) = stage.source_window(whole) {
                    for place in 0..source.readers.len() {
                        source.fetch(&mut supplies, place, whole, &parts)?;
                    }
                }
                Supply::Stage(supplies)
            }
            (Reader::Level { .. }, _) => return Err(Expression::NoInput.into()),
        };
        supplies.0.push((place, supply));
        Ok(())
    }

    /// Evaluates the conditions of a chunk.
    pub(super) fn begin<'a>(&'a self, supplies: &Supplies, window: Window) -> Result<Begin<'a>> {
        let askings = |feed: &Feed| (feed.askings, None);
        let mut products = Products(self.inputs.feeds().iter().map(askings).collect());
        let mut begin = |bound: &'a Bound| {
            let needed = |role| role != Role::Image;
            let conditions = self.blocks(bound, (supplies, window), &mut products, needed)?;
            let begun = bound.begin(conditions, window.size());
            begun.map_err(|error| error.in_chunk_at(window.column, window.row))
        };
        let numbers = begin(&self.settled.bound)?;
        let valid = self.settled.valid.as_ref().map(begin).transpose()?;
        Ok(Begin {
            window,
            numbers,
            valid,
            products,
        })
    }

    /// Whether a chunk needs a feed that no condition needs.
    pub(super) fn needs(&self, begin: &Begin<'_>, place: usize) -> bool {
        let begun = std::iter::once(&begin.numbers).chain(&begin.valid);
        programs(&self.settled).zip(begun).any(|(bound, begun)| {
            let gives = |input: &InputUse| self.inputs.place(input) == Some(place);
            begun.constancy() != Constancy::AllTrue && bound.inputs().iter().any(gives)
        })
    }

    /// A chunk whose conditions are known: the other inputs only where the condition is not true
    /// throughout.
    pub(super) fn finish(&self, supplies: &Supplies, begin: Begin<'_>) -> Result<Block> {
        let Begin {
            window,
            numbers,
            valid,
            mut products,
        } = begin;
        let mut images = |bound: &Bound, begun: &Begun<'_>| match begun.constancy() {
            Constancy::AllTrue => Ok(Vec::new()),
            _ => {
                let needed = |role| role == Role::Image;
                self.blocks(bound, (supplies, window), &mut products, needed)
            }
        };
        let inputs = images(&self.settled.bound, &numbers)?;
        let placed = |error: Error| error.in_chunk_at(window.column, window.row);
        let block = numbers.finish(inputs).map_err(placed)?;
        match (&self.settled.valid, valid) {
            (Some(bound), Some(valid)) => {
                let inputs = images(bound, &valid)?;
                self.covered(block, &valid.finish(inputs).map_err(placed)?)
            }
            _ => Ok(block),
        }
    }

    /// A block with the validity that the masks of inputs give.
    fn covered(&self, block: Block, covered: &Block) -> Result<Block> {
        let covered = covered.as_slice::<u8>().unwrap_or_default();
        // Numbers that no mask tells of may still be nodata; the fill of a mask is not.
        let gated = self.settled.bound.is_masked();
        let mut mask = match gated {
            true => vec![1; covered.len().min(to_usize(block.size().area())?)],
            false => block.valid_pixels(),
        };
        let pixels = mask.len().max(1);
        for (at, valid) in mask.iter_mut().enumerate() {
            let mut bands = covered.iter().skip(at).step_by(pixels);
            *valid &= u8::from(bands.any(|&valid| valid != 0));
        }
        block.with_validity(Validity::Mask(mask))
    }

    /// The inputs of an expression of the given roles, by index.
    fn blocks(
        &self,
        bound: &Bound,
        (supplies, window): (&Supplies, Window),
        products: &mut Products,
        wanted: impl Fn(Role) -> bool,
    ) -> Result<Vec<Option<Block>>> {
        let mut blocks = vec![None; self.settled.inputs.len()];
        for used in bound.inputs().iter().filter(|input| wanted(input.role)) {
            let input = &self.settled.inputs[used.input];
            let missing = || Expression::NoInput;
            let place = self.inputs.place(used).ok_or_else(missing)?;
            let supply = supplies.of(place).ok_or_else(missing)?;
            let part = input.of_source(window);
            blocks[used.input] = Some(match (&self.readers[place], supply, input.source()) {
                (Reader::Level { decoder, .. }, Supply::Tiles(tiles), Source::Level(level)) => {
                    let failures = self.failures.as_deref();
                    level.decode(decoder, tiles, part, used.bands.len(), failures)?
                }
                (Reader::Stage(stage, source), Supply::Stage(supplies), from) => {
                    let make = || stage.block(part, &|window| source.block(supplies, window));
                    let mask = matches!(from, Source::MaskOf(_));
                    products.take(place, mask, &used.bands, make)?
                }
                _ => return Err(missing().into()),
            });
        }
        Ok(blocks)
    }

    /// Computes a window in one go.
    fn block(&self, supplies: &Supplies, window: Window) -> Result<Block> {
        self.finish(supplies, self.begin(supplies, window)?)
    }

    /// The fetched tiles of an input.
    pub(super) fn tiles<'s>(&self, supplies: &'s Supplies, input: usize) -> Option<&'s Fetched> {
        match supplies.of(self.inputs.place_of(input)?)? {
            Supply::Tiles(tiles) => Some(tiles),
            Supply::Stage(_) => None,
        }
    }

    /// Bytes of a pixel of the result.
    pub(super) fn result_bytes(&self) -> u64 {
        let bound = &self.settled.bound;
        let sample = to_u64(bound.data_type().bytes());
        let mask = u64::from(self.settled.valid.is_some());
        to_u64(bound.bands()).saturating_mul(sample) + mask
    }

    /// Bytes that some chunks take while they are worked on: their result, and all that comes before.
    pub(super) fn bytes(&self, extent: Extent) -> u64 {
        let feeds = 0..self.readers.len();
        let feeds = feeds.map(|place| self.feed_bytes(place, extent));
        let result = extent.pixels.saturating_mul(self.result_bytes());
        feeds.fold(result, u64::saturating_add)
    }

    /// Bytes of conditions that wait for the rest: their inputs, and what comes of them.
    pub(super) fn waiting_bytes(&self, extent: Extent) -> u64 {
        let first = self.inputs.first();
        if first.is_empty() {
            return 0;
        }
        let bands = programs(&self.settled).map(Bound::bands).sum();
        let results = extent.pixels.saturating_mul(to_u64(bands));
        let feeds = first.map(|place| self.feed_bytes(place, extent));
        feeds.fold(results, u64::saturating_add)
    }

    fn feed_bytes(&self, place: usize, extent: Extent) -> u64 {
        let feed = &self.inputs.feeds()[place];
        let input = feed.input(&self.settled);
        match &self.readers[place] {
            Reader::Level { shared, .. } => {
                let sample = to_u64(input.data_type().bytes());
                let pixel = sample.saturating_mul(to_u64(feed.uses[0].bands.len()));
                let tiles = match (shared, input.as_level()) {
                    (true, Some(level)) => tile_bytes(level, extent.whole),
                    _ => 0,
                };
                extent.pixels.saturating_mul(pixel).saturating_add(tiles)
            }
            Reader::Stage(stage, source) => {
                let product = extent.pixels.saturating_mul(stage.pixel_bytes());
                let scratch = stage
                    .scratch_bytes(extent.chunk)
                    .saturating_mul(extent.count);
                let made = product.saturating_add(scratch);
                made.saturating_add(source.bytes(extent.below(stage)))
            }
        }
    }
}

impl Supplies {
    fn of(&self, place: usize) -> Option<&Supply> {
        let found = self.0.iter().find(|(known, _)| *known == place);
        found.map(|(_, supply)| supply)
    }

    /// Drops the feeds of which something is not true.
    pub(super) fn retain(&mut self, keep: impl Fn(usize) -> bool) {
        self.0.retain(|(place, _)| keep(*place));
    }

    /// Compressed bytes in memory.
    pub(super) fn bytes(&self) -> u64 {
        let bytes = |(_, supply): &(usize, Supply)| match supply {
            Supply::Tiles(tiles) => tiles.bytes(),
            Supply::Stage(supplies) => supplies.bytes(),
        };
        self.0.iter().map(bytes).sum()
    }
}

impl Products {
    /// Bands of what a stage makes, or its mask; made when it is asked for first, dropped when
    /// nobody will ask again.
    fn take(
        &mut self,
        place: usize,
        mask: bool,
        bands: &[usize],
        make: impl FnOnce() -> Result<Product>,
    ) -> Result<Block> {
        let (askings, slot) = &mut self.0[place];
        *askings = askings.saturating_sub(1);
        let made = match slot.take() {
            Some(made) => made,
            None => make()?,
        };
        let block = match (mask, *askings) {
            (true, _) => made.mask.clone().ok_or(Expression::NoInput)?,
            (false, 0) => return picked(made.numbers, bands),
            (false, _) => picked(made.numbers.clone(), bands)?,
        };
        if *askings > 0 {
            *slot = Some(made);
        }
        Ok(block)
    }
}

impl Extent {
    /// A whole row of chunks.
    pub(super) fn row(width: u32, chunk: Size) -> Self {
        let whole = Size::new(width, chunk.height);
        Extent {
            whole,
            chunk,
            count: width.div_ceil(chunk.width.max(1)).into(),
            pixels: whole.area(),
        }
    }

    /// As many of the chunks of a row as are worked on at a time.
    pub(super) fn alive(self, threads: usize) -> Self {
        let count = self.count.min(to_u64(threads.max(1)));
        let pixels = self.chunk.area().saturating_mul(count);
        Extent {
            count,
            pixels: pixels.min(self.pixels),
            ..self
        }
    }

    /// What a stage asks of its source for these chunks.
    fn below(self, stage: &Stage) -> Self {
        let appetite = stage.appetite(self.chunk);
        let width = stage.appetite(self.whole).window.width;
        Extent {
            whole: Size::new(width, appetite.rows),
            chunk: appetite.window,
            count: self.count,
            pixels: appetite.window.area().saturating_mul(self.count),
        }
    }
}

/// Some bands of a block, in ascending order.
fn picked(block: Block, bands: &[usize]) -> Result<Block> {
    fn pick<T: Sample>(values: &[T], pixels: usize, bands: &[usize]) -> Samples {
        let band = |&band: &usize| &values[band * pixels..][..pixels];
        T::into_samples(bands.iter().flat_map(band).copied().collect())
    }
    if bands.len() == block.bands() {
        return Ok(block);
    }
    let pixels = index(block.size().width) * index(block.size().height);
    let samples = with_samples!(block.samples(), values => pick(values, pixels, bands));
    Block::new(bands.len(), block.size(), samples, block.validity().clone())
}

/// Whether a window of a level begins where a tile does.
pub(super) fn is_aligned(level: &Level, window: Window) -> bool {
    let tile = level.tile_size();
    window.column.is_multiple_of(tile.width) && window.row.is_multiple_of(tile.height)
}

/// Bytes that keeping the tiles of a level takes under a window of a size, wherever it begins.
fn tile_bytes(level: &Level, window: Size) -> u64 {
    let (grid, tile) = (level.image().grid(), level.tile_size());
    let touched = |length: u32, side: u32, all: u32| (length.div_ceil(side) + 1).min(all);
    let across = touched(window.width, tile.width, grid.across());
    let down = touched(window.height, tile.height, grid.down());
    let pixel = to_u64(level.bands()).saturating_mul(to_u64(level.data_type().bytes()));
    let bytes = tile.area().saturating_mul(pixel).saturating_add(KEPT_BYTES);
    bytes.saturating_mul(u64::from(across) * u64::from(down))
}

/// Bytes that a kept tile takes beside its pixels.
const KEPT_BYTES: u64 = 256;
