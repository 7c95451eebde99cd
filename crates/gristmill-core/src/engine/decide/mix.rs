//! Decides which rows make a mix, and how often each is given.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::attempt::{FileRef, Place, Role};
use super::super::keys::KeyRecord;
use super::super::landing::write_json;
use super::super::marks::{MarkRecord, Verdict};
use super::super::run_file::{RunFile, RunMerge};
use super::super::spec::{MixBy, MixColumn};
use super::quotas::{UNLIMITED, once_more, within};
use super::{Stop, commit_marks, mark_writer};
use crate::failure::Failure;
use crate::proportional::{Cells, fit};

/// Reason number of a row whose cell has given what it should.
const OVER: u8 = 0;
/// Reason number of a row that no weight speaks of.
const UNWANTED: u8 = 1;

/// Shares further off than so many points are told.
const POINTS: f64 = 2.0;
/// Cells told in the report, those with the most material.
const TOLD: usize = 1000;

/// What makes the mix.
pub struct Mixing {
    pub columns: Vec<MixColumn>,
    pub budget: Option<u64>,
    pub max_epochs: f64,
    pub by: MixBy,
    pub measure: String,
}

/// What a cell has and gives.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// Rows and what they count, of the material.
    rows: u64,
    material: u64,
    /// What it should give.
    quota: u64,
    /// Rows and what they count, of the mix; copies count.
    given_rows: u64,
    given: u64,
}

