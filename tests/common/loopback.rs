// A small server of HTTP/1.1 on this machine. A plain comment: doctests include this file.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What was asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Status, headers and body; or silence, until the client gives up.
pub enum Answer {
    Says(u16, Vec<(&'static str, String)>, Vec<u8>),
    Silence,
}

impl Answer {
    /// The range that was asked for.
    pub fn part(bytes: &[u8], request: &Request) -> Self {
        let range = request
            .header("range")
            .and_then(|text| text.strip_prefix("bytes="));
        let (first, last) = range
            .and_then(|range| range.split_once('-'))
            .expect("a range");
        let first: usize = first.parse().expect("a number");
        let last = last
            .parse::<usize>()
            .expect("a number")
            .min(bytes.len() - 1);
        let range = format!("bytes {first}-{last}/{}", bytes.len());
        let headers = vec![("content-range", range), ("etag", "\"1\"".into())];
        Answer::Says(206, headers, bytes[first..=last].to_vec())
    }
}

/// A server that answers each request by a function; it ends with the process.
pub struct Loopback {
    pub port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Loopback {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), seen.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (answer.clone(), log.clone());
                thread::spawn(move || serve(&stream, &*answer, &log));
            }
        });
        Loopback { port, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("no panic").clone()
    }
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&Request) -> Answer, log: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        log.lock().expect("no panic").push(request.clone());
        let Answer::Says(status, headers, body) = answer(&request) else {
            // Nothing comes until the other side closes.
            let _ = reader.read_line(&mut String::new());
            return;
        };
        let mut head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut writer = stream;
        let sent = writer.write_all(format!("{head}\r\n").as_bytes());
        if sent.and_then(|()| writer.write_all(&body)).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = || {
        let mut text = String::new();
        let read = reader.read_line(&mut text).ok()?;
        (read > 0).then(|| text.trim_end().to_owned())
    };
    let first = line()?;
    let target = first.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let text = line()?;
        let Some((name, value)) = text.split_once(':') else {
            return Some(Request { target, headers });
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}
