//! Recipes, each compiled and run by `cargo test`. There is no `examples/` folder.
//!
//! Here are those of reading, storage, networks and writing. Those of the raster algebra are in
//! [`compute`], those of jobs as values in [`plans`]; [`lesson`] has the lines of pystac, rioxarray and
//! Dask, and ours beside them.
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
//! # Read from storage that is asynchronous
//! [`ByteSource`](crate::source::ByteSource) is blocking, so that reads work on any thread. What is
//! asynchronous runs on a runtime of its own, and readers wait for answers on a channel: a thread of
//! the caller's runtime that reads can never wait for itself.
//! (For stores of the crate object_store the feature `object_store` has this ready.)
//! ```
//! use std::{fmt, io, ops::Range, sync::Arc, sync::mpsc};
//! use bytes::Bytes;
//! use cogwork::source::cached::{CachedSource, RangeCache};
//! use cogwork::source::{ByteSource, IoProfile, check_range};
//! use cogwork::{Cog, Context, Result};
//! use tokio::runtime::{Builder, Runtime};
//!
//! # #[derive(Debug)]
//! struct Client(Bytes); // of a service that answers ranges
//!
//! impl Client {
//!     async fn get(&self, range: Range<u64>) -> io::Result<Bytes> {
//!         Ok(self.0.slice(range.start as usize..range.end as usize))
//!     }
//! }
//!
//! #[derive(Debug)]
//! struct Remote {
//!     client: Arc<Client>,
//!     runtime: Arc<Runtime>, // shared by all sources; outlives them
//!     length: u64,
//! }
//!
//! impl ByteSource for Remote {
//!     fn len(&self) -> Result<u64> {
//!         Ok(self.length)
//!     }
//!
//!     fn read(&self, range: Range<u64>) -> Result<Bytes> {
//!         check_range(&range, self.length)?;
//!         let (answer, answers) = mpsc::sync_channel(1);
//!         let client = self.client.clone();
//!         self.runtime.spawn(async move {
//!             let _ = answer.send(client.get(range).await); // unless nobody waits any more
//!         });
//!         let lost = |_| io::Error::other("the runtime has ended");
//!         Ok(answers.recv().map_err(lost)??)
//!     }
//!
//!     fn profile(&self) -> IoProfile {
//!         IoProfile { parallel: 8, gap: 256 << 10, ..IoProfile::default() } // of a network
//!     }
//! }
//!
//! impl fmt::Display for Remote {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         write!(f, "the service's SCL.tif") // what errors call it
//!     }
//! }
//!
//! let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
//! let bytes = Bytes::from(std::fs::read("testdata/scene/SCL.tif")?);
//! let length = bytes.len() as u64;
//! let (client, runtime) = (Arc::new(Client(bytes)), Arc::new(runtime));
//! let source = Remote { client, runtime, length };
//! let source = CachedSource::new(source, &RangeCache::new(32 << 20));
//! let cog = Cog::from_source(source, &Context::default())?;
//! assert_eq!(cog.base().read()?.shape(), (1, 391, 387));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Open a private object
//! What is the same for all requests is a header. What runs out is given by an
//! [`Authorizer`](crate::source::http::Authorizer), which is asked before each request and told when
//! the server has refused what it gave.
//! ```no_run
//! use std::sync::{Arc, Mutex};
//! use cogwork::source::http::{Authorization, Authorizer, HttpClient, HttpOptions};
//! use cogwork::{Cog, Context, Result};
//!
//! let bearer = HttpOptions::default().bearer("token");
//! let context = Context { http: HttpClient::new(bearer)?, ..Context::default() };
//! let cog = Cog::open_with("https://example.org/private.tif", &context)?;
//!
//! struct Presigned(Mutex<Option<String>>); // the URL that holds now
//!
//! # fn ask_my_service(_: &str) -> Result<String> { Ok(String::new()) }
//! impl Authorizer for Presigned {
//!     fn authorize(&self, url: &str, refused: bool) -> Result<Authorization> {
//!         let mut signed = self.0.lock().expect("no panic");
//!         if refused {
//!             *signed = None;
//!         }
//!         if signed.is_none() {
//!             *signed = Some(ask_my_service(url)?);
//!         }
//!         Ok(signed.clone().map(Authorization::url).unwrap_or_default())
//!     }
//! }
//!
//! let presigned = Arc::new(Presigned(Mutex::new(None))); // one for each object
//! let http = HttpClient::new(HttpOptions::default().authorizer(presigned))?;
//! let cog = Cog::open_with("https://example.org/presigned.tif", &Context { http, ..context })?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Go through a proxy, trust a certificate of your own
//! An agent of ureq brings both. Certificates that are given replace those of Mozilla.
//! ```no_run
//! use std::sync::Arc;
//! use cogwork::source::http::ureq::tls::{Certificate, RootCerts, TlsConfig};
//! use cogwork::source::http::ureq::{Agent, Proxy};
//! use cogwork::source::http::{HttpClient, HttpOptions};
//! use cogwork::{Cog, Context};
//!
//! let proxy = Proxy::try_from_env(); // or Proxy::new("http://proxy.example.org:3128")
//! let pem = std::fs::read("our-own-ca.pem")?;
//! let roots = vec![Certificate::from_pem(&pem).expect("PEM")];
//! let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(roots))).build();
//! let agent: Agent = Agent::config_builder().proxy(proxy).tls_config(tls).build().into();
//! let http = HttpClient::new(HttpOptions::default().agent(&agent))?;
//! let context = Context { http, ..Context::default() };
//! let cog = Cog::open_with("https://files.example.org/visual.tif", &context)?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Serve tiles of remote files
//! One context for the whole server, and files that stay open: tiles that were decoded and bytes that
//! came are kept within bounds, connections stay open, no user can ask for too much, and a word ends
//! all work and all waits when the server is shut down.
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use cogwork::source::http::{HttpClient, HttpOptions};
//! use cogwork::{CancelToken, Cog, Context, ErrorKind, Limits, TileCache, grid::Window};
//!
//! let mut limits = Limits::default();
//! limits.block_bytes = 16 << 20; // one answer
//! let http = HttpOptions::default()
//!     .parallel(16) // requests to one host
//!     .cache_bytes(256 << 20) // bytes as they came
//!     .timeout(Duration::from_secs(20));
//! let shutdown = CancelToken::new();
//! let context = Context {
//!     limits: Arc::new(limits),
//!     tiles: Some(Arc::new(TileCache::new(512 << 20))), // decoded
//!     http: HttpClient::new(http)?,
//!     ..Context::default()
//! };
//! let context = context.with_cancel(&shutdown);
//!
//! # let url = "testdata/scene/visual.tif";
//! let cog = Cog::open_with(url, &context)?; // keep it; it is cheap to clone
//! let tile = cog.base().read_window(Window::new(0, 0, 256, 256))?;
//! # assert_eq!(tile.shape(), (3, 256, 256));
//! shutdown.cancel(); // from any thread
//! let error = cog.base().read_window(Window::new(256, 0, 256, 256)).unwrap_err();
//! assert!(matches!(error.kind(), ErrorKind::Cancelled));
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

pub mod compute;
pub mod lesson;
pub mod plans;
