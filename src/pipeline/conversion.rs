//! What a conversion changes beside the form of the tiles: bands, nodata, what tells valid pixels,
//! statistics.

use std::str::FromStr;

use crate::error::{Error, Result, Usage};
use crate::format::metadata::{Item, Metadata};
use crate::format::tag::photometric;
use crate::lazy::{Lazy, Settled};
use crate::read::facts::ColorInterpretation;
use crate::read::level::{Level, MaskKind};
use crate::sample::Scalar;
use crate::write::Raster;
use crate::write::{CogOptions, Compression};

/// What [`Level::convert`] is to do: how to write, and what to change. [`CogOptions`] alone are a
/// conversion that changes nothing.
///
/// ```no_run
/// use cogwork::{Cog, Conversion, MaskSource, write::CogOptions};
///
/// let conversion = Conversion::from(&CogOptions::default())
///     .bands([3, 2, 1])
///     .mask_from(MaskSource::Nodata);
/// Cog::open("scene.tif")?.base().convert("masked.tif", conversion)?;
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversion {
    pub(super) options: CogOptions,
    pub(super) bands: Option<Vec<usize>>,
    pub(super) nodata: Option<Option<Scalar>>,
    pub(super) mask_from: Option<MaskSource>,
    pub(super) statistics: StatisticsChoice,
}

/// What becomes the internal mask.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MaskSource {
    /// The alpha band, which is dropped: pixels are valid where it is not 0. A nodata value goes too.
    Alpha,
    /// The nodata value, which is no more: pixels are invalid that have it in all bands.
    Nodata,
}

/// What becomes of the statistics of bands.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum StatisticsChoice {
    /// They are kept if bands, pixels and their validity are.
    #[default]
    Auto,
    /// They are kept, whatever changes.
    Keep,
    /// They are left out.
    Drop,
    /// They are computed from the pixels before compression.
    Compute,
}

impl From<CogOptions> for Conversion {
    fn from(options: CogOptions) -> Self {
        Conversion {
            options,
            ..Conversion::default()
        }
    }
}

impl From<&CogOptions> for Conversion {
    fn from(options: &CogOptions) -> Self {
        Conversion::from(options.clone())
    }
}

impl Conversion {
    /// Takes these bands, counted from 1, in this order.
    #[must_use]
    pub fn bands(self, bands: impl IntoIterator<Item = usize>) -> Self {
        let bands = Some(bands.into_iter().collect());
        Conversion { bands, ..self }
    }

    /// Sets the nodata value, or takes it away; no sample changes.
    #[must_use]
    pub fn nodata(self, nodata: Option<Scalar>) -> Self {
        let nodata = Some(nodata);
        Conversion { nodata, ..self }
    }

    /// Makes an internal mask of the alpha band or of the nodata value.
    #[must_use]
    pub fn mask_from(self, source: MaskSource) -> Self {
        let mask_from = Some(source);
        Conversion { mask_from, ..self }
    }

    /// Sets what becomes of the statistics of bands.
    #[must_use]
    pub fn statistics(self, statistics: StatisticsChoice) -> Self {
        Conversion { statistics, ..self }
    }

    /// What this comes to for a level.
    ///
    /// # Errors
    /// [`Usage::Option`] for what contradicts itself, or the level.
    pub(super) fn of(&self, level: &Level) -> Result<Changes> {
        let refuse = |text: &str| Err(Error::from(Usage::Option(text.to_owned())));
        let colors = level.color_interpretations();
        let alpha = colors
            .iter()
            .position(|&color| color == ColorInterpretation::Alpha);
        let mask_from = self.mask_from.or(self.dropped_alpha(level));
        let masked = level.mask_kind() == MaskKind::Mask;
        match mask_from {
            Some(_) if masked => {
                return refuse("mask-from: the file has a mask already");
            }
            Some(MaskSource::Alpha) if alpha.is_none() => {
                return refuse("mask-from alpha: no band is alpha");
            }
            Some(MaskSource::Alpha) if matches!(self.nodata, Some(Some(_))) => {
                return refuse(
                    "mask-from alpha and a nodata value: only one can tell the valid pixels",
                );
            }
            Some(MaskSource::Nodata) if self.nodata.unwrap_or_else(|| level.nodata()).is_none() => {
                return refuse("mask-from nodata: there is no nodata value");
            }
            _ => {}
        }
        let alpha = alpha.filter(|_| mask_from == Some(MaskSource::Alpha));
        let rest = || (1..=level.bands()).filter(|band| Some(band - 1) != alpha);
        let bands = self.bands.clone();
        let bands = bands.or_else(|| alpha.map(|_| rest().collect()));
        if bands.as_ref().is_some_and(Vec::is_empty) {
            return refuse("no band is left");
        }
        Ok(Changes {
            bands,
            nodata: self.nodata,
            mask_from: mask_from.map(|source| (source, alpha.map_or(0, |alpha| alpha + 1))),
        })
    }
}

impl Conversion {
    /// As GDAL's COG driver, JPEG turns an alpha band into a mask without being asked.
    fn dropped_alpha(&self, level: &Level) -> Option<MaskSource> {
        let jpeg = self.options.compression == Some(Compression::Jpeg);
        let alpha = matches!(level.mask_kind(), MaskKind::Alpha(_));
        (jpeg && alpha && self.bands.is_none()).then_some(MaskSource::Alpha)
    }
}

