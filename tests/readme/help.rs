//! `docs/command-line.md` is what `--help` says, and pages name no option that it does not have.

use std::collections::BTreeSet;
use std::process::Command;

use crate::markdown::{Page, spans};
use crate::{common, pages};

/// A command, as `plan mask`, and what its `--help` prints; `cogwork` itself has no name.
struct Help {
    name: String,
    text: String,
}

/// The committed page is what is said; `WRITE_DOCS=1` writes it.
#[test]
fn the_page_of_commands_is_what_help_says() {
    let path = common::repository().join("docs/command-line.md");
    let page = page(&all());
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/command-line.md can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("docs/command-line.md is committed");
    let again = "WRITE_DOCS=1 cargo test --release --all-features --test readme";
    assert!(committed == page, "docs/command-line.md is stale: {again}");
}

#[test]
fn pages_name_commands_and_options_that_exist() {
    let helps = all();
    let mut seen = 0;
    for page in pages() {
        for line in lines(&page) {
            let words = words(&line);
            let at = words
                .iter()
                .position(|word| word == "cogwork" || word == "--");
            let Some((help, rest)) = at.and_then(|at| of(&helps, &words[at + 1..])) else {
                panic!("{}: no such command: {line}", page.name());
            };
            let known = options(&help.text);
            for option in rest.iter().filter_map(|word| option(word)) {
                let place = format!("{}: {line}", page.name());
                assert!(known.contains(option), "{place}: there is no {option}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "only {seen} options were found");
}

#[test]
fn the_readme_names_every_command() {
    let readme = Page::read(&common::repository().join("README.md"));
    let rows = readme.rows();
    let named = rows
        .iter()
        .filter_map(|row| row.first()?.strip_prefix("`cogwork ")?.strip_suffix('`'));
    let named: BTreeSet<&str> = named.collect();
    let helps = all();
    let names = helps.iter().map(|help| &*help.name);
    let commands: BTreeSet<&str> = names
        .filter(|name| !name.is_empty() && !name.contains(' '))
        .collect();
    assert_eq!(named, commands);
}

/// All commands, each before those below it.
fn all() -> Vec<Help> {
    let mut helps = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(name) = waiting.pop() {
        let text = help(&name);
        let below = commands(&text).into_iter().rev();
        waiting.extend(below.map(|command| format!("{name} {command}").trim().to_owned()));
        helps.push(Help { name, text });
    }
    helps
}

fn help(name: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cogwork"))
        .args(name.split_whitespace())
        .arg("--help")
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "cogwork {name} --help");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The commands that a help lists, but `help` itself.
fn commands(help: &str) -> Vec<&str> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("    "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}

fn page(helps: &[Help]) -> String {
    let mut page = "# The command line\n\nWhat `--help` says; the options of `cogwork` itself hold for all commands. \
        Made by a test (`tests/readme`).\n"
        .to_owned();
    let common = options(&helps[0].text);
    for help in helps {
        let title = format!("cogwork {}", help.name);
        let text = match help.name.is_empty() {
            true => help.text.clone(),
            false => without(&help.text, &common),
        };
        page += &format!("\n## {}\n\n```text\n{text}\n```\n", title.trim());
    }
    page
}

/// A help without some of its options, and without headings that have none left.
fn without(help: &str, known: &BTreeSet<&str>) -> String {
    let mut lines = Vec::new();
    let mut leaving_out = false;
    for line in help.lines() {
        if let Some(option) = described(line) {
            leaving_out = known.contains(option);
        } else if !line.is_empty() && !line.starts_with(' ') {
            lines.extend(leaving_out.then_some(""));
            leaving_out = false;
        }
        lines.extend((!leaving_out).then_some(line));
    }
    let text = lines.join("\n");
    let parts = text.split("\n\n").map(|part| part.trim_matches('\n'));
    let empty = |part: &str| part.is_empty() || part.ends_with(':') && !part.contains('\n');
    parts
        .filter(|part| !empty(part))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The long option that a line of a help begins to describe.
fn described(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let begins = text.starts_with('-') && line.len() - text.len() <= 6;
    let mut words = text.split([' ', ',', '=', '[']).filter(|_| begins);
    words.find(|word| word.starts_with("--"))
}

/// The long options that a help describes.
fn options(help: &str) -> BTreeSet<&str> {
    help.lines().filter_map(described).collect()
}

/// What runs `cogwork` in blocks of code and in spans.
fn lines(page: &Page) -> Vec<String> {
    let mut lines: Vec<String> = page.spans();
    for language in ["sh", "text"] {
        for block in page.blocks(language) {
            let joined = block.text.replace("\\\n", " ");
            lines.extend(joined.lines().map(str::to_owned));
        }
    }
    lines.retain(|line| line.starts_with("cogwork ") || line.starts_with("cargo run"));
    lines
}

/// The words of a command, one in quotes being one word, without the quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (part, text) in line.split('\'').enumerate() {
        match part % 2 {
            0 => words.extend(text.split_whitespace().map(str::to_owned)),
            _ => words.push(text.to_owned()),
        }
    }
    words
}

/// The command that words begin with, and the words after it.
fn of<'a>(helps: &'a [Help], words: &'a [String]) -> Option<(&'a Help, &'a [String])> {
    (1..=2).rev().find_map(|count| {
        let name = words.get(..count)?.join(" ");
        let help = helps.iter().find(|help| help.name == name)?;
        Some((help, &words[count..]))
    })
}

fn option(word: &str) -> Option<&str> {
    let option = word.split('=').next().unwrap_or_default();
    option
        .strip_prefix("--")
        .filter(|name| !name.is_empty())
        .map(|_| option)
}

/// A span is what stands between backquotes.
#[test]
fn spans_of_code() {
    assert_eq!(spans("a `b c` d `e`").collect::<Vec<_>>(), ["b c", "e"]);
}
