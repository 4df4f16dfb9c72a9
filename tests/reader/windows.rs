//! Windows and bands: right ones against the whole, wrong ones refused.

use cogwork::error::{ErrorKind, Usage};
use cogwork::grid::Window;
use cogwork::read::request::ReadRequest;
use cogwork::sample::DataType::{F32, U8, U16};
use cogwork::write::Compression;
use cogwork::{Block, Context};

use crate::common::{self, raster};

#[test]
fn windows_are_parts_of_the_whole() {
    for (data_type, bands, size, blocksize) in [
        (U8, 3, (100, 70), 16),
        (U16, 1, (33, 95), 32),
        (F32, 2, (50, 50), 512),
    ] {
        let block = raster::block(data_type, bands, size);
        let bytes = raster::written(&block, &raster::options(Compression::Deflate, blocksize));
        let base = raster::open(bytes, &Context::default()).base();
        let (width, height) = size;
        for window in [
            Window::new(0, 0, width, height),
            Window::new(0, 0, 1, 1),
            Window::new(width - 1, height - 1, 1, 1),
            Window::new(15, 15, 2, 2),
            Window::new(16, 16, 16, 16),
            Window::new(5, 0, 1, height),
            Window::new(0, 31, width, 1),
            Window::new(3, 7, width - 3, height - 7),
        ] {
            let found = base.read_window(window).expect("a window of the level");
            assert!(
                found == raster::crop(&block, window),
                "{data_type} {window}"
            );
        }
    }
}

#[test]
fn bands_in_any_order_and_number() {
    let block = raster::block(U8, 3, (40, 30));
    let chunky = raster::written(&block, &raster::options(Compression::Lzw, 16));
    let planar = common::repository().join("testdata/formats/levels-ceil-planar.tif");
    let planar = std::fs::read(planar).expect("the file");
    for bytes in [chunky, planar] {
        let base = raster::open(bytes, &Context::default()).base();
        let whole = base.read().expect("a sound file");
        let size = base.size();
        for window in [size.window(), Window::new(7, 5, 20, 9)] {
            for bands in [
                &[1][..],
                &[2],
                &[3, 1],
                &[2, 2],
                &[1, 2, 3],
                &[3, 2, 1, 2, 3],
                &[],
            ] {
                let request = ReadRequest::new().window(window).bands(bands);
                let reading = base.read_request(&request).expect("bands of the level");
                let found = reading.block();
                let part = raster::crop(&whole, window).samples().to_le_bytes();
                let plane = part.len() / base.bands();
                let expected: Vec<u8> = bands
                    .iter()
                    .flat_map(|band| &part[(band - 1) * plane..][..plane])
                    .copied()
                    .collect();
                assert_eq!(found.bands(), bands.len());
                assert!(
                    found.samples().to_le_bytes() == expected,
                    "{bands:?} {window}"
                );
            }
        }
    }
}

#[test]
fn requests_that_make_no_sense() {
    let block = raster::block(U8, 3, (40, 30));
    let context = Context::default();
    let bytes = raster::written(&block, &raster::options(Compression::Lzw, 16));
    let cog = raster::open(bytes, &context);
    let base = cog.base();
    let opened = context.counters.requests();
    let most = u32::MAX;
    for (column, row, width, height) in [
        (0, 0, 0, 30),
        (0, 0, 40, 0),
        (0, 0, 41, 30),
        (0, 0, 40, 31),
        (40, 0, 1, 1),
        (0, 30, 1, 1),
        (39, 29, 2, 1),
        (1, 1, most, 1),
        (most, most, most, most),
        (most, 0, 1, 1),
    ] {
        let error = base
            .read_window(Window::new(column, row, width, height))
            .expect_err("outside");
        let ErrorKind::Usage(Usage::Window { size, .. }) = error.kind() else {
            panic!("{column},{row},{width},{height}: {error:?}");
        };
        assert_eq!(*size, (40, 30));
    }
    for (bands, wrong) in [
        (&[0][..], 0),
        (&[4], 4),
        (&[1, 2, 9, 3], 9),
        (&[usize::MAX], usize::MAX),
    ] {
        let error = base
            .read_request(&ReadRequest::new().bands(bands))
            .expect_err("no such band");
        let same = |band, count| band == wrong && count == 3;
        assert!(
            matches!(*error.kind(), ErrorKind::Usage(Usage::Band { band, count }) if same(band, count)),
            "{bands:?}: {error:?}"
        );
    }
    for index in [2, 3, usize::MAX] {
        let error = cog.overview(index).expect_err("no such overview");
        let ErrorKind::Usage(Usage::Overview { count: 2, .. }) = error.kind() else {
            panic!("{index}: {error:?}");
        };
        assert!(cog.level(index.saturating_add(1)).is_err());
    }
    assert_eq!(context.counters.requests(), opened, "nothing was read");
}

/// Many threads read one open file.
#[test]
fn one_file_for_many_threads() {
    let block = raster::block(U16, 1, (200, 150));
    let bytes = raster::written(&block, &raster::options(Compression::Zstd, 32));
    let cog = raster::open(bytes, &raster::threads(2));
    std::thread::scope(|scope| {
        for first in 0..8 {
            let (cog, block): (_, &Block) = (cog.clone(), &block);
            scope.spawn(move || {
                for step in 0..10 {
                    let window = Window::new(10 * first, 7 * step, 100, 60);
                    let found = cog
                        .base()
                        .read_window(window)
                        .expect("a window of the level");
                    assert!(found == raster::crop(block, window));
                }
            });
        }
    });
}
