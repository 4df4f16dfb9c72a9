//! What is needed of a level to copy its tiles undecoded.

use std::ops::Range;

use bytes::Bytes;

use super::level::Level;
use super::locate::{self, Search};
use crate::error::Result;
use crate::format::annotations::PlainTag;
use crate::source::{ByteSource, fetch, ranges};

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

    /// How many tiles there are, in all planes, sparse ones too.
    pub(crate) fn stored_tiles(&self) -> u64 {
        let image = self.image();
        image.grid().count() * u64::from(image.planes())
    }

    /// The bytes of each request for the positions of some neighbouring tiles, as
    /// [`tile_ranges`](Self::tile_ranges) makes them.
    pub(crate) fn survey_positions(&self, tiles: Range<u64>) -> Result<Vec<u64>> {
        let image = self.image();
        let search = Search::undecoded(image, &self.layer().source);
        let survey = search.map(|search| locate::survey_positions(search, tiles));
        survey.map_err(|error| self.place(error))
    }

    /// The bytes of each request for some ranges, as [`fetch_ranges`](Self::fetch_ranges) makes them.
    pub(crate) fn survey_ranges(&self, ranges: &[Range<u64>]) -> Vec<u64> {
        let requests = ranges::merge(ranges, self.layer().source.source.profile());
        let bytes = requests
            .iter()
            .map(|request| request.range.end - request.range.start);
        bytes.collect()
    }

    /// The bytes of some ranges of the file.
    pub(crate) fn fetch_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        fetch::fetch(&self.layer().source.source, ranges).map_err(|error| self.place(error))
    }
}
