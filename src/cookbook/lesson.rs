//! The lesson "Parallel raster computations using Dask" (Carpentries Incubator, *Introduction to Geospatial
//! Raster and Vector Data with Python*), line by line: what it writes with pystac, rioxarray and Dask, and
//! what stands for it here. `tests/scene/lesson.rs` walks it with the figures that rioxarray gives.
//!
//! | the lesson | here |
//! |---|---|
//! | `items = pystac.ItemCollection.from_file("mysearch.json")`, `assets = items[-1].assets` | `AssetReference::parse("mysearch.json#-1/visual")`, of the module `stac`, with the feature of that name |
//! | `visual = rioxarray.open_rasterio(href, overview_level=0)` | `let visual = Cog::open(path)?.overview(0)?;` |
//! | `scl = rioxarray.open_rasterio(href)` | `let scl = Cog::open(path)?.base();` |
//! | `visual.rio.resolution() == scl.rio.resolution()` | `visual.resolution() == scl.resolution()` |
//! | `visual.load()` | `visual.read()?`, which no later line needs |
//! | `mask = scl.squeeze("band", drop=True).isin([8, 9])` | `let cloud = scl.lazy().is_in([8, 9]);` one band serves many |
//! | `masked = visual.where(~mask, other=visual.rio.nodata)` | `let masked = visual.lazy().mask(&cloud)?;` |
//! | `masked.rio.to_raster("band_masked.tif")` | `masked.write_cog("band_masked.tif", &options)?`, a COG with overviews |
//! | `visual.rio.to_raster(.., tiled=True, lock=threading.Lock())` | the same: tiled always, in parallel always, no lock |
//! | `open_rasterio(.., chunks=(1, 4000, 4000))` | `masked.chunks((1, 4000, 4000))` |
//! | `chunks="auto"` | [`Chunks::Auto`](crate::Chunks::Auto), the default; [`Chunks::DASK`](crate::Chunks::DASK) is Dask's rule of 128 MiB |
//! | `block_shapes` of rasterio | `visual.block_shapes()`, [`Chunks::Tiles`](crate::Chunks::Tiles) |
//! | `scl = scl.persist()` | `let scl = scl.lazy().persist()?;` |
//! | `store = masked.rio.to_raster(.., compute=False)` | `let store = masked.plan(&options)?;` |
//! | `dask.visualize(store)` | `store.graph()`, which Graphviz draws; `store.explain()`, `store.estimate()?` |
//! | `store.compute()` | `store.run("band_masked.tif")?` |
//! | `masked.compute()` | `masked.compute()?` |
//!
//! In one piece:
#![cfg_attr(not(feature = "stac"), doc = "```ignore")]
#![cfg_attr(feature = "stac", doc = "```")]
//! use cogwork::stac::AssetReference;
//! use cogwork::{Cog, Resampling, Result, write::CogOptions};
//!
//! let open = |key: &str| -> Result<Cog> {
//!     let name = format!("testdata/scene/mysearch.json#-1/{key}");
//!     Cog::open(AssetReference::parse(&name).expect("a reference").resolve()?)
//! };
//! let (visual, scl) = (open("visual")?.overview(0)?, open("SCL")?.base());
//! assert_eq!(visual.resolution(), scl.resolution());
//! assert_eq!(visual.resolution(), (20.0, -20.0));
//!
//! let cloud = scl.lazy().is_in([8, 9]);
//! assert_eq!(cloud.statistics()?[0].mean, Some(11_623.0 / 151_317.0)); // of 391 x 387 pixels
//! let masked = visual.lazy().mask(&cloud)?;
//! let options = CogOptions::default().blocksize(128).resampling(Resampling::Average);
//! let folder = tempfile::tempdir()?;
//! masked.write_cog(folder.path().join("band_masked.tif"), &options)?;
//!
//! let store = masked.clone().chunks((1, 4000, 4000)).plan(&options)?; // nothing is read
//! assert!(store.graph().starts_with("digraph"));
//! store.run(folder.path().join("later.tif"))?;
//! let [now, later] = ["band_masked.tif", "later.tif"].map(|name| folder.path().join(name));
//! assert!(std::fs::read(now)? == std::fs::read(later)?); // chunks change no byte
//! assert_eq!(masked.compute()?.shape(), (3, 391, 387));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Beyond the lesson
//! | xarray, rioxarray, Dask | here |
//! |---|---|
//! | `xarray.apply_ufunc`, `map_blocks`, `dask.array.map_overlap` | [`map_chunks`](crate::Lazy::map_chunks), with a halo if it is asked for |
//! | `xarray.concat([..], dim="time").median("time")` | [`Lazy::reduce`](crate::Lazy::reduce) by [`Reduction::Median`](crate::Reduction::Median) |
//! | `rio.reproject_match(other)`, of one coordinate system | [`match_grid`](crate::Lazy::match_grid) |
//! | `rio.clip_box(..)` | [`clip_box`](crate::Lazy::clip_box) |
//! | `ndvi.groupby(scl).mean()` | [`zonal`](crate::Lazy::zonal) |
