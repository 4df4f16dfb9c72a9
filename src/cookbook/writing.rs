//! Recipes for COGs to be made, laid out anew, changed and checked.
//!
//! # Lay a file out anew
//! Any file that can be read becomes a COG by [`convert`](crate::Level::convert). Tiles that may stay as
//! they are, are copied, not decoded; overviews, mask, metadata and georeference are kept.
//! ```
//! use cogwork::validate::{Depth, validate};
//! use cogwork::{Cog, Context, write::CogOptions};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("visual.tif");
//! let context = Context::default();
//! let scene = Cog::open_with("testdata/scene/visual.tif", &context)?;
//! scene.base().convert(&path, CogOptions::default())?;
//! assert_eq!(context.counters.tiles_decoded(), 0);
//! assert!(validate(&path, Depth::Full, &context)?.is_strictly_valid());
//!
//! let smaller = folder.path().join("blocks.tif");
//! scene.base().convert(&smaller, CogOptions::default().blocksize(128))?; // other tiles: encoded
//! assert!(context.counters.tiles_decoded() > 0);
//! assert_eq!(Cog::open(&smaller)?.base().read()?.samples(), scene.base().read()?.samples());
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Change nodata or metadata, and keep the COG a COG
//! ```
//! use cogwork::sample::Scalar;
//! use cogwork::validate::{Depth, validate};
//! use cogwork::{Cog, Context, edit::Edit};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("SCL.tif");
//! std::fs::copy("testdata/scene/SCL.tif", &path)?;
//! let edit = Edit::new()
//!     .nodata(Some(Scalar::Int(0)))
//!     .description(1, Some("scene classification"))
//!     .item("SOURCE", Some("Sentinel-2"));
//! Cog::open(&path)?.edit(&path, &edit)?; // in place: whole or not at all
//!
//! assert_eq!(Cog::open(&path)?.base().nodata(), Some(Scalar::Int(0)));
//! assert!(validate(&path, Depth::Full, &Context::default())?.is_valid());
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Validate in CI
//! In a test of yours; `cogwork validate --strict FILE` does the same in a shell, with exit code 1.
//! ```
//! use cogwork::Context;
//! use cogwork::source::memory::MemorySource;
//! use cogwork::validate::{Depth, Rule, Severity, validate, validate_source};
//!
//! # let files = ["testdata/scene/SCL.tif", "testdata/scene/visual.tif"];
//! for file in files {
//!     let report = validate(file, Depth::Full, &Context::default())?;
//!     assert!(report.is_strictly_valid(), "{report}"); // each finding with its place and a hint
//! }
//!
//! // What is wrong is typed.
//! let mut bytes = std::fs::read("testdata/scene/SCL.tif")?;
//! bytes.truncate(bytes.len() - 100);
//! let cut = MemorySource::new(bytes);
//! let report = validate_source(cut, Depth::Full, &Context::default())?;
//! let error = report.of(Severity::Error).next().expect("an error");
//! assert_eq!((error.rule, error.level, error.tile), (Rule::TileRange, Some(0), Some(3)));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Write to a socket, or to anything that is `Write`
//! A COG is written from front to back: no seek is needed. The bytes are those of a file.
//! ```
//! use std::io::Read;
//! use std::net::{TcpListener, TcpStream};
//! use cogwork::{Cog, write::CogOptions};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let receiver = std::thread::spawn(move || {
//!     let mut bytes = Vec::new();
//!     listener.accept()?.0.read_to_end(&mut bytes)?;
//!     std::io::Result::Ok(bytes)
//! });
//!
//! let image = Cog::open("testdata/scene/visual.tif")?.overview(0)?.lazy();
//! let options = CogOptions::default();
//! image.write_cog_to(&mut TcpStream::connect(address)?, &options)?;
//!
//! let mut bytes = Vec::new();
//! image.write_cog_to(&mut bytes, &options)?;
//! assert!(receiver.join().expect("no panic")? == bytes);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Write pixels that you have
//! Rows may come in pieces; the file appears when the last one has been written.
//! ```
//! use cogwork::block::{Block, Validity};
//! use cogwork::grid::Size;
//! use cogwork::sample::{DataType, Samples};
//! use cogwork::write::{CogOptions, CogWriter, Raster};
//! use cogwork::{Cog, Context};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("ramp.tif");
//! let raster = Raster::new(Size::new(1000, 600), 1, DataType::U16);
//! let context = Context::default();
//! let mut writer = CogWriter::create(&path, raster, &CogOptions::default(), &context)?;
//! for top in (0u16..600).step_by(100) {
//!     let rows = (top..top + 100).flat_map(|row| (0..1000).map(move |column| row + column));
//!     let samples = Samples::U16(rows.collect());
//!     writer.push(Block::new(1, Size::new(1000, 100), samples, Validity::All)?)?;
//! }
//! writer.finish()?;
//! assert_eq!(Cog::open(&path)?.overview_count(), 1);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Write blocks in any order, from several threads
//! No lock is needed: [`BlockWriter`](crate::write::BlockWriter) takes each window once, from any
//! thread, and gives the same bytes whatever the order.
//! ```
//! use cogwork::block::{Block, Validity};
//! use cogwork::grid::{Size, Window};
//! use cogwork::sample::{DataType, Samples};
//! use cogwork::write::{BlockWriter, CogOptions, Raster};
//! use cogwork::{Cog, Context};
//! use rayon::prelude::*;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("tiles.tif");
//! let raster = Raster::new(Size::new(2048, 2048), 1, DataType::U8);
//! let (options, context) = (CogOptions::default(), Context::default());
//! let writer = BlockWriter::create(&path, raster, &options, &context)?;
//! let side = writer.tile_size().width; // whole tiles are cheapest
//! (0..16u8).into_par_iter().try_for_each(|tile| {
//!     let (column, row) = (u32::from(tile % 4) * side, u32::from(tile / 4) * side);
//!     let samples = Samples::U8(vec![tile; 512 * 512]);
//!     let block = Block::new(1, Size::new(side, side), samples, Validity::All)?;
//!     writer.push(Window::new(column, row, side, side), block)
//! })?;
//! writer.finish()?; // an error if a window is missing
//! let pixel = Cog::open(&path)?.base().read_window(Window::new(2047, 0, 1, 1))?;
//! assert_eq!(pixel.as_slice(), Some(&[3u8][..]));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Show progress, and a button to cancel
//! ```
//! use std::ops::ControlFlow;
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use cogwork::{Cog, ErrorKind, write::CogOptions};
//!
//! let pressed = AtomicBool::new(false);
//! let raster = Cog::open("testdata/scene/visual.tif")?.base().lazy();
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("copy.tif");
//! let result = raster.write_cog_with(&path, &CogOptions::default(), &mut |event| {
//!     println!("{} of {} rows", event.rows_done, event.rows);
//!     pressed.store(true, Ordering::Relaxed); // somebody presses the button
//!     match pressed.load(Ordering::Relaxed) {
//!         true => ControlFlow::Break(()),
//!         false => ControlFlow::Continue(()),
//!     }
//! });
//! assert!(matches!(result.unwrap_err().kind(), ErrorKind::Cancelled));
//! assert!(!path.exists()); // nothing is left behind
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Find what a killed process has left
//! Files that are not finished are called `.NAME.PROCESS-NUMBER.part` (see [`write`](crate::write)).
//! Those of processes that are no more can go; on the machine that wrote them, with Linux:
//! ```sh
//! find FOLDER -name '.*.[0-9]*-[0-9]*.part' | while read -r file; do
//!     process=${file%-*}; process=${process##*.}
//!     [ -e "/proc/$process" ] || rm -- "$file"
//! done
//! ```
