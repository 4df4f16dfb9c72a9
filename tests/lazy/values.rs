//! What is computed from files, against loops over their samples.

use std::io::Cursor;

use cogwork::sample::DataType::{self, F32, F64, I16, I32, U8, U16};
use cogwork::sample::Samples;
use cogwork::write::Compression;
use cogwork::{Block, Context, Lazy, Level};

use crate::common::raster;
use crate::scene;

/// Red and near infrared of the scene, as their bases are read.
struct Bands {
    red: Lazy,
    near: Lazy,
    pairs: Vec<(u16, u16)>,
}

impl Bands {
    fn new() -> Self {
        let context = Context::default();
        let [red, near] = ["B04", "B08"].map(|name| scene(name, &context).base());
        let [reds, nears] = [&red, &near].map(samples::<u16>);
        Bands {
            red: red.lazy(),
            near: near.lazy(),
            pairs: reds.into_iter().zip(nears).collect(),
        }
    }

    /// The loop: a sample where both are valid, nodata elsewhere.
    fn both<T: Copy>(&self, nodata: T, sample: impl Fn(u16, u16) -> T) -> Vec<T> {
        let pair = |&(red, near): &(u16, u16)| {
            if red == 0 || near == 0 {
                nodata
            } else {
                sample(red, near)
            }
        };
        self.pairs.iter().map(pair).collect()
    }
}

fn samples<T: cogwork::sample::Sample>(level: &Level) -> Vec<T> {
    level
        .read()
        .expect("a sound file")
        .as_slice::<T>()
        .expect("its type")
        .to_vec()
}

fn is(name: &str, lazy: &Lazy, expected: Samples) {
    let found: Block = lazy
        .compute()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(found.data_type(), expected.data_type(), "{name}");
    assert!(
        found.samples().to_le_bytes() == expected.to_le_bytes(),
        "{name}"
    );
}

/// uint16 with uint16 is int32 whose nodata is its least; quotients are float32, nodata NaN.
#[test]
fn arithmetic() {
    let bands = Bands::new();
    let (red, near) = (&bands.red, &bands.near);
    let (lowest, nan) = (i32::MIN, f32::NAN);
    let [plain, negative] = [1, -1].map(|sign| {
        bands.both(lowest, |red, near| {
            sign * (i32::from(near) - i32::from(red))
        })
    });
    is("near - red", &(near - red), Samples::I32(plain));
    is("red - near", &(red - near), Samples::I32(negative.clone()));
    is("-(near - red)", &-&(near - red), Samples::I32(negative));
    let sum = bands.both(lowest, |red, near| i32::from(red) + i32::from(near));
    is("red + near", &(red + near), Samples::I32(sum));
    let product = bands.both(i64::MIN, |red, near| i64::from(red) * i64::from(near));
    is("red * near", &(red * near), Samples::I64(product));
    let ratio = bands.both(nan, |red, near| f32::from(red) / f32::from(near));
    is("red / near", &(red / near), Samples::F32(ratio));
    let thousand = bands.pairs.iter().map(|&(red, _)| match red {
        0 => lowest,
        red => i32::from(red) - 1000,
    });
    is(
        "red - 1000",
        &(red - 1000),
        Samples::I32(thousand.collect()),
    );
    let scaled = bands.pairs.iter().map(|&(red, _)| match red {
        0 => nan,
        red => f32::from(red) * 0.0001,
    });
    is(
        "red * 0.0001",
        &(red * 0.0001),
        Samples::F32(scaled.collect()),
    );
}

#[test]
fn comparisons_and_logic() {
    let bands = Bands::new();
    let (red, near) = (&bands.red, &bands.near);
    let both = |compare: fn(&u16, &u16) -> bool| {
        Samples::U8(bands.both(0, |red, near| u8::from(compare(&red, &near))))
    };
    is("lt", &red.lt(near), both(u16::lt));
    is("le", &red.le(near), both(u16::le));
    is("gt", &red.gt(near), both(u16::gt));
    is("ge", &red.ge(near), both(u16::ge));
    is("eq", &red.eq(near), both(u16::eq));
    is("ne", &red.ne(near), both(u16::ne));
    let each = |test: fn(u16, u16) -> bool| {
        Samples::U8(
            bands
                .pairs
                .iter()
                .map(|&(red, near)| u8::from(test(red, near)))
                .collect(),
        )
    };
    let (bright, dark) = (red.gt(900), near.lt(2000));
    is("gt a number", &bright, each(|red, _| red > 900));
    is(
        "lt a number",
        &dark,
        each(|_, near| near != 0 && near < 2000),
    );
    is(
        "gt a fraction",
        &red.gt(900.5),
        each(|red, _| f64::from(red) > 900.5),
    );
    is(
        "and",
        &bright.and(&dark),
        each(|red, near| red > 900 && near != 0 && near < 2000),
    );
    is(
        "or",
        &bright.or(&dark),
        each(|red, near| red > 900 || near != 0 && near < 2000),
    );
    is("not", &!&bright, each(|red, _| red <= 900));
    is(
        "is_in, nodata too",
        &red.is_in([0, 700, 701]),
        each(|red, _| [0, 700, 701].contains(&red)),
    );
    is("is_in nothing", &red.is_in([1, 65535]), each(|_, _| false));
}

