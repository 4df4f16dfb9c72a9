//! Moments and spans of time, as RFC 3339 and the STAC API write them.

use std::str::FromStr;

use crate::error::{Error, Result, Usage};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Instant(pub i128);

/// A span of time, both ends in it; an end that is missing is open.
///
/// As text `FROM/TO`, where `..` or nothing is an open end, or a single moment; each is a date and a time
/// of RFC 3339, or a date, a month or a year, which stands for all of it, in UTC. Sources of the rules:
/// `datetime` of the STAC API, and of pystac-client for what is shorter than a time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Interval {
    /// The first moment.
    pub from: Option<Instant>,
    /// The last moment.
    pub to: Option<Instant>,
}

impl Instant {
    /// The moment that RFC 3339 writes so, or `None` if it does not.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = (text.get(..10)?, text.get(10..)?);
        let days = day(number(&date[..4])?, &date[4..])?;
        let time = rest.strip_prefix(['T', 't', ' '])?;
        let (clock, zone) = time.split_at(time.find(['Z', 'z', '+', '-'])?);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let [hours, minutes, seconds] = fields(clock)?;
        // A leap second is the end of its minute.
        let legal = hours < 24 && minutes < 60 && seconds <= 60;
        let offset = match zone {
            "Z" | "z" => 0,
            _ => {
                let [hours, minutes] = fields(&zone[1..])?;
                let minutes = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
                if zone.starts_with('-') {
                    -minutes
                } else {
                    minutes
                }
            }
        };
        let nanoseconds: i128 =
            number(&format!("{:0<9}", fraction.get(..fraction.len().min(9))?))?.into();
        let decimal = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = days * 86400 + hours * 3600 + (minutes - offset) * 60 + seconds;
        (legal && decimal).then(|| Instant(i128::from(seconds) * SECOND + nanoseconds))
    }
}

impl Interval {
    /// Whether two spans have a moment in common.
    pub fn meets(&self, other: &Interval) -> bool {
        let before = |end: Option<Instant>, start: Option<Instant>| matches!((end, start), (Some(end), Some(start)) if end < start);
        !before(self.to, other.from) && !before(other.to, self.from)
    }

    /// A moment, or all of a day, a month or a year.
    fn of(text: &str) -> Option<Self> {
        if let Some(moment) = Instant::parse(text) {
            return Some(Interval {
                from: Some(moment),
                to: Some(moment),
            });
        }
        let year = number(text.get(..4)?)?;
        let start = |year: i64, month: i64| day(year, &format!("-{month:02}-01"));
        let (first, next) = match text.get(4..)? {
            "" => (start(year, 1)?, start(year + 1, 1)?),
            rest if rest.len() == 3 => {
                let month = number(rest.strip_prefix('-')?)?;
                let next = (year + month / 12, month % 12 + 1);
                (start(year, month)?, start(next.0, next.1)?)
            }
            rest => {
                let first = day(year, rest)?;
                (first, first + 1)
            }
        };
        let at = |days: i64| i128::from(days) * 86400 * SECOND;
        Some(Interval {
            from: Some(Instant(at(first))),
            to: Some(Instant(at(next) - 1)),
        })
    }
}

impl FromStr for Interval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let end = |text: &str| match text {
            "" | ".." => Some(Interval::default()),
            text => Interval::of(text),
        };
        let parse = || match text.split_once('/') {
            Some((from, to)) => Some(Interval {
                from: end(from)?.from,
                to: end(to)?.to,
            }),
            None => Interval::of(text),
        };
        let upwards = |span: &Interval| match (span.from, span.to) {
            (Some(from), Some(to)) => from <= to,
            (from, to) => from.is_some() || to.is_some(),
        };
        parse().filter(upwards).ok_or_else(|| {
            let expected = "FROM/TO, dates or times of RFC 3339, of which one may be `..`";
            Usage::Option(format!("datetime `{text}`: expected {expected}")).into()
        })
    }
}

