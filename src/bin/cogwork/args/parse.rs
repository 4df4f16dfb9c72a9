//! Texts of arguments as values.

use std::str::FromStr;

use cogwork::grid::{Size, Window};
use cogwork::read::request::PixelWindow;
use cogwork::sample::Scalar;

/// Edges in units of the coordinate system.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub left: f64,
    pub bottom: f64,
    pub right: f64,
    pub top: f64,
}

/// A nodata value, or none.
#[derive(Clone, Debug)]
pub struct NodataArgument(pub Option<Scalar>);

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

pub fn whole_window(text: &str) -> Result<Window, String> {
    let sides: Result<Vec<u32>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let sides = sides.ok().and_then(|sides| sides.try_into().ok());
    let [column, row, width, height] =
        sides.ok_or("expected four whole numbers: COL,ROW,WIDTH,HEIGHT")?;
    Ok(Window::new(column, row, width, height))
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
