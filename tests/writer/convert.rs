//! Masks, planes, sparse tiles, overviews with a compression of their own; levels converted by
//! copying and anew.

use cogwork::block::Validity;
use cogwork::grid::Size;
use cogwork::sample::Samples;
use cogwork::write::{CogOptions, Compression, Interleave};
use cogwork::{Block, Cog, Context, Resampling};

use crate::anatomy::{Anatomy, directories};
use crate::common::{self, raster};
use crate::golden::inflated;

const SIZE: (usize, usize) = (70, 50);

fn pixel(band: usize, row: usize, column: usize) -> u8 {
    (1 + 80 * band + 3 * (row / 4) + column / 4) as u8
}

fn valid(row: usize, column: usize) -> bool {
    !(row / 5 + column / 7).is_multiple_of(3)
}

/// Three bands in squares of 4 x 4, so that two overviews of any method but those that overshoot are
/// known.
fn block(masked: bool) -> Block {
    let (width, height) = SIZE;
    let places = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
    let band = |band| {
        places
            .clone()
            .map(move |(row, column)| pixel(band, row, column))
    };
    let samples = (0..3).flat_map(band).collect();
    let validity = match masked {
        true => Validity::Mask(
            places
                .clone()
                .map(|(row, column)| valid(row, column).into())
                .collect(),
        ),
        false => Validity::All,
    };
    Block::new(3, Size::new(70, 50), Samples::U8(samples), validity).expect("the shape")
}

fn options(compression: Compression) -> CogOptions {
    raster::options(compression, 16).resampling(Resampling::Nearest)
}

/// The pixels of a tile that are inside of the image, and their places in the tile.
fn inside(tile: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let (width, height) = SIZE;
    let (top, left) = (16 * (tile / 5), 16 * (tile % 5));
    let places = (0..256).map(move |at| (at, top + at / 16, left + at % 16));
    places.filter(move |&(_, row, column)| row < height && column < width)
}

#[test]
fn masks_are_bits_beside_the_image() {
    let bytes = raster::written(&block(true), &options(Compression::None));
    let anatomy = Anatomy::of(&bytes);
    assert!(anatomy.together);
    let kinds = directories(&bytes);
    let kinds: Vec<usize> = kinds
        .iter()
        .map(|tags| tags.get(&254).map_or(0, |kind| kind.values(&bytes)[0]))
        .collect();
    assert_eq!(kinds, [0, 4, 1, 1, 1, 5, 5, 5]);
    for (tile, packed) in anatomy.masks[..20].iter().enumerate() {
        let bits = inflated(packed);
        assert_eq!(bits.len(), 32);
        for (at, row, column) in inside(tile) {
            assert_eq!(
                bits[at / 8] >> (7 - at % 8) & 1 == 1,
                valid(row, column),
                "{row} {column}"
            );
        }
    }
    // A mask's tile follows its image's, the smallest level comes first.
    assert_eq!(anatomy.order[..4], [(4, 0), (7, 0), (3, 0), (6, 0)]);
    let base = (0..20).flat_map(|tile| [(0, tile), (1, tile)]);
    assert!(anatomy.order.ends_with(&base.collect::<Vec<_>>()));
}

#[test]
fn planes_by_band_and_by_tile() {
    for interleave in [Interleave::Band, Interleave::Tile] {
        let bytes = raster::written(
            &block(false),
            &options(Compression::None).interleave(interleave),
        );
        let anatomy = Anatomy::of(&bytes);
        for (number, tile) in anatomy.images[..60].iter().enumerate() {
            let (band, tile_of_band) = (number / 20, number % 20);
            for (at, row, column) in inside(tile_of_band) {
                assert_eq!(tile[at], pixel(band, row, column), "{band} {row} {column}");
            }
        }
        let base: Vec<_> = match interleave {
            Interleave::Band => (0..60).map(|tile| (0, tile)).collect(),
            _ => (0..20)
                .flat_map(|tile| [(0, tile), (0, 20 + tile), (0, 40 + tile)])
                .collect(),
        };
        assert!(anatomy.order.ends_with(&base), "{interleave:?}");
        let name = format!("INTERLEAVE={}\n", interleave.name().to_uppercase());
        let header = String::from_utf8_lossy(&anatomy.header);
        assert!(header.contains(&name));
        assert_eq!(directories(&bytes)[0][&284].values(&bytes), [2]);
    }
}

