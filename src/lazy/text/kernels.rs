//! Neighbourhood kernels as functions of formulas, and back.

use crate::error::{FormulaFault, Result};
use crate::expr::parse::{FunctionName, Term, TermNode};
use crate::neighbourhood::{
    Angle, Aspect, Convolution, Edges, Focal, Gradient, Hillshade, Kernel, Light, Roughness,
    Ruggedness, Slope, SlopeUnit, Statistic, Tpi, Tri,
};
use crate::sample::Scalar;

/// What follows the raster in a call.
pub(super) struct Settings<'a> {
    pub(super) function: FunctionName,
    pub(super) terms: &'a [Term],
}

impl Settings<'_> {
    /// The kernel of a function, if it is one.
    pub(super) fn kernel(&self) -> Result<Option<Kernel>> {
        let edges = match self.has("compute_edges") {
            true => Edges::Computed,
            false => Edges::Invalid,
        };
        let gradient = match self.has("zevenbergen_thorne") {
            true => Gradient::ZevenbergenThorne,
            false => Gradient::Horn,
        };
        Ok(Some(match self.function {
            FunctionName::FocalMax => self.focal(Statistic::Max)?,
            FunctionName::FocalMean => self.focal(Statistic::Mean)?,
            FunctionName::FocalMedian => self.focal(Statistic::Median)?,
            FunctionName::FocalMin => self.focal(Statistic::Min)?,
            FunctionName::FocalStd => self.focal(Statistic::Std)?,
            FunctionName::FocalSum => self.focal(Statistic::Sum)?,
            FunctionName::Convolve => self.convolution()?,
            FunctionName::Slope => {
                let [scale] = self.numbers([1.0])?;
                let unit = match self.has("percent") {
                    true => SlopeUnit::Percent,
                    false => SlopeUnit::Degrees,
                };
                Kernel::Slope(Slope {
                    unit,
                    gradient,
                    scale,
                    edges,
                })
            }
            FunctionName::Aspect => Kernel::Aspect(Aspect {
                angle: match self.has("trigonometric") {
                    true => Angle::Trigonometric,
                    false => Angle::Azimuth,
                },
                gradient,
                zero_for_flat: self.has("zero_for_flat"),
                edges,
            }),
            FunctionName::Hillshade => {
                let [azimuth, altitude, z_factor, scale] = self.numbers([315.0, 45.0, 1.0, 1.0])?;
                let light = match self.has("multidirectional") {
                    true => Light::Multidirectional,
                    false => Light::Azimuth(azimuth),
                };
                Kernel::Hillshade(Hillshade {
                    light,
                    altitude,
                    z_factor,
                    scale,
                    gradient,
                    edges,
                })
            }
            FunctionName::Tri => {
                let ruggedness = match self.has("wilson") {
                    true => Ruggedness::Wilson,
                    false => Ruggedness::Riley,
                };
                Kernel::Tri(Tri { ruggedness, edges })
            }
            FunctionName::Tpi => Kernel::Tpi(Tpi { edges }),
            FunctionName::Roughness => Kernel::Roughness(Roughness { edges }),
            _ => return Ok(None),
        }))
    }

    fn focal(&self, statistic: Statistic) -> Result<Kernel> {
        let side = self
            .values()
            .next()
            .and_then(|side| u32::try_from(side.to_int()?).ok());
        let side = side.ok_or_else(|| self.fault("an odd number of pixels"))?;
        let focal = Focal::new(statistic, side)?;
        Ok(Kernel::Focal(match self.has("fill") {
            true => focal.fill(),
            false => focal,
        }))
    }

    fn convolution(&self) -> Result<Kernel> {
        let mut values = self.values();
        let columns = values
            .next()
            .and_then(|columns| usize::try_from(columns.to_int()?).ok());
        let weights: Vec<f64> = values.map(Scalar::to_f64).collect();
        let columns =
            columns.filter(|&columns| columns > 0 && weights.len().is_multiple_of(columns));
        let columns =
            columns.ok_or_else(|| self.fault("the columns, and the weights of whole rows"))?;
        let rows: Vec<&[f64]> = weights.chunks_exact(columns).collect();
        let convolution = Convolution::new(&rows)?;
        Ok(Kernel::Convolution(match self.has("normalised") {
            true => convolution.normalised()?,
            false => convolution,
        }))
    }

    /// The numbers in order; those that are left out from the end are as given.
    fn numbers<const N: usize>(&self, mut numbers: [f64; N]) -> Result<[f64; N]> {
        for (index, number) in self.values().enumerate() {
            let place = numbers.get_mut(index);
            *place.ok_or_else(|| self.fault(&format!("not more than {N} numbers")))? =
                number.to_f64();
        }
        Ok(numbers)
    }

    fn values(&self) -> impl Iterator<Item = Scalar> {
        self.terms.iter().filter_map(|term| match term.node {
            TermNode::Number(number) => Some(number),
            _ => None,
        })
    }

    fn has(&self, word: &str) -> bool {
        let found = |term: &Term| matches!(term.node, TermNode::Word(found) if found == word);
        self.terms.iter().any(found)
    }

    fn fault(&self, expected: &str) -> crate::error::Error {
        let (function, expected) = (self.function.name(), expected.to_owned());
        FormulaFault::Argument { function, expected }.into()
    }
}

