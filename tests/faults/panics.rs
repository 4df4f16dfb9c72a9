//! Code of the embedder that panics: the panic reaches the caller (never an abort, a deadlock or a
//! half-made file), and all that was in use can be used again.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use cogwork::codec::{Codec, Codecs};
use cogwork::exec::{Executor, Rayon};
use cogwork::sample::DataType::U16;
use cogwork::source::{ByteSource, IoProfile, check_range};
use cogwork::write::Compression;
use cogwork::{Cog, Result};

use crate::common::{self, raster};
use crate::{OLD, assert_unharmed, folder};

/// Counts down, and panics at the end.
#[derive(Clone, Debug)]
struct Fuse(Arc<AtomicUsize>);

impl Fuse {
    fn new(length: usize) -> Self {
        Fuse(Arc::new(AtomicUsize::new(length)))
    }

    fn burn(&self) {
        let left = self
            .0
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        assert_ne!(left, Ok(1), "the fuse has burnt down");
    }
}

#[derive(Debug)]
struct Source(Bytes, Fuse);

impl ByteSource for Source {
    fn len(&self) -> Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.1.burn();
        check_range(&range, self.len()?)?;
        Ok(self.0.slice(range.start as usize..range.end as usize))
    }

    fn profile(&self) -> IoProfile {
        IoProfile {
            parallel: 3,
            gap: 0,
            max_request: 1 << 10,
            ..IoProfile::default()
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source that panics")
    }
}

/// Copies.
#[derive(Debug)]
struct Copies(Fuse);

impl Codec for Copies {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> Result<()> {
        self.0.burn();
        dst.copy_from_slice(&src[..dst.len()]);
        Ok(())
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> Result<()> {
        dst.extend_from_slice(src);
        Ok(())
    }
}

#[derive(Debug)]
struct Threads(Rayon, Fuse);

impl Executor for Threads {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
        let job = |at| {
            self.1.burn();
            job(at);
        };
        self.0.run(count, &job);
    }

    fn threads(&self) -> usize {
        self.0.threads()
    }
}

struct Sink(Vec<u8>, Fuse);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.burn();
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The places where the fuse may lie.
const PLACES: [&str; 6] = [
    "source", "codec", "executor", "progress", "sink", "for_each",
];

/// A context with a pool of its own, which outlives the panic.
struct Bench {
    pool: Rayon,
    input: Bytes,
}

impl Bench {
    fn job(&self, place: &str, fuse: Fuse, path: &Path) -> Result<()> {
        let calm = Fuse::new(0);
        let at = |wanted: &str| match place == wanted {
            true => fuse.clone(),
            false => calm.clone(),
        };
        let mut context = raster::limits(|limits| {
            limits.job_bytes = 2 * 16 * 100 * 4;
            limits.spool_bytes = 0;
        });
        context.executor = Arc::new(Threads(self.pool.clone(), at("executor")));
        context.codecs = Arc::new(Codecs::new().with(1, Arc::new(Copies(at("codec")))));
        let cog = Cog::from_source(Source(self.input.clone(), at("source")), &context)?;
        let image = cog.base().lazy();
        let masked = image.mask(&image.gt(1000))?;
        let (progress, each) = (at("progress"), at("for_each"));
        masked.for_each(|_, _| {
            each.burn();
            Ok(())
        })?;
        let options = raster::options(Compression::Deflate, 16);
        masked.write_cog_with(path, &options, &mut |_| {
            progress.burn();
            ControlFlow::Continue(())
        })?;
        let mut sink = Sink(Vec::new(), at("sink"));
        masked.write_cog_to(&mut sink, &options)?;
        assert!(sink.0 == fs::read(path).expect("it is there"));
        Ok(())
    }
}

/// A fuse of every length in every place, until it is longer than the job.
#[test]
fn the_panic_reaches_the_caller() {
    let plain = raster::options(Compression::None, 16);
    let input = raster::written(&raster::block(U16, 1, (100, 90)), &plain);
    let bench = Bench {
        pool: Rayon::with_threads(2).expect("two threads"),
        input: input.into(),
    };
    let (done, finished) = mpsc::channel();
    let all = move || {
        for place in PLACES {
            burn(&bench, place);
        }
        done.send(()).expect("somebody waits");
    };
    let running = std::thread::spawn(all);
    match finished.recv_timeout(Duration::from_secs(300)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        _ => running.join().expect("no panic but those that are caught"),
    }
}

fn burn(bench: &Bench, place: &str) {
    // Every length while the job is young, then larger steps.
    let lengths = (1..30).chain((30..1 << 20).step_by(17));
    let mut burnt = 0;
    for length in lengths {
        let (folder, path) = folder();
        let job = || bench.job(place, Fuse::new(length), &path);
        match catch_unwind(AssertUnwindSafe(job)) {
            Err(panic) => {
                let text = panic.downcast_ref::<String>();
                let ours = text.is_some_and(|text| text.contains("the fuse has burnt down"));
                assert!(ours, "{place}, {length}: {text:?}");
                burnt += 1;
            }
            Ok(result) => {
                result.unwrap_or_else(|error| panic!("{place}: {error}"));
                assert!(burnt > 2, "{place}: only {burnt} panics");
                assert_eq!(common::entries(folder.path()), ["out.tif"]);
                return;
            }
        }
        assert_eq!(
            common::entries(folder.path()),
            ["out.tif"],
            "{place}, {length}"
        );
        let old = fs::read(&path).expect("it is there") == OLD;
        // The path is written before the sink is.
        assert!(old || whole(&path), "{place}, {length}");
        if ["progress", "for_each"].contains(&place) {
            assert_unharmed(folder.path(), place);
        }
    }
    panic!("{place}: no fuse is long enough");
}

fn whole(path: &Path) -> bool {
    Cog::open(path).and_then(|cog| cog.base().read()).is_ok()
}
