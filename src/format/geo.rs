//! Where the pixels lie: the GeoTIFF tags, their transform and their keys.
//!
//! Rules are those of GeoTIFF 1.1 (OGC 19-008) as GDAL reads and writes them. Keys are kept byte for
//! byte, so that a coordinate system that nobody here understands survives a copy.

use super::directory::Directory;
use super::tag;
use crate::grid::Affine;

/// The georeference of a raster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Georeference {
    /// Pixel to ground, if the file has one; the origin is the outer corner of the first pixel
    /// also where the file says PixelIsPoint.
    pub transform: Option<Affine>,
    /// Ground control points, where the file has tie points and no transform: column, row, 0, x, y,
    /// z of each.
    pub gcps: Vec<[f64; 6]>,
    /// Scale and offset of the heights that the samples are, where a file of one band has a system
    /// of heights among its keys.
    pub heights: Option<(f64, f64)>,
    /// The GeoTIFF keys, if the file has them.
    pub keys: Option<GeoKeys>,
}

/// The three tags that hold the GeoTIFF keys, as the file has them.
#[derive(Clone, Debug, PartialEq)]
pub struct GeoKeys {
    /// GeoKeyDirectoryTag: a header of four numbers, then four numbers for each key.
    pub directory: Vec<u16>,
    /// GeoDoubleParamsTag.
    pub doubles: Vec<f64>,
    /// GeoAsciiParamsTag with its final NUL.
    pub ascii: Vec<u8>,
}

/// GTRasterTypeGeoKey: 1 PixelIsArea, 2 PixelIsPoint.
const RASTER_TYPE: u16 = 1025;
/// VerticalGeoKey.
const VERTICAL_CRS: u16 = 4096;

impl Georeference {
    /// The georeference that a directory's tags give. Tags that make no sense count as missing.
    pub fn from_directory(directory: &Directory) -> Self {
        let keys = GeoKeys::from_directory(directory);
        let point = keys.as_ref().is_some_and(GeoKeys::is_point);
        let transform = corner_transform(directory).map(|affine| match point {
            true => translated(affine, -0.5),
            false => affine,
        });
        let gcps = match transform {
            Some(_) => Vec::new(),
            None => control_points(directory, if point { 0.5 } else { 0.0 }),
        };
        let heights = transform.and_then(|_| heights(directory, keys.as_ref()?));
        Georeference {
            transform,
            gcps,
            heights,
            keys,
        }
    }

    /// The EPSG code of the raster's horizontal coordinate system, if it has one: see
    /// [`GeoKeys::epsg`]. With ground control points the code is theirs and not the raster's, as in
    /// GDAL: `None`.
    pub fn epsg(&self) -> Option<u32> {
        self.keys
            .as_ref()
            .filter(|_| self.gcps.is_empty())
            .and_then(GeoKeys::epsg)
    }

    /// The EPSG code of the raster's system of heights, if it has one.
    pub fn vertical_epsg(&self) -> Option<u32> {
        self.keys
            .as_ref()
            .filter(|_| self.gcps.is_empty())
            .and_then(GeoKeys::vertical_epsg)
    }

    /// The tags that write this georeference, as GDAL writes them: scale and tie point where north
    /// is up, a matrix otherwise; for PixelIsPoint the position of the first pixel's centre.
    pub fn tags(&self) -> GeoTags {
        let point = self.keys.as_ref().is_some_and(GeoKeys::is_point);
        let mut tags = GeoTags {
            keys: self.keys.clone(),
            ..GeoTags::default()
        };
        let Some(affine) = self.transform else {
            let half = if point { 0.5 } else { 0.0 };
            let points = self.gcps.iter();
            tags.tiepoint = points
                .flat_map(|&[column, row, z0, x, y, z]| [column - half, row - half, z0, x, y, z])
                .collect();
            return tags;
        };
        let (height_scale, height_offset) = self.heights.unwrap_or((0.0, 0.0));
        let affine = if point {
            translated(affine, 0.5)
        } else {
            affine
        };
        if affine.b == 0.0 && affine.d == 0.0 && affine.a > 0.0 && affine.e < 0.0 {
            tags.scale = vec![affine.a, -affine.e, height_scale];
            tags.tiepoint = vec![0.0, 0.0, 0.0, affine.c, affine.f, height_offset];
        } else {
            let Affine { a, b, c, d, e, f } = affine;
            tags.matrix = vec![
                a, b, 0.0, c, d, e, 0.0, f, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0,
            ];
        }
        tags
    }
}

