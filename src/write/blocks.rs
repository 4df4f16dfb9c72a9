//! A writer that takes blocks in any order and from any number of threads.
//!
//! It gathers what comes into rows of tiles, each of which is encoded once it and all above it are
//! complete, by the thread that completed it. The others never wait for that thread: it may be
//! waiting, in a pool, for work that they are. So what comes too early is kept, in memory up to a
//! bound and then in temporary files, and no order can lock the writer up.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::coverage::Coverage;
use super::options::CogOptions;
use super::output::{OpenPath, Output};
use super::raster::Raster;
use super::settings::Settings;
use super::writer::{Accepted, Levels, failed};
use crate::block::{Block, Validity};
use crate::context::Context;
use crate::error::{Result, Usage};
use crate::grid::{Size, TileGrid, Window};
use crate::limits::{Limits, product, to_u64, to_usize, zeroed};
use crate::sample::Samples;
use crate::spool::{Extent, Lane, SpoolBudget};

/// Writes a COG from blocks that come in any order, from any number of threads: no lock around it
/// is needed.
///
/// Each window of the raster comes once; windows may have any place and size, and those that lie
/// inside rows of tiles ([`tile_size`](Self::tile_size)) are cheapest. The file is, byte for byte,
/// that of [`CogWriter`](super::CogWriter).
///
/// # Memory
/// Blocks that came before those above them, or faster than they can be encoded, wait as samples: in
/// memory up to `limits.job_bytes` less two rows of tiles, then in temporary files beside the target
/// (for a sink, in the system's folder of temporary files), which go as their pixels are encoded.
/// Those that come about from top to bottom wait briefly; those that come from bottom to top all
/// wait, and may need disk for the whole raster, uncompressed. What has come is noted in some 100
/// bytes for each row of pixels that waits. A thread whose block completes a row of tiles encodes it
/// before [`push`](Self::push) returns, with the context's executor; no push waits for another.
///
/// # When it fails
/// Blocks that are refused (for their window, type or mask) change nothing. Once a block could not
/// be kept or encoded, or a push has panicked, all later calls fail. Where the writer is dropped, or
/// [`finish`](Self::finish) fails, no file appears and an old one is as it was (see
/// [`write`](crate::write)).
///
#[cfg_attr(not(feature = "deflate"), doc = "```ignore")]
#[cfg_attr(feature = "deflate", doc = "```")]
/// use cogwork::Context;
/// use cogwork::block::{Block, Validity};
/// use cogwork::grid::{Size, Window};
/// use cogwork::sample::{DataType, Samples};
/// use cogwork::write::{BlockWriter, CogOptions, Raster};
///
/// let raster = Raster::new(Size::new(300, 200), 1, DataType::U8);
/// let mut bytes = Vec::new();
/// let (options, context) = (CogOptions::default(), Context::default());
/// let writer = BlockWriter::to_sink(&mut bytes, raster, &options, &context)?;
/// std::thread::scope(|scope| {
///     let quarter = |column, row| {
///         let samples = Samples::U8(vec![1; 150 * 100]);
///         let block = Block::new(1, Size::new(150, 100), samples, Validity::All)?;
///         writer.push(Window::new(column, row, 150, 100), block)
///     };
///     for (column, row) in [(150, 100), (0, 100), (150, 0), (0, 0)] {
///         scope.spawn(move || quarter(column, row).expect("the window is free"));
///     }
/// });
/// writer.finish()?;
/// assert_eq!(&bytes[..4], b"II\x2a\x00");
/// # Ok::<(), cogwork::Error>(())
/// ```
pub struct BlockWriter<'a> {
    content: Content,
    tile: Size,
    state: Mutex<State>,
    /// What waits, and room for it.
    waiting: SpoolBudget,
    lane: Lane,
    room: u64,
    context: Context,
    /// Behind a lock only so that a sink need not be shared by threads, which none does.
    target: Mutex<Target<'a>>,
}

