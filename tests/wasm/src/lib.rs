//! The library behind plain exports, for a page that fetches ranges.
//!
//! The page and this module share one buffer. A source in the browser cannot wait for an answer, so
//! reading is tried with the bytes at hand: [`step`] gives 1 and the range that is missing, which the
//! page fetches and hands over, and so on until it gives 0.

mod pieces;

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use cogwork::exec::Serial;
use cogwork::{Block, Cog, Context, Result};

use pieces::Pieces;

/// A file that is being read.
#[derive(Default)]
struct Page {
    overview: usize,
    pieces: Arc<Pieces>,
    /// Bytes on their way in.
    buffer: Vec<u8>,
    block: Option<Block>,
    /// Bytes on their way out: samples, pixels or a message.
    answer: Vec<u8>,
}

thread_local! {
    static PAGE: RefCell<Page> = RefCell::default();
}

/// Begins a file of so many bytes, of which an overview is wanted: 0 is the first.
#[no_mangle]
pub extern "C" fn open(length: f64, overview: usize) {
    PAGE.with_borrow_mut(|page| {
        *page = Page {
            overview,
            pieces: Arc::new(Pieces::new(length as u64)),
            ..Page::default()
        };
    });
}

/// Reads with the bytes at hand: 0 done, 1 the bytes from [`missing_start`] to [`missing_end`] are
/// missing, 2 failed with the message in the answer.
#[no_mangle]
pub extern "C" fn step() -> u32 {
    PAGE.with_borrow_mut(|page| match page.read() {
        Ok(block) => {
            page.answer = block.samples().to_le_bytes();
            page.block = Some(block);
            0
        }
        Err(_) if page.pieces.missing().is_some() => 1,
        Err(error) => {
            page.answer = error.to_string().into_bytes();
            2
        }
    })
}

/// The first byte of the missing range.
#[no_mangle]
pub extern "C" fn missing_start() -> f64 {
    PAGE.with_borrow(|page| {
        page.pieces
            .missing()
            .map_or(0.0, |range| range.start as f64)
    })
}

/// One past the last byte of the missing range.
#[no_mangle]
pub extern "C" fn missing_end() -> f64 {
    PAGE.with_borrow(|page| page.pieces.missing().map_or(0.0, |range| range.end as f64))
}

/// Where the page puts the bytes of the missing range.
#[no_mangle]
pub extern "C" fn buffer(length: usize) -> *mut u8 {
    PAGE.with_borrow_mut(|page| {
        page.buffer = vec![0; length];
        page.buffer.as_mut_ptr()
    })
}

/// Takes the bytes of the missing range out of the buffer.
#[no_mangle]
pub extern "C" fn supply() {
    PAGE.with_borrow_mut(|page| {
        let bytes = std::mem::take(&mut page.buffer);
        page.pieces.supply(Bytes::from(bytes));
    });
}

/// Makes the answer the pixels as a canvas takes them: red, green, blue and alpha, row by row. Blocks
/// of uint8 with one or three bands only; of others it is empty.
#[no_mangle]
pub extern "C" fn paint() {
    PAGE.with_borrow_mut(|page| page.answer = page.block.as_ref().map_or_else(Vec::new, rgba));
}

/// Bands of what was read.
#[no_mangle]
pub extern "C" fn bands() -> usize {
    PAGE.with_borrow(|page| page.block.as_ref().map_or(0, Block::bands))
}

/// Columns of what was read.
#[no_mangle]
pub extern "C" fn width() -> u32 {
    PAGE.with_borrow(|page| page.block.as_ref().map_or(0, |block| block.size().width))
}

/// Rows of what was read.
#[no_mangle]
pub extern "C" fn height() -> u32 {
    PAGE.with_borrow(|page| page.block.as_ref().map_or(0, |block| block.size().height))
}

/// Where the answer begins.
#[no_mangle]
pub extern "C" fn answer() -> *const u8 {
    PAGE.with_borrow(|page| page.answer.as_ptr())
}

/// Bytes of the answer.
#[no_mangle]
pub extern "C" fn answer_length() -> usize {
    PAGE.with_borrow(|page| page.answer.len())
}

impl Page {
    /// The overview, if all its bytes are at hand.
    fn read(&self) -> Result<Block> {
        let context = Context {
            executor: Arc::new(Serial),
            ..Context::default()
        };
        Cog::from_source(self.pieces.clone(), &context)?
            .overview(self.overview)?
            .read()
    }
}

/// Pixels of a canvas; those without a value are transparent.
fn rgba(block: &Block) -> Vec<u8> {
    let Some(samples) = block.as_slice::<u8>() else {
        return Vec::new();
    };
    let (bands, rows, columns) = block.shape();
    let area = rows * columns;
    let planes = match bands {
        1 => [0, 0, 0],
        3 => [0, 1, 2],
        _ => return Vec::new(),
    };
    let valid = block.valid_pixels();
    (0..area)
        .flat_map(|pixel| {
            let [red, green, blue] = planes.map(|plane| samples[plane * area + pixel]);
            [red, green, blue, 255 * valid[pixel]]
        })
        .collect()
}
