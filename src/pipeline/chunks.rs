//! The unit of work: how a raster is cut.

use super::evaluator::{Evaluator, Extent};
use crate::error::Result;
use crate::grid::Size;
use crate::limits::Limits;

/// The unit of evaluation: whole tiles of the output, at least as large as the largest tile of any
/// input so that few tiles are decoded twice, and not so small that handing out the work costs more
/// than doing it.
///
/// # Errors
/// [`ErrorKind::Limit`] if one row of chunks, twice (one in work, one on its way), and the conditions
/// of the latter exceed `limits.job_bytes`.
pub(super) fn chunk_size(evaluator: &Evaluator, output: Option<Size>) -> Result<Size> {
    let settled = evaluator.settled();
    let tiles = || {
        let inputs = settled.bound.inputs().iter();
        inputs.map(|input| settled.inputs[input.input].tile())
    };
    let unit = output.or_else(|| tiles().next());
    let unit = unit.unwrap_or(Size::new(512, 512));
    let side = |unit: u32, largest: u32, length: u32| {
        let side = largest.max(SMALLEST_SIDE).min(length.max(1)).div_ceil(unit);
        unit.saturating_mul(side)
    };
    let largest = |axis: fn(&Size) -> u32| tiles().map(|tile| axis(&tile)).max().unwrap_or(1);
    let Size { width, height } = settled.size;
    let mut chunk = Size::new(
        side(unit.width, largest(|tile| tile.width), width),
        side(unit.height, largest(|tile| tile.height), height),
    );
    let allowed = settled.context.limits.job_bytes;
    let needed = |rows: u32| {
        let extent = Extent::row(width, Size::new(chunk.width, rows.min(height)));
        let two = evaluator.bytes(extent).saturating_mul(2);
        two.saturating_add(evaluator.waiting_bytes(extent))
    };
    if needed(chunk.height) > allowed {
        chunk.height = unit.height;
    }
    Limits::check("job_bytes", needed(chunk.height), allowed)?;
    Ok(chunk)
}

/// The least width and height of a chunk, in pixels, where the raster has as many.
const SMALLEST_SIDE: u32 = 512;
