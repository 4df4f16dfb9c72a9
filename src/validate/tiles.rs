//! One pass over the tile positions of each picture, page by page: what is missing, out of place or
//! out of the file, and with [`Marks`] the leaders and trailers.

use std::ops::Range;

use bytes::Bytes;

use super::marks::Marks;
use super::report::Findings;
use super::rule::Rule;
use super::survey::{Picture, Survey, tiles_of};
use crate::error::Result;
use crate::format::directory::IndexArray;
use crate::format::image::Image;
use crate::format::layout::{LEADER_BYTES, TRAILER_BYTES};
use crate::read::file::Counted;
use crate::source::ByteSource;

/// What a pass found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) tiles: u64,
    pub(super) sparse: u64,
    /// The offset of the first tile, row by row, of the first band that is not sparse.
    pub(super) first: Option<u64>,
    pub(super) data: Option<Range<u64>>,
    pub(super) bytes: u64,
}

/// A tile's place in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

impl Tile {
    pub(super) fn end(self) -> u64 {
        self.offset.saturating_add(self.bytes)
    }
}

/// The positions of an image's tiles.
pub(super) struct Positions<'a> {
    source: &'a Counted,
    offsets: Vec<Page<'a>>,
    counts: Vec<Page<'a>>,
    /// Tiles of a plane.
    pub(super) plane: u64,
    pub(super) planes: u64,
    by_tile: bool,
}

/// A part of an array that is in memory.
struct Page<'a> {
    array: &'a IndexArray,
    first: u64,
    bytes: Bytes,
    values: u64,
}

/// Values of all pages of an array together.
const PAGED_VALUES: u64 = 1 << 16;
/// Values of the smallest page.
const SMALLEST_PAGE: u64 = 16;

/// Goes through the tiles of all pictures. `full` asks for leaders and trailers.
pub(super) fn scan(survey: &Survey, full: bool, findings: &mut Findings) -> Result<Vec<Scan>> {
    let pictures = survey.pictures.iter();
    pictures
        .map(|picture| scan_picture(survey, picture, full, findings))
        .collect()
}

fn scan_picture(
    survey: &Survey,
    picture: &Picture,
    full: bool,
    findings: &mut Findings,
) -> Result<Scan> {
    let image = &picture.image;
    if !arrays_fit(picture, findings) {
        return Ok(Scan::default());
    }
    let mut tiles = Positions::of(survey, image);
    let mut pair = interleaved(survey, picture);
    let mut marks = Marks::new(survey, picture, full);
    let mut scan = Scan {
        tiles: tiles.plane * tiles.planes,
        ..Scan::default()
    };
    let mut last = 0;
    for step in 0..scan.tiles {
        let index = tiles.index(step);
        let tile = tiles.tile(index, || {
            findings.warning(Rule::EmptyTile, picture.at().tile(index), || {
                "an offset without bytes, or bytes without an offset".into()
            });
        })?;
        let mut place = None;
        if let Some(tile) = tile {
            scan.add(tile, index < tiles.plane);
            in_file(survey, picture, index, tile, findings);
            in_order(survey, picture, index, tile, last, findings);
            marks.push(index, tile, findings)?;
            place = Some(tile.offset);
        } else {
            scan.sparse += 1;
        }
        if let Some((mask, positions)) = &mut pair {
            let within = index % tiles.plane;
            let beside = !tiles.by_tile || index / tiles.plane + 1 == tiles.planes;
            let follower = match beside {
                true => positions.tile(within, || {})?,
                false => None,
            };
            if let Some(follower) = follower {
                follows(survey, mask, within, tile, follower, last, findings);
                place = place.or(Some(follower.offset));
            }
        }
        last = place.unwrap_or(last);
    }
    marks.finish(findings)?;
    Ok(scan)
}

/// The mask whose tiles the ghost area claims to follow those of the picture, if they are of the
/// same size.
fn interleaved<'a>(survey: &'a Survey, picture: &Picture) -> Option<(&'a Picture, Positions<'a>)> {
    let image = &picture.image;
    let claimed = survey.claims(|ghost| ghost.mask_interleaved) && !picture.mask;
    let possible = image.planes() == 1 || survey.by_tile(image);
    let mask = survey.mask_of(picture.level);
    let mask = mask.filter(|mask| {
        let same = (mask.image.tile, mask.image.size) == (image.tile, image.size);
        let whole = mask.image.offsets.count() >= image.grid().count();
        claimed && possible && same && whole
    })?;
    Some((mask, Positions::of(survey, &mask.image)))
}

/// Checks that the arrays have a value for each tile; false if there is no looking into them.
fn arrays_fit(picture: &Picture, findings: &mut Findings) -> bool {
    let image = &picture.image;
    let at = picture.at().byte(picture.ifd_offset);
    let expected = tiles_of(image);
    for array in [Some(&image.offsets), image.byte_counts.as_ref()] {
        let Some(array) = array else {
            findings.warning(Rule::ByteCounts, at, || {
                "there are no byte counts of tiles".into()
            });
            continue;
        };
        let found = array.count();
        let text = || {
            format!(
                "tag {} has {found} values, expected {expected}",
                array.tag()
            )
        };
        if found < expected {
            findings.error(Rule::ArrayLength, at, text);
        } else if found > expected {
            findings.note(Rule::ArrayLength, at, text);
        }
    }
    image.offsets.count() >= expected
}

