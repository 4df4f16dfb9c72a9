use super::bits::adler32;
use super::choice::{Choice, LAZY, OPTIMAL};
use super::huffman::{code_lengths, codes};
use super::matcher::Effort;
use super::*;
use crate::limits::index;

const GREEDY: [Choice; 2] = [Choice::Ours(Effort::Sparse), Choice::Ours(Effort::Dense)];
const OURS: [Choice; 4] = [GREEDY[0], GREEDY[1], LAZY, OPTIMAL[1]];

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).expect("48 bits") % bound
    }

    fn bytes(&mut self, length: usize, values: usize) -> Vec<u8> {
        let byte = |_| u8::try_from(self.below(values)).expect("a byte");
        (0..length).map(byte).collect()
    }

    /// Literals of few or many values, runs, and copies from any distance there is.
    fn structured(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 700);
        while bytes.len() < length {
            let count = 1 + self.below(700);
            match self.below(4) {
                0 => bytes.extend(self.bytes(count, 256)),
                1 => bytes.extend(self.bytes(count, 5)),
                _ if bytes.is_empty() => bytes.push(0),
                kind => {
                    let most = if kind == 2 { 4 } else { 40_000 };
                    let distance = 1 + self.below(bytes.len().min(most));
                    for _ in 0..count {
                        bytes.push(bytes[bytes.len() - distance]);
                    }
                }
            }
        }
        bytes.truncate(length);
        bytes
    }
}

/// Encodes, checks that it decodes to the same by zlib-rs, and gives how long the stream is.
fn round_trip(codec: &Deflate, input: &[u8]) -> [usize; 4] {
    OURS.map(|choice| round_trip_by(choice, codec, input))
}

fn round_trip_by(choice: Choice, codec: &Deflate, input: &[u8]) -> usize {
    let mut stream = b"before".to_vec();
    codec
        .encode_as(choice, input, &mut stream)
        .expect("encodes");
    // One byte more, so that the decoder sees the end of an empty stream, too.
    let mut output = vec![0xA5; input.len() + 1];
    let mut state = Decompress::new(true);
    let status = state.decompress(&stream[6..], &mut output, FlushDecompress::Finish);
    assert_eq!(
        status.ok(),
        Some(Status::StreamEnd),
        "{choice:?}, {}",
        input.len()
    );
    assert_eq!(state.total_out(), to_u64(input.len()), "{choice:?}");
    assert_eq!(state.total_in(), to_u64(stream.len() - 6), "{choice:?}");
    assert!(
        output.starts_with(input),
        "{choice:?}, {} bytes",
        input.len()
    );
    stream.len() - 6
}

#[test]
fn every_short_length() {
    let (codec, mut random) = (Deflate::new(1), Random(3));
    let inputs = [
        random.bytes(600, 256),
        random.bytes(600, 3),
        vec![7; 600],
        random.structured(600),
    ];
    for input in &inputs {
        for length in 0..=600 {
            round_trip(&codec, &input[..length]);
        }
    }
}

#[test]
fn lengths_about_segments_and_blocks() {
    let (codec, mut random) = (Deflate::new(1), Random(5));
    let inputs = [
        random.bytes(300_000, 256),
        random.bytes(300_000, 9),
        vec![0; 300_000],
        random.structured(300_000),
    ];
    for input in &inputs {
        for about in [
            16 << 10,
            32 << 10,
            65535,
            1 << 16,
            2 * 65535,
            1 << 17,
            1 << 18,
            272 << 10,
        ] {
            for length in about - 2..=about + 9 {
                for choice in GREEDY {
                    round_trip_by(choice, &codec, &input[..length]);
                }
            }
            // These are slow, and about segments and blocks all are alike.
            let length = about + random.below(9);
            round_trip(&codec, &input[..length]);
        }
    }
}

#[test]
fn structured_inputs() {
    let (codec, mut random) = (Deflate::new(1), Random(7));
    for round in 0..150 {
        let length = random.below(120_000);
        let input = random.structured(length);
        // Trees take long without optimisation.
        let choices = if round % 3 == 0 {
            &OURS[..]
        } else {
            &OURS[..3]
        };
        for &choice in choices {
            round_trip_by(choice, &codec, &input);
        }
    }
}

