//! Pictures against rasterio, numpy and matplotlib (`testdata/picture/make.py`), and by hand.
#![cfg(all(feature = "png", feature = "deflate", feature = "lzw"))]

mod common;

use cogwork::block::Validity;
use cogwork::error::{Unsupported, Usage};
use cogwork::grid::Size;
use cogwork::picture::{Class, ColorMap, Picture, Quicklook, Stretch, Style};
use cogwork::read::request::PixelWindow;
use cogwork::sample::{Complex, Samples, Scalar};
use cogwork::source::memory::MemorySource;
use cogwork::write::{CogOptions, Compression, Raster, write_block_to};
use cogwork::{Block, Cog, Context, ErrorKind, Limits};
use serde_json::Value;

const CLEAR: [u8; 4] = [0; 4];

#[test]
fn pictures_equal_numpy() {
    let expected = expected();
    let cases = expected["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 20);
    for case in cases {
        let (file, options) = (common::text(case, "file"), &case["options"]);
        let cog = Cog::open(testdata().join(file)).expect(file);
        let picture = look(options).draw(&cog.base()).expect(file);
        let size = (picture.size().width, picture.size().height);
        let wanted = whole(&case["size"]);
        assert_eq!([size.0, size.1], wanted[..], "{file} {options}");
        let Some(steps) = case["steps"].as_array() else {
            let found = common::sha256(picture.as_bytes());
            assert_eq!(found, common::text(case, "sha256"), "{file} {options}");
            continue;
        };
        let map: ColorMap = common::text(options, "colormap").parse().expect("a map");
        let colors = map.steps().expect("a continuous map");
        let color = |step: &Value| {
            let step = step.as_i64().expect("a step");
            usize::try_from(step).map_or(CLEAR, |step| {
                let [r, g, b] = colors[step];
                [r, g, b, 255]
            })
        };
        let expected: Vec<[u8; 4]> = steps.iter().map(color).collect();
        assert!(picture.pixels() == expected, "{file} {options}");
    }
}

/// Every 17th colour of matplotlib's tables, within what the documentation says.
#[test]
fn maps_are_matplotlibs() {
    let maps = &expected()["maps"];
    for (name, most) in [
        ("viridis", 1),
        ("magma", 1),
        ("inferno", 1),
        ("plasma", 1),
        ("cividis", 18),
        ("turbo", 32),
    ] {
        let map: ColorMap = name.parse().expect(name);
        let steps = map.steps().expect("a continuous map");
        let expected = maps[name].as_array().expect("colours");
        assert_eq!(expected.len(), 16, "{name}");
        for (color, expected) in steps.iter().step_by(17).zip(expected) {
            let expected = whole(expected);
            let far = |(&a, b): (&u8, u32)| u32::from(a).abs_diff(b);
            let distance = color.iter().zip(expected).map(far).max();
            assert!(distance <= Some(most), "{name}: {color:?}, {distance:?}");
        }
    }
    let gray = ColorMap::Gray.steps().expect("a continuous map");
    assert!((0..=255).zip(gray).all(|(step, color)| color == [step; 3]));
}

/// By percentiles and by numpy's numbers for them the same picture comes, for ten types.
#[test]
fn percentiles_are_numpys() {
    let folder = testdata().join("statistics");
    let arrays = std::fs::read(folder.join("cases.bin")).expect("arrays");
    let cases = common::json(folder.join("cases.json"));
    let cases = cases["types"].as_array().expect("cases");
    for case in cases {
        let size = Size::new(61, 47);
        let start = usize::try_from(common::number(case, "start")).expect("a place");
        let name = common::text(case, "type");
        let (samples, bytes) = samples(&arrays[start..], name, 2 * 61 * 47);
        let nodata = Scalar::parse(common::text(case, "invalid")).expect("a number");
        let mask = arrays[start + bytes..][..61 * 47].to_vec();
        for (rule, validity) in [
            ("all", Validity::All),
            ("nodata", Validity::Nodata(nodata)),
            ("mask", Validity::Mask(mask)),
        ] {
            let block = Block::new(2, size, samples.clone(), validity).expect("a block");
            for band in [1, 2] {
                let draw = |stretch| {
                    let style = Style::band(band, ColorMap::Viridis).stretch(stretch);
                    Picture::of_block(&block, &style).expect("a picture")
                };
                let numbers = &case[rule][band - 1]["true"];
                let number = |at: usize| match &numbers[at] {
                    Value::String(text) => text.parse::<f64>().expect("a number"),
                    other => other.as_f64().expect("a number"),
                };
                let what = format!("{name} {rule} {band}");
                // Of 0, 2, 25, 50, 90.5, 98 and 100 percent.
                for (stretch, low, high) in [
                    (Stretch::Percentile(2.0, 98.0), 1, 5),
                    (Stretch::Percentile(25.0, 90.5), 2, 4),
                    (Stretch::MinMax, 0, 6),
                ] {
                    let by_numpy = draw(Stretch::Range(number(low), number(high)));
                    assert!(draw(stretch) == by_numpy, "{what} {stretch}");
                }
                let near = Stretch::Range(number(1), number(4));
                assert!(draw(Stretch::USUAL) != draw(near), "{what}");
            }
        }
    }
    assert_eq!(cases.len(), 10);
}

#[test]
fn what_is_not_valid_is_transparent() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let values = vec![nan, -inf, 0.0, 1.0, 2.0, 4.0, inf, 9.0];
    let floats = block(1, Samples::F32(values), Validity::Nodata(9.into()));
    let gray = |shade: u8| [shade, shade, shade, 255];
    let style = Style::band(1, ColorMap::Gray).stretch(Stretch::MinMax);
    let picture = Picture::of_block(&floats, &style).expect("a picture");
    // From 0 to 4: a quarter and a half of 255, rounded halves up.
    let expected = [
        CLEAR,
        gray(0),
        gray(0),
        gray(64),
        gray(128),
        gray(255),
        gray(255),
        CLEAR,
    ];
    assert_eq!(picture.pixels(), expected);

    // Red, green and blue: a pixel of no valid band, of one, of NaN.
    let bands = vec![7.0, 7.0, 1.0, nan, 7.0, 0.0, 1.0, 0.0, 7.0, 2.0, 1.0, 0.0];
    let bands = block(
        3,
        Samples::F64(bands.iter().map(|&v: &f32| v.into()).collect()),
        Validity::Nodata(7.into()),
    );
    let style = Style::rgb([1, 2, 3]).stretch(Stretch::Range(0.0, 2.0));
    let picture = Picture::of_block(&bands, &style).expect("a picture");
    let expected = [CLEAR, [255, 0, 255, 255], [128, 128, 128, 255], CLEAR];
    assert_eq!(picture.pixels(), expected);
    let painted = picture.over([10, 20, 30]);
    assert_eq!(painted.pixels()[0], [10, 20, 30, 255]);
    assert_eq!(painted.pixels()[2], expected[2]);

    let none = block(1, Samples::U16(vec![5; 4]), Validity::Nodata(5.into()));
    let picture = Picture::of_block(&none, &Style::band(1, ColorMap::Turbo)).expect("a picture");
    assert_eq!(picture.pixels(), [CLEAR; 4]);
}

