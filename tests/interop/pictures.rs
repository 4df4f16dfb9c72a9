//! Blocks as pictures, and back.

use cogwork::Block;
use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Unsupported};
use cogwork::grid::Size;
use cogwork::sample::Samples;
use image::{ColorType, DynamicImage};

use crate::{common, expected, overview};

/// The scene as rasterio and numpy give it, pixel by pixel.
#[test]
fn pictures_are_those_of_rasterio() {
    for (name, plain, alpha) in [
        ("visual", ColorType::Rgb8, ColorType::Rgba8),
        ("B04", ColorType::L16, ColorType::La16),
    ] {
        let block = overview(name).read().expect("the scene");
        let expected = &expected()[name];
        let with_alpha = block.to_image_with_alpha().expect("a picture");
        for (picture, color, wanted) in [
            (block.to_image().expect("a picture"), plain, "plain"),
            (with_alpha, alpha, "alpha"),
        ] {
            assert_eq!(picture.color(), color);
            let size = serde_json::json!([picture.width(), picture.height()]);
            assert_eq!(size, expected["size"]);
            let bytes = common::sha256(&little(&picture));
            assert_eq!(
                bytes,
                expected[wanted].as_str().expect("a hash"),
                "{name} {wanted}"
            );
            let back = Block::from_image_with_alpha(&picture).expect("a block");
            assert_eq!(back.samples(), block.samples());
            if wanted == "alpha" {
                assert_eq!(back.valid_pixels(), block.valid_pixels());
            }
        }
    }
}

/// The bytes of a picture, little-endian.
fn little(picture: &DynamicImage) -> Vec<u8> {
    match picture {
        DynamicImage::ImageLuma16(_) | DynamicImage::ImageLumaA16(_) => {
            let samples = match picture {
                DynamicImage::ImageLuma16(pixels) => pixels.as_raw(),
                DynamicImage::ImageLumaA16(pixels) => pixels.as_raw(),
                _ => unreachable!("one of two"),
            };
            samples
                .iter()
                .flat_map(|sample| sample.to_le_bytes())
                .collect()
        }
        other => other.as_bytes().to_vec(),
    }
}

/// Two pixels: band by band in the block, pixel by pixel in the picture.
#[test]
fn every_kind_goes_there_and_back() {
    let block = |bands: usize, samples: Samples| {
        Block::new(bands, Size::new(2, 1), samples, Validity::All).expect("the shape")
    };
    let counted = |bands: usize| 0..2 * bands;
    for (bands, colors) in [
        (1, [Some(ColorType::L8), Some(ColorType::L16), None]),
        (2, [Some(ColorType::La8), Some(ColorType::La16), None]),
        (
            3,
            [ColorType::Rgb8, ColorType::Rgb16, ColorType::Rgb32F].map(Some),
        ),
        (
            4,
            [ColorType::Rgba8, ColorType::Rgba16, ColorType::Rgba32F].map(Some),
        ),
        (5, [None; 3]),
    ] {
        let bytes = block(
            bands,
            Samples::U8(counted(bands).map(|at| at as u8).collect()),
        );
        let shorts = block(
            bands,
            Samples::U16(counted(bands).map(|at| at as u16).collect()),
        );
        let floats = block(
            bands,
            Samples::F32(counted(bands).map(|at| at as f32).collect()),
        );
        for (block, color) in [bytes, shorts, floats].iter().zip(colors) {
            let Some(color) = color else {
                let error = block.to_image().expect_err("no such kind");
                let kind = matches!(
                    error.kind(),
                    ErrorKind::Unsupported(Unsupported::Picture { bands: found, .. }) if *found == bands
                );
                assert!(kind, "{error}");
                continue;
            };
            let picture = block.to_image().expect("a picture");
            assert_eq!(picture.color(), color);
            if let DynamicImage::ImageRgba16(pixels) = &picture {
                assert_eq!(pixels.as_raw(), &[0, 2, 4, 6, 1, 3, 5, 7]);
            }
            assert_eq!(&Block::from_image(&picture).expect("a block"), block);
        }
    }
}

#[test]
fn alpha_is_what_is_valid() {
    let samples = || Samples::F32((0u8..6).map(f32::from).collect());
    let mask = Validity::Mask(vec![0, 200]);
    let block = Block::new(3, Size::new(2, 1), samples(), mask).expect("the shape");
    let picture = block.to_image_with_alpha().expect("a picture");
    let DynamicImage::ImageRgba32F(pixels) = &picture else {
        panic!("{:?}", picture.color());
    };
    assert_eq!(pixels.as_raw(), &[0.0, 2.0, 4.0, 0.0, 1.0, 3.0, 5.0, 1.0]);
    let back = Block::from_image_with_alpha(&picture).expect("a block");
    assert_eq!((back.shape(), back.samples()), ((3, 1, 2), &samples()));
    assert_eq!(back.validity(), &Validity::Mask(vec![0, 1]));
    let all = Block::from_image(&picture).expect("a block");
    assert_eq!((all.bands(), all.validity()), (4, &Validity::All));

    for (bands, samples) in [
        (2, Samples::U8(vec![0; 4])),
        (4, Samples::U8(vec![0; 8])),
        (1, Samples::F32(vec![0.0; 2])),
        (1, Samples::I16(vec![0; 2])),
        (3, Samples::F64(vec![0.0; 6])),
    ] {
        let block = Block::new(bands, Size::new(2, 1), samples, Validity::All).expect("the shape");
        let error = block.to_image_with_alpha().expect_err("no such kind");
        assert!(matches!(error.kind(), ErrorKind::Unsupported(_)), "{error}");
    }
}
