//! Objects of the crate object_store as sources, with its store in memory.
#![cfg(feature = "object_store")]

mod common;

use std::sync::Arc;
use std::sync::mpsc;

use cogwork::source::ByteSource;
use cogwork::source::cached::{CachedSource, RangeCache};
use cogwork::source::object_store::ObjectStoreSource;
use cogwork::{CancelToken, Cog, Context, ErrorKind, error::Malformed, error::Remote};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory};
use tokio::runtime::{Builder, Runtime};

const NAME: &str = "scene/SCL.tif";

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("threads")
}

/// A store that has SCL.tif, and its bytes.
fn store(runtime: &Runtime) -> (Arc<dyn ObjectStore>, Vec<u8>) {
    let bytes = std::fs::read(common::repository().join("testdata/scene/SCL.tif"));
    let bytes = bytes.expect("the scene");
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    put(runtime, &store, &bytes);
    (store, bytes)
}

fn put(runtime: &Runtime, store: &Arc<dyn ObjectStore>, bytes: &[u8]) {
    let (store, bytes) = (store.clone(), bytes.to_vec());
    let put = async move { store.put(&NAME.into(), bytes.into()).await };
    runtime.block_on(put).expect("memory takes everything");
}

#[test]
fn ranges_are_the_objects_bytes() {
    let runtime = runtime();
    let (store, bytes) = store(&runtime);
    let source = ObjectStoreSource::open(store, NAME, runtime.handle()).expect("it is there");
    let length = bytes.len() as u64;
    assert_eq!(source.len().expect("known"), length);
    assert_eq!(source.to_string(), format!("InMemory: {NAME}"));
    for range in [0..1, 5..5, 100..4096, length - 1..length, 0..length] {
        let part = &bytes[range.start as usize..range.end as usize];
        assert_eq!(source.read(range).expect("inside"), part);
    }
    let error = source
        .read(length - 1..length + 1)
        .expect_err("beyond the end");
    let end = ErrorKind::Malformed(Malformed::UnexpectedEnd { length });
    assert_eq!(format!("{:?}", error.kind()), format!("{end:?}"));
}

/// The same pixels as from the file.
#[test]
fn a_cog_of_a_store() {
    let runtime = runtime();
    let (store, bytes) = store(&runtime);
    let source = ObjectStoreSource::open(store, NAME, runtime.handle()).expect("it is there");
    let context = Context::default();
    let source = CachedSource::new(source, &RangeCache::new(1 << 20));
    let cog = Cog::from_source(source, &context).expect("a COG");
    let file = cogwork::source::memory::MemorySource::new(bytes);
    let file = Cog::from_source(file, &Context::default()).expect("a COG");
    let samples = |cog: &Cog| cog.base().read().expect("readable").samples().to_le_bytes();
    assert_eq!(
        common::sha256(&samples(&cog)),
        common::sha256(&samples(&file))
    );
    assert!(context.counters.requests() > 0);
}

#[test]
fn what_is_replaced_is_told() {
    let runtime = runtime();
    let (store, bytes) = store(&runtime);
    let handle = runtime.handle();
    let source = ObjectStoreSource::open(store.clone(), NAME, handle).expect("it is there");
    source.read(0..10).expect("it is as it was");
    put(&runtime, &store, &bytes);
    let error = source.read(0..10).expect_err("another version");
    assert!(
        matches!(error.kind(), ErrorKind::Remote(Remote::Changed(_))),
        "{error}"
    );
    let error = ObjectStoreSource::open(store, "nothing", handle).expect_err("nothing there");
    let missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    assert!(
        matches!(error.kind(), ErrorKind::Io(error) if missing(error)),
        "{error}"
    );
    assert!(
        error.to_string().starts_with("InMemory: nothing: "),
        "{error}"
    );
}

/// From a thread of the runtime that the store is asked on, from one that may block, from within
/// another runtime of one thread, and from none.
#[test]
fn reads_from_anywhere() {
    let runtime = runtime();
    let (store, bytes) = store(&runtime);
    let handle = runtime.handle().clone();
    let read = move || {
        let source = ObjectStoreSource::open(store.clone(), NAME, &handle).expect("it is there");
        let context = Context::default();
        let cog = Cog::from_source(source.clone(), &context).expect("a COG");
        cog.base().read().expect("readable");
        source.read(0..100).expect("inside").to_vec()
    };
    let expected = &bytes[..100];
    assert_eq!(read(), expected);
    assert_eq!(runtime.block_on(async { read() }), expected);
    let (tell, news) = mpsc::channel();
    let (worker, blocking) = (read.clone(), read.clone());
    let other = tell.clone();
    runtime.spawn(async move { tell.send(worker()) });
    runtime.spawn_blocking(move || other.send(blocking()));
    assert_eq!(news.iter().collect::<Vec<_>>(), [expected, expected]);
    let single = Builder::new_current_thread().build().expect("a runtime");
    assert_eq!(single.block_on(async { read() }), expected);
}

#[test]
fn cancelled_reads_end() {
    let runtime = runtime();
    let (store, _) = store(&runtime);
    let cancel = CancelToken::new();
    let source = ObjectStoreSource::open(store, NAME, runtime.handle()).expect("it is there");
    let source = source.with_cancel(&cancel);
    source.read(0..10).expect("inside");
    cancel.cancel();
    let error = source.read(0..10).expect_err("cancelled");
    assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
}
