//! Blocks in any order, from any number of threads.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cogwork::block::Validity;
use cogwork::exec::{Executor, Rayon};
use cogwork::grid::{Size, Window};
use cogwork::sample::DataType::{self, CF32, F64, I16, U8, U16};
use cogwork::write::{BlockWriter, CogOptions, CogWriter, Compression, Interleave, Raster};
use cogwork::{Block, Context, ErrorKind, Resampling, Result};
use rayon::prelude::*;

use crate::common::{self, raster};
use crate::{assert_unharmed, folder};

/// A fixed sequence of numbers without a pattern.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % u64::from(bound)) as u32
    }
}

type Parts = Vec<(Window, Block)>;

/// A block cut into windows of all sizes, none of which respects a tile.
fn cut(block: &Block, numbers: &mut Numbers) -> Parts {
    let mut parts = Vec::new();
    let mut left = vec![block.size().window()];
    while let Some(window) = left.pop() {
        let Window {
            column,
            row,
            width,
            height,
        } = window;
        match numbers.below(5) {
            0 | 1 if width > 1 && width * height > 40 => {
                let first = 1 + numbers.below(width - 1);
                left.push(Window::new(column, row, first, height));
                left.push(Window::new(column + first, row, width - first, height));
            }
            2 | 3 if height > 1 && width * height > 40 => {
                let first = 1 + numbers.below(height - 1);
                left.push(Window::new(column, row, width, first));
                left.push(Window::new(column, row + first, width, height - first));
            }
            _ => parts.push((window, part(block, window))),
        }
    }
    parts
}

/// A part of a block with its part of the mask.
fn part(block: &Block, window: Window) -> Block {
    let Validity::Mask(mask) = block.validity() else {
        return raster::crop(block, window);
    };
    let width = block.size().width as usize;
    let rows = window.row as usize..(window.row + window.height) as usize;
    let columns = window.column as usize..(window.column + window.width) as usize;
    let mask = rows.flat_map(|row| &mask[row * width..][columns.clone()]);
    let plain = block.clone().with_validity(Validity::All).expect("no mask");
    let cut = raster::crop(&plain, window);
    cut.with_validity(Validity::Mask(mask.copied().collect()))
        .expect("the mask of the window")
}

fn shuffle(parts: &mut Parts, numbers: &mut Numbers) {
    for at in (1..parts.len()).rev() {
        parts.swap(at, numbers.below(at as u32 + 1) as usize);
    }
}

