//! The command line on a terminal: progress, colours, Ctrl-C. Jobs are held up by a server that
//! answers when it is told to, so that no test waits for luck.
#![cfg(all(feature = "cli", unix))]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use cogwork::sample::DataType::U16;
use cogwork::validate::{Depth, validate};
use cogwork::write::Compression;
use cogwork::{Cog, Context};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use common::loopback::{Answer, Loopback};
use common::raster;

const OLD: &[u8] = b"the old file";

/// A program on a terminal of so many columns.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    reader: JoinHandle<()>,
}

/// What came to the terminal, as bytes and as a picture.
struct Seen {
    bytes: Vec<u8>,
    parser: vt100::Parser,
}

impl Terminal {
    fn start(
        folder: &Path,
        columns: u16,
        environment: &[(&str, &str)],
        words: &[&str],
    ) -> Terminal {
        let size = PtySize {
            rows: ROWS,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_cogwork"));
        command.args(words);
        command.cwd(folder);
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "HTTP_PROXY",
            "ALL_PROXY",
        ] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program runs");
        let seen = Arc::new(Mutex::new(Seen {
            bytes: Vec::new(),
            parser: vt100::Parser::new(cells(ROWS), cells(columns), 100),
        }));
        let mut screen = pair.master.try_clone_reader().expect("a screen");
        let shared = seen.clone();
        let reader = spawn(move || {
            let mut bytes = [0; 4096];
            // The end of a terminal is an error on some systems.
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                let mut seen = shared.lock().expect("no panic");
                seen.bytes.extend_from_slice(&bytes[..count]);
                seen.parser.process(&bytes[..count]);
            }
        });
        Terminal {
            child,
            keys: pair.master.take_writer().expect("a keyboard"),
            master: pair.master,
            seen,
            reader,
        }
    }

    /// The text on the screen, without blanks at the ends of lines.
    fn text(&self) -> String {
        let seen = self.seen.lock().expect("no panic");
        let lines = seen.parser.screen().contents();
        lines
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn wait_for(&self, what: &str) {
        until(
            || self.text().contains(what),
            || format!("no `{what}` in\n{}", self.text()),
        );
    }

    fn press_ctrl_c(&mut self) {
        self.keys.write_all(b"\x03").expect("a keyboard");
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        let sent = Command::new("kill").args([name, &id]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits for the end; gives the exit code and all that was seen.
    fn end(mut self) -> (u32, Seen) {
        let mut code = None;
        until(
            || {
                code = self.child.try_wait().expect("our child");
                code.is_some()
            },
            || "it does not end".into(),
        );
        // A keyboard that goes is echoed, so not before the screen.
        self.reader.join().expect("no panic");
        drop((self.keys, self.master));
        let seen = Arc::into_inner(self.seen).expect("no other has it");
        let seen = seen.into_inner().expect("no panic");
        (code.expect("it has ended").exit_code(), seen)
    }
}

impl Seen {
    /// What is on the screen when all is over.
    fn text(&self) -> String {
        self.parser.screen().contents().trim_end().to_owned()
    }

    /// Whether a sequence "select graphic rendition" came: ECMA-48, ESC [ .. m.
    fn has_colors(&self) -> bool {
        let sequences = self.bytes.split(|&byte| byte == 0x1b).skip(1);
        sequences.into_iter().any(|sequence| {
            let parameter = |byte: &&u8| (0x20..0x40).contains(*byte);
            let rest = sequence.strip_prefix(b"[").unwrap_or_default();
            rest.iter().find(|byte| !parameter(byte)) == Some(&b'm')
        })
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("some")
}

fn until(mut done: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "{}", otherwise());
        sleep(Duration::from_millis(2));
    }
}

/// A server of the scene's `visual.tif` that keeps requests for tiles of overviews waiting.
struct Server {
    loopback: Loopback,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicUsize,
}

impl Server {
    fn start() -> Server {
        let path = common::repository().join("testdata/scene/visual.tif");
        let bytes = fs::read(&path).expect("the scene");
        let report = validate(&path, Depth::Arrays, &Context::default()).expect("it is a COG");
        // Overviews stand before the base.
        let base = report.levels[0].data.clone().expect("it has tiles").start;
        let gate: Arc<Gate> = Arc::default();
        let shared = gate.clone();
        let loopback = Loopback::start(move |request| {
            let range = request.header("range").expect("a range");
            let first = range.trim_start_matches("bytes=").split('-').next();
            let first: u64 = first.expect("a start").parse().expect("a number");
            if (1..base).contains(&first) {
                shared.wait();
            }
            Answer::part(&bytes, request)
        });
        Server { loopback, gate }
    }

    fn url(&self) -> String {
        self.loopback.url("/visual.tif")
    }

    /// Waits until a request waits.
    fn wait(&self) {
        let waits = || self.gate.waiting.load(Ordering::SeqCst) > 0;
        until(waits, || "nobody asks for an overview".into());
    }

    fn open(&self) {
        *self.gate.open.lock().expect("no panic") = true;
        self.gate.opened.notify_all();
    }
}

impl Gate {
    fn wait(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let open = self.open.lock().expect("no panic");
        drop(self.opened.wait_while(open, |open| !*open));
    }
}

/// Rows of the base are 782, of the overviews 391 and 195: when the base is done, 57 % are.
const SHARE: &str = " 57 % ";
const ROWS: u16 = 6;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("out.tif"), OLD).expect("the folder takes it");
    folder
}