#[test]
fn ranges_of_extremes() {
    let style = |stretch| Style::band(1, ColorMap::Gray).stretch(stretch);
    let shades = |samples, stretch| {
        let block = block(1, samples, Validity::All);
        let picture = Picture::of_block(&block, &style(stretch)).expect("a picture");
        picture
            .pixels()
            .iter()
            .map(|pixel| pixel[0])
            .collect::<Vec<u8>>()
    };
    let ends = vec![f64::MIN, 0.0, f64::MAX];
    assert_eq!(shades(Samples::F64(ends), Stretch::MinMax), [0, 128, 255]);
    let ends = vec![i64::MIN, 0, i64::MAX];
    assert_eq!(shades(Samples::I64(ends), Stretch::MinMax), [0, 128, 255]);
    assert_eq!(shades(Samples::I16(vec![5, 5]), Stretch::USUAL), [0, 0]);
    let beyond = Samples::I32(vec![-1, 0, 100, 255, 256]);
    assert_eq!(shades(beyond, Stretch::AsIs), [0, 0, 100, 255, 255]);
}

#[test]
fn classes_have_their_colours() {
    let class = |value, color| {
        let name = String::new();
        Class { value, name, color }
    };
    let (red, thin) = ([255, 0, 0, 255], [0, 0, 255, 100]);
    let map = ColorMap::Classes(vec![class(2, red), class(2, thin), class(700, thin)]);
    let values = vec![2.0, 700.0, 2.5, -2.0, 1.0, f32::NAN, 70000.0, 701.0];
    let classes = block(1, Samples::F32(values), Validity::All);
    let picture = Picture::of_block(&classes, &Style::band(1, map)).expect("a picture");
    let expected = [red, thin, CLEAR, CLEAR, CLEAR, CLEAR, CLEAR, CLEAR];
    assert_eq!(picture.pixels(), expected);
    let ColorMap::Classes(scl) = ColorMap::scl() else {
        panic!("SCL is of classes");
    };
    assert_eq!((scl.len(), &*scl[9].name), (12, "Cloud, high probability"));
}

