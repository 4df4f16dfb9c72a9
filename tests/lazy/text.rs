//! Formulas: what a text gives is what the methods give, a lazy raster reads back from its text, and
//! what does not fit is told with its place.

use cogwork::error::{ErrorKind, Expression, FormulaFault, Unsupported};
use cogwork::expr::Reduction;
use cogwork::grid::Window;
use cogwork::lazy::MapSpec;
use cogwork::neighbourhood::{
    Aspect, Convolution, Edges, Focal, Gradient, Hillshade, Kernel, Light, Roughness, Slope,
    SlopeUnit, Statistic, Tpi, Tri,
};
use cogwork::sample::DataType;
use cogwork::{Context, Lazy, Resampling, Result};

use crate::scene;

/// 64 x 48 pixels of the scene at 20 m, where there are clouds, shadows and clear ground.
fn inputs() -> Vec<(&'static str, Lazy)> {
    let context = Context::default();
    let overview = |name| scene(name, &context).overview(0).expect(name).lazy();
    let rasters = [
        ("nir", overview("B08")),
        ("red", overview("B04")),
        ("rgb", overview("visual")),
        ("scl", scene("SCL", &context).base().lazy()),
    ];
    let window = Window::new(150, 100, 64, 48);
    rasters
        .map(|(name, raster)| (name, raster.clip_window(window).expect("inside")))
        .into()
}

fn same(text: &str, left: &Lazy, right: &Lazy) {
    let [left, right] = [left, right].map(|raster| raster.compute().expect(text));
    assert_eq!(left.data_type(), right.data_type(), "{text}");
    assert_eq!(left.shape(), right.shape(), "{text}");
    assert_eq!(left.valid_pixels(), right.valid_pixels(), "{text}");
    let bytes = |block: &cogwork::Block| block.samples().to_le_bytes();
    assert!(bytes(&left) == bytes(&right), "{text}");
}

/// A text, what the methods make, and the text that comes back where that is another one.
type Case = (&'static str, Result<Lazy>, Option<&'static str>);

