//! Users who give up, at every event of progress.

use std::fs;
use std::ops::ControlFlow;

use cogwork::edit::Edit;
use cogwork::exec::Progress;
use cogwork::sample::DataType::U16;
use cogwork::write::{CogOptions, Compression};
use cogwork::{Cog, Context, ErrorKind, Result};

use crate::common::{self, raster};
use crate::{OLD, assert_unharmed, folder};

type Job<'a> = (&'a str, &'a dyn Fn(&Cog, &mut Progress<'_>) -> Result<()>);

/// The job that was asked to stop does so before its next step: it says nothing more, and encodes no
/// tile that is not in the rows done.
#[test]
fn at_every_event() {
    let (width, height, side) = (100, 700, 16);
    let block = raster::block(U16, 1, (width, height));
    let options = raster::options(Compression::Deflate, side);
    let input = raster::written(&block, &options);
    let folder_and_path = folder();
    let path = &folder_and_path.1;
    let other = raster::options(Compression::Lzw, side);
    let jobs: [Job<'_>; 4] = [
        ("mask", &|cog, progress| {
            let image = cog.base().lazy();
            let masked = image.mask(&image.gt(1000))?;
            masked.write_cog_with(path, &other, progress)
        }),
        ("convert", &|cog, progress| {
            cog.base().convert_with(path, &other, progress)
        }),
        ("copy", &|cog, progress| {
            cog.base()
                .convert_with(path, CogOptions::default(), progress)
        }),
        ("edit", &|cog, progress| {
            cog.edit_with(path, &Edit::new().item("PLACE", Some("here")), progress)
        }),
    ];
    for (name, job) in jobs {
        fs::write(path, OLD).expect("our file");
        let mut stop = 0;
        loop {
            let context = context();
            let cog = raster::open(input.clone(), &context);
            let mut heard = Vec::new();
            let result = job(&cog, &mut |event| {
                heard.push((event.rows_done, context.counters.tiles_encoded()));
                match heard.len() > stop {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            });
            let Err(error) = result else {
                assert!(
                    stop > 1 && heard.len() == stop,
                    "{name}: {} events",
                    heard.len()
                );
                assert_eq!(heard.last().map(|event| event.0 > 0), Some(true));
                break;
            };
            assert!(
                matches!(error.kind(), ErrorKind::Cancelled),
                "{name}: {error:?}"
            );
            assert_eq!(
                heard.len(),
                stop + 1,
                "{name}: it goes on after it was stopped"
            );
            let encoded = context.counters.tiles_encoded();
            assert_eq!(heard.last().map(|event| event.1), Some(encoded), "{name}");
            assert_unharmed(folder_and_path.0.path(), name);
            stop += 1;
        }
        assert_eq!(
            common::entries(folder_and_path.0.path()),
            ["out.tif"],
            "{name}"
        );
        assert!(fs::read(path).expect("it is there") != OLD);
    }
}

/// So little memory that every row of tiles is a step of its own, with the spool on the disk.
fn context() -> Context {
    raster::limits(|limits| {
        limits.job_bytes = 2 * 16 * 100 * 4;
        limits.spool_bytes = 0;
    })
}