/// Gives each cell its share: rows in the order of a hash of their ids, all of them as often as the quota allows, and
/// once more the first of them until the quota is full. Of the row that would pass a quota, it is the running error over
/// all cells that decides, so that the whole is off by less than a row, as each cell is.
///
/// Two passes over the keys: one to see what there is, one to choose. Memory goes with the number of cells alone.
pub fn decide_mix(
    keys: &[PathBuf],
    mixing: &Mixing,
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<Vec<FileRef>>, Failure> {
    let table = Cells::new(mixing.columns.iter().map(|column| column.weights.clone()).collect());
    let open = |path: &PathBuf| RunFile::open::<KeyRecord>(&place.shelf, path);
    let files: Vec<RunFile> = keys.iter().map(open).collect::<Result<_, _>>()?;
    let Some(mut cells) = material(&files, table.len(), stop)? else { return Ok(None) };
    let wanted = set_quotas(&table, mixing, &mut cells);
    let Some(marks) = choose(&files, &table, mixing.by, &mut cells, place, stop)? else { return Ok(None) };
    let report = write_json(place, &report(&table, mixing, &cells, &wanted), "report", Role::Result)?;
    Ok(Some(vec![marks, report]))
}

/// The cell of a key; the key step numbers them as the table does.
fn cell_of(cells: &mut [Cell], record: &KeyRecord) -> usize {
    usize::try_from(record.key).unwrap_or(usize::MAX).min(cells.len() - 1)
}

/// First pass: sums, in whatever order the records lie.
fn material(files: &[RunFile], count: usize, stop: Stop<'_>) -> Result<Option<Vec<Cell>>, Failure> {
    let mut cells = vec![Cell::default(); count.max(1)];
    for file in files {
        for mut reader in file.partition::<KeyRecord>(0) {
            if stop() {
                return Ok(None);
            }
            while let Some(record) = reader.next()? {
                let at = cell_of(&mut cells, &record);
                cells[at].rows += 1;
                cells[at].material = cells[at].material.saturating_add(record.payload);
            }
        }
    }
    Ok(Some(cells))
}

/// Fits the quotas; says which share each cell should have had.
fn set_quotas(table: &Cells, mixing: &Mixing, cells: &mut [Cell]) -> Vec<f64> {
    let material: Vec<u64> = cells.iter().map(|cell| cell.material).collect();
    if mixing.by == MixBy::Weights {
        let fitted = fit(table, &material, mixing.max_epochs, mixing.budget);
        for (cell, quota) in cells.iter_mut().zip(fitted.quotas) {
            cell.quota = quota;
        }
        return fitted.wanted;
    }
    if mixing.by == MixBy::Quotas {
        let limits: Vec<&[f64]> = mixing.columns.iter().map(|column| column.weights.as_slice()).collect();
        for (cell, quota) in cells.iter_mut().zip(within(table, &limits, &material)) {
            cell.quota = quota;
        }
        return achieved(cells);
    }
    for (at, cell) in cells.iter_mut().enumerate() {
        let times: f64 = table
            .place(at)
            .iter()
            .zip(&mixing.columns)
            .map(|(&value, column)| column.weights[value])
            .product();
        cell.quota = (cell.material as f64 * times).round() as u64;
    }
    achieved(cells)
}

/// The shares that quotas make.
fn achieved(cells: &[Cell]) -> Vec<f64> {
    let whole: u64 = cells.iter().map(|cell| cell.quota).sum();
    cells.iter().map(|cell| share(cell.quota, whole)).collect()
}

/// Where the second pass stands in a cell.
struct Standing {
    cell: usize,
    /// How often every row is given.
    every: u64,
    /// What is left of the quota for one more copy of the first rows; nothing once it is closed.
    left: u64,
}

/// Second pass: cell by cell, rows in seeded order.
fn choose(
    files: &[RunFile],
    table: &Cells,
    by: MixBy,
    cells: &mut [Cell],
    place: &Place,
    stop: Stop<'_>,
) -> Result<Option<FileRef>, Failure> {
    let readers = files.iter().flat_map(|file| file.partition::<KeyRecord>(0)).collect();
    let mut merge = RunMerge::new(readers)?;
    let mut marks = mark_writer(place)?;
    let mut at = Standing { cell: usize::MAX, every: 0, left: 0 };
    // By how much the cells closed so far have given too much.
    let mut error = 0_i128;
    let mut seen = 0_u64;
    while let Some(record) = merge.next()? {
        seen += 1;
        if seen.is_multiple_of(1 << 16) && stop() {
            return Ok(None);
        }
        let number = cell_of(cells, &record);
        let cell = &mut cells[number];
        if at.cell != number {
            let (every, left) = match cell.material {
                0 => (0, 0),
                material => (cell.quota / material, cell.quota % material),
            };
            at = Standing { cell: number, every, left };
        }
        let more = once_more(&mut at.left, record.payload, &mut error, by == MixBy::Quotas);
        let times = at.every + u64::from(more);
        cell.given_rows += times;
        cell.given = cell.given.saturating_add(times.saturating_mul(record.payload));
        match times {
            0 => {
                let reason = if by == MixBy::Quotas || table.is_wanted(number) { OVER } else { UNWANTED };
                marks.push(MarkRecord::new(record.address, Verdict::Drop { reason, twin: None }))?;
            }
            1 => {}
            _ => marks.push(MarkRecord::new(record.address, Verdict::Label(times)))?,
        }
    }
    commit_marks(marks).map(Some)
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Shares with six digits, so that the report reads well.
fn told(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

/// What was wanted and what was found, for the manifest.
fn report(table: &Cells, mixing: &Mixing, cells: &[Cell], wanted: &[f64]) -> Value {
    let sum = |of: fn(&Cell) -> u64| cells.iter().map(of).sum::<u64>();
    let (given, material) = (sum(|cell| cell.given), sum(|cell| cell.material));
    let mut warnings = Vec::new();
    let columns: Vec<Value> = mixing
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| marginal(table, at, column, mixing.by, (cells, wanted, given), &mut warnings))
        .collect();
    if let Some(budget) = mixing.budget
        && mixing.by == MixBy::Weights
        && sum(|cell| cell.quota) < budget
    {
        let measure = &mixing.measure;
        warnings.push(format!("the budget is {budget} {measure}, there is material for {given}"));
    }
    let mut order: Vec<usize> =
        (0..cells.len()).filter(|&at| cells[at].rows > 0 && table.is_wanted(at)).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(cells[at].material), at));
    order.truncate(TOLD);
    order.sort_unstable();
    let told_cells: Vec<Value> = order
        .into_iter()
        .map(|at| {
            let cell = &cells[at];
            let names: Vec<Value> = table
                .place(at)
                .iter()
                .zip(&mixing.columns)
                .map(|(&value, column)| name(column, value))
                .collect();
            json!({
                "values": names,
                "rows": cell.rows,
                "material": cell.material,
                "quota": cell.quota,
                "given_rows": cell.given_rows,
                "given": cell.given,
                "wanted": told(wanted[at]),
                "achieved": told(share(cell.given, given)),
                "epochs": told(share(cell.given, cell.material)),
            })
        })
        .collect();
    json!({
        "mix": {
            "measure": mixing.measure,
            "budget": mixing.budget,
            "max_epochs": mixing.max_epochs,
            "rows": sum(|cell| cell.rows),
            "material": material,
            "given_rows": sum(|cell| cell.given_rows),
            "given": given,
        },
        "columns": columns,
        "cells": told_cells,
        "warnings": warnings,
    })
}

