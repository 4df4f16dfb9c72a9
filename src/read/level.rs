//! One level of a file: the base or an overview, with one and the same API.

use std::sync::Arc;

use super::cog::{Cog, Inner};
use super::decode::{Place, decode, decode_into};
use super::failures::Failures;
use super::file::Layer;
use super::locate::Survey;
use super::plan::{Fetched, Plan, Shelf};
use super::request::{ReadRequest, Reading};
use crate::block::{Block, Validity};
use crate::cache::TileCache;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::format::geo::{GeoKeys, Georeference};
use crate::format::image::Image;
use crate::grid::{Affine, Size, Window};
use crate::limits::to_u64;
use crate::sample::{DataType, Sample, Scalar};
use crate::source::ByteSource;
use crate::source::abreast::abreast;
use crate::tile::TileDecoder;

/// One level of an open file: the image at full resolution, an overview, or a mask as an image. Cheap
/// to clone; reads take `&self` and run in parallel, with the threads, limits and counters of the
/// [`Context`] that the file was opened with.
///
/// | to | take |
/// |---|---|
/// | read | [`read`](Self::read), [`read_window`](Self::read_window); [`read_request`](Self::read_request) for bounds, bands and other sizes, [`read_into`](Self::read_into) into memory of yours |
/// | know | [`size`](Self::size), [`bands`](Self::bands), [`data_type`](Self::data_type), [`nodata`](Self::nodata), [`mask_kind`](Self::mask_kind), [`transform`](Self::transform), [`epsg`](Self::epsg), [`metadata`](Self::metadata), [`descriptions`](Self::descriptions) and their kin |
/// | compute | [`lazy`](Self::lazy), [`statistics`](Self::statistics) |
/// | write | [`convert`](Self::convert) |
#[derive(Clone, Debug)]
pub struct Level {
    file: Arc<Inner>,
    index: usize,
    role: Role,
}

/// Which of a level's images is read.
#[derive(Clone, Copy, Debug)]
enum Role {
    Samples,
    Mask,
}

/// How the pixels of a level are told to be valid.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MaskKind {
    /// All of them are.
    All,
    /// Those where this band, counted from 1, is not 0.
    Alpha(usize),
    /// Those where the mask, in the file or in a `.msk` file beside it, is not 0.
    Mask,
    /// Those that are not this value.
    Nodata(Scalar),
}

impl Level {
    pub(crate) fn new(file: Arc<Inner>, index: usize) -> Self {
        let role = Role::Samples;
        Level { file, index, role }
    }

    /// Reads the whole level: shape (bands, rows, columns).
    ///
    /// # Errors
    /// As [`read_request`](Self::read_request).
    pub fn read(&self) -> Result<Block> {
        self.read_request(&ReadRequest::new())
            .map(Reading::into_block)
    }

    /// Reads all bands of a window.
    ///
    /// # Errors
    /// As [`read_request`](Self::read_request).
    pub fn read_window(&self, window: Window) -> Result<Block> {
        self.read_request(&ReadRequest::new().window(window))
            .map(Reading::into_block)
    }

    /// Checks the positions of the tiles of a window inside the level, as far as they are loaded:
    /// before memory is taken for its pixels.
    pub(super) fn check_tiles(&self, window: Window, bands: &[usize]) -> Result<()> {
        let (image, decoder) = (self.image(), self.decoder()?);
        Plan::new(image, window, bands).check(image, &decoder, &self.layer().source)
    }

    /// Reads bands, counted from 0, of a window inside the level into `out`, band by band. Masks of
    /// one bit are read as 0 and 255, as in GDAL.
    pub(super) fn read_samples<T: Sample>(
        &self,
        window: Window,
        bands: &[usize],
        out: &mut [T],
    ) -> Result<()> {
        let decoder = self.decoder()?;
        let (bytes, depth) = self.batches(window, bands.len());
        let batches = Plan::batches(self.image(), window, bands.len(), bytes);
        let shelf = self.shelf();
        let ahead = |part| self.fetch_from(shelf.as_ref(), &decoder, part, bands);
        abreast(batches, depth, ahead, |fetched| {
            self.context().cancel.check()?;
            let part = fetched.window();
            let place = Place {
                window: part,
                size: window.size(),
                top: part.row - window.row,
            };
            decode_into(self, &decoder, &fetched, out, place, None)
        })?;
        if self.is_mask() && self.image().bits == 1 {
            let valid = T::from_scalar(Scalar::Int(255)).unwrap_or_default();
            out.iter_mut()
                .filter(|sample| **sample != T::default())
                .for_each(|sample| *sample = valid);
        }
        Ok(())
    }

