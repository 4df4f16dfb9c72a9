//! Recipes for pixels in the types of others: pictures, arrays.
//!
//! # A quicklook as PNG
//! With the feature `png`: as many pixels as the picture has are read, from the overview that serves.
//! What is not valid is transparent.
#![cfg_attr(not(feature = "png"), doc = "```ignore")]
#![cfg_attr(feature = "png", doc = "```")]
//! use cogwork::picture::{ColorMap, Quicklook, Stretch};
//! use cogwork::Cog;
//!
//! let open = |name: &str| Cog::open(format!("testdata/scene/{name}.tif"));
//! let folder = tempfile::tempdir()?;
//!
//! let scene = Quicklook::new().size(256).draw(&open("visual")?.base())?; // red, green, blue
//! scene.save_png(folder.path().join("visual.png"))?;
//!
//! let stretch = Stretch::Percentile(2.0, 98.0);
//! let band = Quicklook::new().size(256).stretch(stretch).color_map(ColorMap::Viridis);
//! band.scale_bar().draw(&open("B08")?.base())?.save_png(folder.path().join("nir.png"))?;
//!
//! let classes = Quicklook::new().size(256).color_map(ColorMap::scl()).legend();
//! classes.draw(&open("SCL")?.base())?.save_png(folder.path().join("classes.png"))?;
//! let bytes = std::fs::read(folder.path().join("classes.png"))?;
//! assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Pixels as an array of ndarray
//! With the feature `ndarray`: axes are bands, rows, columns, as numpy has them from rasterio. A view
//! shares the block's memory, and an array takes it over.
#![cfg_attr(not(feature = "ndarray"), doc = "```ignore")]
#![cfg_attr(feature = "ndarray", doc = "```")]
//! use cogwork::grid::Window;
//! use cogwork::read::request::ReadRequest;
//! use cogwork::write::{CogOptions, Raster, write_block_to};
//! use cogwork::{Block, Cog, block::Validity};
//! use ndarray::{Array3, Axis};
//!
//! let level = Cog::open("testdata/scene/visual.tif")?.overview(0)?;
//! let block = level.read_window(Window::new(60, 60, 8, 4))?;
//! let pixels = block.as_array::<u8>().expect("the file is uint8");
//! assert_eq!(pixels.dim(), (3, 4, 8));
//! assert_eq!(pixels[[2, 0, 0]], 42); // band 3
//!
//! let mut whole = Array3::<u8>::zeros((3, 391, 387));
//! level.read_into_array(&ReadRequest::new(), whole.view_mut())?; // no copy after decoding
//! assert_eq!(whole.index_axis(Axis(0), 2)[[60, 60]], 42);
//!
//! let negative = whole.mapv(|sample| 255 - sample);
//! let block = Block::from_array(negative, Validity::All)?;
//! let mut raster = Raster::of_block(&block);
//! raster.georeference = level.georeference();
//! write_block_to(&mut Vec::new(), &block, raster, &CogOptions::default())?;
//! # Ok::<(), cogwork::Error>(())
//! ```
