//! What happens to the file that is to be replaced, when all goes well and when it does not.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use cogwork::sample::DataType::U8;
use cogwork::write::{CogOptions, CogWriter, Compression, Raster, write_block};
use cogwork::{Chunks, Cog, Context, ErrorKind};

use crate::common::{self, raster};

const OLD: &[u8] = b"the old file";

/// A folder with an old file in it.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.tif");
    fs::write(&path, OLD).expect("the folder takes it");
    (folder, path)
}

fn options() -> CogOptions {
    raster::options(Compression::Deflate, 16)
}

fn assert_unharmed(folder: &Path) {
    assert_eq!(common::entries(folder), ["out.tif"]);
    assert_eq!(fs::read(folder.join("out.tif")).expect("it is there"), OLD);
}

fn scene(name: &str) -> Vec<u8> {
    fs::read(common::repository().join("testdata/scene").join(name)).expect(name)
}

/// `visual.tif` is cut in its base, which comes last: the header opens, the overview is whole.
#[test]
fn an_input_that_ends_too_early() {
    let mut bytes = scene("visual.tif");
    bytes.truncate(700_000);
    for spool_bytes in [0, 1 << 30] {
        let context = raster::limits(|limits| limits.spool_bytes = spool_bytes);
        let cog = raster::open(bytes.clone(), &context);
        let (folder, path) = folder();
        let error = cog
            .base()
            .lazy()
            .write_cog(&path, &options())
            .expect_err("tiles are missing");
        assert!(matches!(error.kind(), ErrorKind::Malformed(_)), "{error:?}");
        assert_eq!(
            (error.place().level, error.place().tile.is_some()),
            (Some(0), true)
        );
        assert_unharmed(folder.path());
        let whole = cog.overview(0).expect("an overview").lazy();
        whole
            .write_cog(&path, &options())
            .expect("the overview is whole");
        assert_eq!(common::entries(folder.path()), ["out.tif"]);
        assert_ne!(fs::read(&path).expect("it is there"), OLD);
    }
}

#[test]
fn cancelled_at_every_step() {
    let block = raster::block(U8, 1, (40, 100));
    let input = raster::written(&block, &options());
    let context = raster::limits(|limits| limits.spool_bytes = 0);
    let cog = raster::open(input, &context);
    let steps = 100_usize.div_ceil(16);
    for stop in 0..=steps + 1 {
        let (folder, path) = folder();
        let mut heard = Vec::new();
        let result = cog.base().lazy().chunks(Chunks::Tiles).write_cog_with(
            &path,
            &options(),
            &mut |event| {
                heard.push((event.rows_done, event.rows));
                if heard.len() > stop {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        let rows = |step: usize| ((16 * step).min(100) as u64, 100);
        let told: Vec<(u64, u64)> = (0..=stop.min(steps)).map(rows).collect();
        assert_eq!(heard, told, "stopped at {stop}");
        if stop <= steps {
            let error = result.expect_err("it was stopped");
            assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error:?}");
            assert_unharmed(folder.path());
        } else {
            result.expect("nobody stopped it");
            assert_eq!(common::entries(folder.path()), ["out.tif"]);
        }
    }
}

/// A writer that is dropped, or whose rows are missing, leaves nothing.
#[test]
fn given_up() {
    let block = raster::block(U8, 1, (40, 30));
    let context = raster::limits(|limits| limits.spool_bytes = 0);
    let (folder, path) = folder();
    let mut raster = Raster::of_block(&block);
    raster.size.height = 60;
    let mut writer =
        CogWriter::create(&path, raster.clone(), &options(), &context).expect("a folder");
    writer.push(block.clone()).expect("rows that fit");
    drop(writer);
    assert_unharmed(folder.path());
    let mut writer = CogWriter::create(&path, raster, &options(), &context).expect("a folder");
    writer.push(block).expect("rows that fit");
    let error = writer.finish().expect_err("rows are missing");
    assert!(error.is_usage(), "{error:?}");
    assert_unharmed(folder.path());
}

#[test]
fn places_that_cannot_be_written() {
    let (folder, _) = folder();
    fs::create_dir(folder.path().join("directory")).expect("a directory");
    let block = raster::block(U8, 1, (40, 30));
    let input = raster::open(raster::written(&block, &options()), &Context::default());
    for name in ["missing/out.tif", "directory", "out.tif/out.tif", "", ".."] {
        let path = folder.path().join(name);
        let errors = [
            write_block(&path, &block, Raster::of_block(&block), &options()),
            input.base().lazy().write_cog(&path, &options()),
        ];
        for error in errors {
            let error = error.expect_err(name);
            assert!(
                matches!(error.kind(), ErrorKind::Io(_)),
                "{name}: {error:?}"
            );
            assert!(error.place().source.is_some(), "{name}");
        }
    }
    assert_eq!(common::entries(folder.path()), ["directory", "out.tif"]);
    assert_eq!(common::entries(&folder.path().join("directory")), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).expect("our folder");
    let probe = fs::write(folder.path().join("probe"), b"");
    let block = raster::block(U8, 1, (40, 30));
    let result = write_block(&path, &block, Raster::of_block(&block), &options());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("our folder");
    if probe.is_ok() {
        println!("left out: this user may write everywhere");
        return;
    }
    let error = result.expect_err("the folder is not to be written");
    assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error:?}");
    assert_unharmed(folder.path());
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    let block = raster::block(U8, 1, (40, 30));
    let expected = raster::written(&block, &options());
    let there = tempfile::tempdir().expect("a folder");
    for name in ["present.tif", "absent.tif"] {
        let target = there.path().join(name);
        if name == "present.tif" {
            fs::write(&target, OLD).expect("the folder takes it");
        }
        let here = tempfile::tempdir().expect("a folder");
        let link = here.path().join("link.tif");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        write_block(&link, &block, Raster::of_block(&block), &options()).expect(name);
        assert!(link.is_symlink(), "{name}: the link stays");
        assert_eq!(fs::read(&target).expect(name), expected);
        assert_eq!(common::entries(here.path()), ["link.tif"]);
    }
    assert_eq!(common::entries(there.path()), ["absent.tif", "present.tif"]);
}

/// Others may read the file if they may read any other new file.
#[cfg(unix)]
#[test]
fn permissions_are_those_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let [ours, usual] = ["ours.tif", "usual.tif"].map(|name| folder.path().join(name));
    let block = raster::block(U8, 1, (40, 30));
    write_block(&ours, &block, Raster::of_block(&block), &options()).expect("a folder");
    fs::write(&usual, b"").expect("a folder");
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
    };
    assert_eq!(mode(&ours), mode(&usual));
}

