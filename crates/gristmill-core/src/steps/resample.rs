//! What `resample` is made of: a score that orders whole rows by their token count, rows of equal counts shuffled by
//! a seeded hash of their ids; and keys that let a decider take rows in that order, or at random, by bucket.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::SchemaRef;
use serde::Deserialize;
use serde_json::Value;

use crate::batch::Batch;
use crate::failure::{CoreFailure, Failure};
use crate::hash::row_hash;
use crate::step::{KeyDef, KeyRow, KeyStep, MapDef, MapStep, SideInputs, options_from};
use crate::trace::StepTrace;

/// Adds the score.
pub const SCORE: MapDef = MapDef { kind: "resample_score", build: build_score };

/// Keys for the decider in order: rank by score or at random, the bucket as key, the tokens as payload.
pub const ORDER: KeyDef = KeyDef { kind: "resample_order", build: build_order };

/// The engine's column that the keys and the sort read: tokens in the upper half, hash in the lower.
const SCORE_COLUMN: &str = "__score";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Score {
    /// Column with token counts.
    column: String,
    seed: u64,
}

fn build_score(options: &Value, _side: &SideInputs) -> Result<Box<dyn MapStep>, Failure> {
    Ok(Box::new(options_from::<Score>(SCORE.kind, options)?))
}

impl MapStep for Score {
    fn schema(&self, input: &SchemaRef) -> Result<SchemaRef, Failure> {
        let mut batch = Batch::new(RecordBatch::new_empty(input.clone()))?;
        self.run(&mut batch, &mut StepTrace::default())?;
        Ok(batch.schema())
    }

    fn run(&self, batch: &mut Batch, _: &mut StepTrace) -> Result<(), Failure> {
        let tokens = batch.int64(&self.column)?;
        let scores: UInt64Array = tokens
            .iter()
            .zip(batch.ids())
            .map(|(tokens, id)| {
                let tokens = u32::try_from(tokens.unwrap_or(0).max(0)).unwrap_or(u32::MAX);
                let hash = row_hash(self.seed, "resample", id.unwrap_or_default()) >> 32;
                Some(u64::from(tokens) << 32 | hash)
            })
            .collect();
        batch.set_column(SCORE_COLUMN, Arc::new(scores) as ArrayRef, false)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderOptions {
    /// Whether rows are taken at random, not the longest first.
    random: bool,
    /// Token counts at which a new bucket begins, ascending.
    edges: Vec<u64>,
    /// What the decider is told: rows of each bucket.
    quotas: Option<Vec<u64>>,
}

#[derive(Deserialize)]
#[serde(try_from = "OrderOptions")]
struct Order {
    random: bool,
    edges: Vec<u64>,
}

impl TryFrom<OrderOptions> for Order {
    type Error = String;

    fn try_from(OrderOptions { random, edges, quotas }: OrderOptions) -> Result<Self, String> {
        if !edges.is_sorted_by(|a, b| a < b) {
            return Err("edges of buckets do not ascend".to_owned());
        }
        match quotas {
            Some(quotas) if quotas.len() != edges.len() + 1 => Err(format!(
                "{} edges make {} buckets, but there are {} quotas",
                edges.len(),
                edges.len() + 1,
                quotas.len()
            )),
            _ => Ok(Self { random, edges }),
        }
    }
}

fn build_order(options: &Value) -> Result<Box<dyn KeyStep>, Failure> {
    Ok(Box::new(options_from::<Order>(ORDER.kind, options)?))
}

impl KeyStep for Order {
    fn columns(&self) -> Vec<String> {
        vec![SCORE_COLUMN.to_owned()]
    }

    fn keys(&self, batch: &Batch, out: &mut Vec<KeyRow>) -> Result<(), Failure> {
        let column = batch.column(SCORE_COLUMN)?;
        let Some(scores) = column.as_primitive_opt::<UInt64Type>() else {
            let found = column.data_type().to_string();
            return Err(
                CoreFailure::WrongType { column: SCORE_COLUMN.to_owned(), found, wanted: "uint64" }.into()
            );
        };
        out.extend(scores.values().iter().zip(0..).map(|(&score, row)| {
            let (tokens, hash) = (score >> 32, score & u64::from(u32::MAX));
            KeyRow {
                row,
                key: self.edges.partition_point(|&edge| edge <= tokens) as u128,
                rank: if self.random { hash } else { u64::MAX - score },
                payload: tokens,
            }
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use serde_json::json;

    use super::{ORDER, SCORE};
    use crate::batch::{Batch, ID_COLUMN};
    use crate::step::{KeyRow, no_side_inputs};
    use crate::trace::StepTrace;

    fn keys(seed: u64, order: &serde_json::Value) -> Vec<KeyRow> {
        let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
        let tokens: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), Some(900), Some(5), None]));
        let rows = [(ID_COLUMN, ids, false), ("tokens", tokens, true)];
        let mut batch = Batch::new(RecordBatch::try_from_iter_with_nullable(rows).unwrap()).unwrap();
        let score = (SCORE.build)(&json!({"column": "tokens", "seed": seed}), &no_side_inputs()).unwrap();
        let schema = score.schema(&batch.schema()).unwrap();
        score.run(&mut batch, &mut StepTrace::default()).unwrap();
        assert_eq!(batch.schema(), schema);
        let mut out = Vec::new();
        (ORDER.build)(order).unwrap().keys(&batch, &mut out).unwrap();
        out
    }

    fn ranked(mut keys: Vec<KeyRow>) -> Vec<u32> {
        keys.sort_by_key(|key| key.rank);
        keys.iter().map(|key| key.row).collect()
    }

    #[test]
    fn rows_come_longest_first_and_equal_counts_by_seed() {
        let order = json!({"random": false, "edges": [5, 100], "quotas": null});
        let mut met = [false; 2];
        for seed in 0..16 {
            let keys = keys(seed, &order);
            assert_eq!(keys.iter().map(|key| key.key).collect::<Vec<_>>(), [1, 2, 1, 0]);
            assert_eq!(keys.iter().map(|key| key.payload).collect::<Vec<_>>(), [5, 900, 5, 0]);
            let order = ranked(keys);
            assert_eq!((order[0], order[3]), (1, 3));
            met[usize::from(order[1] == 0)] = true;
        }
        assert_eq!(met, [true, true]);
    }

    #[test]
    fn there_is_a_quota_for_each_bucket() {
        for (edges, quotas, good) in [
            (json!([10, 20]), json!([1, 2, 3]), true),
            (json!([10, 20]), json!(null), true),
            (json!([10, 20]), json!([1, 2]), false),
            (json!([20, 10]), json!([1, 2, 3]), false),
        ] {
            let options = json!({"random": false, "edges": edges, "quotas": quotas});
            assert_eq!((ORDER.build)(&options).is_ok(), good, "{options}");
        }
    }

    #[test]
    fn at_random_the_length_does_not_matter() {
        let order = json!({"random": true, "edges": [], "quotas": null});
        assert!((0..16).any(|seed| ranked(keys(seed, &order))[0] != 1));
        assert_eq!(ranked(keys(3, &order)), ranked(keys(3, &order)));
    }
}
