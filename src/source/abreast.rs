//! Fetching several batches abreast, where each waits for a server, and working on them in order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::fetch::overlapped;
use crate::error::Result;
use crate::trace::Parent;

/// Runs `ahead` for up to `depth` items at a time on threads of its own, while `work` runs on the
/// results, in order, on the caller's thread. At most `depth` results wait beside the one that is
/// worked on. With a depth of 1 it is [`overlapped`].
///
/// # Errors
/// The first error of either, in the order of the items.
pub fn abreast<I, T, A, W>(items: Vec<I>, depth: usize, ahead: A, mut work: W) -> Result<()>
where
    I: Send,
    T: Send,
    A: Fn(I) -> Result<T> + Sync,
    W: FnMut(T) -> Result<()>,
{
    let depth = depth.min(items.len());
    if depth <= 1 {
        return overlapped(items, ahead, work);
    }
    let line = Line {
        count: items.len(),
        state: Mutex::new(State {
            items: items.into_iter(),
            next: 0,
            open: depth,
            done: BTreeMap::new(),
        }),
        changed: Condvar::new(),
    };
    let parent = Parent::here();
    let fetch = || {
        let _span = parent.enter();
        while let Some((number, item)) = line.take() {
            let mut slot = Slot {
                line: &line,
                number,
                result: None,
            };
            slot.result = Some(ahead(item));
        }
    };
    thread::scope(|scope| {
        // Dropped before the scope waits for its threads, whatever ends the work.
        let closing = Closing(&line);
        let spawn = || {
            let thread = thread::Builder::new().name("cogwork-fetch".into());
            thread.spawn_scoped(scope, fetch).is_ok()
        };
        let started = (0..depth).filter(|_| spawn()).count();
        for number in 0..line.count {
            let fetched = match started {
                0 => line.take().map(|(_, item)| ahead(item)),
                _ => line.wait_for(number),
            };
            // Without a result its thread has panicked, which the scope tells.
            let Some(fetched) = fetched else { break };
            line.open(number + 1 + depth);
            work(fetched?)?;
        }
        drop(closing);
        Ok(())
    })
}

/// Items that are handed out in order, and their results.
struct Line<I, T> {
    count: usize,
    state: Mutex<State<I, T>>,
    changed: Condvar,
}

struct State<I, T> {
    items: std::vec::IntoIter<I>,
    next: usize,
    /// Items before this one may be begun.
    open: usize,
    done: BTreeMap<usize, Option<Result<T>>>,
}

impl<I, T> Line<I, T> {
    /// The next item, once it may be begun.
    fn take(&self) -> Option<(usize, I)> {
        let mut state = self.state();
        while state.next >= state.open {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let item = state.items.next()?;
        state.next += 1;
        Some((state.next - 1, item))
    }

    fn wait_for(&self, number: usize) -> Option<Result<T>> {
        let mut state = self.state();
        loop {
            if let Some(result) = state.done.remove(&number) {
                return result;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self, open: usize) {
        self.state().open = open;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<I, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a result; it is filled even by a panic, so that nobody waits for ever.
struct Slot<'a, I, T> {
    line: &'a Line<I, T>,
    number: usize,
    result: Option<Result<T>>,
}

impl<I, T> Drop for Slot<'_, I, T> {
    fn drop(&mut self) {
        let result = self.result.take();
        self.line.state().done.insert(self.number, result);
        self.line.changed.notify_all();
    }
}

/// Sends all threads home: there are no more items.
struct Closing<'a, I, T>(&'a Line<I, T>);

impl<I, T> Drop for Closing<'_, I, T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.items = Vec::new().into_iter();
        state.open = usize::MAX;
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_and_few_wait() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (begun, mut worked) = (AtomicUsize::new(0), 0);
        let ahead = |i: usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis([9, 1, 1][i % 3]));
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(i)
        };
        abreast((0..50).collect(), 4, ahead, |i| {
            assert_eq!(i, worked);
            worked += 1;
            assert!(begun.load(Ordering::SeqCst) <= worked + 4);
            Ok(())
        })
        .expect("no error");
        assert_eq!(worked, 50);
        assert!((2..=4).contains(&most.into_inner()));
    }

    #[test]
    fn errors_and_panics_end_it() {
        let broken = || std::io::Error::other("broken").into();
        let mut seen = Vec::new();
        let ahead = |i: usize| if i == 3 { Err(broken()) } else { Ok(i) };
        let result = abreast((0..9).collect(), 3, ahead, |i| {
            seen.push(i);
            Ok(())
        });
        assert!(result.is_err());
        assert_eq!(seen, [0, 1, 2]);
        let result = abreast((0..9).collect(), 3, Ok, |i: usize| match i {
            2 => Err(broken()),
            _ => Ok(()),
        });
        assert!(result.is_err());
        for fetching in [true, false] {
            let run = || {
                let ahead = |i: usize| {
                    assert!(!fetching || i != 4, "a test's panic");
                    Ok(i)
                };
                abreast((0..9).collect(), 3, ahead, |i| {
                    assert!(fetching || i != 4, "a test's panic");
                    Ok(())
                })
            };
            assert!(std::panic::catch_unwind(run).is_err());
        }
    }
}
