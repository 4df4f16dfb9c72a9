//! Ranges that are kept, and fetched once however many want them.
//!
//! The rule of waits: a reader waits here for another one only while that one reads the source, and
//! it does its own reading first. A source waits for nobody, so no circle of waits can come about.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::{ByteSource, IoProfile, check_range, read_exactly};
use crate::cancel::CancelToken;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::limits::{to_u64, to_usize};

/// Bytes of sources within a bound, shared by all sources that are given a clone of it; the least
/// recently used go first. Ranges larger than a quarter of the bound are fetched once for all that
/// want them at the time, and not kept.
#[derive(Clone)]
pub struct RangeCache(Arc<Shared>);

struct Shared {
    capacity: u64,
    sources: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sources: HashMap<u64, Pieces>,
    /// The pieces by the time of their last use.
    ages: BTreeMap<u64, (u64, u64)>,
    clock: u64,
    bytes: u64,
}

/// What is known of one source.
#[derive(Default)]
struct Pieces {
    /// Pieces that are kept, by their first byte; they do not overlap.
    kept: BTreeMap<u64, Piece>,
    /// Pieces that are being fetched, by their first byte; they do not overlap.
    flights: BTreeMap<u64, Arc<Flight>>,
}

struct Piece {
    bytes: Bytes,
    used: u64,
}

/// A range that one reader fetches and others may wait for.
#[derive(Debug)]
struct Flight {
    range: Range<u64>,
    landed: Mutex<Landed>,
    changed: Condvar,
}

#[derive(Debug)]
enum Landed {
    No,
    Yes(Bytes),
    /// It failed, with an error to tell if the failure is not the reader's own.
    Failed(Option<Error>),
}

/// A part of a wanted range.
enum Part {
    Kept(Bytes),
    /// This reader fetches it.
    Lead(Lead),
    /// Another one does: the flight and the bytes wanted of it.
    Wait(Arc<Flight>, Range<u64>),
}

impl RangeCache {
    /// A cache of at most `bytes` bytes.
    pub fn new(bytes: u64) -> Self {
        RangeCache(Arc::new(Shared {
            capacity: bytes,
            sources: AtomicU64::new(0),
            state: Mutex::default(),
        }))
    }

    /// The bytes that are kept now.
    pub fn bytes(&self) -> u64 {
        self.state().bytes
    }

    /// The most bytes that are kept.
    pub fn capacity(&self) -> u64 {
        self.0.capacity
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RangeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeCache")
            .field("capacity", &self.capacity())
            .field("bytes", &self.bytes())
            .finish()
    }
}

/// A source behind a [`RangeCache`]. Clones are one source: what one of them has read, the others
/// have, and what two want at a time is read once.
#[derive(Debug)]
pub struct CachedSource<S> {
    known: Arc<Known<S>>,
    cancel: CancelToken,
}

#[derive(Debug)]
struct Known<S> {
    source: S,
    cache: RangeCache,
    /// What the source is known by in the cache.
    number: u64,
    counters: Arc<Counters>,
}

impl<S: ByteSource> CachedSource<S> {
    /// A source whose ranges are kept in `cache`.
    pub fn new(source: S, cache: &RangeCache) -> Self {
        Self::counted(source, cache, Arc::default(), CancelToken::new())
    }

    /// As [`new`](Self::new): hits are counted, and waits for other readers end when they are
    /// cancelled.
    pub fn counted(
        source: S,
        cache: &RangeCache,
        counters: Arc<Counters>,
        cancel: CancelToken,
    ) -> Self {
        CachedSource {
            known: Arc::new(Known {
                source,
                cache: cache.clone(),
                number: cache.0.sources.fetch_add(1, Ordering::Relaxed),
                counters,
            }),
            cancel,
        }
    }

    /// The source behind the cache.
    pub fn inner(&self) -> &S {
        &self.known.source
    }

    /// Keeps bytes that came otherwise.
    #[cfg(feature = "http")]
    pub(crate) fn keep(&self, start: u64, bytes: Bytes) {
        let known = &self.known;
        let mut state = known.cache.state();
        state.insert(known.number, start, bytes, known.cache.capacity());
    }

