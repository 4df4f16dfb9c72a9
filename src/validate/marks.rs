//! Leaders and trailers: the few bytes around each tile that the ghost area claims.

use std::ops::Range;

use super::report::Findings;
use super::rule::Rule;
use super::survey::{Picture, Survey};
use super::tiles::Tile;
use crate::error::Result;
use crate::format::layout::{LEADER_BYTES, TRAILER_BYTES};
use crate::limits::to_usize;
use crate::source::{ByteSource, fetch};

/// Checks the leaders and trailers of a picture's tiles, a batch at a time.
pub(super) struct Marks<'a> {
    survey: &'a Survey,
    picture: &'a Picture,
    leader: bool,
    trailer: bool,
    batch: Vec<(u64, Tile)>,
    most: usize,
}

/// Bytes that one batch may fetch, the gaps between tiles that the source prefers to read included.
const BATCH_BYTES: u64 = 32 << 20;
/// Tiles of the largest batch.
const LARGEST_BATCH: usize = 1024;
/// Bytes that are read around one tile: its leader, its last four bytes and its trailer.
const READ_BYTES: u64 = LEADER_BYTES + 2 * TRAILER_BYTES;

impl<'a> Marks<'a> {
    /// Checks nothing unless it is asked to, or of what the ghost area does not claim.
    pub(super) fn new(survey: &'a Survey, picture: &'a Picture, full: bool) -> Self {
        let gap = survey.file.source.source.profile().gap;
        let most = BATCH_BYTES / gap.saturating_mul(2).saturating_add(READ_BYTES);
        Marks {
            survey,
            picture,
            leader: full && survey.claims(|ghost| ghost.leader),
            trailer: full && survey.claims(|ghost| ghost.trailer),
            batch: Vec::new(),
            most: to_usize(most).map_or(LARGEST_BATCH, |most| most.clamp(1, LARGEST_BATCH)),
        }
    }

    /// Takes a tile; tiles that reach out of the file, or are too large for a leader, are left out.
    pub(super) fn push(&mut self, index: u64, tile: Tile, findings: &mut Findings) -> Result<()> {
        let wanted = self.leader || self.trailer;
        let marked = tile.bytes <= u64::from(u32::MAX);
        if wanted && marked && tile.end() <= self.survey.length() {
            self.batch.push((index, tile));
        }
        match self.batch.len() < self.most {
            true => Ok(()),
            false => self.finish(findings),
        }
    }

    /// Checks the tiles that are still to be checked.
    pub(super) fn finish(&mut self, findings: &mut Findings) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let leaders = batch.iter().map(|&(_, tile)| self.leader_range(tile));
        let trailers = batch.iter().map(|&(_, tile)| self.trailer_range(tile));
        let ranges: Vec<Range<u64>> = leaders.chain(trailers).collect();
        let bytes = fetch::fetch(&self.survey.file.source.source, &ranges)?;
        let (leaders, trailers) = bytes.split_at(batch.len());
        for (&(index, tile), (leader, trailer)) in batch.iter().zip(leaders.iter().zip(trailers)) {
            if self.leader {
                self.check_leader(index, tile, leader, findings);
            }
            if self.trailer {
                self.check_trailer(index, tile, trailer, findings);
            }
        }
        Ok(())
    }

    /// The leader's bytes; none if there is no room for one, or it is not wanted.
    fn leader_range(&self, tile: Tile) -> Range<u64> {
        match tile.offset.checked_sub(LEADER_BYTES) {
            Some(start) if self.leader => start..tile.offset,
            _ => 0..0,
        }
    }

    /// The tile's last bytes, four if it has as many, and the trailer.
    fn trailer_range(&self, tile: Tile) -> Range<u64> {
        let end = tile.end().saturating_add(TRAILER_BYTES);
        match self.trailer && end <= self.survey.length() {
            true => tile.end() - tile.bytes.min(TRAILER_BYTES)..end,
            false => 0..0,
        }
    }

    fn check_leader(&self, index: u64, tile: Tile, leader: &[u8], findings: &mut Findings) {
        let found = leader.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        if found.map(u64::from) == Some(tile.bytes) {
            return;
        }
        let offset = tile.offset.saturating_sub(LEADER_BYTES);
        let at = self.picture.at().tile(index).byte(offset);
        findings.error(Rule::Leader, at, || match found {
            Some(found) => format!("the leader is {found}, the tile has {} bytes", tile.bytes),
            None => "there is no room for a leader".into(),
        });
    }

    /// A tile of less than four bytes is followed by them and zeros.
    fn check_trailer(&self, index: u64, tile: Tile, bytes: &[u8], findings: &mut Findings) {
        let last = bytes.len().checked_sub(4).map(|at| bytes.split_at(at));
        let right = last.is_some_and(|(last, trailer)| {
            let (same, zeros) = trailer.split_at(last.len());
            last == same && zeros.iter().all(|&byte| byte == 0)
        });
        if !right {
            let at = self.picture.at().tile(index).byte(tile.end());
            findings.error(Rule::Trailer, at, || match last {
                Some((last, trailer)) => {
                    format!("the trailer is {trailer:?}, the tile ends with {last:?}")
                }
                None => "the file ends before the trailer".into(),
            });
        }
    }
}
