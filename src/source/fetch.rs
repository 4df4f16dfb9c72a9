//! Fetching many ranges, and working on one batch while the next is fetched.
//!
//! The rule of waits: whoever drives may wait for the I/O threads here; the I/O threads wait for
//! nobody. Nothing here decodes.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;

use super::{ByteSource, ranges, read_exactly};
use crate::error::Result;
use crate::limits::to_usize;
use crate::trace::{Parent, entered};

/// Reads the wanted ranges, merged as the source's profile says. The answers are views, in the
/// order of `wanted`; empty ranges give empty answers.
///
/// # Errors
/// The error of the first request, by position, that failed.
pub fn fetch(source: &dyn ByteSource, wanted: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let profile = source.profile();
    let requests = ranges::merge(wanted, profile);
    if requests.is_empty() {
        return Ok(vec![Bytes::new(); wanted.len()]);
    }
    let _span = entered!(
        DEBUG,
        "fetch",
        source = %source,
        requests = requests.len(),
        bytes = requests.iter().map(|request| request.range.end - request.range.start).sum::<u64>()
    );
    let read = |i: usize| read_exactly(source, requests[i].range.clone());
    let pieces = parallel(requests.len(), profile.parallel, &read);
    let mut answers = vec![Bytes::new(); wanted.len()];
    for (request, piece) in requests.iter().zip(pieces) {
        let piece = piece?;
        for &i in &request.answers {
            let start = to_usize(wanted[i].start - request.range.start)?;
            let end = to_usize(wanted[i].end - request.range.start)?;
            answers[i] = piece.slice(start..end);
        }
    }
    Ok(answers)
}

/// Runs `ahead` for the next item on a thread of its own while `work` runs on the one before, on the
/// caller's thread. At most two items' results are alive. Where threads cannot be started (wasm32)
/// the two take turns.
///
/// # Errors
/// The first error of either, in the order of the items.
pub fn overlapped<I, T, A, W>(items: Vec<I>, ahead: A, work: W) -> Result<()>
where
    I: Send,
    T: Send,
    A: Fn(I) -> Result<T> + Sync,
    W: FnMut(T) -> Result<()>,
{
    staged(items, Ok, Ok, ahead, work)
}

/// As [`overlapped`], where a part of an item says what else of it is to be fetched. `first` fetches
/// that part; `look` makes of it, on the caller's thread, what tells `rest` what to fetch. While `work`
/// runs on an item, one thread runs `rest` for the next and `first` for the one after that.
///
/// # Errors
/// The first error of any, in the order of the items.
pub fn staged<I, P, L, T>(
    items: Vec<I>,
    first: impl Fn(I) -> Result<P> + Sync,
    mut look: impl FnMut(P) -> Result<L>,
    rest: impl Fn(L) -> Result<T> + Sync,
    mut work: impl FnMut(T) -> Result<()>,
) -> Result<()>
where
    I: Send,
    P: Send,
    L: Send,
    T: Send,
{
    let mut items = items.into_iter();
    let Some(item) = items.next() else {
        return Ok(());
    };
    let fetch = |looked, after: Option<I>| -> Result<_> { Ok((rest(looked)?, after.map(&first))) };
    let looked = look(first(item)?)?;
    let (mut current, mut part) = fetch(looked, items.next())?;
    while let Some(next) = part {
        let (looked, after) = (next.and_then(&mut look), items.next());
        let (fetched, worked) = beside(|| fetch(looked?, after), || work(current));
        worked?;
        (current, part) = fetched?;
    }
    work(current)
}

/// Runs `ahead` on another thread and `work` on this one, and returns both results.
fn beside<T: Send, U>(ahead: impl FnOnce() -> T + Send, work: impl FnOnce() -> U) -> (T, U) {
    let parent = Parent::here();
    // The closure is parked here so that it is not lost if no thread can be started.
    let parked = std::sync::Mutex::new(Some(ahead));
    let take = || {
        parked
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take()
    };
    thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .name("cogwork-fetch".into())
            .spawn_scoped(scope, || {
                let _span = parent.enter();
                take().map(|ahead| ahead())
            });
        let worked = work();
        let fetched = match spawned {
            Ok(handle) => handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => take().map(|ahead| ahead()),
        };
        (
            fetched.expect("either the thread or this one has run it"),
            worked,
        )
    })
}

