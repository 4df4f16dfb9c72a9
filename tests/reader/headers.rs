//! Headers that lie, in every byte order and offset width.

use cogwork::error::Malformed;
use cogwork::sample::DataType::U16;
use cogwork::source::memory::MemorySource;
use cogwork::write::{BigTiff, Compression};
use cogwork::{Cog, Context, ErrorKind, Result};

use crate::common::raster;
use crate::common::tiff::{
    ASCII, BYTE, DOUBLE, Entry, LONG, SHORT, SSHORT, WIRES, Wire, end_of_directory, entry, plain,
};

fn open(bytes: Vec<u8>) -> Result<Cog> {
    Cog::from_source(MemorySource::new(bytes), &Context::default())
}

/// Opens and reads everything.
fn read(bytes: Vec<u8>) -> Result<()> {
    let cog = open(bytes)?;
    cog.levels().try_for_each(|level| level.read().map(drop))
}

/// The sound file that the others are made from, and its tiles' offset.
fn sound(wire: Wire) -> (Vec<Entry>, usize) {
    (plain(end_of_directory(wire, 11) + 48), 6 * 256)
}

#[test]
fn sound_headers() {
    type Change = fn(&mut Vec<Entry>);
    let same: Change = |_| ();
    let reversed: Change = |entries| entries.reverse();
    let twice: Change = |entries| entries.push(entry(256, SHORT, &[1]));
    let long: Change = |entries| entries[0].field_type = LONG;
    let byte: Change = |entries| entries[6].field_type = BYTE;
    let unknown: Change = |entries| entries.push(entry(65000, 99, &[1]));
    let absent: Change = |entries| drop(entries.remove(10));
    let out_of_file: Change = |entries| {
        entries.push(Entry {
            count: 1000,
            place: Some(1 << 30),
            ..entry(65000, DOUBLE, &[])
        });
    };
    for wire in WIRES {
        for (name, change) in [
            ("as it should be", same),
            ("tags in reverse order", reversed),
            ("a tag twice: the first counts", twice),
            ("a size as LONG", long),
            ("a size as BYTE", byte),
            ("a field type that nobody knows", unknown),
            ("no sample format", absent),
            ("a private tag outside of the file", out_of_file),
        ] {
            let (mut entries, room) = sound(wire);
            let before = entries.len();
            change(&mut entries);
            let moved = (entries.len() as i64 - before as i64) * if wire.bigtiff { 20 } else { 12 };
            for entry in entries.iter_mut().filter(|entry| entry.tag == 324) {
                entry
                    .values
                    .iter_mut()
                    .for_each(|offset| *offset = offset.wrapping_add_signed(moved));
            }
            let cog = open(wire.file(&entries, room)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let block = cog
                .base()
                .read()
                .unwrap_or_else(|e| panic!("{wire:?} {name}: {e}"));
            assert_eq!(block.as_slice::<u8>(), Some(&[0; 40 * 24][..]), "{name}");
            assert_eq!(cog.is_bigtiff(), wire.bigtiff);
        }
    }
}

#[test]
fn tags_that_lie() {
    use Malformed::{MissingTag, TagCount, TagType, TagValue, UnexpectedEnd};
    type Kind = fn(&ErrorKind) -> bool;
    let value: Kind = |kind| matches!(kind, ErrorKind::Malformed(TagValue { .. }));
    let of_type: Kind = |kind| matches!(kind, ErrorKind::Malformed(TagType { .. }));
    let count: Kind = |kind| matches!(kind, ErrorKind::Malformed(TagCount { .. }));
    let missing: Kind = |kind| matches!(kind, ErrorKind::Malformed(MissingTag));
    let end: Kind = |kind| matches!(kind, ErrorKind::Malformed(UnexpectedEnd { .. }));
    let limit: Kind = |kind| matches!(kind, ErrorKind::Limit { .. });
    let bits: Kind = |kind| matches!(kind, ErrorKind::Unsupported(_));
    let overflow: Kind = |kind| matches!(kind, ErrorKind::Malformed(_) | ErrorKind::Limit { .. });
    let none = |tag| Entry {
        tag: 60000,
        ..entry(tag, SHORT, &[1])
    };
    let many = |tag, field_type, count| Entry {
        count,
        place: Some(16),
        ..entry(tag, field_type, &[])
    };
    for wire in WIRES {
        let most = if wire.bigtiff {
            u64::MAX
        } else {
            u64::from(u32::MAX)
        };
        for (place, changed, kind) in [
            (0, entry(256, SHORT, &[0]), value),
            (1, entry(257, SHORT, &[0]), value),
            (0, entry(256, LONG, &[u64::from(u32::MAX)]), limit),
            (1, entry(257, LONG, &[u64::from(u32::MAX)]), limit),
            (0, entry(256, SHORT, &[]), count),
            (0, entry(256, ASCII, &[52, 48, 0]), of_type),
            (0, entry(256, SSHORT, &[0xffff]), value),
            (0, none(256), missing),
            (1, none(257), missing),
            (2, entry(258, SHORT, &[0]), bits),
            (3, entry(259, LONG, &[70_000]), value),
            (5, entry(277, SHORT, &[0]), value),
            (5, entry(277, LONG, &[70_000]), value),
            (6, entry(322, SHORT, &[0]), value),
            (7, entry(323, SHORT, &[0]), value),
            (6, entry(322, DOUBLE, &[16]), of_type),
            (8, none(324), missing),
            (8, entry(324, DOUBLE, &[0; 6]), of_type),
            (8, entry(324, ASCII, &[0; 6]), of_type),
            (8, many(324, LONG, most), overflow),
            (9, many(325, LONG, most), overflow),
            (8, many(324, LONG, 1 << 20), end),
            (0, many(256, LONG, most), overflow),
            (0, many(256, SHORT, 1 << 20), end),
        ] {
            let (mut entries, room) = sound(wire);
            entries[place] = changed;
            let case = format!("{wire:?} {:?}", entries[place]);
            let error = read(wire.file(&entries, room)).expect_err(&case);
            assert!(kind(error.kind()), "{case}: {error:?}");
        }
    }
}

/// A tile as large as the axes allow is a limit before it is memory; so is a level of such tiles.
#[test]
fn sizes_without_end() {
    let most = u64::from(u32::MAX);
    for wire in WIRES {
        for (width, tile) in [
            (40, most),
            (40, 1 << 31),
            (most >> 1, 16),
            (most >> 1, most >> 1),
        ] {
            let (mut entries, room) = sound(wire);
            for (index, value) in [(0, width), (1, width), (6, tile), (7, tile)] {
                entries[index] = entry(entries[index].tag, LONG, &[value]);
            }
            let error = read(wire.file(&entries, room)).expect_err("no memory is that large");
            let kind = error.kind();
            let sound = matches!(kind, ErrorKind::Limit { .. } | ErrorKind::Malformed(_));
            assert!(sound, "{wire:?} {width} {tile}: {error:?}");
        }
    }
}

/// Too few places for the tiles: those that have one are read.
#[test]
fn arrays_that_are_too_short() {
    for wire in WIRES {
        let (mut entries, room) = sound(wire);
        entries[8].values.truncate(4);
        entries[8].count = 4;
        let base = open(wire.file(&entries, room)).expect("a header").base();
        let error = base.read().expect_err("a place is missing");
        assert!(
            matches!(
                error.kind(),
                ErrorKind::Malformed(Malformed::TagCount { .. })
            ),
            "{error:?}"
        );
        assert_eq!(error.place().tag, Some(324));
        let above = cogwork::grid::Window::new(0, 0, 40, 16);
        assert!(base.read_window(above).is_ok());
    }
}

/// The chain of directories: a loop is an error of the second directory, not of the first.
#[test]
fn chains_of_directories() {
    for wire in WIRES {
        let (entries, room) = sound(wire);
        let mut bytes = wire.file(&entries, room);
        let next = end_of_directory(wire, 11) as usize - wire.offset_bytes();
        for (name, target) in [
            ("to itself", 16),
            ("past the end", bytes.len() as u64),
            ("into the tiles", bytes.len() as u64 - 600),
            ("to the last byte", bytes.len() as u64 - 1),
        ] {
            bytes[next..next + wire.offset_bytes()]
                .copy_from_slice(&wire.number(target, wire.offset_bytes()));
            let cog = open(bytes.clone()).unwrap_or_else(|e| panic!("{wire:?} {name}: {e}"));
            assert_eq!(cog.overview_count(), 0, "{name}");
            assert!(cog.base().read().is_ok(), "{name}");
            if name == "to itself" {
                let [warning] = cog.warnings() else {
                    panic!("{:?}", cog.warnings())
                };
                let kind = warning.kind();
                assert!(
                    matches!(kind, ErrorKind::Malformed(Malformed::DirectoryLoop)),
                    "{kind:?}"
                );
            }
        }
        for first in [0, 1 << 31] {
            let header = wire.header(first);
            bytes[..header.len()].copy_from_slice(&header);
            let error = open(bytes.clone()).expect_err("no directory");
            assert!(
                matches!(error.kind(), ErrorKind::Malformed(_)),
                "{first}: {error:?}"
            );
        }
    }
}

#[test]
fn first_bytes() {
    let not_tiff = |bytes: &[u8]| {
        let error = open(bytes.to_vec()).expect_err("no TIFF");
        matches!(error.kind(), ErrorKind::Malformed(Malformed::NotTiff))
    };
    for bytes in [
        &b""[..],
        b"I",
        b"hello, world, this is text",
        b"IM\x2a\0\x08\0\0\0\0\0\0\0\0\0\0\0",
        b"II\0\x2a\x08\0\0\0\0\0\0\0\0\0\0\0",
        b"MM\x2a\0\0\0\0\x08\0\0\0\0\0\0\0\0",
        b"II\x2c\0\x08\0\0\0\0\0\0\0\0\0\0\0",
        b"II\x2b\0\x04\0\0\0\x10\0\0\0\0\0\0\0",
        b"II\x2b\0\x08\0\x01\0\x10\0\0\0\0\0\0\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\0\0\0\0\0",
    ] {
        assert!(not_tiff(bytes), "{bytes:?}");
    }
}

/// A file cut after any byte of its header is an error or a file that can be used.
#[test]
fn cut_after_every_byte() {
    let block = raster::block(U16, 2, (50, 40));
    let ours = |big| {
        raster::written(
            &block,
            &raster::options(Compression::Deflate, 16).bigtiff(big),
        )
    };
    let mut files = vec![ours(BigTiff::No), ours(BigTiff::Yes)];
    for wire in WIRES {
        let (entries, room) = sound(wire);
        files.push(wire.file(&entries, room));
    }
    for file in files {
        for length in 0..file.len().min(1500) {
            if let Err(error) = read(file[..length].to_vec()) {
                assert!(
                    matches!(error.kind(), ErrorKind::Malformed(_)),
                    "{length}: {error:?}"
                );
            }
        }
        assert!(read(file).is_ok());
    }
}
