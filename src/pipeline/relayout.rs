//! The same tiles under another header: compressed tiles are copied as they are, level by level,
//! and never decoded.

use std::cmp::Reverse;
use std::io::Write;
use std::ops::Range;

use bytes::Bytes;

use super::Estimate;
use crate::counters::Counts;
use crate::error::{Error, Result, Usage};
use crate::exec::{Progress, Teller};
use crate::format::image::Image;
use crate::format::layout::{
    BigTiff, Coding, Interleave, LevelTiles, MaskTiles, RasterTags, TileOf, layout,
};
use crate::grid::Size;
use crate::limits::{to_u64, to_usize};
use crate::read::level::Level;
use crate::sample::ByteOrder;
use crate::source::fetch;
use crate::write::output::{Output, Target};
use crate::write::tiles::write_record;

/// The place of a tile among others, and where it is in its file.
type Wanted = (usize, Range<u64>);

/// A level whose tiles are copied.
struct Copied {
    level: Level,
    tiles: LevelTiles,
    /// Where the image's tiles begin, 0 where they are sparse.
    image: Vec<u64>,
    /// Where the mask's tiles begin.
    mask: Vec<u64>,
}

/// The first of some levels, and the others from the largest to the smallest, as far as each is
/// smaller than the one before it on one side at least, and larger on none.
pub(crate) fn pyramid(levels: impl Iterator<Item = Level>) -> Vec<Level> {
    let mut levels: Vec<Level> = levels.collect();
    if let Some((_, overviews)) = levels.split_first_mut() {
        overviews.sort_by_key(|level| Reverse(level.size().area()));
    }
    let mut last: Option<Size> = None;
    levels.retain(|level| {
        let size = level.size();
        let smaller =
            |last: Size| size.width <= last.width && size.height <= last.height && size != last;
        let kept = last.is_none_or(smaller);
        if kept {
            last = Some(size);
        }
        kept
    });
    levels
}

/// Why the tiles of some levels cannot stand in one little-endian COG as they are, if so.
pub(crate) fn obstacle(levels: &[Level]) -> Option<&'static str> {
    let planar = levels.first().is_some_and(|level| level.image().planar);
    let masked = levels.first().is_some_and(|level| level.mask().is_some());
    if levels.iter().any(|level| level.mask().is_some() != masked) {
        return Some("some levels have a mask, others have none");
    }
    for level in levels {
        let image = level.image();
        let mask = level.mask();
        let masked = mask.as_ref().map(|mask| mask.image());
        if masked.is_some_and(|mask| mask.size != image.size || mask.tile != image.tile) {
            return Some("a mask has other tiles than its image");
        }
        for image in [Some(image), masked].into_iter().flatten() {
            if let Some(obstacle) = obstacle_of(image) {
                return Some(obstacle);
            }
        }
        if image.planar != planar {
            return Some("the levels have different planar configurations");
        }
    }
    None
}

fn obstacle_of(image: &Image) -> Option<&'static str> {
    let whole = |pixels: u32| pixels.is_multiple_of(16);
    // Samples of other widths are packed bit by bit, the same way in both byte orders, and these
    // codecs have an order of their own: JPEG, LERC, WebP.
    let ordered = image.bits > 8 && image.bits.is_multiple_of(8);
    let own_order = matches!(image.compression, 7 | 34887 | 50001);
    match () {
        _ if !image.tiled => Some("it has strips"),
        _ if !whole(image.tile.width) || !whole(image.tile.height) => {
            Some("the sides of its tiles are no multiples of 16")
        }
        _ if image.byte_counts.is_none() => Some("it has no lengths of tiles"),
        _ if image.compression == 6 => Some("old-style JPEG has tables outside of its tiles"),
        _ if image.order == ByteOrder::Big && ordered && !own_order => {
            Some("its samples are big-endian")
        }
        _ => None,
    }
}

