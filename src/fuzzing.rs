//! The bodies of the fuzz targets in `fuzz/`, so that they are compiled and tested with the crate.
//! Whatever the bytes, they must return: no panic, no hang, no unbounded memory.

use crate::exec::Serial;
use crate::expr::Formula;
use crate::read::cog::Cog;
use crate::source::memory::MemorySource;
use crate::validate::{Depth, validate_source};
use crate::{Context, Limits};

/// Validates a file of these bytes, opens it and looks at all its levels.
pub fn header(data: &[u8]) {
    if let Ok(report) = validate_source(MemorySource::new(data.to_vec()), Depth::Full, &context()) {
        assert!(!report.to_string().is_empty(), "a report says something");
    }
    let Ok(cog) = Cog::from_source(MemorySource::new(data.to_vec()), &context()) else {
        return;
    };
    for level in cog.levels() {
        let _ = (
            level.size(),
            level.nodata(),
            level.transform(),
            level.epsg(),
            level.color_map(),
            level.color_table(),
            level.color_interpretations(),
            level.band_metadata(),
            level.text_tags(),
            level.annotations().metadata.to_xml().len(),
            level.geo_keys().map(|keys| keys.map().len()),
        );
    }
}

/// Opens a file of these bytes and reads all its levels.
pub fn tile(data: &[u8]) {
    let Ok(cog) = Cog::from_source(MemorySource::new(data.to_vec()), &context()) else {
        return;
    };
    for level in cog.levels() {
        if let Ok(block) = level.read() {
            assert_eq!(block.size(), level.size(), "a block is of its level's size");
            assert_eq!(
                block.valid_pixels().len() as u64,
                level.size().area(),
                "a byte per pixel"
            );
        }
    }
}

/// Parses a formula of these bytes: one that is accepted prints as a text that reads back as the same
/// formula and prints the same, and one that is refused says where in words.
pub fn expression(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Formula::parse(&text) {
        Ok(formula) => {
            let printed = formula.to_string();
            // Blanks around operators may make a text too long.
            if printed.len() > Formula::MAX_BYTES {
                return;
            }
            let read = Formula::parse(&printed).expect("canonical text is a formula");
            assert!(read == formula, "{printed:?} means something else");
            assert_eq!(read.to_string(), printed, "canonical text stays as it is");
            assert_eq!(read.names(), formula.names(), "names stay as they are");
        }
        Err(error) => {
            let mark = error.place().formula.as_ref().map(ToString::to_string);
            let lines = mark.map_or(2, |mark| mark.split('\n').count());
            assert!(!error.to_string().is_empty() && lines == 2, "{error}");
        }
    }
}

/// One thread and small limits: a fuzzer wants many runs, not large ones.
fn context() -> Context {
    let limits = Limits {
        block_bytes: 16 << 20,
        tile_bytes: 4 << 20,
        tiles: 1 << 16,
        ..Limits::default()
    };
    Context {
        executor: std::sync::Arc::new(Serial),
        limits: std::sync::Arc::new(limits),
        ..Context::default()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bodies_return() {
        for data in [
            &b""[..],
            b"II\x2a\x00\x08\x00\x00\x00",
            b"MM\x00\x2b",
            b"II\x2a\x00\x08\x00\x00\x00\x01\x00",
        ] {
            super::header(data);
            super::tile(data);
        }
    }

    #[test]
    fn expressions_return() {
        for text in [
            "where(is_in(scl, 8, 9), nodata, -(nir - red)[1, 2] ** -0x10 // 1e3)",
            "a < b < c",
            "f(((((((((",
            "\u{e9} + \r\n\t\u{85}$",
            "-nan--0.0",
        ] {
            super::expression(text.as_bytes());
        }
        for piece in [
            "(", "-", "a+", "a**", "[1]", "not ", "abs(", "1,", "a/", "\n",
        ] {
            super::expression(piece.repeat(20_000 / piece.len()).as_bytes());
        }
        // Pieces of formulas in any order, from a fixed seed.
        let pieces = [
            "a",
            "b1",
            "(",
            ")",
            "[1]",
            ",",
            "+",
            "-",
            "*",
            "**",
            "//",
            "<<",
            "<=",
            "==",
            "not ",
            " and ",
            " or ",
            "~",
            "!",
            "&",
            "^",
            "|",
            "%",
            "where(",
            "is_in(",
            "cast(",
            "u8",
            "nodata",
            "none",
            "1",
            "2.5",
            "0x1f",
            "1e-7",
            "nan",
            "inf",
            "abs(",
            "slope(",
            "percent",
            "focal_mean(",
            "min(",
            " ",
        ];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                text += pieces[(state >> 33) as usize % pieces.len()];
            }
            super::expression(text.as_bytes());
        }
    }
}
