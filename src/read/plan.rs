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
    /// Which tiles of a plane are fetched, if not all.
    kept: Option<Vec<bool>>,
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
    /// Nothing: it was not to be fetched.
    LeftOut,
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
    kept: bool,
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
            kept: None,
        }
    }

    /// Leaves out the tiles that none of these windows, parts of the whole, touches: they are not
    /// fetched, and to decode them is an error.
    #[must_use]
    pub(crate) fn only(mut self, image: &Image, parts: &[Window]) -> Self {
        let mut kept = vec![false; self.touched.len()];
        for &part in parts {
            for tile in image.grid().touched(part).iter() {
                kept[place(&self.touched, tile)] = true;
            }
        }
        self.kept = Some(kept);
        self
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
        let find = |place: &Place| Some(shelf.filter(|_| place.kept)?.find(place.index));
        let found: Vec<Option<Found>> = places.iter().map(find).collect();
        let wanted: Vec<Wanted> = places
            .iter()
            .zip(&found)
            .filter(|(place, found)| place.kept && matches!(found, None | Some(Found::Missing(_))))
            .map(|(place, _)| place.wanted(image))
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
        let tile = |(place, found): (Place, _)| FetchedTile {
            index: place.index,
            position: place.position,
            content: match place.kept {
                true => content(found),
                false => Content::LeftOut,
            },
        };
        let tiles = places.into_iter().zip(found).map(tile).collect();
        Ok(Fetched { plan: self, tiles })
    }

    /// The tiles plane by plane, row by row.
    fn places(&self, image: &Image) -> impl Iterator<Item = Place> {
        let (grid, touched) = (image.grid(), &self.touched);
        let plane = move |&plane: &u64| {
            touched.iter().map(move |(column, row)| Place {
                index: plane * grid.count() + grid.index(column, row),
                position: (column, row),
                kept: self.keeps((column, row)),
            })
        };
        self.planes.iter().flat_map(plane)
    }

    /// Whether a tile that the window touches is fetched.
    fn keeps(&self, tile: (u32, u32)) -> bool {
        let kept = self.kept.as_ref();
        kept.is_none_or(|kept| kept[place(&self.touched, tile)])
    }
}

/// The place of a tile among those that a window touches, row by row.
fn place(touched: &Touched, (column, row): (u32, u32)) -> usize {
    let Touched { columns, rows } = touched;
    index(row - rows.start) * columns.len() + index(column - columns.start)
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
        let touched = &self.plan.touched;
        let planes = self.tiles.chunks(touched.len().max(1));
        planes.map(move |tiles| {
            part.iter()
                .map(|tile| &tiles[place(touched, tile)])
                .collect()
        })
    }

    /// The fetched tile of the first plane at a column and row, if the window touches it.
    pub(crate) fn tile(&self, column: u32, row: u32) -> Option<&FetchedTile> {
        let touched = &self.plan.touched;
        let inside = touched.columns.contains(&column) && touched.rows.contains(&row);
        let place = inside.then(|| place(touched, (column, row)))?;
        self.tiles.get(place)
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
    use crate::block::Validity;
    use crate::error::{ErrorKind, Usage};
    use crate::grid::Size;
    use crate::sample::Samples;
    use crate::write::{CogOptions, Compression, Interleave};

    /// Two bands of uint16 in tiles of 16 x 16.
    fn cog(size: Size, interleave: Interleave) -> crate::Cog {
        let number = |at: u64| u16::try_from(at % 65521).expect("less than 65521");
        let samples = (0..2 * size.area()).map(number).collect();
        let block = crate::Block::new(2, size, Samples::U16(samples), Validity::All);
        let block = block.expect("the shape");
        let options = CogOptions::default().interleave(interleave);
        let options = options.blocksize(16).compression(Compression::None);
        let raster = crate::write::Raster::of_block(&block);
        let mut bytes = Vec::new();
        crate::write::write_block_to(&mut bytes, &block, raster, &options).expect("written");
        let source = crate::source::memory::MemorySource::new(bytes);
        crate::Cog::from_source(source, &crate::Context::default()).expect("sound")
    }

    /// Tiles that are left out are not read, and never taken for sparse ones.
    #[test]
    fn some_tiles_of_a_window() {
        for (interleave, tile_bytes) in [(Interleave::Pixel, 1024), (Interleave::Band, 2 * 512)] {
            let cog = cog(Size::new(40, 40), interleave);
            let (base, window) = (cog.base(), Window::new(0, 16, 40, 24));
            let decoder = base.decoder().expect("a sound file");
            let counters = &base.context().counters;
            let before = counters.bytes_read();
            // The first tile of the upper row; the second and third of the lower.
            let parts = [Window::new(3, 20, 13, 12), Window::new(31, 32, 2, 8)];
            let fetched = base.fetch_parts(&decoder, (window, &parts), &[0, 1], None);
            let fetched = fetched.expect("a sound file");
            assert_eq!(counters.bytes_read() - before, 3 * tile_bytes);
            assert_eq!(fetched.bytes(), 3 * tile_bytes);
            for part in parts {
                let block = base.decode(&decoder, &fetched, part, 2).expect("fetched");
                let whole = (0..2).flat_map(|band| {
                    let rows = part.row..part.row + part.height;
                    rows.flat_map(move |row| {
                        let columns = part.column..part.column + part.width;
                        columns.map(move |column| band * 1600 + row * 40 + column)
                    })
                });
                let found = block.as_slice::<u16>().expect("uint16");
                assert!(found.iter().map(|&sample| u32::from(sample)).eq(whole));
            }
            for part in [Window::new(16, 16, 1, 1), Window::new(15, 31, 2, 1), window] {
                let error = base
                    .decode(&decoder, &fetched, part, 2)
                    .expect_err("left out");
                let usage = matches!(error.kind(), ErrorKind::Usage(Usage::Option(_)));
                assert!(usage, "{part}: {error}");
                assert_eq!(error.place().tile, Some(4), "{part}");
            }
        }
    }

    /// What counts is the tiles that are fetched, not the pixels that are wanted of them.
    #[test]
    fn batches_of_a_narrow_window() {
        let cog = cog(Size::new(40, 3000), Interleave::Pixel);
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
