//! The statistics of bands as items of GDAL_METADATA.

use super::annotations::Annotations;
use super::metadata::{Item, Statistics};

impl Statistics {
    /// The items that say so of a band, counted from 0, in GDAL's order and with its digits. A band
    /// without a valid pixel has only the share of them.
    pub fn items(&self, sample: u16) -> Vec<Item> {
        let number = |value: f64| general(value, 14);
        let texts = [
            ("STATISTICS_MAXIMUM", self.maximum.map(number)),
            ("STATISTICS_MEAN", self.mean.map(number)),
            ("STATISTICS_MINIMUM", self.minimum.map(number)),
            ("STATISTICS_STDDEV", self.standard_deviation.map(number)),
            ("STATISTICS_VALID_PERCENT", self.valid_percent.map(percent)),
        ];
        let item = |(name, text): (&str, Option<String>)| {
            Some(Item {
                name: name.to_owned(),
                sample: Some(sample),
                text: text?,
                ..Item::default()
            })
        };
        texts.into_iter().filter_map(item).collect()
    }
}

impl Annotations {
    /// The same with these statistics, band by band, in place of those that there are.
    #[must_use]
    pub fn with_statistics(self, statistics: &[Statistics]) -> Self {
        let mut changed = self.without_statistics();
        let bands = (0..).zip(statistics);
        let items = bands.flat_map(|(sample, band): (u16, _)| band.items(sample));
        changed.metadata.extend(items);
        changed
    }
}

/// Four digits, but 100 only if no pixel is invalid.
fn percent(value: f64) -> String {
    let text = general(value, 4);
    match text.as_str() {
        "100" if value < 100.0 => "99.999".to_owned(),
        _ => text,
    }
}

/// A number as C's `%.<digits>g` writes it.
fn general(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", if value.is_nan() { "nan" } else { "inf" });
    }
    let scientific = format!("{:.*e}", digits - 1, value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    let most = i32::try_from(digits).unwrap_or(i32::MAX);
    if (-4..most).contains(&exponent) {
        let places = usize::try_from(most - 1 - exponent).unwrap_or(0);
        return trimmed(&format!("{value:.places$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python's `'%.14g' % value` and `'%.4g' % value`.
    #[test]
    fn numbers_as_in_c() {
        for (value, fourteen, four) in [
            (0.0, "0", "0"),
            (100.0, "100", "100"),
            (99.61666666666667, "99.616666666667", "99.62"),
            (128.13175, "128.13175", "128.1"),
            (9.2221092071063e18, "9.2221092071063e+18", "9.222e+18"),
            (9.9594188633393e-8, "9.9594188633393e-08", "9.959e-08"),
            (1e14, "1e+14", "1e+14"),
            (99999999999999.0, "99999999999999", "1e+14"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "1e-05", "1e-05"),
            (
                -1.7976931348623157e308,
                "-1.7976931348623e+308",
                "-1.798e+308",
            ),
            (f64::INFINITY, "inf", "inf"),
            (f64::NAN, "nan", "nan"),
        ] {
            assert_eq!(general(value, 14), fourteen);
            assert_eq!(general(value, 4), four);
        }
        assert_eq!(percent(99.9999), "99.999");
        assert_eq!(percent(100.0), "100");
    }
}
