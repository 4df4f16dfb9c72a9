//! Asking work to stop from another thread.
#![cfg_attr(not(feature = "http"), allow(dead_code))] // only a network is waited for

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{ErrorKind, Result};

/// A word that any thread may say, once and for all: stop. Clones are one and the same.
///
/// Jobs hear it before each tile, each piece of a level and each read of a source, waits for a network
/// at once; both end with [`Cancelled`](crate::ErrorKind::Cancelled). So it takes as long as the codec
/// needs for a tile: seconds, where a slow one meets tiles of many megabytes.
/// ```
/// use cogwork::{CancelToken, Cog, Context};
///
/// let cancel = CancelToken::new();
/// let context = Context::default().with_cancel(&cancel);
/// let cog = Cog::open_with("testdata/scene/visual.tif", &context)?;
/// cancel.cancel(); // on any thread, at any time
/// assert!(cog.base().lazy().compute().is_err());
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    hooks: Mutex<Hooks>,
    said: Condvar,
}

#[derive(Default)]
struct Hooks {
    count: u64,
    hooks: Vec<(u64, Hook)>,
}

type Hook = Box<dyn Fn() + Send + Sync>;

impl CancelToken {
    /// A token that has not been cancelled.
    pub fn new() -> Self {
        CancelToken::default()
    }

    /// Asks all that hold this token to stop.
    pub fn cancel(&self) {
        let hooks = {
            let mut hooks = self.hooks();
            self.0.cancelled.store(true, Ordering::SeqCst);
            std::mem::take(&mut hooks.hooks)
        };
        self.0.said.notify_all();
        for (_, hook) in hooks {
            hook();
        }
    }

    /// True once [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Goes on unless asked to stop.
    ///
    /// # Errors
    /// [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn check(&self) -> Result<()> {
        match self.is_cancelled() {
            true => Err(ErrorKind::Cancelled.into()),
            false => Ok(()),
        }
    }

    /// True if both are clones of one token.
    pub(crate) fn is(&self, other: &CancelToken) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Waits that long, or until asked to stop.
    pub(crate) fn sleep(&self, time: Duration) -> Result<()> {
        let waited = self
            .0
            .said
            .wait_timeout_while(self.hooks(), time, |_| !self.is_cancelled());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.check()
    }

    /// Runs `hook` when the token is cancelled, at once if it is already; not once what is returned
    /// has been dropped.
    pub(crate) fn on_cancel(&self, hook: impl Fn() + Send + Sync + 'static) -> Registration {
        let mut hooks = self.hooks();
        hooks.count += 1;
        let number = hooks.count;
        if self.is_cancelled() {
            drop(hooks);
            hook();
        } else {
            hooks.hooks.push((number, Box::new(hook)));
        }
        Registration {
            token: self.clone(),
            number,
        }
    }

    fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken")
            .field(&self.is_cancelled())
            .finish()
    }
}

/// A hook of a token; dropping this takes it back.
#[derive(Debug)]
pub(crate) struct Registration {
    token: CancelToken,
    number: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let number = self.number;
        self.token.hooks().hooks.retain(|(own, _)| *own != number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_sleep_ends_when_the_token_is_cancelled() {
        let token = CancelToken::new();
        let other = token.clone();
        let started = Instant::now();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            other.cancel();
        });
        assert!(token.sleep(Duration::from_secs(20)).is_err());
        assert!(started.elapsed() < Duration::from_secs(5));
        thread.join().expect("the other thread");
        assert!(CancelToken::new().sleep(Duration::from_millis(1)).is_ok());
    }

    #[test]
    fn hooks_run_once_unless_they_were_taken_back() {
        let token = CancelToken::new();
        let runs = Arc::new(AtomicUsize::new(0));
        let hook = || {
            let runs = runs.clone();
            move || {
                runs.fetch_add(1, Ordering::SeqCst);
            }
        };
        let kept = token.on_cancel(hook());
        drop(token.on_cancel(hook()));
        token.cancel();
        token.cancel();
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        let late = token.on_cancel(hook());
        assert_eq!(runs.load(Ordering::SeqCst), 2);
        drop((kept, late));
    }
}
