//! Pictures and what stands beside them, on one sheet.

use super::Picture;
use super::canvas::{BLACK, Canvas, Color, GRAY, Letters};
use super::legend::Legend;
use super::plot::Histogram;
use super::scale::{Tick, Unit, ticks};
use super::style::Style;
use crate::error::{Error, Result, Unsupported, Usage};
use crate::grid::Size;
use crate::limits::Limits;

/// What is wanted beside a picture.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    pub(super) legend: bool,
    pub(super) scale_bar: bool,
    pub(super) coordinates: bool,
    pub(super) histogram: bool,
}

/// A picture, and what it was made of.
pub(super) struct Drawing {
    pub(super) picture: Picture,
    /// The valid samples of each band of colours; none if nothing beside the picture needs them.
    pub(super) samples: Vec<Vec<f64>>,
    /// Whether they are whole numbers.
    pub(super) whole: bool,
    pub(super) ground: Ground,
}

/// Where a picture lies.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) unit: Unit,
    /// The name of the coordinate system.
    pub(super) system: Option<String>,
    /// Coordinates of the left and of the right edge, of the upper and of the lower one; none of what
    /// is rotated.
    pub(super) edges: Option<[(f64, f64); 2]>,
    /// Coordinates along a row of pixels.
    pub(super) width: f64,
}

/// Drawings and what stands beside them.
struct Sheet<'a> {
    drawings: &'a [Drawing],
    letters: Letters,
    /// Around all, and between parts.
    margin: u32,
    /// Ticks along the first picture's lower and left edge; none without coordinates.
    axes: Option<[Vec<Tick>; 2]>,
    legend: Option<Legend>,
    /// The length of the scale bar in pixels, and in words.
    bar: Option<(u32, String)>,
    /// What coordinates are.
    note: Option<String>,
    /// Histograms of each drawing, one for each band.
    plots: Vec<Vec<Histogram<'a>>>,
}

impl Beside {
    fn is_nothing(self) -> bool {
        !(self.legend || self.scale_bar || self.coordinates || self.histogram)
    }

    /// Whether the samples are needed once the picture is made.
    pub(super) fn needs_samples(self) -> bool {
        self.legend || self.histogram
    }
}

/// The sheet of drawings of one size, from left to right, with one range for each band of colours.
pub(super) fn sheet(
    mut drawings: Vec<Drawing>,
    style: &Style,
    ranges: &[(f64, f64)],
    beside: Beside,
    limits: &Limits,
) -> Result<Picture> {
    if beside.is_nothing() && drawings.len() == 1 {
        return Ok(drawings.remove(0).picture);
    }
    Sheet::new(&drawings, style, ranges, beside)?.draw(limits)
}

impl<'a> Sheet<'a> {
    fn new(
        drawings: &'a [Drawing],
        style: &Style,
        ranges: &[(f64, f64)],
        beside: Beside,
    ) -> Result<Self> {
        let Some(first) = drawings.first() else {
            return Err(Usage::Option("a sheet of no pictures".into()).into());
        };
        let (size, ground) = (first.picture.size(), &first.ground);
        let letters = Letters::beside(size);
        let axes = || {
            let rotated = Unsupported::Feature("coordinates beside a rotated raster");
            let [x, y] = ground.edges.ok_or(rotated)?;
            let along = ticks(x, size.width, letters, false);
            Ok::<_, Error>([along, ticks(y, size.height, letters, true)])
        };
        let legend = || {
            let Some(colors) = style.color_map() else {
                let text = "a legend of three bands: it needs one band and a colour map";
                return Err(Error::from(Usage::Option(text.into())));
            };
            let samples = drawings.iter().flat_map(|drawing| &drawing.samples);
            let samples: Vec<&[f64]> = samples.map(Vec::as_slice).collect();
            Ok(Legend::new(
                colors,
                ranges.first(),
                &samples,
                size.height,
                letters,
            ))
        };
        let plots = |drawing| plots(drawing, drawings, style);
        Ok(Sheet {
            drawings,
            letters,
            margin: if beside.is_nothing() { 0 } else { MARGIN },
            axes: beside.coordinates.then(axes).transpose()?,
            legend: beside.legend.then(legend).transpose()?,
            bar: beside.scale_bar.then(|| ground.bar(size.width)).flatten(),
            note: beside.coordinates.then(|| ground.note()),
            plots: match beside.histogram {
                true => drawings.iter().map(plots).collect(),
                false => Vec::new(),
            },
        })
    }