#[test]
fn onto_its_own_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("SCL.tif");
    fs::write(&path, scene("SCL.tif")).expect("the folder takes it");
    let cog = Cog::open(&path).expect("the scene");
    let before = cog.base().read().expect("the scene");
    let lazy = cog.base().lazy();
    let masked = lazy.mask(&lazy.is_in([8, 9])).expect("one grid");
    masked
        .write_cog(&path, &CogOptions::default())
        .expect("the folder takes it");
    let after = Cog::open(&path)
        .expect("what was written")
        .base()
        .read()
        .expect("it is whole");
    let masked = |&class: &u8| if [8, 9].contains(&class) { 0 } else { class };
    let expected: Vec<u8> = before
        .as_slice()
        .expect("bytes")
        .iter()
        .map(masked)
        .collect();
    assert_eq!(after.as_slice(), Some(&expected[..]));
    assert_eq!(common::entries(folder.path()), ["SCL.tif"]);
}

#[test]
fn two_at_once() {
    let blocks = [(40, 30), (300, 200)].map(|size| raster::block(U8, 1, size));
    let whole = blocks
        .each_ref()
        .map(|block| raster::written(block, &options()));
    let (folder, path) = folder();
    for _ in 0..10 {
        std::thread::scope(|scope| {
            for block in &blocks {
                let path = &path;
                scope.spawn(move || {
                    write_block(path, block, Raster::of_block(block), &options())
                        .expect("the folder takes it");
                });
            }
        });
        assert!(whole.contains(&fs::read(&path).expect("it is there")));
        assert_eq!(common::entries(folder.path()), ["out.tif"]);
    }
}

/// A reader that has the old file open reads the old file.
#[test]
fn a_reader_keeps_what_it_has_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.tif");
    let [old, new] = [(40, 30), (30, 40)].map(|size| raster::block(U8, 1, size));
    write_block(&path, &old, Raster::of_block(&old), &options()).expect("a folder");
    let open = Cog::open(&path).expect("the old file");
    write_block(&path, &new, Raster::of_block(&new), &options()).expect("a folder");
    assert_eq!(open.base().read().expect("the old file"), old);
    assert_eq!(
        Cog::open(&path)
            .expect("the new file")
            .base()
            .read()
            .expect("it is whole"),
        new
    );
}
