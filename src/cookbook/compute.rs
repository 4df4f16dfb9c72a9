//! Recipes of the raster algebra: everything here is lazy until an end is called, and runs chunk by
//! chunk, on all cores.
//!
//! # A cloud-free composite of many scenes
//! Clouds become nodata scene by scene, and the median of what is left is taken pixel by pixel. Of all
//! scenes only the chunks at work are in memory. It is a raster like others: [`write_cog`] writes it.
//! (Two bands of the shipped scene stand for dates here.)
//!
//! [`write_cog`]: crate::Lazy::write_cog
//! ```
//! use cogwork::{Cog, Lazy, Reduction, Result, SummaryOptions};
//!
//! let clear = |band: &str, cloud: u8| -> Result<Lazy> {
//!     let band = Cog::open(format!("testdata/scene/{band}.tif"))?.overview(0)?.lazy();
//!     let classes = Cog::open("testdata/scene/SCL.tif")?.base().lazy();
//!     band.mask(&classes.is_in([cloud]))
//! };
//! let dates = [clear("B04", 8)?, clear("B08", 9)?, clear("B04", 10)?];
//! let composite = Lazy::reduce(Reduction::Median, &dates)?; // float32, NaN where all are cloud
//! let summary = &composite.summarize(&SummaryOptions::default())?[0];
//! assert_eq!(summary.valid, 146_799);
//! assert_eq!(summary.mean, Some(2108.695777900394)); // numpy.nanmedian's
//! # Ok::<(), cogwork::Error>(())
//! ```
//! [`Reduction::First`](crate::Reduction::First) takes the first clear date instead, and
//! [`Reduction::Count`](crate::Reduction::Count) says how many there are.
//!
//! # NDVI
//! An index of two bands, written as a COG of float32; nodata is NaN. Integers are given room, so that
//! the difference of two uint16 is never taken for a large number.
//! ```
//! use cogwork::write::{CogOptions, Compression};
//! use cogwork::{Cog, Resampling, grid::Window};
//!
//! let band = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"))?.overview(0);
//! let (red, nir) = (band("B04")?.lazy(), band("B08")?.lazy());
//! let ndvi = (&nir - &red) / (&nir + &red);
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("ndvi.tif");
//! let options = CogOptions::default().compression(Compression::Deflate);
//! ndvi.write_cog(&path, &options.resampling(Resampling::Average))?;
//! let pixel = Cog::open(&path)?.base().read_window(Window::new(60, 60, 1, 1))?;
//! assert_eq!(pixel.as_slice(), Some(&[2119.0f32 / 5679.0][..])); // of 3899 and 1780
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Mean NDVI per class
//! One pass gives every statistic of every class that occurs.
//! ```
//! use cogwork::{Cog, SummaryOptions};
//!
//! let band = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"))?.overview(0);
//! let (red, nir) = (band("B04")?.lazy(), band("B08")?.lazy());
//! let ndvi = (&nir - &red) / (&nir + &red);
//! let classes = Cog::open("testdata/scene/SCL.tif")?.base().lazy();
//! let options = SummaryOptions { percentiles: vec![5.0, 50.0, 95.0], ..SummaryOptions::default() };
//! let zones = ndvi.zonal(&classes, &options)?;
//! let vegetation = &zones[&4][0]; // of the first band
//! assert_eq!((vegetation.valid, vegetation.mean), (117_570, Some(0.352699991599036)));
//! assert!(!zones.contains_key(&0)); // nodata is no class
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Classes of 20 m as a condition over pixels of 10 m
//! Grids that differ are an error, never a shift: [`match_grid`](crate::Lazy::match_grid) says how they
//! meet. What the classes mask throughout is not read.
//! ```
//! use cogwork::{Cog, Resampling, SummaryOptions};
//!
//! let band = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"));
//! let (red, nir) = (band("B04")?.base().lazy(), band("B08")?.base().lazy());
//! let cloud = band("SCL")?.base().lazy().is_in([8, 9]);
//! let ndvi = (&nir - &red) / (&nir + &red);
//! assert!(ndvi.mask(&cloud).is_err()); // 774 x 782 and 387 x 391 pixels
//! let clear = ndvi.mask(&cloud.match_grid(&ndvi, Resampling::Nearest)?)?;
//! let summary = &clear.summarize(&SummaryOptions::default())?[0];
//! assert_eq!((summary.valid, summary.mean), (540_466, Some(0.32875998091203773)));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Look at the pixels around: a focal mean, a hillshade
//! ```
//! use cogwork::neighbourhood::{Convolution, Hillshade};
//! use cogwork::{Cog, grid::Window};
//!
//! let band = Cog::open("testdata/scene/B04.tif")?.base().lazy();
//! let smooth = band.focal_mean(3)?; // invalid pixels are skipped
//! let shaded = band.hillshade(Hillshade::default())?; // as gdaldem; of heights, in earnest
//! let edges = band.convolve(Convolution::new(&[[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])?)?;
//!
//! let pixel = Window::new(101, 101, 1, 1); // a part sees the pixels beyond it
//! assert_eq!(smooth.clip_window(pixel)?.compute()?.as_slice(), Some(&[14_836.0f32 / 9.0][..]));
//! assert_eq!(shaded.clip_window(pixel)?.compute()?.as_slice(), Some(&[98u8][..]));
//! assert_eq!(edges.clip_window(pixel)?.compute()?.as_slice(), Some(&[77.0f32][..]));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # A function of your own
//! It gets blocks, with as many pixels around as it asks for, on all threads.
//! ```
//! use cogwork::lazy::MapSpec;
//! use cogwork::sample::{DataType, Samples};
//! use cogwork::{Block, Cog, grid::Window};
//!
//! let band = Cog::open("testdata/scene/B04.tif")?.base().lazy();
//! let spec = MapSpec::new().data_type(DataType::U8); // as many bands, and nodata stays 0
//! let picture = band.map_chunks(spec, |chunk| {
//!     let block = chunk.block();
//!     let samples: &[u16] = block.as_slice().expect("the file is uint16");
//!     let roots = samples.iter().map(|&sample| f32::from(sample).sqrt().round() as u8);
//!     Block::new(1, block.size(), Samples::U8(roots.collect()), block.validity().clone())
//! })?;
//! let pixel = picture.clip_window(Window::new(101, 101, 1, 1))?;
//! assert_eq!(pixel.compute()?.as_slice(), Some(&[40u8][..])); // of 1632
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Bit masks of quality bands
//! Flags are bits, and confidences a few bits in a row. (The scene's classes stand for a band of flags.)
//! ```
//! use cogwork::{Cog, SummaryOptions};
//!
//! let quality = Cog::open("testdata/scene/SCL.tif")?.base().lazy();
//! let flagged = (&quality & 0b1000).ne(0); // bit 3
//! let confidence = (&quality >> 2) & 0b11; // bits 2 and 3
//! let cloud = flagged.or(&confidence.ge(3));
//! let clear = Cog::open("testdata/scene/visual.tif")?.overview(0)?.lazy().mask(&cloud)?;
//! # assert_eq!(clear.data_type()?, cogwork::sample::DataType::U8);
//! let share = &flagged.summarize(&SummaryOptions::default())?[0];
//! assert_eq!(share.sum, Some(15_673.0)); // pixels: a mask is numbers of 0 and 1
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Bands of several files in one COG
//! ```
//! use cogwork::{Cog, Lazy, Context, source::memory::MemorySource, write::CogOptions};
//!
//! let band = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"))?.overview(0);
//! let visual = band("visual")?.lazy();
//! let stacked = Lazy::stack([&band("B08")?.lazy(), &band("B04")?.lazy(), &visual.bands([3, 1])?])?;
//! let mut bytes = Vec::new();
//! stacked.write_cog_to(&mut bytes, &CogOptions::default())?;
//!
//! let cog = Cog::from_source(MemorySource::new(bytes), &Context::default())?;
//! let pixel = cog.base().read_window(cogwork::grid::Window::new(60, 60, 1, 1))?;
//! assert_eq!(pixel.as_slice(), Some(&[3899u16, 1780, 42, 56][..])); // the smallest type for all
//! # Ok::<(), cogwork::Error>(())
//! ```
//! Where files have masks see [`Lazy::stack`](crate::Lazy::stack): all bands of a COG share one.
//!
//! # Only a part
//! A box in units of the coordinate system, or a window in pixels: only the tiles that it touches are
//! read, and no pixel of it changes.
//! ```
//! use cogwork::{Cog, grid::Size};
//!
//! let band = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"));
//! let (red, nir) = (band("B04")?.base().lazy(), band("B08")?.base().lazy());
//! let ndvi = (&nir - &red) / (&nir + &red);
//! let part = ndvi.clip_box(602_000.0, 4_996_000.0, 604_000.0, 4_998_000.0)?; // left, bottom, ..
//! assert_eq!(part.size()?, Size::new(200, 200));
//! assert_eq!(part.statistics()?[0].mean, Some(0.322320078398753));
//! assert_eq!(part.estimate()?.tiles, 8); // of 32
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Keep what is needed again
//! What is persisted is computed now and lazy still: in memory up to a limit, in a temporary file
//! beyond it, or with [`Beyond::Fail`](crate::Beyond::Fail) not at all.
//! ```
//! use cogwork::{Cog, Context, PersistOptions, write::Compression};
//!
//! let context = Context::default();
//! let classes = Cog::open_with("testdata/scene/SCL.tif", &context)?.base().lazy();
//! let options = PersistOptions::default().compression(Compression::Deflate).limit(64 << 20);
//! let cloud = classes.is_in([8, 9]).persist_with(&options)?;
//! let read = context.counters.bytes_read();
//! for _ in 0..3 {
//!     let block = cloud.compute()?;
//!     let pixels = block.as_slice::<u8>().expect("0 and 1").iter();
//!     assert_eq!(pixels.map(|&pixel| u32::from(pixel)).sum::<u32>(), 11_623);
//! }
//! assert_eq!(context.counters.bytes_read(), read); // the file is not read again
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # The same as text
//! A formula has the operators of numpy and the functions of [`Lazy`](crate::Lazy); its grammar is in
//! [`expr::parse`](crate::expr::parse), and `cogwork calc` takes it on the command line.
//! ```
//! use cogwork::{Cog, Lazy};
//!
//! let band = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"))?.overview(0);
//! let inputs = [
//!     ("red", band("B04")?.lazy()),
//!     ("nir", band("B08")?.lazy()),
//!     ("scl", Cog::open("testdata/scene/SCL.tif")?.base().lazy()),
//! ];
//! let text = "where(is_in(scl, 8, 9), nodata, (nir - red) / (nir + red))";
//! let clear = Lazy::parse(text, &inputs)?;
//! let (formula, _) = clear.formula(&["nir", "red", "scl"])?; // and back, as methods write it
//! assert_eq!(formula.to_string(), "mask((nir - red) / (nir + red), is_in(scl, 8, 9))");
//! let error = Lazy::parse("nir - rde", &inputs).unwrap_err();
//! assert!(error.to_string().contains("`rde`"), "{error}");
//! # Ok::<(), cogwork::Error>(())
//! ```
