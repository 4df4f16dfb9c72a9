//! The GeoTIFF keys one by one, with their names.
//!
//! Keys of a file may be anything: those that point to where nothing is are left out.

use std::collections::BTreeMap;

use super::geo::GeoKeys;
use super::tag;

/// The value of a key, in the tags that hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyValue<'a> {
    /// Numbers of 16 bits, nearly always one: codes.
    Shorts(&'a [u16]),
    /// Double precision numbers, nearly always one: parameters.
    Doubles(&'a [f64]),
    /// A text, in ASCII if the file keeps to the standard, without the `|` at its end.
    Text(&'a [u8]),
}

impl GeoKeys {
    /// All keys with their values, by number; of keys with the same number the first counts.
    pub fn map(&self) -> BTreeMap<u16, KeyValue<'_>> {
        let mut map = BTreeMap::new();
        for entry in self.entries() {
            if let Some(value) = self.value_of(entry) {
                map.entry(entry[0]).or_insert(value);
            }
        }
        map
    }

    /// The value of a key.
    pub fn value(&self, key: u16) -> Option<KeyValue<'_>> {
        let mut entries = self.entries().filter(|entry| entry[0] == key);
        entries.find_map(|entry| self.value_of(entry))
    }

    /// The first number of a key of 16 bits: `short(3072)` is the code of the projected system.
    pub fn short(&self, key: u16) -> Option<u16> {
        match self.value(key)? {
            KeyValue::Shorts(shorts) => shorts.first().copied(),
            _ => None,
        }
    }

    /// The first number of a key of doubles.
    pub fn double(&self, key: u16) -> Option<f64> {
        match self.value(key)? {
            KeyValue::Doubles(doubles) => doubles.first().copied(),
            _ => None,
        }
    }

    /// The text of a key; bytes that are not UTF-8 are replaced.
    pub fn text(&self, key: u16) -> Option<String> {
        match self.value(key)? {
            KeyValue::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// GTCitationGeoKey: the name of the whole.
    pub fn citation(&self) -> Option<String> {
        self.text(GT_CITATION)
    }

    /// GeodeticCitationGeoKey: the name of the geographic system.
    pub fn geodetic_citation(&self) -> Option<String> {
        self.text(GEODETIC_CITATION)
    }

    /// ProjectedCitationGeoKey: the name of the projected system.
    pub fn projected_citation(&self) -> Option<String> {
        self.text(PROJECTED_CITATION)
    }

    /// VerticalCitationGeoKey: the name of the system of heights.
    pub fn vertical_citation(&self) -> Option<String> {
        self.text(VERTICAL_CITATION)
    }

    /// The EPSG code of the horizontal system: that of the projected one where the model is
    /// projected or not said, of the geodetic one where it is geographic or geocentric.
    pub fn epsg(&self) -> Option<u32> {
        let key = match self.short(MODEL_TYPE) {
            None | Some(1) => PROJECTED_CRS,
            Some(2 | 3) => GEODETIC_CRS,
            _ => return None,
        };
        self.code(key)
    }

    /// The EPSG code of the system of heights, of a file that has one beside its horizontal system.
    pub fn vertical_epsg(&self) -> Option<u32> {
        self.code(VERTICAL_CRS)
    }

    /// The unit of heights, if the keys name one of the common ones, in GDAL's words.
    pub fn vertical_unit(&self) -> Option<&'static str> {
        match self.short(VERTICAL_UNITS)? {
            9001 => Some("metre"),
            9002 => Some("foot"),
            9003 => Some("US survey foot"),
            _ => None,
        }
    }

    fn code(&self, key: u16) -> Option<u32> {
        let code = self.short(key);
        code.filter(|&code| code != 0 && code != USER_DEFINED)
            .map(u32::from)
    }

    /// The entries that the directory announces and has: key, tag, count, value.
    fn entries(&self) -> impl Iterator<Item = &[u16]> {
        let announced = self.directory.get(3).copied().unwrap_or(0);
        let entries = self.directory.get(4..).unwrap_or_default();
        entries.chunks_exact(4).take(usize::from(announced))
    }

    fn value_of<'a>(&'a self, entry: &'a [u16]) -> Option<KeyValue<'a>> {
        let &[_, place, count, first] = entry else {
            return None;
        };
        if place == 0 {
            return Some(KeyValue::Shorts(&entry[3..]));
        }
        let start = usize::from(first);
        let range = start..start + usize::from(count.max(1));
        Some(match place {
            tag::GEO_KEY_DIRECTORY => KeyValue::Shorts(self.directory.get(range)?),
            tag::GEO_DOUBLE_PARAMS => KeyValue::Doubles(self.doubles.get(range)?),
            tag::GEO_ASCII_PARAMS => {
                let text = self.ascii.get(range)?;
                let text = text.split(|&byte| byte == 0).next()?;
                KeyValue::Text(text.strip_suffix(b"|").unwrap_or(text))
            }
            _ => return None,
        })
    }
}

/// The name of a key in GeoTIFF 1.1, if it is one of the common ones.
pub fn key_name(key: u16) -> Option<&'static str> {
    let found = NAMES.binary_search_by_key(&key, |&(known, _)| known);
    found.ok().map(|index| NAMES[index].1)
}