/// The values of the GeoTIFF tags to be written; an empty list is a tag left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeoTags {
    /// ModelPixelScaleTag.
    pub scale: Vec<f64>,
    /// ModelTiepointTag.
    pub tiepoint: Vec<f64>,
    /// ModelTransformationTag.
    pub matrix: Vec<f64>,
    /// The keys.
    pub keys: Option<GeoKeys>,
}

impl GeoKeys {
    fn from_directory(directory: &Directory) -> Option<Self> {
        let shorts = directory.unsigned(tag::GEO_KEY_DIRECTORY).ok()??;
        let shorts: Vec<u16> = shorts
            .into_iter()
            .map(u16::try_from)
            .collect::<Result<_, _>>()
            .ok()?;
        let doubles = directory
            .doubles(tag::GEO_DOUBLE_PARAMS)
            .unwrap_or_default();
        let ascii = directory.bytes(tag::GEO_ASCII_PARAMS).ok().flatten();
        let ascii = ascii.map(|bytes| bytes.to_vec()).unwrap_or_default();
        (shorts.len() >= 4).then_some(GeoKeys {
            directory: shorts,
            doubles,
            ascii,
        })
    }

    /// True if the model coordinates name the centres of pixels.
    pub fn is_point(&self) -> bool {
        self.short(RASTER_TYPE) == Some(2)
    }
}

/// The transform as the tags give it; if a file has both forms, scale and tie point count.
fn corner_transform(directory: &Directory) -> Option<Affine> {
    let scale = directory
        .doubles(tag::MODEL_PIXEL_SCALE)
        .unwrap_or_default();
    if let &[sx, sy, ..] = scale.as_slice()
        && sx != 0.0
        && sy != 0.0
    {
        let tie = directory.doubles(tag::MODEL_TIEPOINT)?;
        let &[i, j, _, x, y, _, ..] = tie.as_slice() else {
            return None;
        };
        let (a, e) = (sx, -sy.abs());
        return Some(Affine {
            a,
            b: 0.0,
            c: x - i * a,
            d: 0.0,
            e,
            f: y - j * e,
        });
    }
    let matrix = directory.doubles(tag::MODEL_TRANSFORMATION)?;
    match matrix.as_slice() {
        &[a, b, _, c, d, e, _, f, ..] if matrix.len() == 16 => Some(Affine { a, b, c, d, e, f }),
        _ => None,
    }
}

/// The scale of the third axis, and its offset at the tie point, of a raster of one band of heights.
fn heights(directory: &Directory, keys: &GeoKeys) -> Option<(f64, f64)> {
    keys.value(VERTICAL_CRS)?;
    let bands = directory.short(tag::SAMPLES_PER_PIXEL, 1).ok()?;
    let scale = directory.doubles(tag::MODEL_PIXEL_SCALE)?.get(2).copied()?;
    let tie = directory.doubles(tag::MODEL_TIEPOINT)?;
    let &[_, _, k, _, _, z, ..] = tie.as_slice() else {
        return None;
    };
    (bands == 1 && scale != 0.0).then_some((scale, z - k * scale))
}

/// All tie points; where the model names the centres of pixels, half a pixel lies between them and
/// the corners that columns and rows are counted from.
fn control_points(directory: &Directory, half: f64) -> Vec<[f64; 6]> {
    let numbers = directory.doubles(tag::MODEL_TIEPOINT).unwrap_or_default();
    numbers
        .chunks_exact(6)
        .filter_map(|point| {
            let &[column, row, z0, x, y, z] = point else {
                return None;
            };
            Some([column + half, row + half, z0, x, y, z])
        })
        .collect()
}

/// The transform moved by a number of pixels along both axes.
fn translated(affine: Affine, pixels: f64) -> Affine {
    let (c, f) = affine.apply(pixels, pixels);
    Affine { c, f, ..affine }
}
