//! What the colours of one band stand for.

use std::collections::BTreeSet;

use super::canvas::{BLACK, Canvas, GRAY, Letters};
use super::scale::{Tick, ticks};
use super::{Class, ColorMap};
use crate::grid::Size;

/// A legend, laid out.
pub(super) struct Legend {
    content: Content,
    letters: Letters,
}

enum Content {
    /// Classes with their colours, in columns of so many.
    Classes {
        lines: Vec<(Option<[u8; 4]>, String)>,
        rows: u32,
    },
    /// A bar of colours, dark below, with numbers.
    Bar {
        steps: Box<[[u8; 3]; 256]>,
        ticks: Vec<Tick>,
        height: u32,
    },
}

impl Legend {
    /// The legend of a map of a band, `height` being that of the picture: of classes those that are
    /// among the samples.
    pub(super) fn new(
        colors: &ColorMap,
        range: Option<&(f64, f64)>,
        samples: &[&[f64]],
        height: u32,
        letters: Letters,
    ) -> Self {
        let content = match (colors, colors.steps(), range) {
            (_, Some(steps), Some(&(low, high))) => {
                let height = height.max(LEAST_BAR);
                let ticks = ticks((high, low), height, letters, true);
                Content::Bar {
                    steps: Box::new(steps),
                    ticks,
                    height,
                }
            }
            (ColorMap::Classes(classes), ..) => {
                Legend::of_classes(classes, samples, height, letters)
            }
            _ => Legend::of_classes(&[], samples, height, letters),
        };
        Legend { content, letters }
    }

    fn of_classes(classes: &[Class], samples: &[&[f64]], height: u32, letters: Letters) -> Content {
        let whole =
            |sample: &&f64| (0.0..=f64::from(u16::MAX)).contains(*sample) && sample.fract() == 0.0;
        let samples = samples.iter().copied().flatten();
        let seen: BTreeSet<u16> = samples.filter(whole).map(|&sample| sample as u16).collect();
        let line = |class: &Class| {
            let text = format!("{:>2} {}", class.value, class.name);
            (Some(class.color), text.trim_end().to_owned())
        };
        let drawn = |class: &&Class| class.color[3] > 0 && seen.contains(&class.value);
        let mut lines: Vec<_> = classes.iter().filter(drawn).map(line).collect();
        if lines.len() > MOST_CLASSES {
            let more = lines.len() - MOST_CLASSES;
            lines.truncate(MOST_CLASSES);
            lines.push((None, format!("and {more} more")));
        }
        if lines.is_empty() {
            lines.push((None, "no class".into()));
        }
        let rows = (height / (letters.height() + GAP)).max(LEAST_ROWS);
        Content::Classes { lines, rows }
    }

    pub(super) fn size(&self) -> Size {
        let line = self.letters.height() + GAP;
        match &self.content {
            Content::Classes { lines, rows } => {
                let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
                Size::new(
                    count.div_ceil(*rows) * self.column(lines),
                    count.min(*rows) * line,
                )
            }
            Content::Bar { ticks, height, .. } => {
                let labels = ticks.iter().map(|tick| tick.label.as_str());
                Size::new(BAR + TICK + 2 + self.letters.widest(labels), *height)
            }
        }
    }

    /// The width of a column of classes.
    fn column(&self, lines: &[(Option<[u8; 4]>, String)]) -> u32 {
        let texts = lines.iter().map(|(_, text)| text.as_str());
        self.letters.height() + GAP + self.letters.widest(texts) + self.letters.height()
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (column, row): (u32, u32)) {
        let side = self.letters.height();
        match &self.content {
            Content::Classes { lines, rows } => {
                for (at, (color, text)) in (0u32..).zip(lines) {
                    let left = column + at / rows * self.column(lines);
                    let top = row + at % rows * (side + GAP);
                    if let Some([r, g, b, _]) = color {
                        canvas.fill((left, top), Size::new(side, side), GRAY);
                        canvas.fill(
                            (left + 1, top + 1),
                            Size::new(side - 2, side - 2),
                            [*r, *g, *b],
                        );
                    }
                    canvas.write((left + side + GAP, top), text, self.letters);
                }
            }
            Content::Bar {
                steps,
                ticks,
                height,
            } => {
                for line in 0..*height {
                    let step = u64::from(height - 1 - line) * 255 / u64::from((height - 1).max(1));
                    let color = steps[usize::try_from(step).unwrap_or(255)];
                    canvas.fill((column, row + line), Size::new(BAR, 1), color);
                }
                for tick in ticks {
                    canvas.fill((column + BAR, row + tick.at), Size::new(TICK, 1), BLACK);
                    let top = (row + tick.at).saturating_sub(side / 2);
                    canvas.write((column + BAR + TICK + 2, top), &tick.label, self.letters);
                }
            }
        }
    }
}

/// Width of the bar of colours.
const BAR: u32 = 14;
/// Its least height: two numbers have room beside it.
const LEAST_BAR: u32 = 72;
/// Length of the lines to the numbers.
const TICK: u32 = 4;
/// Between lines of text.
const GAP: u32 = 3;
/// Classes of a column, however low the picture is.
const LEAST_ROWS: u32 = 12;
/// Classes that are listed.
const MOST_CLASSES: usize = 64;
