//! `--timing`: what a command cost, as one line of JSON.

use std::sync::Arc;
use std::time::Instant;

use cogwork::counters::Counters;
use cogwork::exec::Rayon;
use cogwork::{Context, Result};
use serde_json::json;

pub struct Timing {
    started: Instant,
    counters: Arc<Counters>,
}

impl Timing {
    pub fn start() -> Self {
        Timing {
            started: Instant::now(),
            counters: Arc::default(),
        }
    }

    /// A context that counts here and works with the given number of threads.
    pub fn context(&self, threads: Option<u32>) -> Result<Context> {
        let mut context = Context {
            counters: self.counters.clone(),
            ..Context::default()
        };
        if let Some(threads) = threads {
            let threads = usize::try_from(threads).unwrap_or(usize::MAX);
            context.executor = Arc::new(Rayon::with_threads(threads)?);
        }
        Ok(context)
    }

    pub fn line(&self) -> String {
        json!({
            "wall_seconds": self.started.elapsed().as_secs_f64(),
            "requests": self.counters.requests(),
            "bytes_read": self.counters.bytes_read(),
            "retries": self.counters.retries(),
            "cache_hits": self.counters.source_hits(),
            "tiles_decoded": self.counters.tiles_decoded(),
            "tiles_encoded": self.counters.tiles_encoded(),
            "tiles_passed_through": self.counters.tiles_passed(),
            "peak_buffer_bytes": self.counters.peak_buffer_bytes(),
        })
        .to_string()
    }
}
