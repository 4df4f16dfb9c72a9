//! `match_grid`: a raster on the grid of another one.

mod line;

use super::input::Input;
use super::stage::{Appetite, Evaluate, Form, Operation, Stage};
use super::{Lazy, Settled, describe_grid};
use crate::block::{Block, Validity};
use crate::error::{Error, Result, Unsupported};
use crate::expr::{Expr, Kind};
use crate::format::geo::{GeoKeys, Georeference};
use crate::grid::{Affine, Size, Window};
use crate::limits::{Limits, index, to_usize, zeroed};
use crate::resampling::{Reduce, Resampler, Resampling, SourceRows};
use crate::sample::{Samples, Scalar, with_samples};

use line::{Line, Piece};

impl Lazy {
    /// This raster on the grid of another: its size and transform. Both have the same coordinate
    /// system, as far as both name one, and grids whose axes are parallel and run the same way;
    /// their pixels may be of any size and begin anywhere.
    ///
    /// A pixel of the result is made of the pixels of this raster at its own resolution, by the
    /// arithmetic of [`ReadRequest`](crate::read::request::ReadRequest), which is that of GDAL's
    /// `RasterIO`; no overview stands in, as with `gdalwarp -ovr NONE`. Invalid pixels are left out.
    /// Where the other grid reaches beyond this raster the result is nodata; without a nodata value
    /// it gets a mask. Beyond it lies a pixel whose centre does, and with average, mode and root
    /// mean square one that lies there wholly; in one that lies there in part the last pixels before
    /// the edge stand for the rest. Where pixels are only moved they stay as they are. A mask stays one: its 0 and 1 are resampled, and not 0 is true. If the grids
    /// are the same within a hundredth of a pixel this is the raster itself.
    ///
    /// # Errors
    /// [`Unsupported::Grids`] for different coordinate systems, for grids that are rotated, sheared
    /// or mirrored against each other, and where one has no transform; [`Unsupported`] for
    /// [`Resampling::Gauss`], which knows no places between pixels, for complex samples by another
    /// method than the nearest, and for the indices of a colour table by another than nearest and mode;
    /// as [`check`](Self::check).
    pub fn match_grid(&self, other: &Lazy, method: Resampling) -> Result<Lazy> {
        let (source, target) = (self.settle()?, other.settle()?);
        let same =
            source.georeference.transform.is_some() == target.georeference.transform.is_some();
        same_system(&source, &target)?;
        if same && same_place(&source, &target) {
            return Ok(self.clone());
        }
        check_method(&source, method)?;
        let matching = Matching::new(&source, &target, method)?;
        let form = Form {
            masked: source.valid.is_some() || (source.nodata.is_none() && matching.leaves_source()),
            size: target.size,
            georeference: Georeference {
                keys: source
                    .georeference
                    .keys
                    .clone()
                    .or(target.georeference.keys),
                heights: source.georeference.heights,
                ..target.georeference
            },
            ..Form::of(&source)
        };
        let is_mask = source.bound.kind() == Kind::Mask;
        let mut matched = self.of_stage(Stage::new(source, Operation::Match(matching), form)?);
        if is_mask {
            matched.expr = Expr::input(0).ne(0);
        }
        Ok(matched)
    }
}

fn same_place(source: &Settled, target: &Settled) -> bool {
    let affine = |settled: &Settled| settled.georeference.transform.unwrap_or(Affine::IDENTITY);
    source.size == target.size && affine(source).matches(affine(target), source.size, 0.01)
}

/// Checks that two rasters do not name different coordinate systems.
fn same_system(source: &Settled, target: &Settled) -> Result<()> {
    let (own, theirs) = (&source.georeference, &target.georeference);
    let same = match (own.epsg(), theirs.epsg()) {
        (Some(own), Some(theirs)) => own == theirs,
        (None, None) => match (&own.keys, &theirs.keys) {
            (Some(own), Some(theirs)) => same_parameters(own, theirs),
            _ => true,
        },
        _ => true,
    };
    match same {
        true => Ok(()),
        false => Err(refusal(
            source,
            target,
            "match_grid changes no coordinate system, and these differ",
        )),
    }
}

