//! Every codec against the same properties, against independent streams, and LZW against weezl.

use std::sync::Arc;

use cogwork::codec::{Codec, codec, compression_name};
use cogwork::error::{ErrorKind, Malformed, Unsupported, Usage};

/// Numbers of the codecs of this build that both read and write.
const WRITTEN: &[u16] = &[
    1,
    #[cfg(feature = "lzw")]
    5,
    #[cfg(feature = "deflate")]
    8,
    #[cfg(feature = "deflate")]
    32946,
    #[cfg(feature = "lzma")]
    34925,
    #[cfg(feature = "zstd")]
    50000,
];

const PACK_BITS: u16 = 32773;

fn get(number: u16) -> Arc<dyn Codec> {
    codec(number, None).expect("a codec of this build")
}

fn encode(number: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    get(number).encode(bytes, &mut stream).expect("encodes");
    stream
}

/// The outcome of decoding to `length` bytes, over a buffer of stale bytes.
fn decode(codec: &dyn Codec, stream: &[u8], length: usize) -> cogwork::error::Result<Vec<u8>> {
    let mut tile = vec![0xA5; length];
    codec.decode(stream, &mut tile).map(|()| tile)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 16).expect("48 bits") % bound
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[4]).collect()
    }

    /// Bytes like those of an image after a predictor: small, with runs.
    fn image(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let byte = self.next().to_le_bytes()[5] % 7;
            let run = if self.below(9) == 0 {
                self.below(60)
            } else {
                1
            };
            bytes.extend(std::iter::repeat_n(byte, run.min(length - bytes.len())));
        }
        bytes
    }
}

/// Inputs of many shapes.
fn inputs() -> Vec<Vec<u8>> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let ramp = (0..=255u8).cycle();
    let mut inputs = vec![vec![], vec![0], vec![255], vec![7; 2], vec![0; 100_000]];
    inputs.extend([1, 2, 3, 255, 256, 257, 4095, 4096, 5000].map(|n| vec![9; n]));
    inputs.push(ramp.clone().take(70_000).collect());
    inputs.push(random.bytes(150_000));
    inputs.push(random.image(300_000));
    inputs.extend((0..40).map(|n| random.bytes(n * 97)));
    inputs.extend((0..40).map(|n| random.image(n * 331)));
    inputs
}

#[test]
fn what_is_written_reads_back() {
    for &number in WRITTEN {
        for input in inputs() {
            let stream = encode(number, &input);
            let tile = decode(&*get(number), &stream, input.len()).expect("decodes");
            assert!(tile == input, "{number}, {} bytes", input.len());
        }
    }
}

#[test]
fn encoding_appends_and_repeats_itself() {
    let inputs = inputs();
    for &number in WRITTEN {
        let codec = get(number);
        let first: Vec<_> = inputs.iter().map(|input| encode(number, input)).collect();
        for (input, first) in inputs.iter().zip(&first).rev() {
            let mut stream = b"before".to_vec();
            codec.encode(input, &mut stream).expect("encodes");
            assert!(stream.starts_with(b"before"));
            assert!(stream[6..] == **first, "{number}, {} bytes", input.len());
        }
    }
}

#[test]
fn every_level_reads_back() {
    let input = Random(5).image(3000);
    for (number, levels) in [(8, 1..=9), (34925, 0..=9), (50000, 1..=22)] {
        for level in levels.filter(|_| WRITTEN.contains(&number)) {
            let codec = codec(number, Some(level)).expect("a level of the scheme");
            let mut stream = Vec::new();
            codec.encode(&input, &mut stream).expect("encodes");
            assert!(decode(&*codec, &stream, input.len()).expect("decodes") == input);
        }
    }
}

