//! Numbers as they are: those that JSON does not have are texts.

use std::fmt;

use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sample::Scalar;

/// A number whose form is exact in every format.
pub(super) struct Number(Scalar);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Scalar::Float(float) if float.is_finite() => serializer.serialize_f64(float),
            Scalar::Float(_) => serializer.collect_str(&self.0),
            Scalar::Int(int) => match (i64::try_from(int), u64::try_from(int)) {
                (Ok(int), _) => serializer.serialize_i64(int),
                (_, Ok(int)) => serializer.serialize_u64(int),
                _ => serializer.collect_str(&self.0),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or the text of one")
    }

    fn visit_i64<E>(self, int: i64) -> Result<Number, E> {
        Ok(Number(int.into()))
    }

    fn visit_u64<E>(self, int: u64) -> Result<Number, E> {
        Ok(Number(int.into()))
    }

    fn visit_f64<E>(self, float: f64) -> Result<Number, E> {
        Ok(Number(float.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        let wrong = || E::custom(format!("`{text}` is no number"));
        Scalar::parse(text).map(Number).ok_or_else(wrong)
    }
}

/// A value made of numbers, and its form.
pub(super) trait Exact: Sized {
    type Form: Serialize + DeserializeOwned;

    fn form(&self) -> Self::Form;

    /// `None` where a number is not one of this type.
    fn from_form(form: Self::Form) -> Option<Self>;
}

impl Exact for Scalar {
    type Form = Number;

    fn form(&self) -> Number {
        Number(*self)
    }

    fn from_form(form: Number) -> Option<Self> {
        Some(form.0)
    }
}

impl Exact for f64 {
    type Form = Number;

    fn form(&self) -> Number {
        Number(Scalar::Float(*self))
    }

    fn from_form(form: Number) -> Option<Self> {
        Some(form.0.to_f64())
    }
}

impl Exact for u32 {
    type Form = u32;

    fn form(&self) -> u32 {
        *self
    }

    fn from_form(form: u32) -> Option<Self> {
        Some(form)
    }
}

impl<T: Exact> Exact for Option<T> {
    type Form = Option<T::Form>;

    fn form(&self) -> Self::Form {
        self.as_ref().map(T::form)
    }

    fn from_form(form: Self::Form) -> Option<Self> {
        match form {
            Some(form) => T::from_form(form).map(Some),
            None => Some(None),
        }
    }
}

impl<T: Exact> Exact for Vec<T> {
    type Form = Vec<T::Form>;

    fn form(&self) -> Self::Form {
        self.iter().map(T::form).collect()
    }

    fn from_form(form: Self::Form) -> Option<Self> {
        form.into_iter().map(T::from_form).collect()
    }
}

impl<T: Exact, const N: usize> Exact for [T; N] {
    type Form = Vec<T::Form>;

    fn form(&self) -> Self::Form {
        self.iter().map(T::form).collect()
    }

    fn from_form(form: Self::Form) -> Option<Self> {
        Vec::from_form(form)?.try_into().ok()
    }
}

impl<T: Exact, U: Exact> Exact for (T, U) {
    type Form = (T::Form, U::Form);

    fn form(&self) -> Self::Form {
        (self.0.form(), self.1.form())
    }

    fn from_form(form: Self::Form) -> Option<Self> {
        Some((T::from_form(form.0)?, U::from_form(form.1)?))
    }
}

/// For `#[serde(with)]`.
pub(super) mod exact {
    use super::{Deserialize, Deserializer, Error, Exact, Serialize, Serializer};

    pub fn serialize<T: Exact, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.form().serialize(to)
    }

    pub fn deserialize<'de, T: Exact, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let wrong = || D::Error::custom("a list of another length");
        T::from_form(T::Form::deserialize(from)?).ok_or_else(wrong)
    }
}

/// Pairs of percent and value as a map, for `#[serde(with)]`.
pub(super) mod percentiles {
    use std::fmt;

    use serde::de::{Error, MapAccess, Visitor};
    use serde::{Deserializer, Serializer};

    use super::{Exact, Number};

    pub fn serialize<S: Serializer>(pairs: &[(f64, f64)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(
            pairs
                .iter()
                .map(|(percent, value)| (percent.to_string(), value.form())),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(f64, f64)>, D::Error> {
        from.deserialize_map(Pairs)
    }

    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(f64, f64)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("values by percent")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some((percent, value)) = map.next_entry::<String, Number>()? {
                let wrong = |_| A::Error::custom(format!("`{percent}` is no percent"));
                pairs.push((percent.parse().map_err(wrong)?, value.0.to_f64()));
            }
            Ok(pairs)
        }
    }
}
