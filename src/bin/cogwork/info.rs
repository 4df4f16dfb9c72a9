//! `cogwork info`: what a file is.

use cogwork::codec::compression_name;
use cogwork::read::level::MaskKind;
use cogwork::sample::{ByteOrder, Scalar};
use cogwork::{Cog, Level, Result};
use serde_json::{Value, json};

use super::args::Info;
use super::described;
use super::input::{Inputs, warn};
use super::show::show;

pub fn run(arguments: &Info, inputs: &Inputs<'_>) -> Result<()> {
    let cog = inputs.open(&arguments.source)?;
    warn(&cog);
    match arguments.json {
        true => show(&format!("{:#}\n", facts(&cog))),
        false => show(&report(&cog)),
    }
}

/// The facts as JSON.
fn facts(cog: &Cog) -> Value {
    let base = cog.base();
    let size = base.size();
    let mut facts = json!({
        "source": cog.to_string(),
        "file_bytes": cog.file_bytes(),
        "width": size.width,
        "height": size.height,
        "bands": base.bands(),
        "dtype": base.data_type().name(),
        "epsg": base.epsg(),
        "transform": base.transform().map(|affine| affine.to_array()),
        "nodata": base.nodata().map(number),
        "mask": mask(&base),
        "compression": compression(&base),
        "predictor": base.image().predictor,
        "interleave": interleave(&base),
        "byte_order": byte_order(cog),
        "bigtiff": cog.is_bigtiff(),
        "levels": cog.levels().map(|level| level_facts(&level)).collect::<Vec<_>>(),
    });
    if let Some(members) = facts.as_object_mut() {
        described::facts(&base, members);
    }
    facts
}

fn level_facts(level: &Level) -> Value {
    let (size, tile) = (level.size(), level.tile_size());
    let (x, y) = level.resolution();
    json!({
        "index": level.index(),
        "width": size.width,
        "height": size.height,
        "resolution": [x, y],
        "tile": [tile.width, tile.height],
    })
}

/// The facts as aligned text.
fn report(cog: &Cog) -> String {
    let base = cog.base();
    let image = base.image();
    let mut lines = vec![
        ("file", format!("{cog} ({} bytes)", cog.file_bytes())),
        (
            "format",
            format!(
                "{}, {}-endian",
                if cog.is_bigtiff() { "BigTIFF" } else { "TIFF" },
                byte_order(cog)
            ),
        ),
        (
            "size",
            format!(
                "{} pixels, {} band{} of {}",
                base.size(),
                base.bands(),
                if base.bands() == 1 { "" } else { "s" },
                base.data_type()
            ),
        ),
        (
            "nodata",
            base.nodata()
                .map_or("none".into(), |nodata| nodata.to_string()),
        ),
        ("validity", mask(&base).to_owned()),
        (
            "CRS",
            base.epsg()
                .map_or("no EPSG code".into(), |code| format!("EPSG:{code}")),
        ),
    ];
    if let Some(affine) = base.transform() {
        let (x, y) = base.resolution();
        lines.push(("origin", format!("{}, {}", affine.c, affine.f)));
        lines.push(("pixel", format!("{x} x {y}")));
    }
    let predictor = match image.predictor {
        1 => "no predictor".to_owned(),
        number => format!("predictor {number}"),
    };
    let how = format!(
        "{}, {predictor}, {} interleaved",
        compression(&base),
        interleave(&base)
    );
    lines.push(("samples", how));
    lines.extend(described::lines(&base));
    for level in cog.levels() {
        let name = if level.index() == 0 {
            "base"
        } else {
            "overview"
        };
        let index = level
            .index()
            .checked_sub(1)
            .map_or(String::new(), |index| index.to_string());
        let (x, _) = level.resolution();
        let tile = level.tile_size();
        let kind = if level.image().tiled {
            "tiles"
        } else {
            "strips"
        };
        lines.push((
            name,
            format!(
                "{index:>2} {} pixels of {x}, {kind} of {tile}",
                level.size()
            ),
        ));
    }
    lines
        .iter()
        .map(|(name, value)| format!("{name:<9} {value}\n"))
        .collect()
}

/// How pixels are told to be valid, by the names of rasterio's mask flags.
fn mask(level: &Level) -> &'static str {
    match level.mask_kind() {
        MaskKind::Alpha(_) => "alpha",
        MaskKind::Mask => "per_dataset",
        MaskKind::Nodata(_) => "nodata",
        _ => "all_valid",
    }
}

fn compression(level: &Level) -> String {
    compression_name(level.image().compression).to_ascii_lowercase()
}

fn interleave(level: &Level) -> &'static str {
    if level.image().planar || level.bands() == 1 {
        "band"
    } else {
        "pixel"
    }
}

fn byte_order(cog: &Cog) -> &'static str {
    match cog.byte_order() {
        ByteOrder::Little => "little",
        ByteOrder::Big => "big",
    }
}

/// A number of JSON, or a text where JSON has none (`nan`, `inf`).
fn number(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Int(int) => match (i64::try_from(int), u64::try_from(int)) {
            (Ok(signed), _) => signed.into(),
            (_, Ok(unsigned)) => unsigned.into(),
            _ => int.to_string().into(),
        },
        Scalar::Float(float) if float.is_finite() => float.into(),
        Scalar::Float(_) => scalar.to_string().into(),
    }
}