/// Tiles that are all nodata have neither place nor length: here those of the lower half.
#[test]
fn sparse_tiles() {
    let half = |at: usize| {
        if at < 64 * 32 {
            1 + (at % 200) as u16
        } else {
            9
        }
    };
    let samples = Samples::U16((0..64 * 64).map(half).collect());
    let block =
        Block::new(1, Size::new(64, 64), samples, Validity::Nodata(9.into())).expect("the shape");
    let bytes = raster::written(&block, &options(Compression::Lzw).sparse(true));
    let directories = directories(&bytes);
    for (level, count) in [(0, 16), (1, 4), (2, 1)] {
        let [offsets, counts] = [324, 325].map(|tag| directories[level][&tag].values(&bytes));
        assert_eq!(offsets.len(), count);
        for tile in 0..count {
            let empty = tile >= count.div_ceil(2);
            assert_eq!(
                (offsets[tile] == 0, counts[tile] == 0),
                (empty, empty),
                "{level} {tile}"
            );
        }
    }
    let found = raster::open(bytes, &Context::default())
        .base()
        .read()
        .expect("a sound file");
    assert!(found.samples() == block.samples());
}

#[test]
fn overviews_with_their_own_compression() {
    let options = options(Compression::Deflate).overview_compression(Compression::Lzw);
    let bytes = raster::written(&block(true), &options);
    let compressions = directories(&bytes);
    let compressions: Vec<usize> = compressions
        .iter()
        .map(|tags| tags[&259].values(&bytes)[0])
        .collect();
    assert_eq!(compressions, [8, 8, 5, 5, 5, 8, 8, 8]);
}

/// Not a tile is decoded or encoded, and every one is there.
#[test]
fn what_stays_is_copied() {
    for compression in [
        Compression::None,
        Compression::Deflate,
        Compression::Lzw,
        Compression::Zstd,
    ] {
        for (masked, interleave) in [
            (false, Interleave::Pixel),
            (true, Interleave::Pixel),
            (true, Interleave::Band),
        ] {
            let bytes =
                raster::written(&block(masked), &options(compression).interleave(interleave));
            let context = Context::default();
            let mut found = Vec::new();
            raster::open(bytes.clone(), &context)
                .base()
                .convert_to(&mut found, CogOptions::default().interleave(interleave))
                .expect("memory takes it");
            let counters = &context.counters;
            assert_eq!((counters.tiles_decoded(), counters.tiles_encoded()), (0, 0));
            assert_eq!(
                counters.tiles_passed(),
                Anatomy::of(&bytes).order.len() as u64
            );
            assert!(found == bytes, "{compression} {masked} {interleave:?}");
        }
    }
}

/// Other planes, another compression or a level of it cannot be had by copying.
#[test]
fn what_changes_is_encoded_anew() {
    let bytes = raster::written(&block(true), &options(Compression::Deflate));
    for change in [
        CogOptions::default().interleave(Interleave::Band),
        CogOptions::default().compression(Compression::Lzw),
        CogOptions::default().level(9),
        CogOptions::default().blocksize(32),
    ] {
        let context = Context::default();
        let mut found = Vec::new();
        let source = raster::open(bytes.clone(), &context);
        source
            .base()
            .convert_to(&mut found, &change)
            .expect("memory takes it");
        assert!(context.counters.tiles_encoded() > 0, "{change:?}");
        let again = raster::open(found, &Context::default());
        for level in source.levels() {
            let other = again.level(level.index()).expect("as many levels");
            let [a, b] = [level, other].map(|level| level.read().expect("a sound file"));
            assert!(a.samples() == b.samples(), "{change:?}");
            assert_eq!(a.valid_pixels(), b.valid_pixels(), "{change:?}");
        }
    }
}

