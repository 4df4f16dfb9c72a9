//! Codes of the EPSG registry that GeoTIFF keys can be made of without a database: those whose kind is
//! known here, as the registry has it.

use std::ops::RangeInclusive;

use super::geo::GeoKeys;

impl GeoKeys {
    /// The keys of a coordinate system by its EPSG code: its kind, its code and what coordinates name,
    /// the corners of pixels or, if `point`, their centres. None for a code whose kind is not known
    /// here, which is most of the registry; no rule of numbers tells it.
    ///
    /// Known are UTM in WGS 84, WGS 72, ETRS89, NAD83, NAD27, SIRGAS 2000 and JGD2011, MGA in GDA94 and
    /// GDA2020, web and world Mercator, polar, equal-area and national systems in wide use, and
    /// longitude and latitude in the datums of these.
    pub fn from_epsg(code: u32, point: bool) -> Option<Self> {
        let code = u16::try_from(code).ok()?;
        let (model, key) = if GEOGRAPHIC.contains(&code) {
            (2, GEODETIC_CRS)
        } else if PROJECTED.iter().any(|codes| codes.contains(&code)) {
            (1, PROJECTED_CRS)
        } else {
            return None;
        };
        let header = [1, 1, 0, 3];
        let keys = [
            [MODEL_TYPE, 0, 1, model],
            [RASTER_TYPE, 0, 1, if point { 2 } else { 1 }],
            [key, 0, 1, code],
        ];
        Some(GeoKeys {
            directory: header
                .into_iter()
                .chain(keys.into_iter().flatten())
                .collect(),
            doubles: Vec::new(),
            ascii: Vec::new(),
        })
    }
}

/// GTModelTypeGeoKey: 1 projected, 2 geographic.
const MODEL_TYPE: u16 = 1024;
/// GTRasterTypeGeoKey: 1 PixelIsArea, 2 PixelIsPoint.
const RASTER_TYPE: u16 = 1025;
/// GeodeticCRSGeoKey.
const GEODETIC_CRS: u16 = 2048;
/// ProjectedCRSGeoKey.
const PROJECTED_CRS: u16 = 3072;

/// Geographic systems of two dimensions: NZGD2000, RGF93, ETRS89, NAD27, NAD83, GDA94, WGS 72, WGS 84,
/// CGCS2000, JGD2000, NAD83(CSRS), SIRGAS 2000, NAD83(2011), JGD2011, GDA2020.
const GEOGRAPHIC: [u16; 15] = [
    4167, 4171, 4258, 4267, 4269, 4283, 4322, 4326, 4490, 4612, 4617, 4674, 6318, 6668, 7844,
];

/// Projected systems.
const PROJECTED: [RangeInclusive<u16>; 30] = [
    // Zones of UTM and MGA.
    6688..=6692,
    7846..=7859,
    25828..=25838,
    26701..=26722,
    26901..=26923,
    28348..=28358,
    31965..=31985,
    32201..=32260,
    32301..=32360,
    32601..=32660,
    32701..=32760,
    // New Zealand, France, Switzerland, Great Britain, the Netherlands, Belgium.
    2193..=2193,
    2154..=2154,
    2056..=2056,
    21781..=21781,
    27700..=27700,
    28992..=28992,
    31370..=31370,
    // Europe, Canada, Australia, the United States.
    3034..=3035,
    3347..=3347,
    3978..=3979,
    3577..=3577,
    5070..=5070,
    6350..=6350,
    // The world and its poles.
    3031..=3031,
    3395..=3395,
    3413..=3413,
    3857..=3857,
    3995..=3995,
    6931..=6933,
];
