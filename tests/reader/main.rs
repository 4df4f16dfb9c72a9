//! The reader: windows and bands, damaged tiles, sparse tiles, huge files, and headers that lie.

#[path = "../common/mod.rs"]
mod common;

mod damage;
mod headers;
mod huge;
mod request;
mod sidecars;
mod windows;
