//! Where tiles stand in the file, and their bytes.
//!
//! Arrays of positions that are still in the file are read in the part that is needed, both of them
//! at a time. Where the file frames its tiles ([`Framing`]) only the offsets are read: a tile's bytes
//! are fetched with its leader and trailer up to the next tile, which give its length, and the array of
//! lengths is read only if one of them does not fit.

use std::ops::Range;

use bytes::Bytes;

use super::file::OpenSource;
use crate::error::{Error, Malformed, Result};
use crate::format::directory::IndexArray;
use crate::format::framing::Framing;
use crate::format::image::Image;
use crate::format::layout::LEADER_BYTES;
use crate::limits::to_usize;
use crate::source::{ByteSource, fetch, ranges};
use crate::tile::{TileDecoder, tile_range};

/// A tile that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The index in the tile arrays.
    pub(crate) index: u64,
    /// Rows of the tile.
    pub(crate) rows: u32,
}

/// Where tiles are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    image: &'a Image,
    source: &'a OpenSource,
    /// What is to decode the tiles, if anything.
    decoder: Option<&'a TileDecoder>,
    /// Bytes of a row of a tile before compression.
    row_bytes: u64,
}

impl<'a> Search<'a> {
    /// For tiles that are to be decoded.
    pub(crate) fn new(image: &'a Image, source: &'a OpenSource, decoder: &'a TileDecoder) -> Self {
        Search {
            image,
            source,
            decoder: Some(decoder),
            row_bytes: decoder.tile_bytes(1),
        }
    }

    /// For tiles that are to be copied.
    pub(crate) fn undecoded(image: &'a Image, source: &'a OpenSource) -> Result<Self> {
        Ok(Search {
            image,
            source,
            decoder: None,
            row_bytes: image.tile_row_bytes()?,
        })
    }

    /// True if some of the positions are still in the file.
    pub(crate) fn is_deferred(&self) -> bool {
        let mut arrays = std::iter::once(&self.image.offsets).chain(&self.image.byte_counts);
        arrays.any(|array| array.deferred().is_some())
    }

    fn decoded(&self, tile: &Wanted) -> u64 {
        self.row_bytes.saturating_mul(tile.rows.into())
    }

    /// Where a tile is, by the numbers that the file gives; `None` for a sparse one.
    fn range(&self, tile: &Wanted, offset: u64, count: u64) -> Result<Option<Range<u64>>> {
        let range = tile_range(offset, count, self.decoded(tile), self.source.length)?;
        if let (Some(range), Some(decoder)) = (&range, self.decoder) {
            decoder.check_length(range.end - range.start, tile.rows)?;
        }
        Ok(range)
    }
}

/// Where a tile's bytes stood, and the bytes; `None` for a sparse tile.
pub(crate) type Compressed = Option<(Range<u64>, Bytes)>;

/// Reads the bytes of some tiles of an image, in the order of `wanted`.
pub(crate) fn read(search: Search<'_>, wanted: &[Wanted]) -> Result<Vec<Compressed>> {
    let Search { image, source, .. } = search;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let runs = runs(wanted);
    let Some(counts) = &image.byte_counts else {
        let [offsets] = Lookup::of([&image.offsets], &runs, &source.source)?;
        return counted(search, wanted, &offsets, None);
    };
    let Some(framing) = framing(image, source) else {
        let [offsets, counts] = Lookup::of([&image.offsets, counts], &runs, &source.source)?;
        return counted(search, wanted, &offsets, Some(&counts));
    };
    // One more than each run: the next tile bounds the last one.
    let longer: Vec<Range<u64>> = runs.iter().map(|run| run.start..run.end + 1).collect();
    let [offsets] = Lookup::of([&image.offsets], &longer, &source.source)?;
    if let Some(spans) = spans(search, framing, wanted, &offsets) {
        if let Some(tiles) = framed(search, framing, wanted, &spans)? {
            return Ok(tiles);
        }
        source.distrust();
    }
    let [counts] = Lookup::of([counts], &runs, &source.source)?;
    counted(search, wanted, &offsets, Some(&counts))
}

