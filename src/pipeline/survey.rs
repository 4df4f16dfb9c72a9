//! What an evaluator will fetch and decode: worked out as it is done, window by window.

use std::collections::HashMap;

use super::evaluator::{Evaluator, Reader};
use super::inputs::Feed;
use crate::error::Result;
use crate::expr::InputUse;
use crate::format::image::Image;
use crate::grid::{TileGrid, Window};
use crate::lazy::input::Input;
use crate::limits::to_u64;
use crate::read::level::Level;

/// What is fetched of one feed for a row of chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Fetches {
    /// Of each level: what its requests are, and what its tiles.
    pub(super) levels: Vec<(Level, LevelFetch)>,
}

/// What is fetched of a level.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LevelFetch {
    pub(super) requests: u64,
    /// Bytes of the requests.
    pub(super) asked: u64,
    pub(super) tiles: u64,
    /// Compressed bytes of the tiles.
    pub(super) bytes: u64,
    /// How many tiles are decoded, and their bytes then.
    pub(super) decoded: u64,
    pub(super) decoded_bytes: u64,
}

impl Evaluator {
    /// What is fetched of a feed, as [`fetch`](Self::fetch) does it.
    pub(super) fn survey(
        &self,
        fetches: &mut Fetches,
        place: usize,
        whole: Window,
        parts: &[Window],
    ) -> Result<()> {
        let feed = &self.inputs().feeds()[place];
        let input = feed.input(self.settled());
        let of_source = |window: &Window| input.of_source(*window);
        let whole = of_source(&whole);
        let parts: Vec<Window> = parts.iter().map(of_source).collect();
        match &self.readers[place] {
            Reader::Level {
                decoder, shared, ..
            } => {
                let Some(level) = input.as_level() else {
                    return Ok(());
                };
                let bands = &feed.uses[0].bands;
                let (survey, positions) = level.survey_parts(decoder, (whole, &parts), bands)?;
                let mut stored: HashMap<(u32, u32), u64> = HashMap::new();
                let sound = survey.tiles.iter().zip(positions);
                for (_, position) in sound.filter(|(bytes, _)| **bytes > 0) {
                    *stored.entry(position).or_default() += 1;
                }
                let tiles = stored.values().sum();
                let decoded = match shared {
                    true => tiles,
                    false => times(&stored, level.image().grid(), &parts, feed),
                };
                let fetch = LevelFetch {
                    requests: to_u64(survey.requests.len()),
                    asked: survey.requests.iter().sum(),
                    tiles,
                    bytes: survey.tiles.iter().sum(),
                    decoded,
                    decoded_bytes: decoded * decoder.tile_bytes(level.image().tile.height),
                };
                fetches.levels.push((level.clone(), fetch));
            }
            Reader::Stage(stage, source) => {
                let parts = parts.iter().filter_map(|&part| stage.source_window(part));
                let parts: Vec<Window> = parts.collect();
                if let Some(whole) = stage.source_window(whole) {
                    for place in 0..source.readers.len() {
                        source.survey(fetches, place, whole, &parts)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The most bytes of compressed tiles that are alive at a time: those of two rows of chunks, and
    /// the conditions of a third. Where the lengths of tiles are still in the file, as many as their
    /// samples have.
    pub(super) fn compressed_bytes(&self, chunks: TileGrid) -> u64 {
        let of = |places: std::ops::Range<usize>, whole| {
            let bytes = places.map(|place| self.feed_compressed(place, whole));
            bytes.fold(0, u64::saturating_add)
        };
        let row = |row: u32| {
            let first = chunks.window(0, row);
            let whole = Window {
                width: chunks.image.width,
                ..first
            };
            (
                of(self.inputs().first(), whole),
                of(self.inputs().rest(), whole),
            )
        };
        let rows: Vec<(u64, u64)> = (0..chunks.down()).map(row).collect();
        most_alive(&rows)
    }

    fn feed_compressed(&self, place: usize, whole: Window) -> u64 {
        let feed = &self.inputs().feeds()[place];
        let input = feed.input(self.settled());
        let whole = input.of_source(whole);
        match (&self.readers[place], input.as_level()) {
            (Reader::Level { .. }, Some(level)) => compressed(level.image(), whole),
            (Reader::Stage(stage, source), _) => {
                let window = stage.source_window(whole);
                let bytes = |place| window.map_or(0, |whole| source.feed_compressed(place, whole));
                let places = 0..source.readers.len();
                places.map(bytes).fold(0, u64::saturating_add)
            }
            _ => 0,
        }
    }

    /// All levels that are read, those below stages, too: each use once.
    pub(super) fn levels(&self) -> Vec<&Level> {
        let mut levels = Vec::new();
        self.leaves(&mut |input, _| levels.extend(input.as_level()));
        levels
    }

    /// Calls `each` with all uses of levels, those below stages, too.
    pub(super) fn leaves<'a>(&'a self, each: &mut dyn FnMut(&'a Input, &'a InputUse)) {
        for (feed, reader) in self.inputs().feeds().iter().zip(&self.readers) {
            match reader {
                Reader::Level { .. } => each(feed.input(self.settled()), &feed.uses[0]),
                Reader::Stage(_, source) => source.leaves(each),
            }
        }
    }
}

/// The most of conditions and others, row by row, that is alive at a time: of two rows, and the
/// conditions of a third.
pub(super) fn most_alive(rows: &[(u64, u64)]) -> u64 {
    let at = |row: usize| rows.get(row).copied().unwrap_or_default();
    let both = |(first, rest): (u64, u64)| first.saturating_add(rest);
    let alive = |row: usize| {
        let two = both(at(row)).saturating_add(both(at(row + 1)));
        two.saturating_add(at(row + 2).0)
    };
    (0..rows.len()).map(alive).max().unwrap_or(0)
}

/// How often tiles are decoded that are stored, so many times each: for every part that touches them,
/// as often as it asks.
fn times(stored: &HashMap<(u32, u32), u64>, grid: TileGrid, parts: &[Window], feed: &Feed) -> u64 {
    let touched = parts.iter().map(|&part| {
        let tiles = grid.touched(part);
        let planes = tiles.iter().filter_map(|tile| stored.get(&tile).copied());
        planes.sum::<u64>()
    });
    touched.sum::<u64>() * to_u64(feed.askings)
}

/// The bytes of an image's compressed tiles that a window touches, all planes.
fn compressed(image: &Image, window: Window) -> u64 {
    let (grid, planes) = (image.grid(), u64::from(image.planes()));
    let touched = grid.touched(window);
    let counts = image.byte_counts.as_ref();
    let loaded = counts.and_then(|counts| Some((counts, counts.loaded()?)));
    let Some((counts, bytes)) = loaded else {
        let tile = image
            .tile
            .area()
            .saturating_mul(image.tile_samples().into());
        let tile = tile.saturating_mul(image.bits.into()).div_ceil(8);
        return tile.saturating_mul(to_u64(touched.len()) * planes);
    };
    let tiles = touched.iter().flat_map(|(column, row)| {
        let index = grid.index(column, row);
        (0..planes).map(move |plane| plane * grid.count() + index)
    });
    let bytes = tiles.filter_map(|tile| counts.value(bytes, 0, tile));
    bytes.fold(0, u64::saturating_add)
}
