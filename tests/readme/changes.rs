//! The changes that CONTRIBUTING.md shows fit the sources, and are as small as it says.

use std::fs;

use crate::common;
use crate::markdown::Page;

/// What a step asks for outside of a new file.
const MOST_LINES: usize = 9;

#[test]
fn the_changes_shown_fit_the_sources() {
    let page = Page::read(&common::repository().join("CONTRIBUTING.md"));
    let blocks = page.blocks("diff");
    assert_eq!(blocks.len(), 3, "a codec, a source, an operator");
    for block in blocks {
        let added = block
            .text
            .lines()
            .filter(|line| line.starts_with('+') && !line.starts_with("+++"));
        let (line, added) = (block.line, added.count());
        assert!(
            added <= MOST_LINES,
            "CONTRIBUTING.md, line {line}: {added} lines"
        );
        let files: Vec<&str> = block.text.split("+++ ").skip(1).collect();
        assert!(!files.is_empty(), "CONTRIBUTING.md, line {line}: no file");
        for file in files {
            let (name, hunks) = file.split_once('\n').expect("hunks");
            let source = fs::read_to_string(common::repository().join(name)).expect(name);
            for hunk in hunks.split("@@\n").skip(1) {
                let before = before(hunk);
                assert!(source.contains(&before), "{name} has no\n{before}");
            }
        }
    }
}

/// The lines that a change finds.
fn before(hunk: &str) -> String {
    let lines = hunk.lines().filter(|line| !line.starts_with('+'));
    let lines = lines.map(|line| line.get(1..).unwrap_or_default());
    lines.fold(String::new(), |text, line| text + line + "\n")
}
