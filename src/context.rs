//! What a job works with.

use std::sync::Arc;

use crate::cache::TileCache;
use crate::codec::Codecs;
use crate::counters::Counters;
use crate::exec::{Executor, Rayon};
use crate::limits::Limits;

/// What a job works with: threads, bounds, counters, codecs and a cache. Cloning shares them all.
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
        }
    }
}
