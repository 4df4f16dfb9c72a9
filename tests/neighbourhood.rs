//! Neighbourhood kernels against numpy and gdaldem, pixel for pixel, whole and in parts.
//!
//! `testdata/neighbourhood` holds the rasters and the values that numpy and GDAL 3.6.2 made of them
//! (`make.py` there).

use std::collections::BTreeMap;
use std::path::Path;

use cogwork::block::{Block, Validity};
use cogwork::error::{ErrorKind, Expression, Usage};
use cogwork::grid::{Size, Window};
use cogwork::neighbourhood::{
    Angle, Area, Aspect, Convolution, Edges, Facts, Focal, Gradient, Hillshade, Kernel, Light,
    Roughness, Ruggedness, Slope, SlopeUnit, Statistic, Tpi, Tri,
};
use cogwork::sample::{DataType, Samples, Scalar};
use serde_json::Value;

#[test]
fn every_kernel_equals_numpy_and_gdaldem() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (case, source, expected) in cases() {
        let kernel = kernel(&case);
        let found = kernel.apply(&whole(&source, &case)).expect("a result");
        assert_eq!(found.data_type(), expected.data_type(), "{case}");
        let (found, expected) = (numbers(&found), numbers(&expected));
        let magnitudes = numbers(&source).into_iter().map(f64::abs);
        let largest = magnitudes.fold(0.0, f64::max);
        for (place, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
            let equal = found == expected || (found.is_nan() && expected.is_nan());
            assert!(
                equal || (found - expected).abs() <= tolerance(&case, expected, largest),
                "{case}: {found} at {place}, expected {expected}"
            );
        }
        *seen.entry(text(&case, "kernel").to_owned()).or_default() += 1;
    }
    let kernels = seen.keys().map(String::as_str).collect::<Vec<_>>();
    let all = "aspect convolve focal_max focal_mean focal_median focal_min focal_std focal_sum \
               hillshade roughness slope tpi tri";
    assert_eq!(kernels, all.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn parts_have_the_bits_of_the_whole() {
    for (case, source, _) in cases() {
        let kernel = kernel(&case);
        let whole = kernel.apply(&whole(&source, &case)).expect("a result");
        let size = source.size();
        for part in [Size::new(1, 1), Size::new(5, 3), Size::new(4, 20)] {
            let grid = cogwork::grid::TileGrid {
                image: size,
                tile: part,
            };
            let mut pasted = vec![0; numbers(&whole).len()];
            for (column, row) in grid.touched(size.window()).iter() {
                let wanted = grid.window(column, row);
                let (block, inner) = cut(&source, wanted, kernel.halo());
                let area = Area {
                    block: &block,
                    inner,
                    resolution: resolution(&case),
                };
                let bits = bits(&kernel.apply(&area).expect("a result"));
                for (line, bits) in bits.chunks_exact(wanted.width as usize).enumerate() {
                    let start = (wanted.row as usize + line) * size.width as usize;
                    pasted[start + wanted.column as usize..][..bits.len()].copy_from_slice(bits);
                }
            }
            assert_eq!(pasted, bits(&whole), "{case} in parts of {part}");
        }
    }
}

/// A mask says the same as a nodata value; minima keep it, what is computed has NaN instead.
#[test]
fn masks() {
    let samples = vec![7u8, 9, 3, 0, 5, 200];
    let block = |validity| {
        Block::new(1, Size::new(3, 2), Samples::U8(samples.clone()), validity).expect("a block")
    };
    let coded = block(Validity::Nodata(Scalar::Int(0)));
    let masked = block(Validity::Mask(vec![1, 1, 255, 0, 1, 1]));
    let apply = |block: &Block, kernel: &Kernel| {
        let area = Area {
            block,
            inner: block.size().window(),
            resolution: (1.0, -1.0),
        };
        kernel.apply(&area).expect("a result")
    };
    let least = Kernel::Focal(Focal::new(Statistic::Min, 3).expect("a window"));
    let found = apply(&masked, &least);
    assert_eq!(found.samples(), &Samples::U8(vec![5, 3, 3, 0, 3, 3]));
    assert_eq!(found.validity(), &Validity::Mask(vec![1, 1, 1, 0, 1, 1]));
    let mean = Kernel::Focal(Focal::new(Statistic::Mean, 3).expect("a window"));
    assert_eq!(
        bits(&apply(&masked, &mean)),
        bits(&apply(&coded, &mean)),
        "a mask and a nodata value"
    );
    let filled = Kernel::Focal(Focal::new(Statistic::Min, 3).expect("a window").fill());
    let found = apply(&masked, &filled);
    assert_eq!(found.samples(), &Samples::U8(vec![5, 3, 3, 5, 3, 3]));
    assert_eq!(found.validity(), &Validity::Mask(vec![1; 6]));
}

#[test]
fn results_are_known_beforehand() {
    let facts = |data_type, nodata| Facts {
        data_type,
        nodata,
        mask: false,
    };
    let focal = |statistic| Kernel::Focal(Focal::new(statistic, 3).expect("a window"));
    let nan = Some(Scalar::Float(f64::NAN));
    let zero = Some(Scalar::Int(0));
    for (kernel, input, expected) in [
        (
            focal(Statistic::Mean),
            (DataType::U16, None),
            (DataType::F32, None),
        ),
        (
            focal(Statistic::Mean),
            (DataType::U16, zero),
            (DataType::F32, nan),
        ),
        (
            focal(Statistic::Mean),
            (DataType::I32, None),
            (DataType::F64, None),
        ),
        (
            focal(Statistic::Sum),
            (DataType::U8, None),
            (DataType::F32, None),
        ),
        (
            focal(Statistic::Sum),
            (DataType::U16, None),
            (DataType::F64, None),
        ),
        (
            focal(Statistic::Max),
            (DataType::I64, zero),
            (DataType::I64, zero),
        ),
        (
            focal(Statistic::Max),
            (DataType::F32, zero),
            (DataType::F32, nan),
        ),
        (
            focal(Statistic::Std),
            (DataType::F64, None),
            (DataType::F64, nan),
        ),
        (
            Kernel::Slope(Slope::default()),
            (DataType::F64, None),
            (DataType::F32, nan),
        ),
        (
            Kernel::Hillshade(Hillshade::default()),
            (DataType::I16, None),
            (DataType::U8, zero),
        ),
    ] {
        let found = kernel.result(facts(input.0, input.1)).expect("facts");
        assert_eq!(
            found,
            facts(expected.0, expected.1),
            "{} of {input:?}",
            kernel.name()
        );
    }
}

#[test]
fn refusals() {
    for side in [0, 2, 256, 257, u32::MAX] {
        let error = Focal::new(Statistic::Mean, side).expect_err("a window's side");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
            "{side}"
        );
    }
    let kernels: [&[&[f64]]; 6] = [
        &[],
        &[&[]],
        &[&[1.0, 2.0]],
        &[&[1.0], &[1.0]],
        &[&[1.0], &[1.0, 2.0, 3.0], &[1.0]],
        &[&[f64::NAN]],
    ];
    for weights in kernels {
        assert!(Convolution::new(weights).is_err(), "{weights:?}");
    }
    let sobel = Convolution::new(&[[-1.0, 0.0, 1.0]]).expect("a kernel");
    assert!(sobel.normalised().is_err());
    let facts = |data_type| Facts {
        data_type,
        nodata: None,
        mask: false,
    };
    let error = Kernel::Tpi(Tpi::default()).result(facts(DataType::CF32));
    let kind = Expression::Kind {
        operator: "tpi",
        expected: "real numbers",
    };
    let is_kind =
        |error: &cogwork::Error| matches!(error.kind(), ErrorKind::Expression(k) if *k == kind);
    assert!(error.is_err_and(|error| is_kind(&error)));
    for (altitude, z_factor, scale) in [
        (91.0, 1.0, 1.0),
        (f64::NAN, 1.0, 1.0),
        (45.0, f64::INFINITY, 1.0),
        (45.0, 1.0, 0.0),
    ] {
        let hillshade = Hillshade {
            altitude,
            z_factor,
            scale,
            ..Hillshade::default()
        };
        assert!(
            Kernel::Hillshade(hillshade)
                .result(facts(DataType::U8))
                .is_err()
        );
    }
}

