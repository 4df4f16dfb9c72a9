//! Recipes for files behind a network. A URL can stand wherever a path can, in
//! [`Cog::open`](crate::Cog::open) and [`open_with`](crate::Cog::open_with).
//!
//! # Open a private object
//! What is the same for all requests is a header. What runs out is given by an
//! `Authorizer` (`source::http`), which is asked before each request and told when
//! the server has refused what it gave.
//! ```no_run
//! use std::sync::{Arc, Mutex};
//! use cogwork::source::http::{Authorization, Authorizer, HttpClient, HttpOptions};
//! use cogwork::{Cog, Context, Result};
//!
//! let bearer = HttpOptions::default().bearer("token");
//! let context = Context { http: HttpClient::new(bearer)?, ..Context::default() };
//! let cog = Cog::open_with("https://example.org/private.tif", &context)?;
//!
//! struct Presigned(Mutex<Option<String>>); // the URL that holds now
//!
//! # fn ask_my_service(_: &str) -> Result<String> { Ok(String::new()) }
//! impl Authorizer for Presigned {
//!     fn authorize(&self, url: &str, refused: bool) -> Result<Authorization> {
//!         let mut signed = self.0.lock().expect("no panic");
//!         if refused {
//!             *signed = None;
//!         }
//!         if signed.is_none() {
//!             *signed = Some(ask_my_service(url)?);
//!         }
//!         Ok(signed.clone().map(Authorization::url).unwrap_or_default())
//!     }
//! }
//!
//! let presigned = Arc::new(Presigned(Mutex::new(None))); // one for each object
//! let http = HttpClient::new(HttpOptions::default().authorizer(presigned))?;
//! let cog = Cog::open_with("https://example.org/presigned.tif", &Context { http, ..context })?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Read over S3
//! With the feature `s3`: keys given to the client sign what it asks, each request anew. Without keys
//! `s3://` names lead to open buckets, with no feature but `http`. (A server on this machine stands for
//! MinIO here; leave the endpoint out, and it is AWS.)
#![cfg_attr(not(feature = "s3"), doc = "```ignore")]
#![cfg_attr(feature = "s3", doc = "```")]
//! use std::sync::Arc;
//! use cogwork::source::http::{HttpClient, HttpOptions};
//! use cogwork::source::s3::{S3Authorizer, S3Credentials, S3Options};
//! use cogwork::{Cog, Context};
//!
//! # mod loopback { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/loopback.rs")); }
//! # use loopback::{Answer, Loopback};
//! # let bytes = std::fs::read("testdata/scene/SCL.tif")?;
//! # let server = Loopback::start(move |request| {
//! #     let signed = request.target.starts_with("/bucket/scene/SCL.tif?")
//! #         && request.target.contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F")
//! #         && request.target.contains("%2Feu-central-1%2Fs3%2Faws4_request");
//! #     match signed {
//! #         true => Answer::part(&bytes, request),
//! #         false => Answer::Says(403, Vec::new(), Vec::new()),
//! #     }
//! # });
//! # let endpoint = server.url("");
//! let keys = S3Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret");
//! let options = S3Options::default() // or S3Options::from_env()
//!     .credentials(keys)
//!     .region("eu-central-1")
//!     .endpoint(endpoint);
//! let signer = Arc::new(S3Authorizer::new(options)?);
//! let http = HttpClient::new(HttpOptions::default().authorizer(signer))?;
//! let context = Context { http, ..Context::default() };
//! let cog = Cog::open_with("s3://bucket/scene/SCL.tif", &context)?;
//! assert_eq!(cog.base().read()?.shape(), (1, 391, 387));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # From the search of a STAC API to a COG
//! With the feature `stac`: the answer to a search is an ItemCollection, and the URL of a search is the
//! name of one. `#ITEM/ASSET` takes an asset of it; relative hrefs start from the URL. (A server on this
//! machine stands for the API.)
#![cfg_attr(not(feature = "stac"), doc = "```ignore")]
#![cfg_attr(feature = "stac", doc = "```")]
//! use cogwork::stac::AssetReference;
//! use cogwork::{Cog, Context, Result, write::CogOptions};
//!
//! # mod loopback { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/loopback.rs")); }
//! # use loopback::{Answer, Loopback};
//! # let server = Loopback::start(|request| {
//! #     let item = r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "S2B",
//! #         "assets": {"visual": {"href": "./files/visual.tif"}, "SCL": {"href": "/files/SCL.tif"}}}]}"#;
//! #     match request.target.strip_prefix("/files/") {
//! #         Some(name) => Answer::part(&std::fs::read(format!("testdata/scene/{name}")).unwrap(), request),
//! #         None => Answer::part(item.as_bytes(), request),
//! #     }
//! # });
//! # let api = server.url("");
//! let search = format!("{api}/search?collections=sentinel-2-l2a&bbox=4.8,45.1,4.9,45.2&limit=1");
//! let context = Context::default(); // connections, cache and credentials for all that follows
//! let open = |asset: &str| -> Result<Cog> {
//!     let reference = AssetReference::parse(&format!("{search}#0/{asset}")).expect("a reference");
//!     Cog::open_with(reference.resolve_with(&context)?, &context)
//! };
//! let cloud = open("SCL")?.base().lazy().is_in([8, 9]);
//! let clear = open("visual")?.overview(0)?.lazy().mask(&cloud)?;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("clear.tif");
//! clear.write_cog(&path, &CogOptions::default())?;
//! assert_eq!(Cog::open(&path)?.base().read()?.shape(), (3, 391, 387));
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Go through a proxy, trust a certificate of your own
//! An agent of ureq brings both. Certificates that are given replace those of Mozilla.
//! ```no_run
//! use std::sync::Arc;
//! use cogwork::source::http::ureq::tls::{Certificate, RootCerts, TlsConfig};
//! use cogwork::source::http::ureq::{Agent, Proxy};
//! use cogwork::source::http::{HttpClient, HttpOptions};
//! use cogwork::{Cog, Context};
//!
//! let proxy = Proxy::try_from_env(); // or Proxy::new("http://proxy.example.org:3128")
//! let pem = std::fs::read("our-own-ca.pem")?;
//! let roots = vec![Certificate::from_pem(&pem).expect("PEM")];
//! let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(roots))).build();
//! let agent: Agent = Agent::config_builder().proxy(proxy).tls_config(tls).build().into();
//! let http = HttpClient::new(HttpOptions::default().agent(&agent))?;
//! let context = Context { http, ..Context::default() };
//! let cog = Cog::open_with("https://files.example.org/visual.tif", &context)?;
//! # Ok::<(), cogwork::Error>(())
//! ```
//!
//! # Serve tiles of remote files
//! One context for the whole server, and files that stay open: tiles that were decoded and bytes that
//! came are kept within bounds, connections stay open, no user can ask for too much, and a word ends
//! all work and all waits when the server is shut down.
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use cogwork::source::http::{HttpClient, HttpOptions};
//! use cogwork::{CancelToken, Cog, Context, ErrorKind, Limits, TileCache, grid::Window};
//!
//! let mut limits = Limits::default();
//! limits.block_bytes = 16 << 20; // one answer
//! let http = HttpOptions::default()
//!     .parallel(16) // requests to one host
//!     .cache_bytes(256 << 20) // bytes as they came
//!     .timeout(Duration::from_secs(20));
//! let shutdown = CancelToken::new();
//! let context = Context {
//!     limits: Arc::new(limits),
//!     tiles: Some(Arc::new(TileCache::new(512 << 20))), // decoded
//!     http: HttpClient::new(http)?,
//!     ..Context::default()
//! };
//! let context = context.with_cancel(&shutdown);
//!
//! # let url = "testdata/scene/visual.tif";
//! let cog = Cog::open_with(url, &context)?; // keep it; it is cheap to clone
//! let tile = cog.base().read_window(Window::new(0, 0, 256, 256))?;
//! # assert_eq!(tile.shape(), (3, 256, 256));
//! shutdown.cancel(); // from any thread
//! let error = cog.base().read_window(Window::new(256, 0, 256, 256)).unwrap_err();
//! assert!(matches!(error.kind(), ErrorKind::Cancelled));
//! # Ok::<(), cogwork::Error>(())
//! ```
