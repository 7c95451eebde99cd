//! How much each cell of a table may give, so that no value of any column gives more than its limit.

use crate::proportional::Cells;

/// A limit that is none, as JSON can write it.
pub const UNLIMITED: f64 = 9_007_199_254_740_991.0;

/// What each cell gives: all it has, less where a value of one of the columns has more than its limit. There all cells of
/// the value give the same share, column after column; what is given never grows again, so that every limit holds.
pub fn within(table: &Cells, limits: &[&[f64]], material: &[u64]) -> Vec<u64> {
    if let [limits] = limits {
        // Whole numbers, exactly.
        return material.iter().zip(*limits).map(|(&there, &limit)| there.min(limit as u64)).collect();
    }
    let mut left: Vec<f64> = material.iter().map(|&there| there as f64).collect();
    for (column, limits) in limits.iter().enumerate() {
        let sums = table.sums(column, &left);
        for (cell, left) in left.iter_mut().enumerate() {
            let value = table.place(cell)[column];
            if sums[value] > limits[value] {
                *left *= limits[value] / sums[value];
            }
        }
    }
    left.into_iter().zip(material).map(|(left, &there)| (left as u64).min(there)).collect()
}

/// Whether a row is given once more than every row of its cell. `strict`: no row may pass the quota.
pub fn once_more(left: &mut u64, counts: u64, error: &mut i128, strict: bool) -> bool {
    if *left == 0 {
        return false;
    }
    if counts <= *left {
        *left -= counts;
        return true;
    }
    let (without, with) = (*error - i128::from(*left), *error - i128::from(*left) + i128::from(counts));
    *left = 0;
    let taken = !strict && with.abs() < without.abs();
    *error = if taken { with } else { without };
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{UNLIMITED, within};
    use crate::proportional::Cells;

    #[test]
    fn one_column_gives_what_it_has_up_to_the_limit() {
        let limits: &[f64] = &[10.0, 0.0, UNLIMITED];
        let table = Cells::new(vec![limits.to_vec()]);
        assert_eq!(within(&table, &[limits], &[25, 3, u64::MAX]), [10, 0, 9_007_199_254_740_991]);
        assert_eq!(within(&table, &[limits], &[4, 0, 7]), [4, 0, 7]);
    }

    proptest! {
        #[test]
        fn no_value_gives_more_than_its_limit(
            material in prop::collection::vec(0_u64..1_000_000, 12),
            first in prop::collection::vec(prop_oneof![0_u32..900_000, Just(u32::MAX)], 3),
            second in prop::collection::vec(prop_oneof![0_u32..900_000, Just(u32::MAX)], 4),
        ) {
            let of = |limits: &[u32]| limits.iter().map(|&limit| f64::from(limit)).collect::<Vec<_>>();
            let (first, second) = (of(&first), of(&second));
            let table = Cells::new(vec![first.clone(), second.clone()]);
            let given = within(&table, &[&first, &second], &material);
            prop_assert!(given.iter().zip(&material).all(|(given, there)| given <= there));
            let figures: Vec<f64> = given.iter().map(|&given| given as f64).collect();
            for (column, limits) in [&first, &second].into_iter().enumerate() {
                for (sum, limit) in table.sums(column, &figures).iter().zip(limits) {
                    prop_assert!(sum <= limit);
                }
            }
            // A value is cut only because a limit of its cells was met, and then by no more than rounding.
            let sums = table.sums(0, &material.iter().map(|&there| there as f64).collect::<Vec<_>>());
            if second.iter().all(|&limit| limit > 4_000_000.0) {
                for ((sum, limit), given) in sums.iter().zip(&first).zip(table.sums(0, &figures)) {
                    prop_assert!(given + 4.0 >= sum.min(*limit));
                }
            }
        }
    }
}
