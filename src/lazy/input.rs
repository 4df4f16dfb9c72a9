//! What an expression reads: levels and stages, or parts of them.

use std::fmt;
use std::sync::Arc;

use super::stage::Stage;
use crate::context::Context;
use crate::format::annotations::Annotations;
use crate::format::geo::Georeference;
use crate::format::metadata::Item;
use crate::grid::{Affine, Size, Window};
use crate::read::level::Level;
use crate::sample::{DataType, Scalar};

/// A rectangle of a level or of what a stage makes.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    source: Source,
    /// The part of the source that is read.
    window: Window,
}

/// Where the pixels of an input come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Level(Level),
    /// The numbers that a stage makes.
    Stage(Arc<Stage>),
    /// The mask that a stage makes beside its numbers: one band, 0 where a pixel is invalid.
    MaskOf(Arc<Stage>),
}

impl Input {
    /// All of a level.
    pub(crate) fn level(level: Level) -> Self {
        Input {
            window: level.size().window(),
            source: Source::Level(level),
        }
    }

    /// All of what a stage makes.
    pub(crate) fn stage(stage: Stage) -> Self {
        Input {
            window: stage.size().window(),
            source: Source::Stage(Arc::new(stage)),
        }
    }

    /// A part of this input, inside it.
    pub(crate) fn clipped(&self, window: Window) -> Self {
        Input {
            source: self.source.clone(),
            window: self.of_source(window),
        }
    }

    /// Where the pixels come from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The part of the source that is read.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// A window of this input as one of its source.
    pub(crate) fn of_source(&self, window: Window) -> Window {
        Window {
            column: self.window.column + window.column,
            row: self.window.row + window.row,
            ..window
        }
    }

    /// The level that is read, whole or in part.
    pub(crate) fn as_level(&self) -> Option<&Level> {
        match &self.source {
            Source::Level(level) => Some(level),
            _ => None,
        }
    }

    /// The stage whose numbers these are; it makes their mask, too.
    pub(crate) fn as_stage(&self) -> Option<&Arc<Stage>> {
        match &self.source {
            Source::Stage(stage) => Some(stage),
            _ => None,
        }
    }

    /// The level that is read as it is.
    pub(crate) fn whole_level(&self) -> Option<&Level> {
        let level = self.as_level()?;
        (self.window == level.size().window()).then_some(level)
    }

    /// The level whose compression and tiles a result inherits: this one, or the first below a stage.
    pub(crate) fn make(&self) -> Option<&Level> {
        match &self.source {
            Source::Level(level) => Some(level),
            Source::Stage(stage) | Source::MaskOf(stage) => stage.source().make(),
        }
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> Size {
        self.window.size()
    }

    /// Number of bands.
    pub(crate) fn bands(&self) -> usize {
        match &self.source {
            Source::Level(level) => level.bands(),
            Source::Stage(stage) => stage.bands(),
            Source::MaskOf(_) => 1,
        }
    }

    /// The type of the samples.
    pub(crate) fn data_type(&self) -> DataType {
        match &self.source {
            Source::Level(level) => level.data_type(),
            Source::Stage(stage) => stage.data_type(),
            Source::MaskOf(_) => DataType::U8,
        }
    }

    /// The nodata value.
    pub(crate) fn nodata(&self) -> Option<Scalar> {
        match &self.source {
            Source::Level(level) => level.nodata(),
            Source::Stage(stage) => stage.nodata(),
            Source::MaskOf(_) => None,
        }
    }

    /// The input that says which pixels of this one are valid, if nodata does not.
    pub(crate) fn mask(&self) -> Option<Input> {
        let source = match &self.source {
            Source::Level(level) => Source::Level(level.mask()?),
            Source::Stage(stage) if stage.is_masked() => Source::MaskOf(stage.clone()),
            Source::Stage(_) | Source::MaskOf(_) => return None,
        };
        let window = self.window;
        Some(Input { source, window })
    }

    /// Width and height of the tiles that are decoded for it.
    pub(crate) fn tile(&self) -> Size {
        match &self.source {
            Source::Level(level) => level.tile_size(),
            Source::Stage(stage) | Source::MaskOf(stage) => stage.tile(),
        }
    }

    /// Pixel to ground, if it is known.
    pub(crate) fn transform(&self) -> Option<Affine> {
        let whole = match &self.source {
            Source::Level(level) => level.transform(),
            Source::Stage(stage) | Source::MaskOf(stage) => stage.georeference().transform,
        };
        whole.map(|affine| affine.shifted(self.window.column, self.window.row))
    }

    /// The EPSG code of the coordinate system, if it has one.
    pub(crate) fn epsg(&self) -> Option<u32> {
        match &self.source {
            Source::Level(level) => level.epsg(),
            Source::Stage(stage) | Source::MaskOf(stage) => stage.georeference().epsg(),
        }
    }

    /// Where the pixels lie.
    pub(crate) fn georeference(&self) -> Georeference {
        let mut geo = match &self.source {
            Source::Level(level) => level.georeference(),
            Source::Stage(stage) | Source::MaskOf(stage) => stage.georeference().clone(),
        };
        geo.transform = self.transform();
        for [column, row, ..] in &mut geo.gcps {
            *column -= f64::from(self.window.column);
            *row -= f64::from(self.window.row);
        }
        geo
    }

    /// What the file of a level says beside its pixels, as far as it is true of the part that is read.
    pub(crate) fn annotations(&self) -> Option<Annotations> {
        let level = self.as_level()?;
        let mut annotations = level.annotations().without_statistics();
        if self.whole_level().is_none() {
            let Window { column, row, .. } = self.window;
            let rpc = annotations.rpc.take();
            annotations.rpc = rpc.map(|rpc| rpc.shifted(column, row));
            let scheme = |item: &Item| item.domain.as_deref() == Some("TILING_SCHEME");
            annotations.metadata.retain(|item| !scheme(item));
        }
        Some(annotations)
    }

    /// The threads, limits and counters of the first file.
    pub(crate) fn context(&self) -> &Context {
        match &self.source {
            Source::Level(level) => level.context(),
            Source::Stage(stage) | Source::MaskOf(stage) => &stage.source().context,
        }
    }

    /// Whether both are the same pixels.
    pub(crate) fn is_same(&self, other: &Input) -> bool {
        let same = match (&self.source, &other.source) {
            (Source::Level(own), Source::Level(theirs)) => own.is_same(theirs),
            (Source::Stage(own), Source::Stage(theirs))
            | (Source::MaskOf(own), Source::MaskOf(theirs)) => Arc::ptr_eq(own, theirs),
            _ => false,
        };
        same && self.window == other.window
    }
}

/// In words: the file, or the operator and what it works on.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = match &self.source {
            Source::Level(level) => {
                write!(f, "{}", level.cog())?;
                level.size()
            }
            Source::Stage(stage) | Source::MaskOf(stage) => {
                write!(f, "{stage}")?;
                stage.size()
            }
        };
        match self.window == whole.window() {
            true => Ok(()),
            false => write!(f, " in window {}", self.window),
        }
    }
}
