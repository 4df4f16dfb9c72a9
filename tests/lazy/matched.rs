//! Rasters on the grids of others: what GDAL's warper makes of the same pixels, within one grid of a
//! coordinate system (`testdata/make.py stages`), and what is refused.

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Unsupported, Usage};
use cogwork::format::geo::Georeference;
use cogwork::grid::{Affine, Size};
use cogwork::sample::{DataType, Samples};
use cogwork::write::{CogOptions, Raster};
use cogwork::{Block, Context, Lazy, Resampling};
use serde_json::Value;

use crate::common::{self, raster};
use crate::scene;

/// A raster of zeros on a grid.
fn grid(affine: Affine, size: Size, like: Option<Georeference>) -> Lazy {
    let pixels = usize::try_from(size.area()).expect("few");
    let block =
        Block::new(1, size, Samples::U8(vec![0; pixels]), Validity::All).expect("the shape");
    let georeference = Georeference {
        transform: Some(affine),
        ..like.unwrap_or_default()
    };
    let mut raster = Raster::of_block(&block);
    raster.georeference = georeference;
    let mut bytes = Vec::new();
    cogwork::write::write_block_to(&mut bytes, &block, raster, &CogOptions::default())
        .expect("memory takes it");
    raster::open(bytes, &Context::default()).base().lazy()
}

fn affine(numbers: &Value) -> Affine {
    let numbers: Vec<f64> = numbers
        .as_array()
        .expect("a transform")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let [a, b, c, d, e, f] = numbers[..] else {
        panic!("{numbers:?}")
    };
    Affine { a, b, c, d, e, f }
}

fn numbers(block: &Block) -> Vec<f64> {
    match block.samples() {
        Samples::U8(values) => values.iter().map(|&v| v.into()).collect(),
        Samples::U16(values) => values.iter().map(|&v| v.into()).collect(),
        Samples::F32(values) => values.iter().map(|&v| v.into()).collect(),
        other => panic!("{}", other.data_type()),
    }
}