fn assert_unharmed(folder: &Path, case: &str) {
    assert_eq!(common::entries(folder), ["out.tif"], "{case}");
    let found = fs::read(folder.join("out.tif")).expect("it is there");
    assert!(found == OLD, "{case}");
}

#[test]
fn progress_fits_the_terminal_and_goes() {
    for (columns, end) in [
        (20, "left"),
        (40, "0:0"),
        (80, "gone  [##########--------]  converting"),
        (200, "gone  [##########--------]  converting"),
    ] {
        let (server, folder) = (Server::start(), folder());
        let words = [
            "convert",
            &server.url(),
            "--compress",
            "lzw",
            "-o",
            "out.tif",
        ];
        let terminal = Terminal::start(folder.path(), columns, &[], &words);
        terminal.wait_for(SHARE);
        let text = terminal.text();
        assert_eq!(text.lines().count(), 1, "{columns} columns:\n{text}");
        assert!(text.starts_with(SHARE), "{columns} columns:\n{text}");
        let cut = if columns == 40 {
            &text[..text.len() - 1]
        } else {
            &text
        };
        assert!(cut.ends_with(end), "{columns} columns:\n{text}");
        let rate = ["kB/s", "MB/s", "GB/s"]
            .iter()
            .any(|unit| text.contains(unit));
        assert_eq!(rate, columns > 20, "{text}");
        server.open();
        let (code, seen) = terminal.end();
        assert_eq!((code, seen.text()), (0, String::new()));
        let screen = seen.parser.screen();
        assert_eq!(
            (screen.cursor_position(), screen.hide_cursor()),
            ((0, 0), false)
        );
        assert_eq!(screen.scrollback_len(), 0);
        let cog = Cog::open(folder.path().join("out.tif")).expect("what was written");
        assert_eq!(cog.overview_count(), 2);
    }
}