#[test]
fn alpha_is_opacity() {
    let samples = Samples::U16(vec![0, 65535, 1000, 0, 128, 129, 65535, 32896]);
    let block = block(2, samples, Validity::All);
    let style = Style::band(1, ColorMap::Gray).stretch(Stretch::Range(0.0, 65535.0));
    let picture = Picture::of_block(&block, &style.alpha(2)).expect("a picture");
    // 129 / 257 is a half and more; what is fully transparent has no colour.
    assert_eq!(
        picture.pixels(),
        [CLEAR, [255, 255, 255, 1], [4, 4, 4, 255], [0, 0, 0, 128]]
    );
}

/// A picture that is written is the same when it is read, by the crate png here and by Pillow in the
/// oracle; a failed one leaves what was there.
#[test]
fn files_are_whole_or_not_at_all() {
    let scene = Cog::open(testdata().join("scene/visual.tif")).expect("the scene");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("picture.png");
    let draw = |look: Quicklook| look.size(90).draw(&scene.base()).expect("a picture");
    for look in [Quicklook::new(), Quicklook::new().background([1, 2, 3])] {
        let picture = draw(look);
        picture.save_png(&path).expect("written");
        let mut bytes = Vec::new();
        picture.write_png(&mut bytes).expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), bytes);
        let (size, pixels) = decoded(&bytes);
        assert_eq!(size, (picture.size().width, picture.size().height));
        assert!(pixels == picture.pixels());
    }
    assert_eq!(common::entries(folder.path()), ["picture.png"]);
    let missing = folder.path().join("missing/picture.png");
    let error = draw(Quicklook::new())
        .save_png(missing)
        .expect_err("no folder");
    assert!(matches!(error.kind(), ErrorKind::Io(_)));
}

/// What stands beside a picture leaves its pixels alone, is opaque and dark on white somewhere.
#[test]
fn sheets_hold_the_picture() {
    let scene = Cog::open(testdata().join("scene/B08.tif")).expect("the scene");
    for size in [1, 2, 64, 300] {
        let look = Quicklook::new().size(size).color_map(ColorMap::Viridis);
        let plain = look.draw(&scene.base()).expect("a picture");
        let (width, height) = (plain.size().width as usize, plain.size().height as usize);
        let all = look.clone().legend().scale_bar().coordinates().histogram();
        for sheet in [
            look.clone().legend(),
            look.clone().scale_bar(),
            look.clone().coordinates(),
            look.clone().histogram(),
            all,
        ] {
            let sheet = sheet.draw(&scene.base()).expect("a sheet");
            let across = sheet.size().width as usize;
            let rows: Vec<&[[u8; 4]]> = sheet.pixels().chunks(across).collect();
            let holds = |left: usize| {
                let mut lines = plain.pixels().chunks(width).zip(&rows[10..]);
                lines.all(|(line, row)| row[left..left + width] == *line)
            };
            let lefts: Vec<usize> = (10..across - width).filter(|&left| holds(left)).collect();
            assert!(!lefts.is_empty(), "{size}");
            assert!(rows.len() >= height + 20);
            let mut edge = rows[0].iter().chain(rows[rows.len() - 1]);
            assert!(edge.all(|pixel| *pixel == [255; 4]), "the margin is white");
            assert!(
                sheet.pixels().contains(&[0, 0, 0, 255])
                    || sheet.pixels().contains(&[112, 112, 112, 255])
            );
        }
    }
}

