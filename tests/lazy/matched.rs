//! Rasters on the grids of others: what GDAL's warper makes of the same pixels, within one grid of a
//! coordinate system (`testdata/make.py stages`), and what is refused.

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Unsupported};
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
    let raster = Raster {
        georeference,
        ..Raster::of_block(&block)
    };
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
