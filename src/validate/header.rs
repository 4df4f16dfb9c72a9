//! Checks of the header: the ghost area, the places of directories, arrays and values.

use super::report::{At, Findings};
use super::rule::Rule;
use super::survey::{Picture, Survey};
use super::tiles::Scan;
use crate::format::directory::Entry;
use crate::format::ghost::Ghost;
use crate::format::tag::{self, field};
use crate::limits::to_u64;

/// The checks that need no tile.
pub(super) fn check(survey: &Survey, findings: &mut Findings) {
    first_ifd(survey, findings);
    if let Some(ghost) = &survey.ghost {
        ghost_area(survey, ghost, findings);
    }
    ifd_order(survey, findings);
    for picture in &survey.pictures {
        if picture.ifd_offset % 2 == 1 {
            let at = picture.at().byte(picture.ifd_offset);
            findings.note(Rule::OddIfd, at, || {
                "the directory begins at an odd offset".into()
            });
        }
        array_types(survey, picture, findings);
    }
    let length = survey.length();
    if survey.file.header.wire.big && length <= u64::from(u32::MAX) {
        findings.note(Rule::BigTiff, At::FILE, || {
            format!("BigTIFF, but {length} bytes fit a classic TIFF")
        });
    }
    let base = survey.directory(0);
    let geo = [
        tag::GEO_KEY_DIRECTORY,
        tag::MODEL_TIEPOINT,
        tag::MODEL_TRANSFORMATION,
        tag::RPC_COEFFICIENTS,
    ];
    if geo.iter().all(|&tag| base.entry(tag).is_none()) {
        findings.note(Rule::NotGeoreferenced, At::FILE, || {
            "the base has no GeoTIFF tags".into()
        });
    }
}

/// GDAL expects the first directory right after the file header or the ghost area; rio-cogeo within
/// 300 bytes.
fn first_ifd(survey: &Survey, findings: &mut Findings) {
    let found = survey.base().ifd_offset;
    let at = At::FILE.byte(found);
    let start = to_u64(survey.file.header.wire.header_bytes());
    let end = start + survey.ghost.as_ref().map_or(0, Ghost::bytes);
    let expected = end + end % 2;
    if !matches!(found, 8 | 16) && found != expected {
        findings.error(Rule::FirstIfd, at, || {
            format!("the first directory is at {found}, expected {expected}")
        });
    }
    if found > 300 {
        findings.warning(Rule::FarFirstIfd, at, || {
            format!("the first directory is at {found}, expected 300 at most")
        });
    }
}

fn ghost_area(survey: &Survey, ghost: &Ghost, findings: &mut Findings) {
    let at = At::FILE.byte(to_u64(survey.file.header.wire.header_bytes()));
    if ghost.incompatible_edition {
        findings.error(Rule::IncompatibleEdition, at, || {
            "KNOWN_INCOMPATIBLE_EDITION=YES: an edit has broken the layout".into()
        });
    }
    let end = at.offset.unwrap_or(0) + ghost.bytes();
    if end > survey.length() || ghost.bytes() > Ghost::MOST_BYTES {
        findings.warning(Rule::GhostArea, at, || {
            format!("the ghost area claims {} bytes", ghost.bytes())
        });
    } else if let Some(line) = ghost.unknown.first() {
        findings.note(Rule::GhostArea, at, || {
            format!("the ghost area says {line:?}, which is not known")
        });
    }
    if ghost.mask_interleaved && survey.mask_of(0).is_none() {
        findings.warning(Rule::MaskClaim, at, || {
            "MASK_INTERLEAVED_WITH_IMAGERY=YES, but the base has no mask".into()
        });
    }
    let planar = survey.base().image.planar;
    match ghost.interleave {
        Some(_) if !planar => findings.warning(Rule::InterleaveClaim, at, || {
            "INTERLEAVE is given, but the bands are interleaved by pixel".into()
        }),
        None if planar && ghost.row_major => findings.note(Rule::InterleaveClaim, at, || {
            "the bands have planes of their own, but INTERLEAVE is not given".into()
        }),
        _ => {}
    }
}

