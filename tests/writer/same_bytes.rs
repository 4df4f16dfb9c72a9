//! One raster, one set of options, one file: whoever writes it, however it comes.

use std::sync::Arc;

use cogwork::Resampling;
use cogwork::grid::Window;
use cogwork::sample::DataType::{self, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
use cogwork::write::{CogOptions, CogWriter, Compression, Overviews, Raster};
use cogwork::{Block, Chunks, Cog, Context};

use crate::common::raster;
use crate::common::sinks::Stutters;

use Compression::{Deflate, Lzw, None, Zstd};
use Resampling::{Average, Bilinear, Cubic, CubicSpline, Gauss, Lanczos, Mode, Nearest, Rms};

type Case = (DataType, usize, (u32, u32), Compression, u32, Resampling);

const CASES: [Case; 14] = [
    (U8, 1, (1, 1), Deflate, 16, Cubic),
    (U8, 3, (17, 5), None, 16, Nearest),
    (I8, 2, (17, 5), Lzw, 512, Average),
    (U16, 1, (700, 3), Lzw, 16, Mode),
    (I16, 4, (3, 700), Zstd, 32, Average),
    (U32, 2, (3, 700), Deflate, 48, Rms),
    (I32, 1, (700, 3), None, 64, Bilinear),
    (U64, 1, (100, 90), Zstd, 16, Average),
    (I64, 1, (90, 100), Deflate, 32, Nearest),
    (F32, 5, (130, 70), Deflate, 16, Gauss),
    (F64, 1, (70, 130), Zstd, 32, Lanczos),
    (U8, 3, (513, 301), Deflate, 128, Cubic),
    (U16, 1, (513, 301), Zstd, 256, CubicSpline),
    (F32, 1, (301, 513), Lzw, 512, Cubic),
];

#[test]
fn rows_by_sink_path_and_steps() {
    for case in CASES {
        let (data_type, bands, size, compression, blocksize, method) = case;
        let block = raster::block(data_type, bands, size);
        let options = raster::options(compression, blocksize).resampling(method);
        let expected = raster::written(&block, &options);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.tif");
        cogwork::write::write_block(&path, &block, Raster::of_block(&block), &options)
            .expect("the folder takes it");
        assert!(
            std::fs::read(&path).expect("it is there") == expected,
            "path: {case:?}"
        );
        let mut stutters = Stutters::default();
        cogwork::write::write_block_to(&mut stutters, &block, Raster::of_block(&block), &options)
            .expect("a slow sink is no broken sink");
        assert!(stutters.bytes == expected, "a slow sink: {case:?}");
        for (rows, columns) in [(1, 1000), (7, 1000), (16, 13), (1000, 100)] {
            let pushed = in_parts(&block, &options, (rows, columns), &Context::default());
            assert!(pushed == expected, "parts of {rows} x {columns}: {case:?}");
        }
    }
}

#[test]
fn threads_and_spools() {
    for case in CASES {
        let (data_type, bands, size, compression, blocksize, method) = case;
        let block = raster::block(data_type, bands, size);
        let options = raster::options(compression, blocksize).resampling(method);
        let expected = raster::written(&block, &options);
        for (name, context) in [
            ("1 thread", raster::threads(1)),
            ("2 threads", raster::threads(2)),
            ("8 threads", raster::threads(8)),
            ("no spool", raster::limits(|limits| limits.spool_bytes = 0)),
            (
                "a small spool",
                raster::limits(|limits| limits.spool_bytes = 3000),
            ),
            (
                "a large spool",
                raster::limits(|limits| limits.spool_bytes = 1 << 40),
            ),
        ] {
            let pushed = in_parts(&block, &options, (64, 1000), &context);
            assert!(pushed == expected, "{name}: {case:?}");
        }
    }
}

/// The block goes through an uncompressed file of other tiles and comes back as a lazy raster.
#[test]
fn sources_and_steps() {
    for case in CASES {
        let (data_type, bands, size, compression, blocksize, method) = case;
        let block = raster::block(data_type, bands, size);
        let options = raster::options(compression, blocksize).resampling(method);
        let expected = raster::written(&block, &options);
        let plain = raster::options(None, 32).overviews(Overviews::None);
        let input = raster::written(&block, &plain);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("in.tif");
        std::fs::write(&path, &input).expect("the folder takes it");
        let memory = raster::open(input.clone(), &Context::default()).base();
        let file = Cog::open(&path).expect("a sound file").base();
        for (name, lazy) in [
            ("a file", file.lazy()),
            ("memory", memory.lazy()),
            (
                "8 threads",
                raster::open(input, &raster::threads(8)).base().lazy(),
            ),
            ("small steps", memory.lazy().chunks(Chunks::Tiles)),
        ] {
            let mut bytes = Vec::new();
            lazy.write_cog_to(&mut bytes, &options)
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(bytes == expected, "{name}: {case:?}");
            let path = folder.path().join("out.tif");
            lazy.write_cog(&path, &options)
                .expect("the folder takes it");
            assert!(
                std::fs::read(&path).expect("it is there") == expected,
                "{name}: {case:?}"
            );
        }
    }
}

/// The main job on the shipped scene, in steps of any size on any number of threads.
#[test]
fn the_masked_scene() {
    let folder = crate::common::repository().join("testdata/scene");
    let options = CogOptions::default().blocksize(64).resampling(Average);
    let bytes = |context: &Context, chunks: Chunks| {
        let [visual, classes] = ["visual.tif", "SCL.tif"].map(|name| {
            let bytes = std::fs::read(folder.join(name)).expect(name);
            raster::open(bytes, context)
        });
        let cloud = classes.base().lazy().is_in([8, 9]);
        let image = visual.overview(0).expect("overview 0").lazy();
        let mut bytes = Vec::new();
        let masked = image.mask(&cloud).expect("the same grid");
        masked
            .chunks(chunks)
            .write_cog_to(&mut bytes, &options)
            .expect("memory takes it");
        bytes
    };
    let expected = bytes(&raster::threads(1), Chunks::Auto);
    let mut steps = raster::threads(2);
    Arc::make_mut(&mut steps.limits).spool_bytes = 1000;
    for (name, context, chunks) in [
        ("2 threads", raster::threads(2), Chunks::Auto),
        ("8 threads", raster::threads(8), Chunks::Auto),
        ("small steps", steps, Chunks::Tiles),
    ] {
        assert!(bytes(&context, chunks) == expected, "{name}");
    }
}

/// Pushes a block in parts of so many rows and columns.
fn in_parts(
    block: &Block,
    options: &CogOptions,
    (rows, columns): (u32, u32),
    context: &Context,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let size = block.size();
    let mut writer = CogWriter::to_sink(&mut bytes, Raster::of_block(block), options, context)
        .expect("sound options");
    for row in (0..size.height).step_by(rows as usize) {
        let height = rows.min(size.height - row);
        let part = |column: u32| {
            let width = columns.min(size.width - column);
            raster::crop(block, Window::new(column, row, width, height))
        };
        let parts = (0..size.width)
            .step_by(columns as usize)
            .map(part)
            .collect();
        writer.push_beside(parts).expect("rows that fit");
    }
    writer.finish().expect("memory takes it");
    bytes
}