/// Repeats of every length about the longest match, at every distance about the window.
#[test]
fn longest_matches_and_distances() {
    let (codec, mut random) = (Deflate::new(1), Random(11));
    let noise = random.bytes(40_000, 256);
    for distance in [1, 2, 3, 7, 8, 9, 257, 258, 32_767, 32_768, 32_769, 32_770] {
        for length in [7, 8, 9, 10, 257, 258, 259, 260, 515, 516, 517, 600, 5000] {
            let mut input = noise[..distance].to_vec();
            for at in 0..length {
                input.push(input[at]);
            }
            input.extend(&noise[distance..distance + 100]);
            round_trip(&codec, &input);
        }
    }
    // The farthest place is one that the trees have forgotten. The greedy ones see even distances.
    for (distance, choices) in [(32_766, &OURS[..]), (32_768, &OURS[..3])] {
        let far = [&noise[..distance], &noise[..5000]].concat();
        for &choice in choices {
            let length = round_trip_by(choice, &codec, &far);
            assert!(length < 33_500, "{choice:?}, {distance}: {length}");
        }
    }
    let too_far = [&noise[..32_769], &noise[..5000]].concat();
    for choice in OURS {
        let length = round_trip_by(choice, &codec, &too_far);
        assert!(length > 37_000, "{choice:?}: {length}");
    }
}

#[test]
fn sizes_are_sane() {
    let (codec, mut random) = (Deflate::new(1), Random(13));
    let noise = random.bytes(1 << 20, 256);
    assert!(
        round_trip(&codec, &noise)
            .iter()
            .all(|&length| length < noise.len() + 400)
    );
    let constant = vec![9; 1 << 20];
    assert!(
        round_trip(&codec, &constant)
            .iter()
            .all(|&length| length < 1200)
    );
    // Four values and the end of the block share a code of 2, 2, 2, 3 and 3 bits.
    let four = random.bytes(1 << 18, 4);
    let bits = (1 << 18) * 9 / 4;
    assert!(
        round_trip(&codec, &four)
            .iter()
            .all(|&length| length < bits / 8 + 100)
    );
}

/// Bytes depend on the input only: not on what the state was used for, nor on the pool.
#[test]
fn used_states_leave_no_trace() {
    let (used, mut random) = (Deflate::new(1), Random(17));
    for round in 0..60 {
        let length = random.below(90_000);
        let input = if round % 3 == 0 {
            random.bytes(length, 6)
        } else {
            random.structured(length)
        };
        for choice in OURS {
            let (mut first, mut second) = (Vec::new(), Vec::new());
            used.encode_as(choice, &input, &mut first).expect("encodes");
            Deflate::new(1)
                .encode_as(choice, &input, &mut second)
                .expect("encodes");
            assert!(first == second, "{choice:?}, {length} bytes");
        }
    }
}

/// What each level does with noise and with what repeats itself.
#[test]
fn choices() {
    let mut random = Random(19);
    let noise = random.bytes(1 << 19, 40);
    let words: Vec<Vec<u8>> = (0..300)
        .map(|_| {
            let n = 3 + random.below(9);
            random.bytes(n, 26)
        })
        .collect();
    let text: Vec<u8> = (0..80_000)
        .flat_map(|_| words[random.below(300)].clone())
        .collect();
    for level in 1..=9 {
        let codec = Deflate::new(level);
        let choice = |input: &[u8]| Choice::of(&codec, input).expect("a choice");
        // Noise, text, and less than is worth a sample.
        let chosen = [&noise, &text, &noise[..1000]].map(choice);
        let [sparse, dense] = GREEDY;
        let wanted = match level {
            ..=5 => [sparse, chosen[1], Choice::Zlib(6)],
            6 => [sparse, LAZY, LAZY],
            7.. => [OPTIMAL[usize::from(level) - 7]; 3],
        };
        assert_eq!(chosen, wanted, "level {level}");
        assert!(chosen[1] != sparse && chosen[1] != dense, "level {level}");
    }
}