    fn picture(&self) -> Size {
        self.drawings[0].picture.size()
    }

    /// The width of the labels of the first and of the second axis.
    fn labels(&self) -> [u32; 2] {
        let widest = |axis: &Vec<Tick>| {
            let labels = axis.iter().map(|tick| tick.label.as_str());
            self.letters.widest(labels)
        };
        self.axes
            .as_ref()
            .map_or([0; 2], |axes| axes.each_ref().map(widest))
    }

    /// Room at the left for an axis.
    fn left(&self) -> u32 {
        let axis = self
            .axes
            .as_ref()
            .map_or(0, |_| self.labels()[1] + TICK + 2);
        self.margin + axis
    }

    /// Room below the pictures for an axis.
    fn axis(&self) -> u32 {
        self.axes
            .as_ref()
            .map_or(0, |_| TICK + 2 + self.letters.height())
    }

    /// The width of a drawing with its histograms.
    fn column(&self) -> u32 {
        let plots = self.plots.iter().flatten();
        let widths = plots.map(|plot| plot.width(self.letters));
        widths.max().unwrap_or(0).max(self.picture().width)
    }

    /// The left edge of each drawing; the one after the last is where the legend is.
    fn place(&self, drawing: u32) -> u32 {
        let between = self.margin.max(GAP) + self.labels()[0];
        self.left() + drawing * (self.column() + between)
    }

    fn draw(&self, limits: &Limits) -> Result<Picture> {
        let mut canvas = Canvas::new(self.size(), limits)?;
        for (at, drawing) in (0..).zip(self.drawings) {
            canvas.paste((self.place(at), self.margin), &drawing.picture);
            self.draw_axes(&mut canvas, at);
        }
        if let Some(legend) = &self.legend {
            legend.draw(&mut canvas, (self.legend_at(), self.margin));
        }
        let mut row = self.below();
        if let Some((length, words)) = &self.bar {
            self.draw_bar(&mut canvas, row, *length, words);
            row += self.line();
        }
        if let Some(note) = &self.note {
            canvas.write((self.left(), row), note, self.letters);
            row += self.line();
        }
        for (at, plots) in (0..).zip(&self.plots) {
            for (band, plot) in (0..).zip(plots) {
                let row = row + band * (Histogram::height(self.letters) + self.margin);
                plot.draw(
                    &mut canvas,
                    (self.place(at), row),
                    self.column(),
                    self.letters,
                );
            }
        }
        canvas.into_picture()
    }

    fn size(&self) -> Size {
        let count = u32::try_from(self.drawings.len()).unwrap_or(u32::MAX);
        let drawings = self.place(count - 1) + self.column() + self.labels()[0] / 2;
        let legend = self
            .legend
            .as_ref()
            .map(|legend| self.legend_at() + legend.size().width);
        let bar = self.bar.as_ref();
        let bar = bar.map(|(length, words)| length + TICK + self.letters.width(words));
        let note = self.note.as_ref().map(|note| self.letters.width(note));
        let lines = bar.into_iter().chain(note).map(|width| self.left() + width);
        let right = lines.chain(legend).fold(drawings, u32::max);
        let count = |there: bool| u32::from(there);
        let lines = count(self.bar.is_some()) + count(self.note.is_some());
        let plots = self.plots.first().map_or(0, Vec::len);
        let plots = u32::try_from(plots).unwrap_or(u32::MAX);
        let plots = plots * (Histogram::height(self.letters) + self.margin);
        let below = match lines + plots {
            0 => self.below() - self.margin,
            _ => self.below() + lines * self.line() + plots - self.margin,
        };
        Size::new(right + self.margin, below + self.margin)
    }

