//! What a job works with.

use std::sync::Arc;

use crate::cache::TileCache;
use crate::cancel::CancelToken;
use crate::codec::Codecs;
use crate::counters::Counters;
use crate::exec::{Executor, Rayon};
use crate::limits::Limits;
#[cfg(feature = "http")]
use crate::source::http::HttpClient;

/// What a job works with: threads, bounds, counters, codecs, a cache, connections, and the word to
/// stop. Cloning shares them all. There is no global state beside it, but rayon's global pool, which
/// is the default.
///
/// Files are opened with a context, and what is read of them works with it;
/// [`Lazy::with_context`](crate::Lazy::with_context) gives a job another one.
///
/// ```
/// use std::sync::Arc;
/// use cogwork::{Cog, Context, Limits, exec::Serial};
///
/// let mut limits = Limits::default();
/// limits.block_bytes = 1 << 20; // for one read
/// let context =
///     Context { executor: Arc::new(Serial), limits: Arc::new(limits), ..Context::default() };
/// let cog = Cog::open_with("testdata/scene/visual.tif", &context)?;
/// assert!(cog.base().read().is_err()); // 774 x 782 pixels of three bands
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    /// Runs the parallel parts: by default rayon's global pool.
    pub executor: Arc<dyn Executor>,
    /// Bounds on memory and sizes, checked before memory is taken.
    pub limits: Arc<Limits>,
    /// Counts what is done by all that have this context: requests, bytes, tiles, memory.
    pub counters: Arc<Counters>,
    /// Codecs of the embedder, asked before those of this crate.
    pub codecs: Arc<Codecs>,
    /// Decoded tiles that are kept for later reads; by default none are.
    pub tiles: Option<Arc<TileCache>>,
    /// Ends jobs before their next tile or read; see [`with_cancel`](Self::with_cancel).
    pub cancel: CancelToken,
    /// Opens URLs: by default without credentials and proxy, with 8 requests to a host at a time and
    /// 32 MiB of ranges that are kept for all files.
    #[cfg(feature = "http")]
    pub http: HttpClient,
}

impl Context {
    /// The same context, whose jobs, and whose waits for a network, end with
    /// [`Cancelled`](crate::ErrorKind::Cancelled) when `cancel` says so.
    #[must_use]
    pub fn with_cancel(self, cancel: &CancelToken) -> Self {
        Context {
            #[cfg(feature = "http")]
            http: self.http.with_cancel(cancel),
            cancel: cancel.clone(),
            ..self
        }
    }
}

impl Default for Context {
    /// rayon's global pool, the default limits, counters of its own, no cache.
    fn default() -> Self {
        Context {
            executor: Arc::new(Rayon::default()),
            limits: Arc::default(),
            counters: Arc::default(),
            codecs: Arc::default(),
            tiles: None,
            cancel: CancelToken::new(),
            #[cfg(feature = "http")]
            http: HttpClient::default(),
        }
    }
}
