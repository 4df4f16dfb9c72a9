//! `validate`: exit codes, text and JSON.

use std::fs;

use serde_json::{Value, json};

use crate::{cogwork, output, scene};

/// The scene's file as it is, with a leader changed, and a file that only strict readers refuse.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("a folder");
    };
    let mut visual = fs::read(scene().join("visual.tif")).expect("the scene");
    put("cut.tif", &visual[..visual.len() - 100]);
    put("masked.tif", &visual);
    put("masked.tif.msk", b"II");
    let end = visual.len();
    visual[end - 1] ^= 1;
    put("trailer.tif", &visual);
    folder
}

#[test]
fn exit_codes() {
    let folder = folder();
    for (words, code) in [
        ("validate SCENE/visual.tif", 0),
        ("validate SCENE/visual.tif --strict --full", 0),
        ("validate SCENE/mysearch.json#-1/visual --json", 0),
        ("validate cut.tif", 1),
        ("validate cut.tif --full=no", 1),
        ("validate trailer.tif", 1),
        ("validate trailer.tif --full=auto", 1),
        ("validate trailer.tif --full=no", 0),
        ("validate masked.tif", 0),
        ("validate masked.tif --strict", 1),
    ] {
        let output = cogwork(folder.path(), words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(code), ""), "{words}");
        assert!(!output.stdout.is_empty(), "{words}");
    }
}

#[test]
fn text_names_the_place_and_what_helps() {
    let folder = folder();
    let output = cogwork(folder.path(), "validate trailer.tif");
    let text = String::from_utf8(output.stdout).expect("text");
    let end = fs::metadata(folder.path().join("trailer.tif"))
        .expect("it is there")
        .len();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "trailer.tif: not a valid COG");
    let finding = format!("error trailer: base, tile 15, byte {}: ", end - 4);
    assert!(lines[4].starts_with(&finding), "{text}");
    assert!(lines[5].starts_with("  hint: "), "{text}");
    assert_eq!(lines.len(), 6, "{text}");
}

#[test]
fn json_has_the_same() {
    let folder = folder();
    let whole = output(folder.path(), "validate SCENE/visual.tif --json");
    let whole: Value = serde_json::from_slice(&whole).expect("JSON");
    assert_eq!(
        (
            &whole["valid"],
            &whole["strictly_valid"],
            &whole["full"],
            &whole["findings"]
        ),
        (&json!(true), &json!(true), &json!(true), &json!([]))
    );
    assert_eq!(whole["levels"][1]["tile"], json!([256, 256]));
    assert_eq!(whole["ghost"]["bytes"], 183);
    let output = cogwork(folder.path(), "validate trailer.tif --json");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["valid"], false);
    let finding = &told["findings"][0];
    let members = ["severity", "rule", "level", "mask", "tile", "count"];
    let members: Vec<&Value> = members.iter().map(|member| &finding[member]).collect();
    let expected = json!(["error", "trailer", 0, false, 15, 1]);
    assert_eq!(json!(members), expected);
}