/// How far a result may be off: a step of float32; where numpy and we add float64 in other orders,
/// 1e-15 of the largest term for each term. Integers are equal.
fn tolerance(case: &Value, expected: f64, largest: f64) -> f64 {
    let terms = match text(case, "kernel") {
        "focal_sum" | "convolve" => 49.0,
        _ => 1.0,
    };
    match text(case, "result") {
        "float32" => {
            let magnitude = (expected as f32).abs();
            f64::from(magnitude.next_up()) - f64::from(magnitude)
        }
        "float64" => 1e-15 * largest * terms,
        _ => 0.0,
    }
}

fn kernel(case: &Value) -> Kernel {
    let gradient = match case["alg"].as_str() {
        Some("ZevenbergenThorne") => Gradient::ZevenbergenThorne,
        _ => Gradient::Horn,
    };
    let edges = match case["edges"].as_bool() {
        Some(true) => Edges::Computed,
        _ => Edges::Invalid,
    };
    let focal = |statistic| {
        let side = u32::try_from(case["side"].as_u64().expect("a side")).expect("a side");
        let focal = Focal::new(statistic, side).expect("a window");
        Kernel::Focal(if case["fill"] == true {
            focal.fill()
        } else {
            focal
        })
    };
    let number = |key: &str| case[key].as_f64().expect("a number");
    match text(case, "kernel") {
        "focal_mean" => focal(Statistic::Mean),
        "focal_median" => focal(Statistic::Median),
        "focal_min" => focal(Statistic::Min),
        "focal_max" => focal(Statistic::Max),
        "focal_sum" => focal(Statistic::Sum),
        "focal_std" => focal(Statistic::Std),
        "convolve" => {
            let rows = case["weights"].as_array().expect("rows");
            let row = |row: &Value| {
                let weights = row.as_array().expect("a row").iter();
                weights
                    .map(|weight| weight.as_f64().expect("a weight"))
                    .collect()
            };
            let weights: Vec<Vec<f64>> = rows.iter().map(row).collect();
            let convolution = Convolution::new(&weights).expect("a kernel");
            Kernel::Convolution(match case["normalise"] == true {
                true => convolution.normalised().expect("weights"),
                false => convolution,
            })
        }
        "slope" => Kernel::Slope(Slope {
            unit: match text(case, "slopeFormat") {
                "percent" => SlopeUnit::Percent,
                _ => SlopeUnit::Degrees,
            },
            gradient,
            scale: number("scale"),
            edges,
        }),
        "aspect" => Kernel::Aspect(Aspect {
            angle: match case["trigonometric"] == true {
                true => Angle::Trigonometric,
                false => Angle::Azimuth,
            },
            gradient,
            zero_for_flat: case["zeroForFlat"] == true,
            edges,
        }),
        "hillshade" => Kernel::Hillshade(Hillshade {
            light: match case["multiDirectional"] == true {
                true => Light::Multidirectional,
                false => Light::Azimuth(number("azimuth")),
            },
            altitude: number("altitude"),
            z_factor: number("zFactor"),
            scale: number("scale"),
            gradient,
            edges,
        }),
        "tri" => Kernel::Tri(Tri {
            ruggedness: match text(case, "alg") {
                "Wilson" => Ruggedness::Wilson,
                _ => Ruggedness::Riley,
            },
            edges,
        }),
        "tpi" => Kernel::Tpi(Tpi { edges }),
        "roughness" => Kernel::Roughness(Roughness { edges }),
        other => panic!("kernel {other}"),
    }
}