/// Pushes parts from so many threads.
fn pushed(
    parts: Parts,
    threads: usize,
    (raster, options): (&Raster, &CogOptions),
    context: &Context,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let writer = BlockWriter::to_sink(&mut bytes, raster.clone(), options, context)?;
    let parts = Mutex::new(parts.into_iter());
    let next = || parts.lock().expect("no push panics").next();
    std::thread::scope(|scope| {
        let work = || {
            while let Some((window, block)) = next() {
                writer.push(window, block)?;
            }
            Ok::<(), cogwork::Error>(())
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut results = handles.into_iter().map(|handle| handle.join());
        results.try_for_each(|result| result.expect("no panic"))
    })?;
    writer.finish()?;
    Ok(bytes)
}

fn masked(block: Block) -> Block {
    let pixels = block.size().area() as u32;
    let mask = (0..pixels).map(|at| u8::from(at % 11 > 3 && at / 97 % 5 != 2));
    block
        .with_validity(Validity::Mask(mask.collect()))
        .expect("a mask of its pixels")
}

fn cases() -> Vec<(Block, Raster, CogOptions)> {
    let plain = |data_type: DataType, bands, size| raster::block(data_type, bands, size);
    let options = |blocksize| raster::options(Compression::Deflate, blocksize);
    let average = |blocksize| options(blocksize).resampling(Resampling::Average);
    let mut cases = vec![
        (plain(U8, 1, (1, 1)), options(16)),
        (plain(U8, 3, (130, 117)), options(32)),
        (masked(plain(U8, 3, (130, 117))), average(32)),
        (
            plain(I16, 2, (3, 300)),
            average(16).interleave(Interleave::Band),
        ),
        (
            masked(plain(U16, 2, (150, 60))),
            average(16).interleave(Interleave::Tile),
        ),
        (plain(F64, 1, (300, 90)), options(64)),
        (plain(CF32, 1, (90, 90)), options(48)),
        (plain(U16, 1, (100, 100)), options(512).sparse(true)),
    ]
    .into_iter()
    .map(|(block, options)| (block.clone(), Raster::of_block(&block), options))
    .collect::<Vec<_>>();
    // The fourth band of blocks whose validity says nothing is an alpha band.
    let block = plain(U8, 4, (90, 70))
        .with_validity(Validity::All)
        .expect("no mask");
    let mut alpha = Raster::of_block(&block);
    alpha.extra_samples = vec![2];
    cases.push((block, alpha, average(16)));
    cases
}

/// Two rows of tiles: the least that the writer asks for, with nothing left to wait in.
fn least_memory(raster: &Raster, options: &CogOptions) -> Context {
    let rows = options
        .blocksize
        .expect("it is set")
        .min(raster.size.height);
    let pixel = raster.bands * raster.data_type.bytes() + usize::from(raster.mask);
    let bytes = 2 * u64::from(rows) * u64::from(raster.size.width) * pixel as u64;
    raster::limits(|limits| {
        limits.job_bytes = bytes;
        limits.spool_bytes = 0;
    })
}

#[test]
fn any_order_and_any_threads_give_the_same_bytes() {
    let mut numbers = Numbers(20_260_722);
    for (block, raster, options) in cases() {
        let mut expected = Vec::new();
        let context = Context::default();
        cogwork::write::write_block_to(&mut expected, &block, raster.clone(), &options)
            .expect("memory takes it");
        for (name, context) in [
            ("1 thread", raster::threads(1)),
            ("8 threads", raster::threads(8)),
            ("no memory to wait in", least_memory(&raster, &options)),
            ("default", context),
        ] {
            for pushers in [1, 2, 8] {
                let mut parts = cut(&block, &mut numbers);
                shuffle(&mut parts, &mut numbers);
                let bytes = pushed(parts, pushers, (&raster, &options), &context);
                let bytes = bytes.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(
                    bytes == expected,
                    "{name}, {pushers} pushers: {raster:?} {options:?}"
                );
            }
            let whole = vec![(block.size().window(), block.clone())];
            let bytes = pushed(whole, 1, (&raster, &options), &context).expect(name);
            assert!(
                bytes == expected,
                "{name}, in one piece: {raster:?} {options:?}"
            );
        }
    }
}

/// The pool that encodes is the pool that pushes, all of whose threads may be in a push: a thread
/// that waits for its tiles takes up another push meanwhile.
#[test]
fn from_inside_the_pool_that_encodes() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    let pool = Arc::new(pool.expect("two threads"));
    let block = raster::block(U16, 1, (300, 400));
    let options = raster::options(Compression::Deflate, 16);
    let raster = Raster::of_block(&block);
    let expected = raster::written(&block, &options);
    let mut context = least_memory(&raster, &options);
    context.executor = Arc::new(Rayon::from_pool(pool.clone()));
    let mut numbers = Numbers(7);
    for _ in 0..5 {
        let mut parts = cut(&block, &mut numbers);
        shuffle(&mut parts, &mut numbers);
        let mut bytes = Vec::new();
        let writer = BlockWriter::to_sink(&mut bytes, raster.clone(), &options, &context);
        let writer = writer.expect("sound options");
        pool.install(|| {
            let push = |(window, block)| writer.push(window, block);
            parts.into_par_iter().try_for_each(push)
        })
        .expect("each part fits");
        writer.finish().expect("all have come");
        assert!(bytes == expected);
    }
}

#[test]
fn refused_blocks_change_nothing() {
    let block = raster::block(U8, 2, (40, 50));
    let (raster, options) = (
        Raster::of_block(&block),
        raster::options(Compression::Lzw, 16),
    );
    let context = Context::default();
    let mut bytes = Vec::new();
    let writer = BlockWriter::to_sink(&mut bytes, raster, &options, &context).expect("options");
    assert_eq!(writer.tile_size(), Size::new(16, 16));
    let push = |window: (u32, u32, u32, u32)| {
        let window = Window::new(window.0, window.1, window.2, window.3);
        writer.push(window, part(&block, window))
    };
    push((0, 0, 40, 16)).expect("the first row of tiles");
    push((10, 20, 20, 10)).expect("a part of the second");
    let other = |data_type, bands| raster::block(data_type, bands, (4, 4));
    let window = |column, row| Window::new(column, row, 4, 4);
    for (why, window, block) in [
        ("a row that is encoded", window(0, 0), other(U8, 2)),
        ("one pixel is taken", window(7, 17), other(U8, 2)),
        ("all pixels are taken", window(12, 22), other(U8, 2)),
        ("reaching into an encoded row", window(0, 13), other(U8, 2)),
        ("beyond the last column", window(37, 40), other(U8, 2)),
        ("beyond the last row", window(0, 47), other(U8, 2)),
        (
            "columns past all numbers",
            window(u32::MAX, 0),
            other(U8, 2),
        ),
        ("another size", Window::new(0, 40, 4, 3), other(U8, 2)),
        ("no pixels", Window::new(0, 40, 0, 0), other(U8, 2)),
        ("another type", window(0, 40), other(U16, 2)),
        ("another number of bands", window(0, 40), other(U8, 1)),
        ("a mask", window(0, 40), masked(other(U8, 2))),
    ] {
        let error = writer.push(window, block).expect_err(why);
        assert!(error.is_usage(), "{why}: {error:?}");
    }
    for window in [
        (0, 17, 10, 33),
        (0, 16, 40, 1),
        (30, 17, 10, 33),
        (10, 17, 20, 3),
        (10, 30, 20, 20),
    ] {
        push(window).expect("it is free");
    }
    writer.finish().expect("all have come");
    assert!(bytes == raster::written(&block, &options));
}

