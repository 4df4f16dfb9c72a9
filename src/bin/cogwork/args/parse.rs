//! Texts of arguments as values.

use std::str::FromStr;

use cogwork::grid::Size;
use cogwork::read::request::PixelWindow;
use cogwork::sample::Scalar;

use super::{BandScale, Bounds, ItemArgument, NodataArgument};

pub fn parse<T: FromStr<Err = cogwork::Error>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error: cogwork::Error| error.to_string())
}

pub fn scalar(text: &str) -> Result<Scalar, String> {
    Scalar::parse(text).ok_or_else(|| "expected a number".to_owned())
}

pub fn nodata(text: &str) -> Result<NodataArgument, String> {
    match text {
        "none" => Ok(NodataArgument(None)),
        _ => scalar(text).map(|value| NodataArgument(Some(value))),
    }
}

pub fn item(text: &str) -> Result<ItemArgument, String> {
    let (name_of, text) = text
        .split_once('=')
        .ok_or_else(|| "expected NAME=TEXT".to_owned())?;
    let text = Some(text.to_owned());
    Ok(ItemArgument {
        text,
        ..name(name_of)?
    })
}

pub fn name(text: &str) -> Result<ItemArgument, String> {
    let banded = text.split_once(':');
    let banded = banded.and_then(|(band, name)| Some((band.parse().ok()?, name)));
    let (band, name) = banded.map_or((None, text), |(band, name)| (Some(band), name));
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    let name = name.to_owned();
    Ok(ItemArgument {
        band,
        name,
        text: None,
    })
}

pub fn band_text(text: &str) -> Result<(usize, String), String> {
    let parts = text.split_once('=');
    let parts = parts.and_then(|(band, text)| Some((band.parse().ok()?, text.to_owned())));
    parts.ok_or_else(|| "expected BAND=TEXT".to_owned())
}

pub fn band_scale(text: &str) -> Result<BandScale, String> {
    let parse = || {
        let (band, numbers) = text.split_once('=')?;
        let band = band.parse().ok()?;
        if numbers == "none" {
            return Some((band, None));
        }
        let (scale, offset) = numbers.split_once(',')?;
        Some((band, Some((scale.parse().ok()?, offset.parse().ok()?))))
    };
    parse().ok_or_else(|| "expected BAND=SCALE,OFFSET or BAND=none".to_owned())
}

pub fn epsg(text: &str) -> Result<u32, String> {
    let authority = text
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("EPSG:"));
    let code = authority.and_then(|_| text[5..].parse().ok());
    code.ok_or_else(|| "expected EPSG: and a number".to_owned())
}

pub fn window(text: &str) -> Result<PixelWindow, String> {
    let [column, row, width, height] = numbers(text, "COL,ROW,WIDTH,HEIGHT")?;
    Ok(PixelWindow::new(column, row, width, height))
}

pub fn bounds(text: &str) -> Result<Bounds, String> {
    let [left, bottom, right, top] = numbers(text, "LEFT,BOTTOM,RIGHT,TOP")?;
    Ok(Bounds {
        left,
        bottom,
        right,
        top,
    })
}

fn numbers(text: &str, names: &str) -> Result<[f64; 4], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let numbers = numbers.ok().and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("expected four numbers: {names}"))
}

pub fn size(text: &str) -> Result<Size, String> {
    let axes = text.split_once(['x', 'X']);
    let axis = |text: &str| text.trim().parse().ok();
    let size = axes.and_then(|(columns, rows)| Some(Size::new(axis(columns)?, axis(rows)?)));
    size.ok_or_else(|| "expected two whole numbers: COLSxROWS".to_owned())
}
