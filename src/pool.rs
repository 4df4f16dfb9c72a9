//! Idle states and buffers, reused between calls from any threads.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Result;

/// States that wait for the next call: never more than calls ran at a time.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Pool<T> {
    /// A pool without states.
    pub(crate) fn new() -> Self {
        Pool(Mutex::new(Vec::new()))
    }

    /// Runs `work` with an idle state, or with a `fresh` one. The lock is not held meanwhile.
    pub(crate) fn with<R>(
        &self,
        fresh: impl FnOnce() -> Result<T>,
        work: impl FnOnce(&mut T) -> Result<R>,
    ) -> Result<R> {
        let idle = self.states().pop();
        let mut state = idle.map_or_else(fresh, Ok)?;
        let result = work(&mut state);
        self.states().push(state);
        result
    }

    fn states(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}
