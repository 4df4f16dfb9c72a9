//! From a window to the tiles it touches, to their byte ranges, to their bytes.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::file::OpenSource;
use super::locate::{self, Search, Wanted};
use crate::cache::{Flight, Found, Key, Lead, Tile, TileCache};
use crate::counters::Counters;
use crate::error::Result;
use crate::format::image::Image;
use crate::grid::{Touched, Window};
use crate::limits::{index, to_u64};
use crate::tile::TileDecoder;

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
    pub(crate) content: Content,
}

/// What is known of a fetched tile's pixels.
#[derive(Debug)]
pub(crate) enum Content {
    /// There are none in the file.
    Sparse,
    /// Where their compressed bytes stood, and the bytes.
    Compressed((Range<u64>, Bytes)),
    /// They were in the cache.
    Ready(Arc<Tile>),
    /// This read has fetched them for the cache.
    Made(Lead),
    /// Another read fetches them for the cache.
    Awaited(Arc<Flight>),
}

/// The place of one image's tiles in a cache.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) cache: Arc<TileCache>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) file: u64,
    pub(crate) level: usize,
    pub(crate) mask: bool,
}

impl Shelf {
    fn find(&self, tile: u64) -> Found {
        let Shelf {
            file, level, mask, ..
        } = *self;
        let found = self.cache.find(Key {
            file,
            level,
            mask,
            tile,
        });
        match found {
            Found::Missing(_) => self.counters.add_miss(),
            Found::Ready(_) | Found::Underway(_) => self.counters.add_hit(),
        }
        found
    }
}

struct Place {
    index: u64,
    position: (u32, u32),
}

impl Place {
    fn wanted(&self, image: &Image) -> Wanted {
        Wanted {
            index: self.index,
            rows: image.tile_rows(self.position.1),
        }
    }
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

    /// Cuts a window into windows of whole rows of tiles, each of tiles of about `bytes` decoded bytes.
    pub(crate) fn batches(image: &Image, window: Window, bands: usize, bytes: u64) -> Vec<Window> {
        let height = u64::from(image.tile.height);
        let samples = if image.planar {
            to_u64(bands)
        } else {
            image.bands.into()
        };
        let sample = to_u64(image.data_type.bytes());
        let across = to_u64(image.grid().touched(window).columns.len());
        let tile = image.tile.area().saturating_mul(samples * sample);
        let rows = (bytes / tile.saturating_mul(across).max(1)).max(1) * height;
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
        source: &OpenSource,
    ) -> Result<()> {
        let search = Search::new(image, source, decoder);
        if search.is_deferred() {
            return Ok(());
        }
        let mut places = self.places(image);
        let mut wanted = Vec::new();
        loop {
            wanted.clear();
            let next = places.by_ref().take(CHECKED);
            wanted.extend(next.map(|place| place.wanted(image)));
            if wanted.is_empty() {
                return Ok(());
            }
            locate::check(search, &wanted)?;
        }
    }

    /// Reads the tiles that are not on the shelf.
    pub(crate) fn fetch(
        self,
        image: &Image,
        decoder: &TileDecoder,
        source: &OpenSource,
        shelf: Option<&Shelf>,
    ) -> Result<Fetched> {
        let places: Vec<Place> = self.places(image).collect();
        let find = |shelf: &Shelf| places.iter().map(|place| shelf.find(place.index)).collect();
        let found: Vec<Found> = shelf.map(find).unwrap_or_default();
        let missing = |place: usize| matches!(found.get(place), None | Some(Found::Missing(_)));
        let wanted: Vec<Wanted> = (0..)
            .zip(&places)
            .filter(|(number, _)| missing(*number))
            .map(|(_, place)| place.wanted(image))
            .collect();
        let search = Search::new(image, source, decoder);
        let mut read = locate::read(search, &wanted)?.into_iter();
        let mut next = || read.next().flatten();
        let mut content = |found| match found {
            None => next().map_or(Content::Sparse, Content::Compressed),
            Some(Found::Missing(lead)) => {
                lead.fetched(next());
                Content::Made(lead)
            }
            Some(Found::Underway(flight)) => Content::Awaited(flight),
            Some(Found::Ready(Some(tile))) => Content::Ready(tile),
            Some(Found::Ready(None)) => Content::Sparse,
        };
        let mut found = found.into_iter();
        let tile = |Place { index, position }| FetchedTile {
            index,
            position,
            content: content(found.next()),
        };
        let tiles = places.into_iter().map(tile).collect();
        Ok(Fetched { plan: self, tiles })
    }

    /// The tiles plane by plane, row by row.
    fn places(&self, image: &Image) -> impl Iterator<Item = Place> {
        let (grid, touched) = (image.grid(), &self.touched);
        let plane = move |&plane: &u64| {
            touched.iter().map(move |(column, row)| Place {
                index: plane * grid.count() + grid.index(column, row),
                position: (column, row),
            })
        };
        self.planes.iter().flat_map(plane)
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

    /// Compressed bytes in memory. Views of one request count once each.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = |tile: &FetchedTile| tile.compressed().map_or(0, |bytes| to_u64(bytes.len()));
        self.tiles.iter().map(bytes).sum()
    }
}

impl FetchedTile {
    /// The compressed bytes of a tile that was fetched past the cache and is not sparse.
    pub(crate) fn compressed(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Compressed((_, bytes)) => Some(bytes),
            _ => None,
        }
    }
}

/// Tiles that are checked at a time.
const CHECKED: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::DataType;
    use crate::write::{CogOptions, Compression};

    /// What counts is the tiles that are fetched, not the pixels that are wanted of them.
    #[test]
    fn batches_of_a_narrow_window() {
        let limits = crate::Limits::default();
        let (size, all) = (
            crate::grid::Size::new(40, 3000),
            crate::block::Validity::All,
        );
        let block = crate::Block::zeroed(2, size, DataType::U16, all, &limits).expect("small");
        let options = CogOptions::default();
        let options = options.blocksize(16).compression(Compression::None);
        let raster = crate::write::Raster::of_block(&block);
        let mut bytes = Vec::new();
        crate::write::write_block_to(&mut bytes, &block, raster, &options).expect("written");
        let source = crate::source::memory::MemorySource::new(bytes);
        let cog = crate::Cog::from_source(source, &crate::Context::default()).expect("sound");
        let (base, column) = (cog.base(), Window::new(20, 8, 1, 2000));
        // A tile has 16 x 16 x 2 bands x 2 bytes.
        for (bytes, rows) in [(1024, 16), (4095, 48), (4096, 64), (1 << 20, 16 << 10)] {
            let batches = Plan::batches(base.image(), column, 1, bytes);
            let count = (8u32 + 2000).div_ceil(rows);
            assert_eq!(
                batches.len(),
                usize::try_from(count).expect("few"),
                "{bytes}"
            );
            let whole: u32 = batches.iter().map(|batch| batch.height).sum();
            assert_eq!((whole, batches[0].height), (2000, (rows - 8).min(2000)));
        }
    }
}
