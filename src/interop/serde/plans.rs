//! What is to be computed, in the form of its JSON document.

use serde::de::{DeserializeSeed, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::context::Context;
use crate::error::Result;
use crate::lazy::Lazy;
use crate::pipeline::{ComputePlan, Plan};
use crate::write::CogOptions;

/// Reads a [`Plan`], a [`ComputePlan`] or a [`Lazy`] with what it works with: reading one opens the
/// files that the document names. Any format of serde that describes itself serves.
///
/// ```
/// use cogwork::{Cog, Context, Plan, interop::serde::InContext, write::CogOptions};
/// use serde::de::DeserializeSeed;
///
/// let base = Cog::open("testdata/scene/SCL.tif")?.base();
/// let plan = base.lazy().is_in([8, 9]).plan(&CogOptions::default())?;
/// let text = serde_json::to_string(&plan).expect("a file with a path");
///
/// let mut json = serde_json::Deserializer::from_str(&text);
/// let back: Plan = InContext::new(&Context::default()).deserialize(&mut json).expect("the same");
/// assert_eq!(back.explain(), plan.explain());
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Debug)]
pub struct InContext<'a, T> {
    context: &'a Context,
    read: fn(&str, &Context) -> Result<T>,
}

impl<'a> InContext<'a, Plan> {
    /// Reads a plan, as [`Plan::from_json`].
    pub fn new(context: &'a Context) -> Self {
        InContext {
            context,
            read: Plan::from_json,
        }
    }
}

impl<'a> InContext<'a, ComputePlan> {
    /// Reads what is to be computed, as [`ComputePlan::from_json`].
    pub fn compute(context: &'a Context) -> Self {
        InContext {
            context,
            read: ComputePlan::from_json,
        }
    }
}

impl<'a> InContext<'a, (Lazy, CogOptions)> {
    /// Reads a raster and how it is to be written, as [`Lazy::from_json`].
    pub fn lazy(context: &'a Context) -> Self {
        InContext {
            context,
            read: Lazy::from_json,
        }
    }
}

impl<'de, T> DeserializeSeed<'de> for InContext<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let document = Value::deserialize(deserializer)?.to_string();
        (self.read)(&document, self.context).map_err(D::Error::custom)
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self.to_json(), serializer)
    }
}

impl Serialize for ComputePlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self.to_json(), serializer)
    }
}

/// With the default options.
impl Serialize for Lazy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self.to_json(&CogOptions::default()), serializer)
    }
}

impl Serialize for CogOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.to_value().map_err(S::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CogOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        CogOptions::from_value("options", value).map_err(D::Error::custom)
    }
}

/// A document as what it holds.
fn document<S: Serializer>(text: Result<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = text.map_err(S::Error::custom)?;
    let value: Value = serde_json::from_str(&text).map_err(S::Error::custom)?;
    value.serialize(serializer)
}
