//! Whole files: those of GDAL and our own are right, few bytes are read, and no bytes do harm.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cogwork::block::Validity;
use cogwork::grid::Size;
use cogwork::sample::Samples;
use cogwork::source::memory::MemorySource;
use cogwork::validate::{Depth, Report, Rule, Severity, validate, validate_source};
use cogwork::write::{BigTiff, CogOptions, Compression, Raster, write_block_to};
use cogwork::{Block, Context};

use crate::common;
use crate::common::sources::{Fault, Faulty, MostlyZeros};
use crate::common::tiff::{LONG, entry};
use crate::model::{CLASSIC, Model};

fn report(name: &str, depth: Depth, context: &Context) -> Report {
    let path = common::repository().join("testdata").join(name);
    validate(path, depth, context).expect(name)
}

fn rules(report: &Report) -> Vec<(Severity, Rule)> {
    let findings = report.findings.iter();
    findings.map(|found| (found.severity, found.rule)).collect()
}

/// COGs of GDAL's driver, in which both other validators find nothing (`tests/oracle`).
#[test]
fn cogs_of_gdal() {
    for name in [
        "scene/visual.tif",
        "scene/B04.tif",
        "scene/SCL.tif",
        "facts/bands-cog.tif",
    ] {
        let report = report(name, Depth::Full, &Context::default());
        assert!(report.full && report.is_strictly_valid(), "{report}");
        assert_eq!(rules(&report), [], "{report}");
    }
}

/// 774 x 782 pixels in tiles of 256: 4 x 4, 2 x 2 and 1 tile, by GDAL's rule of halving.
#[test]
fn facts() {
    let report = report("scene/visual.tif", Depth::Auto, &Context::default());
    let levels = report
        .levels
        .iter()
        .map(|f| (f.size.width, f.size.height, f.tiles, f.sparse));
    let levels: Vec<_> = levels.collect();
    assert_eq!(
        levels,
        [(774, 782, 16, 0), (387, 391, 4, 0), (193, 195, 1, 0)]
    );
    let ghost = report.ghost.as_ref().expect("GDAL writes one");
    assert!(ghost.leader && ghost.trailer && ghost.row_major && !ghost.mask_interleaved);
    assert_eq!((ghost.bytes(), report.levels[0].ifd_offset), (183, 192));
    let first = report.levels[2].data.as_ref().expect("it has a tile").start;
    assert_eq!(report.header_bytes(), Some(first));
}

#[test]
fn our_own_cogs() {
    let samples = (0..700 * 900u32).map(|i| (i * 7 % 251) as u8).collect();
    let size = Size::new(900, 700);
    let block = Block::new(1, size, Samples::U8(samples), Validity::All).expect("the shape");
    for big in [BigTiff::No, BigTiff::Yes] {
        let options = CogOptions::default()
            .bigtiff(big)
            .compression(Compression::None);
        let mut bytes = Vec::new();
        write_block_to(&mut bytes, &block, Raster::of_block(&block), &options)
            .expect("it is written");
        let source = MemorySource::new(bytes);
        let report = validate_source(source, Depth::Full, &Context::default()).expect("a TIFF");
        let mut expected = vec![(Severity::Note, Rule::NotGeoreferenced)];
        if big == BigTiff::Yes {
            expected.insert(0, (Severity::Note, Rule::BigTiff));
        }
        assert_eq!(rules(&report), expected, "{report}");
    }
}

/// The header takes one request of 64 KiB; a full check a leader, four bytes and a trailer for each
/// of the 21 tiles.
#[test]
fn few_bytes_are_read() {
    let bytes = std::fs::read(common::repository().join("testdata/scene/visual.tif"));
    let bytes = bytes::Bytes::from(bytes.expect("the scene"));
    for (depth, around) in [(Depth::Arrays, 0), (Depth::Auto, 0), (Depth::Full, 21 * 12)] {
        let context = Context::default();
        let source = Faulty::new(bytes.clone(), Fault::Fails, usize::MAX);
        let report = validate_source(source, depth, &context).expect("a TIFF");
        assert!(report.is_strictly_valid());
        assert_eq!(report.full, depth == Depth::Full);
        let read = context.counters.bytes_read();
        assert_eq!(read, (64 << 10) + around, "{depth:?}");
    }
}

