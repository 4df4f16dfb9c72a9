//! Pictures as text, for a terminal.

use std::fmt::Write;

use super::Picture;
use crate::grid::Size;
use crate::limits::index;

impl Picture {
    /// The picture as lines of half blocks (U+2580) in 24-bit colours by escape sequences, at most
    /// `columns` wide: two pixels to a character, one above the other. A larger picture is made
    /// smaller by averages. Transparent pixels show the terminal's own background.
    pub fn half_blocks(&self, columns: u32) -> String {
        self.lines(columns, |text, pair| {
            let [upper, lower] = pair.map(|pixel| pixel.filter(|pixel| pixel[3] >= OPAQUE));
            let color = |[r, g, b, _]: [u8; 4]| format!("{r};{g};{b}");
            let written = match (upper, lower) {
                (None, None) => write!(text, "\x1b[0m "),
                (Some(upper), None) => write!(text, "\x1b[0;38;2;{}m\u{2580}", color(upper)),
                (None, Some(lower)) => write!(text, "\x1b[0;38;2;{}m\u{2584}", color(lower)),
                (Some(upper), Some(lower)) => {
                    let (upper, lower) = (color(upper), color(lower));
                    write!(text, "\x1b[38;2;{upper};48;2;{lower}m\u{2580}")
                }
            };
            debug_assert!(written.is_ok(), "a String takes all");
        })
        .replace('\n', "\x1b[0m\n")
    }

    /// The picture as lines of letters from `.` for dark to `@` for bright, at most `columns` wide,
    /// without escape sequences; transparent pixels are blanks.
    pub fn shades(&self, columns: u32) -> String {
        self.lines(columns, |text, pair| {
            let seen = pair
                .into_iter()
                .flatten()
                .filter(|pixel| pixel[3] >= OPAQUE);
            let (sum, count) =
                seen.fold((0, 0), |(sum, count), pixel| (sum + luma(pixel), count + 1));
            text.push(match count {
                0 => ' ',
                _ => char::from(SHADES[index(sum / count) * SHADES.len() / 256]),
            });
        })
    }

    /// Lines of characters, each made of two pixels, one above the other.
    fn lines(&self, columns: u32, character: impl Fn(&mut String, [Option<[u8; 4]>; 2])) -> String {
        let small = self.shrunk(columns.max(1));
        let width = index(small.size.width);
        let rows: Vec<&[[u8; 4]]> = small.pixels.chunks_exact(width).collect();
        let mut text = String::new();
        for pair in rows.chunks(2) {
            for column in 0..width {
                let lower = pair.get(1).map(|row| row[column]);
                character(&mut text, [Some(pair[0][column]), lower]);
            }
            text.push('\n');
        }
        text
    }

    /// The picture at most `columns` wide: means of the pixels that a new one holds, by opacity.
    fn shrunk(&self, columns: u32) -> Picture {
        let Size { width, height } = self.size;
        if width <= columns {
            return self.clone();
        }
        let rows = u64::from(height) * u64::from(columns) / u64::from(width);
        let rows = u32::try_from(rows).unwrap_or(height).max(1);
        let edges = |from: u32, to: u32| {
            let edge =
                move |at: u32| index((u64::from(at) * u64::from(from) / u64::from(to)) as u32);
            (0..to).map(move |at| edge(at)..edge(at + 1).max(edge(at) + 1))
        };
        let mut pixels = Vec::new();
        for lines in edges(height, rows) {
            for part in edges(width, columns) {
                let line = |row: usize| &self.pixels[row * index(width)..][part.clone()];
                pixels.push(mean(lines.clone().flat_map(line)));
            }
        }
        let size = Size::new(columns, rows);
        Picture { size, pixels }
    }
}

/// The mean of pixels, each counting as it is opaque.
fn mean<'a>(pixels: impl Iterator<Item = &'a [u8; 4]>) -> [u8; 4] {
    let (mut sums, mut opacity, mut count) = ([0u64; 3], 0u64, 0u64);
    for &[r, g, b, a] in pixels {
        let weight = u64::from(a);
        for (sum, color) in sums.iter_mut().zip([r, g, b]) {
            *sum += u64::from(color) * weight;
        }
        opacity += weight;
        count += 1;
    }
    let byte = |sum: u64, of: u64| ((sum + of / 2) / of.max(1)).min(255) as u8;
    let [r, g, b] = sums.map(|sum| byte(sum, opacity));
    [r, g, b, byte(opacity, count)]
}

/// Brightness, 0 to 255, by the weights of Rec. 601.
fn luma([r, g, b, _]: [u8; 4]) -> u32 {
    (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000
}

/// The least opacity of a pixel that is shown.
const OPAQUE: u8 = 128;

/// Dark to bright.
const SHADES: &[u8] = b".:-=+*#%@";
