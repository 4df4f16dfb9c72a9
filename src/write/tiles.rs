//! The encoded tiles of one level: sizes in memory, bytes in a spool, each tile between its leader
//! and its trailer as it will stand in the file.

use std::io::Write;

use bytes::Bytes;

use crate::error::{ErrorKind, Result};
use crate::format::layout::{LEADER_BYTES, LevelTiles, TRAILER_BYTES};
use crate::grid::TileGrid;
use crate::limits::to_u64;
use crate::spool::{Spool, SpoolBudget};

/// A tile of the base whose encoded form is known already: that of an input.
#[derive(Debug)]
pub(crate) struct PassedTile {
    /// Column and row of the tile.
    pub(crate) position: (u32, u32),
    /// The encoded bytes.
    pub(crate) bytes: Bytes,
}

/// The encoded tiles of one level, row by row.
#[derive(Debug)]
pub(crate) struct EncodedTiles {
    /// Grid and sizes.
    pub(crate) level: LevelTiles,
    spool: Spool,
}

impl EncodedTiles {
    pub(crate) fn new(grid: TileGrid) -> Self {
        EncodedTiles {
            level: LevelTiles {
                grid,
                sizes: Vec::new(),
            },
            spool: Spool::default(),
        }
    }

    /// The beginning of a tile's record: room for the leader. The payload is appended to it.
    pub(crate) fn record() -> Vec<u8> {
        vec![0; LEADER]
    }

    /// Completes a record: leader and trailer. A payload of fewer than four bytes is followed by
    /// its bytes and zeros.
    pub(crate) fn close(mut record: Vec<u8>) -> Vec<u8> {
        let payload = record.len() - LEADER;
        let size = u32::try_from(payload).unwrap_or(u32::MAX);
        record[..LEADER].copy_from_slice(&size.to_le_bytes());
        let mut trailer = [0; LEADER];
        let last = payload.min(LEADER);
        trailer[..last].copy_from_slice(&record[record.len() - last..]);
        record.extend(trailer);
        record
    }

    /// Appends a completed record.
    pub(crate) fn push(&mut self, record: &[u8], budget: &SpoolBudget) -> Result<()> {
        let size = to_u64(record.len()) - LEADER_BYTES - TRAILER_BYTES;
        let allowed = u64::from(u32::MAX) - 1;
        let too_large = || ErrorKind::Limit {
            what: "tile_bytes",
            needed: size,
            allowed,
        };
        let size = u32::try_from(size).ok().filter(|&size| size < u32::MAX);
        self.level.sizes.push(size.ok_or_else(too_large)?);
        Ok(self.spool.append(record, budget)?)
    }

    /// Bytes in memory.
    pub(crate) fn memory(&self) -> u64 {
        self.spool.memory_bytes() + 4 * to_u64(self.level.sizes.len())
    }

    /// Copies all records to `out`.
    pub(crate) fn copy_to(&mut self, out: &mut dyn Write) -> Result<()> {
        Ok(self.spool.copy_to(out)?)
    }
}

const LEADER: usize = 4;

const _: () = assert!(LEADER_BYTES == 4 && TRAILER_BYTES == 4);
