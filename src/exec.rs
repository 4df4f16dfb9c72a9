//! Where the work runs: rayon's global pool, a pool of the embedder, or the calling thread.
//!
//! rayon is named in this file alone.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::cancel::CancelToken;
use crate::counters::{Counters, Counts};
use crate::error::{ErrorKind, Result};
use crate::trace::Parent;

/// Runs jobs, possibly in parallel. [A recipe](crate::cookbook::embed#run-on-threads-of-your-own) shows
/// one.
///
/// Jobs decode, evaluate and encode. `run` may be called from several threads at a time, and from a
/// thread that runs a job.
pub trait Executor: fmt::Debug + Send + Sync {
    /// Calls `job` once for each number from 0 to `count`, in any order and on any threads, and
    /// returns when all calls have returned. A panic of one of them goes on in the caller.
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync));

    /// How many jobs run at a time, at most; at least 1. Memory is reckoned by it.
    fn threads(&self) -> usize;
}

/// rayon's global pool, or a given one.
#[derive(Clone, Debug, Default)]
pub struct Rayon {
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl Rayon {
    /// A pool of its own with the given number of threads.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the threads cannot be started.
    pub fn with_threads(threads: usize) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .build();
        let pool = pool.map_err(std::io::Error::other)?;
        Ok(Rayon {
            pool: Some(Arc::new(pool)),
        })
    }

    /// The embedder's pool.
    pub fn from_pool(pool: Arc<rayon::ThreadPool>) -> Self {
        Rayon { pool: Some(pool) }
    }
}

impl Executor for Rayon {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
        let run = || (0..count).into_par_iter().with_max_len(1).for_each(job);
        match &self.pool {
            Some(pool) => pool.install(run),
            None => run(),
        }
    }

    fn threads(&self) -> usize {
        match &self.pool {
            Some(pool) => pool.current_num_threads(),
            None => rayon::current_num_threads(),
        }
    }
}

/// The calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Serial;

impl Executor for Serial {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(job);
    }

    fn threads(&self) -> usize {
        1
    }
}

/// Runs `job` on each item by value; results keep the order of the items. No item is begun once
/// `cancel` has been said.
///
/// # Errors
/// [`Cancelled`](ErrorKind::Cancelled); the error of the first item, in order, that failed.
pub fn try_map<I, T, J>(
    executor: &dyn Executor,
    cancel: &CancelToken,
    items: Vec<I>,
    job: J,
) -> Result<Vec<T>>
where
    I: Send,
    T: Send,
    J: Fn(I) -> Result<T> + Sync,
{
    let items: Vec<Mutex<Option<I>>> = items.into_iter().map(|i| Mutex::new(Some(i))).collect();
    let results: Vec<Mutex<Option<Result<T>>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let parent = Parent::here();
    executor.run(items.len(), &|i| {
        let _span = parent.enter();
        let item = items[i]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let result = item.map(|item| cancel.check().and_then(|()| job(item)));
        *results[i].lock().unwrap_or_else(PoisonError::into_inner) = result;
    });
    // Not the error of an item that has failed because of it.
    cancel.check()?;
    let result = |slot: Mutex<Option<Result<T>>>| {
        let result = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.unwrap_or_else(|| Err(ErrorKind::Cancelled.into()))
    };
    results.into_iter().map(result).collect()
}

/// What a long job tells: between two steps, and once before the first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Rows of the result that are finished.
    pub rows_done: u64,
    /// Rows of the result.
    pub rows: u64,
    /// What has been done since the job began: tiles, requests, bytes. Where other work shares the
    /// counters of the job or of its inputs, what that does counts, too.
    pub counts: Counts,
}

/// Hears of progress, and may ask to stop.
pub type Progress<'a> = dyn FnMut(Event) -> ControlFlow<()> + Send + 'a;

/// What a job tells its listener: rows, and what has come to some counters since it began.
#[derive(Debug)]
pub(crate) struct Teller {
    rows: u64,
    cancel: CancelToken,
    counters: Vec<Arc<Counters>>,
    before: Counts,
}

impl Teller {
    /// Begins to count. Counters that are given twice count once.
    pub(crate) fn new(
        rows: u64,
        cancel: &CancelToken,
        counters: impl IntoIterator<Item = Arc<Counters>>,
    ) -> Self {
        let mut distinct: Vec<Arc<Counters>> = Vec::new();
        for counters in counters {
            if !distinct.iter().any(|known| Arc::ptr_eq(known, &counters)) {
                distinct.push(counters);
            }
        }
        Teller {
            rows,
            cancel: cancel.clone(),
            before: total(&distinct),
            counters: distinct,
        }
    }

    /// What has been done since.
    pub(crate) fn counts(&self) -> Counts {
        total(&self.counters).since(self.before)
    }

    /// Tells of progress; ends the job if the listener or the token says so.
    pub(crate) fn tell(&self, progress: &mut Progress<'_>, rows_done: u64) -> Result<()> {
        self.cancel.check()?;
        let event = Event {
            rows_done,
            rows: self.rows,
            counts: self.counts(),
        };
        match progress(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ErrorKind::Cancelled.into()),
        }
    }
}

fn total(counters: &[Arc<Counters>]) -> Counts {
    let counts = counters.iter().map(|counters| counters.counts());
    counts.fold(Counts::default(), Counts::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_first_error() {
        let two = Rayon::with_threads(2).expect("two threads");
        for executor in [&two as &dyn Executor, &Serial] {
            let cancel = CancelToken::new();
            let doubled = try_map(executor, &cancel, (0..100).collect(), |i: i32| Ok(2 * i));
            let doubled = doubled.expect("fine");
            assert_eq!(doubled, (0..100).map(|i| 2 * i).collect::<Vec<_>>());
            let failed = try_map(executor, &cancel, (0..100).collect(), |i: i32| {
                if i % 10 == 7 {
                    Err(std::io::Error::other(i.to_string()).into())
                } else {
                    Ok(i)
                }
            });
            assert_eq!(failed.expect_err("7 fails first").to_string(), "7");
        }
    }

    #[test]
    fn no_item_is_begun_after_a_cancel() {
        let two = Rayon::with_threads(2).expect("two threads");
        for (executor, most) in [(&two as &dyn Executor, 11), (&Serial, 10)] {
            let cancel = CancelToken::new();
            let begun = std::sync::atomic::AtomicUsize::new(0);
            let result = try_map(executor, &cancel, vec![(); 1000], |()| {
                if 1 + begun.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 10 {
                    cancel.cancel();
                }
                Ok(())
            });
            let error = result.expect_err("it was cancelled");
            assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error:?}");
            assert!(begun.into_inner() <= most);
        }
    }
}