/// Days since 1970 of a year and `-MM-DD`, by the Gregorian calendar.
fn day(year: i64, rest: &str) -> Option<i64> {
    let rest = rest.strip_prefix('-')?;
    let (month, date) = rest.split_once('-')?;
    let two = |text: &str| (text.len() == 2).then(|| number(text)).flatten();
    let (month, date) = (two(month)?, two(date)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let place = usize::try_from(month - 1).ok()?;
    let length = *days.get(place)?;
    let before: i64 = days[..place].iter().sum();
    // The years since year 0, which is a leap year, and the leap days in them.
    let leaps =
        (year + 3).div_euclid(4) - (year + 99).div_euclid(100) + (year + 399).div_euclid(400);
    let first = year * 365 + leaps - EPOCH;
    (1..=length)
        .contains(&date)
        .then_some(first + before + date - 1)
}

/// Numbers of two digits between colons.
fn fields<const N: usize>(text: &str) -> Option<[i64; N]> {
    let parts = text
        .split(':')
        .map(|part| (part.len() == 2).then(|| number(part)).flatten());
    let parts: Option<Vec<i64>> = parts.collect();
    parts?.try_into().ok()
}

fn number(digits: &str) -> Option<i64> {
    let decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| digits.parse().ok()).flatten()
}

/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;
/// Days from the first of January of year 0 to that of 1970.
const EPOCH: i64 = 719_528;

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of Python's `datetime.fromisoformat(..).timestamp()`.
    #[test]
    fn moments() {
        for (text, seconds, nanoseconds) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2020-03-28T10:50:33Z", 1_585_392_633, 0),
            ("2020-02-29T23:59:59.5+02:00", 1_583_013_599, 500_000_000),
            ("2000-12-31t00:00:00.123456789z", 978_220_800, 123_456_789),
            ("1999-03-01 12:00:00-05:30", 920_309_400, 0),
            ("1900-03-01T00:00:00Z", -2_203_891_200, 0),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
        ] {
            let expected = Instant(seconds * SECOND + nanoseconds);
            assert_eq!(Instant::parse(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "2020",
            "2020-03-28",
            "2020-03-28T10:50:33",
            "2020-13-01T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "2020-03-28T24:00:00Z",
            "2020-03-28T1:00:00Z",
            "2020-03-28T10:50Z",
            "2020-03-28T10:50:33.Z",
            "2020-03-28T10:50:33+2:00",
            "2020-03-28T10:50:33.1x1Z",
            "2020-03-28T10:50:33Zz",
            "\u{fc}2020-03-28T10:50:33Z",
            "+020-03-28T10:50:33Z",
            "2020-03-2\u{fc}T10:50:33Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn spans() {
        let parse = |text: &str| text.parse::<Interval>();
        for (text, inside, outside) in [
            ("2020", "2020-12-31T23:59:59.9Z", "2021-01-01T00:00:00Z"),
            ("2020-02", "2020-02-29T12:00:00Z", "2020-03-01T00:00:00Z"),
            ("2019-12", "2019-12-31T12:00:00Z", "2020-01-01T00:00:00Z"),
            ("2020-03-28", "2020-03-28T10:50:33Z", "2020-03-29T00:00:00Z"),
            (
                "2020-03-28/..",
                "2030-01-01T00:00:00Z",
                "2020-03-27T23:59:59Z",
            ),
            (
                "../2020-03-28",
                "2020-03-28T23:59:59Z",
                "2020-03-29T00:00:00Z",
            ),
            ("/2020-03", "2020-03-31T23:59:59Z", "2020-04-01T00:00:00Z"),
            (
                "2020-03-28T10:50:33Z",
                "2020-03-28T11:50:33+01:00",
                "2020-03-28T10:50:34Z",
            ),
            (
                "2020/2021-01",
                "2021-01-31T00:00:00Z",
                "2019-12-31T23:59:59Z",
            ),
        ] {
            let span = parse(text).expect(text);
            let at = |text: &str| Interval::of(text).expect(text);
            assert!(span.meets(&at(inside)), "{text}");
            assert!(!span.meets(&at(outside)), "{text}");
            assert!(!at(outside).meets(&span), "{text}");
        }
        for text in [
            "",
            "..",
            "../..",
            "/",
            "yesterday",
            "2020/2019",
            "2020-3",
            "2020/2021/2022",
            "20200328",
        ] {
            assert!(parse(text).expect_err(text).is_usage());
        }
    }
}
