//! What the crate promises, a line for each public item with all features: a change of `api.txt` is a change of the
//! promise, and is looked at as one (semver). Made anew by
//!
//! ```text
//! WRITE_API=1 cargo test --release --all-features --test public_api
//! ```
//!
//! `cargo test` leaves this test out (it documents the crate once more): `.ci/run` asks for it by name.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use public_api::Builder;

#[test]
fn the_public_api_is_what_is_listed() {
    let built = Builder::from_rustdoc_json(documented())
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("rustdoc's JSON is of a known version");
    let built: Vec<String> = built.items().map(ToString::to_string).collect();
    let listed = root().join("tests/public_api/api.txt");
    if env::var_os("WRITE_API").is_some() {
        fs::write(&listed, built.join("\n") + "\n").expect("the list is written");
    }
    let listed = fs::read_to_string(listed).expect("the list is there");
    let listed: Vec<&str> = listed.lines().collect();
    let added = built
        .iter()
        .filter(|item| !listed.contains(&&***item))
        .map(|item| format!("+ {item}"));
    let gone = listed
        .iter()
        .filter(|item| !built.iter().any(|other| other == *item))
        .map(|item| format!("- {item}"));
    let changes: Vec<String> = added.chain(gone).collect();
    assert!(
        changes.is_empty(),
        "not as listed (see the head of this test):\n{}",
        changes.join("\n")
    );
}

/// The crate's documentation as JSON, made where `cargo doc` puts its HTML.
fn documented() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["doc", "--no-deps", "--all-features", "--lib", "--quiet"])
        .env("RUSTDOC", root().join("tests/public_api/rustdoc-json"))
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root())
        .status()
        .expect("cargo runs");
    assert!(status.success(), "rustdoc fails");
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("doc/cogwork.json")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
