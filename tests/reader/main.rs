//! The reader: windows and bands, damaged tiles, sparse tiles, huge files, and headers that lie.

#[path = "../common/mod.rs"]
mod common;

mod cached;
mod damage;
mod directories;
mod framing;
mod headers;
mod huge;
mod request;
mod scale;
#[cfg(feature = "deflate")]
mod shipped;
mod sidecars;
mod windows;