/// Runs `job` for 0 to `count` on up to `threads` threads; results are in order.
fn parallel<T: Send>(count: usize, threads: usize, job: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    if threads <= 1 || count <= 1 {
        return (0..count).map(job).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return done;
            }
            done.push((i, job(i)));
        }
    };
    let mut done = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, worker).ok();
        let handles: Vec<_> = (1..threads.min(count)).filter_map(spawn).collect();
        let mut done = worker();
        for handle in handles {
            done.extend(
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        done
    });
    done.sort_by_key(|&(i, _)| i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::memory::MemorySource;

    #[test]
    fn answers_keep_the_order_of_what_was_wanted() {
        let bytes: Vec<u8> = (0..=255).collect();
        let source = MemorySource::new(bytes);
        let answers = fetch(&source, &[200..203, 7..7, 5..6]).expect("all inside");
        assert_eq!(answers, [&[200, 201, 202][..], &[], &[5]]);
        assert!(fetch(&source, &[0..1, 250..257]).is_err());
    }

    #[test]
    fn jobs_in_parallel_keep_their_order() {
        let squares = parallel(100, 4, &|i| i * i);
        assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
    }

    /// Who does what in which order, and that an error waits for the items before it.
    #[test]
    fn stages_in_their_order() {
        let run = |fails: &str| {
            let log = std::sync::Mutex::new((Vec::new(), Vec::new()));
            let step = |stage: &str, item: usize| {
                let step = format!("{stage} {item}");
                let result = match step == fails {
                    true => Err(std::io::Error::other(step.clone()).into()),
                    false => Ok(item),
                };
                let (fetched, driven) = &mut *log.lock().expect("no panic");
                match stage {
                    "first" | "rest" => fetched.push(step),
                    _ => driven.push(step),
                }
                result
            };
            let result = staged(
                vec![0, 1, 2],
                |item| step("first", item),
                |item| step("look", item),
                |item| step("rest", item),
                |item| step("work", item).map(drop),
            );
            let error = result.err().map(|error| error.to_string());
            assert_eq!(error.unwrap_or_default(), fails);
            let (fetched, driven) = log.into_inner().expect("no panic");
            (fetched.join(", "), driven.join(", "))
        };
        for (fails, fetched, driven) in [
            (
                "",
                "first 0, rest 0, first 1, rest 1, first 2, rest 2",
                "look 0, look 1, work 0, look 2, work 1, work 2",
            ),
            ("first 0", "first 0", ""),
            ("look 0", "first 0", "look 0"),
            ("rest 0", "first 0, rest 0", "look 0"),
            ("first 1", "first 0, rest 0, first 1", "look 0, work 0"),
            (
                "look 1",
                "first 0, rest 0, first 1",
                "look 0, look 1, work 0",
            ),
            (
                "rest 1",
                "first 0, rest 0, first 1, rest 1",
                "look 0, look 1, work 0",
            ),
            (
                "work 0",
                "first 0, rest 0, first 1, rest 1, first 2",
                "look 0, look 1, work 0",
            ),
        ] {
            assert_eq!(
                run(fails),
                (fetched.to_owned(), driven.to_owned()),
                "{fails}"
            );
        }
    }

    #[test]
    fn work_stops_at_the_first_error() {
        let mut seen = Vec::new();
        let ahead = |i: usize| {
            if i == 3 {
                Err(std::io::Error::other("three").into())
            } else {
                Ok(i)
            }
        };
        let result = overlapped((0..9).collect(), ahead, |i| {
            seen.push(i);
            Ok(())
        });
        assert!(result.is_err());
        assert_eq!(seen, [0, 1, 2]);
    }
}
