//! Lengths and places on the ground: units, round numbers, ticks.

use super::canvas::Letters;
use crate::format::geo::GeoKeys;
use crate::read::level::Level;

/// What coordinates are counted in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    /// So many metres.
    Metres(f64),
    Degrees,
    Pixels,
    /// The file does not say.
    Unknown,
}

/// A round number and where along an axis it stands, in pixels of the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: u32,
    pub(super) label: String,
}

impl Unit {
    pub(super) fn of(level: &Level) -> Self {
        match (level.transform(), level.geo_keys()) {
            (None, _) => Unit::Pixels,
            (_, Some(keys)) => Unit::of_keys(keys),
            _ => Unit::Unknown,
        }
    }

    /// The unit of the horizontal system. A projected system of the EPSG registry without a unit of its
    /// own among the keys is in metres where [`GeoKeys::from_epsg`] knows it: all of those are.
    fn of_keys(keys: &GeoKeys) -> Self {
        match keys.short(MODEL_TYPE) {
            Some(1) => match keys.short(LINEAR_UNITS) {
                Some(9001) => Unit::Metres(1.0),
                Some(9002) => Unit::Metres(0.3048),
                Some(9003) => Unit::Metres(1200.0 / 3937.0),
                Some(9036) => Unit::Metres(1000.0),
                Some(32767) => {
                    let size = keys.double(LINEAR_UNIT_SIZE);
                    let sound = size.filter(|size| *size > 0.0 && size.is_finite());
                    sound.map_or(Unit::Unknown, Unit::Metres)
                }
                None if keys.epsg().is_some_and(is_known) => Unit::Metres(1.0),
                _ => Unit::Unknown,
            },
            Some(2) => match keys.short(ANGULAR_UNITS) {
                None | Some(9102 | 9122) => Unit::Degrees,
                _ => Unit::Unknown,
            },
            _ => Unit::Unknown,
        }
    }

    /// The number of metres, degrees, pixels or units that a coordinate counts for.
    fn size(self) -> f64 {
        match self {
            Unit::Metres(metres) => metres,
            _ => 1.0,
        }
    }

    /// What coordinates are counted in, as a word.
    pub(super) fn name(self) -> String {
        match self {
            Unit::Metres(1.0) => "m".into(),
            Unit::Metres(metres) => format!("unit of {metres} m"),
            Unit::Degrees => "degrees".into(),
            Unit::Pixels => "pixels".into(),
            Unit::Unknown => "unit unknown".into(),
        }
    }

    /// A round length of at most so many coordinates, as coordinates and in words.
    pub(super) fn bar(self, longest: f64) -> Option<(f64, String)> {
        let length = round_below(longest * self.size())?;
        let words = match self {
            Unit::Metres(_) if length >= 1000.0 => format!("{} km", length / 1000.0),
            Unit::Metres(_) => format!("{length} m"),
            Unit::Degrees => format!("{length}\u{b0}"),
            Unit::Pixels => format!("{length} px"),
            Unit::Unknown => format!("{length} (unit unknown)"),
        };
        Some((length / self.size(), words))
    }
}

fn is_known(code: u32) -> bool {
    GeoKeys::from_epsg(code, false).is_some()
}

/// The ticks of an axis of `pixels` from the coordinate `first` to `last`, whose labels are written
/// along it or, if `upright`, across it: as many as there is room for, up to ten.
pub(super) fn ticks(
    (first, last): (f64, f64),
    pixels: u32,
    letters: Letters,
    upright: bool,
) -> Vec<Tick> {
    let room = |tick: &Tick| match upright {
        true => letters.height() * 2,
        false => letters.width(&tick.label) + letters.height(),
    };
    let fits = |ticks: &Vec<Tick>| {
        let mut pairs = ticks.windows(2);
        let wide =
            |pair: &[Tick]| pair[0].at.abs_diff(pair[1].at) >= room(&pair[0]).max(room(&pair[1]));
        !ticks.is_empty() && pairs.all(wide)
    };
    let mut choices = (1..=10)
        .rev()
        .map(|most| ticks_of(first, last, pixels, most));
    choices.find(fits).unwrap_or_else(|| {
        let middle = first / 2.0 + last / 2.0;
        let step = (last - first).abs();
        vec![Tick {
            at: pixels / 2,
            label: number(middle, step),
        }]
    })
}

