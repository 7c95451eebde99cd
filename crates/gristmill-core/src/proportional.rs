//! How much of each cell of a table goes into a mix, so that the sums along every column have wanted shares.
//!
//! Iterative proportional fitting (Deming and Stephan 1940): start from the material there is, scale the cells of each
//! value so that their sum is what is wanted of it, one column after the other, until nothing moves. What comes out is
//! the table nearest to the material, in the sense of relative entropy, that has the wanted sums. A cell cannot give
//! more than its limit; the same scaling then leaves the cell at its limit and the others of the value give more, which
//! is still the nearest table under these limits.
//!
//! Only sums, products, quotients and comparisons in a fixed order: equal on every machine.

/// Rounds over all columns. Tables that can be fitted are done after far fewer.
const SWEEPS: usize = 100;
/// Sums are met when they are off by less than this share of the whole.
const MET: f64 = 1e-8;
/// Shares that are off by less than this still hold, when the greatest possible total is looked for.
const HOLDS: f64 = 1e-3;
/// How far scaling may carry a cell away from its limit; keeps sums that cannot be met within what a number can hold.
const FAR: f64 = 1e120;
/// Stands for no limit: more than any material.
const UNLIMITED: f64 = 1e30;
/// Halvings in the search for the greatest total.
const HALVINGS: usize = 24;

/// A table of cells: every combination of one value of each column, the first column slowest.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Weight of each value of each column. They need not sum up to one; rows of a weight of zero are not wanted.
    weights: Vec<Vec<f64>>,
    /// Which number of each column a cell has.
    places: Vec<Vec<usize>>,
}

/// What [`fit`] found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitted {
    /// How much each cell gives.
    pub quotas: Vec<u64>,
    /// Share of each cell if no cell had a limit.
    pub wanted: Vec<f64>,
}

impl Cells {
    /// The table of these columns, one weight for each value.
    #[must_use]
    pub fn new(weights: Vec<Vec<f64>>) -> Self {
        let count = weights.iter().map(Vec::len).product();
        let places = (0..count)
            .map(|cell| {
                let mut left = cell;
                let mut place: Vec<usize> = weights
                    .iter()
                    .rev()
                    .map(|values| {
                        let at = left % values.len();
                        left /= values.len();
                        at
                    })
                    .collect();
                place.reverse();
                place
            })
            .collect();
        Self { weights, places }
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no cell at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Number of the value that a cell has in each column.
    #[must_use]
    pub fn place(&self, cell: usize) -> &[usize] {
        &self.places[cell]
    }

    /// Whether rows of this cell are wanted at all.
    #[must_use]
    pub fn is_wanted(&self, cell: usize) -> bool {
        self.places[cell].iter().zip(&self.weights).all(|(&at, weights)| weights[at] > 0.0)
    }

    /// Sums of a figure of the cells over the values of a column.
    #[must_use]
    pub fn sums(&self, column: usize, figures: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.weights[column].len()];
        for (place, figure) in self.places.iter().zip(figures) {
            sums[place[column]] += figure;
        }
        sums
    }

    /// Shares of the values of a column by their weights.
    #[must_use]
    pub fn shares(&self, column: usize) -> Vec<f64> {
        let sum: f64 = self.weights[column].iter().sum();
        self.weights[column].iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
    }
}

/// Finds what each cell gives: `budget` in all, or as much as there is for the shares to hold.
///
/// `material` is what a cell has, `epochs` how often it may be given. Where a value cannot give its share, the others of
/// its column give more, in proportion to their weights; where the columns contradict each other, the first one holds.
/// Without a budget, values without any material do not count.
#[must_use]
pub fn fit(cells: &Cells, material: &[u64], epochs: f64, budget: Option<u64>) -> Fitted {
    let base: Vec<f64> = (0..cells.len())
        .map(|cell| if cells.is_wanted(cell) { material[cell] as f64 } else { 0.0 })
        .collect();
    let limits: Vec<f64> = base.iter().map(|&amount| (amount * epochs).floor()).collect();
    let most: f64 = limits.iter().sum();
    let unlimited: Vec<f64> = base.iter().copied().map(without_limit).collect();
    let whole: f64 = base.iter().sum();
    let wanted = scaled(cells, &base, &unlimited, whole);
    let wanted = wanted.iter().map(|amount| if whole > 0.0 { amount / whole } else { 0.0 }).collect();
    let total = match budget {
        Some(budget) => (budget as f64).min(most),
        None => greatest(cells, &base, &limits, most),
    };
    Fitted { quotas: rounded(&scaled(cells, &base, &limits, total), &limits, total.floor()), wanted }
}