    /// Bytes of pixels to fetch at a time, and how often at a time. Where several requests may be under
    /// way, rows of tiles that no request would join are fetched abreast, each decoded as it comes.
    fn batches(&self, window: Window, bands: usize) -> (u64, usize) {
        let profile = self.layer().source.source.profile();
        if profile.parallel <= 1 || !self.rows_stand_apart(window, profile.gap) {
            return (profile.batch, 1);
        }
        let parallel = to_u64(profile.parallel);
        let sample = to_u64(self.data_type().bytes());
        let pixels = window.size().area().saturating_mul(to_u64(bands) * sample);
        let bytes = (pixels / parallel).min(profile.batch / parallel);
        (bytes, profile.parallel)
    }

    /// Whether more than `gap` bytes lie between the tiles of a window's rows; not known, so false,
    /// while the positions of tiles are still in the file.
    fn rows_stand_apart(&self, window: Window, gap: u64) -> bool {
        let image = self.image();
        let touched = image.grid().touched(window);
        let arrays = (Some(&image.offsets), image.byte_counts.as_ref());
        let (Some(offsets), Some(counts)) = arrays else {
            return false;
        };
        let (Some(places), Some(lengths)) = (offsets.loaded(), counts.loaded()) else {
            return false;
        };
        let apart = |row: u32| {
            let (left, right) = (touched.columns.start, touched.columns.end - 1);
            let last = image.grid().index(right, row);
            let next = image.grid().index(left, row + 1);
            let length = counts.value(lengths, 0, last)?;
            let end = offsets.value(places, 0, last)?.saturating_add(length);
            Some(offsets.value(places, 0, next)? > end.saturating_add(gap))
        };
        let mut rows = touched.rows.start..touched.rows.end.saturating_sub(1);
        !rows.is_empty() && rows.all(|row| apart(row).unwrap_or(false))
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        self.image().size
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        usize::from(self.image().bands)
    }

    /// The type that samples are read as.
    pub fn data_type(&self) -> DataType {
        self.image().data_type
    }

    /// The nodata value. A value in the file that no sample of this type can have (-9999 in uint8)
    /// matches nothing and counts as none, as in rasterio; [`Image::nodata`] has it.
    pub fn nodata(&self) -> Option<Scalar> {
        let nodata = self.image().nodata?;
        self.data_type().check(nodata).ok()
    }

    /// How pixels are told to be valid, by GDAL's order: a mask, else the nodata value, else the
    /// alpha band that is the last of two or four, else all are valid. Bands beyond that alpha are
    /// samples like others.
    pub fn mask_kind(&self) -> MaskKind {
        let picture = &self.file.levels[self.index];
        let image = self.image();
        let alpha = matches!(image.bands, 2 | 4)
            && matches!(image.extra_samples.last(), Some(1 | 2))
            && matches!(image.data_type, DataType::U8 | DataType::U16);
        match (self.role, &picture.mask, self.nodata()) {
            (Role::Mask, ..) => MaskKind::All,
            (_, Some(_), _) => MaskKind::Mask,
            (_, _, Some(nodata)) => MaskKind::Nodata(nodata),
            _ if alpha => MaskKind::Alpha(self.bands()),
            _ => MaskKind::All,
        }
    }

    /// Pixel to ground, if the file says so. An overview's pixels are larger by the exact ratio of
    /// the sizes.
    pub fn transform(&self) -> Option<Affine> {
        let base = self.file.levels[0].samples.image.size;
        self.file
            .geo
            .transform
            .map(|affine| affine.rescaled(base, self.size()))
    }

    /// Pixel size along x and y in units of the coordinate system, y negative where north is up;
    /// (1, 1) scaled by the overview's ratio where the file has no transform.
    pub fn resolution(&self) -> (f64, f64) {
        let base = self.file.levels[0].samples.image.size;
        let affine = self.transform();
        affine
            .unwrap_or(Affine::IDENTITY.rescaled(base, self.size()))
            .resolution()
    }