/// Where neighbouring tiles stand by the arrays; `None` for sparse ones.
pub(crate) fn ranges(search: Search<'_>, tiles: Range<u64>) -> Result<Vec<Option<Range<u64>>>> {
    let Search { image, source, .. } = search;
    let rows = image.tile.height;
    let wanted = tiles.clone().map(|index| Wanted { index, rows });
    let wanted: Vec<Wanted> = wanted.collect();
    let runs = [tiles];
    let Some(counts) = &image.byte_counts else {
        let [offsets] = Lookup::of([&image.offsets], &runs, &source.source)?;
        return places(search, &wanted, &offsets, None);
    };
    let [offsets, counts] = Lookup::of([&image.offsets, counts], &runs, &source.source)?;
    places(search, &wanted, &offsets, Some(&counts))
}

/// The bytes of each request that [`ranges`] makes.
pub(crate) fn survey_positions(search: Search<'_>, tiles: Range<u64>) -> Vec<u64> {
    let Search { image, source, .. } = search;
    let runs = [tiles];
    let arrays = std::iter::once(&image.offsets).chain(&image.byte_counts);
    let parts = arrays.flat_map(|array| missing(array, &runs).map(|part| part.1));
    let mut survey = Survey::default();
    survey.ask(source, &parts.collect::<Vec<_>>());
    survey.requests
}

/// What [`read`] will ask a source for.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The bytes of each tile, with their frame where it is read; 0 for a sparse one.
    pub(crate) tiles: Vec<u64>,
    /// The bytes of each request.
    pub(crate) requests: Vec<u64>,
}

/// What [`read`] will ask for, as long as the frames of tiles are what the file says. The same parts of
/// the arrays are read for it, and no tile.
pub(crate) fn survey(search: Search<'_>, wanted: &[Wanted]) -> Result<Survey> {
    let Search { image, source, .. } = search;
    let mut survey = Survey::default();
    if wanted.is_empty() {
        return Ok(survey);
    }
    let mut runs = runs(wanted);
    let framing = framing(image, source);
    if framing.is_some() {
        runs.iter_mut().for_each(|run| run.end += 1);
    }
    let [offsets] = Lookup::of([&image.offsets], &runs, &source.source)?;
    let mut lookups: Vec<Range<u64>> = missing(&image.offsets, &runs).map(|part| part.1).collect();
    let spans = framing.and_then(|framing| spans(search, framing, wanted, &offsets));
    let ranges = match (spans, &image.byte_counts) {
        (Some(spans), _) => spans,
        (None, None) => places(search, wanted, &offsets, None)?,
        (None, Some(counts)) => {
            let more = missing(counts, &runs).map(|part| part.1);
            match framing {
                Some(_) => survey.ask(source, &more.collect::<Vec<_>>()),
                None => lookups.extend(more),
            }
            let [counts] = Lookup::of([counts], &runs, &source.source)?;
            places(search, wanted, &offsets, Some(&counts))?
        }
    };
    survey.ask(source, &lookups);
    let ranges: Vec<Range<u64>> = ranges.into_iter().map(Option::unwrap_or_default).collect();
    survey.ask(source, &ranges);
    survey.tiles = ranges
        .into_iter()
        .map(|range| range.end - range.start)
        .collect();
    Ok(survey)
}

impl Survey {
    fn ask(&mut self, source: &OpenSource, wanted: &[Range<u64>]) {
        let requests = ranges::merge(wanted, source.source.profile()).into_iter();
        let bytes = requests.map(|request| request.range.end - request.range.start);
        self.requests.extend(bytes);
    }
}

/// Checks where tiles stand by arrays that are loaded.
pub(crate) fn check(search: Search<'_>, wanted: &[Wanted]) -> Result<()> {
    let Search { image, source, .. } = search;
    let [offsets] = Lookup::of([&image.offsets], &[], &source.source)?;
    let counts = image.byte_counts.as_ref();
    let counts = counts.map(|counts| Lookup::of([counts], &[], &source.source));
    let counts = counts.transpose()?.map(|[counts]| counts);
    places(search, wanted, &offsets, counts.as_ref())?;
    Ok(())
}

