//! Files of GDAL's COG driver, made again to the byte: from their pixels and tags, and by copying
//! their tiles. `testdata/golden` is by `testdata/makers/golden.py`.

use std::io::Read;
use std::path::Path;

use cogwork::Resampling;
use cogwork::write::{BigTiff, CogOptions, Compression, PredictorChoice, Raster};
use cogwork::{Block, Context, Level};

use crate::anatomy::Anatomy;
use crate::common::{self, number, raster};

/// The files, and what the driver was asked for.
fn golden() -> Vec<(String, Vec<u8>, CogOptions)> {
    let folder = common::repository().join("testdata/golden");
    let expected = common::json(folder.join("expected.json"));
    let files = expected["files"].as_object().expect("files by name");
    let file = |(name, entry): (&String, &serde_json::Value)| {
        let packed = std::fs::read(folder.join(format!("{name}.tif.zlib"))).expect(name);
        let bytes = inflated(&packed);
        assert_eq!(bytes.len() as u64, number(entry, "length"), "{name}");
        let big = entry["bigtiff"] == true;
        let bigtiff = if big { BigTiff::Yes } else { BigTiff::No };
        let options = CogOptions::default().bigtiff(bigtiff);
        (name.clone(), bytes, options)
    };
    files.iter().map(file).collect()
}

pub fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = flate2::read::ZlibDecoder::new(packed);
    stream.read_to_end(&mut bytes).expect("a zlib stream");
    bytes
}

/// All that a level holds, given to the writer as an embedder would.
fn again(level: &Level, options: &CogOptions) -> Vec<u8> {
    let block: Block = level.read().expect("a sound file");
    let mut raster = Raster::of_block(&block);
    raster.georeference = level.georeference();
    raster.annotations = level.annotations();
    let mut bytes = Vec::new();
    cogwork::write::write_block_to(&mut bytes, &block, raster, options).expect("memory takes it");
    bytes
}

pub fn copied(bytes: &[u8], options: &CogOptions) -> Vec<u8> {
    let context = Context::default();
    let cog = raster::open(bytes.to_vec(), &context);
    let mut out = Vec::new();
    let base = cog.base();
    base.convert_to(&mut out, options).expect("memory takes it");
    assert_eq!(context.counters.tiles_decoded(), 0);
    out
}

#[test]
fn gdals_files_by_copying() {
    for (name, bytes, options) in golden() {
        assert!(copied(&bytes, &options) == bytes, "{name}");
    }
}

/// Every byte, but for the tiles of masks: those are Deflate by another encoder than GDAL's. They
/// hold the same bits, and only their bytes, and what tells their lengths and the places of tiles, may
/// differ.
#[test]
fn gdals_files_from_their_pixels() {
    for (name, bytes, options) in golden() {
        let options = options
            .compression(Compression::None)
            .predictor(PredictorChoice::Auto)
            .blocksize(128)
            .resampling(Resampling::Average);
        let cog = raster::open(bytes.clone(), &Context::default());
        let found = again(&cog.base(), &options);
        let [ours, gdals] = [&found, &bytes].map(|bytes| Anatomy::of(bytes));
        assert!(ours.header == gdals.header, "the header of {name}");
        assert_eq!(ours.order, gdals.order, "the order of tiles of {name}");
        assert!(ours.images == gdals.images, "the tiles of {name}");
        assert!(ours.together && gdals.together, "{name}");
        let bits = |masks: &[Vec<u8>]| masks.iter().map(|tile| inflated(tile)).collect::<Vec<_>>();
        assert_eq!(bits(&ours.masks), bits(&gdals.masks), "the masks of {name}");
        assert_eq!(found == bytes, ours.masks == gdals.masks, "{name}");
        assert_eq!(name.contains("masked"), !gdals.masks.is_empty());
    }
}

/// The file that GDAL's own tests compare with, LZW in one tile.
#[test]
fn gdals_own_golden_file() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let bytes = find(&folder.join("files"), "byte_little_endian_golden.tif");
    let options = CogOptions::default();
    assert!(copied(&bytes[0], &options) == bytes[0]);
    let cog = raster::open(bytes[0].clone(), &Context::default());
    let options = raster::options(Compression::Lzw, 512).predictor(PredictorChoice::None);
    assert!(again(&cog.base(), &options) == bytes[0]);
}

/// The files of a name in a folder and those in it.
pub fn find(folder: &Path, name: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in common::entries(folder) {
        let path = folder.join(&entry);
        if path.is_dir() {
            found.extend(find(&path, name));
        } else if entry == name {
            found.push(std::fs::read(&path).expect(name));
        }
    }
    found
}
