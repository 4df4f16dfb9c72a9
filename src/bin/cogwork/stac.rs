//! `cogwork stac`: the items of a document and their assets.

use std::path::Path;

use cogwork::Result;
use cogwork::stac::{Asset, Document, Filter, Item};
use serde_json::{Map, Value, json};

use super::args::Stac;
use super::input::Inputs;
use super::show::show;
use super::table::{self, Table, short};

pub fn run(arguments: &Stac, inputs: &Inputs<'_>) -> Result<()> {
    let name = Path::new(&arguments.document);
    let document = Document::open_with(name, inputs.context(name)?)?;
    let filter = filter(arguments);
    let items: Vec<Item<'_>> = document
        .items()
        .filter(|item| filter.matches(item))
        .collect();
    if arguments.json {
        let facts = items.iter().map(facts).collect::<Result<Value>>()?;
        return show(&format!("{facts:#}\n"));
    }
    let listed = items_table(&items).to_string();
    if !arguments.assets {
        return show(&listed);
    }
    let mut lines = listed.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or_default());
    for (item, line) in items.iter().zip(lines) {
        let assets = match item.assets().count() {
            0 => String::new(),
            _ => assets_table(item).dense().to_string(),
        };
        let assets = assets.lines().map(|line| format!("    {line}\n"));
        text += &format!("{line}\n{}", assets.collect::<String>());
    }
    show(&text)
}

fn filter(arguments: &Stac) -> Filter {
    let mut filter = Filter::default();
    if let Some(percent) = arguments.min_cloud_cover {
        filter = filter.min_cloud_cover(percent);
    }
    if let Some(percent) = arguments.max_cloud_cover {
        filter = filter.max_cloud_cover(percent);
    }
    if let Some(interval) = arguments.datetime {
        filter = filter.datetime(interval);
    }
    arguments.collection.iter().fold(filter, Filter::collection)
}

fn items_table(items: &[Item<'_>]) -> Table {
    let heads = ["item", "id", "datetime", "cloud %", "collection", "assets"];
    let mut table = Table::new(heads.map(str::to_owned).to_vec());
    for item in items {
        let span = item.span().map(|(from, to)| format!("{from}/{to}"));
        let datetime = item.datetime().map(str::to_owned).or(span);
        table.push(vec![
            item.index().to_string(),
            said(item.id()),
            said(datetime.as_deref()),
            item.cloud_cover().map_or_else(|| said(None), short),
            said(item.collection()),
            item.assets().count().to_string(),
        ]);
    }
    table
}

fn assets_table(item: &Item<'_>) -> Table {
    let heads = ["reference", "title", "size", "resolution", "bytes", "type"];
    let mut table = Table::new(heads.map(str::to_owned).to_vec());
    for asset in item.assets() {
        let shape = asset
            .shape()
            .map(|[rows, columns]| format!("{columns} x {rows}"));
        table.push(vec![
            reference(&asset).escape_debug().to_string(),
            said(asset.title()),
            said(shape.as_deref()),
            asset.resolution().map_or_else(|| said(None), short),
            asset.bytes().map_or_else(|| said(None), table::bytes),
            said(asset.media_type()),
        ]);
    }
    table
}

/// A text of the document on one line, or what stands for none.
fn said(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| text.escape_debug().to_string())
}

/// What other commands take for an asset.
fn reference(asset: &Asset<'_>) -> String {
    let reference = asset.reference();
    let item = reference.item.unwrap_or_default();
    format!(
        "{}#{item}/{}",
        reference.document.display(),
        reference.asset
    )
}

fn facts(item: &Item<'_>) -> Result<Value> {
    let assets = item
        .assets()
        .map(|asset| Ok((asset.key().to_owned(), asset_facts(&asset)?)));
    let span = item.span();
    Ok(json!({
        "index": item.index(),
        "id": item.id(),
        "collection": item.collection(),
        "datetime": item.datetime(),
        "start_datetime": span.map(|(from, _)| from),
        "end_datetime": span.map(|(_, to)| to),
        "cloud_cover": item.cloud_cover(),
        "assets": assets.collect::<Result<Map<String, Value>>>()?,
    }))
}

fn asset_facts(asset: &Asset<'_>) -> Result<Value> {
    let location = match asset.href() {
        Some(_) => Some(asset.location()?),
        None => None,
    };
    Ok(json!({
        "reference": reference(asset),
        "location": location.map(|location| location.to_string_lossy().into_owned()),
        "title": asset.title(),
        "type": asset.media_type(),
        "roles": asset.roles(),
        "shape": asset.shape(),
        "resolution": asset.resolution(),
        "bytes": asset.bytes(),
    }))
}