/// Both sides have the stretch of the first, and the same ground.
#[test]
fn comparisons_share_stretch_and_ground() {
    let scene = |name: &str| Cog::open(testdata().join("scene").join(name)).expect(name);
    let (red, infrared) = (scene("B04.tif"), scene("B08.tif"));
    let look = Quicklook::new()
        .size(60)
        .bounds(601000.0, 4994000.0, 604000.0, 4997000.0);
    let both = look.compare(&red.base(), &infrared.base()).expect("both");
    let left = look.draw(&red.base()).expect("the first");
    assert_eq!((both.size().width, both.size().height), (60 + 4 + 60, 60));
    let rows = || both.pixels().chunks(124);
    assert!(
        rows()
            .zip(left.pixels().chunks(60))
            .all(|(row, line)| row[..60] == *line)
    );
    assert!(rows().all(|row| row[60..64] == [[255; 4]; 4]));
    let own = look.draw(&infrared.base()).expect("the second");
    assert!(
        rows()
            .zip(own.pixels().chunks(60))
            .any(|(row, line)| row[64..] != *line)
    );

    // The range of the first, from numpy's percentiles of its own pixels.
    let request = cogwork::read::request::ReadRequest::new()
        .bounds(601000.0, 4994000.0, 604000.0, 4997000.0)
        .size(Size::new(60, 60))
        .resampling(cogwork::Resampling::Average);
    let block = red
        .base()
        .read_request(&request)
        .expect("pixels")
        .into_block();
    let mut samples = block.as_slice::<u16>().expect("uint16").to_vec();
    samples.retain(|&sample| sample != 0);
    samples.sort_unstable();
    let percentile = |percent: f64| {
        let at = percent / 100.0 * (samples.len() - 1) as f64;
        let low = f64::from(samples[at as usize]);
        low + (f64::from(samples[at as usize + 1]) - low) * at.fract()
    };
    let range = Stretch::Range(percentile(2.0), percentile(98.0));
    let by_range = look
        .clone()
        .stretch(range)
        .draw(&infrared.base())
        .expect("the second");
    assert!(
        rows()
            .zip(by_range.pixels().chunks(60))
            .all(|(row, line)| row[64..] == *line)
    );

    // An overview lies on the same ground: at its own size the picture is its own.
    let small = red.overview(0).expect("an overview");
    let whole = Quicklook::new()
        .size(387)
        .stretch(Stretch::Range(1000.0, 3000.0));
    let both = whole.compare(&small, &red.base()).expect("both");
    assert_eq!(both.size().width % 2, 0);
    let half = (both.size().width as usize - 4) / 2;
    for row in both.pixels().chunks(both.size().width as usize) {
        assert_eq!(row[..half], row[half + 4..]);
    }
}

#[test]
fn refusals() {
    let open = |name: &str| Cog::open(testdata().join(name)).expect(name).base();
    let visual = open("scene/visual.tif");
    let look = Quicklook::new;
    let usage = |look: Quicklook| {
        let error = look.draw(&visual).expect_err("wrong usage");
        assert!(
            matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
            "{error}"
        );
    };
    usage(look().size(0));
    usage(look().legend());
    usage(look().color_map(ColorMap::Viridis));
    usage(look().bands(&[1, 2]));
    usage(look().stretch(Stretch::Percentile(98.0, 2.0)));
    usage(look().stretch(Stretch::Range(f64::NAN, 1.0)));
    let error = look().bands(&[4]).draw(&visual).expect_err("three bands");
    assert!(matches!(
        error.kind(),
        ErrorKind::Usage(Usage::Band { band: 4, count: 3 })
    ));
    let error = look()
        .coordinates()
        .draw(&open("facts/rotated.tif"))
        .expect_err("rotated");
    let unsupported = |error: &cogwork::Error| {
        matches!(
            error.kind(),
            ErrorKind::Unsupported(Unsupported::Feature(_))
        )
    };
    assert!(unsupported(&error));
    assert!(look().scale_bar().draw(&open("facts/rotated.tif")).is_ok());
    assert!(unsupported(
        &look()
            .draw(&open("complex/complex64-tifffile.tif"))
            .expect_err("complex")
    ));
    let samples = Samples::CF32(vec![Complex::default(); 4]);
    let complex = block(1, samples, Validity::All);
    let error = Picture::of_block(&complex, &Style::band(1, ColorMap::Gray)).expect_err("complex");
    assert!(unsupported(&error));
    let floats = block(2, Samples::F32(vec![0.0; 4]), Validity::All);
    let style = Style::band(1, ColorMap::Gray).alpha(2);
    assert!(unsupported(
        &Picture::of_block(&floats, &style).expect_err("an alpha of floats")
    ));
    let grids = |error: cogwork::Error| {
        matches!(
            error.kind(),
            ErrorKind::Unsupported(Unsupported::Grids { .. })
        )
    };
    let geographic = open("formats/geo-geographic.tif");
    assert!(grids(
        look()
            .bands(&[1])
            .compare(&visual, &geographic)
            .expect_err("two systems")
    ));
    let error = look()
        .compare(&visual, &open("scene/B08.tif"))
        .expect_err("three and one");
    assert!(
        matches!(error.kind(), ErrorKind::Usage(Usage::Option(_))),
        "{error}"
    );
    for text in [
        "",
        "percentile:1",
        "5,5",
        "percentile:-1,50",
        "min",
        "1,2,3",
        "nan,1",
    ] {
        assert!(text.parse::<Stretch>().is_err(), "{text}");
    }
    for text in ["none", "minmax", "percentile:2,98", "-1,1.5"] {
        assert_eq!(text.parse::<Stretch>().expect(text).to_string(), text);
    }
}

