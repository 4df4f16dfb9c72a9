//! What the options come to for a given raster.

use std::sync::Arc;

use super::compression::{Compression, PredictorChoice};
use super::conflicts::is_lossy;
use super::options::CogOptions;
use super::raster::Raster;
use crate::codec::predictor::Predictor;
use crate::codec::{self, Codec, Effort, Parameters};
use crate::error::{Result, Usage};
use crate::format::image::Image;
use crate::format::layout::{BigTiff, Coding, Interleave};
use crate::format::tag::photometric;
use crate::grid::Size;
use crate::resampling::Resampling;

/// Options that have been settled for one raster.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How tiles of the base are encoded.
    pub(crate) base: Make,
    /// How tiles of overviews are encoded.
    pub(crate) overview: Make,
    /// How tiles of masks are encoded.
    pub(crate) masks: Make,
    pub(crate) tile: Size,
    pub(crate) interleave: Interleave,
    /// Bits of a sample, where they are fewer than those of the type.
    pub(crate) bits: Option<u16>,
    pub(crate) sparse: bool,
    pub(crate) resampling: Resampling,
    /// Sizes of all levels, base first.
    pub(crate) levels: Vec<Size>,
    /// Whether every level is given, not only the base.
    pub(crate) given: bool,
    pub(crate) bigtiff: BigTiff,
}

/// How tiles are encoded.
#[derive(Clone, Debug)]
pub(crate) struct Make {
    pub(crate) codec: Arc<dyn Codec>,
    pub(crate) compression: Compression,
    pub(crate) predictor: Predictor,
    /// Whether the tiles are YCbCr with a quarter of the colours.
    pub(crate) ycbcr: bool,
    lossy: bool,
}

impl CogOptions {
    /// What the options come to for a raster. `source` is the image to inherit from.
    ///
    /// # Errors
    /// [`Usage::Option`] for options that do not fit each other or the raster: all of these are in
    /// [`check`](Self::check) but for tile size, predictor and level;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a compression that is not in this build,
    /// and as [`Resampling::check`].
    pub(crate) fn settle(&self, raster: &Raster, source: Option<&Image>) -> Result<Settings> {
        let data_type = raster.data_type;
        let source = source.filter(|image| image.tiled);
        let inherited = source.and_then(|image| Compression::from_tag(image.compression));
        let compression = self
            .compression
            .or(inherited.filter(|inherited| inherited.is_general()))
            .unwrap_or(Compression::Deflate);
        let same = source.filter(|image| {
            Compression::from_tag(image.compression) == Some(compression)
                && image.data_type == data_type
        });
        let choice = self
            .predictor
            .unwrap_or(match same.map(|image| image.predictor) {
                Some(1) => PredictorChoice::None,
                _ => PredictorChoice::Auto,
            });
        let tile = self.tile(source)?;
        let resampling =
            self.resampling
                .unwrap_or(match raster.has_table() || data_type.is_complex() {
                    true => Resampling::Nearest,
                    false => Resampling::Cubic,
                });
        let levels = self.overviews.sizes(raster.size, tile);
        if levels.len() > 1 {
            resampling.check(data_type)?;
        }
        let interleave = match raster.bands {
            1 => Interleave::Pixel,
            _ => self.interleave,
        };
        let overview = self.overview_compression.unwrap_or(compression);
        let samples = match interleave {
            Interleave::Pixel => raster.bands,
            Interleave::Band | Interleave::Tile => 1,
        };
        self.check(raster, samples, tile, [compression, overview])?;
        let effort = Effort {
            level: self.level,
            quality: self.quality,
            max_z_error: self.max_z_error,
        };
        let make = |compression, predictor, effort| {
            self.make(compression, predictor, (raster, samples, tile), effort)
        };
        let base = make(compression, ("predictor", choice), &effort)?;
        let effort = Effort {
            level: self.level.filter(|_| overview == compression),
            quality: self.overview_quality.or(self.quality),
            max_z_error: self.overview_error(),
        };
        let choice = match overview == compression {
            true => choice,
            false => choice.where_possible(overview),
        };
        let choice = self.overview_predictor.unwrap_or(choice);
        let overview = make(overview, ("overview predictor", choice), &effort)?;
        Ok(Settings {
            base,
            overview,
            masks: Make::of_masks()?,
            tile,
            interleave,
            bits: self.bits,
            sparse: self.sparse,
            resampling,
            levels,
            given: false,
            bigtiff: self.bigtiff,
        })
    }