/// Whether two systems without a code have the same parameters, whatever they are called.
fn same_parameters(own: &GeoKeys, theirs: &GeoKeys) -> bool {
    let parameters = |keys: &GeoKeys| {
        let mut map: Vec<_> = Vec::new();
        for (key, value) in keys.map() {
            if !NO_PARAMETERS.contains(&key) {
                map.push((key, format!("{value:?}")));
            }
        }
        map
    };
    parameters(own) == parameters(theirs)
}

/// GTRasterTypeGeoKey, and the citations.
const NO_PARAMETERS: [u16; 5] = [1025, 1026, 2049, 3073, 4097];

fn check_method(source: &Settled, method: Resampling) -> Result<()> {
    let data_type = source.bound.data_type();
    let palette = source
        .untouched()
        .and_then(Input::as_level)
        .is_some_and(|level| level.color_table().is_some() && source.bound.bands() == 1);
    match method {
        Resampling::Nearest => Ok(()),
        Resampling::Gauss => {
            let what = "match_grid by gauss, which knows no places between pixels";
            Err(Unsupported::Feature(what).into())
        }
        _ if data_type.is_complex() => {
            let (method, dtype) = (method.name(), data_type.name());
            Err(Unsupported::Resampling { method, dtype }.into())
        }
        Resampling::Mode => Ok(()),
        _ if palette => {
            let what = "means of the indices of a colour table: take the nearest or the mode";
            Err(Unsupported::Feature(what).into())
        }
        _ => Ok(()),
    }
}

fn refusal(source: &Settled, target: &Settled, why: &'static str) -> Error {
    let describe = |settled: &Settled| {
        let used = settled.bound.inputs().first();
        let name = used.map(|input| settled.inputs[input.input].to_string());
        let geo = &settled.georeference;
        let resolution = geo.transform.unwrap_or(Affine::IDENTITY).resolution();
        let grid = describe_grid(settled.size, geo.transform, resolution, geo.epsg());
        format!("{} ({grid})", name.unwrap_or_default())
    };
    let (left, right) = (describe(source), describe(target));
    Unsupported::Grids { left, right, why }.into()
}

/// How the pixels of one grid lie over those of another.
#[derive(Debug)]
pub(crate) struct Matching {
    /// The raster whose grid it is.
    grid: Lazy,
    method: Resampling,
    columns: Line,
    rows: Line,
}

impl Matching {
    fn new(source: &Settled, target: &Settled, method: Resampling) -> Result<Self> {
        let transforms = (source.georeference.transform, target.georeference.transform);
        let (Some(own), Some(theirs)) = transforms else {
            let why = "match_grid needs the transform of both rasters";
            return Err(refusal(source, target, why));
        };
        let relation = own.inverse().map(|inverse| inverse.after(theirs));
        let finite = |affine: &Affine| affine.to_array().iter().all(|number| number.is_finite());
        let Some(relation) = relation.filter(finite) else {
            let why = "match_grid needs transforms that can be inverted";
            return Err(refusal(source, target, why));
        };
        let Size { width, height } = target.size;
        let turned = relation.b.abs() * f64::from(height) > CROOKED
            || relation.d.abs() * f64::from(width) > CROOKED;
        if turned || !(relation.a > 0.0 && relation.e > 0.0) {
            let why = "match_grid turns, shears and mirrors no raster, and these lie so";
            return Err(refusal(source, target, why));
        }
        let lines = |method| Matching {
            grid: target.raster.clone(),
            method,
            columns: Line::new(method, (relation.a, relation.c), source.size.width, width),
            rows: Line::new(method, (relation.e, relation.f), source.size.height, height),
        };
        let matching = lines(method);
        // Pixels that are only moved are taken as they are, as GDAL does.
        match matching.columns.is_moved() && matching.rows.is_moved() {
            true => Ok(lines(Resampling::Nearest)),
            false => Ok(matching),
        }
    }

