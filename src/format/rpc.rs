//! Rational polynomial coefficients: where pixels of an unrectified image lie (tag 50844).

/// The coefficients, in the order of the tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Rpc {
    /// Root mean square bias error in metres; -1 if unknown.
    pub error_bias: f64,
    /// Root mean square random error in metres; -1 if unknown.
    pub error_random: f64,
    /// Offset of rows; the centre of the first pixel is 0.
    pub line_offset: f64,
    /// Offset of columns.
    pub sample_offset: f64,
    /// Offset of latitudes, in degrees.
    pub latitude_offset: f64,
    /// Offset of longitudes, in degrees.
    pub longitude_offset: f64,
    /// Offset of heights, in metres.
    pub height_offset: f64,
    /// Scale of rows.
    pub line_scale: f64,
    /// Scale of columns.
    pub sample_scale: f64,
    /// Scale of latitudes.
    pub latitude_scale: f64,
    /// Scale of longitudes.
    pub longitude_scale: f64,
    /// Scale of heights.
    pub height_scale: f64,
    /// Coefficients of the polynomial of rows, above the line.
    pub line_numerator: [f64; 20],
    /// Coefficients of the polynomial of rows, below the line.
    pub line_denominator: [f64; 20],
    /// Coefficients of the polynomial of columns, above the line.
    pub sample_numerator: [f64; 20],
    /// Coefficients of the polynomial of columns, below the line.
    pub sample_denominator: [f64; 20],
}

impl Rpc {
    /// The coefficients for a part of the image that begins at a column and a row.
    #[must_use]
    pub fn shifted(&self, column: u32, row: u32) -> Self {
        Rpc {
            line_offset: self.line_offset - f64::from(row),
            sample_offset: self.sample_offset - f64::from(column),
            ..self.clone()
        }
    }

    /// The coefficients from the tag's numbers; `None` if there are not as many as there should be.
    pub fn from_doubles(numbers: &[f64]) -> Option<Self> {
        let (head, polynomials) = numbers.get(..COUNT)?.split_at(HEAD);
        let mut polynomials = polynomials.chunks_exact(20);
        let mut polynomial = || polynomials.next()?.try_into().ok();
        let &[
            error_bias,
            error_random,
            line_offset,
            sample_offset,
            latitude_offset,
            longitude_offset,
            height_offset,
            line_scale,
            sample_scale,
            latitude_scale,
            longitude_scale,
            height_scale,
        ] = head
        else {
            return None;
        };
        Some(Rpc {
            error_bias,
            error_random,
            line_offset,
            sample_offset,
            latitude_offset,
            longitude_offset,
            height_offset,
            line_scale,
            sample_scale,
            latitude_scale,
            longitude_scale,
            height_scale,
            line_numerator: polynomial()?,
            line_denominator: polynomial()?,
            sample_numerator: polynomial()?,
            sample_denominator: polynomial()?,
        })
    }

    /// The tag's numbers.
    pub fn to_doubles(&self) -> Vec<f64> {
        let mut numbers = vec![
            self.error_bias,
            self.error_random,
            self.line_offset,
            self.sample_offset,
            self.latitude_offset,
            self.longitude_offset,
            self.height_offset,
            self.line_scale,
            self.sample_scale,
            self.latitude_scale,
            self.longitude_scale,
            self.height_scale,
        ];
        for polynomial in [
            &self.line_numerator,
            &self.line_denominator,
            &self.sample_numerator,
            &self.sample_denominator,
        ] {
            numbers.extend(polynomial);
        }
        numbers
    }

    /// The coefficients of an overview whose pixels are larger by the given ratios along x and y:
    /// the centre of a pixel is half a pixel from its corner on both levels.
    #[must_use]
    pub fn rescaled(&self, (x, y): (f64, f64)) -> Self {
        let offset = |offset: f64, ratio: f64| (offset + 0.5) / ratio - 0.5;
        Rpc {
            line_offset: offset(self.line_offset, y),
            line_scale: self.line_scale / y,
            sample_offset: offset(self.sample_offset, x),
            sample_scale: self.sample_scale / x,
            ..self.clone()
        }
    }
}

/// Numbers of the tag.
const COUNT: usize = HEAD + 4 * 20;
/// Numbers before the polynomials.
const HEAD: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_both_ways() {
        let numbers: Vec<f64> = (0..92).map(f64::from).collect();
        let rpc = Rpc::from_doubles(&numbers).expect("92 numbers");
        assert_eq!(rpc.to_doubles(), numbers);
        assert_eq!((rpc.height_scale, rpc.sample_denominator[19]), (11.0, 91.0));
        assert_eq!(Rpc::from_doubles(&numbers[..91]), None);
    }

    #[test]
    fn an_overview_has_the_same_corner() {
        let numbers: Vec<f64> = (0..92).map(f64::from).collect();
        let rpc = Rpc::from_doubles(&numbers).expect("92 numbers");
        let half = rpc.rescaled((2.0, 4.0));
        assert_eq!((half.line_offset, half.sample_offset), (0.125, 1.25));
        assert_eq!((half.line_scale, half.sample_scale), (1.75, 4.0));
    }
}
