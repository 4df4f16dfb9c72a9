//! A raster that is larger than memory, most of it sparse: masked, averaged into overviews and written
//! by a child process, which tells its own peak of memory.

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use cogwork::source::ByteSource;
use cogwork::write::{CogOptions, Compression};
use cogwork::{Cog, Context, Resampling};

use crate::common::sources::MostlyZeros;
use crate::common::tiff::{LONG, SHORT, WIRES, entry};

/// 1.6 billion pixels; a debug build takes a hundredth of them.
const SIDE: u64 = if cfg!(debug_assertions) {
    4_000
} else {
    40_000
};
const TILE: u64 = 512;
/// What the child may hold.
const MEMORY: u64 = 256 << 20;
const PATIENCE: Duration = Duration::from_secs(60);
/// The tile, by column and row, that has samples of 100; of its classes the left half is a cloud.
const PLACE: (u64, u64) = (3, 5);

/// A file of one band of uint8, nodata 0, whose tiles are sparse but one.
fn sparse(sample: fn(u64) -> u8) -> MostlyZeros {
    let wire = WIRES[0];
    let across = SIDE.div_ceil(TILE);
    let count = (across * across) as usize;
    let index = (PLACE.1 * across + PLACE.0) as usize;
    let start = 1 << 20;
    let (mut offsets, mut counts) = (vec![0; count], vec![0; count]);
    (offsets[index], counts[index]) = (start, TILE * TILE);
    let entries = [
        entry(256, LONG, &[SIDE]),
        entry(257, LONG, &[SIDE]),
        entry(258, SHORT, &[8]),
        entry(259, SHORT, &[1]),
        entry(262, SHORT, &[1]),
        entry(277, SHORT, &[1]),
        entry(322, SHORT, &[TILE]),
        entry(323, SHORT, &[TILE]),
        entry(324, LONG, &offsets),
        entry(325, LONG, &counts),
    ];
    let mut header = wire.header(16);
    header.resize(16, 0);
    header.extend(wire.directory(16, &entries, 0));
    let samples = (0..TILE * TILE).map(|pixel| sample(pixel % TILE));
    MostlyZeros {
        length: start + TILE * TILE,
        pieces: vec![(0, header), (start, samples.collect())],
    }
}

fn open(source: impl ByteSource + 'static, context: &Context) -> Cog {
    Cog::from_source(source, context).expect("a sound file")
}

#[test]
fn a_sparse_raster_in_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.tif");
    let started = Instant::now();
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("OUTPUT", &path)
        .output()
        .expect("a child");
    let took = started.elapsed();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{error}");
    let peak = text.lines().find_map(|line| line.split_once("peak: "));
    let peak: u64 = peak
        .and_then(|(_, peak)| peak.parse().ok())
        .expect("a number");
    println!("{SIDE} x {SIDE}: {took:.1?}, {} MiB", peak >> 20);
    assert!(peak < MEMORY, "{peak}");
    assert!(took < PATIENCE, "{took:?}");

    let cog = Cog::open(&path).expect("a sound file");
    for (index, level) in cog.levels().enumerate().take(4) {
        let scale = 1 << index;
        let (left, top) = (PLACE.0 * TILE / scale, PLACE.1 * TILE / scale);
        let side = TILE / scale;
        let window = [left, top, side, side].map(|pixels| u32::try_from(pixels).expect("few"));
        let [column, row, width, height] = window;
        let window = cogwork::grid::Window::new(column, row, width, height);
        let block = level.read_window(window).expect("sound");
        let samples = block.as_slice::<u8>().expect("uint8");
        for (pixel, &sample) in samples.iter().enumerate() {
            let clear = pixel as u64 % side >= side / 2;
            assert_eq!(
                sample,
                100 * u8::from(clear),
                "level {index}, pixel {pixel}"
            );
        }
        let window = cogwork::grid::Window::new(0, 0, width, height);
        let empty = level.read_window(window).expect("sound");
        assert!(
            empty
                .as_slice::<u8>()
                .expect("uint8")
                .iter()
                .all(|&sample| sample == 0)
        );
    }
}

/// The child: masks, averages, writes.
#[test]
#[ignore = "the other test runs it in a process of its own"]
fn child() {
    let context = Context::default();
    let image = open(sparse(|_| 100), &context).base().lazy();
    let classes = open(
        sparse(|column| if column < TILE / 2 { 9 } else { 4 }),
        &context,
    );
    let cloud = classes.base().lazy().is_in([8, 9]);
    let masked = image.mask_with(&cloud, 0).expect("one grid");
    let options = CogOptions::default()
        .compression(Compression::Deflate)
        .resampling(Resampling::Average)
        .sparse(true);
    let plan = masked.plan(&options).expect("it fits");
    let estimate = plan.estimate().expect("sound");
    assert!(estimate.peak_bytes < MEMORY, "{estimate:?}");
    let path = std::env::var_os("OUTPUT").expect("a path");
    let report = plan.run(path).expect("written");
    assert_eq!(
        (report.counts.tiles_fetched, report.counts.tiles_decoded),
        (2, 2)
    );
    assert!(context.counters.peak_buffer_bytes() <= estimate.peak_bytes);
    println!("\npeak: {}", memory("VmHWM"));
}

/// A line of Linux's account of this process, in bytes; elsewhere 0.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.unwrap_or(0u64) << 10
}
