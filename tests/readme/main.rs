//! The pages for people, held to what is: every command in them runs, every option that they name
//! is known, every table agrees with what it is about. Their Rust runs as doctests.
#![cfg(feature = "cli")]

mod changes;
#[path = "../common/mod.rs"]
mod common;
mod help;
mod markdown;
mod shell;
mod tables;

use std::fs;

use markdown::Page;

/// All pages that are written by hand: at the root and in `docs`.
fn pages() -> Vec<Page> {
    let made = ["SUPPORT.md", "command-line.md"];
    let mut found = Vec::new();
    for folder in ["", "docs"] {
        let entries = fs::read_dir(common::repository().join(folder)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        found.extend(paths.filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.ends_with(".md") && !made.contains(&name))
        }));
    }
    found.sort();
    found.iter().map(|path| Page::read(path)).collect()
}

#[test]
fn links_lead_to_files() {
    let mut links = 0;
    for page in pages() {
        for link in page.links() {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            links += 1;
            let folder = page.path.parent().expect("a folder");
            let (name, found) = (page.name(), folder.join(path).exists());
            assert!(found, "{name} links to {path}, which is not there");
        }
    }
    assert!(links > 8, "only {links} links were found");
}
