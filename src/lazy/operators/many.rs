//! Stacks of bands, and reductions over bands or rasters.

use crate::error::{Result, Usage};
use crate::expr::{Expr, Reduction};
use crate::lazy::Lazy;

impl Lazy {
    /// The bands of several rasters or masks, one after the other. Numbers become the smallest type
    /// that holds those of all; the nodata value is that of the first that has one. What
    /// [`bands`](Self::bands) leaves out is never read.
    ///
    /// Beside a raster with a mask, each band keeps its own validity in what is computed from the
    /// stack: [`bands`](Self::bands), reductions over bands, [`is_valid`](Self::is_valid),
    /// [`summarize`](Self::summarize), [`zonal`](Self::zonal). But blocks and COGs have one mask for all
    /// bands: there **a pixel is valid if any of its bands is**, and those of its bands that are not hold
    /// numbers that mean nothing. To keep them apart, tell what is invalid by a nodata value first, one
    /// that no valid sample has:
    ///
    #[cfg_attr(not(feature = "deflate"), doc = "```ignore")]
    #[cfg_attr(feature = "deflate", doc = "```")]
    /// use cogwork::{Cog, Lazy, grid::Window};
    ///
    /// let visual = Cog::open("testdata/scene/visual.tif")?.overview(0)?.lazy();
    /// let visual = visual.clip_window(Window::new(60, 60, 1, 1))?; // 56, 56, 42
    /// let of = |band, most| {
    ///     let band = visual.bands([band])?;
    ///     band.with_mask(&band.le(most)) // as of a file with a mask
    /// };
    /// let (valid, invalid) = (of(1, 100)?, of(3, 10)?);
    /// let stack = Lazy::stack([&valid, &invalid])?;
    /// assert_eq!(stack.compute()?.valid_pixels()[..], [1]); // by its first band
    /// assert_eq!(stack.bands([2])?.compute()?.valid_pixels()[..], [0]);
    ///
    /// let coded = |band: &Lazy| band.fill_nodata(0).with_nodata(Some(0.into()));
    /// let stack = Lazy::stack([&coded(&valid), &coded(&invalid)])?;
    /// assert_eq!(stack.compute()?.as_slice(), Some(&[56u8, 0][..])); // nodata is 0
    /// # assert_eq!(stack.nodata()?, Some(0.into()));
    /// # assert_eq!(invalid.fill_nodata(0).statistics()?[0].maximum, Some(0.0));
    /// # Ok::<(), cogwork::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Usage::Option`] for no raster at all.
    pub fn stack<'a>(rasters: impl IntoIterator<Item = &'a Lazy>) -> Result<Lazy> {
        Lazy::combined(rasters, "a stack", Expr::stack)
    }

    /// Several rasters to one, pixel by pixel and band by band: a composite of many scenes. Invalid
    /// samples and NaN are skipped, as numpy's `nanmedian` and its kin do; where none is left the
    /// result is invalid, and [`Reduction::Count`] is 0. Types are in the table of
    /// [`expr`](crate::expr).
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Usage::Option`] for no raster at all.
    pub fn reduce<'a>(
        reduction: Reduction,
        rasters: impl IntoIterator<Item = &'a Lazy>,
    ) -> Result<Lazy> {
        let reduce = |rasters: Vec<Expr>| Expr::reduce(reduction, rasters);
        Lazy::combined(rasters, reduction.name(), reduce)
    }

    fn combined<'a>(
        rasters: impl IntoIterator<Item = &'a Lazy>,
        name: &str,
        combine: impl FnOnce(Vec<Expr>) -> Expr,
    ) -> Result<Lazy> {
        let mut rasters = rasters.into_iter();
        let first = rasters.next();
        let mut joined = first
            .ok_or_else(|| Usage::Option(format!("{name} names no raster")))?
            .clone();
        let mut parts = vec![joined.expr.clone()];
        for raster in rasters {
            parts.push(joined.adopt(raster.into()));
        }
        joined.expr = combine(parts);
        joined.checked()
    }
}

/// Methods that reduce over bands.
macro_rules! over_bands {
    ($($(#[$doc:meta])* $method:ident $reduction:ident;)*) => {
        impl Lazy {
            $($(#[$doc])*
            #[must_use]
            pub fn $method(&self) -> Lazy {
                self.derive(self.expr.reduce_bands(Reduction::$reduction))
            })*
        }
    };
}
over_bands! {
    /// The least of all bands, of those that are valid, as in [`reduce`](Self::reduce).
    min_bands Min;
    /// The greatest of all bands.
    max_bands Max;
    /// The mean of all bands.
    mean_bands Mean;
    /// The median of all bands.
    median_bands Median;
    /// The sum of all bands.
    sum_bands Sum;
    /// How many bands are valid.
    count_bands Count;
    /// The standard deviation of all bands, as of a population.
    std_bands Std;
    /// The first band that is valid.
    first_bands First;
}
