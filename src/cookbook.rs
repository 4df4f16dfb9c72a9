//! Recipes, each compiled and run by `cargo test`. There is no `examples/` folder.
//!
//! # Answer a tile request of a map server
//! One file is opened once and shared by all threads; reads take `&self`.
//! ```
//! use cogwork::{Cog, Result, grid::Window};
//!
//! struct Server {
//!     cog: Cog,
//! }
//!
//! impl Server {
//!     /// The 256 x 256 pixels at `column`, `row` of a level, cut at the raster's edge.
//!     fn tile(&self, level: usize, column: u32, row: u32) -> Result<Option<Vec<u8>>> {
//!         let level = self.cog.level(level)?;
//!         let wanted = Window::new(column * 256, row * 256, 256, 256);
//!         let Some(window) = level.size().window().intersection(wanted) else { return Ok(None) };
//!         Ok(Some(level.read_window(window)?.samples().to_le_bytes()))
//!     }
//! }
//!
//! let server = Server { cog: Cog::open("testdata/scene/visual.tif")? };
//! std::thread::scope(|scope| {
//!     let tile = |column| server.tile(0, column, 0);
//!     let tasks: Vec<_> = (0..4).map(|column| scope.spawn(move || tile(column))).collect();
//!     for (column, task) in tasks.into_iter().enumerate() {
//!         let bytes = task.join().expect("no panic").expect("readable").expect("inside");
//!         assert_eq!(bytes.len(), 3 * 256 * if column == 3 { 6 } else { 256 });
//!     }
//! });
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Keep decoded tiles between requests
//! Neighbouring map tiles need the same tiles of the file, and so do many users. One cache serves all
//! files and threads; a tile that it has costs no request, and one that several threads want at a time
//! is fetched and decoded once.
//! ```
//! use std::sync::Arc;
//! use cogwork::{Cog, Context, TileCache, grid::Window};
//!
//! let tiles = Arc::new(TileCache::new(256 << 20)); // bytes
//! let context = Context { tiles: Some(tiles.clone()), ..Context::default() };
//! let cog = Cog::open_with("testdata/scene/visual.tif", &context)?; // keep it open
//! let level = cog.base();
//! for column in 0..8 {
//!     level.read_window(Window::new(column * 32, 0, 32, 32))?; // all in the first two tiles
//! }
//! let counters = &context.counters;
//! assert_eq!(counters.tiles_decoded(), counters.cache_misses());
//! assert!(counters.cache_hits() > 0 && tiles.bytes() <= tiles.capacity());
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Read from storage of your own
//! Anything that answers byte ranges is a [`ByteSource`](crate::source::ByteSource), which shows a
//! complete implementation. Bytes in memory are one already:
//! ```
//! use cogwork::{Cog, Context, source::memory::MemorySource};
//!
//! let bytes = std::fs::read("testdata/scene/SCL.tif")?;
//! let cog = Cog::from_source(MemorySource::new(bytes), &Context::default())?;
//! assert_eq!(cog.base().epsg(), Some(32631));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Use a thread pool, limits and counters of your own
//! ```
//! use std::sync::Arc;
//! use cogwork::{Cog, Context, Limits, exec::Rayon, source::file::FileSource};
//!
//! let mut limits = Limits::default();
//! limits.block_bytes = 64 << 20; // refuse to read more than 64 MiB at once
//! let context = Context {
//!     executor: Arc::new(Rayon::with_threads(2)?),
//!     limits: Arc::new(limits),
//!     ..Context::default()
//! };
//! let cog = Cog::from_source(FileSource::open("testdata/scene/SCL.tif")?, &context)?;
//! cog.base().read()?;
//! assert!(context.counters.tiles_decoded() > 0);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Read a compression of your own
//! A [`Codec`](crate::codec::Codec) fills a tile of known length; those of the context are asked
//! before those of this crate.
//! ```
//! use std::sync::Arc;
//! use cogwork::{Cog, Context, Result, error::Unsupported};
//! use cogwork::codec::{Codec, Codecs};
//! use cogwork::source::file::FileSource;
//!
//! #[derive(Debug)]
//! struct Flat; // each tile is one value, its first byte
//!
//! impl Codec for Flat {
//!     fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
//!         dst.fill(src.first().copied().unwrap_or(0));
//!         Ok(())
//!     }
//!     fn encode(&self, _: &[u8], _: &mut Vec<u8>) -> Result<()> {
//!         Err(Unsupported::Feature("writing flat tiles").into())
//!     }
//! }
//!
//! let codecs = Codecs::new().with(60_000, Arc::new(Flat)); // a number of TIFF's private range
//! let context = Context { codecs: Arc::new(codecs), ..Context::default() };
//! let cog = Cog::from_source(FileSource::open("testdata/scene/SCL.tif")?, &context)?;
//! # cog.base().read()?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Show progress, and a button to cancel
//! ```
//! use std::ops::ControlFlow;
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use cogwork::{Cog, ErrorKind, write::CogOptions};
//!
//! let pressed = AtomicBool::new(false);
//! let raster = Cog::open("testdata/scene/visual.tif")?.base().lazy();
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("copy.tif");
//! let result = raster.write_cog_with(&path, &CogOptions::default(), &mut |event| {
//!     println!("{} of {} rows", event.rows_done, event.rows);
//!     pressed.store(true, Ordering::Relaxed); // somebody presses the button
//!     match pressed.load(Ordering::Relaxed) {
//!         true => ControlFlow::Break(()),
//!         false => ControlFlow::Continue(()),
//!     }
//! });
//! assert!(matches!(result.unwrap_err().kind(), ErrorKind::Cancelled));
//! assert!(!path.exists()); // nothing is left behind
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Write pixels that you have
//! Rows may come in pieces; the file appears when the last one has been written.
//! ```
//! use cogwork::block::{Block, Validity};
//! use cogwork::grid::Size;
//! use cogwork::sample::{DataType, Samples};
//! use cogwork::write::{CogOptions, CogWriter, Raster};
//! use cogwork::{Cog, Context};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("ramp.tif");
//! let raster = Raster::new(Size::new(1000, 600), 1, DataType::U16);
//! let context = Context::default();
//! let mut writer = CogWriter::create(&path, raster, &CogOptions::default(), &context)?;
//! for top in (0u16..600).step_by(100) {
//!     let rows = (top..top + 100).flat_map(|row| (0..1000).map(move |column| row + column));
//!     let samples = Samples::U16(rows.collect());
//!     writer.push(Block::new(1, Size::new(1000, 100), samples, Validity::All)?)?;
//! }
//! writer.finish()?;
//! assert_eq!(Cog::open(&path)?.overview_count(), 1);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Write blocks in any order, from several threads
//! No lock is needed: [`BlockWriter`](crate::write::BlockWriter) takes each window once, from any
//! thread, and gives the same bytes whatever the order.
//! ```
//! use cogwork::block::{Block, Validity};
//! use cogwork::grid::{Size, Window};
//! use cogwork::sample::{DataType, Samples};
//! use cogwork::write::{BlockWriter, CogOptions, Raster};
//! use cogwork::{Cog, Context};
//! use rayon::prelude::*;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("tiles.tif");
//! let raster = Raster::new(Size::new(2048, 2048), 1, DataType::U8);
//! let (options, context) = (CogOptions::default(), Context::default());
//! let writer = BlockWriter::create(&path, raster, &options, &context)?;
//! let side = writer.tile_size().width; // whole tiles are cheapest
//! (0..16u8).into_par_iter().try_for_each(|tile| {
//!     let (column, row) = (u32::from(tile % 4) * side, u32::from(tile / 4) * side);
//!     let samples = Samples::U8(vec![tile; 512 * 512]);
//!     let block = Block::new(1, Size::new(side, side), samples, Validity::All)?;
//!     writer.push(Window::new(column, row, side, side), block)
//! })?;
//! writer.finish()?; // an error if a window is missing
//! let pixel = Cog::open(&path)?.base().read_window(Window::new(2047, 0, 1, 1))?;
//! assert_eq!(pixel.as_slice(), Some(&[3u8][..]));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Find what a killed process has left
//! Files that are not finished are called `.NAME.PROCESS-NUMBER.part` (see [`write`](crate::write)).
//! Those of processes that are no more can go; on the machine that wrote them, with Linux:
//! ```sh
//! find FOLDER -name '.*.[0-9]*-[0-9]*.part' | while read -r file; do
//!     process=${file%-*}; process=${process##*.}
//!     [ -e "/proc/$process" ] || rm -- "$file"
//! done
//! ```
