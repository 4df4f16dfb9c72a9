//! How a lazy raster is computed, where that is the caller's choice: none of it changes a result.

use super::Lazy;
use crate::pipeline::{Chunks, OnError};

/// What the caller has chosen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    pub(crate) chunks: Chunks,
    pub(crate) on_error: OnError,
}

impl Choices {
    /// These, and where nothing was chosen what another operand's are.
    pub(super) fn or(self, other: Choices) -> Choices {
        let first = |chosen: bool| if chosen { self } else { other };
        Choices {
            chunks: first(self.chunks != Chunks::default()).chunks,
            on_error: first(self.on_error != OnError::default()).on_error,
        }
    }
}

impl Lazy {
    /// Computes in chunks like these: `(bands, rows, columns)`, or a rule. Where operands differ, the
    /// choice of the first one counts that was given one. No result changes.
    #[must_use]
    pub fn chunks(mut self, chunks: impl Into<Chunks>) -> Lazy {
        self.choices.chunks = chunks.into();
        self
    }

    /// What becomes of a tile that cannot be fetched or decoded.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Lazy {
        self.choices.on_error = on_error;
        self
    }

    /// Another raster, to be computed as this one is.
    pub(crate) fn settings_of(&self, other: Lazy) -> Lazy {
        Lazy {
            context: self.context.clone(),
            choices: self.choices,
            ..other
        }
    }
}
