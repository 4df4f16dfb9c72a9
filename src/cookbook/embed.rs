//! Recipes for programs with storage, threads or compressions of their own.
//!
//! # Read from storage of your own
//! Anything that answers byte ranges is a [`ByteSource`](crate::source::ByteSource): here a file that is
//! a part of another one, as a member of a tar archive is. Bytes in memory are one already, a
//! [`MemorySource`](crate::source::memory::MemorySource).
//! ```
//! use std::{fmt, ops::Range};
//! use bytes::Bytes;
//! use cogwork::source::{ByteSource, IoProfile, check_range, file::FileSource};
//! use cogwork::{Cog, Context, Result};
//!
//! #[derive(Debug)]
//! struct Member {
//!     archive: FileSource,
//!     place: Range<u64>,
//! }
//!
//! impl ByteSource for Member {
//!     fn len(&self) -> Result<u64> {
//!         Ok(self.place.end - self.place.start)
//!     }
//!
//!     fn read(&self, range: Range<u64>) -> Result<Bytes> {
//!         check_range(&range, self.len()?)?;
//!         self.archive.read(self.place.start + range.start..self.place.start + range.end)
//!     }
//!
//!     fn profile(&self) -> IoProfile {
//!         self.archive.profile() // of a local file
//!     }
//! }
//!
//! impl fmt::Display for Member {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         write!(f, "{} at {}", self.archive, self.place.start) // what errors call it
//!     }
//! }
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("scene.tar");
//! # let scl = std::fs::read("testdata/scene/SCL.tif")?;
//! # let place = 512..512 + scl.len() as u64;
//! # std::fs::write(&path, [vec![0; 512], scl, vec![0; 1024]].concat())?;
//! let member = Member { archive: FileSource::open(&path)?, place };
//! let cog = Cog::from_source(member, &Context::default())?;
//! assert_eq!(cog.base().epsg(), Some(32631));
//! assert_eq!(cog.base().read()?.shape(), (1, 391, 387));
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
//! # Run on threads of your own
//! All that is parallel goes through one [`Executor`](crate::exec::Executor): a call for each number, on
//! whatever threads, and back when all are done. It may be called while it runs a job.
//! [`Rayon`](crate::exec::Rayon) takes a pool of rayon's, [`Serial`](crate::exec::Serial) works on the
//! calling thread.
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicUsize, Ordering};
//! use cogwork::{Cog, Context, exec::Executor};
//!
//! #[derive(Debug)]
//! struct Scoped(usize); // threads that live as long as the call
//!
//! impl Executor for Scoped {
//!     fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
//!         let next = AtomicUsize::new(0);
//!         let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&number| number < count);
//!         let work = || std::iter::from_fn(take).for_each(job);
//!         std::thread::scope(|scope| (0..self.0.min(count)).for_each(|_| drop(scope.spawn(work))));
//!     }
//!
//!     fn threads(&self) -> usize {
//!         self.0
//!     }
//! }
//!
//! let context = Context { executor: Arc::new(Scoped(2)), ..Context::default() };
//! let ours = Cog::open_with("testdata/scene/visual.tif", &context)?.base().read()?;
//! let rayons = Cog::open("testdata/scene/visual.tif")?.base().read()?;
//! assert_eq!(ours.samples(), rayons.samples());
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
