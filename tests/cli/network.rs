//! URLs on the command line, asked of a server on this machine.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use cogwork::Cog;

use crate::common::loopback::{Answer, Loopback, Request};
use crate::{common, scene};

/// A server of the scene's files. Documents come whole, whatever range is asked for.
fn server() -> Loopback {
    Loopback::start(|request| {
        let path = request.target.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        match std::fs::read(scene().join(name)) {
            Ok(bytes) if name.ends_with(".json") => Answer::Says(200, Vec::new(), bytes),
            Ok(bytes) => Answer::part(&bytes, request),
            Err(_) => Answer::Says(404, Vec::new(), Vec::new()),
        }
    })
}

fn silent() -> Loopback {
    Loopback::start(|_| Answer::Silence)
}

/// `cogwork` with these words, and nothing said of a network in its environment but this.
fn command(words: &[&str], environment: &[(&str, &str)]) -> Command {
    prepared(Command::new(PROGRAM), words, environment)
}

fn prepared(mut command: Command, words: &[&str], environment: &[(&str, &str)]) -> Command {
    let said = |name: &str| {
        let name = name.to_ascii_uppercase();
        name.starts_with("AWS_") || name.ends_with("_PROXY")
    };
    for (name, _) in std::env::vars().filter(|(name, _)| said(name)) {
        command.env_remove(name);
    }
    command.args(words).envs(environment.iter().copied());
    command
}

fn run(words: &[&str], environment: &[(&str, &str)]) -> Output {
    let output = command(words, environment).output();
    output.expect("the program runs")
}

/// Standard output of a run that must go well.
fn good(words: &[&str], environment: &[(&str, &str)]) -> Vec<u8> {
    let output = run(words, environment);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(0), ""), "{words:?}");
    output.stdout
}

#[test]
fn a_url_is_read_like_its_file() {
    let server = server();
    let raw = good(&["read", &server.url("/d/SCL.tif"), "--raw", "-"], &[]);
    let file = Cog::open(scene().join("SCL.tif")).expect("the scene");
    let block = file.base().read().expect("it is whole");
    assert_eq!(
        common::sha256(&raw),
        common::sha256(&block.samples().to_le_bytes())
    );
}

#[test]
fn headers_are_sent() {
    let server = server();
    let url = server.url("/SCL.tif");
    let headers = [
        "--header",
        "authorization: Bearer a:b",
        "--header",
        "X-Key:1",
    ];
    good(&[&["info", &url][..], &headers].concat(), &[]);
    let seen = server.seen();
    assert!(!seen.is_empty());
    for request in seen {
        assert_eq!(request.header("authorization"), Some("Bearer a:b"));
        assert_eq!(request.header("x-key"), Some("1"));
    }
}

/// The document's hrefs are relative: `./visual.tif` and its like.
#[test]
fn assets_of_a_document_behind_a_url() {
    let server = server();
    let name = server.url("/some/folder/mysearch.json?key=1#-1/visual");
    let facts = good(&["info", &name, "--json"], &[]);
    let facts: serde_json::Value = serde_json::from_slice(&facts).expect("JSON");
    assert_eq!(facts["source"], server.url("/some/folder/visual.tif"));
    assert_eq!(
        (&facts["bands"], &facts["epsg"]),
        (&3.into(), &32631.into())
    );
    let targets = |name: &str| {
        let named = |request: &Request| request.target.contains(name);
        server.seen().into_iter().filter(named).count()
    };
    assert_eq!(targets("mysearch.json?key=1"), 1);
    for (fragment, code) in [("-1/nothing", 2), ("99/visual", 2)] {
        let name = format!("{}#{fragment}", server.url("/mysearch.json"));
        assert_eq!(
            run(&["info", &name], &[]).status.code(),
            Some(code),
            "{fragment}"
        );
    }
    let missing = server.url("/nothing.json?key=secret#-1/visual");
    let output = run(&["info", &missing], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("404") && !said.contains("secret"), "{said}");
}

