//! `cogwork info`: what a file is.

use cogwork::codec::compression_name;
use cogwork::grid::Affine;
use cogwork::read::level::MaskKind;
use cogwork::read::storage::Storage;
use cogwork::sample::{ByteOrder, Scalar};
use cogwork::source::location::Location;
use cogwork::validate::{Depth, validate};
use cogwork::{Cog, ErrorKind, Level, Result};
use serde_json::{Value, json};

use super::args::Info;
use super::described;
use super::input::{Inputs, warn};
use super::show::show;
use super::table::{Table, bytes, short};

pub fn run(arguments: &Info, inputs: &Inputs<'_>) -> Result<()> {
    let cog = inputs.open(&arguments.source)?;
    warn(&cog);
    let known = stored(&cog, inputs);
    match &known {
        // What the header says is sound all the same.
        Err(error) if matches!(error.kind(), ErrorKind::Malformed(_)) => {}
        Err(_) => return known.map(drop),
        Ok(_) => {}
    }
    match arguments.json {
        true => show(&format!("{:#}\n", facts(&cog, &known))),
        false => show(&report(&cog, &known)),
    }
}

/// What is known of the tiles, nothing where there are too many, or why it cannot be known.
type Known = Result<Option<Stored>>;

fn stored(cog: &Cog, inputs: &Inputs<'_>) -> Known {
    let location = cog.location();
    let file = location.and_then(|name| match Location::of(name) {
        Location::Path(path) => Some(path),
        Location::Url(_) => None,
    });
    let most = match (location, &file) {
        (Some(_), None) => MOST_REMOTE,
        _ => MOST_LOCAL,
    };
    if cog.levels().map(|level| level.tile_count()).sum::<u64>() > most {
        return Ok(None);
    }
    let levels = cog.levels().map(|level| level.storage());
    let masks = cog.levels().map(|level| level.mask_storage());
    Ok(Some(Stored {
        levels: levels.collect::<Result<_>>()?,
        masks: masks.collect::<Result<_>>()?,
        // Servers are not asked again for what the header has told.
        is_cog: match file {
            Some(path) => Some(validate(&path, Depth::Arrays, inputs.context(&path)?)?.is_valid()),
            None => None,
        },
    }))
}

/// Tiles of a local file whose positions are read.
const MOST_LOCAL: u64 = 1_000_000;
/// Tiles of a file behind a URL whose positions are read.
const MOST_REMOTE: u64 = 65536;

/// What the tiles take, and where they stand.
struct Stored {
    levels: Vec<Storage>,
    masks: Vec<Option<Storage>>,
    is_cog: Option<bool>,
}

impl Stored {
    /// How many times smaller all tiles are than their pixels.
    fn ratio(&self) -> Option<f64> {
        let all = || self.levels.iter().chain(self.masks.iter().flatten());
        let bytes: u64 = all().map(|level| level.bytes).sum();
        let decoded: u64 = all().map(|level| level.decoded_bytes).sum();
        (bytes > 0).then(|| decoded as f64 / bytes as f64)
    }
}

/// The facts as JSON.
fn facts(cog: &Cog, known: &Known) -> Value {
    let stored = known.as_ref().ok().and_then(Option::as_ref);
    let base = cog.base();
    let size = base.size();
    let level = |level: Level| {
        let place =
            stored.map(|stored| (stored.levels[level.index()], stored.masks[level.index()]));
        level_facts(&level, place)
    };
    let mut facts = json!({
        "source": cog.to_string(),
        "file_bytes": cog.file_bytes(),
        "width": size.width,
        "height": size.height,
        "bands": base.bands(),
        "dtype": base.data_type().name(),
        "epsg": base.epsg(),
        "crs": crs_name(&base),
        "transform": base.transform().map(|affine| affine.to_array()),
        "corners": corners(&base),
        "bounds": bounds(&base),
        "nodata": base.nodata().map(number),
        "mask": mask(&base),
        "compression": compression(&base),
        "predictor": base.image().predictor,
        "interleave": interleave(&base),
        "byte_order": byte_order(cog),
        "bigtiff": cog.is_bigtiff(),
        "cog": stored.and_then(|stored| stored.is_cog),
        "damage": known.as_ref().err().map(ToString::to_string),
        "compression_ratio": stored.and_then(Stored::ratio),
        "levels": cog.levels().map(level).collect::<Vec<_>>(),
    });
    if let Some(members) = facts.as_object_mut() {
        described::facts(&base, members);
    }
    facts
}

fn level_facts(level: &Level, stored: Option<(Storage, Option<Storage>)>) -> Value {
    let (size, tile) = (level.size(), level.tile_size());
    let (x, y) = level.resolution();
    let image = stored.map(|(image, _)| image);
    let mask = stored.and_then(|(_, mask)| mask);
    json!({
        "index": level.index(),
        "width": size.width,
        "height": size.height,
        "resolution": [x, y],
        "tile": [tile.width, tile.height],
        "tiled": level.image().tiled,
        "compression": compression(level),
        "tiles": level.tile_count(),
        "sparse": image.map(|image| image.sparse),
        "bytes": image.map(|image| image.bytes),
        "compression_ratio": image.and_then(|image| image.compression_ratio()),
        "mask_bytes": mask.map(|mask| mask.bytes),
    })
}

