//! Sinks that fail. A test program of its own, since it looks for what is left in the folder of
//! temporary files.

mod common;

use std::io::Write;

use cogwork::edit::Edit;
use cogwork::grid::Window;
use cogwork::sample::DataType;
use cogwork::write::{BlockWriter, CogOptions, CogWriter, Compression, Raster};
use cogwork::{Block, Cog, Context, ErrorKind, Result};

use common::raster;
use common::sinks::{EIO, ENOSPC, EPIPE, NeverFlushes, Trouble, Troubled};

type Sink<'a> = &'a mut (dyn Write + Send);

/// Every way to write into a sink.
struct Ways {
    block: Block,
    cog: Cog,
    options: CogOptions,
    context: Context,
}

const WAYS: [&str; 5] = ["rows", "blocks", "lazy", "convert", "edit"];

impl Ways {
    fn new(spool_bytes: u64) -> Self {
        let block = raster::block(DataType::U16, 1, (150, 227));
        let options = raster::options(Compression::None, 32);
        let context = raster::limits(|limits| {
            limits.spool_bytes = spool_bytes;
            limits.job_bytes = 10 * 150 * 32 * 2;
        });
        let cog = raster::open(raster::written(&block, &options), &context);
        Ways {
            block,
            cog,
            options,
            context,
        }
    }

    fn write(&self, way: &str, sink: Sink<'_>) -> Result<()> {
        let level = self.cog.base();
        match way {
            "rows" => self.rows(sink),
            "blocks" => self.blocks(sink),
            "lazy" => level.lazy().write_cog_to(sink, &self.options),
            "convert" => level.convert_to(sink, CogOptions::default()),
            _ => self
                .cog
                .edit_to(sink, &Edit::new().item("PLACE", Some("here"))),
        }
    }

    fn rows(&self, sink: Sink<'_>) -> Result<()> {
        let raster = Raster::of_block(&self.block);
        let mut writer = CogWriter::to_sink(sink, raster, &self.options, &self.context)?;
        writer.push(self.block.clone())?;
        self.assert_spools(1);
        writer.finish()
    }

    fn blocks(&self, sink: Sink<'_>) -> Result<()> {
        let raster = Raster::of_block(&self.block);
        let writer = BlockWriter::to_sink(sink, raster, &self.options, &self.context)?;
        for (row, height) in [(96, 131), (64, 32), (32, 32), (0, 32)] {
            let window = Window::new(0, row, 150, height);
            writer.push(window, raster::crop(&self.block, window))?;
        }
        self.assert_spools(1);
        writer.finish()
    }

    /// There is a spool on the disk while it lasts, if there has to be.
    fn assert_spools(&self, expected: usize) {
        let on_disk = self.context.limits.spool_bytes == 0;
        assert_eq!(left_over().len(), if on_disk { expected } else { 0 });
    }
}

#[test]
fn trouble_at_any_call() {
    for spool_bytes in [0, 1 << 30] {
        let ways = Ways::new(spool_bytes);
        for way in WAYS {
            let mut sound = Troubled::new(Trouble::Nothing, usize::MAX);
            ways.write(way, &mut sound).expect("a sound sink");
            let (expected, calls) = (sound.bytes, sound.calls);
            assert!(calls > 5, "{way}: only {calls} calls");
            for call in 0..calls {
                for error in [ENOSPC, EIO, EPIPE] {
                    let mut sink = Troubled::new(Trouble::Fails(error), call);
                    let failed = ways.write(way, &mut sink).expect_err("the sink fails");
                    let same = matches!(
                        failed.kind(),
                        ErrorKind::Io(failed) if failed.raw_os_error() == Some(error)
                    );
                    assert!(same, "{way}, call {call}: {failed:?}");
                    assert_eq!(
                        sink.calls,
                        call + 1,
                        "a broken sink is not written to again"
                    );
                    assert!(expected.starts_with(&sink.bytes), "{way}, call {call}");
                }
                for trouble in [Trouble::Interrupted, Trouble::Short] {
                    let mut sink = Troubled::new(trouble, call);
                    let written = ways.write(way, &mut sink);
                    written.unwrap_or_else(|error| panic!("{way}, {trouble:?}: {error}"));
                    assert!(sink.bytes == expected, "{way}, {trouble:?} at call {call}");
                }
                let mut sink = Troubled::new(Trouble::Nothing, call);
                let failed = ways
                    .write(way, &mut sink)
                    .expect_err("the sink takes nothing");
                assert!(
                    matches!(failed.kind(), ErrorKind::Io(failed) if failed.kind() == std::io::ErrorKind::WriteZero),
                    "{way}, call {call}: {failed:?}"
                );
            }
            let error = ways
                .write(way, &mut NeverFlushes)
                .expect_err("it cannot flush");
            assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error:?}");
            assert_eq!(left_over(), [""; 0], "{way}");
        }
    }
}

/// Temporary files of this process.
fn left_over() -> Vec<String> {
    let mine = format!(".{}-", std::process::id());
    let mut names = common::entries(&std::env::temp_dir());
    names.retain(|name| name.starts_with(".spool.") && name.contains(&mine));
    names
}