    /// Forgets all that is kept of the source.
    #[cfg(feature = "http")]
    pub(crate) fn forget(&self) {
        let mut state = self.known.cache.state();
        state.forget(self.known.number);
    }

    /// The parts of a range: what is kept, what others fetch, and what is left for this reader.
    fn parts(&self, range: &Range<u64>) -> Vec<Part> {
        let known = &self.known;
        let mut state = known.cache.state();
        let mut parts = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let left = at..range.end;
            let part = match state.kept(known.number, &left) {
                Some(bytes) => Part::Kept(bytes),
                None => state.flight(self, &left),
            };
            at += part.len();
            parts.push(part);
        }
        parts
    }

    /// Fetches what this reader leads.
    fn lead(&self, lead: Lead) -> Result<Bytes> {
        let answer = read_exactly(&self.known.source, lead.flight.range.clone());
        match answer {
            Ok(bytes) => {
                lead.land(Landed::Yes(bytes.clone()));
                Ok(bytes)
            }
            Err(error) => {
                lead.land(Landed::Failed(error.retold()));
                Err(error)
            }
        }
    }

    /// Waits for the bytes of another reader; none if that one gave up.
    fn wait(&self, flight: &Flight, wanted: &Range<u64>) -> Result<Option<Bytes>> {
        let mut landed = flight.landed();
        loop {
            match &*landed {
                Landed::No => {}
                Landed::Yes(bytes) => return cut(bytes, flight.range.start, wanted).map(Some),
                Landed::Failed(error) => {
                    return error.as_ref().and_then(Error::retold).map_or(Ok(None), Err);
                }
            }
            self.cancel.check()?;
            let waited = flight.changed.wait_timeout(landed, LOOK);
            landed = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<S> Clone for CachedSource<S> {
    fn clone(&self) -> Self {
        CachedSource {
            known: self.known.clone(),
            cancel: self.cancel.clone(),
        }
    }
}

impl<S: ByteSource> ByteSource for CachedSource<S> {
    fn len(&self) -> Result<u64> {
        self.known.source.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.len()?)?;
        self.cancel.check()?;
        let parts = self.parts(&range);
        let led = |part: &Part| matches!(part, Part::Lead(_));
        if !range.is_empty() && !parts.iter().any(led) {
            self.known.counters.add_source_hit();
        }
        let mut waits = Vec::new();
        let mut pieces: Vec<Bytes> = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Kept(bytes) => pieces.push(bytes),
                Part::Lead(lead) => pieces.push(self.lead(lead)?),
                Part::Wait(flight, wanted) => {
                    waits.push((pieces.len(), flight, wanted));
                    pieces.push(Bytes::new());
                }
            }
        }
        for (at, flight, wanted) in waits {
            pieces[at] = match self.wait(&flight, &wanted)? {
                Some(bytes) => bytes,
                None => self.read(wanted)?,
            };
        }
        if pieces.len() == 1 {
            return Ok(pieces.swap_remove(0));
        }
        let mut whole = BytesMut::with_capacity(to_usize(range.end - range.start)?);
        pieces
            .iter()
            .for_each(|piece| whole.extend_from_slice(piece));
        Ok(whole.freeze())
    }

    fn profile(&self) -> IoProfile {
        self.known.source.profile()
    }
}

impl<S: fmt::Display> fmt::Display for CachedSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.known.source.fmt(f)
    }
}

impl<S> Drop for Known<S> {
    fn drop(&mut self) {
        let mut state = self.cache.state();
        state.forget(self.number);
        state.sources.remove(&self.number);
    }
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Part::Kept(bytes) => to_u64(bytes.len()),
            Part::Lead(lead) => lead.flight.range.end - lead.flight.range.start,
            Part::Wait(_, wanted) => wanted.end - wanted.start,
        }
    }
}

impl State {
    /// The kept bytes at the beginning of a range.
    fn kept(&mut self, source: u64, range: &Range<u64>) -> Option<Bytes> {
        let pieces = self.sources.get_mut(&source)?;
        let (&start, piece) = pieces.kept.range_mut(..=range.start).next_back()?;
        let end = start + to_u64(piece.bytes.len());
        if end <= range.start {
            return None;
        }
        self.clock += 1;
        self.ages.remove(&piece.used);
        self.ages.insert(self.clock, (source, start));
        piece.used = self.clock;
        cut(&piece.bytes, start, &(range.start..end.min(range.end))).ok()
    }

