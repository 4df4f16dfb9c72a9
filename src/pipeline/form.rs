//! The form of the COG that a settled raster becomes.

use super::evaluator::is_aligned;
use crate::error::Result;
use crate::format::image::Stored;
use crate::lazy::Settled;
use crate::lazy::input::Input;
use crate::read::level::Level;
use crate::sample::ByteOrder;
use crate::write::settings::{Make, Settings};
use crate::write::{CogOptions, Compression, Interleave, Raster};

/// What a file is to be.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) raster: Raster,
    pub(super) settings: Settings,
    /// The input whose compressed tiles may be taken over, or why there is none.
    pub(super) passing: Result<usize, &'static str>,
}

impl Form {
    pub(super) fn new(settled: &Settled, options: &CogOptions) -> Result<Self> {
        let raster = raster(settled);
        let settings = options.settle(&raster, settled.make().map(Level::image))?;
        let passing = passing(settled, options, &settings, &settings.base);
        Ok(Form {
            raster,
            settings,
            passing,
        })
    }
}

/// The raster that a settled expression gives. Colours and annotations are those of the input whose pixels pass
/// through, if all its bands do.
pub(super) fn raster(settled: &Settled) -> Raster {
    let bound = &settled.bound;
    let raster = Raster::new(settled.size, bound.bands(), bound.data_type());
    let mut raster = Raster {
        nodata: settled.nodata,
        mask: settled.valid.is_some(),
        georeference: settled.georeference.clone(),
        ..raster
    };
    let source = settled.untouched();
    let source = source.filter(|source| source.bands() == bound.bands());
    if let Some(annotations) = source.and_then(Input::annotations) {
        raster.annotations = annotations;
    }
    if let Some(source) = source.and_then(Input::as_level) {
        raster.color_map = source.written_color_map();
        let (photometric, extra_samples) = source.written_colors();
        raster.photometric = Some(photometric);
        raster.extra_samples = extra_samples;
    }
    raster
}

/// The input whose compressed tiles can stand in the output where its pixels do, or why there is none:
/// it is a level, or a part that begins with a tile, has the output's tiles, compression, predictor, samples and byte order, and no other level was
/// asked for. Tiles of JPEG and LERC may need tags of their file.
pub(super) fn passing(
    settled: &Settled,
    options: &CogOptions,
    settings: &Settings,
    make: &Make,
) -> Result<usize, &'static str> {
    let input = settled.bound.untouched();
    let input = input.ok_or(COMPUTED)?;
    let own = &settled.inputs[input];
    let level = own.as_level().ok_or(COMPUTED)?;
    let image = level.image();
    let window = own.window();
    let coding = make.coding();
    let own = Compression::from_tag(image.compression).map(Compression::tag);
    match () {
        _ if !image.tiled => Err("the input has strips"),
        _ if !is_aligned(level, window) => Err("the part of the input does not begin with a tile"),
        _ if image.tile != settings.tile => Err("the input has tiles of another size"),
        _ if own != Some(coding.compression) => Err("the input has another compression"),
        _ if make.compression == Compression::Jpeg || make.compression.is_lerc() => {
            Err("tiles of JPEG and LERC may need tags of their file")
        }
        _ if image.predictor != coding.predictor && image.compression != 1 => {
            Err("the input has another predictor")
        }
        _ if settings.interleave != Interleave::Pixel || image.planar => {
            Err("bands have tiles of their own")
        }
        _ if options.level.is_some() => Err("a level of compression was asked for"),
        _ if settings.bits.is_some()
            || image.data_type != settled.bound.data_type()
            || image.stored != Stored::Plain
            || image.reversed_bits =>
        {
            Err("the samples are stored in another way")
        }
        _ if image.order != ByteOrder::Little => Err("the input is big-endian"),
        _ if level.bands() != settled.bound.bands() => Err("the input has other bands"),
        _ => Ok(input),
    }
}

const COMPUTED: &str = "the result is computed, not copied or masked";
