//! `cogwork stats`: what the pixels of each band are like, or those of each class.

use cogwork::error::{Error, Expression, Usage};
use cogwork::read::level::MaskKind;
use cogwork::{BandSummary, Bins, ErrorKind, Histogram, Lazy, Level, Result, SummaryOptions};
use serde_json::{Map, Value, json};

use super::args::Stats;
use super::input::{Inputs, level, warn};
use super::show::show;
use super::table::{Table, float, short};

/// Bands, counted from 1, and the raster that has them in this order.
type Part = (Vec<usize>, Lazy);

/// What is known of a band, or of a class of it.
struct Found {
    class: Option<i64>,
    band: usize,
    summary: BandSummary,
}

pub fn run(arguments: &Stats, inputs: &Inputs<'_>) -> Result<()> {
    let source = inputs.open(&arguments.source)?;
    warn(&source);
    let image = level(&source, arguments.overview)?;
    let parts = parts(&image, arguments).map_err(|error| error.in_source(&source))?;
    let classes = match &arguments.by {
        Some(name) => {
            let classes = inputs.open(name)?;
            warn(&classes);
            Some(clipped(classes.base().lazy(), arguments)?)
        }
        None => None,
    };
    let find = |options: &SummaryOptions| found(&parts, classes.as_ref(), options);
    let mut options = SummaryOptions {
        percentiles: arguments.percentiles.clone(),
        ..SummaryOptions::default()
    };
    if let Some(wanted) = arguments.histogram {
        let range = match wanted.range {
            Some(range) => Some(range),
            None => range(&find(&SummaryOptions::default())?),
        };
        options.histogram = range.map(|(low, high)| Bins {
            count: wanted.count,
            low,
            high,
        });
    }
    let mut found = find(&options)?;
    if let Some(bands) = &arguments.bands {
        let place = |band: usize| bands.iter().position(|&wanted| wanted == band);
        found.sort_by_key(|found| (found.class, place(found.band)));
    } else {
        found.sort_by_key(|found| (found.class, found.band));
    }
    match arguments.json {
        true => show(&format!(
            "{:#}\n",
            facts(&source.to_string(), &image, &found)
        )),
        false => show(&report(&found)),
    }
}

/// The bands that are wanted. An alpha band tells of the others which pixels are valid, and is by itself.
fn parts(level: &Level, arguments: &Stats) -> Result<Vec<Part>> {
    let (whole, count) = (level.lazy(), level.bands());
    let wanted = match &arguments.bands {
        Some(bands) => bands.clone(),
        None => (1..=count).collect(),
    };
    if let Some(band) = wanted.iter().find(|band| !(1..=count).contains(*band)) {
        return Err(Usage::Band { band: *band, count }.into());
    }
    let MaskKind::Alpha(alpha) = level.mask_kind() else {
        let raster = whole.bands(wanted.iter().copied())?;
        return Ok(vec![(wanted, clipped(raster, arguments)?)]);
    };
    let (alphas, colors): (Vec<usize>, Vec<usize>) =
        wanted.into_iter().partition(|&band| band == alpha);
    let mut parts = Vec::new();
    if !colors.is_empty() {
        let valid = whole.bands([alpha])?.ne(0);
        let raster = whole.bands(colors.iter().copied())?.with_mask(&valid)?;
        parts.push((colors, clipped(raster, arguments)?));
    }
    if !alphas.is_empty() {
        parts.push((vec![alpha], clipped(whole.bands([alpha])?, arguments)?));
    }
    Ok(parts)
}

fn clipped(raster: Lazy, arguments: &Stats) -> Result<Lazy> {
    match (arguments.window, arguments.bounds) {
        (Some(window), _) => raster.clip_window(window),
        (_, Some(area)) => raster.clip_box(area.left, area.bottom, area.right, area.top),
        _ => Ok(raster),
    }
}

fn found(parts: &[Part], classes: Option<&Lazy>, options: &SummaryOptions) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for (bands, raster) in parts {
        let mut add = |class, summaries: Vec<BandSummary>| {
            let bands = bands.iter().zip(summaries);
            found.extend(bands.map(|(&band, summary)| Found {
                class,
                band,
                summary,
            }));
        };
        match classes {
            None => add(None, raster.summarize(options)?),
            Some(classes) => {
                let zones = raster.zonal(classes, options).map_err(other_grid)?;
                for (class, summaries) in zones {
                    add(Some(class), summaries);
                }
            }
        }
    }
    Ok(found)
}

