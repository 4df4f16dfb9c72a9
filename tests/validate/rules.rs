//! One change to a valid COG for each rule: what is found, how bad it is, and where.

use cogwork::validate::Rule::{self, *};
use cogwork::validate::Severity::{self, Error, Note, Warning};

use crate::model::{
    BASE, Built, Expected, GHOST, MASK, Model, OVERVIEW, OVERVIEW_MASK, TILE, told,
};

/// A change to the bytes, what must be found first of all, and what follows from it.
struct Case {
    name: &'static str,
    model: fn() -> Model,
    change: fn(&mut Built),
    expected: fn(&Built) -> Expected,
    also: &'static [(Severity, Rule)],
}

fn case(
    name: &'static str,
    change: fn(&mut Built),
    expected: fn(&Built) -> Expected,
    also: &'static [(Severity, Rule)],
) -> Case {
    Case {
        name,
        model: Model::cog,
        change,
        expected,
        also,
    }
}

fn file(severity: Severity, rule: Rule, offset: u64) -> Expected {
    (severity, rule, None, false, None, Some(offset))
}

fn level(severity: Severity, rule: Rule, picture: usize, offset: u64) -> Expected {
    let (level, mask) = (picture / 2, picture % 2 == 1);
    (severity, rule, Some(level), mask, None, Some(offset))
}

fn tile(severity: Severity, rule: Rule, picture: usize, tile: u64, offset: u64) -> Expected {
    let (severity, rule, level, mask, _, offset) = level(severity, rule, picture, offset);
    (severity, rule, level, mask, Some(tile), offset)
}

/// Replaces a part of the ghost area by another of the same length.
fn ghost(built: &mut Built, old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let at = built
        .bytes
        .windows(old.len())
        .position(|bytes| bytes == old.as_bytes());
    built.put(at.expect("the text is there") as u64, new.as_bytes());
}

/// Moves a directory to the end of the file; the link to it is in the directory before it.
fn move_ifd(built: &mut Built, picture: usize) {
    let (from, to) = (built.ifds[picture] as usize, built.bytes.len() as u64);
    let entries = u64::from(built.bytes[from]);
    let bytes = built.bytes[from..from + 6 + 12 * entries as usize].to_vec();
    built.bytes.extend(bytes);
    let link = match picture.checked_sub(1) {
        Some(before) => {
            built.ifds[before] + 2 + 12 * u64::from(built.bytes[built.ifds[before] as usize])
        }
        None => 4,
    };
    built.put32(link, to);
}

