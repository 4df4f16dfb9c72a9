//! Whoever runs the jobs: the same bytes, and no deadlock.

use std::sync::Arc;

use cogwork::Resampling;
use cogwork::exec::{Executor, Rayon, Serial};
use cogwork::sample::DataType::U8;
use cogwork::write::{CogOptions, Compression};
use cogwork::{Context, Lazy};
use rayon::prelude::*;

use crate::common::raster;
use crate::scene;

/// Runs the last job first.
#[derive(Debug)]
struct Backwards;

impl Executor for Backwards {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
        (0..count).rev().for_each(job);
    }

    fn threads(&self) -> usize {
        1
    }
}

/// Starts threads for each run, and deals the jobs out.
#[derive(Debug)]
struct Threads(usize);

impl Executor for Threads {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            for first in 0..self.0 {
                scope.spawn(move || (first..count).step_by(self.0).for_each(job));
            }
        });
    }

    fn threads(&self) -> usize {
        self.0
    }
}

fn masked(context: &Context) -> Lazy {
    let cloud = scene("SCL", context).base().lazy().is_in([8, 9]);
    let image = scene("visual", context)
        .overview(0)
        .expect("overview 0")
        .lazy();
    image.mask(&cloud).expect("one grid")
}

/// A raster of some hundred tiles, masked by itself.
fn small(context: &Context) -> Lazy {
    let input = raster::written(
        &raster::block(U8, 1, (200, 150)),
        &raster::options(Compression::Lzw, 16),
    );
    let image = raster::open(input, context).base().lazy();
    image.mask(&image.gt(50)).expect("one grid")
}

fn bytes(lazy: &Lazy) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = CogOptions::default()
        .blocksize(64)
        .resampling(Resampling::Average);
    lazy.write_cog_to(&mut bytes, &options)
        .expect("memory takes it");
    bytes
}

#[test]
fn executors_of_every_kind() {
    let expected = bytes(&masked(&raster::executor(Serial)));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .expect("threads");
    for context in [
        raster::executor(Backwards),
        raster::executor(Threads(1)),
        raster::executor(Threads(3)),
        raster::executor(Rayon::default()),
        raster::executor(Rayon::from_pool(Arc::new(pool))),
    ] {
        assert!(
            bytes(&masked(&context)) == expected,
            "{:?}",
            context.executor
        );
        let lazy = masked(&Context::default()).with_context(&context);
        assert!(
            bytes(&lazy) == expected,
            "{:?} given later",
            context.executor
        );
    }
}

/// Jobs inside of jobs, on the same pool: rayon's global one, a small one, and one thread.
#[test]
fn inside_of_rayons_own_jobs() {
    let expected = bytes(&small(&Context::default()));
    let all_the_same = |context: &Context| {
        (0..6)
            .into_par_iter()
            .all(|_| bytes(&small(context)) == expected)
    };
    assert!(all_the_same(&Context::default()), "the global pool");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = Arc::new(pool.expect("threads"));
        let same = raster::executor(Rayon::from_pool(pool.clone()));
        assert!(
            pool.install(|| all_the_same(&same)),
            "{threads} threads, the same pool"
        );
        let global = Context::default();
        assert!(
            pool.install(|| all_the_same(&global)),
            "{threads} threads, another pool"
        );
    }
}

/// A chunk's consumer may itself compute.
#[test]
fn inside_of_for_each() {
    let context = raster::threads(2);
    let block = raster::block(U8, 2, (1100, 40));
    let input = raster::written(&block, &raster::options(Compression::Lzw, 16));
    let outer = raster::open(input, &context).base().lazy() + 1;
    let given = outer.for_each(|window, block| {
        let inner = outer.compute()?;
        let inner = raster::crop(&inner, window).samples().to_le_bytes();
        assert!(inner == block.samples().to_le_bytes());
        Ok(())
    });
    given.expect("a sound file");
}

/// A panic in a job reaches the caller, and the pool is as good as before.
#[test]
fn after_a_panic() {
    #[derive(Debug)]
    struct Panics(Rayon);

    impl Executor for Panics {
        fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
            self.0
                .run(count, &|i| if i == 1 { panic!("job {i}") } else { job(i) });
        }

        fn threads(&self) -> usize {
            self.0.threads()
        }
    }

    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    let pool = Rayon::from_pool(Arc::new(pool.expect("threads")));
    let panics = raster::executor(Panics(pool.clone()));
    let folder = tempfile::tempdir().expect("a folder");
    let block = raster::block(U8, 1, (100, 100));
    let input = raster::written(&block, &raster::options(Compression::Deflate, 16));
    let cog = raster::open(input, &panics);
    let path = folder.path().join("out.tif");
    let hook = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        cog.base().lazy().write_cog(&path, &CogOptions::default())
    }));
    assert!(hook.is_err());
    assert_eq!(crate::common::entries(folder.path()), [""; 0]);
    let expected = bytes(&masked(&Context::default()));
    assert!(bytes(&masked(&raster::executor(pool))) == expected);
}
