//! Medians of many members: pixels side by side are sorted at once by a sorting network, which has no
//! branches, so that the compiler uses wide registers.

use super::work::Work;

/// Pixels that are sorted at once.
pub(super) const LANES: usize = 64;

/// Numbers in order, with a last one that stands for those that are not valid.
pub(super) trait Ranked: Work + PartialOrd {
    const LAST: Self;

    fn to_double(self) -> f64;
}

macro_rules! ranked {
    ($($type:ident $last:ident)*) => {
        $(impl Ranked for $type {
            const LAST: Self = $type::$last;

            #[inline(always)]
            fn to_double(self) -> f64 {
                self as f64
            }
        })*
    };
}
ranked!(u8 MAX i8 MAX u16 MAX i16 MAX u32 MAX i32 MAX u64 MAX i64 MAX i128 MAX f32 INFINITY f64 INFINITY);

/// Sorts each lane: members of a pixel, one below the other. Without NaN.
pub(super) fn sort<W: Ranked>(members: &mut [[W; LANES]]) {
    exchanges(members.len(), |low, high| {
        let (head, tail) = members.split_at_mut(high);
        for (a, b) in head[low].iter_mut().zip(&mut tail[0]) {
            let (x, y) = (*a, *b);
            let swap = y < x;
            *a = if swap { y } else { x };
            *b = if swap { x } else { y };
        }
    });
}

/// Batcher's merge exchange for any number of members: Knuth, The Art of Computer Programming,
/// volume 3, section 5.2.2, algorithm M. Each call names two places whose members are put in order.
fn exchanges(count: usize, mut exchange: impl FnMut(usize, usize)) {
    if count < 2 {
        return;
    }
    let top = count.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            for i in (0..count.saturating_sub(d)).filter(|i| i & p == r) {
                exchange(i, i + d);
            }
            if q == p {
                break;
            }
            d = q - p;
            q /= 2;
            r = p;
        }
        p /= 2;
    }
}

/// The median of a lane's first `count` members, which have been sorted.
#[inline(always)]
pub(super) fn middle<W: Ranked>(sorted: &[[W; LANES]], lane: usize, count: usize) -> f64 {
    let (low, high) = (sorted[(count - 1) / 2][lane], sorted[count / 2][lane]);
    match count % 2 {
        1 => low.to_double(),
        _ => (low.to_double() + high.to_double()) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{LANES, exchanges, sort};

    /// A network that sorts all sequences of 0 and 1 sorts all sequences: the 0-1 principle.
    #[test]
    fn the_network_sorts_whatever_the_count() {
        for count in 0..=12 {
            for bits in 0..1u32 << count {
                let mut values: Vec<u32> = (0..count).map(|bit| bits >> bit & 1).collect();
                exchanges(values.len(), |low, high| {
                    if values[high] < values[low] {
                        values.swap(low, high);
                    }
                });
                assert!(values.is_sorted(), "{count} members, {bits:b}");
            }
        }
    }

    #[test]
    fn sixty_members_take_543_exchanges_at_most_and_lanes_are_apart() {
        let mut exchanged = 0;
        exchanges(64, |_, _| exchanged += 1);
        // Batcher's network of 2^6: (6^2 - 6 + 4) * 2^4 - 1.
        assert_eq!(exchanged, 543);
        let mut members: Vec<[u16; LANES]> = (0..60u16)
            .map(|member| std::array::from_fn(|lane| member * 79 % 61 + lane as u16))
            .collect();
        let mut expected: Vec<Vec<u16>> = (0..LANES)
            .map(|lane| members.iter().map(|values| values[lane]).collect())
            .collect();
        sort(&mut members);
        for (lane, expected) in expected.iter_mut().enumerate() {
            expected.sort_unstable();
            let found: Vec<u16> = members.iter().map(|values| values[lane]).collect();
            assert_eq!(&found, expected);
        }
    }
}