fn cases(inputs: &[(&str, Lazy)]) -> Vec<Case> {
    let [nir, red, rgb, scl] = [0, 1, 2, 3].map(|index| &inputs[index].1);
    let cloud = scl.is_in([8, 9]);
    let bright = nir.gt(3000);
    vec![
        (
            "(nir - red) / (nir + red)",
            Ok((nir - red) / (nir + red)),
            None,
        ),
        ("-nir * 2 + 0.5", Ok(-nir * 2 + 0.5), None),
        (
            "nir // 7 % red ** 2",
            Ok(nir.floor_div(7).rem(red.pow(2))),
            None,
        ),
        (
            "(nir & 255) << 3 ^ red >> 2 | 1",
            Ok(nir.bit_and(255).shl(3).bit_xor(red.shr(2)).bit_or(1)),
            None,
        ),
        ("~nir", Ok(nir.bit_not()), None),
        (
            "nir > 3000 and not is_in(scl, 8, 9) or red <= 9",
            Ok(bright.and(&!&cloud).or(&red.le(9))),
            None,
        ),
        (
            "(nir > 3000) & (scl == 4)",
            Ok(bright.bit_and(scl.eq(4))),
            None,
        ),
        (
            "(nir > 3000) ^ (scl != 4)",
            Ok(bright.xor(&scl.ne(4))),
            None,
        ),
        ("~(nir < red)", Ok(nir.lt(red).bit_not()), None),
        (
            "where(is_in(scl, 8, 9), nodata, nir)",
            nir.mask(&cloud),
            Some("mask(nir, is_in(scl, 8, 9))"),
        ),
        (
            "where(is_in(scl, 8, 9), nir, nodata)",
            nir.mask(&!&cloud),
            Some("mask(nir, not is_in(scl, 8, 9))"),
        ),
        (
            "mask(nir, is_in(scl, 8, 9), 65535)",
            nir.mask_with(&cloud, 65535),
            None,
        ),
        (
            "where(is_in(scl, 8, 9), nir, red)",
            cloud.select(nir, red),
            None,
        ),
        (
            "where(nir >= red, 1, nir)",
            nir.ge(red).select(1, nir),
            None,
        ),
        ("with_nodata(nir, none)", Ok(nir.with_nodata(None)), None),
        (
            "with_nodata(nir, 7)",
            Ok(nir.with_nodata(Some(7.into()))),
            None,
        ),
        (
            "with_mask(nir, is_valid(red))",
            nir.with_mask(&red.is_valid()),
            None,
        ),
        (
            "with_mask(nir, is_valid(nir))",
            nir.with_mask_of_nodata(),
            None,
        ),
        (
            "is_nodata(nir)",
            Ok(nir.is_nodata()),
            Some("not is_valid(nir)"),
        ),
        ("fill_nodata(nir, red)", Ok(nir.fill_nodata(red)), None),
        (
            "cast(nir / 10, u8)",
            Ok((nir / 10).cast(DataType::U8)),
            Some("cast(nir / 10, uint8)"),
        ),
        (
            "cast_wrapping(nir, int8)",
            Ok(nir.cast_wrapping(DataType::I8)),
            None,
        ),
        (
            "cast_checked(nir, float64)",
            Ok(nir.cast_checked(DataType::F64)),
            None,
        ),
        (
            "phase(cast(nir, complex64))",
            Ok(nir.cast(DataType::CF32).phase()),
            None,
        ),
        ("scaled(nir)", nir.scaled(), None),
        ("rgb[3, 1]", rgb.bands([3, 1]), None),
        (
            "rgb[2] - rgb",
            Ok(&rgb.bands([2]).expect("there") - rgb),
            None,
        ),
        ("abs(nir - 3000.5)", Ok((nir - 3000.5).abs()), None),
        ("minimum(nir, red)", Ok(nir.minimum(red)), None),
        (
            "clip(nir, 100, 3000)",
            Ok(nir.clip(100, 3000)),
            Some("minimum(maximum(nir, 100), 3000)"),
        ),
        ("atan2(nir, red)", Ok(nir.atan2(red)), None),
        (
            "sqrt(nir) + log10(red) * round(sin(nir))",
            Ok(nir.sqrt() + red.log10() * nir.sin().round()),
            None,
        ),
        (
            "median(nir, red, nir + 1)",
            Lazy::reduce(Reduction::Median, [nir, red, &(nir + 1)]),
            None,
        ),
        (
            "count(nir, red)",
            Lazy::reduce(Reduction::Count, [nir, red]),
            None,
        ),
        ("std_bands(rgb)", Ok(rgb.std_bands()), None),
        ("stack(rgb, scl)", Lazy::stack([rgb, scl]), None),
        ("focal_mean(nir, 3)", nir.focal_mean(3), None),
        (
            "focal_std(nir, 5, fill)",
            nir.neighbourhood(Kernel::Focal(
                Focal::new(Statistic::Std, 5).expect("odd").fill(),
            )),
            None,
        ),
        (
            "convolve(nir, 3, 0.0, -1.0, 0.0)",
            nir.convolve(Convolution::new(&[[0.0, -1.0, 0.0]]).expect("odd")),
            None,
        ),
        (
            "convolve(nir, 1, 1.0, 2.0, 1.0, normalised)",
            nir.convolve(
                Convolution::new(&[[1.0], [2.0], [1.0]])
                    .expect("odd")
                    .normalised()
                    .expect("4"),
            ),
            None,
        ),
        (
            "slope(nir)",
            nir.slope(Slope::default()),
            Some("slope(nir, 1.0)"),
        ),
        (
            "slope(nir, 2, percent, zevenbergen_thorne, compute_edges)",
            nir.slope(Slope {
                unit: SlopeUnit::Percent,
                gradient: Gradient::ZevenbergenThorne,
                scale: 2.0,
                edges: Edges::Computed,
            }),
            Some("slope(nir, 2.0, percent, zevenbergen_thorne, compute_edges)"),
        ),
        (
            "aspect(nir, zero_for_flat)",
            nir.aspect(Aspect {
                zero_for_flat: true,
                ..Aspect::default()
            }),
            None,
        ),
        (
            "hillshade(nir, 300, 30)",
            nir.hillshade(Hillshade {
                light: Light::Azimuth(300.0),
                altitude: 30.0,
                ..Hillshade::default()
            }),
            Some("hillshade(nir, 300.0, 30.0, 1.0, 1.0)"),
        ),
        (
            "hillshade(nir, multidirectional)",
            nir.hillshade(Hillshade {
                light: Light::Multidirectional,
                ..Hillshade::default()
            }),
            Some("hillshade(nir, 315.0, 45.0, 1.0, 1.0, multidirectional)"),
        ),
        ("tri(nir)", nir.tri(Tri::default()), None),
        (
            "tpi(nir, compute_edges)",
            nir.tpi(Tpi {
                edges: Edges::Computed,
            }),
            None,
        ),
        ("roughness(nir)", nir.roughness(Roughness::default()), None),
        (
            "clip_window(focal_sum(nir, 3) + red, 3, 4, 20, 10)",
            (nir.focal_sum(3).expect("odd") + red).clip_window(Window::new(3, 4, 20, 10)),
            None,
        ),
    ]
}