/// The multiples of a round step between two numbers: about `most` of them.
fn ticks_of(first: f64, last: f64, pixels: u32, most: u32) -> Vec<Tick> {
    let (low, high) = (first.min(last), first.max(last));
    let Some(step) = round_above((high - low) / f64::from(most)) else {
        return Vec::new();
    };
    let (from, to) = ((low / step).ceil(), (high / step).floor());
    if !(0.0..=f64::from(most)).contains(&(to - from)) {
        return Vec::new();
    }
    let place = |value: f64| (value - first) / (last - first) * f64::from(pixels);
    let steps = (0..=most).map(|at| from + f64::from(at));
    let tick = |count: f64| Tick {
        at: (place(count * step) as u32).min(pixels.saturating_sub(1)),
        label: number(count * step, step),
    };
    steps.take_while(|&count| count <= to).map(tick).collect()
}

/// The largest of 1, 2 and 5 times a power of ten that is not larger; none of what has no logarithm.
fn round_below(length: f64) -> Option<f64> {
    let power = power_of(length)?;
    let candidates = [5, 2, 1].map(|digit| scaled(digit, power));
    let found = candidates.into_iter().find(|&round| round <= length);
    found.or_else(|| Some(scaled(5, power - 1)))
}

/// The least of 1, 2 and 5 times a power of ten that is not smaller.
fn round_above(length: f64) -> Option<f64> {
    let power = power_of(length)?;
    let candidates = [1, 2, 5].map(|digit| scaled(digit, power));
    let found = candidates.into_iter().find(|&round| round >= length);
    found.or_else(|| Some(scaled(1, power + 1)))
}

fn power_of(length: f64) -> Option<i32> {
    let sound = length.is_normal() && length > 0.0;
    sound.then(|| length.log10().floor() as i32)
}

/// A digit and a power of ten, rounded once.
fn scaled(digit: u8, power: i32) -> f64 {
    format!("{digit}e{power}").parse().unwrap_or(f64::INFINITY)
}

/// A number with as many decimals as tell it from its neighbours, a step away.
pub(super) fn number(value: f64, step: f64) -> String {
    let places = match step.is_normal() {
        true => -step.abs().log10().floor(),
        false => 3.0,
    };
    if value.abs() >= 1e12 || places > 9.0 || !value.is_finite() {
        return format!("{value:.3e}");
    }
    let places = places.max(0.0) as usize;
    let text = format!("{value:.places$}");
    match text
        .trim_start_matches('-')
        .bytes()
        .all(|byte| matches!(byte, b'0' | b'.'))
    {
        true => text.trim_start_matches('-').to_owned(),
        false => text,
    }
}

