//! Which items are wanted.

use super::item::Item;
use super::time::Interval;

/// Which items of a document are wanted: those that meet all conditions. The default wants all.
///
/// ```
/// use cogwork::stac::Filter;
///
/// let filter = Filter::default().max_cloud_cover(20.0).datetime("2020-03-01/2020-03-31".parse()?);
/// # Ok::<(), cogwork::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    min_cloud_cover: Option<f64>,
    max_cloud_cover: Option<f64>,
    datetime: Option<Interval>,
    collections: Vec<String>,
}

impl Filter {
    /// Wants at least these percents of [`cloud_cover`](Item::cloud_cover). An item that does not say
    /// how much it has is not wanted.
    #[must_use]
    pub fn min_cloud_cover(self, percent: f64) -> Self {
        let min_cloud_cover = Some(percent);
        Filter {
            min_cloud_cover,
            ..self
        }
    }

    /// Wants at most these percents of [`cloud_cover`](Item::cloud_cover). An item that does not say
    /// how much it has is not wanted.
    #[must_use]
    pub fn max_cloud_cover(self, percent: f64) -> Self {
        let max_cloud_cover = Some(percent);
        Filter {
            max_cloud_cover,
            ..self
        }
    }

    /// Wants items whose [`interval`](Item::interval) meets this one. An item without time is not
    /// wanted.
    #[must_use]
    pub fn datetime(self, interval: Interval) -> Self {
        let datetime = Some(interval);
        Filter { datetime, ..self }
    }

    /// Wants items of this collection, or of another that was named so before.
    #[must_use]
    pub fn collection(mut self, id: impl Into<String>) -> Self {
        self.collections.push(id.into());
        self
    }

    /// Whether an item is wanted.
    pub fn matches(&self, item: &Item<'_>) -> bool {
        let cover = item.cloud_cover();
        let least = |least| cover.is_some_and(|cover| cover >= least);
        let most = |most| cover.is_some_and(|cover| cover <= most);
        let meets = |wanted: Interval| item.interval().is_some_and(|own| own.meets(&wanted));
        let named = |id: &str| self.collections.iter().any(|wanted| wanted == id);
        self.min_cloud_cover.is_none_or(least)
            && self.max_cloud_cover.is_none_or(most)
            && self.datetime.is_none_or(meets)
            && (self.collections.is_empty() || item.collection().is_some_and(named))
    }
}