/// The tags of a level, for its tiles as they are.
pub(crate) fn tags(level: &Level) -> RasterTags {
    let image = level.image();
    let coding = Coding {
        compression: image.compression,
        predictor: image.predictor,
        // Tags of the level say so.
        ycbcr: false,
        lerc_parameters: Vec::new(),
        tables: Vec::new(),
    };
    RasterTags {
        bands: image.bands,
        interleave: interleave(image.planar),
        data_type: image.data_type,
        bits: Some(image.bits),
        overview_coding: coding.clone(),
        coding,
        mask_compression: 1,
        photometric: image.photometric,
        extra_samples: Vec::new(),
        color_map: Vec::new(),
        nodata: image.nodata.map(|nodata| nodata.to_string()),
        geo: level.georeference().tags(),
        annotations: level.own_annotations(),
    }
}

/// Writes the levels, of which none has an [`obstacle`], as a COG with these tags.
pub(crate) fn write(
    target: Target<'_>,
    levels: &[Level],
    tags: &RasterTags,
    bigtiff: BigTiff,
    progress: &mut Progress<'_>,
) -> Result<Counts> {
    let rows = levels.first().map_or(0, |level| level.size().height.into());
    let cancel = levels.first().map(|level| level.context().cancel.clone());
    let cancel = cancel.unwrap_or_default();
    let counters = levels.iter().map(|level| level.context().counters.clone());
    let teller = Teller::new(rows, &cancel, counters);
    teller.tell(progress, 0)?;
    let copied: Vec<Copied> = levels.iter().map(Copied::new).collect::<Result<_>>()?;
    let tiles: Vec<LevelTiles> = copied.iter().map(|copied| copied.tiles.clone()).collect();
    let header = layout(tags, &tiles, bigtiff)?.header;
    let count: u64 = tiles.iter().map(|tiles| tiles.count()).sum();
    let mut done = 0;
    Output::open(target)?.write(&cancel, |out| {
        out.write_all(&header)?;
        for copied in copied.iter().rev() {
            copied.copy_to(out, tags.interleave, |more| {
                done += more;
                let share = u128::from(rows) * u128::from(done) / u128::from(count.max(1));
                let rows_done = u64::try_from(share).unwrap_or(rows);
                teller.tell(progress, rows_done)
            })?;
        }
        Ok(())
    })?;
    Ok(teller.counts())
}

/// What copying the tiles of some levels reads and holds. Reads the positions of tiles, and no tile.
pub(super) fn estimate(levels: &[Level], planar: bool) -> Result<Estimate> {
    let interleave = interleave(planar);
    let mut whole = Estimate::default();
    for level in levels {
        let copied = Copied::new(level)?;
        for batch in copied.batches(interleave) {
            let tiles: Vec<TileOf> = batch.map(|at| copied.tiles.at(interleave, at)).collect();
            let bytes = tiles.iter().map(|&tile| u64::from(copied.tiles.size(tile)));
            // Two batches are fetched, of which one is held.
            whole.peak_bytes = whole.peak_bytes.max(bytes.sum());
            for (level, wanted) in copied.wanted(&tiles)? {
                let ranges: Vec<Range<u64>> = wanted.into_iter().map(|(_, range)| range).collect();
                whole.add(&level, &level.survey_ranges(&ranges), stored(&ranges));
            }
        }
        for level in std::iter::once(level.clone()).chain(level.mask()) {
            for batch in position_batches(&level) {
                whole.add(&level, &level.survey_positions(batch)?, 0);
            }
        }
        let image = copied.tiles.sizes.iter().filter(|size| **size > 0).count();
        whole.output_tiles += to_u64(image);
    }
    whole.tiles_copied = whole.output_tiles;
    Ok(whole)
}

fn stored(ranges: &[Range<u64>]) -> u64 {
    to_u64(ranges.iter().filter(|range| !range.is_empty()).count())
}

fn interleave(planar: bool) -> Interleave {
    match planar {
        true => Interleave::Band,
        false => Interleave::Pixel,
    }
}

impl Copied {
    fn new(level: &Level) -> Result<Self> {
        let mut tiles = LevelTiles::new(level.image().grid());
        let (image, sizes) = positions(level)?;
        (tiles.sizes, tiles.tags) = (sizes, level.coding_tags().to_vec());
        let mut masks = Vec::new();
        if let Some(mask) = level.mask() {
            let (starts, sizes) = positions(&mask)?;
            masks = starts;
            let tags = mask.coding_tags().to_vec();
            tiles.mask = Some(MaskTiles { sizes, tags });
        }
        Ok(Copied {
            level: level.clone(),
            tiles,
            image,
            mask: masks,
        })
    }

