//! Weighted sums of rows, sample by sample, in the two orders that GDAL adds in.

/// The order of additions, which shows in the last bit.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Order {
    /// Of every four taps the first two go to one sum and the others to a second.
    Pairs,
    /// One tap after the other.
    Straight,
}

/// `out[i]` becomes the sum over taps of `taps[j][i] * weights[j]`; taps are as long as `out`.
pub(super) fn combine(taps: &[&[f64]], weights: &[f64], order: Order, out: &mut [f64]) {
    macro_rules! fixed {
        ($($taps:literal)*) => {
            match taps.len() {
                $($taps => fixed::<$taps>(taps, weights, order, out),)*
                _ => any(taps, weights, order, out),
            }
        };
    }
    fixed!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
}

/// With the number of taps known, sums stay in registers and samples are worked side by side.
fn fixed<const N: usize>(taps: &[&[f64]], weights: &[f64], order: Order, out: &mut [f64]) {
    let (Some(taps), Some(weights)) = (taps.first_chunk::<N>(), weights.first_chunk::<N>()) else {
        return any(taps, weights, order, out);
    };
    let length = out.len();
    let taps = taps.map(|tap| &tap[..length]);
    if order == Order::Straight {
        for (place, result) in out.iter_mut().enumerate() {
            let mut sum = 0.0;
            for tap in 0..N {
                sum += taps[tap][place] * weights[tap];
            }
            *result = sum;
        }
        return;
    }
    for (place, result) in out.iter_mut().enumerate() {
        let (mut sum, mut other) = (0.0, 0.0);
        for tap in 0..N {
            let term = taps[tap][place] * weights[tap];
            if tap < N / 4 * 4 && tap % 4 >= 2 {
                other += term;
            } else {
                sum += term;
            }
        }
        *result = sum + other;
    }
}

fn any(taps: &[&[f64]], weights: &[f64], order: Order, out: &mut [f64]) {
    let pairs = if order == Order::Pairs {
        taps.len() / 4 * 4
    } else {
        0
    };
    for (place, result) in out.iter_mut().enumerate() {
        let (mut sum, mut other) = (0.0, 0.0);
        for (number, (tap, weight)) in taps.iter().zip(weights).enumerate() {
            let target = if number < pairs && number % 4 >= 2 {
                &mut other
            } else {
                &mut sum
            };
            *target += tap[place] * weight;
        }
        *result = sum + other;
    }
}
