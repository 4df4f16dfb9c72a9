//! Which directories are overviews and masks: as GDAL has it (`testdata/directories`, made by
//! `testdata/make.py`). And damage in later directories, which costs them and nothing else.

use cogwork::error::Malformed;
use cogwork::limits::Limits;
use cogwork::{Cog, ErrorKind};

use crate::common::tiff::{ASCII, LONG, SHORT, WIRES, Wire, entry, plain};
use crate::common::{self, number, raster, sha256, text};

#[test]
fn what_counts_is_what_gdal_counts() {
    let folder = common::repository().join("testdata/directories");
    let expected = common::json(folder.join("expected.json"));
    let files = expected["files"].as_object().expect("files by name");
    assert!(files.len() > 20, "only {} files are expected", files.len());
    let mut wrong = Vec::new();
    for (name, entry) in files {
        let cog = Cog::open(folder.join(name)).expect(name);
        let levels = entry["levels"].as_array().expect("levels");
        let count = cog.overview_count() + 1;
        if count != levels.len() {
            wrong.push(format!("{name}: {count} levels of {}", levels.len()));
        }
        for (level, expected) in cog.levels().zip(levels) {
            let block = level.read().expect(name);
            let size = (level.size().width.into(), level.size().height.into());
            let same = size == (number(expected, "width"), number(expected, "height"))
                && sha256(&block.samples().to_le_bytes()) == text(expected, "sha256")
                && sha256(&block.valid_pixels()) == text(expected, "valid_sha256");
            if !same {
                wrong.push(format!(
                    "{name}: level {}: {:?}",
                    level.index(),
                    level.mask_kind()
                ));
            }
        }
    }
    println!("{} files", files.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The entries of an overview of 20 x 12 pixels in one tile at `at`, and more.
fn overview(at: u64) -> Vec<common::tiff::Entry> {
    let mut entries = plain(at);
    entries.insert(0, entry(254, LONG, &[1]));
    entries[1] = entry(256, SHORT, &[20]);
    entries[2] = entry(257, SHORT, &[12]);
    entries[7] = entry(322, SHORT, &[32]);
    entries[9] = entry(324, LONG, &[at]);
    entries[10] = entry(325, LONG, &[32 * 16]);
    entries
}

/// A base and three overviews; `change` damages the directory of the second one.
fn chain(wire: Wire, change: impl Fn(&mut Vec<common::tiff::Entry>)) -> Vec<u8> {
    let step = 4096;
    let tiles = 8 * step;
    let mut directories = [
        plain(tiles),
        overview(tiles),
        overview(tiles),
        overview(tiles),
    ];
    change(&mut directories[2]);
    let mut bytes = wire.header(step);
    for (index, entries) in directories.iter().enumerate() {
        let at = step * (index as u64 + 1);
        let next = if index == 3 { 0 } else { at + step };
        bytes.resize(at as usize, 0);
        bytes.extend(wire.directory(at, entries, next));
    }
    bytes.resize(tiles as usize, 0);
    bytes.extend((0..6 * 256).map(|n| n as u8));
    bytes
}

/// A later directory that makes no sense, or exceeds a limit, is left out with a warning; those before
/// and after it stand. The same of the first directory is an error.
#[test]
fn damage_in_a_later_directory() {
    type Change = fn(&mut Vec<common::tiff::Entry>);
    type Kind = fn(&ErrorKind) -> bool;
    let limit: Kind = |kind| matches!(kind, ErrorKind::Limit { .. });
    let malformed: Kind = |kind| matches!(kind, ErrorKind::Malformed(_));
    let large: Change = |entries| entries.push(entry(65000, LONG, &[7; 600]));
    let wide: Change = |entries| entries[1] = entry(256, LONG, &[5_000_000]);
    let none: Change = |entries| drop(entries.remove(1));
    let zero: Change = |entries| entries[1] = entry(256, SHORT, &[0]);
    let no_places: Change = |entries| drop(entries.remove(9));
    let text: Change = |entries| entries[1] = entry(256, ASCII, &[52, 0]);
    let larger: Change = |entries| entries[1] = entry(256, SHORT, &[41]);
    let sound: Change = |_| ();
    for wire in WIRES {
        let change_limits =
            |limits: &mut Limits| (limits.tag_bytes, limits.axis) = (2000, 1_000_000);
        for (name, change, kind) in [
            ("a tag that is too large", large, limit),
            ("an image that is too wide", wide, limit),
            ("no width", none, malformed),
            ("a width of 0", zero, malformed),
            ("no places of tiles", no_places, malformed),
            ("a width in letters", text, malformed),
            ("larger than the base", larger, malformed),
        ] {
            let context = raster::limits(change_limits);
            let cog = raster::open(chain(wire, change), &context);
            assert_eq!(cog.overview_count(), 2, "{wire:?} {name}");
            let [warning] = cog.warnings() else {
                panic!("{name}: {:?}", cog.warnings())
            };
            assert!(kind(warning.kind()), "{name}: {warning:?}");
            if name != "larger than the base" {
                assert_eq!(warning.place().directory, Some(2), "{name}");
            }
            let whole = raster::open(chain(wire, sound), &context);
            assert_eq!((whole.overview_count(), whole.warnings().len()), (3, 0));
            for (level, expected) in cog.levels().zip([0, 1, 3]) {
                let expected = whole.level(expected).expect("a level").read();
                assert_eq!(
                    level.read().expect(name),
                    expected.expect("sound"),
                    "{name}"
                );
            }
        }
    }
}

/// More directories, or more bytes of them, than are allowed: those before stand.
#[test]
fn limits_end_the_chain() {
    for wire in WIRES {
        type Change = fn(&mut Limits);
        let cases: [(&str, Change, std::ops::Range<usize>); 3] = [
            ("directories", |limits| limits.directories = 2, 1..2),
            ("entries", |limits| limits.entries = 11, 0..1),
            ("header_bytes", |limits| limits.header_bytes = 2500, 0..3),
        ];
        for (name, change, overviews) in cases {
            let cog = raster::open(chain(wire, |_| ()), &raster::limits(change));
            assert!(overviews.contains(&cog.overview_count()), "{wire:?} {name}");
            let named =
                |kind: &ErrorKind| matches!(kind, ErrorKind::Limit { what, .. } if *what == name);
            assert!(!cog.warnings().is_empty(), "{name}");
            assert!(
                cog.warnings().iter().all(|error| named(error.kind())),
                "{:?}",
                cog.warnings()
            );
            assert!(cog.levels().all(|level| level.read().is_ok()), "{name}");
        }
        let limits = raster::limits(|limits| limits.entries = 10);
        let source = cogwork::source::memory::MemorySource::new(chain(wire, |_| ()));
        let error = Cog::from_source(source, &limits).expect_err("the first directory");
        assert!(matches!(
            error.kind(),
            ErrorKind::Limit {
                what: "entries",
                ..
            }
        ));
    }
}

/// A chain that turns back on itself, from any directory to any, ends there.
#[test]
fn loops_anywhere() {
    for wire in WIRES {
        for from in 1u64..=4 {
            for to in 1..=from {
                let mut bytes = chain(wire, |_| ());
                let entries = if from == 1 { 11 } else { 12 };
                let count = if wire.bigtiff { 8 } else { 2 };
                let at = 4096 * from as usize + count + entries * (4 + 2 * wire.offset_bytes());
                let target = wire.number(4096 * to, wire.offset_bytes());
                bytes[at..at + target.len()].copy_from_slice(&target);
                let cog = raster::open(bytes, &cogwork::Context::default());
                assert_eq!(cog.overview_count() as u64, from - 1);
                let [warning] = cog.warnings() else {
                    panic!("{:?}", cog.warnings())
                };
                let kind = warning.kind();
                assert!(matches!(
                    kind,
                    ErrorKind::Malformed(Malformed::DirectoryLoop)
                ));
            }
        }
    }
}