    /// The flight at the beginning of a range, or else a new one up to the next bytes that are known.
    fn flight<S: ByteSource>(&mut self, reader: &CachedSource<S>, range: &Range<u64>) -> Part {
        let pieces = self.sources.entry(reader.known.number).or_default();
        let under_way = pieces.flights.range(..=range.start).next_back();
        if let Some((_, flight)) = under_way.filter(|(_, flight)| flight.range.end > range.start) {
            let wanted = range.start..flight.range.end.min(range.end);
            return Part::Wait(flight.clone(), wanted);
        }
        let next_kept = pieces.kept.range(range.start..).next().map(|next| *next.0);
        let next_flight = pieces.flights.range(range.start..).next();
        let next = next_kept.into_iter().chain(next_flight.map(|next| *next.0));
        let end = next.min().unwrap_or(range.end).min(range.end);
        let flight = Arc::new(Flight {
            range: range.start..end,
            landed: Mutex::new(Landed::No),
            changed: Condvar::new(),
        });
        pieces.flights.insert(range.start, flight.clone());
        Part::Lead(Lead {
            flight,
            cache: reader.known.cache.clone(),
            source: reader.known.number,
        })
    }

    fn forget(&mut self, source: u64) {
        let pieces = self.sources.get_mut(&source);
        let kept = pieces.map(|pieces| std::mem::take(&mut pieces.kept));
        for piece in kept.unwrap_or_default().values() {
            self.ages.remove(&piece.used);
            self.bytes -= to_u64(piece.bytes.len());
        }
    }

    fn insert(&mut self, source: u64, start: u64, bytes: Bytes, capacity: u64) {
        let length = to_u64(bytes.len());
        if length == 0 || length > capacity / 4 {
            return;
        }
        self.clock += 1;
        let used = self.clock;
        let kept = &mut self.sources.entry(source).or_default().kept;
        if let Some(old) = kept.insert(start, Piece { bytes, used }) {
            self.ages.remove(&old.used);
            self.bytes -= to_u64(old.bytes.len());
        }
        self.ages.insert(used, (source, start));
        self.bytes += length;
        while self.bytes > capacity {
            let Some((_, (source, start))) = self.ages.pop_first() else {
                return;
            };
            let pieces = self.sources.get_mut(&source);
            if let Some(piece) = pieces.and_then(|pieces| pieces.kept.remove(&start)) {
                self.bytes -= to_u64(piece.bytes.len());
            }
        }
    }
}

/// The duty to fetch a range. Dropped before that is done, it sets those free who wait.
struct Lead {
    flight: Arc<Flight>,
    cache: RangeCache,
    source: u64,
}

impl Lead {
    /// Ends the flight: the bytes are kept first, so that nobody fetches them in between.
    fn land(&self, landed: Landed) {
        let start = self.flight.range.start;
        let mut state = self.cache.state();
        if let Some(pieces) = state.sources.get_mut(&self.source) {
            pieces.flights.remove(&start);
        }
        if let Landed::Yes(bytes) = &landed {
            state.insert(self.source, start, bytes.clone(), self.cache.capacity());
        }
        drop(state);
        *self.flight.landed() = landed;
        self.flight.changed.notify_all();
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let open = matches!(*self.flight.landed(), Landed::No);
        if open {
            self.land(Landed::Failed(None));
        }
    }
}

impl Flight {
    fn landed(&self) -> MutexGuard<'_, Landed> {
        self.landed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of some bytes that begin at `start`.
fn cut(bytes: &Bytes, start: u64, wanted: &Range<u64>) -> Result<Bytes> {
    let from = to_usize(wanted.start - start)?;
    let to = to_usize(wanted.end - start)?;
    Ok(bytes.slice(from..to))
}

/// How often a reader that waits looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(50);

#[expect(
    clippy::single_range_in_vec_init,
    reason = "one range is what is meant"
)]
#[cfg(test)]
mod tests;