fn cases() -> Vec<Case> {
    vec![
        case(
            "an edit is flagged",
            |b| ghost(b, "EDITION=NO\n ", "EDITION=YES\n"),
            |_| file(Error, IncompatibleEdition, 8),
            &[],
        ),
        case(
            "the ghost area ends earlier than it says",
            |b| ghost(b, "SIZE=000174", "SIZE=000180"),
            |b| file(Error, FirstIfd, b.ifds[0]),
            &[(Note, GhostArea)],
        ),
        case(
            "the ghost area is larger than the file",
            |b| ghost(b, "SIZE=000174", "SIZE=999999"),
            |_| file(Warning, GhostArea, 8),
            &[(Error, FirstIfd)],
        ),
        case(
            "a line that nobody knows",
            |b| ghost(b, "LAYOUT=IFDS_BEFORE_DATA", "LAYOUT=IFDS_BEHIND_DATA"),
            |_| file(Note, GhostArea, 8),
            &[],
        ),
        case(
            "the first directory has moved",
            |b| move_ifd(b, BASE),
            |b| file(Error, FirstIfd, b.bytes.len() as u64 - 6 - 12 * 10),
            &[
                (Warning, FarFirstIfd),
                (Error, IfdOrder),
                (Note, IfdOrder),
                (Warning, DataBeforeIfd),
                (Warning, LayoutClaim),
                (Note, Gap),
            ],
        ),
        case(
            "the directory of the overview has moved",
            |b| move_ifd(b, OVERVIEW),
            |b| {
                level(
                    Error,
                    DataBeforeIfd,
                    OVERVIEW,
                    b.bytes.len() as u64 - 6 - 12 * 11,
                )
            },
            &[(Note, IfdOrder), (Warning, LayoutClaim), (Note, Gap)],
        ),
        case(
            "a mask's directory has moved",
            |b| move_ifd(b, OVERVIEW_MASK),
            |b| {
                level(
                    Warning,
                    DataBeforeIfd,
                    OVERVIEW_MASK,
                    b.bytes.len() as u64 - 6 - 12 * 11,
                )
            },
            &[(Warning, LayoutClaim), (Note, Gap)],
        ),
        case(
            "a directory at an odd offset",
            |b| {
                b.bytes.push(0);
                move_ifd(b, OVERVIEW_MASK);
            },
            |b| {
                let offset = b.bytes.len() as u64 - 6 - 12 * 11;
                level(Note, OddIfd, OVERVIEW_MASK, offset)
            },
            &[
                (Warning, DataBeforeIfd),
                (Warning, LayoutClaim),
                (Note, Gap),
            ],
        ),
        case(
            "offsets after the tiles",
            |b| {
                b.move_values(BASE, 324, 4 * 24);
            },
            |b| level(Warning, ArrayPlacement, BASE, b.bytes.len() as u64 - 96),
            &[(Warning, LayoutClaim), (Note, Gap)],
        ),
        case(
            "the chain leads out of the file",
            |b| {
                let last = b.ifds[OVERVIEW_MASK] + 2 + 12 * 11;
                b.put32(last, 1 << 24);
            },
            |_| file(Error, BrokenDirectory, 1 << 24),
            &[],
        ),
        case(
            "fewer offsets than tiles",
            |b| b.put32(b.entry(BASE, 324) + 4, 23),
            |b| level(Error, ArrayLength, BASE, b.ifds[BASE]),
            &[(Note, Gap)],
        ),
        case(
            "more byte counts than tiles",
            |b| {
                b.move_values(OVERVIEW, 325, 4 * 6);
                b.bytes.extend([0; 4]);
                b.put32(b.entry(OVERVIEW, 325) + 4, 7);
            },
            |b| level(Note, ArrayLength, OVERVIEW, b.ifds[OVERVIEW]),
            &[
                (Warning, ArrayPlacement),
                (Warning, LayoutClaim),
                (Note, Gap),
            ],
        ),
        case(
            "a tile beyond the end",
            |b| b.put32(b.value(BASE, 324, 23), b.bytes.len() as u64 - 100),
            |b| tile(Error, TileRange, BASE, 23, b.bytes.len() as u64 - 100),
            &[(Error, MaskPlacement), (Note, Gap)],
        ),
        case(
            "an offset without bytes",
            |b| b.put32(b.value(MASK, 325, 3), 0),
            |_| (Warning, EmptyTile, Some(0), true, Some(3), None),
            &[(Note, Gap)],
        ),
        case(
            "a byte count that the leader contradicts",
            |b| b.put32(b.value(MASK, 325, 5), TILE - 2),
            |b| tile(Error, Leader, MASK, 5, b.tiles[MASK][5] - 4),
            &[(Error, Trailer), (Note, Gap)],
        ),
        case(
            "a leader",
            |b| b.put32(b.tiles[OVERVIEW][2] - 4, TILE + 1),
            |b| tile(Error, Leader, OVERVIEW, 2, b.tiles[OVERVIEW][2] - 4),
            &[],
        ),
        case(
            "a trailer",
            |b| b.put32(b.tiles[OVERVIEW_MASK][4] + TILE, 1),
            |b| {
                tile(
                    Error,
                    Trailer,
                    OVERVIEW_MASK,
                    4,
                    b.tiles[OVERVIEW_MASK][4] + TILE,
                )
            },
            &[],
        ),
        case(
            "the last trailer is cut off",
            |b| b.bytes.truncate(b.bytes.len() - 4),
            |b| tile(Error, Trailer, MASK, 23, b.bytes.len() as u64),
            &[],
        ),
        case(
            "two tiles of a mask exchanged",
            |b| {
                let (first, second) = (b.value(MASK, 324, 7), b.value(MASK, 324, 8));
                b.put32(first, b.tiles[MASK][8]);
                b.put32(second, b.tiles[MASK][7]);
            },
            |b| tile(Error, TileOrder, MASK, 8, b.tiles[MASK][7]),
            &[(Error, MaskPlacement)],
        ),
        case(
            "a tile shared",
            |b| b.put32(b.value(MASK, 324, 9), b.tiles[MASK][8]),
            |b| tile(Error, MaskPlacement, MASK, 9, b.tiles[MASK][8]),
            &[(Note, Overlap), (Note, Gap)],
        ),
        case(
            "bytes at the end",
            |b| b.bytes.extend([0; 100]),
            |b| file(Note, Gap, b.bytes.len() as u64 - 100),
            &[],
        ),
        Case {
            model: || {
                let mut model = Model::cog();
                model.pictures[BASE].set_text(270, "a text");
                model
            },
            ..case(
                "a text after the tiles",
                |b| {
                    b.move_values(BASE, 270, 7);
                },
                |b| level(Warning, ValuePlacement, BASE, b.bytes.len() as u64 - 7),
                &[(Warning, LayoutClaim), (Note, Gap)],
            )
        },
        Case {
            model: Model::plain,
            ..case(
                "two tiles exchanged, order not claimed",
                |b| {
                    let (first, second) = (b.value(0, 324, 7), b.value(0, 324, 8));
                    b.put32(first, b.tiles[0][8]);
                    b.put32(second, b.tiles[0][7]);
                },
                |b| tile(Note, TileOrder, BASE, 8, b.tiles[0][7]),
                &[],
            )
        },
        Case {
            model: Model::plain,
            ..case(
                "no byte counts",
                |b| b.put(b.entry(0, 325), &65000u16.to_le_bytes()),
                |b| level(Warning, ByteCounts, BASE, b.ifds[0]),
                &[(Note, Gap)],
            )
        },
        Case {
            model: || planar("BAND"),
            ..case(
                "the planes are interleaved by tile, not by band",
                by_tile,
                |b| tile(Error, TileOrder, BASE, 24, b.tiles[0][1]),
                &[],
            )
        },
        Case {
            model: Model::plain,
            ..case(
                "tiles that overlap",
                |b| b.put32(b.value(0, 325, 3), TILE + 10),
                |b| tile(Warning, Overlap, BASE, 4, b.tiles[0][4]),
                &[],
            )
        },
        Case {
            model: Model::plain,
            ..case(
                "a tile on the header",
                |b| b.put32(b.value(1, 324, 5), 0x10),
                |_| tile(Warning, Overlap, OVERVIEW, 5, 16),
                &[
                    (Note, TileOrder),
                    (Warning, DataBeforeIfd),
                    (Warning, ArrayPlacement),
                    (Note, Gap),
                ],
            )
        },
        Case {
            model: Model::plain,
            ..case(
                "the overview's tiles after those of the base",
                |b| {
                    for index in 0..6 {
                        let from = b.tiles[1][index as usize] as usize;
                        let bytes = b.bytes[from..from + TILE as usize].to_vec();
                        b.put32(b.value(1, 324, index), b.bytes.len() as u64);
                        b.bytes.extend(bytes);
                    }
                },
                |b| level(Error, LevelOrder, BASE, b.tiles[0][0]),
                &[(Note, Gap)],
            )
        },
    ]
}

