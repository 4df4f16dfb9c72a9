//! Directories that say what they should not: one change to the model of a COG for each rule.

use cogwork::validate::Rule::{self, *};
use cogwork::validate::Severity::{self, Error, Note, Warning};

use crate::common::tiff::{LONG, SHORT, entry};
use crate::model::{BASE, MASK, Model, OVERVIEW, OVERVIEW_MASK, WIDE, picture};

type Found = (Severity, Rule, Option<usize>, bool);

/// A name, a change, and what is found then.
type Case<'a> = (&'a str, fn(&mut Model), &'a [Found]);

/// What is found in a changed model beyond what is found in the model itself.
fn found(model: &Model, change: fn(&mut Model)) -> Vec<Found> {
    let rules = |model: &Model| -> Vec<Found> {
        let findings = model.build().report().findings;
        let told = findings.iter();
        told.map(|f| (f.severity, f.rule, f.level, f.mask))
            .collect()
    };
    let known = rules(model);
    let mut changed = model.clone();
    change(&mut changed);
    let mut new = rules(&changed);
    new.retain(|found| !known.contains(found));
    new
}

fn base(severity: Severity, rule: Rule) -> Found {
    (severity, rule, Some(0), false)
}

fn overview(severity: Severity, rule: Rule) -> Found {
    (severity, rule, Some(1), false)
}

fn file(severity: Severity, rule: Rule) -> Found {
    (severity, rule, None, false)
}

