//! What is needed of a level to copy its tiles undecoded.

use std::ops::Range;

use bytes::Bytes;

use super::level::Level;
use super::locate::{self, Search};
use crate::error::Result;
use crate::format::annotations::PlainTag;
use crate::source::fetch;

impl Level {
    /// The tags that a decoder of the tiles needs, as they are.
    pub(crate) fn coding_tags(&self) -> &[PlainTag] {
        &self.layer().coding
    }

    /// Where some tiles are, by their indices in the level's arrays; `None` for sparse ones.
    pub(crate) fn tile_ranges(&self, tiles: Range<u64>) -> Result<Vec<Option<Range<u64>>>> {
        let image = self.image();
        let search = Search::undecoded(image, &self.layer().source);
        let ranges = search.and_then(|search| locate::ranges(search, tiles));
        ranges.map_err(|error| self.place(error))
    }

    /// The bytes of some ranges of the file.
    pub(crate) fn fetch_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        fetch::fetch(&self.layer().source.source, ranges).map_err(|error| self.place(error))
    }
}
