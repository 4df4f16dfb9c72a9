//! An engine for Cloud Optimized GeoTIFF: reads, masks, computes and writes COGs in parallel, in
//! bounded memory, without GDAL.
//!
//! # Read a window
//! ```
//! use cogwork::{Cog, grid::Window};
//!
//! let cog = Cog::open("testdata/scene/visual.tif")?;
//! let block = cog.overview(0)?.read_window(Window::new(100, 50, 64, 32))?;
//! assert_eq!(block.shape(), (3, 32, 64)); // bands, rows, columns
//! let samples: &[u8] = block.as_slice().expect("the file is uint8");
//! # assert_eq!(samples.len(), 3 * 32 * 64);
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Mask clouds and write a COG
//! ```
//! use cogwork::{Cog, write::CogOptions};
//!
//! let visual = Cog::open("testdata/scene/visual.tif")?;
//! let scl = Cog::open("testdata/scene/SCL.tif")?;
//! let image = visual.overview(0)?; // 10 m -> 20 m, the resolution of SCL
//! assert_eq!(image.resolution(), scl.base().resolution());
//!
//! let cloud = scl.base().lazy().is_in([8, 9]); // nothing is read yet
//! let clear = image.lazy().mask(&cloud)?; // cloud -> nodata; types and grids are checked here
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(folder.path())?;
//! clear.write_cog("band_masked.tif", &CogOptions::default())?; // streams, on all cores
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Compute, then write
//! ```
//! use cogwork::{Cog, Resampling, write::{CogOptions, Compression}};
//!
//! let nir = Cog::open("testdata/scene/B08.tif")?.base().lazy();
//! let red = Cog::open("testdata/scene/B04.tif")?.base().lazy();
//! let ndvi = (&nir - &red) / (&nir + &red); // float32, nodata is NaN
//! let options =
//!     CogOptions::default().compression(Compression::Zstd).resampling(Resampling::Average);
//! let mut bytes = Vec::new(); // any `std::io::Write`: no seek is needed
//! ndvi.write_cog_to(&mut bytes, &options)?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # The same as text, and over many scenes
//! ```
//! use cogwork::{Cog, Lazy, Reduction, write::CogOptions};
//!
//! let scl = Cog::open("testdata/scene/SCL.tif")?.base().lazy();
//! let clear = |band: &str| -> cogwork::Result<Lazy> {
//!     let band = Cog::open(format!("testdata/scene/{band}.tif"))?.overview(0)?.lazy();
//!     Lazy::parse("where(is_in(scl, 8, 9), nodata, band)", &[("scl", scl.clone()), ("band", band)])
//! };
//! let dates = [clear("B04")?, clear("B08")?]; // two bands stand for dates
//! let composite = Lazy::reduce(Reduction::Median, &dates)?; // chunk by chunk, however many
//! let plan = composite.plan(&CogOptions::default())?; // nothing is read yet
//! println!("{}{:?}", plan.explain(), plan.estimate()?);
//! plan.run_to(&mut Vec::new())?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! What [`Lazy`] can do is listed there. Longer recipes are in [`cookbook`].
//!
//! # Features
//! | feature | default | what it brings |
//! |---|---|---|
//! | `deflate` | yes | Deflate, by flate2 with zlib-rs and an encoder of our own: pure Rust |
//! | `lzw` | yes | LZW, our own |
//! | `zstd` | yes | Zstandard, by the reference library: needs a C compiler |
//! | `http` | yes | objects behind http and https, by ureq with rustls ([`source::http`]) |
//! | `jpeg` | | JPEG, by zune-jpeg and jpeg-encoder: pure Rust |
//! | `webp` | | WebP, written lossless only, by image-webp: pure Rust |
//! | `lerc` | | LERC, by lerc-rs: pure Rust |
//! | `ccitt` | | CCITT Group 3 and 4, read only, with the code tables of fax: pure Rust |
//! | `lzma` | | LZMA, by lzma-rust2: pure Rust |
//! | `s3` | | signed requests to S3 and what speaks like it (`source::s3`) |
//! | `object_store` | | objects of the crate object_store as sources (`source::object_store`) |
//! | `stac` | | assets of STAC items as inputs (`stac`) |
//! | `json` | | plans and lazy rasters as JSON and back (`Plan::to_json`, `Lazy::to_json`) |
//! | `serde` | | metadata, findings, summaries and plans as what serde serializes ([`interop`]) |
//! | `cli` | | the command line, with all above but `object_store` |
//! | `ndarray` | | blocks as arrays of ndarray, without a copy ([`interop`]) |
//! | `image` | | blocks as pictures of the crate image, and back ([`interop`]) |
//! | `geo-types` | | bounds as rectangles of geo-types ([`interop`]) |
//! | `tracing` | | spans around fetching, decoding, evaluating and encoding ([`interop`]) |
//!
//! Without default features the crate is pure Rust, has no network, and compiles for
//! `wasm32-unknown-unknown`; it reads and writes uncompressed tiles and reads PackBits.
//!
//! # Layers
//! A file uses lower layers only (`tests/layering.rs` fails otherwise), and the pillars of L1 do not
//! see each other.
//! ```text
//! L0 words    error  limits  counters  cancel  grid  sample  block  pool  cache (decoded tiles, shared)
//!             trace (spans)
//! L1 pillars  format/  wire tag directory header (sans-I/O) image geo keys ghost layout (COG plan)
//!                      framing (leaders and trailers of tiles)
//!                      what files say beside pixels: annotations metadata color rpc
//!             codec/   Codec: raw deflate lzw zstd packbits; jpeg webp lerc ccitt lzma; predictor
//!             source/  ByteSource: memory file http/ object_store; s3 (signatures)  location (URLs)
//!                      ranges (coalescing)  fetch, abreast (the I/O threads)
//!                      cached (ranges that are kept, or under way)
//!             expr/    Expr  bind (types, folding)  eval (kernels on blocks)  parse (formulas)
//!             neighbourhood/  Kernel: focal statistics, convolution, terrain, on a block and its halo
//!             resampling/  Resampling  Reduction: one level from another, or pixels at any place
//!             exec     Executor: rayon, serial; progress      spool  encoded tiles until laid out
//! L2 join     context  threads, limits, counters, codecs, cache
//!             tile     tile bytes <-> samples: codec, predictor, byte order, ragged edges
//! L3 ends     read/    cog  level  facts  plan (window -> tiles -> ranges)  decode
//!                      request (what to read)  resample/ (pixels at another size, in bands of rows)
//!             write/   options  compression  conflicts  settings  pyramid  tiles  writer  blocks (in
//!                      any order)
//! L4 whole    lazy/    inputs + expression; input (levels, parts, stages)  clip  stage: what is not
//!                      pixel by pixel: map (a caller's function)  neighbourhood  matching (grids)
//!                      text (formulas)  json
//!             pipeline/  step by step, both ends; evaluator (fetch, decode, stage by stage); copies
//!                      chunks; plans as values: estimate, explain, graph; persist; on_error
//!                      statistics/  summaries of rasters and of their zones
//!             edit     another header over the same tiles
//!             validate  is this file a COG?
//! L5 faces    stac  interop/ (ndarray, image, geo-types, serde)  bin/cogwork
//! ```

pub mod block;
pub mod codec;
pub mod cookbook;
pub mod counters;
pub mod edit;
pub mod error;
pub mod exec;
pub mod expr;
pub mod format;
pub mod grid;
pub mod interop;
pub mod lazy;
pub mod limits;
pub mod neighbourhood;
pub mod read;
pub mod resampling;
pub mod sample;
pub mod source;
#[cfg(feature = "stac")]
pub mod stac;
pub mod validate;
pub mod write;

mod cache;
mod cancel;
mod context;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod pipeline;
mod pool;
mod spool;
mod tile;
mod trace;

pub use block::Block;
pub use cache::TileCache;
pub use cancel::CancelToken;
pub use context::Context;
pub use error::{Error, ErrorKind, Result};
pub use expr::Reduction;
pub use lazy::Lazy;
pub use limits::Limits;
pub use pipeline::{
    BandSummary, Beyond, Bins, Chunks, ComputePlan, Conversion, Estimate, Histogram, InputEstimate,
    MaskSource, OnError, PersistOptions, Plan, Report, StatisticsChoice, SummaryOptions,
};
pub use read::cog::Cog;
pub use read::failures::FailedTile;
pub use read::level::Level;
pub use resampling::Resampling;
pub use validate::validate;

/// The README's code, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
