//! The cache of decoded tiles: each tile is fetched and decoded once, within the bound, and reads give
//! what they give without it.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use bytes::Bytes;
use cogwork::block::Block;
use cogwork::grid::Window;
use cogwork::read::request::ReadRequest;
use cogwork::sample::DataType::U16;
use cogwork::source::memory::MemorySource;
use cogwork::source::{ByteSource, IoProfile};
use cogwork::write::Compression;
use cogwork::{Cog, Context, ErrorKind, Level, Result, TileCache};
use rayon::prelude::*;

use crate::common::{self, raster};

fn cached(bytes: u64) -> Context {
    Context {
        tiles: Some(Arc::new(TileCache::new(bytes))),
        ..Context::default()
    }
}

fn kept(context: &Context) -> u64 {
    context.tiles.as_ref().expect("a cache").bytes()
}

/// 6 x 6 tiles of 32 x 32 pixels, two bands; the last of each row and column are narrower.
fn file() -> Vec<u8> {
    file_of((180, 170))
}

fn file_of(size: (u32, u32)) -> Vec<u8> {
    let block = raster::block(U16, 2, size);
    raster::written(&block, &raster::options(Compression::Deflate, 32))
}

/// Results of all kinds of files, all bands and single ones, read twice, are those without a cache;
/// the second time nothing is read or decoded.
#[test]
fn results_are_the_same_for_every_format() {
    for folder in ["testdata/formats", "testdata/directories"] {
        let folder = common::repository().join(folder);
        let names = common::entries(&folder);
        let names: Vec<_> = names.iter().filter(|name| name.ends_with(".tif")).collect();
        assert!(names.len() > 20);
        for name in names {
            let plain = Cog::open(folder.join(name)).expect(name);
            let context = cached(64 << 20);
            let cog = Cog::open_with(folder.join(name), &context).expect(name);
            let mut after = (0, 0);
            for turn in 0..2 {
                for (level, plain) in cog.levels().zip(plain.levels()) {
                    let (width, height) = (level.size().width, level.size().height);
                    let part =
                        Window::new(width / 3, height / 4, width.div_ceil(2), height / 2 + 1);
                    let whole = level.read().expect(name);
                    assert_same(&whole, &plain.read().expect(name), name);
                    for band in 1..=level.bands() {
                        let request = ReadRequest::new().window(part).bands(&[band]);
                        let read = |level: &Level| level.read_request(&request).expect(name);
                        assert_same(&read(&level).into_block(), &read(&plain).into_block(), name);
                    }
                }
                let counters = &context.counters;
                let now = (counters.requests(), counters.tiles_decoded());
                assert!(turn == 0 || now == after, "{name}: {after:?}, then {now:?}");
                after = now;
            }
        }
    }
}

/// NaN equals NaN here.
fn assert_same(ours: &Block, theirs: &Block, name: &str) {
    let [samples, expected] = [ours, theirs].map(|block| block.samples().to_le_bytes());
    assert!(samples == expected, "{name}");
    assert!(ours.valid_pixels() == theirs.valid_pixels(), "{name}");
}

/// 64 threads, the same window: every tile is fetched and decoded once.
#[test]
fn many_threads_one_tile() {
    let bytes = file();
    for (window, tiles) in [
        (Window::new(40, 40, 20, 20), 1),
        (Window::new(20, 20, 100, 100), 16),
    ] {
        let context = cached(64 << 20);
        let level = raster::open(bytes.clone(), &context).base();
        let opened = context.counters.requests();
        let expected = raster::open(bytes.clone(), &Context::default()).base();
        let expected = expected.read_window(window).expect("sound");
        let barrier = Barrier::new(64);
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    barrier.wait();
                    assert!(level.read_window(window).expect("sound") == expected);
                });
            }
        });
        let counters = &context.counters;
        assert_eq!(counters.tiles_decoded(), tiles);
        assert_eq!(counters.cache_misses(), tiles);
        assert_eq!(counters.cache_hits(), 63 * tiles);
        assert!(
            counters.requests() - opened <= tiles,
            "each tile at most once"
        );
        // Two bands of u16, and the 256 bytes that a tile costs.
        assert_eq!(kept(&context), tiles * (32 * 32 * 2 * 2 + 256));
    }
}

/// Overlapping windows from jobs of the pool that decodes, and from plain threads at the same time.
#[test]
fn no_deadlock_inside_rayon() {
    for threads in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = Arc::new(pool.expect("threads"));
        let context = Context {
            executor: Arc::new(cogwork::exec::Rayon::from_pool(pool.clone())),
            ..cached(40 * (32 * 32 * 2 * 2 + 256))
        };
        let level = raster::open(file(), &context).base();
        let plain = raster::open(file(), &raster::executor(cogwork::exec::Serial)).base();
        let check = |n: usize| {
            let n = n as u32;
            let window = Window::new(n * 7 % 90, n * 11 % 80, 90, 90);
            let [ours, theirs] = [&level, &plain].map(|level| level.read_window(window));
            assert!(ours.expect("sound") == theirs.expect("sound"));
        };
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || (thread..40).step_by(4).for_each(check));
            }
            pool.install(|| (0..40).into_par_iter().for_each(check));
        });
        assert!(context.counters.cache_hits() > 0);
    }
}