#[test]
fn files_beside() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    std::fs::write(&path, Model::plain().build().bytes).expect("a file");
    for (extension, expected) in [
        (".ovr", (Severity::Error, Rule::ExternalOverviews)),
        (".msk", (Severity::Warning, Rule::ExternalMask)),
    ] {
        let beside = folder.path().join(format!("image.tif{extension}"));
        std::fs::write(&beside, b"II").expect("a file");
        let report = validate(&path, Depth::Auto, &Context::default()).expect("a TIFF");
        assert_eq!(rules(&report)[0], expected);
        std::fs::remove_file(beside).expect("it is there");
    }
}

/// 2^22 sparse tiles: the arrays are read in pages; what would need memory for each tile is left out,
/// and said to be.
#[test]
fn a_huge_index() {
    let side: u64 = 2048 * 16;
    let tiles = 2048 * 2048;
    let mut entries = crate::model::picture(0, side, side, 0).entries;
    for (tag, place) in [(324, 1 << 20), (325, 1 << 26)] {
        let mut array = entry(tag, LONG, &[]);
        (array.count, array.place) = (tiles, Some(place));
        entries.push(array);
    }
    entries.retain(|entry| entry.tag != 254);
    let source = MostlyZeros {
        length: 1 << 27,
        pieces: vec![
            (0, CLASSIC.header(8)),
            (8, CLASSIC.directory(8, &entries, 0)),
        ],
    };
    let context = Context::default();
    let report = validate_source(source, Depth::Arrays, &context).expect("a TIFF");
    let found = rules(&report);
    assert!(
        found.contains(&(Severity::Note, Rule::Unchecked)),
        "{report}"
    );
    assert_eq!(
        (report.levels[0].tiles, report.levels[0].sparse),
        (tiles, tiles)
    );
    assert!(
        context.counters.requests() < 200,
        "{}",
        context.counters.requests()
    );
}

/// Any bytes give a report or an error, and soon.
#[test]
fn hostile_bytes() {
    let whole = Model::cog().build().bytes;
    for length in (0..whole.len()).step_by(17) {
        answers(&whole[..length]);
    }
    for position in 0..1700 {
        for turn in [0xff, 0x01] {
            let mut turned = whole.clone();
            turned[position] ^= turn;
            answers(&turned);
        }
    }
    let Some(folder) = common::shared("conformance/hostile") else {
        return;
    };
    let mut files = 0;
    for name in common::entries(&folder) {
        answers(&std::fs::read(folder.join(name)).expect("a file"));
        files += 1;
    }
    assert!(files >= 65, "only {files} hostile files");
}

fn answers(bytes: &[u8]) {
    let started = Instant::now();
    let context = Context {
        executor: Arc::new(cogwork::exec::Serial),
        ..Context::default()
    };
    let source = MemorySource::new(bytes.to_vec());
    if let Ok(report) = validate_source(source, Depth::Full, &context) {
        assert!(!report.to_string().is_empty());
    }
    let took = started.elapsed();
    assert!(
        took < Duration::from_secs(2),
        "{} bytes took {took:?}",
        bytes.len()
    );
}

/// What is no TIFF is an error, not a finding.
#[test]
fn no_tiff() {
    for bytes in [&b""[..], b"hello, world", b"II\x2a\x00\x08\x00\x00\x00"] {
        let source = MemorySource::new(bytes.to_vec());
        let error = validate_source(source, Depth::Auto, &Context::default()).expect_err("no TIFF");
        assert!(
            matches!(error.kind(), cogwork::ErrorKind::Malformed(_)),
            "{error}"
        );
    }
}

/// Names are of small letters and hyphens, and no two rules share one.
#[test]
fn names() {
    let mut names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    let plain = |name: &&str| name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase());
    assert!(names.iter().all(plain) && Rule::ALL.iter().all(|rule| !rule.hint().is_empty()));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Rule::ALL.len());
}