    /// The raster whose grid it is.
    pub(crate) fn grid(&self) -> &Lazy {
        &self.grid
    }

    pub(crate) fn method(&self) -> Resampling {
        self.method
    }

    /// Whether some pixels lie beyond the source.
    fn leaves_source(&self) -> bool {
        self.columns.leaves_source() || self.rows.leaves_source()
    }

    /// The part of the source that a window is made of, if any.
    pub(crate) fn source_window(&self, window: Window) -> Option<Window> {
        let columns = self.columns.piece(window.column, window.width)?;
        let rows = self.rows.piece(window.row, window.height)?;
        Some(source_of(&columns, &rows))
    }

    /// What a block of `size` needs at most of the source.
    pub(crate) fn appetite(&self, size: Size) -> Appetite {
        let strip = size.height.min(self.strip_rows());
        Appetite {
            window: Size::new(self.columns.most(size.width), self.rows.most(strip)),
            rows: self.rows.most(size.height),
        }
    }

    /// Rows that are made at a time.
    fn strip_rows(&self) -> u32 {
        self.rows.pixels_over(STRIP_ROWS)
    }

    /// Makes a window, a strip of rows at a time so that little of a large source is in memory.
    pub(crate) fn block(
        &self,
        window: Window,
        form: &Form,
        limits: &Limits,
        evaluate: &Evaluate<'_>,
    ) -> Result<Block> {
        let size = window.size();
        let mut block = Block::zeroed(form.bands, size, form.data_type, Validity::All, limits)?;
        let mut mask = match form.masked {
            true => zeroed(to_usize(size.area())?)?,
            false => Vec::new(),
        };
        if let Some(nodata) = form.nodata {
            with_samples!(block.samples_mut(), values => fill(values, nodata));
        }
        let columns = self.columns.piece(window.column, window.width);
        for top in (0..size.height).step_by(index(self.strip_rows())) {
            let height = self.strip_rows().min(size.height - top);
            let rows = self.rows.piece(window.row + top, height);
            let Some((columns, rows)) = columns.as_ref().zip(rows) else {
                continue;
            };
            let source = evaluate(source_of(columns, &rows))?;
            let part = self.part(&source, (columns, &rows), form.masked)?;
            let place = Window {
                column: columns.pixels.start - window.column,
                row: rows.pixels.start - window.row,
                width: part.size().width,
                height: part.size().height,
            };
            block.paste(0, place, &part);
            if form.masked {
                paste_mask(&mut mask, size, place, &part.valid_pixels());
            }
        }
        let validity = match (form.masked, form.nodata) {
            (true, _) => Validity::Mask(mask),
            (false, Some(nodata)) => Validity::Nodata(nodata),
            (false, None) => Validity::All,
        };
        block.with_validity(validity)
    }

    /// The pixels of a piece of columns and a piece of rows, from all of their source.
    fn part(
        &self,
        source: &Block,
        (columns, rows): (&Piece, &Piece),
        masked: bool,
    ) -> Result<Block> {
        let resampler = match self.method {
            Resampling::Nearest => Resampler::picking(
                source.size(),
                self.columns.nearest(columns),
                self.rows.nearest(rows),
            ),
            method => Resampler::along(method, columns.axis.clone(), rows.axis.clone()),
        }?;
        let lines = 0..resampler.to().height;
        let pixels = to_usize(resampler.to().area())?;
        let validity = match source.validity() {
            Validity::Mask(mask) => {
                let weights: Vec<u8> = mask.iter().map(|&byte| 255 * u8::from(byte != 0)).collect();
                let mut valid = zeroed(pixels)?;
                resampler.reduce_mask(&weights, 0, lines, &mut valid)?;
                Validity::Mask(valid)
            }
            _ if masked => Validity::Mask(vec![1; pixels]),
            other => other.clone(),
        };
        let samples = with_samples!(source.samples(), values => {
            self.samples(values, source, &resampler)?
        });
        Block::new(source.bands(), resampler.to(), samples, validity)
    }