    fn make(
        &self,
        compression: Compression,
        (option, choice): (&str, PredictorChoice),
        (raster, samples, tile): (&Raster, usize, Size),
        effort: &Effort,
    ) -> Result<Make> {
        let ycbcr = compression == Compression::Jpeg && samples == 3;
        let mut parameters = Parameters::new(compression.tag(), tile.width, tile.height);
        parameters.samples = u16::try_from(samples).unwrap_or(u16::MAX);
        parameters.data_type = raster.data_type;
        let whole = u16::try_from(8 * raster.data_type.bytes()).unwrap_or(u16::MAX);
        parameters.bits = self.bits.unwrap_or(whole);
        parameters.lerc_parameters = compression.lerc_parameters();
        if ycbcr {
            parameters.photometric = photometric::YCBCR;
        }
        Ok(Make {
            codec: codec::encoder(&parameters, effort)?,
            compression,
            predictor: choice.settle(option, compression, raster.data_type, self.bits)?,
            ycbcr,
            lossy: is_lossy(compression, effort.max_z_error),
        })
    }

    fn tile(&self, source: Option<&Image>) -> Result<Size> {
        let legal = |pixels: u32| pixels > 0 && pixels.is_multiple_of(16);
        if let Some(blocksize) = self.blocksize {
            if !legal(blocksize) {
                let text = format!("blocksize {blocksize}: expected a multiple of 16");
                return Err(Usage::Option(text).into());
            }
            return Ok(Size::new(blocksize, blocksize));
        }
        let inherited = source.map(|image| image.tile);
        let inherited = inherited.filter(|tile| legal(tile.width) && legal(tile.height));
        Ok(inherited.unwrap_or(Size::new(512, 512)))
    }
}

impl Settings {
    /// How many tiles of the image there are at one place, for so many bands.
    pub(crate) fn planes(&self, bands: usize) -> usize {
        match self.interleave {
            Interleave::Pixel => 1,
            Interleave::Band | Interleave::Tile => bands,
        }
    }

    /// Whether the base's samples may differ from those that come.
    pub(crate) fn is_lossy(&self) -> bool {
        self.base.lossy || self.bits == Some(16)
    }
}

impl Make {
    /// Masks are Deflate, as GDAL's are, or not compressed in a build without it.
    fn of_masks() -> Result<Self> {
        let compression = match cfg!(feature = "deflate") {
            true => Compression::Deflate,
            false => Compression::None,
        };
        Ok(Make {
            codec: codec::codec(compression.tag(), None)?,
            compression,
            predictor: Predictor::None,
            ycbcr: false,
            lossy: false,
        })
    }

    /// The tags that say so.
    pub(crate) fn coding(&self) -> Coding {
        Coding {
            compression: self.compression.tag(),
            predictor: match self.predictor {
                Predictor::None => 1,
                Predictor::Horizontal => 2,
                Predictor::FloatingPoint => 3,
            },
            ycbcr: self.ycbcr,
            lerc_parameters: self.compression.lerc_parameters().to_vec(),
            tables: self.codec.shared_tables().to_vec(),
        }
    }

    /// Whether padding takes the colours of the edge, which lossy blocks would mix with zeros.
    pub(crate) fn replicates(&self) -> bool {
        self.compression == Compression::Jpeg
    }
}
