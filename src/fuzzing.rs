//! The bodies of the fuzz targets in `fuzz/`, so that they are compiled and tested with the crate.
//! Whatever the bytes, they must return: no panic, no hang, no unbounded memory.

use crate::exec::Serial;
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
}
