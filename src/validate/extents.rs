//! Which bytes of the file belong to what: those that are claimed twice, and those that nothing
//! points to.

use super::report::{At, Findings};
use super::rule::Rule;
use super::survey::{Picture, Survey, tiles_of};
use super::tiles::{Positions, Scan};
use crate::error::Result;
use crate::format::directory::Directory;
use crate::format::ghost::Ghost;
use crate::format::image::Image;
use crate::format::layout::{LEADER_BYTES, TRAILER_BYTES};
use crate::limits::to_u64;

/// Bytes that belong to a tile or to the header.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Extent {
    start: u64,
    end: u64,
    owner: Owner,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Owner {
    /// A directory, values, the ghost area.
    Header,
    /// The picture at an index, and the tile in it.
    Tile(usize, u64),
    /// A tile of an image that is of no level.
    Other,
}

/// Tiles of all pictures together that are compared: some 40 MiB.
const MOST_TILES: u64 = 1 << 20;

pub(super) fn check(survey: &Survey, scans: &[Scan], findings: &mut Findings) -> Result<()> {
    let total = survey.tiles();
    if total > MOST_TILES {
        findings.note(Rule::Unchecked, At::FILE, || {
            format!("{total} tiles: overlaps and gaps were not looked for beyond {MOST_TILES}")
        });
        return Ok(());
    }
    let mut extents = header_extents(survey);
    for (index, (picture, scan)) in survey.pictures.iter().zip(scans).enumerate() {
        let owner = |tile| Owner::Tile(index, tile);
        tile_extents(survey, &picture.image, scan.tiles, owner, &mut extents)?;
    }
    for image in &survey.others {
        let tiles = match image.offsets.count() < tiles_of(image) {
            true => 0,
            false => tiles_of(image),
        };
        tile_extents(survey, image, tiles, |_| Owner::Other, &mut extents)?;
    }
    extents.sort_unstable();
    overlaps(survey, &extents, findings);
    gaps(survey, &extents, findings);
    Ok(())
}

/// The file header, the ghost area, the directories and their values.
fn header_extents(survey: &Survey) -> Vec<Extent> {
    let start = to_u64(survey.file.header.wire.header_bytes());
    let ghost = survey.ghost.as_ref().map_or(0, Ghost::bytes);
    let first = survey.base().ifd_offset.max(start);
    let mut extents = vec![header(0, (start + ghost).min(first))];
    for directory in &survey.file.header.directories {
        extents.push(header(directory.offset, directory.end));
        extents.extend(value_extents(directory));
    }
    extents.retain(|extent| extent.end <= survey.length());
    extents
}

fn value_extents(directory: &Directory) -> impl Iterator<Item = Extent> {
    let entries = directory.entries().iter();
    let places = entries.filter_map(|entry| entry.place.clone());
    places.map(|place| header(place.start, place.end))
}

fn header(start: u64, end: u64) -> Extent {
    let owner = Owner::Header;
    Extent { start, end, owner }
}

/// The tiles of an image that lie in the file, with their leaders and trailers.
fn tile_extents(
    survey: &Survey,
    image: &Image,
    tiles: u64,
    owner: impl Fn(u64) -> Owner,
    extents: &mut Vec<Extent>,
) -> Result<()> {
    let mut positions = Positions::of(survey, image);
    let leader = u64::from(survey.claims(|ghost| ghost.leader)) * LEADER_BYTES;
    let trailer = u64::from(survey.claims(|ghost| ghost.trailer)) * TRAILER_BYTES;
    for step in 0..tiles {
        let index = positions.index(step);
        let Some(tile) = positions.tile(index, || {})? else {
            continue;
        };
        if tile.end() <= survey.length() {
            extents.push(Extent {
                start: tile.offset.saturating_sub(leader),
                end: tile.end().saturating_add(trailer).min(survey.length()),
                owner: owner(index),
            });
        }
    }
    Ok(())
}

/// Extents that begin before the end of one that begins before them. Directories may share values,
/// and equal tiles may share their bytes.
fn overlaps(survey: &Survey, extents: &[Extent], findings: &mut Findings) {
    let Some(mut widest) = extents.first() else {
        return;
    };
    for extent in &extents[1..] {
        let shared = (extent.start, extent.end) == (widest.start, widest.end);
        let headers = extent.owner == Owner::Header && widest.owner == Owner::Header;
        if extent.start < widest.end && !headers {
            let at = at(survey, *extent, *widest);
            let tiles = extent.owner != Owner::Header && widest.owner != Owner::Header;
            match shared && tiles {
                true => findings.note(Rule::Overlap, at, || "two tiles share their bytes".into()),
                false => findings.warning(Rule::Overlap, at, || {
                    let with = describe(survey, *widest);
                    let bytes = widest.end.min(extent.end) - extent.start;
                    format!(
                        "{} shares {bytes} bytes with {with}",
                        describe(survey, *extent)
                    )
                }),
            }
        }
        if extent.end > widest.end {
            widest = extent;
        }
    }
}

/// The place of the second of two extents, told by the one that is a tile.
fn at(survey: &Survey, extent: Extent, widest: Extent) -> At {
    let owners = [extent.owner, widest.owner];
    let tile = owners.iter().find_map(|owner| match owner {
        Owner::Tile(picture, tile) => Some(survey.pictures[*picture].at().tile(*tile)),
        _ => None,
    });
    tile.unwrap_or(At::FILE).byte(extent.start)
}

fn describe(survey: &Survey, extent: Extent) -> String {
    match extent.owner {
        Owner::Header => format!("the header at {}", extent.start),
        Owner::Other => format!("a tile of a further image at {}", extent.start),
        Owner::Tile(picture, tile) => {
            let Picture { level, mask, .. } = survey.pictures[picture];
            let mask = if mask { " of the mask" } else { "" };
            format!("tile {tile}{mask} of level {level} at {}", extent.start)
        }
    }
}

/// Bytes between extents, but for the one that makes an offset even, and after the last.
fn gaps(survey: &Survey, extents: &[Extent], findings: &mut Findings) {
    let (mut end, mut first, mut unused, mut count) = (0, None, 0u64, 0u64);
    let starts = extents.iter().map(|extent| (extent.start, extent.end));
    for (start, next) in starts.chain([(survey.length(), survey.length())]) {
        let gap = start.saturating_sub(end);
        if gap > 1 {
            first.get_or_insert(end);
            unused += gap;
            count += 1;
        }
        end = end.max(next);
    }
    if let Some(first) = first {
        findings.note(Rule::Gap, At::FILE.byte(first), || {
            format!("{unused} bytes in {count} places belong to nothing that is known")
        });
    }
}
