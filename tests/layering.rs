//! The layers that the crate documentation draws: a file uses lower layers only, and the pillars of layer 1 never
//! see each other. Read from the `use` lines and paths of the sources, so that the picture cannot
//! rot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The layer of each module; within layer 1 the name tells the pillar.
const LAYERS: [(&str, u8); 32] = [
    ("block", 0),
    ("cache", 0),
    ("cancel", 0),
    ("counters", 0),
    ("error", 0),
    ("grid", 0),
    ("limits", 0),
    ("pool", 0),
    ("sample", 0),
    ("trace", 0),
    ("codec", 1),
    ("exec", 1),
    ("expr", 1),
    ("neighbourhood", 1),
    ("resampling", 1),
    ("format", 1),
    ("source", 1),
    ("spool", 1),
    ("context", 2),
    ("tile", 2),
    ("read", 3),
    ("write", 3),
    ("lazy", 4),
    ("pipeline", 4),
    ("edit", 4),
    ("validate", 4),
    ("interop", 5),
    ("picture", 5),
    ("stac", 5),
    ("cookbook", 6),
    ("fuzzing", 6),
    ("lib", 6),
];

#[test]
fn no_arrow_runs_up() {
    let layers: BTreeMap<&str, u8> = LAYERS.into();
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (module, file) in sources() {
        let own = *layers
            .get(module.as_str())
            .unwrap_or_else(|| panic!("{module} ({}) has no layer", file.display()));
        for used in used_modules(&file, &module) {
            let Some(&theirs) = layers.get(used.as_str()) else {
                continue;
            };
            arrows += 1;
            let sideways = theirs == own && own == 1;
            let between_ends = (module.as_str(), used.as_str()) == ("read", "write")
                || (module.as_str(), used.as_str()) == ("write", "read");
            if theirs > own || sideways || between_ends {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(
        arrows > 80,
        "only {arrows} arrows were found: is the test looking?"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rayon_is_named_in_one_file() {
    let naming: Vec<String> = sources()
        .into_iter()
        .filter(|(_, file)| code(file).contains("rayon::"))
        .map(|(module, _)| module)
        .collect();
    assert_eq!(naming, ["exec"]);
}

/// All sources of the library with the top module they belong to.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "bin") {
                    folders.push(path);
                }
                continue;
            }
            let inside = path.strip_prefix(&root).expect("below the root");
            let top = inside.components().next().expect("a name").as_os_str();
            let module = top.to_string_lossy().trim_end_matches(".rs").to_owned();
            found.push((module, path));
        }
    }
    found.sort();
    found
}

/// The source without comments and without its tests, which may use anything.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a source");
    let text = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The top modules that follow `crate::` in a source, groups in braces included.
fn used_modules(file: &Path, own: &str) -> Vec<String> {
    let code = code(file);
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = group.split(';').next().unwrap_or_default();
                used.extend(group.split(',').map(first_name));
            }
            None => used.push(first_name(rest)),
        }
    }
    used.retain(|name| name != own && !name.is_empty());
    used
}

fn first_name(path: &str) -> String {
    path.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}
