//! How servers are asked: headers, certificates, a proxy, signatures.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use cogwork::error::Usage;
use cogwork::source::http::HttpOptions;
use cogwork::source::http::ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use cogwork::source::http::ureq::{Agent, Proxy, ProxyProtocol};
use cogwork::source::s3::{S3Authorizer, S3Options};
use cogwork::{Error, Result};

#[derive(Args, Debug)]
#[command(next_help_heading = "Remote files")]
pub struct Network {
    /// Send this header with each request to the host of a URL; not to hosts that it redirects to. May
    /// be given several times.
    #[arg(long, global = true, value_name = "NAME:VALUE", value_parser = header)]
    pub header: Vec<(String, String)>,

    /// Trust the certificates in this PEM file, instead of those that browsers trust.
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,

    /// Ask through this proxy, http or https; by default the first of ALL_PROXY, HTTPS_PROXY and
    /// HTTP_PROXY that is set, except for the hosts in NO_PROXY.
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,

    /// Give up on a range of bytes after this time, retries included; large ranges have more.
    #[arg(long, global = true, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub http_timeout: Duration,

    /// Do not sign requests for s3:// names. By default they are signed with AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY if those are set; AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL and
    /// AWS_REQUEST_PAYER are heeded too.
    #[arg(long, global = true)]
    pub no_sign_request: bool,
}

impl Network {
    /// How URLs are asked for, or those of s3:// names.
    pub fn options(&self, s3: bool) -> Result<HttpOptions> {
        let mut options = HttpOptions::default()
            .agent(&self.agent()?)
            .timeout(self.http_timeout);
        options.headers.clone_from(&self.header);
        if !s3 {
            return Ok(options);
        }
        let mut s3 = S3Options::from_env();
        if self.no_sign_request {
            s3.credentials = None;
            s3.requester_pays = false;
        }
        Ok(options.authorizer(Arc::new(S3Authorizer::new(s3)?)))
    }

    /// An agent with the proxy and the certificates.
    fn agent(&self) -> Result<Agent> {
        let config = Agent::config_builder()
            .proxy(self.proxy()?)
            .user_agent(concat!("cogwork/", env!("CARGO_PKG_VERSION")));
        let Some(file) = &self.ca else {
            return Ok(config.build().into());
        };
        let roots = certificates(file).map_err(|error| error.in_source(file.display()))?;
        let roots = RootCerts::Specific(Arc::new(roots));
        let tls = TlsConfig::builder().root_certs(roots).build();
        Ok(config.tls_config(tls).build().into())
    }

    fn proxy(&self) -> Result<Option<Proxy>> {
        let wrong = || {
            let text = "a proxy of http or https is expected, as --proxy or in the environment";
            Error::from(Usage::Option(text.into()))
        };
        let proxy = match &self.proxy {
            Some(url) => Some(Proxy::new(url).map_err(|_| wrong())?),
            None => Proxy::try_from_env(),
        };
        let known = [ProxyProtocol::Http, ProxyProtocol::Https];
        match proxy {
            Some(proxy) if !known.contains(&proxy.protocol()) => Err(wrong()),
            proxy => Ok(proxy),
        }
    }
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>> {
    let text = std::fs::read(file)?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(Usage::Option(format!("not PEM: {error}")).into()),
        }
    }
    match found.is_empty() {
        true => Err(Usage::Option("no certificate in PEM".into()).into()),
        false => Ok(found),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("expected NAME:VALUE, for instance authorization:Bearer TOKEN")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds")?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    match time.is_zero() {
        true => Err("expected more than no time".into()),
        false => Ok(time),
    }
}
