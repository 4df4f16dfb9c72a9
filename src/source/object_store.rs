//! Objects of the crate [`object_store`]: any store that it has, as a blocking
//! source.
//!
//! The store is asked on the tokio runtime of the embedder, and the thread that reads waits. That
//! runtime must have a thread that does not wait itself: reading from within it, go through
//! `tokio::task::spawn_blocking`, or give a small runtime of its own to all sources. A request that no
//! thread of the runtime has begun after 30 seconds is an error, not a wait for ever.
//!
//! ```
//! use std::sync::Arc;
//! use cogwork::source::cached::{CachedSource, RangeCache};
//! use cogwork::source::object_store::ObjectStoreSource;
//! use cogwork::{Cog, Context};
//! use object_store::{ObjectStoreExt, memory::InMemory};
//! use tokio::runtime::Builder;
//!
//! let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
//! let store = Arc::new(InMemory::new()); // or S3, Azure, a middleware: any store
//! # let bytes = std::fs::read("testdata/scene/SCL.tif")?;
//! # let path = "scene/SCL.tif".into();
//! # let put = store.put(&path, bytes.into());
//! # runtime.block_on(put).expect("memory takes everything");
//! let source = ObjectStoreSource::open(store, "scene/SCL.tif", runtime.handle())?;
//!
//! let cache = RangeCache::new(32 << 20); // shared by all sources
//! let cog = Cog::from_source(CachedSource::new(source, &cache), &Context::default())?;
//! assert_eq!(cog.base().epsg(), Some(32631));
//! # Ok::<(), cogwork::Error>(())
//! ```

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use ::object_store::path::Path;
use ::object_store::{Error as StoreError, GetOptions, GetRange, ObjectMeta, ObjectStore};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::{ByteSource, IoProfile, check_range};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Remote, Result};

/// An object of a store, of the version that was opened: a strong ETag by `If-Match`, or else the
/// store's version, or else length and time of change compared with each answer. An object that was
/// replaced is [`Remote::Changed`], never a mixture.
///
/// Retries and timeouts are those of the store. Nothing is cached: see
/// [`CachedSource`](super::cached::CachedSource).
#[derive(Clone, Debug)]
pub struct ObjectStoreSource {
    store: Arc<dyn ObjectStore>,
    opened: ObjectMeta,
    runtime: Handle,
    cancel: CancelToken,
}

impl ObjectStoreSource {
    /// Opens an object by asking for its metadata.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) with the store's own error in it; of kind `NotFound` or `PermissionDenied`
    /// where it says so, of kind `TimedOut` if the runtime does not run the request.
    pub fn open(
        store: Arc<dyn ObjectStore>,
        path: impl Into<Path>,
        runtime: &Handle,
    ) -> Result<Self> {
        let path = path.into();
        let name = format!("{store}: {path}");
        let asked = store.clone();
        let ask = async move {
            let options = GetOptions {
                head: true,
                ..GetOptions::default()
            };
            asked
                .get_opts(&path, options)
                .await
                .map(|answer| answer.meta)
        };
        let cancel = CancelToken::new();
        let opened = wait(runtime, &cancel, START, ask).and_then(|meta| meta.map_err(failure));
        Ok(ObjectStoreSource {
            opened: opened.map_err(|error| error.in_source(name))?,
            store,
            runtime: runtime.clone(),
            cancel,
        })
    }

    /// The same source, whose waits end when `cancel` says so.
    #[must_use]
    pub fn with_cancel(self, cancel: &CancelToken) -> Self {
        ObjectStoreSource {
            cancel: cancel.clone(),
            ..self
        }
    }

    /// What the store said of the object when it was opened.
    pub fn meta(&self) -> &ObjectMeta {
        &self.opened
    }

    fn fetch(&self, range: Range<u64>) -> Result<Bytes> {
        let (store, opened) = (self.store.clone(), self.opened.clone());
        let ask = async move {
            let strong = |etag: &String| !etag.starts_with("W/");
            let if_match = opened.e_tag.clone().filter(strong);
            let options = GetOptions {
                version: opened.version.clone().filter(|_| if_match.is_none()),
                if_match,
                range: Some(GetRange::Bounded(range.clone())),
                ..GetOptions::default()
            };
            let answer = store.get_opts(&opened.location, options).await;
            let answer = answer.map_err(failure)?;
            check(&opened, &answer.meta)?;
            if answer.range != range {
                let text = format!("the store gave bytes {:?} for {range:?}", answer.range);
                return Err(Error::from(Remote::Protocol(text)));
            }
            answer.bytes().await.map_err(failure)
        };
        wait(&self.runtime, &self.cancel, START, ask)?
    }
}

impl ByteSource for ObjectStoreSource {
    fn len(&self) -> Result<u64> {
        Ok(self.opened.size)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        check_range(&range, self.opened.size)?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.fetch(range.clone())
            .map_err(|error| error.at_bytes(range))
    }

    fn profile(&self) -> IoProfile {
        IoProfile {
            parallel: 8,
            gap: 256 << 10,
            max_request: 16 << 20,
            max_waste: 50,
            batch: 128 << 20,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for ObjectStoreSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.store, self.opened.location)
    }
}