/// The changes that a conversion makes to every level of a file.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    /// Bands to take, counted from 1.
    bands: Option<Vec<usize>>,
    nodata: Option<Option<Scalar>>,
    /// What becomes the mask, and the alpha band, counted from 1.
    mask_from: Option<(MaskSource, usize)>,
}

impl Changes {
    /// True if there are none.
    pub(super) fn none(&self) -> bool {
        self.bands.is_none() && self.nodata.is_none() && self.mask_from.is_none()
    }

    /// A level with the changes.
    pub(super) fn apply(&self, level: &Level) -> Result<Lazy> {
        let whole = level.lazy();
        let mut changed = whole.clone();
        if let Some(bands) = &self.bands {
            changed = changed.bands(bands.iter().copied())?;
        }
        if let Some(nodata) = self.nodata {
            changed = changed.with_nodata(nodata);
        }
        match self.mask_from {
            None => Ok(changed),
            Some((MaskSource::Nodata, _)) => changed.with_mask_of_nodata(),
            Some((MaskSource::Alpha, band)) => {
                changed.with_mask(&whole.with_nodata(None).bands([band])?.ne(0))
            }
        }
    }

    /// The raster that the changed level is, statistics as they were.
    pub(super) fn raster(&self, level: &Level, settled: &Settled) -> Raster {
        let mut raster = super::form::raster(settled);
        raster.annotations = level.annotations();
        if let Some(bands) = &self.bands {
            picked(level, bands, &mut raster);
        }
        raster
    }
}

/// Says of a raster what a level says of some bands. Red, green and blue in that order are RGB, a
/// colour map needs to be the only band; other colours are named, as in GDAL.
fn picked(level: &Level, bands: &[usize], raster: &mut Raster) {
    let places = || bands.iter().zip(0u16..);
    let of = |item: &Item| match item.sample {
        None => vec![item.clone()],
        Some(sample) => places()
            .filter(|(band, _)| **band == usize::from(sample) + 1)
            .map(|(_, place)| Item {
                sample: Some(place),
                ..item.clone()
            })
            .collect(),
    };
    let kept = raster.annotations.metadata.items().iter().flat_map(of);
    let mut metadata: Metadata = kept.collect();
    let all = level.color_interpretations();
    let color = |band: usize| all.get(band - 1).copied().unwrap_or_default();
    let colors: Vec<ColorInterpretation> = bands.iter().map(|&band| color(band)).collect();
    use ColorInterpretation::{Alpha, Blue, Gray, Green, Palette, Red, Undefined};
    let (interpretation, first) = match colors[..] {
        [Red, Green, Blue, ..] => (photometric::RGB, 3),
        [Palette] => (photometric::PALETTE, 1),
        _ => (photometric::MIN_IS_BLACK, 1),
    };
    raster.color_map = match interpretation {
        photometric::PALETTE => level.color_map().to_vec(),
        _ => Vec::new(),
    };
    raster.photometric = Some(interpretation);
    let extra = |&color: &ColorInterpretation| if color == Alpha { 2 } else { 0 };
    raster.extra_samples = colors.iter().skip(first).map(extra).collect();
    let said = metadata.bands(bands.len());
    for (place, &color) in (0u16..).zip(&colors) {
        let at = usize::from(place);
        let plain = match at {
            0 if first == 1 => matches!(color, Gray | Palette),
            _ if at < first => true,
            _ => matches!(color, Undefined | Alpha),
        };
        if !plain && said[at].color.is_none() {
            metadata.push(Item::of_color(place, color));
        }
    }
    raster.annotations.metadata = metadata;
}

impl MaskSource {
    /// `alpha` or `nodata`.
    pub fn name(self) -> &'static str {
        match self {
            MaskSource::Alpha => "alpha",
            MaskSource::Nodata => "nodata",
        }
    }
}

impl StatisticsChoice {
    /// `auto`, `keep`, `drop` or `compute`.
    pub fn name(self) -> &'static str {
        match self {
            StatisticsChoice::Auto => "auto",
            StatisticsChoice::Keep => "keep",
            StatisticsChoice::Drop => "drop",
            StatisticsChoice::Compute => "compute",
        }
    }
}

/// Reads `alpha` or `nodata`.
impl FromStr for MaskSource {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "alpha" => Ok(MaskSource::Alpha),
            "nodata" => Ok(MaskSource::Nodata),
            _ => {
                let text = format!("unknown source of a mask `{name}`: expected alpha or nodata");
                Err(Usage::Option(text).into())
            }
        }
    }
}

/// Reads `auto`, `keep`, `drop` or `compute`.
impl FromStr for StatisticsChoice {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(StatisticsChoice::Auto),
            "keep" => Ok(StatisticsChoice::Keep),
            "drop" => Ok(StatisticsChoice::Drop),
            "compute" => Ok(StatisticsChoice::Compute),
            _ => {
                let text =
                    format!("unknown statistics `{name}`: expected auto, keep, drop or compute");
                Err(Usage::Option(text).into())
            }
        }
    }
}
