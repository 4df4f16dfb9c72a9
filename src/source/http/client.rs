//! What sources share: connections, bounds, the cache, the word to stop.

use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use super::fault::Fault;
use super::host::Hosts;
use super::options::HttpOptions;
use crate::cancel::{CancelToken, Registration};
use crate::error::{ErrorKind, Result, Usage};
use crate::source::cached::RangeCache;

/// Asks servers: connections that are kept open, bounds per host and a cache of ranges, shared by
/// all sources that are opened with it. Cheap to clone; no thread runs and nothing is connected
/// before it is used.
#[derive(Clone)]
pub struct HttpClient {
    pub(super) shared: Arc<Shared>,
    line: Arc<Line>,
}

/// What the client and those made from it [`with_cancel`](HttpClient::with_cancel) share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: HttpOptions,
    /// The headers of the options.
    pub(super) headers: HeaderMap,
    pub(super) cache: RangeCache,
    pub(super) hosts: Hosts,
}

/// The connections that one token ends.
struct Line {
    agent: Agent,
    cancel: CancelToken,
    _hook: Registration,
}

impl HttpClient {
    /// A client with these options.
    ///
    /// # Errors
    /// [`Usage::Option`] for a header that is none.
    pub fn new(options: HttpOptions) -> Result<Self> {
        let headers = headers(&options.headers)?;
        Ok(Self::with_headers(options, headers))
    }

    fn with_headers(options: HttpOptions, headers: HeaderMap) -> Self {
        let line = Line::new(&options, CancelToken::new());
        HttpClient {
            shared: Arc::new(Shared {
                headers,
                cache: RangeCache::new(options.cache_bytes),
                hosts: Hosts::default(),
                options,
            }),
            line: Arc::new(line),
        }
    }

    /// The same client with connections of its own that end when `cancel` says so, in the midst of
    /// whatever they do.
    #[must_use]
    pub fn with_cancel(&self, cancel: &CancelToken) -> Self {
        let line = match self.line.cancel.is(cancel) {
            true => self.line.clone(),
            false => Arc::new(Line::new(&self.shared.options, cancel.clone())),
        };
        HttpClient {
            shared: self.shared.clone(),
            line,
        }
    }

    /// The options.
    pub fn options(&self) -> &HttpOptions {
        &self.shared.options
    }

    /// The ranges that are kept.
    pub fn cache(&self) -> &RangeCache {
        &self.shared.cache
    }

    pub(super) fn cancel(&self) -> &CancelToken {
        &self.line.cancel
    }

    /// Sends a request and waits for the head of its answer, at most for `time` together with the
    /// body. A thread of its own does it, since nobody can end the search for a name or a
    /// connection that is being made; cancelled, it ends by itself at the connection's timeout.
    pub(super) fn send(
        &self,
        request: Request<()>,
        time: Duration,
    ) -> Result<Response<Body>, Fault> {
        self.line.cancel.check()?;
        let agent = self.line.agent.clone();
        let (answer, answers) = mpsc::sync_channel(1);
        let ask = move || {
            let request = agent.configure_request(request);
            let request = request.timeout_global(Some(time)).build();
            // Nobody may be listening any more.
            let _ = answer.send(agent.run(request));
        };
        let thread = thread::Builder::new().name("cogwork-http".into());
        thread
            .spawn(ask)
            .map_err(|error| Fault::from(ErrorKind::Io(error)))?;
        loop {
            match answers.recv_timeout(LOOK) {
                Ok(answer) => {
                    self.line.cancel.check()?;
                    return answer.map_err(Fault::of_request);
                }
                Err(RecvTimeoutError::Timeout) => self.line.cancel.check()?,
                Err(RecvTimeoutError::Disconnected) => {
                    let error = std::io::Error::other("the thread that asks has ended");
                    return Err(Fault::from(ErrorKind::Io(error)));
                }
            }
        }
    }
}

impl Default for HttpClient {
    /// A client with the default options.
    fn default() -> Self {
        Self::with_headers(HttpOptions::default(), HeaderMap::new())
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("options", &self.shared.options)
            .field("cache", &self.shared.cache)
            .finish_non_exhaustive()
    }
}

impl Line {
    fn new(options: &HttpOptions, cancel: CancelToken) -> Self {
        let config = config(options);
        let names = Names::default();
        let agent = Agent::with_parts(config, DefaultConnector::default(), names);
        let ended = agent.clone();
        let hook = cancel.on_cancel(move || ended.clone().shutdown());
        Line {
            agent,
            cancel,
            _hook: hook,
        }
    }
}

/// The agent's configuration: proxy, certificates, address family and user agent of the agent that
/// was given, all else ours.
fn config(options: &HttpOptions) -> Config {
    let builder = Config::builder();
    let builder = match options.agent.as_ref().map(Agent::config) {
        Some(given) => builder
            .proxy(given.proxy().cloned())
            .tls_config(given.tls_config().clone())
            .ip_family(given.ip_family())
            .https_only(given.https_only())
            .user_agent(given.user_agent().clone()),
        None => builder
            .proxy(None)
            .user_agent(concat!("cogwork/", env!("CARGO_PKG_VERSION"))),
    };
    builder
        .http_status_as_error(false)
        .max_redirects(0)
        .accept_encoding("identity")
        // The agent takes what follows an interim answer (1xx) for a header that has not ended.
        .max_response_header_size(LARGEST_HEAD)
        .input_buffer_size(LARGEST_HEAD)
        .max_idle_connections(2 * options.parallel.max(1))
        .max_idle_connections_per_host(options.parallel.max(1))
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .timeout_per_read(Some(options.idle_timeout))
        .timeout_per_write(Some(options.idle_timeout))
        .build()
}

/// Headers as the agent wants them.
pub(super) fn headers(pairs: &[(String, String)]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let wrong = || Usage::Option(format!("header `{name}` has a name or value that is none"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(key, value);
    }
    Ok(headers)
}

/// Finds names, and remembers the answers for a while: the agent asks before each request.
#[derive(Debug, Default)]
struct Names {
    resolver: DefaultResolver,
    known: Mutex<HashMap<String, (Instant, ResolvedSocketAddrs)>>,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let key = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
            _ => return self.resolver.resolve(uri, config, timeout),
        };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, found)) = known().get(&key)
            && at.elapsed() < REMEMBERED
        {
            return Ok(found.clone());
        }
        let found = self.resolver.resolve(uri, config, timeout)?;
        let mut known = known();
        known.retain(|_, (at, _)| at.elapsed() < REMEMBERED);
        known.insert(key, (Instant::now(), found.clone()));
        Ok(found)
    }
}

/// Bytes of the head of an answer, and of the buffer of a connection.
const LARGEST_HEAD: usize = 128 << 10;
/// How long the addresses of a name are used.
const REMEMBERED: Duration = Duration::from_secs(10);
/// How often a wait looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(50);
