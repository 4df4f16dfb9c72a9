//! The file format: numbers on the wire, tags, directories, their meaning, and the layout of a COG.
//! Nothing here does I/O, knows a codec, or holds pixels.

pub mod directory;
pub mod geo;
pub mod header;
pub mod image;
pub mod layout;
pub mod tag;
pub mod wire;
