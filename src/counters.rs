//! What a job has done: counted, so that a claim about I/O or memory can be shown.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that several files and jobs may share. All are totals since creation.
#[derive(Debug, Default)]
pub struct Counters {
    requests: AtomicU64,
    bytes_read: AtomicU64,
    retries: AtomicU64,
    source_hits: AtomicU64,
    tiles_fetched: AtomicU64,
    tiles_skipped: AtomicU64,
    tiles_decoded: AtomicU64,
    tiles_failed: AtomicU64,
    tiles_encoded: AtomicU64,
    tiles_passed: AtomicU64,
    chunks_evaluated: AtomicU64,
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
    held: AtomicU64,
    peak: AtomicU64,
}

/// What was done, as numbers: totals of [`Counters`], or what has come to them since.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests to sources.
    pub requests: u64,
    /// Bytes read from sources.
    pub bytes_read: u64,
    /// Tiles whose compressed bytes were fetched.
    pub tiles_fetched: u64,
    /// Tiles that were not fetched since a condition made them needless.
    pub tiles_skipped: u64,
    /// Tiles decoded.
    pub tiles_decoded: u64,
    /// Tiles that could not be fetched or decoded and count as invalid.
    pub tiles_failed: u64,
    /// Tiles encoded.
    pub tiles_encoded: u64,
    /// Tiles whose compressed bytes were taken over from an input.
    pub tiles_passed: u64,
    /// Chunks of lazy rasters that were evaluated.
    pub chunks_evaluated: u64,
}

impl Counts {
    /// What has come since `before`.
    pub(crate) fn since(self, before: Counts) -> Counts {
        self.joined(before, u64::saturating_sub)
    }

    /// These and others.
    pub(crate) fn and(self, other: Counts) -> Counts {
        self.joined(other, u64::saturating_add)
    }

    fn joined(self, other: Counts, join: fn(u64, u64) -> u64) -> Counts {
        Counts {
            requests: join(self.requests, other.requests),
            bytes_read: join(self.bytes_read, other.bytes_read),
            tiles_fetched: join(self.tiles_fetched, other.tiles_fetched),
            tiles_skipped: join(self.tiles_skipped, other.tiles_skipped),
            tiles_decoded: join(self.tiles_decoded, other.tiles_decoded),
            tiles_failed: join(self.tiles_failed, other.tiles_failed),
            tiles_encoded: join(self.tiles_encoded, other.tiles_encoded),
            tiles_passed: join(self.tiles_passed, other.tiles_passed),
            chunks_evaluated: join(self.chunks_evaluated, other.chunks_evaluated),
        }
    }
}

impl Counters {
    /// Counts one request of a source and its bytes.
    pub fn add_request(&self, bytes: u64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes that came in answer to requests that are counted already.
    pub fn add_bytes(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts a request that was made again since the one before failed.
    pub fn add_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a range that caused no request: a cache had it, or another read was fetching it.
    pub fn add_source_hit(&self) {
        self.source_hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts tiles whose compressed bytes were fetched, and tiles that nobody needed.
    pub fn add_fetched(&self, fetched: u64, skipped: u64) {
        self.tiles_fetched.fetch_add(fetched, Ordering::Relaxed);
        self.tiles_skipped.fetch_add(skipped, Ordering::Relaxed);
    }

    /// Counts a tile that counts as invalid since it could not be had.
    pub fn add_failed(&self) {
        self.tiles_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a chunk of a lazy raster that was evaluated.
    pub fn add_evaluated(&self) {
        self.chunks_evaluated.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a tile that was decoded.
    pub fn add_decoded(&self) {
        self.tiles_decoded.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a tile that was encoded.
    pub fn add_encoded(&self) {
        self.tiles_encoded.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a tile whose compressed bytes were taken over from an input.
    pub fn add_passed(&self) {
        self.tiles_passed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a tile that a cache had, or that another read was about to put there.
    pub fn add_hit(&self) {
        self.cache_hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a tile that a cache did not have.
    pub fn add_miss(&self) {
        self.cache_misses.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts bytes of buffers as held until the guard is dropped.
    pub fn hold(&self, bytes: u64) -> Held<'_> {
        let now = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(now, Ordering::Relaxed);
        Held {
            counters: self,
            bytes,
        }
    }

    /// All totals at a time.
    pub fn counts(&self) -> Counts {
        Counts {
            requests: self.requests(),
            bytes_read: self.bytes_read(),
            tiles_fetched: self.tiles_fetched(),
            tiles_skipped: self.tiles_skipped(),
            tiles_decoded: self.tiles_decoded(),
            tiles_failed: self.tiles_failed(),
            tiles_encoded: self.tiles_encoded(),
            tiles_passed: self.tiles_passed(),
            chunks_evaluated: self.chunks_evaluated(),
        }
    }

    /// Requests to sources. Over HTTP all that were sent: redirects and retries as well.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Bytes read from sources.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Requests that were made again since the one before failed; they are among the
    /// [`requests`](Self::requests).
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Ranges that caused no request: a [`RangeCache`](crate::source::cached::RangeCache) had them, or
    /// another read was fetching them.
    pub fn source_hits(&self) -> u64 {
        self.source_hits.load(Ordering::Relaxed)
    }

    /// Tiles whose compressed bytes were fetched by jobs and reads: sparse ones and those of caches do
    /// not count, one that is fetched for two rows of chunks counts twice.
    pub fn tiles_fetched(&self) -> u64 {
        self.tiles_fetched.load(Ordering::Relaxed)
    }

    /// Tiles, sparse ones included, that jobs did not look for since a condition made them needless.
    pub fn tiles_skipped(&self) -> u64 {
        self.tiles_skipped.load(Ordering::Relaxed)
    }

    /// Tiles that could not be fetched or decoded, and count as invalid because
    /// [`OnError::Nodata`](crate::OnError) was asked for.
    pub fn tiles_failed(&self) -> u64 {
        self.tiles_failed.load(Ordering::Relaxed)
    }

    /// Chunks of lazy rasters that were evaluated.
    pub fn chunks_evaluated(&self) -> u64 {
        self.chunks_evaluated.load(Ordering::Relaxed)
    }

    /// Tiles decoded; sparse tiles do not count.
    pub fn tiles_decoded(&self) -> u64 {
        self.tiles_decoded.load(Ordering::Relaxed)
    }

    /// Tiles encoded.
    pub fn tiles_encoded(&self) -> u64 {
        self.tiles_encoded.load(Ordering::Relaxed)
    }

    /// Tiles whose compressed bytes were taken over from an input.
    pub fn tiles_passed(&self) -> u64 {
        self.tiles_passed.load(Ordering::Relaxed)
    }

    /// Tiles, sparse ones included, that reads with a [`TileCache`](crate::TileCache) took from it, or
    /// from another read that was fetching them.
    pub fn cache_hits(&self) -> u64 {
        self.cache_hits.load(Ordering::Relaxed)
    }

    /// Tiles, sparse ones included, that reads with a [`TileCache`](crate::TileCache) did not find there.
    pub fn cache_misses(&self) -> u64 {
        self.cache_misses.load(Ordering::Relaxed)
    }

    /// The most bytes of pixels and compressed tiles held at a time by streaming jobs.
    pub fn peak_buffer_bytes(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub struct Held<'a> {
    counters: &'a Counters,
    bytes: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.counters.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