/// What comes.
struct Content {
    blocks: Accepted,
    /// Whether the raster has a mask.
    masked: bool,
    /// The rows of tiles, each a tile as wide as the raster.
    rows: TileGrid,
}

enum Target<'a> {
    Path(OpenPath),
    Sink(&'a mut (dyn Write + Send)),
}

struct State {
    /// What the rows of tiles are pushed to, in order. None while a thread does that, and for good
    /// once that has failed.
    levels: Option<Levels>,
    failed: bool,
    /// The rows of tiles of which something has come, by number.
    begun: BTreeMap<u32, Row>,
    /// The first row of tiles that has not been taken to be encoded.
    next: u32,
    /// Pixels that have been announced.
    pixels: u64,
}

/// A row of tiles of which something has come.
struct Row {
    /// What has been announced, seen from the row's first pixel.
    announced: Coverage,
    parts: Vec<Part>,
    /// Pixels of the parts.
    pixels: u64,
}

/// Pixels of a row of tiles, and the window that they fill, seen from the row's first pixel.
struct Part {
    window: Window,
    kept: Kept,
}

enum Kept {
    /// In memory.
    Block(Block),
    /// In a file: samples, then the mask.
    File(Extent),
}

impl<'a> BlockWriter<'a> {
    /// A writer to a file, which appears, or replaces the old one, when [`finish`](Self::finish) has
    /// returned.
    ///
    /// # Errors
    /// As [`CogWriter::create`](super::CogWriter::create);
    /// [`Limit`](crate::ErrorKind::Limit) if two rows of tiles need more than `limits.job_bytes`.
    pub fn create(
        path: impl AsRef<Path>,
        raster: Raster,
        options: &CogOptions,
        context: &Context,
    ) -> Result<BlockWriter<'static>> {
        let settings = options.settle(&raster, None)?;
        let open = OpenPath::create(path.as_ref())?;
        let directory = open.directory();
        let target = Target::Path(open);
        BlockWriter::start(target, directory, raster, settings, context)
    }

    /// A writer to a sink, which gets the bytes in order when [`finish`](Self::finish) is called.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn to_sink(
        sink: &'a mut (dyn Write + Send),
        raster: Raster,
        options: &CogOptions,
        context: &Context,
    ) -> Result<Self> {
        let settings = options.settle(&raster, None)?;
        let (target, directory) = (Target::Sink(sink), std::env::temp_dir());
        BlockWriter::start(target, directory, raster, settings, context)
    }

    fn start(
        target: Target<'a>,
        directory: PathBuf,
        raster: Raster,
        settings: Settings,
        context: &Context,
    ) -> Result<Self> {
        let (size, tile, masked) = (raster.size, settings.tile, raster.mask);
        let levels = Levels::new(raster, settings, directory.clone(), context)?;
        let content = Content {
            blocks: levels.accepted(),
            masked,
            rows: TileGrid {
                image: size,
                tile: Size::new(size.width, tile.height),
            },
        };
        let row = content.bytes(content.rows.window(0, 0).size())?;
        let (needed, allowed) = (product(&[2, row])?, context.limits.job_bytes);
        Limits::check("job_bytes", needed, allowed)?;
        let room = allowed - needed;
        let waiting = SpoolBudget::new(room, directory);
        Ok(BlockWriter {
            content,
            tile,
            state: Mutex::new(State {
                levels: Some(levels),
                failed: false,
                begun: BTreeMap::new(),
                next: 0,
                pixels: 0,
            }),
            lane: waiting.lane(),
            waiting,
            room,
            context: context.clone(),
            target: Mutex::new(target),
        })
    }

    /// Takes the pixels of a window, and encodes the rows of tiles that they complete.
    ///
    /// # Errors
    /// [`Usage`] for a window that leaves the raster, has another size than the block, or holds a
    /// pixel that has come before; for a block of another type or number of bands, or with a mask
    /// that the raster has not; and after a failure. [`Io`](crate::ErrorKind::Io) where a temporary
    /// file cannot be written.
    pub fn push(&self, window: Window, block: Block) -> Result<()> {
        self.announce(window, &block)?;
        let failing = Failing(&self.state);
        let block = self.content.settle(block)?;
        for (row, part) in self.content.parts(window) {
            // A block that lies in one row of tiles goes there as it is.
            if part.height == window.height {
                self.keep(row, part, block)?;
                self.encode()?;
                break;
            }
            let top = self.content.rows.window(0, row).row + part.row - window.row;
            self.keep(row, part, block.rows(top..top + part.height)?)?;
            self.encode()?;
        }
        std::mem::forget(failing);
        Ok(())
    }

    /// Width and height of the tiles.
    pub fn tile_size(&self) -> Size {
        self.tile
    }

    /// Lays out the file and writes it.
    ///
    /// # Errors
    /// [`Usage`] if pixels are missing, which names the first of them, or after a failure;
    /// [`Io`](crate::ErrorKind::Io) where the target cannot be written.
    pub fn finish(self) -> Result<()> {
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let rows = self.content.rows;
        if state.failed {
            return Err(failed());
        }
        if state.next < rows.down() {
            let row = rows.window(0, state.next);
            let begun = state.begun.get(&state.next);
            let missing = begun.and_then(|begun| begun.announced.missing(row.width));
            let missing = missing.map_or(row, |missing| Window {
                row: row.row + missing.row,
                ..missing
            });
            let text = format!(
                "{} of {} pixels have not come, the first of them in the window {missing}",
                rows.image.area() - state.pixels,
                rows.image.area()
            );
            return Err(Usage::Option(text).into());
        }
        let target = self.target.into_inner();
        let output = match target.unwrap_or_else(PoisonError::into_inner) {
            Target::Path(open) => Output::Path(open),
            Target::Sink(sink) => Output::Sink(sink),
        };
        state.levels.ok_or_else(failed)?.finish(output)
    }

    /// Checks a block and its window, and makes sure that no other comes there.
    fn announce(&self, window: Window, block: &Block) -> Result<()> {
        let rows = self.content.rows;
        window.within(rows.image)?;
        self.content.check(window, block)?;
        let mut state = self.state();
        if state.failed {
            return Err(failed());
        }
        let parts: Vec<(u32, Window)> = self.content.parts(window).collect();
        let taken = |&(row, part): &(u32, Window)| {
            let begun = state.begun.get(&row);
            row < state.next || begun.is_some_and(|begun| begun.announced.touches(part))
        };
        if parts.iter().any(taken) {
            let text = format!("the window {window}: pixels of it have come before");
            return Err(Usage::Option(text).into());
        }
        for (row, part) in parts {
            let height = rows.window(0, row).height;
            let begun = state.begun.entry(row).or_insert_with(|| Row {
                announced: Coverage::new(height),
                parts: Vec::new(),
                pixels: 0,
            });
            begun.announced.add(part);
        }
        state.pixels += window.size().area();
        Ok(())
    }

    /// Keeps a part of a row of tiles, in memory or in a file.
    fn keep(&self, row: u32, window: Window, block: Block) -> Result<()> {
        let kept = self.kept(block)?;
        if let Some(begun) = self.state().begun.get_mut(&row) {
            begun.pixels += window.size().area();
            begun.parts.push(Part { window, kept });
        }
        Ok(())
    }

    fn kept(&self, block: Block) -> Result<Kept> {
        if self.waiting.take(self.content.bytes(block.size())?) {
            return Ok(Kept::Block(block));
        }
        let mut bytes = block.samples().to_le_bytes();
        if let Validity::Mask(mask) = block.validity() {
            bytes.extend_from_slice(mask);
        }
        Ok(Kept::File(self.waiting.append(self.lane, &bytes)?))
    }

    /// Encodes the rows of tiles whose turn it is, unless another thread does.
    fn encode(&self) -> Result<()> {
        let Some((mut levels, mut ready)) = self.state().begin(&self.content) else {
            return Ok(());
        };
        loop {
            let waiting = self.room - self.waiting.left();
            let block = self.joined(ready)?;
            let held = waiting + self.content.bytes(block.size())?;
            let counters = self.context.counters.clone();
            let _held = counters.hold(held);
            levels.push(vec![block], Vec::new())?;
            let mut state = self.state();
            state.levels = Some(levels);
            match state.begin(&self.content) {
                Some(more) => (levels, ready) = more,
                None => return Ok(()),
            }
        }
    }

    /// The block of a complete row of tiles.
    fn joined(&self, (row, parts): (u32, Vec<Part>)) -> Result<Block> {
        let Accepted {
            bands, data_type, ..
        } = self.content.blocks;
        let size = self.content.rows.window(0, row).size();
        let validity = self.content.validity(size)?;
        let limits = &self.context.limits;
        let mut whole = Block::zeroed(bands, size, data_type, validity, limits)?;
        for Part { window, kept } in parts {
            match kept {
                Kept::Block(block) => {
                    whole.paste(0, window, &block);
                    drop(block);
                    self.waiting.give(self.content.bytes(window.size())?);
                }
                Kept::File(extent) => whole.paste(0, window, &self.fetched(window.size(), extent)?),
            }
        }
        Ok(whole)
    }

    /// A block from a file.
    fn fetched(&self, size: Size, extent: Extent) -> Result<Block> {
        let Accepted {
            bands, data_type, ..
        } = self.content.blocks;
        let mut bytes = Vec::new();
        self.waiting.take_out(extent, &mut bytes)?;
        let mask = bytes.split_off(bands * to_usize(size.area())? * data_type.bytes());
        let samples = Samples::from_le_bytes(data_type, &bytes);
        let validity = match self.content.masked {
            true => Validity::Mask(mask),
            false => Validity::All,
        };
        Block::new(bands, size, samples, validity)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the next row of tiles, if it is complete and no thread is encoding.
    fn begin(&mut self, content: &Content) -> Option<(Levels, (u32, Vec<Part>))> {
        let (row, rows) = (self.next, content.rows);
        let begun = self.begun.get(&row)?;
        if begun.pixels < rows.window(0, row).size().area() {
            return None;
        }
        let levels = self.levels.take()?;
        let begun = self.begun.remove(&row)?;
        self.next += 1;
        Some((levels, (row, begun.parts)))
    }
}