/// GTModelTypeGeoKey: 1 projected, 2 geographic.
const MODEL_TYPE: u16 = 1024;
/// GeogAngularUnitsGeoKey.
const ANGULAR_UNITS: u16 = 2054;
/// ProjLinearUnitsGeoKey.
const LINEAR_UNITS: u16 = 3076;
/// ProjLinearUnitSizeGeoKey, in metres.
const LINEAR_UNIT_SIZE: u16 = 3077;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Size;

    /// Keys of one short each; a user-defined linear unit has this size.
    fn keys(entries: &[[u16; 2]], size: f64) -> GeoKeys {
        let count = u16::try_from(entries.len()).expect("few") + 1;
        let entries = entries.iter().map(|&[key, value]| [key, 0, 1, value]);
        let entries = entries.chain([[LINEAR_UNIT_SIZE, 34736, 1, 0]]).flatten();
        GeoKeys {
            directory: [1, 1, 0, count].into_iter().chain(entries).collect(),
            doubles: vec![size],
            ascii: Vec::new(),
        }
    }

    #[test]
    fn units_by_their_codes() {
        for (entries, size, unit) in [
            (&[[1024, 1], [3076, 9001]][..], 0.0, Unit::Metres(1.0)),
            (&[[1024, 1], [3076, 9002]], 0.0, Unit::Metres(0.3048)),
            (
                &[[1024, 1], [3076, 9003]],
                0.0,
                Unit::Metres(1200.0 / 3937.0),
            ),
            (&[[1024, 1], [3076, 32767]], 20.1168, Unit::Metres(20.1168)),
            (&[[1024, 1], [3076, 32767]], -1.0, Unit::Unknown),
            (&[[1024, 1], [3076, 9999]], 0.0, Unit::Unknown),
            (&[[1024, 1], [3072, 32631]], 0.0, Unit::Metres(1.0)),
            // California zone 1 in US survey feet, whose keys do not say so.
            (&[[1024, 1], [3072, 2225]], 0.0, Unit::Unknown),
            (&[[1024, 2], [2048, 4326]], 0.0, Unit::Degrees),
            (&[[1024, 2], [2054, 9102]], 0.0, Unit::Degrees),
            (&[[1024, 2], [2054, 9101]], 0.0, Unit::Unknown),
            (&[[1024, 3]], 0.0, Unit::Unknown),
            (&[], 0.0, Unit::Unknown),
        ] {
            assert_eq!(Unit::of_keys(&keys(entries, size)), unit, "{entries:?}");
        }
    }

    #[test]
    fn bars_are_round() {
        let bar = |unit: Unit, longest| unit.bar(longest).expect("a bar");
        for (unit, longest, length, words) in [
            (Unit::Metres(1.0), 4380.0, 2000.0, "2 km"),
            (Unit::Metres(1.0), 999.0, 500.0, "500 m"),
            (Unit::Metres(1.0), 0.07, 0.05, "0.05 m"),
            (Unit::Metres(0.3048), 4000.0, 1000.0 / 0.3048, "1 km"),
            (Unit::Degrees, 0.3, 0.2, "0.2\u{b0}"),
            (Unit::Pixels, 10.0, 10.0, "10 px"),
            (Unit::Unknown, 60.0, 50.0, "50 (unit unknown)"),
        ] {
            assert_eq!(bar(unit, longest), (length, words.to_owned()));
        }
        for longest in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Unit::Pixels.bar(longest), None);
        }
    }

    #[test]
    fn ticks_have_room() {
        let letters = Letters::beside(Size::new(1, 1));
        let of = |first, last, pixels, upright| {
            let ticks = ticks((first, last), pixels, letters, upright);
            ticks
                .into_iter()
                .map(|tick| (tick.at, tick.label))
                .collect::<Vec<_>>()
        };
        let tick = |at, label: &str| (at, label.to_owned());
        let expected = [tick(25, "0.0"), tick(75, "0.5")];
        assert_eq!(of(-0.25, 0.75, 100, false), expected);
        // Downwards from 5 to -5 there is a number every 20 rows.
        let labels = [(90, "-4"), (70, "-2"), (50, "0"), (30, "2"), (10, "4")];
        let expected = labels.map(|(at, label)| tick(at, label));
        assert_eq!(of(5.0, -5.0, 100, true), expected);
        // None of the round numbers is in reach: that of the middle stands alone.
        assert_eq!(of(600001.0, 600002.0, 10, false), [tick(5, "600002")]);
        for (first, last) in [
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (3.0, 3.0),
            (f64::MIN, f64::MAX),
        ] {
            assert!(!of(first, last, 100, true).is_empty());
        }
    }
}
