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
/// of at most `profile.gap` bytes while the request stays within `profile.max_request`; a single
/// range that is larger is one request all the same. Empty ranges ask for nothing.
pub fn merge(wanted: &[Range<u64>], profile: IoProfile) -> Vec<Request> {
    let mut order: Vec<usize> = (0..wanted.len())
        .filter(|&i| !wanted[i].is_empty())
        .collect();
    order.sort_by_key(|&i| (wanted[i].start, wanted[i].end));
    let mut requests: Vec<Request> = Vec::new();
    for i in order {
        let range = wanted[i].clone();
        if let Some(last) = requests.last_mut() {
            let end = range.end.max(last.range.end);
            let inside = range.end <= last.range.end;
            let near = range.start.saturating_sub(last.range.end) <= profile.gap;
            if inside || (near && end - last.range.start <= profile.max_request) {
                last.range.end = end;
                last.answers.push(i);
                continue;
            }
        }
        requests.push(Request {
            range,
            answers: vec![i],
        });
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let profile = IoProfile {
            parallel: 1,
            gap: 10,
            max_request: 100,
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
}