    fn legend_at(&self) -> u32 {
        let count = u32::try_from(self.drawings.len()).unwrap_or(u32::MAX);
        self.place(count) - self.labels()[0].div_ceil(2)
    }

    /// The first row below pictures, axes and legend.
    fn below(&self) -> u32 {
        let legend = self
            .legend
            .as_ref()
            .map_or(0, |legend| legend.size().height);
        let pictures = self.picture().height + self.axis();
        self.margin + pictures.max(legend) + self.margin
    }

    /// The height of a line of text, and what follows it.
    fn line(&self) -> u32 {
        self.letters.height() + self.margin
    }

    fn draw_axes(&self, canvas: &mut Canvas, drawing: u32) {
        let Some([along, upright]) = &self.axes else {
            return;
        };
        let (left, top) = (self.place(drawing), self.margin);
        let bottom = top + self.picture().height;
        for tick in along {
            canvas.fill((left + tick.at, bottom), Size::new(1, TICK), BLACK);
            let half = self.letters.width(&tick.label) / 2;
            let column = (left + tick.at).saturating_sub(half);
            canvas.write((column, bottom + TICK + 2), &tick.label, self.letters);
        }
        if drawing > 0 {
            return;
        }
        for tick in upright {
            canvas.fill((left - TICK, top + tick.at), Size::new(TICK, 1), BLACK);
            let column = left - TICK - 2 - self.letters.width(&tick.label);
            let row = (top + tick.at).saturating_sub(self.letters.height() / 2);
            canvas.write((column, row), &tick.label, self.letters);
        }
    }

    fn draw_bar(&self, canvas: &mut Canvas, row: u32, length: u32, words: &str) {
        let (left, height) = (self.left(), self.letters.height());
        canvas.fill((left, row + height / 2 - 1), Size::new(length, 3), BLACK);
        for end in [left, left + length - 1] {
            canvas.fill((end, row + height / 2 - 4), Size::new(1, 9), BLACK);
        }
        canvas.write((left + length + TICK, row), words, self.letters);
    }
}

impl Ground {
    /// The pixels of a scale bar and what they are in words: two fifths of the picture, or 40 pixels.
    fn bar(&self, pixels: u32) -> Option<(u32, String)> {
        let longest = f64::from(pixels / 5 * 2).max(40.0);
        let (length, words) = self.unit.bar(longest * self.width)?;
        let pixels = (length / self.width).round() as u32;
        Some((pixels.max(1), words))
    }

    fn note(&self) -> String {
        let unit = self.unit.name();
        match &self.system {
            Some(system) => format!("{system}, {unit}"),
            None => unit,
        }
    }
}

/// The histograms of a drawing, over the range that all drawings need.
fn plots<'a>(drawing: &'a Drawing, drawings: &[Drawing], style: &Style) -> Vec<Histogram<'a>> {
    let shown = style.color_map().is_none();
    let plot = |(band, samples): (usize, &'a Vec<f64>)| {
        let all = drawings
            .iter()
            .filter_map(|drawing| drawing.samples.get(band));
        let (low, high) = Histogram::range(all.flatten());
        let (name, color) = match shown {
            true => (RGB[band].0.to_owned(), RGB[band].1),
            false => (format!("band {}", style.bands()[band]), GRAY),
        };
        let whole = drawing.whole;
        Histogram {
            name,
            color,
            samples,
            low,
            high,
            whole,
        }
    };
    drawing.samples.iter().enumerate().map(plot).collect()
}

const RGB: [(&str, Color); 3] = [
    ("red", [200, 48, 48]),
    ("green", [32, 144, 48]),
    ("blue", [48, 80, 208]),
];

/// Around what is on a sheet.
const MARGIN: u32 = 10;
/// Between two pictures without anything beside them.
const GAP: u32 = 4;
/// Length of the lines between an axis and its numbers.
const TICK: u32 = 5;