/// The other values have no name.
fn name(column: &MixColumn, value: usize) -> Value {
    column.values.get(value).map_or(Value::Null, |name| Value::String(name.clone()))
}

/// Wanted and achieved shares of the values of one column.
fn marginal(
    table: &Cells,
    at: usize,
    column: &MixColumn,
    by: MixBy,
    (cells, wanted, given): (&[Cell], &[f64], u64),
    warnings: &mut Vec<String>,
) -> Value {
    let shares = if by == MixBy::Weights { table.shares(at) } else { table.sums(at, wanted) };
    let limited = |value: usize| by == MixBy::Quotas && column.weights[value] < UNLIMITED;
    let mut sums = vec![Cell::default(); column.weights.len()];
    for (number, cell) in cells.iter().enumerate() {
        let sum = &mut sums[table.place(number)[at]];
        sum.rows += cell.rows;
        sum.material += cell.material;
        sum.given_rows += cell.given_rows;
        sum.given += cell.given;
    }
    let values: Vec<Value> = (0..sums.len())
        .filter(|&value| {
            let named = if by == MixBy::Quotas { limited(value) } else { column.weights[value] > 0.0 };
            named || sums[value].rows > 0
        })
        .map(|value| {
            let (sum, wanted) = (sums[value], shares[value]);
            let achieved = share(sum.given, given);
            let points = (achieved - wanted) * 100.0;
            if points.abs() > POINTS {
                let who = column.values.get(value).map_or("other values", String::as_str);
                let (wanted, achieved) = (wanted * 100.0, achieved * 100.0);
                warnings
                    .push(format!("{} {who}: {wanted:.1} % wanted, {achieved:.1} % achieved", column.column));
            }
            let mut figures = json!({
                "value": name(column, value),
                "rows": sum.rows,
                "material": sum.material,
                "given_rows": sum.given_rows,
                "given": sum.given,
                "wanted": told(wanted),
                "achieved": told(achieved),
                "deviation_points": told(points),
                "epochs": told(share(sum.given, sum.material)),
            });
            if by == MixBy::Quotas {
                let limit = limited(value).then_some(column.weights[value] as u64);
                figures["quota"] = limit.into();
            }
            figures
        })
        .collect();
    json!({ "column": column.column, "values": values })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::super::attempt::Place;
    use super::super::super::keys::{KeyWriter, address, task_and_row};
    use super::super::super::marks::{MarkCursor, Verdict, verdict_of};
    use super::super::super::shelf::Shelf;
    use super::super::super::spec::{KeySort, MixBy, MixColumn};
    use super::{Mixing, decide_mix};
    use crate::hash::row_hash;
    use crate::proportional::Cells;
    use crate::step::KeyRow;

    #[derive(Clone, Debug)]
    struct Row {
        cell: u64,
        size: u64,
    }

    fn mixing(weights: &[&[f64]], budget: Option<u64>, max_epochs: f64, by: MixBy) -> Mixing {
        let columns = weights.iter().map(|weights| MixColumn {
            column: "kind".to_owned(),
            values: (1..weights.len()).map(|value| format!("v{value}")).collect(),
            weights: weights.to_vec(),
        });
        Mixing { columns: columns.collect(), budget, max_epochs, by, measure: "tokens".to_owned() }
    }

    /// How often each row is given, or the reason why not, and the report; keys come from `tasks` tasks.
    fn decide(rows: &[Row], mixing: &Mixing, tasks: usize) -> (Vec<Result<u64, u8>>, Value) {
        let folder = tempfile::tempdir().unwrap();
        let place = |stem: String| Place {
            folder: folder.path().to_path_buf(),
            stem,
            passing: false,
            shelf: Shelf::default(),
        };
        let each = rows.len().div_ceil(tasks).max(1);
        let mut files: Vec<PathBuf> = Vec::new();
        for (task, own) in rows.chunks(each).enumerate() {
            let mut writer = KeyWriter::create(&place(format!("keys-{task}")), 1, KeySort::Key).unwrap();
            let keys: Vec<KeyRow> = (0_u32..)
                .zip(own)
                .map(|(row, Row { cell, size })| {
                    let rank = row_hash(0, "mix", &(task * each + row as usize).to_string());
                    KeyRow { row, key: u128::from(*cell), rank, payload: *size }
                })
                .collect();
            writer.push(&keys, &[], address(task as u64, 0)).unwrap();
            files.extend(writer.commit().unwrap().iter().map(|file| folder.path().join(&file.name)));
        }
        let decided = decide_mix(&files, mixing, &place("marks".to_owned()), &|| false).unwrap().unwrap();
        let path = |at: usize| folder.path().join(&decided[at].name);
        let mut cursor = MarkCursor::open(&Shelf::default(), &[path(0)], None).unwrap();
        let mut given = Vec::new();
        for (at, _) in rows.iter().enumerate() {
            let (task, row) = task_and_row(address((at / each) as u64, (at % each) as u64));
            if row == 0 {
                cursor.seek(task as u64, 0, each as u64).unwrap();
            }
            let record = cursor.record(address(task as u64, row)).unwrap();
            given.push(match record.map(|record| verdict_of(record.value())) {
                None => Ok(1),
                Some(Verdict::Label(times)) => Ok(times),
                Some(Verdict::Drop { reason, .. }) => Err(reason),
            });
        }
        let report = serde_json::from_slice(&std::fs::read(path(1)).unwrap()).unwrap();
        (given, report)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_whole_is_off_by_less_than_a_row(
            rows in prop::collection::vec((0_u64..6, prop_oneof![1_u64..5, 10_u64..900]), 1..300),
            epochs in 1_u64..5,
            budget in 1_u64..60_000,
        ) {
            let rows: Vec<Row> = rows.into_iter().map(|(cell, size)| Row { cell, size }).collect();
            let weights: [&[f64]; 2] = [&[5.0, 3.0, 0.0], &[2.0, 1.0]];
            let mixing = mixing(&weights, Some(budget), epochs as f64, MixBy::Weights);
            let (given, report) = decide(&rows, &mixing, 1);
            let cells = Cells::new(weights.iter().map(|weights| weights.to_vec()).collect());
            let (mut sums, mut most) = (BTreeMap::<u64, u64>::new(), 0);
            for (row, &given) in rows.iter().zip(&given) {
                let wanted = cells.is_wanted(row.cell as usize);
                most += if wanted { epochs * row.size } else { 0 };
                match given {
                    Ok(times) => {
                        prop_assert!(wanted && (1..=epochs).contains(&times));
                        *sums.entry(row.cell).or_default() += times * row.size;
                    }
                    Err(reason) => prop_assert_eq!(reason, u8::from(!wanted)),
                }
            }
            let total: u64 = sums.values().sum();
            let longest = rows.iter().map(|row| row.size).max().unwrap();
            prop_assert!(total.abs_diff(budget.min(most)) <= longest, "{} for {}", total, budget);
            prop_assert_eq!(&report["mix"]["given"], total);
            for cell in report["cells"].as_array().unwrap() {
                let off = cell["given"].as_u64().unwrap().abs_diff(cell["quota"].as_u64().unwrap());
                prop_assert!(off < longest);
            }
            // However the rows were cut into tasks.
            prop_assert_eq!(&decide(&rows, &mixing, 4).0, &given);
        }

        #[test]
        fn a_larger_budget_contains_the_smaller(
            rows in prop::collection::vec((0_u64..3, 1_u64..9), 50..200),
            budget in 10_u64..300,
        ) {
            let rows: Vec<Row> = rows.into_iter().map(|(cell, size)| Row { cell, size }).collect();
            let given = |budget| decide(&rows, &mixing(&[&[1.0, 1.0, 1.0]], Some(budget), 1.0, MixBy::Weights), 1).0;
            let (some, more) = (given(budget), given(budget + 40));
            for (some, more) in some.iter().zip(&more) {
                prop_assert!(some.is_err() || more.is_ok());
            }
        }
    }

    #[test]
    fn epochs_say_how_often_rows_are_given() {
        let rows: Vec<Row> = (0..300).map(|row| Row { cell: row % 3, size: 10 }).collect();
        let (given, report) = decide(&rows, &mixing(&[&[2.0, 0.5, 0.0]], None, 1.0, MixBy::Epochs), 3);
        for (row, given) in rows.iter().zip(&given) {
            match row.cell {
                0 => assert_eq!(*given, Ok(2)),
                1 => assert!(matches!(given, Ok(1) | Err(0))),
                _ => assert_eq!(*given, Err(1)),
            }
        }
        assert_eq!(given.iter().filter(|given| **given == Ok(1)).count(), 50);
        assert_eq!(report["warnings"], Value::Array(Vec::new()));
    }

    #[test]
    fn quotas_are_never_passed() {
        let rows: Vec<Row> = (0..300).map(|row| Row { cell: row % 4, size: 7 }).collect();
        let quotas: &[f64] = &[100.0, 0.0, 9_000.0, super::UNLIMITED];
        let (given, report) = decide(&rows, &mixing(&[quotas], None, 1.0, MixBy::Quotas), 3);
        let of = |cell: u64| rows.iter().zip(&given).filter(move |(row, _)| row.cell == cell);
        assert_eq!(
            [0, 1, 2, 3].map(|cell| of(cell).filter(|(_, given)| given.is_ok()).count()),
            [14, 0, 75, 75]
        );
        assert!(of(1).all(|(_, given)| *given == Err(0)));
        let values = report["columns"][0]["values"].as_array().unwrap();
        let told: Vec<_> =
            values.iter().map(|value| (value["quota"].as_u64(), value["given"].as_u64())).collect();
        let wanted = [(100, 98), (0, 0), (9_000, 525)].map(|(quota, given)| (Some(quota), Some(given)));
        assert_eq!(told, [&wanted[..], &[(None, Some(525))]].concat());
        assert_eq!(report["warnings"], Value::Array(Vec::new()));
    }

    #[test]
    fn shares_that_cannot_be_met_are_told() {
        let rows: Vec<Row> = (0..110).map(|row| Row { cell: u64::from(row >= 10), size: 1 }).collect();
        let (given, report) = decide(&rows, &mixing(&[&[1.0, 1.0]], Some(100), 2.0, MixBy::Weights), 1);
        assert_eq!(given[..10], [Ok(2); 10]);
        assert_eq!(given.iter().flatten().sum::<u64>(), 100);
        assert_eq!(report["columns"][0]["values"][0]["deviation_points"], -30.0);
        assert_eq!(report["warnings"].as_array().unwrap().len(), 2);
        assert_eq!(report["warnings"][0], "kind v1: 50.0 % wanted, 20.0 % achieved");
    }

    #[test]
    fn no_row_at_all() {
        let (given, report) = decide(&[], &mixing(&[&[1.0, 1.0]], Some(100), 2.0, MixBy::Weights), 1);
        assert!(given.is_empty());
        assert_eq!(report["mix"]["given"], 0);
    }
}
