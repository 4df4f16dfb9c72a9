//! The ghost area: what GDAL says of a file's layout, as text between the file header and the first
//! directory.
//!
//! It is a hint. The text may be missing, cut or wrong, so nothing may be decoded by it alone.
//! Source: GDAL's `frmts/gtiff/gtiffdataset_write.cpp` and its documentation of the COG driver.

use super::layout::Interleave;
use crate::limits::to_u64;

/// What a ghost area claims.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Ghost {
    /// Bytes of the text after its first line, as that line says.
    pub declared: u64,
    /// `LAYOUT=IFDS_BEFORE_DATA`: all directories and arrays come before the first tile.
    pub ifds_before_data: bool,
    /// `BLOCK_ORDER=ROW_MAJOR`: the tiles of a level stand row by row.
    pub row_major: bool,
    /// `BLOCK_LEADER=SIZE_AS_UINT4`: each tile's size stands in the four bytes before it.
    pub leader: bool,
    /// `BLOCK_TRAILER=LAST_4_BYTES_REPEATED`: each tile's last four bytes stand again after it.
    pub trailer: bool,
    /// `KNOWN_INCOMPATIBLE_EDITION=YES`: a later change has made the claims untrue.
    pub incompatible_edition: bool,
    /// `MASK_INTERLEAVED_WITH_IMAGERY=YES`: each tile of the mask follows that of the image.
    pub mask_interleaved: bool,
    /// `INTERLEAVE`: the order of the planes of a planar file, by band or by tile.
    pub interleave: Option<Interleave>,
    /// Lines that mean nothing here.
    pub unknown: Vec<String>,
}

/// What the first line begins with.
const PREFIX: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE=";
/// What the first line ends with.
const SUFFIX: &[u8] = b" bytes\n";
/// Bytes of the first line: its number has six digits.
const FIRST_LINE: usize = PREFIX.len() + DIGITS + SUFFIX.len();
const DIGITS: usize = 6;

impl Ghost {
    /// Bytes after the file header that are worth reading for [`parse`](Self::parse): many times
    /// what GDAL writes.
    pub const MOST_BYTES: u64 = 4096;

    /// The claims in `bytes`, those of the file that follow its header; `None` if they are no ghost
    /// area.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let first = bytes.get(..FIRST_LINE)?;
        let number = first.strip_prefix(PREFIX)?;
        let digits = number.strip_suffix(SUFFIX)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let add = |sum, digit: &u8| sum * 10 + u64::from(digit - b'0');
        let mut ghost = Ghost {
            declared: digits.iter().fold(0, add),
            ..Ghost::default()
        };
        let declared = usize::try_from(ghost.declared).unwrap_or(usize::MAX);
        let text = &bytes[FIRST_LINE..];
        let text = String::from_utf8_lossy(&text[..declared.min(text.len())]).into_owned();
        for line in text.split('\n').map(|line| line.trim_matches([' ', '\0'])) {
            ghost.claim(line);
        }
        Some(ghost)
    }

    /// Bytes of the whole area, its first line included.
    pub fn bytes(&self) -> u64 {
        to_u64(FIRST_LINE) + self.declared
    }

    fn claim(&mut self, line: &str) {
        match line {
            "" | "KNOWN_INCOMPATIBLE_EDITION=NO" => {}
            "LAYOUT=IFDS_BEFORE_DATA" => self.ifds_before_data = true,
            "BLOCK_ORDER=ROW_MAJOR" => self.row_major = true,
            "BLOCK_LEADER=SIZE_AS_UINT4" => self.leader = true,
            "BLOCK_TRAILER=LAST_4_BYTES_REPEATED" => self.trailer = true,
            "KNOWN_INCOMPATIBLE_EDITION=YES" => self.incompatible_edition = true,
            "MASK_INTERLEAVED_WITH_IMAGERY=YES" => self.mask_interleaved = true,
            "INTERLEAVE=BAND" => self.interleave = Some(Interleave::Band),
            "INTERLEAVE=TILE" => self.interleave = Some(Interleave::Tile),
            _ => self.unknown.push(line.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those that GDAL 3.10 and 3.11 write (`cog-format.md`, section 1).
    #[test]
    fn claims() {
        let text = b"GDAL_STRUCTURAL_METADATA_SIZE=000174 bytes\nLAYOUT=IFDS_BEFORE_DATA\n\
            BLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
            BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n \
            MASK_INTERLEAVED_WITH_IMAGERY=YES\n\0\0\x13\0";
        let ghost = Ghost::parse(text).expect("a ghost area");
        let expected = Ghost {
            declared: 174,
            ifds_before_data: true,
            row_major: true,
            leader: true,
            trailer: true,
            mask_interleaved: true,
            ..Ghost::default()
        };
        assert_eq!((ghost.bytes(), ghost), (217, expected));

        let text = b"GDAL_STRUCTURAL_METADATA_SIZE=000048 bytes\nINTERLEAVE=TILE\n\
            KNOWN_INCOMPATIBLE_EDITION=YES\nX\n";
        let ghost = Ghost::parse(text).expect("a ghost area");
        assert_eq!(ghost.interleave, Some(Interleave::Tile));
        assert!(ghost.incompatible_edition && !ghost.row_major);
        assert_eq!(ghost.unknown, ["X"]);
    }

    #[test]
    fn what_is_none() {
        assert_eq!(Ghost::parse(b""), None);
        assert_eq!(Ghost::parse(b"GDAL_STRUCTURAL_METADATA_SIZE=000140"), None);
        assert_eq!(Ghost::parse(&[0; 200]), None);
        let lies = Ghost::parse(b"GDAL_STRUCTURAL_METADATA_SIZE=999999 bytes\n").expect("one");
        assert_eq!(lies.declared, 999_999);
        let text = b"GDAL_STRUCTURAL_METADATA_SIZE=  -140 bytes\n";
        assert_eq!(Ghost::parse(text), None);
    }
}