/// All cases with their rasters and what is expected of them.
fn cases() -> Vec<(Value, Block, Block)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/neighbourhood");
    let cases = std::fs::read(folder.join("cases.json")).expect("cases");
    let arrays = std::fs::read(folder.join("cases.bin")).expect("arrays");
    let cases: Vec<Value> = serde_json::from_slice(&cases).expect("JSON");
    let block = |case: &Value, array: &str, data_type: &str| {
        let number = |key: &str, place: usize| case[key][place].as_u64().expect("a number");
        let size = |place| u32::try_from(number("size", place)).expect("a size");
        let (start, length) = (number(array, 0) as usize, number(array, 1) as usize);
        let samples = samples(&arrays[start..start + length], text(case, data_type));
        let nodata = case["nodata"].as_f64().filter(|_| array == "source");
        let validity = nodata.map_or(Validity::All, |value| {
            Validity::Nodata(Scalar::Float(value))
        });
        Block::new(1, Size::new(size(0), size(1)), samples, validity).expect("a block")
    };
    let made = |case: Value| {
        let source = block(&case, "source", "type");
        let expected = block(&case, "expected", "result");
        (case, source, expected)
    };
    cases.into_iter().map(made).collect()
}

fn samples(bytes: &[u8], data_type: &str) -> Samples {
    macro_rules! samples {
        ($variant:ident, $type:ty) => {
            Samples::$variant(
                bytes
                    .chunks_exact(size_of::<$type>())
                    .map(|bytes| <$type>::from_le_bytes(bytes.try_into().expect("whole samples")))
                    .collect(),
            )
        };
    }
    match data_type {
        "uint8" => samples!(U8, u8),
        "int16" => samples!(I16, i16),
        "int32" => samples!(I32, i32),
        "int64" => samples!(I64, i64),
        "float32" => samples!(F32, f32),
        "float64" => samples!(F64, f64),
        other => panic!("type {other}"),
    }
}

