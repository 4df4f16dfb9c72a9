//! Which inputs a job fetches first, and which only where a chunk needs them.

use std::sync::Arc;

use crate::expr::{Bound, InputUse, Role};
use crate::grid::Window;
use crate::lazy::Settled;
use crate::lazy::input::{Input, Source};
use crate::lazy::stage::Stage;

/// What the numbers and their validity need.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Those that come first, then the others.
    feeds: Vec<Feed>,
    /// How many of them are of conditions: fetched and decoded a step ahead. None if there are no
    /// others, for which to wait.
    first: usize,
}

/// Something that is fetched and decoded or made once for a chunk.
#[derive(Debug)]
pub(super) struct Feed {
    /// The inputs that it gives: bands of a level, or the numbers of a stage and their mask.
    pub(super) uses: Vec<InputUse>,
    pub(super) role: Role,
    /// How often it is asked for, chunk by chunk.
    pub(super) askings: usize,
}

impl Inputs {
    pub(super) fn new(settled: &Settled) -> Self {
        let mut feeds: Vec<Feed> = Vec::new();
        for input in programs(settled).flat_map(Bound::inputs) {
            match feeds.iter_mut().find(|feed| feed.gives(settled, input)) {
                Some(feed) => feed.add(input),
                None => feeds.push(Feed {
                    uses: vec![input.clone()],
                    role: input.role,
                    askings: 1,
                }),
            }
        }
        let is_first = |feed: &Feed| feed.role != Role::Image;
        let (mut feeds, rest): (Vec<_>, Vec<_>) = feeds.into_iter().partition(is_first);
        let first = if rest.is_empty() { 0 } else { feeds.len() };
        feeds.extend(rest);
        Inputs { feeds, first }
    }

    /// All feeds; they are known by their places.
    pub(super) fn feeds(&self) -> &[Feed] {
        &self.feeds
    }

    /// The places of those that come first.
    pub(super) fn first(&self) -> std::ops::Range<usize> {
        0..self.first
    }

    /// The places of the others: where every chunk of a step can do without a tile, it is not fetched.
    pub(super) fn rest(&self) -> std::ops::Range<usize> {
        self.first..self.feeds.len()
    }

    /// The place of the feed that gives an input.
    pub(super) fn place_of(&self, input: usize) -> Option<usize> {
        self.feeds
            .iter()
            .position(|feed| feed.uses[0].input == input)
    }

    /// The feed that gives what is used.
    pub(super) fn place(&self, input: &InputUse) -> Option<usize> {
        let known = |feed: &Feed| feed.uses.iter().any(|known| same(known, input));
        self.feeds.iter().position(known)
    }
}

impl Feed {
    /// The input whose pixels these are, but for bands and mask.
    pub(super) fn input<'a>(&self, settled: &'a Settled) -> &'a Input {
        &settled.inputs[self.uses[0].input]
    }

    /// The stage that makes it, if one does, and the part of it.
    pub(super) fn stage<'a>(&self, settled: &'a Settled) -> Option<(&'a Arc<Stage>, Window)> {
        stage_of(self.input(settled))
    }

    /// Whether an input is among what is given.
    fn gives(&self, settled: &Settled, input: &InputUse) -> bool {
        let theirs = stage_of(&settled.inputs[input.input]);
        match (self.stage(settled), theirs) {
            (Some((own, window)), Some((theirs, other))) => {
                Arc::ptr_eq(own, theirs) && window == other
            }
            _ => same(&self.uses[0], input),
        }
    }

    fn add(&mut self, input: &InputUse) {
        self.askings += 1;
        if self.role != input.role {
            self.role = Role::Both;
        }
        if !self.uses.iter().any(|known| same(known, input)) {
            self.uses.push(input.clone());
        }
    }
}

fn stage_of(input: &Input) -> Option<(&Arc<Stage>, Window)> {
    match input.source() {
        Source::Level(_) => None,
        Source::Stage(stage) | Source::MaskOf(stage) => Some((stage, input.window())),
    }
}

/// The expression of the numbers, then that of their validity.
pub(super) fn programs(settled: &Settled) -> impl Iterator<Item = &Bound> {
    std::iter::once(&settled.bound).chain(&settled.valid)
}

fn same(left: &InputUse, right: &InputUse) -> bool {
    (left.input, &left.bands) == (right.input, &right.bands)
}
