//! Samples as colours.

use super::style::{Drawn, Style};
use super::{ColorMap, Picture};
use crate::block::{Block, Validity};
use crate::error::{Error, Result, Unsupported, Usage};
use crate::limits::{index, zeroed};
use crate::sample::{Real, Sample, Samples, Scalar, with_real};

/// The first and the last value of each band of colours; of classes there are none.
pub(super) fn ranges(block: &Block, style: &Style) -> Result<Vec<(f64, f64)>> {
    check(block, style)?;
    if style.is_categorical() {
        return Ok(Vec::new());
    }
    let stretch = style.stretch_of(block.data_type());
    with_real!(
        block.samples(),
        values => {
            let opacity = opacity(values, block, style)?;
            let bands = color_bands(style).into_iter();
            let range = |band| stretch.range(valid_samples(values, block, band, &opacity));
            bands.map(range).collect()
        },
        else => Err(complex())
    )
}

/// The picture of a block by ranges of its bands of colours.
pub(super) fn paint(block: &Block, style: &Style, ranges: &[(f64, f64)]) -> Result<Picture> {
    check(block, style)?;
    let pixels = with_real!(
        block.samples(),
        values => {
            let opacity = opacity(values, block, style)?;
            let plane = |band| plane(values, block, band);
            match &style.bands {
                Drawn::Rgb(bands) => rgb(bands.map(plane), ranges, &opacity),
                Drawn::One(band, ColorMap::Classes(classes)) => {
                    classified(plane(*band), &ColorMap::by_value(classes), &opacity)
                }
                Drawn::One(band, colors) => shaded(plane(*band), colors, ranges, &opacity),
            }
        },
        else => Err(complex())
    )?;
    Picture::new(block.size(), pixels)
}

/// The valid and finite samples of each band of colours, as float64.
pub(super) fn drawn_samples(block: &Block, style: &Style) -> Result<Vec<Vec<f64>>> {
    check(block, style)?;
    with_real!(
        block.samples(),
        values => {
            let opacity = opacity(values, block, style)?;
            let samples = |band| {
                let valid = valid_samples(values, block, band, &opacity);
                valid.into_iter().map(Real::to_f64).collect()
            };
            Ok(color_bands(style).into_iter().map(samples).collect())
        },
        else => Err(complex())
    )
}

fn complex() -> Error {
    Unsupported::Feature("a picture of complex samples").into()
}

fn check(block: &Block, style: &Style) -> Result<()> {
    let count = block.bands();
    let missing = |band: &usize| *band == 0 || *band > count;
    match style.bands().into_iter().find(missing) {
        Some(band) => Err(Usage::Band { band, count }.into()),
        None => Ok(()),
    }
}

fn color_bands(style: &Style) -> Vec<usize> {
    let mut bands = style.bands();
    bands.truncate(bands.len() - usize::from(style.alpha.is_some()));
    bands
}

/// The samples of a band, counted from 1.
fn plane<'a, T>(values: &'a [T], block: &Block, band: usize) -> &'a [T] {
    let pixels = index(block.size().width) * index(block.size().height);
    &values[(band - 1) * pixels..band * pixels]
}

/// A byte per pixel, 0 where none of the bands of colours is valid.
fn opacity<T: Real>(values: &[T], block: &Block, style: &Style) -> Result<Vec<u8>> {
    let pixels = index(block.size().width) * index(block.size().height);
    let opaque = |valid: bool| if valid { u8::MAX } else { 0 };
    let mut opacity = zeroed(pixels)?;
    match block.validity() {
        Validity::All => opacity.fill(u8::MAX),
        Validity::Mask(mask) => {
            let valid = mask.iter().map(|&byte| opaque(byte != 0));
            opacity
                .iter_mut()
                .zip(valid)
                .for_each(|(out, byte)| *out = byte);
        }
        Validity::Nodata(nodata) => {
            let nodata: Option<T> = Sample::from_scalar(*nodata);
            for band in color_bands(style) {
                for (out, sample) in opacity.iter_mut().zip(plane(values, block, band)) {
                    *out |= opaque(!nodata.is_some_and(|nodata| sample.is_nodata(nodata)));
                }
            }
        }
    }
    if let Some(band) = style.alpha {
        let alpha = alpha(block, band)?;
        let both = opacity.iter_mut().zip(alpha);
        both.for_each(|(out, alpha)| *out = alpha.min(*out));
    }
    Ok(opacity)
}

