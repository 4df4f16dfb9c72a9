//! Codecs that files of others need, each behind its feature: JPEG, WebP, LERC, CCITT, LZMA, old LZW.
//! `testdata/foreign` and `../shared/conformance` against what GDAL reads, and hostile streams.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cogwork::codec::{Codec, Codecs, Parameters, decoder};
use cogwork::error::{ErrorKind, Malformed, Unsupported};
use cogwork::read::level::Level;
use cogwork::source::memory::MemorySource;
use cogwork::{Cog, Context};
use serde_json::Value;

/// The codecs of this build, by the names that files and entries begin with.
const FOREIGN: &[&str] = &[
    #[cfg(feature = "ccitt")]
    "ccitt",
    #[cfg(feature = "jpeg")]
    "jpeg",
    #[cfg(feature = "lerc")]
    "lerc",
    #[cfg(feature = "lzma")]
    "lzma",
    #[cfg(feature = "webp")]
    "webp",
];

/// Lossy decoders differ by rounding: at most so much in a sample, and so much on average.
/// WebP's and JPEG's smooth upsampling of colour is where they do.
const LOSSY: (u8, f64) = (4, 0.5);

#[test]
fn own_files_give_gdals_samples() {
    let folder = common::repository().join("testdata/foreign");
    let expected = common::json(folder.join("expected.json"));
    let mut seen = 0;
    for (name, entry) in expected.as_object().expect("entries by name") {
        if !built(name) {
            continue;
        }
        seen += 1;
        let path = folder.join(name);
        let samples = samples(&path, 0);
        if entry["lossy"] == true {
            if !cfg!(feature = "deflate") {
                continue; // what is expected is in a file of Deflate
            }
            let reference = name.replace(".tif", "-expected.tif");
            let reference = Cog::open(folder.join(reference)).expect("opens");
            let reference = reference.base().read().expect("Deflate");
            let difference = Difference::of(&samples, &reference.samples().to_le_bytes());
            println!("{name}: {difference:?}");
            assert!(difference.most <= LOSSY.0, "{name}: {difference:?}");
            assert!(difference.mean <= LOSSY.1, "{name}: {difference:?}");
        } else {
            assert_eq!(
                common::sha256(&samples),
                common::text(entry, "sha256"),
                "{name}"
            );
        }
    }
    assert_eq!(seen > 0, !FOREIGN.is_empty());
}

