//! `cogwork info`: what a file says beside its pixels and their place.

use std::collections::BTreeMap;

use cogwork::Level;
use cogwork::read::facts::{ColorInterpretation, Statistics};
use serde_json::{Map, Value, json};

/// Adds the members of JSON.
pub fn facts(base: &Level, members: &mut Map<String, Value>) {
    let geo = base.georeference();
    let colors = base.color_interpretations();
    let names: Vec<&str> = colors.iter().map(|color| color.name()).collect();
    let statistics: Vec<Value> = base
        .band_metadata()
        .iter()
        .map(|band| statistics(&band.statistics))
        .collect();
    for (name, value) in [
        ("vertical_epsg", json!(base.vertical_epsg())),
        ("descriptions", json!(base.descriptions())),
        ("scales", json!(base.scales())),
        ("offsets", json!(base.offsets())),
        ("units", json!(base.units())),
        ("statistics", statistics.into()),
        ("color_interpretation", json!(names)),
        ("color_table", json!(base.color_table().map(<[_]>::len))),
        ("gcps", json!(geo.gcps.len())),
        ("rpc", json!(base.rpc().is_some())),
        ("icc_profile", json!(base.icc_profile().map(<[_]>::len))),
        ("tags", json!(tags(base))),
        ("metadata", metadata(base)),
    ] {
        members.insert(name.into(), value);
    }
}

/// The lines of the text: only what there is to say.
pub fn lines(base: &Level) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let geo = base.georeference();
    if let Some(code) = base.vertical_epsg() {
        lines.push(("heights", format!("EPSG:{code}")));
    }
    if !geo.gcps.is_empty() {
        lines.push(("GCPs", geo.gcps.len().to_string()));
    }
    if base.rpc().is_some() {
        lines.push(("RPC", "rational polynomial coefficients".into()));
    }
    if let Some(profile) = base.icc_profile() {
        lines.push(("profile", format!("ICC, {} bytes", profile.len())));
    }
    let colors = base.color_interpretations();
    for ((index, band), color) in base.band_metadata().iter().enumerate().zip(colors) {
        let mut words = vec![color.name().to_ascii_lowercase()];
        words.extend(band.description.clone().map(|text| format!("{text:?}")));
        if (band.scale, band.offset) != (1.0, 0.0) {
            words.push(format!("value = sample * {} + {}", band.scale, band.offset));
        }
        words.extend(band.unit.clone().map(|unit| format!("in {unit}")));
        let says_nothing = words.len() == 1 && color == ColorInterpretation::Undefined;
        if !says_nothing {
            lines.push(("band", format!("{:>2} {}", index + 1, words.join(", "))));
        }
    }
    if let Some(table) = base.color_table() {
        lines.push(("colors", format!("table of {}", table.len())));
    }
    let texts = base.text_tags().into_iter();
    lines.extend(texts.map(|(name, text)| ("tag", format!("{name}={}", text.escape_debug()))));
    let items = base.metadata().items().iter();
    let items = items.filter(|item| item.role.is_none());
    lines.extend(items.map(|item| {
        let domain = item.domain.as_ref().map(|domain| format!("{domain}: "));
        let band = item
            .sample
            .map(|sample| format!("band {}: ", u32::from(sample) + 1));
        let [domain, band] = [domain, band].map(Option::unwrap_or_default);
        (
            "item",
            format!("{band}{domain}{}={}", item.name, item.text.escape_debug()),
        )
    }));
    lines
}

fn tags(base: &Level) -> BTreeMap<&'static str, String> {
    base.text_tags().into_iter().collect()
}

/// The items without a role: those of the dataset by domain, then those of the bands.
fn metadata(base: &Level) -> Value {
    let mut dataset: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut bands: BTreeMap<u32, BTreeMap<&str, BTreeMap<&str, &str>>> = BTreeMap::new();
    for item in base.metadata().items() {
        let (Some(text), None) = (item.value(), &item.role) else {
            continue;
        };
        let domains = match item.sample {
            None => &mut dataset,
            Some(sample) => bands.entry(u32::from(sample) + 1).or_default(),
        };
        let domain = domains
            .entry(item.domain.as_deref().unwrap_or(""))
            .or_default();
        domain.insert(&item.name, text);
    }
    json!({ "dataset": dataset, "bands": bands })
}

fn statistics(of: &Statistics) -> Value {
    if *of == Statistics::default() {
        return Value::Null;
    }
    json!({
        "minimum": of.minimum,
        "maximum": of.maximum,
        "mean": of.mean,
        "stddev": of.standard_deviation,
        "valid_percent": of.valid_percent,
    })
}
