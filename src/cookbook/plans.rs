//! Recipes of jobs as values: looked at, drawn, estimated, sent elsewhere, watched, ended, or carried on
//! without what is damaged.
//!
//! # Look before you run
//! A [`Plan`](crate::Plan) has read nothing. It is what Dask calls `compute=False`: run it when you like,
//! on any thread, more than once.
//! ```
//! use cogwork::{Cog, write::CogOptions};
//!
//! let image = Cog::open("testdata/scene/visual.tif")?.overview(0)?.lazy();
//! let cloud = Cog::open("testdata/scene/SCL.tif")?.base().lazy().is_in([8, 9]);
//! let plan = image.mask(&cloud)?.plan(&CogOptions::default())?;
//!
//! println!("{}", plan.explain()); // in words
//! let estimate = plan.estimate()?; // tiles, requests, bytes, memory, disk
//! assert!(estimate.tiles > 0 && estimate.peak_bytes > 0);
//! let folder = tempfile::tempdir()?;
//! let drawing = folder.path().join("plan.dot"); // dot -Tsvg plan.dot
//! std::fs::write(&drawing, plan.graph())?;
//!
//! let report = plan.run(folder.path().join("band_masked.tif"))?;
//! assert!(report.counts.bytes_read <= estimate.bytes);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Chunks of your choice
//! No result depends on them; memory and speed do.
//! ```
//! use cogwork::{Chunks, Cog};
//!
//! let visual = Cog::open("testdata/scene/visual.tif")?.base();
//! assert_eq!(visual.block_shapes(), [(256, 256); 3]); // rasterio's
//! for chunks in [(1, 4000, 4000).into(), Chunks::Auto, Chunks::DASK, Chunks::Tiles] {
//!     let chunked = visual.lazy().chunks(chunks);
//!     assert_eq!(chunked.compute()?.samples(), visual.read()?.samples());
//! }
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Send a job to another process
//! With the feature `json`: the document has the formula, the files by path or URL, the parts of them, the
//! chunks and the options; `Lazy::to_json` has the fields.
#![cfg_attr(not(feature = "json"), doc = "```ignore")]
#![cfg_attr(feature = "json", doc = "```")]
//! use cogwork::{Cog, Context, Plan, write::CogOptions};
//!
//! let red = Cog::open("testdata/scene/B04.tif")?.overview(0)?.lazy();
//! let nir = Cog::open("testdata/scene/B08.tif")?.overview(0)?.lazy();
//! let ndvi = (&nir - &red) / (&nir + &red);
//! let plan = ndvi.plan(&CogOptions::default())?;
//! let text = plan.to_json()?;
//! assert!(text.contains("(a - b) / (a + b)"));
//!
//! let there = Plan::from_json(&text, &Context::default())?; // opens the files
//! let (mut ours, mut theirs) = (Vec::new(), Vec::new());
//! plan.run_to(&mut ours)?;
//! there.run_to(&mut theirs)?;
//! assert!(ours == theirs);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Go on without damaged tiles
//! They become nodata, and the report lists them; without [`OnError::Nodata`](crate::OnError) the first
//! one ends the job. (Here a copy of a file lacks its last 100 bytes.)
//! ```
//! use cogwork::grid::Window;
//! use cogwork::source::memory::MemorySource;
//! use cogwork::{Cog, Context, OnError, write::CogOptions};
//!
//! let mut bytes = std::fs::read("testdata/scene/B04.tif")?;
//! bytes.truncate(bytes.len() - 100);
//! let cog = Cog::from_source(MemorySource::new(bytes), &Context::default())?;
//! let plan = cog.base().lazy().on_error(OnError::Nodata).plan(&CogOptions::default())?;
//! let mut copy = Vec::new();
//! let report = plan.run_to(&mut copy)?;
//! for tile in &report.failed {
//!     println!("{}, level {}, tile {}: {}", tile.source, tile.level, tile.tile, tile.error);
//! }
//! let windows: Vec<Window> = report.failed.iter().map(|tile| tile.window).collect();
//! assert_eq!(windows, [Window::new(768, 768, 6, 14)]); // the last tile, at the raster's corner
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Watch a job, and end it
//! Progress comes between two steps, on the caller's thread, with all that has been counted. A
//! [`CancelToken`](crate::CancelToken) ends the job from any thread, in the middle of a wait too;
//! either way no file appears.
//! ```
//! use std::ops::ControlFlow;
//! use cogwork::{CancelToken, Cog, Context, ErrorKind, write::CogOptions};
//!
//! let cancel = CancelToken::new();
//! let context = Context::default().with_cancel(&cancel);
//! let image = Cog::open_with("testdata/scene/visual.tif", &context)?.base().lazy();
//! let plan = image.plan(&CogOptions::default())?;
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("copy.tif");
//! let mut rows = Vec::new();
//! plan.run_with(&path, &mut |event| {
//!     let counts = event.counts;
//!     println!("{} of {} rows, {} bytes", event.rows_done, event.rows, counts.bytes_read);
//!     rows.push(event.rows_done);
//!     ControlFlow::Continue(()) // or Break
//! })?;
//! assert!(rows.is_sorted() && rows.last() == Some(&782));
//!
//! cancel.cancel(); // from any thread
//! let error = plan.run(folder.path().join("again.tif")).unwrap_err();
//! assert!(matches!(error.kind(), ErrorKind::Cancelled));
//! assert!(path.exists() && !folder.path().join("again.tif").exists());
//! # Ok::<(), cogwork::Error>(())
//! ```
