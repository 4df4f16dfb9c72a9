//! Lazy rasters over real files: what is checked before anything is read, what is computed, by whom,
//! and what happens when a source fails.

#[path = "../common/mod.rs"]
mod common;

mod checks;
mod conditions;
mod ends;
mod executors;
mod faults;
mod masked;
mod matched;
mod stages;
mod values;

use cogwork::source::file::FileSource;
use cogwork::{Cog, Context};

/// A file of `testdata/scene` under a context whose counters are its own.
fn scene(name: &str, context: &Context) -> Cog {
    let path = common::repository()
        .join("testdata/scene")
        .join(name)
        .with_extension("tif");
    Cog::from_source(FileSource::open(path).expect(name), context).expect(name)
}