/// The greatest total at which all shares hold.
fn greatest(cells: &Cells, base: &[f64], limits: &[f64], most: f64) -> f64 {
    if let [weights] = &*cells.weights {
        let there = || weights.iter().zip(limits).filter(|&(&weight, &limit)| weight > 0.0 && limit > 0.0);
        let scarcest = there().map(|(weight, limit)| limit / weight).fold(f64::INFINITY, f64::min);
        return if scarcest.is_finite() {
            scarcest * there().map(|(weight, _)| weight).sum::<f64>()
        } else {
            0.0
        };
    }
    let holds = |total: f64| {
        let amounts = scaled(cells, base, limits, total);
        (0..cells.weights.len()).all(|column| {
            let there = cells.sums(column, limits);
            let there: Vec<f64> = there.into_iter().map(without_limit).collect();
            let wanted = targets(&cells.weights[column], &there, total);
            let given = cells.sums(column, &amounts);
            wanted.iter().zip(given).all(|(wanted, given)| (wanted - given).abs() <= HOLDS * total)
        })
    };
    let (mut low, mut high) = (0.0, most);
    if holds(high) {
        return high;
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

const fn without_limit(amount: f64) -> f64 {
    if amount > 0.0 { UNLIMITED } else { 0.0 }
}

/// The fitted table with this sum, which is at most that of the limits.
fn scaled(cells: &Cells, base: &[f64], limits: &[f64], total: f64) -> Vec<f64> {
    let wanted: Vec<Vec<f64>> = (0..cells.weights.len())
        .map(|column| targets(&cells.weights[column], &cells.sums(column, limits), total))
        .collect();
    let members: Vec<Vec<Vec<usize>>> =
        (0..cells.weights.len()).map(|column| members(cells, column, base)).collect();
    let mut amounts = base.to_vec();
    for _ in 0..SWEEPS {
        let mut off: f64 = 0.0;
        // The first column last, so that its sums hold even where the others cannot.
        for column in (0..cells.weights.len()).rev() {
            for (cells, &wanted) in members[column].iter().zip(&wanted[column]) {
                let given: f64 = cells.iter().map(|&cell| amounts[cell].min(limits[cell])).sum();
                off = off.max((given - wanted).abs());
                let factor = factor(cells.iter().map(|&cell| (amounts[cell], limits[cell])), wanted);
                for &cell in cells {
                    let limit = limits[cell];
                    amounts[cell] = (amounts[cell] * factor).clamp(limit / FAR, limit * FAR);
                }
            }
        }
        if off <= total * MET {
            break;
        }
    }
    amounts.iter().zip(limits).map(|(amount, limit)| amount.min(*limit)).collect()
}

/// Cells with something to give, for each value of a column.
fn members(cells: &Cells, column: usize, base: &[f64]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); cells.weights[column].len()];
    for (cell, place) in cells.places.iter().enumerate() {
        if base[cell] > 0.0 {
            members[place[column]].push(cell);
        }
    }
    members
}

/// What each value should give: in proportion to the weights, but no more than it has.
fn targets(weights: &[f64], limits: &[f64], total: f64) -> Vec<f64> {
    let factor = factor(weights.iter().copied().zip(limits.iter().copied()), total);
    weights.iter().zip(limits).map(|(weight, limit)| (weight * factor).min(*limit)).collect()
}

/// The factor by which amounts are scaled, none above its limit, so that their sum is `wanted`; the least that brings
/// all to their limits where these sum up to less.
fn factor(amounts: impl Iterator<Item = (f64, f64)>, wanted: f64) -> f64 {
    let mut amounts: Vec<(f64, f64)> =
        amounts.filter(|&(amount, limit)| amount > 0.0 && limit > 0.0).collect();
    amounts.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    // Sums of what is free from each on, added up from the end: amounts may differ by more than a number can tell, and
    // nothing of the small ones must be lost.
    let mut free: Vec<f64> = amounts
        .iter()
        .rev()
        .scan(0.0, |sum, (amount, _)| {
            *sum += amount;
            Some(*sum)
        })
        .collect();
    free.reverse();
    let mut full = 0.0;
    let mut last = 1.0;
    for (&(amount, limit), free) in amounts.iter().zip(free) {
        last = limit / amount;
        let factor = (wanted - full) / free;
        if factor <= last {
            return factor.max(0.0);
        }
        full += limit;
    }
    last
}