fn in_file(survey: &Survey, picture: &Picture, index: u64, tile: Tile, findings: &mut Findings) {
    let length = survey.length();
    if tile.end() > length {
        let at = picture.at().tile(index).byte(tile.offset);
        findings.error(Rule::TileRange, at, || {
            format!("the tile ends at {}, the file at {length}", tile.end())
        });
    }
}

fn in_order(
    survey: &Survey,
    picture: &Picture,
    index: u64,
    tile: Tile,
    last: u64,
    findings: &mut Findings,
) {
    if tile.offset >= last {
        return;
    }
    let at = picture.at().tile(index).byte(tile.offset);
    let text = || format!("the tile is before the one that it follows, at {last}");
    match survey.claims(|ghost| ghost.row_major) {
        true => findings.error(Rule::TileOrder, at, text),
        false => findings.note(Rule::TileOrder, at, text),
    }
}

/// Checks that a tile of an interleaved mask stands right after that of its image; where the image
/// has none, after the one before.
fn follows(
    survey: &Survey,
    mask: &Picture,
    index: u64,
    tile: Option<Tile>,
    found: Tile,
    last: u64,
    findings: &mut Findings,
) {
    let at = mask.at().tile(index).byte(found.offset);
    let Some(tile) = tile else {
        if found.offset < last && survey.claims(|ghost| ghost.row_major) {
            findings.error(Rule::MaskPlacement, at, || {
                format!("the tile is before that of the image before it, at {last}")
            });
        }
        return;
    };
    let trailer = u64::from(survey.claims(|ghost| ghost.trailer)) * TRAILER_BYTES;
    let leader = u64::from(survey.claims(|ghost| ghost.leader)) * LEADER_BYTES;
    let expected = tile.end().saturating_add(trailer + leader);
    if found.offset != expected {
        findings.error(Rule::MaskPlacement, at, || {
            format!(
                "the tile of the mask is at {}, expected {expected}",
                found.offset
            )
        });
    }
}

impl Scan {
    fn add(&mut self, tile: Tile, first_band: bool) {
        if first_band {
            self.first.get_or_insert(tile.offset);
        }
        self.bytes = self.bytes.saturating_add(tile.bytes);
        let data = self.data.get_or_insert(tile.offset..tile.end());
        *data = data.start.min(tile.offset)..data.end.max(tile.end());
    }
}

impl<'a> Positions<'a> {
    /// The positions of an image whose array of offsets has enough values.
    pub(super) fn of(survey: &'a Survey, image: &'a Image) -> Self {
        let (plane, planes) = (image.grid().count(), u64::from(image.planes()));
        let by_tile = survey.by_tile(image);
        let pages = if by_tile { planes } else { 1 };
        let page = |array: &'a IndexArray| Page {
            array,
            first: 0,
            bytes: Bytes::new(),
            values: (PAGED_VALUES / pages).max(SMALLEST_PAGE),
        };
        let all = |array| (0..pages).map(|_| page(array)).collect();
        Positions {
            source: &survey.file.source.source,
            offsets: all(&image.offsets),
            counts: image.byte_counts.as_ref().map(all).unwrap_or_default(),
            plane,
            planes,
            by_tile,
        }
    }

    /// The index of the tile that stands at a step in the order of the file, as it should be.
    pub(super) fn index(&self, step: u64) -> u64 {
        match self.by_tile {
            true => step % self.planes * self.plane + step / self.planes,
            false => step,
        }
    }

    /// The tile at an index, or `None` if it is sparse. Says if only one of offset and byte count
    /// is 0; such a tile is sparse too, as in GDAL. Without byte counts a tile has one byte.
    pub(super) fn tile(&mut self, index: u64, half_empty: impl FnOnce()) -> Result<Option<Tile>> {
        let page = match self.by_tile {
            true => crate::limits::to_usize(index / self.plane)?,
            false => 0,
        };
        let offset = self.offsets[page].value(self.source, index)?;
        let bytes = match self.counts.get_mut(page) {
            Some(counts) => counts.value(self.source, index)?,
            None => offset.min(1),
        };
        match (offset, bytes) {
            (0, 0) => Ok(None),
            (0, _) | (_, 0) => {
                half_empty();
                Ok(None)
            }
            _ => Ok(Some(Tile { offset, bytes })),
        }
    }
}

impl Page<'_> {
    /// The value at an index, 0 beyond the end of the array.
    fn value(&mut self, source: &Counted, index: u64) -> Result<u64> {
        if let Some(bytes) = self.array.loaded() {
            return Ok(self.array.value(bytes, 0, index).unwrap_or(0));
        }
        if let Some(value) = self.array.value(&self.bytes, self.first, index) {
            return Ok(value);
        }
        let (Some(range), true) = (self.array.deferred(), index < self.array.count()) else {
            return Ok(0);
        };
        let start = range.start + index * self.array.width();
        let end = range.end.min(start + self.values * self.array.width());
        self.bytes = source.read(start..end)?;
        self.first = index;
        Ok(self.array.value(&self.bytes, index, index).unwrap_or(0))
    }
}
