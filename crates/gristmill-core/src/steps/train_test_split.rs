//! Tells each row which split of the data set it belongs to, by a hash of its id or of what it has in common with others.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use serde::Deserialize;
use serde_json::Value;

use crate::batch::{Batch, LABEL_COLUMN, id_of_original};
use crate::failure::Failure;
use crate::hash::row_hash;
use crate::step::{KeyDef, KeyRow, KeyStep, MapDef, MapStep, SideInputs, options_from};
use crate::trace::StepTrace;

/// By shares: a row keeps its split whatever other rows there are.
pub const DEF: MapDef = MapDef { kind: "train_test_split", build };

/// By numbers of rows, first part: the place of each row in the order in which splits are filled.
pub const ORDER: KeyDef = KeyDef { kind: "split_order", build: build_order };

/// By numbers of rows, second part: labels become names.
pub const NAMES: MapDef = MapDef { kind: "split_names", build: build_names };

/// What decides of a row.
struct Chance {
    /// Rows of equal values in these columns stay together; empty: every row for itself.
    by: Vec<String>,
    seed: u64,
}

impl Chance {
    fn hashes(&self, batch: &Batch) -> Result<Vec<u64>, Failure> {
        let common = batch.key_texts(&self.by)?;
        let mut key = String::new();
        let hashes = (0..batch.len()).map(|row| {
            // Without anything in common with others, a row stands for itself; copies of one row go together.
            let of = if common.write(row, &mut key) { &key } else { id_of_original(batch.ids().value(row)) };
            row_hash(self.seed, DEF.kind, of)
        });
        Ok(hashes.collect())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Splits in order, with their shares, in any unit.
    shares: Vec<(String, f64)>,
    by: Vec<String>,
    /// Column that is written.
    column: String,
    seed: u64,
}

struct TrainTestSplit {
    names: Vec<String>,
    /// Hashes from which the next split begins; one for each but the last.
    ends: Vec<u64>,
    chance: Chance,
    column: String,
}

fn build(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    let Options { shares, by, column, seed } = options_from(DEF.kind, options)?;
    let whole: f64 = shares.iter().map(|(_, share)| share).sum();
    let all = u64::MAX as f64;
    let mut sum = 0.0;
    let ends = shares.iter().take(shares.len().saturating_sub(1)).map(|(_, share)| {
        sum += share;
        // The cast saturates.
        (sum / whole * all) as u64
    });
    let ends = ends.collect();
    let names = shares.into_iter().map(|(name, _)| name).collect();
    Ok(Box::new(TrainTestSplit { names, ends, chance: Chance { by, seed }, column }))
}

impl MapStep for TrainTestSplit {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut batch = Batch::new(RecordBatch::new_empty(input.clone()))?;
        self.run(&mut batch, &mut StepTrace::default())?;
        Ok(batch.schema())
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let hashes = self.chance.hashes(batch)?;
        let splits: StringArray = hashes
            .into_iter()
            .map(|hash| Some(self.names[self.ends.partition_point(|&end| end <= hash)].as_str()))
            .collect();
        batch.set_column(&self.column, Arc::new(splits) as ArrayRef, false)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderOptions {
    by: Vec<String>,
    seed: u64,
}

fn build_order(options: &Value) -> Result<Box<dyn KeyStep>, Failure> {
    let OrderOptions { by, seed } = options_from(ORDER.kind, options)?;
    Ok(Box::new(Chance { by, seed }))
}

impl KeyStep for Chance {
    fn columns(&self) -> Vec<String> {
        self.by.clone()
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let hashes = self.hashes(batch)?;
        out.extend((0..).zip(hashes).map(|(row, rank)| KeyRow { row, key: 0, rank, payload: 1 }));
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    /// Name of each label.
    names: Vec<String>,
    /// Name of rows without one.
    rest: String,
    /// Column that is written.
    column: String,
}

fn build_names(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    Ok(Box::new(options_from::<Labelled>(NAMES.kind, options)?))
}

impl MapStep for Labelled {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut batch = Batch::new(RecordBatch::new_empty(input.clone()))?;
        self.run(&mut batch, &mut StepTrace::default())?;
        Ok(batch.schema())
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let names = {
            let labels = batch.column(LABEL_COLUMN)?.as_primitive::<UInt64Type>();
            let name =
                |label: Option<u64>| label.and_then(|label| self.names.get(usize::try_from(label).ok()?));
            labels.iter().map(|label| Some(name(label).unwrap_or(&self.rest))).collect::<StringArray>()
        };
        batch.drop_column(LABEL_COLUMN)?;
        batch.set_column(&self.column, Arc::new(names) as ArrayRef, false)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use serde_json::{Value, json};

