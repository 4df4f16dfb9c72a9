//! Rasters made up for tests, and the ways to write them.

use std::sync::Arc;

use cogwork::block::Validity;
use cogwork::exec::{Executor, Rayon};
use cogwork::grid::{Size, Window};
use cogwork::sample::{Complex, DataType, Samples};
use cogwork::source::memory::MemorySource;
use cogwork::write::{BigTiff, CogOptions, Compression, PredictorChoice, Raster};
use cogwork::{Block, Cog, Context, Limits};

/// A number for each sample: the same on every machine, neither constant nor noise alone.
pub fn number(band: u32, row: u32, column: u32) -> u32 {
    let mixed = (column ^ row.rotate_left(16) ^ band.rotate_left(24)).wrapping_mul(0x9e37_79b9);
    let noise = (mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) >> 28;
    let ground = column / 3 + 2 * (row / 5) + 40 * band;
    if (row / 8 + column / 8).is_multiple_of(7) {
        0
    } else {
        ground + noise
    }
}

/// A block of such numbers, as far as the type holds them; nodata is 0.
pub fn block(data_type: DataType, bands: usize, (width, height): (u32, u32)) -> Block {
    let mut numbers = Vec::new();
    for band in 0..u32::try_from(bands).expect("few bands") {
        for row in 0..height {
            numbers.extend((0..width).map(|column| number(band, row, column)));
        }
    }
    let whole = |number: &u32| i64::from(*number);
    let real = |number: &u32| f64::from(*number) / 7.0;
    let samples = match data_type {
        DataType::U8 => Samples::U8(numbers.iter().map(|&n| n as u8).collect()),
        DataType::I8 => Samples::I8(numbers.iter().map(|&n| n as i8).collect()),
        DataType::U16 => Samples::U16(numbers.iter().map(|&n| (97 * n) as u16).collect()),
        DataType::I16 => Samples::I16(numbers.iter().map(|&n| (97 * n) as i16).collect()),
        DataType::U32 => Samples::U32(numbers.iter().map(|&n| n * 100_003).collect()),
        DataType::I32 => Samples::I32(numbers.iter().map(|&n| 5 - n as i32).collect()),
        DataType::U64 => Samples::U64(numbers.iter().map(|&n| u64::from(n) << 33).collect()),
        DataType::I64 => Samples::I64(numbers.iter().map(|n| -whole(n) << 33).collect()),
        DataType::F32 => Samples::F32(numbers.iter().map(|n| real(n) as f32).collect()),
        DataType::F64 => Samples::F64(numbers.iter().map(real).collect()),
        DataType::CI16 => Samples::CI16(complex(&numbers, |n| (97 * n) as i16)),
        DataType::CI32 => Samples::CI32(complex(&numbers, |n| 5 - n as i32)),
        DataType::CF32 => Samples::CF32(complex(&numbers, |n| real(&n) as f32)),
        DataType::CF64 => Samples::CF64(complex(&numbers, |n| real(&n))),
        other => panic!("unknown type {other}"),
    };
    let size = Size::new(width, height);
    Block::new(bands, size, samples, Validity::Nodata(0.into())).expect("the shape of the samples")
}

/// Numbers as real parts, and the number 1000 off as imaginary part.
fn complex<P>(numbers: &[u32], part: impl Fn(u32) -> P) -> Vec<Complex<P>> {
    let both = |&n: &u32| Complex::new(part(n), part(n + 1000));
    numbers.iter().map(both).collect()
}

/// The part of a block that a window covers, sample by sample.
pub fn crop(block: &Block, window: Window) -> Block {
    let (bands, rows, columns) = block.shape();
    let (left, top) = (window.column as usize, window.row as usize);
    let (width, height) = (window.width as usize, window.height as usize);
    macro_rules! cut {
        ($($variant:ident),*) => {
            match block.samples() {
                $(Samples::$variant(values) => {
                    let mut cut = Vec::new();
                    for line in 0..bands * height {
                        let (band, row) = (line / height, top + line % height);
                        let start = (band * rows + row) * columns + left;
                        cut.extend_from_slice(&values[start..start + width]);
                    }
                    Samples::$variant(cut)
                })*
                _ => panic!("unknown samples"),
            }
        };
    }
    let samples = cut!(
        U8, I8, U16, I16, U32, I32, U64, I64, F32, F64, CI16, CI32, CF32, CF64
    );
    Block::new(bands, window.size(), samples, block.validity().clone()).expect("the shape")
}

/// Options that leave nothing to be inherited.
pub fn options(compression: Compression, blocksize: u32) -> CogOptions {
    CogOptions::default()
        .compression(compression)
        .predictor(PredictorChoice::Auto)
        .blocksize(blocksize)
        .bigtiff(BigTiff::Auto)
}

/// The bytes of a block written in one piece.
pub fn written(block: &Block, options: &CogOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    cogwork::write::write_block_to(&mut bytes, block, Raster::of_block(block), options)
        .expect("memory takes it");
    bytes
}

/// A file in memory.
pub fn open(bytes: Vec<u8>, context: &Context) -> Cog {
    Cog::from_source(MemorySource::new(bytes), context).expect("a sound file")
}

/// A context with a pool of its own.
pub fn threads(count: usize) -> Context {
    executor(Rayon::with_threads(count).expect("threads"))
}

/// A context with another executor.
pub fn executor(executor: impl Executor + 'static) -> Context {
    Context {
        executor: Arc::new(executor),
        ..Context::default()
    }
}

/// A context with changed limits.
pub fn limits(change: impl FnOnce(&mut Limits)) -> Context {
    let mut limits = Limits::default();
    change(&mut limits);
    Context {
        limits: Arc::new(limits),
        ..Context::default()
    }
}
