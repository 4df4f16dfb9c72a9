//! Sinks that fail. A test program of its own, since it looks for what is left in the folder of
//! temporary files.

mod common;

use std::io::ErrorKind as Io;

use cogwork::sample::DataType;
use cogwork::write::{CogWriter, Compression, Raster};
use cogwork::{Context, ErrorKind, Result};

use common::raster;
use common::sinks::{FailsAt, NeverFlushes};

#[test]
fn a_sink_that_fails_at_any_call() {
    let in_memory = raster::limits(|limits| limits.spool_bytes = 1 << 30);
    let in_a_file = raster::limits(|limits| limits.spool_bytes = 0);
    for (context, kind) in [
        (&in_memory, Io::StorageFull),
        (&in_a_file, Io::StorageFull),
        (&in_a_file, Io::BrokenPipe),
    ] {
        let mut sink = FailsAt {
            call: usize::MAX,
            calls: 0,
            kind,
        };
        write(&mut sink, context).expect("a sound sink");
        let calls = sink.calls;
        assert!(calls > 5, "only {calls} calls");
        for call in 0..calls {
            let mut sink = FailsAt {
                call,
                calls: 0,
                kind,
            };
            let error = write(&mut sink, context).expect_err("the sink fails");
            let same = matches!(error.kind(), ErrorKind::Io(error) if error.kind() == kind);
            assert!(same, "call {call}: {error:?}");
            assert_eq!(
                sink.calls,
                call + 1,
                "a broken sink is not written to again"
            );
        }
    }
    let error = write(&mut NeverFlushes, &in_a_file).expect_err("the sink fails");
    assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error:?}");
    assert_eq!(left_over(), [""; 0]);
}

fn write(sink: &mut dyn std::io::Write, context: &Context) -> Result<()> {
    let block = raster::block(DataType::U16, 1, (150, 99));
    let options = raster::options(Compression::None, 32);
    let mut writer = CogWriter::to_sink(sink, Raster::of_block(&block), &options, context)?;
    writer.push(block)?;
    assert_eq!(
        left_over().is_empty(),
        context.limits.spool_bytes > 0,
        "a spool while it lasts"
    );
    writer.finish()
}

/// Temporary files of this process.
fn left_over() -> Vec<String> {
    let mine = format!(".{}-", std::process::id());
    let mut names = common::entries(&std::env::temp_dir());
    names.retain(|name| name.starts_with(".spool.") && name.contains(&mine));
    names
}