/// Whether an answer is about the object that was opened.
fn check(opened: &ObjectMeta, now: &ObjectMeta) -> Result<()> {
    let changed = |text: String| Err(Remote::Changed(text).into());
    if now.size != opened.size {
        return changed(format!("{} bytes became {}", opened.size, now.size));
    }
    if opened.e_tag.is_some() && now.e_tag != opened.e_tag {
        return changed("it has another ETag".into());
    }
    if opened.e_tag.is_none() && now.last_modified != opened.last_modified {
        return changed(format!("modified at {}", now.last_modified));
    }
    Ok(())
}

fn failure(error: StoreError) -> Error {
    let kind = match &error {
        StoreError::Precondition { .. } => return Remote::Changed(error.to_string()).into(),
        StoreError::NotFound { .. } => io::ErrorKind::NotFound,
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error).into()
}

enum News<T> {
    Begun,
    Done(T),
}

/// Runs work on a runtime and waits for what it gives.
fn wait<T: Send + 'static>(
    runtime: &Handle,
    cancel: &CancelToken,
    start: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    cancel.check()?;
    let (tell, news) = mpsc::channel();
    // Whoever waited may have given up.
    let work = async move {
        let _ = tell.send(News::Begun);
        let _ = tell.send(News::Done(work.await));
    };
    let task = spawn(runtime, work)?;
    let (asked, mut begun) = (Instant::now(), false);
    loop {
        match news.recv_timeout(LOOK) {
            Ok(News::Done(given)) => return Ok(given),
            Ok(News::Begun) => begun = true,
            Err(RecvTimeoutError::Disconnected) => {
                let text = "the runtime has shut down, or the store has panicked";
                return Err(io::Error::other(text).into());
            }
            Err(RecvTimeoutError::Timeout) => {
                let hopeless = !begun && asked.elapsed() >= start;
                if hopeless || cancel.is_cancelled() {
                    task.abort();
                }
                cancel.check()?;
                if hopeless {
                    let text = "no thread of the tokio runtime is free: read from spawn_blocking";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, text).into());
                }
            }
        }
    }
}

/// Spawns from outside of any runtime: what a worker spawns is put into that worker's own slot, where
/// it would wait for the very thread that waits for it.
fn spawn(
    runtime: &Handle,
    work: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>> {
    if Handle::try_current().is_err() {
        return Ok(runtime.spawn(work));
    }
    let runtime = runtime.clone();
    let thread = thread::Builder::new().spawn(move || runtime.spawn(work));
    let thread = thread.map_err(ErrorKind::Io)?;
    Ok(thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// How long a runtime may take to begin with a request.
const START: Duration = Duration::from_secs(30);
/// How often a wait looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use ::object_store::memory::InMemory;
    use tokio::runtime::Builder;

    use super::*;

    fn meta(size: u64, e_tag: Option<&str>, seconds: i64) -> ObjectMeta {
        ObjectMeta {
            location: "a".into(),
            last_modified: std::time::SystemTime::UNIX_EPOCH
                .checked_add(Duration::from_secs(seconds.unsigned_abs()))
                .expect("a time")
                .into(),
            size,
            e_tag: e_tag.map(str::to_owned),
            version: None,
        }
    }

    #[test]
    fn other_versions_are_told() {
        for (opened, now, same) in [
            (meta(5, Some("a"), 1), meta(5, Some("a"), 2), true),
            (meta(5, Some("a"), 1), meta(5, Some("b"), 1), false),
            (meta(5, Some("a"), 1), meta(5, None, 1), false),
            (meta(5, None, 1), meta(5, None, 1), true),
            (meta(5, None, 1), meta(5, None, 2), false),
            (meta(5, None, 1), meta(6, None, 1), false),
        ] {
            assert_eq!(check(&opened, &now).is_ok(), same, "{opened:?} {now:?}");
        }
    }

    #[test]
    fn a_runtime_that_does_not_run_is_an_error() {
        let stuck = Builder::new_current_thread().build().expect("a runtime");
        let (cancel, start) = (CancelToken::new(), Duration::from_millis(10));
        let error = wait(stuck.handle(), &cancel, start, async {}).expect_err("nobody runs it");
        let timed_out = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
        assert!(matches!(error.kind(), ErrorKind::Io(error) if timed_out(error)));
        let handle = stuck.handle().clone();
        drop(stuck);
        let store = Arc::new(InMemory::new());
        let error = ObjectStoreSource::open(store, "a", &handle).expect_err("it is gone");
        assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error}");
    }

    #[test]
    fn waits_are_cancelled() {
        let stuck = Builder::new_current_thread().build().expect("a runtime");
        let cancel = CancelToken::new();
        let other = cancel.clone();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            other.cancel();
        });
        let asked = Instant::now();
        let error = wait(stuck.handle(), &cancel, START, async {}).expect_err("cancelled");
        assert!(matches!(error.kind(), ErrorKind::Cancelled));
        assert!(asked.elapsed() < START / 3);
        thread.join().expect("no panic");
    }
}
