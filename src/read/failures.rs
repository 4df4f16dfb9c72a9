//! Tiles that could not be fetched or decoded, and count as invalid because the caller wants it so.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::level::Level;
use super::plan::FetchedTile;
use crate::error::{Error, ErrorKind};
use crate::grid::Window;

/// A tile that could not be fetched or decoded.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedTile {
    /// The file: a path, a URL.
    pub source: String,
    /// The level: 0 is the base, 1 the first overview.
    pub level: usize,
    /// Whether it is a tile of the level's mask.
    pub mask: bool,
    /// The index in the level's tile arrays.
    pub tile: u64,
    /// Its pixels in the level.
    pub window: Window,
    /// Why.
    pub error: Error,
    /// What tells the open file from others.
    file: u64,
}

impl FailedTile {
    /// Whether both are one and the same tile.
    pub(crate) fn is_same(&self, other: &FailedTile) -> bool {
        let key = |tile: &FailedTile| (tile.file, tile.level, tile.mask, tile.tile);
        key(self) == key(other)
    }
}

/// The tiles of a job that failed, each once.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    tiles: Mutex<BTreeMap<Key, FailedTile>>,
}

/// What makes two tiles the same: file, level, mask, index.
type Key = (u64, usize, bool, u64);

impl Failures {
    /// Whether an error is that of a tile: not one of the caller's, of memory, or the word to stop.
    pub(crate) fn take(error: &Error) -> bool {
        match error.kind() {
            ErrorKind::Io(error) => error.kind() != io::ErrorKind::OutOfMemory,
            ErrorKind::Malformed(_) | ErrorKind::Unsupported(_) | ErrorKind::Remote(_) => true,
            _ => false,
        }
    }

    /// Takes a tile that failed.
    pub(super) fn add(&self, level: &Level, tile: &FetchedTile, error: Error) {
        let (file, index, mask) = level.identity();
        self.tiles()
            .entry((file, index, mask, tile.index))
            .or_insert_with(|| {
                level.context().counters.add_failed();
                let (column, row) = tile.position;
                let error = level.place(error.at_tile(tile.index));
                FailedTile {
                    source: error.place().source.clone().unwrap_or_default(),
                    level: index,
                    mask,
                    tile: tile.index,
                    window: level.image().grid().window(column, row),
                    error,
                    file,
                }
            });
    }

    /// The pixels of a level's failed tiles in a window of it.
    pub(crate) fn inside(&self, level: &Level, window: Window) -> Vec<Window> {
        let (file, index, mask) = level.identity();
        let keys = (file, index, mask, 0)..=(file, index, mask, u64::MAX);
        let tiles = self.tiles();
        let tiles = tiles.range(keys);
        tiles
            .filter_map(|(_, tile)| tile.window.intersection(window))
            .collect()
    }

    /// All of them, by file, level and index.
    pub(crate) fn take_all(&self) -> Vec<FailedTile> {
        let tiles = std::mem::take(&mut *self.tiles());
        let mut tiles: Vec<FailedTile> = tiles.into_values().collect();
        let order = |tile: &FailedTile| (tile.source.clone(), tile.level, tile.mask, tile.tile);
        tiles.sort_by_cached_key(order);
        tiles
    }

    fn tiles(&self) -> MutexGuard<'_, BTreeMap<Key, FailedTile>> {
        self.tiles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
