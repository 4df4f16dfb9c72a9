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
/// stop. Cloning shares them all.
#[derive(Clone, Debug)]
pub struct Context {
    /// Runs the parallel parts.
    pub executor: Arc<dyn Executor>,
    /// Bounds on memory and sizes.
    pub limits: Arc<Limits>,
    /// Counts what is done.
    pub counters: Arc<Counters>,
    /// Codecs of the embedder, asked before those of this crate.
    pub codecs: Arc<Codecs>,
    /// Decoded tiles that are kept for later reads; by default none are.
    pub tiles: Option<Arc<TileCache>>,
    /// Ends jobs before their next tile or read; see [`with_cancel`](Self::with_cancel).
    pub cancel: CancelToken,
    /// Opens URLs.
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