    /// The EPSG code of the coordinate system, if it has one.
    pub fn epsg(&self) -> Option<u32> {
        self.file.geo.epsg()
    }

    /// The GeoTIFF keys as the file has them.
    pub fn geo_keys(&self) -> Option<&GeoKeys> {
        self.file.geo.keys.as_ref()
    }

    /// Transform, ground control points and keys of this level, ready to be written with its pixels.
    pub fn georeference(&self) -> Georeference {
        let base = self.file.levels[0].samples.image.size;
        let mut geo = self.file.geo.clone();
        geo.transform = self.transform();
        let (sx, sy) = base.ratios(self.size());
        for [column, row, ..] in &mut geo.gcps {
            *column /= sx;
            *row /= sy;
        }
        geo
    }

    /// ColorMap: all reds, all greens, all blues, from 0 to 65535; empty if there is none.
    pub fn color_map(&self) -> &[u16] {
        &self.file.color_map
    }

    /// Width and height of a tile in pixels; strips are tiles as wide as the level.
    pub fn tile_size(&self) -> Size {
        self.image().tile
    }

    /// 0 for the base, 1 for the first overview.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What the directory says: compression, predictor, interleave and more.
    pub fn image(&self) -> &Image {
        &self.layer().image
    }

    /// The file that this level is of.
    pub fn cog(&self) -> Cog {
        Cog::from(self.file.clone())
    }

    /// The levels after this one, coarser as a rule; of masks, those that have one.
    pub(super) fn overviews(&self) -> Vec<Level> {
        let levels = self.file.levels.iter().enumerate().skip(self.index + 1);
        let usable = levels.filter(|(_, level)| !self.is_mask() || level.mask.is_some());
        let level = |(index, _)| Level {
            index,
            ..self.clone()
        };
        usable.map(level).collect()
    }

    /// This level's mask as a level of its own; the level itself if there is none.
    pub(super) fn mask_level(&self) -> Level {
        Level {
            role: Role::Mask,
            ..self.clone()
        }
    }

    /// True for the mask of a level.
    pub(crate) fn is_mask(&self) -> bool {
        matches!(self.role, Role::Mask)
    }

    pub(super) fn layer(&self) -> &Layer {
        let picture = &self.file.levels[self.index];
        match (self.role, &picture.mask) {
            (Role::Mask, Some(mask)) => mask,
            _ => &picture.samples,
        }
    }

    /// The mask of this level as a level of one band, 0 where a pixel is invalid.
    pub(crate) fn mask(&self) -> Option<Level> {
        let role = Role::Mask;
        (self.mask_kind() == MaskKind::Mask).then(|| Level {
            role,
            ..self.clone()
        })
    }

    pub(crate) fn file(&self) -> &Arc<Inner> {
        &self.file
    }

    pub(crate) fn context(&self) -> &Context {
        &self.file.context
    }

    /// A decoder for this level's tiles.
    pub(crate) fn decoder(&self) -> Result<TileDecoder> {
        let context = self.context();
        TileDecoder::new(self.image(), &context.codecs, &context.limits)
    }

    /// How pixels are told to be valid.
    pub(crate) fn validity(&self) -> Validity {
        match self.nodata() {
            Some(nodata) => Validity::Nodata(nodata),
            None => Validity::All,
        }
    }

    /// Finds and reads the tiles of a window, past the cache: the part of reading that does I/O.
    pub(crate) fn fetch(
        &self,
        decoder: &TileDecoder,
        window: Window,
        bands: &[usize],
    ) -> Result<Fetched> {
        self.fetch_from(None, decoder, window, bands)
    }

    /// As [`fetch`](Self::fetch), but only the tiles that some parts of the window touch. Tiles that
    /// are wanted again may be kept in a cache of the caller's, for this level alone.
    pub(crate) fn fetch_parts(
        &self,
        decoder: &TileDecoder,
        (window, parts): (Window, &[Window]),
        bands: &[usize],
        cache: Option<&Arc<TileCache>>,
    ) -> Result<Fetched> {
        let plan = Plan::new(self.image(), window, bands).only(self.image(), parts);
        let shelf = cache.map(|cache| Shelf {
            cache: cache.clone(),
            counters: Arc::default(),
            file: 0,
            level: self.index,
            mask: self.is_mask(),
        });
        self.fetch_plan(plan, shelf.as_ref(), decoder)
    }