#[test]
fn as_gdals_warper_has_it() {
    let facts = common::json(common::repository().join("testdata/stages/expected.json"));
    let cases = facts["matched"].as_array().expect("cases");
    assert!(cases.len() > 40, "{}", cases.len());
    let context = Context::default();
    let mut wrong = Vec::new();
    for case in cases {
        let name = common::text(case, "file");
        let source = scene(name.trim_start_matches("scene/"), &context).base();
        let size: Vec<u32> = case["size"]
            .as_array()
            .expect("a size")
            .iter()
            .map(|n| n.as_u64().expect("a side") as u32)
            .collect();
        let method: Resampling = common::text(case, "method").parse().expect("a method");
        let float = common::text(case, "dtype") == "float32";
        let lazy = match float {
            true => source.lazy().cast(DataType::F32),
            false => source.lazy(),
        };
        let target = grid(
            affine(&case["transform"]),
            Size::new(size[0], size[1]),
            Some(source.georeference()),
        );
        let matched = lazy.match_grid(&target, method).expect(name);
        assert_eq!(matched.nodata().expect(name), Some(0.into()));
        let block = matched.compute().expect(name);
        let found = numbers(&block);
        let expected: Vec<f64> = case["samples"]
            .as_array()
            .expect("samples")
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        assert_eq!(found.len(), expected.len());
        let near = |(a, b): (&f64, &f64)| match (float, method) {
            (_, Resampling::Nearest | Resampling::Mode) => a == b,
            (false, Resampling::Average) => a == b,
            (false, _) => (a - b).abs() <= 1.0,
            (true, _) => (a - b).abs() <= 2e-7 * b.abs(),
        };
        let off = found
            .iter()
            .zip(&expected)
            .filter(|pair| !near(*pair))
            .count();
        if off > 0 {
            let first = found
                .iter()
                .zip(&expected)
                .enumerate()
                .find(|(_, pair)| !near(*pair));
            wrong.push(format!(
                "{name} {float} {method} {:?}: {off} of {}, first {first:?}",
                case["transform"],
                found.len()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Where there is no nodata value a mask tells what lies beyond; a mask stays a mask; what is only
/// moved is the same pixels, and the same grid the same raster.
#[test]
fn beyond_the_raster_and_on_its_grid() {
    let north = |x: f64, y: f64, pixel: f64| Affine {
        a: pixel,
        b: 0.0,
        c: x,
        d: 0.0,
        e: -pixel,
        f: y,
    };
    let size = Size::new(4, 4);
    let samples = Samples::U8((1..=16).collect());
    let block = Block::new(1, size, samples, Validity::All).expect("the shape");
    let level = |block: &Block| {
        let mut made = Raster::of_block(block);
        made.georeference.transform = Some(north(100.0, 200.0, 10.0));
        let mut bytes = Vec::new();
        cogwork::write::write_block_to(&mut bytes, block, made, &CogOptions::default())
            .expect("memory takes it");
        raster::open(bytes, &Context::default()).base().lazy()
    };
    let level_of = |block: &Block, valid: &[u8; 16]| {
        let masked = block.clone().with_validity(Validity::Mask(valid.to_vec()));
        level(&masked.expect("the shape"))
    };
    let lazy = level(&block);
    let onto = |affine, size| grid(affine, size, None);

    // Moved by two columns and one row: 12 of the 16 lie beyond, row 0 and columns 0 and 1 among them.
    let moved = onto(north(80.0, 210.0, 10.0), size);
    for method in [
        Resampling::Nearest,
        Resampling::CubicSpline,
        Resampling::Average,
    ] {
        let block = lazy
            .match_grid(&moved, method)
            .expect("one system")
            .compute()
            .expect("read");
        let expected = [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 5, 6, 0, 0, 9, 10];
        assert_eq!(block.as_slice::<u8>(), Some(&expected[..]), "{method}");
        let valid: Vec<u8> = expected
            .iter()
            .map(|&sample| u8::from(sample > 0))
            .collect();
        assert_eq!(*block.validity(), Validity::Mask(valid), "{method}");
    }
    let condition = lazy
        .gt(5)
        .match_grid(&moved, Resampling::Nearest)
        .expect("one system");
    let found = condition.compute().expect("read");
    let expected = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1];
    assert_eq!(found.as_slice::<u8>(), Some(&expected[..]));
    assert!(
        lazy.mask_with(&onto(north(100.0, 200.0, 10.0), size).gt(0), 0)
            .is_ok()
    );

    // Halves, inside: no mask is needed. Two by two means, halves up: (1 + 2 + 5 + 6) / 4 = 3.5.
    let halves = onto(north(100.0, 200.0, 20.0), Size::new(2, 2));
    let halved = lazy
        .match_grid(&halves, Resampling::Average)
        .expect("one system")
        .compute()
        .expect("read");
    assert_eq!(halved.as_slice::<u8>(), Some(&[4, 6, 12, 14][..]));
    assert_eq!(*halved.validity(), Validity::All);

    // Of two by two pixels those count that a mask says are valid: 1 and 6; none; 9, 10 and 13; 12.
    let valid = [1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0];
    let masked = level_of(&block, &valid).match_grid(&halves, Resampling::Average);
    let found = masked.expect("one system").compute().expect("read");
    assert_eq!(*found.validity(), Validity::Mask(vec![1, 0, 1, 1]));
    // 3.5 and 32 / 3.
    let samples = found.as_slice::<u8>().expect("uint8");
    assert_eq!([samples[0], samples[2], samples[3]], [4, 11, 12]);

    // Wholly beside.
    let beside = lazy
        .match_grid(&onto(north(900.0, 200.0, 7.0), size), Resampling::Bilinear)
        .expect("one system");
    let block = beside.compute().expect("nothing to read");
    assert_eq!(*block.validity(), Validity::Mask(vec![0; 16]));
    let same = lazy.match_grid(&onto(north(100.05, 200.05, 10.0), size), Resampling::Cubic);
    assert_eq!(
        same.expect("one grid")
            .compute()
            .expect("read")
            .as_slice::<u8>(),
        lazy.compute().expect("read").as_slice()
    );
}

#[test]
fn grids_that_cannot_meet() {
    let context = Context::default();
    let source = scene("SCL", &context).base();
    let own = source.georeference();
    let affine = own.transform.expect("a transform");
    let size = Size::new(20, 20);
    let onto = |affine| grid(affine, size, Some(own.clone()));
    let turned = Affine {
        b: 3.0,
        d: 3.0,
        ..affine
    };
    let mirrored = Affine { e: 20.0, ..affine };
    let mut other = own.clone();
    let keys = other.keys.as_mut().expect("keys");
    let code = keys
        .directory
        .iter_mut()
        .find(|number| **number == 32631)
        .expect("the code");
    *code = 32632;
    let finer = Affine {
        a: 10.0,
        e: -10.0,
        ..affine
    };
    let elsewhere = grid(finer, size, Some(other));
    let no_transform = raster::written(
        &raster::block(DataType::U8, 1, (20, 20)),
        &CogOptions::default(),
    );
    let no_transform = raster::open(no_transform, &context).base().lazy();
    let opened = context.counters.requests();
    for (name, target, words) in [
        ("turned", onto(turned), "turns"),
        ("mirrored", onto(mirrored), "mirrors"),
        ("another system", elsewhere, "EPSG:32632"),
        ("nowhere", no_transform, "transform"),
    ] {
        let error = source
            .lazy()
            .match_grid(&target, Resampling::Nearest)
            .expect_err(name);
        let unsupported = matches!(
            error.kind(),
            ErrorKind::Unsupported(Unsupported::Grids { .. })
        );
        assert!(
            unsupported && error.to_string().contains(words),
            "{name}: {error}"
        );
    }
    let finer = onto(finer);
    let error = source
        .lazy()
        .match_grid(&finer, Resampling::Gauss)
        .expect_err("gauss");
    assert!(matches!(error.kind(), ErrorKind::Unsupported(_)), "{error}");
    let complex = source.lazy().cast(DataType::CF32);
    assert!(complex.match_grid(&finer, Resampling::Nearest).is_ok());
    let error = complex
        .match_grid(&finer, Resampling::Average)
        .expect_err("complex");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Unsupported(Unsupported::Resampling { .. })
        ),
        "{error}"
    );
    assert_eq!(context.counters.requests(), opened, "nothing was read");
}

/// Windows as rioxarray's clip_box cuts them, and what they are of.
#[test]
fn boxes_as_rioxarray_cuts_them() {
    let folder = common::repository().join("testdata");
    let facts = common::json(folder.join("stages/expected.json"));
    let cases = facts["boxes"].as_array().expect("cases");
    assert!(cases.len() > 5);
    for case in cases {
        let name = common::text(case, "file");
        let level = cogwork::Cog::open(folder.join(name)).expect(name).base();
        let side = |key: &str| -> Vec<f64> {
            case[key]
                .as_array()
                .expect(key)
                .iter()
                .filter_map(Value::as_f64)
                .collect()
        };
        let (bounds, window) = (side("bounds"), side("window"));
        let [column, row, width, height] = [0, 1, 2, 3].map(|at| window[at] as u32);
        let window = cogwork::grid::Window::new(column, row, width, height);
        let clipped = level
            .lazy()
            .clip_box(bounds[0], bounds[1], bounds[2], bounds[3])
            .expect(name);
        assert_eq!(clipped.size().expect(name), window.size(), "{case}");
        let block = clipped.compute().expect(name);
        assert_eq!(block, level.read_window(window).expect(name), "{case}");
        let mut bytes = Vec::new();
        clipped
            .write_cog_to(&mut bytes, &CogOptions::default())
            .expect(name);
        let written = raster::open(bytes, &Context::default()).base();
        let transform = written.transform().map(Affine::to_array);
        assert!(
            common::same_transform(transform, &case["transform"]),
            "{case} {transform:?}"
        );
        assert_eq!(written.epsg(), level.epsg());
    }
    let level = cogwork::Cog::open(folder.join("scene/SCL.tif"))
        .expect("the file")
        .base();
    let error = level
        .lazy()
        .clip_box(1.0, 2.0, 3.0, 4.0)
        .expect_err("far away");
    assert!(
        matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
        "{error}"
    );
    for words in ["1,2,3,4", "600000,4992220,607740,5000040"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let error = level
        .lazy()
        .clip_box(3.0, 2.0, 1.0, 4.0)
        .expect_err("turned about");
    assert!(error.is_usage());
}

/// Classes of 20 m mask an image of 10 m: each class stands for two by two pixels. Of the image only
/// the tiles are read that some pixel needs, and those without clouds are taken over as they are.
#[test]
fn classes_of_another_resolution_as_condition() {
    let context = Context::default();
    let (red, classes) = (
        scene("B04", &context).base(),
        scene("SCL", &Context::default()).base(),
    );
    let whole = red.read().expect("sound");
    let samples = whole.as_slice::<u16>().expect("uint16");
    let class = classes.read().expect("sound");
    let class = class.as_slice::<u8>().expect("uint8");
    let at = |pixel: usize| class[pixel / 774 / 2 * 387 + pixel % 774 / 2];
    for cloudy in [&[8u8, 9][..], &[], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]] {
        let clouds = classes.lazy().is_in(cloudy.iter().copied());
        let clouds = clouds
            .match_grid(&red.lazy(), Resampling::Nearest)
            .expect("one system");
        let masked = red.lazy().mask(&clouds).expect("one grid");
        let before = (
            context.counters.tiles_decoded(),
            context.counters.tiles_passed(),
        );
        let mut bytes = Vec::new();
        let options = CogOptions::default().overviews(cogwork::write::Overviews::None);
        masked.write_cog_to(&mut bytes, &options).expect("sound");
        let written = raster::open(bytes, &Context::default())
            .base()
            .read()
            .expect("sound");
        let clear = |pixel: usize| !cloudy.contains(&at(pixel));
        let expected: Vec<u16> = samples
            .iter()
            .enumerate()
            .map(|(pixel, &sample)| if clear(pixel) { sample } else { 0 })
            .collect();
        assert!(
            written.as_slice::<u16>() == Some(&expected[..]),
            "{cloudy:?}"
        );
        // Tiles of 256 x 256: four by four.
        let tiles = (0..16).filter(|tile| {
            let (left, top) = (tile % 4 * 256, tile / 4 * 256);
            let mut pixels = (top..(top + 256).min(782)).flat_map(|row| {
                (left..(left + 256).min(774)).map(move |column| row * 774 + column)
            });
            pixels.all(clear)
        });
        assert_eq!(
            context.counters.tiles_passed() - before.1,
            tiles.count() as u64,
            "{cloudy:?}"
        );
        let decoded = if cloudy.len() == 12 { 0 } else { 16 };
        assert_eq!(
            context.counters.tiles_decoded() - before.0,
            decoded,
            "{cloudy:?}"
        );
    }
}