/// The least and the largest value, a half on both sides of a single one, as `numpy.histogram` has it.
fn range(found: &[Found]) -> Option<(f64, f64)> {
    let summaries = || found.iter().map(|found| &found.summary);
    let low = summaries()
        .filter_map(|summary| summary.minimum)
        .reduce(f64::min)?;
    let high = summaries()
        .filter_map(|summary| summary.maximum)
        .reduce(f64::max)?;
    match low == high {
        true => Some((low - 0.5, high + 0.5)),
        false => Some((low, high)),
    }
}

fn facts(source: &str, level: &Level, found: &[Found]) -> Value {
    let of = |class: Option<i64>| -> Value {
        let bands = found.iter().filter(|found| found.class == class);
        bands.map(band_facts).collect()
    };
    let mut facts = json!({ "source": source, "level": level.index() });
    let mut classes: Vec<i64> = found.iter().filter_map(|found| found.class).collect();
    classes.dedup();
    if classes.is_empty() {
        facts["bands"] = of(None);
    } else {
        let zones = classes
            .into_iter()
            .map(|class| json!({ "class": class, "bands": of(Some(class)) }));
        facts["zones"] = zones.collect();
    }
    facts
}

fn band_facts(found: &Found) -> Value {
    let summary = &found.summary;
    let percentiles = summary.percentiles.iter();
    let percentiles: Map<String, Value> = percentiles
        .map(|(percent, value)| (percent.to_string(), float(*value)))
        .collect();
    json!({
        "band": found.band,
        "pixels": summary.pixels,
        "valid": summary.valid,
        "valid_percent": summary.valid_percent(),
        "minimum": summary.minimum.map(float),
        "maximum": summary.maximum.map(float),
        "mean": summary.mean.map(float),
        "stddev": summary.standard_deviation.map(float),
        "sum": summary.sum.map(float),
        "percentiles": percentiles,
        "histogram": summary.histogram.as_ref().map(|histogram| json!({
            "edges": histogram.edges,
            "counts": histogram.counts,
        })),
    })
}

/// A line for each band, and the histograms below.
fn report(found: &[Found]) -> String {
    let zones = found.iter().any(|found| found.class.is_some());
    let mut heads: Vec<String> = Vec::new();
    heads.extend(zones.then(|| "class".to_owned()));
    let names = [
        "band", "pixels", "valid %", "minimum", "maximum", "mean", "stddev", "sum",
    ];
    heads.extend(names.map(str::to_owned));
    if let Some(first) = found.first() {
        let percents = first.summary.percentiles.iter();
        heads.extend(percents.map(|(percent, _)| format!("p{percent}")));
    }
    let mut table = Table::new(heads);
    for Found {
        class,
        band,
        summary,
    } in found
    {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), short);
        let mut cells: Vec<String> = Vec::new();
        cells.extend(class.map(|class| class.to_string()));
        cells.extend([
            band.to_string(),
            summary.pixels.to_string(),
            format!("{:.2}", summary.valid_percent()),
            number(summary.minimum),
            number(summary.maximum),
            number(summary.mean),
            number(summary.standard_deviation),
            number(summary.sum),
        ]);
        let percents = table.columns() - cells.len();
        let values = summary.percentiles.iter().map(|(_, value)| Some(*value));
        let values = values.chain(std::iter::repeat(None));
        cells.extend(values.take(percents).map(number));
        table.push(cells);
    }
    let histograms = found.iter().filter_map(|found| {
        let histogram = found.summary.histogram.as_ref()?;
        let class = found.class.map(|class| format!("class {class}, "));
        let title = format!("{}band {}", class.unwrap_or_default(), found.band);
        Some(format!("\n{title}\n{}", bars(histogram)))
    });
    let histograms: String = histograms.collect();
    format!("{table}{histograms}")
}

/// The bins of a histogram, one on each line, with bars.
fn bars(histogram: &Histogram) -> String {
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1);
    let mut table = Table::new(["from", "to", "pixels"].map(str::to_owned).to_vec());
    for (edges, &count) in histogram.edges.windows(2).zip(&histogram.counts) {
        table.push(vec![short(edges[0]), short(edges[1]), count.to_string()]);
    }
    let text = table.to_string();
    let bar = |count: &u64| "#".repeat((count * BAR).div_ceil(most) as usize);
    let bars = std::iter::once(String::new()).chain(histogram.counts.iter().map(bar));
    let lines = text.lines().zip(bars);
    lines
        .map(|(line, bar)| format!("{line} {bar}").trim_end().to_owned() + "\n")
        .collect()
}

/// The characters of the longest bar.
const BAR: u64 = 40;

/// Says of grids that differ what makes them one.
fn other_grid(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Expression(Expression::Grids { .. }) => {
            let how = "calc 'match_grid(classes, image, nearest)' writes classes on that grid";
            Usage::Option(format!("{error}; {how}")).into()
        }
        _ => error,
    }
}
