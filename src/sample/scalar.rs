//! One number of any sample type.

use std::fmt;

/// One real number, exact for every sample type.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    /// A whole number; holds every u64 and i64.
    Int(i128),
    /// A floating point number.
    Float(f64),
}

impl Scalar {
    /// Reads a number as C's `strtod` and GDAL do: white space around it is ignored; `nan`, `-nan`
    /// and `inf` in any case are numbers. Whole numbers stay exact beyond 2^53.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if let Ok(int) = text.parse::<i128>() {
            return Some(Scalar::Int(int));
        }
        let lower = text.to_ascii_lowercase();
        let unsigned = lower.trim_start_matches(['+', '-']);
        if unsigned.starts_with("nan") {
            return Some(Scalar::Float(f64::NAN));
        }
        lower.parse::<f64>().ok().map(Scalar::Float)
    }

    /// The nearest floating point number.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Int(int) => int as f64,
            Scalar::Float(float) => float,
        }
    }

    /// True for NaN.
    pub fn is_nan(self) -> bool {
        matches!(self, Scalar::Float(float) if float.is_nan())
    }

    /// The same number as a whole number, if it is one.
    pub fn to_int(self) -> Option<i128> {
        match self {
            Scalar::Int(int) => Some(int),
            Scalar::Float(float) if float.fract() == 0.0 && float.abs() < 1e30 => {
                Some(float as i128)
            }
            Scalar::Float(_) => None,
        }
    }
}

/// Equal numbers are equal whatever holds them, and NaN is equal to NaN.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_int(), other.to_int()) {
            (Some(a), Some(b)) => a == b,
            _ => self.to_f64() == other.to_f64() || (self.is_nan() && other.is_nan()),
        }
    }
}

impl fmt::Display for Scalar {
    /// Shortest text that reads back as the same number; `nan` and `inf` as GDAL writes them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Int(int) => write!(f, "{int}"),
            Scalar::Float(float) if float.is_nan() => f.write_str("nan"),
            Scalar::Float(float) if float.is_infinite() => {
                f.write_str(if *float > 0.0 { "inf" } else { "-inf" })
            }
            Scalar::Float(float)
                if float.abs() >= 1e17 || (*float != 0.0 && float.abs() < 1e-5) =>
            {
                write!(f, "{float:e}")
            }
            Scalar::Float(float) => write!(f, "{float}"),
        }
    }
}

macro_rules! scalar_from {
    ($variant:ident: $($type:ty),*) => {
        $(impl From<$type> for Scalar {
            fn from(value: $type) -> Self {
                Scalar::$variant(value.into())
            }
        })*
    };
}
scalar_from!(Int: u8, i8, u16, i16, u32, i32, u64, i64);
scalar_from!(Float: f32, f64);
