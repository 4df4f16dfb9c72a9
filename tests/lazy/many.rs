//! Several files as one raster: stacks, composites, and what a file says of scale and validity.

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Expression};
use cogwork::grid::Size;
use cogwork::sample::{DataType, Samples};
use cogwork::write::Compression;
use cogwork::{Block, Cog, Context, Lazy, Reduction};

use crate::common::{self, raster};

const WIDTH: u32 = 70;
const HEIGHT: u32 = 50;
const PIXELS: usize = 70 * 50;
/// Tiles of 16 pixels a side.
const TILES: u64 = 5 * 4;

fn scene(number: usize, at: usize) -> u16 {
    ((at * 31 + number * 977) % 991 + 1) as u16
}

fn is_clear(number: usize, at: usize) -> bool {
    at % 50 < 49 && !(at / 7 + number).is_multiple_of(3)
}

/// A scene in memory with a mask, or with a nodata value of 0 where it is not clear.
fn file(number: usize, masked: bool, context: &Context) -> Lazy {
    let sample = |at: usize| match masked || is_clear(number, at) {
        true => scene(number, at),
        false => 0,
    };
    let samples = Samples::U16((0..PIXELS).map(sample).collect());
    let validity = match masked {
        true => Validity::Mask((0..PIXELS).map(|at| is_clear(number, at).into()).collect()),
        false => Validity::Nodata(0.into()),
    };
    let block = Block::new(1, Size::new(WIDTH, HEIGHT), samples, validity).expect("the shape");
    let bytes = raster::written(&block, &raster::options(Compression::Lzw, 16));
    raster::open(bytes, context).base().lazy()
}

/// The numbers of a block where its pixels are valid.
fn numbers(block: &Block) -> Vec<Option<f64>> {
    let values: Vec<f64> = match block.samples() {
        Samples::U8(values) => values.iter().map(|&value| value.into()).collect(),
        Samples::U16(values) => values.iter().map(|&value| value.into()).collect(),
        Samples::F32(values) => values.iter().map(|&value| value.into()).collect(),
        other => panic!("{} is not expected", other.data_type()),
    };
    let pairs = values.into_iter().zip(block.valid_pixels());
    pairs
        .map(|(value, valid)| (valid == 1).then_some(value))
        .collect()
}

#[test]
fn a_stack_reads_only_the_files_that_are_asked_for() {
    for (bands, tiles) in [
        (vec![1], TILES),
        (vec![3], TILES),
        (vec![1, 2, 3], 3 * TILES),
    ] {
        let context = Context::default();
        let files = [0, 1, 2].map(|number| file(number, false, &context));
        let stack = Lazy::stack(&files).expect("one grid");
        let picked = stack.bands(bands.clone()).expect("bands of the stack");
        let block = picked.compute().expect("a sound raster");
        assert_eq!(
            (block.bands(), block.data_type()),
            (bands.len(), DataType::U16)
        );
        assert_eq!(context.counters.tiles_decoded(), tiles, "{bands:?}");
        let samples: &[u16] = block.as_slice().expect("uint16");
        for (band, samples) in bands.iter().zip(samples.chunks(PIXELS)) {
            for (at, &sample) in samples.iter().enumerate() {
                let clear = is_clear(band - 1, at);
                assert_eq!(sample, if clear { scene(band - 1, at) } else { 0 });
            }
        }
    }
    let none: [&Lazy; 0] = [];
    assert!(Lazy::stack(none).expect_err("nothing to stack").is_usage());
}