#[test]
fn texts_give_what_methods_give() {
    let inputs = inputs();
    for (text, methods, _) in cases(&inputs) {
        let methods = methods.expect(text);
        let parsed = Lazy::parse(text, &inputs).unwrap_or_else(|error| panic!("{error}"));
        same(text, &parsed, &methods);
        assert_eq!(
            parsed.nodata().expect(text),
            methods.nodata().expect(text),
            "{text}"
        );
    }
}

/// The text of each raster, and what that text gives, with the inputs that come with it.
#[test]
fn rasters_read_back_from_their_text() {
    let inputs = inputs();
    for (text, methods, canonical) in cases(&inputs) {
        let methods = methods.expect(text);
        let (formula, parts) = methods
            .formula(&[])
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        same(text, &formula.lazy(&parts, None).expect(text), &methods);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"][..names.len()]);
        // With the names of the text, in the order in which they stand there.
        let mut given = ["nir", "red", "rgb", "scl"];
        let canonical = canonical.unwrap_or(text);
        given.sort_by_key(|name| canonical.find(name).unwrap_or(usize::MAX));
        if !canonical.starts_with("clip_window") {
            let (named, _) = methods.formula(&given).expect(text);
            assert_eq!(named.to_string(), canonical);
        }
    }
}

/// A crop moves to the inputs: there is no call of it in the text, and the inputs are cropped.
#[test]
fn crops_are_of_inputs() {
    let nir = scene("B08", &Context::default()).base().lazy();
    let window = Window::new(10, 20, 30, 40);
    let (formula, parts) = (&nir + 1)
        .clip_window(window)
        .and_then(|crop| crop.formula(&[]))
        .expect("text");
    assert_eq!(formula.to_string(), "a + 1");
    assert_eq!(parts[0].1.size().expect("settled"), window.size());
    let smooth = nir
        .focal_mean(3)
        .and_then(|smooth| smooth.clip_window(window))
        .expect("inside");
    let (formula, parts) = smooth.formula(&["nir"]).expect("text");
    assert_eq!(
        formula.to_string(),
        "clip_window(focal_mean(nir, 3), 10, 20, 30, 40)"
    );
    same(
        "focal_mean",
        &formula.lazy(&parts, None).expect("read back"),
        &smooth,
    );
}

#[test]
fn grids_meet_in_a_text() {
    let context = Context::default();
    let nir = scene("B08", &context).base().lazy();
    let scl = scene("SCL", &context).base().lazy();
    let cloud = scl
        .is_in([8, 9])
        .match_grid(&nir, Resampling::Nearest)
        .expect("related");
    let masked = nir.mask(&cloud).expect("a mask");
    let text = "mask(nir, match_grid(is_in(scl, 8, 9), nir, nearest))";
    let inputs = [("nir", nir), ("scl", scl)];
    same(text, &Lazy::parse(text, &inputs).expect(text), &masked);
    let (formula, parts) = masked.formula(&["nir", "scl"]).expect("text");
    assert_eq!(formula.to_string(), text);
    same(text, &formula.lazy(&parts, None).expect(text), &masked);
}

