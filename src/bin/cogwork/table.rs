//! Tables, numbers and sizes as people read them, and numbers as JSON has them.

use std::fmt;

use serde_json::Value;

/// Columns under their heads, which are as wide as they need to be.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(heads: Vec<String>) -> Self {
        Table {
            heads,
            rows: Vec::new(),
        }
    }

    /// Adds a row of as many cells as there are columns.
    pub fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The same without columns in which nothing is said.
    pub fn dense(self) -> Self {
        let said = |column: &usize| self.rows.iter().any(|row| row[*column] != "-");
        let kept: Vec<usize> = (0..self.columns()).filter(said).collect();
        let pick = |row: &Vec<String>| kept.iter().map(|&column| row[column].clone()).collect();
        Table {
            heads: pick(&self.heads),
            rows: self.rows.iter().map(pick).collect(),
        }
    }

    pub fn columns(&self) -> usize {
        self.heads.len()
    }
}

/// Numbers end at the right, texts begin at the left.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let numeric = |cell: &String| {
            let first = cell.split(' ').next().unwrap_or_default();
            matches!(first, "" | "-") || first.parse::<f64>().is_ok()
        };
        let columns: Vec<(usize, bool)> = (0..self.columns())
            .map(|column| {
                let lengths = cells(column).chain(self.heads.get(column));
                let width = lengths.map(|cell| cell.chars().count()).max().unwrap_or(0);
                (width, cells(column).all(numeric))
            })
            .collect();
        for row in std::iter::once(&self.heads).chain(&self.rows) {
            let padded = row
                .iter()
                .zip(&columns)
                .map(|(cell, &(width, right))| match right {
                    true => format!("{cell:>width$}"),
                    false => format!("{cell:<width$}"),
                });
            let line = padded.collect::<Vec<_>>().join("  ");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A number of up to seven digits that count, as short as it can be.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() || value.trunc() == value && size < 1e15 {
        return format!("{value}");
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.6e}");
    }
    let before = size.log10().floor().max(0.0) as usize;
    let text = format!("{value:.*}", 6_usize.saturating_sub(before).max(2));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Bytes in units of 1024, from 1 KiB on.
pub fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut size = count as f64;
    let mut unit = "bytes";
    for larger in units {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    match unit {
        "bytes" => format!("{count} bytes"),
        _ if size < 10.0 => format!("{size:.2} {unit}"),
        _ => format!("{size:.1} {unit}"),
    }
}

/// A number of JSON, or a text where JSON has none (`NaN`, `inf`).
pub fn float(value: f64) -> Value {
    match value.is_finite() {
        true => value.into(),
        false => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, text) in [
            (0.0, "0"),
            (-3.0, "-3"),
            (255.0, "255"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333"),
            (-1_234.567_89, "-1234.568"),
            (123_456_789.123, "123456789.12"),
            (0.000_012_345_678, "1.234568e-5"),
            (1e300, "1.000000e300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(short(value), text);
        }
        for (count, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.00 KiB"),
            (1_128_960, "1.08 MiB"),
            (12 << 30, "12.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn columns() {
        let mut table = Table::new(["name", "count"].map(str::to_owned).to_vec());
        table.push(vec!["a".into(), "12345678".into()]);
        table.push(vec!["longer".into(), "-1".into()]);
        let text = "name       count\na       12345678\nlonger        -1\n";
        assert_eq!(table.to_string(), text);
    }
}