#[test]
fn missing_pixels_are_named() {
    let block = raster::block(U8, 1, (40, 50));
    let options = raster::options(Compression::None, 16);
    for (windows, named) in [
        (
            &[][..],
            "2000 of 2000 pixels have not come, the first of them in the window 0,0,40,16",
        ),
        (
            &[Window::new(0, 0, 40, 20), Window::new(0, 22, 40, 28)],
            "80 of 2000 pixels have not come, the first of them in the window 0,20,40,2",
        ),
        (
            &[
                Window::new(0, 0, 40, 49),
                Window::new(0, 49, 13, 1),
                Window::new(14, 49, 26, 1),
            ],
            "1 of 2000 pixels have not come, the first of them in the window 13,49,1,1",
        ),
    ] {
        let (folder, path) = folder();
        let raster = Raster::of_block(&block);
        let writer = BlockWriter::create(&path, raster, &options, &Context::default());
        let writer = writer.expect("a folder");
        for &window in windows {
            writer
                .push(window, part(&block, window))
                .expect("it is free");
        }
        let error = writer.finish().expect_err(named);
        assert!(
            error.is_usage() && error.to_string().contains(named),
            "{error}"
        );
        assert_unharmed(folder.path(), named);
    }
}

/// What comes from the bottom up waits on the disk, not in memory, and all is gone at the end.
#[test]
fn what_waits_is_bounded() {
    let block = raster::block(U16, 1, (256, 4096));
    let options = raster::options(Compression::Deflate, 16);
    let raster = Raster::of_block(&block);
    let expected = raster::written(&block, &options);
    let mut context = least_memory(&raster, &options);
    let row = 256 * 16 * 2;
    Arc::make_mut(&mut context.limits).job_bytes += 10 * row;
    let (folder, path) = folder();
    let writer = BlockWriter::create(&path, raster.clone(), &options, &context).expect("a folder");
    let mut waited = String::new();
    for row in (0..256).rev() {
        let window = Window::new(0, 16 * row, 256, 16);
        writer
            .push(window, part(&block, window))
            .expect("it is free");
        let mut spools = common::entries(folder.path());
        spools.retain(|name| name.starts_with(".spool."));
        if row == 0 {
            // The last push encodes everything: what waited is gone, encoded tiles have come.
            assert!(
                !spools.contains(&waited) && !spools.is_empty(),
                "{spools:?}"
            );
        } else {
            assert_eq!(spools.len(), usize::from(row < 246), "row {row}");
            waited = spools.pop().unwrap_or_default();
        }
    }
    writer.finish().expect("all have come");
    assert_eq!(common::entries(folder.path()), ["out.tif"]);
    assert!(fs::read(&path).expect("it is there") == expected);
    // What waits, the row that is joined, the pyramid's rows, and the pieces that its spools collect.
    let (peak, bound) = (
        context.counters.peak_buffer_bytes(),
        16 * row + 20 * (64 << 10),
    );
    assert!(peak > 10 * row && peak < bound, "{peak} of {bound}");
    let too_little = raster::limits(|limits| limits.job_bytes = 2 * row - 1);
    let error = BlockWriter::create(&path, raster, &options, &too_little).err();
    let kind = error.as_ref().map(|error| error.kind());
    let limit = matches!(
        kind,
        Some(ErrorKind::Limit {
            what: "job_bytes",
            ..
        })
    );
    assert!(limit, "{error:?}");
}