    /// Copies the tiles in the order of the file, and tells of their numbers.
    fn copy_to(
        &self,
        out: &mut dyn Write,
        interleave: Interleave,
        mut tell: impl FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        let batches = self.batches(interleave);
        let counters = &self.level.context().counters;
        let fetch = |batch: Range<u64>| {
            let tiles = batch.map(|at| self.tiles.at(interleave, at));
            self.fetch(&tiles.collect::<Vec<_>>())
        };
        fetch::overlapped(batches, fetch, |payloads| {
            let held = payloads.iter().map(|bytes| to_u64(bytes.len())).sum();
            let _held = counters.hold(held);
            for payload in payloads.iter().filter(|payload| !payload.is_empty()) {
                write_record(out, payload)?;
                counters.add_passed();
            }
            tell(to_u64(payloads.len()))
        })
    }

    /// Runs of tiles of about as many bytes each.
    fn batches(&self, interleave: Interleave) -> Vec<Range<u64>> {
        let count = self.tiles.count();
        let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0);
        for at in 0..count {
            bytes += u64::from(self.tiles.size(self.tiles.at(interleave, at)));
            if bytes >= BATCH_BYTES || at + 1 - start >= BATCH_TILES {
                batches.push(start..at + 1);
                (start, bytes) = (at + 1, 0);
            }
        }
        batches.push(start..count);
        batches
    }

    /// The bytes of some tiles; those of sparse ones are empty.
    fn fetch(&self, tiles: &[TileOf]) -> Result<Vec<Bytes>> {
        let mut payloads = vec![Bytes::new(); tiles.len()];
        for (level, wanted) in self.wanted(tiles)? {
            let (places, ranges): (Vec<usize>, Vec<Range<u64>>) = wanted.into_iter().unzip();
            for (place, bytes) in places.into_iter().zip(level.fetch_ranges(&ranges)?) {
                payloads[place] = bytes;
            }
        }
        Ok(payloads)
    }

    /// The places among some tiles, and the ranges, of those of the image and of those of the mask.
    fn wanted(&self, tiles: &[TileOf]) -> Result<Vec<(Level, Vec<Wanted>)>> {
        let mask = self.level.mask().map(|mask| (mask, true));
        let levels = std::iter::once((self.level.clone(), false)).chain(mask);
        let wanted = levels.map(|(level, masks)| {
            let mut wanted = Vec::new();
            for (place, &tile) in tiles.iter().enumerate() {
                let (starts, index) = match tile {
                    TileOf::Image(index) if !masks => (&self.image, index),
                    TileOf::Mask(index) if masks => (&self.mask, index),
                    _ => continue,
                };
                let start = starts[to_usize(index)?];
                wanted.push((place, start..start + u64::from(self.tiles.size(tile))));
            }
            Ok((level, wanted))
        });
        wanted.collect()
    }
}

/// Where all tiles of a level begin, and their lengths.
fn positions(level: &Level) -> Result<(Vec<u64>, Vec<u32>)> {
    let (mut starts, mut sizes) = (Vec::new(), Vec::new());
    for batch in position_batches(level) {
        for range in level.tile_ranges(batch)? {
            let range = range.unwrap_or(0..0);
            let size = range.end - range.start;
            let too_large = || Usage::Option(format!("a tile of {size} bytes cannot be copied"));
            starts.push(range.start);
            sizes.push(u32::try_from(size).map_err(|_| Error::from(too_large()))?);
        }
    }
    Ok((starts, sizes))
}

/// Runs of all tiles of a level, whose positions are read at a time.
fn position_batches(level: &Level) -> impl Iterator<Item = Range<u64>> {
    let count = level.stored_tiles();
    let first = (0..count.div_ceil(BATCH_TILES)).map(|batch| batch * BATCH_TILES);
    first.map(move |first| first..first.saturating_add(BATCH_TILES).min(count))
}

/// Bytes that are copied at a time.
const BATCH_BYTES: u64 = 8 << 20;
/// Tiles that are copied at a time.
const BATCH_TILES: u64 = 1 << 14;