/// Files with a mask, files with a nodata value, and both together: the same composite.
#[test]
fn composites_skip_what_is_not_valid() {
    let context = Context::default();
    for masks in [[false; 5], [true; 5], [true, false, true, true, false]] {
        let files: Vec<Lazy> = (0..5).map(|n| file(n, masks[n], &context)).collect();
        for (reduction, data_type) in [
            (Reduction::Median, DataType::F32),
            (Reduction::First, DataType::U16),
            (Reduction::Max, DataType::U16),
            (Reduction::Count, DataType::U16),
        ] {
            let composite = Lazy::reduce(reduction, &files).expect("one grid");
            assert_eq!(composite.data_type().expect("a type"), data_type);
            let bands = Lazy::stack(&files).expect("one grid");
            let mut ways = vec![composite];
            match reduction {
                Reduction::Median => ways.push(bands.median_bands()),
                Reduction::First => ways.push(bands.first_bands()),
                Reduction::Max => ways.push(bands.max_bands()),
                _ => ways.push(bands.count_bands()),
            }
            for lazy in ways {
                let found = numbers(&lazy.compute().expect("a sound raster"));
                for (at, found) in found.into_iter().enumerate() {
                    let clear = (0..5).filter(|&number| is_clear(number, at));
                    let mut valid: Vec<u16> = clear.map(|number| scene(number, at)).collect();
                    let first = valid.first().map(|&value| value.into());
                    valid.sort_unstable();
                    let middle = |place: usize| f64::from(valid[place]);
                    let count = valid.len();
                    let want = match reduction {
                        Reduction::Count => Some(count as f64),
                        _ if count == 0 => None,
                        Reduction::Median => {
                            Some((middle((count - 1) / 2) + middle(count / 2)) / 2.0)
                        }
                        Reduction::First => first,
                        _ => Some(middle(count - 1)),
                    };
                    assert_eq!(found, want, "{reduction:?} {masks:?} at {at}");
                }
            }
        }
    }
}

/// A band whose file has no mask is whole, whatever masks the other bands of its stack have.
#[test]
fn a_band_of_a_stack_without_a_mask() {
    let context = Context::default();
    let masked = file(0, true, &context);
    let plain = file(1, true, &context).fill_nodata(0);
    let options = raster::options(Compression::Lzw, 16);
    let plain = raster::written(&plain.compute().expect("a sound raster"), &options);
    let plain = raster::open(plain, &context).base().lazy();
    let stack = Lazy::stack([&plain, &masked]).expect("one grid");
    let [whole, hidden] = [1, 2].map(|band| stack.bands([band]).expect("two bands"));
    let whole = whole.compute().expect("a sound raster");
    assert_eq!(whole.validity(), &Validity::All);
    let filled = |at| f64::from(if is_clear(1, at) { scene(1, at) } else { 0 });
    let expected: Vec<_> = (0..PIXELS).map(|at| Some(filled(at))).collect();
    assert_eq!(numbers(&whole), expected);
    let known = |at| is_clear(0, at).then(|| f64::from(scene(0, at)));
    let expected: Vec<_> = (0..PIXELS).map(known).collect();
    assert_eq!(
        numbers(&hidden.compute().expect("a sound raster")),
        expected
    );
}

#[test]
fn gaps_are_filled_by_number_or_by_another_file() {
    let context = Context::default();
    for masked in [false, true] {
        let [first, second] = [0, 1].map(|number| file(number, masked, &context));
        let filled = first.fill_nodata(7).compute().expect("a sound raster");
        assert_eq!(filled.validity(), &Validity::All, "{masked}");
        let both = first
            .fill_nodata(&second)
            .compute()
            .expect("a sound raster");
        let lost = first.is_nodata().compute().expect("a sound raster");
        let triples = numbers(&filled)
            .into_iter()
            .zip(numbers(&both))
            .zip(numbers(&lost));
        for (at, ((filled, both), lost)) in triples.enumerate() {
            let known = is_clear(0, at).then(|| f64::from(scene(0, at)));
            let other = is_clear(1, at).then(|| f64::from(scene(1, at)));
            assert_eq!(filled, known.or(Some(7.0)), "{masked} {at}");
            assert_eq!(both, known.or(other), "{masked} {at}");
            assert_eq!(
                lost,
                Some(f64::from(u8::from(known.is_none()))),
                "{masked} {at}"
            );
        }
    }
}