/// A picture needs four bytes a pixel, and so does a sheet.
#[test]
fn limits_hold() {
    let scene = |block_bytes| {
        let mut limits = Limits::default();
        limits.block_bytes = block_bytes;
        let context = Context {
            limits: limits.into(),
            ..Context::default()
        };
        let cog = Cog::open_with(testdata().join("scene/visual.tif"), &context);
        cog.expect("the scene").base()
    };
    let bytes = 774 * 782 * 4;
    let exact = scene(bytes);
    assert!(Quicklook::new().draw(&exact).is_ok());
    let needed = |look: Quicklook, level| {
        let error = look.draw(level).expect_err("too large");
        match error.kind() {
            ErrorKind::Limit {
                what: "block_bytes",
                needed,
                ..
            } => *needed,
            _ => panic!("{error}"),
        }
    };
    let short = scene(bytes - 1); // more than the samples need
    assert_eq!(needed(Quicklook::new(), &short), bytes);
    assert!(needed(Quicklook::new().scale_bar(), &exact) > bytes);
}

/// A raster of one row, nearly all of it sparse, and one of a pixel.
#[test]
fn odd_shapes() {
    let mut samples = vec![0u8; 100_000];
    samples[50_000..50_400].fill(9);
    let size = Size::new(100_000, 1);
    let line = Block::new(1, size, Samples::U8(samples), Validity::Nodata(0.into()));
    let options = CogOptions::default()
        .compression(Compression::None)
        .sparse(true);
    let cog = written(&line.expect("a block"), &options);
    let look = Quicklook::new()
        .scale_bar()
        .coordinates()
        .histogram()
        .legend();
    let picture = Quicklook::new().draw(&cog.base()).expect("a picture");
    assert_eq!((picture.size().width, picture.size().height), (1024, 1));
    let seen = picture
        .pixels()
        .iter()
        .filter(|pixel| **pixel != CLEAR)
        .count();
    assert!((4..=6).contains(&seen), "{seen} of 1024 pixels");
    assert!(look.draw(&cog.base()).is_ok());
    let dot = Block::new(1, Size::new(1, 1), Samples::F64(vec![1e300]), Validity::All);
    let cog = written(&dot.expect("a block"), &options);
    assert!(look.draw(&cog.base()).is_ok());
    assert_eq!(
        Quicklook::new()
            .draw(&cog.base())
            .expect("a dot")
            .pixels()
            .len(),
        1
    );
    assert!(Picture::new(Size::new(0, 5), Vec::new()).is_err());
    assert!(Picture::new(Size::new(2, 2), vec![CLEAR; 3]).is_err());
}

