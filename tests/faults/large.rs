//! Files beyond 4 GiB: from a source and into a sink that keep only what is not zero.

use std::io::{self, Write};

use cogwork::edit::Edit;
use cogwork::grid::Window;
use cogwork::validate::{Depth, Severity, validate_source};
use cogwork::{Cog, Context};

use crate::common::sources::MostlyZeros;
use crate::common::tiff::{Entry, LONG, SHORT, WIRES, entry};

/// Width and height of the tiles in pixels, and their bytes: uint16.
const SIDE: u32 = 5120;
const TILE_BYTES: u64 = 2 * SIDE as u64 * SIDE as u64;

/// The first and the last sample of every tile.
const FIRST: [u8; 2] = [7, 0];
const LAST: [u8; 2] = [0, 9];

/// A small classic TIFF of large images: all their tiles are the same bytes.
fn source(sizes: &[(u32, u32)]) -> MostlyZeros {
    let wire = WIRES[0];
    assert!(!wire.big_endian && !wire.bigtiff);
    let data = 1 << 20;
    let mut header = wire.header(8);
    for (number, &(width, height)) in sizes.iter().enumerate() {
        let tiles = (width.div_ceil(SIDE) * height.div_ceil(SIDE)) as usize;
        let mut entries: Vec<Entry> = vec![
            entry(256, LONG, &[width.into()]),
            entry(257, LONG, &[height.into()]),
            entry(258, SHORT, &[16]),
            entry(259, SHORT, &[1]),
            entry(262, SHORT, &[1]),
            entry(277, SHORT, &[1]),
            entry(322, SHORT, &[SIDE.into()]),
            entry(323, SHORT, &[SIDE.into()]),
            entry(324, LONG, &vec![data; tiles]),
            entry(325, LONG, &vec![TILE_BYTES; tiles]),
            entry(339, SHORT, &[1]),
        ];
        if number > 0 {
            entries.insert(0, entry(254, LONG, &[1]));
        }
        let at = header.len() as u64;
        let length = wire.directory(at, &entries, 0).len() as u64;
        let next = if number + 1 < sizes.len() {
            at + length
        } else {
            0
        };
        header.extend(wire.directory(at, &entries, next));
    }
    let length = data + TILE_BYTES;
    let pieces = vec![
        (0, header),
        (data, FIRST.to_vec()),
        (length - 2, LAST.to_vec()),
    ];
    MostlyZeros { length, pieces }
}

/// Counts bytes, and keeps those that are not all zero.
#[derive(Default)]
struct Sparse {
    length: u64,
    pieces: Vec<(u64, Vec<u8>)>,
}

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
        for chunk in bytes.chunks(ZEROS.len()) {
            if chunk != &ZEROS[..chunk.len()] {
                self.pieces.push((self.length, chunk.to_vec()));
            }
            self.length += chunk.len() as u64;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Below 4 GiB a classic TIFF, beyond it a BigTIFF; both are valid, and their last pixels are there.
#[test]
fn the_boundary_of_four_gibibytes() {
    let halves = |width: u32, height: u32| -> Vec<(u32, u32)> {
        let size = |level: u32| (width >> level, height >> level);
        // As far as they are larger than a tile.
        (0..)
            .map(size)
            .take_while(|size| size.0.min(size.1) > SIDE)
            .collect()
    };
    for (sizes, big) in [
        (halves(8 * SIDE, 7 * SIDE), false),
        (halves(10 * SIDE, 10 * SIDE), true),
    ] {
        let context = Context::default();
        let cog = Cog::from_source(source(&sizes), &context).expect("a sound file");
        let mut sink = Sparse::default();
        cog.edit_to(&mut sink, &Edit::new())
            .expect("the sink takes all");
        let tiles: u64 = sizes
            .iter()
            .map(|size| u64::from(size.0.div_ceil(SIDE) * size.1.div_ceil(SIDE)))
            .sum();
        let least = tiles * (TILE_BYTES + 8);
        assert!(
            (least..least + (1 << 16)).contains(&sink.length),
            "{}",
            sink.length
        );
        assert_eq!(least > u64::from(u32::MAX), big);
        let kept: usize = sink.pieces.iter().map(|piece| piece.1.len()).sum();
        assert!(kept < 100 << 20, "{kept} bytes are not zero");
        let peak = context.counters.peak_buffer_bytes();
        assert!(peak < 4 * TILE_BYTES, "{peak} bytes were held");
        let Sparse { length, pieces } = sink;
        let written = || MostlyZeros {
            length,
            pieces: pieces.clone(),
        };
        let version = &pieces[0].1[..4];
        assert_eq!(version, if big { b"II\x2b\0" } else { b"II\x2a\0" });
        let report = validate_source(written(), Depth::Full, &context).expect("a TIFF");
        assert_eq!((report.bigtiff, report.file_bytes), (big, length));
        let bad = |severity| severity != Severity::Note;
        let findings = report
            .findings
            .iter()
            .filter(|finding| bad(finding.severity));
        let findings: Vec<String> = findings.map(|finding| finding.message.clone()).collect();
        assert_eq!(findings, [""; 0]);
        let cog = Cog::from_source(written(), &context).expect("a sound file");
        let (width, height) = sizes[0];
        for (column, row, value) in [
            (width - SIDE, height - SIDE, 7),
            (width - 1, height - 1, 9 << 8),
            (width - 2, height - 1, 0),
        ] {
            let pixel = cog.base().read_window(Window::new(column, row, 1, 1));
            let pixel = pixel.expect("a pixel");
            assert_eq!(
                pixel.as_slice::<u16>(),
                Some(&[value][..]),
                "{column}, {row}"
            );
        }
    }
}
