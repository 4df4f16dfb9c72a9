//! Checks of the levels: tiling, the geometry of overviews, and that all levels are alike.

use super::report::Findings;
use super::rule::Rule;
use super::survey::{Picture, Survey};
use crate::format::image::Image;
use crate::format::tag;
use crate::grid::Size;

/// Images of up to this width and height need neither tiles nor overviews (GDAL, rio-cogeo).
const SMALL: u32 = 512;
/// Rows longer than this must be cut into tiles (GDAL).
const LONG_ROW: u32 = 1024;

pub(super) fn check(survey: &Survey, findings: &mut Findings) {
    let images: Vec<&Picture> = survey.images().map(|(_, picture)| picture).collect();
    for picture in &images {
        tiling(picture, findings);
        mask(survey, picture, findings);
    }
    let base = survey.base();
    let external = findings.holds(Rule::ExternalOverviews);
    if images.len() == 1 && large(base.image.size) && !external {
        findings.warning(Rule::NoOverviews, base.at(), || {
            format!("{} pixels without overviews", base.image.size)
        });
    }
    for pair in images.windows(2) {
        overview(survey, pair[0], pair[1], findings);
    }
    if let Some(&last) = images.last().filter(|last| last.level > 0) {
        let Image { size, tile, .. } = last.image;
        if size.width > tile.width.max(SMALL) || size.height > tile.height.max(SMALL) {
            findings.note(Rule::SmallestOverview, last.at(), || {
                format!("the smallest overview has {size} pixels, more than one tile")
            });
        }
    }
}

fn large(size: Size) -> bool {
    size.width > SMALL || size.height > SMALL
}

fn tiling(picture: &Picture, findings: &mut Findings) {
    let Image {
        size, tile, tiled, ..
    } = picture.image;
    if large(size) && tile.width == size.width {
        let text = || format!("{size} pixels in blocks of {tile}");
        match tile.width > LONG_ROW {
            true => findings.error(Rule::NotTiled, picture.at(), text),
            false => findings.warning(Rule::NotTiled, picture.at(), text),
        }
    }
    if tiled && (tile.width % 16 != 0 || tile.height % 16 != 0) {
        findings.note(Rule::TileSize, picture.at(), || format!("tiles of {tile}"));
    }
}

/// Checks that a level has a mask if the base has one, of one band and of its image's size.
fn mask(survey: &Survey, picture: &Picture, findings: &mut Findings) {
    let (own, base) = (survey.mask_of(picture.level), survey.mask_of(0));
    match (own, base) {
        (None, Some(_)) => findings.warning(Rule::MaskPairing, picture.at(), || {
            "the base has a mask, this level has none".into()
        }),
        (Some(mask), None) => findings.warning(Rule::MaskPairing, mask.at(), || {
            "this level has a mask, the base has none".into()
        }),
        _ => {}
    }
    let Some(mask) = own else { return };
    if mask.image.bands != 1 || mask.image.size != picture.image.size {
        findings.warning(Rule::MaskFormat, mask.at(), || {
            format!(
                "a mask of {} bands and {} pixels, expected 1 and {}",
                mask.image.bands, mask.image.size, picture.image.size
            )
        });
    }
    let interleaved = survey.claims(|ghost| ghost.mask_interleaved);
    if interleaved && mask.image.tile != picture.image.tile {
        findings.error(Rule::MaskTiles, mask.at(), || {
            format!(
                "tiles of {}, those of the image are of {}",
                mask.image.tile, picture.image.tile
            )
        });
    }
}

fn overview(survey: &Survey, above: &Picture, picture: &Picture, findings: &mut Findings) {
    let base = &survey.base().image;
    let (at, size) = (picture.at(), picture.image.size);
    if size.width > above.image.size.width || size.height > above.image.size.height {
        findings.error(Rule::OverviewOrder, at, || {
            format!(
                "{size} pixels, more than the level above: {}",
                above.image.size
            )
        });
    }
    let factor = factor(base.size.width, size.width);
    let before = match above.level {
        0 => 0,
        _ => self::factor(base.size.width, above.image.size.width),
    };
    if factor <= 1 || factor < before {
        findings.warning(Rule::OverviewFactor, at, || {
            format!("the base is {factor} times as wide, expected more than {before}")
        });
    }
    geometry(base.size, picture, findings);
    format(survey, picture, findings);
    nodata(survey, picture, findings);
}

/// How many times wider the base is, rounded as rasterio does.
fn factor(base: u32, overview: u32) -> u32 {
    let factor = (f64::from(base) / f64::from(overview)).round_ties_even();
    // Within what a u32 holds: neither width is 0.
    factor as u32
}

/// GDAL's COG driver halves and rounds down; gdaladdo and rio-cogeo divide by a power of two and
/// round up.
fn geometry(base: Size, picture: &Picture, findings: &mut Findings) {
    let size = picture.image.size;
    let halved = (1..32).any(|times| {
        let fits = |base: u32, overview: u32| {
            let up = u64::from(base).div_ceil(1 << times);
            overview == (base >> times).max(1) || u64::from(overview) == up
        };
        fits(base.width, size.width) && fits(base.height, size.height)
    });
    if halved {
        return;
    }
    // The factors that give this many pixels, whichever way they are rounded.
    let factors = |base: u32, overview: u32| {
        let (base, overview) = (f64::from(base), f64::from(overview));
        (base / (overview + 1.0), base / (overview - 1.0))
    };
    let (x, y) = (
        factors(base.width, size.width),
        factors(base.height, size.height),
    );
    match x.0 < y.1 && y.0 < x.1 {
        true => findings.note(Rule::OverviewGeometry, picture.at(), || {
            format!("{size} pixels are not those of the base halved: {base}")
        }),
        false => findings.warning(Rule::OverviewGeometry, picture.at(), || {
            format!("{size} pixels are not in the proportion of the base: {base}")
        }),
    }
}

fn format(survey: &Survey, picture: &Picture, findings: &mut Findings) {
    let (base, image) = (&survey.base().image, &picture.image);
    let samples = |image: &Image| (image.bits, image.stored, image.data_type);
    if samples(base) != samples(image) {
        findings.warning(Rule::OverviewFormat, picture.at(), || {
            format!(
                "samples of {} bits ({}), in the base {} ({})",
                image.bits, image.data_type, base.bits, base.data_type
            )
        });
        return;
    }
    let coded = |image: &Image| (image.compression, image.photometric, image.planar);
    if coded(base) != coded(image) {
        findings.note(Rule::OverviewFormat, picture.at(), || {
            "another compression, photometric or planar interpretation than the base".into()
        });
    } else if base.tile != image.tile && image.tiled {
        findings.note(Rule::OverviewFormat, picture.at(), || {
            format!("tiles of {}, in the base of {}", image.tile, base.tile)
        });
    }
}

fn nodata(survey: &Survey, picture: &Picture, findings: &mut Findings) {
    let text = |directory: usize| survey.directory(directory).text(tag::GDAL_NODATA);
    let (base, own) = (text(0), text(picture.directory));
    let at = picture.at().byte(picture.ifd_offset);
    match (base, own) {
        (Some(base), None) => findings.note(Rule::OverviewNodata, at, || {
            format!("no nodata value, that of the base is {base:?}")
        }),
        (base, Some(own)) if base.as_ref() != Some(&own) => {
            findings.warning(Rule::OverviewNodata, at, || {
                let base = base.map_or("none".into(), |base| format!("{base:?}"));
                format!("the nodata value is {own:?}, that of the base {base}")
            });
        }
        _ => {}
    }
}