/// Whole numbers with the sum `total`: the amounts rounded down, and one more for those that lost most.
fn rounded(amounts: &[f64], limits: &[f64], total: f64) -> Vec<u64> {
    let mut quotas: Vec<f64> = amounts.iter().map(|amount| amount.floor()).collect();
    let mut by_loss: Vec<usize> = (0..amounts.len()).filter(|&cell| limits[cell] > 0.0).collect();
    by_loss.sort_by(|&a, &b| {
        (amounts[b] - quotas[b]).total_cmp(&(amounts[a] - quotas[a])).then_with(|| a.cmp(&b))
    });
    let mut left = total - quotas.iter().sum::<f64>();
    while left >= 1.0 {
        let before = left;
        for &cell in &by_loss {
            if left >= 1.0 && quotas[cell] < limits[cell] {
                quotas[cell] += 1.0;
                left -= 1.0;
            }
        }
        if left >= before {
            break;
        }
    }
    quotas.into_iter().map(|quota| quota as u64).collect()
}

#[cfg(test)]
mod tests {
    use super::{Cells, fit};

    fn quotas(weights: &[&[f64]], material: &[u64], epochs: f64, budget: Option<u64>) -> Vec<u64> {
        let cells = Cells::new(weights.iter().map(|column| column.to_vec()).collect());
        fit(&cells, material, epochs, budget).quotas
    }

    #[test]
    fn one_column_goes_by_its_weights() {
        assert_eq!(quotas(&[&[30.0, 20.0, 50.0]], &[1000, 1000, 1000], 1.0, Some(1000)), [300, 200, 500]);
        assert_eq!(quotas(&[&[1.0, 1.0, 1.0]], &[9, 9, 9], 1.0, Some(10)), [4, 3, 3]);
    }

    #[test]
    fn what_one_value_lacks_the_others_give() {
        assert_eq!(quotas(&[&[50.0, 30.0, 20.0]], &[100, 1000, 1000], 1.0, Some(1000)), [100, 540, 360]);
        assert_eq!(quotas(&[&[50.0, 30.0, 20.0]], &[100, 1000, 1000], 4.0, Some(1000)), [400, 360, 240]);
        assert_eq!(quotas(&[&[50.0, 50.0]], &[100, 50], 1.0, Some(1000)), [100, 50]);
    }

    #[test]
    fn without_a_budget_there_is_as_much_as_the_shares_allow() {
        assert_eq!(quotas(&[&[50.0, 50.0]], &[100, 5000], 1.0, None), [100, 100]);
        assert_eq!(quotas(&[&[50.0, 50.0]], &[100, 5000], 2.0, None), [200, 200]);
        assert_eq!(quotas(&[&[50.0, 25.0, 25.0]], &[100, 5000, 0], 1.0, None), [100, 50, 0]);
        assert_eq!(quotas(&[&[1.0]], &[0], 1.0, None), [0]);
    }

    #[test]
    fn unwanted_rows_give_nothing() {
        assert_eq!(quotas(&[&[1.0, 0.0]], &[100, 100], 1.0, None), [100, 0]);
        assert_eq!(quotas(&[&[1.0, 0.0]], &[100, 100], 3.0, Some(250)), [250, 0]);
    }

    #[test]
    fn the_sums_of_two_columns_hold_together() {
        // Language by tier, as much of each as there is.
        let given =
            quotas(&[&[60.0, 40.0], &[50.0, 30.0, 20.0]], &[900, 500, 50, 200, 800, 700], 1.0, Some(1000));
        assert_eq!(given.iter().sum::<u64>(), 1000);
        assert!(given[..3].iter().sum::<u64>().abs_diff(600) <= 1, "{given:?}");
        for (tier, wanted) in [500_u64, 300, 200].into_iter().enumerate() {
            assert!((given[tier] + given[tier + 3]).abs_diff(wanted) <= 1, "{given:?}");
        }
        assert!(given[2] <= 50);
    }

    #[test]
    fn columns_that_contradict_each_other_leave_the_first_right() {
        // Only tier 2 is there for the first language.
        let given = quotas(&[&[50.0, 50.0], &[90.0, 10.0]], &[0, 1000, 1000, 0], 1.0, Some(1000));
        assert_eq!(given, [0, 500, 500, 0]);
    }
}
