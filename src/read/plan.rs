//! From a window to the tiles it touches, to their byte ranges, to their bytes.

use std::ops::Range;

use bytes::Bytes;

use crate::error::{Error, Malformed, Result};
use crate::format::directory::IndexArray;
use crate::format::image::Image;
use crate::grid::{Touched, Window};
use crate::limits::{index, to_u64};
use crate::source::{ByteSource, fetch};
use crate::tile::{TileDecoder, tile_range};

/// The tiles that a window of some bands needs.
#[derive(Debug)]
pub(crate) struct Plan {
    window: Window,
    touched: Touched,
    /// The planes to read: for planar files those of the bands asked for, in that order, else one.
    planes: Vec<u64>,
    /// The bands to take from each tile, counted from 0.
    bands: Vec<usize>,
}

/// A window's tiles with their compressed bytes, ready to be decoded on any thread.
#[derive(Debug)]
pub(crate) struct Fetched {
    plan: Plan,
    /// The tiles plane by plane, row by row.
    tiles: Vec<FetchedTile>,
}

/// A tile of a plan.
#[derive(Debug)]
pub(crate) struct FetchedTile {
    /// The index in the level's tile arrays.
    pub(crate) index: u64,
    /// Column and row of the tile.
    pub(crate) position: (u32, u32),
    /// Where the bytes stood; `None` for a sparse tile.
    pub(crate) range: Option<Range<u64>>,
    /// The bytes.
    pub(crate) bytes: Bytes,
}

impl Plan {
    /// The tiles of a window inside the image. `bands` count from 0.
    pub(crate) fn new(image: &Image, window: Window, bands: &[usize]) -> Self {
        let touched = image.grid().touched(window);
        let (planes, bands) = match image.planar {
            true => (bands.iter().map(|&band| to_u64(band)).collect(), vec![0]),
            false => (vec![0], bands.to_vec()),
        };
        Plan {
            window,
            touched,
            planes,
            bands,
        }
    }

    /// Cuts a window into windows of whole rows of tiles, each of about `bytes` decoded bytes.
    pub(crate) fn batches(image: &Image, window: Window, bands: usize, bytes: u64) -> Vec<Window> {
        let height = u64::from(image.tile.height);
        let sample = to_u64(image.data_type.bytes());
        let row = u64::from(window.width) * to_u64(bands) * sample * height;
        let rows = (bytes / row.max(1)).max(1) * height;
        let mut batches = Vec::new();
        let mut top = u64::from(window.row);
        while top < window.bottom() {
            let bottom = ((top / height) * height + rows).min(window.bottom());
            let (row, rows) = (u32::try_from(top), u32::try_from(bottom - top));
            if let (Ok(row), Ok(height)) = (row, rows) {
                batches.push(Window {
                    row,
                    height,
                    ..window
                });
            }
            top = bottom;
        }
        batches
    }

    /// Checks the positions of all tiles, before memory is taken for their pixels. Arrays that are not
    /// loaded are left to [`fetch`](Self::fetch).
    pub(crate) fn check(
        &self,
        image: &Image,
        decoder: &TileDecoder,
        source: &dyn ByteSource,
        length: u64,
    ) -> Result<()> {
        let mut arrays = std::iter::once(&image.offsets).chain(&image.byte_counts);
        if arrays.all(|array| array.deferred().is_none()) {
            self.locate(image, decoder, source, length)?;
        }
        Ok(())
    }

    /// Looks up where the tiles are, and reads them.
    pub(crate) fn fetch(
        self,
        image: &Image,
        decoder: &TileDecoder,
        source: &dyn ByteSource,
        length: u64,
    ) -> Result<Fetched> {
        let mut tiles = self.locate(image, decoder, source, length)?;
        let wanted: Vec<Range<u64>> = tiles
            .iter()
            .map(|tile| tile.range.clone().unwrap_or(0..0))
            .collect();
        for (tile, bytes) in tiles.iter_mut().zip(fetch::fetch(source, &wanted)?) {
            tile.bytes = bytes;
        }
        Ok(Fetched { plan: self, tiles })
    }

