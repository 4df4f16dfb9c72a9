//! The unit of work: how a raster is cut.

use super::inputs::Inputs;
use crate::error::Result;
use crate::format::image::Image;
use crate::grid::Size;
use crate::lazy::Settled;
use crate::limits::{Limits, product};

/// The unit of evaluation: whole tiles of the output, at least as large as the largest tile of any
/// input so that few tiles are decoded twice, and not so small that handing out the work costs more
/// than doing it.
///
/// # Errors
/// [`ErrorKind::Limit`] if one row of chunks, twice (one in work, one on its way), and the conditions
/// of the latter exceed `limits.job_bytes`.
pub(super) fn chunk_size(settled: &Settled, inputs: &Inputs, output: Option<Size>) -> Result<Size> {
    let images = || {
        settled
            .bound
            .inputs()
            .iter()
            .map(|i| settled.inputs[i.input].image())
    };
    let unit = output.or_else(|| images().next().map(|image| image.tile));
    let unit = unit.unwrap_or(Size::new(512, 512));
    let side = |unit: u32, largest: u32, length: u32| {
        let side = largest.max(SMALLEST_SIDE).min(length.max(1)).div_ceil(unit);
        unit.saturating_mul(side)
    };
    let largest = |axis: fn(&Image) -> u32| images().map(axis).max().unwrap_or(1);
    let Size { width, height } = settled.size;
    let mut chunk = Size::new(
        side(unit.width, largest(|image| image.tile.width), width),
        side(unit.height, largest(|image| image.tile.height), height),
    );
    let allowed = settled.context.limits.job_bytes;
    let pixel_bytes = 2 * inputs.pixel_bytes(settled) + inputs.waiting_bytes(settled);
    let needed = |rows: u32| product(&[rows.min(height).into(), width.into(), pixel_bytes]);
    if needed(chunk.height)? > allowed {
        chunk.height = unit.height;
    }
    Limits::check("job_bytes", needed(chunk.height)?, allowed)?;
    Ok(chunk)
}

/// The least width and height of a chunk, in pixels, where the raster has as many.
const SMALLEST_SIDE: u32 = 512;