#[test]
fn surplus_output_is_ignored_and_lack_of_it_is_not() {
    let input = Random(11).image(20_000);
    for &number in WRITTEN {
        let (codec, stream) = (get(number), encode(number, &input));
        for length in [0, 1, 7, 100, 9_000, 19_999] {
            let tile = decode(&*codec, &stream, length).expect("a full tile");
            assert!(tile == input[..length], "{number}, {length} bytes");
        }
        for length in [20_001, 20_009, 50_000] {
            let error = decode(&*codec, &stream, length).expect_err("a short tile");
            let (got, want) = (20_000, u64::try_from(length).expect("small"));
            match error.kind() {
                ErrorKind::Malformed(short) => {
                    assert_eq!(*short, Malformed::ShortTile { got, want }, "{number}");
                }
                other => panic!("{number}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_bomb_costs_no_more_than_its_tile() {
    let bomb = vec![0; 10_000_000];
    for &number in WRITTEN.iter().filter(|&&number| number != 5) {
        let stream = encode(number, &bomb);
        assert!(decode(&*get(number), &stream, 1000).expect("a full tile") == bomb[..1000]);
    }
}

#[test]
fn flipped_bits_never_pass_a_checksum() {
    let mut random = Random(99);
    for &number in WRITTEN.iter().filter(|&&n| !matches!(n, 1 | 5)) {
        for input in [random.image(6000), random.bytes(700), vec![3; 9000]] {
            let (codec, stream) = (get(number), encode(number, &input));
            for _ in 0..500 {
                let mut damaged = stream.clone();
                let bit = random.below(stream.len() * 8);
                damaged[bit / 8] ^= 1 << (bit % 8);
                if let Ok(tile) = decode(&*codec, &damaged, input.len()) {
                    assert!(tile == input, "{number}: bit {bit} passed");
                }
            }
        }
    }
}

#[cfg(any(feature = "deflate", feature = "zstd"))]
#[test]
fn a_wrong_checksum_alone_is_an_error() {
    let input = Random(3).image(5000);
    for &number in WRITTEN.iter().filter(|&&n| !matches!(n, 1 | 5)) {
        let mut stream = encode(number, &input);
        *stream.last_mut().expect("a checksum") ^= 0x10;
        let error = decode(&*get(number), &stream, input.len()).expect_err("a wrong checksum");
        let kind = error.kind();
        assert!(
            matches!(kind, ErrorKind::Malformed(Malformed::Codec(_))),
            "{kind:?}"
        );
    }
}

#[test]
fn prefixes_give_errors_or_the_tile() {
    let input = Random(17).image(2500);
    for &number in WRITTEN {
        let (codec, stream) = (get(number), encode(number, &input));
        for length in 0..stream.len() {
            match decode(&*codec, &stream[..length], input.len()) {
                Ok(tile) => assert!(tile == input, "{number}: {length} bytes"),
                Err(error) => assert!(matches!(error.kind(), ErrorKind::Malformed(_)), "{error}"),
            }
        }
    }
}

#[test]
fn garbage_never_panics() {
    let mut random = Random(23);
    for &number in WRITTEN.iter().chain([&PACK_BITS]) {
        let (codec, good) = (get(number), Random(7).image(300));
        let good = if number == PACK_BITS {
            good
        } else {
            encode(number, &good)
        };
        for round in 0..10_000 {
            let length = random.below(120);
            let mut stream = random.bytes(length);
            // Half of them begin well.
            if round % 2 == 0 {
                let kept = random.below(good.len());
                stream.splice(0..0, good[..kept].iter().copied());
            }
            let length = random.below(600);
            if let Err(error) = decode(&*codec, &stream, length) {
                assert!(!error.is_usage(), "{error}");
            }
        }
    }
}

#[test]
fn pack_bits() {
    // Apple's Technical Note TN1023.
    let stream = [
        0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA,
    ];
    let mut tile = vec![0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA];
    tile.extend([0x80, 0x00, 0x2A, 0x22]);
    tile.extend([0xAA; 10]);
    let codec = get(PACK_BITS);
    for length in 0..=tile.len() {
        assert_eq!(
            decode(&*codec, &stream, length).expect("decodes"),
            tile[..length]
        );
    }
    let cases: [(&[u8], u64); 5] = [
        (&stream, 24),
        (&[], 0),
        (&[128, 128, 0, 5], 1),
        (&[3, 1, 2], 2),
        (&[200], 0),
    ];
    for (stream, got) in cases {
        let error = decode(&*codec, stream, 25).expect_err("a short tile");
        let short = Malformed::ShortTile { got, want: 25 };
        assert!(
            matches!(error.kind(), ErrorKind::Malformed(m) if *m == short),
            "{error}"
        );
    }
    let error = codec
        .encode(&[1], &mut Vec::new())
        .expect_err("not written");
    assert!(matches!(
        error.kind(),
        ErrorKind::Unsupported(Unsupported::Feature(_))
    ));
}

/// What `python3` and `zstd` compressed below.
#[cfg(any(feature = "deflate", feature = "zstd"))]
fn sentence() -> Vec<u8> {
    b"cogwork reads tiles, cogwork writes tiles; ".repeat(9)
}

#[cfg(any(feature = "deflate", feature = "zstd"))]
fn from_hex(hex: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(digits).collect()
}

#[cfg(feature = "deflate")]
#[test]
fn deflate_by_python() {
    let stream = from_hex(
        "78da4bce4f2fcf2fca56284a4d4c295628c9cc492dd65148860a96176596a44245ade1a2a34aa9ab1400cb9f\
         907f",
    );
    for number in [8, 32946] {
        let codec = get(number);
        assert!(decode(&*codec, &stream, 387).expect("decodes") == sentence());
        // Cut off before or amid its checksum, the tile is there all the same.
        for cut in 1..=4 {
            let stream = &stream[..stream.len() - cut];
            assert!(decode(&*codec, stream, 387).expect("decodes") == sentence());
        }
    }
}

#[cfg(feature = "zstd")]
#[test]
fn zstandard_by_its_command_line() {
    let codec = get(50000);
    for hex in [ZSTD_PLAIN, ZSTD_CHECKED] {
        let stream = from_hex(hex);
        assert!(decode(&*codec, &stream, 387).expect("decodes") == sentence());
        // Only the first frame is read.
        let twice = stream.repeat(2);
        assert!(decode(&*codec, &twice, 387).expect("decodes") == sentence());
        assert!(decode(&*codec, &twice, 774).is_err());
    }
}

#[cfg(feature = "zstd")]
const ZSTD_PLAIN: &str = "28b52ffd0060450100e0636f67776f726b2072656164732074696c65732c2077726974653b200300554e299cd3e9f84e26";
#[cfg(feature = "zstd")]
const ZSTD_CHECKED: &str = "28b52ffd6483004d0100d8636f67776f726b2072656164732074696c65732c2077726974653b04004d4e2900fae6cc3a12930944219f97";

#[cfg(feature = "zstd")]
#[test]
fn zstandard_headers_that_lie() {
    let codec = get(50000);
    let zstd = [0x28, 0xB5, 0x2F, 0xFD];
    let block = [0x09, 0x00, 0x00, 0x41];
    // A window of 2^41 bytes; contents of 2^62 and of 2 bytes; a skippable frame; legacy magic.
    let giant = [&zstd[..], &[0x00, 0xF8], &block].concat();
    let huge = [&zstd[..], &[0xE0], &[0xFF; 7], &[0x3F], &block].concat();
    let lying = [&zstd[..], &[0x20, 0x02], &block].concat();
    let skippable = vec![0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 0x41];
    let legacy = vec![0x25, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0, 0];
    let honest = [&zstd[..], &[0x20, 0x01], &block].concat();
    assert_eq!(decode(&*codec, &honest, 1).expect("decodes"), [0x41]);
    for stream in [giant, huge, lying, skippable, legacy] {
        assert!(decode(&*codec, &stream, 1).is_err(), "{stream:?}");
    }
}

#[test]
fn numbers_names_and_levels() {
    for number in 0..=u16::MAX {
        let known = WRITTEN.contains(&number) || number == PACK_BITS;
        match codec(number, None) {
            Ok(_) => assert!(known, "{number}"),
            Err(error) => {
                let name = compression_name(number);
                let wanted = Unsupported::Compression { number, name };
                assert!(!known);
                assert!(matches!(error.kind(), ErrorKind::Unsupported(u) if *u == wanted));
            }
        }
    }
    for (number, name) in [
        (1, "none"),
        (7, "JPEG"),
        (34887, "LERC"),
        (60000, "unknown"),
    ] {
        assert_eq!(compression_name(number), name);
    }
    for (number, level) in [(1, 0), (5, 6), (8, 0), (8, 10), (PACK_BITS, 1), (50000, 23)] {
        if WRITTEN.contains(&number) || number == PACK_BITS {
            let error = codec(number, Some(level)).expect_err("no such level");
            assert!(
                matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
                "{number}"
            );
        }
    }
}

#[cfg(feature = "lzw")]
mod lzw {
    use weezl::{BitOrder, decode::Decoder, encode::Encoder};

    use super::*;

    #[test]
    fn weezl_agrees_both_ways() {
        for input in inputs() {
            let theirs = Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&input);
            let theirs = theirs.expect("weezl encodes");
            let tile = decode(&*get(5), &theirs, input.len()).expect("decodes");
            assert!(tile == input, "{} bytes", input.len());
            let ours = encode(5, &input);
            let tile = Decoder::with_tiff_size_switch(BitOrder::Msb, 8).decode(&ours);
            assert!(
                tile.expect("weezl decodes") == input,
                "{} bytes",
                input.len()
            );
        }
    }

    /// Every length about the places where codes change width or run out, with and without the
    /// end code: a bit more or less shows here.
    #[test]
    fn every_length() {
        let input = Random(31).bytes(4300);
        let constant = vec![7; 4300];
        for input in [&input, &constant] {
            for length in (0..600)
                .chain(960..1100)
                .chain(1780..1900)
                .chain(3700..4300)
            {
                let stream = encode(5, &input[..length]);
                let codec = get(5);
                assert!(decode(&*codec, &stream, length).expect("decodes") == input[..length]);
                let tile = Decoder::with_tiff_size_switch(BitOrder::Msb, 8).decode(&stream);
                assert!(
                    tile.expect("weezl decodes") == input[..length],
                    "{length} bytes"
                );
                // The end code may straddle up to three bytes: none is needed.
                let without = &stream[..stream.len() - 1];
                assert!(decode(&*codec, without, length).expect("decodes") == input[..length]);
            }
        }
    }

    /// TIFF 6.0, section 13: the example that is worked through there.
    #[test]
    fn example_of_the_specification() {
        let stream = [
            0x80, 0x01, 0xE0, 0x40, 0x80, 0x44, 0x08, 0x0C, 0x06, 0x80, 0x80,
        ];
        let tile = [7, 7, 7, 8, 8, 7, 7, 6, 6];
        assert_eq!(decode(&*get(5), &stream, 9).expect("decodes"), tile);
        assert_eq!(encode(5, &tile), stream);
    }

    /// Codes of 9 bits, packed.
    fn pack(codes: &[u16]) -> Vec<u8> {
        let bits = codes
            .iter()
            .flat_map(|code| (0..9).rev().map(move |bit| code >> bit & 1));
        let bits: Vec<_> = bits.collect();
        let byte = |bits: &[u16]| (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).unwrap_or(&0));
        bits.chunks(8)
            .map(|bits| u8::try_from(byte(bits)).expect("8 bits"))
            .collect()
    }

    #[test]
    fn impossible_codes() {
        let cases: [(&[u16], &str); 5] = [
            (&[256, 258], "a string first"),
            (&[258], "a string first, without a clear code"),
            (&[256, 65, 259], "a code of the future"),
            (
                &[256, 65, 66, 256, 258],
                "a string of before the clear code",
            ),
            (&[256, 65, 66, 300], "a code of the future, later"),
        ];
        for (codes, what) in cases {
            let error = decode(&*get(5), &pack(codes), 100).expect_err(what);
            let kind = error.kind();
            assert!(
                matches!(kind, ErrorKind::Malformed(Malformed::Codec(_))),
                "{what}: {kind:?}"
            );
        }
    }

    #[test]
    fn tolerable_streams() {
        let cases: [(&[u16], &[u8]); 5] = [
            (&[65, 66, 257], b"AB"),
            (&[256, 256, 256, 65, 257], b"A"),
            (&[256, 65, 258, 259, 257], b"AAAAAA"),
            (&[256, 65, 66, 256, 67, 258], b"ABCCC"),
            (&[256, 257], b""),
        ];
        for (codes, tile) in cases {
            let stream = pack(codes);
            assert_eq!(
                decode(&*get(5), &stream, tile.len()).expect("decodes"),
                tile
            );
            assert!(decode(&*get(5), &pack(&[codes, &[257]].concat()), tile.len() + 1).is_err());
        }
    }

    /// Least significant bit first, as before TIFF 6: a clear code, a literal, the end.
    #[test]
    fn old_style_streams_are_read() {
        let stream = [0x00, 0x83, 0x04, 0x04];
        assert_eq!(decode(&*get(5), &stream, 1).expect("decodes"), [0x41]);
    }
}

/// What is written as JPEG has the coefficients of jpeg-encoder's stream with the tables of Annex K:
/// the same pixels, bit by bit, in fewer bytes. Quantization tables stand in JPEGTables alone, Huffman
/// tables in tiles alone, as in GDAL's files.
#[cfg(feature = "jpeg")]
#[test]
fn jpeg_has_other_codes_and_the_same_pixels() {
    use cogwork::codec::{Effort, Parameters, decoder, encoder};
    use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
    let (width, height) = (96u16, 48u16);
    let mut random = Random(7);
    for (samples, photometric, color) in [(1, 1, ColorType::Luma), (3, 6, ColorType::Rgb)] {
        for noise in [1, 30, 256] {
            let length = usize::from(width) * usize::from(height) * usize::from(samples);
            let smooth = |at: usize| (at / 40 % 200).min(255 - noise.min(255));
            let pixels: Vec<u8> = (0..length)
                .map(|at| u8::try_from(smooth(at) + random.below(noise)).expect("a byte"))
                .collect();
            for quality in [1, 40, 75, 95, 100] {
                let mut plain = Vec::new();
                let mut twin = Encoder::new(&mut plain, quality);
                twin.set_sampling_factor(match samples {
                    1 => SamplingFactor::F_1_1,
                    _ => SamplingFactor::F_2_2,
                });
                twin.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
                let encoded = twin.encode(&pixels, width, height, color);
                encoded.expect("it is encoded");

                let mut parameters = Parameters::new(7, width.into(), height.into());
                (parameters.samples, parameters.photometric) = (samples, photometric);
                let mut effort = Effort::default();
                effort.quality = Some(quality);
                let codec = encoder(&parameters, &effort).expect("JPEG is written");
                let mut tile = Vec::new();
                codec.encode(&pixels, &mut tile).expect("it is encoded");
                let tables = codec.shared_tables().to_vec();

                let name = format!("{samples} samples, noise {noise}, quality {quality}");
                let places = if samples == 1 { 1 } else { 2 };
                assert_eq!(markers(&tables), vec![0xDB; places], "{name}");
                assert_eq!(markers(&tile), [0xC0, 0xC4, 0xDA], "{name}");
                assert!(tables.len() + tile.len() < plain.len(), "{name}");
                let alone = decoder(&parameters).expect("JPEG is read");
                parameters.jpeg_tables = Some(&tables);
                let shared = decoder(&parameters).expect("JPEG is read");
                let expected = decode(&*alone, &plain, length).expect("a whole stream");
                let found = decode(&*shared, &tile, length).expect("a whole stream");
                assert!(found == expected, "{name}");
            }
        }
    }
}

/// The markers of a JPEG stream's segments, up to the scan (ITU-T T.81, Annex B).
#[cfg(feature = "jpeg")]
fn markers(stream: &[u8]) -> Vec<u8> {
    assert_eq!(stream[..2], [0xFF, 0xD8]);
    assert!(stream.ends_with(&[0xFF, 0xD9]));
    let (mut markers, mut at) = (Vec::new(), 2);
    while stream[at..] != [0xFF, 0xD9] && markers.last() != Some(&0xDA) {
        assert_eq!(stream[at], 0xFF);
        markers.push(stream[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([stream[at + 2], stream[at + 3]]));
    }
    markers
}