/// A band of opacity as bytes.
fn alpha(block: &Block, band: usize) -> Result<Vec<u8>> {
    match block.samples() {
        Samples::U8(values) => Ok(plane(values, block, band).to_vec()),
        Samples::U16(values) => {
            let byte = |&sample: &u16| ((u32::from(sample) + 128) / 257) as u8;
            Ok(plane(values, block, band).iter().map(byte).collect())
        }
        _ => Err(Unsupported::Feature("an alpha band of neither uint8 nor uint16").into()),
    }
}

/// The samples of a band that are valid, finite, and not nodata.
fn valid_samples<T: Real>(values: &[T], block: &Block, band: usize, opacity: &[u8]) -> Vec<T> {
    let nodata: Option<T> = block
        .nodata()
        .and_then(|nodata: Scalar| T::from_scalar(nodata));
    let samples = plane(values, block, band).iter().zip(opacity);
    let valid = |&(sample, &opacity): &(&T, &u8)| {
        let nodata = nodata.is_some_and(|nodata| sample.is_nodata(nodata));
        opacity > 0 && !nodata && sample.to_f64().is_finite()
    };
    samples.filter(valid).map(|(&sample, _)| sample).collect()
}

/// Where a value lies between two others, 0 to 1. Halves keep the difference of huge numbers finite.
fn share(value: f64, (low, high): (f64, f64)) -> f64 {
    match low < high {
        true => ((value * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5)).clamp(0.0, 1.0),
        false => f64::from(u8::from(value > high)),
    }
}

/// Three bands as red, green and blue, rounded halves up, as `gdal_translate -scale` does.
fn rgb<T: Real>(planes: [&[T]; 3], ranges: &[(f64, f64)], opacity: &[u8]) -> Result<Vec<[u8; 4]>> {
    let &[red, green, blue] = ranges else {
        return Err(unlike(3, ranges.len()));
    };
    let byte = |sample: T, range| (share(sample.to_f64(), range) * 255.0 + 0.5) as u8;
    let mut pixels = zeroed::<[u8; 4]>(opacity.len())?;
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let samples = planes.map(|plane| plane[at]);
        if opacity[at] > 0 && !samples.iter().any(|sample| sample.is_nan()) {
            let [r, g, b] = samples;
            *pixel = [byte(r, red), byte(g, green), byte(b, blue), opacity[at]];
        }
    }
    Ok(pixels)
}

/// One band by the 256 steps of a continuous map, as matplotlib finds them; shades of grey are
/// rounded as those of three bands.
fn shaded<T: Real>(
    plane: &[T],
    colors: &ColorMap,
    ranges: &[(f64, f64)],
    opacity: &[u8],
) -> Result<Vec<[u8; 4]>> {
    let (&[range], Some(steps)) = (ranges, colors.steps()) else {
        return Err(unlike(1, ranges.len()));
    };
    let gray = *colors == ColorMap::Gray;
    let step = |share: f64| match gray {
        true => (share * 255.0 + 0.5) as usize,
        false => ((share * 256.0) as usize).min(255),
    };
    let mut pixels = zeroed::<[u8; 4]>(opacity.len())?;
    for ((pixel, sample), &opacity) in pixels.iter_mut().zip(plane).zip(opacity) {
        if opacity > 0 && !sample.is_nan() {
            let [r, g, b] = steps[step(share(sample.to_f64(), range))];
            *pixel = [r, g, b, opacity];
        }
    }
    Ok(pixels)
}

/// One band by the colours of its classes.
fn classified<T: Real>(plane: &[T], colors: &[[u8; 4]], opacity: &[u8]) -> Result<Vec<[u8; 4]>> {
    let color = |sample: T| {
        let value = sample.to_f64();
        let whole = value >= 0.0 && value.fract() == 0.0;
        whole.then(|| colors.get(value as usize)).flatten().copied()
    };
    let mut pixels = zeroed::<[u8; 4]>(opacity.len())?;
    for ((pixel, &sample), &opacity) in pixels.iter_mut().zip(plane).zip(opacity) {
        if let Some([r, g, b, own]) = color(sample).filter(|color| color[3] > 0 && opacity > 0) {
            *pixel = [r, g, b, own.min(opacity)];
        }
    }
    Ok(pixels)
}

fn unlike(bands: usize, ranges: usize) -> Error {
    Usage::Option(format!("{ranges} ranges for {bands} bands")).into()
}
