//! The COG writer: its bytes by every way, its pixels by an independent reader, its targets, its
//! layout, and what it refuses.

#[path = "../common/mod.rs"]
mod common;

mod anatomy;
mod convert;
mod edit;
mod golden;
mod layout;
mod pixels;
mod refusals;
mod same_bytes;
mod targets;
