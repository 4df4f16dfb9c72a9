//! What serde serializes: names, exact numbers, and what is refused.

use std::fs;

use cogwork::counters::Counts;
use cogwork::format::geo::Georeference;
use cogwork::format::metadata::{BandMetadata, Statistics};
use cogwork::grid::{Affine, Size, Window};
use cogwork::interop::serde::InContext;
use cogwork::read::facts::ColorInterpretation;
use cogwork::sample::{DataType, Scalar};
use cogwork::validate::{Depth, validate};
use cogwork::write::{CogOptions, Compression, Interleave};
use cogwork::{
    BandSummary, Bins, Cog, ComputePlan, Context, Estimate, Histogram, Lazy, OnError, Plan,
    Resampling, SummaryOptions,
};
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{common, open, overview};

/// The form of a value, which reads back as the same by way of text.
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> Value {
    let text = serde_json::to_string(value).expect("it has a form");
    assert_eq!(
        &serde_json::from_str::<T>(&text).expect(&text),
        value,
        "{text}"
    );
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn numbers_are_exact() {
    for (scalar, text) in [
        (Scalar::from(u64::MAX), "18446744073709551615"),
        (Scalar::from(i64::MIN), "-9223372036854775808"),
        (Scalar::from((1u64 << 53) + 1), "9007199254740993"),
        (
            Scalar::Int(i128::from(u64::MAX) + 1),
            "\"18446744073709551616\"",
        ),
        (Scalar::Float(f64::NAN), "\"nan\""),
        (Scalar::Float(f64::INFINITY), "\"inf\""),
        (Scalar::Float(f64::NEG_INFINITY), "\"-inf\""),
        (Scalar::Float(0.1), "0.1"),
        (Scalar::Float(-9999.0), "-9999.0"),
        (Scalar::Float(5e-324), "5e-324"),
    ] {
        assert_eq!(serde_json::to_string(&scalar).expect("a number"), text);
        there_and_back(&scalar);
    }
    for wrong in ["\"one\"", "true", "[1]", "null", "{}", "\"\""] {
        assert!(serde_json::from_str::<Scalar>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn values_have_the_names_of_the_command_line() {
    let statistics = Statistics {
        minimum: Some(f64::NEG_INFINITY),
        standard_deviation: Some(0.5),
        ..Statistics::default()
    };
    let form = json!({
        "minimum": "-inf", "maximum": null, "mean": null, "stddev": 0.5, "valid_percent": null,
    });
    assert_eq!(there_and_back(&statistics), form);
    let affine = Affine {
        c: 600_000.0,
        ..Affine::IDENTITY
    };
    assert_eq!(
        there_and_back(&affine),
        json!([1.0, 0.0, 600000.0, 0.0, 1.0, 0.0])
    );
    assert_eq!(there_and_back(&Size::new(3, 4)), json!([3, 4]));
    assert_eq!(
        there_and_back(&Window::new(1, 2, 3, 4)),
        json!([1, 2, 3, 4])
    );
    assert_eq!(there_and_back(&Interleave::Tile), json!("tile"));
    assert_eq!(
        there_and_back(&Resampling::CubicSpline),
        json!("cubicspline")
    );
    assert_eq!(
        there_and_back(&ColorInterpretation::RedEdge),
        json!("RedEdge")
    );
    for data_type in DataType::ALL {
        assert_eq!(there_and_back(&data_type), json!(data_type.name()));
    }
    let georeference = Georeference {
        gcps: vec![[0.5, 0.0, 0.0, 1.0, 2.0, f64::NAN]],
        heights: Some((2.0, -1.0)),
        ..open("scene/visual.tif").base().georeference()
    };
    let text = serde_json::to_string(&georeference).expect("a form");
    let back: Georeference = serde_json::from_str(&text).expect("its own");
    assert_eq!(
        (back.transform, &back.keys),
        (georeference.transform, &georeference.keys)
    );
    assert_eq!(
        (back.gcps[0][..5].to_vec(), back.heights),
        (vec![0.5, 0.0, 0.0, 1.0, 2.0], Some((2.0, -1.0)))
    );
    assert!(back.gcps[0][5].is_nan());
    let band = BandMetadata {
        scale: 0.0001,
        offset: -0.1,
        unit: Some("1".into()),
        description: None,
        color: Some(ColorInterpretation::Nir),
        statistics,
    };
    let form = json!({
        "scale": 0.0001, "offset": -0.1, "unit": "1", "description": null,
        "color_interpretation": "NIR", "statistics": form,
    });
    assert_eq!(there_and_back(&band), form);
}

/// What rasterio says of the scene, and the names of `cogwork info --json`.
#[test]
fn levels() {
    let level = overview("visual");
    let form = json!({
        "index": 1, "width": 387, "height": 391, "resolution": [20.0, -20.0], "tile": [256, 256],
    });
    assert_eq!(serde_json::to_value(&level).expect("a form"), form);
}

/// numpy: `numpy.histogram([1, 2, 2, 5], 2, (1, 5))` and its kin.
#[test]
fn summaries() {
    let block = cogwork::Block::new(
        1,
        Size::new(2, 2),
        cogwork::sample::Samples::U8(vec![1, 2, 2, 5]),
        cogwork::block::Validity::All,
    );
    let mut file = Vec::new();
    let block = block.expect("the shape");
    let raster = cogwork::write::Raster::of_block(&block);
    cogwork::write::write_block_to(&mut file, &block, raster, &CogOptions::default())
        .expect("a COG");
    let source = cogwork::source::memory::MemorySource::new(file);
    let cog = Cog::from_source(source, &Context::default()).expect("a COG");
    let bins = Bins {
        count: 2,
        low: 1.0,
        high: 5.0,
    };
    assert_eq!(
        there_and_back(&bins),
        json!({"count": 2, "low": 1.0, "high": 5.0})
    );
    let options = SummaryOptions {
        histogram: Some(bins),
        percentiles: vec![75.0, 50.0],
    };
    let summaries = cog.base().lazy().summarize(&options).expect("a file");
    let form = json!([{
        "pixels": 4, "valid": 4, "minimum": 1.0, "maximum": 5.0, "sum": 10.0, "mean": 2.5, "stddev": 1.5,
        "histogram": {"edges": [1.0, 3.0, 5.0], "counts": [3, 1]},
        "percentiles": {"75": 2.75, "50": 2.0},
    }]);
    assert_eq!(there_and_back(&summaries), form);
}

#[test]
fn estimates_and_reports() {
    let level = overview("visual");
    let estimate = level.lazy().estimate().expect("a file");
    let form = there_and_back(&estimate);
    assert_eq!(form["tiles"], estimate.tiles);
    assert_eq!(form["inputs"][0]["level"], 1);
    assert_eq!(form["inputs"][0]["source"], level.cog().to_string());

    // The end of the last tile is no Deflate.
    let mut bytes =
        fs::read(common::repository().join("testdata/scene/visual.tif")).expect("the scene");
    let last = bytes.len() - 100;
    bytes[last..].fill(0);
    let source = cogwork::source::memory::MemorySource::new(bytes);
    let cog = Cog::from_source(source, &Context::default()).expect("a header");
    let lazy = cog.base().lazy().on_error(OnError::Nodata);
    let report = lazy
        .plan(&CogOptions::default().compression(Compression::None))
        .expect("a plan")
        .run_to(&mut Vec::new());
    let report = report.expect("what fails is nodata");
    let form = serde_json::to_value(&report).expect("a form");
    assert_eq!(form["counts"]["tiles_failed"], 1);
    let counts: Counts = serde_json::from_value(form["counts"].clone()).expect("its own");
    assert_eq!(counts, report.counts);
    let failed = &form["failed"][0];
    assert_eq!(
        (&failed["level"], &failed["mask"], &failed["tile"]),
        (&json!(0), &json!(false), &json!(15))
    );
    assert_eq!(failed["window"], json!([768, 768, 6, 14]));
    assert!(
        failed["error"]
            .as_str()
            .expect("a text")
            .contains("tile 15"),
        "{failed}"
    );
}

#[test]
fn findings() {
    let path = common::repository().join("testdata/scene/visual.tif");
    let mut bytes = fs::read(&path).expect("the scene");
    let length = bytes.len();
    bytes.truncate(length - 100);
    let folder = tempfile::tempdir().expect("a folder");
    let cut = folder.path().join("cut.tif");
    fs::write(&cut, bytes).expect("a folder");
    let report = validate(&cut, Depth::Auto, &Context::default()).expect("a header");
    let form = serde_json::to_value(&report).expect("a form");
    assert_eq!(
        (&form["valid"], &form["file_bytes"]),
        (&json!(false), &json!(length - 100))
    );
    let finding = &form["findings"][0];
    assert_eq!(
        (&finding["severity"], &finding["rule"]),
        (&json!("error"), &json!("tile-range"))
    );
    let whole = validate(&path, Depth::Auto, &Context::default()).expect("a COG");
    let form = serde_json::to_value(&whole).expect("a form");
    assert_eq!(
        (&form["valid"], &form["ghost"]["row_major"]),
        (&json!(true), &json!(true))
    );
    let level = &form["levels"][1];
    assert_eq!(
        (&level["width"], &level["compression"]),
        (&json!(387), &json!("deflate"))
    );
}

/// All go by the document of `to_json`, and read back what computes the same.
#[test]
fn plans() {
    let context = Context::default();
    let clear = overview("visual").lazy().ne(7);
    let options = CogOptions::default().blocksize(128);
    let plan = clear.plan(&options).expect("a plan");
    let form = serde_json::to_value(&plan).expect("a path");
    let text = plan.to_json().expect("a path");
    assert_eq!(form, serde_json::from_str::<Value>(&text).expect("JSON"));
    assert_eq!(
        (&form["version"], &form["options"]),
        (&json!(1), &json!({"blocksize": 128}))
    );
    assert_eq!(there_and_back(&options), form["options"]);
    let back: Plan = InContext::new(&context)
        .deserialize(form.clone())
        .expect("its own");
    assert_eq!((back.options(), back.explain()), (&options, plan.explain()));
    let (lazy, read) = InContext::lazy(&context)
        .deserialize(form)
        .expect("its own");
    assert_eq!(read, options);

    let compute = clear.plan_compute().expect("a plan");
    let form = serde_json::to_value(&compute).expect("a path");
    assert_eq!(form, serde_json::to_value(&clear).expect("a path"));
    let back: ComputePlan = InContext::compute(&context)
        .deserialize(form)
        .expect("its own");
    let block = clear.compute().expect("the scene");
    assert_eq!(back.run().expect("the scene").0, block);
    assert_eq!(lazy.compute().expect("the scene"), block);
    let again = compute
        .to_json()
        .and_then(|text| ComputePlan::from_json(&text, &context));
    assert_eq!(again.expect("its own").run().expect("the scene").0, block);

    let source = fs::read(common::repository().join("testdata/scene/SCL.tif")).expect("the scene");
    let nameless = Cog::from_source(cogwork::source::memory::MemorySource::new(source), &context);
    let nameless: Lazy = nameless.expect("a COG").base().lazy();
    assert!(serde_json::to_string(&nameless).is_err());
}

/// Neither a panic nor a value.
#[test]
fn hostile_documents() {
    fn refuses<T: for<'de> Deserialize<'de>>(text: &str) {
        assert!(
            serde_json::from_str::<T>(text).is_err(),
            "{}",
            &text[..text.len().min(60)]
        );
    }
    let deep = "[".repeat(100_000);
    let objects = "{\"inputs\":".repeat(100_000);
    let context = Context::default();
    for text in [
        &deep[..],
        &objects,
        "",
        "nul",
        "{",
        "\"",
        "[1,",
        "-",
        "[-1]",
        "{\"count\": -1}",
    ] {
        refuses::<Scalar>(text);
        refuses::<Size>(text);
        refuses::<Window>(text);
        refuses::<Affine>(text);
        refuses::<DataType>(text);
        refuses::<Georeference>(text);
        refuses::<Histogram>(text);
        refuses::<Bins>(text);
        refuses::<Vec<BandSummary>>(text);
        refuses::<Estimate>(text);
        refuses::<CogOptions>(text);
        let mut json = serde_json::Deserializer::from_str(text);
        assert!(InContext::new(&context).deserialize(&mut json).is_err());
    }
    for text in [
        "[1, 2, 3]",
        "[1]",
        "[1.5, 2]",
        "[-1, 2]",
        "[4294967296, 1]",
        "[1, \"2\"]",
    ] {
        refuses::<Size>(text);
    }
    refuses::<Affine>("[1, 2, 3, 4, 5, true]");
    refuses::<ColorInterpretation>("\"Purple\"");
    refuses::<Statistics>(r#"{"minimum": "low"}"#);
    let summary = r#"{"pixels": 1, "valid": 1, "minimum": 2, "maximum": 2, "sum": 2, "mean": 2,
        "stddev": 0, "percentiles": {"50": 2}}"#;
    assert!(serde_json::from_str::<BandSummary>(summary).is_ok());
    refuses::<BandSummary>(&summary.replace("50", "half"));
    refuses::<CogOptions>(r#"{"levle": 3}"#);
    refuses::<CogOptions>(r#"{"level": 1e400}"#);
}
