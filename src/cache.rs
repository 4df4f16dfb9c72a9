//! A bounded cache of decoded tiles, shared between files and threads.
//!
//! The rule of waits: a reader waits here for another one only while that one is reading the
//! source or runs a codec, and neither of these waits for anybody. A tile whose bytes are at hand is
//! decoded by the first reader that wants its pixels, whoever read the bytes. So no executor, however
//! busy, can make readers wait for each other in a circle.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::error::Result;
use crate::grid::Size;
use crate::limits::to_u64;
use crate::sample::Samples;

/// Decoded tiles within a bound of bytes; the least recently used go first.
///
/// Off by default: a server puts one into [`Context::tiles`](crate::Context::tiles) of all the files
/// that it opens. A tile that is here causes no request; one that several threads want at a time is
/// fetched and decoded once. Errors are not kept: if the reader that was first fails, each of those
/// that waited for it reads the tile for itself. Tiles are known by the file as it was opened, so a
/// file that is opened again begins anew, and tiles of a file that was closed age until they go.
///
/// Reads of [`Level`](crate::Level) use it. The streaming jobs of [`Lazy`](crate::Lazy) read each tile
/// once and leave the cache alone, so that no scan empties it. A tile larger than the cache is read
/// past it.
///
/// A [`ByteSource`](crate::source::ByteSource) or a [`Codec`](crate::codec::Codec) of the embedder must
/// not wait for reads of other threads.
pub struct TileCache {
    capacity: u64,
    /// Numbers given to files.
    files: AtomicU64,
    state: Mutex<State>,
}

/// What a tile is known by.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key {
    /// The file as it was opened, from [`TileCache::register`].
    pub(crate) file: u64,
    /// The level's index.
    pub(crate) level: usize,
    /// True for the level's mask.
    pub(crate) mask: bool,
    /// The index in the tile arrays.
    pub(crate) tile: u64,
}

/// The pixels of a tile that lie inside the image: all its bands, band-sequential.
#[derive(Debug)]
pub(crate) struct Tile {
    pub(crate) size: Size,
    pub(crate) samples: Samples,
}

/// A tile's pixels; `None` for a sparse tile.
pub(crate) type Pixels = Option<Arc<Tile>>;

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Found {
    /// The tile.
    Ready(Pixels),
    /// Nothing: the reader has to fetch it, and others may wait for that.
    Missing(Lead),
    /// Another reader is at it.
    Underway(Arc<Flight>),
}

/// A tile that is being fetched and decoded.
#[derive(Debug)]
pub(crate) struct Flight {
    key: Key,
    cache: Arc<TileCache>,
    stage: Mutex<Stage>,
    changed: Condvar,
}

#[derive(Clone, Debug)]
enum Stage {
    Fetching,
    Fetched(Range<u64>, Bytes),
    Decoding,
    Done(Pixels),
    /// The bytes could not be had.
    Failed,
}

/// The duty to fetch a tile. Dropped before that is done, it sets those free who wait.
#[derive(Debug)]
pub(crate) struct Lead(Arc<Flight>);

#[derive(Default)]
struct State {
    tiles: HashMap<Key, Entry>,
    /// The tiles by the time of their last use.
    ages: BTreeMap<u64, Key>,
    clock: u64,
    bytes: u64,
    flights: HashMap<Key, Arc<Flight>>,
}

struct Entry {
    pixels: Pixels,
    bytes: u64,
    used: u64,
}