/// GTModelTypeGeoKey: 1 projected, 2 geographic, 3 geocentric.
const MODEL_TYPE: u16 = 1024;
const GT_CITATION: u16 = 1026;
/// GeodeticCRSGeoKey.
const GEODETIC_CRS: u16 = 2048;
const GEODETIC_CITATION: u16 = 2049;
/// ProjectedCRSGeoKey.
const PROJECTED_CRS: u16 = 3072;
const PROJECTED_CITATION: u16 = 3073;
/// VerticalGeoKey.
const VERTICAL_CRS: u16 = 4096;
const VERTICAL_CITATION: u16 = 4097;
const VERTICAL_UNITS: u16 = 4099;
/// The value of keys that other keys define.
const USER_DEFINED: u16 = 32767;

const NAMES: [(u16, &str); 47] = [
    (1024, "GTModelTypeGeoKey"),
    (1025, "GTRasterTypeGeoKey"),
    (1026, "GTCitationGeoKey"),
    (2048, "GeodeticCRSGeoKey"),
    (2049, "GeodeticCitationGeoKey"),
    (2050, "GeodeticDatumGeoKey"),
    (2051, "PrimeMeridianGeoKey"),
    (2052, "GeogLinearUnitsGeoKey"),
    (2053, "GeogLinearUnitSizeGeoKey"),
    (2054, "GeogAngularUnitsGeoKey"),
    (2055, "GeogAngularUnitSizeGeoKey"),
    (2056, "EllipsoidGeoKey"),
    (2057, "EllipsoidSemiMajorAxisGeoKey"),
    (2058, "EllipsoidSemiMinorAxisGeoKey"),
    (2059, "EllipsoidInvFlatteningGeoKey"),
    (2060, "GeogAzimuthUnitsGeoKey"),
    (2061, "PrimeMeridianLongitudeGeoKey"),
    (2062, "GeogTOWGS84GeoKey"),
    (3072, "ProjectedCRSGeoKey"),
    (3073, "ProjectedCitationGeoKey"),
    (3074, "ProjectionGeoKey"),
    (3075, "ProjMethodGeoKey"),
    (3076, "ProjLinearUnitsGeoKey"),
    (3077, "ProjLinearUnitSizeGeoKey"),
    (3078, "ProjStdParallel1GeoKey"),
    (3079, "ProjStdParallel2GeoKey"),
    (3080, "ProjNatOriginLongGeoKey"),
    (3081, "ProjNatOriginLatGeoKey"),
    (3082, "ProjFalseEastingGeoKey"),
    (3083, "ProjFalseNorthingGeoKey"),
    (3084, "ProjFalseOriginLongGeoKey"),
    (3085, "ProjFalseOriginLatGeoKey"),
    (3086, "ProjFalseOriginEastingGeoKey"),
    (3087, "ProjFalseOriginNorthingGeoKey"),
    (3088, "ProjCenterLongGeoKey"),
    (3089, "ProjCenterLatGeoKey"),
    (3090, "ProjCenterEastingGeoKey"),
    (3091, "ProjCenterNorthingGeoKey"),
    (3092, "ProjScaleAtNatOriginGeoKey"),
    (3093, "ProjScaleAtCenterGeoKey"),
    (3094, "ProjAzimuthAngleGeoKey"),
    (3095, "ProjStraightVertPoleLongGeoKey"),
    (4096, "VerticalGeoKey"),
    (4097, "VerticalCitationGeoKey"),
    (4098, "VerticalDatumGeoKey"),
    (4099, "VerticalUnitsGeoKey"),
    (5120, "CoordinateEpochGeoKey"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys with two doubles, and `0123|b|` as text.
    fn keys(header: u16, entries: &[[u16; 4]]) -> GeoKeys {
        GeoKeys {
            directory: [1, 1, 0, header]
                .into_iter()
                .chain(entries.iter().flatten().copied())
                .collect(),
            doubles: vec![0.5, 1.5],
            ascii: b"0123|b|\0".to_vec(),
        }
    }

    #[test]
    fn values_and_their_places() {
        let keys = keys(
            6,
            &[
                [1024, 0, 1, 1],
                [1026, 34737, 5, 0],
                [2062, 34736, 2, 0],
                [3072, 0, 1, 32631],
                [3073, 34737, 2, 5],
                [4096, 34735, 1, 7],
            ],
        );
        assert_eq!((keys.epsg(), keys.vertical_epsg()), (Some(32631), Some(1)));
        assert_eq!(keys.citation().as_deref(), Some("0123"));
        assert_eq!(keys.projected_citation().as_deref(), Some("b"));
        assert_eq!(keys.value(2062), Some(KeyValue::Doubles(&[0.5, 1.5])));
        assert_eq!((keys.double(2062), keys.short(2062)), (Some(0.5), None));
        assert_eq!(keys.map().len(), 6);
    }

    #[test]
    fn hostile_keys_are_left_out() {
        for (header, entry, found) in [
            (1, [1026, 34737, 60000, 0], 0),
            (1, [1026, 34737, 5, 60000], 0),
            (1, [2062, 34736, 3, 0], 0),
            (1, [2062, 34736, 1, 2], 0),
            (1, [2062, 34736, u16::MAX, u16::MAX], 0),
            (1, [3072, 34735, 1, 8], 0),
            (1, [3072, 1, 1, 1], 0),
            (0, [3072, 0, 1, 32631], 0),
            (1, [3072, 0, 60000, 32631], 1),
            (60000, [3072, 0, 1, 32631], 1),
        ] {
            let keys = keys(header, &[entry]);
            assert_eq!(keys.map().len(), found, "{entry:?}");
        }
        let twice = keys(2, &[[3072, 34735, 9, 99], [3072, 0, 1, 7]]);
        assert_eq!(twice.short(3072), Some(7));
    }

    #[test]
    fn codes_by_model() {
        let of = |model, key, code| keys(2, &[[1024, 0, 1, model], [key, 0, 1, code]]).epsg();
        for (model, key, code, expected) in [
            (1, 3072, 32631, Some(32631)),
            (1, 3072, 32767, None),
            (1, 3072, 0, None),
            (1, 2048, 4326, None),
            (2, 2048, 4326, Some(4326)),
            (3, 2048, 4978, Some(4978)),
            (32767, 3072, 32631, None),
        ] {
            assert_eq!(of(model, key, code), expected, "{model} {key} {code}");
        }
        assert_eq!(keys(1, &[[3072, 0, 1, 32631]]).epsg(), Some(32631));
    }

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted_by_key(|&(key, _)| key));
        assert_eq!(key_name(4096), Some("VerticalGeoKey"));
        assert_eq!(key_name(9), None);
    }
}