/// The function of a kernel, and what follows the raster.
pub(super) fn settings(kernel: &Kernel) -> Option<(FunctionName, Vec<Term>)> {
    let function = FunctionName::of_name(kernel.name())?;
    let number = |value: f64| Some(TermNode::Number(value.into()));
    let word = |set: bool, name: &str| {
        set.then(|| function.word(name).map(TermNode::Word))
            .flatten()
    };
    let edges = |edges: Edges| word(edges == Edges::Computed, "compute_edges");
    let gradient =
        |found: Gradient| word(found == Gradient::ZevenbergenThorne, "zevenbergen_thorne");
    let settings: Vec<Option<TermNode>> = match kernel {
        Kernel::Focal(focal) => vec![
            Some(TermNode::Number(focal.side().into())),
            word(focal.fills(), "fill"),
        ],
        Kernel::Convolution(convolution) => {
            let columns = convolution.weights().next().map_or(0, <[f64]>::len);
            let columns = TermNode::Number(u64::try_from(columns).ok()?.into());
            let weights = convolution
                .weights()
                .flatten()
                .map(|&weight| number(weight));
            let normalised = word(convolution.is_normalised(), "normalised");
            std::iter::once(Some(columns))
                .chain(weights)
                .chain([normalised])
                .collect()
        }
        Kernel::Slope(slope) => vec![
            number(slope.scale),
            word(slope.unit == SlopeUnit::Percent, "percent"),
            gradient(slope.gradient),
            edges(slope.edges),
        ],
        Kernel::Aspect(aspect) => vec![
            word(aspect.angle == Angle::Trigonometric, "trigonometric"),
            gradient(aspect.gradient),
            word(aspect.zero_for_flat, "zero_for_flat"),
            edges(aspect.edges),
        ],
        Kernel::Hillshade(hillshade) => {
            let (azimuth, many) = match hillshade.light {
                Light::Azimuth(azimuth) => (azimuth, false),
                Light::Multidirectional => (315.0, true),
            };
            vec![
                number(azimuth),
                number(hillshade.altitude),
                number(hillshade.z_factor),
                number(hillshade.scale),
                word(many, "multidirectional"),
                gradient(hillshade.gradient),
                edges(hillshade.edges),
            ]
        }
        Kernel::Tri(tri) => vec![
            word(tri.ruggedness == Ruggedness::Wilson, "wilson"),
            edges(tri.edges),
        ],
        Kernel::Tpi(tpi) => vec![edges(tpi.edges)],
        Kernel::Roughness(roughness) => vec![edges(roughness.edges)],
    };
    Some((
        function,
        settings.into_iter().flatten().map(Term::from).collect(),
    ))
}