#[test]
fn what_has_no_text() {
    let inputs = inputs();
    let nir = &inputs[0].1;
    let kind = |raster: &Lazy, names: &[&str]| match raster.formula(names) {
        Ok((formula, _)) => panic!("{formula}"),
        Err(error) => error,
    };
    let mapped = nir
        .map_chunks(MapSpec::new(), |chunk| Ok(chunk.block().clone()))
        .expect("a stage");
    assert!(matches!(
        kind(&mapped, &[]).kind(),
        ErrorKind::Unsupported(Unsupported::Feature(_))
    ));
    for names in [&["1a"][..], &["nodata"], &["a", "a"], &[""], &["\u{e9}"]] {
        assert!(
            matches!(kind(nir, names).kind(), ErrorKind::Usage(_)),
            "{names:?}"
        );
    }
    let fault = |raster: &Lazy| match kind(raster, &[]).kind() {
        ErrorKind::Expression(Expression::Formula(fault)) => fault.clone(),
        other => panic!("{other}"),
    };
    // 40 doublings of what is one value here would be a text of a terabyte.
    let twice = (0..40).fold(nir.clone(), |sum, _| &sum + &sum);
    assert!(matches!(fault(&twice), FormulaFault::Length { .. }));
    let deep = (0..200).fold(nir.clone(), |sum, _| -&sum);
    assert!(matches!(fault(&deep), FormulaFault::Depth { .. }));
}

/// Wrong types, bands and grids, where they stand.
#[test]
fn what_does_not_fit_is_told_with_its_column() {
    let mut inputs = inputs();
    inputs.push(("far", scene("B08", &Context::default()).base().lazy()));
    for (text, wrong) in [
        ("nir + (red + is_in(scl, 8))", "(red + is_in(scl, 8))"),
        ("2 * where(scl, nir, red)", "where(scl, nir, red)"),
        ("(nir - red) / (nir + far)", "(nir + far)"),
        ("nir + rgb[4]", "rgb[4]"),
        ("stack(nir, red) * rgb", "stack(nir, red) * rgb"),
        ("1 - is_in(scl, 8, 300)", "is_in(scl, 8, 300)"),
        (
            "mask(nir, scl == 8, 70000) + 1",
            "mask(nir, scl == 8, 70000)",
        ),
        ("nir - (nir // 2 << 1.5)", "(nir // 2 << 1.5)"),
        ("not nir", "not nir"),
        ("nir > 1 and (nir or red)", "(nir or red)"),
        ("red + focal_mean(nir, 4)", "focal_mean(nir, 4)"),
        ("-slope(nir, 1, 2)", "slope(nir, 1, 2)"),
        ("convolve(nir, 2, 1, 1, 1) * 2", "convolve(nir, 2, 1, 1, 1)"),
        ("2 * scaled(nir + 1)", "scaled(nir + 1)"),
        (
            "-mask(with_nodata(red, none), nir > 1)",
            "mask(with_nodata(red, none), nir > 1)",
        ),
        (
            "-where(nir > 1, nodata, nodata)",
            "where(nir > 1, nodata, nodata)",
        ),
        (
            "clip_window(nir, 0, 0, 9, 99) / 2",
            "clip_window(nir, 0, 0, 9, 99)",
        ),
        ("1 + 2 * 3", "1 + 2 * 3"),
    ] {
        let error = Lazy::parse(text, &inputs).expect_err(text);
        let mark = error.place().formula.as_ref().expect("a place");
        assert_eq!(&text[mark.span()], wrong, "{error}");
        let at = text.find(wrong).expect("a part");
        let carets = format!("{}{}", " ".repeat(at), "^".repeat(wrong.len()));
        assert_eq!(mark.to_string(), format!("{text}\n{carets}"));
        assert!(error.is_usage(), "{error}");
    }
    let name = Lazy::parse("nir - blue", &inputs).expect_err("no such input");
    assert_eq!(
        name.to_string(),
        "there is no input `blue`: there are nir, red, rgb, scl, far (column 7)"
    );
}

/// What `nodata` stands for where there is no such value.
#[test]
fn a_nodata_value_for_rasters_without() {
    let inputs = inputs();
    let formula = cogwork::expr::Formula::parse("where(scl == 8, nodata, with_nodata(nir, none))");
    let formula = formula.expect("a formula");
    let masked = formula.lazy(&inputs, Some(9.into())).expect("a value");
    assert_eq!(masked.nodata().expect("settled"), Some(9.into()));
    // Where there is a value it stays.
    let formula = cogwork::expr::Formula::parse("where(scl == 8, nodata, nir)").expect("a formula");
    let masked = formula.lazy(&inputs, Some(9.into())).expect("a value");
    assert_eq!(masked.nodata().expect("settled"), Some(0.into()));
}
