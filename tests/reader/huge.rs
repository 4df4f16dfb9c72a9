//! Files larger than memory: few bytes of them are read.

use std::collections::HashMap;

use cogwork::grid::Window;
use cogwork::read::request::ReadRequest;
use cogwork::{Cog, Context, ErrorKind};

use crate::common::raster;
use crate::common::sources::MostlyZeros;
use crate::common::tiff::{Entry, LONG8, SHORT, Wire, entry};

/// 100,000 x 100,000 pixels in tiles of 64 x 64.
const SIDE: u32 = 100_000;
const ACROSS: u64 = 1563;
const TILES: u64 = ACROSS * ACROSS;
/// The arrays stand far behind the directory, the tiles behind them.
const OFFSETS: u64 = 1 << 24;
const COUNTS: u64 = OFFSETS + 8 * TILES * 3;
const DATA: u64 = 1 << 36;

/// A source of zeros with a header and these tiles: index and fill.
fn sparse(planes: u64, tiles: &HashMap<u64, u8>) -> MostlyZeros {
    let wire = Wire {
        big_endian: true,
        bigtiff: true,
    };
    let array = |tag, place| Entry {
        count: TILES * planes,
        place: Some(place),
        ..entry(tag, LONG8, &[])
    };
    let entries = [
        entry(256, LONG8, &[SIDE.into()]),
        entry(257, LONG8, &[SIDE.into()]),
        entry(258, SHORT, &[8]),
        entry(259, SHORT, &[1]),
        entry(262, SHORT, &[1]),
        entry(277, SHORT, &[planes]),
        entry(284, SHORT, &[if planes > 1 { 2 } else { 1 }]),
        entry(322, SHORT, &[64]),
        entry(323, SHORT, &[64]),
        array(324, OFFSETS),
        array(325, COUNTS),
        entry(339, SHORT, &[1]),
    ];
    let mut pieces = vec![(0, wire.file(&entries, 0))];
    for (&tile, &fill) in tiles {
        let at = DATA + tile * 4096;
        pieces.push((OFFSETS + 8 * tile, at.to_be_bytes().to_vec()));
        pieces.push((COUNTS + 8 * tile, 4096u64.to_be_bytes().to_vec()));
        pieces.push((at, vec![fill; 4096]));
    }
    MostlyZeros {
        length: DATA + TILES * 3 * 4096,
        pieces,
    }
}

#[test]
fn a_huge_sparse_file_opens_and_reads_by_little() {
    let (column, row) = (1000, 700);
    let tile = row * ACROSS + column;
    let source = sparse(1, &HashMap::from([(tile, 42)]));
    let context = Context::default();
    let cog = Cog::from_source(source, &context).expect("a sound header");
    let counters = &context.counters;
    assert!(counters.requests() <= 3, "{} requests", counters.requests());
    assert!(
        counters.bytes_read() < 1 << 20,
        "{} bytes",
        counters.bytes_read()
    );
    let base = cog.base();
    assert_eq!((base.size().width, base.size().height), (SIDE, SIDE));
    let (requests, bytes) = (counters.requests(), counters.bytes_read());
    let window = Window::new(64 * 1000 - 100, 64 * 700 - 100, 300, 300);
    let block = base.read_window(window).expect("a window");
    let inside = |i: usize| (100..164).contains(&(i % 300)) && (100..164).contains(&(i / 300));
    let expected: Vec<u8> = (0..300 * 300)
        .map(|i| if inside(i) { 42 } else { 0 })
        .collect();
    assert!(block.as_slice() == Some(&expected[..]));
    assert_eq!(counters.tiles_decoded(), 1);
    // Six rows of six tiles at most: an array's part for each, perhaps merged over a gap.
    let (requests, bytes) = (
        counters.requests() - requests,
        counters.bytes_read() - bytes,
    );
    assert!(requests <= 13, "{requests} requests");
    assert!(bytes < 300_000, "{bytes} bytes of {}", 16 * TILES);
}

/// Bands of planes in any order: each plane's part of the arrays is looked up for itself.
#[test]
fn planes_in_any_order() {
    let tile = 3 * ACROSS + 5;
    let fills = HashMap::from([(tile, 1), (TILES + tile, 2), (2 * TILES + tile, 3)]);
    let base = Cog::from_source(sparse(3, &fills), &Context::default())
        .expect("sound")
        .base();
    let window = Window::new(5 * 64 + 1, 3 * 64 + 1, 2, 1);
    for bands in [
        &[1][..],
        &[3],
        &[1, 2, 3],
        &[1, 3],
        &[3, 1],
        &[3, 2, 1],
        &[2, 3, 1],
        &[2, 2],
    ] {
        let block = base
            .read_request(&ReadRequest::new().window(window).bands(bands))
            .unwrap_or_else(|e| panic!("{bands:?}: {e}"))
            .into_block();
        let expected: Vec<u8> = bands.iter().flat_map(|&band| [band as u8; 2]).collect();
        assert_eq!(block.as_slice(), Some(&expected[..]), "{bands:?}");
    }
}

#[test]
fn a_huge_block_is_a_limit() {
    let context = raster::limits(|limits| limits.block_bytes = 1 << 20);
    let cog = Cog::from_source(sparse(1, &HashMap::new()), &context).expect("a sound header");
    let opened = context.counters.requests();
    for error in [
        cog.base().read().expect_err("10 GB"),
        cog.base().lazy().compute().expect_err("10 GB"),
    ] {
        let needed = u64::from(SIDE) * u64::from(SIDE);
        let same =
            matches!(*error.kind(), ErrorKind::Limit { needed: found, .. } if found == needed);
        assert!(same, "{error:?}");
    }
    assert_eq!(context.counters.requests(), opened, "nothing was read");
    let tiles = raster::limits(|limits| limits.tiles = TILES - 1);
    let error = Cog::from_source(sparse(1, &HashMap::new()), &tiles).expect_err("too many tiles");
    assert!(
        matches!(error.kind(), ErrorKind::Limit { what: "tiles", .. }),
        "{error:?}"
    );
}