/// The facts as aligned text.
fn report(cog: &Cog, known: &Known) -> String {
    let stored = known.as_ref().ok().and_then(Option::as_ref);
    let base = cog.base();
    let plural = if base.bands() == 1 { "" } else { "s" };
    let format = if cog.is_bigtiff() { "BigTIFF" } else { "TIFF" };
    let layout = match stored.and_then(|stored| stored.is_cog) {
        Some(true) => ", a valid COG",
        Some(false) => ", no valid COG (see cogwork validate)",
        None => "",
    };
    let ratio = stored.and_then(Stored::ratio);
    let ratio = ratio.map(|ratio| format!(", tiles {ratio:.2} times smaller than their pixels"));
    let size = match cog.file_bytes() {
        count if count < 1024 => bytes(count),
        count => format!("{} ({count} bytes)", bytes(count)),
    };
    let mut lines = vec![
        ("file", cog.to_string()),
        ("bytes", size + &ratio.unwrap_or_default()),
        (
            "format",
            format!("{format}, {}-endian{layout}", byte_order(cog)),
        ),
        (
            "size",
            format!(
                "{} pixels, {} band{plural} of {}",
                base.size(),
                base.bands(),
                base.data_type()
            ),
        ),
        ("samples", samples(&base)),
        (
            "nodata",
            base.nodata()
                .map_or("none".into(), |nodata| nodata.to_string()),
        ),
        ("validity", mask(&base).to_owned()),
        ("CRS", crs(&base)),
    ];
    if let Err(error) = known {
        lines.push(("damage", error.to_string().escape_debug().to_string()));
    }
    lines.extend(placed(&base));
    lines.extend(described::lines(&base));
    let lines = lines
        .iter()
        .map(|(name, value)| format!("{name:<9} {value}\n"));
    format!("{}\n{}", lines.collect::<String>(), pyramid(cog, stored))
}

fn samples(base: &Level) -> String {
    let predictor = match base.image().predictor {
        1 => "no predictor".to_owned(),
        number => format!("predictor {number}"),
    };
    let how = [
        compression(base),
        predictor,
        format!("{} interleaved", interleave(base)),
    ];
    how.join(", ")
}

/// The coordinate system by code and name.
fn crs(base: &Level) -> String {
    let code = base.epsg().map(|code| format!("EPSG:{code}"));
    let code = code.unwrap_or_else(|| "no EPSG code".into());
    match crs_name(base) {
        Some(name) => format!("{code}, {}", name.escape_debug()),
        None => code,
    }
}

/// The name that the file gives to its coordinate system. GDAL ends names by bars.
fn crs_name(base: &Level) -> Option<String> {
    let keys = base.geo_keys()?;
    let name = keys.projected_citation().or_else(|| keys.citation());
    let name = name.or_else(|| keys.geodetic_citation())?;
    let name = name.split('|').next().unwrap_or_default().trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Where the raster lies.
fn placed(base: &Level) -> Vec<(&'static str, String)> {
    let Some(affine) = base.transform() else {
        return Vec::new();
    };
    let (x, y) = base.resolution();
    let mut lines = vec![
        ("origin", format!("{}, {}", affine.c, affine.f)),
        ("pixel", format!("{x} x {y}")),
    ];
    match (bounds(base), corners(base)) {
        (Some([left, bottom, right, top]), _) => {
            lines.push((
                "bounds",
                format!("left {left}, bottom {bottom}, right {right}, top {top}"),
            ));
        }
        (None, Some(corners)) => {
            let names = ["upper left", "upper right", "lower right", "lower left"];
            let corners = names.into_iter().zip(corners);
            lines.extend(corners.map(|(name, [x, y])| ("corner", format!("{name} {x}, {y}"))));
        }
        _ => {}
    }
    lines
}

/// The outer corners: upper left, upper right, lower right, lower left.
fn corners(base: &Level) -> Option<[[f64; 2]; 4]> {
    let (affine, size) = (base.transform()?, base.size());
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let places = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
    Some(places.map(|(column, row)| affine.apply(column, row).into()))
}

/// Left, bottom, right, top, if rows and columns go along the axes.
fn bounds(base: &Level) -> Option<[f64; 4]> {
    let Affine { b, d, .. } = base.transform()?;
    let [[x0, y0], _, [x1, y1], _] = corners(base)?;
    let straight = b == 0.0 && d == 0.0;
    straight.then(|| [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)])
}

/// The levels as a table.
fn pyramid(cog: &Cog, stored: Option<&Stored>) -> String {
    let heads = [
        "level", "size", "pixel", "in", "of", "count", "sparse", "bytes", "ratio",
    ];
    let mut table = Table::new(heads.map(str::to_owned).to_vec());
    for level in cog.levels() {
        let name = match level.index() {
            0 => "base".to_owned(),
            index => format!("overview {}", index - 1),
        };
        let (x, y) = level.resolution();
        let pixel = match x.abs() == y.abs() {
            true => short(x.abs()),
            false => format!("{} x {}", short(x.abs()), short(y.abs())),
        };
        let kind = if level.image().tiled {
            "tiles"
        } else {
            "strips"
        };
        let mut row = vec![
            name,
            level.size().to_string(),
            pixel,
            kind.to_owned(),
            level.tile_size().to_string(),
            level.tile_count().to_string(),
        ];
        row.extend(taken(stored.map(|stored| stored.levels[level.index()])));
        table.push(row);
        let mask = stored.and_then(|stored| stored.masks[level.index()]);
        if let Some(mask) = mask {
            let mut row = vec!["  its mask".to_owned()];
            row.resize(5, String::new());
            row.push(mask.tiles.to_string());
            row.extend(taken(Some(mask)));
            table.push(row);
        }
    }
    table.to_string()
}

fn taken(stored: Option<Storage>) -> [String; 3] {
    let unknown = || "-".to_owned();
    let ratio = stored.and_then(|stored| stored.compression_ratio());
    [
        stored.map_or_else(unknown, |stored| stored.sparse.to_string()),
        stored.map_or_else(unknown, |stored| bytes(stored.bytes)),
        ratio.map_or_else(unknown, |ratio| format!("{ratio:.2}")),
    ]
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
