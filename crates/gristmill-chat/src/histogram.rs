//! An exact histogram of whole numbers: merging it is adding, so no way of cutting the rows changes the result, and
//! its size is bounded by the number of distinct lengths that texts have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How often each value was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<(u64, u64)>", from = "Vec<(u64, u64)>")]
pub(crate) struct Histogram(BTreeMap<u64, u64>);

impl From<Histogram> for Vec<(u64, u64)> {
    fn from(histogram: Histogram) -> Self {
        histogram.0.into_iter().collect()
    }
}

impl From<Vec<(u64, u64)>> for Histogram {
    fn from(pairs: Vec<(u64, u64)>) -> Self {
        let mut histogram = Self::default();
        for (value, count) in pairs {
            *histogram.0.entry(value).or_default() += count;
        }
        histogram
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, value: u64) {
        *self.0.entry(value).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (&value, &count) in &other.0 {
            *self.0.entry(value).or_default() += count;
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.values().sum()
    }

    pub(crate) fn sum(&self) -> u128 {
        self.iter().map(|(value, count)| u128::from(value) * u128::from(count)).sum()
    }

    pub(crate) fn min(&self) -> Option<u64> {
        self.0.keys().next().copied()
    }

    pub(crate) fn max(&self) -> Option<u64> {
        self.0.keys().next_back().copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().map(|(&value, &count)| (value, count))
    }

    pub(crate) fn get(&self, value: u64) -> u64 {
        self.0.get(&value).copied().unwrap_or(0)
    }

    /// How many values lie in `from..to`.
    pub(crate) fn between(&self, from: u64, to: u64) -> u64 {
        self.0.range(from..to).map(|(_, count)| count).sum()
    }

    /// The value at a place of the sorted row of all values; 0 when there is none.
    pub(crate) fn at(&self, place: u64) -> u64 {
        let mut seen = 0;
        for (value, count) in self.iter() {
            seen += count;
            if place < seen {
                return value;
            }
        }
        self.max().unwrap_or(0)
    }

    /// The value nearest to a quantile, no interpolation.
    pub(crate) fn nearest(&self, quantile: f64) -> u64 {
        let last = self.count().saturating_sub(1);
        self.at((last as f64 * quantile).round() as u64)
    }

    /// A quantile, interpolated between neighbours.
    pub(crate) fn linear(&self, quantile: f64) -> f64 {
        let place = self.count().saturating_sub(1) as f64 * quantile;
        let (low, part) = (place.floor(), place - place.floor());
        let (a, b) = (self.at(low as u64) as f64, self.at(place.ceil() as u64) as f64);
        a + (b - a) * part
    }

    /// The k-th central moment over all values.
    pub(crate) fn central_moment(&self, k: i32) -> f64 {
        let n = self.count() as f64;
        let mean = self.sum() as f64 / n;
        self.iter().map(|(value, count)| (value as f64 - mean).powi(k) * count as f64).sum::<f64>() / n
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn quantiles_and_moments() {
        let mut h = Histogram::default();
        for value in [4, 1, 2, 3, 4] {
            h.add(value);
        }
        assert_eq!((h.count(), h.sum(), h.min(), h.max(), h.between(2, 4)), (5, 14, Some(1), Some(4), 2));
        assert_eq!((h.nearest(0.5), h.nearest(0.95), h.nearest(0.0)), (3, 4, 1));
        assert!((h.linear(0.125) - 1.5).abs() < 1e-12);
        assert!((h.central_moment(2) - 1.36).abs() < 1e-12);
        let back: Histogram = serde_json::from_value(serde_json::to_value(&h).unwrap()).unwrap();
        assert_eq!(back, h);
    }
}