    /// As [`fetch_parts`](Self::fetch_parts); tiles that cannot be had are taken for failed. If any
    /// cannot, each is asked for by itself.
    pub(crate) fn fetch_sound_parts(
        &self,
        decoder: &TileDecoder,
        (window, parts): (Window, &[Window]),
        bands: &[usize],
        cache: Option<&Arc<TileCache>>,
    ) -> Result<Fetched> {
        let fetched = self.fetch_parts(decoder, (window, parts), bands, cache);
        if !fetched.as_ref().is_err_and(Failures::take) {
            return fetched;
        }
        let image = self.image();
        let plan = Plan::new(image, window, bands).only(image, parts);
        let fetched = plan.fetch_apart(image, decoder, &self.layer().source);
        self.counted(fetched)
    }

    /// What [`fetch_parts`](Self::fetch_parts) will ask for, and the positions of its tiles.
    pub(crate) fn survey_parts(
        &self,
        decoder: &TileDecoder,
        (window, parts): (Window, &[Window]),
        bands: &[usize],
    ) -> Result<(Survey, Vec<(u32, u32)>)> {
        let plan = Plan::new(self.image(), window, bands).only(self.image(), parts);
        let survey = plan.survey(self.image(), decoder, &self.layer().source);
        survey.map_err(|error| self.place(error))
    }

    /// Finds and reads the tiles of a window that are not on a shelf.
    fn fetch_from(
        &self,
        shelf: Option<&Shelf>,
        decoder: &TileDecoder,
        window: Window,
        bands: &[usize],
    ) -> Result<Fetched> {
        self.fetch_plan(Plan::new(self.image(), window, bands), shelf, decoder)
    }

    fn fetch_plan(
        &self,
        plan: Plan,
        shelf: Option<&Shelf>,
        decoder: &TileDecoder,
    ) -> Result<Fetched> {
        let fetched = plan.fetch(self.image(), decoder, &self.layer().source, shelf);
        self.counted(fetched)
    }

    fn counted(&self, fetched: Result<Fetched>) -> Result<Fetched> {
        let fetched = fetched.map_err(|error| self.place(error))?;
        let (tiles, skipped) = fetched.counts();
        self.context().counters.add_fetched(tiles, skipped);
        Ok(fetched)
    }

    /// Where this level's tiles stand in the cache, if there is one that takes them.
    fn shelf(&self) -> Option<Shelf> {
        let cache = self.context().tiles.clone()?;
        let image = self.image();
        let sample = to_u64(image.data_type.bytes()) * u64::from(image.tile_samples());
        let fits = cache.takes(image.tile.area().saturating_mul(sample));
        fits.then(|| Shelf {
            cache,
            counters: self.context().counters.clone(),
            file: self.file.number,
            level: self.index,
            mask: matches!(self.role, Role::Mask),
        })
    }

    /// Decodes a window of what has been fetched into a block of its own. With `failures` tiles that
    /// fail are taken there and filled as sparse ones are.
    pub(crate) fn decode(
        &self,
        decoder: &TileDecoder,
        fetched: &Fetched,
        window: Window,
        bands: usize,
        failures: Option<&Failures>,
    ) -> Result<Block> {
        let limits = &self.context().limits;
        let (size, data_type) = (window.size(), self.data_type());
        let mut block = Block::zeroed(bands, size, data_type, self.validity(), limits)?;
        decode(self, decoder, fetched, window, &mut block, failures)?;
        Ok(block)
    }

    /// The name of the file that holds the samples: a path, a URL.
    pub(crate) fn source_name(&self) -> String {
        self.layer().source.source.to_string()
    }

    /// What tells levels apart while their files are open: the file, the level, and whether this is its
    /// mask.
    pub(crate) fn identity(&self) -> (u64, usize, bool) {
        (
            to_u64(Arc::as_ptr(&self.file).addr()),
            self.index,
            self.is_mask(),
        )
    }

    /// Says where an error happened.
    pub(crate) fn place(&self, error: Error) -> Error {
        if error.is_usage() {
            return error.in_source(&self.layer().source.source);
        }
        error
            .in_source(&self.layer().source.source)
            .at_level(self.index)
    }
}