#[test]
fn one_change_one_rule() {
    for case in cases() {
        let whole = (case.model)().build();
        let known: Vec<Expected> = whole.report().findings.iter().map(told).collect();
        let mut changed = whole.clone();
        (case.change)(&mut changed);
        let report = changed.report();
        let found: Vec<Expected> = report.findings.iter().map(told).collect();
        let new: Vec<Expected> = found.into_iter().filter(|f| !known.contains(f)).collect();
        let expected = (case.expected)(&changed);
        assert!(
            new.contains(&expected),
            "{}: expected {expected:?} in\n{report}",
            case.name
        );
        let mut rules: Vec<_> = new.iter().map(|found| (found.0, found.1)).collect();
        rules.sort_unstable();
        rules.dedup();
        let mut wanted = vec![(expected.0, expected.1)];
        wanted.extend(case.also);
        wanted.sort_unstable();
        assert_eq!(rules, wanted, "{}:\n{report}", case.name);
        let errors = wanted.iter().any(|(severity, _)| *severity == Error);
        assert_eq!(report.is_valid(), !errors, "{}", case.name);
        let notes = wanted.iter().all(|(severity, _)| *severity == Note);
        assert_eq!(report.is_strictly_valid(), notes, "{}", case.name);
    }
}

/// Two bands with planes of their own, those of the base one after the other.
fn planar(order: &str) -> Model {
    let mut model = Model::plain();
    let lines = format!("INTERLEAVE={order}\nKNOWN");
    model.ghost = GHOST.replace("KNOWN", &lines).replace("000174", "000156");
    let end = model.ghost.find("MASK").expect("the last line");
    model.ghost.truncate(end);
    for picture in &mut model.pictures {
        picture.set(277, &[2]);
        picture.set(284, &[2]);
        picture.set(258, &[8, 8]);
        picture.tiles *= 2;
    }
    model
}

