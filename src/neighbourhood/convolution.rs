//! Weighted sums of a window around each pixel.

use super::focal::check_side;
use super::plane::Plane;
use crate::error::{Result, Usage};
use crate::limits::index;

/// A weighted sum of the window around each pixel: the first weight is that of the top left
/// neighbour (no flip: a correlation, as the kernels of GDAL's VRT and `scipy.ndimage.correlate`).
/// A neighbour of weight 0 is not looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    columns: u32,
    rows: u32,
    /// Row by row.
    weights: Vec<f64>,
    normalised: bool,
}

impl Convolution {
    /// A window of weights, row by row.
    ///
    /// # Errors
    /// [`Usage::Option`] unless all rows have one length, rows and columns are odd and at most
    /// [`LONGEST_SIDE`](super::LONGEST_SIDE), and all weights are finite.
    pub fn new(weights: &[impl AsRef<[f64]>]) -> Result<Self> {
        let axis = |length: usize| {
            let side = u32::try_from(length).unwrap_or(u32::MAX);
            check_side(side).map(|()| side)
        };
        let rows = axis(weights.len())?;
        let columns = axis(weights.first().map_or(0, |row| row.as_ref().len()))?;
        if weights
            .iter()
            .any(|row| row.as_ref().len() != index(columns))
        {
            return Err(Usage::Option("a kernel's rows differ in length".to_owned()).into());
        }
        let weights: Vec<f64> = weights
            .iter()
            .flat_map(|row| row.as_ref())
            .copied()
            .collect();
        if let Some(weight) = weights.iter().find(|weight| !weight.is_finite()) {
            return Err(Usage::Option(format!("a kernel's weight of {weight}")).into());
        }
        Ok(Convolution {
            columns,
            rows,
            weights,
            normalised: false,
        })
    }

    /// Divides each sum by the sum of the weights of the neighbours that are there.
    ///
    /// # Errors
    /// [`Usage::Option`] if the weights sum up to 0.
    pub fn normalised(self) -> Result<Self> {
        if self.weights.iter().sum::<f64>() == 0.0 {
            let why = "a kernel whose weights sum up to 0 cannot be normalised";
            return Err(Usage::Option(why.to_owned()).into());
        }
        Ok(Convolution {
            normalised: true,
            ..self
        })
    }

    /// The weights, row by row.
    pub fn weights(&self) -> impl Iterator<Item = &[f64]> {
        self.weights.chunks_exact(index(self.columns))
    }

    /// Whether sums are divided by their weights.
    pub fn is_normalised(&self) -> bool {
        self.normalised
    }

    pub(super) fn halo(&self) -> (u32, u32) {
        (self.columns / 2, self.rows / 2)
    }

    /// A row of sums, neighbour by neighbour.
    pub(super) fn fill_row(&self, plane: &Plane<f64>, row: usize, out: &mut [f64]) {
        out.fill(0.0);
        let mut used = vec![0.0; out.len()];
        for (down, weights) in self.weights().enumerate() {
            let line = plane.row(row + down);
            let looked_at = weights
                .iter()
                .enumerate()
                .filter(|(_, weight)| **weight != 0.0);
            for (across, &weight) in looked_at {
                let values = &line[across..];
                if self.normalised {
                    add_present(out, &mut used, values, weight);
                } else {
                    let both = out.iter_mut().zip(values);
                    both.for_each(|(sum, value)| *sum += weight * value);
                }
            }
        }
        let (columns, rows) = self.halo();
        let centres = &plane.row(row + index(rows))[index(columns)..];
        for ((sum, used), centre) in out.iter_mut().zip(used).zip(centres) {
            *sum = match (centre.is_nan(), self.normalised) {
                (true, _) => f64::NAN,
                (false, true) if used == 0.0 => f64::NAN,
                (false, true) => *sum / used,
                (false, false) => *sum,
            };
        }
    }
}

fn add_present(sums: &mut [f64], used: &mut [f64], values: &[f64], weight: f64) {
    for ((sum, used), value) in sums.iter_mut().zip(used).zip(values) {
        let missing = value.is_nan();
        *sum += if missing { 0.0 } else { weight * value };
        *used += if missing { 0.0 } else { weight };
    }
}
