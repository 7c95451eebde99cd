//! Fitting of mixes against what it promises, on made-up tables.

use gristmill_core::proportional::{Cells, fit};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Case {
    weights: Vec<Vec<f64>>,
    material: Vec<u64>,
    epochs: f64,
    budget: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    prop::collection::vec(prop::collection::vec(0_u32..100, 1..6), 1..4).prop_flat_map(|weights| {
        let cells: usize = weights.iter().map(Vec::len).product();
        let weights: Vec<Vec<f64>> =
            weights.into_iter().map(|column| column.into_iter().map(f64::from).collect()).collect();
        let amount = prop_oneof![Just(0_u64), 1_u64..50, 1_000_u64..1_000_000];
        let material = prop::collection::vec(amount, cells);
        (Just(weights), material, prop_oneof![Just(1.0), Just(2.5), Just(7.0)], 1_u64..3_000_000)
            .prop_map(|(weights, material, epochs, budget)| Case { weights, material, epochs, budget })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_budget_is_met_and_no_cell_gives_too_much(case in cases()) {
        let cells = Cells::new(case.weights.clone());
        let fitted = fit(&cells, &case.material, case.epochs, Some(case.budget));
        let limit = |cell: usize| {
            if cells.is_wanted(cell) { (case.material[cell] as f64 * case.epochs).floor() as u64 } else { 0 }
        };
        let most: u64 = (0..cells.len()).map(limit).sum();
        prop_assert_eq!(fitted.quotas.iter().sum::<u64>(), case.budget.min(most));
        for (cell, &quota) in fitted.quotas.iter().enumerate() {
            prop_assert!(quota <= limit(cell));
        }
    }

    #[test]
    fn the_first_column_has_its_shares_as_far_as_there_is_material(case in cases()) {
        let cells = Cells::new(case.weights.clone());
        let quotas = fit(&cells, &case.material, case.epochs, Some(case.budget)).quotas;
        let given = cells.sums(0, &quotas.iter().map(|&quota| quota as f64).collect::<Vec<_>>());
        let total: f64 = given.iter().sum();
        let limits: Vec<f64> = (0..cells.len())
            .map(|cell| if cells.is_wanted(cell) { (case.material[cell] as f64 * case.epochs).floor() } else { 0.0 })
            .collect();
        let there = cells.sums(0, &limits);
        // Values with something left stand to each other as their weights; those that gave all gave no more than that.
        let rates: Vec<(f64, bool, f64)> = (0..given.len())
            .filter(|&value| there[value] > 0.0)
            .map(|value| (given[value] / case.weights[0][value], given[value] < there[value], 1.0 / case.weights[0][value]))
            .collect();
        let slack = cells.len() as f64 + total * 1e-6;
        for &(rate, open, unit) in &rates {
            for &(other, other_open, other_unit) in &rates {
                if open {
                    prop_assert!(other <= rate + slack * (unit + other_unit), "{:?} {:?}", given, there);
                }
                if open && other_open {
                    prop_assert!((rate - other).abs() <= slack * (unit + other_unit), "{:?} {:?}", given, there);
                }
            }
        }
    }

    #[test]
    fn shares_of_all_columns_hold_where_material_suffices(
        weights in prop::collection::vec(prop::collection::vec(1_u32..100, 1..5), 1..4),
        seeds in prop::collection::vec(1_000_000_u64..9_000_000, 125),
        budget in 1_000_u64..100_000,
    ) {
        let weights: Vec<Vec<f64>> =
            weights.into_iter().map(|column| column.into_iter().map(f64::from).collect()).collect();
        let cells = Cells::new(weights.clone());
        let quotas = fit(&cells, &seeds[..cells.len()], 1.0, Some(budget)).quotas;
        let quotas: Vec<f64> = quotas.into_iter().map(|quota| quota as f64).collect();
        for column in 0..weights.len() {
            for (given, share) in cells.sums(column, &quotas).iter().zip(cells.shares(column)) {
                prop_assert!((given - share * budget as f64).abs() <= cells.len() as f64, "{:?}", quotas);
            }
        }
    }

    #[test]
    fn without_a_budget_shares_hold(case in cases()) {
        let cells = Cells::new(case.weights.clone());
        let quotas = fit(&cells, &case.material, case.epochs, None).quotas;
        let quotas: Vec<f64> = quotas.into_iter().map(|quota| quota as f64).collect();
        let total: f64 = quotas.iter().sum();
        for (column, weights) in case.weights.iter().enumerate() {
            let material: Vec<f64> = (0..cells.len())
                .map(|cell| if cells.is_wanted(cell) { case.material[cell] as f64 } else { 0.0 })
                .collect();
            let there = cells.sums(column, &material);
            let whole: f64 = weights.iter().zip(&there).filter(|(_, there)| **there > 0.0).map(|(weight, _)| weight).sum();
            for ((given, weight), there) in cells.sums(column, &quotas).iter().zip(weights).zip(there) {
                if there > 0.0 {
                    let off = (given - weight / whole * total).abs();
                    prop_assert!(off <= total * 2e-3 + cells.len() as f64, "{:?} of {:?}", quotas, case);
                }
            }
        }
    }
}

#[test]
fn a_table_as_of_a_corpus_of_code() {
    // Languages by tiers, as much of each as a crawl might bring.
    let languages = vec![30.0, 20.0, 10.0, 8.0, 7.0, 7.0, 5.0, 4.0, 3.0, 2.0, 2.0, 2.0];
    let cells = Cells::new(vec![languages, vec![40.0, 40.0, 20.0]]);
    let material: Vec<u64> =
        (0..cells.len()).map(|cell| 50_000_000 / (1 + cell as u64 / 3) * [1, 3, 9][cell % 3]).collect();
    let fitted = fit(&cells, &material, 4.0, Some(100_000_000));
    let given: Vec<f64> = fitted.quotas.iter().map(|&quota| quota as f64 / 1e8).collect();
    for column in 0..2 {
        for (given, share) in cells.sums(column, &given).iter().zip(cells.shares(column)) {
            assert!((given - share).abs() < 1e-6, "{given} {share}");
        }
    }
    assert!((fitted.wanted.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}