    fn locate(
        &self,
        image: &Image,
        decoder: &TileDecoder,
        source: &dyn ByteSource,
        length: u64,
    ) -> Result<Vec<FetchedTile>> {
        let runs = self.runs(image);
        let offsets = Lookup::new(&image.offsets, &runs, source)?;
        let counts = image.byte_counts.as_ref();
        let counts = counts
            .map(|counts| Lookup::new(counts, &runs, source))
            .transpose()?;
        let mut tiles = Vec::new();
        for &plane in &self.planes {
            for (column, row) in self.touched.iter() {
                let grid = image.grid();
                let index = plane * grid.count() + grid.index(column, row);
                let rows = image.tile_rows(row);
                let decoded = decoder.tile_bytes(rows);
                let range = offsets.value(index).and_then(|offset| {
                    let count = match &counts {
                        Some(counts) => counts.value(index)?,
                        None => uncounted(image, offset, decoded, length),
                    };
                    let range = tile_range(offset, count, decoded, length)?;
                    let bytes = range.as_ref().map(|range| range.end - range.start);
                    bytes.map_or(Ok(()), |bytes| decoder.check_length(bytes, rows))?;
                    Ok(range)
                });
                let range = range.map_err(|error| error.at_tile(index))?;
                let position = (column, row);
                tiles.push(FetchedTile {
                    index,
                    position,
                    range,
                    bytes: Bytes::new(),
                });
            }
        }
        Ok(tiles)
    }

    /// The tiles' indices, as runs in order: one for each row of tiles of each plane, whatever the
    /// order of the planes.
    fn runs(&self, image: &Image) -> Vec<Range<u64>> {
        let grid = image.grid();
        let columns = &self.touched.columns;
        let mut runs = Vec::new();
        for &plane in &self.planes {
            for row in self.touched.rows.clone() {
                let first = plane * grid.count() + grid.index(columns.start, row);
                runs.push(first..first + to_u64(columns.len()));
            }
        }
        runs.sort_by_key(|run| run.start);
        runs
    }
}

impl Fetched {
    /// The window that the tiles cover.
    pub(crate) fn window(&self) -> Window {
        self.plan.window
    }

    /// The bands to take from each tile, counted from 0 among the tile's samples.
    pub(crate) fn bands(&self) -> &[usize] {
        &self.plan.bands
    }

    /// The tiles of each plane that a window, part of the fetched one, touches.
    pub(crate) fn planes(&self, part: Touched) -> impl Iterator<Item = Vec<&FetchedTile>> {
        let Touched { columns, rows } = &self.plan.touched;
        let across = columns.len();
        let place = move |(column, row): (u32, u32)| {
            index(row - rows.start) * across + index(column - columns.start)
        };
        let planes = self.tiles.chunks(self.plan.touched.len().max(1));
        planes.map(move |tiles| part.iter().map(|tile| &tiles[place(tile)]).collect())
    }

    /// The fetched tile of the first plane at a column and row, if the window touches it.
    pub(crate) fn tile(&self, column: u32, row: u32) -> Option<&FetchedTile> {
        let Touched { columns, rows } = &self.plan.touched;
        let inside = columns.contains(&column) && rows.contains(&row);
        let place = || index(row - rows.start) * columns.len() + index(column - columns.start);
        if inside {
            self.tiles.get(place())
        } else {
            None
        }
    }

    /// Bytes in memory. Views of one request count once each.
    pub(crate) fn bytes(&self) -> u64 {
        self.tiles.iter().map(|tile| to_u64(tile.bytes.len())).sum()
    }
}

/// The length of a tile in a file without lengths: exact if nothing is compressed, otherwise as far
/// as the file goes.
fn uncounted(image: &Image, offset: u64, decoded: u64, length: u64) -> u64 {
    let rest = length.saturating_sub(offset);
    match (offset, image.compression) {
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
    fn new(array: &'a IndexArray, runs: &[Range<u64>], source: &dyn ByteSource) -> Result<Self> {
        if let Some(bytes) = array.loaded() {
            return Ok(Lookup {
                array,
                parts: vec![(0, bytes.clone())],
            });
        }
        let Some(whole) = array.deferred() else {
            return Ok(Lookup {
                array,
                parts: Vec::new(),
            });
        };
        let width = array.width();
        let clip = |run: &Range<u64>| run.start.min(array.count())..run.end.min(array.count());
        let runs: Vec<Range<u64>> = runs.iter().map(clip).collect();
        let bytes =
            |run: &Range<u64>| whole.start + run.start * width..whole.start + run.end * width;
        let wanted: Vec<Range<u64>> = runs.iter().map(bytes).collect();
        let answers = fetch::fetch(source, &wanted).map_err(|error| error.at_tag(array.tag()))?;
        Ok(Lookup {
            array,
            parts: runs.iter().map(|run| run.start).zip(answers).collect(),
        })
    }

    /// The array's value for a tile.
    fn value(&self, tile: u64) -> Result<u64> {
        let part = self.parts.partition_point(|&(first, _)| first <= tile);
        let part = part.checked_sub(1).and_then(|part| self.parts.get(part));
        let found = part.and_then(|(first, bytes)| self.array.value(bytes, *first, tile));
        found.ok_or_else(|| {
            let (found, expected) = (self.array.count(), tile + 1);
            Error::from(Malformed::TagCount { found, expected }).at_tag(self.array.tag())
        })
    }
}
