//! Writing: options, overviews, and the COG writer.
//!
//! # What a file can be trusted to be
//! A file at a path is written under another name in the same folder, `.NAME.PROCESS-NUMBER.part`;
//! its bytes are synced to the disk, it is renamed over the path, and the folder is synced. So at any
//! moment the path names the old file or the new one, whole:
//!
//! - **An error**, of a source, a codec, a full disk, or [`Cancelled`](crate::ErrorKind::Cancelled),
//!   leaves the old file and removes the new one. Only where the very last step fails, the sync of
//!   the folder, is there an error and yet the new file, since it may not outlive a loss of power.
//! - **A panic** in code of the embedder (progress, `for_each`, a
//!   [`ByteSource`](crate::source::ByteSource), a [`Codec`](crate::codec::Codec), an
//!   [`Executor`](crate::exec::Executor), a sink) goes on in the thread that called, whichever thread
//!   it began in, and leaves files as an error does; pools, levels and contexts stay usable.
//! - **A process that is killed** leaves the old file, and the `.part` files that it had: one for the
//!   target, and some `.spool.PROCESS-NUMBER.part` for what did not fit into memory (for a sink, in
//!   the system's folder of temporary files). Nothing reads or removes them:
//!   [the cookbook](crate::cookbook::writing#find-what-a-killed-process-has-left) says how to.
//! - **Two writers** to one path do not meet: it is the file of the one that finished last.
//! - **A path that is no file**, a pipe (a FIFO, `/dev/stdout`, `/dev/fd/3`) or a device
//!   (`/dev/null`), is opened and gets the bytes in order, as a sink does; opening a FIFO waits for a
//!   reader.
//! - **A link** is followed, and stays; the file that it names is replaced. A new file has the
//!   permissions of any new file, not those of the old one.
//!
//! A sink gets bytes in order, once; what it has when it fails is the beginning of a file.
//!
//! A [`CancelToken`](crate::CancelToken) is heard between two tiles and between two writes to the
//! target, up to the rename.

pub mod blocks;
pub mod compression;
pub mod options;
pub mod writer;

mod conflicts;
mod coverage;
#[cfg(feature = "json")]
pub(crate) mod json;
pub(crate) mod output;
mod pyramid;
mod raster;
pub(crate) mod settings;
mod strip;
pub(crate) mod tiles;

pub use blocks::BlockWriter;
pub use compression::{Compression, PredictorChoice};
pub use options::{CogOptions, Overviews};
pub use raster::Raster;
pub use writer::{CogWriter, write_block, write_block_to};

pub use crate::format::layout::{BigTiff, Interleave};
