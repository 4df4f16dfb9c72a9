//! The examples that `--help` gives, run as they stand, and what `generate` makes of the help.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cogwork, common, output, scene};

/// The commands below one, by its help; `help` is none of ours.
fn commands(folder: &Path, of: &str) -> Vec<String> {
    let help = String::from_utf8(output(folder, &format!("{of} --help"))).expect("text");
    let list = help
        .split_once("\nCommands:\n")
        .map_or("", |(_, list)| list);
    let list = list.split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.split_whitespace().next()?;
        (line.as_bytes().get(2) != Some(&b' ')).then(|| name.to_owned())
    });
    names.filter(|name| name != "help").collect()
}

/// The lines of a help that are commands.
fn examples(folder: &Path, of: &str) -> Vec<String> {
    let help = String::from_utf8(output(folder, &format!("{of} --help"))).expect("text");
    let list = help
        .split_once("\nExamples:\n")
        .map_or("", |(_, list)| list);
    let lines = list
        .lines()
        .take_while(|line| line.starts_with("  cogwork "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// Runs a line in a shell that finds our program.
fn shell(folder: &Path, program: &str, line: &str) -> std::process::Output {
    let own = PathBuf::from(env!("CARGO_BIN_EXE_cogwork"));
    let own = own.parent().expect("a folder");
    let others = std::env::var("PATH").unwrap_or_default();
    Command::new(program)
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", format!("{}:{others}", own.display()))
        .output()
        .expect("the shell runs")
}

/// Beside the scene; those of `mask` and `calc` first, since others take what they write.
#[test]
fn examples_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for name in common::entries(&scene()) {
        std::fs::copy(scene().join(&name), folder.join(&name)).expect("copied");
    }
    let mut names = commands(folder, "");
    assert!(names.len() >= 12, "{names:?}");
    names.sort_by_key(|name| !matches!(&**name, "calc" | "mask"));
    for name in names {
        let lines = examples(folder, &name);
        assert!(!lines.is_empty(), "{name} has no example");
        for line in lines {
            assert!(
                line.starts_with(&format!("cogwork {name} ")),
                "{name}: {line}"
            );
            let ran = shell(folder, "sh", &line);
            let said = String::from_utf8_lossy(&ran.stderr);
            assert_eq!((ran.status.code(), &*said), (Some(0), ""), "{line}");
        }
    }
}

/// Bash loads the completions, and they complete commands and options.
#[test]
fn completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = output(folder, &format!("generate completions {name}"));
        assert!(
            String::from_utf8_lossy(&script).contains("quicklook"),
            "{name}"
        );
    }
    let complete = |words: &str, index: usize| {
        let line = format!(
            "source <(cogwork generate completions bash) && COMP_WORDS=({words}) COMP_CWORD={index} && \
             _cogwork cogwork \"${{COMP_WORDS[{index}]}}\" '' ; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let ran = shell(folder, "bash", &line);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(said, "", "{words}");
        let words = String::from_utf8(ran.stdout).expect("text");
        words.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("cogwork st", 1), ["stats", "stac"]);
    assert_eq!(complete("cogwork stats --perc", 2), ["--percentiles"]);
    assert_eq!(complete("cogwork plan conv", 2), ["convert"]);
}

/// A page of the program, of each command and of those below it, in the language of man.
#[test]
fn manual_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert_eq!(output(folder, "generate man made/here"), b"");
    let mut expected = vec!["cogwork.1".to_owned()];
    for name in commands(folder, "") {
        expected.push(format!("cogwork-{name}.1"));
        let below = commands(folder, &name).into_iter();
        expected.extend(below.map(|below| format!("cogwork-{name}-{below}.1")));
    }
    expected.sort();
    let made = folder.join("made/here");
    assert_eq!(common::entries(&made), expected);
    for name in expected {
        let page = std::fs::read_to_string(made.join(&name)).expect("a page");
        assert!(
            page.contains("\n.SH NAME\n") && page.contains("\n.SH SYNOPSIS\n"),
            "{name}"
        );
        // Lines that begin with a dot are requests: no text may begin so by chance.
        let known = [
            "SH", "SS", "TP", "RS", "RE", "TH", "ie", "el", "br", "IP", "PP", "B",
        ];
        for line in page.lines().filter_map(|line| line.strip_prefix('.')) {
            let request = line.split([' ', '\\']).next().unwrap_or_default();
            assert!(known.contains(&request), "{name}: .{line}");
        }
    }
    let whole = output(folder, "generate man");
    assert!(String::from_utf8_lossy(&whole).contains(".SH SUBCOMMANDS"));
    assert_eq!(
        cogwork(folder, "generate man /dev/null/man").status.code(),
        Some(1)
    );
}
