//! Leaders and trailers: what GDAL's COG driver writes around tiles, and says so in text before the
//! first directory (the "ghost area"). With them a tile's length is known without the array of
//! lengths: the next tile's offset bounds it, the leader says it, the trailer confirms it.
//!
//! The text is a hint. Nothing is believed that the bytes around a tile do not bear out.

use super::ghost::Ghost;
use super::layout::{Interleave, LEADER_BYTES, TRAILER_BYTES};
use crate::limits::{to_u64, to_usize};

/// How the tiles of a file are framed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Framing {
    /// True if each tile may be followed by that of the mask of the same level.
    pub masks: bool,
}

impl Framing {
    /// What a ghost area claims; `None` unless every tile stands between a leader and a trailer and
    /// before the next one of its array. That excludes `INTERLEAVE=TILE`, whose next tile in the file
    /// is another plane's, and files that were changed since.
    pub fn of(ghost: &Ghost) -> Option<Self> {
        let framed = ghost.row_major
            && ghost.leader
            && ghost.trailer
            && !ghost.incompatible_edition
            && ghost.interleave != Some(Interleave::Tile);
        framed.then_some(Framing {
            masks: ghost.mask_interleaved,
        })
    }

    /// The length of the tile whose leader begins `span`, all bytes up to the next tile's leader.
    /// `None` unless leaders and trailers account for every byte.
    pub fn tile_length(self, span: &[u8]) -> Option<u64> {
        let (tile, rest) = framed(span)?;
        let mask = self.masks.then(|| framed(rest)).flatten();
        let whole = rest.is_empty() || mask.is_some_and(|(_, rest)| rest.is_empty());
        whole.then(|| to_u64(tile.len()))
    }
}

/// The bytes between the leader at the start of `bytes` and their trailer, and what follows.
fn framed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (leader, rest) = bytes.split_at_checked(to_usize(LEADER_BYTES).ok()?)?;
    let length = u32::from_le_bytes(leader.try_into().ok()?);
    let (tile, rest) = rest.split_at_checked(to_usize(length.into()).ok()?)?;
    let (trailer, rest) = rest.split_at_checked(to_usize(TRAILER_BYTES).ok()?)?;
    let repeated = tile.len().min(trailer.len());
    let same = trailer[..repeated] == tile[tile.len() - repeated..];
    (same && !tile.is_empty()).then_some((tile, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text as `cog-format` gives it, byte for byte.
    fn text(lines: &str) -> Vec<u8> {
        let lines = format!("LAYOUT=IFDS_BEFORE_DATA\n{lines}");
        format!(
            "GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{lines}",
            lines.len()
        )
        .into()
    }

    const USUAL: &str = "BLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
        BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";

    fn parse(bytes: &[u8]) -> Option<Framing> {
        Ghost::parse(bytes).as_ref().and_then(Framing::of)
    }

    #[test]
    fn texts() {
        let masks = |masks| Some(Framing { masks });
        let with = |more: &str| text(&format!("{USUAL}{more}"));
        for (bytes, expected) in [
            (text(USUAL), masks(false)),
            (with("MASK_INTERLEAVED_WITH_IMAGERY=YES\n"), masks(true)),
            (with("MASK_INTERLEAVED_WITH_IMAGERY=NO\n"), masks(false)),
            (text(&format!("INTERLEAVE=BAND\n{USUAL}")), masks(false)),
            (text(&format!("INTERLEAVE=TILE\n{USUAL}")), None),
            (text(&USUAL.replace("=NO\n ", "=YES\n")), None),
            (text(&USUAL.replace("ROW", "COLUMN")), None),
            (text(&USUAL.replace("BLOCK_LEADER", "BLOCK_FOLLOWER")), None),
            (text(&USUAL.replace("LAST_4", "LAST_8")), None),
            (b"GDAL_STRUCTURAL_METADATA_SIZE=".to_vec(), None),
            (
                b"GDAL_STRUCTURAL_METADATA_SIZE=-00140 bytes\n".to_vec(),
                None,
            ),
            (Vec::new(), None),
        ] {
            let case = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(parse(&bytes), expected, "{case}");
        }
        let needed = text(USUAL).len() - "\nKNOWN_INCOMPATIBLE_EDITION=NO\n ".len();
        for cut in 0..needed {
            assert_eq!(parse(&text(USUAL)[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn spans() {
        let [plain, masked] = [false, true].map(|masks| Framing { masks });
        let tile = b"\x05\0\0\0abcdebcde";
        let short = b"\x02\0\0\0xyxy\0\0";
        let both = [&tile[..], short].concat();
        for (span, one, two) in [
            (&tile[..], Some(5), Some(5)),
            (short, Some(2), Some(2)),
            (&both, None, Some(5)),
            (&both[..both.len() - 1], None, None),
            (&tile[..12], None, None),
            (b"\x05\0\0\0abcdebcdf", None, None),
            (b"\x04\0\0\0abcdebcde", None, None),
            (b"\xff\xff\xff\xffabcdebcde", None, None),
            (b"\0\0\0\0\0\0\0\0", None, None),
            (b"\x05\0\0", None, None),
            (b"", None, None),
        ] {
            assert_eq!(plain.tile_length(span), one, "{span:?}");
            assert_eq!(masked.tile_length(span), two, "{span:?}");
        }
    }
}
