//! A server on the loopback that does as it is told, and notes what it was asked.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::script::{Answer, Request, Then};

/// Connections of one server, at most; more are closed at once.
const MOST: usize = 100;

/// A connection, in the clear or in TLS.
pub trait Wire: Read + Write {}

impl<T: Read + Write> Wire for T {}

type Rule = dyn Fn(&Request) -> Answer + Send + Sync;
type Wrap = dyn Fn(TcpStream) -> io::Result<Box<dyn Wire>> + Send + Sync;

/// A server, until dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    rule: Box<Rule>,
    wrap: Box<Wrap>,
    most: usize,
    requests: Mutex<Vec<Request>>,
    open: Mutex<HashMap<usize, TcpStream>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    connections: AtomicUsize,
    refused: AtomicUsize,
    ended: AtomicBool,
}

impl Server {
    /// A server that answers by a rule.
    pub fn new(rule: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(rule, MOST, |stream| Ok(Box::new(stream)))
    }

    /// A server that closes what is more than `most` connections at a time.
    pub fn narrow(most: usize, rule: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(rule, most, |stream| Ok(Box::new(stream)))
    }

    /// A server whose connections are wrapped.
    pub fn with(
        rule: impl Fn(&Request) -> Answer + Send + Sync + 'static,
        most: usize,
        wrap: impl Fn(TcpStream) -> io::Result<Box<dyn Wire>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            rule: Box::new(rule),
            wrap: Box::new(wrap),
            most,
            requests: Mutex::default(),
            open: Mutex::default(),
            threads: Mutex::default(),
            connections: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let for_all = shared.clone();
        let accepting = thread::spawn(move || accept(&listener, &for_all));
        Server {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far. Each is a GET of a range, as it is stored.
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.shared.requests.lock().expect("no panic").clone();
        for request in requests
            .iter()
            .filter(|request| request.method != "CONNECT")
        {
            assert_eq!(request.method, "GET", "{request:?}");
            assert_eq!(request.header("accept-encoding"), Some("identity"));
            assert!(request.header("range").is_some(), "{request:?}");
            assert!(request.header("host").is_some(), "{request:?}");
        }
        requests
    }

    /// The lines of all requests so far.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Connections that were one too many.
    pub fn refused(&self) -> usize {
        self.shared.refused.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let accepting = self.accepting.take().map(JoinHandle::join);
        for stream in self.shared.open.lock().expect("no panic").values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let threads = std::mem::take(&mut *self.shared.threads.lock().expect("no panic"));
        let ends: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
        let sound = ends.iter().chain(&accepting).all(Result::is_ok);
        assert!(sound || thread::panicking(), "the server has panicked");
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let ended = || shared.ended.load(Ordering::SeqCst);
        let Some(stream) = stream.ok().filter(|_| !ended()) else {
            return;
        };
        let mut open = shared.open.lock().expect("no panic");
        if open.len() >= shared.most {
            shared.refused.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let Ok(own) = stream.try_clone() else { return };
        open.insert(number, own);
        drop(open);
        let for_it = shared.clone();
        let thread = thread::spawn(move || {
            // A client that goes away is none of the server's faults.
            let _ = connection(&for_it, stream);
            for_it.open.lock().expect("no panic").remove(&number);
        });
        shared.threads.lock().expect("no panic").push(thread);
    }
}

fn connection(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut wire = (shared.wrap)(stream)?;
    while let Some(head) = read_head(&mut *wire)? {
        let request = {
            let mut requests = shared.requests.lock().expect("no panic");
            let request = Request::parse(&head, requests.len());
            requests.push(request.clone());
            request
        };
        let answer = (shared.rule)(&request);
        if answer.then == Then::Reset {
            // The last byte of the request is not read: so the kernel resets the connection.
            send(&answer, &mut *wire)?;
            return Ok(());
        }
        wire.read_exact(&mut [0])?;
        send(&answer, &mut *wire)?;
        match answer.then {
            Then::Next => {}
            Then::Close | Then::Reset => return Ok(()),
            Then::Silence => {
                let _ = wire.read(&mut [0]);
                return Ok(());
            }
            Then::Drip(interval) => {
                for byte in answer.unsent() {
                    if shared.ended.load(Ordering::SeqCst) {
                        return Ok(());
                    }
                    thread::sleep(interval);
                    wire.write_all(&[*byte])?;
                    wire.flush()?;
                }
            }
        }
    }
    Ok(())
}

fn send(answer: &Answer, wire: &mut dyn Wire) -> io::Result<()> {
    wire.write_all(&answer.bytes())?;
    wire.flush()
}

/// The head of a request, but for its last byte; none if there is no further request.
fn read_head(wire: &mut dyn Wire) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r") {
        if wire.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
        assert!(head.len() < 1 << 16, "an endless request");
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