/// GDAL and rio-cogeo look at the overviews; masks count for less.
fn ifd_order(survey: &Survey, findings: &mut Findings) {
    let images: Vec<&Picture> = survey.images().map(|(_, picture)| picture).collect();
    for pair in images.windows(2) {
        let (above, below) = (pair[0].ifd_offset, pair[1].ifd_offset);
        if below < above {
            findings.error(Rule::IfdOrder, pair[1].at().byte(below), || {
                format!("the directory is before that of the level above, at {above}")
            });
        }
    }
    for image in images {
        let Some(mask) = survey.mask_of(image.level) else {
            continue;
        };
        if mask.ifd_offset < image.ifd_offset {
            findings.note(Rule::IfdOrder, mask.at().byte(mask.ifd_offset), || {
                format!(
                    "the directory is before that of its image, at {}",
                    image.ifd_offset
                )
            });
        }
    }
}

fn array_types(survey: &Survey, picture: &Picture, findings: &mut Findings) {
    let at = picture.at().byte(picture.ifd_offset);
    let big = survey.file.header.wire.big;
    let entries = survey.directory(picture.directory).entries();
    for entry in entries.iter().filter(|entry| entry.is_index()) {
        let counts = matches!(entry.tag, tag::TILE_BYTE_COUNTS | tag::STRIP_BYTE_COUNTS);
        let text = match entry.field_type {
            field::SHORT if !counts => "offsets of 16 bits",
            field::LONG8 if !big => "numbers of 64 bits in a classic TIFF",
            field::LONG8 if counts && entry.place.is_some() => "byte counts of 64 bits",
            _ => continue,
        };
        findings.note(Rule::ArrayType, at, || format!("tag {}: {text}", entry.tag));
    }
}

/// The checks of what comes before what.
pub(super) fn check_order(survey: &Survey, scans: &[Scan], findings: &mut Findings) {
    level_order(survey, scans, findings);
    let data = scans.iter().filter_map(|scan| scan.data.as_ref());
    if let Some(first) = data.map(|data| data.start).min() {
        for picture in &survey.pictures {
            placement(survey, picture, first, findings);
        }
    }
    let broken = [
        Rule::DataBeforeIfd,
        Rule::ArrayPlacement,
        Rule::ValuePlacement,
    ];
    let broken = broken.into_iter().find(|&rule| findings.holds(rule));
    if let Some(rule) = broken.filter(|_| survey.claims(|ghost| ghost.ifds_before_data)) {
        let at = At::FILE.byte(to_u64(survey.file.header.wire.header_bytes()));
        findings.warning(Rule::LayoutClaim, at, || {
            format!("LAYOUT=IFDS_BEFORE_DATA, which is not so: see {rule}")
        });
    }
}

/// The smallest level comes first, and after its directory. Levels without tiles are passed over.
fn level_order(survey: &Survey, scans: &[Scan], findings: &mut Findings) {
    let images: Vec<(&Picture, Option<u64>)> = survey
        .images()
        .map(|(index, picture)| (picture, scans[index].first))
        .collect();
    if let Some(&(picture, Some(first))) = images.last()
        && first < picture.ifd_offset
    {
        let at = picture.at().byte(picture.ifd_offset);
        findings.error(Rule::DataBeforeIfd, at, || {
            format!("the first tile, at {first}, is before the directory")
        });
    }
    for pair in images.windows(2) {
        let ((above, Some(first)), (_, Some(smaller))) = (pair[0], pair[1]) else {
            continue;
        };
        if first < smaller {
            findings.error(Rule::LevelOrder, above.at().byte(first), || {
                format!("the first tile is before that of the next smaller level, at {smaller}")
            });
        }
    }
}

/// What of a picture's header stands after the first tile of the file.
fn placement(survey: &Survey, picture: &Picture, first: u64, findings: &mut Findings) {
    let directory = survey.directory(picture.directory);
    if directory.offset > first {
        let at = picture.at().byte(directory.offset);
        if !findings.error_at(Rule::DataBeforeIfd, at) {
            findings.warning(Rule::DataBeforeIfd, at, || {
                format!("the directory is after the first tile of the file, at {first}")
            });
        }
        return;
    }
    let late = |entry: &Entry| entry.place.clone().filter(|place| place.start > first);
    for entry in directory.entries() {
        let Some(place) = late(entry) else { continue };
        let rule = match entry.is_index() {
            true => Rule::ArrayPlacement,
            false => Rule::ValuePlacement,
        };
        findings.warning(rule, picture.at().byte(place.start), || {
            format!(
                "the values of tag {} are after the first tile of the file, at {first}",
                entry.tag
            )
        });
    }
}
