//! Sources that fail, or break their contract.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cogwork::sample::DataType::U16;
use cogwork::write::{Compression, Raster, write_block_to};
use cogwork::{Cog, Context, ErrorKind, Result};

use crate::common::raster;
use crate::common::sources::{Fault, Faulty};

/// A file of a few tiles. Opening it takes more than one read: its colour map is longer than the
/// first one.
fn input() -> Vec<u8> {
    let block = raster::block(U16, 1, (100, 90));
    let mut raster = Raster::of_block(&block);
    raster.photometric = Some(3);
    raster.color_map = (0..=u16::MAX).cycle().take(3 << 16).collect();
    let options = raster::options(Compression::Deflate, 16);
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, &block, raster, &options).expect("memory takes it");
    bytes
}

fn job(source: Faulty, context: &Context) -> Result<Vec<u8>> {
    let cog = Cog::from_source(source, context)?;
    let level = cog.base();
    let image = level.lazy();
    let mut bytes = Vec::new();
    let masked = image.mask(&image.gt(100))?;
    masked.write_cog_to(&mut bytes, &raster::options(Compression::None, 64))?;
    let window = level.size().window();
    assert_eq!(level.read_window(window)?.size(), level.size());
    Ok(bytes)
}

#[test]
fn a_source_that_fails_at_any_read() {
    let (input, context) = (input(), raster::threads(2));
    let expected = job(
        Faulty::new(input.clone(), Fault::Fails, usize::MAX),
        &context,
    );
    let expected = expected.expect("a sound source");
    let reads = context.counters.requests() as usize;
    assert!(reads > 20, "only {reads} reads");
    for at in 0..reads {
        let source = Faulty::new(input.clone(), Fault::Fails, at);
        let error = job(source, &context).expect_err("the source fails");
        assert!(
            matches!(error.kind(), ErrorKind::Io(_)),
            "read {at}: {error:?}"
        );
        assert!(error.place().source.is_some(), "read {at}: {error:?}");
    }
    let source = Faulty::new(input, Fault::Fails, reads);
    assert!(job(source, &context).expect("no read is left to fail") == expected);
}

/// A source that gives too few bytes breaks its contract: an error, never a panic or wrong pixels.
#[test]
fn a_source_that_gives_too_little() {
    let (input, context) = (input(), raster::threads(2));
    job(
        Faulty::new(input.clone(), Fault::Fails, usize::MAX),
        &context,
    )
    .expect("a sound source");
    let reads = context.counters.requests() as usize;
    let mut panics = Vec::new();
    for fault in [Fault::Short, Fault::Empty] {
        for at in 0..reads {
            let source = Faulty::new(input.clone(), fault, at);
            match catch_unwind(AssertUnwindSafe(|| job(source, &context))) {
                Ok(result) => assert!(result.is_err(), "{fault:?} at read {at}"),
                Err(_) => panics.push((fault, at)),
            }
        }
    }
    assert!(
        panics.is_empty(),
        "{} panics, the first at {:?}",
        panics.len(),
        panics[0]
    );
}