/// Overviews that a file has are kept, even wrong ones; asked for a method, they are computed.
#[test]
fn overviews_are_kept_or_computed() {
    let (width, height) = (32usize, 32usize);
    // The mean of each square of 2 x 2 is 3 more than its first pixel.
    let samples = (0..width * height).map(|at| {
        ((at / width / 2 + at % width / 2) * 8 + [0, 2, 4, 6][at / width % 2 * 2 + at % 2]) as u8
    });
    let block = Block::new(
        1,
        Size::new(32, 32),
        Samples::U8(samples.collect()),
        Validity::All,
    )
    .expect("the shape");
    let bytes = raster::written(
        &block,
        &options(Compression::Deflate).resampling(Resampling::Nearest),
    );
    let overview = |options: &CogOptions| {
        let mut found = Vec::new();
        let source = raster::open(bytes.clone(), &Context::default());
        source
            .base()
            .convert_to(&mut found, options)
            .expect("memory takes it");
        let cog = raster::open(found, &Context::default());
        let level = cog.level(1).expect("an overview");
        level
            .read()
            .expect("a sound file")
            .as_slice::<u8>()
            .expect("bytes")
            .to_vec()
    };
    let squares = |more: usize| {
        (0..256)
            .map(move |at| ((at / 16 + at % 16) * 8 + more) as u8)
            .collect::<Vec<_>>()
    };
    let nearest = overview(&CogOptions::default());
    let average = overview(&CogOptions::default().resampling(Resampling::Average));
    let first = usize::from(nearest[0]);
    assert!([0, 2, 4, 6].contains(&first), "nearest takes one of four");
    assert_eq!(nearest, squares(first));
    assert_eq!(average, squares(3));
}

fn converted(name: &str) -> Vec<u8> {
    let path = common::repository().join("testdata").join(name);
    let mut bytes = Vec::new();
    let base = Cog::open(path).expect(name).base();
    base.convert_to(&mut bytes, CogOptions::default())
        .expect("memory takes it");
    bytes
}

/// Kept overviews stand from the largest to the smallest; one as large as the level before it is none.
#[test]
fn kept_overviews_are_put_in_order() {
    for (name, expected) in [
        (
            "directories/overviews-out-of-order.tif",
            [(64, 48), (32, 24), (16, 12)].as_slice(),
        ),
        (
            "directories/overview-of-the-same-size.tif",
            &[(64, 48), (32, 24)],
        ),
    ] {
        let bytes = converted(name);
        let side = |tags: &std::collections::BTreeMap<usize, _>, tag: usize| -> usize {
            let entry: &crate::anatomy::Entry = &tags[&tag];
            entry.values(&bytes)[0]
        };
        let levels = directories(&bytes);
        let sizes: Vec<_> = levels
            .iter()
            .map(|tags| (side(tags, 256), side(tags, 257)))
            .collect();
        assert_eq!(sizes, expected, "{name}");
    }
}

/// A single bit has two colours in GDAL, black and white; as a byte it keeps them by a ColorMap.
#[test]
fn bits_that_become_bytes_keep_their_colours() {
    let bytes = converted("oddities/no-bits.tif");
    let base = &directories(&bytes)[0];
    let values = |tag| base[&tag].values(&bytes);
    assert_eq!((values(258), values(262)), (vec![8], vec![3]));
    let mut channel = vec![0; 256];
    channel[1] = 65535;
    assert_eq!(values(320), channel.repeat(3));
}

/// One ExtraSamples for two bands beyond the colours is of the first of them, as libtiff fills up.
#[test]
fn too_few_extra_samples() {
    let path = common::repository().join("testdata/oddities/extra-too-few.tif");
    let colors = Cog::open(path)
        .expect("a sound file")
        .base()
        .color_interpretations();
    let names: Vec<_> = colors.iter().map(|color| color.name()).collect();
    assert_eq!(names, ["Red", "Green", "Blue", "Alpha", "Undefined"]);
    let bytes = converted("oddities/extra-too-few.tif");
    assert_eq!(directories(&bytes)[0][&338].values(&bytes), [2, 0]);
}