    fn samples<T: Reduce>(
        &self,
        values: &[T],
        source: &Block,
        resampler: &Resampler,
    ) -> Result<Samples> {
        let plane = to_usize(source.size().area())?;
        let pixels = to_usize(resampler.to().area())?;
        let mut out = zeroed::<T>(pixels * source.bands())?;
        for (band, out) in values.chunks_exact(plane).zip(out.chunks_exact_mut(pixels)) {
            let weighed = Weighed::new(band, source.validity(), self.method);
            resampler.reduce(&weighed.rows(band), 0..resampler.to().height, out)?;
        }
        Ok(T::into_samples(out))
    }
}

/// A band with what tells its valid samples. All methods get it in one form, valid or not, so that
/// the result does not depend on what else lies in the block.
struct Weighed<T> {
    /// The samples, if those that are invalid had to be replaced: kernels weigh them by 0.
    samples: Option<Vec<T>>,
    nodata: Option<T>,
    mask: Option<Vec<u8>>,
}

impl<T: Reduce> Weighed<T> {
    fn new(band: &[T], validity: &Validity, method: Resampling) -> Self {
        let nodata = match validity {
            Validity::Nodata(nodata) => T::from_scalar(*nodata),
            _ => None,
        };
        if !method.is_convolution() && nodata.is_some() {
            let (samples, mask) = (None, None);
            return Weighed {
                samples,
                nodata,
                mask,
            };
        }
        let mask: Vec<u8> = match validity {
            Validity::Mask(mask) => mask.iter().map(|&byte| 255 * u8::from(byte != 0)).collect(),
            _ => {
                let valid = |sample: &T| nodata.is_none_or(|nodata| !sample.is_nodata(nodata));
                band.iter()
                    .map(|sample| 255 * u8::from(valid(sample)))
                    .collect()
            }
        };
        let replaced = method.is_convolution() && mask.contains(&0);
        let samples = replaced.then(|| {
            let pairs = band.iter().zip(&mask);
            let kept = |(&sample, &weight): (&T, &u8)| match weight {
                0 => T::default(),
                _ => sample,
            };
            pairs.map(kept).collect()
        });
        Weighed {
            samples,
            nodata,
            mask: Some(mask),
        }
    }

    fn rows<'a>(&'a self, band: &'a [T]) -> SourceRows<'a, T> {
        SourceRows {
            first_row: 0,
            samples: self.samples.as_deref().unwrap_or(band),
            nodata: self.nodata,
            mask: self.mask.as_deref(),
        }
    }
}

/// The source of some columns and rows.
fn source_of(columns: &Piece, rows: &Piece) -> Window {
    let (columns, rows) = (&columns.source, &rows.source);
    let (width, height) = (columns.end - columns.start, rows.end - rows.start);
    Window::new(columns.start, rows.start, width, height)
}

fn fill<T: Reduce>(values: &mut [T], nodata: Scalar) {
    values.fill(T::from_scalar(nodata).unwrap_or_default());
}

/// Copies a part of a mask to its place.
fn paste_mask(mask: &mut [u8], size: Size, place: Window, part: &[u8]) {
    let lines = mask
        .chunks_exact_mut(index(size.width))
        .skip(index(place.row));
    for (line, part) in lines.zip(part.chunks_exact(index(place.width))) {
        line[index(place.column)..][..part.len()].copy_from_slice(part);
    }
}

/// How far the edges of grids may lie askew, in pixels of the source.
const CROOKED: f64 = 0.01;

/// Source rows that are evaluated at a time, about.
const STRIP_ROWS: u32 = 1024;