/// How the tiles of an image are framed, if their lengths are still in the file and the next tile's
/// offset bounds each one. The tiles of an interleaved mask are followed by those of the image.
fn framing(image: &Image, source: &OpenSource) -> Option<Framing> {
    let deferred = image.byte_counts.as_ref()?.deferred().is_some();
    let framing = source.framing().filter(|_| deferred)?;
    (!framing.masks || !image.is_mask()).then_some(framing)
}

/// The indices as runs of neighbours, in order.
fn runs(wanted: &[Wanted]) -> Vec<Range<u64>> {
    let mut indices: Vec<u64> = wanted.iter().map(|tile| tile.index).collect();
    indices.sort_unstable();
    indices.dedup();
    let mut runs: Vec<Range<u64>> = Vec::new();
    for index in indices {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// The bytes of tiles by the arrays.
fn counted(
    search: Search<'_>,
    wanted: &[Wanted],
    offsets: &Lookup<'_>,
    counts: Option<&Lookup<'_>>,
) -> Result<Vec<Compressed>> {
    let ranges = places(search, wanted, offsets, counts)?;
    let bytes = fetch_some(search.source, &ranges)?;
    Ok(ranges
        .into_iter()
        .zip(bytes)
        .map(|(range, bytes)| range.map(|range| (range, bytes)))
        .collect())
}

/// Where tiles stand by the arrays.
fn places(
    search: Search<'_>,
    wanted: &[Wanted],
    offsets: &Lookup<'_>,
    counts: Option<&Lookup<'_>>,
) -> Result<Vec<Option<Range<u64>>>> {
    let range = |tile: &Wanted| {
        let offset = offsets.expect(tile.index)?;
        let count = match counts {
            Some(counts) => counts.expect(tile.index)?,
            None => uncounted(&search, offset, search.decoded(tile)),
        };
        search.range(tile, offset, count)
    };
    let place = |tile| range(tile).map_err(|error| error.at_tile(tile.index));
    wanted.iter().map(place).collect()
}

/// For each tile the bytes from its leader to that of the next, `None` if it is sparse. No answer if
/// that is not known of all of them.
fn spans(
    search: Search<'_>,
    framing: Framing,
    wanted: &[Wanted],
    offsets: &Lookup<'_>,
) -> Option<Vec<Option<Range<u64>>>> {
    let next = |index: u64| {
        let after = (index + 1..offsets.array.count()).take(FARTHEST);
        after
            .map_while(|index| offsets.value(index))
            .find(|&offset| offset != 0)
    };
    let span = |tile: &Wanted| {
        let offset = offsets.value(tile.index)?;
        if offset == 0 {
            return Some(None);
        }
        let start = offset.checked_sub(LEADER_BYTES)?;
        let end = next(tile.index)?.checked_sub(LEADER_BYTES)?;
        let mask = match framing.masks {
            true => search.image.tile.area(),
            false => 0,
        };
        let most = search.decoded(tile).saturating_add(mask).saturating_mul(2);
        let most = most.saturating_add(SLACK);
        (end > offset && end <= search.source.length && end - start <= most)
            .then_some(Some(start..end))
    };
    wanted.iter().map(span).collect()
}

/// The bytes of tiles between their leaders and trailers; no answer if one is not as it should be.
fn framed(
    search: Search<'_>,
    framing: Framing,
    wanted: &[Wanted],
    spans: &[Option<Range<u64>>],
) -> Result<Option<Vec<Compressed>>> {
    let bytes = fetch_some(search.source, spans)?;
    let mut tiles = Vec::with_capacity(wanted.len());
    for ((tile, span), bytes) in wanted.iter().zip(spans).zip(bytes) {
        let Some(span) = span else {
            tiles.push(None);
            continue;
        };
        let Some(count) = framing.tile_length(&bytes) else {
            return Ok(None);
        };
        let offset = span.start + LEADER_BYTES;
        let range = search
            .range(tile, offset, count)
            .map_err(|error| error.at_tile(tile.index))?;
        let cut = |range: Range<u64>| -> Result<_> {
            let from = to_usize(range.start - span.start)?;
            let to = to_usize(range.end - span.start)?;
            Ok((range, bytes.slice(from..to)))
        };
        tiles.push(range.map(cut).transpose()?);
    }
    Ok(Some(tiles))
}

/// Reads ranges; `None` gives no bytes.
fn fetch_some(source: &OpenSource, ranges: &[Option<Range<u64>>]) -> Result<Vec<Bytes>> {
    let range = |range: &Option<Range<u64>>| range.clone().unwrap_or(0..0);
    let wanted: Vec<Range<u64>> = ranges.iter().map(range).collect();
    fetch::fetch(&source.source, &wanted)
}

/// The length of a tile in a file without lengths: exact if nothing is compressed, otherwise as far
/// as the file goes.
fn uncounted(search: &Search<'_>, offset: u64, decoded: u64) -> u64 {
    let rest = search.source.length.saturating_sub(offset);
    match (offset, search.image.compression) {
        (0, _) => 0,
        (_, 1) => decoded,
        _ => rest,
    }
}

/// The parts of an array of tile positions that some runs of tiles need.
struct Lookup<'a> {
    array: &'a IndexArray,
    /// The first index and the bytes of each part.
    parts: Vec<(u64, Bytes)>,
}

impl<'a> Lookup<'a> {
    /// The parts of some arrays, read at a time.
    fn of<const N: usize>(
        arrays: [&'a IndexArray; N],
        runs: &[Range<u64>],
        source: &dyn ByteSource,
    ) -> Result<[Self; N]> {
        let wanted = arrays.iter().flat_map(|array| missing(array, runs));
        let wanted: Vec<Range<u64>> = wanted.map(|(_, range)| range).collect();
        let answers = fetch::fetch(source, &wanted);
        let tag = arrays.first().map_or(0, |array| array.tag());
        let mut answers = answers.map_err(|error| error.at_tag(tag))?.into_iter();
        Ok(arrays.map(|array| {
            let parts = match array.loaded() {
                Some(bytes) => vec![(0, bytes.clone())],
                None => missing(array, runs)
                    .map(|(first, _)| first)
                    .zip(&mut answers)
                    .collect(),
            };
            Lookup { array, parts }
        }))
    }

    /// The array's value for a tile, if it was read.
    fn value(&self, tile: u64) -> Option<u64> {
        let part = self.parts.partition_point(|&(first, _)| first <= tile);
        let (first, bytes) = self.parts.get(part.checked_sub(1)?)?;
        self.array.value(bytes, *first, tile)
    }

    /// The array's value for a tile that must have one.
    fn expect(&self, tile: u64) -> Result<u64> {
        self.value(tile).ok_or_else(|| {
            let (found, expected) = (self.array.count(), tile + 1);
            Error::from(Malformed::TagCount { found, expected }).at_tag(self.array.tag())
        })
    }
}

/// The first index and the place in the file of each part of an array that is not in memory.
fn missing<'a>(
    array: &'a IndexArray,
    runs: &'a [Range<u64>],
) -> impl Iterator<Item = (u64, Range<u64>)> + 'a {
    let part = |whole: Range<u64>, run: &Range<u64>| {
        let (start, end) = (run.start.min(array.count()), run.end.min(array.count()));
        let at = |index| whole.start + index * array.width();
        (start, at(start)..at(end))
    };
    let whole = array.deferred();
    runs.iter()
        .filter_map(move |run| Some(part(whole.clone()?, run)))
}

/// Sparse tiles that are passed over to find the next one that is not.
const FARTHEST: usize = 64;
/// Bytes by which a framed tile and its mask may exceed twice their size before compression.
const SLACK: u64 = 128 << 10;
