//! Which requests to make for a set of byte ranges: a pure function of the ranges and the source's
//! [`IoProfile`].

use std::ops::Range;

use super::IoProfile;

/// One request, and which of the wanted ranges it answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// The bytes to read.
    pub range: Range<u64>,
    /// Indices of the wanted ranges that lie inside.
    pub answers: Vec<usize>,
}

/// Merges wanted ranges, in any order, into requests sorted by position. Ranges are merged over gaps
/// of at most `profile.gap` bytes while the request stays within `profile.max_request` and its gaps
/// within `profile.max_waste` percent of it or 16 KiB; a single range that is larger is one request
/// all the same. Empty ranges ask for nothing.
pub fn merge(wanted: &[Range<u64>], profile: IoProfile) -> Vec<Request> {
    let mut order: Vec<usize> = (0..wanted.len())
        .filter(|&i| !wanted[i].is_empty())
        .collect();
    order.sort_by_key(|&i| (wanted[i].start, wanted[i].end));
    let mut requests: Vec<Request> = Vec::new();
    // Unwanted bytes of the last request.
    let mut waste = 0;
    for i in order {
        let range = wanted[i].clone();
        if let Some(last) = requests.last_mut() {
            let inside = range.end <= last.range.end;
            let gap = range.start.saturating_sub(last.range.end);
            let total = range.end.max(last.range.end) - last.range.start;
            let wasted = u128::from(waste + gap) * 100;
            let allowed = u128::from(total) * u128::from(profile.max_waste);
            let little = waste + gap <= LITTLE || wasted <= allowed;
            let near = gap <= profile.gap && little;
            if inside || (near && total <= profile.max_request) {
                last.range.end = last.range.end.max(range.end);
                last.answers.push(i);
                waste += gap;
                continue;
            }
        }
        waste = 0;
        requests.push(Request {
            range,
            answers: vec![i],
        });
    }
    requests
}

/// Unwanted bytes of a request that never matter.
const LITTLE: u64 = 16 << 10;

#[expect(
    clippy::single_range_in_vec_init,
    reason = "one range is what is meant"
)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let profile = IoProfile {
            parallel: 1,
            gap: 10,
            max_request: 100,
            max_waste: 50,
            ..IoProfile::default()
        };
        let request = |range: Range<u64>, answers: &[usize]| Request {
            range,
            answers: answers.into(),
        };
        for (wanted, expected) in [
            (vec![], vec![]),
            (vec![5..5, 9..9], vec![]),
            (vec![20..30, 0..10], vec![request(0..30, &[1, 0])]),
            (
                vec![0..10, 21..30],
                vec![request(0..10, &[0]), request(21..30, &[1])],
            ),
            (
                vec![0..60, 60..120],
                vec![request(0..60, &[0]), request(60..120, &[1])],
            ),
            (vec![0..500, 10..20], vec![request(0..500, &[0, 1])]),
            (
                vec![0..50, 10..20, 40..90],
                vec![request(0..90, &[0, 1, 2])],
            ),
        ] {
            assert_eq!(merge(&wanted, profile), expected, "{wanted:?}");
        }
    }
    #[test]
    fn waste_is_bounded() {
        let profile = IoProfile {
            gap: 1 << 20,
            max_request: 8 << 20,
            max_waste: 50,
            ..IoProfile::default()
        };
        let ranges = |wanted: &[Range<u64>]| -> Vec<Range<u64>> {
            let kib = |range: &Range<u64>| range.start << 10..range.end << 10;
            let wanted: Vec<Range<u64>> = wanted.iter().map(kib).collect();
            let requests = merge(&wanted, profile).into_iter();
            requests
                .map(|request| request.range.start >> 10..request.range.end >> 10)
                .collect()
        };
        // Two gaps of 60 are half of 240, three are more than half of 340.
        let wanted = [0..40, 100..140, 200..240, 300..340];
        assert_eq!(ranges(&wanted), [0..240, 300..340]);
        // Little is wasted in any case.
        assert_eq!(ranges(&[0..1, 16..17]), [0..17]);
        assert_eq!(ranges(&[0..1, 18..19]), [0..1, 18..19]);
        // What is wanted twice is no waste.
        assert_eq!(ranges(&[0..60, 20..40, 110..160]), [0..160]);
    }
}