impl TileCache {
    /// A cache of at most `bytes` bytes: those of the decoded samples, and 256 for each tile.
    pub fn new(bytes: u64) -> Self {
        TileCache {
            capacity: bytes,
            files: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// The most bytes that are kept.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The bytes that are kept now.
    pub fn bytes(&self) -> u64 {
        self.state().bytes
    }

    /// The number of tiles that are kept now, sparse ones included.
    pub fn len(&self) -> usize {
        self.state().tiles.len()
    }

    /// True if no tile is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all tiles.
    pub fn clear(&self) {
        let mut state = self.state();
        state.tiles.clear();
        state.ages.clear();
        state.bytes = 0;
    }

    /// A number for a file that is being opened.
    pub(crate) fn register(&self) -> u64 {
        self.files.fetch_add(1, Ordering::Relaxed)
    }

    /// True if a tile of so many bytes of samples may be kept.
    pub(crate) fn takes(&self, samples: u64) -> bool {
        samples.saturating_add(OVERHEAD) <= self.capacity
    }

    /// Looks a tile up; a tile that is missing is from now on the caller's to fetch.
    pub(crate) fn find(self: &Arc<Self>, key: Key) -> Found {
        let mut state = self.state();
        if let Some(pixels) = state.touch(key) {
            return Found::Ready(pixels);
        }
        if let Some(flight) = state.flights.get(&key) {
            return Found::Underway(flight.clone());
        }
        let flight = Arc::new(Flight {
            key,
            cache: self.clone(),
            stage: Mutex::new(Stage::Fetching),
            changed: Condvar::new(),
        });
        state.flights.insert(key, flight.clone());
        Found::Missing(Lead(flight))
    }

    /// Keeps a tile that has been made.
    fn keep(&self, flight: &Flight, pixels: &Pixels) {
        let samples = pixels.as_ref().map_or(0, |tile| tile.bytes());
        let mut state = self.state();
        if self.takes(samples) {
            state.insert(flight.key, pixels.clone(), samples + OVERHEAD);
            state.shrink(self.capacity);
        }
        state.land(flight);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TileCache")
            .field("capacity", &self.capacity)
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

impl State {
    /// A kept tile, used now.
    fn touch(&mut self, key: Key) -> Option<Pixels> {
        self.clock += 1;
        let entry = self.tiles.get_mut(&key)?;
        self.ages.remove(&entry.used);
        self.ages.insert(self.clock, key);
        entry.used = self.clock;
        Some(entry.pixels.clone())
    }

    fn insert(&mut self, key: Key, pixels: Pixels, bytes: u64) {
        self.remove(key);
        self.clock += 1;
        let used = self.clock;
        self.ages.insert(used, key);
        self.bytes += bytes;
        let entry = Entry {
            pixels,
            bytes,
            used,
        };
        self.tiles.insert(key, entry);
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.tiles.remove(&key) {
            self.ages.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }

    /// Forgets the least recently used tiles until the others fit.
    fn shrink(&mut self, capacity: u64) {
        while self.bytes > capacity
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            self.remove(oldest);
        }
    }

    /// Whoever comes now no longer finds this flight.
    fn land(&mut self, flight: &Flight) {
        let same = |found: &Arc<Flight>| std::ptr::eq(Arc::as_ptr(found), flight);
        if self.flights.get(&flight.key).is_some_and(same) {
            self.flights.remove(&flight.key);
        }
    }
}

impl Tile {
    /// Bytes of the samples.
    fn bytes(&self) -> u64 {
        to_u64(self.samples.len()) * to_u64(self.samples.data_type().bytes())
    }
}

impl Lead {
    /// The flight, to take the tile from.
    pub(crate) fn flight(&self) -> &Arc<Flight> {
        &self.0
    }

    /// Hands over the compressed bytes and where they stood; a sparse tile has none.
    pub(crate) fn fetched(&self, found: Option<(Range<u64>, Bytes)>) {
        let stage = match found {
            Some((range, bytes)) => Stage::Fetched(range, bytes),
            None => {
                self.0.cache.keep(&self.0, &None);
                Stage::Done(None)
            }
        };
        self.0.set(stage);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.0.cache.state().land(&self.0);
        let mut stage = self.0.stage();
        if matches!(*stage, Stage::Fetching) {
            *stage = Stage::Failed;
            self.0.changed.notify_all();
        }
    }
}

impl Flight {
    /// The tile, decoded by `decode` from where its bytes stood and the bytes if nobody has done so;
    /// `None` if the bytes could not be had.
    ///
    /// # Errors
    /// That of `decode`; the next caller decodes for itself.
    pub(crate) fn tile(
        &self,
        decode: impl FnOnce(&Range<u64>, &[u8]) -> Result<Tile>,
    ) -> Result<Option<Pixels>> {
        let mut stage = self.stage();
        loop {
            match &*stage {
                Stage::Done(pixels) => return Ok(Some(pixels.clone())),
                Stage::Failed => return Ok(None),
                Stage::Fetched(..) => break,
                Stage::Fetching | Stage::Decoding => {
                    stage = self
                        .changed
                        .wait(stage)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        let before = std::mem::replace(&mut *stage, Stage::Decoding);
        drop(stage);
        let Stage::Fetched(range, bytes) = &before else {
            return Ok(None);
        };
        let mut turn = Turn {
            flight: self,
            next: before.clone(),
        };
        let pixels = Some(Arc::new(decode(range, bytes)?));
        self.cache.keep(self, &pixels);
        turn.next = Stage::Done(pixels.clone());
        Ok(Some(pixels))
    }

    fn set(&self, stage: Stage) {
        *self.stage() = stage;
        self.changed.notify_all();
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stage that follows a decode, even one that fails or panics: then the bytes are the next
/// reader's.
struct Turn<'a> {
    flight: &'a Flight,
    next: Stage,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.flight
            .set(std::mem::replace(&mut self.next, Stage::Failed));
    }
}

/// Bytes that a kept tile costs beside its samples, rounded up.
const OVERHEAD: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tile: u64) -> Key {
        Key {
            file: 0,
            level: 0,
            mask: false,
            tile,
        }
    }

    fn tile(bytes: usize) -> Tile {
        Tile {
            size: Size::new(1, 1),
            samples: Samples::U8(vec![7; bytes]),
        }
    }

    /// Fetches and decodes a tile of so many bytes, if it is missing.
    fn load(cache: &Arc<TileCache>, number: u64, bytes: usize) -> bool {
        match cache.find(key(number)) {
            Found::Ready(_) => true,
            Found::Underway(_) => panic!("nobody else is here"),
            Found::Missing(lead) => {
                lead.fetched(Some((0..1, Bytes::from_static(b"x"))));
                let made = lead.flight().tile(|_, _| Ok(tile(bytes)));
                assert!(matches!(made, Ok(Some(Some(_)))));
                false
            }
        }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let cache = Arc::new(TileCache::new(3 * (100 + OVERHEAD)));
        for (number, hit) in [
            (1, false),
            (2, false),
            (3, false),
            (1, true),
            (4, false), // 2 goes
            (1, true),
            (2, false), // 3 goes
            (4, true),
            (3, false), // 1 goes
            (1, false),
        ] {
            assert_eq!(load(&cache, number, 100), hit, "{number}");
            assert!(cache.bytes() <= cache.capacity());
        }
        assert_eq!((cache.len(), cache.bytes()), (3, cache.capacity()));
        cache.clear();
        assert_eq!((cache.len(), cache.bytes()), (0, 0));
        assert!(!load(&cache, 1, 100));
    }

    #[test]
    fn a_tile_that_is_too_large_is_not_kept() {
        let cache = Arc::new(TileCache::new(1000));
        assert!(cache.takes(1000 - OVERHEAD) && !cache.takes(1001 - OVERHEAD));
        assert!(!load(&cache, 1, 2000) && !load(&cache, 1, 2000));
        assert_eq!((cache.len(), cache.bytes()), (0, 0));
    }

    #[test]
    fn a_reader_that_gives_up_sets_the_others_free() {
        let cache = Arc::new(TileCache::new(1000));
        let Found::Missing(lead) = cache.find(key(1)) else {
            panic!("it is new")
        };
        let Found::Underway(flight) = cache.find(key(1)) else {
            panic!("one is at it")
        };
        std::thread::scope(|scope| {
            let wait = || flight.tile(|_, _| panic!("there are no bytes"));
            let waiting: Vec<_> = (0..4).map(|_| scope.spawn(wait)).collect();
            drop(lead);
            for task in waiting {
                assert!(matches!(task.join().expect("no panic"), Ok(None)));
            }
        });
        assert!(matches!(cache.find(key(1)), Found::Missing(_)));
    }

    /// An error and a panic leave the bytes to the next reader.
    #[test]
    fn a_decode_that_fails_is_the_next_readers() {
        let cache = Arc::new(TileCache::new(1000));
        let Found::Missing(lead) = cache.find(key(1)) else {
            panic!("it is new")
        };
        lead.fetched(Some((3..4, Bytes::from_static(b"x"))));
        let flight = lead.flight().clone();
        drop(lead);
        let failed = flight.tile(|_, _| Err(std::io::Error::other("no").into()));
        assert!(failed.is_err());
        let panics = || flight.tile(|_, _| panic!("a codec that panics"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert!(cache.is_empty());
        let made = flight.tile(|range, bytes| {
            assert_eq!((range.clone(), bytes), (3..4, &b"x"[..]));
            Ok(tile(1))
        });
        assert!(matches!(made, Ok(Some(Some(_)))));
        assert!(matches!(cache.find(key(1)), Found::Ready(Some(_))));
    }
}