/// Memory is given back: what comes in a little disorder never needs the disk.
#[test]
fn a_little_disorder_stays_in_memory() {
    let block = raster::block(U16, 1, (256, 4096));
    let options = raster::options(Compression::Deflate, 16);
    let raster = Raster::of_block(&block);
    let context = raster::limits(|limits| limits.job_bytes = (2 + 8) * 256 * 16 * 2);
    let (folder, path) = folder();
    let writer = BlockWriter::create(&path, raster, &options, &context).expect("a folder");
    for group in 0..32 {
        for row in (8 * group..8 * group + 8).rev() {
            let window = Window::new(0, 16 * row, 256, 16);
            writer
                .push(window, part(&block, window))
                .expect("it is free");
            assert_eq!(
                common::entries(folder.path()).len(),
                2,
                "the old file, the new one"
            );
        }
    }
    writer.finish().expect("all have come");
    assert!(fs::read(&path).expect("it is there") == raster::written(&block, &options));
}

#[test]
fn given_up() {
    let block = raster::block(U8, 1, (40, 50));
    let options = raster::options(Compression::None, 16);
    let context = raster::limits(|limits| {
        limits.job_bytes = 2 * 16 * 40;
        limits.spool_bytes = 0;
    });
    let (folder, path) = folder();
    let writer = BlockWriter::create(&path, Raster::of_block(&block), &options, &context);
    let writer = writer.expect("a folder");
    let window = Window::new(0, 20, 40, 30);
    writer
        .push(window, part(&block, window))
        .expect("it is free");
    assert_eq!(
        common::entries(folder.path()).len(),
        3,
        "the old, the new, what waits"
    );
    drop(writer);
    assert_unharmed(folder.path(), "dropped");
}

/// Runs on the calling thread, and panics at one of its runs.
#[derive(Debug)]
struct PanicsOnce {
    at: usize,
    runs: AtomicUsize,
}

impl Executor for PanicsOnce {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        assert_ne!(run, self.at, "the executor breaks");
        (0..count).for_each(job);
    }

    fn threads(&self) -> usize {
        1
    }
}

/// A push that panicked has lost a row: whatever is tried then, no file appears.
#[test]
fn a_push_that_panics() {
    push_and_panic(true);
    push_and_panic(false);
}

/// A writer of either kind.
enum Writer {
    Rows(Box<CogWriter<'static>>),
    Blocks(Box<BlockWriter<'static>>),
}

impl Writer {
    fn create(in_order: bool, path: &Path, raster: Raster, context: &Context) -> Result<Self> {
        let options = raster::options(Compression::None, 16);
        Ok(match in_order {
            true => Writer::Rows(CogWriter::create(path, raster, &options, context)?.into()),
            false => Writer::Blocks(BlockWriter::create(path, raster, &options, context)?.into()),
        })
    }

    fn push(&mut self, window: Window, block: Block) -> Result<()> {
        match self {
            Writer::Rows(rows) => rows.push(block),
            Writer::Blocks(blocks) => blocks.push(window, block),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Writer::Rows(rows) => rows.finish(),
            Writer::Blocks(blocks) => blocks.finish(),
        }
    }
}

fn push_and_panic(in_order: bool) {
    let block = raster::block(U8, 1, (40, 160));
    let options = raster::options(Compression::None, 16);
    let windows: Vec<Window> = (0..10)
        .map(|row| Window::new(0, 16 * row, 40, 16))
        .collect();
    for at in 0..1000 {
        let (folder, path) = folder();
        let runs = AtomicUsize::new(0);
        let context = raster::executor(PanicsOnce { at, runs });
        let writer = Writer::create(in_order, &path, Raster::of_block(&block), &context);
        let mut writer = writer.expect("a folder");
        let mut panicked = false;
        for &window in &windows {
            let push = || writer.push(window, part(&block, window));
            match catch_unwind(AssertUnwindSafe(push)) {
                Ok(Ok(())) => assert!(!panicked),
                Ok(Err(error)) => assert!(panicked && error.is_usage(), "{error}"),
                Err(_) => panicked = true,
            }
        }
        let finished = writer.finish();
        assert_eq!(finished.is_err(), panicked, "run {at}");
        if !panicked {
            assert!(at > 10, "only {at} runs to break");
            assert!(fs::read(&path).expect("it is there") == raster::written(&block, &options));
            return;
        }
        assert_unharmed(folder.path(), &format!("run {at}"));
    }
    panic!("there is no end to the runs");
}