    use super::DEF;
    use crate::batch::{Batch, ID_COLUMN};
    use crate::step::no_side_inputs;
    use crate::trace::StepTrace;

    fn splits(ids: &[String], groups: &[Option<String>], by: &Value, shares: &Value) -> Vec<String> {
        let ids: ArrayRef = Arc::new(StringArray::from(ids.to_vec()));
        let groups: ArrayRef = Arc::new(groups.iter().map(Option::as_deref).collect::<StringArray>());
        let rows = [(ID_COLUMN, ids, false), ("repository", groups, true)];
        let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(rows).unwrap()).unwrap();
        let options = json!({"shares": shares, "by": by, "column": "split", "seed": 7});
        let step = (DEF.build)(&options, &no_side_inputs()).unwrap();
        let schema = step.schema(&batch.schema()).unwrap();
        step.run(&mut batch, &mut StepTrace::default()).unwrap();
        assert_eq!(batch.schema(), schema);
        batch.text("split").unwrap().iter().flatten().map(str::to_owned).collect()
    }

    fn made(rows: usize) -> (Vec<String>, Vec<Option<String>>) {
        let groups = (0..rows).map(|i| (i % 10 != 0).then(|| format!("r{}", i % 37)));
        ((0..rows).map(|i| format!("row-{i}")).collect(), groups.collect())
    }

    #[test]
    fn shares_come_out_and_rows_keep_their_split() {
        let shares = json!([["train", 80], ["validation", 15], ["test", 5]]);
        let (ids, groups) = made(20_000);
        let all = splits(&ids, &groups, &json!([]), &shares);
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for split in &all {
            *counts.entry(split).or_default() += 1.0 / 20_000.0;
        }
        for (split, share) in [("train", 0.8), ("validation", 0.15), ("test", 0.05)] {
            assert!((counts[split] - share).abs() < 0.01, "{counts:?}");
        }
        let some = splits(&ids[500..600], &groups[500..600], &json!([]), &shares);
        assert_eq!(some, all[500..600]);
    }

    #[test]
    fn rows_of_one_group_are_never_parted() {
        let shares = json!([["train", 1], ["test", 1]]);
        let (ids, groups) = made(2_000);
        let all = splits(&ids, &groups, &json!(["repository"]), &shares);
        let mut of: BTreeMap<&str, &str> = BTreeMap::new();
        for (group, split) in groups.iter().zip(&all) {
            if let Some(group) = group {
                assert_eq!(of.entry(group).or_insert(split), split, "{group}");
            }
        }
        let tested = of.values().filter(|&&split| split == "test").count();
        assert!((5..32).contains(&tested), "{tested}");
        // Rows without a group go by themselves.
        let alone: Vec<_> = all.iter().step_by(10).collect();
        assert!(alone.iter().any(|&split| split == "test") && alone.iter().any(|&split| split == "train"));
    }

    #[test]
    fn copies_of_a_row_go_where_it_goes() {
        let ids: Vec<String> =
            (0..50).flat_map(|i| [format!("r{i}"), format!("r{i}~2"), format!("r{i}~13")]).collect();
        let found = splits(&ids, &vec![None; 150], &json!([]), &json!([["train", 1], ["test", 1]]));
        assert!(found.chunks(3).all(|copies| copies.iter().all(|split| *split == copies[0])));
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        let (ids, groups) = made(1_000);
        let found = splits(&ids, &groups, &json!([]), &json!([["none", 0], ["train", 1], ["nothing", 0]]));
        assert!(found.iter().all(|split| split == "train"));
    }
}