/// Whatever is read by whom, the bound holds; what was just read is there. All tiles are whole, so
/// that as many as fit are there in the end, whichever they are.
#[test]
fn the_bound_holds_under_churn() {
    let tile = 32 * 32 * 2 * 2 + 256;
    let file = || file_of((192, 192));
    for tiles in [1, 3, 10] {
        let context = cached(tiles * tile + 100);
        let files: Vec<Level> = (0..4)
            .map(|_| raster::open(file(), &context).base())
            .collect();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert!(kept(&context) <= tiles * tile + 100);
                }
            });
            let read = |n: u32| {
                let window = Window::new(n * 37 % 170, n * 53 % 160, 10, 10);
                files[n as usize % 4].read_window(window).expect("sound");
            };
            (0..400).into_par_iter().for_each(read);
            done.store(true, Ordering::Relaxed);
        });
        let misses = context.counters.cache_misses();
        files[0]
            .read_window(Window::new(0, 0, 1, 1))
            .expect("sound");
        files[0]
            .read_window(Window::new(31, 31, 1, 1))
            .expect("sound");
        assert!(context.counters.cache_misses() <= misses + 1);
        assert_eq!(
            context.tiles.as_ref().map(|tiles| tiles.len() as u64),
            Some(tiles)
        );
    }
}

/// Files do not see each other's tiles, nor do levels or masks; a file opened again begins anew.
#[test]
fn tiles_are_known_by_their_file() {
    let context = cached(64 << 20);
    let other = raster::block(U16, 2, (180, 171));
    let other = raster::written(&other, &raster::options(Compression::Deflate, 32));
    let window = Window::new(0, 0, 20, 20);
    for (count, bytes) in (1..).zip([file(), file(), other]) {
        let cog = raster::open(bytes.clone(), &context);
        let plain = raster::open(bytes, &Context::default());
        for (level, plain) in cog.levels().zip(plain.levels()) {
            assert!(
                level.read_window(window).expect("one") == plain.read_window(window).expect("one")
            );
        }
        let levels = cog.overview_count() as u64 + 1;
        assert_eq!(context.counters.cache_misses(), levels * count);
    }
    assert_eq!(context.counters.cache_hits(), 0);
}

/// A tile larger than the whole cache is read past it.
#[test]
fn too_large_for_the_cache() {
    let context = cached(32 * 32 * 2 * 2 + 255);
    let base = raster::open(file(), &context).base();
    base.read().expect("sound");
    let counters = &context.counters;
    assert_eq!(
        (
            counters.cache_hits(),
            counters.cache_misses(),
            kept(&context)
        ),
        (0, 0, 0)
    );
    assert_eq!(counters.tiles_decoded(), 36);
}

/// Jobs that stream a raster leave the cache as it is.
#[test]
fn streaming_jobs_pass_by() {
    let context = cached(64 << 20);
    let base = raster::open(file(), &context).base();
    base.read_window(Window::new(0, 0, 10, 10)).expect("sound");
    let before = kept(&context);
    base.lazy().compute().expect("sound");
    assert_eq!(
        (kept(&context), context.counters.cache_misses()),
        (before, 1)
    );
}

/// A damaged tile is an error for everyone who wants it, and is not kept; its neighbours are.
#[test]
fn errors_are_not_kept() {
    let mut bytes = file();
    let image = raster::open(bytes.clone(), &Context::default()).base();
    let offsets = &image.image().offsets;
    let at = offsets
        .loaded()
        .and_then(|loaded| offsets.value(loaded, 0, 7));
    let at = at.expect("a small file") as usize;
    bytes[at + 20..at + 30].fill(0xff);
    let context = cached(64 << 20);
    let level = raster::open(bytes, &context).base();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let error = level
                    .read_window(Window::new(0, 0, 64, 64))
                    .expect_err("damaged");
                assert!(matches!(error.kind(), ErrorKind::Malformed(_)), "{error:?}");
                assert_eq!(
                    (error.place().level, error.place().tile),
                    (Some(0), Some(7))
                );
            });
        }
    });
    let cache = context.tiles.as_ref().expect("a cache");
    assert!(cache.len() <= 3);
    assert!(level.read_window(Window::new(64, 64, 10, 10)).is_ok());
}

/// Bytes in memory, whose reads fail while `broken`, or panic.
#[derive(Debug)]
struct Weak {
    bytes: MemorySource,
    mood: Arc<AtomicU64>,
}

impl ByteSource for Weak {
    fn len(&self) -> Result<u64> {
        self.bytes.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        std::thread::sleep(std::time::Duration::from_millis(5));
        match self.mood.load(Ordering::Relaxed) {
            0 => self.bytes.read(range),
            1 => Err(std::io::Error::other("the line is dead").into()),
            _ => panic!("a source that panics"),
        }
    }

    fn profile(&self) -> IoProfile {
        self.bytes.profile()
    }
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a weak source")
    }
}

/// A reader that fails or panics neither hangs those that wait nor spoils the cache.
#[test]
fn a_leader_that_fails_or_panics() {
    for mood in [1, 2] {
        let moods = Arc::new(AtomicU64::new(0));
        let source = Weak {
            bytes: MemorySource::new(file()),
            mood: moods.clone(),
        };
        // The first read of a file takes the first 64 KiB; this one is smaller.
        let context = cached(64 << 20);
        let level = Cog::from_source(source, &context).expect("sound").base();
        let window = Window::new(40, 40, 20, 20);
        moods.store(mood, Ordering::Relaxed);
        std::thread::scope(|scope| {
            let read = || level.read_window(window).map(drop);
            let tasks: Vec<_> = (0..16).map(|_| scope.spawn(read)).collect();
            for task in tasks {
                match task.join() {
                    Ok(read) => assert!(mood == 1 && read.is_err()),
                    Err(_) => assert_eq!(mood, 2),
                }
            }
        });
        assert_eq!(kept(&context), 0);
        moods.store(0, Ordering::Relaxed);
        let expected = raster::open(file(), &Context::default()).base();
        let expected = expected.read_window(window).expect("sound");
        assert!(level.read_window(window).expect("it works again") == expected);
        assert_eq!(context.counters.tiles_decoded(), 1);
    }
}