/// Interleaves the planes of the base: its array goes through one plane, then the other.
fn by_tile(built: &mut Built) {
    for index in 0..48 {
        let (plane, place) = (index / 24, index % 24);
        let offset = built.tiles[0][place * 2 + plane];
        built.put32(built.value(0, 324, index as u64), offset);
    }
}

/// What is wrong for INTERLEAVE=BAND is right for TILE, and the other way round.
#[test]
fn planes_interleaved_by_tile() {
    let mut built = planar("TILE").build();
    let order = |built: &Built| {
        let findings = built.report().findings;
        let mut found = findings
            .iter()
            .filter(|found| found.level == Some(0))
            .map(told);
        (found.next(), found.next())
    };
    // The second step goes to the second plane's first tile, the third back to the first plane.
    let wrong = tile(Error, TileOrder, BASE, 1, built.tiles[0][1]);
    assert_eq!(order(&built), (Some(wrong), None));
    by_tile(&mut built);
    assert_eq!(order(&built), (None, None), "{}", built.report());
}

/// The files that are changed are themselves right.
#[test]
fn the_models_are_right() {
    for model in [Model::cog(), Model::plain()] {
        let report = model.build().report();
        let rules: Vec<Rule> = report.findings.iter().map(|found| found.rule).collect();
        assert_eq!(rules, [NotGeoreferenced], "{report}");
        assert!(report.is_strictly_valid());
    }
}

/// Many wrong tiles are one finding that counts them.
#[test]
fn findings_are_counted() {
    let mut built = Model::cog().build();
    for offset in built.tiles[BASE].clone() {
        built.put32(offset - 4, 1);
    }
    let report = built.report();
    let [leader] = &report.findings[..1] else {
        panic!("{report}");
    };
    assert_eq!(
        (leader.rule, leader.tile, leader.count),
        (Leader, Some(0), 24)
    );
    let name = Rule::Leader.name();
    assert!(
        report
            .to_string()
            .contains(&format!("error {name}: base, tile 0, byte")),
        "{report}"
    );
}