/// Its length is known from the first answer, and no more is asked for.
#[test]
fn a_document_that_is_too_large() {
    let server = Loopback::start(|request| {
        let range = request
            .header("range")
            .and_then(|text| text.strip_prefix("bytes="));
        let last = range.and_then(|range| range.strip_prefix("0-"));
        let last: usize = last.expect("the beginning").parse().expect("a number");
        let headers = vec![("content-range", format!("bytes 0-{last}/67108865"))];
        Answer::Says(206, headers, vec![b' '; last + 1])
    });
    let output = run(&["info", &server.url("/all.json#0/visual")], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("67108865"), "{said}");
    assert_eq!(server.seen().len(), 1);
}

/// Only s3:// names are signed, and only where there are keys.
#[test]
fn keys_of_the_environment_sign_s3_names() {
    let server = server();
    let endpoint = server.url("");
    let keys = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", &*endpoint),
    ];
    let name = "s3://bucket/SCL.tif";
    good(&["info", name], &keys);
    good(&["info", name, "--no-sign-request"], &keys);
    good(&["info", name], &keys[2..]);
    good(&["info", &server.url("/bucket/SCL.tif")], &keys);
    let signed: Vec<bool> = server
        .seen()
        .iter()
        .map(|request| {
            assert!(request.target.starts_with("/bucket/SCL.tif"), "{request:?}");
            request.target.contains("X-Amz-Signature=")
        })
        .collect();
    assert_eq!(signed, [true, false, false, false]);
    // What is wrong with the environment is no matter of local files.
    let local = scene().join("SCL.tif").to_string_lossy().into_owned();
    let wrong = [("AWS_REGION", "no region!"), ("ALL_PROXY", "socks5://h:1")];
    good(&["info", &local], &wrong);
    assert_eq!(run(&["info", name], &wrong).status.code(), Some(2));
}

#[test]
fn a_proxy_is_asked() {
    let proxy = Loopback::start(|_| Answer::Says(403, Vec::new(), Vec::new()));
    let url = "http://cogwork.invalid/a.tif";
    let address = proxy.url("");
    let asked = || proxy.seen().len();
    assert_eq!(
        run(&["info", url, "--proxy", &address], &[]).status.code(),
        Some(1)
    );
    let once = asked();
    assert!(once > 0 && proxy.seen()[0].target.contains("cogwork.invalid"));
    assert_eq!(
        run(&["info", url], &[("HTTP_PROXY", &address)])
            .status
            .code(),
        Some(1)
    );
    let twice = asked();
    assert!(twice > once);
    let server = server();
    let environment = [("HTTP_PROXY", &*address), ("NO_PROXY", "127.0.0.1")];
    good(&["info", &server.url("/SCL.tif")], &environment);
    assert_eq!(asked(), twice);
}

#[test]
fn patience_is_bounded() {
    let server = silent();
    let started = Instant::now();
    let words = ["info", &server.url("/a.tif"), "--http-timeout", "0.5"];
    let output = run(&words, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(started.elapsed() < Duration::from_secs(8), "{said}");
}

/// Ctrl-C ends a wait for a server at once.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_wait() {
    for words in [
        &["read", "URL", "--raw", "-"][..],
        &["convert", "URL", "-o", "out.tif"],
    ] {
        let server = silent();
        let folder = tempfile::tempdir().expect("a folder");
        let url = server.url("/a.tif");
        let words: Vec<&str> = words
            .iter()
            .map(|word| if *word == "URL" { &*url } else { *word })
            .collect();
        // Under nohup a command leaves signals to the system; these tests may be run so.
        let mut heeding = Command::new("env");
        heeding.args(["--default-signal=HUP", PROGRAM]);
        let child = prepared(heeding, &words, &[])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        while server.seen().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let interrupted = Instant::now();
        let id = child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &id]).status();
        assert!(killed.expect("kill is there").success());
        let output = child.wait_with_output().expect("it ends");
        let time = interrupted.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{words:?}: {said}");
        assert!(said.contains("cancelled"), "{words:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{words:?}: {said}");
        // It takes some 0.1 s; the machine may be busy.
        assert!(time < Duration::from_secs(3), "{words:?}: {time:?}");
        assert!(common::entries(folder.path()).is_empty(), "{words:?}");
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_cogwork");
