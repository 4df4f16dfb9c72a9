//! Which inputs a job fetches first, and which only where a chunk needs them.

use crate::block::Block;
use crate::error::Result;
use crate::expr::{Begun, Bound, Constancy, InputUse, Role};
use crate::format::image::Image;
use crate::grid::{TileGrid, Window};
use crate::lazy::Settled;
use crate::limits::{index, to_u64};
use crate::read::level::Level;

/// The inputs that the numbers and their validity need, each set of bands once.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Those of conditions: fetched and decoded a step ahead. None if there are no others, for
    /// which to wait.
    pub(super) first: Vec<InputUse>,
    /// The others: where every chunk of a step can do without a tile, it is not fetched.
    pub(super) rest: Vec<InputUse>,
}

impl Inputs {
    pub(super) fn new(settled: &Settled) -> Self {
        let mut uses: Vec<InputUse> = Vec::new();
        for input in programs(settled).flat_map(Bound::inputs) {
            match uses.iter_mut().find(|known| same(known, input)) {
                Some(known) if known.role != input.role => known.role = Role::Both,
                Some(_) => {}
                None => uses.push(input.clone()),
            }
        }
        let is_first = |input: &InputUse| input.role != Role::Image;
        let (first, rest): (Vec<_>, Vec<_>) = uses.into_iter().partition(is_first);
        match rest.is_empty() {
            true => Inputs {
                first: rest,
                rest: first,
            },
            false => Inputs { first, rest },
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &InputUse> {
        self.first.iter().chain(&self.rest)
    }

    /// The inputs whose failed tiles cannot pass for nodata: those of conditions, and of files that
    /// have no nodata value or a mask.
    pub(super) fn spoiling<'a>(&'a self, settled: &'a Settled) -> impl Iterator<Item = &'a Level> {
        let level = |input: &InputUse| (&settled.inputs[input.input], input.role);
        let levels = self.all().map(level);
        let spoils = |(level, role): &(&Level, Role)| {
            *role != Role::Image || level.nodata().is_none() || level.mask().is_some()
        };
        levels.filter(spoils).map(|(level, _)| level)
    }

    /// Bytes of a pixel of all inputs.
    pub(super) fn decoded_bytes(&self, settled: &Settled) -> u64 {
        decoded_bytes(settled, self.all())
    }

    /// Bytes of a pixel of the result.
    pub(super) fn result_bytes(&self, settled: &Settled) -> u64 {
        let bound = &settled.bound;
        let samples = to_u64(bound.bands()) * to_u64(bound.data_type().bytes());
        samples + u64::from(settled.valid.is_some())
    }

    /// The most bytes of compressed tiles that are alive at a time: those of two rows of chunks, and
    /// the conditions of a third. Where the lengths of tiles are still in the file, as many as their
    /// samples have.
    pub(super) fn compressed_bytes(&self, settled: &Settled, chunks: TileGrid) -> u64 {
        let most = |input: &InputUse| compressed(settled.inputs[input.input].image(), chunks);
        let (first, rest) = (self.first.iter().map(most), self.rest.iter().map(most));
        let (first, rest): (u64, u64) = (first.sum(), rest.sum());
        first
            .saturating_mul(3)
            .saturating_add(rest.saturating_mul(2))
    }

    /// Bytes of a pixel of conditions that wait for the rest: their inputs, and what comes of them.
    pub(super) fn waiting_bytes(&self, settled: &Settled) -> u64 {
        let bands = programs(settled).map(Bound::bands).sum();
        match self.first.is_empty() {
            true => 0,
            false => decoded_bytes(settled, self.first.iter()) + to_u64(bands),
        }
    }
}

/// A chunk whose conditions have been evaluated.
pub(super) struct Begin<'a> {
    pub(super) window: Window,
    pub(super) numbers: Begun<'a>,
    pub(super) valid: Option<Begun<'a>>,
}

impl<'a> Begin<'a> {
    /// Evaluates the conditions of a chunk; `decode` gives the inputs of an expression that have a
    /// role.
    pub(super) fn new(
        settled: &'a Settled,
        window: Window,
        decode: impl Fn(&Bound, fn(Role) -> bool) -> Result<Vec<Option<Block>>>,
    ) -> Result<Self> {
        let begin = |bound: &'a Bound| {
            let conditions = decode(bound, |role| role != Role::Image)?;
            bound.begin(conditions, window.size())
        };
        Ok(Begin {
            window,
            numbers: begin(&settled.bound)?,
            valid: settled.valid.as_ref().map(begin).transpose()?,
        })
    }

    /// Whether the chunk needs an input that no condition needs.
    pub(super) fn needs(&self, settled: &Settled, input: &InputUse) -> bool {
        let begun = std::iter::once(&self.numbers).chain(&self.valid);
        programs(settled).zip(begun).any(|(bound, begun)| {
            begun.constancy() != Constancy::AllTrue
                && bound.inputs().iter().any(|known| same(known, input))
        })
    }
}

/// The expression of the numbers, then that of their validity.
pub(super) fn programs(settled: &Settled) -> impl Iterator<Item = &Bound> {
    std::iter::once(&settled.bound).chain(&settled.valid)
}

pub(super) fn same(left: &InputUse, right: &InputUse) -> bool {
    (left.input, &left.bands) == (right.input, &right.bands)
}

/// The most bytes of an image's compressed tiles that a row of chunks touches.
fn compressed(image: &Image, chunks: TileGrid) -> u64 {
    let grid = image.grid();
    let (across, planes) = (u64::from(grid.across()), u64::from(image.planes()));
    let counts = image.byte_counts.as_ref();
    let loaded = counts.and_then(|counts| Some((counts, counts.loaded()?)));
    let tile = image.tile.area() * u64::from(image.tile_samples()) * u64::from(image.bits);
    let row_bytes = |row: u32| match loaded {
        Some((counts, bytes)) => {
            let tiles = (0..planes).flat_map(|plane| {
                let first = plane * grid.count() + u64::from(row) * across;
                first..first + across
            });
            tiles.filter_map(|tile| counts.value(bytes, 0, tile)).sum()
        }
        None => across * planes * tile.div_ceil(8),
    };
    let rows: Vec<u64> = (0..grid.down()).map(row_bytes).collect();
    let step = |row: u32| {
        let rows_touched = grid.touched(chunks.window(0, row)).rows;
        rows[index(rows_touched.start)..index(rows_touched.end)]
            .iter()
            .sum()
    };
    (0..chunks.down()).map(step).max().unwrap_or(0)
}

/// Bytes of a pixel of some inputs.
fn decoded_bytes<'a>(settled: &Settled, inputs: impl Iterator<Item = &'a InputUse>) -> u64 {
    let sample = |input: &InputUse| settled.inputs[input.input].data_type().bytes();
    inputs
        .map(|input| to_u64(input.bands.len()) * to_u64(sample(input)))
        .sum()
}