/// The place is that in the raster, not in a chunk.
#[test]
fn a_checked_cast_names_the_place_in_the_raster() {
    let (width, height) = (1300, 1200);
    let (row, column) = (1111, 1203);
    let mut samples = vec![255u16; width * height];
    samples[row * width + column] = 256;
    let size = Size::new(width as u32, height as u32);
    let block = Block::new(1, size, Samples::U16(samples), Validity::All).expect("the shape");
    let bytes = raster::written(&block, &raster::options(Compression::Lzw, 128));
    let lazy = raster::open(bytes, &Context::default()).base().lazy();
    let error = lazy
        .cast_checked(DataType::U8)
        .compute()
        .expect_err("256 is too much");
    let expected = Expression::Cast {
        value: "256".into(),
        dtype: "uint8",
        band: 1,
        row: row as u64,
        column: column as u64,
    };
    let ErrorKind::Expression(found) = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(found, &expected);
    let text = error.to_string();
    assert!(
        text.contains("256 at row 1111, column 1203 of band 1"),
        "{text}"
    );
}

/// The scales and offsets that rasterio reads of these files.
#[test]
fn scale_and_offset_by_choice() {
    let folder = common::repository().join("testdata/facts");
    let facts = common::json(folder.join("expected.json"));
    for name in ["bands-cog.tif", "vertical.tif", "heights.tif"] {
        let entry = &facts["files"][name];
        let list = |key: &str| -> Vec<f64> {
            let numbers = entry[key].as_array().expect("a list").iter();
            numbers
                .map(|number| number.as_f64().expect("a number"))
                .collect()
        };
        let (scales, offsets) = (list("scales"), list("offsets"));
        let level = Cog::open(folder.join(name)).expect(name).base();
        let stored = level.lazy().cast(DataType::F64).compute().expect(name);
        let stored: &[f64] = stored.as_slice().expect("float64");
        let plane = stored.len() / scales.len();
        let mut order: Vec<usize> = (0..scales.len()).collect();
        for _ in 0..2 {
            let picked = level
                .lazy()
                .bands(order.iter().map(|band| band + 1))
                .expect(name);
            let scaled = picked
                .scaled()
                .expect(name)
                .cast(DataType::F64)
                .compute()
                .expect(name);
            let single = picked.scaled().expect(name).data_type().expect(name) == DataType::F32;
            let found: &[f64] = scaled.as_slice().expect("float64");
            for (&band, found) in order.iter().zip(found.chunks(plane)) {
                for (found, stored) in found.iter().zip(&stored[band * plane..]) {
                    let want = stored * scales[band] + offsets[band];
                    let want = if single { f64::from(want as f32) } else { want };
                    assert_eq!(*found, want, "{name} band {band}");
                }
            }
            order.reverse();
        }
        let error = (&level.lazy() + 1)
            .scaled()
            .expect_err("a sum has no scale");
        assert!(
            error.to_string().contains("`scaled` needs a level"),
            "{error}"
        );
    }
}

/// Masks and integers share the symbols.
#[test]
fn symbols_of_bits() {
    let context = Context::default();
    let x = file(0, false, &context);
    let flagged = ((&x & 0b110) >> 1).eq(3) | x.is_nodata();
    let found = numbers(&flagged.compute().expect("a sound raster"));
    for (at, found) in found.into_iter().enumerate() {
        let want = !is_clear(0, at) || scene(0, at) & 0b110 == 0b110;
        assert_eq!(found, Some(f64::from(u8::from(want))));
    }
    let rest = (&x % 10).fill_nodata(99).compute().expect("a sound raster");
    for (at, found) in numbers(&rest).into_iter().enumerate() {
        let want = if is_clear(0, at) {
            scene(0, at) % 10
        } else {
            99
        };
        assert_eq!(found, Some(want.into()));
    }
}