#[test]
fn masks_selections_and_casts() {
    let bands = Bands::new();
    let (red, near) = (&bands.red, &bands.near);
    let bright = red.gt(900);
    let each = |sample: fn(u16, u16) -> u16| {
        Samples::U16(
            bands
                .pairs
                .iter()
                .map(|&(red, near)| sample(red, near))
                .collect(),
        )
    };
    let masked = near.mask(&bright).expect("one grid");
    is(
        "mask",
        &masked,
        each(|red, near| if red > 900 { 0 } else { near }),
    );
    let masked = near.mask_with(&bright, 65535).expect("one grid");
    let expected = each(|red, near| match (red > 900, near) {
        (true, _) | (false, 0) => 65535,
        (false, near) => near,
    });
    assert_eq!(
        masked.nodata().expect("a sound expression"),
        Some(65535.into())
    );
    is("mask with another nodata", &masked, expected);
    let larger = red.gt(near).select(red, near).expect("one grid");
    is(
        "select",
        &larger,
        each(|red, near| match (red, near) {
            (0, near) => near,
            (red, 0) => {
                if red > 0 {
                    0
                } else {
                    red
                }
            }
            (red, near) => red.max(near),
        }),
    );
    let chosen = bright.select(1, near).expect("one grid");
    is(
        "select a number",
        &chosen,
        each(|red, near| if red > 900 { 1 } else { near }),
    );
    let bytes = bands
        .pairs
        .iter()
        .map(|&(red, _)| red.min(255) as u8)
        .collect();
    is("cast to uint8", &red.cast(U8), Samples::U8(bytes));
    let shorts = bands
        .pairs
        .iter()
        .map(|&(red, _)| red.min(32767) as i16)
        .collect();
    is("cast to int16", &red.cast(I16), Samples::I16(shorts));
    let reals = bands.pairs.iter().map(|&(red, _)| f32::from(red)).collect();
    is("cast to float32", &red.cast(F32), Samples::F32(reals));
    let flags = bands
        .pairs
        .iter()
        .map(|&(red, _)| i32::from(red > 900))
        .collect();
    is("cast of a mask", &bright.cast(I32), Samples::I32(flags));
    let sevenths = bands.pairs.iter().map(|&(red, _)| match red {
        0 => 0,
        red => u16::max(1, (f32::from(red) / 7.0).round() as u16),
    });
    is(
        "a quotient, rounded",
        &(red / 7).cast(U16),
        Samples::U16(sevenths.collect()),
    );
}

/// Three rasters of one size in tiles of 16, tiles of 48, and strips written by another library.
#[test]
fn tiles_of_many_sizes_and_strips() {
    let size = (301, 217);
    let context = Context::default();
    let open = |data_type, blocksize| {
        let block = raster::block(data_type, 1, size);
        let bytes = raster::written(&block, &raster::options(Compression::Lzw, blocksize));
        raster::open(bytes, &context)
            .base()
            .lazy()
            .with_nodata(None)
    };
    let (small, large) = (open(U8, 16), open(F64, 48));
    let mut strips = Cursor::new(Vec::new());
    let pixel = |i: u32| (i % 301 * 3 + i / 301) as u16;
    let pixels: Vec<u16> = (0..301 * 217).map(pixel).collect();
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut strips).expect("memory takes it");
    let mut image = encoder
        .new_image::<tiff::encoder::colortype::Gray16>(size.0, size.1)
        .expect("memory takes it");
    image.rows_per_strip(20).expect("nothing is written yet");
    image.write_data(&pixels).expect("memory takes it");
    let strips = raster::open(strips.into_inner(), &context).base();
    assert!(
        !strips.image().tiled && strips.tile_size().height < 217,
        "several strips"
    );
    let strips = strips.lazy();
    let [a, c] = [U8, F64].map(|data_type: DataType| raster::block(data_type, 1, size));
    let (a, c) = (
        a.as_slice::<u8>().expect("bytes"),
        c.as_slice::<f64>().expect("doubles"),
    );
    let naive = a.iter().zip(&pixels).zip(c);
    let expected: Vec<f64> = naive
        .map(|((&a, &b), &c)| f64::from(i32::from(a) - i32::from(b)) * c)
        .collect();
    for (name, lazy) in [
        ("small tiles first", (&small - &strips) * &large),
        ("large tiles first", &large * (&small - &strips)),
        ("strips first", -&(&strips - &small) * &large),
    ] {
        is(name, &lazy, Samples::F64(expected.clone()));
        for blocksize in [16, 64, 512] {
            let mut bytes = Vec::new();
            lazy.write_cog_to(&mut bytes, &raster::options(Compression::Zstd, blocksize))
                .expect(name);
            let written = raster::open(bytes, &context).base();
            assert!(
                samples::<f64>(&written) == expected,
                "{name} in tiles of {blocksize}"
            );
        }
    }
}
