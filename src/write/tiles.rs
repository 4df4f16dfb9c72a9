//! The encoded tiles of one level: sizes in memory, bytes in spools, each tile between its leader
//! and its trailer as it will stand in the file.

use std::io::Write;

use bytes::Bytes;

use crate::error::{ErrorKind, Result};
use crate::format::layout::{
    Interleave, LEADER_BYTES, LevelTiles, MaskTiles, TRAILER_BYTES, TileOf,
};
use crate::grid::TileGrid;
use crate::limits::{to_u64, to_usize};
use crate::spool::{Lane, Spool, SpoolBudget};

/// A tile of the base whose encoded form is known already: that of an input.
#[derive(Debug)]
pub(crate) struct PassedTile {
    /// Column and row of the tile.
    pub(crate) position: (u32, u32),
    /// The encoded bytes.
    pub(crate) bytes: Bytes,
}

/// The encoded tiles of one level. They come place by place, row by row: those of all planes, then
/// that of the mask.
#[derive(Debug)]
pub(crate) struct EncodedTiles {
    /// Grid and sizes.
    pub(crate) level: LevelTiles,
    interleave: Interleave,
    /// Records that follow each other in the file, stream after stream.
    streams: Vec<Spool>,
}

impl EncodedTiles {
    /// No tiles yet of a level of so many planes.
    pub(crate) fn new(
        grid: TileGrid,
        interleave: Interleave,
        planes: usize,
        masked: bool,
        budget: &SpoolBudget,
    ) -> Result<Self> {
        let count = to_usize(grid.count())?;
        let mut level = LevelTiles::new(grid);
        level.sizes = vec![0; count.saturating_mul(planes)];
        level.mask = masked.then(|| MaskTiles {
            sizes: vec![0; count],
            ..MaskTiles::default()
        });
        let streams = match interleave {
            Interleave::Pixel => 1,
            Interleave::Tile => 2,
            Interleave::Band => planes + 1,
        };
        Ok(EncodedTiles {
            level,
            interleave,
            streams: spools(streams, budget),
        })
    }

    /// The beginning of a tile's record: room for the leader. The payload is appended to it.
    pub(crate) fn record() -> Vec<u8> {
        vec![0; LEADER]
    }

    /// Completes a record: leader and trailer.
    pub(crate) fn close(mut record: Vec<u8>) -> Vec<u8> {
        let size = u32::try_from(record.len() - LEADER).unwrap_or(u32::MAX);
        record[..LEADER].copy_from_slice(&size.to_le_bytes());
        let trailer = trailer(&record[LEADER..]);
        record.extend(trailer);
        record
    }

    /// Appends the completed record of the tile of a plane, or of the mask. A sparse tile has none.
    pub(crate) fn push(&mut self, tile: TileOf, record: &[u8], budget: &SpoolBudget) -> Result<()> {
        let size = to_u64(record.len()) - LEADER_BYTES - TRAILER_BYTES;
        let allowed = u64::from(u32::MAX) - 1;
        let too_large = || ErrorKind::Limit {
            what: "tile_bytes",
            needed: size,
            allowed,
        };
        let size = u32::try_from(size).ok().filter(|&size| size < u32::MAX);
        let size = size.ok_or_else(too_large)?;
        let last = self.streams.len() - 1;
        let (stream, sizes, place) = match (tile, &mut self.level.mask) {
            (TileOf::Mask(place), Some(mask)) => (last, &mut mask.sizes, place),
            (TileOf::Image(place) | TileOf::Mask(place), _) => {
                let plane = place / self.level.grid.count().max(1);
                let stream = match self.interleave {
                    Interleave::Band => to_usize(plane)?,
                    Interleave::Pixel | Interleave::Tile => 0,
                };
                (stream, &mut self.level.sizes, place)
            }
        };
        sizes[to_usize(place)?] = size;
        Ok(self.streams[stream].append(record, budget)?)
    }

    /// Bytes in memory.
    pub(crate) fn memory(&self) -> u64 {
        let spools: u64 = self.streams.iter().map(Spool::memory_bytes).sum();
        let masks = self.level.mask.as_ref().map_or(0, |mask| mask.sizes.len());
        spools + 4 * to_u64(self.level.sizes.len() + masks)
    }

    /// Copies all records to `out`, in the order of the file.
    pub(crate) fn copy_to(self, out: &mut dyn Write, budget: &SpoolBudget) -> Result<()> {
        for stream in self.streams {
            stream.copy_to(out, budget)?;
        }
        Ok(())
    }
}

/// A spool for each stream. Neighbours share a lane if there are many streams, so that not each
/// needs a file.
fn spools(streams: usize, budget: &SpoolBudget) -> Vec<Spool> {
    let count = streams.min(LANES);
    let lanes: Vec<Lane> = (0..count).map(|_| budget.lane()).collect();
    let spool = |stream| Spool::new(lanes[stream * count / streams]);
    (0..streams).map(spool).collect()
}

/// Writes the record of a tile whose encoded bytes, fewer than 2^32, are known already.
pub(crate) fn write_record(out: &mut dyn Write, payload: &[u8]) -> Result<()> {
    let size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    out.write_all(&size.to_le_bytes())?;
    out.write_all(payload)?;
    Ok(out.write_all(&trailer(payload))?)
}

/// The last four bytes of a payload; one of fewer bytes is followed by zeros.
fn trailer(payload: &[u8]) -> [u8; LEADER] {
    let mut trailer = [0; LEADER];
    let last = payload.len().min(LEADER);
    trailer[..last].copy_from_slice(&payload[payload.len() - last..]);
    trailer
}

const LEADER: usize = 4;
/// The most lanes of a level.
const LANES: usize = 8;

const _: () = assert!(LEADER_BYTES == 4 && TRAILER_BYTES == 4);
