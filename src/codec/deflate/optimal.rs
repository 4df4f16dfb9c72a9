//! Bytes to literals and matches by the cheapest way through all matches, for what the codes before
//! have cost (as LZMA and libdeflate's highest levels do).

use super::bits::low_16;
use super::cost::Prices;
use super::histogram::{Histogram, distance_symbol};
use super::matcher::{Match, Search, Token, literals};
use super::tree::Trees;

/// The memory of one search.
#[derive(Debug, Default)]
pub(super) struct Optimal {
    trees: Trees,
    found: Vec<Match>,
    /// Where the matches of each place end in `found`.
    ends: Vec<usize>,
    steps: Vec<Step>,
}

/// The cheapest way to a place.
#[derive(Clone, Copy, Debug)]
struct Step {
    cost: u32,
    /// The step that ends there: a match, or a literal, whose length is 0.
    last: Match,
}

impl Optimal {
    /// Forgets all that was seen, to begin with an input of `length` bytes.
    pub(super) fn reset(&mut self, length: usize) {
        self.trees.reset(length);
    }

    /// Appends the tokens of `src` from `start` to `end`; gives the end. The last token has no
    /// match. `counts` is the measure of what codes cost.
    pub(super) fn parse(
        &mut self,
        src: &[u8],
        (start, end): (usize, usize),
        counts: &Histogram,
        search: Search,
        tokens: &mut Vec<Token>,
    ) -> usize {
        self.search(src, (start, end), search);
        let (first, src) = (tokens.len(), &src[start..end]);
        self.walk(src, &Prices::of(counts), tokens);
        for _ in 1..search.passes {
            let own = Histogram::of_tokens(src, &tokens[first..]);
            tokens.truncate(first);
            self.walk(src, &Prices::of(&own.with(counts)), tokens);
        }
        end
    }

    /// Finds the matches of all places. Those within a long one are not worth it.
    fn search(&mut self, src: &[u8], (start, end): (usize, usize), search: Search) {
        self.found.clear();
        self.ends.clear();
        let mut passed = start;
        for at in start..end {
            let before = self.found.len();
            self.trees.find(src, at, search.depth, &mut self.found);
            if at < passed {
                self.found.truncate(before);
            }
            let longest = self.found[before..].last();
            let longest = longest.map_or(0, |found| usize::from(found.length));
            if longest >= search.nice {
                passed = at + longest;
            }
            self.ends.push(self.found.len());
        }
    }

    /// Appends the cheapest tokens for `src`.
    fn walk(&mut self, src: &[u8], prices: &Prices, tokens: &mut Vec<Token>) {
        let literal = Match {
            length: 0,
            distance: 0,
        };
        let unknown = Step {
            cost: u32::MAX,
            last: literal,
        };
        self.steps.clear();
        self.steps.resize(src.len() + 1, unknown);
        self.steps[0].cost = 0;
        let mut begin = 0;
        for (at, (&byte, &end)) in src.iter().zip(&self.ends).enumerate() {
            let cost = self.steps[at].cost;
            self.steps[at + 1].reach(cost + prices.literal(byte), literal);
            let mut shortest = 3;
            for found in &self.found[begin..end] {
                let longest = usize::from(found.length).min(src.len() - at);
                let cost = cost + prices.distances[distance_symbol(found.distance)];
                let ends = self.steps.get_mut(at + shortest..=at + longest);
                let prices = prices.lengths[shortest..].iter();
                let lengths = (low_16(shortest)..).zip(prices);
                for (step, (length, price)) in ends.into_iter().flatten().zip(lengths) {
                    step.reach(cost + price, Match { length, ..*found });
                }
                shortest = longest + 1;
            }
            begin = end;
        }
        self.trace(tokens);
    }

    /// Appends the tokens of the way to the last place.
    fn trace(&self, tokens: &mut Vec<Token>) {
        let first = tokens.len();
        let (mut at, mut token) = (self.steps.len() - 1, literals(0));
        while at > 0 {
            let Match { length, distance } = self.steps[at].last;
            if length == 0 {
                token.literals += 1;
                at -= 1;
            } else {
                tokens.push(token);
                token = Token {
                    literals: 0,
                    length,
                    distance,
                };
                at -= usize::from(length);
            }
        }
        tokens.push(token);
        tokens[first..].reverse();
    }
}

impl Step {
    #[inline(always)]
    fn reach(&mut self, cost: u32, last: Match) {
        if cost < self.cost {
            *self = Step { cost, last };
        }
    }
}
