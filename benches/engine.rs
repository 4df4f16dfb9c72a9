//! `cargo bench`: opening, decoding and encoding per codec, and the main job, on the shipped scene.
//! Files are in memory, so that no disk is measured. `main_job.py` beside this measures whole
//! processes against rioxarray and GDAL.

use cogwork::Resampling;
use cogwork::grid::Size;
use cogwork::source::memory::MemorySource;
use cogwork::write::{CogOptions, Compression, Overviews, Raster, write_block_to};
use cogwork::{Block, Cog, Context};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// Compressions with the level to write at.
const CODECS: [(&str, Compression, Option<u8>); 6] = [
    ("none", Compression::None, None),
    ("deflate-1", Compression::Deflate, Some(1)),
    ("deflate-6", Compression::Deflate, Some(6)),
    ("lzw", Compression::Lzw, None),
    ("zstd-1", Compression::Zstd, Some(1)),
    ("zstd-9", Compression::Zstd, Some(9)),
];

const NAMES: [&str; 6] = ["none", "deflate-1", "deflate-6", "lzw", "zstd-1", "zstd-9"];
const SOURCES: [&str; 2] = ["visual.tif", "B08.tif"];

#[divan::bench]
fn open(bencher: Bencher<'_, '_>) {
    let bytes = file("visual.tif");
    bencher.bench(|| memory(&bytes));
}

#[divan::bench(args = NAMES, consts = [0, 1])]
fn decode<const SOURCE: usize>(bencher: Bencher<'_, '_>, codec: &str) {
    let block = block(SOURCES[SOURCE]);
    let cog = memory(&encoded(&block, codec));
    bencher
        .counter(counter(&block))
        .bench(|| cog.base().read().expect("it is readable"));
}

#[divan::bench(args = NAMES, consts = [0, 1])]
fn encode<const SOURCE: usize>(bencher: Bencher<'_, '_>, codec: &str) {
    let block = block(SOURCES[SOURCE]);
    bencher
        .counter(counter(&block))
        .bench(|| encoded(&block, codec));
}

#[divan::bench(args = Resampling::ALL.map(Resampling::name))]
fn overviews(bencher: Bencher<'_, '_>, method: &str) {
    let block = block("visual.tif");
    let options = CogOptions::default()
        .compression(Compression::None)
        .resampling(method.parse().expect("a method"));
    bencher
        .counter(counter(&block))
        .bench(|| written(&block, &options));
}

#[divan::bench(args = ["deflate-6", "zstd-1"])]
fn main_job(bencher: Bencher<'_, '_>, codec: &str) {
    let (visual, scl) = (memory(&file("visual.tif")), memory(&file("SCL.tif")));
    let image = visual.overview(0).expect("an overview");
    let (_, compression, level) = codec_named(codec);
    let mut options = CogOptions::default().compression(compression);
    options.level = level;
    bencher.bench(|| {
        let cloud = scl.base().lazy().is_in([8, 9]);
        let clear = image.lazy().mask(&cloud).expect("one grid");
        let mut bytes = Vec::new();
        clear
            .write_cog_to(&mut bytes, &options)
            .expect("memory takes it");
        bytes
    });
}

fn encoded(block: &Block, codec: &str) -> Vec<u8> {
    let (_, compression, level) = codec_named(codec);
    let mut options = CogOptions::default()
        .compression(compression)
        .overviews(Overviews::None)
        .blocksize(256);
    options.level = level;
    written(block, &options)
}

fn written(block: &Block, options: &CogOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, block, Raster::of_block(block), options).expect("memory takes it");
    bytes
}

fn codec_named(codec: &str) -> (&'static str, Compression, Option<u8>) {
    *CODECS
        .iter()
        .find(|(name, ..)| *name == codec)
        .expect("one of the table")
}

fn counter(block: &Block) -> BytesCount {
    let Size { width, height } = block.size();
    let samples = block.bands() as u64 * u64::from(width) * u64::from(height);
    BytesCount::new(samples * block.data_type().bytes() as u64)
}

fn block(name: &str) -> Block {
    memory(&file(name)).base().read().expect("it is readable")
}

fn memory(bytes: &[u8]) -> Cog {
    let source = MemorySource::new(bytes.to_vec());
    Cog::from_source(source, &Context::default()).expect("it is a COG")
}

fn file(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/scene/");
    std::fs::read(format!("{folder}{name}")).expect("the shipped scene")
}
