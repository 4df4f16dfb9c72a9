//! The types of other crates, each behind a feature of the crate's name.
//!
//! | feature | what it brings |
//! |---|---|
//! | `ndarray` | [`Block`](crate::Block) as views and arrays, levels read straight into an array |
//! | `image` | [`Block`](crate::Block) as a `DynamicImage`, and back |
//! | `geo-types` | bounds as a `Rect<f64>` |
//! | `serde` | facts, findings, estimates, summaries and plans as what serde serializes |
//! | `tracing` | spans of a caller's subscriber around the steps of the work |

#[cfg(feature = "geo-types")]
pub mod geo_types;
#[cfg(feature = "image")]
pub mod image;
#[cfg(feature = "ndarray")]
pub mod ndarray;
#[cfg(feature = "serde")]
pub mod serde;
#[cfg(feature = "tracing")]
pub mod tracing;
