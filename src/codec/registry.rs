//! Codecs that an embedder adds, by their numbers of the TIFF tag Compression.

use std::sync::Arc;

use super::{Codec, Parameters, decoder};
use crate::error::Result;

/// Codecs of the embedder, asked before those of this crate when a file is read.
/// [A recipe](crate::cookbook::embed#read-a-compression-of-your-own) shows one.
///
/// One that stands for a number of this crate's own must read the same format: tiles may pass from
/// file to file as they are.
#[derive(Clone, Debug, Default)]
pub struct Codecs(Vec<(u16, Arc<dyn Codec>)>);

impl Codecs {
    /// No codecs but those of this crate.
    pub fn new() -> Self {
        Codecs::default()
    }

    /// Registers a codec for a number, in place of an earlier one and of this crate's own.
    #[must_use]
    pub fn with(mut self, compression: u16, codec: Arc<dyn Codec>) -> Self {
        self.0.retain(|(number, _)| *number != compression);
        self.0.push((compression, codec));
        self
    }

    /// The codec registered for a number.
    pub fn get(&self, compression: u16) -> Option<&Arc<dyn Codec>> {
        let mut codecs = self.0.iter();
        let found = codecs.find(|(number, _)| *number == compression);
        found.map(|(_, codec)| codec)
    }

    /// The codec to decode with: the registered one, or else this crate's own.
    ///
    /// # Errors
    /// As [`decoder`].
    pub fn decoder(&self, parameters: &Parameters<'_>) -> Result<Arc<dyn Codec>> {
        match self.get(parameters.compression) {
            Some(codec) => Ok(codec.clone()),
            None => decoder(parameters),
        }
    }
}