/// Long enough for a bar to be drawn, if there were one.
#[test]
fn nothing_is_drawn_where_nobody_looks() {
    let drawn = |environment: &[(&str, &str)], more: &[&str]| {
        let (server, folder) = (Server::start(), folder());
        let url = server.url();
        let words = ["convert", &url, "--compress", "lzw", "-o", "out.tif"];
        let words = [&words[..], more].concat();
        let terminal = Terminal::start(folder.path(), 80, environment, &words);
        server.wait();
        sleep(Duration::from_millis(600));
        server.open();
        let (code, seen) = terminal.end();
        assert_eq!(code, 0, "{}", seen.text());
        seen
    };
    assert_ne!(drawn(&[], &[]).bytes, b"");
    for quiet in ["-q", "--quiet"] {
        assert_eq!(drawn(&[], &[quiet]).bytes, b"", "{quiet}");
    }
    assert_eq!(drawn(&[("TERM", "dumb")], &[]).bytes, b"");
    let (server, folder) = (Server::start(), folder());
    let child = Command::new(env!("CARGO_BIN_EXE_cogwork"))
        .args([
            "convert",
            &server.url(),
            "--compress",
            "lzw",
            "-o",
            "out.tif",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    server.wait();
    sleep(Duration::from_millis(600));
    server.open();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        (output.status.code(), output.stdout, output.stderr),
        (Some(0), vec![], vec![])
    );
}

/// no-color.org: no colour where the variable is there and not empty. Help has colours otherwise.
#[test]
fn no_color() {
    let folder = folder();
    let colors = |environment: &[(&str, &str)], words: &[&str]| {
        let terminal = Terminal::start(folder.path(), 80, environment, words);
        terminal.end().1.has_colors()
    };
    assert!(colors(&[], &["--help"]));
    assert!(colors(&[("NO_COLOR", "")], &["--help"]));
    let none = [("NO_COLOR", "1")];
    for words in [
        &["--help"][..],
        &["help", "mask"],
        &["convert", "--nonsense"],
        &["info", "missing.tif"],
    ] {
        assert!(!colors(&none, words), "{words:?}");
    }
    let server = Server::start();
    let words = [
        "convert",
        &server.url(),
        "--compress",
        "lzw",
        "-o",
        "out.tif",
    ];
    let terminal = Terminal::start(folder.path(), 80, &none, &words);
    terminal.wait_for(SHARE);
    server.open();
    let (code, seen) = terminal.end();
    assert_eq!((code, seen.has_colors()), (0, false));
}

/// Stops a job when `ready` says so, and checks how it ends: within a second, with code 130, one line
/// on a clean screen, and nothing in the folder but the old file. The time is that of the quickest of
/// some tries, since a machine that is busy only makes it longer.
fn stopped(
    words: &[&str],
    ready: impl Fn(&Terminal),
    stop: impl Fn(&mut Terminal),
    most: Duration,
) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let folder = folder();
        let mut terminal = Terminal::start(folder.path(), 80, &[], words);
        ready(&terminal);
        let started = Instant::now();
        stop(&mut terminal);
        let (code, seen) = terminal.end();
        times.push(started.elapsed());
        assert_eq!(code, 130, "{words:?}:\n{}", seen.text());
        let text = seen.text().replace("^C", "");
        let said = text.starts_with("cogwork: ") && text.contains("cancelled");
        assert!(said && text.lines().count() == 1, "{words:?}:\n{text}");
        assert!(!seen.parser.screen().hide_cursor(), "{words:?}");
        assert_unharmed(folder.path(), &format!("{words:?}"));
        if times.last() < Some(&most) {
            return;
        }
    }
    panic!("{words:?}: {times:?}");
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_wait_for_a_server_is_stopped() {
    let scl = common::repository().join("testdata/scene/SCL.tif");
    let scl = scl.to_string_lossy();
    for (words, bar) in [
        ("read URL --overview 0 --raw out.tif", "reading"),
        (
            "mask URL --overview 0 --by SCL --values 8 -o out.tif",
            "masking",
        ),
        ("calc a+a --in a=URL@0 -o out.tif", "computing"),
        ("convert URL --compress lzw -o out.tif", "converting"),
        ("edit URL --set A=b -o out.tif", "editing"),
    ] {
        let server = Server::start();
        let url = server.url();
        let words = words.replace("URL", &url).replace("SCL", &scl);
        let words: Vec<&str> = words.split(' ').collect();
        let ready = |terminal: &Terminal| {
            server.wait();
            terminal.wait_for(bar);
        };
        stopped(&words, ready, Terminal::press_ctrl_c, SECOND);
        if bar == "converting" {
            for signal in ["-TERM", "-HUP"] {
                stopped(&words, ready, |terminal| terminal.signal(signal), SECOND);
            }
        }
    }
}

/// A tile of 8 MiB takes a codec some seconds, which cannot be interrupted.
#[test]
fn a_slow_codec_is_stopped() {
    let inputs = tempfile::tempdir().expect("a folder");
    let path = inputs.path().join("in.tif");
    let block = raster::block(U16, 1, (2048, 2048));
    let options = raster::options(Compression::None, 2048);
    fs::write(&path, raster::written(&block, &options)).expect("the folder takes it");
    let path = path.to_string_lossy();
    let words = "convert IN --compress lzma --level 9 --predictor none --overviews none -o out.tif";
    let words: Vec<&str> = words
        .split(' ')
        .map(|word| if word == "IN" { &path } else { word })
        .collect();
    let ready = |terminal: &Terminal| terminal.wait_for("  0 % ");
    stopped(&words, ready, Terminal::press_ctrl_c, SECOND);
    // Said twice, it waits for nothing.
    let twice = |terminal: &mut Terminal| {
        terminal.press_ctrl_c();
        sleep(Duration::from_millis(50));
        terminal.press_ctrl_c();
    };
    stopped(&words, ready, twice, Duration::from_millis(500));
}

#[test]
fn rasters_are_kept_from_terminals() {
    let folder = folder();
    let scl = common::repository().join("testdata/scene/SCL.tif");
    let scl = scl.to_string_lossy();
    for words in [
        "convert SCL -o -",
        "convert SCL -o /dev/tty",
        "convert SCL -o /dev/stdout",
        "mask SCL --by SCL --values 8 -o -",
        "calc a --in a=SCL -o -",
        "edit SCL -o -",
        "read SCL --raw -",
        "read SCL --mask -",
        "info -",
        "validate -",
    ] {
        let words = words.replace("SCL", &scl);
        let words: Vec<&str> = words.split(' ').collect();
        let (code, seen) = Terminal::start(folder.path(), 80, &[], &words).end();
        let text = seen.text();
        assert_eq!(code, 2, "{words:?}:\n{text}");
        assert!(text.starts_with("cogwork: "), "{words:?}:\n{text}");
        assert!(text.contains("a terminal"), "{words:?}:\n{text}");
    }
}
