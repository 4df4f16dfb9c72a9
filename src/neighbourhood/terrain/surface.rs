//! Nine heights around each pixel, at the edges too.

use super::formulas::{self, Formula, Heights, Sun};
use super::{Edges, Light};
use crate::limits::index;
use crate::neighbourhood::plane::Plane;

/// A formula over a surface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surface {
    formula: Formula,
    edges: Edges,
}

impl Surface {
    pub(super) fn new(formula: Formula, edges: Edges) -> Self {
        Surface { formula, edges }
    }

    /// A row of answers; NaN where there is none.
    pub(crate) fn fill_row(&self, plane: &Plane<f64>, row: usize, out: &mut [f64]) {
        let row = Row { plane, row };
        let edges = self.edges;
        match self.formula {
            Formula::Slope {
                gradient,
                pixel,
                unit,
            } => row.fill(edges, out, |nine| {
                formulas::slope(gradient, pixel, unit, nine)
            }),
            Formula::Aspect {
                gradient,
                angle,
                flat,
            } => row.fill(edges, out, |nine| {
                formulas::aspect(gradient, angle, flat, nine)
            }),
            Formula::Hillshade {
                gradient,
                pixel,
                light: Light::Azimuth(azimuth),
                altitude,
                z_factor,
            } => {
                let sun = Sun::new(gradient, azimuth, altitude, z_factor);
                row.fill(edges, out, |nine| {
                    let (x, y) = formulas::fall(gradient, pixel, nine);
                    sun.shade(x, y)
                });
            }
            Formula::Hillshade {
                gradient,
                pixel,
                light: Light::Multidirectional,
                altitude,
                z_factor,
            } => row.fill(edges, out, |nine| {
                let (x, y) = formulas::fall(gradient, pixel, nine);
                formulas::four_lights(gradient, altitude, z_factor, x, y)
            }),
            Formula::Tri(which) => row.fill(edges, out, |nine| formulas::ruggedness(which, nine)),
            Formula::Tpi => row.fill(edges, out, formulas::position),
            Formula::Roughness => row.fill(edges, out, formulas::roughness),
        }
    }
}

/// A row of a plane with a halo of one pixel.
struct Row<'a> {
    plane: &'a Plane<f64>,
    row: usize,
}

impl Row<'_> {
    fn fill(&self, edges: Edges, out: &mut [f64], formula: impl Fn(&Heights) -> f64) {
        for (column, out) in out.iter_mut().enumerate() {
            let nine = match edges {
                Edges::Invalid => self.nine(column),
                Edges::Computed => self.nine_or_stand_ins(column),
            };
            let missing = nine.iter().any(|height| height.is_nan());
            *out = if missing { f64::NAN } else { formula(&nine) };
        }
    }

    fn nine(&self, column: usize) -> Heights {
        let line = |down: usize| &self.plane.row(self.row + down)[column..column + 3];
        let (above, own, below) = (line(0), line(1), line(2));
        [
            above[0], above[1], above[2], own[0], own[1], own[2], below[0], below[1], below[2],
        ]
    }

    /// The surface goes on beyond the raster; an invalid neighbour is as high as the pixel. A raster
    /// of one row or column has no slope to go on with.
    fn nine_or_stand_ins(&self, column: usize) -> Heights {
        let reach = self.plane.reach;
        if reach.size.width < 2 || reach.size.height < 2 {
            return [f64::NAN; 9];
        }
        let mut nine = self.nine(column);
        let (x, y) = (
            index(reach.inner.column) + column,
            index(reach.inner.row) + self.row,
        );
        let (first, last) = (x == 0, x + 1 == index(reach.size.width));
        let (top, bottom) = (y == 0, y + 1 == index(reach.size.height));
        if top || bottom {
            // In the corners the column of the edge stands in for the one beyond.
            for row in nine.chunks_exact_mut(3) {
                row[0] = if first { row[1] } else { row[0] };
                row[2] = if last { row[1] } else { row[2] };
            }
            for at in 0..3 {
                nine[at] = if top {
                    beyond(nine[at + 3], nine[at + 6])
                } else {
                    nine[at]
                };
                nine[at + 6] = if bottom {
                    beyond(nine[at + 3], nine[at])
                } else {
                    nine[at + 6]
                };
            }
        } else {
            for row in nine.chunks_exact_mut(3) {
                row[0] = if first {
                    beyond(row[1], row[2])
                } else {
                    row[0]
                };
                row[2] = if last { beyond(row[1], row[0]) } else { row[2] };
            }
        }
        let own = nine[4];
        nine.map(|height| if height.is_nan() { own } else { height })
    }
}

/// The height after two, if the surface goes on as it did.
fn beyond(edge: f64, inside: f64) -> f64 {
    2.0 * edge - inside
}
