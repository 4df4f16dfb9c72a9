//! Which inputs a job fetches first, and which only where a chunk needs them.

use crate::block::Block;
use crate::error::Result;
use crate::expr::{Begun, Bound, Constancy, InputUse, Role};
use crate::grid::Window;
use crate::lazy::Settled;
use crate::limits::to_u64;

/// The inputs that the numbers and their validity need, each set of bands once.
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

    /// Bytes of a pixel of the result and of all inputs.
    pub(super) fn pixel_bytes(&self, settled: &Settled) -> u64 {
        let bound = &settled.bound;
        let result = to_u64(bound.bands()) * to_u64(bound.data_type().bytes());
        decoded_bytes(settled, self.all()) + result
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
            let begun = bound.begin(conditions, window.size());
            begun.map_err(|error| error.in_chunk_at(window.column, window.row))
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
fn programs(settled: &Settled) -> impl Iterator<Item = &Bound> {
    std::iter::once(&settled.bound).chain(&settled.valid)
}

pub(super) fn same(left: &InputUse, right: &InputUse) -> bool {
    (left.input, &left.bands) == (right.input, &right.bands)
}

/// Bytes of a pixel of some inputs.
fn decoded_bytes<'a>(settled: &Settled, inputs: impl Iterator<Item = &'a InputUse>) -> u64 {
    let sample = |input: &InputUse| settled.inputs[input.input].data_type().bytes();
    inputs
        .map(|input| to_u64(input.bands.len()) * to_u64(sample(input)))
        .sum()
}