#[test]
fn of_a_cog_with_a_mask() {
    let cases: &[Case] = &[
        (
            "no mask in the overview",
            |m| drop(m.pictures.pop()),
            &[overview(Warning, MaskPairing)],
        ),
        (
            "a mask of no level",
            |m| m.pictures[OVERVIEW_MASK].set(256, &[47]),
            &[file(Warning, MaskPairing), overview(Warning, MaskPairing)],
        ),
        (
            "a mask of another size",
            |m| m.pictures[MASK].set(256, &[95]),
            &[(Warning, MaskFormat, Some(0), true)],
        ),
        (
            "a mask in other tiles",
            |m| m.pictures[MASK].set(323, &[32]),
            &[
                (Error, MaskTiles, Some(0), true),
                (Note, ArrayLength, Some(0), true),
                file(Note, Gap),
            ],
        ),
        (
            "samples of another type",
            |m| m.pictures[OVERVIEW].set(339, &[2]),
            &[overview(Warning, OverviewFormat)],
        ),
        (
            "another compression",
            |m| m.pictures[OVERVIEW].set(259, &[5]),
            &[overview(Note, OverviewFormat)],
        ),
        (
            "INTERLEAVE without planes",
            |m| {
                m.ghost = m
                    .ghost
                    .replace("KNOWN", "INTERLEAVE=BAND\nKNOWN")
                    .replace("000174", "000190")
            },
            &[file(Warning, InterleaveClaim)],
        ),
        (
            "nodata of the base alone",
            |m| m.pictures[BASE].set_text(42113, "0"),
            &[overview(Note, OverviewNodata)],
        ),
        (
            "nodata of the overview alone",
            |m| m.pictures[OVERVIEW].set_text(42113, "0"),
            &[overview(Warning, OverviewNodata)],
        ),
        (
            "a third of the width, half of the height",
            |m| {
                m.pictures[OVERVIEW].set(256, &[32]);
                m.pictures[OVERVIEW_MASK].set(256, &[32]);
            },
            &[
                overview(Warning, OverviewGeometry),
                overview(Note, ArrayLength),
                (Note, ArrayLength, Some(1), true),
                file(Note, Gap),
            ],
        ),
    ];
    for (name, change, expected) in cases {
        let mut found = found(&Model::cog(), *change);
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn of_a_file_without_a_ghost_area() {
    let cases: &[Case] = &[
        (
            "a claim of a mask that is not there",
            |m| m.ghost = crate::model::GHOST.to_owned(),
            &[file(Warning, MaskClaim)],
        ),
        (
            "an overview of another number of bands",
            |m| {
                m.pictures[1].set(277, &[2]);
                m.pictures[1].set(284, &[1]);
            },
            &[file(Warning, OtherDirectory)],
        ),
        (
            "a further page",
            |m| m.pictures[1].entries.retain(|entry| entry.tag != 254),
            &[file(Note, OtherDirectory)],
        ),
        (
            "a directory that is no image",
            |m| m.pictures[1].entries.retain(|entry| entry.tag != 257),
            &[file(Warning, BrokenDirectory), file(Note, Gap)],
        ),
        (
            "an overview of the size of the base",
            |m| {
                m.pictures[1] = picture(1, 96, 64, 24);
            },
            &[
                overview(Warning, OverviewFactor),
                overview(Note, OverviewGeometry),
            ],
        ),
        (
            "an overview that is wider than the base",
            |m| m.pictures[1] = picture(1, 112, 48, 21),
            &[
                overview(Error, OverviewOrder),
                overview(Warning, OverviewFactor),
                overview(Warning, OverviewGeometry),
            ],
        ),
        (
            "an overview of a third",
            |m| m.pictures[1] = picture(1, 32, 22, 4),
            &[overview(Note, OverviewGeometry)],
        ),
        (
            "tiles of an odd size",
            |m| m.pictures[0].set(322, &[17]),
            &[base(Note, TileSize), overview(Note, OverviewFormat)],
        ),
        ("BigTIFF", |m| m.wire.bigtiff = true, &[file(Note, BigTiff)]),
        (
            "wide offsets",
            |m| m.pictures[0].offsets = WIDE,
            &[base(Note, ArrayType)],
        ),
        (
            "narrow offsets",
            |m| m.pictures[0].offsets = SHORT,
            &[base(Note, ArrayType)],
        ),
        (
            "bytes before the first directory",
            |m| m.ghost = "x".repeat(400),
            &[
                file(Error, FirstIfd),
                file(Warning, FarFirstIfd),
                file(Note, Gap),
            ],
        ),
    ];
    for (name, change, expected) in cases {
        let mut found = found(&Model::plain(), *change);
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
}

/// Large images, all of whose tiles are sparse, so that the file stays small.
#[test]
fn of_large_images() {
    let sparse = |size: (u64, u64), tile: Option<(u64, u64)>, extra: &[(u64, u64)]| {
        let mut model = Model::plain();
        let block = tile.unwrap_or(size);
        let image = |subfile, (width, height): (u64, u64), block: (u64, u64)| {
            let tiles = width.div_ceil(block.0) * height.div_ceil(block.1);
            let mut image = picture(subfile, width, height, 0);
            image
                .entries
                .retain(|entry| !matches!(entry.tag, 322 | 323));
            let (offsets, counts) = match tile {
                Some(_) => (324, 325),
                None => (273, 279),
            };
            if tile.is_some() {
                image.set(322, &[block.0]);
                image.set(323, &[block.1]);
            }
            let zeros = vec![0; tiles as usize];
            image.entries.push(entry(offsets, LONG, &zeros));
            image.entries.push(entry(counts, LONG, &zeros));
            image
        };
        model.pictures = vec![image(0, size, block)];
        let overviews = extra
            .iter()
            .map(|&size| image(1, size, tile.unwrap_or(size)));
        model.pictures.extend(overviews);
        let findings = model.build().report().findings;
        let mut found: Vec<Found> = findings
            .iter()
            .map(|f| (f.severity, f.rule, f.level, f.mask))
            .filter(|found| found.1 != NotGeoreferenced)
            .collect();
        found.sort_unstable();
        found
    };
    let tiled = Some((256, 256));
    assert_eq!(sparse((512, 512), None, &[]), []);
    assert_eq!(sparse((600, 400), tiled, &[]), [base(Warning, NoOverviews)]);
    assert_eq!(sparse((600, 400), tiled, &[(300, 200)]), []);
    assert_eq!(
        sparse((600, 400), None, &[(300, 200)]),
        [base(Warning, NotTiled)]
    );
    assert_eq!(
        sparse((1030, 400), None, &[(515, 200)]),
        [base(Error, NotTiled), overview(Warning, NotTiled),]
    );
    assert_eq!(
        sparse((4000, 4000), tiled, &[(2000, 2000)]),
        [overview(Note, SmallestOverview)]
    );
    assert_eq!(
        sparse((4000, 4000), tiled, &[(1000, 1000), (1001, 500)])[..1],
        [(Error, OverviewOrder, Some(2), false)]
    );
}
