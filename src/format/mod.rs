//! The file format: numbers on the wire, tags, directories, their meaning, and the layout of a COG.
//! Nothing here does I/O, knows a codec, or holds pixels.

pub mod annotations;
pub mod color;
pub mod directory;
mod epsg;
pub mod framing;
pub mod geo;
pub mod ghost;
pub mod header;
pub mod image;
pub mod keys;
pub mod layout;
pub mod metadata;
pub mod rpc;
mod statistics;
pub mod tag;
pub mod wire;
