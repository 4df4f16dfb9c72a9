//! The COG writer: its bytes by every way, its pixels by an independent reader, its targets, its
//! layout, and what it refuses.

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "deflate")]
mod anatomy;
#[cfg(feature = "deflate")]
mod cogger;
#[cfg(feature = "deflate")]
mod convert;
#[cfg(feature = "deflate")]
mod edit;
#[cfg(feature = "deflate")]
mod golden;
mod layout;
mod pixels;
mod refusals;
mod same_bytes;
mod targets;
