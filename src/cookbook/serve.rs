//! Recipes for programs that read for others: servers of map tiles, and whatever keeps files open.
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