fn whole<'a>(block: &'a Block, case: &Value) -> Area<'a> {
    Area {
        block,
        inner: block.size().window(),
        resolution: resolution(case),
    }
}

fn resolution(case: &Value) -> (f64, f64) {
    let axis = |place: usize| case["pixel"][place].as_f64().unwrap_or(1.0);
    (axis(0), axis(1))
}

/// A window with its halo as a block of its own, and where in it the window lies.
fn cut(source: &Block, window: Window, (columns, rows): (u32, u32)) -> (Block, Window) {
    let size = source.size();
    let (left, top) = (
        window.column.saturating_sub(columns),
        window.row.saturating_sub(rows),
    );
    let right = (window.column + window.width + columns).min(size.width);
    let bottom = (window.row + window.height + rows).min(size.height);
    let outer = Window::new(left, top, right - left, bottom - top);
    let bytes = source.samples().to_le_bytes();
    let sample = source.data_type().bytes();
    let mut kept = Vec::new();
    for row in top..bottom {
        let start = (row * size.width + left) as usize * sample;
        kept.extend_from_slice(&bytes[start..start + outer.width as usize * sample]);
    }
    let samples = samples(&kept, source.data_type().name());
    let block = Block::new(1, outer.size(), samples, source.validity().clone()).expect("a block");
    (block, window.inside(outer).expect("a window inside"))
}

fn numbers(block: &Block) -> Vec<f64> {
    match block.samples() {
        Samples::U8(values) => values.iter().map(|&value| value.into()).collect(),
        Samples::I16(values) => values.iter().map(|&value| value.into()).collect(),
        Samples::I32(values) => values.iter().map(|&value| value.into()).collect(),
        Samples::I64(values) => values.iter().map(|&value| value as f64).collect(),
        Samples::F32(values) => values.iter().map(|&value| value.into()).collect(),
        Samples::F64(values) => values.clone(),
        other => panic!("{}", other.data_type()),
    }
}

/// The bits of each sample; those of a NaN too.
fn bits(block: &Block) -> Vec<u64> {
    let bytes = block.samples().to_le_bytes();
    let samples = bytes.chunks_exact(block.data_type().bytes());
    let bits = |sample: &[u8]| {
        sample
            .iter()
            .rev()
            .fold(0, |bits, &byte| bits << 8 | u64::from(byte))
    };
    samples.map(bits).collect()
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}
