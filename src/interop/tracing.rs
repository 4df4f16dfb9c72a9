//! Spans of [tracing](https://docs.rs/tracing) around the steps of the work, for the subscriber of
//! the embedder. The library sets none up.
//!
//! All have the target `cogwork`. Jobs are of level INFO, steps of level DEBUG.
//!
//! | span | level | fields | around |
//! |---|---|---|---|
//! | `open` | INFO | `source` | opening a file: the first reads and the header |
//! | `read` | INFO | `source`, `level` | one [`read_request`](crate::Level::read_request) or [`read_into`](crate::Level::read_into) |
//! | `write` | INFO | `to` | writing a COG: a plan's run, a conversion |
//! | `compute` | INFO | `width`, `height`, `chunks` | one pass over a lazy raster, also within `write` |
//! | `fetch` | DEBUG | `source`, `requests`, `bytes` | reading ranges, merged into so many requests of so many bytes in all |
//! | `evaluate` | DEBUG | `column`, `row`, `width`, `height`, `conditions` | one chunk; its conditions alone where they are evaluated first |
//! | `decode` | DEBUG | `source`, `level`, `tiles` | decoding tiles into a block |
//! | `encode` | DEBUG | `level`, `column`, `row` | encoding one tile of each plane, and of the mask |
//! | `finish` | INFO | `to` | laying out a file and writing its bytes |
//!
//! `level` is 0 for the base. Spans nest: work on other threads, those that fetch and those of the
//! executor, is done within the span of the thread that asked for it. A subscriber that is the
//! default of one thread only hears nothing of the others: make it the global default.
//!
//! ```
//! use std::sync::Mutex;
//! use tracing::span::{Attributes, Id};
//! use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
//!
//! /// Keeps the names of spans.
//! struct Names(&'static Mutex<Vec<&'static str>>);
//!
//! impl<S: tracing::Subscriber> Layer<S> for Names {
//!     fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
//!         self.0.lock().unwrap().push(attributes.metadata().name());
//!     }
//! }
//!
//! static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
//! let subscriber = tracing_subscriber::registry().with(Names(&NAMES));
//! tracing::subscriber::set_global_default(subscriber).expect("the only one");
//!
//! let base = cogwork::Cog::open("testdata/scene/SCL.tif")?.base();
//! base.read()?;
//! assert_eq!(NAMES.lock().unwrap()[..], ["open", "fetch", "read", "fetch", "decode"]);
//! # Ok::<(), cogwork::Error>(())
//! ```