#[test]
fn conformance_files_give_gdals_samples() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let expected = common::json(folder.join("expected.json"));
    let entries = expected["expected"].as_object().expect("entries by path");
    let mut wrong = Vec::new();
    for (name, entry) in entries {
        let compress = common::text(entry, "compress");
        let old_lzw = name.contains("lzw-compat") && cfg!(feature = "lzw");
        if !built(compress) && !old_lzw {
            continue;
        }
        let path = folder.join("files").join(name);
        let levels = entry["levels"].as_array().expect("levels");
        for (index, level) in levels.iter().enumerate() {
            let samples = samples(&path, index);
            let same = common::sha256(&samples) == common::text(level, "sha256");
            let close = entry["lossy"] == true && near(&samples, level);
            println!("{compress:<14} level {index} same {same:<5} close {close:<5} {name}");
            if !same && !close {
                wrong.push(format!("{name}, level {index}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// True for a file or an entry of a codec that this build has.
fn built(name: &str) -> bool {
    let zstd = !name.contains("zstd") || cfg!(feature = "zstd");
    let deflate = !name.contains("deflate") || cfg!(feature = "deflate");
    zstd && deflate && FOREIGN.iter().any(|codec| name.starts_with(codec))
}

/// All samples of a level, band-sequential and little-endian.
fn samples(path: &Path, level: usize) -> Vec<u8> {
    let cog = Cog::open(path).unwrap_or_else(|e| panic!("{e}"));
    let level = cog.level(level).unwrap_or_else(|e| panic!("{e}"));
    if (2..=4).contains(&level.image().compression) {
        return bits(path, &level);
    }
    let block = level.read().unwrap_or_else(|e| panic!("{e}"));
    block.samples().to_le_bytes()
}

/// The bits of a CCITT image, a byte each, decoded tile by tile.
fn bits(path: &Path, level: &Level) -> Vec<u8> {
    let file = std::fs::read(path).expect("a file");
    let image = level.image();
    let (size, grid) = (image.size, image.grid());
    let mut parameters = Parameters::new(image.compression, image.tile.width, image.tile.height);
    parameters.bits = 1;
    parameters.t4_options = image.codec.t4_options;
    let codec = decoder(&parameters).expect("the feature is on");
    let row_bytes = at(image.tile.width.div_ceil(8));
    let mut pixels = vec![0; at(size.width) * at(size.height)];
    let across = size.width.div_ceil(image.tile.width);
    for tile in 0..grid.count() {
        let range = tile_bytes(image, tile);
        let (column, row) = (tile % u64::from(across), tile / u64::from(across));
        let (column, row) = (column as u32, row as u32);
        let mut decoded = vec![0xA5; row_bytes * at(image.tile_rows(row))];
        let mut bytes = file[range].to_vec();
        if image.reversed_bits {
            bytes
                .iter_mut()
                .for_each(|byte| *byte = byte.reverse_bits());
        }
        codec
            .decode(&bytes, &mut decoded)
            .unwrap_or_else(|e| panic!("{}: tile {tile}: {e}", path.display()));
        let window = grid.window(column, row);
        for y in 0..at(window.height) {
            for x in 0..at(window.width) {
                let bit = decoded[y * row_bytes + x / 8] >> (7 - x % 8) & 1;
                pixels[(at(window.row) + y) * at(size.width) + at(window.column) + x] = bit;
            }
        }
    }
    pixels
}

fn at(pixels: u32) -> usize {
    usize::try_from(pixels).expect("64 bits")
}

/// Where a tile's bytes lie in its file.
fn tile_bytes(image: &cogwork::format::image::Image, tile: u64) -> std::ops::Range<usize> {
    let value = |array: &cogwork::format::directory::IndexArray| {
        let loaded = array.loaded().expect("a small file");
        let value = array.value(loaded, 0, tile).expect("a tile");
        usize::try_from(value).expect("64 bits")
    };
    let start = value(&image.offsets);
    start..start + value(image.byte_counts.as_ref().expect("lengths"))
}

#[derive(Debug)]
struct Difference {
    most: u8,
    mean: f64,
}

impl Difference {
    fn of(found: &[u8], expected: &[u8]) -> Self {
        assert_eq!(found.len(), expected.len());
        let each = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
        let sum: u64 = each.clone().map(u64::from).sum();
        Difference {
            most: each.max().unwrap_or(0),
            mean: sum as f64 / found.len() as f64,
        }
    }
}

/// Whether each band has nearly the statistics that GDAL found.
fn near(samples: &[u8], level: &Value) -> bool {
    let stats = level["stats"].as_array().expect("statistics");
    let bands = samples.chunks_exact(samples.len() / stats.len());
    stats.iter().zip(bands).all(|(expected, band)| {
        let sum: u64 = band.iter().copied().map(u64::from).sum();
        let mean = sum as f64 / band.len() as f64;
        let least = f64::from(*band.iter().min().expect("pixels"));
        let most = f64::from(*band.iter().max().expect("pixels"));
        let off = |key: &str, found: f64| (expected[key].as_f64().expect("a number") - found).abs();
        off("mean", mean) <= 1.0 && off("min", least) <= 4.0 && off("max", most) <= 4.0
    })
}

/// The first tile of a file, with what decodes it.
struct Stream {
    name: String,
    codec: Arc<dyn Codec>,
    bytes: Vec<u8>,
    /// Bytes that it decodes to.
    decoded: usize,
}

/// The first tiles of all files of this build's codecs.
fn streams() -> Vec<Stream> {
    let folder = common::repository().join("testdata/foreign");
    let expected = common::json(folder.join("expected.json"));
    let mut streams = Vec::new();
    for name in expected.as_object().expect("entries by name").keys() {
        if !built(name) {
            continue;
        }
        let path: PathBuf = folder.join(name);
        let file = std::fs::read(&path).expect("a file");
        let level = Cog::open(&path).expect("opens").base();
        let image = level.image();
        let ccitt = name.starts_with("ccitt");
        let mut parameters =
            Parameters::new(image.compression, image.tile.width, image.tile.height);
        parameters.samples = image.tile_samples();
        parameters.data_type = image.data_type;
        parameters.bits = if ccitt {
            1
        } else {
            8 * u16::try_from(image.data_type.bytes()).expect("few")
        };
        parameters.photometric = image.photometric;
        parameters.alpha = image.extra_samples == [2];
        parameters.t4_options = image.codec.t4_options;
        parameters.jpeg_tables = image.codec.jpeg_tables.as_deref();
        parameters.lerc_parameters = &image.codec.lerc_parameters;
        let bits = u64::from(parameters.bits)
            * u64::from(parameters.samples)
            * u64::from(image.tile.width);
        let bytes = usize::try_from(bits.div_ceil(8)).expect("small") * at(image.tile_rows(0));
        let codec = decoder(&parameters).expect("the feature is on");
        streams.push(Stream {
            name: name.clone(),
            codec,
            bytes: file[tile_bytes(image, 0)].to_vec(),
            decoded: bytes,
        });
    }
    streams
}

#[test]
fn prefixes_of_streams_are_errors_or_whole() {
    for stream in streams() {
        let Stream {
            name,
            codec,
            bytes: stream,
            decoded: bytes,
        } = stream;
        let mut whole = vec![0; bytes];
        codec
            .decode(&stream, &mut whole)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let step = stream.len() / 300 + 1;
        for end in (0..stream.len()).step_by(step) {
            let mut tile = vec![0xA5; bytes];
            if codec.decode(&stream[..end], &mut tile).is_ok() {
                assert!(
                    tile == whole,
                    "{name}: {end} of {} bytes give another tile",
                    stream.len()
                );
            }
        }
    }
}

#[test]
fn damaged_streams_and_noise_never_panic() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for stream in streams() {
        let Stream {
            codec,
            bytes: stream,
            decoded: bytes,
            ..
        } = stream;
        for round in 0..150 {
            let mut damaged = stream.clone();
            for _ in 0..=round % 5 {
                let place = random.below(damaged.len());
                damaged[place] = random.next().to_le_bytes()[3];
            }
            let _ = codec.decode(&damaged, &mut vec![0xA5; bytes]);
            let noise: Vec<u8> = (0..round * 3)
                .map(|_| random.next().to_le_bytes()[3])
                .collect();
            let _ = codec.decode(&noise, &mut vec![0xA5; bytes]);
        }
        // Other tiles than the stream's, among them none.
        for other in [0, 1, bytes / 2, bytes + 1, 2 * bytes] {
            let _ = codec.decode(&stream, &mut vec![0; other]);
        }
    }
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
}

#[cfg(feature = "lzw")]
#[test]
fn old_lzw_equals_weezl() {
    let mut random = Random(1);
    let lzw = cogwork::codec::codec(5, None).expect("the feature is on");
    for length in [1, 2, 5, 300, 5000, 60_000] {
        for values in [2, 17, 256] {
            let bytes: Vec<u8> = (0..length)
                .map(|_| random.below(values).to_le_bytes()[0])
                .collect();
            let mut weezl = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, 8);
            let stream = weezl.encode(&bytes).expect("encodes");
            let mut tile = vec![0xA5; length];
            lzw.decode(&stream, &mut tile)
                .unwrap_or_else(|e| panic!("{length}, {values}: {e}"));
            assert!(tile == bytes, "{length} bytes of {values} values");
        }
    }
}

/// Leaves every byte as its complement.
#[derive(Debug)]
struct Complement;

impl Codec for Complement {
    fn decode(&self, src: &[u8], dst: &mut [u8]) -> cogwork::Result<()> {
        let (got, want) = (src.len() as u64, dst.len() as u64);
        let whole = src
            .get(..dst.len())
            .ok_or(Malformed::ShortTile { got, want })?;
        dst.iter_mut().zip(whole).for_each(|(to, from)| *to = !from);
        Ok(())
    }

    fn encode(&self, src: &[u8], dst: &mut Vec<u8>) -> cogwork::Result<()> {
        dst.extend(src.iter().map(|byte| !byte));
        Ok(())
    }
}

/// A file of 2 by 2 samples, 1 to 4, in one strip without a length.
fn four_pixels(compression: u16, strip: [u8; 4]) -> Vec<u8> {
    let entries = [
        (256, 2),
        (257, 2),
        (258, 8),
        (259, compression),
        (273, 8),
        (277, 1),
        (278, 2),
        (279, 4),
    ];
    let mut file = b"II\x2a\0\x0c\0\0\0".to_vec();
    file.extend(strip);
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        for word in [tag, 3, 1, 0, value, 0] {
            file.extend(u16::to_le_bytes(word));
        }
    }
    file.extend([0; 4]);
    file
}

#[test]
fn an_embedders_codec_is_asked_first() {
    let context = |codecs: Codecs| Context {
        codecs: Arc::new(codecs),
        ..Context::default()
    };
    let read = |number, codecs| {
        let source = MemorySource::new(four_pixels(number, [!1, !2, !3, !4]));
        let cog = Cog::from_source(source, &context(codecs)).expect("opens");
        cog.base().read().map(|block| block.samples().to_le_bytes())
    };
    for number in [1, 34712, 60000] {
        let codecs = Codecs::new().with(number, Arc::new(Complement));
        assert_eq!(read(number, codecs).expect("decodes"), [1, 2, 3, 4]);
    }
    assert_eq!(read(1, Codecs::new()).expect("decodes"), [!1, !2, !3, !4]);
    for (number, name) in [
        (6, "old-style JPEG"),
        (34712, "JPEG 2000"),
        (60000, "unknown"),
    ] {
        let error = read(number, Codecs::new()).expect_err("no codec");
        let expected = Unsupported::Compression { number, name };
        assert!(
            matches!(error.kind(), ErrorKind::Unsupported(u) if *u == expected),
            "{error}"
        );
    }
}