impl Content {
    /// Checks that a block fits its window and the raster.
    fn check(&self, window: Window, block: &Block) -> Result<()> {
        if block.size() != window.size() {
            let text = format!("a block of {} for the window {window}", block.size());
            return Err(Usage::Option(text).into());
        }
        self.blocks.check(block)
    }

    /// The rows of tiles that a window touches, each with its part of the window, seen from the
    /// row's first pixel.
    fn parts(&self, window: Window) -> impl Iterator<Item = (u32, Window)> {
        let rows = self.rows;
        rows.touched(window).rows.filter_map(move |row| {
            let whole = rows.window(0, row);
            let part = window.intersection(whole)?.inside(whole)?;
            Some((row, part))
        })
    }

    /// A block whose validity is the raster's: a mask, or nothing beside the samples.
    fn settle(&self, block: Block) -> Result<Block> {
        let validity = match (self.masked, block.validity()) {
            (true, Validity::Mask(_)) => return Ok(block),
            (true, _) => Validity::Mask(block.valid_pixels()),
            (false, _) => Validity::All,
        };
        block.with_validity(validity)
    }

    fn validity(&self, size: Size) -> Result<Validity> {
        Ok(match self.masked {
            true => Validity::Mask(zeroed(to_usize(size.area())?)?),
            false => Validity::All,
        })
    }

    /// Bytes of a block with its mask.
    fn bytes(&self, size: Size) -> Result<u64> {
        let samples = product(&[
            to_u64(self.blocks.bands),
            to_u64(self.blocks.data_type.bytes()),
        ])?;
        product(&[size.area(), samples + u64::from(self.masked)])
    }
}

/// Says, where it is dropped, that the writer has failed: by an error or a panic.
struct Failing<'a>(&'a Mutex<State>);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed = true;
    }
}
