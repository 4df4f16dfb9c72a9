//! What was found: findings, facts, and both as text.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::rule::Rule;
use crate::codec::compression_name;
use crate::format::ghost::Ghost;
use crate::grid::Size;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// The file is not a valid COG.
    Error,
    /// The file is a valid COG that readers are served badly by; not valid if one is strict.
    Warning,
    /// Nothing is wrong, but it is good to know.
    Note,
}

/// What was found: the first place where it is so, and how many there are.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub rule: Rule,
    /// The level: 0 is the base, 1 the first overview. `None` if it is about the file.
    pub level: Option<usize>,
    /// True if it is about the level's mask.
    pub mask: bool,
    /// The tile's index in the level's tile arrays.
    pub tile: Option<u64>,
    /// Where in the file it is.
    pub offset: Option<u64>,
    /// What was found and what was expected.
    pub message: String,
    /// Places of this severity, rule, level and mask; the other members tell of the first.
    pub count: u64,
}

/// What a level, or the mask of one, is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LevelFacts {
    /// The level: 0 is the base, 1 the first overview.
    pub level: usize,
    /// True for the level's mask.
    pub mask: bool,
    /// Where its directory stands in the file.
    pub ifd_offset: u64,
    /// Width and height in pixels.
    pub size: Size,
    /// Size of a tile; strips are tiles as wide as the image.
    pub tile: Size,
    /// True for tiles, false for strips.
    pub tiled: bool,
    /// TIFF Compression.
    pub compression: u16,
    /// Tiles, those of all planes.
    pub tiles: u64,
    /// Tiles that are sparse: they have no bytes in the file.
    pub sparse: u64,
    /// From the first byte of any of its tiles to the last, leaders and trailers left out.
    pub data: Option<Range<u64>>,
    /// Bytes of all its tiles.
    pub bytes: u64,
}

/// What validation found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The source's name.
    pub source: String,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// True for BigTIFF.
    pub bigtiff: bool,
    /// The ghost area, if there is one.
    pub ghost: Option<Ghost>,
    /// True if leaders and trailers were looked at, or the ghost area claims none.
    pub full: bool,
    /// The levels from the base on, each before its mask.
    pub levels: Vec<LevelFacts>,
    /// Errors, then warnings, then notes; within each in the order of the file.
    pub findings: Vec<Finding>,
}

impl Report {
    /// True if there is no error: GDAL's notion of a valid COG.
    pub fn is_valid(&self) -> bool {
        self.of(Severity::Error).next().is_none()
    }

    /// True if there is neither an error nor a warning: rio-cogeo's strict notion.
    pub fn is_strictly_valid(&self) -> bool {
        self.is_valid() && self.of(Severity::Warning).next().is_none()
    }

    /// The findings of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(move |finding| finding.severity == severity)
    }

    /// The first byte of any tile: what stands before it is all that must be read to open the file.
    pub fn header_bytes(&self) -> Option<u64> {
        let data = self.levels.iter().filter_map(|facts| facts.data.clone());
        data.map(|data| data.start).min()
    }
}

impl Finding {
    /// What would help.
    pub fn hint(&self) -> &'static str {
        self.rule.hint()
    }

    /// Where it is, in words.
    fn place(&self) -> String {
        let level = match (self.level, self.mask) {
            (Some(0), false) => Some("base".to_owned()),
            (Some(0), true) => Some("mask of base".to_owned()),
            (Some(level), false) => Some(format!("overview {}", level - 1)),
            (Some(level), true) => Some(format!("mask of overview {}", level - 1)),
            (None, _) => None,
        };
        let tile = self.tile.map(|tile| format!("tile {tile}"));
        let offset = self.offset.map(|offset| format!("byte {offset}"));
        let parts = [level, tile, offset].into_iter().flatten();
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl Severity {
    /// The severity's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.severity, self.rule)?;
        let place = self.place();
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.message)?;
        if self.count > 1 {
            write!(f, " ({} places, the first is told)", self.count)?;
        }
        Ok(())
    }
}

impl fmt::Display for LevelFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.level {
            0 => "base".to_owned(),
            level => format!("overview {}", level - 1),
        };
        let mask = if self.mask { " mask" } else { "" };
        let kind = if self.tiled { "tiles" } else { "strips" };
        write!(
            f,
            "{name}{mask}: {} pixels, {kind} of {}: {}, {} sparse, {}, {} bytes, directory at {}",
            self.size,
            self.tile,
            self.tiles,
            self.sparse,
            compression_name(self.compression),
            self.bytes,
            self.ifd_offset
        )
    }
}

impl fmt::Display for Report {
    /// The verdict, the levels, then each finding with its hint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.is_valid() { "" } else { "not " };
        writeln!(f, "{}: {not}a valid COG", self.source)?;
        for facts in &self.levels {
            writeln!(f, "  {facts}")?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
            if finding.severity < Severity::Note {
                writeln!(f, "  hint: {}", finding.hint())?;
            }
        }
        Ok(())
    }
}

/// What a finding is about, and where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    pub(super) level: Option<usize>,
    pub(super) mask: bool,
    pub(super) tile: Option<u64>,
    pub(super) offset: Option<u64>,
}

impl At {
    /// The file itself.
    pub(super) const FILE: At = At {
        level: None,
        mask: false,
        tile: None,
        offset: None,
    };

    /// The same at a byte.
    pub(super) fn byte(self, offset: u64) -> Self {
        At {
            offset: Some(offset),
            ..self
        }
    }

    /// The same at a tile.
    pub(super) fn tile(self, tile: u64) -> Self {
        At {
            tile: Some(tile),
            ..self
        }
    }
}

/// Gathers findings: as many as there are rules and levels, however many tiles are wrong.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: BTreeMap<(Severity, Rule, Option<usize>, bool), Finding>,
}

impl Findings {
    pub(super) fn error(&mut self, rule: Rule, at: At, message: impl FnOnce() -> String) {
        self.add(Severity::Error, rule, at, message);
    }

    pub(super) fn warning(&mut self, rule: Rule, at: At, message: impl FnOnce() -> String) {
        self.add(Severity::Warning, rule, at, message);
    }

    pub(super) fn note(&mut self, rule: Rule, at: At, message: impl FnOnce() -> String) {
        self.add(Severity::Note, rule, at, message);
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        rule: Rule,
        at: At,
        message: impl FnOnce() -> String,
    ) {
        let key = (severity, rule, at.level, at.mask);
        let finding = self.found.entry(key).or_insert_with(|| Finding {
            severity,
            rule,
            level: at.level,
            mask: at.mask,
            tile: at.tile,
            offset: at.offset,
            message: message(),
            count: 0,
        });
        finding.count += 1;
    }

    /// True if a rule has an error or a warning.
    pub(super) fn holds(&self, rule: Rule) -> bool {
        let mut keys = self.found.keys();
        keys.any(|&(severity, found, ..)| found == rule && severity < Severity::Note)
    }

    /// True if a rule has an error for the same level and mask.
    pub(super) fn error_at(&self, rule: Rule, at: At) -> bool {
        let key = (Severity::Error, rule, at.level, at.mask);
        self.found.contains_key(&key)
    }

    /// All, the worst first.
    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.found.into_values().collect()
    }
}