/// Half blocks hold two pixels; letters follow the brightness.
#[test]
fn terminals() {
    let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
    let white = [255; 4];
    let pixels = vec![red, CLEAR, CLEAR, blue, blue, CLEAR, white, CLEAR, white];
    let picture = Picture::new(Size::new(3, 3), pixels).expect("a picture");
    let lines = "\x1b[38;2;255;0;0;48;2;0;0;255m\u{2580}\x1b[0;38;2;0;0;255m\u{2584}\x1b[0m \x1b[0m\n\
                 \x1b[0;38;2;255;255;255m\u{2580}\x1b[0m \x1b[0;38;2;255;255;255m\u{2580}\x1b[0m\n";
    assert_eq!(picture.half_blocks(80), lines);
    // Of nine letters the brightness of red and blue, (76 + 29) / 2, has the second, that of blue the
    // second, too: 29 * 9 / 256 is 1.
    assert_eq!(picture.shades(80), ":: \n@ @\n");
    let wide = Picture::new(Size::new(4, 2), vec![[10, 20, 30, 255]; 8]).expect("a picture");
    assert_eq!(
        wide.half_blocks(2),
        "\x1b[0;38;2;10;20;30m\u{2580}".repeat(2) + "\x1b[0m\n"
    );
}

fn look(options: &Value) -> Quicklook {
    let mut look = Quicklook::new();
    for (name, value) in options.as_object().expect("options") {
        let numbers = || {
            value
                .as_array()
                .expect("numbers")
                .iter()
                .filter_map(Value::as_f64)
        };
        let text = || value.as_str().expect("a text");
        look = match (name.as_str(), numbers) {
            ("size", _) => {
                look.size(u32::try_from(value.as_u64().expect("a size")).expect("a size"))
            }
            ("bands", _) => {
                let bands = whole(value).into_iter().map(|band| band as usize);
                look.bands(&bands.collect::<Vec<_>>())
            }
            ("window", numbers) => {
                let [column, row, width, height] = four(numbers());
                look.window(PixelWindow::new(column, row, width, height))
            }
            ("bounds", numbers) => {
                let [left, bottom, right, top] = four(numbers());
                look.bounds(left, bottom, right, top)
            }
            ("stretch", _) => look.stretch(text().parse().expect("a stretch")),
            ("colormap", _) => look.color_map(text().parse().expect("a map")),
            ("resampling", _) => look.resampling(text().parse().expect("a method")),
            (other, _) => panic!("option {other}"),
        };
    }
    look
}

fn four(numbers: impl Iterator<Item = f64>) -> [f64; 4] {
    let numbers: Vec<f64> = numbers.collect();
    numbers.try_into().expect("four numbers")
}

fn whole(value: &Value) -> Vec<u32> {
    let numbers = value.as_array().expect("numbers").iter();
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    numbers
        .map(|value| number(value).expect("a number"))
        .collect()
}

/// A block of one row.
fn block(bands: usize, samples: Samples, validity: Validity) -> Block {
    let width = u32::try_from(samples.len() / bands).expect("a width");
    Block::new(bands, Size::new(width, 1), samples, validity).expect("a block")
}

fn written(block: &Block, options: &CogOptions) -> Cog {
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, block, Raster::of_block(block), options).expect("a file");
    Cog::from_source(MemorySource::new(bytes), &Context::default()).expect("it can be read")
}

fn decoded(bytes: &[u8]) -> ((u32, u32), Vec<[u8; 4]>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a header");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("pixels");
    let (pixels, rest) = pixels.as_chunks::<4>();
    assert!(rest.is_empty());
    ((frame.width, frame.height), pixels.to_vec())
}

/// So many samples from their bytes, and how many bytes these are.
fn samples(bytes: &[u8], data_type: &str, count: usize) -> (Samples, usize) {
    macro_rules! samples {
        ($variant:ident, $type:ty) => {{
            let length = count * size_of::<$type>();
            let samples = bytes[..length].chunks_exact(size_of::<$type>());
            let sample =
                |bytes: &[u8]| <$type>::from_le_bytes(bytes.try_into().expect("whole samples"));
            (Samples::$variant(samples.map(sample).collect()), length)
        }};
    }
    match data_type {
        "uint8" => samples!(U8, u8),
        "int8" => samples!(I8, i8),
        "uint16" => samples!(U16, u16),
        "int16" => samples!(I16, i16),
        "uint32" => samples!(U32, u32),
        "int32" => samples!(I32, i32),
        "uint64" => samples!(U64, u64),
        "int64" => samples!(I64, i64),
        "float32" => samples!(F32, f32),
        "float64" => samples!(F64, f64),
        other => panic!("type {other}"),
    }
}

fn expected() -> Value {
    common::json(testdata().join("picture/expected.json"))
}

fn testdata() -> std::path::PathBuf {
    common::repository().join("testdata")
}
