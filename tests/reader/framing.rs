//! Lengths of tiles by their leaders and trailers: fewer requests, and never another pixel, whatever a
//! file says of itself.
#![cfg(feature = "deflate")]

use cogwork::format::directory::IndexArray;
use cogwork::grid::Window;
use cogwork::{Cog, Context, Level};

use super::shipped::{expected, shipped};
use crate::common::{sha256, sources::Exact};

const GHOST: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE";

fn find(bytes: &[u8], text: &[u8]) -> usize {
    let mut places = bytes.windows(text.len());
    places.position(|found| found == text).expect("it is there")
}

/// The file with some text written over another one of the same length.
fn replaced(bytes: &[u8], text: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = find(&bytes, text);
    bytes[at..at + other.len()].copy_from_slice(other);
    bytes
}

fn open(bytes: Vec<u8>) -> (Level, Context) {
    let context = Context::default();
    let cog = Cog::from_source(Exact(bytes.into()), &context).expect("sound");
    (cog.base(), context)
}

/// Requests of the samples of a window alone, and the sha256 of the samples.
fn read(bytes: &[u8], window: Window) -> (u64, String) {
    let (base, context) = open(bytes.to_vec());
    let opened = context.counters.requests();
    let block = base.read_window(window).expect("inside");
    let requests = context.counters.requests() - opened;
    (requests, sha256(&block.samples().to_le_bytes()))
}

/// 12,000 tiles by GDAL. Of the classic file the offsets are read with the header, of the others not.
#[test]
fn requests_with_and_without() {
    for (name, requests) in [
        // One tile, two in a row, the last three of the first row, two rows of three, the last tile of
        // all, which no other one bounds. Without frames the 8 bytes between tiles are gaps.
        (
            "cog",
            [(1, 1 + 1), (1, 1 + 2), (1, 1 + 3), (2, 2 + 6), (2, 2)],
        ),
        (
            "cog-big",
            [(2, 2 + 1), (2, 2 + 2), (2, 2 + 3), (4, 4 + 6), (3, 3)],
        ),
    ] {
        let (bytes, entry) = shipped(name);
        let plain = replaced(&bytes, GHOST, b"GONE");
        for ((window, samples, _), wanted) in expected(&entry).into_iter().zip(requests) {
            let (with, ours) = read(&bytes, window);
            let (without, theirs) = read(&plain, window);
            println!("{name} {window}: {with} requests, {without} without");
            assert_eq!(
                (ours.as_str(), theirs.as_str()),
                (samples, samples),
                "{name} {window}"
            );
            assert_eq!((with, without), wanted, "{name} {window}");
        }
    }
}

/// Tiles and masks in turn: samples and validity are GDAL's with the frames and without, and reading
/// samples saves requests.
#[test]
fn interleaved_masks() {
    let (bytes, entry) = shipped("cog-masked");
    find(&bytes, b"MASK_INTERLEAVED_WITH_IMAGERY=YES");
    let plain = replaced(&bytes, GHOST, b"GONE");
    for (window, samples, valid) in expected(&entry) {
        let mut requests = [&bytes, &plain].map(|bytes| {
            let (base, context) = open(bytes.clone());
            let opened = context.counters.requests();
            let block = base.read_window(window).expect("inside");
            assert_eq!(sha256(&block.samples().to_le_bytes()), samples, "{window}");
            assert_eq!(sha256(&block.valid_pixels()), valid, "{window}");
            context.counters.requests() - opened
        });
        let last = window.right() == 15_360 && window.bottom() == 12_800;
        requests[0] += u64::from(!last);
        assert!(requests[0] <= requests[1], "{window}: {requests:?}");
    }
}

/// What a file may say that is not so. No pixel changes.
#[test]
fn lies_change_no_pixel() {
    for name in ["cog", "cog-big", "cog-masked"] {
        let (bytes, entry) = shipped(name);
        let mut lies: Vec<(String, Vec<u8>)> = Vec::new();
        for (text, other) in [
            ("METADATA_SIZE=000", "METADATA_SIZE=999"),
            ("METADATA_SIZE=000", "METADATA_SIZE=-00"),
            ("BLOCK_ORDER=ROW", "BLOCK_ORDER=COL"),
            ("SIZE_AS_UINT4", "SIZE_AS_UINT8"),
            ("LAST_4_BYTES", "LAST_8_BYTES"),
            ("EDITION=NO\n ", "EDITION=YES\n"),
            ("LAYOUT=IFDS_BEFORE_DATA", "INTERLEAVE=TILE\nSOME=PA"),
        ] {
            lies.push((
                format!("{text} -> {other}"),
                replaced(&bytes, text.as_bytes(), other.as_bytes()),
            ));
        }
        if name == "cog-masked" {
            lies.push((
                "no masks".into(),
                replaced(&bytes, b"IMAGERY=YES", b"IMAGERY=NOT"),
            ));
        }
        for (window, samples, valid) in expected(&entry) {
            let (base, _) = open(bytes.clone());
            let frames = frames(&bytes, &base, window);
            let mut lies = lies.clone();
            for frame in [frames[0], frames[frames.len() - 1]] {
                lies.extend(mutations(&bytes, frame));
            }
            for (lie, bytes) in lies {
                let base = open(bytes).0;
                for turn in 0..2 {
                    let block = base.read_window(window).expect(&lie);
                    let same = sha256(&block.samples().to_le_bytes()) == samples
                        && sha256(&block.valid_pixels()) == valid;
                    assert!(same, "{name} {window} {turn}: {lie}");
                }
            }
        }
    }
}

/// Offset and length of the tiles of a window, by the arrays.
fn frames(bytes: &[u8], level: &Level, window: Window) -> Vec<(usize, usize)> {
    let image = level.image();
    let counts = image.byte_counts.as_ref().expect("lengths");
    let value = |array: &IndexArray, tile| {
        let whole = array.deferred().unwrap_or(0..0);
        let whole = &bytes[whole.start as usize..whole.end as usize];
        let found = array.value(array.loaded().map_or(whole, |loaded| loaded), 0, tile);
        found.expect("a value") as usize
    };
    let grid = image.grid();
    let frame = |(column, row)| {
        let tile = grid.index(column, row);
        (value(&image.offsets, tile), value(counts, tile))
    };
    grid.touched(window).iter().map(frame).collect()
}

/// The file with other leaders and trailers around one tile.
fn mutations(bytes: &[u8], (offset, length): (usize, usize)) -> Vec<(String, Vec<u8>)> {
    let put = |at: usize, other: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + other.len()].copy_from_slice(other);
        bytes
    };
    let length_of = |at: usize| {
        let leader = bytes
            .get(at..at + 4)
            .map_or([0; 4], |b| b.try_into().expect("four"));
        u32::from_le_bytes(leader)
    };
    let true_length = length as u32;
    // As if what follows the tile, its mask or the next tile, were part of it.
    let both = true_length + 8 + length_of(offset + length + 4);
    let mut found = Vec::new();
    for lie in [
        0,
        1,
        4,
        true_length - 1,
        true_length + 1,
        true_length + 8,
        both,
        u32::MAX,
    ] {
        found.push((
            format!("leader {lie} for {length}"),
            put(offset - 4, &lie.to_le_bytes()),
        ));
    }
    found.push((
        "leader big-endian".into(),
        put(offset - 4, &true_length.to_be_bytes()),
    ));
    for (at, byte) in bytes.iter().enumerate().skip(offset + length).take(4) {
        found.push((format!("trailer at {at}"), put(at, &[!byte])));
    }
    found
}
