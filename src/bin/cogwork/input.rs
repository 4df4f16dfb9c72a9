//! Opening what the user names: a path, a URL, or an asset of a STAC document.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use cogwork::source::http::HttpClient;
use cogwork::source::location::Location;
use cogwork::stac::AssetReference;
use cogwork::{Cog, Context, Level, Result};

use super::network::Network;
use super::piped::Piped;
use super::progress::is_quiet;
use super::show::tell;

/// What names are opened with. How servers are asked is settled when the first one is: what the
/// environment says of proxies and keys is no matter of local files.
pub struct Inputs<'a> {
    local: Context,
    network: &'a Network,
    remote: OnceCell<Context>,
    s3: OnceCell<Context>,
    standard: OnceCell<Piped>,
}

impl<'a> Inputs<'a> {
    pub fn new(context: Context, network: &'a Network) -> Self {
        Inputs {
            local: context,
            network,
            remote: OnceCell::new(),
            s3: OnceCell::new(),
            standard: OnceCell::new(),
        }
    }

    /// What local files are opened with; all others share its counters and its token.
    pub fn local(&self) -> &Context {
        &self.local
    }

    /// Opens a file, a URL, an asset or a pipe.
    pub fn open(&self, name: &str) -> Result<Cog> {
        let path = self.path(name)?;
        let context = self.context(&path)?;
        match self.piped(&path)? {
            Some(source) => Cog::from_source(source, context),
            None => Cog::open_with(&path, context),
        }
    }

    /// All that comes out of standard input, for `-`, or of a pipe: there is no reading it by ranges.
    /// What has been read is kept for whoever asks for standard input again.
    pub fn piped(&self, path: &Path) -> Result<Option<Piped>> {
        let most = self.local.limits.job_bytes;
        if path.as_os_str() != "-" {
            let file = Piped::file(path).transpose();
            let piped = file.map(|file| Piped::read(file?, path.display().to_string(), most));
            return piped.transpose();
        }
        if let Some(piped) = self.standard.get() {
            return Ok(Some(piped.clone()));
        }
        let piped = Piped::standard(most)?;
        Ok(Some(self.standard.get_or_init(|| piped).clone()))
    }

    /// The path or the URL that a name leads to. A file whose name looks like a reference is a file.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        match AssetReference::parse(name) {
            Some(reference) if !Path::new(name).exists() => {
                reference.resolve_with(self.context(&reference.document)?)
            }
            _ => Ok(PathBuf::from(name)),
        }
    }

    /// What a path or a URL is opened with: only s3:// names are signed.
    pub fn context(&self, path: &Path) -> Result<&Context> {
        let scheme = path.to_str().and_then(|name| name.get(..5));
        let s3 = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://"));
        let kept = match Location::of(path) {
            Location::Path(_) => return Ok(&self.local),
            Location::Url(_) if s3 => &self.s3,
            Location::Url(_) => &self.remote,
        };
        if let Some(context) = kept.get() {
            return Ok(context);
        }
        let context = Context {
            http: HttpClient::new(self.network.options(s3)?)?,
            ..self.local.clone()
        };
        let context = context.with_cancel(&self.local.cancel);
        Ok(kept.get_or_init(|| context))
    }
}

/// The base, or an overview.
pub fn level(cog: &Cog, overview: Option<usize>) -> Result<Level> {
    overview.map_or_else(|| Ok(cog.base()), |index| cog.overview(index))
}

/// Tells what was wrong with a header but did not hinder reading.
pub fn warn(cog: &Cog) {
    if is_quiet() {
        return;
    }
    for warning in cog.warnings() {
        tell(&format!("cogwork: warning: {warning}"));
    }
}
