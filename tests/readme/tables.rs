//! Tables and lists that stand in more than one place agree, and cells of code are compiled.

use std::collections::BTreeMap;
use std::fs;

use crate::common;
use crate::markdown::{Page, spans};

fn text(name: &str) -> String {
    fs::read_to_string(common::repository().join(name)).expect(name)
}

fn page(name: &str) -> Page {
    Page::read(&common::repository().join(name))
}

/// A file's documentation of itself, as a page.
fn documentation(name: &str) -> Page {
    let text = text(name);
    let lines = text
        .lines()
        .filter_map(|line| match line.strip_prefix("//!") {
            Some(line) => Some(line.strip_prefix(' ').unwrap_or(line)),
            // A block of code that a feature is needed for.
            None => line.ends_with("doc = \"```\")]").then_some("```"),
        });
    let text = lines.collect::<Vec<_>>().join("\n");
    let path = common::repository().join(name);
    Page { path, text }
}

#[test]
fn the_features_are_those_of_cargo() {
    let cargo = features(&text("Cargo.toml"));
    assert!(cargo.len() > 15);
    for page in [page("README.md"), documentation("src/lib.rs")] {
        let rows = page.rows();
        let rows = rows
            .iter()
            .filter(|row| row.len() == 3 && ["yes", ""].contains(&&*row[1]));
        let told = rows.map(|row| (row[0].trim_matches('`').to_owned(), row[1] == "yes"));
        assert_eq!(told.collect::<BTreeMap<_, _>>(), cargo, "{}", page.name());
    }
}

/// The features of a manifest, and whether they are on by default.
fn features(manifest: &str) -> BTreeMap<String, bool> {
    let list = manifest.split("\n[features]\n").nth(1).expect("features");
    let list = list.split("\n[").next().unwrap_or_default();
    let lists = list.lines().filter_map(|line| line.split_once(" = ["));
    let lists: Vec<(&str, &str)> = lists.collect();
    let default = lists
        .iter()
        .find(|(name, _)| *name == "default")
        .expect("a default")
        .1;
    let named = lists.iter().filter(|(name, _)| *name != "default");
    let named =
        named.map(|(name, _)| ((*name).to_owned(), default.contains(&format!("\"{name}\""))));
    named.collect()
}

#[test]
fn the_calls_beside_those_of_others_are_compiled() {
    let page = page("docs/coming-from.md");
    let [block] = &page.blocks("rust")[..] else {
        panic!("one block of Rust")
    };
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let compiled = plain(&block.text);
    let mut calls = 0;
    for row in page.rows().iter().filter(|row| row.len() > 1) {
        for call in spans(&row[1]).filter(|span| span.contains('(')) {
            calls += 1;
            assert!(
                compiled.contains(&plain(call)),
                "not in the block of Rust: {call}"
            );
        }
    }
    assert!(calls > 60, "only {calls} calls were found");
}

#[test]
fn the_cookbook_lists_its_recipes() {
    let index = documentation("src/cookbook.rs").text;
    let mut recipes = 0;
    for module in [
        "compute", "embed", "interop", "plans", "remote", "serve", "writing",
    ] {
        let chapter = documentation(&format!("src/cookbook/{module}.rs"));
        let mut inside = false;
        let headings = chapter.text.lines().filter_map(|line| {
            inside ^= line.starts_with("```");
            line.strip_prefix("# ").filter(|_| !inside)
        });
        for heading in headings {
            recipes += 1;
            let link = format!("({module}#{})", anchor(heading));
            assert!(index.contains(&link), "src/cookbook.rs has no {link}");
        }
    }
    assert!(recipes >= 30, "only {recipes} recipes were found");
}

/// What rustdoc calls a heading.
fn anchor(heading: &str) -> String {
    let known = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
    let kept = heading.chars().filter(|&c| known(c)).collect::<String>();
    kept.to_lowercase().replace(' ', "-")
}

/// There is one picture of the layers, that of the crate's documentation; `WRITE_DOCS=1` copies it.
#[test]
fn the_layers_are_drawn_alike() {
    let picture = |page: &Page| {
        let blocks = page.blocks("text");
        let found = blocks.iter().find(|block| block.text.starts_with("L0"));
        found.expect("a picture of the layers").text.clone()
    };
    let architecture = page("ARCHITECTURE.md");
    let ours = picture(&architecture);
    let crates = picture(&documentation("src/lib.rs"));
    if std::env::var_os("WRITE_DOCS").is_some() {
        let text = architecture.text.replace(&ours, &crates);
        fs::write(&architecture.path, text).expect("ARCHITECTURE.md can be written");
        return;
    }
    assert!(ours == crates, "ARCHITECTURE.md should have:\n{crates}");
}
