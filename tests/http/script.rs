//! What a scripted server is asked, and what it is told to answer.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// How many requests came before.
    pub number: usize,
    pub method: String,
    pub target: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn parse(head: &str, number: usize) -> Self {
        let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
        let mut words = lines.next().unwrap_or_default().split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Request {
            number,
            method: word(),
            target: word(),
            headers: lines.map(header).collect(),
        }
    }

    /// The value of a header that may be there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} comes twice: {self:?}");
        value
    }

    /// The bytes that are asked for.
    pub fn range(&self) -> Range<usize> {
        let text = self.header("range").expect("every request has a range");
        let pair = text.strip_prefix("bytes=").and_then(|r| r.split_once('-'));
        let (first, last) = pair.unwrap_or_else(|| panic!("`{text}` is no range"));
        let number = |text: &str| text.parse::<usize>().expect("a number");
        number(first)..number(last) + 1
    }

    /// Method, target, range and If-Match.
    pub fn line(&self) -> String {
        let range = self.header("range").unwrap_or("all");
        let range = range.trim_start_matches("bytes=");
        let mut line = format!("{} {} {range}", self.method, self.target);
        if let Some(etag) = self.header("if-match") {
            let _ = write!(line, " {etag}");
        }
        line
    }
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    head: bool,
    /// What comes before the head.
    before: Vec<u8>,
    version: &'static str,
    chunked: bool,
    /// Bytes of the body that are sent.
    sent: usize,
    pub then: Then,
}

/// What the server does once it has sent an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Then {
    Next,
    Close,
    Reset,
    Silence,
    /// The rest comes byte by byte.
    Drip(Duration),
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let answer = Answer {
            status,
            headers: Vec::new(),
            head: true,
            before: Vec::new(),
            version: "HTTP/1.1",
            chunked: false,
            sent: usize::MAX,
            then: Then::Next,
            body,
        };
        let length = answer.body.len();
        answer.with("Content-Length", length)
    }

    /// The connection is reset at once.
    pub fn reset() -> Self {
        Answer {
            head: false,
            ..Self::new(500, "").then(0, Then::Reset)
        }
    }

    /// Nothing comes at all.
    pub fn silence() -> Self {
        Answer {
            head: false,
            ..Self::new(500, "").then(0, Then::Silence)
        }
    }

    pub fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "elsewhere").with("Location", location)
    }

    /// The same under another status.
    pub fn under(self, status: u16) -> Self {
        Answer { status, ..self }
    }

    /// Sets a header.
    pub fn with(self, name: &str, value: impl ToString) -> Self {
        let mut answer = self.without(name);
        answer.headers.push((name.to_owned(), value.to_string()));
        answer
    }

    /// Adds a header that is there already.
    pub fn twice(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// The names of its headers.
    pub fn names(&self) -> Vec<String> {
        self.headers.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The value of a header, empty if it has none.
    pub fn value(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The body comes in chunks, its length is not told.
    pub fn chunked(self) -> Self {
        let answer = self.without("Content-Length");
        Answer {
            chunked: true,
            ..answer.with("Transfer-Encoding", "chunked")
        }
    }

    /// The body ends where the connection does.
    pub fn unframed(self) -> Self {
        let length = self.body.len();
        self.without("Content-Length")
            .with("Connection", "close")
            .then(length, Then::Close)
    }

    /// An answer of HTTP/1.0: the connection ends with it.
    pub fn of_http_1_0(self) -> Self {
        Answer {
            version: "HTTP/1.0",
            ..self.then(usize::MAX, Then::Close)
        }
    }

    /// Other bytes come first.
    pub fn after(self, bytes: &[u8]) -> Self {
        Answer {
            before: bytes.to_owned(),
            ..self
        }
    }

    /// More bytes than the headers say.
    pub fn surplus(mut self, bytes: &[u8]) -> Self {
        self.body.extend_from_slice(bytes);
        self
    }

    /// The connection is closed after so many bytes of the body.
    pub fn cut(self, sent: usize) -> Self {
        self.then(sent, Then::Close)
    }

    /// The connection is reset after so many bytes of the body.
    pub fn reset_after(self, sent: usize) -> Self {
        self.then(sent, Then::Reset)
    }

    /// Nothing comes after so many bytes of the body.
    pub fn silent_after(self, sent: usize) -> Self {
        self.then(sent, Then::Silence)
    }

    /// After so many bytes of the body they come one by one.
    pub fn drip_after(self, sent: usize, interval: Duration) -> Self {
        self.then(sent, Then::Drip(interval))
    }

    fn then(self, sent: usize, then: Then) -> Self {
        Answer { sent, then, ..self }
    }

    /// All that is sent at once.
    pub fn bytes(&self) -> Vec<u8> {
        if !self.head {
            return Vec::new();
        }
        [self.before.clone(), self.head(), self.framed()].concat()
    }

    /// The rest of the body.
    pub fn unsent(&self) -> &[u8] {
        self.body.get(self.sent..).unwrap_or_default()
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} Scripted\r\n", self.version, self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// The bytes of the body that are sent at once, framed.
    fn framed(&self) -> Vec<u8> {
        let body = &self.body[..self.sent.min(self.body.len())];
        if !self.chunked {
            return body.to_owned();
        }
        let mut framed = Vec::new();
        for chunk in body.chunks(10_000) {
            let _ = write!(framed, "{:x}\r\n", chunk.len());
            framed.extend_from_slice(chunk);
            framed.extend_from_slice(b"\r\n");
        }
        if self.then == Then::Next {
            framed.extend_from_slice(b"0\r\n\r\n");
        }
        framed
    }
}

/// An object that a sound server has.
#[derive(Clone, Debug)]
pub struct Object {
    pub bytes: Arc<Vec<u8>>,
    pub etag: Option<&'static str>,
    pub modified: Option<&'static str>,
}

impl Object {
    /// An object with a strong ETag.
    pub fn new(bytes: &[u8]) -> Self {
        Object {
            bytes: Arc::new(bytes.to_owned()),
            etag: Some("\"one\""),
            modified: Some("Sun, 06 Nov 1994 08:49:37 GMT"),
        }
    }

    /// What RFC 9110 wants.
    pub fn answer(&self, request: &Request) -> Answer {
        let (range, length) = (request.range(), self.bytes.len());
        let matches = |etag| Some(etag) == self.etag;
        if !request.header("if-match").is_none_or(matches) {
            return self.named(Answer::new(412, "changed"));
        }
        if range.start >= length {
            return self
                .named(Answer::new(416, "no such bytes"))
                .with("Content-Range", format!("bytes */{length}"));
        }
        self.part(range.start..range.end.min(length))
    }

    /// Status 206 with these bytes.
    pub fn part(&self, range: Range<usize>) -> Answer {
        let (last, length) = (range.end - 1, self.bytes.len());
        let content_range = format!("bytes {}-{last}/{length}", range.start);
        self.named(Answer::new(206, &self.bytes[range]))
            .with("Content-Range", content_range)
    }

    /// Status 200 with all bytes.
    pub fn whole(&self) -> Answer {
        self.named(Answer::new(200, self.bytes.as_slice()))
    }

    fn named(&self, answer: Answer) -> Answer {
        let answer = match self.etag {
            Some(etag) => answer.with("ETag", etag),
            None => answer,
        };
        match self.modified {
            Some(modified) => answer.with("Last-Modified", modified),
            None => answer,
        }
    }
}
