//! Is this file a valid Cloud Optimized GeoTIFF?
//!
//! All checks of GDAL's `validate_cloud_optimized_geotiff.py` and rio-cogeo's `cog_validate`, and
//! those that neither has: what the ghost area claims, the place of every array, tile and value,
//! bytes that are claimed twice or never. [`Rule`] lists them. No pixel is read, only the header,
//! the arrays of tile positions and, with [`Depth::Full`], the few bytes around each tile.
//!
//! An [`Error`](Severity::Error) is what GDAL's script calls one, or damage; a
//! [`Warning`](Severity::Warning) is what rio-cogeo refuses when strict, or what serves readers
//! badly; a [`Note`](Severity::Note) is good to know.
//! ```
//! use cogwork::Context;
//! use cogwork::validate::{Depth, validate};
//!
//! let report = validate("testdata/scene/visual.tif", Depth::Auto, &Context::default())?;
//! assert!(report.is_valid(), "{report}");
//! # Ok::<(), cogwork::Error>(())
//! ```

mod extents;
mod header;
mod levels;
mod marks;
mod report;
mod rule;
mod survey;
mod tiles;

use std::path::Path;
use std::sync::Arc;

use crate::context::Context;
use crate::error::Result;
#[cfg(doc)]
use crate::error::{ErrorKind, Malformed};
use crate::limits::Limits;
use crate::read::file::remote;
use crate::source::ByteSource;
use crate::source::file::FileSource;
use crate::source::location::Location;

use report::{At, Findings};
use survey::Survey;

pub use report::{Finding, LevelFacts, Report, Severity};
pub use rule::Rule;

/// How closely to look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Depth {
    /// [`Full`](Self::Full) for local files, else [`Arrays`](Self::Arrays), as GDAL's script does.
    #[default]
    Auto,
    /// The header and the arrays of tile positions.
    Arrays,
    /// The leader and the trailer of every tile too, where the ghost area claims them.
    Full,
}

/// Validates a local file, and looks for the files beside it that hold what belongs into it; or what
/// a URL leads to, in one of the forms of [`Location`].
///
/// # Errors
/// [`ErrorKind::Io`] or [`ErrorKind::Remote`] if it cannot be read, [`ErrorKind::Malformed`] if it is no TIFF or its first
/// directory describes no image, [`ErrorKind::Limit`]. All other defects are findings.
pub fn validate(path: impl AsRef<Path>, depth: Depth, context: &Context) -> Result<Report> {
    let path = match Location::of(path) {
        Location::Path(path) => path,
        Location::Url(url) => {
            let full = depth == Depth::Full;
            return examine(remote(&url, context)?, full, Findings::default(), context);
        }
    };
    let source = Arc::new(FileSource::open(&path)?);
    let beside = |extension: &str| {
        let mut name = path.clone().into_os_string();
        name.push(extension);
        Path::new(&name).is_file()
    };
    let mut findings = Findings::default();
    if beside(".ovr") {
        findings.error(Rule::ExternalOverviews, At::FILE, || {
            "there are overviews in an .ovr file".into()
        });
    }
    if beside(".msk") {
        findings.warning(Rule::ExternalMask, At::FILE, || {
            "there is a mask in a .msk file".into()
        });
    }
    examine(source, depth != Depth::Arrays, findings, context)
}

/// Validates a TIFF in any source.
///
/// # Errors
/// As [`validate`].
pub fn validate_source(
    source: impl ByteSource + 'static,
    depth: Depth,
    context: &Context,
) -> Result<Report> {
    let full = depth == Depth::Full;
    examine(Arc::new(source), full, Findings::default(), context)
}

fn examine(
    source: Arc<dyn ByteSource>,
    full: bool,
    findings: Findings,
    context: &Context,
) -> Result<Report> {
    let name = source.to_string();
    report(source, full, findings, context).map_err(|error| error.in_source(name))
}

fn report(
    source: Arc<dyn ByteSource>,
    full: bool,
    mut findings: Findings,
    context: &Context,
) -> Result<Report> {
    let survey = Survey::of(source, context, &mut findings)?;
    Limits::check("tiles", survey.tiles(), context.limits.tiles)?;
    levels::check(&survey, &mut findings);
    header::check(&survey, &mut findings);
    let scans = tiles::scan(&survey, full, &mut findings)?;
    header::check_order(&survey, &scans, &mut findings);
    extents::check(&survey, &scans, &mut findings)?;
    let claimed = survey.ghost.as_ref().is_some_and(|g| g.leader || g.trailer);
    let facts = survey.pictures.iter().zip(&scans).map(|(p, s)| p.facts(s));
    Ok(Report {
        source: survey.file.source.source.to_string(),
        file_bytes: survey.length(),
        bigtiff: survey.file.header.wire.big,
        full: full || !claimed,
        levels: facts.collect(),
        findings: findings.into_vec(),
        ghost: survey.ghost,
    })
}