/// Complete codes within the limit, and optimal ones where the limit does not bind.
#[test]
fn code_lengths_are_complete() {
    let mut random = Random(23);
    let fibonacci = |count: usize| -> Vec<u32> {
        std::iter::successors(Some((1, 1)), |&(a, b)| Some((b, a + b)))
            .map(|(a, _)| a)
            .take(count)
            .collect()
    };
    let mut histograms: Vec<Vec<u32>> = (0..30).map(fibonacci).collect();
    histograms.extend([
        vec![1; 288],
        vec![0; 288],
        vec![1 << 22, 0, 0, 1],
        vec![0, 0, 5],
        vec![5],
    ]);
    histograms.extend((0..500).map(|round| {
        let count = 1 + random.below(288);
        let frequency = |_| {
            u32::try_from(random.below(3) * (random.below(1 << (round % 13)) + 1)).expect("small")
        };
        (0..count).map(frequency).collect()
    }));
    for histogram in histograms.iter_mut() {
        histogram.resize(histogram.len().max(2), 0);
        for limit in [15, 14, 9, 7] {
            if histogram.iter().filter(|&&count| count > 0).count() <= 1 << limit {
                check_code(histogram, limit);
            }
        }
    }
}

fn check_code(histogram: &[u32], limit: usize) {
    let mut lengths = vec![99; histogram.len()];
    code_lengths(histogram, limit, &mut lengths);
    let used = lengths.iter().filter(|&&length| length > 0);
    let kraft: u32 = used.clone().map(|&length| (1 << 15) >> length).sum();
    assert_eq!(kraft, 1 << 15, "{histogram:?}");
    assert!(
        used.clone().all(|&length| usize::from(length) <= limit),
        "{histogram:?}"
    );
    let (mut cost, mut weights) = (0, std::collections::BinaryHeap::new());
    for (&count, &length) in histogram.iter().zip(&lengths) {
        assert!(count == 0 || length > 0, "{histogram:?}");
        cost += u64::from(count) * u64::from(length);
        weights.extend((count > 0).then_some(std::cmp::Reverse(u64::from(count))));
    }
    // Huffman's own way, without a limit.
    let mut least = 0;
    while let (Some(a), Some(b)) = (weights.pop(), weights.pop()) {
        least += a.0 + b.0;
        weights.push(std::cmp::Reverse(a.0 + b.0));
    }
    let bound = lengths.iter().any(|&length| usize::from(length) == limit);
    assert!(
        cost == least || bound || least == 0,
        "{histogram:?}: {cost}, not {least}"
    );
    check_prefixes(&lengths);
}

/// No code begins another.
fn check_prefixes(lengths: &[u8]) {
    let mut all = vec![0; lengths.len()];
    codes(lengths, &mut all);
    let mut ends = vec![false; 1 << 15];
    for code in all.iter().filter(|&&code| code >> 24 > 0) {
        let (bits, length) = (code & 0xFF_FFFF, code >> 24);
        for filled in 0..1 << (15 - length) {
            let end = &mut ends[index(bits | filled << length)];
            assert!(!*end, "{lengths:?}");
            *end = true;
        }
    }
}

#[test]
fn checksums() {
    assert_eq!(adler32(b""), 1);
    assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    let mut random = Random(29);
    for length in [1, 31, 32, 33, 5535, 5536, 5537, 5600, 11_072, 100_000] {
        for input in [vec![255; length], random.bytes(length, 256)] {
            let (mut low, mut high) = (1, 0);
            for &byte in &input {
                low = (low + u32::from(byte)) % 65521;
                high = (high + low) % 65521;
            }
            assert_eq!(adler32(&input), high << 16 | low, "{length}");
        }
    }
}

/// What level 6 and above are for: on text they are smaller than zlib.
#[test]
fn higher_levels_are_smaller_than_zlib() {
    let mut random = Random(29);
    let input = random.structured(200_000);
    let words: Vec<Vec<u8>> = (0..300).map(|_| random.bytes(8, 26)).collect();
    let text = (0..30_000).flat_map(|_| words[random.below(300).min(random.below(300))].clone());
    let text: Vec<u8> = text.collect();
    for (name, input) in [("structured", &input), ("text", &text)] {
        for (choice, level) in [(LAZY, 6), (OPTIMAL[0], 9), (OPTIMAL[1], 9), (OPTIMAL[2], 9)] {
            let codec = Deflate::new(6);
            let ours = round_trip_by(choice, &codec, input);
            let mut zlib = Vec::new();
            codec
                .encode_as(Choice::Zlib(level), input, &mut zlib)
                .expect("encodes");
            assert!(
                ours < zlib.len(),
                "{name}, {choice:?}: {ours}, {}",
                zlib.len()
            );
        }
    }
}
