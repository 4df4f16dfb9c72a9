//! What validation found.

use std::ops::Range;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::codec::compression_name;
use crate::format::ghost::Ghost;
use crate::validate::{Finding, LevelFacts, Report, Rule, Severity};

/// Serializes fields of a struct by their names.
macro_rules! fields {
    ($serializer:expr, $type:literal, { $($name:literal: $value:expr,)* }) => {{
        let mut fields = $serializer.serialize_struct($type, [$($name),*].len())?;
        $(fields.serialize_field($name, &$value)?;)*
        fields.end()
    }};
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields!(serializer, "Report", {
            "source": self.source,
            "valid": self.is_valid(),
            "strictly_valid": self.is_strictly_valid(),
            "full": self.full,
            "file_bytes": self.file_bytes,
            "header_bytes": self.header_bytes(),
            "bigtiff": self.bigtiff,
            "ghost": self.ghost,
            "levels": self.levels,
            "findings": self.findings,
        })
    }
}

impl Serialize for Ghost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields!(serializer, "Ghost", {
            "bytes": self.bytes(),
            "ifds_before_data": self.ifds_before_data,
            "row_major": self.row_major,
            "leader": self.leader,
            "trailer": self.trailer,
            "mask_interleaved": self.mask_interleaved,
            "incompatible_edition": self.incompatible_edition,
            "interleave": self.interleave,
            "unknown": self.unknown,
        })
    }
}

impl Serialize for LevelFacts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ends = |data: &Range<u64>| [data.start, data.end];
        fields!(serializer, "LevelFacts", {
            "level": self.level,
            "mask": self.mask,
            "ifd_offset": self.ifd_offset,
            "width": self.size.width,
            "height": self.size.height,
            "tile": self.tile,
            "tiled": self.tiled,
            "compression": compression_name(self.compression).to_ascii_lowercase(),
            "tiles": self.tiles,
            "sparse": self.sparse,
            "data": self.data.as_ref().map(ends),
            "bytes": self.bytes,
        })
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields!(serializer, "Finding", {
            "severity": self.severity,
            "rule": self.rule,
            "level": self.level,
            "mask": self.mask,
            "tile": self.tile,
            "offset": self.offset,
            "count": self.count,
            "message": self.message,
            "hint": self.hint(),
        })
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
